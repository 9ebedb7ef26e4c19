// What is decided case by case about a charge: reductions, waivers, further fees, inspections,
// write-offs, promises and instalments (domain.md §4.8, §4.10, §4.13, §4.14, §4.17).
import { type Fen, fen, minFen, sumFen } from '@reli/sdk'
import { outstandingOf } from '../accounts.ts'
import { compareLines } from '../allocation.ts'
import { recoverHeat } from '../inspections.ts'
import { instalmentsOf } from '../instalments.ts'
import { lateFeeDue, ownDueDate, waiverOf } from '../late-fees.ts'
import { periodsOf } from '../periods.ts'
import { reductionOf, refuseAbove } from '../reductions.ts'
import { NotAllowed } from '../refusals.ts'
import { seasonCharges } from '../tariffs.ts'
import type { Draft } from './draft.ts'
import type {
  AddFee,
  HoldOnAccount,
  Inspect,
  PlanInstalments,
  Reduce,
  WaiveLateFee,
  WriteOff,
} from './events.ts'
import { roomFacts, stopsOf } from './facts.ts'
import { grow, rebalance, refreshTerms } from './retarget.ts'
import type { Receivable, Reduction } from './state.ts'

export function reduce(draft: Draft, { season, feeItem, areaNo, by }: Reduce): void {
  draft.season(season)
  const lines = draft.state.lines
    .filter((line) => line.season === season && line.feeItem === feeItem)
    .filter((line) => areaNo === undefined || line.areaNo === areaNo)
    .sort(compareLines)
  const feeFen = sumFen(lines.map((line) => line.chargedFen))
  const { amountFen } = reductionOf(feeFen, by)
  if (amountFen <= 0n) throw new NotAllowed('amount.not_positive', { amountFen })
  refuseAbove(amountFen, sumFen(lines.map((line) => line.receivableFen)))
  const granted: Reduction[] = []
  let left = amountFen
  for (const line of lines) {
    const part = minFen(left, line.receivableFen)
    left = fen(left - part)
    if (part === 0n) continue
    const where = { season, areaNo: line.areaNo, feeItem }
    granted.push({ causeId: draft.eventId, ...where, amountFen: part })
  }
  draft.state = { ...draft.state, reductions: [...draft.state.reductions, ...granted] }
  for (const no of new Set(granted.map((each) => each.areaNo))) rebalance(draft, season, no)
}

/** For each line, of what is due today; later days accrue again (R1, R4). */
export function waiveLateFee(draft: Draft, { season, by }: WaiveLateFee): void {
  const lines = draft.state.lines
    .filter((line) => season === undefined || line.season === season)
    .sort(compareLines)
  if ('share' in by) {
    for (const line of lines) draft.waive(line.chargeId, waiverOf(line, by.share, draft.on))
    return
  }
  const dueFen = sumFen(lines.map((line) => lateFeeDue(line, draft.on)))
  const { amountFen } = by
  if (amountFen > dueFen) throw new NotAllowed('waiver.above_due', { amountFen, dueFen })
  let left = amountFen
  for (const line of lines) {
    const part = minFen(left, lateFeeDue(line, draft.on))
    draft.waive(line.chargeId, part)
    left = fen(left - part)
  }
}

export function addFee(draft: Draft, { season, feeItem, areaNo, amountFen }: AddFee): void {
  if (amountFen <= 0n) throw new NotAllowed('amount.not_positive', { amountFen })
  const { lateFee } = draft.season(season)
  grow(draft, roomOf(draft, season, areaNo), feeItem, amountFen, ownDueDate(lateFee, draft.on))
}

const roomOf = (draft: Draft, season: string, areaNo: number) => {
  const card = draft.state.cards.find((each) => each.areaNo === areaNo)
  return { season, areaNo, areaItem: card?.areaItem ?? '' }
}

export function inspect(draft: Draft, { season, areaNo, found }: Inspect): void {
  const { recoverFen, penaltyFen } =
    found.is === 'AMOUNT' ? found : recovered(draft, { season, areaNo, found })
  const dueOn = ownDueDate(draft.season(season).lateFee, draft.on)
  const room = roomOf(draft, season, areaNo)
  grow(draft, room, 'INSPECTION_RECOVERY', recoverFen, dueOn)
  grow(draft, room, 'INSPECTION_PENALTY', penaltyFen, dueOn)
}

type Found = Extract<Inspect['found'], { is: 'USED_WHILE_STOPPED' }>

function recovered(
  draft: Draft,
  { season, areaNo, found }: { season: string; areaNo: number; found: Found },
) {
  const terms = draft.season(season)
  const area = draft.state.areaSeasons.find((of) => of.season === season && of.areaNo === areaNo)
  if (!area) throw new NotAllowed('season.not_open', { season })
  const facts = roomFacts(area, terms)
  const whole = seasonCharges(periodsOf({ ...facts, stops: [] }, terms.span), terms.span.days)
  const { discoveredOn, recovery, penalty } = found
  const stop = stopsOf(area).find(({ from }) => from <= discoveredOn)
  if (!stop) throw new NotAllowed('stop.unknown', { season, areaNo })
  const used = {
    fullFeeFen: sumFen(whole.map((charge) => charge.amountFen)),
    baseHeatRatio: facts.price.baseHeatRatio,
    stoppedFrom: stop.from,
    discoveredOn,
  }
  return recoverHeat(used, recovery, penalty, terms.span)
}

/** Bad debt 坏账: the season's principal and its late fee. */
export function writeOff(draft: Draft, { season }: WriteOff): void {
  const lines = draft.state.lines.filter((line) => line.season === season)
  if (lines.every((line) => outstandingOf(line) <= 0n)) {
    throw new NotAllowed('charge.settled', { season })
  }
  for (const line of lines) {
    draft.waive(line.chargeId, lateFeeDue(line, draft.on))
    draft.change(line.chargeId, 'WRITTEN_OFF', outstandingOf(line))
  }
}

export function holdOnAccount(draft: Draft, { season, promisedOn }: HoldOnAccount): void {
  draft.season(season)
  const hold = { causeId: draft.eventId, season, from: draft.on, promisedOn }
  draft.state = { ...draft.state, holds: [...draft.state.holds, hold] }
  const rooms = new Set(draft.state.lines.map((line) => line.areaNo))
  for (const areaNo of rooms) refreshTerms(draft, { season, areaNo })
}

/** What is still owed of the season becomes one line for each part and item (R8). */
export function planInstalments(draft: Draft, event: PlanInstalments): void {
  const { season, shares, dueDates } = event
  const owing = draft.state.lines.filter(
    (line) => line.season === season && outstandingOf(line) > 0n,
  )
  if (owing.length === 0) throw new NotAllowed('charge.settled', { season })
  for (const line of owing)
    spread(draft, line, instalmentsOf(outstandingOf(line), shares, dueDates))
}

function spread(
  draft: Draft,
  line: Receivable,
  parts: readonly { amountFen: Fen; dueOn: string }[],
): void {
  const { season, areaNo, areaItem, feeItem } = line
  draft.change(line.chargeId, 'MOVED', -outstandingOf(line))
  for (const { amountFen, dueOn } of parts) {
    const { chargeId } = draft.openLine({ season, areaNo, areaItem }, feeItem, dueOn)
    draft.change(chargeId, 'MOVED', amountFen)
  }
}
