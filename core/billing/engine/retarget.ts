// The heart of the engine: the lines of a room are brought to what its facts say now. The
// difference to what stands there becomes changes; money that a smaller line no longer needs moves
// to its siblings and then to the balance (R11); the balance pays the oldest debt (R10).
import { type Fen, fen, minFen } from '@reli/sdk'
import { type FeeItem, feeItems, outstandingOf } from '../accounts.ts'
import { compareLines } from '../allocation.ts'
import { clawedBack } from '../discounts.ts'
import { ownDueDate } from '../late-fees.ts'
import type { Day } from '../seasons.ts'
import type { Formula } from '../tariffs.ts'
import type { Draft, Room } from './draft.ts'
import { targetsOf } from './facts.ts'
import { sourcesOf, withTerms } from './lines.ts'
import { balancePurse } from './purse.ts'
import type { AreaSeason, Receivable } from './state.ts'
import { dueTerms } from './terms.ts'

/** What the facts of a room decide; other items are charged by events of their own. */
const derived = ['HEATING', 'CAPACITY_HEAT', 'METERED_HEAT', 'BASE_HEAT', 'OVER_HEIGHT'] as const

/** Brings the lines of a room to its facts. */
export function retarget(draft: Draft, area: AreaSeason, isOpening = false): void {
  const terms = draft.season(area.season)
  refreshTerms(draft, area)
  const targets = targetsOf(area, terms)
  for (const feeItem of derived) {
    const { amountFen = fen(0), formulas = [] } = targets.get(feeItem) ?? {}
    const lines = linesOf(draft, area, feeItem)
    const current = lines.reduce((sum, line) => sum + line.chargedFen, 0n)
    if (amountFen > current) {
      const isInTime = isOpening && draft.on <= terms.lateFee.dueOn
      const dueOn = isInTime ? terms.lateFee.dueOn : ownDueDate(terms.lateFee, draft.on)
      grow(draft, area, feeItem, fen(amountFen - current), dueOn, formulas)
    } else shrink(draft, lines, fen(current - amountFen), formulas)
  }
  rebalance(draft, area.season, area.areaNo)
}

/** The lines of one item of a room, the earliest due first. */
export const linesOf = (draft: Draft, room: Pick<Room, 'season' | 'areaNo'>, feeItem: FeeItem) =>
  draft.state.lines
    .filter(
      (line) =>
        line.season === room.season && line.areaNo === room.areaNo && line.feeItem === feeItem,
    )
    .sort((a, b) => compareText(a.lateFeeTerms.dueOn, b.lateFeeTerms.dueOn))

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** More of an item, on the line that is due on that day. */
export function grow(
  draft: Draft,
  room: Room,
  feeItem: FeeItem,
  amountFen: Fen,
  dueOn: Day,
  formulas: readonly Formula[] = [],
): void {
  if (amountFen === 0n) return
  const { season, areaNo, areaItem } = room
  const same = linesOf(draft, room, feeItem).find((line) => line.lateFeeTerms.dueOn === dueOn)
  const { chargeId } = same ?? draft.openLine({ season, areaNo, areaItem }, feeItem, dueOn)
  draft.change(chargeId, 'CHARGED', amountFen, formulas)
}

/** Less of an item: what was added last goes first. */
function shrink(
  draft: Draft,
  lines: readonly Receivable[],
  amountFen: Fen,
  formulas: readonly Formula[],
): void {
  let left = amountFen
  for (const line of lines.toReversed()) {
    const taken = minFen(left, line.chargedFen)
    draft.change(line.chargeId, 'CHARGED', -taken, formulas)
    left = fen(left - taken)
  }
}

/** A closing or a promise changes on which days the lines of a room gather late fee. */
export function refreshTerms(draft: Draft, { season, areaNo }: Pick<Room, 'season' | 'areaNo'>) {
  for (const line of draft.state.lines) {
    if (line.season !== season || line.areaNo !== areaNo) continue
    const { feeItem } = line
    const where = { season, areaNo, feeItem, dueOn: line.lateFeeTerms.dueOn }
    const terms = dueTerms(draft.state, draft.rules, where)
    const [before, after] = [line.lateFeeTerms.rateSteps, terms.rateSteps]
    if (JSON.stringify(before, asText) !== JSON.stringify(after, asText)) {
      draft.replace(withTerms(line, terms))
    }
  }
}

const asText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

/** Reductions, write-offs and discounts as far as the lines now reach; then the excess money. */
export function rebalance(draft: Draft, season: string, areaNo: number): void {
  const items = new Set<FeeItem>(feeItems)
  for (const { feeItem } of linesIn(draft, season, areaNo)) items.add(feeItem)
  for (const feeItem of items) reduceAsGranted(draft, { season, areaNo }, feeItem)
  for (const line of linesIn(draft, season, areaNo)) clip(draft, line.chargeId)
  moveExcess(draft, season, areaNo)
}

const linesIn = (draft: Draft, season: string, areaNo?: number) =>
  draft.state.lines.filter(
    (line) => line.season === season && (areaNo === undefined || line.areaNo === areaNo),
  )

/** The sum of what was granted, never more than there is: a cancelled stop brings it back. */
function reduceAsGranted(
  draft: Draft,
  room: Pick<Room, 'season' | 'areaNo'>,
  feeItem: FeeItem,
): void {
  let left = fen(0)
  for (const reduction of draft.state.reductions) {
    const { season, areaNo } = reduction
    if (season !== room.season || areaNo !== room.areaNo || reduction.feeItem !== feeItem) continue
    left = fen(left + reduction.amountFen)
  }
  for (const { chargeId, chargedFen, reducedFen } of linesOf(draft, room, feeItem)) {
    const wanted = minFen(left, chargedFen)
    draft.change(chargeId, 'REDUCED', wanted - reducedFen)
    left = fen(left - wanted)
  }
}

/** A line that became smaller keeps no write-off and no discount that it cannot bear. */
function clip(draft: Draft, chargeId: string): void {
  const { receivableFen, writtenOffFen } = draft.line(chargeId)
  if (receivableFen < 0n) {
    draft.change(
      chargeId,
      'WRITTEN_OFF',
      receivableFen < -writtenOffFen ? -writtenOffFen : receivableFen,
    )
  }
  const line = draft.line(chargeId)
  if (line.discountFen === 0n) return
  for (const [source, { discountFen }] of sourcesOf(line)) {
    if (discountFen <= 0n) continue
    const { discountRate } = line.settlements.find(
      (of) => of.source === source && of.discountRate > 0n,
    )!
    const kept = minFen(clawedBack(discountFen, discountRate, line.chargedFen), line.receivableFen)
    if (kept === discountFen) continue
    const nothing = { principalFen: fen(0), lateFeeFen: fen(0), discountRate: 0n }
    const back = { chargeId, causeId: draft.eventId, source, on: draft.on }
    draft.settle({ ...back, ...nothing, discountFen: fen(kept - discountFen) }, balancePurse())
  }
}

/** R11: to lines of the same room and season, then of the same season, then to the balance. */
function moveExcess(draft: Draft, season: string, areaNo: number): void {
  for (const { chargeId } of linesIn(draft, season, areaNo)) {
    let excess = fen(-outstandingOf(draft.line(chargeId)))
    if (excess <= 0n) continue
    const sources = [...sourcesOf(draft.line(chargeId))].reverse()
    for (const [source, { principalFen }] of sources) {
      const takenFen = minFen(excess, principalFen)
      if (takenFen <= 0n) continue
      excess = fen(excess - takenFen)
      transfer(draft, chargeId, source, fen(-takenFen))
      draft.moveBalance(takenFen, 'EXCESS', null)
      const keptFen = giveToSiblings(draft, season, areaNo, source, takenFen)
      draft.moveBalance(keptFen - takenFen, 'APPLIED', null)
    }
  }
}

function transfer(draft: Draft, chargeId: string, source: string, principalFen: Fen): void {
  const nothing = { lateFeeFen: fen(0), discountFen: fen(0), discountRate: 0n }
  const part = { chargeId, causeId: draft.eventId, source, on: draft.on, principalFen }
  draft.settle({ ...part, ...nothing }, balancePurse())
}

/** What nobody of the season needed. */
function giveToSiblings(
  draft: Draft,
  season: string,
  areaNo: number,
  source: string,
  amountFen: Fen,
): Fen {
  let left = amountFen
  const isOther = ({ areaNo: no }: Receivable) => (no === areaNo ? 0 : 1)
  const siblings = linesIn(draft, season).sort(
    (a, b) => isOther(a) - isOther(b) || compareLines(a, b),
  )
  for (const line of siblings) {
    const given = minFen(left, outstandingOf(line))
    if (given <= 0n) continue
    transfer(draft, line.chargeId, source, given)
    left = fen(left - given)
  }
  return left
}
