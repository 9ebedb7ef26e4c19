// The way back of an opening: who was opened, by which events, and what else happened since.
import { query } from '../../db/db.ts'
import type { WaitingRow } from './seasons.sql.ts'

type Of = [companyId: string, season: string, pathPattern: string, ofBatch: string | null]

/**
 * Openings of the season that nobody took back, of a part of the company or of one batch.
 * `offset 0` keeps the checks beside their customer: a slice then reads a thousand keys,
 * whatever the planner believes about tables that grew since they were last counted.
 */
const opened = `
    from reli.customers c
   where c.company_id = $1 and c.org_path like $3
     and exists (select from reli.area_seasons a
                  where a.company_id = $1 and a.customer_id = c.customer_id
                    and a.season = $2 offset 0)
     and exists (select from reli.billing_events e
                  where e.company_id = $1 and e.season = $2 and e.customer_id = c.customer_id
                    and e.type = 'OPEN_SEASON' and ($4::text is null or e.batch_no = $4)
                    and not exists (select from reli.billing_events r
                                     where r.company_id = $1
                                       and r.reverses_id = e.event_id offset 0)
                  offset 0)`

export const countOpened = query<Of, { count: number }>(
  'count_opened_in_season',
  `
  select count(distinct a.customer_id)::int as count from reli.area_seasons a
   where a.company_id = $1 and a.season = $2 and a.org_path like $3
     and ($4::text is null or exists (select from reli.billing_events e
                                       where e.company_id = $1 and e.event_id = a.opened_by
                                         and e.batch_no = $4))`,
)

export const openedCustomers = query<
  [...Of, after: string, upTo: string, limit: number],
  WaitingRow
>(
  'customers_opened_in_season',
  `
  select c.customer_id, c.customer_no ${opened}
     and c.customer_id > $5 and c.customer_id <= $6
   order by c.customer_id limit $7`,
)

export interface OpeningRow {
  customerId: string
  eventId: string
}

/** The last one first: they are taken back in this order. */
export const openingsOf = query<
  [companyId: string, season: string, customerIds: string[]],
  OpeningRow
>(
  'openings_of_customers',
  `
  select e.customer_id, e.event_id from reli.billing_events e
   where e.company_id = $1 and e.season = $2 and e.customer_id = any($3::text[])
     and e.type = 'OPEN_SEASON'
     and not exists (select from reli.billing_events r
                      where r.company_id = $1 and r.reverses_id = e.event_id)
   order by e.customer_id, e.event_id desc`,
)

export const isSeasonEmpty = query<[companyId: string, season: string], { isEmpty: boolean }>(
  'is_season_empty',
  `
  select not exists (select from reli.area_seasons
                      where company_id = $1 and season = $2) as is_empty`,
)
