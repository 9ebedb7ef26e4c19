// Dividing an account's lines among several (拆户, domain.md §4.12 E51) and the sums of accounts that
// become one (合户). Receivable and outstanding are divided by area, what was received is derived
// from them (R39), so nobody owes what another has paid.
import { type Fen, fen, minFen, sumFen } from '@reli/sdk'
import { divideAmount } from './division.ts'

export interface Divided {
  receivableFen: Fen
  receivedFen: Fen
  outstandingFen: Fen
}

export function divideLine(
  receivableFen: Fen,
  outstandingFen: Fen,
  weights: readonly bigint[],
): Divided[] {
  const receivables = divideAmount(receivableFen, weights)
  const outstandings = dividedUnder(outstandingFen, weights, receivables)
  return receivables.map((receivable, at) => ({
    receivableFen: receivable,
    outstandingFen: outstandings[at]!,
    receivedFen: fen(receivable - outstandings[at]!),
  }))
}

/**
 * An amount divided so that no part is above its limit: where a remainder would leave the last part
 * owing more than it is charged, the others take the fen.
 */
export function dividedUnder(
  amountFen: Fen,
  weights: readonly bigint[],
  limits: readonly Fen[],
): Fen[] {
  const parts = divideAmount(amountFen, weights)
  const fitted = parts.map((part, at) => minFen(part, limits[at]!))
  let left = amountFen - sumFen(fitted)
  for (const [at, limit] of limits.entries()) {
    const taken = minFen(fen(left), fen(limit - fitted[at]!))
    fitted[at] = fen(fitted[at]! + taken)
    left -= taken
  }
  return fitted
}
