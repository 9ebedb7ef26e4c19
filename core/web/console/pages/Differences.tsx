// What the bank's settled file says of the same key, and the differences that came of it.
import { Link } from 'react-router'
import type { OperationJson } from '../../../collection/operations.routes.ts'
import { paths } from '../paths.ts'
import { Money } from '../ui/Money.tsx'
import { StatusTag } from '../ui/StatusTag.tsx'
import { exceptionTerms, handlingTerms, sideWord } from '../ui/terms.ts'

export function Differences({ operation }: { operation: OperationJson }) {
  const { exceptions, statementLines, channelId, serial } = operation
  return (
    <section className="card differences" aria-label="对账">
      <h2>对账</h2>
      {statementLines.length === 0 && <p className="faint">银行对账文件中尚无此流水</p>}
      <ul>
        {statementLines.map(({ statementNo, lineNo, amountFen, state, paidAt }) => (
          <li key={`${statementNo} ${lineNo}`}>
            银行文件 #{statementNo} 第 {lineNo} 行：{sideWord(state)} <Money fen={amountFen} />{' '}
            <span className="num">{paidAt.replace('T', ' ')}</span>
          </li>
        ))}
        {exceptions.map(({ class: kind, state, cause, ourFen, bankFen }) => (
          <li key={kind}>
            <StatusTag of={exceptionTerms[kind]} /> <StatusTag of={handlingTerms[state]} /> 我方{' '}
            <Money fen={ourFen} /> · 银行 <Money fen={bankFen} /> · {cause}{' '}
            <Link to={paths.exceptions({ channelId, serial })}>去处理</Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
