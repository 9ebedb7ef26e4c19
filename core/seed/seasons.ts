// The five demo seasons and their prices: Shijiazhuang's (domain.md §12.1), late fee 1 ‰ a day
// from 1 January up to 30 %, and in the open season 2 % for residents who pay everything early.
import {
  type DiscountPolicy,
  type LateFeePolicy,
  type OverHeightPolicy,
  overHeightFrom,
} from '../billing/policies.ts'
import type { Day, SeasonDays } from '../billing/seasons.ts'
import type { Price } from '../billing/tariffs.ts'

/** The season's policy as it is written into its row. */
export interface SeasonPolicy {
  late_fee: LateFeePolicy
  discount: DiscountPolicy | null
}

export interface DemoSeason {
  season: string
  heatStartOn: Day
  heatEndOn: Day
  state: 'OPEN' | 'CLOSED'
  /** The day on which its charges were issued. */
  issuedOn: Day
  /** The day on which most customers paid. */
  paidOn: Day
  policy: SeasonPolicy
}

export const seasonDays: SeasonDays = { mode: 'ACTUAL' }

const lateFrom = (dueDate: Day): LateFeePolicy => ({
  due_date: dueDate,
  late_fee_rate: '0.001',
  late_fee_cap: '0.3',
  late_fee_base: 'OUTSTANDING',
})

const earlyPayment = (from: Day, to: Day): DiscountPolicy => ({
  tiers: [{ from, to, rate: '0.02' }],
  natures: ['RESIDENT'],
  needs_no_arrears: true,
  applies_to: ['HEATING'],
})

const closedSeason = (year: number): DemoSeason => ({
  season: `${year}-${year + 1}`,
  heatStartOn: `${year}-11-15`,
  heatEndOn: `${year + 1}-03-15`,
  state: 'CLOSED',
  issuedOn: `${year}-08-20`,
  paidOn: `${year}-10-28`,
  policy: { late_fee: lateFrom(`${year}-12-31`), discount: null },
})

export const demoSeasons: readonly DemoSeason[] = [
  closedSeason(2022),
  closedSeason(2023),
  closedSeason(2024),
  closedSeason(2025),
  {
    season: '2026-2027',
    heatStartOn: '2026-11-15',
    heatEndOn: '2027-03-15',
    state: 'OPEN',
    issuedOn: '2026-08-20',
    paidOn: '2026-10-26',
    policy: {
      late_fee: lateFrom('2026-12-31'),
      discount: earlyPayment('2026-08-20', '2026-12-15'),
    },
  },
]

/** Shops pay 3 % more for each started 10 cm above 3 m (domain.md §4.3). */
const shopsOverHeight: OverHeightPolicy = {
  rule: 'STEP_PCT',
  h0: '3.00',
  step: '0.10',
  pct: '0.03',
  cap: null,
}

export interface PriceClass extends Price {
  priceClass: 'RESIDENT' | 'NON_RESIDENT'
  name: string
  /** As written into the row; `overHeight` is what it means. */
  overHeightPolicy: OverHeightPolicy
}

const perSeason = {
  basis: { per: 'SEASON' },
  baseHeatRatio: 200_000n,
  overHeightLine: 'INCLUDED',
} as const

const overHeight = (overHeightPolicy: OverHeightPolicy) => ({
  overHeightPolicy,
  overHeight: overHeightFrom(overHeightPolicy),
})

export const priceClasses: readonly PriceClass[] = [
  {
    priceClass: 'RESIDENT',
    name: '居民',
    unitPrice: 220_000n,
    ...overHeight({ rule: 'NONE' }),
    ...perSeason,
  },
  {
    priceClass: 'NON_RESIDENT',
    name: '非居民',
    unitPrice: 310_000n,
    ...overHeight(shopsOverHeight),
    ...perSeason,
  },
]

/** Changchun heats a month longer, adds 2 ‰ a day without a cap, and gives 1 % in September. */
export const seasonsOfChangchun: readonly DemoSeason[] = [2022, 2023, 2024, 2025, 2026].map(
  (year) => ({
    season: `${year}-${year + 1}`,
    heatStartOn: `${year}-10-20`,
    heatEndOn: `${year + 1}-04-06`,
    state: year === 2026 ? 'OPEN' : 'CLOSED',
    issuedOn: `${year}-08-10`,
    paidOn: `${year}-09-25`,
    policy: {
      late_fee: {
        due_date: `${year}-11-30`,
        late_fee_rate: '0.002',
        late_fee_cap: null,
        late_fee_base: 'OUTSTANDING',
      },
      discount: {
        tiers: [{ from: `${year}-08-10`, to: `${year}-09-30`, rate: '0.01' }],
        needs_no_arrears: false,
        applies_to: ['HEATING'],
      },
    },
  }),
)

/** 5 % for each 30 cm above 3 m, half as much again at most; a stopped flat pays 30 %. */
const changchunOverHeight = overHeight({
  rule: 'STEP_PCT',
  h0: '3.00',
  step: '0.30',
  pct: '0.05',
  cap: '0.5',
})
const perSeasonOfChangchun = { ...perSeason, baseHeatRatio: 300_000n }

export const priceClassesOfChangchun: readonly PriceClass[] = [
  {
    priceClass: 'RESIDENT',
    name: '居民',
    unitPrice: 270_000n,
    ...changchunOverHeight,
    ...perSeasonOfChangchun,
  },
  {
    priceClass: 'NON_RESIDENT',
    name: '非居民',
    unitPrice: 360_000n,
    ...changchunOverHeight,
    ...perSeasonOfChangchun,
  },
]
