// What a policy may no longer change once its season is opened. Accounts are computed from the
// facts whenever something happens to them (engine/facts.ts), so another price would change lines
// that stand. The terms are compared, not the text: '22' and '22.00' are the same promise.
import { isDeepStrictEqual } from 'node:util'
import type { FieldProblem } from '../../http/problems.ts'
import type { DiscountTerms } from '../discounts.ts'
import type { SeasonTerms } from '../engine/state.ts'
import type { LateFeeTerms } from '../late-fees.ts'
import type { Day } from '../seasons.ts'
import type { PolicyJson } from './document.ts'
import { feeItemsOf } from './fees.ts'
import {
  accountPolicyOf,
  type ClassPrice,
  type SeasonWithPolicy,
  type StoredPolicy,
  termsOf,
} from './rules.ts'

export interface Opened extends SeasonWithPolicy {
  prices: readonly ClassPrice[]
}

const opened = '该采暖期已开账，'

/** `until`: the last day whose late fee and discount are promised already. */
export function brokenPromises(policy: PolicyJson, row: Opened, until: Day): FieldProblem[] {
  const was = row.policy as StoredPolicy
  const before = termsOf(row, row.prices)
  const after = termsOf({ ...row, policy })
  const found: FieldProblem[] = []
  const report = (field: string, message: string) => found.push({ field, message })
  if (!isDeepStrictEqual(before.span, after.span)) {
    report('season_days', `${opened}计费天数不能再改，请在下一采暖期调整`)
  }
  priceProblems(before, after, policy, report)
  if (!isDeepStrictEqual(lateUntil(before.lateFee, until), lateUntil(after.lateFee, until))) {
    report(
      'late_fee',
      `${opened}${until} 及以前的违约金（截止日、日率、上限、基数）不能再改，只能调整以后的日率分段`,
    )
  }
  const [discountBefore, discountAfter] = [before.discount, after.discount]
  if (!isDeepStrictEqual(tiersUntil(discountBefore, until), tiersUntil(discountAfter, until))) {
    report('discount', `${opened}${until} 及以前的优惠不能再改，只能调整以后的优惠分段`)
  }
  const switchName = 'lateFeeStopsOnForcedStop'
  if (accountPolicyOf(was.switches)[switchName] !== accountPolicyOf(policy.switches)[switchName]) {
    report('switches.late_fee_stops_on_forced_stop', `${opened}此项不能再改，请在下一采暖期调整`)
  }
  const items = feeItemsOf(policy)
  for (const [code, item] of Object.entries(feeItemsOf(was))) {
    if (items[code] && isDeepStrictEqual({ ...items[code], name: '' }, { ...item, name: '' }))
      continue
    report(`fee_items.${code}`, `${opened}费目 ${code} 不能修改或取消，可以新增费目`)
  }
  return found
}

function priceProblems(
  before: SeasonTerms,
  after: SeasonTerms,
  policy: PolicyJson,
  report: (field: string, message: string) => void,
): void {
  for (const [code, price] of Object.entries(before.prices)) {
    if (isDeepStrictEqual(price, after.prices[code])) continue
    const at = policy.price_classes.findIndex((each) => each.code === code)
    const field = at < 0 ? 'price_classes' : `price_classes.${at}`
    report(field, `${opened}单价类型 ${code} 不能修改或取消，可以新增单价类型`)
  }
}

/** The late fee of the days up to `until`: steps are cut there, so what follows may differ. */
function lateUntil({ rateSteps, ...terms }: LateFeeTerms, until: Day) {
  return { ...terms, steps: cutAt(rateSteps, until) }
}

function tiersUntil(discount: DiscountTerms | null, until: Day) {
  const tiers = cutAt(discount?.tiers ?? [], until)
  // Of no tier that began, whoever paid was promised nothing.
  if (tiers.length === 0) return null
  const { channelBonus, natures, appliesTo, needsNoArrears } = discount!
  return { tiers, channelBonus, natures, appliesTo, needsNoArrears }
}

const cutAt = <R extends { from: Day; to: Day | null }>(ranges: readonly R[], until: Day): R[] =>
  ranges
    .filter(({ from }) => from <= until)
    .map((range) => (range.to === null || range.to > until ? { ...range, to: until } : range))
