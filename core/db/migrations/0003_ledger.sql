-- Up Migration
-- Double-entry truth. A posting has both sides, so an unbalanced entry cannot be written; nothing here
-- is ever changed, a correction is a new entry. Balances of clearing and income accounts are derived,
-- so that no hot row is shared by all payments of a bank.
create sequence reli.entry_seq cache 1;
create sequence reli.receipt_seq cache 1;

create table reli.accounts (
  company_id  reli.id not null references reli.companies,
  account     reli.id not null,          -- 'receivable', 'clearing:icbc', 'suspense:icbc'
  code        text not null,             -- the chart's number: 1122
  name        text not null,
  side        text not null check (side in ('debit', 'credit')),
  primary key (company_id, account)
);
call reli.protect('accounts');

create table reli.entries (
  company_id   reli.id not null,
  entry_seq    bigint not null,
  booking_on   date not null,
  event        text not null,            -- 'charge.issued', 'payment.paid', 'payment.reversed', …
  memo         text not null,
  -- The operation that caused it; null for entries that no partner caused.
  channel_id   reli.id,
  bank_date    date,
  serial       reli.id,
  reverses_seq bigint,
  made_at      timestamptz not null default now(),
  -- The writing transaction: the sealer takes whole transactions in their own order.
  written_by   xid8 not null default pg_current_xact_id(),
  primary key (company_id, entry_seq)
);
create index entries_written on reli.entries (written_by);
-- An operation names its entries by number; only money on hold is looked for by its key.
create index entries_held on reli.entries (company_id, channel_id, bank_date, serial)
  where event = 'suspense.held';
create unique index entries_reversed_once on reli.entries (company_id, reverses_seq)
  where reverses_seq is not null;
call reli.protect('entries');
call reli.append_only('entries');

create table reli.postings (
  company_id   reli.id not null,
  entry_seq    bigint not null,
  line_no      smallint not null,
  debit        reli.id not null,
  credit       reli.id not null,
  amount_fen   bigint not null,
  customer_id  reli.id,
  charge_id    reli.id,
  primary key (company_id, entry_seq, line_no),
  constraint postings_move_money check (amount_fen > 0),
  constraint postings_have_two_sides check (debit <> credit)
);
call reli.protect('postings');
call reli.append_only('postings');

-- The seal over everything written before a horizon: each link hashes the one before it.
create table reli.seals (
  company_id    reli.id not null,
  seal_seq      bigint not null,
  from_xid      xid8 not null,
  to_xid        xid8 not null,           -- exclusive: every entry written by an earlier transaction
  entry_count   bigint not null,
  hash          bytea not null,
  made_at       timestamptz not null default now(),
  primary key (company_id, seal_seq)
);
call reli.protect('seals');
call reli.append_only('seals');

-- What the auditor found; a broken invariant stays open until a person closes it.
create table reli.audit_findings (
  company_id   reli.id not null,
  finding_seq  bigint generated always as identity,
  invariant    text not null,            -- 'I1' … 'I14'
  subject      text not null,            -- the channel, account or key that broke it
  detail       jsonb not null,
  found_at     timestamptz not null default now(),
  closed_at    timestamptz,
  closed_by    text,
  primary key (company_id, finding_seq)
);
create unique index audit_findings_open_once on reli.audit_findings (company_id, invariant, subject)
  where closed_at is null;
call reli.protect('audit_findings');

-- When the auditor last ran, and how long it took: a silent auditor is an alarm of its own.
create table reli.audit_runs (
  company_id  reli.id not null,
  run_seq     bigint generated always as identity,
  started_at  timestamptz not null,
  took_ms     integer not null,
  checked     text[] not null,
  broken      integer not null,
  primary key (company_id, run_seq)
);
call reli.protect('audit_runs');
