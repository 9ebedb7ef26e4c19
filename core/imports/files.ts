// The file as it was sent: taken in once, kept in pieces, read again by whoever needs it.
import { createHash } from 'node:crypto'
import type { Tx } from '../db/db.ts'
import type { Scope } from '../db/scope.ts'
import {
  freeRolledBack,
  insertImport,
  insertPart,
  lockImportNumbers,
  partsOf,
  sameFile,
} from './imports.sql.ts'

/** A row of a megabyte is one that PostgreSQL moves without pain. */
const partBytes = 1024 * 1024

export interface SentFile {
  companyId: string
  template: string
  fileName: string
  bytes: Buffer
  scope: Scope
  madeBy: string
}

export type Taken = { is: 'new'; importNo: string } | { is: 'known'; importNo: string }

export async function takeFile(tx: Tx, file: SentFile): Promise<Taken> {
  const { companyId, template, fileName, bytes, scope, madeBy } = file
  const digest = createHash('sha256').update(bytes).digest()
  await tx.one(lockImportNumbers, [companyId])
  await tx.run(freeRolledBack, [companyId, digest])
  const earlier = await tx.maybe(sameFile, [companyId, digest])
  if (earlier) return { is: 'known', importNo: earlier.importNo }
  const { importNo } = await tx.one(insertImport, [
    companyId,
    template,
    fileName,
    digest,
    bytes.length,
    scope.paths,
    madeBy,
  ])
  for (let at = 0; at < bytes.length; at += partBytes) {
    const part = bytes.subarray(at, at + partBytes)
    await tx.run(insertPart, [companyId, importNo, at / partBytes, part])
  }
  return { is: 'new', importNo }
}

export async function fileOf(tx: Tx, companyId: string, importNo: string): Promise<Buffer> {
  const parts = await tx.many(partsOf, [companyId, importNo])
  return Buffer.concat(parts.map(({ bytes }) => bytes))
}
