// The writes of the spine: one statement a table, whatever the size of the batch.
import { query } from '../db/db.ts'

type NewOperations = [
  companyId: string,
  bookingOn: string,
  channelIds: string[],
  bankDates: string[],
  serials: string[],
  states: string[],
  customerNos: (string | null)[],
  customerIds: (string | null)[],
  amountsFen: (bigint | null)[],
  refusals: (string | null)[],
  answers: (string | null)[],
  parts: (string | null)[],
  receiptNos: (string | null)[],
  outlets: (string | null)[],
  tellers: (string | null)[],
  paidAts: (string | null)[],
  entrySeqs: (bigint | null)[],
  reversalSeqs: (bigint | null)[],
  frameIds: (string | null)[],
]

/**
 * The caller gives them in key order, so that two hubs that insert the same keys wait for each
 * other and never in a circle. Fewer rows back than went in: a key was taken meanwhile, and the
 * batch has to be run again.
 */
export const insertOperations = query<NewOperations, never>(
  'insert_operations',
  `
  insert into reli.operations
         (company_id, booking_on, channel_id, bank_date, serial, state, customer_no, customer_id,
          amount_fen, refusal, answer, parts, receipt_no, outlet, teller, paid_at, entry_seq,
          reversal_seq, frame_id, reversed_at)
  select $1, $2::date, o.*, case when o.state = 'REVERSED' then now() end
    from unnest($3::text[], $4::date[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::bigint[],
                $10::text[], $11::json[], $12::json[], $13::text[], $14::text[], $15::text[],
                $16::timestamp[], $17::bigint[], $18::bigint[], $19::text[])
         as o (channel, bank_date, serial, state, customer_no, customer_id, amount, refusal, answer,
               parts, receipt_no, outlet, teller, paid_at, entry_seq, reversal_seq, frame_id)
  on conflict do nothing`,
)

type MovedOperations = [
  companyId: string,
  channelIds: string[],
  bankDates: string[],
  serials: string[],
  states: string[],
  customerNos: (string | null)[],
  amountsFen: (bigint | null)[],
  reversalSeqs: (bigint | null)[],
]

/** REFUSED → BLOCKED and PAID → REVERSED; the rows were locked when they were gathered. */
export const moveOperations = query<MovedOperations, never>(
  'move_operations',
  `
  update reli.operations o
     set state = m.state, customer_no = m.customer_no, amount_fen = m.amount,
         reversal_seq = m.reversal_seq,
         reversed_at = case when m.state = 'REVERSED' then now() end,
         refusal = case when m.state = 'BLOCKED' then null else o.refusal end
    from unnest($2::text[], $3::date[], $4::text[], $5::text[], $6::text[], $7::bigint[],
      $8::bigint[])
         as m (channel, bank_date, serial, state, customer_no, amount, reversal_seq)
   where o.company_id = $1 and o.channel_id = m.channel and o.bank_date = m.bank_date
     and o.serial = m.serial and o.family = 'payment'`,
)

type ChangedLines = [
  companyId: string,
  chargeIds: string[],
  paidFen: bigint[],
  discountFen: bigint[],
  settledProducts: bigint[],
  latePaidFen: bigint[],
]

export const updateLines = query<ChangedLines, never>(
  'update_lines',
  `
  update reli.charges c
     set paid_fen = l.paid, discount_fen = l.discount, late_settled_product = l.product,
         late_paid_fen = l.late_paid
    from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
         as l (charge_id, paid, discount, product, late_paid)
   where c.company_id = $1 and c.charge_id = l.charge_id`,
)

export const addToBalances = query<
  [companyId: string, customerIds: string[], amountsFen: bigint[]],
  never
>(
  'add_to_balances',
  `
  update reli.customers c
     set prepaid_fen = c.prepaid_fen + b.amount
    from (select customer_id, sum(amount) as amount
            from unnest($2::text[], $3::bigint[]) as u (customer_id, amount) group by 1) as b
   where c.company_id = $1 and c.customer_id = b.customer_id`,
)

export const insertOutbox = query<
  [companyId: string, topics: string[], entrySeqs: bigint[], payloads: string[]],
  never
>(
  'insert_outbox',
  `
  insert into reli.outbox (company_id, topic, entry_seq, payload)
  select $1, o.* from unnest($2::text[], $3::bigint[], $4::json[]) as o`,
)

export const insertQueryCounts = query<
  [companyId: string, channelIds: string[], customerNos: string[]],
  never
>(
  'insert_query_counts',
  `
  insert into reli.query_counts (company_id, channel_id, customer_no)
  select $1, q.* from unnest($2::text[], $3::text[]) as q`,
)

export const openBankDate = query<[companyId: string, channelId: string, bankDate: string], never>(
  'open_bank_date',
  `
  update reli.channels set open_bank_date = $3::date where company_id = $1 and channel_id = $2`,
)

export const openChannelDay = query<
  [companyId: string, channelId: string, bankDate: string],
  never
>(
  'open_channel_day',
  `
  insert into reli.channel_days (company_id, channel_id, bank_date) values ($1, $2, $3::date)
  on conflict do nothing`,
)
