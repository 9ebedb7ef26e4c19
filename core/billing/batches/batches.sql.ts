// The row of a batch: its number, how far it came, what it could not do.
import type { Fen } from '@reli/sdk'
import { query } from '../../db/db.ts'

export const batchStates = [
  'RUNNING',
  'DONE',
  'ROLLING_BACK',
  'ROLLED_BACK',
  'SEALED',
  'FAILED',
] as const
export type BatchState = (typeof batchStates)[number]

export interface BatchRow {
  batchNo: string
  kind: string
  title: string
  state: BatchState
  request: unknown
  totalCount: number
  doneCount: number
  skippedCount: number
  amountFen: Fen
  position: string | null
  madeBy: string
  madeAt: string
  endedAt: string | null
}

const columns = `batch_no, kind, title, state, request, total_count, done_count, skipped_count,
         amount_fen, position, made_by, made_at, ended_at`

/** Two that take a number at once take it one after the other. */
export const lockBatchNumbers = query<[companyId: string], { done: string }>(
  'lock_batch_numbers',
  `select pg_advisory_xact_lock(hashtextextended('batch numbers ' || $1, 0))::text as done`,
)

export const insertBatch = query<
  [companyId: string, kind: string, title: string, request: string, total: number, madeBy: string],
  BatchRow & { bookingOn: string }
>(
  'insert_batch',
  `
  with day as (select booking_on, 'B' || to_char(booking_on, 'YYYYMMDD') || '-' as prefix
                 from reli.companies where company_id = $1)
  insert into reli.batches (company_id, batch_no, kind, title, request, total_count, made_by)
  select $1, d.prefix || lpad((coalesce(
           (select max(split_part(b.batch_no, '-', 2)::int) from reli.batches b
             where b.company_id = $1 and b.batch_no like d.prefix || '%'), 0) + 1)::text, 4, '0'),
         $2, $3, $4::jsonb, $5, $6
    from day d
  returning ${columns}`,
)

export const batchOf = query<[companyId: string, batchNo: string], BatchRow>(
  'batch_of',
  `select ${columns} from reli.batches where company_id = $1 and batch_no = $2`,
)

export const lockBatch = query<[companyId: string, batchNo: string], BatchRow>(
  'lock_batch',
  `select ${columns} from reli.batches where company_id = $1 and batch_no = $2 for update`,
)

/** Newest first, by key. */
export const batchesOf = query<
  [
    companyId: string,
    kind: string | null,
    state: string | null,
    before: string | null,
    limit: number,
  ],
  BatchRow
>(
  'batches_of',
  `
  select ${columns}
    from reli.batches
   where company_id = $1 and ($2::text is null or kind = $2) and ($3::text is null or state = $3)
     and ($4::text is null or batch_no < $4)
   order by batch_no desc
   limit $5`,
)

/** What waits for a worker, oldest first. */
export const waitingBatches = query<
  [companyId: string, kinds: readonly string[]],
  { batchNo: string }
>(
  'waiting_batches',
  `
  select batch_no from reli.batches
   where company_id = $1 and kind = any ($2::text[]) and state in ('RUNNING', 'ROLLING_BACK')
   order by batch_no`,
)

export const advanceBatch = query<
  [
    companyId: string,
    batchNo: string,
    done: number,
    skipped: number,
    amountFen: Fen,
    position: string,
  ],
  unknown
>(
  'advance_batch',
  `
  update reli.batches
     set done_count = done_count + $3, skipped_count = skipped_count + $4,
         amount_fen = amount_fen + $5, position = $6
   where company_id = $1 and batch_no = $2`,
)

export const moveBatch = query<
  [companyId: string, batchNo: string, from: BatchState, to: BatchState],
  { batchNo: string }
>(
  'move_batch',
  `
  update reli.batches
     set state = $4,
         position = case when $4 in ('ROLLING_BACK', 'RUNNING') then null else position end,
         ended_at = case when $4 in ('ROLLING_BACK', 'RUNNING') then null else now() end
   where company_id = $1 and batch_no = $2 and state = $3
  returning batch_no`,
)

export interface BatchProblem {
  rowNo: number | null
  customerNo: string | null
  code: string
  zh: string
}

export const insertBatchProblems = query<
  [
    companyId: string,
    batchNo: string,
    rowNos: readonly (number | null)[],
    customerNos: readonly (string | null)[],
    codes: readonly string[],
    zh: readonly string[],
  ],
  unknown
>(
  'insert_batch_problems',
  `
  insert into reli.batch_problems (company_id, batch_no, row_no, customer_no, code, zh)
  select $1, $2, * from unnest($3::int[], $4::text[], $5::text[], $6::text[])`,
)

export const batchProblemsOf = query<[companyId: string, batchNo: string], BatchProblem>(
  'batch_problems_of',
  `
  select row_no, customer_no, code, zh from reli.batch_problems
   where company_id = $1 and batch_no = $2
   order by problem_seq`,
)

export const someBatchProblems = query<
  [companyId: string, batchNo: string, limit: number],
  BatchProblem
>(
  'some_batch_problems',
  `
  select row_no, customer_no, code, zh from reli.batch_problems
   where company_id = $1 and batch_no = $2
   order by problem_seq
   limit $3`,
)

export interface BatchEvent {
  eventId: string
  type: string
  customerId: string
  event: unknown
  before: unknown
  bookingOn: string
  deltaFen: Fen
}

/** The events of a batch that nobody took back yet, the last one first. */
export const eventsOfBatch = query<
  [companyId: string, batchNo: string, before: string | null, limit: number],
  BatchEvent
>(
  'events_of_batch',
  `
  select e.event_id, e.type, e.customer_id, e.event, e.before, e.booking_on, e.delta_fen
    from reli.billing_events e
   where e.company_id = $1 and e.batch_no = $2 and ($3::text is null or e.event_id < $3)
     and e.reverses_id is null
     and not exists (select from reli.billing_events r
                      where r.company_id = e.company_id and r.reverses_id = e.event_id)
   order by e.event_id desc
   limit $4`,
)

export const customerNosOf = query<
  [companyId: string, ids: readonly string[]],
  { customerId: string; customerNo: string }
>(
  'batch_customer_nos',
  `select customer_id, customer_no from reli.customers
    where company_id = $1 and customer_id = any ($2::text[])`,
)
