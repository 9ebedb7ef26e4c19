// Machine B (domain.md §3.4): the heating status of a room in a season, from its facts, on a day or
// as it stands at the end.
import type { heating } from '../machines/heating.ts'
import type { StateOf } from '../machines/machine.ts'
import type { Day } from '../seasons.ts'
import { factsOf, stopsOf } from './facts.ts'
import type { AreaSeason } from './state.ts'

export type HeatingStatus = StateOf<typeof heating>

/** `null`: after everything that is known of it. */
export function heatingStatusOn(area: AreaSeason, on: Day | null): HeatingStatus {
  if (isOff(area, on)) return 'DISCONNECTED'
  const active = stopsOf(area).filter(({ from, until }) =>
    on === null ? until === null : from <= on && (until === null || until > on),
  )
  if (active.some(({ isForced }) => isForced)) return 'FORCED_STOPPED'
  if (active.some(({ areaDm2 }) => areaDm2 === 'ALL')) return 'STOPPED'
  return active.length > 0 ? 'PARTLY_STOPPED' : 'NORMAL'
}

/** Whether the last word by then was «off the network». */
function isOff(area: AreaSeason, on: Day | null): boolean {
  const lastOf = (kind: 'DISCONNECT' | 'RESTORE') =>
    factsOf(area, kind)
      .map((fact) => fact.on)
      .filter((day) => on === null || day <= on)
      .sort()
      .at(-1)
  const left = lastOf('DISCONNECT')
  const came = lastOf('RESTORE')
  return left !== undefined && (came === undefined || came < left)
}
