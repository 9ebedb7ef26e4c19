-- Up Migration
-- Bank collection (domain.md §9): channels and their parameters, the operations that came over them,
-- the evidence of every message, and the files that settle each day.
create table reli.channels (
  company_id             reli.id not null references reli.companies,
  channel_id             reli.id not null,
  title                  text not null,
  connector              text not null,
  enabled                boolean not null default true,
  disabled_reason        text,
  -- 'signed_on': the partner opens its accounting date by a sign-on; 'calendar': today in Beijing.
  date_rule              text not null check (date_rule in ('signed_on', 'calendar')),
  open_bank_date         date,
  unknown_profile        text not null
                         check (unknown_profile in ('bank_reverses', 'bank_reconciles', 'we_query')),
  single_limit_fen       bigint not null check (single_limit_fen > 0),
  -- Both null: full payment only. Else the smallest part payment and its step (banks' papers §6).
  part_min_fen           bigint check (part_min_fen > 0),
  part_step_fen          bigint check (part_step_fen > 0),
  max_seasons            smallint not null check (max_seasons > 0),
  queries_per_minute     smallint not null default 10,
  hours_from             time not null default '00:00',
  hours_to               time not null default '24:00',
  maintenance_from       time,
  maintenance_to         time,
  collect_from_on        date,
  collect_to_on          date,
  clearing_account       reli.id not null,
  version                integer not null default 1,
  primary key (company_id, channel_id),
  constraint channels_part_payment_whole check ((part_min_fen is null) = (part_step_fen is null))
);
call reli.protect('channels');

create table reli.outlets (
  company_id  reli.id not null,
  channel_id  reli.id not null,
  outlet_no   reli.id not null,
  name        text not null,
  enabled     boolean not null default true,
  primary key (company_id, channel_id, outlet_no),
  foreign key (company_id, channel_id) references reli.channels
);
call reli.protect('outlets');

-- Once per key, for ever. The primary key is the arbiter: two that insert the same key wait for each
-- other, and the second finds the first one's answer.
create table reli.operations (
  company_id      reli.id not null,
  channel_id      reli.id not null,
  bank_date       date not null,
  serial          reli.id not null,
  family          reli.id not null default 'payment',
  state           text not null check (state in ('PAID', 'REFUSED', 'REVERSED', 'BLOCKED')),
  customer_no     reli.id,
  customer_id     reli.id,
  amount_fen      bigint,
  refusal         text,
  -- The stored answer, equal in its business fields however often the key is repeated. `json`, like
  -- the parts: kept as written and read back whole, so nothing is spent on taking it apart.
  answer          json,
  -- What the payment took from each charge, so that a reversal gives back exactly that.
  parts           json,
  receipt_no      reli.id,
  outlet          text,
  teller          text,
  paid_at         timestamp,                          -- Beijing time of the partner's transaction
  entry_seq       bigint,
  reversal_seq    bigint,
  booking_on      date not null,
  frame_id        reli.id,
  decided_at      timestamptz not null default now(),
  reversed_at     timestamptz,
  primary key (company_id, channel_id, bank_date, serial, family),
  constraint operations_paid_is_booked check ((state in ('PAID', 'REVERSED')) = (entry_seq is not null)),
  constraint operations_reversed_is_booked check ((state = 'REVERSED') = (reversal_seq is not null))
) with (fillfactor = 90);
create index operations_customer on reli.operations (company_id, customer_id, decided_at)
  where customer_id is not null;
-- Without the company in front: while the table is young and without statistics, the planner would take
-- this index for «the operations of a company» and walk all of them for every key.
create index operations_recent on reli.operations (decided_at);
call reli.protect('operations');

-- Written in the transaction of the operation; the worker turns each row into its documents.
create table reli.outbox (
  company_id  reli.id not null,
  outbox_seq  bigint generated always as identity,
  topic       text not null,                          -- 'payment.paid', 'payment.reversed', …
  entry_seq   bigint not null,
  payload     json not null,
  primary key (company_id, outbox_seq)
);
call reli.protect('outbox');

-- One invoice request and one voucher line for each entry that wants them (reliability.md I9).
create table reli.invoice_requests (
  company_id   reli.id not null,
  entry_seq    bigint not null,
  kind         text not null check (kind in ('blue', 'red')),
  customer_id  reli.id not null,
  amount_fen   bigint not null check (amount_fen > 0),
  state        text not null default 'REQUESTED',
  requested_at timestamptz not null default now(),
  primary key (company_id, entry_seq)
);
call reli.protect('invoice_requests');

create table reli.voucher_lines (
  company_id   reli.id not null,
  entry_seq    bigint not null,
  booking_on   date not null,
  event        text not null,
  amount_fen   bigint not null check (amount_fen > 0),
  primary key (company_id, entry_seq)
);
call reli.protect('voucher_lines');

-- Queries of the last minutes by customer number, for the papers' limit. Losing it loses nothing.
create unlogged table reli.query_counts (
  company_id   reli.id not null,
  channel_id   reli.id not null,
  customer_no  reli.id not null,
  asked_at     timestamptz not null default clock_timestamp()
);
create index query_counts_recent on reli.query_counts (company_id, channel_id, customer_no, asked_at);
call reli.protect('query_counts');

-- Every frame in and out, masked of secrets: the evidence behind an operation.
create table reli.messages (
  company_id   reli.id not null,
  channel_id   reli.id not null,
  frame_id     reli.id not null,
  direction    text not null check (direction in ('in', 'out')),
  at           timestamptz not null,
  peer         text,
  operation    text,
  bank_date    date,
  serial       reli.id,
  result       text,                                  -- 'done', a refusal code, 'unknown', 'late'
  bytes        bytea not null,
  primary key (company_id, channel_id, frame_id, direction)
);
create index messages_operation on reli.messages (company_id, channel_id, bank_date, serial)
  where serial is not null;
create index messages_recent on reli.messages using brin (at);
call reli.protect('messages');
call reli.append_only('messages');

create table reli.security_log (
  company_id   reli.id not null,
  log_seq      bigint generated always as identity,
  at           timestamptz not null,
  channel_id   reli.id,
  kind         text not null,                         -- 'connected', 'malformed', 'unauthentic', …
  peer         text,
  detail       jsonb not null,
  primary key (company_id, log_seq)
);
call reli.protect('security_log');
call reli.append_only('security_log');

-- How far the journal of each front-end processor has been taken over.
create table reli.journal_positions (
  company_id  reli.id not null,
  fep         reli.id not null,
  position    text not null,
  taken_at    timestamptz not null default now(),
  primary key (company_id, fep)
);
call reli.protect('journal_positions');
