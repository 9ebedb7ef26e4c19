import { query } from '../db/db.ts'

/** Rows that already hold this key's money, so that holding twice holds once. */
export const heldFor = query<
  [companyId: string, channelId: string, bankDate: string, serial: string, account: string],
  { entrySeq: bigint }
>(
  'held_for',
  `
  select e.entry_seq
    from reli.entries e
    join reli.postings p on p.company_id = e.company_id and p.entry_seq = e.entry_seq
   where e.company_id = $1 and e.channel_id = $2 and e.bank_date = $3::date and e.serial = $4
     and e.event = 'suspense.held' and p.credit = $5`,
)
