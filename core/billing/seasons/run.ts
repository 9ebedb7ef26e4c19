// A season's event for many customers: opened, closed or taken back in slices, each slice one
// transaction with the batch's position in it. A run that is cut off anywhere goes on after its
// last slice, and running it again picks up only who is missing.
import { type Fen, fen, toJson } from '@reli/sdk'
import type { Db, Tx } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import {
  advanceBatch,
  type BatchProblem,
  type BatchRow,
  batchOf,
  insertBatch,
  insertBatchProblems,
  lockBatch,
  lockBatchNumbers,
  moveBatch,
} from '../batches/batches.sql.ts'
import { decide } from '../engine/decide.ts'
import type { AccountEvent } from '../engine/events.ts'
import { billingRefusals, NotAllowed } from '../refusals.ts'
import { gatherStates } from '../store/gather.ts'
import { bookingOf } from '../store/rules.ts'
import { type Done, deltaOf, takeEventIds, writeDecisions } from '../store/write.ts'
import { unfinishedRun, type WaitingRow } from './seasons.sql.ts'

export interface SeasonRun {
  companyId: string
  scope: Scope
  /** 'season.open' */
  kind: string
  title: string
  season: string
  /** The part of the company: '%', or 'c1.b1.%'. */
  pathPattern: string
  madeBy: string
  /** The customers after this id whose turn it is, ascending. */
  next(tx: Tx, after: string, limit: number): Promise<WaitingRow[]>
  count(tx: Tx): Promise<number>
  eventOf(customer: WaitingRow): SeasonEvent
  onProgress?(progress: Progress): void
  signal?: AbortSignal
}

type SeasonEvent = Without<Extract<AccountEvent, { type: 'OPEN_SEASON' | 'CLOSE_SEASON' }>>
type Without<E> = E extends AccountEvent ? Omit<E, 'eventId' | 'on'> : never

export interface Progress {
  batchNo: string
  done: number
  skipped: number
  total: number
  amountFen: Fen
}

/** Enough to share statements and a commit, few enough for flat memory and short locks. */
export const sliceCustomers = 1_000

/** Begins the run, or finds the one that was cut off. */
export async function beginRun(tx: Tx, run: SeasonRun): Promise<BatchRow> {
  const { companyId, kind, title, season, pathPattern, madeBy } = run
  await tx.run(lockBatchNumbers, [companyId])
  const unfinished = await tx.maybe(unfinishedRun, [companyId, kind, season, pathPattern])
  if (unfinished) return tx.one(batchOf, [companyId, unfinished.batchNo])
  const request = toJson({ season, pathPattern })
  return tx.one(insertBatch, [companyId, kind, title, request, await run.count(tx), madeBy])
}

/** Slice after slice until nobody is left; throws when the signal says stop, to be gone on with. */
export async function finishRun(db: Db, run: SeasonRun, batch: BatchRow): Promise<Progress> {
  const { batchNo } = batch
  for (;;) {
    run.signal?.throwIfAborted()
    const progress = await db.tx(run.scope, (tx) => runSlice(tx, run, batchNo))
    run.onProgress?.(progress.after)
    if (progress.isLast) return progress.after
  }
}

async function runSlice(
  tx: Tx,
  run: SeasonRun,
  batchNo: string,
): Promise<{ after: Progress; isLast: boolean }> {
  const { companyId, madeBy, season } = run
  // Whoever runs the same batch beside us waits here, and finds the next slice.
  const batch = await tx.one(lockBatch, [companyId, batchNo])
  if (batch.state !== 'RUNNING') return { after: progressOf(batch), isLast: true }
  const customers = await run.next(tx, batch.position ?? '', sliceCustomers)
  if (customers.length === 0) {
    await tx.run(moveBatch, [companyId, batchNo, 'RUNNING', 'DONE'])
    return { after: progressOf(batch), isLast: true }
  }
  const booking = await bookingOf(tx, companyId)
  const ids = customers.map(({ customerId }) => customerId)
  const states = await gatherStates(tx, companyId, ids, 'locked', booking.rules)
  const eventIds = await takeEventIds(tx, customers.length)
  const done: Done[] = []
  const problems: BatchProblem[] = []
  customers.forEach((customer, at) => {
    const before = states.get(customer.customerId)!
    const event = { ...run.eventOf(customer), eventId: eventIds[at]!, on: booking.bookingOn }
    try {
      const decision = decide(before, event, booking.rules)
      const record = { event, customerId: customer.customerId, season, madeBy, batchNo }
      done.push({ record, parts: [{ before, decision }] })
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error
      const { customerNo } = customer
      problems.push({
        rowNo: null,
        customerNo,
        code: error.code,
        zh: billingRefusals[error.code].zh,
      })
    }
  })
  await writeDecisions(tx, companyId, booking.bookingOn, done, booking.rules)
  if (problems.length > 0) await writeProblems(tx, companyId, batchNo, problems)
  const amountFen = fen(done.reduce((sum, each) => sum + deltaOf(each), 0n))
  const position = ids.at(-1)!
  await tx.run(advanceBatch, [
    companyId,
    batchNo,
    done.length,
    problems.length,
    amountFen,
    position,
  ])
  return { after: progressOf(await tx.one(batchOf, [companyId, batchNo])), isLast: false }
}

const writeProblems = (tx: Tx, companyId: string, batchNo: string, problems: BatchProblem[]) =>
  tx.run(insertBatchProblems, [
    companyId,
    batchNo,
    problems.map(({ rowNo }) => rowNo),
    problems.map(({ customerNo }) => customerNo),
    problems.map(({ code }) => code),
    problems.map(({ zh }) => zh),
  ])

export const progressOf = (batch: BatchRow): Progress => ({
  batchNo: batch.batchNo,
  done: batch.doneCount,
  skipped: batch.skippedCount,
  total: batch.totalCount,
  amountFen: batch.amountFen,
})
