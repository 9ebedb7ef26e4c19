// One amount divided over several parts (domain.md §4.0): the first n−1 are rounded, the last takes
// the remainder, so that the parts add up to the amount.
import { divideHalfUp, type Fen, fen } from '@reli/sdk'

/** By weights; equal parts are equal weights. Nothing to weigh by gives everything to the last. */
export function divideAmount(amount: bigint, weights: readonly bigint[]): Fen[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0n)
  if (all === 0n) return weights.map((_, at) => fen(at === weights.length - 1 ? amount : 0n))
  const parts = weights.slice(0, -1).map((weight) => divideHalfUp(amount * weight, all))
  const last = parts.reduce((left, part) => left - part, amount)
  const changesSign = amount < 0n ? last > 0n : last < 0n
  return (changesSign ? byLargestRemainder(amount, weights, all) : [...parts, last]).map(fen)
}

export const equalParts = (amount: bigint, parts: number): Fen[] =>
  divideAmount(amount, new Array<bigint>(parts).fill(1n))

/** For sums so small that rounding up would leave the last part below nothing (R39). */
function byLargestRemainder(amount: bigint, weights: readonly bigint[], all: bigint): bigint[] {
  const sign = amount < 0n ? -1n : 1n
  const size = amount * sign
  const parts = weights.map((weight) => (size * weight) / all)
  const left = Number(parts.reduce((rest, part) => rest - part, size))
  const remainderOf = (at: number) => (size * weights[at]!) % all
  const order = weights.map((_, at) => at)
  order.sort((a, b) => {
    const difference = remainderOf(b) - remainderOf(a)
    return difference === 0n ? a - b : difference < 0n ? -1 : 1
  })
  for (const at of order.slice(0, left)) parts[at]! += 1n
  return parts.map((part) => part * sign)
}
