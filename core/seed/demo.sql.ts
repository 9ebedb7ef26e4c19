// What the seed writes: the company with its setting once, then households many at a time.
import { query } from '../db/db.ts'

/** How many households stand already: a seed that was cut off goes on from there. */
export const householdsSeeded = query<[companyId: string], { count: number }>(
  'households_seeded',
  `select count(*)::int as count from reli.customers where company_id = $1`,
)

export const isCompanySeeded = query<[companyId: string], { isSeeded: boolean }>(
  'is_company_seeded',
  `select exists (select from reli.companies where company_id = $1) as is_seeded`,
)

export const insertCompany = query<
  [companyId: string, name: string, taxNo: string, bookingOn: string],
  unknown
>(
  'insert_company',
  `insert into reli.companies (company_id, name, tax_no, booking_on) values ($1, $2, $3, $4)`,
)

/** In the order given: parents stand before their children. */
export const insertOrgUnits = query<
  [
    companyId: string,
    orgIds: string[],
    parentIds: (string | null)[],
    kinds: string[],
    names: string[],
    orgPaths: string[],
  ],
  unknown
>(
  'insert_org_units',
  `
  insert into reli.org_units (company_id, org_id, parent_id, kind, name, org_path)
  select $1, u.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as u`,
)

export const insertUser = query<
  [
    companyId: string,
    userId: string,
    login: string,
    name: string,
    passwordHash: string,
    roles: string[],
    orgPaths: string[],
  ],
  unknown
>(
  'insert_user',
  `
  insert into reli.users (company_id, user_id, login, name, password_hash, roles, org_paths)
  values ($1, $2, $3, $4, $5, $6, $7)`,
)

export const insertAccounts = query<
  [companyId: string, accounts: string[], codes: string[], names: string[], sides: string[]],
  unknown
>(
  'insert_accounts',
  `
  insert into reli.accounts (company_id, account, code, name, side)
  select $1, a.* from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as a`,
)

export const insertCommunities = query<
  [
    companyId: string,
    communityIds: string[],
    names: string[],
    letters: string[],
    orgPaths: string[],
  ],
  unknown
>(
  'insert_communities',
  `
  insert into reli.communities (company_id, community_id, name, name_initials, org_path)
  select $1, c.* from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as c`,
)

export const insertSeason = query<
  [
    companyId: string,
    season: string,
    heatStartOn: string,
    heatEndOn: string,
    state: string,
    policy: string,
  ],
  unknown
>(
  'insert_season',
  `
  insert into reli.seasons (company_id, season, heat_start_on, heat_end_on, state, policy)
  values ($1, $2, $3, $4, $5, $6::jsonb)`,
)

export const insertPriceClass = query<
  [
    companyId: string,
    season: string,
    priceClass: string,
    name: string,
    unitPrice: bigint,
    baseHeatRatio: bigint,
    overHeight: string,
  ],
  unknown
>(
  'insert_price_class',
  `
  insert into reli.price_classes
         (company_id, season, price_class, name, unit_price, base_heat_ratio, over_height)
  values ($1, $2, $3, $4, $5, $6, $7::jsonb)`,
)

export const insertChannel = query<
  [
    companyId: string,
    channelId: string,
    title: string,
    connector: string,
    dateRule: string,
    unknownProfile: string,
    singleLimitFen: bigint,
    partMinFen: bigint | null,
    partStepFen: bigint | null,
    maxSeasons: number,
    clearingAccount: string,
  ],
  unknown
>(
  'insert_channel',
  `
  insert into reli.channels
         (company_id, channel_id, title, connector, date_rule, unknown_profile, single_limit_fen,
          part_min_fen, part_step_fen, max_seasons, clearing_account)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
)

export const insertOutlets = query<
  [companyId: string, channelId: string, outletNos: string[], names: string[], enabled: boolean[]],
  unknown
>(
  'insert_outlets',
  `
  insert into reli.outlets (company_id, channel_id, outlet_no, name, enabled)
  select $1, $2, o.* from unnest($3::text[], $4::text[], $5::boolean[]) as o`,
)

/** One JSON array of rows for each table: a batch is one statement, whatever its columns. */
type Rows = [companyId: string, rows: string]

export const insertCustomers = query<Rows, unknown>(
  'insert_customers',
  `
  insert into reli.customers
         (company_id, customer_id, customer_no, name, name_initials, community_id, address,
          org_path, nature, phone, bank_blocked, collection_locked, inspection_locked, in_approval,
          must_visit_hall)
  select $1, r.*
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, "customerNo" text, name text, letters text, "communityId" text,
          address text, "orgPath" text, nature text, phone text, "bankBlocked" boolean,
          "collectionLocked" boolean, "inspectionLocked" boolean, "inApproval" boolean,
          "mustVisitHall" boolean)`,
)

export const insertAreaItems = query<Rows, unknown>(
  'insert_area_items',
  `
  insert into reli.area_items
         (company_id, area_item_id, customer_id, area_no, category, building_area_dm2,
          area_coefficient, billing_area_dm2, storey_height_cm, price_class)
  select $1, r.*
    from jsonb_to_recordset($2::jsonb) as r
         ("areaItemId" text, "customerId" text, "areaNo" smallint, category text,
          "buildingDm2" bigint, coefficient bigint, "billingDm2" bigint, "heightCm" integer,
          "priceClass" text)`,
)

export const insertCharges = query<Rows, unknown>(
  'insert_charges',
  `
  insert into reli.charges
         (company_id, charge_id, customer_id, season, area_no, fee_item, receivable_fen, paid_fen,
          discount_fen, late_principal_fen, late_settled_product, late_paid_fen, formula, entry_seq)
  select $1, r.*
    from jsonb_to_recordset($2::jsonb) as r
         ("chargeId" text, "customerId" text, season text, "areaNo" smallint, "feeItem" text,
          "receivableFen" bigint, "paidFen" bigint, "discountFen" bigint, "latePrincipalFen" bigint,
          "lateSettledProduct" bigint, "latePaidFen" bigint, formula jsonb, "entrySeq" bigint)`,
)
