// What paying everything today would cost, discount included: the counter's quote (domain.md
// §6.1). A payment of exactly this sum settles every line (§4.18, 7).
import { type Fen, fen, sumFen } from '@reli/sdk'
import { outstandingOf } from '../accounts.ts'
import { seasonDiscounts } from '../discounts.ts'
import { lateFeeDue } from '../late-fees.ts'
import type { Day } from '../seasons.ts'
import type { CustomerState, Receivable } from './state.ts'

export interface SeasonQuote {
  season: string
  outstandingFen: Fen
  lateFeeFen: Fen
  discountFen: Fen
  payableFen: Fen
}

/** Oldest first; nothing is reserved and nothing changes. */
export function quoteOf({ lines, nature }: CustomerState, on: Day, channel: string): SeasonQuote[] {
  const seasons = [...new Set(lines.map((line) => line.season))].sort()
  return seasons.map((season) => {
    const all = lines.filter((line) => line.season === season)
    return quoteSeason(season, all, on, seasonDiscounts(all, on, { channel, nature }, false))
  })
}

function quoteSeason(
  season: string,
  lines: readonly Receivable[],
  on: Day,
  discounts: readonly Fen[],
): SeasonQuote {
  const outstandingFen = sumFen(lines.map(outstandingOf))
  const lateFeeFen = sumFen(lines.map((line) => lateFeeDue(line, on)))
  const discountFen = sumFen(discounts)
  const payableFen = fen(outstandingFen + lateFeeFen - discountFen)
  return { season, outstandingFen, lateFeeFen, discountFen, payableFen }
}
