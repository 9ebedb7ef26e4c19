// From a request to an event: previewed, taken in, agreed to by a second person where the company
// wants one, and then booked with a fresh calculation. What was agreed to is what is done, or
// nothing is.
import type { Tx } from '../../db/db.ts'
import { Problem } from '../../http/problems.ts'
import { recordAct } from '../../org/audit.ts'
import { change } from '../machines/changes.ts'
import { next } from '../machines/machine.ts'
import { NotAllowed } from '../refusals.ts'
import { takeEventIds } from '../store/write.ts'
import { type Desk, openDesk, type Prepared, prepare } from './desk.ts'
import { agreedIn, type Done, type EffectJson, effectOf, waivedBy } from './effects.ts'
import { kindOf } from './kinds.ts'
import type { Asked } from './read.ts'
import { createChildren, keepRecords } from './records.ts'
import {
  approvalRules,
  insertRequest,
  lockRequest,
  moveRequest,
  type RequestRow,
  type RequestState,
} from './requests.sql.ts'
import { bookEvents, type EventResult, previewEvents } from './run.ts'

export interface Answer {
  requestNo: string | null
  state: RequestState | 'PREVIEW'
  eventId: string | null
  needsApproval: boolean
  effect: EffectJson
}

const previewId = 'evt_preview'

/** What it would do; nothing is written. */
export async function preview(tx: Tx, companyId: string, login: string, asked: Asked) {
  const desk = await openDesk(tx, companyId, login)
  const asking = { eventId: previewId, how: 'read', requestNo: '', madeBy: login } as const
  const prepared = await prepare(desk, asked, asking)
  const effect = await effectFor(desk, prepared)
  const needsApproval = await isApprovalNeeded(desk, asked, effect)
  return {
    requestNo: null,
    state: 'PREVIEW',
    eventId: null,
    needsApproval,
    effect,
  } satisfies Answer
}

async function effectFor(desk: Desk, { record, state }: Prepared): Promise<EffectJson> {
  const [result] = await previewEvents(desk.tx, desk, [record])
  return effectOf(desk.bookingOn, state, doneOr(result!))
}

function doneOr(result: EventResult): Done {
  if (result.is === 'done') return result
  throw new NotAllowed(result.code, result.detail as never, result.zh)
}

async function isApprovalNeeded(
  { tx, companyId }: Desk,
  { name, kind }: Asked,
  { deltaFen, waivedFen }: EffectJson,
): Promise<boolean> {
  const rules = await tx.many(approvalRules, [companyId])
  const own = rules.find(({ type }) => type === name)
  const usual = typeof kind.approval === 'string' ? kind.approval : 'FROM'
  const approval = own?.approval ?? usual
  if (approval !== 'FROM') return approval === 'ALWAYS'
  const fromFen = own?.fromFen ?? (kind.approval as { fromFen: bigint }).fromFen
  const delta = BigInt(deltaFen)
  return (delta < 0n ? -delta : delta) + BigInt(waivedFen) >= fromFen
}

/** Booked at once, or put before a second person. A draft waits until it is submitted. */
export async function takeIn(
  tx: Tx,
  companyId: string,
  login: string,
  asked: Asked,
  isDraft: boolean,
): Promise<Answer> {
  const desk = await openDesk(tx, companyId, login)
  const [eventId] = await takeEventIds(tx, 1)
  const asking = { eventId: eventId!, how: 'locked', requestNo: '', madeBy: login } as const
  const prepared = await prepare(desk, asked, asking)
  const effect = await effectFor(desk, prepared)
  const needsApproval = isDraft || (await isApprovalNeeded(desk, asked, effect))
  if (!needsApproval) await book(desk, prepared)
  const applied = next(change, null, needsApproval ? 'APPLY' : 'BOOK')
  const state = needsApproval && !isDraft ? next(change, applied, 'SUBMIT') : applied
  const booked = needsApproval ? null : eventId!
  const { requestNo } = await tx.one(insertRequest, [
    companyId,
    asked.name,
    prepared.customer.customerId,
    prepared.other?.customerId ?? null,
    asked.body.effectiveOn,
    JSON.stringify(asked.body),
    asked.body.reason,
    JSON.stringify(asked.body.attachments ?? []),
    asked.body.channel ?? 'hall',
    JSON.stringify(effect),
    state,
    booked,
    login,
  ])
  await recordAct(tx, {
    companyId,
    actor: login,
    action: needsApproval ? 'event.requested' : 'event.booked',
    subject: prepared.customer.customerId,
    after: { requestNo, type: asked.name, eventId: booked, deltaFen: effect.deltaFen },
    reason: asked.body.reason,
  })
  return { requestNo, state, eventId: booked, needsApproval, effect }
}

/** With what the way back needs and the account does not keep. */
async function book(desk: Desk, prepared: Prepared): Promise<Done> {
  const { tx } = desk
  await createChildren(desk, prepared)
  const [foreseen] = await previewEvents(tx, desk, [prepared.record])
  const waived = waivedBy(prepared.state, doneOr(foreseen!).states[0]!)
  const record = waived.length === 0 ? prepared.record : { ...prepared.record, after: { waived } }
  const [result] = await bookEvents(tx, desk, [record])
  const done = doneOr(result!)
  await keepRecords(desk, prepared, done.eventId)
  return done
}

async function locked(tx: Tx, companyId: string, requestNo: string): Promise<RequestRow> {
  const row = await tx.maybe(lockRequest, [companyId, requestNo])
  if (!row) throw new Problem('thing.not_found')
  return row
}

const move = (
  tx: Tx,
  companyId: string,
  { requestNo }: RequestRow,
  state: RequestState,
  more: {
    problem?: string
    opinion?: string
    eventId?: string
    effect?: EffectJson
    checkedBy?: string
  } = {},
): Promise<number> =>
  tx.run(moveRequest, [
    companyId,
    requestNo,
    state,
    more.problem ?? null,
    more.opinion ?? null,
    more.eventId ?? null,
    more.effect ? JSON.stringify(more.effect) : null,
    more.checkedBy ?? null,
  ])

const askedOf = ({ type, body }: RequestRow): Asked => {
  const kind = kindOf(type)
  if (!kind) throw new Problem('thing.not_found')
  return { name: type, kind, body } as Asked
}

/** A draft goes before a second person, with its effect as of today. */
export async function submit(tx: Tx, companyId: string, login: string, requestNo: string) {
  const row = await locked(tx, companyId, requestNo)
  const state = next(change, row.state, 'SUBMIT')
  const desk = await openDesk(tx, companyId, login)
  const asking = { eventId: previewId, how: 'locked', requestNo, madeBy: row.madeBy } as const
  const effect = await effectFor(desk, await prepare(desk, askedOf(row), asking))
  await move(tx, companyId, row, state, { effect })
  await audit(tx, companyId, login, 'event.submitted', row)
  return { requestNo, state, eventId: null, needsApproval: true, effect } satisfies Answer
}

/** A second person agrees: the guards are checked and the sums computed once more. */
export async function approve(
  tx: Tx,
  companyId: string,
  login: string,
  requestNo: string,
  opinion?: string,
): Promise<Answer> {
  const row = await locked(tx, companyId, requestNo)
  const state = next(change, row.state, 'APPROVE', (guard) => {
    return guard === 'request.own' && row.madeBy === login
  })
  const desk = await openDesk(tx, companyId, login)
  const [eventId] = await takeEventIds(tx, 1)
  const parties = { requestNo, madeBy: row.madeBy, checkedBy: login }
  const asking = { eventId: eventId!, how: 'locked', ...parties } as const
  const prepared = await prepare(desk, askedOf(row), asking)
  const effect = await effectFor(desk, prepared)
  if (agreedIn(effect) !== agreedIn(row.effect as EffectJson)) {
    throw new NotAllowed('request.outdated', { requestNo })
  }
  await book(desk, prepared)
  const more = { eventId: eventId!, effect, checkedBy: login }
  await move(tx, companyId, row, state, opinion === undefined ? more : { ...more, opinion })
  await audit(tx, companyId, login, 'event.approved', row, opinion)
  return { requestNo, state, eventId: eventId!, needsApproval: true, effect }
}

/**
 * It was agreed to and could not take effect: it waits for somebody to look at it, with the sums as
 * they are now, and never vanishes in silence.
 */
export async function setAside(
  tx: Tx,
  companyId: string,
  login: string,
  requestNo: string,
  why: NotAllowed,
): Promise<void> {
  const row = await locked(tx, companyId, requestNo)
  if (row.state !== 'IN_APPROVAL' && row.state !== 'TO_HANDLE') return
  const state = row.state === 'IN_APPROVAL' ? next(change, row.state, 'FAIL') : row.state
  const effect = why.code === 'request.outdated' ? await effectNow(tx, companyId, row) : undefined
  await move(tx, companyId, row, state, { problem: why.zh, ...(effect ? { effect } : {}) })
  await audit(tx, companyId, login, 'event.set_aside', row, why.zh)
}

async function effectNow(tx: Tx, companyId: string, row: RequestRow): Promise<EffectJson> {
  const desk = await openDesk(tx, companyId, row.madeBy)
  const { requestNo, madeBy } = row
  const asking = { eventId: previewId, how: 'read', requestNo, madeBy } as const
  return effectFor(desk, await prepare(desk, askedOf(row), asking))
}

export async function reject(
  tx: Tx,
  companyId: string,
  login: string,
  requestNo: string,
  opinion: string,
): Promise<RequestState> {
  const row = await locked(tx, companyId, requestNo)
  const state = next(change, row.state, 'REJECT', (guard) => {
    return guard === 'request.own' && row.madeBy === login
  })
  await move(tx, companyId, row, state, { opinion, checkedBy: login })
  await audit(tx, companyId, login, 'event.rejected', row, opinion)
  return state
}

export async function cancel(
  tx: Tx,
  companyId: string,
  login: string,
  requestNo: string,
  reason: string,
): Promise<RequestState> {
  const row = await locked(tx, companyId, requestNo)
  const state = next(change, row.state, 'CANCEL')
  await move(tx, companyId, row, state, { opinion: reason })
  await audit(tx, companyId, login, 'event.cancelled', row, reason)
  return state
}

async function audit(
  tx: Tx,
  companyId: string,
  actor: string,
  action: string,
  row: RequestRow,
  reason?: string,
): Promise<void> {
  await recordAct(tx, {
    companyId,
    actor,
    action,
    subject: row.customerId,
    before: { requestNo: row.requestNo, type: row.type, state: row.state },
    ...(reason === undefined ? {} : { reason }),
  })
}
