// Early-payment discount 预交优惠 (domain.md §4.9). Always for a payment in full (R15), per line (R14),
// by the day of the payment, never by the day of posting. A household that is stopped for the whole
// season has no HEATING charge, so it is excluded by what the discount applies to (R18).
import { type Fen, fen, minFen } from '@reli/sdk'
import { type ChargeLine, type FeeItem, outstandingOf } from './accounts.ts'
import { shareOf } from './rates.ts'
import type { Day } from './seasons.ts'

/** For payments on the days `from` to `to`, both included; `null` = every channel, nature. */
export interface DiscountTier {
  from: Day
  to: Day
  rate: bigint
  channels: readonly string[] | null
  natures: readonly string[] | null
}

export interface DiscountTerms {
  /** The first tier that matches counts. A full matrix is one tier for each of its cells. */
  tiers: readonly DiscountTier[]
  /** Added to a tier's rate; no tier, no bonus (R20). */
  channelBonus: Readonly<Record<string, bigint>>
  natures: readonly string[] | null
  appliesTo: readonly FeeItem[]
  /** Older seasons must be paid before, or with the same payment. */
  needsNoArrears: boolean
}

/** Who pays how. */
export interface Payer {
  channel: string
  nature: string
}

const allows = (list: readonly string[] | null, item: string) =>
  list === null || list.includes(item)

/** 10⁻⁶ of the eligible amount; 0 when no tier is open. */
export function discountRate(terms: DiscountTerms, on: Day, { channel, nature }: Payer): bigint {
  if (!allows(terms.natures, nature)) return 0n
  for (const tier of terms.tiers) {
    if (on < tier.from || on > tier.to) continue
    if (!allows(tier.channels, channel) || !allows(tier.natures, nature)) continue
    return tier.rate + (terms.channelBonus[channel] ?? 0n)
  }
  return 0n
}

/** What the line is let off if everything due is paid now. `inArrears`: older debt would remain. */
export function discountOf(line: ChargeLine, on: Day, payer: Payer, inArrears = false): Fen {
  const terms = line.discountTerms
  if (terms === null || !terms.appliesTo.includes(line.feeItem)) return fen(0)
  if (inArrears && terms.needsNoArrears) return fen(0)
  // «In one go»: an earlier part payment forfeits it, a balance applied at opening does not (R16).
  if (line.paidFen !== line.fromBalanceFen || line.discountFen !== 0n) return fen(0)
  const rate = discountRate(terms, on, payer)
  const outstandingFen = outstandingOf(line)
  return rate === 0n ? fen(0) : minFen(shareOf(outstandingFen, rate), outstandingFen)
}

/**
 * What each line of one season is let off. A season is paid «in one go» or not at all: once a
 * payment touched a line that the discount applies to, what an increase adds later earns none
 * (R19).
 */
export function seasonDiscounts(
  lines: readonly ChargeLine[],
  on: Day,
  payer: Payer,
  inArrears: boolean,
): Fen[] {
  const isTouched = lines.some(
    ({ discountTerms, feeItem, paidFen, fromBalanceFen, discountFen }) =>
      discountTerms?.appliesTo.includes(feeItem) &&
      (paidFen !== fromBalanceFen || discountFen !== 0n),
  )
  return lines.map((line) => (isTouched ? fen(0) : discountOf(line, on, payer, inArrears)))
}

/**
 * Claw-back: the discount of a line that has become smaller, at the rate it was granted at. It
 * follows the line downwards and never up again (E39, R19).
 */
export const clawedBack = (discountFen: Fen, rate: bigint, chargedFen: Fen): Fen =>
  minFen(discountFen, shareOf(chargedFen, rate))
