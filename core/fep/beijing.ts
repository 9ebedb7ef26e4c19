// The wall clock of the partners: Beijing, which has kept UTC+8 without daylight saving since 1991.
const offsetMs = 8 * 60 * 60 * 1000
const secondMs = 1000

let second = Number.NaN
let text = ''

/** `2026-11-20T09:30:12`; written once a second, for it stands in every record. */
export function beijingInstant(at = Date.now()): string {
  const now = Math.floor(at / secondMs)
  if (now !== second) {
    second = now
    text = new Date(now * secondMs + offsetMs).toISOString().slice(0, 19)
  }
  return text
}

/** `2026-11-20`. */
export const beijingDay = (at = Date.now()): string => beijingInstant(at).slice(0, 10)
