// Removes what ran out and is of no record. Everything else stays for ever.
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import * as sql from './cleaning.sql.ts'

export async function removeEnded(db: Db, company: string): Promise<void> {
  await db.tx(wholeCompanies(company), async (tx) => {
    await tx.run(sql.removeEndedSessions, [company])
    await tx.run(sql.removeOldQueryCounts, [company])
    await tx.run(sql.removeOldFires, [])
  })
}
