-- Up Migration
-- Why a customer owes what it owes (domain.md §3.5, §4): every event that changed an account, the
-- facts about its rooms, and each difference of each receivable. All of it is appended; `charges`
-- holds the sums, so that a bank's question reads one row for each line.
create sequence reli.event_seq cache 1;

-- One act of a person or job on many accounts: it is previewed, made and taken back as one.
create table reli.batches (
  company_id     reli.id not null references reli.companies,
  batch_no       reli.id not null,                    -- 操作号: 'B20261120-0001'
  kind           text not null,                       -- 'season.open', 'events', 'import', …
  title          text not null,
  state          text not null default 'RUNNING'
                 check (state in ('RUNNING', 'DONE', 'ROLLING_BACK', 'ROLLED_BACK', 'SEALED', 'FAILED')),
  request        jsonb not null,                      -- what was asked: filter, season, file
  total_count    integer not null default 0,
  done_count     integer not null default 0,
  skipped_count  integer not null default 0,
  amount_fen     bigint not null default 0,           -- Σ of what it changed
  position       text,                                -- a run that was cut off goes on after it
  problems       jsonb not null default '[]',
  made_by        text not null,
  made_at        timestamptz not null default now(),
  ended_at       timestamptz,
  primary key (company_id, batch_no)
);
call reli.protect('batches');

-- What happened to an account, as the engine took it (core/billing/engine/events.ts).
create table reli.billing_events (
  company_id     reli.id not null references reli.companies,
  event_id       reli.id not null,                    -- 'evt_000000001234': ascending
  type           text not null,
  customer_id    reli.id not null,
  effective_on   date not null,
  booking_on     date not null,
  season         reli.id,
  event          jsonb not null,                      -- the event itself, money as text (toJson)
  before         jsonb,                               -- of the record's own fields (name, class, area)
  after          jsonb,
  reason         text,
  attachments    jsonb not null default '[]',         -- [{name, digest, kind}]
  channel        text not null default 'hall',
  made_by        text not null,
  checked_by     text,
  batch_no       reli.id,
  reverses_id    reli.id,                             -- the event that this one takes back
  -- Σ of receivable changes: what the event did to the debt.
  delta_fen      bigint not null default 0,
  entry_seq      bigint,                              -- null: it moved no money
  policy_version integer,
  made_at        timestamptz not null default now(),
  primary key (company_id, event_id),
  foreign key (company_id, customer_id) references reli.customers,
  constraint billing_events_two_people check (checked_by is null or checked_by <> made_by)
);
create index billing_events_customer on reli.billing_events (company_id, customer_id, event_id);
create index billing_events_batch on reli.billing_events (company_id, batch_no, event_id)
  where batch_no is not null;
create unique index billing_events_reversed_once on reli.billing_events (company_id, reverses_id)
  where reverses_id is not null;
call reli.protect('billing_events');
call reli.append_only('billing_events');

-- A room in a season: the copy made at opening. Reports of a season read it, never the live card.
create table reli.area_seasons (
  company_id        reli.id not null,
  customer_id       reli.id not null,
  season            reli.id not null,
  area_no           smallint not null,
  area_item         text not null default '',
  billing_area_dm2  bigint not null check (billing_area_dm2 >= 0),
  storey_height_cm  integer,
  price_class       text not null,
  offsets           jsonb not null default '{}',      -- by fee item: split remainder, price lock
  is_frozen         boolean not null default false,   -- the season is closed for it
  -- As the facts make it (machine B): the database layer writes it with every fact.
  heating_status    text not null default 'NORMAL' check (heating_status in
                    ('NORMAL', 'STOPPED', 'PARTLY_STOPPED', 'FORCED_STOPPED', 'NOT_OPENED', 'DISCONNECTED')),
  org_path          text not null collate "C",        -- responsible organisation then
  nature            text not null,                    -- the customer's nature then
  primary key (company_id, customer_id, season, area_no),
  foreign key (company_id, season) references reli.seasons
);
create index area_seasons_season on reli.area_seasons (company_id, season, customer_id);
call reli.protect('area_seasons', true);

-- What happened to a room in a season: stop, resume, cancellation, change, disconnection, meter.
create table reli.area_facts (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  fact_seq     bigint generated always as identity,
  season       reli.id not null,
  area_no      smallint not null,
  fact_id      reli.id not null,
  event_id     reli.id not null,
  fact         jsonb not null,
  primary key (company_id, customer_id, fact_seq)
);
call reli.protect('area_facts');
call reli.append_only('area_facts');

-- One difference of one receivable.
create table reli.charge_changes (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  charge_id    reli.id not null,
  event_id     reli.id not null,
  change_no    smallint not null,
  kind         text not null check (kind in ('CHARGED', 'REDUCED', 'WRITTEN_OFF', 'MOVED')),
  delta_fen    bigint not null check (delta_fen <> 0),
  changed_on   date not null,
  formulas     jsonb not null default '[]',           -- for «explain this amount»
  primary key (company_id, charge_id, event_id, change_no)
);
call reli.protect('charge_changes');
call reli.append_only('charge_changes');

-- Money or discount that settled part of a line, or was taken back (below zero). What the banks
-- brought stands in `operations.parts`; the account layer reads both.
create table reli.settlements (
  company_id     reli.id not null,
  customer_id    reli.id not null,
  charge_id      reli.id not null,
  event_id       reli.id not null,
  settlement_no  smallint not null,
  source         reli.id not null,
  settled_on     date not null,
  principal_fen  bigint not null,
  late_fee_fen   bigint not null,
  discount_fen   bigint not null,
  discount_rate  bigint not null default 0,           -- 10⁻⁶
  primary key (company_id, charge_id, event_id, settlement_no)
);
call reli.protect('settlements');
call reli.append_only('settlements');

-- Movements of the customer's balance.
create table reli.balance_movements (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  event_id     reli.id not null,
  movement_no  smallint not null,
  delta_fen    bigint not null check (delta_fen <> 0),
  why          text not null,
  booking_on   date not null,
  primary key (company_id, customer_id, event_id, movement_no)
);
call reli.protect('balance_movements');
call reli.append_only('balance_movements');

-- Payments at our own counters. What the banks collected stands in `operations`.
create table reli.account_payments (
  company_id        reli.id not null,
  customer_id       reli.id not null,
  payment_id        reli.id not null,                 -- the event that made it
  paid_on           date not null,
  amount_fen        bigint not null,
  funds             reli.id not null,
  balance_used_fen  bigint not null default 0,
  rounding_fen      bigint not null default 0,
  state             text not null check (state in ('PAID', 'VOIDED', 'REVERSED')),
  undone_by         reli.id,
  primary key (company_id, customer_id, payment_id)
);
call reli.protect('account_payments');

-- Approved reductions: each counts as far as the receivable reaches. They follow their room into a
-- split or merged account; what was approved stands in the event.
create table reli.reductions (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  event_id     reli.id not null,
  reduction_no smallint not null,
  season       reli.id not null,
  area_no      smallint not null,
  fee_item     text not null,
  amount_fen   bigint not null,
  primary key (company_id, customer_id, event_id, reduction_no)
);
call reli.protect('reductions');

-- Customer on-account 挂账 (ruling R5).
create table reli.holds (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  event_id     reli.id not null,
  season       reli.id not null,
  from_on      date not null,
  promised_on  date not null,
  primary key (company_id, customer_id, event_id, season)
);
call reli.protect('holds');

-- The live account: how it hangs on the network, and where its debts live after a split or merge.
alter table reli.customers
  add column if not exists control_mode text not null default 'SEPARATE'
    check (control_mode in ('SEPARATE', 'SERIES')),
  add column if not exists successor_ids text[] not null default '{}';
alter table reli.area_items
  add column if not exists area_item text not null default '',
  add column if not exists status text not null default 'NORMAL'
    check (status in ('NORMAL', 'NOT_OPENED', 'DISCONNECTED')),
  -- Stops accepted before their season was opened.
  add column waiting_stops jsonb not null default '[]';

-- The line by its parts; `receivable_fen` is their difference, and the bank's question reads it.
alter table reli.charges
  add column area_item        text not null default '',
  add column cause_id         reli.id,                -- the event that opened the line
  add column charged_fen      bigint,
  add column reduced_fen      bigint not null default 0,
  add column written_off_fen  bigint not null default 0,
  -- Its own due date where it differs from its season's (R2), and its own late-fee terms where days
  -- without heat or under a promise bear none (R5, R6). Null: those of the season.
  add column due_on           date,
  add column late_terms       jsonb,
  -- A split gave it away in parts: it owes nothing here, and reports count the parts.
  add column is_moved         boolean not null default false,
  add constraint charges_add_up check
    (charged_fen is null or receivable_fen = charged_fen - reduced_fen - written_off_fen);
-- A room may have several lines of one item: instalments and increases have due dates of their own
-- (R2). A season is opened once for a room by the key of `area_seasons`.
alter table reli.charges drop constraint charges_line_once;
create index charges_of_customer on reli.charges (company_id, customer_id, season);
create index customers_merged on reli.customers (company_id, customer_id)
  where successor_ids <> '{}';
