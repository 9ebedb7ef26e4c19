// The cut-over 日切 moves the one booking date of a company (reliability.md §2.6). It waits for the
// postings under way and holds back new ones for one update. The target is the condition: a second
// scheduler, a second click or a repeat after a crash finds the date there already (F36). It never
// moves backwards, and a worker that was down at midnight makes up for it when it is back.
import { applyDueVersions } from '../billing/policy/policies.ts'
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import * as sql from './cut-over.sql.ts'

/** Today in Beijing by the database's clock, which all processes share. */
export const today = (db: Db, company: string): Promise<string> =>
  db.read(wholeCompanies(company), async (tx) => (await tx.one(sql.todayInBeijing, [])).today)

/** Moves the booking date to `target`; whether it was this call that moved it. */
export async function cutOver(db: Db, company: string, target: string): Promise<boolean> {
  const scope = wholeCompanies(company)
  // Asked without the lock first: on all but one minute of the day nobody has to be held back.
  const behind = await db.read(scope, (tx) => tx.maybe(sql.bookingDateBefore, [company, target]))
  if (!behind) return false
  return await db.tx(scope, async (tx) => {
    await tx.one(sql.holdBackBookings, [company])
    const moved = await tx.run(sql.moveBookingDate, [company, target])
    if (moved === 0) return false
    const [before, after] = [behind.bookingOn, target].map((bookingOn) => ({ bookingOn }))
    await tx.run(sql.recordCutOver, [
      company,
      target,
      JSON.stringify(before),
      JSON.stringify(after),
    ])
    // Policies whose day this is (domain.md §4.0).
    await applyDueVersions(tx, company, target)
    return true
  })
}
