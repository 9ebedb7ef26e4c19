// How much heat costs: the rules of domain.md §4.1–§4.4 in one place. This is the file that answers
// «why is it this amount?», so it returns the numbers of the formula beside the amount.
//
// The model. An area item (a room) is billed in one season at one price. From its measured areas
// one billing area A is made, rounded to 0.01 m² before any price sees it (E02). A room that is
// higher than the norm pays more, either by a factor H on the price or by extra square metres.
// Days without heat are stopped square-metre-days X out of A × D, where D are the season's days.
// Then
//
//   HEATING    = round( P × H × A × (A·D − X) / (A·D) )
//   BASE_HEAT  = round( r × P × H × A × X / (A·D) )      the price of staying connected, ratio r
//
// which is the formula of §4.4 with the share written apart: extra square metres (EXTRA_AREA) then
// widen the stopped area by the same factor (R34), and a stop over the whole season leaves exactly
// nothing. No stop is X = 0, a partial stop or two cycles are just another X, a resume only makes
// X smaller. Where area or price change in mid-season the shares of all periods are added before
// the one rounding (§4.12; periods.ts makes the periods). Nothing is ever computed from the
// previous amount: a change of the facts computes the season anew from the facts, so the order in
// which events are approved cannot matter (§4.18).
//
// Exactness. Everything is an integer: areas 0.01 m², heights cm, prices 10⁻⁴ yuan, ratios 10⁻⁶.
// Factors stay fractions of two integers; (3.60 − 3.00) ÷ 0.30 is 2 and not 2.0000000000000004
// (E06b), h ÷ 3 is never cut off (R32). Each line is one fraction, divided once by the one
// rounding function. A total is the sum of rounded lines, and `stop_difference` what is left of
// the full fee.
//
// The failure cases. A room without area costs nothing, whatever the price. More stopped days than
// D (a FIXED season) count as D (R22), so no line is negative. A stop before or after the season,
// or ending before it begins, counts no day. A stopped area above the billing area is refused
// where stops are admitted; here X never exceeds A·D, so the worst a wrong stop can do is a
// whole-season stop.
import { type Dm2, divideHalfUp, dm2, type Fen, fen } from '@reli/sdk'
import type { FeeItem } from './accounts.ts'
import { one } from './rates.ts'
import { type Day, daysBetween, type SeasonSpan } from './seasons.ts'

/** The areas of a room as they were measured. */
export interface MeasuredAreas {
  buildingDm2: Dm2
  /** 面积折算系数, 10⁻⁶: Shijiazhuang 0.90, with a lift 0.85. */
  coefficient: bigint
  usableDm2?: Dm2
  innerDm2?: Dm2
  manualDm2?: Dm2
}

export type AreaBasis = 'BUILDING_COEF' | 'USABLE' | 'INNER' | 'MANUAL'

/** 收费面积, 0.01 m². An area that was never measured bills nothing. */
export function billingArea(areas: MeasuredAreas, basis: AreaBasis): Dm2 {
  switch (basis) {
    case 'BUILDING_COEF':
      return dm2(divideHalfUp(areas.buildingDm2 * areas.coefficient, one))
    case 'USABLE':
      return areas.usableDm2 ?? dm2(0)
    case 'INNER':
      return areas.innerDm2 ?? dm2(0)
    case 'MANUAL':
      return areas.manualDm2 ?? dm2(0)
  }
}

/** A step is started by its first centimetre and counts fully. Heights in cm, shares in 10⁻⁶. */
interface HeightSteps {
  aboveCm: number
  stepCm: number
  /** What each started step adds. */
  share: bigint
}

/** The four families of real rules, and none (domain.md §4.3). */
export type OverHeightRule =
  | { rule: 'NONE' }
  /** `cap` bounds the sum of the steps; `null` = no bound. */
  | ({ rule: 'STEP_PCT'; cap: bigint | null } & HeightSteps)
  | { rule: 'RATIO'; aboveCm: number }
  /** Rising; the last tier has no upper bound. A height on a bound belongs to the lower tier. */
  | { rule: 'TIER'; tiers: readonly { upToCm: number | null; factor: bigint }[] }
  | ({ rule: 'EXTRA_AREA' } & HeightSteps)

/** A fraction that multiplies the price or the area. Never below 1. */
export interface OverHeightFactor {
  multiplies: 'PRICE' | 'AREA'
  numerator: bigint
  denominator: bigint
  /** Started steps before any cap; 0 where the rule has none. */
  steps: number
}

/** The factor of a room. A height that was never measured is not over the norm. */
export function overHeightFactor(rule: OverHeightRule, heightCm: number | null): OverHeightFactor {
  if (heightCm === null) return plain
  switch (rule.rule) {
    case 'NONE':
      return plain
    case 'STEP_PCT': {
      const steps = startedSteps(rule, heightCm)
      const sum = BigInt(steps) * rule.share
      const added = rule.cap !== null && sum > rule.cap ? rule.cap : sum
      return { multiplies: 'PRICE', numerator: one + added, denominator: one, steps }
    }
    case 'RATIO':
      if (heightCm <= rule.aboveCm) return plain
      return {
        multiplies: 'PRICE',
        numerator: BigInt(heightCm),
        denominator: BigInt(rule.aboveCm),
        steps: 0,
      }
    case 'TIER': {
      const tier = rule.tiers.find(({ upToCm }) => upToCm === null || heightCm <= upToCm)
      return { multiplies: 'PRICE', numerator: tier?.factor ?? one, denominator: one, steps: 0 }
    }
    case 'EXTRA_AREA': {
      const steps = startedSteps(rule, heightCm)
      const numerator = one + BigInt(steps) * rule.share
      return { multiplies: 'AREA', numerator, denominator: one, steps }
    }
  }
}

const plain: OverHeightFactor = { multiplies: 'PRICE', numerator: 1n, denominator: 1n, steps: 0 }

const startedSteps = ({ aboveCm, stepCm }: HeightSteps, heightCm: number): number =>
  heightCm <= aboveCm ? 0 : Math.ceil((heightCm - aboveCm) / stepCm)

/** An approved stop 报停: `resumeOn` is the first day with heat again, `null` = until the end. */
export interface Stop {
  areaDm2: Dm2
  stopFrom: Day
  resumeOn: Day | null
}

/** Days without heat inside the season; a stop over the whole season has D days (R22, R24). */
export function stoppedDays({ stopFrom, resumeOn }: Stop, span: SeasonSpan): number {
  const from = stopFrom > span.from ? stopFrom : span.from
  const to = resumeOn !== null && resumeOn < span.until ? resumeOn : span.until
  if (from >= to) return 0
  if (from === span.from && to === span.until) return span.days
  return Math.min(daysBetween(from, to), span.days)
}

/** `X` of §4.4 in 0.01 m² × days. */
export const stoppedM2Days = (stops: readonly Stop[], span: SeasonSpan): bigint =>
  stops.reduce((sum, stop) => sum + stop.areaDm2 * BigInt(stoppedDays(stop, span)), 0n)

/** What a unit price is per. A price per month or day is made one per season first (R25). */
export type PriceBasis =
  | { per: 'SEASON' }
  | { per: 'MONTH'; months: number }
  | { per: 'DAY'; days: number }

/** A room to be billed. */
export interface BilledArea {
  billingDm2: Dm2
  heightCm: number | null
  stops: readonly Stop[]
}

/** A price class in a season. */
export interface Price {
  /** 10⁻⁴ yuan per m². */
  unitPrice: bigint
  basis: PriceBasis
  /** 基础费比例, 10⁻⁶. */
  baseHeatRatio: bigint
  overHeight: OverHeightRule
  /** Whether over-height is charged within HEATING or as a line of its own (超高费). */
  overHeightLine: 'INCLUDED' | 'SEPARATE'
}

/** One amount of a room, with the numbers that explain it. */
export interface Charge {
  feeItem: Extract<FeeItem, 'HEATING' | 'BASE_HEAT' | 'OVER_HEIGHT'>
  amountFen: Fen
  formula: Formula
}

export interface Formula {
  unitPrice: bigint
  basis: PriceBasis
  billingDm2: Dm2
  /** The billing area with the extra square metres of EXTRA_AREA. */
  pricedDm2: Dm2
  heightCm: number | null
  overHeight: OverHeightFactor
  /** 10⁻⁶ of the price; only BASE_HEAT is not 1. */
  ratio: bigint
  /** The charged share of the season: `m2Days` out of `allM2Days`, both 0.01 m² × days. */
  m2Days: bigint
  allM2Days: bigint
}

/** 10⁻⁴ yuan × 0.01 m² = 10⁻⁴ fen. */
const priceUnitsPerFen = 10_000n

/**
 * A stretch of the season with one area and one price (domain.md §4.12). The days of all stretches
 * add up to the season's D.
 */
export interface Period {
  billingDm2: Dm2
  heightCm: number | null
  price: Price
  days: number
  /** 0.01 m² × days without heat that pay the base fee. */
  stoppedDm2Days: bigint
  /** 0.01 m² × days that pay nothing: the room is off the network. */
  freeDm2Days: bigint
}

/** One amount of a room in a season, with the numbers of each of its periods. */
export interface SeasonCharge {
  feeItem: Charge['feeItem']
  amountFen: Fen
  periods: readonly Formula[]
}

/** The charges of one room in one season; lines of nothing are left out. */
export function chargesOf(area: BilledArea, price: Price, span: SeasonSpan): Charge[] {
  const { billingDm2, heightCm } = area
  const allDm2Days = billingDm2 * BigInt(span.days)
  const stopped = stoppedM2Days(area.stops, span)
  const stoppedDm2Days = stopped < allDm2Days ? stopped : allDm2Days
  const period = { billingDm2, heightCm, price, days: span.days, stoppedDm2Days, freeDm2Days: 0n }
  return seasonCharges([period], span.days).map(({ feeItem, amountFen, periods }) => {
    return { feeItem, amountFen, formula: periods[0]! }
  })
}

const chargeItems = ['HEATING', 'BASE_HEAT', 'OVER_HEIGHT'] as const

/** The charges of one room whose area or price changes in the season: the sum, rounded once. */
export function seasonCharges(periods: readonly Period[], seasonDays: number): SeasonCharge[] {
  const charges: SeasonCharge[] = []
  for (const feeItem of chargeItems) {
    const shares = periods.map((period) => shareOfPeriod(period, feeItem, seasonDays))
    const [numerator, denominator] = shares.reduce<Fraction>(
      (sum, { fraction }) => plus(sum, fraction),
      [0n, 1n],
    )
    const amountFen = fen(divideHalfUp(numerator, denominator))
    if (amountFen === 0n) continue
    charges.push({ feeItem, amountFen, periods: shares.map(({ formula }) => formula) })
  }
  return charges
}

function shareOfPeriod(
  period: Period,
  feeItem: Charge['feeItem'],
  seasonDays: number,
): { fraction: Fraction; formula: Formula } {
  const { billingDm2, heightCm, price } = period
  const factor = overHeightFactor(price.overHeight, heightCm)
  const pricedDm2 = pricedArea(billingDm2, factor)
  const height = heightShares(billingDm2, pricedDm2, factor, price.overHeightLine)
  const allM2Days = billingDm2 * BigInt(seasonDays)
  const periodDm2Days = billingDm2 * BigInt(period.days)
  const heated = periodDm2Days - period.stoppedDm2Days - period.freeDm2Days
  const byItem = {
    HEATING: { base: height.heating, ratio: one, m2Days: heated },
    BASE_HEAT: { base: height.all, ratio: price.baseHeatRatio, m2Days: period.stoppedDm2Days },
    OVER_HEIGHT: { base: height.surcharge, ratio: one, m2Days: heated },
  }
  const { base, ratio, m2Days } = byItem[feeItem]
  const { unitPrice, basis } = price
  const shared = { unitPrice, basis, billingDm2, pricedDm2, heightCm, overHeight: factor }
  const formula = { ...shared, ratio, m2Days, allM2Days }
  if (allM2Days === 0n) return { fraction: [0n, 1n], formula }
  const times =
    basis.per === 'SEASON' ? 1n : BigInt(basis.per === 'MONTH' ? basis.months : basis.days)
  const fraction = multiply(
    base,
    unitPrice * times * ratio * m2Days,
    priceUnitsPerFen * one * allM2Days,
  )
  return { fraction, formula }
}

type Fraction = readonly [numerator: bigint, denominator: bigint]

const multiply = ([numerator, denominator]: Fraction, by: bigint, over: bigint): Fraction => [
  numerator * by,
  denominator * over,
]

const plus = ([a, over]: Fraction, [b, under]: Fraction): Fraction =>
  over === under ? [a + b, over] : [a * under + b * over, over * under]

const pricedArea = (billingDm2: Dm2, { multiplies, numerator, denominator }: OverHeightFactor) =>
  multiplies === 'PRICE' ? billingDm2 : dm2(divideHalfUp(billingDm2 * numerator, denominator))

/**
 * The area, times the factor, that each line is priced by. An own over-height line comes from the
 * unrounded HEATING, and BASE_HEAT contains the height either way (R33).
 */
function heightShares(
  billingDm2: Dm2,
  pricedDm2: Dm2,
  { multiplies, numerator, denominator }: OverHeightFactor,
  line: Price['overHeightLine'],
): { heating: Fraction; surcharge: Fraction; all: Fraction } {
  const all: Fraction =
    multiplies === 'PRICE' ? [pricedDm2 * numerator, denominator] : [pricedDm2, 1n]
  if (line === 'INCLUDED') return { heating: all, surcharge: [0n, 1n], all }
  const surcharge: Fraction = [all[0] - billingDm2 * all[1], all[1]]
  return { heating: [billingDm2, 1n], surcharge, all }
}
