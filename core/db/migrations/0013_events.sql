-- Up Migration
-- Business at the desk (domain.md §3.5, §11): what was asked for, who agreed, what it did. The event
-- itself, once it took effect, stands in billing_events.
create sequence reli.request_seq cache 1;
create sequence reli.unidentified_seq cache 1;

create table reli.event_requests (
  company_id    reli.id not null references reli.companies,
  request_no    reli.id not null,                     -- 'req_000000000123': ascending
  type          text not null,                        -- core/billing/events/kinds.ts
  customer_id   reli.id not null,
  other_id      reli.id,                              -- of a transfer or merge
  effective_on  date not null,
  body          jsonb not null,                       -- as it was asked for
  reason        text not null,
  attachments   jsonb not null default '[]',
  channel       text not null default 'hall',
  -- What it would do to the account, as it was shown and agreed to; once done, what it did.
  effect        jsonb not null,
  state         text not null check (state in
                ('DRAFT', 'IN_APPROVAL', 'DONE', 'TO_HANDLE', 'REJECTED', 'CANCELLED', 'UNDONE')),
  problem       text,                                 -- why it could not take effect
  opinion       text,                                 -- of whoever agreed or refused
  event_id      reli.id,                              -- of the event that it became
  org_path      text not null collate "C",
  made_by       text not null,
  made_at       timestamptz not null default now(),
  checked_by    text,
  checked_at    timestamptz,
  primary key (company_id, request_no),
  foreign key (company_id, customer_id) references reli.customers,
  constraint event_requests_two_people check (checked_by is null or checked_by <> made_by),
  constraint event_requests_done_is_booked check (state not in ('DONE', 'UNDONE') or event_id is not null)
);
create index event_requests_customer on reli.event_requests (company_id, customer_id, request_no);
create index event_requests_event on reli.event_requests (company_id, event_id)
  where event_id is not null;
create index event_requests_waiting on reli.event_requests (company_id, state, request_no)
  where state in ('DRAFT', 'IN_APPROVAL', 'TO_HANDLE');
call reli.protect('event_requests', true);

-- Which kinds a company lets one person book alone; what is not here is as kinds.ts says.
create table reli.approval_rules (
  company_id  reli.id not null references reli.companies,
  type        text not null,
  approval    text not null check (approval in ('ALWAYS', 'NEVER', 'FROM')),
  from_fen    bigint check (from_fen > 0),            -- the change of the debt that needs it
  set_by      text not null,
  set_at      timestamptz not null default now(),
  primary key (company_id, type),
  constraint approval_rules_from_a_sum check ((approval = 'FROM') = (from_fen is not null))
);
call reli.protect('approval_rules');

-- Who the account belonged to.
create table reli.name_history (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  event_id     reli.id not null,
  former_name  text not null,
  new_name     text not null,
  former_phone text,
  former_id_number text,
  changed_on   date not null,
  primary key (company_id, customer_id, event_id),
  foreign key (company_id, customer_id) references reli.customers
);
call reli.protect('name_history');
call reli.append_only('name_history');

-- 资金挂账: money that came without a customer. It stands in suspense until somebody clears it to one
-- or it is sent back; each clearing is a payment event with these funds.
create table reli.unidentified_receipts (
  company_id    reli.id not null references reli.companies,
  receipt_id    reli.id not null,                     -- 'unr_000000000001'
  funds         reli.id not null,                     -- the account that the money came to
  received_on   date not null,
  amount_fen    bigint not null check (amount_fen > 0),
  cleared_fen   bigint not null default 0,
  returned_fen  bigint not null default 0,
  left_fen      bigint not null generated always as (amount_fen - cleared_fen - returned_fen) stored,
  payer         text not null,
  remark        text not null default '',
  entry_seq     bigint not null,
  made_by       text not null,
  made_at       timestamptz not null default now(),
  primary key (company_id, receipt_id),
  constraint unidentified_receipts_no_more_than_came check
    (cleared_fen >= 0 and returned_fen >= 0 and cleared_fen + returned_fen <= amount_fen)
);
create index unidentified_receipts_open on reli.unidentified_receipts (company_id, receipt_id)
  where cleared_fen + returned_fen < amount_fen;
call reli.protect('unidentified_receipts');
