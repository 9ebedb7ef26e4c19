import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from 'react-router'
import type {
  ExceptionFilter,
  ExceptionJson,
  ExceptionsJson,
} from '../../../collection/exceptions.routes.ts'
import { api } from '../api.ts'
import { paths } from '../paths.ts'
import { choicesOf, type Field, Filters, useFilter } from '../ui/Filters.tsx'
import { Money } from '../ui/Money.tsx'
import { More } from '../ui/More.tsx'
import { Loaded, Page } from '../ui/Page.tsx'
import { StatusTag } from '../ui/StatusTag.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { exceptionTerms, handlingTerms, sideWord } from '../ui/terms.ts'
import { useBanks } from './useBanks.ts'

const columns: Column<ExceptionJson>[] = [
  { title: '类型', width: 96, cell: (one) => <StatusTag of={exceptionTerms[one.class]} /> },
  { title: '处理', width: 96, cell: ({ state }) => <StatusTag of={handlingTerms[state]} /> },
  { title: '银行', width: 124, cell: ({ channelTitle }) => channelTitle },
  { title: '账务日期', width: 92, cell: ({ bankDate }) => <span className="num">{bankDate}</span> },
  { title: '流水号', width: 112, cell: ({ serial }) => <code>{serial}</code> },
  {
    title: '用户',
    width: 112,
    cell: ({ customerNo, name }) => (
      <>
        <span className="num">{customerNo ?? '—'}</span> {name}
      </>
    ),
  },
  {
    title: '我方',
    width: 98,
    align: 'right',
    cell: ({ ourFen, ourState }) => <Side fen={ourFen} state={ourState} />,
  },
  {
    title: '银行方',
    width: 98,
    align: 'right',
    cell: ({ bankFen, bankState }) => <Side fen={bankFen} state={bankState} />,
  },
  { title: '差额', width: 96, align: 'right', cell: (one) => <Money fen={differenceOf(one)} /> },
  { title: '账龄', width: 52, align: 'right', cell: ({ ageDays }) => `${ageDays} 天` },
  {
    title: '原因与建议',
    align: 'wraps',
    cell: ({ cause, suggestion, resolution }) => (
      <span className="cause">
        {cause}
        {(resolution ?? suggestion) && <em>{resolution ?? `建议：${suggestion}`}</em>}
      </span>
    ),
  },
]

function Side({ fen, state }: { fen: string | null; state: string | null }) {
  return (
    <span className="side">
      <Money fen={fen} />
      <small>{sideWord(state)}</small>
    </span>
  )
}

/** What counts on each side: a reversed payment moved nothing. */
function differenceOf({ ourFen, ourState, bankFen, bankState }: ExceptionJson): string {
  const counted = (fen: string | null, state: string | null) =>
    state?.toUpperCase() === 'PAID' ? BigInt(fen ?? 0) : 0n
  return (counted(ourFen, ourState) - counted(bankFen, bankState)).toString()
}

/**
 * Our operation where there is one; else what else this customer paid, which is the next question.
 */
const evidenceOf = (one: ExceptionJson) =>
  one.ourState === null && one.customerNo
    ? paths.payments({ customerNo: one.customerNo })
    : paths.operation(one)

const names = ['bankDate', 'channelId', 'class', 'state', 'serial']

export default function ExceptionsPage() {
  const filter = useFilter<ExceptionFilter>(names)
  const exceptions = useInfiniteQuery(api.exceptions(filter))
  const navigate = useNavigate()
  const fields: Field[] = [
    { name: 'bankDate', label: '账务日期', width: 140, kind: 'date' },
    { name: 'channelId', label: '银行', width: 124, kind: useBanks() },
    { name: 'class', label: '类型', width: 124, kind: choicesOf(exceptionTerms) },
    { name: 'state', label: '处理状态', width: 124, kind: choicesOf(handlingTerms) },
    { name: 'serial', label: '流水号', width: 140 },
  ]
  return (
    <Page title="差错处理">
      <Loaded query={exceptions}>{({ pages }) => <Summary summary={pages[0]!.summary} />}</Loaded>
      <Filters fields={fields} />
      <Loaded query={exceptions}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.exceptions)
          return (
            <Table
              label="差错"
              columns={columns}
              rows={rows}
              keyOf={(one) => `${one.channelId} ${one.bankDate} ${one.serial} ${one.class}`}
              empty="没有符合条件的差错"
              onOpen={(one) => navigate(evidenceOf(one))}
              footer={<More query={exceptions} summary={`已载入 ${rows.length} 笔，最老的在前`} />}
            />
          )
        }}
      </Loaded>
    </Page>
  )
}

function Summary({ summary }: { summary: ExceptionsJson['summary'] }) {
  if (summary.length === 0) return <p className="all-clear">✓ 没有待处理的差错</p>
  return (
    <ul className="summary" aria-label="差错汇总">
      {summary.map(({ class: kind, state, count, oldestDays }) => (
        <li key={kind + state}>
          <Link to={paths.exceptions({ class: kind, state })}>
            <span>
              {exceptionTerms[kind].word} · {handlingTerms[state].word}
            </span>
            <b className="num">{count}</b>
            <small>最老 {oldestDays} 天</small>
          </Link>
        </li>
      ))}
    </ul>
  )
}
