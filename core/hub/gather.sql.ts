// The reads of the spine: set-based, and locking in ascending order what a payment may change.
import type { Window } from '../collection/windows.ts'
import { query } from '../db/db.ts'

/** Of one company: two that book at once share the lock, the cut-over 日切 takes it alone. */
export const shareBookingDay = query<[companyId: string], never>(
  'share_booking_day',
  `
  select pg_advisory_xact_lock_shared(7201, hashtext('booking:' || $1))`,
)

export interface MomentRow {
  now: string
  today: string
  bookingOn: string
}

/** Its own statement after the lock, so that it sees the date that the lock protects (§2.6). */
export const theMoment = query<[companyId: string], MomentRow>(
  'the_moment',
  `
  select to_char(clock_timestamp() at time zone 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS') as now,
         (clock_timestamp() at time zone 'Asia/Shanghai')::date as today, booking_on
    from reli.companies
   where company_id = $1`,
)

export interface ChannelRow {
  channelId: string
  title: string
  enabled: boolean
  dateRule: 'signed_on' | 'calendar'
  openBankDate: string | null
  singleLimitFen: bigint
  partMinFen: bigint | null
  partStepFen: bigint | null
  maxSeasons: number
  queriesPerMinute: number
  hoursFrom: string
  hoursTo: string
  maintenanceFrom: string | null
  maintenanceTo: string | null
  collectFromOn: string | null
  collectToOn: string | null
  clearingAccount: string
  openOutlets: string[]
  windows: Window[] | null
  stoppedSeasons: string[]
}

export const channelsOf = query<[companyId: string, channelIds: string[]], ChannelRow>(
  'channels_of',
  `
  select channel_id, title, enabled, date_rule, open_bank_date, single_limit_fen, part_min_fen,
         part_step_fen, max_seasons, queries_per_minute, hours_from, hours_to, maintenance_from,
         maintenance_to, collect_from_on, collect_to_on, clearing_account,
         array(select outlet_no::text from reli.outlets o
                where o.company_id = c.company_id and o.channel_id = c.channel_id and o.enabled)
           as open_outlets,
         (select json_agg(json_build_object('channelId', w.channel_id, 'business', w.business,
                   'weekdays', w.weekdays, 'timeFrom', w.time_from, 'timeTo', w.time_to,
                   'fromOn', w.from_on, 'toOn', w.to_on))
            from reli.business_windows w
           where w.company_id = c.company_id and w.channel_id in (c.channel_id, '*')
             and w.ended_at is null) as windows,
         array(select s.season::text from reli.collection_stops s
                where s.company_id = c.company_id and s.channel_id in (c.channel_id, '*')
                  and s.started_at is null) as stopped_seasons
    from reli.channels c
   where company_id = $1 and channel_id = any($2::text[])`,
)

export const lockChannel = query<[companyId: string, channelId: string], { channelId: string }>(
  'lock_channel',
  `
  select channel_id from reli.channels where company_id = $1 and channel_id = $2 for update`,
)

export interface SeasonRow {
  season: string
  openForCollection: boolean
  policy: unknown
}

export const seasonsOf = query<[companyId: string], SeasonRow>(
  'seasons_of',
  `
  select season, open_for_collection, policy from reli.seasons where company_id = $1`,
)

export interface OperationRow {
  channelId: string
  bankDate: string
  serial: string
  state: 'PAID' | 'REFUSED' | 'REVERSED' | 'BLOCKED'
  customerNo: string | null
  customerId: string | null
  amountFen: bigint | null
  refusal: string | null
  answer: unknown
  parts: unknown
  receiptNo: string | null
  outlet: string | null
  teller: string | null
  paidAt: string | null
  entrySeq: bigint | null
  reversalSeq: bigint | null
  frameId: string | null
}

const operationColumns = `o.channel_id, o.bank_date, o.serial, o.state, o.customer_no,
         o.customer_id,
         o.amount_fen, o.refusal, o.answer, o.parts, o.receipt_no, o.outlet, o.teller, o.paid_at,
         o.entry_seq, o.reversal_seq, o.frame_id`
const ofDay = `reli.operations o
   where o.company_id = $1 and o.channel_id = $2 and o.bank_date = $3::date
     and o.serial = any($4::text[]) and o.family = 'payment'`

/** Keys of one channel and accounting date: one walk of the index, whatever their number. */
type DayKeys = [companyId: string, channelId: string, bankDate: string, serials: string[]]

export const operationsOf = query<DayKeys, OperationRow>(
  'operations_of',
  `
  select ${operationColumns} from ${ofDay}`,
)

export const lockOperations = query<DayKeys, OperationRow>(
  'lock_operations',
  `
  select ${operationColumns} from ${ofDay}
   order by o.serial for update of o`,
)

export interface CustomerRow {
  customerId: string
  customerNo: string
  name: string
  address: string
  nature: string
  bankBlocked: boolean
  collectionLocked: boolean
  inspectionLocked: boolean
  inApproval: boolean
  mustVisitHall: boolean
  areaDm2: bigint
}

const customerColumns = `c.customer_id, c.customer_no, c.name, c.address, c.nature, c.bank_blocked,
         c.collection_locked, c.inspection_locked, c.in_approval, c.must_visit_hall`

/**
 * In ascending order, before anything of theirs is read: an event of an account takes the same lock
 * first (billing/store), so what is read next is what it left, with the lines that it added.
 */
export const lockCustomers = query<[companyId: string, customerNos: string[]], CustomerRow>(
  'lock_customers_of_payments',
  `
  select ${customerColumns}, 0::bigint as area_dm2
    from reli.customers c
   where c.company_id = $1 and c.customer_no = any($2::text[])
   order by c.customer_id for no key update`,
)

export const customersWithArea = query<[companyId: string, customerNos: string[]], CustomerRow>(
  'customers_with_area',
  `
  select ${customerColumns},
         coalesce((select sum(a.building_area_dm2) from reli.area_items a
                    where a.company_id = c.company_id and a.customer_id = c.customer_id), 0)::bigint
           as area_dm2
    from reli.customers c
   where c.company_id = $1 and c.customer_no = any($2::text[])`,
)

export interface LineRow {
  chargeId: string
  customerId: string
  season: string
  feeItem: string
  areaNo: number
  receivableFen: bigint
  paidFen: bigint
  fromBalanceFen: bigint
  discountFen: bigint
  latePrincipalFen: bigint
  lateSettledProduct: bigint
  latePaidFen: bigint
  lateWaivedFen: bigint
  /** Where they differ from the season's: another due date, days without heat (R2, R5, R6). */
  lateTerms: unknown
}

const lineColumns = `charge_id, customer_id, season, fee_item, area_no, receivable_fen, paid_fen,
         from_balance_fen, discount_fen, late_principal_fen, late_settled_product, late_paid_fen,
         late_waived_fen, late_terms`

export const linesOf = query<[companyId: string, customerIds: string[]], LineRow>(
  'lines_of',
  `
  select ${lineColumns} from reli.charges
   where company_id = $1 and customer_id = any($2::text[]) and not is_moved`,
)

/** Accounting dates whose statement has been taken in: their payments are settled. */
export const settledDaysOf = query<
  [companyId: string, channelIds: string[], bankDates: string[]],
  { channelId: string; bankDate: string }
>(
  'settled_days_of',
  `
  select d.channel_id, d.bank_date
    from reli.channel_days d
    join unnest($2::text[], $3::date[]) as k (channel, bank_date)
      on d.channel_id = k.channel and d.bank_date = k.bank_date
   where d.company_id = $1 and d.state <> 'OPEN'`,
)

export const recentQueries = query<
  [companyId: string, channelId: string, customerNos: string[]],
  { customerNo: string; count: number }
>(
  'recent_queries',
  `
  select customer_no, count(*)::int as count
    from reli.query_counts
   where company_id = $1 and channel_id = $2 and customer_no = any($3::text[])
     and asked_at > clock_timestamp() - interval '60 seconds'
   group by 1`,
)

export interface TotalsRow {
  paidCount: number
  paidFen: bigint
  reversedCount: number
  reversedFen: bigint
}

export const totalsOf = query<[companyId: string, channelId: string, bankDate: string], TotalsRow>(
  'totals_of',
  `
  select count(*) filter (where state = 'PAID')::int as paid_count,
         coalesce(sum(amount_fen) filter (where state = 'PAID'), 0)::bigint as paid_fen,
         count(*) filter (where state = 'REVERSED')::int as reversed_count,
         coalesce(sum(amount_fen) filter (where state = 'REVERSED'), 0)::bigint as reversed_fen
    from reli.operations
   where company_id = $1 and channel_id = $2 and bank_date = $3::date and family = 'payment'`,
)
