// From the outbox to documents: each payment wants one blue invoice request and one voucher line,
// each reversal one red one (reliability.md I9). The outbox row was written with the money; it
// leaves with its documents, and an entry that has its documents already gets no second ones (F38).
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { turnIntoDocuments } from './documents.sql.ts'

/** Which invoice a topic wants. Other topics are left for whoever understands them. */
const invoiceOf = {
  'payment.paid': 'blue',
  'payment.reversed': 'red',
  'counter.paid': 'blue',
  'counter.reversed': 'red',
} as const

/** One statement's share; more rows are taken by the next one at once. */
const atOnce = 2_000

/** Turns everything that waits into documents; how many rows that were. */
export async function makeDocuments(db: Db, company: string): Promise<number> {
  const scope = wholeCompanies(company)
  const params = [company, Object.keys(invoiceOf), Object.values(invoiceOf), atOnce] as const
  let made = 0
  for (;;) {
    const { count } = await db.tx(scope, (tx) => tx.one(turnIntoDocuments, [...params]))
    made += count
    if (count < atOnce) return made
  }
}
