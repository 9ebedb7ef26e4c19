// The seasons of a company with their policy and prices, as the rules read them.
import { query } from '../../db/db.ts'

export interface SeasonRow {
  season: string
  heatStartOn: string
  heatEndOn: string
  state: string
  policy: unknown
}

export const seasonsWithPolicy = query<[companyId: string], SeasonRow>(
  'seasons_with_policy',
  `
  select season, heat_start_on, heat_end_on, state, policy from reli.seasons
   where company_id = $1 order by season`,
)

export interface PriceRow {
  season: string
  priceClass: string
  unitPrice: bigint
  baseHeatRatio: bigint
  overHeight: unknown
}

export const pricesOf = query<[companyId: string], PriceRow>(
  'prices_of',
  `
  select season, price_class, unit_price, base_heat_ratio, over_height from reli.price_classes
   where company_id = $1`,
)

export const openSeasons = query<[companyId: string], { season: string }>(
  'seasons_open_for_collection',
  `
  select season from reli.seasons where company_id = $1 and open_for_collection`,
)

/** The cut-over 日切 waits for whoever books on the day that ends. */
export const bookingDay = query<[companyId: string], { bookingOn: string }>(
  'booking_day_of_events',
  `
  select booking_on from reli.companies where company_id = $1 for share`,
)
