// Reductions 减免 of a fee by approval, and refunds for rooms that were too cold (domain.md §4.14). F
// is the HEATING receivable as it is now, before discount and other reductions (R37).
import { type Dm2, divideHalfUp, type Fen, fen } from '@reli/sdk'
import { decimalText, type Explanation, explained, plainDecimal } from './explain.ts'
import { areaAmount } from './fees.ts'
import { one } from './rates.ts'
import { NotAllowed } from './refusals.ts'

/** One step of a tiered tariff: the square metres above the last bound up to this one. */
export interface PriceTier {
  upToDm2: Dm2 | null
  unitPrice: bigint
}

export type ReductionMode =
  | { mode: 'AMOUNT'; amountFen: Fen }
  | { mode: 'DAYS'; days: number; seasonDays: number }
  /** Square metres at the price times the over-height factor, a fraction. */
  | { mode: 'AREA'; areaDm2: Dm2; unitPrice: bigint; factor?: readonly [bigint, bigint] }
  | { mode: 'PERCENT'; share: bigint }
  /** What the customer's tariff is below the full one. */
  | { mode: 'TIER'; areaDm2: Dm2; unitPrice: bigint; tiers: readonly PriceTier[] }

export interface ReductionAmount {
  amountFen: Fen
  why: Explanation
}

export function reductionOf(feeFen: Fen, by: ReductionMode): ReductionAmount {
  const clause = `domain.md §4.14 / ${by.mode}`
  const F = decimalText(feeFen, 2)
  switch (by.mode) {
    case 'AMOUNT':
      return { amountFen: by.amountFen, why: explained(clause, 'reduction = x', { F }) }
    case 'DAYS': {
      const { days: n, seasonDays: D } = by
      return {
        amountFen: fen(divideHalfUp(feeFen * BigInt(n), BigInt(D))),
        why: explained(clause, 'reduction = round(F × n ÷ D)', { F, n, D }),
      }
    }
    case 'AREA': {
      const [numerator, denominator] = by.factor ?? [1n, 1n]
      const amount = divideHalfUp(by.areaDm2 * by.unitPrice * numerator, 10_000n * denominator)
      const numbers = { a: decimalText(by.areaDm2, 2), P: decimalText(by.unitPrice, 4) }
      return {
        amountFen: fen(amount),
        why: explained(clause, 'reduction = round(a × P × H)', numbers),
      }
    }
    case 'PERCENT':
      return {
        amountFen: fen(divideHalfUp(feeFen * by.share, one)),
        why: explained(clause, 'reduction = round(F × p)', { F, p: plainDecimal(by.share, 6) }),
      }
    case 'TIER': {
      const full = areaAmount(by.areaDm2, by.unitPrice)
      const tiered = tieredFee(by.areaDm2, by.tiers)
      const numbers = { full: decimalText(full, 2), tiered: decimalText(tiered, 2) }
      return {
        amountFen: fen(full - tiered),
        why: explained(clause, 'reduction = full − tiered', numbers),
      }
    }
  }
}

/** Σ of the square metres of each tier at its price, one line and so one rounding (E48). */
export function tieredFee(areaDm2: Dm2, tiers: readonly PriceTier[]): Fen {
  let product = 0n
  let below = 0n
  for (const { upToDm2, unitPrice } of tiers) {
    const upTo = upToDm2 === null || upToDm2 > areaDm2 ? areaDm2 : upToDm2
    if (upTo > below) product += (upTo - below) * unitPrice
    if (upTo > below) below = upTo
  }
  return fen(divideHalfUp(product, 10_000n))
}

/** A reduction above what is left of the receivable is refused, not cut (R37). */
export function refuseAbove(amountFen: Fen, leftFen: Fen): void {
  if (amountFen > leftFen) {
    throw new NotAllowed('reduction.above_receivable', { amountFen, leftFen })
  }
}

/** [from, to) in 0.1 ℃ or any one scale; `null` = without bound (R38). */
export interface TemperatureBand {
  from: bigint | null
  to: bigint | null
  share: bigint
}

/** The share of the day fee for a temperature: that of the band it lies in, else nothing. */
export function bandShare(bands: readonly TemperatureBand[], temperature: bigint): bigint {
  const band = bands.find(
    ({ from, to }) => (from === null || temperature >= from) && (to === null || temperature < to),
  )
  return band?.share ?? 0n
}

/** F × n ÷ D × share of the band: one line for each reading (R38). */
export const coldRoomRefund = (feeFen: Fen, days: number, share: bigint, seasonDays: number): Fen =>
  fen(divideHalfUp(feeFen * BigInt(days) * share, BigInt(seasonDays) * one))
