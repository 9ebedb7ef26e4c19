// A room through one season: from what happened to it (changes of area and price, stops, a
// disconnection) to the periods that tariffs.ts charges (domain.md §4.4, §4.12). Everything is
// derived from all valid facts at once, so the order in which they were approved cannot matter
// (§4.18, 9).
import { type Dm2, dm2 } from '@reli/sdk'
import { type Day, daysBetween, type SeasonSpan } from './seasons.ts'
import type { Period, Price } from './tariffs.ts'

export type ChangePolicy = 'PRORATA' | 'FULL_SEASON' | 'NEXT_SEASON'

/** A change of area (with its height) or of price; what is absent stays as it was. */
export interface RoomChange {
  effectiveOn: Day
  policy: ChangePolicy
  billingDm2?: Dm2
  heightCm?: number | null
  price?: Price
  /** Decides between changes of the same day. */
  id: string
}

/** A stop of fixed square metres, or of the whole room whatever its area becomes (R29). */
export interface RoomStop {
  areaDm2: Dm2 | 'ALL'
  from: Day
  /** The first day with heat again; `null` = until the season ends. */
  until: Day | null
}

export interface RoomFacts {
  billingDm2: Dm2
  heightCm: number | null
  price: Price
  changes: readonly RoomChange[]
  stops: readonly RoomStop[]
  /** When it was off the network: from the first such day to the first one back. */
  offNetwork: readonly { from: Day; until: Day | null }[]
}

interface Stretch {
  from: Day
  until: Day
  days: number
  billingDm2: Dm2
  heightCm: number | null
  price: Price
}

export function periodsOf(facts: RoomFacts, span: SeasonSpan): Period[] {
  const { offNetwork } = facts
  const stops = offNetwork.reduce(
    (left, off) => left.flatMap((stop) => endedBy(stop, off)),
    [...facts.stops],
  )
  return stretchesOf(facts, span).map((stretch) => {
    const { billingDm2, heightCm, price, days } = stretch
    const free = offNetwork.reduce((days, off) => days + countIn(stretch, off), 0)
    const freeDm2Days = billingDm2 * BigInt(free)
    const most = billingDm2 * BigInt(days) - freeDm2Days
    const stopped = stoppedIn(stretch, stops)
    const stoppedDm2Days = stopped < most ? stopped : most
    return { billingDm2, heightCm, price, days, stoppedDm2Days, freeDm2Days }
  })
}

/** Who leaves the network leaves the stop; one that would begin meanwhile begins on the return. */
function endedBy(stop: RoomStop, off: Range): RoomStop[] {
  if (stop.until !== null && stop.until <= off.from) return [stop]
  if (stop.from < off.from) return [{ ...stop, until: off.from }]
  if (off.until === null) return []
  return [stop.from < off.until ? { ...stop, from: off.until } : stop]
}

/** The season cut at its changes; days left over by a fixed D belong to the last (R23). */
export function stretchesOf(facts: RoomFacts, span: SeasonSpan): Stretch[] {
  let { billingDm2, heightCm, price } = facts
  const changes = facts.changes
    .flatMap((change) => placed(change, span))
    .sort(
      (a, b) => compare(a.at, b.at) || compare(a.effectiveOn, b.effectiveOn) || compare(a.id, b.id),
    )
  const stretches: Stretch[] = []
  let left = span.days
  let from = span.from
  const close = (until: Day) => {
    const days = until === span.until ? left : Math.min(daysBetween(from, until), left)
    stretches.push({ from, until, days, billingDm2, heightCm, price })
    left -= days
    from = until
  }
  for (const change of changes) {
    if (change.at > from) close(change.at)
    billingDm2 = change.billingDm2 ?? billingDm2
    heightCm = change.heightCm === undefined ? heightCm : change.heightCm
    price = change.price ?? price
  }
  close(span.until)
  return stretches
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** From which day a change counts in this season, if at all. */
function placed(change: RoomChange, span: SeasonSpan): (RoomChange & { at: Day })[] {
  if (change.policy === 'NEXT_SEASON' || change.effectiveOn >= span.until) return []
  const isWhole = change.policy === 'FULL_SEASON' || change.effectiveOn <= span.from
  return [{ ...change, at: isWhole ? span.from : change.effectiveOn }]
}

function stoppedIn(stretch: Stretch, stops: readonly RoomStop[]): bigint {
  const { billingDm2 } = stretch
  let stopped = 0n
  for (const stop of stops) stopped += areaOf(stop, billingDm2) * BigInt(countIn(stretch, stop))
  return stopped - overlapIn(stretch, stops)
}

const areaOf = ({ areaDm2 }: RoomStop, billingDm2: Dm2) =>
  areaDm2 === 'ALL' ? billingDm2 : areaDm2

type Range = Pick<RoomStop, 'from' | 'until'>

const isActive = ({ from, until }: Range, on: Day) => from <= on && (until === null || until > on)

/**
 * Days of the range inside the stretch; all of it has exactly its days, else at most them (R22).
 */
function countIn(stretch: Stretch, range: Range): number {
  const from = range.from > stretch.from ? range.from : stretch.from
  const to = range.until !== null && range.until < stretch.until ? range.until : stretch.until
  if (from >= to) return 0
  if (from === stretch.from && to === stretch.until) return stretch.days
  return Math.min(daysBetween(from, to), stretch.days)
}

/**
 * What parallel stops count twice: a forced stop over a partial one, or stops that a smaller area
 * has outgrown. On no day is more stopped than there is.
 */
function overlapIn(stretch: Stretch, stops: readonly RoomStop[]): bigint {
  const inside = (day: Day | null): day is Day =>
    day !== null && day > stretch.from && day < stretch.until
  const cuts = stops.flatMap(({ from, until }) => [from, until]).filter(inside)
  const days = [...new Set([stretch.from, ...cuts])].sort()
  let tooMuch = 0n
  for (const [at, from] of days.entries()) {
    const until = days[at + 1] ?? stretch.until
    const active = stops.filter((stop) => isActive(stop, from))
    const area = active.reduce((sum, stop) => sum + areaOf(stop, stretch.billingDm2), 0n)
    if (area <= stretch.billingDm2) continue
    tooMuch += (area - stretch.billingDm2) * BigInt(countIn(stretch, { from, until }))
  }
  return tooMuch
}

/** The most that is stopped on any day from `from` on: what a new stop has to leave room for. */
export function mostStopped(
  stops: readonly RoomStop[],
  billingDm2: Dm2,
  { from, until }: Range,
): Dm2 {
  const starts = stops.map((stop) => (stop.from > from ? stop.from : from))
  const days = [from, ...starts].filter((day) => until === null || day < until)
  let most = 0n
  for (const day of days) {
    const active = stops.filter((stop) => isActive(stop, day))
    const area = active.reduce((sum, stop) => sum + areaOf(stop, billingDm2), 0n)
    if (area > most) most = area
  }
  return dm2(most)
}
