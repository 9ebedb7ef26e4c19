// The calculator's table of contents: rule → who answers it. Every answer comes from the functions
// of core/billing; here is only reading and writing.
import { AssertionError } from 'node:assert/strict'
import { NotAllowed } from '../billing/refusals.ts'
import { inspection, merge, reduction, split, temperature } from './account-cases.ts'
import {
  access,
  forcedStopBill,
  instalments,
  lateFee,
  metered,
  onAccount,
  quantityCase,
  vat,
  zeroOffCase,
} from './fee-cases.ts'
import { type Answer, BadCase, Field, Question } from './fields.ts'
import {
  allocation,
  carryOverCase,
  discount,
  prepayment,
  priceLock,
  refundCase,
  transfer,
} from './money-cases.ts'
import { areaPrice, divide, opening, overHeight, rounding, seasonDays } from './season-cases.ts'
import { clawback, midSeason, resume, stop, stopAdmission, stopEffective } from './stop-cases.ts'

const rules: Record<string, (question: Question) => Answer> = {
  season_days: seasonDays,
  rounding,
  divide,
  area_price: areaPrice,
  opening,
  over_height: overHeight,
  stop,
  stop_over_height_line: stop,
  stop_admission: stopAdmission,
  stop_effective: stopEffective,
  resume,
  metered,
  access,
  instalments,
  quantity_fee: quantityCase,
  vat,
  zero_off: zeroOffCase,
  late_fee: lateFee,
  forced_stop_bill: forcedStopBill,
  discount,
  clawback,
  allocation,
  prepayment,
  carry_over: carryOverCase,
  transfer,
  mid_season: midSeason,
  price_lock: priceLock,
  split,
  merge,
  on_account: onAccount,
  reduction,
  temperature,
  refund_tenders: refundCase,
  inspection,
}

export const ruleNames = Object.keys(rules)

/** The keys of `expect`, with the case's id. */
export function answerCase(given: Field): Answer {
  if (!given.isObject) throw given.bad('一个案例应为对象', '请写成 {"rule": …, "input": …}')
  const rule = given.need('rule')
  const answer = Object.hasOwn(rules, rule.text()) ? rules[rule.text()] : undefined
  if (!answer) {
    throw rule.bad(`没有规则 '${rule.text()}'`, `请用：${ruleNames.join('、')}`)
  }
  const id = given.some('id')?.text() ?? ''
  const policy = given.some('policy') ?? new Field({}, `${given.path}.policy`)
  try {
    return { id, ...answer(new Question(id, given.need('input'), policy)) }
  } catch (error) {
    if (error instanceof NotAllowed) return { id, accepted: false, reason: error.code }
    if (error instanceof RangeError || error instanceof AssertionError) {
      throw new BadCase(given.path, `算不出来（${error.message}）`, '请检查其中的数值')
    }
    throw error
  }
}
