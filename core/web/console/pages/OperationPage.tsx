// One operation on one screen: bytes in → message → canonical input → postings → outcome → bytes
// out.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import type { OperationJson } from '../../../collection/operations.routes.ts'
import { api } from '../api.ts'
import { paths } from '../paths.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { Money } from '../ui/Money.tsx'
import { Loaded, Page } from '../ui/Page.tsx'
import { StatusTag } from '../ui/StatusTag.tsx'
import { operationTerms, wordOf } from '../ui/terms.ts'
import { dateTime, preciseTime } from '../ui/time.ts'
import { Differences } from './Differences.tsx'
import { type Exchange, exchangesOf } from './exchanges.ts'
import { MessagePane } from './MessagePane.tsx'
import { Documents, InputFacts, Outcome, Parts, Postings } from './OperationBooks.tsx'

export default function OperationPage() {
  const { channelId, bankDate, serial } = useParams<'channelId' | 'bankDate' | 'serial'>()
  // The route cannot match without them.
  const operation = useQuery(api.operation(channelId!, bankDate!, serial!))
  return (
    <Page title="交易详情" aside={operation.data && <Actions operation={operation.data} />}>
      <Loaded query={operation}>{(found) => <Evidence operation={found} />}</Loaded>
    </Page>
  )
}

function Actions({ operation }: { operation: OperationJson }) {
  const { bankDate, channelId, serial, input } = operation
  return (
    <span className="actions">
      <CopyButton text={`${channelId} ${bankDate} ${serial}`} what="交易键" />
      <CopyButton text={JSON.stringify(operation, null, 2)} what="全部证据" />
      {input.customerNo && (
        <Link to={paths.payments({ customerNo: input.customerNo })}>该户全部流水</Link>
      )}
    </span>
  )
}

function Evidence({ operation }: { operation: OperationJson }) {
  const exchanges = exchangesOf(operation.messages)
  const [chosen, choose] = useState(0)
  const exchange = exchanges[Math.min(chosen, exchanges.length - 1)]
  return (
    <>
      <Headline operation={operation} tookMs={exchange?.tookMs} />
      {exchanges.length > 1 && (
        <ExchangeTabs exchanges={exchanges} chosen={chosen} onChoose={choose} />
      )}
      <div className="evidence">
        <MessagePane steps={['①', '②']} title="收到的报文" message={exchange?.received} />
        <section className="card books" aria-label="规范输入、分录与结果">
          <h2>
            <b>③</b> 规范输入
          </h2>
          <InputFacts operation={operation} />
          <h2>
            <b>④</b> 入账
          </h2>
          <Parts operation={operation} />
          <Postings entries={operation.entries} />
          <h2>
            <b>⑤</b> 结果
          </h2>
          <Outcome operation={operation} />
          <Documents documents={operation.documents} />
        </section>
        <MessagePane steps={['⑦', '⑥']} title="发出的报文" message={exchange?.sent} />
      </div>
      <Differences operation={operation} />
    </>
  )
}

interface HeadlineProps {
  operation: OperationJson
  tookMs: number | undefined
}

function Headline({ operation, tookMs }: HeadlineProps) {
  const { state, refusal, amountFen, channelTitle, serial, bankDate, name, input } = operation
  return (
    <div className={`headline ${operationTerms[state].tone}`}>
      <StatusTag of={operationTerms[state]} />
      <strong className="headline-amount">
        <Money fen={amountFen} />
      </strong>
      <dl>
        <div>
          <dt>银行</dt>
          <dd>{channelTitle}</dd>
        </div>
        <div>
          <dt>流水号</dt>
          <dd>
            <code>{serial}</code>
          </dd>
        </div>
        <div>
          <dt>账务日期</dt>
          <dd className="num">{bankDate}</dd>
        </div>
        <div>
          <dt>用户</dt>
          <dd>
            <span className="num">{input.customerNo ?? '—'}</span> {name}
          </dd>
        </div>
        <div>
          <dt>受理时间</dt>
          <dd className="num">{dateTime(operation.decidedAt)}</dd>
        </div>
        <div>
          <dt>入账日</dt>
          <dd className="num">{operation.bookingOn}</dd>
        </div>
        {tookMs !== undefined && (
          <div>
            <dt>应答用时</dt>
            <dd className="num">{tookMs} ms</dd>
          </div>
        )}
        {refusal && (
          <div>
            <dt>拒绝原因</dt>
            <dd className="negative">{refusal.text}</dd>
          </div>
        )}
        {operation.reversedAt && (
          <div>
            <dt>冲正时间</dt>
            <dd className="num">{dateTime(operation.reversedAt)}</dd>
          </div>
        )}
      </dl>
    </div>
  )
}

interface TabsProps {
  exchanges: Exchange[]
  chosen: number
  onChoose(index: number): void
}

/** The same key may have been sent again, asked about, and reversed: each is an exchange. */
function ExchangeTabs({ exchanges, chosen, onChoose }: TabsProps) {
  return (
    <div className="exchanges" role="tablist" aria-label="报文往来">
      {exchanges.map(({ frameId, received, sent, tookMs }, index) => (
        <button
          key={frameId}
          type="button"
          role="tab"
          aria-selected={index === chosen}
          onClick={() => onChoose(index)}
        >
          <span className="num">{preciseTime((received ?? sent)!.at)}</span>{' '}
          {wordOf((received ?? sent)!.operation)} →{' '}
          {sent ? (sent.resultText ?? wordOf(sent.result)) : '未应答'}
          {tookMs !== undefined && <small> {tookMs} ms</small>}
        </button>
      ))}
    </div>
  )
}
