// How a payment is spread over what is owed (domain.md §4.11): across seasons by `order`, within
// them by `within`. A payment that covers everything given settles it with its discounts, and the
// rest goes to the balance (R17); a smaller one earns no discount (E38). What «everything» is, the
// caller decides by the debts it gives.
import { type Fen, fen, minFen } from '@reli/sdk'
import { type ChargeLine, type FeeItem, feeItems, type Part } from './accounts.ts'
import type { Day } from './seasons.ts'

/** What one line owes at the moment of the payment. */
export interface Debt {
  line: Pick<ChargeLine, 'chargeId' | 'season' | 'feeItem' | 'areaNo'>
  outstandingFen: Fen
  lateFeeFen: Fen
  /** Granted only with full payment. */
  discountFen: Fen
}

export type AllocationOrder =
  | { order: 'OLDEST_FIRST' }
  | { order: 'CURRENT_FIRST'; currentSeason: string }
  /** The lines the customer designates, in that order (Civil Code 560); the others after them. */
  | { order: 'MANUAL'; chargeIds: readonly string[] }

export type AllocationWithin =
  | 'PRINCIPAL_FIRST'
  | 'LATE_FIRST'
  | 'SLICE'
  | 'ALL_PRINCIPAL_THEN_LATE'

export interface Allocation {
  /** Only lines that get something, in the order in which they were served. */
  parts: Part[]
  toBalanceFen: Fen
}

export const payableOf = (debt: Debt): Fen =>
  fen(debt.outstandingFen + debt.lateFeeFen - debt.discountFen)

const ranks = new Map<FeeItem, number>(feeItems.map((item, rank) => [item, rank]))
/** What a policy added stands with the additional fees. */
const rankOf = (item: FeeItem): number => ranks.get(item) ?? ranks.get('ADDITIONAL')!

/** Oldest season first, then fee items in their order, then area items by number (R12). */
export function compareLines(a: Debt['line'], b: Debt['line']): number {
  if (a.season !== b.season) return a.season < b.season ? -1 : 1
  const byItem = rankOf(a.feeItem) - rankOf(b.feeItem)
  if (byItem === 0 && a.feeItem !== b.feeItem) return a.feeItem < b.feeItem ? -1 : 1
  return byItem || a.areaNo - b.areaNo
}

/** Spreads `amountFen` over the debts. */
export function allocate(
  debts: readonly Debt[],
  amountFen: Fen,
  order: AllocationOrder,
  within: AllocationWithin,
  on: Day,
): Allocation {
  let payableFen = 0n
  for (const debt of debts) payableFen += payableOf(debt)
  const queue = inOrder(debts, order)
  if (amountFen >= payableFen) {
    return { parts: settleAll(queue, on), toBalanceFen: fen(amountFen - payableFen) }
  }
  return within === 'ALL_PRINCIPAL_THEN_LATE'
    ? principalThenLate(queue, amountFen, on)
    : lineByLine(queue, amountFen, within, on)
}

/**
 * The discounts of one season's debts if they are paid in full; `inArrears`: older debt is left.
 */
export type SeasonDiscounts = (season: readonly Debt[], inArrears: boolean) => readonly Fen[]

/**
 * Spreads `amountFen` over everything a customer owes, season by season: a season that it can pay
 * in full is settled with its discount, whatever of older debt is left (that is `inArrears`). Used
 * where the customer may owe more than is offered for payment; a bank's bill is all or nothing.
 */
export function allocateBySeason(
  debts: readonly Debt[],
  amountFen: Fen,
  order: AllocationOrder,
  within: AllocationWithin,
  on: Day,
  discountsOf: SeasonDiscounts,
): Allocation {
  const seasons = seasonsIn(inOrder(debts, order))
  const settled: Part[] = []
  let left = amountFen
  for (const [at, season] of seasons.entries()) {
    const name = season[0]!.line.season
    const isOlderLeft = seasons.slice(at + 1).some(([debt]) => debt!.line.season < name)
    const discounts = discountsOf(season, isOlderLeft)
    const offered = season.map((debt, place) => ({ ...debt, discountFen: discounts[place]! }))
    const payableFen = offered.reduce((sum, debt) => sum + payableOf(debt), 0n)
    if (left < payableFen) {
      const isSpread = within === 'ALL_PRINCIPAL_THEN_LATE'
      const rest = (isSpread ? seasons : seasons.slice(at)).flat()
      if (isSpread) return principalThenLate(rest, amountFen, on)
      const { parts, toBalanceFen } = lineByLine(rest, left, within, on)
      return { parts: [...settled, ...parts], toBalanceFen }
    }
    settled.push(...settleAll(offered, on))
    left = fen(left - payableFen)
  }
  return { parts: settled, toBalanceFen: left }
}

function seasonsIn(queue: readonly Debt[]): Debt[][] {
  const seasons: Debt[][] = []
  for (const debt of queue) {
    const current = seasons.at(-1)
    if (current && current[0]!.line.season === debt.line.season) current.push(debt)
    else seasons.push([debt])
  }
  return seasons
}

function inOrder(debts: readonly Debt[], order: AllocationOrder): Debt[] {
  const sorted = debts.toSorted((a, b) => compareLines(a.line, b.line))
  if (order.order === 'OLDEST_FIRST') return sorted
  if (order.order === 'CURRENT_FIRST') {
    const isCurrent = ({ line }: Debt) => line.season === order.currentSeason
    return [...sorted.filter(isCurrent), ...sorted.filter((debt) => !isCurrent(debt))]
  }
  const designated = new Map(order.chargeIds.map((chargeId, place) => [chargeId, place]))
  const placeOf = ({ line }: Debt) => designated.get(line.chargeId) ?? designated.size
  return sorted.sort((a, b) => placeOf(a) - placeOf(b))
}

const partOf = (
  debt: Debt,
  on: Day,
  principalFen: Fen,
  lateFeeFen: Fen,
  discountFen: Fen,
): Part => ({
  chargeId: debt.line.chargeId,
  on,
  principalFen,
  lateFeeFen,
  discountFen,
})

function settleAll(queue: readonly Debt[], on: Day): Part[] {
  const parts: Part[] = []
  for (const debt of queue) {
    const { outstandingFen, lateFeeFen, discountFen } = debt
    if (outstandingFen + lateFeeFen === 0n) continue
    parts.push(partOf(debt, on, fen(outstandingFen - discountFen), lateFeeFen, discountFen))
  }
  return parts
}

function lineByLine(
  queue: readonly Debt[],
  amountFen: Fen,
  within: Exclude<AllocationWithin, 'ALL_PRINCIPAL_THEN_LATE'>,
  on: Day,
): Allocation {
  const parts: Part[] = []
  let left = amountFen
  for (const debt of queue) {
    const given = minFen(left, fen(debt.outstandingFen + debt.lateFeeFen))
    if (given === 0n) continue
    const principalFen = principalShare(debt, given, within)
    parts.push(partOf(debt, on, principalFen, fen(given - principalFen), fen(0)))
    left = fen(left - given)
  }
  return { parts, toBalanceFen: left }
}

/** How much of what a line is given pays its principal; the rest pays its late fee. */
function principalShare(debt: Debt, given: Fen, within: AllocationWithin): Fen {
  const { outstandingFen, lateFeeFen } = debt
  if (within === 'PRINCIPAL_FIRST') return minFen(given, outstandingFen)
  if (within === 'LATE_FIRST') return fen(given - minFen(given, lateFeeFen))
  if (outstandingFen === 0n) return outstandingFen
  // SLICE 收多少本金收多少违约金 (R9): floor(given / (1 + late ÷ principal)), and at least one fen.
  const share = (given * outstandingFen) / (outstandingFen + lateFeeFen)
  return fen(share > 0n ? share : 1n)
}

function principalThenLate(queue: readonly Debt[], amountFen: Fen, on: Day): Allocation {
  const parts: Part[] = []
  let left = amountFen
  for (const debt of queue) {
    const principalFen = minFen(left, debt.outstandingFen)
    left = fen(left - principalFen)
    parts.push(partOf(debt, on, principalFen, fen(0), fen(0)))
  }
  for (const [place, debt] of queue.entries()) {
    const lateFeeFen = minFen(left, debt.lateFeeFen)
    left = fen(left - lateFeeFen)
    parts[place]!.lateFeeFen = lateFeeFen
  }
  return {
    parts: parts.filter((part) => part.principalFen + part.lateFeeFen > 0n),
    toBalanceFen: left,
  }
}
