// Looking up what came over the banks' lines. Every list is read newest first and by key, not by
// offset: page 500 costs what page 1 costs, and nothing is shown twice while payments arrive.
import type { Fen } from '@reli/sdk'
import { query } from '../db/db.ts'
import type { OperationState } from './refusals.ts'

export interface PaymentRow {
  channelId: string
  channelTitle: string
  bankDate: string
  serial: string
  state: OperationState
  refusal: string | null
  customerNo: string | null
  customerName: string | null
  amountFen: Fen | null
  receiptNo: string | null
  outlet: string | null
  teller: string | null
  paidAt: string | null
  decidedAt: string
  /** `decidedAt` to the microsecond, for the next page's key. */
  decidedKey: string
}

export interface PaymentFilter {
  bankDate: string | null
  channelId: string | null
  customerNo: string | null
  state: string | null
  serial: string | null
  receiptNo: string | null
  before: { decidedKey: string; channelId: string; bankDate: string; serial: string } | null
  limit: number
}

export const paymentParams = (companyId: string, filter: PaymentFilter) => {
  const { bankDate, channelId, customerNo, state, serial, receiptNo, before, limit } = filter
  return [
    companyId,
    bankDate,
    channelId,
    customerNo,
    state,
    serial,
    receiptNo,
    before?.decidedKey ?? null,
    before?.channelId ?? null,
    before?.bankDate ?? null,
    before?.serial ?? null,
    limit,
  ] as const
}

// Payments of customers that the person may not see do not exist for them (row-level security on
// customers). A refused one without a customer names nobody.
export const paymentsOf = query<ReturnType<typeof paymentParams>, PaymentRow>(
  'payments_of',
  `
  select o.channel_id, h.title as channel_title, o.bank_date, o.serial, o.state, o.refusal,
         o.customer_no, c.name as customer_name, o.amount_fen, o.receipt_no,
         coalesce(n.name, o.outlet) as outlet, o.teller, o.paid_at, o.decided_at,
         o.decided_at::text as decided_key
    from reli.operations o
    join reli.channels h using (company_id, channel_id)
    left join reli.customers c using (company_id, customer_id)
    left join reli.outlets n
      on n.company_id = o.company_id and n.channel_id = o.channel_id and n.outlet_no = o.outlet
   where o.company_id = $1
     and ($2::date is null or o.bank_date = $2)
     and ($3::text is null or o.channel_id = $3)
     and ($4::text is null or o.customer_no = $4)
     and ($5::text is null or o.state = $5)
     and ($6::text is null or o.serial = $6)
     and ($7::text is null or o.receipt_no = $7)
     and ($8::timestamptz is null
          or (o.decided_at, o.channel_id, o.bank_date, o.serial)
             < ($8::timestamptz, $9::text, $10::date, $11::text))
     and (o.customer_id is null or c.customer_id is not null)
   order by o.decided_at desc, o.channel_id desc, o.bank_date desc, o.serial desc
   limit $12`,
)

export interface OperationRow extends PaymentRow {
  connector: string
  customerId: string | null
  answer: unknown
  parts: unknown
  outletNo: string | null
  entrySeq: bigint | null
  reversalSeq: bigint | null
  bookingOn: string
  frameId: string | null
  reversedAt: string | null
}

type Key = [companyId: string, channelId: string, bankDate: string, serial: string]

export const operationOf = query<Key, OperationRow>(
  'operation_of',
  `
  select o.channel_id, h.title as channel_title, h.connector, o.bank_date, o.serial, o.state,
         o.refusal, o.customer_no, o.customer_id, c.name as customer_name, o.amount_fen,
         o.receipt_no, o.outlet as outlet_no, coalesce(n.name, o.outlet) as outlet, o.teller,
         o.paid_at, o.decided_at, o.decided_at::text as decided_key, o.reversed_at, o.answer,
         o.parts, o.entry_seq, o.reversal_seq, o.booking_on, o.frame_id
    from reli.operations o
    join reli.channels h using (company_id, channel_id)
    left join reli.customers c using (company_id, customer_id)
    left join reli.outlets n
      on n.company_id = o.company_id and n.channel_id = o.channel_id and n.outlet_no = o.outlet
   where o.company_id = $1 and o.channel_id = $2 and o.bank_date = $3 and o.serial = $4
     and o.family = 'payment'
     and (o.customer_id is null or c.customer_id is not null)`,
)

export interface PostingRow {
  entrySeq: bigint
  event: string
  memo: string
  entryBookedOn: string
  madeAt: string
  reversesSeq: bigint | null
  lineNo: number
  debit: string
  debitCode: string | null
  debitName: string | null
  credit: string
  creditCode: string | null
  creditName: string | null
  amountFen: Fen
  season: string | null
  feeItem: string | null
}

export const postingsOf = query<Key, PostingRow>(
  'postings_of_entries',
  `
  select e.entry_seq, e.event, e.memo, e.booking_on as entry_booked_on, e.made_at, e.reverses_seq,
         p.line_no, p.debit, d.code as debit_code, d.name as debit_name,
         p.credit, k.code as credit_code, k.name as credit_name, p.amount_fen,
         g.season, g.fee_item
    from reli.entries e
    join reli.postings p using (company_id, entry_seq)
    left join reli.accounts d on d.company_id = e.company_id and d.account = p.debit
    left join reli.accounts k on k.company_id = e.company_id and k.account = p.credit
    left join reli.charges g on g.company_id = e.company_id and g.charge_id = p.charge_id
   where e.company_id = $1 and e.channel_id = $2 and e.bank_date = $3 and e.serial = $4
   order by e.entry_seq, p.line_no`,
)

export const chargesNamed = query<
  [companyId: string, chargeIds: readonly string[]],
  { chargeId: string; season: string; feeItem: string; areaNo: number }
>(
  'charges_named',
  `
  select charge_id, season, fee_item, area_no
    from reli.charges
   where company_id = $1 and charge_id = any ($2::text[])`,
)

export interface DocumentRow {
  entrySeq: bigint
  kind: 'blue' | 'red' | 'voucher'
  state: string
  amountFen: Fen
  at: string
}

/** Everything that was to be made of these entries for the tax office and the accountants. */
export const documentsOf = query<[companyId: string, entrySeqs: readonly bigint[]], DocumentRow>(
  'documents_of',
  `
  select entry_seq, kind, state, amount_fen, requested_at::text as at
    from reli.invoice_requests
   where company_id = $1 and entry_seq = any ($2::bigint[])
   union all
  select entry_seq, 'voucher', event, amount_fen, booking_on::text
    from reli.voucher_lines
   where company_id = $1 and entry_seq = any ($2::bigint[])
   order by 1, 2`,
)
