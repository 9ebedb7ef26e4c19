// What an inspection 稽查 recovers (domain.md §4.17): heat used while stopped, and area never
// declared, each with its contract penalty.
import { type Dm2, divideHalfUp, type Fen, fen, sumFen } from '@reli/sdk'
import { decimalText, type Explanation, explained, plainDecimal } from './explain.ts'
import { areaAmount } from './fees.ts'
import { one, shareOf } from './rates.ts'
import { type Day, daysBetween, type SeasonSpan } from './seasons.ts'

export type RecoveryPolicy = 'TO_DISCOVERY' | 'FULL_SEASON'

/** A share per day (3 ‰), or a multiple of what is recovered. Both in 10⁻⁶. */
export type Penalty = { perDay: bigint } | { multiple: bigint }

export interface UsedWhileStopped {
  fullFeeFen: Fen
  baseHeatRatio: bigint
  /** The stop began with the season or in the middle of it (R41). */
  stoppedFrom: Day
  discoveredOn: Day
}

export interface Recovery {
  days: number
  recoverFen: Fen
  penaltyFen: Fen
  why: Explanation
}

/** F × n ÷ D less the base fee of the same days; the day of discovery counts. */
export function recoverHeat(
  used: UsedWhileStopped,
  policy: RecoveryPolicy,
  penalty: Penalty,
  span: SeasonSpan,
): Recovery {
  const { fullFeeFen, baseHeatRatio } = used
  const from = used.stoppedFrom > span.from ? used.stoppedFrom : span.from
  const stopped = within(from === span.from ? span.days : daysBetween(from, span.until), span)
  const days = Math.min(within(daysBetween(from, used.discoveredOn) + 1, span), stopped)
  const counted = policy === 'FULL_SEASON' ? stopped : days
  const heat = divideHalfUp(fullFeeFen * BigInt(counted), BigInt(span.days))
  const base = divideHalfUp(fullFeeFen * baseHeatRatio * BigInt(counted), one * BigInt(span.days))
  const recoverFen = fen(heat - base)
  return {
    days,
    recoverFen,
    penaltyFen: penaltyOn(recoverFen, penalty, days),
    why: explained(
      `domain.md §4.17 / recovery ${policy}`,
      'recover = round(F × n ÷ D) − round(r × F × n ÷ D)',
      {
        F: decimalText(fullFeeFen, 2),
        r: plainDecimal(baseHeatRatio, 6),
        n: counted,
        D: span.days,
      },
    ),
  }
}

const within = (days: number, span: SeasonSpan) => Math.max(0, Math.min(days, span.days))

export const penaltyOn = (recoverFen: Fen, penalty: Penalty, days: number): Fen =>
  'perDay' in penalty
    ? shareOf(recoverFen * BigInt(days), penalty.perDay)
    : shareOf(recoverFen, penalty.multiple)

/** Undeclared area: one line for each season at its price (R41). */
export function recoverArea(areaDm2: Dm2, unitPrices: readonly bigint[]) {
  const linesFen = unitPrices.map((unitPrice) => areaAmount(areaDm2, unitPrice))
  return { linesFen, recoverFen: sumFen(linesFen) }
}
