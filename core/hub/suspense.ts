// Money that stands at a channel and cannot be booked to anybody yet: it goes into the channel's
// suspense account under its accounting date, so that «money in doubt» is one number at every
// second.
import type { Fen } from '@reli/sdk'
import type { Tx } from '../db/db.ts'
import { clearingOf, suspenseOf } from '../ledger/chart.ts'
import { takeEntrySeqs, writeEntries } from '../ledger/entries.ts'
import { takeMoment } from './gather.ts'
import { heldFor } from './suspense.sql.ts'

export interface Doubt {
  company: string
  channel: string
  bankDate: string
  serial: string
  amountFen: Fen
  why: string
}

/** The entry that holds the money; the same one when it is held already. */
export async function holdInSuspense(tx: Tx, doubt: Doubt): Promise<bigint> {
  const { company, channel, bankDate, serial, amountFen, why } = doubt
  const { bookingOn } = await takeMoment(tx, company)
  const account = suspenseOf(channel)
  const held = await tx.maybe(heldFor, [company, channel, bankDate, serial, account])
  if (held) return held.entrySeq
  const [entrySeq] = await takeEntrySeqs(tx, 1)
  await writeEntries(tx, company, bookingOn, [
    {
      entrySeq: entrySeq!,
      event: 'suspense.held',
      memo: why,
      cause: { channel, bankDate, serial },
      postings: [{ debit: clearingOf(channel), credit: account, amountFen }],
    },
  ])
  return entrySeq!
}
