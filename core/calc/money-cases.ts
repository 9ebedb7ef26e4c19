// Cases of discounts and of money on its way: DC, AL, PP, CO, TR, PL, RT (domain.md §4.9, §4.11,
// §4.12, §4.15).
import { type Fen, fen } from '@reli/sdk'
import { type ChargeLine, type FeeItem, feeItems } from '../billing/accounts.ts'
import {
  type AllocationOrder,
  type AllocationWithin,
  allocate,
  allocateBySeason,
  type Debt,
} from '../billing/allocation.ts'
import { applyBalance, carryOver, lockPrice, transferBalance } from '../billing/balances.ts'
import { seasonDiscounts } from '../billing/discounts.ts'
import { areaAmount } from '../billing/fees.ts'
import { type PaidTender, refundTenders } from '../billing/refunds.ts'
import { NotAllowed } from '../billing/refusals.ts'
import { dayOf } from '../billing/seasons.ts'
import { lateLine } from './fee-cases.ts'
import type { Answer, Field, Question } from './fields.ts'
import { discountFrom, feeItemOf, total, yuan } from './terms.ts'

const current = 'current'
const noLateFee = {
  dueOn: '9999-12-31',
  rateSteps: [],
  capRate: null,
  base: 'OUTSTANDING',
} as const

export function discount(question: Question): Answer {
  const { input, policy } = question
  const rules = policy.some('discount') ?? input.some('discount') ?? policy
  const terms = discountFrom(rules)
  const paidEarlier = question.some('paid_before', 'earlier_paid', 'already_paid')?.yuan() ?? fen(0)
  const atOpening = question.some('balance_applied', 'balance_applied_at_opening')?.yuan() ?? fen(0)
  const lines = input
    .need('lines')
    .list()
    .map(
      (line, at): ChargeLine => ({
        ...lateLine(line.need('amount').yuan(), noLateFee),
        chargeId: `line${at}`,
        season: current,
        feeItem: itemOf(line),
        areaNo: at,
        discountTerms: terms,
      }),
    )
  if (lines[0]) {
    const paidFen = fen(paidEarlier + atOpening)
    lines[0] = { ...lines[0], paidFen, fromBalanceFen: atOpening }
  }
  const arrears = arrearsOf(question)
  const payer = { channel: input.need('channel').text(), nature: natureOf(question) }
  const on = dayOf(input.need('paid_at', 'paid_on').text())
  const isExcluded = isStopped(question) && (rules.some('exclude_stopped')?.flag() ?? true)
  const discountsOf = (season: readonly Debt[], inArrears: boolean): Fen[] =>
    isExcluded || season[0]?.line.season !== current
      ? season.map(() => fen(0))
      : seasonDiscounts(lines, on, payer, inArrears)
  const debts = [...arrears, ...lines.map(owed)]
  const due = total(debts.map((debt) => debt.outstandingFen))
  const amount = input.some('amount', 'paid_amount', 'payment')?.yuan()
  if (amount === undefined) {
    const offered = total(discountsOf(lines.map(owed), arrears.length > 0))
    return { discount: yuan(offered), payable: yuan(total(lines.map(owedFen)) - offered) }
  }
  const pooled = question.some('balance')?.yuan() ?? fen(0)
  const order = orderFrom(question, current)
  const paid = allocateBySeason(
    debts,
    fen(amount + pooled),
    order,
    'PRINCIPAL_FIRST',
    on,
    discountsOf,
  )
  const sum = (isOurs: boolean, of: (part: (typeof paid.parts)[number]) => bigint) =>
    total(paid.parts.filter((part) => part.chargeId.startsWith('line') === isOurs).map(of))
  const granted = sum(true, (part) => part.discountFen)
  const toCurrent = sum(true, (part) => part.principalFen)
  const toArrears = sum(false, (part) => part.principalFen + part.lateFeeFen)
  const left = total(lines.map(owedFen)) - toCurrent - granted
  return {
    discount: yuan(granted),
    payable: yuan(total(lines.map(owedFen)) - granted),
    to_arrears: yuan(toArrears),
    to_current: yuan(toCurrent),
    current_left: yuan(left),
    arrears_left: yuan(
      total(arrears.map(({ outstandingFen, lateFeeFen }) => fen(outstandingFen + lateFeeFen))) -
        toArrears,
    ),
    outstanding: yuan(due - toCurrent - granted - sum(false, (part) => part.principalFen)),
    to_balance: yuan(paid.toBalanceFen),
  }
}

const itemOf = (line: Field): FeeItem => {
  const item = line.some('fee_item')
  // Kinds that are never discounted unless they are named (§4.9).
  if (item && !feeItems.some((known) => known === item.value)) return 'ADDITIONAL'
  return feeItemOf(item, 'HEATING')
}

const owedFen = (line: ChargeLine): bigint => line.receivableFen - line.paidFen

const owed = (line: ChargeLine): Debt => ({
  line,
  outstandingFen: fen(owedFen(line)),
  lateFeeFen: fen(0),
  discountFen: fen(0),
})

const natureOf = (question: Question): string =>
  question.some('nature', 'customer_nature')?.text() ?? 'RESIDENT'

function isStopped(question: Question): boolean {
  const stopped = question.some('stopped', 'all_stopped', 'is_stopped')
  if (stopped) return stopped.value === 'ALL' || stopped.value === true
  return question.some('heating_status', 'status')?.value === 'STOPPED'
}

function arrearsOf(question: Question): Debt[] {
  const arrears = question.some('arrears', 'old_arrears')
  if (!arrears) return []
  const each = arrears.isList ? arrears.list() : [arrears]
  return each
    .map((field, at): Debt => {
      const amount = (
        field.isObject ? field.need('principal', 'amount', 'outstanding') : field
      ).yuan()
      const lateFeeFen = (field.isObject ? field.some('late') : undefined)?.yuan() ?? fen(0)
      const season = (field.isObject ? field.some('season')?.text() : undefined) ?? `0000-${at}`
      const line = { chargeId: `old${at}`, season, feeItem: 'HEATING' as const, areaNo: 0 }
      return { line, outstandingFen: amount, lateFeeFen, discountFen: fen(0) }
    })
    .filter(({ outstandingFen, lateFeeFen }) => outstandingFen + lateFeeFen > 0n)
}

const withins = ['PRINCIPAL_FIRST', 'LATE_FIRST', 'SLICE', 'ALL_PRINCIPAL_THEN_LATE'] as const

function orderFrom(question: Question, currentSeason: string): AllocationOrder {
  const order = question.word(
    'allocation_order',
    ['OLDEST_FIRST', 'CURRENT_FIRST', 'MANUAL'],
    'OLDEST_FIRST',
  )
  if (order === 'OLDEST_FIRST') return { order }
  if (order === 'CURRENT_FIRST') return { order, currentSeason }
  const named = question.some('manual_order', 'manual')?.list() ?? []
  return { order, chargeIds: named.map((each) => each.text()) }
}

export function allocation(question: Question): Answer {
  const { input } = question
  const within: AllocationWithin = question.word('allocation_within', withins, 'PRINCIPAL_FIRST')
  const debts = input
    .need('debts')
    .list()
    .map(
      (field, at): Debt => ({
        line: {
          chargeId: field.need('id').text(),
          season: field.need('season').text(),
          feeItem: feeItemOf(field.some('fee_item'), 'HEATING'),
          areaNo: field.some('area_no')?.count() ?? at,
        },
        outstandingFen: field.need('principal').yuan(),
        lateFeeFen: field.some('late')?.yuan() ?? fen(0),
        discountFen: fen(0),
      }),
    )
  const newest = debts.reduce((last, { line }) => (line.season > last ? line.season : last), '')
  const order = orderFrom(question, input.some('current_season')?.text() ?? newest)
  const { parts, toBalanceFen } = allocate(debts, input.need('amount').yuan(), order, within, '')
  const paid = new Map(parts.map((part) => [part.chargeId, part]))
  const of = ({ line }: Debt) => paid.get(line.chargeId) ?? { principalFen: 0n, lateFeeFen: 0n }
  return {
    paid: debts.map((debt) => {
      const { principalFen, lateFeeFen } = of(debt)
      return { id: debt.line.chargeId, principal: yuan(principalFen), late: yuan(lateFeeFen) }
    }),
    left: debts.map((debt) => {
      const { principalFen, lateFeeFen } = of(debt)
      const principal = yuan(debt.outstandingFen - principalFen)
      return { id: debt.line.chargeId, principal, late: yuan(debt.lateFeeFen - lateFeeFen) }
    }),
    to_balance: yuan(toBalanceFen),
  }
}

export function prepayment({ input }: Question): Answer {
  const applied = applyBalance(input.need('receivable').yuan(), input.need('balance').yuan())
  return {
    applied: yuan(applied.appliedFen),
    outstanding: yuan(applied.outstandingFen),
    balance_left: yuan(applied.balanceLeftFen),
  }
}

export function carryOverCase({ input }: Question): Answer {
  const carried = carryOver(
    input.need('paid_last').yuan(),
    input.need('settled_last').yuan(),
    input.need('next_receivable').yuan(),
  )
  return {
    credit: yuan(carried.creditFen),
    applied: yuan(carried.appliedFen),
    due: yuan(carried.outstandingFen),
    balance_left: yuan(carried.balanceLeftFen),
  }
}

export function transfer(question: Question): Answer {
  const { input } = question
  const from = input.need('from_balance').yuan()
  const owing = input.some('to_outstanding')?.yuan() ?? fen(0)
  const isSame = question.some('same_subsidiary')?.flag() ?? subsidiariesAgree(question)
  const moved = isSame ? transferBalance(from, input.need('amount').yuan(), owing) : null
  const before = input.some('to_balance')?.yuan() ?? fen(0)
  return {
    accepted: moved !== null,
    from_balance: yuan(moved?.fromBalanceFen ?? from),
    to_outstanding: yuan(moved?.toOutstandingFen ?? owing),
    to_balance: yuan(before + (moved?.toBalanceFen ?? 0n)),
  }
}

function subsidiariesAgree(question: Question): boolean {
  const from = question.some('from_subsidiary')?.value
  const to = question.some('to_subsidiary')?.value
  return from === undefined || to === undefined || from === to
}

export function priceLock(question: Question): Answer {
  const { input } = question
  const area = input.need('billing_area').area()
  const then = input.need('price_at_prepay').price()
  const now = input.need('price_at_opening').price()
  const prepaid = input.some('prepaid', 'prepaid_amount', 'paid')?.yuan() ?? areaAmount(area, then)
  const isLocked = question.flag('price_lock_on_prepay', false)
  const fee = isLocked ? lockPrice(area, then, now, prepaid).feeFen : areaAmount(area, now)
  const extra = fee - prepaid
  return {
    prepaid: yuan(prepaid),
    receivable: yuan(fee),
    total: yuan(fee),
    extra: yuan(extra > 0n ? extra : 0n),
    credit: yuan(extra < 0n ? -extra : 0n),
  }
}

export function refundCase(question: Question): Answer {
  const { input } = question
  const credit = input.need('credit').yuan()
  const on = question.some('on', 'refund_on')?.day()
  const tenders = input
    .need('tenders')
    .list()
    .map((field): PaidTender => {
      const tender = field.need('tender').text()
      const amountFen = field.need('amount').yuan()
      const until = field.some('refundable_until', 'refund_until', 'refund_limit_on')?.day()
      const isOver = until !== undefined && on !== undefined && on > until
      const isBarred =
        field.some('refundable')?.flag() === false ||
        field.some('past_limit', 'expired')?.flag() === true
      const limit = field.some('refund_limit', 'refundable_amount')?.yuan()
      if (isOver || isBarred) return { tender, amountFen, refundableFen: fen(0) }
      return limit === undefined
        ? { tender, amountFen }
        : { tender, amountFen, refundableFen: limit }
    })
  try {
    const refunds = refundTenders(credit, tenders)
    return {
      refunds: refunds.map(({ tender, refundFen }) => ({ tender, refund: yuan(refundFen) })),
    }
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    return { accepted: false, reason: error.code, refunds: [] }
  }
}
