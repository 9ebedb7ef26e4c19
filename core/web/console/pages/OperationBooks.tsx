// The middle of the operation page: what was asked in the hub's own words, what it did to the
// books, and what came out.
import type { EntryJson, OperationJson } from '../../../collection/operations.routes.ts'
import { Money } from '../ui/Money.tsx'
import { wordOf } from '../ui/terms.ts'

export function InputFacts({ operation: { input } }: { operation: OperationJson }) {
  const { customerNo, amountFen, outlet, outletName, teller, paidAt } = input
  return (
    <dl className="facts">
      <div>
        <dt>用户编号</dt>
        <dd className="num">{customerNo ?? '—'}</dd>
      </div>
      <div>
        <dt>金额</dt>
        <dd>
          <Money fen={amountFen} />
        </dd>
      </div>
      <div>
        <dt>柜员</dt>
        <dd className="num">{teller ?? '—'}</dd>
      </div>
      <div>
        <dt>网点</dt>
        <dd>
          {outletName ?? '—'} {outletName !== outlet && <small className="num">{outlet}</small>}
        </dd>
      </div>
      <div>
        <dt>银行交易时间</dt>
        <dd className="num">{paidAt?.replace('T', ' ') ?? '—'}</dd>
      </div>
    </dl>
  )
}

export function Parts({ operation }: { operation: OperationJson }) {
  const { parts, toBalanceFen } = operation
  const hasBalance = toBalanceFen !== '0'
  if (parts.length === 0 && !hasBalance) return null
  return (
    <table className="ledger" aria-label="销账明细">
      <thead>
        <tr>
          <th scope="col">采暖季 · 费项</th>
          <th scope="col" className="right">
            本金
          </th>
          <th scope="col" className="right">
            违约金
          </th>
          <th scope="col" className="right">
            优惠
          </th>
        </tr>
      </thead>
      <tbody>
        {parts.map(
          ({ chargeId, season, feeItem, areaNo, principalFen, lateFeeFen, discountFen }) => (
            <tr key={chargeId}>
              <td title={chargeId}>
                {season ?? chargeId} · {wordOf(feeItem)} <small>#{areaNo ?? '—'}</small>
              </td>
              <td className="right">
                <Money fen={principalFen} />
              </td>
              <td className="right">
                <Money fen={lateFeeFen} />
              </td>
              <td className="right">
                <Money fen={discountFen} />
              </td>
            </tr>
          ),
        )}
        {hasBalance && (
          <tr>
            <td>转入余额</td>
            <td className="right">
              <Money fen={toBalanceFen} />
            </td>
            <td />
            <td />
          </tr>
        )}
      </tbody>
    </table>
  )
}

export function Postings({ entries }: { entries: EntryJson[] }) {
  if (entries.length === 0) return <p className="empty">没有分录：此操作未动账</p>
  return entries.map((entry) => <Entry key={entry.entrySeq} entry={entry} />)
}

function Entry({ entry }: { entry: EntryJson }) {
  const { entrySeq, event, memo, bookingOn, reversesSeq, postings } = entry
  return (
    <table className="ledger" aria-label={`凭证 ${entrySeq}`}>
      <caption>
        凭证 <b className="num">{entrySeq}</b> {wordOf(event)}
        {reversesSeq && (
          <>
            {' '}
            · 冲销 <b className="num">{reversesSeq}</b>
          </>
        )}
        <small>
          {' '}
          {bookingOn} {memo}
        </small>
      </caption>
      <thead>
        <tr>
          <th scope="col">借</th>
          <th scope="col">贷</th>
          <th scope="col" className="right">
            金额
          </th>
        </tr>
      </thead>
      <tbody>
        {postings.map(({ lineNo, debit, credit, amountFen }) => (
          <tr key={lineNo}>
            <td>
              <Account of={debit} />
            </td>
            <td>
              <Account of={credit} />
            </td>
            <td className="right">
              <Money fen={amountFen} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Account({ of: { account, code, name } }: { of: EntryJson['postings'][number]['debit'] }) {
  return (
    <span title={account}>
      {name ?? account} <small className="num">{code}</small>
    </span>
  )
}

export function Outcome({ operation: { state, refusal, answer } }: { operation: OperationJson }) {
  if (refusal) {
    return (
      <p className="outcome">
        <b className="negative">{refusal.text}</b> <code>{refusal.code}</code>
      </p>
    )
  }
  if (!answer)
    return (
      <p className="outcome">
        {state === 'BLOCKED' ? '此键已封锁：冲正先到，迟到的缴费一律拒绝' : '没有存储的应答'}
      </p>
    )
  return (
    <dl className="facts four">
      <div>
        <dt>收据号</dt>
        <dd className="num">{answer.receiptNo ?? '—'}</dd>
      </div>
      <div>
        <dt>实收</dt>
        <dd>
          <Money fen={answer.amountFen} />
        </dd>
      </div>
      <div>
        <dt>缴后欠费</dt>
        <dd>
          <Money fen={answer.arrearsLeftFen} />
        </dd>
      </div>
      <div>
        <dt>缴后应缴</dt>
        <dd>
          <Money fen={answer.payableLeftFen} />
        </dd>
      </div>
    </dl>
  )
}

export function Documents({ documents }: { documents: OperationJson['documents'] }) {
  if (documents.length === 0) return null
  return (
    <ul className="documents" aria-label="单据">
      {documents.map(({ entrySeq, kind, state, amountFen }) => (
        <li key={kind + entrySeq}>
          {wordOf(kind)} <Money fen={amountFen} />{' '}
          <small>
            {wordOf(state)} · 凭证 {entrySeq}
          </small>
        </li>
      ))}
    </ul>
  )
}
