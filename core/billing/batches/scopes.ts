// Whose eyes a batch has: it works in the background with the scope of the person who asked for it.
import { toJson } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import { type BatchRow, insertBatch, lockBatchNumbers } from './batches.sql.ts'

export interface NewBatch {
  companyId: string
  kind: string
  title: string
  request: object
  totalCount: number
  madeBy: string
  scope: Scope
}

/** A number of its own and the state RUNNING: whichever worker sees it first works on it. */
export async function openBatch(tx: Tx, batch: NewBatch): Promise<BatchRow> {
  const { companyId, kind, title, request, totalCount, madeBy, scope } = batch
  await tx.one(lockBatchNumbers, [companyId])
  const stored = toJson({ ...request, scopePaths: [...scope.paths] })
  return tx.one(insertBatch, [companyId, kind, title, stored, totalCount, madeBy])
}

export function scopeOf(companyId: string, request: unknown): Scope {
  const { scopePaths } = request as { scopePaths?: string[] }
  return { companies: [companyId], paths: scopePaths ?? [] }
}
