-- Up Migration
-- Who is responsible, where heat comes from, where people live, and the whole card of a customer
-- (domain.md §2, §3). Names and parents change with a row of history; nothing is deleted, only retired.

-- 集团: the umbrella above legal entities. It owns no business data; a scope sees the group of its
-- own companies.
create table reli.groups (
  group_id  reli.id primary key,
  name      text not null
);
alter table reli.companies
  add column group_id reli.id,
  add constraint companies_belong_to_groups
    foreign key (group_id) references reli.groups deferrable initially deferred;
alter table reli.groups enable row level security;
alter table reli.groups force row level security;
create policy scope on reli.groups
  using (group_id in (select c.group_id from reli.companies c))
  with check (group_id in (select c.group_id from reli.companies c));

alter table reli.org_units
  add column retired_on date;

-- 收费员: who collects in which team, and since when. A membership ends; it is not taken back.
create table reli.collectors (
  company_id  reli.id not null,
  org_id      reli.id not null,
  user_id     reli.id not null,
  from_on     date not null,
  to_on       date,
  primary key (company_id, org_id, user_id, from_on),
  foreign key (company_id, org_id) references reli.org_units,
  foreign key (company_id, user_id) references reli.users,
  constraint collectors_leave_after_they_came check (to_on is null or to_on >= from_on)
);
create unique index collectors_once on reli.collectors (company_id, org_id, user_id)
  where to_on is null;
call reli.protect('collectors');

-- The technical tree: heat source 热源 → exchange station 换热站 → zone 机组 (high, middle, low).
create table reli.heat_sources (
  company_id      reli.id not null references reli.companies,
  heat_source_id  reli.id not null,
  name            text not null,
  state           text not null default 'IN_SERVICE'
                  check (state in ('PLANNED', 'IN_SERVICE', 'OUT_OF_SERVICE', 'DEMOLISHED')),
  primary key (company_id, heat_source_id),
  constraint heat_sources_name_once unique (company_id, name)
);
call reli.protect('heat_sources');

create table reli.exchange_stations (
  company_id      reli.id not null,
  station_id      reli.id not null,
  heat_source_id  reli.id not null,
  name            text not null,
  state           text not null default 'IN_SERVICE'
                  check (state in ('PLANNED', 'IN_SERVICE', 'OUT_OF_SERVICE', 'DEMOLISHED')),
  primary key (company_id, station_id),
  constraint exchange_stations_name_once unique (company_id, name),
  foreign key (company_id, heat_source_id) references reli.heat_sources
);
call reli.protect('exchange_stations');

create table reli.zones (
  company_id  reli.id not null,
  zone_id     reli.id not null,
  station_id  reli.id not null,
  name        text not null,
  state       text not null default 'IN_SERVICE'
              check (state in ('PLANNED', 'IN_SERVICE', 'OUT_OF_SERVICE', 'DEMOLISHED')),
  primary key (company_id, zone_id),
  constraint zones_name_once unique (company_id, station_id, name),
  foreign key (company_id, station_id) references reli.exchange_stations
);
call reli.protect('zones');

-- Addresses: community 小区 → building 楼 → unit 单元. Heat is decided at the unit, by default at its
-- building, by default at the community: high and low zones of one building differ.
alter table reli.communities
  add column zone_id  reli.id,
  add column state    text not null default 'IN_SERVICE'
             check (state in ('PLANNED', 'IN_SERVICE', 'OUT_OF_SERVICE', 'DEMOLISHED')),
  add constraint communities_zone foreign key (company_id, zone_id) references reli.zones;

create table reli.buildings (
  company_id    reli.id not null,
  building_id   reli.id not null,
  community_id  reli.id not null,
  name          text not null,
  zone_id       reli.id,
  state         text not null default 'IN_SERVICE'
                check (state in ('PLANNED', 'IN_SERVICE', 'OUT_OF_SERVICE', 'DEMOLISHED')),
  primary key (company_id, building_id),
  constraint buildings_name_once unique (company_id, community_id, name),
  foreign key (company_id, community_id) references reli.communities,
  foreign key (company_id, zone_id) references reli.zones
);
call reli.protect('buildings');

create table reli.units (
  company_id   reli.id not null,
  unit_id      reli.id not null,
  building_id  reli.id not null,
  name         text not null,
  zone_id      reli.id,
  state        text not null default 'IN_SERVICE'
               check (state in ('PLANNED', 'IN_SERVICE', 'OUT_OF_SERVICE', 'DEMOLISHED')),
  primary key (company_id, unit_id),
  constraint units_name_once unique (company_id, building_id, name),
  foreign key (company_id, building_id) references reli.buildings,
  foreign key (company_id, zone_id) references reli.zones
);
call reli.protect('units');

-- What a place or an organisation was called and where it belonged, from which day on, and who said
-- so. Old papers keep the old name.
create table reli.place_names (
  company_id  reli.id not null references reli.companies,
  kind        text not null check (kind in ('org_unit', 'heat_source', 'exchange_station', 'zone',
                                            'community', 'building', 'unit')),
  place_id    reli.id not null,
  change_no   bigint generated always as identity,
  from_on     date not null,
  old_name    text,                                   -- null: it began here
  name        text not null,
  old_parent  reli.id,
  parent_id   reli.id,
  old_path    text collate "C",                       -- of organisations and communities
  org_path    text collate "C",
  actor       text not null,
  reason      text not null,
  made_at     timestamptz not null default now(),
  primary key (company_id, kind, place_id, change_no)
);
call reli.protect('place_names');
call reli.append_only('place_names');

-- Every classification of a customer is a dictionary (domain.md §3.3) whose values are the company's
-- own. A value that is no longer wanted is disabled: customers and reports of the past still name it.
create table reli.dictionaries (
  company_id  reli.id not null references reli.companies,
  dictionary  reli.id not null check (dictionary ~ '^[a-z][a-z0-9_]{0,31}$'),
  name        text not null,
  -- Several values for one customer (tags), or one.
  many        boolean not null default false,
  primary key (company_id, dictionary)
);
call reli.protect('dictionaries');

create table reli.dictionary_items (
  company_id   reli.id not null,
  dictionary   reli.id not null,
  code         reli.id not null check (code ~ '^[A-Z0-9][A-Z0-9_]{0,31}$'),
  name         text not null,
  place        smallint not null default 0,
  disabled_at  timestamptz,
  primary key (company_id, dictionary, code),
  constraint dictionary_items_name_once unique (company_id, dictionary, name),
  foreign key (company_id, dictionary) references reli.dictionaries
);
call reli.protect('dictionary_items');

alter table reli.customers
  -- Identity.
  add column card_no         text,
  add column legacy_code     text,                    -- 旧户号, kept for ever
  add column access_name     text,
  add column owner_name      text,
  add column occupant_name   text,
  add column id_type         text check (id_type in ('ID_CARD', 'PASSPORT', 'LICENCE', 'OTHER')),
  add column id_number       text,                    -- shown masked; whoever unmasks it is on record
  add column phone_fixed     text,
  add column email           text,
  add column postal_address  text,
  add column work_unit       text,
  -- Address and technology.
  add column building_id     reli.id,
  add column unit_id         reli.id,
  add column floor_no        smallint,
  add column room_no         text,
  add column door_plate      text,
  add column control_mode    text not null default 'SEPARATE'
                             check (control_mode in ('SEPARATE', 'SERIES')),
  add column supply_valve    text check (supply_valve in ('OPEN', 'CLOSED', 'CUT')),
  add column return_valve    text check (return_valve in ('OPEN', 'CLOSED', 'CUT')),
  add column supply_seal_no  text,
  add column return_seal_no  text,
  add column exchanger_count smallint not null default 0 check (exchanger_count >= 0),
  add column sensor_no       text,                    -- indoor temperature
  -- Classification: {"customer_type": "NORMAL"}, by `dictionaries`; nature has its own column.
  add column classes         jsonb not null default '{}',
  add column tags            text[] not null default '{}',
  -- Control flags besides those that banks ask for.
  add column blacklisted           boolean not null default false,
  add column blacklist_reason      text,
  add column stop_forbidden        boolean not null default false,
  add column discount_forbidden    boolean not null default false,
  add column late_fee_exempt       boolean not null default false,
  add column invoice_before_refund boolean not null default false,
  -- Access.
  add column access_on       date,
  add column access_season   reli.id check (access_season ~ '^\d{4}-\d{4}$'),
  add column heat_first_on   date,
  add column warranty_to_on  date,
  -- Responsibility. Where money is collected 收费口径; `org_path` says who answers for it 归属口径.
  add column collecting_path text collate "C",
  add column collector_id    reli.id,
  add column inspector_id    reli.id,
  -- The accounts that a split or merged one lives on in.
  add column successor_ids   text[] not null default '{}',
  add column remark          text,
  add column version         integer not null default 1,
  add constraint customers_building foreign key (company_id, building_id) references reli.buildings,
  add constraint customers_unit foreign key (company_id, unit_id) references reli.units,
  add constraint customers_collector foreign key (company_id, collector_id) references reli.users,
  add constraint customers_inspector foreign key (company_id, inspector_id) references reli.users,
  add constraint customers_blacklisted_for_a_reason check (not blacklisted or blacklist_reason is not null);
create index customers_community on reli.customers (company_id, community_id, customer_no);

alter table reli.area_items
  add column area_item          text not null default '',
  add column status             text not null default 'NORMAL'
                                check (status in ('NORMAL', 'NOT_OPENED', 'DISCONNECTED')),
  add column inner_area_dm2     bigint check (inner_area_dm2 >= 0),
  add column usable_area_dm2    bigint check (usable_area_dm2 >= 0),
  add column shared_area_dm2    bigint check (shared_area_dm2 >= 0),
  add column balcony_area_dm2   bigint check (balcony_area_dm2 >= 0),
  add column balcony_heated     boolean not null default false,
  add column mezzanine_area_dm2 bigint check (mezzanine_area_dm2 >= 0),
  add column mezzanine_heated   boolean not null default false,
  add column meter_no           text,
  add column valve_no           text,
  add column meter_price_class  text,
  add column remark             text;

-- People to reach besides the customer's own number.
create table reli.customer_contacts (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  contact_no   smallint not null,
  kind         text not null check (kind in ('MOBILE', 'FIXED', 'WECHAT', 'OTHER')),
  name         text not null,
  relation     text,
  number       text not null,
  removed_at   timestamptz,
  primary key (company_id, customer_id, contact_no),
  foreign key (company_id, customer_id) references reli.customers
);
call reli.protect('customer_contacts');

-- 入网合同 and 供用热合同.
create table reli.contracts (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  contract_no  reli.id not null,
  kind         text not null check (kind in ('ACCESS', 'HEAT')),
  state        text not null default 'ACTIVE' check (state in ('ACTIVE', 'VOID', 'EXPIRED')),
  signed_on    date not null,
  to_on        date,
  remark       text,
  primary key (company_id, customer_id, contract_no),
  constraint contracts_no_once unique (company_id, contract_no),
  foreign key (company_id, customer_id) references reli.customers
);
call reli.protect('contracts');

-- To whom invoices are made out, and how they arrive.
create table reli.invoice_profiles (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  title        text not null,
  tax_no       text,
  address      text,
  phone        text,
  bank_name    text,
  bank_account text,
  email        text,
  mobile       text,
  kind         text not null default 'NORMAL' check (kind in ('NORMAL', 'SPECIAL')),
  push         text not null default 'NONE' check (push in ('NONE', 'EMAIL', 'SMS', 'BOTH')),
  primary key (company_id, customer_id),
  constraint invoice_profiles_special_has_tax_no check (kind = 'NORMAL' or tax_no is not null),
  foreign key (company_id, customer_id) references reli.customers
);
call reli.protect('invoice_profiles');

-- 关联户: households that are paid and searched together; debts are not merged. A customer stands in
-- one group at a time.
create table reli.customer_links (
  company_id   reli.id not null,
  link_id      reli.id not null,
  customer_id  reli.id not null,
  linked_at    timestamptz not null default now(),
  linked_by    text not null,
  reason       text not null,
  ended_at     timestamptz,
  ended_by     text,
  end_reason   text,
  primary key (company_id, link_id, customer_id, linked_at),
  foreign key (company_id, customer_id) references reli.customers,
  constraint customer_links_ended_by_somebody check ((ended_at is null) = (ended_by is null))
);
create unique index customer_links_once on reli.customer_links (company_id, customer_id)
  where ended_at is null;
call reli.protect('customer_links');

-- Who set or lifted a lock, when and why; many at once carry one operation number.
create sequence reli.flag_batch_seq;
create table reli.flag_changes (
  company_id    reli.id not null,
  customer_id   reli.id not null,
  change_seq    bigint generated always as identity,
  flag          text not null,
  value         boolean not null,
  reason        text not null,
  actor         text not null,
  operation_no  reli.id not null,
  -- The operation that this one takes back.
  takes_back    reli.id,
  made_at       timestamptz not null default now(),
  primary key (company_id, customer_id, change_seq),
  foreign key (company_id, customer_id) references reli.customers
);
create index flag_changes_operation on reli.flag_changes (company_id, operation_no);
call reli.protect('flag_changes');
call reli.append_only('flag_changes');

-- A customer's card shows who changed what of it.
create index audit_log_subject on reli.audit_log (company_id, subject, audit_seq);
