// From what a company wrote down (document.ts) to the terms that the rules compute with. What a
// policy leaves out is the default of domain.md §4.0; the policy of a season from before this
// document knows late fee and discount, and has its prices in `price_classes`.
import type { FeeItemTerms } from '../accounts.ts'
import type { AccountPolicy, Rules, SeasonTerms } from '../engine/state.ts'
import {
  type DiscountPolicy,
  decimal,
  discountTermsFrom,
  type LateFeePolicy,
  lateFeeTermsFrom,
  type OverHeightPolicy,
  overHeightFrom,
  pricePlaces,
  ratePlaces,
} from '../policies.ts'
import { type Day, type SeasonDays, spanOf } from '../seasons.ts'
import type { Price } from '../tariffs.ts'
import type { PolicyJson, PriceClassJson } from './document.ts'
import { type FeeTerms, feeItemsOf, feeTermsOf } from './fees.ts'

/** What stands in `seasons.policy`: a published policy, or the part that no season can lack. */
export type StoredPolicy = Partial<PolicyJson> & Pick<PolicyJson, 'late_fee'>

/** A season with its policy; `policy` is what the database holds. */
export interface SeasonWithPolicy {
  season: string
  heatStartOn: Day
  heatEndOn: Day
  state: string
  policy: unknown
}

/** A row of `price_classes`. */
export interface ClassPrice {
  season: string
  priceClass: string
  unitPrice: bigint
  baseHeatRatio: bigint
  overHeight: unknown
}

/** The defaults of domain.md §4.0. */
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

/**
 * The rules of a company. Accounts are kept by the switches of the newest season that was opened:
 * one that is only planned changes nothing yet.
 */
export function rulesFrom(
  seasons: readonly SeasonWithPolicy[],
  prices: readonly ClassPrice[] = [],
): Rules {
  const sorted = seasons.toSorted((a, b) => (a.season < b.season ? -1 : 1))
  const opened = sorted.filter(({ state }) => state !== 'PLANNED')
  const switches = (opened.length > 0 ? opened : sorted)
    .map(({ policy }) => (policy as StoredPolicy).switches)
    .findLast((each) => each !== undefined)
  const rows = Map.groupBy(prices, ({ season }) => season)
  const feeItems = new Map<string, FeeItemTerms>()
  for (const { policy } of sorted) {
    for (const [code, item] of Object.entries(feeItemsOf(policy as StoredPolicy))) {
      feeItems.set(code, item)
    }
  }
  return {
    policy: accountPolicyOf(switches),
    seasons: new Map(sorted.map((row) => [row.season, termsOf(row, rows.get(row.season))])),
    feeItems,
  }
}

export function accountPolicyOf(switches: PolicyJson['switches'] = {}): AccountPolicy {
  const usual = usualPolicy
  const cycles = switches.max_stop_cycles
  return {
    order: switches.allocation_order ?? usual.order,
    within: switches.allocation_within ?? usual.within,
    stops: {
      granularity: switches.stop_granularity ?? usual.stops.granularity,
      maxCycles: cycles === undefined ? usual.stops.maxCycles : cycles,
    },
    resume: switches.resume_policy ?? usual.resume,
    areaChange: switches.area_change_policy ?? usual.areaChange,
    classChange: switches.class_change_policy ?? usual.classChange,
    disconnect: switches.disconnect_policy ?? usual.disconnect,
    lateFeeStopsOnForcedStop:
      switches.late_fee_stops_on_forced_stop ?? usual.lateFeeStopsOnForcedStop,
    balanceApplies: switches.balance_auto_apply ?? usual.balanceApplies,
    carriesStops: switches.carry_stop ?? usual.carriesStops,
    notOpened: switches.not_opened_policy ?? usual.notOpened,
    arrearsForbid: switches.arrears_forbid ?? usual.arrearsForbid,
  }
}

/** The terms of one season; the policy's own prices go before the rows. */
export function termsOf(row: SeasonWithPolicy, rows: readonly ClassPrice[] = []): SeasonTerms {
  const policy = row.policy as StoredPolicy
  return {
    season: row.season,
    span: spanOf(row, daysOf(policy)),
    prices: Object.fromEntries([
      ...rows.map((of) => [of.priceClass, priceOfRow(of, policy)] as const),
      ...(policy.price_classes ?? []).map((of) => [of.code, priceOf(of, policy)] as const),
    ]),
    lateFee: lateFeeTermsFrom(policy.late_fee as LateFeePolicy),
    discount: policy.discount ? discountTermsFrom(policy.discount as DiscountPolicy) : null,
  }
}

/** What a season charges beside heat by area. */
export const feesOf = (row: Pick<SeasonWithPolicy, 'policy'>): FeeTerms =>
  feeTermsOf(row.policy as StoredPolicy)

function daysOf({ season_days: days }: StoredPolicy): SeasonDays {
  if (days?.mode === 'FIXED') return { mode: 'FIXED', days: days.days }
  return { mode: 'ACTUAL', extensionAffectsDays: days?.extension_affects_d ?? false }
}

const priceOf = (of: PriceClassJson, policy: StoredPolicy): Price => ({
  unitPrice: decimal(of.unit_price, pricePlaces),
  basis: of.price_basis ?? policy.price_basis ?? { per: 'SEASON' },
  baseHeatRatio: decimal(of.base_heat_ratio, ratePlaces),
  overHeight: overHeightFrom(of.over_height),
  overHeightLine: of.over_height_line ?? policy.over_height_line ?? 'INCLUDED',
})

const priceOfRow = (of: ClassPrice, policy: StoredPolicy): Price => ({
  unitPrice: of.unitPrice,
  basis: policy.price_basis ?? { per: 'SEASON' },
  baseHeatRatio: of.baseHeatRatio,
  overHeight: overHeightFrom(of.overHeight as OverHeightPolicy),
  overHeightLine: policy.over_height_line ?? 'INCLUDED',
})
