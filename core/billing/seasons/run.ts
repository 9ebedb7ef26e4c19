// A season's event for many customers: opened, closed or taken back in slices, each slice one
// transaction with the batch's position in it. A run that is cut off anywhere goes on after its
// last slice, and running it again picks up only who is missing.
//
// Two lanes, each with its half of the customers and its own place in the batch, so that one
// decides while the other one's rows are written. A lane is one transaction's at a time, whoever
// runs it: a second runner of the same batch takes turns with the first.
import { type Fen, fen, toJson } from '@reli/sdk'
import type { Db, Tx } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import {
  type BatchProblem,
  type BatchRow,
  batchOf,
  insertBatch,
  insertBatchProblems,
  lockBatch,
  lockBatchNumbers,
  moveBatch,
} from '../batches/batches.sql.ts'
import type { Rules } from '../engine/state.ts'
import { NotAllowed } from '../refusals.ts'
import { bookingOf } from '../store/rules.ts'
import { advanceLane, lockLane, runningAct, unfinishedRun, type WaitingRow } from './seasons.sql.ts'

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
  /** Of a rollback: the batch whose openings are taken back. */
  ofBatch?: string
  /** The customers after one id and up to another whose turn it is, ascending. */
  next(tx: Tx, after: string, upTo: string, limit: number): Promise<WaitingRow[]>
  count(tx: Tx): Promise<number>
  /** The customer in the middle of those whose turn it is. */
  middle(tx: Tx, count: number): Promise<string>
  slice(tx: Tx, slice: Slice, customers: readonly WaitingRow[]): Promise<SliceResult>
  onProgress?(progress: Progress): void
  signal?: AbortSignal
}

/** What all customers of a slice have in common. */
export interface Slice {
  companyId: string
  season: string
  madeBy: string
  batchNo: string
  bookingOn: string
  rules: Rules
}

export interface SliceResult {
  done: number
  amountFen: Fen
  problems: BatchProblem[]
}

export interface Progress {
  batchNo: string
  done: number
  skipped: number
  total: number
  amountFen: Fen
}

/** Enough to share statements and a commit, few enough for flat memory and short locks. */
export const sliceCustomers = 1_000
/** Fewer than this are not worth a second connection. */
const worthTwoLanes = 4 * sliceCustomers
/** After every id: ids are letters, digits and underscores. */
const theEnd = '~'

export interface Request {
  season: string
  pathPattern: string
  /** The last customer of each lane. */
  lanes: string[]
  ofBatch?: string
  /** Whose eyes it has (batches/scopes.ts). */
  scopePaths: string[]
}

/** Begins the run, or finds the one that was cut off. */
export async function beginRun(tx: Tx, run: SeasonRun): Promise<BatchRow> {
  const { companyId, kind, title, season, pathPattern, madeBy, ofBatch } = run
  await tx.run(lockBatchNumbers, [companyId])
  if (await tx.maybe(runningAct, [companyId, kind, season])) {
    throw new NotAllowed('season.running', { season })
  }
  const same = [companyId, kind, season, pathPattern, ofBatch ?? ''] as const
  const unfinished = await tx.maybe(unfinishedRun, [...same])
  if (unfinished) return tx.one(batchOf, [companyId, unfinished.batchNo])
  const count = await run.count(tx)
  const lanes = count < worthTwoLanes ? [theEnd] : [await run.middle(tx, count), theEnd]
  const scopePaths = [...run.scope.paths]
  const request: Request = { season, pathPattern, lanes, scopePaths, ...(ofBatch && { ofBatch }) }
  return tx.one(insertBatch, [companyId, kind, title, toJson(request), count, madeBy])
}

/** Slice after slice until nobody is left; throws when the signal says stop, to be gone on with. */
export async function finishRun(db: Db, run: SeasonRun, batch: BatchRow): Promise<Progress> {
  const { batchNo } = batch
  const { lanes } = batch.request as Request
  const failed = new AbortController()
  const signals = run.signal ? [run.signal, failed.signal] : [failed.signal]
  const signal = AbortSignal.any(signals)
  const ends = await Promise.allSettled(
    lanes.map(async (_, lane) => {
      try {
        for (;;) {
          signal.throwIfAborted()
          const progress = await db.tx(run.scope, (tx) => runSlice(tx, run, batchNo, lane))
          if (progress === 'finished') return
          run.onProgress?.(progress)
        }
      } catch (error) {
        failed.abort(error)
        throw error
      }
    }),
  )
  const fault = ends.find((end) => end.status === 'rejected')
  if (fault) throw fault.reason
  return progressOf(await db.tx(run.scope, (tx) => tx.one(batchOf, [run.companyId, batchNo])))
}

async function runSlice(
  tx: Tx,
  run: SeasonRun,
  batchNo: string,
  lane: number,
): Promise<Progress | 'finished'> {
  const { companyId, madeBy, season } = run
  await tx.run(lockLane, [`${companyId} ${batchNo} ${lane}`])
  const batch = await tx.one(batchOf, [companyId, batchNo])
  if (batch.state !== 'RUNNING') return 'finished'
  const { lanes } = batch.request as Request
  const after = placesOf(batch)[lane] ?? (lane === 0 ? '' : lanes[lane - 1]!)
  const customers = after === theEnd ? [] : await run.next(tx, after, lanes[lane]!, sliceCustomers)
  if (customers.length === 0) {
    await endLane(tx, run, batchNo, lane)
    return 'finished'
  }
  const { bookingOn, rules } = await bookingOf(tx, companyId)
  const slice = { companyId, season, madeBy, batchNo, bookingOn, rules }
  const { done, amountFen, problems } = await run.slice(tx, slice, customers)
  if (problems.length > 0) await writeProblems(tx, companyId, batchNo, problems)
  const place = customers.at(-1)!.customerId
  const step = [done, problems.length, amountFen, String(lane), place] as const
  return progressOf(await tx.one(advanceLane, [companyId, batchNo, ...step]))
}

async function endLane(tx: Tx, run: SeasonRun, batchNo: string, lane: number): Promise<void> {
  const { companyId } = run
  await tx.one(lockBatch, [companyId, batchNo])
  const step = [0, 0, fen(0), String(lane), theEnd] as const
  const batch = await tx.one(advanceLane, [companyId, batchNo, ...step])
  const { lanes } = batch.request as Request
  if (lanes.every((_, each) => placesOf(batch)[each] === theEnd)) {
    await tx.run(moveBatch, [companyId, batchNo, 'RUNNING', 'DONE'])
  }
}

/** Where each lane stands, by its number. */
const placesOf = ({ position }: BatchRow): Record<number, string> =>
  position === null ? {} : JSON.parse(position)

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
