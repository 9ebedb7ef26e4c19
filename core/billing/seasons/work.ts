// Carries on the acts of seasons that the API began, or that were cut off with their process.
import type { Db } from '../../db/db.ts'
import { wholeCompanies } from '../../db/scope.ts'
import { batchOf, waitingBatches } from '../batches/batches.sql.ts'
import { scopeOf } from '../batches/scopes.ts'
import { continueSeason } from './season.ts'

const kinds = ['season.open', 'season.rollback', 'season.close']

export async function workSeasons(
  db: Db,
  companyId: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const whole = wholeCompanies(companyId)
  const waiting = await db.read(whole, (tx) => tx.many(waitingBatches, [companyId, kinds]))
  for (const { batchNo } of waiting) {
    if (signal.aborted) break
    const batch = await db.read(whole, (tx) => tx.one(batchOf, [companyId, batchNo]))
    await continueSeason(db, scopeOf(companyId, batch.request), companyId, batchNo, signal)
  }
  return waiting.length
}
