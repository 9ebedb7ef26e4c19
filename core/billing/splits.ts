// Dividing an account's lines among several (拆户, domain.md §4.12 E51) and the sums of accounts that
// become one (合户). Receivable and outstanding are divided by area, what was received is derived
// from them (R39), so nobody owes what another has paid.
import { type Fen, fen } from '@reli/sdk'
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
  const outstandings = notAbove(divideAmount(outstandingFen, weights), receivables)
  return receivables.map((receivable, at) => ({
    receivableFen: receivable,
    outstandingFen: outstandings[at]!,
    receivedFen: fen(receivable - outstandings[at]!),
  }))
}

/** A remainder may leave the last part owing more than it is charged: the others take the fen. */
function notAbove(outstandings: readonly Fen[], receivables: readonly Fen[]): Fen[] {
  const fitted = outstandings.map((of, at) => (of > receivables[at]! ? receivables[at]! : of))
  let left =
    outstandings.reduce((sum, of) => sum + of, 0n) - fitted.reduce((sum, of) => sum + of, 0n)
  for (const [at, receivable] of receivables.entries()) {
    const room = receivable - fitted[at]!
    const taken = left < room ? left : room
    fitted[at] = fen(fitted[at]! + taken)
    left -= taken
  }
  return fitted
}
