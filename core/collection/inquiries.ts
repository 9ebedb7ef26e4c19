// What a partner may ask: the bill of a customer, the result of a payment, the totals of a day, and
// to open an accounting date. Nothing here moves money.
import {
  type Bill,
  type BillQuery,
  type DayTotals,
  fen,
  type Outcome,
  type PaymentKey,
  type PaymentResult,
  Refused,
  type TotalsAnswer,
  zeroFen,
} from '@reli/sdk'
import type { Account } from '../billing/accounts.ts'
import { decideQuery } from '../billing/bill.ts'
import { addDays } from '../billing/seasons.ts'
import {
  type Channel,
  type Moment,
  policyOf,
  refuseInMaintenance,
  refuseUnlessCollecting,
  refuseUnlessOpenable,
} from './channels.ts'
import type { Operation } from './operations.ts'

/** Results are told for this many days back; an older key is «not received» (the papers' R6). */
const resultDays = 30

/** What one bill query needs to be answered. */
export interface QueryFacts {
  moment: Moment
  channel: Channel
  account: Account | undefined
  /** Queries for this customer number in the last 60 s that got as far as this check. */
  recentQueries: number
}

/** `counted`: the query passed the checks before the limit, so it counts for the next ones. */
export function decideBillQuery(
  { moment, channel, account, recentQueries }: QueryFacts,
  input: BillQuery,
): { outcome: Outcome<Bill>; counted: boolean } {
  let counted = false
  try {
    refuseInMaintenance(channel, moment)
    refuseUnlessCollecting(channel, moment, { ...input, business: 'query' })
    if (recentQueries >= channel.queriesPerMinute) throw new Refused('query.too_frequent')
    counted = true
    if (!account) throw new Refused('customer.not_found')
    const on = (input.askedAt ?? moment.now).slice(0, 10)
    const bill = decideQuery(account, { on, bankDate: input.bankDate }, policyOf(channel))
    return { outcome: { is: 'done', value: bill }, counted }
  } catch (error) {
    return { outcome: refusedOutcome(error), counted }
  }
}

/** The state of a key. `working`: its payment is in this hub's hands at this moment. */
export function decideResult(
  moment: Moment,
  channel: Channel,
  key: PaymentKey,
  known: Operation | undefined,
  working: boolean,
): Outcome<PaymentResult> {
  try {
    refuseInMaintenance(channel, moment)
  } catch (error) {
    return refusedOutcome(error)
  }
  const nothing: PaymentResult = { state: 'not_received', amountFen: zeroFen }
  const tooOld = key.bankDate < addDays(moment.today, -resultDays)
  if (tooOld) return { is: 'done', value: nothing }
  if (!known) return { is: 'done', value: working ? { ...nothing, state: 'in_process' } : nothing }
  const state = (
    {
      PAID: 'paid',
      REFUSED: 'refused',
      REVERSED: 'reversed',
      BLOCKED: 'reversed',
    } as const
  )[known.state]
  const result: PaymentResult = { state, amountFen: known.amountFen ?? zeroFen }
  if (known.customerNo !== null) result.customerNo = known.customerNo
  if (known.state === 'PAID') result.receiptNo = known.receiptNo!
  return { is: 'done', value: result }
}

export function decideTotals(
  moment: Moment,
  channel: Channel,
  theirs: DayTotals,
  ours: DayTotals,
): Outcome<TotalsAnswer> {
  try {
    refuseInMaintenance(channel, moment)
  } catch (error) {
    return refusedOutcome(error)
  }
  const equal =
    ours.paidCount === theirs.paidCount &&
    ours.paidFen === fen(theirs.paidFen) &&
    ours.reversedCount === theirs.reversedCount &&
    ours.reversedFen === fen(theirs.reversedFen)
  return { is: 'done', value: { ...ours, equal } }
}

/** A sign-on opens its accounting date, or is refused and opens nothing. */
export function decideSignOn(
  moment: Moment,
  channel: Channel,
  bankDate: string,
): Outcome<Record<never, never>> {
  try {
    refuseUnlessOpenable(channel, moment, bankDate)
    return { is: 'done', value: {} }
  } catch (error) {
    return refusedOutcome(error)
  }
}

function refusedOutcome(error: unknown): Outcome<never> {
  if (error instanceof Refused) return { is: 'refused', code: error.code }
  throw error
}
