// A season's policy as it is written down – in the seasons' `policy`, in billing cases, by a
// tariff clerk: the names of domain.md §4.0, numbers as decimal text – read into the terms that
// the rules compute with.
import { Malformed } from '@reli/sdk'
import type { FeeItem } from './accounts.ts'
import type { DiscountTerms } from './discounts.ts'
import { flatRate, type LateFeeTerms } from './late-fees.ts'
import type { Day } from './seasons.ts'
import type { OverHeightRule } from './tariffs.ts'

export const ratePlaces = 6
export const pricePlaces = 4
export const areaPlaces = 2
const heightPlaces = 2

/** `'0.005'` with 6 places → `5000n`. More places than the unit has are refused, not cut. */
export function decimal(text: string, places: number, path = ''): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  const fraction = match?.[3] ?? ''
  if (!match || /[1-9]/.test(fraction.slice(places))) {
    throw new Malformed(path, `'${text}' is no decimal with ${places} places`)
  }
  const value = BigInt(match[2]! + fraction.slice(0, places).padEnd(places, '0'))
  return match[1] ? -value : value
}

const rate = (text: string, path: string) => decimal(text, ratePlaces, path)
const cm = (text: string, path: string) => Number(decimal(text, heightPlaces, path))

/** Days are inclusive throughout. */
export type LateFeePolicy = {
  due_date: Day
  late_fee_cap: string | null
  late_fee_base: LateFeeTerms['base']
} & (
  | { late_fee_rate: string }
  | { rate_steps: readonly { from: Day; to: Day | null; rate: string }[] }
)

export function lateFeeTermsFrom(policy: LateFeePolicy): LateFeeTerms {
  const { due_date: dueOn, late_fee_cap: cap, late_fee_base: base } = policy
  const rateSteps =
    'rate_steps' in policy
      ? policy.rate_steps.map((step) => ({ ...step, rate: rate(step.rate, 'rate_steps') }))
      : flatRate(rate(policy.late_fee_rate, 'late_fee_rate'))
  return { dueOn, rateSteps, capRate: cap === null ? null : rate(cap, 'late_fee_cap'), base }
}

export interface DiscountPolicy {
  tiers: readonly {
    from: Day
    to: Day
    rate: string
    channels?: readonly string[]
    natures?: readonly string[]
  }[]
  channel_bonus?: Readonly<Record<string, string>>
  natures?: readonly string[]
  needs_no_arrears: boolean
  applies_to: readonly FeeItem[]
}

export const discountTermsFrom = (policy: DiscountPolicy): DiscountTerms => ({
  tiers: policy.tiers.map(({ from, to, channels = null, natures = null, ...tier }) => {
    return { from, to, rate: rate(tier.rate, 'tiers'), channels, natures }
  }),
  channelBonus: Object.fromEntries(
    Object.entries(policy.channel_bonus ?? {}).map(([channel, bonus]) => [
      channel,
      rate(bonus, 'channel_bonus'),
    ]),
  ),
  natures: policy.natures ?? null,
  appliesTo: policy.applies_to,
  needsNoArrears: policy.needs_no_arrears,
})

/** Heights in metres. */
export type OverHeightPolicy =
  | { rule: 'NONE' }
  | { rule: 'STEP_PCT'; h0: string; step: string; pct: string; cap: string | null }
  | { rule: 'RATIO'; h0: string }
  | { rule: 'TIER'; tiers: readonly { to: string | null; factor: string }[] }
  | { rule: 'EXTRA_AREA'; h0: string; step: string; pct: string }

export function overHeightFrom(policy: OverHeightPolicy): OverHeightRule {
  switch (policy.rule) {
    case 'NONE':
      return { rule: 'NONE' }
    case 'RATIO':
      return { rule: 'RATIO', aboveCm: cm(policy.h0, 'h0') }
    case 'TIER':
      return {
        rule: 'TIER',
        tiers: policy.tiers.map(({ to, factor }) => ({
          upToCm: to === null ? null : cm(to, 'tiers'),
          factor: rate(factor, 'tiers'),
        })),
      }
    case 'STEP_PCT':
      return {
        rule: 'STEP_PCT',
        ...stepsOf(policy),
        cap: policy.cap === null ? null : rate(policy.cap, 'cap'),
      }
    case 'EXTRA_AREA':
      return { rule: 'EXTRA_AREA', ...stepsOf(policy) }
  }
}

const stepsOf = ({ h0, step, pct }: { h0: string; step: string; pct: string }) => ({
  aboveCm: cm(h0, 'h0'),
  stepCm: cm(step, 'step'),
  share: rate(pct, 'pct'),
})
