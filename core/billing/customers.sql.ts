import { query } from '../db/db.ts'
import { type Card, writtenColumns } from './customers.ts'

export interface CardRow extends Card, FlagRow {
  prepaidFen: bigint
  blacklistReason: string | null
  zoneId: string | null
}

export interface FlagRow {
  bankBlocked: boolean
  collectionLocked: boolean
  inspectionLocked: boolean
  inApproval: boolean
  mustVisitHall: boolean
  blacklisted: boolean
  stopForbidden: boolean
  discountForbidden: boolean
  lateFeeExempt: boolean
  invoiceBeforeRefund: boolean
}

const flags = `c.bank_blocked, c.collection_locked, c.inspection_locked, c.in_approval,
         c.must_visit_hall, c.blacklisted, c.stop_forbidden, c.discount_forbidden,
         c.late_fee_exempt, c.invoice_before_refund`
const written = Object.values(writtenColumns)
const card = `c.customer_id, c.customer_no, ${written.map((name) => `c.${name}`).join(', ')},
         c.nature, c.network_status, c.version`

/** Heat is decided at the unit, by default at its building, by default at the community. */
const zone = `coalesce(
           (select u.zone_id from reli.units u
             where u.company_id = c.company_id and u.unit_id = c.unit_id),
           (select b.zone_id from reli.buildings b
             where b.company_id = c.company_id and b.building_id = c.building_id),
           (select m.zone_id from reli.communities m
             where m.company_id = c.company_id and m.community_id = c.community_id))`

export const cardByNo = query<[companyId: string, customerNo: string], CardRow>(
  'customer_card_by_no',
  `
  select ${card}, ${flags}, c.prepaid_fen, c.blacklist_reason, ${zone} as zone_id
    from reli.customers c where c.company_id = $1 and c.customer_no = $2`,
)

export const lockCard = query<[companyId: string, customerNo: string], Card>(
  'lock_customer_card',
  `
  select ${card} from reli.customers c
   where c.company_id = $1 and c.customer_no = $2 for update`,
)

/** JSON by the names of columns; no row: the number is taken. */
export const insertCard = query<
  [
    companyId: string,
    customerId: string,
    customerNo: string,
    nature: string,
    letters: string,
    row: string,
  ],
  Card
>(
  'insert_customer_card',
  `
  insert into reli.customers as c
         (company_id, customer_id, customer_no, nature, name_initials, network_status,
          ${written.join(', ')})
  select $1, $2, $3, $4, $5, 'PENDING', ${written.map((name) => `r.${name}`).join(', ')}
    from jsonb_populate_record(null::reli.customers, $6::jsonb) as r
  on conflict (company_id, customer_no) do nothing
  returning ${card}`,
)

/** What the JSON does not name stays as it is. */
export const updateCard = query<
  [companyId: string, customerId: string, letters: string | null, row: string],
  Card
>(
  'update_customer_card',
  `
  update reli.customers c
     set (${written.join(', ')}) =
           (select ${written.map((name) => `r.${name}`).join(', ')}
              from jsonb_populate_record(c, $4::jsonb) as r),
         name_initials = coalesce($3::text, c.name_initials),
         version = c.version + 1
   where c.company_id = $1 and c.customer_id = $2
  returning ${card}`,
)

export interface HomeRow {
  community: string
  communityState: string
  orgPath: string
  building: string | null
  unit: string | null
}

/** The names of where a customer lives; a building or unit elsewhere is not found. */
export const homeOf = query<
  [companyId: string, communityId: string, buildingId: string | null, unitId: string | null],
  HomeRow
>(
  'customer_home',
  `
  select m.name as community, m.state as community_state, m.org_path, b.name as building,
         u.name as unit
    from reli.communities m
    left join reli.buildings b on b.company_id = m.company_id and b.building_id = $3::text
         and b.community_id = m.community_id and b.state <> 'DEMOLISHED'
    left join reli.units u on u.company_id = m.company_id and u.unit_id = $4::text
         and u.building_id = b.building_id and u.state <> 'DEMOLISHED'
   where m.company_id = $1 and m.community_id = $2`,
)

interface Known {
  isPath: boolean
  isCollector: boolean
  isInspector: boolean
}

export const knownPeople = query<
  [
    companyId: string,
    collectingPath: string | null,
    collectorId: string | null,
    inspectorId: string | null,
  ],
  Known
>(
  'customer_people',
  `
  select $2::text is null or exists (select from reli.org_units
           where company_id = $1 and org_path = $2 and retired_on is null) as is_path,
         $3::text is null or exists (select from reli.users
           where company_id = $1 and user_id = $3) as is_collector,
         $4::text is null or exists (select from reli.users
           where company_id = $1 and user_id = $4) as is_inspector`,
)

/** `$2` is the filter as JSON (customers-shapes.ts): what it does not name is not asked for. */
export const matching = `c.company_id = $1
     and ($2::jsonb->>'orgPath' is null or starts_with(c.org_path, $2::jsonb->>'orgPath'))
     and ($2::jsonb->>'collectingPath' is null
          or starts_with(c.collecting_path, $2::jsonb->>'collectingPath'))
     and ($2::jsonb->>'communityId' is null or c.community_id = $2::jsonb->>'communityId')
     and ($2::jsonb->>'buildingId' is null or c.building_id = $2::jsonb->>'buildingId')
     and ($2::jsonb->>'unitId' is null or c.unit_id = $2::jsonb->>'unitId')
     and ($2::jsonb->>'zoneId' is null or ${zone} = $2::jsonb->>'zoneId')
     and ($2::jsonb->>'nature' is null or c.nature = $2::jsonb->>'nature')
     and ($2::jsonb->>'networkStatus' is null or c.network_status = $2::jsonb->>'networkStatus')
     and ($2::jsonb->>'tag' is null or $2::jsonb->>'tag' = any (c.tags))
     and ($2::jsonb->>'class' is null or c.classes->>split_part($2::jsonb->>'class', ':', 1)
          = split_part($2::jsonb->>'class', ':', 2))
     and ($2::jsonb->>'collectorId' is null or c.collector_id = $2::jsonb->>'collectorId')`

export interface ListedRow extends FlagRow {
  customerNo: string
  name: string
  address: string
  orgPath: string
  collectingPath: string | null
  nature: string
  networkStatus: string
  billingAreaDm2: bigint
  outstandingFen: bigint
  prepaidFen: bigint
  tags: string[]
}

type ListParams = [companyId: string, filter: string, after: string | null, limit: number]

const list = (more: string) => `
  select c.customer_no, c.name, c.address, c.org_path, c.collecting_path, c.nature,
         c.network_status, c.prepaid_fen, c.tags, ${flags},
         coalesce((select sum(a.billing_area_dm2) from reli.area_items a
                    where a.company_id = c.company_id and a.customer_id = c.customer_id), 0)::bigint
           as billing_area_dm2,
         coalesce((select sum(h.outstanding_fen) from reli.charges h
                    where h.company_id = c.company_id and h.customer_id = c.customer_id), 0)::bigint
           as outstanding_fen
    from reli.customers c
   where ${matching} ${more} and ($3::text is null or c.customer_no > $3::text)
   order by c.customer_no
   limit $4`

export const listCustomers = query<ListParams, ListedRow>('list_customers', list(''))

/** One community is read by its index. */
export const listOfCommunity = query<ListParams, ListedRow>(
  'list_customers_of_community',
  list(`and c.community_id = ($2::jsonb->>'communityId')`),
)

export interface TrailRow {
  auditSeq: bigint
  at: string
  actor: string
  action: string
  before: unknown
  after: unknown
  reason: string | null
}

export const trailOfCustomer = query<
  [companyId: string, customerId: string, before: bigint | null, limit: number],
  TrailRow
>(
  'trail_of_customer',
  `
  select audit_seq, at, actor, action, before, after, reason
    from reli.audit_log
   where company_id = $1 and subject = $2 and ($3::bigint is null or audit_seq < $3)
   order by audit_seq desc
   limit $4`,
)
