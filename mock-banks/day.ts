// The bank's own calendar and clock: Beijing time, whatever the machine is set to, and the
// accounting date 账务日期 that a moment belongs to.

const beijingOffsetMs = 8 * 60 * 60 * 1000

/** `2026-11-20T09:30:12`, as a clock on a wall in Beijing shows it. */
export const beijingClock = (at: Date): string =>
  new Date(at.getTime() + beijingOffsetMs).toISOString().slice(0, 19)

export const beijingDate = (at: Date): string => beijingClock(at).slice(0, 10)

export const dayAfter = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 24 * 60 * 60 * 1000).toISOString().slice(0, 10)

/** The accounting date of a moment; a bank cuts over at `hh:mm:ss`, or else at midnight. */
export function accountingDate(at: Date, cutOverAt?: string): string {
  const [date, time] = beijingClock(at).split('T') as [string, string]
  return cutOverAt && time >= cutOverAt ? dayAfter(date) : date
}

export const laterOf = (a: string, b: string | undefined): string => (b && b > a ? b : a)
