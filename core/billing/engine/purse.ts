// Where the money of a movement comes from, in the order in which it is used: the tender first,
// then the customer's balance, then what rounding lets off. Giving back fills it the other way
// round.
import assert from 'node:assert/strict'
import { type Fen, fen } from '@reli/sdk'
import { prepayment } from '../../ledger/chart.ts'
import { roundingAccount } from './postings.ts'

interface Pocket {
  account: string
  leftFen: bigint
}

export interface Taken {
  from: string
  takenFen: Fen
}

export interface Purse {
  take(amount: bigint): Taken[]
  put(amount: bigint): Taken[]
}

/** Pockets with so much in them; taking more is a fault. */
export function purseOf(pockets: readonly Pocket[]): Purse {
  const left = pockets.filter(({ leftFen }) => leftFen > 0n).map((pocket) => ({ ...pocket }))
  const move = (amount: bigint): Taken[] => {
    const taken: Taken[] = []
    let missing = amount
    for (const pocket of left) {
      const part = missing < pocket.leftFen ? missing : pocket.leftFen
      if (part === 0n) continue
      pocket.leftFen -= part
      missing -= part
      taken.push({ from: pocket.account, takenFen: fen(part) })
    }
    assert.equal(missing, 0n, 'no more is settled than was paid')
    return taken
  }
  // A purse is either paid from or given back into, and in both cases only up to what it holds.
  return { take: move, put: move }
}

/** One account without bounds; the balance's own bound is checked where it moves. */
export function endless(account: string): Purse {
  const move = (amount: bigint): Taken[] => [{ from: account, takenFen: fen(amount) }]
  return { take: move, put: move }
}

export const balancePurse = (): Purse => endless(prepayment)

export const paymentPurse = (
  funds: string,
  amountFen: Fen,
  balanceUsedFen: Fen,
  roundingFen: Fen,
): Purse =>
  purseOf([
    { account: funds, leftFen: amountFen },
    { account: prepayment, leftFen: balanceUsedFen },
    { account: roundingAccount, leftFen: roundingFen },
  ])
