// Closing a season (domain.md §5): the copies of its rooms are frozen, with an event for each
// customer. Nothing else changes: what is owed keeps its season and late fee and is arrears from
// now on; balances stay with their customers. As the engine's `closeSeason` decides, for a whole
// slice.
import { fen } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import { takeEventIds } from '../store/write.ts'
import { freezeRooms, insertClosings } from './closing.sql.ts'
import type { Slice, SliceResult } from './run.ts'
import type { WaitingRow } from './seasons.sql.ts'

export async function closeSlice(
  tx: Tx,
  { companyId, season, madeBy, batchNo, bookingOn }: Slice,
  customers: readonly WaitingRow[],
): Promise<SliceResult> {
  const ids = customers.map(({ customerId }) => customerId)
  const eventIds = await takeEventIds(tx, ids.length)
  await tx.run(freezeRooms, [companyId, season, ids])
  const about = [companyId, bookingOn, season, madeBy, batchNo] as const
  await tx.run(insertClosings, [...about, eventIds, ids])
  return { done: ids.length, amountFen: fen(0), problems: [] }
}
