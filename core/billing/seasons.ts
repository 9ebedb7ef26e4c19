// Calendar days and heating seasons (domain.md §4.0). A day is its text 'YYYY-MM-DD' and, for
// counting, its number since 1970-01-01: no `Date`, so no time zone and no clock can shift a day.

/** A calendar day in Asia/Shanghai, `2026-11-20`. Sorts as text. */
export type Day = string

const digitsAt = (text: string, at: number, count: number): number => {
  let value = 0
  for (let i = at; i < at + count; i++) value = value * 10 + text.charCodeAt(i) - 48
  return value
}

/** Days since 1970-01-01 in the Gregorian calendar, counted in years that begin on 1 March. */
export function dayNumber(day: Day): number {
  const month = digitsAt(day, 5, 2)
  const year = digitsAt(day, 0, 4) - (month <= 2 ? 1 : 0)
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5)
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400)
  return year * 365 + leapDays + dayOfYear + digitsAt(day, 8, 2) - 1 - daysBeforeEpoch
}

/** 0000-03-01 to 1970-01-01. */
const daysBeforeEpoch = 719_468
const daysIn400Years = 146_097

/** The reverse of `dayNumber`. */
export function dayText(number: number): Day {
  const shifted = number + daysBeforeEpoch
  const era = Math.floor(shifted / daysIn400Years)
  const dayOfEra = shifted - era * daysIn400Years
  const leaps =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365)
  const beforeYear = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  const dayOfYear = dayOfEra - beforeYear
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

/** From `from` (counted) to `to` (not counted). */
export const daysBetween = (from: Day, to: Day): number => dayNumber(to) - dayNumber(from)

export const addDays = (day: Day, days: number): Day => dayText(dayNumber(day) + days)

/** The day of a local moment, `2026-11-20T09:30:12` → `2026-11-20`. */
export const dayOf = (moment: string): Day => moment.slice(0, 10)

/** A season by its inclusive legal dates. An extension is kept apart from the plan. */
export interface Season {
  heatStartOn: Day
  heatEndOn: Day
  extendedEndOn?: Day
}

/** `D` of §4.0: the planned days, or a fixed number such as 120. */
export type SeasonDays =
  | { mode: 'ACTUAL'; extensionAffectsDays?: boolean }
  | { mode: 'FIXED'; days: number }

/** A season as it is counted: half-open dates and the denominator of every proration. */
export interface SeasonSpan {
  from: Day
  /** The first day that no longer counts; stopped days end here at the latest (R24). */
  until: Day
  days: number
}

export function spanOf(season: Season, rule: SeasonDays): SeasonSpan {
  const extended = rule.mode === 'ACTUAL' && rule.extensionAffectsDays === true
  const lastOn = extended ? (season.extendedEndOn ?? season.heatEndOn) : season.heatEndOn
  const from = season.heatStartOn
  const until = addDays(lastOn, 1)
  return { from, until, days: rule.mode === 'FIXED' ? rule.days : daysBetween(from, until) }
}
