// What a worker does for files and batches: dry runs that wait, batches that run or go back.
import { listRunners, workBatches } from '../billing/batches/work.ts'
import type { Db } from '../db/db.ts'
import { runImport } from './apply.ts'
import { checkImports } from './check.ts'

export const runners = { ...listRunners, import: runImport }

export async function workImports(
  db: Db,
  companyId: string,
  isStopping?: () => boolean,
): Promise<void> {
  await checkImports(db, companyId, isStopping)
  await workBatches(db, companyId, runners, isStopping)
}
