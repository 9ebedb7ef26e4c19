// Paying and reversing, decided: pure functions over the gathered world. The order of the checks is
// that of the banks' papers §5; the look-up of the key comes before every check of state, so a
// repeat is answered even when the channel is switched off or its date is closed (R2).
import {
  type Fen,
  fen,
  type Outcome,
  type Pay,
  type PaymentKey,
  type Receipt,
  Refused,
  type Reverse,
  type Reversed,
  refusals,
  zeroFen,
} from '@reli/sdk'
import { type Account, type Part, undo } from '../billing/accounts.ts'
import { decidePayment, type Payment } from '../billing/bill.ts'
import {
  clearingOf,
  contractLiability,
  lateFeeIncome,
  prepayment,
  receivable,
} from '../ledger/chart.ts'
import { mirrored, type Posting } from '../ledger/entries.ts'
import {
  type Channel,
  openDatesOf,
  policyOf,
  refuseInMaintenance,
  refuseOutsideWindow,
  refuseUnlessCollecting,
} from './channels.ts'
import { type Change, keyText, type Operation, type Origin, type World } from './operations.ts'

export interface Request<I> {
  channel: string
  key: PaymentKey
  input: I
  origin: Origin
  frameId?: string
  /** The number its entry will bear if it moves money. */
  entrySeq: bigint
}

export interface Decided<T> {
  outcome: Outcome<T>
  change?: Change
}

/** A payment: known key → stored answer; else checks, allocation, entry. */
export function decidePay(world: World, request: Request<Pay>): Decided<Receipt> {
  const { channel: channelId, key, input, origin } = request
  const channel = channelOf(world, channelId)
  const known = world.operations.get(keyText(channelId, key))
  if (known) return { outcome: repeated(known, input) }
  const account = world.accounts.get(input.customerNo)
  try {
    if (origin === 'partner') {
      refuseInMaintenance(channel, world)
      const { bankDate } = key
      refuseUnlessCollecting(channel, world, { ...input, bankDate, business: 'pay' })
    }
    if (!account) throw new Refused('customer.not_found')
    return paid(world, request, account, paymentFor(world, channel, account, request))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return refusedWith(request, account, error)
  }
}

/**
 * Same key, same content → the first answer; other content → a conflict; reversed stays reversed.
 */
function repeated(known: Operation, input: Pay): Outcome<Receipt> {
  if (known.state === 'REVERSED' || known.state === 'BLOCKED') {
    return { is: 'refused', code: 'payment.reversed' }
  }
  if (known.customerNo !== input.customerNo || known.amountFen !== input.amountFen) {
    return { is: 'refused', code: 'payment.conflicting' }
  }
  return known.state === 'PAID'
    ? { is: 'done', value: known.answer! }
    : { is: 'refused', code: known.refusal! }
}

function paymentFor(
  world: World,
  channel: Channel,
  account: Account,
  { input, origin }: Request<Pay>,
): Payment {
  const on = (input.paidAt ?? world.now).slice(0, 10)
  const { amountFen, billToken } = input
  const openDates = openDatesOf(channel, world)
  const asked =
    billToken === undefined || origin === 'statement'
      ? { on, amountFen, openDates }
      : { on, amountFen, openDates, billToken }
  // A stop ends new business; what a settled file tells of was done before.
  const terms = policyOf(channel)
  const policy = origin === 'statement' ? { ...terms, closedSeasons: new Set<string>() } : terms
  try {
    return decidePayment(account, asked, policy)
  } catch (error) {
    // The bank has the money. Where the debt is gone or has changed, it is the customer's balance
    // (domain.md §9.5, BANK_ONLY «else»).
    const overtaken = error instanceof Refused && /^(bill|amount)\./.test(error.code)
    if (origin !== 'statement' || !overtaken) throw error
    const left = { arrearsLeftFen: zeroFen, payableLeftFen: zeroFen }
    return { parts: [], lines: [], toBalanceFen: amountFen, ...left }
  }
}

function paid(
  world: World,
  request: Request<Pay>,
  account: Account,
  payment: Payment,
): Decided<Receipt> {
  const { channel, key, input, entrySeq } = request
  const receipt: Receipt = {
    customerNo: input.customerNo,
    name: account.name,
    receiptNo: receiptNoOf(world.bookingOn, entrySeq),
    amountFen: input.amountFen,
    arrearsLeftFen: payment.arrearsLeftFen,
    payableLeftFen: payment.payableLeftFen,
  }
  const operation: Operation = {
    ...blank(request),
    state: 'PAID',
    customerNo: input.customerNo,
    customerId: account.customerId,
    amountFen: input.amountFen,
    answer: receipt,
    parts: payment.parts,
    receiptNo: receipt.receiptNo,
    toBalanceFen: payment.toBalanceFen,
    paidAt: input.paidAt ?? world.now,
    entrySeq,
  }
  const postings = postingsFor(channel, account.customerId, payment.parts, payment.toBalanceFen)
  const entry = {
    entrySeq,
    event: 'payment.paid',
    memo: '收热费',
    cause: { channel, ...key },
    postings,
  }
  const isLate = request.origin === 'partner' && isSettled(world, channel, key)
  return {
    outcome: { is: 'done', value: receipt },
    change: { operation, lines: payment.lines, balanceFen: payment.toBalanceFen, entry, isLate },
  }
}

/** Unique because the entry's number is; at most 20 characters (the papers' 5F0D, receipt_no). */
const receiptNoOf = (bookingOn: string, entrySeq: bigint) =>
  `R${bookingOn.slice(2).replaceAll('-', '')}${entrySeq.toString().padStart(9, '0')}`

/** What is «kept» is remembered under the key; what is not leaves no trace (R2). */
function refusedWith(
  request: Request<Pay>,
  account: Account | undefined,
  { code }: Refused,
): Decided<Receipt> {
  const outcome: Outcome<Receipt> = { is: 'refused', code }
  if (refusals[code].retry === 'later' || request.origin === 'statement') return { outcome }
  const { customerNo, amountFen } = request.input
  const operation: Operation = {
    ...blank(request),
    state: 'REFUSED',
    refusal: code,
    customerNo,
    amountFen,
    customerId: account?.customerId ?? null,
  }
  return { outcome, change: unbooked(operation) }
}

function postingsFor(
  channel: string,
  customerId: string,
  parts: readonly Part[],
  toBalanceFen: Fen,
): Posting[] {
  const clearing = clearingOf(channel)
  const postings: Posting[] = []
  const move = (debit: string, credit: string, amountFen: Fen, chargeId?: string) => {
    if (amountFen === 0n) return
    const posting = { debit, credit, amountFen, customerId }
    postings.push(chargeId === undefined ? posting : { ...posting, chargeId })
  }
  for (const part of parts) {
    move(clearing, receivable, part.principalFen, part.chargeId)
    move(clearing, lateFeeIncome, part.lateFeeFen, part.chargeId)
    move(contractLiability, receivable, part.discountFen, part.chargeId)
  }
  move(clearing, prepayment, toBalanceFen)
  return postings
}

/** A reversal, by the key of the payment it undoes (R5). */
export function decideReverse(world: World, request: Request<Reverse>): Decided<Reversed> {
  const { channel: channelId, key, input, origin } = request
  const channel = channelOf(world, channelId)
  const known = world.operations.get(keyText(channelId, key))
  try {
    if (origin === 'partner') {
      refuseInMaintenance(channel, world)
      refuseOutsideWindow(channel, 'reverse', world)
      if (!openDatesOf(channel, world).includes(key.bankDate)) {
        throw new Refused('reversal.not_allowed', { channelId, bankDate: key.bankDate })
      }
    }
    if (!known || known.entrySeq === null) return blocked(request, known)
    if (
      (input.customerNo !== undefined && input.customerNo !== known.customerNo) ||
      (input.amountFen !== undefined && input.amountFen !== known.amountFen)
    ) {
      throw new Refused('reversal.mismatched', { channelId, serial: key.serial })
    }
    if (known.state === 'REVERSED') return { outcome: reversedAnswer('reversed') }
    if (isSettled(world, channelId, key) && origin === 'partner')
      throw new Refused('reversal.not_allowed', { channelId })
    return reversed(world, request, known)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { outcome: { is: 'refused', code: error.code } }
  }
}

/** No payment was accepted under the key: it is barred, and its first reversal is remembered. */
function blocked(request: Request<Reverse>, known: Operation | undefined): Decided<Reversed> {
  const outcome = reversedAnswer('blocked')
  if (known?.state === 'BLOCKED') return { outcome }
  const operation: Operation = {
    ...blank(request),
    state: 'BLOCKED',
    customerNo: request.input.customerNo ?? null,
    amountFen: request.input.amountFen ?? null,
  }
  return { outcome, change: unbooked(operation) }
}

function reversed(world: World, request: Request<Reverse>, known: Operation): Decided<Reversed> {
  const { channel, key, entrySeq } = request
  const account = world.accounts.get(known.customerNo!)
  if (!account) throw new Error(`the customer of a payment is gone: ${known.customerId}`)
  const lines = known.parts.map((part) => {
    const line = account.lines.find(({ chargeId }) => chargeId === part.chargeId)
    // A stop, split or merge moved its money since: it goes back by a refund at the hall.
    if (!line || line.paidFen < part.principalFen || line.discountFen < part.discountFen) {
      throw new Refused('reversal.not_allowed', { chargeId: part.chargeId })
    }
    return undo(line, part)
  })
  const given = postingsFor(channel, account.customerId, known.parts, known.toBalanceFen)
  const entry = {
    entrySeq,
    event: 'payment.reversed',
    memo: '冲正',
    cause: { channel, ...key },
    reversesSeq: known.entrySeq!,
    postings: mirrored(given),
  }
  const operation: Operation = { ...known, state: 'REVERSED', reversalSeq: entrySeq }
  return {
    outcome: reversedAnswer('reversed'),
    change: {
      operation,
      lines,
      balanceFen: fen(-known.toBalanceFen),
      entry,
      isLate: false,
    },
  }
}

const reversedAnswer = (effect: Reversed['effect']): Outcome<Reversed> => ({
  is: 'done',
  value: { effect },
})

/** A key that is remembered and moves nothing. */
const unbooked = (operation: Operation): Change => ({
  operation,
  lines: [],
  balanceFen: zeroFen,
  entry: null,
  isLate: false,
})

const isSettled = (world: World, channel: string, { bankDate }: PaymentKey): boolean =>
  world.settledDays.has(`${channel}|${bankDate}`)

function channelOf(world: World, channelId: string): Channel {
  const channel = world.channels.get(channelId)
  if (!channel) throw new Error(`no channel ${channelId} in this company`)
  return channel
}

const blank = ({ channel, key, frameId, input }: Request<Pay | Reverse>): Operation => ({
  channelId: channel,
  bankDate: key.bankDate,
  serial: key.serial,
  state: 'BLOCKED',
  customerNo: null,
  customerId: null,
  amountFen: null,
  refusal: null,
  answer: null,
  parts: [],
  toBalanceFen: zeroFen,
  receiptNo: null,
  outlet: input.outlet ?? null,
  teller: input.teller ?? null,
  paidAt: null,
  entrySeq: null,
  reversalSeq: null,
  frameId: frameId ?? null,
})
