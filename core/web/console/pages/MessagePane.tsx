// A message twice: as bytes, and as its connector reads them.
import type { MessageJson } from '../../../collection/operations.routes.ts'
import { HexView } from '../ui/HexView.tsx'
import { wordOf } from '../ui/terms.ts'
import { preciseTime } from '../ui/time.ts'

interface PaneProps {
  /** Where its bytes and its fields stand in the course of the operation. */
  steps: [bytes: string, fields: string]
  title: string
  message: MessageJson | undefined
}

export function MessagePane({ steps: [bytes, fields], title, message }: PaneProps) {
  return (
    <section className="card message" aria-label={title}>
      <h2>
        <b>{bytes}</b> {title}
        {message && <small className="num">{preciseTime(message.at)}</small>}
      </h2>
      {message ? (
        <Message step={fields} message={message} />
      ) : (
        <p className="empty">没有报文记录：由对账补入，或早于报文留存</p>
      )}
    </section>
  )
}

function Message({ step, message }: { step: string; message: MessageJson }) {
  const { direction, peer, operation, result, resultText, hex, fields, isDescribed } = message
  return (
    <>
      <p className="message-head">
        {operation && <span>{wordOf(operation)}</span>}
        {peer && <code>{peer}</code>}
        {result && <span>{resultText ?? wordOf(result)}</span>}
      </p>
      <HexView hex={hex} label={direction === 'in' ? '收到的字节' : '发出的字节'} />
      <h3>
        <b>{step}</b> 字段解读 <small>密钥、密码与户名已脱敏</small>
      </h3>
      {isDescribed ? (
        <table className="fields" aria-label="报文字段">
          <tbody>
            {fields.map(({ path, label, value }) => (
              <tr key={path}>
                <th scope="row" title={path}>
                  {label}
                </th>
                <td>{value || <span className="faint">空</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="empty">连接器暂不可用，未能解读字段；上面的字节完整可查</p>
      )}
    </>
  )
}
