// Differences between a bank's settled file and our books, as a work queue: oldest first.
import type { Fen } from '@reli/sdk'
import { query } from '../db/db.ts'

export interface ExceptionRow {
  channelId: string
  channelTitle: string
  bankDate: string
  serial: string
  class: ExceptionClass
  state: ExceptionState
  ourFen: Fen | null
  ourState: string | null
  bankFen: Fen | null
  bankState: string | null
  customerNo: string | null
  customerName: string | null
  cause: string
  suggestion: string | null
  resolution: string | null
  reason: string | null
  resolvedBy: string | null
  checkedBy: string | null
  openedAt: string
  openedKey: string
  closedAt: string | null
  ageDays: number
}

export const exceptionClasses = [
  'BANK_ONLY',
  'LOCAL_ONLY',
  'AMOUNT_DIFF',
  'STATE_DIFF',
  'DUPLICATE',
  'CUSTOMER_DIFF',
] as const
export type ExceptionClass = (typeof exceptionClasses)[number]

export const exceptionStates = ['PENDING', 'AUTO_BALANCED', 'HAND_BALANCED', 'ON_HOLD'] as const
export type ExceptionState = (typeof exceptionStates)[number]

export interface ExceptionFilter {
  bankDate: string | null
  channelId: string | null
  class: string | null
  state: string | null
  serial: string | null
  after: {
    openedKey: string
    channelId: string
    bankDate: string
    serial: string
    class: string
  } | null
  limit: number
}

export const exceptionParams = (companyId: string, filter: ExceptionFilter) => {
  const { bankDate, channelId, class: kind, state, serial, after, limit } = filter
  return [
    companyId,
    bankDate,
    channelId,
    kind,
    state,
    serial,
    after?.openedKey ?? null,
    after?.channelId ?? null,
    after?.bankDate ?? null,
    after?.serial ?? null,
    after?.class ?? null,
    limit,
  ] as const
}

// A customer number that the person's scope does not know is either another branch's or nobody's.
// The bank's own mistakes, nobody's, belong to whoever sees the company itself.
const isVisible = `(c.customer_id is not null or e.customer_no is null
          or exists (select from reli.org_units u
                      where u.company_id = e.company_id and u.kind = 'company'))`

export const exceptionsOf = query<ReturnType<typeof exceptionParams>, ExceptionRow>(
  'exceptions_of',
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
     and ($2::date is null or e.bank_date = $2)
     and ($3::text is null or e.channel_id = $3)
     and ($4::text is null or e.class = $4)
     and ($5::text is null or e.state = $5)
     and ($6::text is null or e.serial = $6)
     and ($7::timestamptz is null
          or (e.opened_at, e.channel_id, e.bank_date, e.serial, e.class)
             > ($7::timestamptz, $8::text, $9::date, $10::text, $11::text))
     and ${isVisible}
   order by e.opened_at, e.channel_id, e.bank_date, e.serial, e.class
   limit $12`,
)

/** The queue at a glance: how many of each class wait, and since when. */
export const exceptionSummary = query<
  [companyId: string],
  { class: ExceptionClass; state: ExceptionState; count: number; oldestDays: number }
>(
  'exception_summary',
  `
  select e.class, e.state, count(*)::int as count,
         (current_date - min(e.opened_at)::date)::int as oldest_days
    from reli.exceptions e
    left join reli.customers c using (company_id, customer_no)
   where e.company_id = $1 and e.state in ('PENDING', 'ON_HOLD')
     and ${isVisible}
   group by e.class, e.state
   order by e.class, e.state`,
)
