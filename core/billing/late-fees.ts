// Late fee 违约金 by the balance-day product 积数法 (domain.md §4.8): simple, recomputed on read, frozen
// by payment, rounded once.
//
// The product Σ over days of (outstanding at the start of the day × rate of the day) is kept the
// other way round, as a sum over fen: a fen that is still owed has gathered the rates of all days
// since the due date, a fen settled on day s those up to s. So
//
//   product(t)     = outstanding × rates(due, t] + settledProduct
//   settledProduct = Σ pᵢ × rates(due, sᵢ]
//
// Only the second term is stored. Reading changes nothing, payments of one line commute, and a
// payment that never was (a reversal, R46) is taken out exactly by subtracting its own summand.
// Rates are integers of 10⁻⁶, so rate steps need no rounding before the end.
import { divideHalfUp, type Fen, fen, minFen } from '@reli/sdk'
import type { ChargeLine } from './accounts.ts'
import { one, shareOf } from './rates.ts'
import { addDays, type Day, dayNumber } from './seasons.ts'

/** Per day, `from` and `to` included; `null` = without end. Steps do not overlap. */
export interface RateStep {
  from: Day
  to: Day | null
  rate: bigint
}

/** Set when the season is opened; belongs to the season's debts for ever. */
export interface LateFeeTerms {
  /** The last day without late fee (R7). */
  dueOn: Day
  /** Other days are free: a forced stop ends its season's steps the day before (R6). */
  rateSteps: readonly RateStep[]
  /** Share of the principal that the late fee never exceeds; `null` = no cap. */
  capRate: bigint | null
  /** Whether the rate is taken of what is owed or, until all is paid, of the whole principal. */
  base: 'OUTSTANDING' | 'ORIGINAL'
}

export interface LateFeeState {
  /** Net receivable at the due date: what the cap, and base ORIGINAL, measure by (R3). */
  principalFen: Fen
  /** Fen × 10⁻⁶ that settled principal gathered until it was settled. */
  settledProduct: bigint
  paidFen: Fen
  waivedFen: Fen
}

export const noLateFeeYet = (principalFen: Fen): LateFeeState => ({
  principalFen,
  settledProduct: 0n,
  paidFen: fen(0),
  waivedFen: fen(0),
})

/** One rate for all days after the due date. */
export const flatRate = (rate: bigint): readonly RateStep[] => [
  { from: '0001-01-01', to: null, rate },
]

/** Σ of the rates of the days in (due, on]: the day of payment counts. */
export function ratesUntil(terms: LateFeeTerms, on: Day): bigint {
  if (on <= terms.dueOn) return 0n
  const first = dayNumber(terms.dueOn) + 1
  const last = dayNumber(on)
  let rates = 0n
  for (const step of terms.rateSteps) {
    const days = overlap(step, first, last)
    if (days > 0) rates += BigInt(days) * step.rate
  }
  return rates
}

/** Days in (due, on] that have a rate. */
export function chargeableDays(terms: LateFeeTerms, on: Day): number {
  if (on <= terms.dueOn) return 0
  const first = dayNumber(terms.dueOn) + 1
  const last = dayNumber(on)
  return terms.rateSteps.reduce((days, step) => days + Math.max(0, overlap(step, first, last)), 0)
}

function overlap(step: RateStep, first: number, last: number): number {
  const from = Math.max(first, dayNumber(step.from))
  const to = step.to === null ? last : Math.min(last, dayNumber(step.to))
  return to - from + 1
}

/**
 * The stored product after `settledFen` of principal went on `on` (negative: came back), so that
 * `outstandingFen` is left. With base ORIGINAL the whole principal gathers until nothing is left.
 */
export function settledProductOf(
  state: LateFeeState,
  terms: LateFeeTerms,
  settledFen: Fen,
  outstandingFen: Fen,
  on: Day,
): bigint {
  if (settledFen === 0n) return state.settledProduct
  if (terms.base === 'OUTSTANDING') {
    return state.settledProduct + settledFen * ratesUntil(terms, on)
  }
  return outstandingFen > 0n ? 0n : state.principalFen * ratesUntil(terms, on)
}

/**
 * The terms without a late fee on the days `from` to `to`, both included: heat is cut off (R6), or
 * an organisation has promised a date (R5). Nothing is made up for afterwards.
 */
export function suspended(terms: LateFeeTerms, from: Day, to: Day | null): LateFeeTerms {
  const rateSteps = terms.rateSteps.flatMap((step) => {
    const startsBefore = step.from < from
    const endsAfter = to !== null && (step.to === null || step.to > to)
    const isOutside = (step.to !== null && step.to < from) || (to !== null && step.from > to)
    if (isOutside) return [step]
    return [
      ...(startsBefore ? [{ ...step, to: addDays(from, -1) }] : []),
      ...(endsAfter ? [{ ...step, from: addDays(to, 1) }] : []),
    ]
  })
  return { ...terms, rateSteps }
}

/** A debt that an event of mid-season adds is not late before it can be known (R2). */
export const ownDueDate = (terms: LateFeeTerms, on: Day): Day => {
  const ownOn = addDays(on, daysToPayAnIncrease)
  return ownOn > terms.dueOn ? ownOn : terms.dueOn
}

/** R2: «event + 15 days, never before the season's due date». */
const daysToPayAnIncrease = 15

export interface LateFeeReading {
  days: number
  /** Fen × 10⁻⁶, before the cap. */
  product: bigint
  uncappedFen: Fen
  accruedFen: Fen
  /** Accrued − paid − waived. */
  dueFen: Fen
}

type Read = Pick<
  ChargeLine,
  'receivableFen' | 'paidFen' | 'discountFen' | 'lateFee' | 'lateFeeTerms'
>

/** The late fee of a line on a day, with what explains it. Not meant for a day before a payment. */
export function lateFeeAsOf(line: Read, on: Day): LateFeeReading {
  const product = productAsOf(line, on)
  const uncappedFen = fen(divideHalfUp(product, one))
  const accruedFen = capped(line, uncappedFen)
  const { lateFee, lateFeeTerms } = line
  return {
    days: chargeableDays(lateFeeTerms, on),
    product,
    uncappedFen,
    accruedFen,
    dueFen: atLeastZero(accruedFen - lateFee.paidFen - lateFee.waivedFen),
  }
}

/** The hot path of `lateFeeAsOf`: only what is due. */
export function lateFeeDue(line: Read, on: Day): Fen {
  const { lateFee } = line
  const accruedFen = capped(line, fen(divideHalfUp(productAsOf(line, on), one)))
  return atLeastZero(accruedFen - lateFee.paidFen - lateFee.waivedFen)
}

function productAsOf({ lateFee, lateFeeTerms, ...line }: Read, on: Day): bigint {
  const outstandingFen = line.receivableFen - line.paidFen - line.discountFen
  if (outstandingFen <= 0n) return lateFee.settledProduct
  const rates = ratesUntil(lateFeeTerms, on)
  if (lateFeeTerms.base === 'ORIGINAL') return lateFee.principalFen * rates
  const product = outstandingFen * rates + lateFee.settledProduct
  return product > 0n ? product : 0n
}

function capped({ lateFee, lateFeeTerms: { capRate } }: Read, uncappedFen: Fen): Fen {
  if (capRate === null) return uncappedFen
  return minFen(shareOf(lateFee.principalFen, capRate), uncappedFen)
}

const atLeastZero = (amount: bigint): Fen => fen(amount > 0n ? amount : 0n)

/** What an approved waiver of `share` (10⁻⁶) gives: of what is due on the day of approval (R4). */
export const waiverOf = (line: Read, share: bigint, on: Day): Fen =>
  shareOf(lateFeeDue(line, on), share)
