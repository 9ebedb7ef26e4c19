// When money that was taken in advance becomes revenue (domain.md §6.6): a season's heat by the
// days of its months, an access fee in equal parts over its years.
import type { Fen } from '@reli/sdk'
import { divideAmount, equalParts } from './division.ts'
import { addDays, daysBetween, type SeasonSpan } from './seasons.ts'

export interface MonthOfRevenue {
  /** `2025-11`. */
  month: string
  amountFen: Fen
}

/** By days of heat; the last month takes the remainder (E61). */
export function revenueByMonth(amountFen: Fen, { from, until }: SeasonSpan): MonthOfRevenue[] {
  const days = new Map<string, bigint>()
  for (let at = 0; at < daysBetween(from, until); at++) {
    const month = addDays(from, at).slice(0, 7)
    days.set(month, (days.get(month) ?? 0n) + 1n)
  }
  const amounts = divideAmount(amountFen, [...days.values()])
  return [...days.keys()].map((month, at) => ({ month, amountFen: amounts[at]! }))
}

/** An access fee without its VAT, month by month (E62). */
export const deferredMonths = (netFen: Fen, months: number): Fen[] => equalParts(netFen, months)
