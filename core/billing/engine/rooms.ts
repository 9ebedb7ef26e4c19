// What happens to a room in mid-season: stops, resumes, changes, disconnection, the meter
// (domain.md §3.5). Each appends a fact; `retarget` then makes the amounts of all facts.
import { ownDueDate } from '../late-fees.ts'
import { type RoomStop, stretchesOf } from '../periods.ts'
import { NotAllowed } from '../refusals.ts'
import type { Day } from '../seasons.ts'
import { admitStop } from '../stops.ts'
import type { Draft } from './draft.ts'
import type {
  CancelStop,
  ChangeArea,
  ChangeClass,
  Disconnect,
  ForcedStop,
  Resume,
  SettleMeter,
  Stop,
} from './events.ts'
import { priceOf, roomFacts, stopsOf } from './facts.ts'
import { isSettled } from './lines.ts'
import { grow, retarget } from './retarget.ts'
import type { AccountPolicy, AreaCard, AreaSeason, Fact, StopFact } from './state.ts'

export function stop(draft: Draft, event: Stop): void {
  refuseInArrears(draft, 'STOP')
  const card = cardOf(draft, event.areaNo)
  const { areaDm2, stopFrom: from, resumeOn: until } = event
  const fact: StopFact = {
    kind: 'STOP',
    id: draft.eventId,
    areaDm2,
    from,
    until,
    isForced: false,
    carriedFrom: null,
  }
  const area = openAreas(draft, event.areaNo).find((each) => from < spanOf(draft, each).until)
  if (!area) {
    wait(draft, card, fact)
    return
  }
  const terms = draft.season(area.season)
  const existing: RoomStop[] = stopsOf(area).filter(({ isForced }) => !isForced)
  const stretches = stretchesOf(roomFacts(area, terms), terms.span)
  const { billingDm2 } = stretches.findLast((each) => each.from <= from) ?? stretches[0]!
  const request = {
    stop: { areaDm2, from, until },
    existing,
    billingDm2,
    controlMode: draft.state.controlMode,
    approvedOn: draft.on,
  }
  admitStop(request, draft.rules.policy.stops, terms.span)
  append(draft, area, fact)
}

/** Accepted before its season is opened (§5, May to July). */
function wait(draft: Draft, card: AreaCard, fact: StopFact): void {
  if (draft.state.controlMode === 'SERIES') throw new NotAllowed('customer.in_series')
  replaceCard(draft, { ...card, waitingStops: [...card.waitingStops, fact] })
}

export function forcedStop(draft: Draft, { areaNo, closedOn }: ForcedStop): void {
  const cards = areaNo === undefined ? draft.state.cards : [cardOf(draft, areaNo)]
  for (const card of cards) {
    const area = openAreas(draft, card.areaNo).find((of) => closedOn < spanOf(draft, of).until)
    if (!area) continue
    const id = cards.length === 1 ? draft.eventId : `${draft.eventId}/${card.areaNo}`
    append(draft, area, {
      kind: 'STOP',
      id,
      areaDm2: 'ALL',
      from: closedOn,
      until: null,
      isForced: true,
      carriedFrom: null,
    })
  }
}

export function cancelStop(draft: Draft, { stopId }: CancelStop): void {
  const waiting = draft.state.cards.find((card) =>
    card.waitingStops.some(({ id }) => id === stopId),
  )
  if (waiting) {
    const waitingStops = waiting.waitingStops.filter(({ id }) => id !== stopId)
    replaceCard(draft, { ...waiting, waitingStops })
    return
  }
  const { area, fact } = stopCalled(draft, stopId)
  if (area.isFrozen) throw new NotAllowed('season.closed', { season: area.season })
  append(draft, area, { kind: 'CANCEL', id: draft.eventId, stopId: fact.id })
}

export function resume(draft: Draft, event: Resume): void {
  refuseInArrears(draft, 'RESUME')
  const { area, fact } = stopCalled(draft, event.stopId)
  const { season, areaNo, areaItem } = area
  const { span, lateFee } = draft.season(season)
  const { resumeOn: on, valveOpeningFen } = event
  const lasting = stopsOf(area).find(({ id }) => id === fact.id)
  if (lasting?.isResumed) throw new NotAllowed('stop.resumed', { stopId: fact.id })
  if (on < fact.from && on > span.from) throw new NotAllowed('resume.before_stop', { on })
  // For the next season only: the one that ends keeps its stop.
  const isAfter = on >= span.until
  if (area.isFrozen && !isAfter) throw new NotAllowed('season.closed', { season })
  const policy = isAfter ? 'PRORATA' : draft.rules.policy.resume
  append(draft, area, { kind: 'RESUME', id: draft.eventId, stopId: fact.id, on, policy })
  if (valveOpeningFen) {
    const room = { season, areaNo, areaItem }
    grow(draft, room, 'ADDITIONAL', valveOpeningFen, ownDueDate(lateFee, draft.on))
  }
}

export function changeArea(draft: Draft, event: ChangeArea): void {
  const { areaNo, billingDm2, heightCm, effectiveOn } = event
  if (billingDm2 <= 0n) throw new NotAllowed('area.not_positive', { areaNo })
  const to = heightCm === undefined ? { billingDm2 } : { billingDm2, heightCm }
  change(draft, areaNo, effectiveOn, draft.rules.policy.areaChange, to)
}

export function changeClass(draft: Draft, event: ChangeClass): void {
  const { areaNo, priceClass, effectiveOn } = event
  change(draft, areaNo, effectiveOn, draft.rules.policy.classChange, { priceClass })
}

type Changed = Partial<Pick<AreaCard, 'billingDm2' | 'heightCm' | 'priceClass'>>

function change(
  draft: Draft,
  areaNo: number,
  effectiveOn: Day,
  policy: AccountPolicy['areaChange'],
  to: Changed,
): void {
  const card = cardOf(draft, areaNo)
  for (const area of openAreas(draft, areaNo)) {
    const terms = draft.season(area.season)
    if (to.priceClass !== undefined) priceOf(terms, to.priceClass)
    if (effectiveOn >= terms.span.until) continue
    append(draft, area, { kind: 'CHANGE', id: draft.eventId, effectiveOn, policy, ...to })
  }
  replaceCard(draft, { ...card, ...to })
}

export function disconnect(draft: Draft, { areaNo, effectiveOn: on }: Disconnect): void {
  refuseInArrears(draft, 'DISCONNECT')
  const cards = areaNo === undefined ? draft.state.cards : [cardOf(draft, areaNo)]
  for (const card of cards) {
    for (const area of openAreas(draft, card.areaNo)) {
      const { from, until } = spanOf(draft, area)
      if (on >= until) continue
      // A season that has not begun is a later one, whatever the switch says (R31).
      const policy = on <= from ? 'PRORATA' : draft.rules.policy.disconnect
      append(draft, area, { kind: 'DISCONNECT', id: draft.eventId, on, policy })
    }
    replaceCard(draft, { ...card, status: 'DISCONNECTED' })
  }
  if (draft.state.cards.every(({ status }) => status === 'DISCONNECTED')) {
    draft.state = { ...draft.state, network: 'DISCONNECTED' }
  }
}

export function settleMeter(draft: Draft, event: SettleMeter): void {
  const { season, areaNo, capacityFen, meteredFen, policy } = event
  const area = draft.state.areaSeasons.find((of) => of.season === season && of.areaNo === areaNo)
  if (!area) throw new NotAllowed('season.not_open', { season })
  if (area.isFrozen) throw new NotAllowed('season.closed', { season })
  append(draft, area, { kind: 'METER', id: draft.eventId, capacityFen, meteredFen, policy })
}

export function append(draft: Draft, area: AreaSeason, fact: Fact): void {
  const after = { ...area, facts: [...area.facts, fact] }
  draft.replaceArea(after)
  if (area.isFrozen) return
  retarget(draft, after)
}

export function cardOf(draft: Draft, areaNo: number): AreaCard {
  const card = draft.state.cards.find((each) => each.areaNo === areaNo)
  if (!card) throw new NotAllowed('area.unknown', { areaNo })
  if (card.status === 'DISCONNECTED') throw new NotAllowed('area.disconnected', { areaNo })
  return card
}

export const replaceCard = (draft: Draft, card: AreaCard): void => {
  const cards = draft.state.cards.map((each) => (each.areaNo === card.areaNo ? card : each))
  draft.state = { ...draft.state, cards }
}

/** The seasons in which the room may still change, oldest first. */
export const openAreas = (draft: Draft, areaNo: number): AreaSeason[] =>
  draft.state.areaSeasons
    .filter((area) => area.areaNo === areaNo && !area.isFrozen)
    .sort((a, b) => (a.season < b.season ? -1 : 1))

const spanOf = (draft: Draft, { season }: AreaSeason) => draft.season(season).span

/** A stop by its id, in the newest season that it goes on in. */
function stopCalled(draft: Draft, stopId: string): { area: AreaSeason; fact: StopFact } {
  const newestFirst = draft.state.areaSeasons.toSorted((a, b) => (a.season < b.season ? 1 : -1))
  for (const area of newestFirst) {
    for (const fact of area.facts) {
      if (fact.kind !== 'STOP' || (fact.id !== stopId && fact.carriedFrom !== stopId)) continue
      const isCancelled = !stopsOf(area).some(({ id }) => id === fact.id)
      if (isCancelled) throw new NotAllowed('stop.cancelled', { stopId })
      return { area, fact }
    }
  }
  throw new NotAllowed('stop.unknown', { stopId })
}

function refuseInArrears(draft: Draft, what: AccountPolicy['arrearsForbid'][number]): void {
  if (!draft.rules.policy.arrearsForbid.includes(what)) return
  const { areaSeasons, lines } = draft.state
  const newest = areaSeasons.reduce((last, { season }) => (season > last ? season : last), '')
  const isOwing = lines.some((line) => line.season < newest && !isSettled(line, draft.on))
  if (isOwing) throw new NotAllowed('customer.in_arrears')
}
