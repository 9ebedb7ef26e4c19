// A company's rules out of its rows: seasons with their policy and prices. The switches of the
// newest season that names them hold for the accounts (domain.md §4.0).
import type { Tx } from '../../db/db.ts'
import type { AccountPolicy, Rules, SeasonTerms } from '../engine/state.ts'
import {
  type DiscountPolicy,
  discountTermsFrom,
  type LateFeePolicy,
  lateFeeTermsFrom,
  type OverHeightPolicy,
  overHeightFrom,
} from '../policies.ts'
import { type SeasonDays, spanOf } from '../seasons.ts'
import type { Price, PriceBasis } from '../tariffs.ts'
import {
  bookingDay,
  openSeasons,
  type PriceRow,
  pricesOf,
  type SeasonRow,
  seasonsWithPolicy,
} from './rules.sql.ts'

/** `seasons.policy`. */
interface StoredPolicy {
  late_fee: LateFeePolicy
  discount?: DiscountPolicy | null
  season_days?: SeasonDays
  price_basis?: PriceBasis
  over_height_line?: Price['overHeightLine']
  account?: Partial<AccountPolicy>
}

/** What holds where a policy does not say otherwise: the defaults of domain.md §4.0. */
export const usualPolicy: AccountPolicy = {
  order: 'OLDEST_FIRST',
  within: 'PRINCIPAL_FIRST',
  stops: { granularity: 'BY_DATE', maxCycles: 2 },
  resume: 'PRORATA',
  areaChange: 'PRORATA',
  classChange: 'PRORATA',
  disconnect: 'PRORATA',
  lateFeeStopsOnForcedStop: true,
  balanceApplies: 'AT_OPENING',
  carriesStops: true,
  notOpened: 'FULL',
  arrearsForbid: [],
}

export async function rulesOf(tx: Tx, companyId: string): Promise<Rules> {
  const seasons = await tx.many(seasonsWithPolicy, [companyId])
  const prices = Map.groupBy(await tx.many(pricesOf, [companyId]), ({ season }) => season)
  const policies = seasons.map(({ policy }) => policy as StoredPolicy)
  const switches = policies.findLast(({ account }) => account !== undefined)?.account
  return {
    policy: { ...usualPolicy, ...switches },
    seasons: new Map(
      seasons.map((row) => [row.season, termsFrom(row, prices.get(row.season) ?? [])]),
    ),
  }
}

function termsFrom(row: SeasonRow, prices: readonly PriceRow[]): SeasonTerms {
  const policy = row.policy as StoredPolicy
  return {
    season: row.season,
    span: spanOf(row, policy.season_days ?? { mode: 'ACTUAL' }),
    prices: Object.fromEntries(prices.map((price) => [price.priceClass, priceFrom(price, policy)])),
    lateFee: lateFeeTermsFrom(policy.late_fee),
    discount: policy.discount ? discountTermsFrom(policy.discount) : null,
  }
}

const priceFrom = (row: PriceRow, policy: StoredPolicy): Price => ({
  unitPrice: row.unitPrice,
  basis: policy.price_basis ?? { per: 'SEASON' },
  baseHeatRatio: row.baseHeatRatio,
  overHeight: overHeightFrom(row.overHeight as OverHeightPolicy),
  overHeightLine: policy.over_height_line ?? 'INCLUDED',
})

/** What events of a company are booked by: its rules, and the booking date while it is held. */
export async function bookingOf(
  tx: Tx,
  companyId: string,
): Promise<{ companyId: string; rules: Rules; bookingOn: string }> {
  const { bookingOn } = await tx.one(bookingDay, [companyId])
  return { companyId, bookingOn, rules: await rulesOf(tx, companyId) }
}

/** Banks may collect for them now. */
export async function seasonsOpenForCollection(tx: Tx, companyId: string): Promise<Set<string>> {
  return new Set((await tx.many(openSeasons, [companyId])).map(({ season }) => season))
}
