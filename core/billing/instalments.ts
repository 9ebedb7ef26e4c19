// Instalments 分期 (domain.md §4.10): every part is a line of its own, with its own due date, cap and
// rounding; payments go to the oldest part first (R8).
import { type Fen, fen } from '@reli/sdk'
import { divideAmount } from './division.ts'
import { type LateFeeTerms, noLateFeeYet } from './late-fees.ts'
import { one } from './rates.ts'
import { NotAllowed } from './refusals.ts'
import type { Day } from './seasons.ts'

export interface InstalmentPart {
  amountFen: Fen
  dueOn: Day
}

/** Shares in 10⁻⁶ that add up to all of it. */
export function instalmentsOf(
  amountFen: Fen,
  shares: readonly bigint[],
  dueDates: readonly Day[],
): InstalmentPart[] {
  if (shares.reduce((sum, share) => sum + share, 0n) !== one) {
    throw new NotAllowed('plan.shares_differ', { parts: shares.length })
  }
  if (shares.length !== dueDates.length) {
    throw new NotAllowed('plan.dates_differ', { parts: shares.length, dates: dueDates.length })
  }
  const amounts = divideAmount(amountFen, shares)
  return amounts.map((amount, at) => ({ amountFen: amount, dueOn: dueDates[at]! }))
}

/** A part as the late-fee rule reads it. */
export const partLine = ({ amountFen, dueOn }: InstalmentPart, terms: LateFeeTerms) => ({
  receivableFen: amountFen,
  paidFen: fen(0),
  discountFen: fen(0),
  lateFee: noLateFeeYet(amountFen),
  lateFeeTerms: { ...terms, dueOn },
})
