// Fetch and reconcile: for one channel, every accounting date that has a file waiting or is not
// balanced yet. Each date stands for itself; one that fails does not keep the others waiting.
import { addDays } from '../billing/seasons.ts'
import { type Reconciled, type Reconciler, reconcileDay } from '../collection/reconcile.ts'
import {
  datesIn,
  type StatementFolder,
  type StatementSource,
  type Taken,
  takeStatement,
  unfinishedDays,
} from '../collection/statements.ts'
import { today } from './cut-over.ts'

/** A channel with the folder its files arrive in. */
export interface ChannelFiles extends StatementSource {
  open<T>(work: (folder: StatementFolder) => Promise<T>): Promise<T>
}

export interface DayResult {
  bankDate: string
  taken: Taken
  reconciled: Reconciled
}

/** Results of older dates are no longer told (the papers' R6), nor are their files read. */
const oldestDays = 30

/** All dates that are due; or the one that a person asked for, whatever its age. */
export async function fetchAndReconcile(
  reconciler: Reconciler,
  channel: ChannelFiles,
  bankDate?: string,
): Promise<DayResult[]> {
  const { db, company } = reconciler
  const now = await today(db, company)
  const oldest = addDays(now, -oldestDays)
  const taken = new Map<string, Taken>()
  const faults: unknown[] = []
  try {
    await channel.open(async (folder) => {
      const inFolder = datesIn(channel.spec, await folder.list())
      // A date is over before its file is settled; a file of today or later is not looked at.
      const ripe = inFolder.filter((date) => date >= oldest && date < now)
      for (const date of bankDate === undefined ? ripe : [bankDate]) {
        taken.set(date, await takeStatement(db, channel, folder, date))
      }
    })
  } catch (error) {
    faults.push(error) // What has been taken in before can be reconciled all the same.
  }
  const unfinished = await unfinishedDays(db, channel, oldest)
  const due =
    bankDate === undefined ? [...taken.keys(), ...unfinished, addDays(now, -1)] : [bankDate]
  const results: DayResult[] = []
  for (const date of [...new Set(due)].sort()) {
    try {
      const reconciled = await reconcileDay(reconciler, channel.channel, date)
      results.push({ bankDate: date, taken: taken.get(date) ?? { is: 'missing' }, reconciled })
    } catch (error) {
      faults.push(error)
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, `${channel.channel}: not all was done`)
  return results
}
