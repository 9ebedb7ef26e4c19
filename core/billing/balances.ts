// Money of the customer that no charge took yet: applied to a debt, carried into the next season,
// transferred to another customer, or holding an old price (domain.md §4.11, §4.12 E63).
import { type Dm2, divideHalfUp, type Fen, fen, minFen } from '@reli/sdk'
import { areaAmount } from './fees.ts'

const positive = (amount: bigint): Fen => fen(amount > 0n ? amount : 0n)

export interface Applied {
  appliedFen: Fen
  outstandingFen: Fen
  balanceLeftFen: Fen
}

export function applyBalance(receivableFen: Fen, balanceFen: Fen): Applied {
  const appliedFen = minFen(positive(balanceFen), positive(receivableFen))
  return {
    appliedFen,
    outstandingFen: fen(receivableFen - appliedFen),
    balanceLeftFen: fen(balanceFen - appliedFen),
  }
}

/** The credit of one season pays the next (E44). */
export function carryOver(paidLastFen: Fen, settledLastFen: Fen, nextReceivableFen: Fen) {
  const creditFen = positive(paidLastFen - settledLastFen)
  return { creditFen, ...applyBalance(nextReceivableFen, creditFen) }
}

/** Zero-sum, and never more than is free (E45). `null` when it is not allowed. */
export function transferBalance(fromBalanceFen: Fen, amountFen: Fen, toOutstandingFen: Fen) {
  if (amountFen <= 0n || amountFen > fromBalanceFen) return null
  const { outstandingFen, balanceLeftFen } = applyBalance(toOutstandingFen, amountFen)
  return {
    fromBalanceFen: fen(fromBalanceFen - amountFen),
    toOutstandingFen: outstandingFen,
    toBalanceFen: balanceLeftFen,
  }
}

export interface LockedPrice {
  /** The season's fee with the lock. */
  feeFen: Fen
  /** What the lock saves against the new price. */
  reliefFen: Fen
}

/**
 * A rise of price does not touch what was prepaid before it: that share of the area keeps the old
 * price (R42). Prices in 10⁻⁴ yuan; a price that falls is never locked.
 */
export function lockPrice(
  billingDm2: Dm2,
  priceThen: bigint,
  priceNow: bigint,
  prepaidFen: Fen,
): LockedPrice {
  const fullFen = areaAmount(billingDm2, priceNow)
  const feeThenFen = areaAmount(billingDm2, priceThen)
  if (priceNow <= priceThen || feeThenFen === 0n) return { feeFen: fullFen, reliefFen: fen(0) }
  const locked = minFen(prepaidFen, feeThenFen)
  const open = divideHalfUp((feeThenFen - locked) * priceNow, priceThen)
  const feeFen = fen(locked + open)
  return { feeFen, reliefFen: fen(fullFen - feeFen) }
}
