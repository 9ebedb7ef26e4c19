-- Up Migration
-- Who is responsible, where heat comes from, where people live, and the whole card of a customer
-- (domain.md §2, §3).
alter table reli.customers
  add column control_mode    text not null default 'SEPARATE'
                             check (control_mode in ('SEPARATE', 'SERIES')),
  -- Where money is collected 收费口径; `org_path` says who is responsible 归属口径.
  add column collecting_path text collate "C",
  -- The accounts that a split or merged one lives on in.
  add column successor_ids   text[] not null default '{}';

alter table reli.area_items
  add column area_item  text not null default '',
  add column status     text not null default 'NORMAL'
                        check (status in ('NORMAL', 'NOT_OPENED', 'DISCONNECTED'));
