// Works off the batches that wait, oldest first, wherever it is called: a batch's row is its place
// in the queue, so nothing is lost with the process that was at it.
import { type Db, isConnectionLoss } from '../../db/db.ts'
import { type Scope, wholeCompanies } from '../../db/scope.ts'
import { batchOf, insertBatchProblems, moveBatch, waitingBatches } from './batches.sql.ts'
import { runRollback } from './rollback.ts'
import { isLocked, runList } from './run.ts'
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
  const faults: unknown[] = []
  for (const { batchNo } of waiting) {
    if (isStopping()) break
    const batch = await db.read(whole, (tx) => tx.one(batchOf, [companyId, batchNo]))
    const run = batch.state === 'ROLLING_BACK' ? runRollback : runners[batch.kind]
    const scope = scopeOf(companyId, batch.request)
    try {
      await run?.(db, scope, companyId, batchNo, isStopping)
    } catch (error) {
      faults.push(error)
      // What may pass is tried again; what is broken stops, and holds no other batch back.
      if (isConnectionLoss(error) || isLocked(error)) continue
      await stopBroken(db, scope, companyId, batchNo, batch.state as 'RUNNING' | 'ROLLING_BACK')
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, 'batches that could not go on')
  return waiting.length
}

async function stopBroken(
  db: Db,
  scope: Scope,
  companyId: string,
  batchNo: string,
  from: 'RUNNING' | 'ROLLING_BACK',
): Promise<void> {
  await db.tx(scope, async (tx) => {
    const zh = ['系统错误，执行中止；已办理的部分可以回滚']
    await tx.run(insertBatchProblems, [companyId, batchNo, [null], [null], ['system.failed'], zh])
    await tx.maybe(moveBatch, [companyId, batchNo, from, 'FAILED'])
  })
}
