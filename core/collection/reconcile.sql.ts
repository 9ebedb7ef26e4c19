// Both sides of an accounting date, the differences between them, and the day's state.
import type { UnknownProfile } from '@reli/sdk'
import { query } from '../db/db.ts'
import type { BankLine, OurOperation } from './reconcile-classes.ts'

type DayKey = [company: string, channel: string, bankDate: string]

export interface DayRow {
  state: 'OPEN' | 'FILE_IN' | 'BALANCED'
  statementNo: number | null
  bankPaidCount: bigint | null
  bankPaidFen: bigint | null
  title: string
  unknownProfile: UnknownProfile
}

export const lockDayToReconcile = query<DayKey, DayRow>(
  'lock_day_to_reconcile',
  `select d.state, d.statement_no, d.bank_paid_count, d.bank_paid_fen, c.title, c.unknown_profile
     from reli.channel_days d
     join reli.channels c using (company_id, channel_id)
    where d.company_id = $1 and d.channel_id = $2 and d.bank_date = $3
      for update of d`,
)

export const bankLinesOf = query<[...DayKey, statementNo: number], BankLine>(
  'bank_lines_of_day',
  `select serial, customer_no, amount_fen, state, paid_at, outlet from reli.statement_lines
    where company_id = $1 and channel_id = $2 and bank_date = $3 and statement_no = $4
    order by line_no`,
)

export const ourOperationsOf = query<DayKey, OurOperation>(
  'our_operations_of_day',
  `select serial, state, customer_no, amount_fen from reli.operations
    where company_id = $1 and channel_id = $2 and bank_date = $3 and family = 'payment'
    order by serial`,
)

export interface ExceptionRow {
  serial: string
  class: string
  state: 'PENDING' | 'AUTO_BALANCED' | 'HAND_BALANCED' | 'ON_HOLD'
  bankFen: bigint | null
  ourFen: bigint | null
  cause: string
  entrySeq: bigint | null
  resolution: string | null
  resolvedBy: string | null
  checkedBy: string | null
}

const exceptionColumns =
  'serial, class, state, bank_fen, our_fen, cause, entry_seq, resolution, resolved_by, checked_by'

export const exceptionsOf = query<DayKey, ExceptionRow>(
  'exceptions_of_day',
  `select ${exceptionColumns} from reli.exceptions
    where company_id = $1 and channel_id = $2 and bank_date = $3 order by serial, class`,
)

// A difference that had balanced itself and is back, because the bank replaced its file, is open
// again.
export const insertExceptions = query<
  [
    ...DayKey,
    serials: string[],
    classes: string[],
    ourFen: (bigint | null)[],
    ourStates: (string | null)[],
    bankFen: (bigint | null)[],
    bankStates: (string | null)[],
    customerNos: (string | null)[],
    causes: string[],
    suggestions: (string | null)[],
  ],
  never
>(
  'insert_exceptions',
  `insert into reli.exceptions (company_id, channel_id, bank_date, serial, class, state, our_fen,
          our_state, bank_fen, bank_state, customer_no, cause, suggestion)
   select $1, $2, $3, x.serial, x.class, 'PENDING', x.our_fen, x.our_state, x.bank_fen,
     x.bank_state,
          x.customer_no, x.cause, x.suggestion
     from unnest($4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[], $9::text[],
                 $10::text[], $11::text[], $12::text[])
          as x(serial, class, our_fen, our_state, bank_fen, bank_state, customer_no, cause,
            suggestion)
   on conflict (company_id, channel_id, bank_date, serial, class) do update
      set state = 'PENDING', our_fen = excluded.our_fen, our_state = excluded.our_state,
          bank_fen = excluded.bank_fen, bank_state = excluded.bank_state, cause = excluded.cause,
          suggestion = excluded.suggestion, entry_seq = null, closed_at = null, opened_at = now()
    where exceptions.state = 'AUTO_BALANCED'`,
)

// A difference that is gone: the entry that did it is the payment's, or its reversal's. A debt that
// may have been paid twice is booked, and still worth a look.
export const closeExceptions = query<
  [...DayKey, serials: string[], classes: string[], causes: string[]],
  never
>(
  'close_exceptions',
  `update reli.exceptions e
      set state = 'AUTO_BALANCED', cause = x.cause, closed_at = now(),
          suggestion = case when e.class = 'DUPLICATE' then e.suggestion end,
          entry_seq = (select coalesce(o.reversal_seq, o.entry_seq) from reli.operations o
                        where o.company_id = $1 and o.channel_id = $2 and o.bank_date = $3
                          and o.serial = x.serial and o.family = 'payment')
     from unnest($4::text[], $5::text[], $6::text[]) as x(serial, class, cause)
    where e.company_id = $1 and e.channel_id = $2 and e.bank_date = $3
      and e.serial = x.serial and e.class = x.class
      and e.state = 'PENDING' and e.entry_seq is null`,
)

export const explainException = query<
  [...DayKey, serial: string, exceptionClass: string, cause: string],
  never
>(
  'explain_exception',
  `update reli.exceptions set cause = $6
    where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4 and class = $5
      and state = 'PENDING' and entry_seq is null and cause <> $6`,
)

export const lockException = query<
  [...DayKey, serial: string, exceptionClass: string],
  ExceptionRow
>(
  'lock_exception',
  `select ${exceptionColumns} from reli.exceptions
    where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4 and class = $5
      for update`,
)

export const lockOperationState = query<
  [...DayKey, serial: string],
  { state: OurOperation['state'] }
>(
  'lock_operation_state',
  `select state from reli.operations
    where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4
      and family = 'payment' for update`,
)

export const recordHold = query<
  [
    ...DayKey,
    serial: string,
    exceptionClass: string,
    entrySeq: bigint,
    cause: string,
    suggestion: string,
  ],
  never
>(
  'record_hold',
  `update reli.exceptions set entry_seq = $6, cause = $7, suggestion = $8
    where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4 and class = $5`,
)

/** Our side as the books have it now, and what stands in suspense for this date. */
export const dayTotals = query<
  DayKey,
  { paidCount: bigint; paidFen: bigint; heldCount: bigint; heldFen: bigint }
>(
  'reconciled_day_totals',
  `select p.paid_count, p.paid_fen, h.held_count, h.held_fen
     from (select count(*) as paid_count, coalesce(sum(amount_fen), 0)::bigint as paid_fen
             from reli.operations
            where company_id = $1 and channel_id = $2 and bank_date = $3
              and family = 'payment' and state = 'PAID') p,
          (select count(*) as held_count, coalesce(sum(bank_fen), 0)::bigint as held_fen
             from reli.exceptions
            where company_id = $1 and channel_id = $2 and bank_date = $3
              and state in ('PENDING', 'ON_HOLD') and entry_seq is not null) h`,
)

// Only what differs is written, so that a run without news changes no row.
export const setDay = query<[...DayKey, state: string, ourCount: bigint, ourFen: bigint], never>(
  'set_channel_day',
  `update reli.channel_days
      set state = $4, our_paid_count = $5, our_paid_fen = $6, checked_at = now(),
          balanced_at = case when $4 = 'BALANCED' then coalesce(balanced_at, now()) end
    where company_id = $1 and channel_id = $2 and bank_date = $3
      and (state, our_paid_count, our_paid_fen) is distinct from ($4, $5::bigint, $6::bigint)`,
)

export const insertFinding = query<[company: string, subject: string, detail: string], never>(
  'insert_reconcile_finding',
  `insert into reli.audit_findings (company_id, invariant, subject, detail) values ($1, 'I6', $2,
    $3)
   on conflict do nothing`,
)

export const resolve = query<
  [
    ...DayKey,
    serial: string,
    exceptionClass: string,
    resolution: string,
    reason: string,
    by: string,
  ],
  never
>(
  'resolve_exception',
  `update reli.exceptions set resolution = $6, reason = $7, resolved_by = $8
    where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4 and class = $5`,
)

export const closeResolved = query<
  [...DayKey, serial: string, exceptionClass: string, state: string, by: string],
  never
>(
  'close_resolved_exception',
  `update reli.exceptions set state = $6, checked_by = $7, closed_at = now()
    where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4 and class = $5`,
)

export const recordAct = query<
  [company: string, actor: string, action: string, subject: string, after: string, reason: string],
  never
>(
  'record_reconcile_act',
  `insert into reli.audit_log (company_id, actor, action, subject, after, reason)
   values ($1, $2, $3, $4, $5, $6)`,
)

export const sendBack = query<[...DayKey, serial: string, exceptionClass: string], never>(
  'send_back_exception',
  `update reli.exceptions set resolution = null, reason = null, resolved_by = null
    where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4 and class = $5`,
)

/**
 * A payment that was taken for a day whose file is in: its difference is on record with it (F35).
 */
export const insertLatePayments = query<
  [
    company: string,
    channels: string[],
    bankDates: string[],
    serials: string[],
    ourFen: bigint[],
    customerNos: string[],
    cause: string,
    suggestion: string,
  ],
  never
>(
  'insert_late_payments',
  `insert into reli.exceptions (company_id, channel_id, bank_date, serial, class, state, our_fen,
          our_state, customer_no, cause, suggestion)
   select $1, x.channel, x.bank_date, x.serial, 'LOCAL_ONLY', 'PENDING', x.our_fen, 'PAID',
          x.customer_no, $7, $8
     from unnest($2::text[], $3::date[], $4::text[], $5::bigint[], $6::text[])
          as x(channel, bank_date, serial, our_fen, customer_no)
   on conflict do nothing`,
)
