// «Why does this customer owe this?» in sentences (domain.md §4), from the numbers that the rules
// kept with each amount: explain-charges.ts names them, here they are read out.
import type { Fen } from '@reli/sdk'
import { feeItemWords } from './batches/words.ts'
import type { Receivable, ReceivableChange, Settlement } from './engine/state.ts'
import { decimalText, type Explanation, plainDecimal } from './explain.ts'
import { explainCharge, explainDiscount, explainLateFee } from './explain-charges.ts'
import { lateFeeAsOf } from './late-fees.ts'
import { one } from './rates.ts'
import type { Day } from './seasons.ts'
import type { Charge, Formula } from './tariffs.ts'

/** The formula with its numbers for programs, and the same as a sentence. */
export interface Told extends Explanation {
  text: string
}

type ByArea = Charge['feeItem']

const byArea: readonly string[] = ['HEATING', 'BASE_HEAT', 'OVER_HEIGHT'] satisfies ByArea[]

export const feeItemName = (feeItem: string, own?: ReadonlyMap<string, { name: string }>): string =>
  own?.get(feeItem)?.name ?? (feeItemWords as Readonly<Record<string, string>>)[feeItem] ?? feeItem

/** The formula behind the amount that a change led to; null: it was named, not computed. */
export function tellChange({ feeItem, formulas }: ReceivableChange): Told | null {
  if (formulas.length === 0 || !byArea.includes(feeItem)) return null
  const explanation = explainCharge(feeItem as ByArea, formulas)
  const terms = formulas.map((period) => termText(feeItem as ByArea, period))
  const sum = terms.join(' ＋ ')
  const rounding = terms.length === 1 ? '四舍五入到分' : '各时段合计后四舍五入到分'
  return { ...explanation, text: `${feeItemName(feeItem)} ＝ ${sum}，${rounding}` }
}

function termText(feeItem: ByArea, period: Formula): string {
  const { basis, billingDm2, pricedDm2, overHeight, ratio, m2Days, allM2Days } = period
  const per = { SEASON: '元/㎡', MONTH: '元/㎡·月', DAY: '元/㎡·天' }[basis.per]
  const area = pricedDm2 === billingDm2 ? '收费面积' : '收费面积（含超高折算）'
  const isHigher =
    overHeight.multiplies === 'PRICE' && overHeight.numerator !== overHeight.denominator
  const height = heightText(feeItem, overHeight.numerator, overHeight.denominator)
  return [
    ...(ratio === one ? [] : [`基本热费比例 ${percentText(ratio)}`]),
    `单价 ${plainDecimal(period.unitPrice, 4)} ${per}`,
    ...(basis.per === 'MONTH' ? [`${basis.months} 个月`] : []),
    ...(basis.per === 'DAY' ? [`${basis.days} 天`] : []),
    ...(isHigher ? [height] : []),
    `${area} ${decimalText(pricedDm2, 2)} ㎡`,
    ...(m2Days === allM2Days ? [] : [shareText(feeItem, m2Days, allM2Days)]),
  ].join(' × ')
}

const heightText = (feeItem: ByArea, numerator: bigint, denominator: bigint): string =>
  feeItem === 'OVER_HEIGHT'
    ? `超高加价 ${numerator - denominator}/${denominator}`
    : `超高系数 ${numerator}/${denominator}`

const shareText = (feeItem: ByArea, m2Days: bigint, allM2Days: bigint): string => {
  const days = feeItem === 'BASE_HEAT' ? '停热' : '供热'
  return `${days}面积天数 ${decimalText(m2Days, 2)} ÷ 采暖期面积天数 ${decimalText(allM2Days, 2)}`
}

export const percentText = (rate: bigint): string => `${plainDecimal(rate, 4)}%`
export const yuanText = (amount: Fen): string => `${decimalText(amount, 2)} 元`

/** The late fee of a line on a day. */
export function tellLateFee(line: Receivable, on: Day): Told & { dueFen: Fen } {
  const { lateFee, lateFeeTerms: terms } = line
  const reading = lateFeeAsOf(line, on)
  const explanation = explainLateFee(reading, terms)
  const base = terms.base === 'OUTSTANDING' ? '每日欠费' : '本金'
  const cap =
    terms.capRate === null
      ? ''
      : `，以本金 ${yuanText(lateFee.principalFen)} 的 ${percentText(terms.capRate)} 为限`
  const gone = [
    ...(lateFee.paidFen === 0n ? [] : [`已收 ${yuanText(lateFee.paidFen)}`]),
    ...(lateFee.waivedFen === 0n ? [] : [`已减免 ${yuanText(lateFee.waivedFen)}`]),
  ]
  const text =
    `应于 ${terms.dueOn} 前缴清；截至 ${on} 计违约金 ${reading.days} 天，` +
    `按${base}逐日计算合计 ${decimalText(reading.product, 8)} 元${cap}，` +
    `应计 ${yuanText(reading.accruedFen)}${gone.map((part) => `，${part}`).join('')}，` +
    `应交 ${yuanText(reading.dueFen)}`
  return { ...explanation, text, dueFen: reading.dueFen }
}

/** The discount that came with a payment; null: there was none. */
export function tellDiscount({ on, discountFen, discountRate }: Settlement): Told | null {
  if (discountFen <= 0n || discountRate === 0n) return null
  // What was eligible is not kept; the rate and the amount are.
  const { formula, numbers, clause } = explainDiscount(discountFen, discountRate)
  const { eligible: granted, ...rest } = numbers
  const rate = percentText(discountRate)
  return {
    formula,
    numbers: { ...rest, discount: granted! },
    clause,
    text: `${on} 缴费，按 ${rate} 优惠 ${yuanText(discountFen)}`,
  }
}
