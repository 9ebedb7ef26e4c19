// Works off the batches that wait, oldest first, wherever it is called: a batch's row is its place
// in the queue, so nothing is lost with the process that was at it.
import type { Db } from '../../db/db.ts'
import { wholeCompanies } from '../../db/scope.ts'
import { batchOf, waitingBatches } from './batches.sql.ts'
import { runRollback } from './rollback.ts'
import { runList } from './run.ts'
import { scopeOf } from './scopes.ts'

/** Runs a batch of one kind from where it stands. */
export type BatchRunner = typeof runList

/** `import` joins from its own room. */
export const listRunners: Record<string, BatchRunner> = { events: runList }

export async function workBatches(
  db: Db,
  companyId: string,
  runners: Record<string, BatchRunner> = listRunners,
  isStopping: () => boolean = () => false,
): Promise<number> {
  const whole = wholeCompanies(companyId)
  const waiting = await db.read(whole, (tx) =>
    tx.many(waitingBatches, [companyId, Object.keys(runners)]),
  )
  for (const { batchNo } of waiting) {
    if (isStopping()) break
    const batch = await db.read(whole, (tx) => tx.one(batchOf, [companyId, batchNo]))
    const run = batch.state === 'ROLLING_BACK' ? runRollback : runners[batch.kind]
    await run?.(db, scopeOf(companyId, batch.request), companyId, batchNo, isStopping)
  }
  return waiting.length
}
