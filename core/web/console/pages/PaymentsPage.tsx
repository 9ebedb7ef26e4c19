import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from 'react-router'
import type { PaymentFilter, PaymentJson } from '../../../collection/payments.routes.ts'
import { api } from '../api.ts'
import { paths } from '../paths.ts'
import { choicesOf, type Field, Filters, useFilter } from '../ui/Filters.tsx'
import { Money, yuanText } from '../ui/Money.tsx'
import { More } from '../ui/More.tsx'
import { Loaded, Page } from '../ui/Page.tsx'
import { StatusTag } from '../ui/StatusTag.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { operationTerms } from '../ui/terms.ts'
import { dateTime } from '../ui/time.ts'
import { useBanks } from './useBanks.ts'

const columns: Column<PaymentJson>[] = [
  {
    title: '时间',
    width: 146,
    cell: ({ decidedAt }) => <span className="num">{dateTime(decidedAt)}</span>,
  },
  { title: '银行', width: 124, cell: ({ channelTitle }) => channelTitle },
  { title: '账务日期', width: 92, cell: ({ bankDate }) => <span className="num">{bankDate}</span> },
  {
    title: '流水号',
    width: 118,
    cell: (payment) => (
      <Link to={paths.operation(payment)} tabIndex={-1}>
        <code>{payment.serial}</code>
      </Link>
    ),
  },
  {
    title: '用户编号',
    width: 84,
    cell: ({ customerNo }) => <span className="num">{customerNo ?? '—'}</span>,
  },
  { title: '户名', width: 70, cell: ({ name }) => name || '—' },
  { title: '金额', width: 104, align: 'right', cell: ({ amountFen }) => <Money fen={amountFen} /> },
  {
    title: '状态',
    width: 160,
    cell: ({ state, refusal }) => (
      <>
        <StatusTag of={operationTerms[state]} /> <span className="faint">{refusal}</span>
      </>
    ),
  },
  {
    title: '收据号',
    width: 88,
    cell: ({ receiptNo }) => <span className="num">{receiptNo ?? '—'}</span>,
  },
  {
    title: '网点 / 柜员',
    cell: ({ outlet, teller }) => [outlet, teller].filter(Boolean).join(' / ') || '—',
  },
]

const names = ['bankDate', 'channelId', 'customerNo', 'state', 'serial', 'receiptNo']

export default function PaymentsPage() {
  const filter = useFilter<PaymentFilter>(names)
  const payments = useInfiniteQuery(api.payments(filter))
  const navigate = useNavigate()
  const fields: Field[] = [
    { name: 'bankDate', label: '账务日期', width: 132, kind: 'date' },
    { name: 'channelId', label: '银行', width: 116, kind: useBanks() },
    { name: 'state', label: '状态', width: 104, kind: choicesOf(operationTerms) },
    { name: 'customerNo', label: '用户编号', width: 100 },
    { name: 'serial', label: '流水号', width: 120 },
    { name: 'receiptNo', label: '收据号', width: 100 },
  ]
  return (
    <Page title="代收流水">
      <Filters fields={fields} />
      <Loaded query={payments}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.payments)
          return (
            <Table
              label="代收流水"
              columns={columns}
              rows={rows}
              keyOf={({ channelId, bankDate, serial }) => `${channelId} ${bankDate} ${serial}`}
              empty="没有符合条件的流水"
              onOpen={(payment) => navigate(paths.operation(payment))}
              footer={<More query={payments} summary={summaryOf(rows)} />}
            />
          )
        }}
      </Loaded>
    </Page>
  )
}

function summaryOf(rows: PaymentJson[]): string {
  const paid = rows.filter(({ state }) => state === 'PAID')
  const sum = paid.reduce((total, { amountFen }) => total + BigInt(amountFen ?? 0), 0n)
  return `已载入 ${rows.length} 笔 · 成功 ${paid.length} 笔 合计 ${yuanText(sum.toString())}`
}
