// Which stops 报停 are admitted, when they take effect, and what a resume 复热 does (domain.md §3.4 B,
// §4.4). How much a stop is worth is the formula of tariffs.ts.
import type { Dm2 } from '@reli/sdk'
import { mostStopped, type RoomStop } from './periods.ts'
import { type BillingRefusalCode, NotAllowed } from './refusals.ts'
import { addDays, type Day, type SeasonSpan } from './seasons.ts'

export interface StopPolicy {
  granularity: 'BY_DATE' | 'WHOLE_SEASON'
  /** Approved and not cancelled, for each room and season (R26); `null` = any number. */
  maxCycles: number | null
}

export interface StopRequest {
  stop: RoomStop
  /** The approved and not cancelled stops of the room in this season, as far as they lasted. */
  existing: readonly RoomStop[]
  billingDm2: Dm2
  controlMode: 'SEPARATE' | 'SERIES'
  approvedOn: Day | null
}

/** Why a stop is not admitted; `undefined` when it is. */
export function stopRefusal(
  { stop, existing, billingDm2, controlMode, approvedOn }: StopRequest,
  { granularity, maxCycles }: StopPolicy,
  span: SeasonSpan,
): BillingRefusalCode | undefined {
  if (controlMode === 'SERIES') return 'customer.in_series'
  if (stop.until !== null && stop.until < stop.from) return 'stop.ends_before_start'
  const areaDm2 = stop.areaDm2 === 'ALL' ? billingDm2 : stop.areaDm2
  if (areaDm2 <= 0n) return 'area.not_positive'
  if (maxCycles !== null && existing.length >= maxCycles) return 'stop.too_many_cycles'
  if (areaDm2 + mostStopped(existing, billingDm2, stop) > billingDm2) return 'stop.above_area'
  if (granularity === 'BY_DATE') return undefined
  const toTheEnd = stop.until === null || stop.until >= span.until
  if (stop.from > span.from || !toTheEnd) return 'stop.not_whole_season'
  // Part of the area may stop, but nothing that has begun is a whole season any more (R27).
  return approvedOn !== null && approvedOn > span.from ? 'stop.after_season_start' : undefined
}

export function admitStop(request: StopRequest, policy: StopPolicy, span: SeasonSpan): void {
  const code = stopRefusal(request, policy, span)
  if (code !== undefined) throw new NotAllowed(code, { from: request.stop.from })
}

export type StopEffective = 'REQUESTED' | 'APPLIED_DATE' | 'APPROVED_DATE' | 'VALVE_CLOSED_DATE'

export interface StopDates {
  requestedFrom: Day
  approvedOn: Day
  appliedOn?: Day
  valveClosedOn?: Day
}

/** The first day without heat; a stop that was settled before the season begins with it. */
export function effectiveFrom(dates: StopDates, by: StopEffective, span: SeasonSpan): Day {
  const from = stoppedFrom(dates, by)
  return from < span.from ? span.from : from
}

function stoppedFrom(dates: StopDates, by: StopEffective): Day {
  const { requestedFrom, approvedOn } = dates
  switch (by) {
    // The day after, as in the default (R28).
    case 'APPROVED_DATE':
      return addDays(approvedOn, 1)
    case 'VALVE_CLOSED_DATE':
      return addDays(dates.valveClosedOn ?? approvedOn, 1)
    case 'APPLIED_DATE':
      return dates.appliedOn === undefined ? requestedFrom : addDays(dates.appliedOn, 1)
    case 'REQUESTED': {
      const earliest = addDays(approvedOn, 1)
      return requestedFrom > earliest ? requestedFrom : earliest
    }
  }
}

export type ResumePolicy = 'PRORATA' | 'FULL_SEASON'

/**
 * The stop after a resume. With FULL_SEASON whoever opens the valve in mid-season pays all of it,
 * as if the stop had never been (E17, R21).
 */
export function resumed(stop: RoomStop, resumeOn: Day, policy: ResumePolicy): RoomStop[] {
  return policy === 'FULL_SEASON' ? [] : [{ ...stop, until: resumeOn }]
}
