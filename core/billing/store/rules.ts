// A company's rules out of its rows: seasons with their policy and prices. The switches of the
// newest season that names them hold for the accounts (domain.md §4.0).
import type { Tx } from '../../db/db.ts'
import type { Rules } from '../engine/state.ts'
import { rulesFrom } from '../policy/rules.ts'
import { bookingDay, openSeasons, pricesOf, seasonsWithPolicy } from './rules.sql.ts'

export async function rulesOf(tx: Tx, companyId: string): Promise<Rules> {
  const seasons = await tx.many(seasonsWithPolicy, [companyId])
  return rulesFrom(seasons, await tx.many(pricesOf, [companyId]))
}

/** What events of a company are booked by: its rules, and the booking date while it is held. */
export async function bookingOf(
  tx: Tx,
  companyId: string,
): Promise<{ companyId: string; rules: Rules; bookingOn: string }> {
  const { bookingOn } = await tx.one(bookingDay, [companyId])
  return { companyId, bookingOn, rules: await rulesOf(tx, companyId) }
}

/** Banks may collect for them now. */
export async function seasonsOpenForCollection(tx: Tx, companyId: string): Promise<Set<string>> {
  return new Set((await tx.many(openSeasons, [companyId])).map(({ season }) => season))
}
