// Cases of other fees and of the late fee: MT, AC, IN, QF, VT, ZO, LF, FB (domain.md §4.5–§4.8,
// §4.10, §4.16).
import { dm2, type Fen, fen } from '@reli/sdk'
import { type ChargeLine, outstandingOf, settle } from '../billing/accounts.ts'
import { divideAmount } from '../billing/division.ts'
import { decimalText, plainDecimal } from '../billing/explain.ts'
import { accessFee, areaAmount, quantityFee, vatInside, zeroOff } from '../billing/fees.ts'
import { instalmentsOf } from '../billing/instalments.ts'
import {
  chargeableDays,
  type LateFeeTerms,
  lateFeeAsOf,
  lateFeeDue,
  noLateFeeYet,
  suspended,
  waiverOf,
} from '../billing/late-fees.ts'
import {
  capacityHeat,
  meteredHeat,
  quantityPlaces,
  settleMeter,
  usedQuantity,
} from '../billing/meters.ts'
import { periodsOf } from '../billing/periods.ts'
import { one, shareOf } from '../billing/rates.ts'
import { addDays, type Day } from '../billing/seasons.ts'
import type { Answer, Field, Question } from './fields.ts'
import { type AskedRoom, amountOf, roomOf, sumOf } from './season-cases.ts'
import { chargesWith, factsOf, stopFrom } from './stop-cases.ts'
import { lateFeeFrom, priceFrom, spanFrom, total, yuan } from './terms.ts'

const quantity = (field: Field) => field.decimal(quantityPlaces, '8100')

export function metered(question: Question): Answer {
  const { input } = question
  const room = roomOf(question.with({ unit_price: '0', ...withPrice(question) }))
  const stops = (input.some('stops')?.list() ?? []).map(stopFrom)
  const facts = factsOf(room, stops)
  const charges = chargesWith(facts, room.span)
  const areaFeeFen =
    question.some('area_fee')?.yuan() ??
    fen(amountOf(charges, 'HEATING') + amountOf(charges, 'OVER_HEIGHT'))
  const readings = input.some('meters', 'readings')
  const used = readings && usedIn(readings, question)
  const fallen = used === undefined
  const capacityFen = fallen ? areaFeeFen : capacityOf(question, room, facts)
  const tariff = {
    meterPrice: question.some('meter_price')?.price() ?? 0n,
    correction: question.some('correction')?.rate() ?? one,
  }
  const meteredFen = fallen ? fen(0) : meteredHeat(used, tariff)
  const cap = question.find('meter_cap')
  const paid = question.some('paid', 'prepaid')?.yuan()
  const bill = {
    capacityFen,
    meteredFen,
    areaFeeFen,
    ...(paid === undefined ? {} : { paidFen: paid }),
  }
  const settled = settleMeter(bill, {
    capRate: cap === undefined || cap.value === null ? null : cap.rate(),
    settlement: question.word('meter_settlement', ['REFUND_ONLY', 'BOTH'], 'REFUND_ONLY'),
  })
  return {
    quantity: fallen ? null : plainDecimal(used, quantityPlaces),
    capacity_heat: yuan(fallen ? 0n : capacityFen),
    metered_heat: yuan(meteredFen),
    two_part: yuan(fallen ? 0n : settled.twoPartFen),
    area_fee: yuan(areaFeeFen),
    settled: yuan(settled.settledFen),
    refund: yuan(settled.refundFen),
    extra: yuan(settled.extraFen),
  }
}

const withPrice = ({ input }: Question): object => {
  const price = input.some('area_price', 'unit_price')?.value
  return { ...(input.value as object), ...(price === undefined ? {} : { unit_price: price }) }
}

/** A meter that is missing or failed counts nothing, and the area fee is owed. */
function usedIn(readings: Field, question: Question): bigint | undefined {
  const meters = readings.list()
  const isFailed = (meter: Field) =>
    meter.some('failed')?.flag() === true || meter.some('end') === undefined
  if (meters.length === 0 || meters.some(isFailed)) return undefined
  const adjustment = question.some('adjustment', 'manual_adjustment')
  const size = (meter: Field) => meter.some('register_size') ?? question.some('register_size')
  return usedQuantity(
    meters.map((meter) => ({
      start: quantity(meter.need('start')),
      end: quantity(meter.need('end')),
      registerSize: registerOf(meter, size(meter)),
    })),
    adjustment ? quantity(adjustment) : 0n,
  )
}

function registerOf(meter: Field, size: Field | undefined): bigint | null {
  const digits = meter.some('register_digits', 'digits')?.count()
  if (digits !== undefined) return 10n ** BigInt(digits + quantityPlaces)
  return size ? quantity(size) : null
}

function capacityOf(
  question: Question,
  room: AskedRoom,
  facts: Parameters<typeof periodsOf>[0],
): Fen {
  const share = question.some('base_share', 'base_ratio', 'capacity_share')
  if (share) return shareOf(sumOf(chargesWith({ ...facts, stops: [] }, room.span)), share.rate())
  const periods = periodsOf(facts, room.span)
  const stopped = periods.reduce((sum, period) => sum + period.stoppedDm2Days, 0n)
  const allDm2Days = room.billingDm2 * BigInt(room.span.days)
  const heated = { dm2Days: allDm2Days - stopped, allDm2Days }
  return capacityHeat(room.billingDm2, question.need('base_price').price(), heated)
}

export function access(question: Question): Answer {
  const { input } = question
  const price = (...names: string[]) => input.some(...names)?.price() ?? 0n
  const { accessFen, networkFen } = accessFee(
    input.need('area').area(),
    price('access_price'),
    price('network_price'),
  )
  const sum = fen(accessFen + networkFen)
  const shares = input.some('shares', 'instalments')?.list()
  const parts =
    shares &&
    divideAmount(
      sum,
      shares.map((share) => share.rate()),
    ).map(yuan)
  return {
    access: yuan(accessFen),
    network: yuan(networkFen),
    total: yuan(sum),
    ...(parts ? { parts, instalments: parts } : {}),
  }
}

export function instalments(question: Question): Answer {
  const { input } = question
  const shares = input
    .need('shares')
    .list()
    .map((share) => share.rate())
  const dueDates = question
    .some('due_dates')
    ?.list()
    .map((due) => due.day())
  const parts = instalmentsOf(
    input.need('amount').yuan(),
    shares,
    dueDates ?? shares.map(() => '9999-12-31'),
  )
  const answer = { parts: parts.map(({ amountFen }) => yuan(amountFen)) }
  if (!dueDates) return answer
  const paidOn = input.some('paid_on')
  const on = question.some('on')?.day()
  const late = parts.map(({ amountFen, dueOn }, at) => {
    const paid = paidOn?.isList ? paidOn.list()[at]?.value : paidOn?.value
    const readOn =
      typeof paid === 'string' ? (paidOn!.isList ? paidOn!.list()[at]!.day() : paidOn!.day()) : on
    if (readOn === undefined) return fen(0)
    return lateFeeDue(lateLine(amountFen, lateFeeFrom(question, dueOn)), readOn)
  })
  return {
    ...answer,
    late_fees: late.map(yuan),
    late_total: yuan(total(late)),
    total_late: yuan(total(late)),
  }
}

export function quantityCase(question: Question): Answer {
  const { input } = question
  const minimum = question.some('minimum_quantity')
  const fee = quantityFee(
    quantity(input.need('quantity')),
    input.need('unit_price').price(),
    minimum ? quantity(minimum) : 0n,
  )
  const rate = question.some('vat_rate')?.rate()
  const { netFen, vatFen } = vatInside(fee.amountFen, rate ?? 0n, isExempt(question))
  return {
    billed_quantity: plainDecimal(fee.billedQuantity, quantityPlaces),
    total: yuan(fee.amountFen),
    ...(rate === undefined ? {} : { net: yuan(netFen), vat: yuan(vatFen) }),
  }
}

const isExempt = (question: Question) => question.some('nature')?.text() === 'RESIDENT'

export function vat(question: Question): Answer {
  const { input } = question
  const rate = question.some('vat_rate')?.rate() ?? 90_000n
  const amounts = (input.some('lines', 'amounts')?.list() ?? [input.need('amount')]).map((line) =>
    (line.isObject ? line.need('amount') : line).yuan(),
  )
  const lines = amounts.map((amount) => vatInside(amount, rate, isExempt(question)))
  const sums = {
    net: yuan(total(lines.map((of) => of.netFen))),
    vat: yuan(total(lines.map((of) => of.vatFen))),
  }
  const each = lines.map(({ netFen, vatFen }) => ({ net: yuan(netFen), vat: yuan(vatFen) }))
  return { ...sums, ...(input.some('lines', 'amounts') ? { lines: each } : {}) }
}

export function zeroOffCase(question: Question): Answer {
  const to = question.word('zero_off', ['NONE', 'JIAO', 'YUAN'], 'NONE')
  const method = question.word('zero_off_method', ['DOWN', 'HALF', 'HALF_UP'], 'DOWN')
  const isCash = (question.some('tender')?.text() ?? 'CASH') === 'CASH'
  const policy = { to, method: method === 'DOWN' ? 'DOWN' : 'HALF' } as const
  const { cashFen, roundingFen } = zeroOff(question.input.need('amount').yuan(), policy, isCash)
  return { cash: yuan(cashFen), rounding: yuan(roundingFen) }
}

/** One line as the late-fee rule reads it. */
export const lateLine = (receivableFen: Fen, lateFeeTerms: LateFeeTerms): ChargeLine => ({
  chargeId: 'line',
  season: '',
  seasonOpenForCollection: true,
  feeItem: 'HEATING',
  areaNo: 1,
  receivableFen,
  paidFen: fen(0),
  fromBalanceFen: fen(0),
  discountFen: fen(0),
  lateFee: noLateFeeYet(receivableFen),
  lateFeeTerms,
  discountTerms: null,
})

/** Days on which nothing accrues: heat is cut off (R6), or a promise runs (R5). */
function lateTerms(question: Question): LateFeeTerms {
  const terms = lateFeeFrom(question, question.need('due_date').day())
  const stops = question.flag('late_fee_stops_on_forced_stop', true)
  const forcedOn = question.some('forced_stop_on')?.day()
  const [season, closing] = [question.some('debt_season'), question.some('forced_stop_season')]
  const isOther = season && closing && season.value !== closing.value
  const resumeOn = question.some('resumed_on', 'resume_on')?.day()
  const promisedOn = question.some('promised_on')?.day()
  const cut =
    forcedOn === undefined || !stops || isOther
      ? terms
      : suspended(terms, forcedOn, resumeOn === undefined ? null : addDays(resumeOn, -1))
  if (promisedOn === undefined) return cut
  const from = question.some('on_account_on', 'on_account_from')?.day()
  return suspended(cut, from === undefined ? '0001-01-01' : addDays(from, 1), promisedOn)
}

function paidLine(question: Question, terms: LateFeeTerms, on: Day): ChargeLine {
  let line = lateLine(question.need('principal').yuan(), terms)
  for (const payment of question.input.some('payments')?.list() ?? []) {
    const date = payment.need('date', 'on').day()
    if (date > on) continue
    const principalFen = payment.some('principal', 'amount')?.yuan() ?? fen(0)
    const lateFeeFen = payment.some('late', 'late_fee')?.yuan() ?? fen(0)
    if (principalFen > outstandingOf(line)) {
      throw payment.bad('缴费本金超过未缴本金', '请改小 principal')
    }
    line = settle(line, {
      chargeId: 'line',
      on: date,
      principalFen,
      lateFeeFen,
      discountFen: fen(0),
    })
  }
  return line
}

export function lateFee(question: Question): Answer {
  const terms = lateTerms(question)
  const on = question.need('on').day()
  const line = paidLine(question, terms, on)
  const { days, uncappedFen, accruedFen, dueFen } = lateFeeAsOf(line, on)
  // The same line at a rate of 1 a day: Σ of what was outstanding on each chargeable day.
  const unit = {
    ...terms,
    capRate: null,
    rateSteps: terms.rateSteps.map((step) => ({ ...step, rate: one })),
  }
  const product = lateFeeAsOf(paidLine(question, unit, on), on).uncappedFen
  const share = question.some('waive_percent')?.rate()
  const amount = question.some('waive_amount')?.yuan()
  const waivedFen = share === undefined ? (amount ?? fen(0)) : waiverOf(line, share, on)
  const due = dueFen - waivedFen
  return {
    days,
    product: product === 0n ? '0' : decimalText(product, 2),
    uncapped: yuan(uncappedFen),
    accrued: yuan(accruedFen),
    paid: yuan(line.lateFee.paidFen),
    waived: yuan(waivedFen),
    due: yuan(due > 0n ? due : 0n),
    principal_left: yuan(outstandingOf(line)),
  }
}

export function forcedStopBill(question: Question): Answer {
  const span = spanFrom(question)
  const fullFee = question.need('full_fee').yuan()
  const closedOn = question.need('forced_stop_on').day()
  const on = question.some('on')?.day() ?? closedOn
  // A room of 1 m² at the full fee: what the formula needs is only their product.
  const price = { ...priceFrom(question, fullFee * 100n), basis: { per: 'SEASON' } as const }
  const room: AskedRoom = { billingDm2: dm2(100), heightCm: null, price, span }
  const stopped = { areaDm2: 'ALL', from: closedOn, until: null } as const
  const charges = chargesWith(factsOf(room, [stopped]), span)
  const stops = question.flag('late_fee_stops_on_forced_stop', true)
  const terms = lateTerms(question)
  const heating = amountOf(charges, 'HEATING')
  const line = lateLine(fullFee, terms)
  const lateFen =
    stops || on <= closedOn ? lateFeeDue(line, on) : lateAfter(line, heating, closedOn, on)
  const stopDays = Number(periodsOf(factsOf(room, [stopped]), span)[0]!.stoppedDm2Days / 100n)
  return {
    late_days: chargeableDays(terms, on),
    late_fee: yuan(lateFen),
    heat_days: span.days - stopDays,
    heating: yuan(heating),
    stop_days: stopDays,
    base_heat: yuan(amountOf(charges, 'BASE_HEAT')),
    total: yuan(sumOf(charges) + lateFen),
  }
}

/**
 * Where a closing does not stop the late fee, what the stop took away is late up to that day (R2).
 */
function lateAfter(line: ChargeLine, leftFen: Fen, closedOn: Day, on: Day): Fen {
  const takenFen = fen(line.receivableFen - leftFen)
  const none = { lateFeeFen: fen(0), discountFen: fen(0) }
  return lateFeeDue(
    settle(line, { chargeId: 'line', on: closedOn, principalFen: takenFen, ...none }),
    on,
  )
}

export function onAccount(question: Question): Answer {
  const { input } = question
  const sum =
    input.some('amount')?.yuan() ??
    areaAmount(input.need('billing_area').area(), input.need('unit_price').price())
  const { netFen, vatFen } = vatInside(
    sum,
    question.some('vat_rate')?.rate() ?? 90_000n,
    isExempt(question),
  )
  const payments = (input.some('payments')?.list() ?? []).map((payment) =>
    (payment.isObject ? payment.need('amount', 'principal') : payment).yuan(),
  )
  const left = sum - total(payments)
  const answer = { total: yuan(sum), net: yuan(netFen), vat: yuan(vatFen) }
  const hold = {
    hold_left: yuan(left > 0n ? left : 0n),
    to_balance: yuan(left < 0n ? -left : 0n),
    state: left <= 0n ? 'CLEARED' : payments.length > 0 ? 'PART_CLEARED' : 'ON_ACCOUNT',
  }
  const on = question.some('on')?.day()
  if (on === undefined || !question.some('due_date')) return { ...answer, ...hold }
  const terms = lateTerms(question)
  const late = lateFeeDue(lateLine(fen(left > 0n ? left : 0n), terms), on)
  return { ...answer, ...hold, late_days: chargeableDays(terms, on), late_fee: yuan(late) }
}
