// The lists of collection, events and batches as an export writes them: the filters of their pages,
// without pages.
import type { Fen } from '@reli/sdk'
import type { ExceptionRow } from '../collection/exceptions.sql.ts'
import type { PaymentRow } from '../collection/payments.sql.ts'
import { query } from '../db/db.ts'

/** A download takes as long as its line needs: the limits of a page would end it. */
export const takeTime = query<[statement: string, idle: string], { done: string }>(
  'export_take_time',
  `
  select set_config('statement_timeout', $1, true)
      || set_config('idle_in_transaction_session_timeout', $2, true) as done`,
)

type Dated = [companyId: string, from: string | null, to: string | null]

export const paymentsForExport = query<
  [...Dated, channelId: string | null, state: string | null, customerNo: string | null],
  PaymentRow & { bookingOn: string; entrySeq: bigint | null; reversedAt: string | null }
>(
  'export_payments',
  `
  select o.channel_id, h.title as channel_title, o.bank_date, o.serial, o.state, o.refusal,
         o.customer_no, c.name as customer_name, o.amount_fen, o.receipt_no,
         coalesce(n.name, o.outlet) as outlet, o.teller, o.paid_at, o.decided_at,
         o.decided_at::text as decided_key, o.booking_on, o.entry_seq, o.reversed_at
    from reli.operations o
    join reli.channels h using (company_id, channel_id)
    left join reli.customers c using (company_id, customer_id)
    left join reli.outlets n
      on n.company_id = o.company_id and n.channel_id = o.channel_id and n.outlet_no = o.outlet
   where o.company_id = $1
     and ($2::date is null or o.bank_date >= $2) and ($3::date is null or o.bank_date <= $3)
     and ($4::text is null or o.channel_id = $4) and ($5::text is null or o.state = $5)
     and ($6::text is null or o.customer_no = $6)
     and (o.customer_id is null or c.customer_id is not null)
   order by o.channel_id, o.bank_date, o.serial, o.family`,
)

export const exceptionsForExport = query<
  [...Dated, channelId: string | null, state: string | null, kind: string | null],
  ExceptionRow
>(
  'export_exceptions',
  `
  select e.channel_id, h.title as channel_title, e.bank_date, e.serial, e.class, e.state,
         e.our_fen, e.our_state, e.bank_fen, e.bank_state, e.customer_no,
         c.name as customer_name, e.cause, e.suggestion, e.resolution, e.reason, e.resolved_by,
         e.checked_by, e.opened_at, e.opened_at::text as opened_key, e.closed_at,
         (current_date - e.opened_at::date)::int as age_days
    from reli.exceptions e
    join reli.channels h using (company_id, channel_id)
    left join reli.customers c using (company_id, customer_no)
   where e.company_id = $1
     and ($2::date is null or e.bank_date >= $2) and ($3::date is null or e.bank_date <= $3)
     and ($4::text is null or e.channel_id = $4) and ($5::text is null or e.state = $5)
     and ($6::text is null or e.class = $6)
     and (c.customer_id is not null or e.customer_no is null
          or exists (select from reli.org_units u
                      where u.company_id = e.company_id and u.kind = 'company'))
   order by e.opened_at, e.channel_id, e.bank_date, e.serial, e.class`,
)

export interface EventExportRow {
  eventId: string
  type: string
  customerNo: string
  name: string
  effectiveOn: string
  bookingOn: string
  season: string | null
  deltaFen: Fen
  reason: string | null
  channel: string
  madeBy: string
  checkedBy: string | null
  batchNo: string | null
  reversesId: string | null
  policyVersion: number | null
  entrySeq: bigint | null
  madeAt: string
}

export const eventsForExport = query<
  [...Dated, type: string | null, batchNo: string | null, customerNo: string | null],
  EventExportRow
>(
  'export_events',
  `
  select e.event_id, e.type, c.customer_no, c.name, e.effective_on, e.booking_on, e.season,
         e.delta_fen, e.reason, e.channel, e.made_by, e.checked_by, e.batch_no, e.reverses_id,
         e.policy_version, e.entry_seq, e.made_at
    from reli.billing_events e
    join reli.customers c using (company_id, customer_id)
   where e.company_id = $1
     and ($2::date is null or e.booking_on >= $2) and ($3::date is null or e.booking_on <= $3)
     and ($4::text is null or e.type = $4) and ($5::text is null or e.batch_no = $5)
     and ($6::text is null or c.customer_no = $6)
   order by e.event_id`,
)

export interface BatchExportRow {
  batchNo: string
  kind: string
  title: string
  state: string
  totalCount: number
  doneCount: number
  skippedCount: number
  amountFen: Fen
  madeBy: string
  madeAt: string
  endedAt: string | null
}

export const batchesForExport = query<
  [companyId: string, kind: string | null, state: string | null],
  BatchExportRow
>(
  'export_batches',
  `
  select batch_no, kind, title, state, total_count, done_count, skipped_count, amount_fen, made_by,
         made_at, ended_at
    from reli.batches
   where company_id = $1 and ($2::text is null or kind = $2) and ($3::text is null or state = $3)
   order by batch_no desc`,
)
