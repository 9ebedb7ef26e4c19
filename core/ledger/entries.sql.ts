// Entries and postings are inserted, many at a time, and read. There is no statement that changes
// one.
import { query } from '../db/db.ts'

export const nextEntrySeqs = query<[count: number], { seq: bigint }>(
  'next_entry_seqs',
  `
  select nextval('reli.entry_seq') as seq from generate_series(1, $1::int)`,
)

type EntryColumns = [
  companyId: string,
  entrySeqs: bigint[],
  bookingOn: string,
  events: string[],
  memos: string[],
  channelIds: (string | null)[],
  bankDates: (string | null)[],
  serials: (string | null)[],
  reversesSeqs: (bigint | null)[],
]

export const insertEntries = query<EntryColumns, never>(
  'insert_entries',
  `
  insert into reli.entries
         (company_id, entry_seq, booking_on, event, memo, channel_id, bank_date, serial,
           reverses_seq)
  select $1, e.seq, $3::date, e.event, e.memo, e.channel, e.bank_date, e.serial, e.reverses
    from unnest($2::bigint[], $4::text[], $5::text[], $6::text[], $7::date[], $8::text[],
      $9::bigint[])
         as e (seq, event, memo, channel, bank_date, serial, reverses)`,
)

type PostingColumns = [
  companyId: string,
  entrySeqs: bigint[],
  lineNos: number[],
  debits: string[],
  credits: string[],
  amountsFen: bigint[],
  customerIds: (string | null)[],
  chargeIds: (string | null)[],
]

export const insertPostings = query<PostingColumns, never>(
  'insert_postings',
  `
  insert into reli.postings
         (company_id, entry_seq, line_no, debit, credit, amount_fen, customer_id, charge_id)
  select $1, p.*
    from unnest($2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::text[],
      $8::text[])
         as p`,
)
