// A message twice: as bytes, and as its connector reads them.
import type { MessageJson } from '../../../collection/operations.routes.ts'
import { HexView } from '../ui/HexView.tsx'
import { wordOf } from '../ui/terms.ts'
import { preciseTime } from '../ui/time.ts'

interface PaneProps {
  step: string
  title: string
  message: MessageJson | undefined
}

export function MessagePane({ step, title, message }: PaneProps) {
  return (
    <section className="card message" aria-label={title}>
      <h2>
        <b>{step}</b> {title}
        {message && <small className="num">{preciseTime(message.at)}</small>}
      </h2>
      {message ? (
        <Message message={message} />
      ) : (
        <p className="empty">没有报文记录：由对账补入，或早于报文留存</p>
      )}
    </section>
  )
}

function Message({ message }: { message: MessageJson }) {
  const { direction, peer, operation, result, resultText, hex, fields, isDescribed } = message
  return (
    <>
      <p className="message-head">
        <span>{wordOf(operation)}</span>
        {peer && <code>{peer}</code>}
        {result && <span>{resultText ?? wordOf(result)}</span>}
      </p>
      <HexView hex={hex} label={direction === 'in' ? '收到的字节' : '发出的字节'} />
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
