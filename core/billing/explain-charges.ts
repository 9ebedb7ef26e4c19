// Why a charge, a late fee or a discount is what it is, from the numbers that the rules kept:
// for the console's «explain this amount», the calculator and a complaint three winters later.
import type { Fen } from '@reli/sdk'
import { decimalText, type Explanation, explained, plainDecimal } from './explain.ts'
import type { LateFeeReading, LateFeeTerms } from './late-fees.ts'
import type { Charge, Formula } from './tariffs.ts'

const formulaOf: Record<Charge['feeItem'], string> = {
  HEATING: 'P × H × A × X ÷ (A × D)',
  BASE_HEAT: 'r × P × H × A × X ÷ (A × D)',
  OVER_HEIGHT: 'P × (H − 1) × A × X ÷ (A × D)',
}

/** Every period adds its term; the sum is rounded once. */
export function explainCharge(
  feeItem: Charge['feeItem'],
  periods: readonly Formula[],
): Explanation {
  const numbers = Object.assign(
    {},
    ...periods.map((period, at) => numbersOf(period, suffix(periods, at))),
  )
  const term = formulaOf[feeItem]
  const isOne = periods.length === 1
  return explained(
    isOne ? 'domain.md §4.1–§4.4' : 'domain.md §4.12',
    isOne ? `${feeItem} = round(${term})` : `${feeItem} = round(Σ ${term})`,
    numbers,
  )
}

const suffix = (periods: readonly Formula[], at: number): string =>
  periods.length === 1 ? '' : `_${at + 1}`

function numbersOf(period: Formula, end: string): Record<string, string> {
  const { unitPrice, basis, billingDm2, pricedDm2, overHeight, ratio, m2Days, allM2Days } = period
  const { multiplies, numerator, denominator, steps } = overHeight
  const times = basis.per === 'SEASON' ? [] : [[`times${end}`, timesOf(basis)]]
  return Object.fromEntries([
    [`P${end}`, decimalText(unitPrice, 4)],
    ...times,
    [`A${end}`, decimalText(pricedDm2, 2)],
    ...(pricedDm2 === billingDm2 ? [] : [[`billing_area${end}`, decimalText(billingDm2, 2)]]),
    ...(multiplies === 'PRICE' && numerator !== denominator
      ? [[`H${end}`, `${numerator}/${denominator}`]]
      : []),
    ...(steps === 0 ? [] : [[`steps${end}`, String(steps)]]),
    [`r${end}`, plainDecimal(ratio, 6)],
    [`X${end}`, decimalText(m2Days, 2)],
    [`A_times_D${end}`, decimalText(allM2Days, 2)],
  ])
}

const timesOf = (basis: Exclude<Formula['basis'], { per: 'SEASON' }>): string =>
  basis.per === 'MONTH' ? `${basis.months} months` : `${basis.days} days`

/** A reading of the late fee on a day. */
export function explainLateFee(reading: LateFeeReading, terms: LateFeeTerms): Explanation {
  const { days, product, uncappedFen, accruedFen } = reading
  return explained(
    `domain.md §4.8 / late_fee_base ${terms.base}`,
    'accrued = min(cap × principal, round(Σ outstanding × rate)); due = accrued − paid − waived',
    {
      due_date: terms.dueOn,
      days,
      sum: decimalText(product, 8),
      uncapped: decimalText(uncappedFen, 2),
      cap: terms.capRate === null ? 'none' : plainDecimal(terms.capRate, 6),
      accrued: decimalText(accruedFen, 2),
    },
  )
}

export const explainDiscount = (eligibleFen: Fen, rate: bigint): Explanation =>
  explained('domain.md §4.9', 'discount = round(rate × eligible)', {
    rate: plainDecimal(rate, 6),
    eligible: decimalText(eligibleFen, 2),
  })
