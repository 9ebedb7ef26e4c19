// The way back of events that have no inverse of their own: what one event added is added once more
// with the other sign. Facts are cancelled, amounts of fees and reductions are taken back, and the
// money that is free then goes where any excess goes. Nothing is removed.
import { fen, minFen, sumFen } from '@reli/sdk'
import { NotAllowed } from '../refusals.ts'
import type { Draft } from './draft.ts'
import type { TakeBack } from './events.ts'
import { factsOf } from './facts.ts'
import { takenBack } from './lines.ts'
import { endless } from './purse.ts'
import { rebalance, refreshTerms } from './retarget.ts'
import { append, replaceCard } from './rooms.ts'
import { formerBooks, formerSource } from './seasons.ts'
import type { AreaCard, AreaSeason, Fact, Receivable, ReceivableChange } from './state.ts'

type Room = Pick<Receivable, 'season' | 'areaNo'>

export function takeBack(draft: Draft, { takenBackId, card, waived = [] }: TakeBack): void {
  refuseOfClosed(draft, takenBackId)
  takeBackFormer(draft, takenBackId)
  const rooms = takeBackChanges(draft, takenBackId)
  for (const area of draft.state.areaSeasons) cancelFacts(draft, area, takenBackId)
  takeBackStatus(draft, takenBackId)
  takeBackWaiting(draft, takenBackId)
  if (card) restoreCard(draft, card)
  takeBackReductions(draft, takenBackId)
  for (const { season, areaNo } of rooms) rebalance(draft, season, areaNo)
  for (const { chargeId, amountFen } of waived) draft.waive(chargeId, fen(-amountFen))
  endHolds(draft, takenBackId)
}

/** What history said had been received was never our money: it goes back to the former books. */
function takeBackFormer(draft: Draft, eventId: string): void {
  for (const { settlements } of draft.state.lines) {
    for (const each of settlements) {
      if (each.source !== formerSource(eventId) || each.causeId !== eventId) continue
      draft.settle(takenBack(each, draft.eventId, each.on), endless(formerBooks))
    }
  }
}

/** A room of several has a fact of its own, and so has a stop that was carried on. */
const isOf = (id: string, eventId: string) => id === eventId || id.startsWith(`${eventId}/`)

/** A closed season stays as it was closed; later corrections are reductions and further fees. */
function refuseOfClosed({ state }: Draft, eventId: string): void {
  const closed = new Set(state.areaSeasons.filter((of) => of.isFrozen).map(({ season }) => season))
  const hasFact = state.areaSeasons.find(
    (area) => area.isFrozen && area.facts.some(({ id }) => isOf(id, eventId)),
  )
  const hasChange = state.lines.find(
    ({ season, changes }) =>
      closed.has(season) && changes.some(({ causeId }) => causeId === eventId),
  )
  const season = hasFact?.season ?? hasChange?.season
  if (season !== undefined) throw new NotAllowed('season.closed', { season })
}

function cancelFacts(draft: Draft, { season, areaNo }: AreaSeason, eventId: string): void {
  const areaNow = () =>
    draft.state.areaSeasons.find((of) => of.season === season && of.areaNo === areaNo)!
  const facts = areaNow().facts.filter(({ id, kind }) => kind !== 'CANCEL' && isOf(id, eventId))
  for (const fact of facts) {
    const area = areaNow()
    if (factsOf(area, 'CANCEL').some(({ stopId }) => stopId === fact.id)) continue
    refuseUnlessLast(area, fact)
    append(draft, area, { kind: 'CANCEL', id: draft.eventId, stopId: fact.id })
  }
}

/** What was built upon it is taken back first. */
function refuseUnlessLast(area: AreaSeason, fact: Fact): void {
  const later = area.facts
    .slice(area.facts.indexOf(fact) + 1)
    .filter(({ id, kind }) => !isOf(id, fact.id.split('/')[0]!) && kind !== 'CANCEL')
    .filter((each) => factsOf(area, each.kind).includes(each as never))
  if (later.some((each) => dependsOn(each, fact))) {
    throw new NotAllowed('undo.not_last', { season: area.season, areaNo: area.areaNo })
  }
}

function dependsOn(later: Fact, fact: Fact): boolean {
  switch (fact.kind) {
    case 'STOP':
      return later.kind === 'RESUME' && later.stopId === fact.id
    // The stop that comes to life again might not leave room for it.
    case 'RESUME':
      return later.kind === 'STOP'
    case 'CHANGE':
      return later.kind === 'CHANGE' && isSame(later, fact)
    case 'DISCONNECT':
    case 'RESTORE':
      return later.kind === 'DISCONNECT' || later.kind === 'RESTORE'
    default:
      return later.kind === fact.kind
  }
}

type Change = Extract<Fact, { kind: 'CHANGE' }>

const isSame = (a: Change, b: Change) =>
  (a.priceClass !== undefined && b.priceClass !== undefined) ||
  (a.billingDm2 !== undefined && b.billingDm2 !== undefined)

/** The card and the network as the facts now say: on it, unless the last word was «off». */
function takeBackStatus(draft: Draft, eventId: string): void {
  for (const card of draft.state.cards) {
    const areas = draft.state.areaSeasons.filter(({ areaNo }) => areaNo === card.areaNo)
    const kinds = areas.flatMap(({ facts }) => facts.filter(({ id }) => isOf(id, eventId)))
    const left = kinds.some(({ kind }) => kind === 'DISCONNECT')
    const came = kinds.some(({ kind }) => kind === 'RESTORE')
    if (left === came) continue
    replaceCard(draft, { ...card, status: left ? 'NORMAL' : 'DISCONNECTED' })
  }
  const { cards, network } = draft.state
  if (network !== 'IN_NETWORK' && network !== 'DISCONNECTED') return
  const isOff = cards.length > 0 && cards.every(({ status }) => status === 'DISCONNECTED')
  if (isOff === (network === 'DISCONNECTED')) return
  draft.state = { ...draft.state, network: isOff ? 'DISCONNECTED' : 'IN_NETWORK' }
}

function takeBackWaiting(draft: Draft, eventId: string): void {
  for (const card of draft.state.cards) {
    const waitingStops = card.waitingStops.filter(({ id }) => !isOf(id, eventId))
    if (waitingStops.length < card.waitingStops.length) {
      replaceCard(draft, { ...card, waitingStops })
    }
  }
}

function restoreCard(draft: Draft, { areaNo, was }: NonNullable<TakeBack['card']>): void {
  const card: AreaCard | undefined = draft.state.cards.find((each) => each.areaNo === areaNo)
  if (card) replaceCard(draft, { ...card, ...was })
}

function takeBackReductions(draft: Draft, eventId: string): void {
  const given = draft.state.reductions.filter(({ causeId }) => causeId === eventId)
  if (given.length === 0) return
  const back = given.map((each) => {
    return { ...each, causeId: draft.eventId, amountFen: fen(-each.amountFen) }
  })
  draft.state = { ...draft.state, reductions: [...draft.state.reductions, ...back] }
}

/**
 * Each line gets back what the event took from it, with its own due date, and gives what the event
 * added. Where later events left less, the facts decide the rest.
 */
function takeBackChanges(draft: Draft, eventId: string): Room[] {
  const rooms = new Map<string, Room>()
  for (const line of draft.state.lines) {
    const { chargeId, season, areaNo, changes } = line
    const own = changes.filter(({ causeId }) => causeId === eventId)
    if (own.length === 0) continue
    refuseIfPaid(line, eventId)
    const sumOf = (kind: ReceivableChange['kind']) =>
      sumFen(own.filter((of) => of.kind === kind).map((of) => of.deltaFen))
    draft.change(chargeId, 'CHARGED', -minFen(sumOf('CHARGED'), line.chargedFen))
    draft.change(chargeId, 'MOVED', -sumOf('MOVED'))
    draft.change(chargeId, 'WRITTEN_OFF', -minFen(sumOf('WRITTEN_OFF'), line.writtenOffFen))
    rooms.set(`${season} ${areaNo}`, { season, areaNo })
  }
  return [...rooms.values()]
}

/** A part of a plan is a line of its own: what was paid on it has nowhere to go back to. */
function refuseIfPaid({ changes, paidFen, discountFen }: Receivable, eventId: string): void {
  const [first] = changes
  const isPart = first?.causeId === eventId && first.kind === 'MOVED'
  if (isPart && (paidFen > 0n || discountFen > 0n)) throw new NotAllowed('plan.paid')
}

/** The promise ends today: the days it covered stay free, later ones count again (R5). */
function endHolds(draft: Draft, eventId: string): void {
  const own = draft.state.holds.filter(({ causeId }) => causeId === eventId)
  if (own.length === 0) return
  const ended = own.map((hold) => ({ ...hold, causeId: draft.eventId, promisedOn: draft.on }))
  draft.state = { ...draft.state, holds: [...draft.state.holds, ...ended] }
  for (const { season } of own) {
    const rooms = new Set(draft.state.lines.map((line) => line.areaNo))
    for (const areaNo of rooms) refreshTerms(draft, { season, areaNo })
  }
}
