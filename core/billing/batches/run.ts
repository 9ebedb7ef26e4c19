// Batch work on lists: preview → operation number → slices in the background → the way back. A
// slice is one transaction and moves the batch's position with it, so a run that is cut off at any
// point goes on behind the last slice that stands, on whatever worker.
import { setTimeout as sleep } from 'node:timers/promises'
import { fen } from '@reli/sdk'
import type { Db, Tx } from '../../db/db.ts'
import { isConnectionLoss } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import type { Booking } from '../events/run.ts'
import { gatherStates } from '../store/gather.ts'
import { rulesOf } from '../store/rules.ts'
import { type ActName, actNamed, type FlagParams } from './acts.ts'
import {
  advanceBatch,
  type BatchProblem,
  type BatchRow,
  insertBatchProblems,
  lockBatch,
  moveBatch,
} from './batches.sql.ts'
import { bookingDate } from './booking.sql.ts'
import { setFlagOf } from './flags.sql.ts'
import { type ChosenCustomer, chosenAfter, filterParams } from './selection.sql.ts'
import { type CustomerFilterJson, customerFilterOf } from './selection.ts'
import { type By, bookItems, type Item } from './slices.ts'

/** `reli.batches.request` of a batch of this kind. */
export interface ListRequest {
  act: ActName
  params: Record<string, unknown>
  filter: CustomerFilterJson
  reason: string
}

/** Few enough for a short transaction, enough for set-based speed. */
export const sliceCustomers = 500
/** Somebody at a counter holds a customer's lock for less than this. */
const lockTries = 5
const tryAgainMs = 500

export async function bookingOf(tx: Tx, companyId: string): Promise<Booking> {
  const { bookingOn } = await tx.one(bookingDate, [companyId])
  return { companyId, bookingOn, rules: await rulesOf(tx, companyId) }
}

/** What one slice did; undefined position: the list is at its end. */
export interface Advance {
  done: number
  skipped: number
  amountFen: bigint
  position: string
  problems: readonly BatchProblem[]
}

/** Runs slices until none is left or somebody asks to stop; each in a transaction of its own. */
export async function inSlices(
  db: Db,
  scope: Scope,
  companyId: string,
  batchNo: string,
  slice: (tx: Tx, batch: BatchRow, size: number) => Promise<Advance | undefined>,
  { size, isStopping = () => false }: { size: number; isStopping?: () => boolean },
): Promise<'finished' | 'stopped' | 'moved on'> {
  let now = size
  for (let tries = 0; ; ) {
    if (isStopping()) return 'stopped'
    try {
      const did = await db.tx(scope, async (tx) => {
        const batch = await tx.one(lockBatch, [companyId, batchNo])
        if (batch.state !== 'RUNNING' && batch.state !== 'ROLLING_BACK') return 'moved on'
        const advance = await slice(tx, batch, now)
        if (!advance) return 'finished'
        await writeAdvance(tx, companyId, batchNo, advance)
        return 'more'
      })
      if (did !== 'more') return did
      now = size
      tries = 0
    } catch (error) {
      if (isConnectionLoss(error)) throw error
      if (isLocked(error)) {
        if (++tries >= lockTries) throw error
        await sleep(tryAgainMs)
      } else if (now > 1) {
        // One of them breaks a promise of the schema: alone it is found, and its neighbours go on.
        now = 1
      } else throw error
    }
  }
}

/** lock_not_available, deadlock_detected */
export const isLocked = (error: unknown) =>
  ['55P03', '40P01'].includes((error as { code?: string })?.code ?? '')

async function writeAdvance(
  tx: Tx,
  companyId: string,
  batchNo: string,
  { done, skipped, amountFen, position, problems }: Advance,
): Promise<void> {
  if (problems.length > 0) {
    await tx.run(insertBatchProblems, [
      companyId,
      batchNo,
      problems.map(({ rowNo }) => rowNo),
      problems.map(({ customerNo }) => customerNo),
      problems.map(({ code }) => code),
      problems.map(({ zh }) => zh),
    ])
  }
  await tx.run(advanceBatch, [companyId, batchNo, done, skipped, fen(amountFen), position])
}

/** The list's next customers, done. */
export async function listSlice(
  tx: Tx,
  companyId: string,
  batch: BatchRow,
  size: number,
): Promise<Advance | undefined> {
  const { act, params, filter, reason } = batch.request as ListRequest
  const chosen = await nextChosen(tx, companyId, filter, batch.position, size)
  const last = chosen.at(-1)
  if (!last) return undefined
  const by: By = { batchNo: batch.batchNo, madeBy: batch.madeBy }
  const did =
    act === 'flag'
      ? await setFlagOn(tx, companyId, chosen, params as FlagParams, reason, by)
      : await actOn(tx, companyId, chosen, { act, params, reason }, by)
  return { ...did, position: last.customerNo }
}

export const nextChosen = (
  tx: Tx,
  companyId: string,
  filter: CustomerFilterJson,
  after: string | null,
  size: number,
): Promise<ChosenCustomer[]> =>
  tx.many(chosenAfter, [...filterParams(companyId, customerFilterOf(filter)), after ?? '', size])

async function setFlagOn(
  tx: Tx,
  companyId: string,
  chosen: readonly ChosenCustomer[],
  { flag, value }: FlagParams,
  reason: string,
  { batchNo, madeBy }: By,
) {
  const ids = chosen.map(({ customerId }) => customerId)
  const set = await tx.many(setFlagOf(flag), [companyId, ids, value, reason, madeBy, batchNo])
  const changed = new Set(set.map(({ customerId }) => customerId))
  const problems = chosen
    .filter(({ customerId }) => !changed.has(customerId))
    .map(({ customerNo }) => unchanged(customerNo))
  return { done: changed.size, skipped: problems.length, amountFen: 0n, problems }
}

export const unchanged = (customerNo: string, rowNo: number | null = null): BatchProblem => {
  return { rowNo, customerNo, code: 'flag.unchanged', zh: '该用户已是此状态' }
}

const notConcerned = (customerNo: string): BatchProblem => {
  return { rowNo: null, customerNo, code: 'batch.not_concerned', zh: '该用户没有可办理的内容' }
}

type Asked = Pick<ListRequest, 'act' | 'params' | 'reason'>

async function actOn(
  tx: Tx,
  companyId: string,
  chosen: readonly ChosenCustomer[],
  asked: Asked,
  by: By,
) {
  const booking = await bookingOf(tx, companyId)
  const ids = chosen.map(({ customerId }) => customerId)
  const states = await gatherStates(tx, companyId, ids, 'locked', booking.rules)
  const { items, problems } = itemsOf(chosen, asked, states)
  const { done, amountFen, problems: refused } = await bookItems(tx, booking, items, states, by)
  const all = [...problems, ...refused]
  return { done, skipped: all.length, amountFen: amountFen as bigint, problems: all }
}

export function itemsOf(
  chosen: readonly ChosenCustomer[],
  { act, params, reason }: Asked,
  states: Awaited<ReturnType<typeof gatherStates>>,
): { items: Item[]; problems: BatchProblem[] } {
  const items: Item[] = []
  const problems: BatchProblem[] = []
  for (const { customerId, customerNo } of chosen) {
    const state = states.get(customerId)
    const events = state ? actNamed(act).events(state, params) : []
    if (events.length === 0) problems.push(notConcerned(customerNo))
    for (const told of events) {
      items.push({ customerId, customerNo, rowNo: null, told, reason, channel: 'batch' })
    }
  }
  return { items, problems }
}

/** A list's batch from where it stands to its end. */
export async function runList(
  db: Db,
  scope: Scope,
  companyId: string,
  batchNo: string,
  isStopping?: () => boolean,
): Promise<void> {
  const slice = (tx: Tx, batch: BatchRow, size: number) => listSlice(tx, companyId, batch, size)
  const options = { size: sliceCustomers, ...(isStopping && { isStopping }) }
  const ended = await inSlices(db, scope, companyId, batchNo, slice, options)
  if (ended === 'finished') {
    await db.tx(scope, (tx) => tx.maybe(moveBatch, [companyId, batchNo, 'RUNNING', 'DONE']))
  }
}
