// Drafts and versions of policies, and the current copy that charging reads.
import { query } from '../../db/db.ts'

export interface SeasonRow {
  season: string
  state: string
  heatStartOn: string
  heatEndOn: string
  policy: unknown
  policyVersion: number | null
  draft: unknown
  editedBy: string | null
  bookingOn: string
}

export const seasonWithDraft = query<[companyId: string, season: string], SeasonRow>(
  'season_with_draft',
  `
  select s.season, s.state, s.heat_start_on, s.heat_end_on, s.policy, s.policy_version,
         d.policy as draft, d.edited_by, c.booking_on
    from reli.seasons s
    join reli.companies c using (company_id)
    left join reli.policy_drafts d using (company_id, season)
   where s.company_id = $1 and s.season = $2`,
)

export const lockSeasonPolicy = query<[companyId: string, season: string], { season: string }>(
  'lock_season_policy',
  `
  select season from reli.seasons where company_id = $1 and season = $2 for update`,
)

export const saveDraft = query<
  [companyId: string, season: string, policy: string, editedBy: string],
  never
>(
  'save_policy_draft',
  `
  insert into reli.policy_drafts (company_id, season, policy, edited_by)
  values ($1, $2, $3::jsonb, $4)
  on conflict (company_id, season) do update
     set policy = excluded.policy, edited_by = excluded.edited_by, edited_at = now()`,
)

export const dropDraft = query<[companyId: string, season: string], never>(
  'drop_policy_draft',
  `
  delete from reli.policy_drafts where company_id = $1 and season = $2`,
)

export const insertVersion = query<
  [
    companyId: string,
    season: string,
    policy: string,
    note: string,
    editedBy: string,
    publishedBy: string,
    effectiveOn: string,
  ],
  { versionNo: number }
>(
  'insert_policy_version',
  `
  insert into reli.policy_versions
         (company_id, season, version_no, effective_on, policy, note, edited_by, published_by)
  select $1::text, $2::text, coalesce(max(version_no), 0) + 1, $7::date, $3::jsonb, $4, $5, $6
    from reli.policy_versions where company_id = $1::text and season = $2::text
  returning version_no`,
)

export const setPolicy = query<
  [companyId: string, season: string, policy: string, versionNo: number],
  never
>(
  'set_season_policy',
  `
  update reli.seasons set policy = $3::jsonb, policy_version = $4
   where company_id = $1 and season = $2`,
)

/** Classes that are no longer named leave a season that nothing was charged in. */
export const dropClasses = query<[companyId: string, season: string, codes: string[]], never>(
  'drop_price_classes',
  `
  delete from reli.price_classes
   where company_id = $1 and season = $2 and price_class <> all($3::text[])`,
)

export const upsertClasses = query<
  [
    companyId: string,
    season: string,
    codes: string[],
    names: string[],
    unitPrices: bigint[],
    baseRatios: bigint[],
    overHeights: string[],
  ],
  never
>(
  'upsert_price_classes',
  `
  insert into reli.price_classes
         (company_id, season, price_class, name, unit_price, base_heat_ratio, over_height)
  select $1::text, $2::text, p.code, p.name, p.price, p.ratio, p.high
    from unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::jsonb[])
         as p (code, name, price, ratio, high)
  on conflict (company_id, season, price_class) do update
     set name = excluded.name, unit_price = excluded.unit_price,
         base_heat_ratio = excluded.base_heat_ratio, over_height = excluded.over_height`,
)

/** Versions whose day has come and that are newer than the current copy, the newest of each. */
export const dueVersions = query<
  [companyId: string, bookingOn: string],
  { season: string; versionNo: number; policy: unknown }
>(
  'due_policy_versions',
  `
  select distinct on (v.season) v.season, v.version_no, v.policy
    from reli.policy_versions v join reli.seasons s using (company_id, season)
   where v.company_id = $1 and v.effective_on <= $2::date
     and v.version_no > coalesce(s.policy_version, 0)
   order by v.season, v.version_no desc`,
)

/** Whether somebody else than the editor has to publish (`approval_rules`). */
export const publishingRule = query<[companyId: string], { approval: string }>(
  'policy_publishing_rule',
  `
  select approval from reli.approval_rules
   where company_id = $1 and type = 'policy.publish'`,
)

export interface VersionRow {
  versionNo: number
  effectiveOn: string
  policy: unknown
  note: string
  editedBy: string
  publishedBy: string
  publishedAt: string
}

export const versionsOf = query<[companyId: string, season: string], VersionRow>(
  'policy_versions_of',
  `
  select version_no, effective_on, policy, note, edited_by, published_by, published_at
    from reli.policy_versions where company_id = $1 and season = $2 order by version_no desc`,
)

export interface RoomRow {
  customerId: string
  customerNo: string
  nature: string
  areaNo: number
  areaItem: string
  billingAreaDm2: bigint
  storeyHeightCm: number | null
  priceClass: string
  offsets: unknown
  facts: unknown[]
  /** Of the live card, as it was measured. */
  buildingAreaDm2: bigint | null
  areaCoefficient: bigint | null
  usableAreaDm2: bigint | null
  innerAreaDm2: bigint | null
}

const measured = `i.building_area_dm2, i.area_coefficient, i.usable_area_dm2, i.inner_area_dm2`

/** The rooms of a season with what happened to them, one customer after another. */
export const roomsOfSeason = query<[companyId: string, season: string], RoomRow>(
  'rooms_of_season_to_try',
  `
  select a.customer_id, c.customer_no, a.nature, a.area_no, a.area_item, a.billing_area_dm2,
         a.storey_height_cm, a.price_class, a.offsets, ${measured},
         coalesce((select jsonb_agg(f.fact order by f.fact_seq) from reli.area_facts f
                    where f.company_id = $1 and f.customer_id = a.customer_id
                      and f.season = $2 and f.area_no = a.area_no), '[]') as facts
    from reli.area_seasons a
    join reli.customers c using (company_id, customer_id)
    left join reli.area_items i using (company_id, customer_id, area_no)
   where a.company_id = $1 and a.season = $2
   order by a.customer_id, a.area_no`,
)

/** Of a season from before rooms were copied: the live cards of whoever was charged in it. */
export const roomsOfCharged = query<[companyId: string, season: string], RoomRow>(
  'rooms_of_charged_to_try',
  `
  select i.customer_id, c.customer_no, c.nature, i.area_no, i.area_item, i.billing_area_dm2,
         i.storey_height_cm, i.price_class, '{}'::jsonb as offsets, ${measured},
         '[]'::jsonb as facts
    from reli.area_items i
    join reli.customers c using (company_id, customer_id)
   where i.company_id = $1 and i.generate_bill
     and exists (select from reli.charges h
                  where h.company_id = $1 and h.customer_id = i.customer_id and h.season = $2
                    and h.area_no = i.area_no)
   order by i.customer_id, i.area_no`,
)

export const hasRooms = query<[companyId: string, season: string], { found: boolean }>(
  'season_has_rooms',
  `
  select exists (select from reli.area_seasons where company_id = $1 and season = $2) as found`,
)
