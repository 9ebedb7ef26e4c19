// The invariants I1–I14 of reliability.md §2.7, each as one statement that returns what breaks it.
// One statement sees one snapshot, so payments may go on meanwhile. `$2` is where a run begins:
// entries of that transaction and later ones are looked at; '0' is everything.
import { query } from '../db/db.ts'

export interface Broken {
  /** What broke, in words for the finding: an account, a key, a table. */
  subject: string
  channelId: string | null
  customerId: string | null
  detail: unknown
}

type Window = [companyId: string, fromXid: string]
const recent = 'e.company_id = $1 and e.written_by >= $2::xid8'
const key = `o.channel_id || '|' || o.bank_date || '|' || o.serial`

export const i1 = query<Window, Broken>(
  'audit_i1',
  `
  select 'entry ' || p.entry_seq as subject, e.channel_id, p.customer_id,
         jsonb_build_object('debit', p.debit, 'credit', p.credit) as detail
    from reli.entries e
    join reli.postings p on p.company_id = e.company_id and p.entry_seq = e.entry_seq
   where ${recent}
     and (p.amount_fen <= 0 or p.debit = p.credit
       or not exists (select from reli.accounts a where a.company_id = $1 and a.account = p.debit)
       or not exists (select from reli.accounts a where a.company_id = $1
         and a.account = p.credit))`,
)

/** Kept balances against the sums of their postings: principal, late fee and prepaid balance. */
export const i2Charges = query<[companyId: string], Broken>(
  'audit_i2_charges',
  `
  with posted as (
    select charge_id,
           sum(case 'receivable'
                 when debit then amount_fen when credit then -amount_fen else 0 end) as owed,
           sum(case 'income.late_fee'
                 when credit then amount_fen when debit then -amount_fen else 0 end)
             as late_paid
      from reli.postings
     where company_id = $1 and charge_id is not null
     group by 1),
  -- What a split brought along was posted to the line it came from.
  brought as (
    select charge_id, sum(late_fee_fen) as late_paid from reli.settlements
     where company_id = $1 and source like 'split:%'
     group by 1)
  select 'charge ' || coalesce(c.charge_id, p.charge_id) as subject, null as channel_id,
    c.customer_id,
         jsonb_build_object('outstanding', c.outstanding_fen, 'posted', p.owed,
                            'latePaid', c.late_paid_fen, 'postedLate', p.late_paid) as detail
    from (select * from reli.charges where company_id = $1) c
    full join posted p on p.charge_id = c.charge_id
    left join brought b on b.charge_id = c.charge_id
   where c.outstanding_fen is distinct from coalesce(p.owed, 0)
      or c.late_paid_fen is distinct from coalesce(p.late_paid, 0) + coalesce(b.late_paid, 0)`,
)

export const i2Balances = query<[companyId: string], Broken>(
  'audit_i2_balances',
  `
  with posted as (
    select customer_id,
      sum(case when credit = 'prepayment' then amount_fen else -amount_fen end) as prepaid
      from reli.postings
     where company_id = $1 and 'prepayment' in (debit, credit)
     group by 1)
  select 'customer ' || coalesce(c.customer_id, p.customer_id) as subject, null as channel_id,
    c.customer_id,
         jsonb_build_object('prepaid', c.prepaid_fen, 'posted', p.prepaid) as detail
    from (select * from reli.customers where company_id = $1) c
    full join posted p on p.customer_id = c.customer_id
   where coalesce(c.prepaid_fen, 0) <> coalesce(p.prepaid, 0)`,
)

/**
 * A line is the sum of what happened to it: its receivable of the differences, what was paid of the
 * banks' parts and the account's own settlements. Lines without a cause were there before their
 * history was kept and may have been paid before it; a split line is looked at in its parts.
 */
export const i2Lines = query<[companyId: string], Broken>(
  'audit_i2_lines',
  `
  with changed as (
    select charge_id,
           sum(delta_fen) filter (where kind in ('CHARGED', 'MOVED')) as charged,
           sum(delta_fen) filter (where kind = 'REDUCED') as reduced,
           sum(delta_fen) filter (where kind = 'WRITTEN_OFF') as written_off
      from reli.charge_changes where company_id = $1 group by 1),
  settled as (
    select charge_id, sum(principal_fen) as paid, sum(late_fee_fen) as late_paid,
           sum(discount_fen) as discount
      from (select charge_id, principal_fen, late_fee_fen, discount_fen
              from reli.settlements where company_id = $1
             union all
            select p ->> 'chargeId', (p ->> 'principalFen')::bigint, (p ->> 'lateFeeFen')::bigint,
                   (p ->> 'discountFen')::bigint
              from reli.operations o
             cross join lateral json_array_elements(o.parts -> 'parts') p
             where o.company_id = $1 and o.state = 'PAID') s
     group by 1)
  select 'charge ' || coalesce(c.charge_id, s.charge_id) as subject, null as channel_id,
         c.customer_id,
         jsonb_build_object('charged', c.charged_fen, 'changes', x.charged, 'paid', c.paid_fen,
                            'settled', s.paid, 'discount', c.discount_fen, 'granted', s.discount,
                            'latePaid', c.late_paid_fen, 'lateSettled', s.late_paid) as detail
    from (select * from reli.charges where company_id = $1) c
    full join settled s on s.charge_id = c.charge_id
    left join changed x on x.charge_id = c.charge_id
   where c.charge_id is null
      or c.paid_fen < coalesce(s.paid, 0)
      or c.discount_fen < coalesce(s.discount, 0)
      or c.late_paid_fen < coalesce(s.late_paid, 0)
      or c.cause_id is not null
         and (c.paid_fen, c.discount_fen, c.late_paid_fen)
             <> (coalesce(s.paid, 0), coalesce(s.discount, 0), coalesce(s.late_paid, 0))
      or c.cause_id is not null and not c.is_moved
         and (c.charged_fen, c.reduced_fen, c.written_off_fen)
             <> (coalesce(x.charged, 0), coalesce(x.reduced, 0), coalesce(x.written_off, 0))`,
)

/** A balance is what moved it: the account's own events, and what the banks brought too much. */
export const i2Movements = query<[companyId: string], Broken>(
  'audit_i2_movements',
  `
  with moved as (
    select customer_id, sum(delta_fen) as moved
      from (select customer_id, delta_fen from reli.balance_movements where company_id = $1
             union all
            select customer_id, (parts ->> 'toBalanceFen')::bigint from reli.operations
             where company_id = $1 and state = 'PAID') m
     group by 1)
  select 'customer ' || c.customer_id as subject, null as channel_id, c.customer_id,
         jsonb_build_object('prepaid', c.prepaid_fen, 'moved', m.moved) as detail
    from reli.customers c left join moved m on m.customer_id = c.customer_id
   where c.company_id = $1 and c.prepaid_fen <> coalesce(m.moved, 0)`,
)

/**
 * A key has at most one payment and one reversal, and a barred key has neither: its row names one
 * entry of each kind, and every such entry must be the one that is named.
 */
export const i3 = query<Window, Broken>(
  'audit_i3',
  `
  select 'key ' || e.channel_id || '|' || e.bank_date || '|' || e.serial as subject, e.channel_id,
         o.customer_id, jsonb_build_object('state', o.state, 'event', e.event, 'entry',
           e.entry_seq) as detail
    from reli.entries e
    left join reli.operations o on o.company_id = $1 and o.channel_id = e.channel_id
     and o.bank_date = e.bank_date and o.serial = e.serial and o.family = 'payment'
   where ${recent}
     and (e.event = 'payment.paid'
            and (o.entry_seq is distinct from e.entry_seq or o.state not in ('PAID', 'REVERSED'))
       or e.event = 'payment.reversed'
            and (o.reversal_seq is distinct from e.entry_seq or o.state <> 'REVERSED'))`,
)

/**
 * What we told a partner is what stands: a success is a payment, an accepted reversal is none. The
 * answer is the frame that went out; what was asked stands with the frame that came in.
 *
 * `offset 0` has each message looked up by its key. A server that was new or was killed has no
 * statistics, and joins thousands of messages to thousands, one by one, beyond any time limit.
 */
export const i4i5 = query<[companyId: string, minutes: number], Broken>(
  'audit_i4_i5',
  `
  select 'key ' || told.channel_id || '|' || asked.bank_date || '|' || asked.serial as subject,
         told.channel_id, o.customer_id,
         jsonb_build_object('told', asked.operation, 'state', o.state) as detail
    from reli.messages told
   cross join lateral (
         select operation, bank_date, serial from reli.messages
          where company_id = $1 and channel_id = told.channel_id and frame_id = told.frame_id
            and direction = 'in'
         offset 0) asked
    left join lateral (
         select customer_id, state from reli.operations
          where company_id = $1 and channel_id = told.channel_id
            and bank_date = asked.bank_date and serial = asked.serial and family = 'payment'
         offset 0) o on true
   where told.company_id = $1 and told.at > now() - make_interval(mins => $2::int)
     and told.direction = 'out' and told.result = 'done'
     and (asked.operation = 'payment.pay' and coalesce(o.state, '') not in ('PAID', 'REVERSED')
       or asked.operation = 'payment.reverse' and coalesce(o.state, '') not in ('REVERSED',
         'BLOCKED'))`,
)

/** A balanced day agrees with the bank's file, line by line, or an exception says why not. */
export const i6 = query<[companyId: string], Broken>(
  'audit_i6',
  `
  with days as (select * from reli.channel_days where company_id = $1 and state = 'BALANCED'),
  lines as (
    select l.* from reli.statement_lines l
      join days d on d.channel_id = l.channel_id and d.bank_date = l.bank_date
       and d.statement_no = l.statement_no
     where l.company_id = $1 and l.state = 'paid'),
  ours as (
    select o.* from reli.operations o
      join days d on d.channel_id = o.channel_id and d.bank_date = o.bank_date
     where o.company_id = $1 and o.state = 'PAID')
  select 'key ' || coalesce(o.channel_id, l.channel_id) || '|' || coalesce(o.bank_date, l.bank_date)
           || '|' || coalesce(o.serial, l.serial) as subject,
         coalesce(o.channel_id, l.channel_id) as channel_id, o.customer_id,
         jsonb_build_object('ours', o.amount_fen, 'bank', l.amount_fen) as detail
    from ours o
    full join lines l on l.channel_id = o.channel_id and l.bank_date = o.bank_date
      and l.serial = o.serial
   where (o.amount_fen is distinct from l.amount_fen or o.customer_no <> l.customer_no)
     and not exists (
       select from reli.exceptions x
        where x.company_id = $1 and x.channel_id = coalesce(o.channel_id, l.channel_id)
          and x.bank_date = coalesce(o.bank_date, l.bank_date)
          and x.serial = coalesce(o.serial, l.serial))`,
)

/** No orphan: every entry has postings and its operation, every booked operation has its entry. */
export const i7 = query<Window, Broken>(
  'audit_i7',
  `
  select 'entry ' || e.entry_seq as subject, e.channel_id, null as customer_id,
         jsonb_build_object('event', e.event) as detail
    from reli.entries e
   where ${recent}
     and (not exists (select from reli.postings p where p.company_id = $1
       and p.entry_seq = e.entry_seq)
       or e.event in ('payment.paid', 'payment.reversed') and not exists (
            select from reli.operations o
             where o.company_id = $1 and o.channel_id = e.channel_id and o.bank_date = e.bank_date
               and o.serial = e.serial and e.entry_seq in (o.entry_seq, o.reversal_seq)))
  union all
  select 'key ' || ${key}, o.channel_id, o.customer_id, jsonb_build_object('entry', o.entry_seq)
    from reli.operations o
   where o.company_id = $1 and o.entry_seq is not null
     and not exists (select from reli.entries e where e.company_id = $1
       and e.entry_seq = o.entry_seq)`,
)

/** Rows of record cannot be changed by the application, nor by anybody without a trace. */
export const i8 = query<[tables: string[]], Broken>(
  'audit_i8',
  `
  select 'table ' || name as subject, null as channel_id, null as customer_id,
         jsonb_build_object('table', name) as detail
    from unnest($1::text[]) as name
   where has_table_privilege('reli_app', 'reli.' || name, 'update, delete, truncate')
      or not exists (select from pg_trigger
                      where tgrelid = ('reli.' || name)::regclass and tgname = 'append_only'
                        and tgenabled = 'O')`,
)

/**
 * Each payment has its blue request and voucher line, each reversal its red one, or they are
 * coming.
 */
export const i9 = query<Window, Broken>(
  'audit_i9',
  `
  select 'entry ' || e.entry_seq as subject, e.channel_id, null as customer_id,
         jsonb_build_object('event', e.event, 'invoice', i.kind, 'voucher', v.event) as detail
    from reli.entries e
    left join reli.invoice_requests i on i.company_id = $1 and i.entry_seq = e.entry_seq
    left join reli.voucher_lines v on v.company_id = $1 and v.entry_seq = e.entry_seq
   where ${recent} and e.event in ('payment.paid', 'payment.reversed')
     and (i.kind is distinct from case e.event when 'payment.paid' then 'blue' else 'red' end
       or v.event is distinct from e.event)
     and not exists (select from reli.outbox b where b.company_id = $1
       and b.entry_seq = e.entry_seq)`,
)

/** The stored answer says what was booked. */
export const i10 = query<Window, Broken>(
  'audit_i10',
  `
  select 'key ' || ${key} as subject, o.channel_id, o.customer_id, o.answer as detail
    from reli.entries e
    join reli.operations o on o.company_id = $1 and o.channel_id = e.channel_id
     and o.bank_date = e.bank_date and o.serial = e.serial and o.entry_seq = e.entry_seq
   where ${recent} and e.event = 'payment.paid'
     and (o.answer ->> 'receiptNo' is distinct from o.receipt_no::text
       or o.answer ->> 'amountFen' is distinct from o.amount_fen::text
       or o.answer ->> 'customerNo' is distinct from o.customer_no::text
       or o.amount_fen is distinct from (
            select sum(p.amount_fen) from reli.postings p
             where p.company_id = $1 and p.entry_seq = e.entry_seq and p.debit like 'clearing:%'))`,
)

/** A reversal gives back, posting by posting, what the entry it names took. */
export const i11 = query<Window, Broken>(
  'audit_i11',
  `
  select 'entry ' || e.entry_seq as subject, e.channel_id, null as customer_id,
         jsonb_build_object('reverses', e.reverses_seq) as detail
    from reli.entries e
   where ${recent} and e.reverses_seq is not null
     and exists (
       (select debit, credit, amount_fen, charge_id from reli.postings
         where company_id = $1 and entry_seq = e.entry_seq
        except all
        select credit, debit, amount_fen, charge_id from reli.postings
         where company_id = $1 and entry_seq = e.reverses_seq)
       union all
       (select credit, debit, amount_fen, charge_id from reli.postings
         where company_id = $1 and entry_seq = e.reverses_seq
        except all
        select debit, credit, amount_fen, charge_id from reli.postings
         where company_id = $1 and entry_seq = e.entry_seq))`,
)

/** Transactions of an older booking date all began to write before those of a newer one. */
export const i12 = query<Window, Broken>(
  'audit_i12',
  `
  with days as (
    select e.booking_on, min(e.written_by) as first, max(e.written_by) as last
      from reli.entries e
     where ${recent} and e.channel_id is not null
     group by 1)
  select 'booking date ' || older.booking_on as subject, null as channel_id, null as customer_id,
         jsonb_build_object('newer', newer.booking_on) as detail
    from days older join days newer on older.booking_on < newer.booking_on
      and older.last > newer.first`,
)

/** Every table with rows of a company filters them, for its owner too. */
export const i14 = query<[], Broken>(
  'audit_i14',
  `
  select 'table ' || c.relname as subject, null as channel_id, null as customer_id,
         jsonb_build_object('table', c.relname) as detail
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'reli'
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id'
   where c.relkind in ('r', 'p')
     and not (c.relrowsecurity and c.relforcerowsecurity
              and exists (select from pg_policy where polrelid = c.oid))`,
)

export const openFinding = query<
  [companyId: string, invariants: string[], subjects: string[], details: string[]],
  { subject: string }
>(
  'open_finding',
  `
  insert into reli.audit_findings (company_id, invariant, subject, detail)
  select $1, f.* from unnest($2::text[], $3::text[], $4::jsonb[]) as f
  on conflict (company_id, invariant, subject) where closed_at is null do nothing
  returning subject`,
)

export const stopChannels = query<[companyId: string, channelIds: string[], reason: string], never>(
  'stop_channels',
  `
  update reli.channels set enabled = false, disabled_reason = $3, version = version + 1
   where company_id = $1 and channel_id = any($2::text[]) and enabled`,
)

export const lockCustomers = query<[companyId: string, customerIds: string[]], never>(
  'lock_customers',
  `
  update reli.customers set collection_locked = true
   where company_id = $1 and customer_id = any($2::text[])`,
)

export const insertAuditRun = query<
  [companyId: string, tookMs: number, checked: string[], broken: number],
  never
>(
  'insert_audit_run',
  `
  insert into reli.audit_runs (company_id, started_at, took_ms, checked, broken)
  values ($1, clock_timestamp() - make_interval(secs => $2::int / 1000.0), $2, $3, $4)`,
)

export const insertAuditNotice = query<[companyId: string, subject: string, text: string], never>(
  'insert_audit_notice',
  `
  insert into reli.notices (company_id, role, kind, subject, text, link)
  values ($1, 'supervisor', 'audit', $2, $3, '/notices') on conflict do nothing`,
)
