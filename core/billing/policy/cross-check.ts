// What the fields of a policy say together: ranges that overlap, shares that are no whole, rules
// that lack what they need, dates of another year.
import type { FieldProblem } from '../../http/problems.ts'
import { feeItems } from '../accounts.ts'
import { addDays, type Day } from '../seasons.ts'
import type { PolicyJson } from './document.ts'

export interface PolicySeason {
  heatStartOn: Day
  heatEndOn: Day
}

type Tell = (parts: readonly string[], reason: string, example?: unknown) => FieldProblem
type Report = (path: string, reason: string, example?: unknown) => void

export function crossProblems(
  policy: PolicyJson,
  tell: Tell,
  season?: PolicySeason,
): FieldProblem[] {
  const found: FieldProblem[] = []
  const report: Report = (path, reason, example) =>
    found.push(tell(path.split('.'), reason, example))
  classProblems(policy, report)
  lateFeeProblems(policy, report)
  if (season) dueDateProblems(policy, season, report)
  discountProblems(policy, report)
  feeProblems(policy, report)
  return found
}

function classProblems({ price_classes: classes }: PolicyJson, report: Report): void {
  const seen = new Set<string>()
  classes.forEach((each, i) => {
    const at = `price_classes.${i}`
    if (seen.has(each.code)) report(`${at}.code`, `：单价类型 ${each.code} 重复`, null)
    seen.add(each.code)
    if (isAbove(each.base_heat_ratio, 0.5)) {
      report(`${at}.base_heat_ratio`, '不能超过 0.5：20% 请写 0.2', null)
    }
    const over = each.over_height
    if ('step' in over && Number(over.step) === 0) {
      report(`${at}.over_height.step`, '：级差须大于 0', '0.10')
    }
    if (over.rule === 'RATIO' && Number(over.h0) === 0) {
      report(`${at}.over_height.h0`, '：起算层高须大于 0')
    }
    if (over.rule === 'TIER') tierProblems(over.tiers, `${at}.over_height.tiers`, report)
  })
}

function tierProblems(tiers: readonly { to: string | null }[], at: string, report: Report): void {
  const tops = tiers.map(({ to }) => (to === null ? Number.POSITIVE_INFINITY : Number(to)))
  if (tops.some((top, i) => i > 0 && top <= tops[i - 1]!)) {
    report(at, '：各档层高上限须由低到高，不设上限（null）的只能是最后一档', null)
  } else if (tops.at(-1) !== Number.POSITIVE_INFINITY) {
    report(at, '：最后一档须不设上限（to 写 null）', null)
  }
}

/** Only to compare: amounts are never computed from it. */
const isAbove = (text: string | null | undefined, most: number): boolean =>
  text !== undefined && text !== null && Number(text) > most

const dailyMost = 0.01

function lateFeeProblems({ late_fee: late }: PolicyJson, report: Report): void {
  const { rate_steps: steps = [] } = late
  if ((late.late_fee_rate === undefined) === (late.rate_steps === undefined)) {
    report('late_fee.late_fee_rate', '与 late_fee.rate_steps 必须且只能写一项')
  }
  if (isAbove(late.late_fee_rate, dailyMost)) {
    report('late_fee.late_fee_rate', '不能超过每日 0.01（1%）')
  }
  if (isAbove(late.late_fee_cap, 1)) report('late_fee.late_fee_cap', '不能超过 1（本金的 100%）')
  rangeProblems(steps, 'late_fee.rate_steps', report)
  steps.forEach(({ from, rate }, at) => {
    const before = steps[at - 1]
    if (isAbove(rate, dailyMost)) {
      report(`late_fee.rate_steps.${at}.rate`, '不能超过每日 0.01（1%）')
    }
    if (before && (before.to === null || before.to >= from)) {
      report(`late_fee.rate_steps.${at}.from`, '：各段日期须依次排列，不得重叠', null)
    }
  })
}

function dueDateProblems({ late_fee: late }: PolicyJson, season: PolicySeason, report: Report) {
  const { heatStartOn, heatEndOn } = season
  const example = `${heatStartOn.slice(0, 4)}-12-31`
  if (late.due_date > heatEndOn) {
    report('late_fee.due_date', `晚于供暖结束日 ${heatEndOn}，请核对年份`, example)
  } else if (late.due_date < addDays(heatStartOn, -365)) {
    report('late_fee.due_date', `早于供暖开始日 ${heatStartOn} 一年以上，请核对年份`, example)
  }
}

function rangeProblems(
  ranges: readonly { from: Day; to: Day | null }[],
  at: string,
  report: Report,
): void {
  ranges.forEach(({ from, to }, i) => {
    if (to !== null && to < from) report(`${at}.${i}.to`, '：结束日期早于开始日期', null)
  })
}

function discountProblems({ discount, fee_items: items = {} }: PolicyJson, report: Report): void {
  if (!discount) return
  rangeProblems(discount.tiers, 'discount.tiers', report)
  discount.tiers.forEach(({ rate }, at) => {
    if (isAbove(rate, 0.5)) report(`discount.tiers.${at}.rate`, '不能超过 0.5：2% 请写 0.02', null)
  })
  const known: readonly string[] = feeItems
  discount.applies_to.forEach((item, at) => {
    if (!known.includes(item) && !Object.hasOwn(items, item)) {
      report(`discount.applies_to.${at}`, `：没有「${item}」这个费目`, 'HEATING')
    }
  })
}

function feeProblems({ fee_items: items = {}, access }: PolicyJson, report: Report): void {
  const known: readonly string[] = feeItems
  for (const code of Object.keys(items)) {
    if (known.includes(code))
      report(`fee_items.${code}`, '：与系统已有费目重名，请换一个代码', null)
  }
  const parts = access?.instalments
  if (!parts) return
  const whole = 1_000_000
  const sum = parts.reduce((all, { share }) => all + Math.round(Number(share) * whole), 0)
  if (sum !== whole) report('access.instalments', '：各期比例之和须为 1')
  parts.forEach(({ due_date: dueOn }, at) => {
    if (at > 0 && dueOn <= parts[at - 1]!.due_date) {
      report(`access.instalments.${at}.due_date`, '：各期到期日须由早到晚', null)
    }
  })
}
