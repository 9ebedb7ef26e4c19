import { query } from '../db/db.ts'
import { type PlaceKind, placeKinds } from './places.ts'

/** How each kind is kept; names of tables and columns come from here alone. */
interface Kept {
  table: string
  id: string
  parent: string | null
  /** Decides where its heat comes from. */
  hasZone: boolean
  /** Belongs to a responsible organisation itself. */
  hasPath: boolean
}

const kept: Record<PlaceKind, Kept> = {
  heat_source: tree('heat_sources', 'heat_source_id', null),
  exchange_station: tree('exchange_stations', 'station_id', 'heat_source_id'),
  zone: tree('zones', 'zone_id', 'station_id'),
  community: { ...tree('communities', 'community_id', null), hasZone: true, hasPath: true },
  building: { ...tree('buildings', 'building_id', 'community_id'), hasZone: true },
  unit: { ...tree('units', 'unit_id', 'building_id'), hasZone: true },
}

function tree(table: string, id: string, parent: string | null): Kept {
  return { table, id, parent, hasZone: false, hasPath: false }
}

export interface PlaceRow {
  placeId: string
  parentId: string | null
  name: string
  state: string
  /** Its own; null: that of what it stands in. */
  zoneId: string | null
  orgPath: string | null
}

const columnsOf = ({ id, parent, hasZone, hasPath }: Kept) => `
         p.${id} as place_id, ${parent ? `p.${parent}` : 'null::text'} as parent_id,
         p.name, p.state,
         ${hasZone ? 'p.zone_id' : 'null::text'} as zone_id,
         ${hasPath ? 'p.org_path' : 'null::text'} as org_path`

/** Buildings and units are seen by whoever may see their community. */
const visible = (kind: PlaceKind) => {
  if (kind === 'building') return 'join reli.communities c using (company_id, community_id)'
  if (kind === 'unit')
    return `join reli.buildings b using (company_id, building_id)
    join reli.communities c on c.company_id = b.company_id and c.community_id = b.community_id`
  return ''
}

type ListParams = [
  companyId: string,
  parentId: string | null,
  state: string | null,
  orgPath: string | null,
  after: string | null,
  limit: number,
]

const eachKind = <P extends readonly unknown[], R>(
  name: string,
  text: (how: Kept, kind: PlaceKind) => string,
) => placeKinds.map((kind) => query<P, R>(`${name}_${kind}`, text(kept[kind], kind)))

const pick = <Q>(queries: readonly Q[], kind: PlaceKind): Q => queries[placeKinds.indexOf(kind)]!

export const listQueries = eachKind<ListParams, PlaceRow>(
  'places_list',
  (how, kind) => `
  select ${columnsOf(how)}
    from reli.${how.table} p ${visible(kind)}
   where p.company_id = $1
     and ($2::text is null or ${how.parent ? `p.${how.parent} = $2::text` : 'false'})
     and ($3::text is null or p.state = $3::text)
     and ($4::text is null or ${how.hasPath ? 'starts_with(p.org_path, $4::text)' : 'false'})
     and ($5::text is null or p.${how.id} > $5::text)
   order by p.${how.id}
   limit $6`,
)
export const listOf = (kind: PlaceKind) => pick(listQueries, kind)

export const lockQueries = eachKind<[companyId: string, placeId: string], PlaceRow>(
  'place_lock',
  (how, kind) => `
  select ${columnsOf(how)}
    from reli.${how.table} p ${visible(kind)}
   where p.company_id = $1 and p.${how.id} = $2 for update of p`,
)
export const lockOf = (kind: PlaceKind) => pick(lockQueries, kind)

/** The whole row from JSON in this shape: what a kind does not have is left out. */
export const insertQueries = eachKind<[companyId: string, row: string], { placeId: string }>(
  'place_insert',
  ({ table, id, parent, hasZone, hasPath }) => `
  insert into reli.${table} (company_id, ${id}, name, state
         ${parent ? `, ${parent}` : ''} ${hasZone ? ', zone_id' : ''}
         ${hasPath ? ', org_path' : ''})
  select $1, r."placeId", r.name, r.state
         ${parent ? ', r."parentId"' : ''} ${hasZone ? ', r."zoneId"' : ''}
         ${hasPath ? ', r."orgPath"' : ''}
    from jsonb_to_record($2::jsonb) as r ("placeId" text, "parentId" text, name text, state text,
         "zoneId" text, "orgPath" text)
  on conflict do nothing
  returning ${id} as place_id`,
)
export const insertOf = (kind: PlaceKind) => pick(insertQueries, kind)

export const updateQueries = eachKind<[companyId: string, row: string], unknown>(
  'place_update',
  ({ table, id, parent, hasZone, hasPath }) => `
  update reli.${table} p
     set name = r.name, state = r.state
         ${parent ? `, ${parent} = r."parentId"` : ''} ${hasZone ? ', zone_id = r."zoneId"' : ''}
         ${hasPath ? ', org_path = r."orgPath"' : ''}
    from jsonb_to_record($2::jsonb) as r ("placeId" text, "parentId" text, name text, state text,
         "zoneId" text, "orgPath" text)
   where p.company_id = $1 and p.${id} = r."placeId"`,
)
export const updateOf = (kind: PlaceKind) => pick(updateQueries, kind)

const holders: Record<PlaceKind, string> = {
  heat_source: `select from reli.exchange_stations
    where company_id = $1 and heat_source_id = $2 and state <> 'DEMOLISHED'`,
  exchange_station: `select from reli.zones
    where company_id = $1 and station_id = $2 and state <> 'DEMOLISHED'`,
  zone: `select from reli.communities where company_id = $1 and zone_id = $2
    union all select from reli.buildings where company_id = $1 and zone_id = $2
    union all select from reli.units where company_id = $1 and zone_id = $2`,
  community: `select from reli.customers
    where company_id = $1 and community_id = $2 and network_status <> 'CLOSED'
    union all select from reli.buildings
     where company_id = $1 and community_id = $2 and state <> 'DEMOLISHED'`,
  building: `select from reli.customers
    where company_id = $1 and building_id = $2 and network_status <> 'CLOSED'
    union all select from reli.units
     where company_id = $1 and building_id = $2 and state <> 'DEMOLISHED'`,
  unit: `select from reli.customers
    where company_id = $1 and unit_id = $2 and network_status <> 'CLOSED'`,
}

export const usedQueries = eachKind<[companyId: string, placeId: string], { isUsed: boolean }>(
  'place_is_used',
  (_, kind) => `select exists (${holders[kind]}) as is_used`,
)
export const usedOf = (kind: PlaceKind) => pick(usedQueries, kind)

export const nameQueries = eachKind<
  [companyId: string, parentId: string | null, name: string, placeId: string],
  { isTaken: boolean }
>(
  'place_name_is_taken',
  ({ table, id, parent }) => `
  select exists (select from reli.${table}
                  where company_id = $1 and name = $3 and ${id} <> $4
                    and ${parent ? `${parent} = $2::text` : '$2::text is null'}) as is_taken`,
)
export const nameTakenOf = (kind: PlaceKind) => pick(nameQueries, kind)

/** Addresses follow the live name; season copies and papers keep what they were written with. */
type Renamed = [companyId: string, placeId: string, oldName: string, newName: string]

export const readdressQueries = [
  query<Renamed, unknown>(
    'readdress_community',
    `
  update reli.customers set address = replace(address, $3, $4)
   where company_id = $1 and community_id = $2 and strpos(address, $3) > 0`,
  ),
  query<Renamed, unknown>(
    'readdress_building',
    `
  update reli.customers c set address = replace(c.address, m.name || $3, m.name || $4)
    from reli.communities m
   where c.company_id = $1 and c.building_id = $2
     and m.company_id = c.company_id and m.community_id = c.community_id`,
  ),
  query<Renamed, unknown>(
    'readdress_unit',
    `
  update reli.customers c set address = replace(c.address, b.name || $3, b.name || $4)
    from reli.buildings b
   where c.company_id = $1 and c.unit_id = $2
     and b.company_id = c.company_id and b.building_id = c.building_id`,
  ),
] as const

export const readdressOf = (kind: PlaceKind) =>
  readdressQueries[(['community', 'building', 'unit'] as PlaceKind[]).indexOf(kind)]

/** A community that is served by another organisation takes its customers along. */
export const reassignCustomers = query<
  [companyId: string, communityId: string, orgPath: string],
  unknown
>(
  'reassign_customers',
  `
  update reli.customers set org_path = $3
   where company_id = $1 and community_id = $2 and org_path <> $3`,
)

export const moveBuilding = query<
  [companyId: string, buildingId: string, communityId: string],
  unknown
>(
  'move_building_customers',
  `
  update reli.customers c
     set community_id = m.community_id, org_path = m.org_path,
         address = replace(c.address, old.name, m.name)
    from reli.communities m, reli.communities old
   where c.company_id = $1 and c.building_id = $2
     and m.company_id = c.company_id and m.community_id = $3
     and old.company_id = c.company_id and old.community_id = c.community_id`,
)

export interface NameChange {
  changeNo: bigint
  fromOn: string
  oldName: string | null
  name: string
  oldParent: string | null
  parentId: string | null
  oldPath: string | null
  orgPath: string | null
  actor: string
  reason: string
  madeAt: string
}

export const insertName = query<
  [
    companyId: string,
    kind: string,
    placeId: string,
    fromOn: string,
    oldName: string | null,
    name: string,
    oldParent: string | null,
    parentId: string | null,
    oldPath: string | null,
    orgPath: string | null,
    actor: string,
    reason: string,
  ],
  unknown
>(
  'insert_place_name',
  `
  insert into reli.place_names
         (company_id, kind, place_id, from_on, old_name, name, old_parent, parent_id, old_path,
          org_path, actor, reason)
  values ($1, $2, $3, $4::date, $5, $6, $7, $8, $9, $10, $11, $12)`,
)

export const namesOf = query<[companyId: string, kind: string, placeId: string], NameChange>(
  'place_names_of',
  `
  select change_no, from_on, old_name, name, old_parent, parent_id, old_path, org_path, actor,
         reason, made_at
    from reli.place_names
   where company_id = $1 and kind = $2 and place_id = $3
   order by change_no`,
)

/** What it was called on that day; nothing when it has not changed since it was first kept. */
export const nameOn = query<
  [companyId: string, kind: string, placeId: string, on: string],
  { name: string | null }
>(
  'place_name_on',
  `
  select coalesce(
    (select name from reli.place_names
      where company_id = $1 and kind = $2 and place_id = $3 and from_on <= $4::date
      order by change_no desc limit 1),
    (select old_name from reli.place_names
      where company_id = $1 and kind = $2 and place_id = $3
      order by change_no limit 1)) as name`,
)
