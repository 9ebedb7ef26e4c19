// What a value must be beyond its format: the «content» column of a paper's table. A rule gives
// `undefined`, or why the value breaks it, without repeating the value.

export type ValueRule = (text: string) => string | undefined

/** One of the listed values. */
export function only(...allowed: string[]): ValueRule {
  return (text) => (allowed.includes(text) ? undefined : `is not ${allowed.join(' or ')}`)
}

/** `min` to `max` characters of the given kinds, written as in `chars('0-9A-Za-z-', 1, 20)`. */
export function chars(kinds: string, min: number, max = min): ValueRule {
  const allowed = charSet(kinds)
  const size = min === max ? `${min}` : `${min}–${max}`
  return (text) => {
    if (text.length < min || text.length > max) return `is not ${size} characters long`
    for (let i = 0; i < text.length; i++) {
      if (allowed[text.charCodeAt(i)] !== 1) return `has a character outside ${kinds}`
    }
  }
}

/** `min` to `max` digits. */
export const numeric = (min: number, max = min): ValueRule => chars('0-9', min, max)

/** A time of day, hhmmss. */
export const clockTime: ValueRule = (text) =>
  numberAt(text, 0, 2) < 24 && numberAt(text, 2, 2) < 60 && numberAt(text, 4, 2) < 60
    ? undefined
    : 'is no time of day'

/** Whether that day exists in the Gregorian calendar. */
export function isCalendarDate(year: number, month: number, day: number): boolean {
  if (!(month >= 1 && month <= 12 && day >= 1)) return false
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return day <= days
}

/** The number that `count` digits from `from` on stand for. */
export const numberAt = (text: string, from: number, count: number): number =>
  Number(text.slice(from, from + count))

/** `0-9A-Z-` → which character codes are meant: ranges, and single characters. */
function charSet(kinds: string): Uint8Array {
  const allowed = new Uint8Array(128)
  for (let i = 0; i < kinds.length; i++) {
    const isRange = kinds[i + 1] === '-' && i + 2 < kinds.length
    const to = kinds.charCodeAt(isRange ? i + 2 : i)
    for (let code = kinds.charCodeAt(i); code <= to; code++) allowed[code] = 1
    if (isRange) i += 2
  }
  return allowed
}
