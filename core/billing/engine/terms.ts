// The late-fee terms of one line: those of its season, with its own due date, without the days on
// which heat was cut off (R6) or a promise was running (R5).
import type { FeeItem } from '../accounts.ts'
import type { LateFeeTerms } from '../late-fees.ts'
import { suspended } from '../late-fees.ts'
import { addDays, type Day } from '../seasons.ts'
import { stopsOf } from './facts.ts'
import type { CustomerState, Rules } from './state.ts'

interface Where {
  season: string
  areaNo: number
  feeItem: FeeItem
  dueOn: Day
}

export function dueTerms(
  { areaSeasons, holds }: CustomerState,
  { policy, seasons, feeItems }: Rules,
  { season, areaNo, feeItem, dueOn }: Where,
): LateFeeTerms {
  let terms: LateFeeTerms = { ...seasons.get(season)!.lateFee, dueOn }
  if (feeItems?.get(feeItem)?.bearsLateFee === false) return { ...terms, rateSteps: [] }
  const area = areaSeasons.find((each) => each.season === season && each.areaNo === areaNo)
  for (const { isForced, carriedFrom, from, until } of area ? stopsOf(area) : []) {
    // Only the season of the closing; after a resume nothing restarts for old days (R6).
    if (!isForced || carriedFrom !== null || !policy.lateFeeStopsOnForcedStop) continue
    if (until === null || until > from) {
      terms = suspended(terms, from, until === null ? null : addDays(until, -1))
    }
  }
  const promises = new Map<Day, Day>()
  for (const hold of holds) if (hold.season === season) promises.set(hold.from, hold.promisedOn)
  for (const [from, promisedOn] of promises) {
    if (promisedOn > from) terms = suspended(terms, addDays(from, 1), promisedOn)
  }
  return terms
}
