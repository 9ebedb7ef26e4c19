// From the facts of a room in a season to its amounts. All valid facts together make the target;
// nothing is computed from an earlier amount (domain.md §4.18, 9).
import { type Fen, fen, minFen } from '@reli/sdk'
import type { FeeItem } from '../accounts.ts'
import { settleMeter } from '../meters.ts'
import { periodsOf, type RoomFacts, type RoomStop } from '../periods.ts'
import { NotAllowed } from '../refusals.ts'
import type { Day } from '../seasons.ts'
import { resumed } from '../stops.ts'
import { type Formula, type Price, seasonCharges } from '../tariffs.ts'
import type { AreaSeason, Fact, SeasonTerms, StopFact } from './state.ts'

type FactOf<K extends Fact['kind']> = Extract<Fact, { kind: K }>

/** Those that hold: whatever the kind, a fact may be cancelled. */
export function factsOf<K extends Fact['kind']>(area: AreaSeason, kind: K): FactOf<K>[] {
  const cancelled = new Set<string>()
  for (const fact of area.facts) if (fact.kind === 'CANCEL') cancelled.add(fact.stopId)
  return area.facts.filter(
    (fact): fact is FactOf<K> => fact.kind === kind && !cancelled.has(fact.id),
  )
}

/** A stop with what became of it. */
export interface LastingStop extends StopFact {
  isResumed: boolean
}

/** Approved and not cancelled, as long as they last; one resumed with FULL_SEASON lasts no day. */
export function stopsOf(area: AreaSeason): LastingStop[] {
  const resumes = new Map(factsOf(area, 'RESUME').map((resume) => [resume.stopId, resume]))
  return factsOf(area, 'STOP').map((stop) => {
    const resume = resumes.get(stop.id)
    if (!resume) return { ...stop, isResumed: false }
    const [left] = resumed(stop, resume.on, resume.policy)
    return { ...stop, until: left ? left.until : stop.from, isResumed: true }
  })
}

export function priceOf(terms: SeasonTerms, priceClass: string): Price {
  const price = terms.prices[priceClass]
  if (!price) throw new NotAllowed('season.without_price', { season: terms.season, priceClass })
  return price
}

export function roomFacts(area: AreaSeason, terms: SeasonTerms): RoomFacts {
  const stops: RoomStop[] = stopsOf(area).map(({ areaDm2, from, until }) => {
    return { areaDm2, from, until }
  })
  const changes = factsOf(area, 'CHANGE').map(({ kind: _, priceClass, ...change }) =>
    priceClass === undefined ? change : { ...change, price: priceOf(terms, priceClass) },
  )
  const { billingDm2, heightCm } = area
  const price = priceOf(terms, area.priceClass)
  return { billingDm2, heightCm, price, changes, stops, offNetwork: offNetworkOf(area) }
}

/** Days that are not charged; where the whole season is, a disconnection takes none (R31). */
function offNetworkOf(area: AreaSeason): { from: Day; until: Day | null }[] {
  const off: { from: Day; until: Day | null }[] = []
  const returns = factsOf(area, 'RESTORE').map(({ on }) => on)
  const leaves = factsOf(area, 'DISCONNECT').filter(({ policy }) => policy === 'PRORATA')
  for (const from of leaves.map(({ on }) => on).sort()) {
    const last = off.at(-1)
    if (last && (last.until === null || from < last.until)) continue
    const until = returns.filter((on) => on >= from).sort()[0] ?? null
    if (until !== from) off.push({ from, until })
  }
  return off
}

export interface Target {
  amountFen: Fen
  formulas: readonly Formula[]
}

/** What the room is charged in this season, by fee item. */
export function targetsOf(area: AreaSeason, terms: SeasonTerms): Map<FeeItem, Target> {
  const targets = new Map<FeeItem, Target>()
  const periods = periodsOf(roomFacts(area, terms), terms.span)
  for (const { feeItem, amountFen, periods: formulas } of seasonCharges(periods, terms.span.days)) {
    targets.set(feeItem, { amountFen, formulas })
  }
  for (const [feeItem, offsetFen] of Object.entries(area.offsets) as [FeeItem, Fen][]) {
    const { amountFen, formulas } = targets.get(feeItem) ?? { amountFen: fen(0), formulas: [] }
    const sum = amountFen + offsetFen
    targets.set(feeItem, { amountFen: fen(sum > 0n ? sum : 0n), formulas })
  }
  const meter = factsOf(area, 'METER').at(-1)
  return meter ? meteredTargets(targets, meter) : targets
}

/** The area fee becomes the two-part one; the cap measures by the actual area fee (R36). */
function meteredTargets(targets: Map<FeeItem, Target>, meter: FactOf<'METER'>) {
  const heating = targets.get('HEATING')?.amountFen ?? 0n
  const areaFeeFen = fen(heating + (targets.get('OVER_HEIGHT')?.amountFen ?? 0n))
  const { settledFen } = settleMeter({ ...meter, areaFeeFen }, meter.policy)
  const capacityFen = minFen(meter.capacityFen, settledFen)
  const metered = new Map(targets)
  metered.delete('HEATING')
  metered.delete('OVER_HEIGHT')
  metered.set('CAPACITY_HEAT', { amountFen: capacityFen, formulas: [] })
  metered.set('METERED_HEAT', { amountFen: fen(settledFen - capacityFen), formulas: [] })
  return metered
}
