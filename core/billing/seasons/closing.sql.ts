// Closing a season for a slice of customers: their copies are frozen and nothing else, so two
// statements do it. What stands in the way is asked beforehand.
import type { Fen } from '@reli/sdk'
import { query } from '../../db/db.ts'

export const freezeRooms = query<
  [companyId: string, season: string, customerIds: readonly string[]],
  never
>(
  'freeze_rooms_of_season',
  `
  update reli.area_seasons set is_frozen = true
   where company_id = $1 and season = $2 and customer_id = any($3::text[]) and not is_frozen`,
)

export const insertClosings = query<
  [
    companyId: string,
    bookingOn: string,
    season: string,
    madeBy: string,
    batchNo: string,
    eventIds: readonly string[],
    customerIds: readonly string[],
  ],
  never
>(
  'insert_season_closings',
  `
  insert into reli.billing_events
         (company_id, booking_on, event_id, type, customer_id, effective_on, season, event, channel,
          made_by, batch_no)
  select $1, $2::date, e.event_id, 'CLOSE_SEASON', e.customer_id, $2::date, $3::text,
         jsonb_build_object('type', 'CLOSE_SEASON', 'season', $3::text, 'eventId', e.event_id,
                            'on', $2::date),
         'batch', $4, $5
    from unnest($6::text[], $7::text[]) as e (event_id, customer_id)`,
)

export interface HindranceRow {
  problem: 'OPEN_REQUEST' | 'OPEN_DAY' | 'METER_UNSETTLED'
  subject: string
}

/** What must be done with before a season is closed (domain.md §5, «checks»). */
export const hindrancesOf = query<[companyId: string, season: string, limit: number], HindranceRow>(
  'season_hindrances',
  `
  (select 'OPEN_REQUEST' as problem, r.request_no as subject from reli.event_requests r
    where r.company_id = $1 and r.state in ('IN_APPROVAL', 'TO_HANDLE') limit $3)
   union all
  (select 'OPEN_DAY', d.channel_id || ' ' || d.bank_date from reli.channel_days d
     join reli.companies c using (company_id)
    where d.company_id = $1 and d.state <> 'BALANCED' and d.bank_date < c.booking_on limit $3)
   union all
  (select 'METER_UNSETTLED', c.customer_no || '-' || a.area_no from reli.area_seasons a
     join reli.area_items i using (company_id, customer_id, area_no)
     join reli.customers c using (company_id, customer_id)
    where a.company_id = $1 and a.season = $2 and not a.is_frozen
      and i.billing_method <> 'BY_AREA'
      and not exists (select from reli.area_facts f
                       where f.company_id = $1 and f.customer_id = a.customer_id
                         and f.season = $2 and f.area_no = a.area_no
                         and f.fact ->> 'kind' = 'METER') limit $3)`,
)

export interface CarryOver {
  owingCustomers: number
  arrearsFen: Fen
  balanceCustomers: number
  balanceFen: Fen
}

/** What the season hands on: arrears become 陈欠, balances 上年结转. */
export const carryOverOf = query<[companyId: string, season: string], CarryOver>(
  'season_carry_over',
  `
  select (select count(distinct customer_id)::int from reli.charges
           where company_id = $1 and season = $2 and outstanding_fen > 0) as owing_customers,
         (select coalesce(sum(outstanding_fen), 0)::bigint from reli.charges
           where company_id = $1 and season = $2) as arrears_fen,
         (select count(*)::int from reli.customers
           where company_id = $1 and prepaid_fen > 0) as balance_customers,
         (select coalesce(sum(prepaid_fen), 0)::bigint from reli.customers
           where company_id = $1) as balance_fen`,
)
