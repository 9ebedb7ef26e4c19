import { query } from '../db/db.ts'
import type { Unit } from './units.ts'

const columns = 'org_id, parent_id, kind, name, org_path, retired_on'

export const unitsOf = query<[companyId: string], Unit>(
  'units_of',
  `
  select ${columns} from reli.org_units where company_id = $1 order by org_path`,
)

export const unitById = query<[companyId: string, orgId: string], Unit>(
  'unit_by_id',
  `
  select ${columns} from reli.org_units where company_id = $1 and org_id = $2`,
)

export const unitByPath = query<[companyId: string, orgPath: string], Unit>(
  'unit_by_path',
  `
  select ${columns} from reli.org_units where company_id = $1 and org_path = $2`,
)

/** Whoever changes the tree waits for whoever changes it already. */
export const lockTree = query<[companyId: string], { bookingOn: string }>(
  'lock_org_tree',
  `
  select booking_on, pg_advisory_xact_lock(7204, hashtext('org:' || $1))
    from reli.companies where company_id = $1`,
)

export const isNameTaken = query<
  [companyId: string, parentId: string | null, name: string, orgId: string],
  { isTaken: boolean }
>(
  'is_unit_name_taken',
  `
  select exists (select from reli.org_units
                  where company_id = $1 and parent_id is not distinct from $2::text and name = $3
                    and org_id <> $4 and retired_on is null) as is_taken`,
)

export const insertUnit = query<
  [companyId: string, orgId: string, parentId: string, kind: string, name: string, orgPath: string],
  Unit
>(
  'insert_unit',
  `
  insert into reli.org_units (company_id, org_id, parent_id, kind, name, org_path)
  values ($1, $2, $3, $4, $5, $6)
  returning ${columns}`,
)

export const updateUnit = query<
  [companyId: string, orgId: string, name: string, parentId: string | null],
  Unit
>(
  'update_unit',
  `
  update reli.org_units set name = $3, parent_id = $4
   where company_id = $1 and org_id = $2
  returning ${columns}`,
)

export const retireUnit = query<[companyId: string, orgId: string, on: string], Unit>(
  'retire_unit',
  `
  update reli.org_units set retired_on = $3::date
   where company_id = $1 and org_id = $2
  returning ${columns}`,
)

/** Working units below, open memberships, communities and customers: any of them holds it. */
export const isUnitUsed = query<
  [companyId: string, orgId: string, orgPath: string],
  { isUsed: boolean }
>(
  'is_unit_used',
  `
  select exists (select from reli.org_units
                  where company_id = $1 and parent_id = $2 and retired_on is null)
      or exists (select from reli.collectors
                  where company_id = $1 and org_id = $2 and to_on is null)
      or exists (select from reli.communities
                  where company_id = $1 and org_path = $3 and state <> 'DEMOLISHED')
      or exists (select from reli.customers
                  where company_id = $1 and (org_path = $3 or collecting_path = $3)
                    and network_status <> 'CLOSED') as is_used`,
)

interface Moved {
  units: number
  communities: number
  customers: number
}

/** A subtree gets a new beginning of its path, and with it all that it answers for. */
export const moveSubtree = query<[companyId: string, from: string, to: string], Moved>(
  'move_subtree',
  `
  with moved_units as (
    update reli.org_units set org_path = $3 || substr(org_path, length($2) + 1)
     where company_id = $1 and starts_with(org_path, $2) returning 1),
  moved_communities as (
    update reli.communities set org_path = $3 || substr(org_path, length($2) + 1)
     where company_id = $1 and starts_with(org_path, $2) returning 1),
  moved_customers as (
    update reli.customers
       set org_path = case when starts_with(org_path, $2)
                           then $3 || substr(org_path, length($2) + 1) else org_path end,
           collecting_path = case when starts_with(collecting_path, $2)
                                  then $3 || substr(collecting_path, length($2) + 1)
                                  else collecting_path end
     where company_id = $1 and (starts_with(org_path, $2) or starts_with(collecting_path, $2))
    returning 1),
  moved_users as (
    update reli.users
       set org_paths = array(select case when starts_with(p, $2)
                                         then $3 || substr(p, length($2) + 1) else p end
                               from unnest(org_paths) with ordinality as o (p, n) order by n)
     where company_id = $1
       and exists (select from unnest(org_paths) as p where starts_with(p, $2)))
  select (select count(*) from moved_units)::int as units,
         (select count(*) from moved_communities)::int as communities,
         (select count(*) from moved_customers)::int as customers`,
)

export interface Collector {
  orgId: string
  userId: string
  name: string
  fromOn: string
  toOn: string | null
}

export const collectorsOf = query<[companyId: string, orgId: string], Collector>(
  'collectors_of',
  `
  select c.org_id, c.user_id, u.name, c.from_on, c.to_on
    from reli.collectors c join reli.users u using (company_id, user_id)
   where c.company_id = $1 and c.org_id = $2
   order by c.to_on nulls first, c.from_on, c.user_id`,
)

/** No row: there is no such person, or they are in the team already. */
export const joinTeam = query<
  [companyId: string, orgId: string, userId: string, on: string],
  { userId: string }
>(
  'join_team',
  `
  insert into reli.collectors (company_id, org_id, user_id, from_on)
  select company_id, $2, user_id, $4::date from reli.users
   where company_id = $1 and user_id = $3 and disabled_at is null
  on conflict do nothing
  returning user_id`,
)

export const isUser = query<[companyId: string, userId: string], { isKnown: boolean }>(
  'is_user',
  `
  select exists (select from reli.users where company_id = $1 and user_id = $2
                    and disabled_at is null) as is_known`,
)

export const leaveTeam = query<
  [companyId: string, orgId: string, userId: string, on: string],
  { fromOn: string }
>(
  'leave_team',
  `
  update reli.collectors set to_on = greatest(from_on, $4::date)
   where company_id = $1 and org_id = $2 and user_id = $3 and to_on is null
  returning from_on`,
)

export const groupOf = query<[companyId: string], { groupId: string; name: string }>(
  'group_of',
  `
  select group_id, name from reli.groups
   where group_id = (select group_id from reli.companies where company_id = $1)`,
)

export const joinGroup = query<[companyId: string, groupId: string], { groupId: string }>(
  'join_group',
  `
  update reli.companies set group_id = $2 where company_id = $1 returning group_id`,
)

export const insertGroup = query<[groupId: string, name: string], unknown>(
  'insert_group',
  `
  insert into reli.groups (group_id, name) values ($1, $2) on conflict do nothing`,
)
