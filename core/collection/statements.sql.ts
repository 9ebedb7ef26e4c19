// Statement files and the accounting days they settle.
import { query } from '../db/db.ts'

export type StatementState = 'IMPORTED' | 'REFUSED' | 'WAITING_CONSENT'

export interface KnownStatement {
  statementNo: number
  fileName: string
  state: StatementState
  digest: Buffer
}

type DayKey = [company: string, channel: string, bankDate: string]

export const openDay = query<DayKey, never>(
  'open_statement_day',
  `insert into reli.channel_days (company_id, channel_id, bank_date) values ($1, $2, $3)
   on conflict do nothing`,
)

// The day's row is what two importers, two runners and an operator wait for each other on.
export const lockDay = query<DayKey, { state: string; statementNo: number | null }>(
  'lock_channel_day',
  `select state, statement_no from reli.channel_days
    where company_id = $1 and channel_id = $2 and bank_date = $3 for update`,
)

export const statementsOf = query<DayKey, KnownStatement>(
  'statements_of_day',
  `select statement_no, file_name, state, digest from reli.statements
    where company_id = $1 and channel_id = $2 and bank_date = $3
    order by statement_no, fetched_at`,
)

export const insertStatement = query<
  [
    ...DayKey,
    statementNo: number,
    fileName: string,
    digest: Uint8Array,
    state: StatementState,
    problems: string,
    rows: number,
    paidCount: number,
    paidFen: bigint,
    reversedFen: bigint,
  ],
  never
>(
  'insert_statement',
  `insert into reli.statements (company_id, channel_id, bank_date, statement_no, file_name, digest,
          state, problems, row_count, paid_count, paid_fen, reversed_fen)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
   on conflict do nothing`,
)

export const insertLines = query<
  [
    ...DayKey,
    statementNo: number,
    lineNos: number[],
    serials: string[],
    customerNos: string[],
    names: string[],
    amounts: bigint[],
    states: string[],
    paidAts: string[],
    outlets: string[],
    receiptNos: (string | null)[],
  ],
  never
>(
  'insert_statement_lines',
  `insert into reli.statement_lines (company_id, channel_id, bank_date, statement_no, line_no,
    serial,
          customer_no, name, amount_fen, state, paid_at, outlet, receipt_no)
   select $1, $2, $3, $4, line.*
     from unnest($5::int[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[],
                 $11::timestamp[], $12::text[], $13::text[]) as line`,
)

/**
 * Payments hold this lock shared from their first look at the day to their commit
 * (core/hub/gather.ts). Whoever has it alone knows: what was decided on an open day is committed,
 * and whatever comes next sees the day's file. Taken last, for the length of one update.
 */
export const waitForBookings = query<[company: string], unknown>(
  'wait_for_bookings',
  `select pg_advisory_xact_lock(7201, hashtext('booking:' || $1))`,
)

// From here on the day is settled by this file. A day that had been balanced by another is open
// again.
export const useStatement = query<[...DayKey, statementNo: number], never>(
  'use_statement',
  `update reli.channel_days d
      set state = 'FILE_IN', statement_no = s.statement_no, bank_paid_count = s.paid_count,
          bank_paid_fen = s.paid_fen, balanced_at = null
     from reli.statements s
    where d.company_id = $1 and d.channel_id = $2 and d.bank_date = $3
      and s.company_id = $1 and s.channel_id = $2 and s.bank_date = $3
      and s.statement_no = $4 and s.state = 'IMPORTED'`,
)

export const decideStatement = query<
  [...DayKey, statementNo: number, state: StatementState],
  never
>(
  'decide_statement',
  `update reli.statements set state = $5
    where company_id = $1 and channel_id = $2 and bank_date = $3 and statement_no = $4
      and state = 'WAITING_CONSENT'`,
)

export const insertConsent = query<
  [company: string, actor: string, action: string, subject: string, reason: string],
  never
>(
  'insert_statement_consent',
  `insert into reli.audit_log (company_id, actor, action, subject, reason)
   values ($1, $2, $3, $4, $5)`,
)

export const consentersOf = query<
  [company: string, action: string, subject: string],
  { actor: string }
>(
  'statement_consenters',
  `select distinct actor from reli.audit_log
    where company_id = $1 and action = $2 and subject = $3`,
)

// Days whose file is used and that are not balanced yet, or that no file has come for.
export const unfinishedDays = query<
  [company: string, channel: string, notBefore: string],
  { bankDate: string }
>(
  'unfinished_channel_days',
  `select bank_date from reli.channel_days
    where company_id = $1 and channel_id = $2 and bank_date >= $3 and state = 'FILE_IN'
    order by bank_date`,
)
