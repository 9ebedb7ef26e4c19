-- Up Migration
-- What customers owe and why. A charge is one receivable line: season × customer × area item × fee
-- item. Its receivable changes only through events with entries of their own (domain.md §0 no. 5).
create table reli.communities (
  company_id    reli.id not null references reli.companies,
  community_id  reli.id not null,
  name          text not null,
  org_path      text not null collate "C",
  primary key (company_id, community_id)
);
call reli.protect('communities', true);

create table reli.customers (
  company_id            reli.id not null references reli.companies,
  customer_id           reli.id not null,
  customer_no           reli.id not null,
  name                  text not null,
  community_id          reli.id not null,
  address               text not null,
  org_path              text not null collate "C",
  nature                text not null check (nature in ('RESIDENT', 'ORGANISATION', 'COMMERCIAL')),
  network_status        text not null default 'IN_NETWORK'
                        check (network_status in ('PENDING', 'IN_NETWORK', 'DISCONNECTED', 'CLOSED')),
  phone                 text,
  bank_blocked          boolean not null default false,
  collection_locked     boolean not null default false,
  inspection_locked     boolean not null default false,
  in_approval           boolean not null default false,
  must_visit_hall       boolean not null default false,
  prepaid_fen           bigint not null default 0,
  primary key (company_id, customer_id),
  constraint customers_no_once unique (company_id, customer_no),
  constraint customers_never_overdrawn check (prepaid_fen >= 0),
  foreign key (company_id, community_id) references reli.communities
);
call reli.protect('customers', true);

create table reli.area_items (
  company_id         reli.id not null,
  area_item_id       reli.id not null,
  customer_id        reli.id not null,
  area_no            smallint not null,
  category           text not null,
  building_area_dm2  bigint not null check (building_area_dm2 >= 0),   -- 0.01 m²
  area_coefficient   bigint not null default 1000000,                  -- 10⁻⁶
  billing_area_dm2   bigint not null check (billing_area_dm2 >= 0),
  storey_height_cm   integer,
  price_class        text not null,
  billing_method     text not null default 'BY_AREA'
                     check (billing_method in ('BY_AREA', 'METERED', 'TWO_PART')),
  generate_bill      boolean not null default true,
  primary key (company_id, area_item_id),
  constraint area_items_no_once unique (company_id, customer_id, area_no),
  foreign key (company_id, customer_id) references reli.customers
);
call reli.protect('area_items');

-- A heating season with its policy (domain.md §4.0): late fee, discount, allocation, area basis. The
-- terms of a season stay with its debts for ever.
create table reli.seasons (
  company_id           reli.id not null references reli.companies,
  season               reli.id not null check (season ~ '^\d{4}-\d{4}$'),
  heat_start_on        date not null,
  heat_end_on          date not null,
  state                text not null check (state in ('PLANNED', 'OPEN', 'HEATING', 'SETTLING', 'CLOSED')),
  open_for_collection  boolean not null default true,
  policy               jsonb not null,
  primary key (company_id, season),
  constraint seasons_start_before_end check (heat_start_on < heat_end_on)
);
call reli.protect('seasons');

create table reli.price_classes (
  company_id        reli.id not null,
  season            reli.id not null,
  price_class       text not null,
  name              text not null,
  unit_price        bigint not null check (unit_price >= 0),            -- 10⁻⁴ yuan
  base_heat_ratio   bigint not null default 200000,                     -- 10⁻⁶
  over_height       jsonb not null default '{"rule": "NONE"}',
  primary key (company_id, season, price_class),
  foreign key (company_id, season) references reli.seasons
);
call reli.protect('price_classes');

create table reli.charges (
  company_id          reli.id not null,
  charge_id           reli.id not null,
  customer_id         reli.id not null,
  season              reli.id not null,
  area_no             smallint not null,
  fee_item            text not null,
  receivable_fen      bigint not null check (receivable_fen >= 0),       -- after reductions
  paid_fen            bigint not null default 0 check (paid_fen >= 0),   -- principal received
  discount_fen        bigint not null default 0 check (discount_fen >= 0),
  outstanding_fen     bigint not null generated always as
                      (receivable_fen - paid_fen - discount_fen) stored,
  -- Of the principal received, what the customer's balance paid at opening (ruling R16).
  from_balance_fen    bigint not null default 0 check (from_balance_fen >= 0),
  -- Late fee (core/billing/late-fees.ts): net receivable at the due date, and what settled principal
  -- gathered until it was settled, in fen × 10⁻⁶. The rest is computed on read.
  late_principal_fen  bigint not null,
  late_settled_product bigint not null default 0,
  late_paid_fen       bigint not null default 0 check (late_paid_fen >= 0),
  late_waived_fen     bigint not null default 0 check (late_waived_fen >= 0),
  formula             jsonb not null,                                    -- for «explain this amount»
  entry_seq           bigint not null,                                   -- the entry that recognised it
  primary key (company_id, charge_id),
  constraint charges_line_once unique (company_id, customer_id, season, fee_item, area_no),
  constraint charges_never_overpaid check (paid_fen + discount_fen <= receivable_fen),
  foreign key (company_id, customer_id) references reli.customers
) with (fillfactor = 80);
call reli.protect('charges');
