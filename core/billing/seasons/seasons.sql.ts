// Seasons as they are opened, settled and closed: whose turn it is, in slices by customer id.
import type { Fen } from '@reli/sdk'
import { query } from '../../db/db.ts'
import type { BatchRow } from '../batches/batches.sql.ts'

export type SeasonState = 'PLANNED' | 'OPEN' | 'HEATING' | 'SETTLING' | 'CLOSED'

export interface SeasonRow {
  season: string
  state: SeasonState
  heatStartOn: string
  heatEndOn: string
  openForCollection: boolean
}

export const lockSeason = query<[companyId: string, season: string], SeasonRow>(
  'lock_season',
  `
  select season, state, heat_start_on, heat_end_on, open_for_collection from reli.seasons
   where company_id = $1 and season = $2 for no key update`,
)

export interface SeasonSums extends SeasonRow {
  customers: number
  areaDm2: bigint
  receivableFen: Fen
  outstandingFen: Fen
}

export const seasonsWithSums = query<[companyId: string], SeasonSums>(
  'seasons_with_sums',
  `
  select s.season, s.state, s.heat_start_on, s.heat_end_on, s.open_for_collection,
         coalesce(a.customers, 0)::int as customers, coalesce(a.area, 0)::bigint as area_dm2,
         coalesce(c.receivable, 0)::bigint as receivable_fen,
         coalesce(c.outstanding, 0)::bigint as outstanding_fen
    from reli.seasons s
    left join (select season, count(distinct customer_id) as customers,
                      sum(billing_area_dm2) as area
                 from reli.area_seasons where company_id = $1 group by 1) a using (season)
    left join (select season, sum(receivable_fen) as receivable,
                      sum(outstanding_fen) as outstanding
                 from reli.charges where company_id = $1 and not is_moved group by 1) c using
                   (season)
   where s.company_id = $1
   order by s.season desc`,
)

export const moveSeason = query<[companyId: string, season: string, state: string], never>(
  'move_season',
  `
  update reli.seasons set state = $3 where company_id = $1 and season = $2`,
)

export const insertSeason = query<
  [companyId: string, season: string, heatStartOn: string, heatEndOn: string, policy: string],
  { season: string }
>(
  'plan_season',
  `
  insert into reli.seasons (company_id, season, heat_start_on, heat_end_on, state, policy)
  values ($1, $2, $3::date, $4::date, 'PLANNED', $5::jsonb)
  on conflict do nothing returning season`,
)

/**
 * Rooms that the season has not taken in yet: new ones, and those of a run that was cut off. A
 * slice keeps the check beside each customer (`offset 0`), whatever the planner believes of a
 * table that was empty when the run began; the count reads everything once.
 */
const waitingBy = (beside: '' | 'offset 0') => `
    from reli.customers c
   where c.company_id = $1 and c.network_status = 'IN_NETWORK' and c.org_path like $3
     and exists (select from reli.area_items a
                  where a.company_id = $1 and a.customer_id = c.customer_id and a.generate_bill
                    and a.status <> 'DISCONNECTED'
                    and not exists (select from reli.area_seasons s
                                     where s.company_id = $1 and s.customer_id = c.customer_id
                                       and s.season = $2 and s.area_no = a.area_no ${beside})
                  ${beside})`

type Waiting = [companyId: string, season: string, pathPattern: string]

export const countWaiting = query<Waiting, { count: number }>(
  'count_waiting_for_season',
  `
  select count(*)::int as count ${waitingBy('')}`,
)

type Within = [...Waiting, after: string, upTo: string, limit: number]

export const waitingCustomers = query<Within, WaitingRow>(
  'customers_waiting_for_season',
  `
  select c.customer_id, c.customer_no ${waitingBy('offset 0')}
     and c.customer_id > $4 and c.customer_id <= $5
   order by c.customer_id limit $6`,
)

/** Where the customers of a scope are halved. */
export const middleCustomer = query<
  [companyId: string, pathPattern: string, before: number],
  { customerId: string }
>(
  'middle_customer',
  `
  select c.customer_id from reli.customers c
   where c.company_id = $1 and c.org_path like $2
   order by c.customer_id offset $3 limit 1`,
)

/** 7203: one transaction at a time works in a lane of a batch. */
export const lockLane = query<[lane: string], unknown>(
  'lock_season_lane',
  `select pg_advisory_xact_lock(7203, hashtext($1))`,
)

export const advanceLane = query<
  [
    companyId: string,
    batchNo: string,
    done: number,
    skipped: number,
    amountFen: Fen,
    lane: string,
    place: string,
  ],
  BatchRow
>(
  'advance_season_lane',
  `
  update reli.batches
     set done_count = done_count + $3, skipped_count = skipped_count + $4,
         amount_fen = amount_fen + $5,
         position = (coalesce(position, '{}')::jsonb
                     || jsonb_build_object($6::text, $7::text))::text
   where company_id = $1 and batch_no = $2
  returning batch_no, kind, title, state, request, total_count, done_count, skipped_count,
            amount_fen, position, made_by, made_at, ended_at`,
)

export interface WaitingRow {
  customerId: string
  customerNo: string
}

/** Who has the season open: for closing, and for taking the opening back. */
export const customersInSeason = query<Within, WaitingRow>(
  'customers_in_season',
  `
  select c.customer_id, c.customer_no from reli.customers c
   where c.company_id = $1 and c.org_path like $3
     and c.customer_id > $4 and c.customer_id <= $5
     and exists (select from reli.area_seasons s
                  where s.company_id = $1 and s.customer_id = c.customer_id and s.season = $2
                    and not s.is_frozen)
   order by c.customer_id limit $6`,
)

export const countInSeason = query<Waiting, { count: number; paid: number }>(
  'count_in_season',
  `
  select count(distinct s.customer_id)::int as count,
         (select count(distinct h.customer_id)::int from reli.charges h
            join reli.customers c using (company_id, customer_id)
           where h.company_id = $1 and h.season = $2 and c.org_path like $3
             and (h.paid_fen > 0 or h.discount_fen > 0)) as paid
    from reli.area_seasons s
   where s.company_id = $1 and s.season = $2 and s.org_path like $3 and not s.is_frozen`,
)

/** A run that was cut off, of this season and part of the company. */
export const unfinishedRun = query<
  [companyId: string, kind: string, season: string, pathPattern: string, ofBatch: string],
  { batchNo: string }
>(
  'unfinished_season_run',
  `
  select batch_no from reli.batches
   where company_id = $1 and kind = $2 and state = 'RUNNING'
     and request ->> 'season' = $3 and request ->> 'pathPattern' = $4
     and coalesce(request ->> 'ofBatch', '') = $5
   order by batch_no limit 1`,
)

/** Another act of the season that is under way. */
export const runningAct = query<
  [companyId: string, kind: string, season: string],
  { batchNo: string }
>(
  'running_season_act',
  `
  select batch_no from reli.batches
   where company_id = $1 and kind like 'season.%' and kind <> $2 and state = 'RUNNING'
     and request ->> 'season' = $3
   limit 1`,
)

/** Read without holding it. */
export const bookingDayNow = query<[companyId: string], { bookingOn: string }>(
  'booking_day_now',
  `
  select booking_on from reli.companies where company_id = $1`,
)

export const batchesOfSeason = query<[companyId: string, season: string], BatchRow>(
  'batches_of_season',
  `
  select batch_no, kind, title, state, request, total_count, done_count, skipped_count,
         amount_fen, position, made_by, made_at, ended_at
    from reli.batches
   where company_id = $1 and kind like 'season.%' and request ->> 'season' = $2
   order by batch_no desc limit 100`,
)
