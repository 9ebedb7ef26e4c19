-- Up Migration
-- The bank's settled file against our books (domain.md §9.5). A day moves OPEN → FILE_IN → BALANCED;
-- every line is classed, the safe classes balance themselves, the rest is a typed exception with a
-- reason and a second person.
create table reli.channel_days (
  company_id       reli.id not null,
  channel_id       reli.id not null,
  bank_date        date not null,
  state            text not null default 'OPEN' check (state in ('OPEN', 'FILE_IN', 'BALANCED')),
  statement_no     smallint,
  bank_paid_count  bigint,
  bank_paid_fen    bigint,
  our_paid_count   bigint,
  our_paid_fen     bigint,
  checked_at       timestamptz,
  balanced_at      timestamptz,
  primary key (company_id, channel_id, bank_date),
  foreign key (company_id, channel_id) references reli.channels
);
call reli.protect('channel_days');

create table reli.statements (
  company_id    reli.id not null,
  channel_id    reli.id not null,
  bank_date     date not null,
  statement_no  smallint not null,                    -- nn of the file name
  file_name     text not null,
  digest        bytea not null,                       -- SHA-256 of the data file as fetched
  state         text not null check (state in ('IMPORTED', 'REFUSED', 'WAITING_CONSENT')),
  problems      jsonb not null default '[]',
  row_count     integer not null default 0,
  paid_count    integer not null default 0,
  paid_fen      bigint not null default 0,
  reversed_fen  bigint not null default 0,
  fetched_at    timestamptz not null default now(),
  primary key (company_id, channel_id, bank_date, statement_no, digest),
  foreign key (company_id, channel_id) references reli.channels
);
call reli.protect('statements');

create table reli.statement_lines (
  company_id    reli.id not null,
  channel_id    reli.id not null,
  bank_date     date not null,
  statement_no  smallint not null,
  line_no       integer not null,
  serial        reli.id not null,
  customer_no   reli.id not null,
  name          text not null,
  amount_fen    bigint not null check (amount_fen > 0),
  state         text not null check (state in ('paid', 'reversed')),
  paid_at       timestamp not null,
  outlet        text not null,
  receipt_no    text,
  primary key (company_id, channel_id, bank_date, statement_no, line_no),
  constraint statement_lines_serial_once unique (company_id, channel_id, bank_date, statement_no, serial)
);
call reli.protect('statement_lines');
call reli.append_only('statement_lines');

-- One difference of one key. Matched lines leave no row here: they are counted in channel_days.
create table reli.exceptions (
  company_id    reli.id not null,
  channel_id    reli.id not null,
  bank_date     date not null,
  serial        reli.id not null,
  class         text not null check (class in
                ('BANK_ONLY', 'LOCAL_ONLY', 'AMOUNT_DIFF', 'STATE_DIFF', 'DUPLICATE', 'CUSTOMER_DIFF')),
  state         text not null check (state in
                ('PENDING', 'AUTO_BALANCED', 'HAND_BALANCED', 'ON_HOLD')),
  our_fen       bigint,
  our_state     text,
  bank_fen      bigint,
  bank_state    text,
  customer_no   reli.id,
  cause         text not null,                        -- why it was not balanced, or how it was
  suggestion    text,
  entry_seq     bigint,                               -- the entry that balanced it or holds the money
  opened_at     timestamptz not null default now(),
  closed_at     timestamptz,
  resolution    text,
  reason        text,
  resolved_by   text,
  checked_by    text,
  primary key (company_id, channel_id, bank_date, serial, class),
  constraint exceptions_two_people check (checked_by is null or checked_by <> resolved_by)
);
create index exceptions_open on reli.exceptions (company_id, state, opened_at);
call reli.protect('exceptions');

create table reli.notices (
  company_id   reli.id not null,
  notice_seq   bigint generated always as identity,
  at           timestamptz not null default now(),
  role         text not null,                         -- who is to see it: 'supervisor', 'bank_operator'
  kind         text not null,
  subject      text not null,
  text         text not null,
  link         text,
  read_at      timestamptz,
  read_by      text,
  primary key (company_id, notice_seq),
  constraint notices_once unique (company_id, kind, subject)
);
call reli.protect('notices');

-- Every firing of a schedule, so that of many workers one runs it.
create table reli.schedule_fires (
  key       text primary key,
  fired_at  timestamptz not null default now(),
  by        text not null
);
