// Cases of seasons, prices and areas: SD, RO, DV, AP, OP, OH (domain.md §4.0–§4.3, §5).
import { divideHalfUp, dm2, fen } from '@reli/sdk'
import { applyBalance } from '../billing/balances.ts'
import { divideAmount, equalParts } from '../billing/division.ts'
import { decimalText } from '../billing/explain.ts'
import { addDays, daysBetween, type SeasonSpan, spanOf } from '../billing/seasons.ts'
import {
  type Charge,
  chargesOf,
  overHeightFactor,
  type Price,
  type Stop,
} from '../billing/tariffs.ts'
import type { Answer, Field, Question } from './fields.ts'
import {
  areaBasisFrom,
  billingAreaOf,
  datesFrom,
  daysRuleFrom,
  heightOf,
  priceFrom,
  spanFrom,
  total,
  yuan,
} from './terms.ts'

export function seasonDays(question: Question): Answer {
  const dates = datesFrom(question)
  const lastOn = dates.extendedEndOn ?? dates.heatEndOn
  return {
    season_days: daysBetween(dates.heatStartOn, addDays(lastOn, 1)),
    d: spanOf(dates, daysRuleFrom(question)).days,
  }
}

export function rounding({ input }: Question): Answer {
  const values = input.need('values').list()
  return {
    rounded: values.map((value) => yuan(divideHalfUp(value.decimal(12, '0.125'), 10n ** 10n))),
  }
}

export function divide({ input }: Question): Answer {
  const amount = input.need('amount').yuan()
  const weights = input.some('weights', 'shares')
  const parts = weights
    ? divideAmount(
        amount,
        weights.list().map((weight) => weight.decimal(6, '0.30')),
      )
    : equalParts(amount, input.need('parts').count())
  return { amounts: parts.map(yuan) }
}

/** Without heating a price needs a season only for its days, and then any will do. */
export const anySeason: SeasonSpan = { from: '2025-11-15', until: '2026-03-16', days: 121 }

export function areaPrice(question: Question): Answer {
  const basis = areaBasisFrom(question) ?? 'BUILDING_COEF'
  const lines = question.input
    .need('items')
    .list()
    .map((item) => {
      const billingDm2 = billingAreaOf(item, basis)
      const price = priceFrom(withItem(question, item), item.need('unit_price').price())
      const charges = chargesOf(
        { billingDm2, heightCm: heightOf(item), stops: [] },
        price,
        anySeason,
      )
      const amount = total(charges.map((charge) => charge.amountFen))
      return { id: item.some('id')?.text(), billing_area: decimalText(billingDm2, 2), amount }
    })
  return {
    lines: lines.map((line) => ({ ...line, amount: yuan(line.amount) })),
    total: yuan(total(lines.map((line) => line.amount))),
  }
}

const withItem = (question: Question, item: Field) => ({
  find: (...names: string[]) => item.find(...names) ?? question.find(...names),
  some: (...names: string[]) => item.some(...names) ?? question.some(...names),
  need: (...names: string[]) => item.some(...names) ?? question.need(...names),
})

/** A room as most cases write it: area, price, height and switches side by side. */
export interface AskedRoom {
  billingDm2: ReturnType<typeof billingAreaOf>
  heightCm: number | null
  price: Price
  span: SeasonSpan
}

export function roomOf(question: Question): AskedRoom {
  const { input } = question
  const price = priceFrom(question, question.need('unit_price').price())
  const span = input.find('season', 'heat_start') ? spanFrom(question) : anySeason
  const billingDm2 = billingAreaOf(input, areaBasisFrom(question))
  return { billingDm2, heightCm: heightOf(input), price, span }
}

export const amountOf = (charges: readonly Charge[], item: Charge['feeItem']) =>
  total(charges.filter(({ feeItem }) => feeItem === item).map(({ amountFen }) => amountFen))

export const sumOf = (charges: readonly Charge[]) =>
  total(charges.map(({ amountFen }) => amountFen))

export function overHeight(question: Question): Answer {
  const { billingDm2, heightCm, price, span } = roomOf(question)
  const charges = chargesOf({ billingDm2, heightCm, stops: [] }, price, span)
  const factor = overHeightFactor(price.overHeight, heightCm)
  const area = charges[0]?.formula.pricedDm2 ?? billingDm2
  const base = yuan(amountOf(charges, 'HEATING'))
  const surcharge = yuan(amountOf(charges, 'OVER_HEIGHT'))
  return {
    steps: factor.steps,
    area: decimalText(area, 2),
    billed_area: decimalText(area, 2),
    over_height_area: decimalText(dm2(area - billingDm2), 2),
    factor: decimalText(divideHalfUp(factor.numerator * 1_000_000n, factor.denominator), 6),
    ...{ base_line: base, heating: base, surcharge, over_height: surcharge },
    total: yuan(sumOf(charges)),
  }
}

export function opening(question: Question): Answer {
  const { input } = question
  const span = spanFrom(question)
  const customer = input.some('customer')
  const isInNetwork = (customer?.some('network_status')?.text() ?? 'IN_NETWORK') === 'IN_NETWORK'
  const items = isInNetwork ? input.need('items').list() : []
  const lines = items.flatMap((item) => openedLines(question, item, span))
  const sum = total(lines.map((line) => line.amountFen))
  const balance = customer?.some('balance')?.yuan() ?? fen(0)
  const mode = question.word(
    'balance_auto_apply',
    ['AT_OPENING', 'AT_PAYMENT', 'MANUAL'],
    'AT_OPENING',
  )
  const usable = mode === 'AT_OPENING' ? balance : fen(0)
  const { appliedFen, outstandingFen } = applyBalance(sum, usable)
  return {
    lines: lines.map(({ amountFen, ...line }) => ({ ...line, amount: yuan(amountFen) })),
    total: yuan(sum),
    balance_applied: yuan(appliedFen),
    outstanding: yuan(outstandingFen),
    balance_left: yuan(balance - appliedFen),
  }
}

const states = [
  'NORMAL',
  'STOPPED',
  'PARTLY_STOPPED',
  'FORCED_STOPPED',
  'NOT_OPENED',
  'DISCONNECTED',
] as const

function openedLines(question: Question, item: Field, span: SeasonSpan) {
  const isBilled = item.some('generate_bill')?.flag() ?? true
  const isHeated = item.some('heated')?.flag() ?? true
  const state = item.some('last_status', 'status')?.oneOf(...states) ?? 'NORMAL'
  const notOpened = question.word('not_opened_policy', ['FULL', 'BASE', 'NONE'], 'FULL')
  const isOff = state === 'DISCONNECTED' || (state === 'NOT_OPENED' && notOpened === 'NONE')
  if (!isBilled || !isHeated || isOff) return []
  const billingDm2 = billingAreaOf(item, areaBasisFrom(question))
  const price = priceFrom(withItem(question, item), item.need('unit_price').price())
  const whole = { areaDm2: billingDm2, stopFrom: span.from, resumeOn: null }
  const stops = { none: [] as Stop[], whole: [whole] }
  const carries = question.flag('carry_stop', true)
  const stopped = () => {
    if (state === 'FORCED_STOPPED') return stops.whole
    if (state === 'NOT_OPENED') return notOpened === 'BASE' ? stops.whole : stops.none
    if (!carries || state === 'NORMAL') return stops.none
    if (state === 'STOPPED') return stops.whole
    return [{ ...whole, areaDm2: item.need('stopped_area', 'stop_area').area() }]
  }
  const charges = chargesOf({ billingDm2, heightCm: heightOf(item), stops: stopped() }, price, span)
  const id = item.some('id')?.text()
  return charges.map(({ feeItem, amountFen }) => ({ id, fee_item: feeItem, amountFen }))
}
