// The desk: where a request of one kind meets the account. It gathers what the request is read
// against, checks what the account does not know by itself (open cases, invoices, warranty, papers)
// and hands the event to the engine.
import type { Tx } from '../../db/db.ts'
import { dueOf } from '../engine/dues.ts'
import { heatingStatusOn } from '../engine/heating-status.ts'
import type { CustomerState, Rules } from '../engine/state.ts'
import { heating } from '../machines/heating.ts'
import { isAllowed, next } from '../machines/machine.ts'
import { network } from '../machines/network.ts'
import { type BillingRefusalCode, NotAllowed } from '../refusals.ts'
import { gatherStates } from '../store/gather.ts'
import { rulesOf } from '../store/rules.ts'
import type { EventRecord } from '../store/write.ts'
import type { At, Scene } from './kind.ts'
import type { Child } from './kinds-customers.ts'
import type { Asked } from './read.ts'
import {
  bookingDay,
  type CustomerRow,
  customersByNo,
  openRequests,
  runningSeasons,
  unfinishedInvoices,
} from './requests.sql.ts'

export interface Desk {
  tx: Tx
  companyId: string
  login: string
  rules: Rules
  bookingOn: string
}

export async function openDesk(tx: Tx, companyId: string, login: string): Promise<Desk> {
  const { bookingOn } = await tx.one(bookingDay, [companyId])
  return { tx, companyId, login, rules: await rulesOf(tx, companyId), bookingOn }
}

/** A request that may be decided, with everything that belongs to it. */
export interface Prepared {
  asked: Asked
  customer: CustomerRow
  other: CustomerRow | null
  state: CustomerState
  record: EventRecord
}

interface Asking {
  eventId: string
  how: 'locked' | 'read'
  /** The request that is being decided is no other open case. */
  requestNo: string
  madeBy: string
  checkedBy?: string
}

export async function prepare(desk: Desk, asked: Asked, asking: Asking): Promise<Prepared> {
  const { tx, companyId, rules, bookingOn } = desk
  const { kind, body } = asked
  if (kind.needsPapers && (body.attachments ?? []).length === 0) {
    throw new NotAllowed('attachment.missing')
  }
  const otherNo = kind.otherNo?.(body)
  const [customer, other] = await customersOf(desk, body.customerNo, otherNo)
  const ids = [customer, other].flatMap((row) => (row ? [row.customerId] : []))
  const states = await gatherStates(tx, companyId, ids, asking.how, rules)
  const state = states.get(customer.customerId)!
  const seasons = await tx.many(runningSeasons, [companyId])
  const at: At = { eventId: asking.eventId, on: bookingOn }
  const scene: Scene = {
    customer: state,
    rules,
    bookingOn,
    openSeasons: seasons.map(({ season }) => season),
    accessSeason: customer.accessSeason,
    idOf: (customerNo) => childId(at, customerNo),
  }
  const event = kind.read(body, at, scene)
  await refuseTakenNumbers(desk, asked)
  const prepared = { asked, customer, other: other ?? null, state }
  await checkGuards(desk, prepared, asking, ids)
  const record: EventRecord = {
    event,
    customerId: customer.customerId,
    madeBy: asking.madeBy,
    reason: body.reason,
    attachments: body.attachments ?? [],
    channel: body.channel ?? 'hall',
    ...recordOf(asked, state, customer),
    ...(other ? { otherId: other.customerId } : {}),
    ...(asking.checkedBy === undefined ? {} : { checkedBy: asking.checkedBy }),
  }
  return { ...prepared, record }
}

async function customersOf(
  { tx, companyId }: Desk,
  customerNo: string,
  otherNo: string | undefined,
): Promise<[CustomerRow, CustomerRow | undefined]> {
  const numbers = otherNo === undefined ? [customerNo] : [customerNo, otherNo]
  const rows = new Map(
    (await tx.many(customersByNo, [companyId, numbers])).map((row) => [row.customerNo, row]),
  )
  const found = numbers.map((number) => {
    const row = rows.get(number)
    if (!row) throw new NotAllowed('customer.unknown', {}, `没有用户 ${number}`)
    return row
  })
  return [found[0]!, found[1]]
}

/** Unique for ever, like the event that made it. */
const childId = ({ eventId }: At, customerNo: string) => `cus_${eventId.slice(4)}_${customerNo}`

export const childrenOf = ({ name, body }: Asked): Child[] =>
  name === 'SPLIT' ? (body.children as Child[]) : []

async function refuseTakenNumbers({ tx, companyId }: Desk, asked: Asked): Promise<void> {
  const numbers = childrenOf(asked).map(({ customerNo }) => customerNo)
  if (numbers.length === 0) return
  const taken = await tx.many(customersByNo, [companyId, numbers])
  const twice = numbers.find((number, at) => numbers.indexOf(number) !== at)
  const number = taken[0]?.customerNo ?? twice
  if (number === undefined) return
  throw new NotAllowed('customer.number_taken', {}, `用户编号 ${number} 已被使用`)
}

/** What the way back needs, and what reports show: the card or name before and after. */
function recordOf({ name, body }: Asked, state: CustomerState, customer: CustomerRow) {
  if (name === 'AREA_CHANGE' || name === 'CLASS_CHANGE') {
    const card = state.cards.find(({ areaNo }) => areaNo === body.areaNo)
    if (!card) return {}
    const { areaNo, billingDm2, heightCm, priceClass } = card
    const { effectiveOn: _, ...asked } = body
    return { before: { areaNo, billingDm2, heightCm, priceClass }, after: changedIn(asked) }
  }
  if (name === 'NAME_TRANSFER')
    return { before: { name: customer.name }, after: { name: body.newName } }
  return {}
}

const changedIn = (body: Record<string, unknown>) =>
  Object.fromEntries(
    ['areaNo', 'billingDm2', 'heightCm', 'priceClass']
      .filter((name) => body[name] !== undefined)
      .map((name) => [name, body[name]]),
  )

async function checkGuards(
  desk: Desk,
  prepared: Omit<Prepared, 'record'>,
  { requestNo }: Asking,
  ids: string[],
): Promise<void> {
  const { tx, companyId } = desk
  const { asked } = prepared
  const waiting = await tx.many(openRequests, [companyId, ids, requestNo])
  const invoices = await tx.one(unfinishedInvoices, [companyId, ids])
  // While one case is open nothing competes with it; money is always taken.
  if (waiting.length > 0 && !isMoney(asked.name)) {
    const { requestNo: number } = waiting[0]!
    throw new NotAllowed('request.waiting', { requestNo: number })
  }
  const isBroken = (guard: BillingRefusalCode): boolean => {
    switch (guard) {
      case 'case.open':
        return waiting.length > 0
      case 'invoice.unfinished':
        return invoices.count > 0n
      default:
        return isBrokenBy(guard, prepared, desk.bookingOn)
    }
  }
  const broken = asked.kind.guards?.find(isBroken)
  if (broken !== undefined) throw new NotAllowed(broken)
  followMachines(prepared, desk, isBroken)
}

const isMoney = (name: string) =>
  ['PAYMENT', 'PREPAYMENT', 'VOID_PAYMENT', 'REVERSE_PAYMENT', 'CARRY_OVER'].includes(name)

function isBrokenBy(
  guard: BillingRefusalCode,
  { customer, state, asked: { body } }: Omit<Prepared, 'record'>,
  bookingOn: string,
): boolean {
  switch (guard) {
    case 'stop.forbidden':
      return customer.stopForbidden || (customer.warrantyToOn ?? '') >= body.effectiveOn
    case 'forced_stop.not_owing':
    case 'charge.settled':
      return dueOf(state, bookingOn, body.season as string | undefined) === 0n
    case 'customer.in_arrears':
      return dueOf(state, bookingOn) > 0n
    case 'name.unchanged':
      return customer.name === body.newName
    default:
      return false
  }
}

/** Machines A and B: what has no way from where the account or the room stands is refused. */
function followMachines(
  { asked: { name, body }, state }: Omit<Prepared, 'record'>,
  { rules }: Desk,
  isBroken: (guard: BillingRefusalCode) => boolean,
): void {
  const isWhole = body.areaNo === undefined
  if (name === 'DISCONNECT' && isWhole) next(network, state.network, 'DISCONNECT', isBroken)
  if (name === 'SPLIT' || name === 'MERGE') next(network, state.network, 'SUPERSEDE', isBroken)
  if (name !== 'STOP' && name !== 'FORCED_STOP') return
  if (state.network !== 'IN_NETWORK') throw new NotAllowed('customer.not_in_network')
  const event = name === 'STOP' && body.areaDm2 !== undefined ? 'STOP_PART' : name
  const { effectiveOn } = body
  const statuses = state.areaSeasons
    .filter(({ areaNo, isFrozen }) => !isFrozen && (isWhole || areaNo === body.areaNo))
    .filter(({ season }) => {
      const span = rules.seasons.get(season)?.span
      return span && effectiveOn >= span.from && effectiveOn < span.until
    })
    .map((area) => heatingStatusOn(area, effectiveOn))
  // Of all rooms those that may; of one room that one.
  if (statuses.some((status) => isAllowed(heating, status, event))) return
  for (const status of statuses) next(heating, status, event)
}
