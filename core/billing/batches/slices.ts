// A slice of a batch: so many customers in one transaction, with what was done, what was refused
// and why. The states are read under their locks, so that an event is made for the account as it
// is.
import { type Fen, fen } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import { decide } from '../engine/decide.ts'
import type { AccountEvent } from '../engine/events.ts'
import type { AreaCard, CustomerState } from '../engine/state.ts'
import { type Booking, bookEvents, type EventResult, previewEvents } from '../events/run.ts'
import { NotAllowed } from '../refusals.ts'
import { type EventRecord, takeEventIds } from '../store/write.ts'
import type { Told } from './acts.ts'
import type { BatchProblem } from './batches.sql.ts'

/** One event of one customer, and where it was asked for. */
export interface Item {
  customerId: string
  customerNo: string
  rowNo: number | null
  told: Told
  reason?: string | undefined
  channel?: string | undefined
  reversesId?: string | undefined
}

export interface SliceResult {
  done: number
  amountFen: Fen
  problems: BatchProblem[]
  /** In the order of the items. */
  results: EventResult[]
}

export interface By {
  batchNo: string
  madeBy: string
}

export async function bookItems(
  tx: Tx,
  booking: Booking,
  items: readonly Item[],
  states: ReadonlyMap<string, CustomerState>,
  { batchNo, madeBy }: By,
): Promise<SliceResult> {
  const ids = await takeEventIds(tx, items.length)
  const records = recordsOf(items, ids, booking, states).map((one) => ({ ...one, batchNo, madeBy }))
  return resultOf(items, await bookEvents(tx, booking, records))
}

/** The same decisions with nothing written; their numbers are nobody's. */
export async function previewItems(
  tx: Tx,
  booking: Booking,
  items: readonly Item[],
  states: ReadonlyMap<string, CustomerState>,
): Promise<SliceResult> {
  const ids = items.map((_, at) => `evt_preview_${String(at).padStart(6, '0')}`)
  const records = recordsOf(items, ids, booking, states)
  return resultOf(items, await previewEvents(tx, booking, records))
}

function resultOf(items: readonly Item[], results: EventResult[]): SliceResult {
  let amount = 0n
  let done = 0
  const problems: BatchProblem[] = []
  for (const [at, result] of results.entries()) {
    if (result.is === 'done') {
      done++
      amount += result.deltaFen
    } else {
      const { rowNo, customerNo } = items[at]!
      problems.push({ rowNo, customerNo, code: result.code, zh: result.zh })
    }
  }
  return { done, amountFen: fen(amount), problems, results }
}

/**
 * Records with what a rollback needs and the account does not keep: a card as it was, the late fee
 * that was let off. Events of one customer follow each other, so each sees what the last one did.
 */
function recordsOf(
  items: readonly Item[],
  ids: readonly string[],
  { bookingOn, rules }: Booking,
  states: ReadonlyMap<string, CustomerState>,
): EventRecord[] {
  const now = new Map(states)
  return items.map((item, at) => {
    const event = { ...item.told, eventId: ids[at]!, on: bookingOn } as AccountEvent
    const record: EventRecord = { event, customerId: item.customerId, madeBy: '' }
    if (item.reason !== undefined) record.reason = item.reason
    if (item.channel !== undefined) record.channel = item.channel
    if (item.reversesId !== undefined) record.reversesId = item.reversesId
    const state = now.get(item.customerId)
    if (!state || !leavesTraces.has(event.type)) return record
    try {
      const decision = decide(state, event, rules)
      const before = traceOf(state, decision.state, event)
      now.set(item.customerId, decision.state)
      return before === undefined ? record : { ...record, before }
    } catch (error) {
      // Refused: it will be refused when it is booked, and says why there.
      if (error instanceof NotAllowed) return record
      throw error
    }
  })
}

const leavesTraces = new Set(['AREA_CHANGE', 'CLASS_CHANGE', 'LATE_FEE_WAIVER'])

/** `before` of the record, in the words of `TakeBack`. */
export interface Trace {
  card?: { areaNo: number; was: Partial<Pick<AreaCard, 'billingDm2' | 'heightCm' | 'priceClass'>> }
  waived?: { chargeId: string; amountFen: Fen }[]
}

function traceOf(
  before: CustomerState,
  after: CustomerState,
  event: AccountEvent,
): Trace | undefined {
  if (event.type === 'LATE_FEE_WAIVER') {
    const waived = after.lines.flatMap((line) => {
      const was = before.lines.find(({ chargeId }) => chargeId === line.chargeId)
      const amountFen = fen(line.lateFee.waivedFen - (was?.lateFee.waivedFen ?? 0n))
      return amountFen === 0n ? [] : [{ chargeId: line.chargeId, amountFen }]
    })
    return { waived }
  }
  if (event.type !== 'AREA_CHANGE' && event.type !== 'CLASS_CHANGE') return undefined
  const card = before.cards.find(({ areaNo }) => areaNo === event.areaNo)
  if (!card) return undefined
  const { areaNo, billingDm2, heightCm, priceClass } = card
  const was = event.type === 'AREA_CHANGE' ? { billingDm2, heightCm } : { priceClass }
  return { card: { areaNo, was } }
}
