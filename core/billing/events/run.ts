// Events of accounts, previewed and booked: gather → decide → write in one transaction. A refusal
// is an answer of its own event and never fails its neighbours; events of one customer see what the
// ones before them did. Who waits on a customer's lock decides on what the other left: guards are
// checked on the rows that are locked.
import type { Fen } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import { decide } from '../engine/decide.ts'
import { quoteOf, type SeasonQuote } from '../engine/quote.ts'
import type {
  BalanceMovement,
  CustomerState,
  PostingIntent,
  ReceivableChange,
  Rules,
  Settlement,
} from '../engine/state.ts'
import { decideMerge, decideSplit, decideTransfer } from '../engine/together.ts'
import { type BillingRefusalCode, NotAllowed } from '../refusals.ts'
import { gatherStates, isOfBank } from '../store/gather.ts'
import { type Done, deltaOf, type EventRecord, writeDecisions } from '../store/write.ts'

export interface Booking {
  companyId: string
  rules: Rules
  bookingOn: string
}

export type EventResult =
  | {
      is: 'done'
      eventId: string
      customerId: string
      changes: readonly ReceivableChange[]
      settlements: readonly Settlement[]
      balance: readonly BalanceMovement[]
      postings: readonly PostingIntent[]
      /** What it does to the debt: Σ of receivable changes. */
      deltaFen: Fen
      /** What paying everything costs on the day of the event. */
      before: readonly SeasonQuote[]
      after: readonly SeasonQuote[]
      states: readonly CustomerState[]
    }
  | { is: 'refused'; code: BillingRefusalCode; zh: string; detail: Record<string, unknown> }

/** Books what is allowed, in the order given. */
export async function bookEvents(
  tx: Tx,
  booking: Booking,
  records: readonly EventRecord[],
): Promise<EventResult[]> {
  const { done, results } = await decideAll(tx, booking, records, 'locked')
  await writeDecisions(tx, booking.companyId, booking.bookingOn, done, booking.rules)
  return results
}

/** The same decisions on rows as they are; nothing is written or locked. */
export async function previewEvents(
  tx: Tx,
  booking: Booking,
  records: readonly EventRecord[],
): Promise<EventResult[]> {
  return (await decideAll(tx, booking, records, 'read')).results
}

async function decideAll(
  tx: Tx,
  { companyId, rules }: Booking,
  records: readonly EventRecord[],
  how: 'locked' | 'read',
): Promise<{ done: Done[]; results: EventResult[] }> {
  const ids = records.flatMap(({ customerId, otherId }) => [customerId, otherId ?? customerId])
  const states = await gatherStates(tx, companyId, ids, how, rules)
  const done: Done[] = []
  const results = records.map((record): EventResult => {
    try {
      const parts = decideOne(states, record, rules)
      for (const { decision } of parts) states.set(decision.customerId, decision.state)
      done.push({ record, parts })
      return resultOf({ record, parts })
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error
      const { code, zh, detail } = error
      return { is: 'refused', code, zh, detail }
    }
  })
  return { done, results }
}

function decideOne(
  states: ReadonlyMap<string, CustomerState>,
  { event, customerId, otherId }: EventRecord,
  rules: Rules,
): Done['parts'] {
  const before = stateOf(states, customerId)
  switch (event.type) {
    case 'TRANSFER': {
      const to = stateOf(states, otherId)
      const [given, taken] = decideTransfer(before, to, event, rules)
      return [
        { before, decision: given },
        { before: to, decision: taken },
      ]
    }
    case 'MERGE': {
      const other = stateOf(states, otherId)
      const [survivor, emptied] = decideMerge(before, other, event, rules)
      return [
        { before, decision: survivor },
        { before: other, decision: emptied },
      ]
    }
    case 'SPLIT': {
      const [parent, ...children] = decideSplit(before, event, rules)
      const born = children.map((decision) => ({ before: unborn(decision.state), decision }))
      return [{ before, decision: parent }, ...born]
    }
    default: {
      if ('paymentId' in event && isOfBank(event.paymentId)) {
        throw new NotAllowed('payment.of_bank', { paymentId: event.paymentId })
      }
      return [{ before, decision: decide(before, event, rules) }]
    }
  }
}

/** A child of a split before it had anything; its row stands already. */
const unborn = (state: CustomerState): CustomerState => {
  const nothing = { cards: [], areaSeasons: [], lines: [], reductions: [], holds: [], payments: [] }
  return { ...state, ...nothing, balanceFen: 0n as Fen }
}

function stateOf(states: ReadonlyMap<string, CustomerState>, customerId = ''): CustomerState {
  const state = states.get(customerId)
  if (!state) throw new NotAllowed('customer.unknown', { customerId })
  return state
}

const quoteChannel = 'counter'

function resultOf({ record, parts }: Done): EventResult {
  const { event, customerId } = record
  const quote = (state: CustomerState) => quoteOf(state, event.on, quoteChannel)
  const decisions = parts.map(({ decision }) => decision)
  return {
    is: 'done',
    eventId: event.eventId,
    customerId,
    changes: decisions.flatMap(({ changes }) => changes),
    settlements: decisions.flatMap(({ settlements }) => settlements),
    balance: decisions.flatMap(({ balance }) => balance),
    postings: decisions.flatMap(({ postings }) => postings),
    deltaFen: deltaOf({ parts }),
    before: quote(parts[0]!.before),
    after: quote(parts[0]!.decision.state),
    states: decisions.map(({ state }) => state),
  }
}
