// Money in and out of one account: payments, their void or reversal, refunds, the balance applied.
import { type Fen, fen, minFen, sumFen } from '@reli/sdk'
import { outstandingOf, type Part } from '../accounts.ts'
import {
  type AllocationOrder,
  allocateBySeason,
  compareLines,
  type Debt,
  type SeasonDiscounts,
} from '../allocation.ts'
import { discountRate, seasonDiscounts } from '../discounts.ts'
import { lateFeeDue } from '../late-fees.ts'
import { NotAllowed } from '../refusals.ts'
import { type Draft, fromBalance } from './draft.ts'
import type { ApplyBalance, Pay, Refund, UndoPayment } from './events.ts'
import { takenBack } from './lines.ts'
import { roundingAccount } from './postings.ts'
import { balancePurse, endless, type Purse, paymentPurse } from './purse.ts'
import type { CustomerState, PaymentRecord, Receivable } from './state.ts'

type OwedLine = Debt & { line: Receivable }

/** The earlier due first: of parts of one receivable the oldest is paid first (R8). */
const debtsOf = (draft: Draft): OwedLine[] =>
  draft.state.lines.toSorted(earlierDue).flatMap((line) => {
    const outstandingFen = outstandingOf(line)
    const lateFeeFen = lateFeeDue(line, draft.on)
    if (outstandingFen <= 0n && lateFeeFen === 0n) return []
    return [{ line, outstandingFen, lateFeeFen, discountFen: fen(0) }]
  })

const earlierDue = (a: Receivable, b: Receivable): number =>
  a.lateFeeTerms.dueOn < b.lateFeeTerms.dueOn
    ? -1
    : a.lateFeeTerms.dueOn > b.lateFeeTerms.dueOn
      ? 1
      : 0

const noDiscount: SeasonDiscounts = (season) => season.map(() => fen(0))

/** Of a payer on a day; a season counts with all its lines, the settled ones too. */
const discountsFor =
  (draft: Draft, channel: string): SeasonDiscounts =>
  (debts, inArrears) => {
    const { lines, nature } = draft.state
    const { season } = debts[0]!.line
    const all = lines.filter((line) => line.season === season)
    const discounts = seasonDiscounts(all, draft.on, { channel, nature }, inArrears)
    const byId = new Map(all.map(({ chargeId }, at) => [chargeId, discounts[at]!]))
    return debts.map(({ line }) => byId.get(line.chargeId)!)
  }

export function pay(draft: Draft, event: Pay): void {
  const { amountFen, eventId, channel, funds, roundingFen = fen(0) } = event
  if (amountFen <= 0n) throw new NotAllowed('amount.not_positive', { amountFen })
  if (draft.state.network === 'CLOSED') throw new NotAllowed('customer.closed')
  const { policy } = draft.rules
  const pooled = policy.balanceApplies === 'AT_PAYMENT' ? draft.state.balanceFen : fen(0)
  const allFen = fen(amountFen + pooled + roundingFen)
  const { parts, toBalanceFen } = allocateBySeason(
    debtsOf(draft),
    allFen,
    orderOf(draft.state, event, policy.order),
    policy.within,
    draft.on,
    discountsFor(draft, channel),
  )
  // What the balance gave into this payment: what is left over stays where it was.
  const balanceUsedFen = fen(pooled > toBalanceFen ? pooled - toBalanceFen : 0n)
  const paidInFen = fen(toBalanceFen - (pooled - balanceUsedFen))
  if (roundingFen > 0n && paidInFen > 0n) {
    throw new NotAllowed('payment.rounding_wrong', { roundingFen, paidInFen })
  }
  const tendered = roundingFen < 0n ? fen(amountFen + roundingFen) : amountFen
  const rounding = fen(roundingFen > 0n ? roundingFen : 0n)
  const purse = paymentPurse(funds, tendered, balanceUsedFen, rounding)
  draft.moveBalance(-balanceUsedFen, 'USED', null)
  settleParts(draft, parts, eventId, purse, channel)
  draft.moveBalance(paidInFen, 'PAID_IN', purse)
  if (roundingFen < 0n) draft.post(funds, roundingAccount, fen(-roundingFen))
  const on = draft.on
  remember(draft, {
    paymentId: eventId,
    on,
    amountFen,
    funds,
    balanceUsedFen,
    roundingFen,
    state: 'PAID',
  })
}

const remember = (draft: Draft, payment: PaymentRecord): void => {
  draft.state = { ...draft.state, payments: [...draft.state.payments, payment] }
}

function settleParts(
  draft: Draft,
  parts: readonly Part[],
  source: string,
  purse: Purse,
  channel?: string,
): void {
  for (const part of parts) {
    const { discountTerms } = draft.line(part.chargeId)
    const payer = { channel: channel ?? '', nature: draft.state.nature }
    const isGranted = part.discountFen > 0n && discountTerms !== null
    const rate = isGranted ? discountRate(discountTerms, draft.on, payer) : 0n
    draft.settle({ ...part, causeId: draft.eventId, source, discountRate: rate }, purse)
  }
}

/** The customer's own designation goes before the company's order. */
export function orderOf(
  state: CustomerState,
  { order, manualSeasons }: Pick<Pay, 'order' | 'manualSeasons'>,
  usual: 'OLDEST_FIRST' | 'CURRENT_FIRST',
): AllocationOrder {
  if (manualSeasons) {
    const lines = state.lines.toSorted(compareLines)
    const named = manualSeasons.flatMap((season) => lines.filter((line) => line.season === season))
    return { order: 'MANUAL', chargeIds: named.map(({ chargeId }) => chargeId) }
  }
  if ((order ?? usual) === 'OLDEST_FIRST') return { order: 'OLDEST_FIRST' }
  return { order: 'CURRENT_FIRST', currentSeason: newestSeason(state) }
}

const newestSeason = ({ areaSeasons, lines }: CustomerState): string =>
  [...areaSeasons, ...lines].reduce((newest, { season }) => (season > newest ? season : newest), '')

/** R10: whatever the balance holds pays the oldest debt, at every posting, unless MANUAL. */
export function applyAutomatically(draft: Draft): void {
  if (draft.rules.policy.balanceApplies === 'AT_OPENING')
    spendBalance(draft, draft.state.balanceFen)
}

function spendBalance(draft: Draft, amountFen: Fen): void {
  if (amountFen <= 0n) return
  const order = { order: 'OLDEST_FIRST' } as const
  const { within } = draft.rules.policy
  const debts = debtsOf(draft)
  const { parts, toBalanceFen } = allocateBySeason(
    debts,
    amountFen,
    order,
    within,
    draft.on,
    noDiscount,
  )
  draft.moveBalance(toBalanceFen - amountFen, 'APPLIED', null)
  settleParts(draft, parts, fromBalance, balancePurse())
}

export function applyBalance(draft: Draft, { amountFen }: ApplyBalance): void {
  const { balanceFen } = draft.state
  refuseUnlessCovered(draft, amountFen ?? balanceFen)
  spendBalance(draft, amountFen ?? balanceFen)
}

export function refuseUnlessCovered({ state: { balanceFen } }: Draft, amountFen: Fen): void {
  if (amountFen < 0n) throw new NotAllowed('amount.not_positive', { amountFen })
  if (amountFen > balanceFen)
    throw new NotAllowed('balance.insufficient', { amountFen, balanceFen })
}

export function refund(draft: Draft, { amountFen, funds }: Refund): void {
  if (amountFen <= 0n) throw new NotAllowed('amount.not_positive', { amountFen })
  refuseUnlessCovered(draft, amountFen)
  draft.moveBalance(-amountFen, 'REFUNDED', endless(funds))
}

/** The payment as if it had never been; the days in between are late again (R46). */
export function undoPayment(draft: Draft, event: UndoPayment): void {
  const { paymentId, type, isBankError = false } = event
  const payment = draft.state.payments.find((each) => each.paymentId === paymentId)
  if (!payment) throw new NotAllowed('payment.unknown', { paymentId })
  if (payment.state !== 'PAID') throw new NotAllowed('payment.undone', { paymentId })
  const isVoid = type === 'VOID_PAYMENT'
  if (isVoid && payment.on !== draft.on) {
    throw new NotAllowed('payment.of_another_day', { paymentId, paidOn: payment.on })
  }
  const { funds, amountFen, balanceUsedFen, roundingFen } = payment
  const tendered = roundingFen < 0n ? fen(amountFen + roundingFen) : amountFen
  const rounding = fen(roundingFen > 0n ? roundingFen : 0n)
  const purse = paymentPurse(funds, tendered, balanceUsedFen, rounding)
  const returned = takeBack(draft, paymentId, purse, isBankError)
  const fromBalanceFen = fen(tendered + balanceUsedFen + rounding - returned)
  draft.moveBalance(balanceUsedFen, 'RETURNED', null)
  freeBalance(draft, fen(fromBalanceFen - draft.state.balanceFen))
  if (fromBalanceFen > draft.state.balanceFen) throw new NotAllowed('payment.spent', { paymentId })
  draft.moveBalance(-fromBalanceFen, 'RETURNED', purse)
  if (roundingFen < 0n) draft.post(roundingAccount, funds, fen(-roundingFen))
  const state = isVoid ? 'VOIDED' : 'REVERSED'
  const payments = draft.state.payments.map((each) =>
    each === payment ? { ...each, state } : each,
  )
  draft.state = { ...draft.state, payments: payments as PaymentRecord[] }
}

/** Everything of this source out of the lines, also what had moved on to others. */
function takeBack(draft: Draft, source: string, purse: Purse, isBankError: boolean): Fen {
  const returned: Fen[] = []
  for (const { chargeId, settlements } of draft.state.lines) {
    const given = settlements.filter((each) => each.source === source)
    for (const each of given) {
      // The late-fee product needs every movement on its own day; the money goes back as one sum.
      draft.settle(takenBack(each, draft.eventId, isBankError ? draft.on : each.on), null)
    }
    const principalFen = sumFen(given.map((each) => each.principalFen))
    const lateFeeFen = sumFen(given.map((each) => each.lateFeeFen))
    draft.giveBack(chargeId, principalFen, lateFeeFen, purse)
    returned.push(fen(principalFen + lateFeeFen))
  }
  return sumFen(returned)
}

/** Takes back what the balance paid, the newest season first, until so much is free again. */
function freeBalance(draft: Draft, missingFen: Fen): void {
  let missing = missingFen
  for (const line of draft.state.lines.toSorted(compareLines).toReversed()) {
    const given = line.settlements.filter((each) => each.source === fromBalance)
    const last = given.findLast((each) => each.principalFen + each.lateFeeFen > 0n)
    if (missing <= 0n || !last) continue
    const principalFen = minFen(missing, sumFen(given.map((each) => each.principalFen)))
    const lateLeftFen = sumFen(given.map((each) => each.lateFeeFen))
    const lateFeeFen = minFen(fen(missing - principalFen), lateLeftFen)
    const amounts = { principalFen, lateFeeFen, discountFen: fen(0) }
    draft.settle(takenBack({ ...last, ...amounts }, draft.eventId, last.on), balancePurse())
    draft.moveBalance(principalFen + lateFeeFen, 'RETURNED', null)
    missing = fen(missing - principalFen - lateFeeFen)
  }
}
