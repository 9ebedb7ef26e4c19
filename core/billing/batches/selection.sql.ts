// Lists of customers and of charges by filters: what a batch works on and what an export writes are
// the same rows. Read in the order of customer numbers, by key.
import type { Fen } from '@reli/sdk'
import { query } from '../../db/db.ts'
import type { FeeItem } from '../accounts.ts'

export interface CustomerFilter {
  /** Responsible organisation and everything below it. */
  orgPath?: string | undefined
  communityId?: string | undefined
  nature?: string | undefined
  networkStatus?: string | undefined
  /** A room of this price class. */
  priceClass?: string | undefined
  /** Of what is owed; without it every season counts. */
  season?: string | undefined
  minOwedFen?: Fen | undefined
  maxOwedFen?: Fen | undefined
  /** Exactly these, whatever else is asked. */
  customerNos?: readonly string[] | undefined
}

export const filterParams = (companyId: string, filter: CustomerFilter) =>
  [
    companyId,
    filter.orgPath ?? null,
    filter.communityId ?? null,
    filter.nature ?? null,
    filter.networkStatus ?? null,
    filter.priceClass ?? null,
    filter.season ?? null,
    filter.minOwedFen ?? null,
    filter.maxOwedFen ?? null,
    filter.customerNos ?? null,
  ] as const
type FilterParams = ReturnType<typeof filterParams>

const owed = `
  (select coalesce(sum(g.outstanding_fen), 0)::bigint from reli.charges g
    where g.company_id = c.company_id and g.customer_id = c.customer_id
      and ($7::text is null or g.season = $7))`

/** Over `customers c`, with the ten parameters of `filterParams`. */
export const chosenCustomers = `
       c.company_id = $1
   and ($2::text is null or c.org_path like $2 || '%')
   and ($3::text is null or c.community_id = $3)
   and ($4::text is null or c.nature = $4)
   and ($5::text is null or c.network_status = $5)
   and ($6::text is null or exists (select from reli.area_items a
          where a.company_id = c.company_id and a.customer_id = c.customer_id
            and a.price_class = $6))
   and ($8::bigint is null or ${owed} >= $8)
   and ($9::bigint is null or ${owed} <= $9)
   and ($10::text[] is null or c.customer_no = any ($10::text[]))`

export interface ChosenCustomer {
  customerId: string
  customerNo: string
  owedFen: Fen
}

export const chosenAfter = query<[...FilterParams, after: string, limit: number], ChosenCustomer>(
  'batch_customers_after',
  `
  select c.customer_id, c.customer_no, ${owed} as owed_fen
    from reli.customers c
   where ${chosenCustomers} and c.customer_no > $11
   order by c.customer_no
   limit $12`,
)

export const countChosen = query<[...FilterParams], { count: number }>(
  'batch_customers_count',
  `select count(*)::int as count from reli.customers c where ${chosenCustomers}`,
)

export interface CustomerRow {
  customerNo: string
  name: string
  community: string
  address: string
  org: string | null
  nature: string
  networkStatus: string
  rooms: number
  buildingAreaDm2: bigint
  billingAreaDm2: bigint
  priceClasses: string | null
  receivableFen: Fen
  paidFen: Fen
  discountFen: Fen
  outstandingFen: Fen
  prepaidFen: Fen
  bankBlocked: boolean
  collectionLocked: boolean
  inspectionLocked: boolean
  mustVisitHall: boolean
}

export const customersForExport = query<[...FilterParams], CustomerRow>(
  'export_customers',
  `
  select c.customer_no, c.name, m.name as community, c.address, u.name as org, c.nature,
         c.network_status, a.rooms, a.building_area_dm2, a.billing_area_dm2, a.price_classes,
         g.receivable_fen, g.paid_fen, g.discount_fen, g.outstanding_fen, c.prepaid_fen,
         c.bank_blocked, c.collection_locked, c.inspection_locked, c.must_visit_hall
    from reli.customers c
    join reli.communities m using (company_id, community_id)
    left join reli.org_units u on u.company_id = c.company_id and u.org_path = c.org_path
   cross join lateral
         (select count(*)::int as rooms,
                 coalesce(sum(building_area_dm2), 0)::bigint as building_area_dm2,
                 coalesce(sum(billing_area_dm2), 0)::bigint as billing_area_dm2,
                 string_agg(distinct price_class, '、') as price_classes
            from reli.area_items
           where company_id = c.company_id and customer_id = c.customer_id) a
   cross join lateral
         (select coalesce(sum(receivable_fen), 0)::bigint as receivable_fen,
                 coalesce(sum(paid_fen), 0)::bigint as paid_fen,
                 coalesce(sum(discount_fen), 0)::bigint as discount_fen,
                 coalesce(sum(outstanding_fen), 0)::bigint as outstanding_fen
            from reli.charges
           where company_id = c.company_id and customer_id = c.customer_id
             and ($7::text is null or season = $7)) g
   where ${chosenCustomers}
   order by c.customer_no`,
)

export interface ChargeRow {
  customerNo: string
  name: string
  community: string
  address: string
  nature: string
  season: string
  feeItem: FeeItem
  areaNo: number
  areaItem: string
  chargedFen: Fen
  reducedFen: Fen
  writtenOffFen: Fen
  receivableFen: Fen
  paidFen: Fen
  discountFen: Fen
  outstandingFen: Fen
  latePaidFen: Fen
  lateWaivedFen: Fen
  dueOn: string | null
  chargeId: string
}

export const chargesForExport = query<[...FilterParams, feeItem: string | null], ChargeRow>(
  'export_charges',
  `
  select c.customer_no, c.name, m.name as community, c.address, c.nature, h.season, h.fee_item,
         h.area_no, h.area_item,
         coalesce(h.charged_fen,
                  h.receivable_fen + h.reduced_fen + h.written_off_fen) as charged_fen,
         h.reduced_fen, h.written_off_fen, h.receivable_fen, h.paid_fen, h.discount_fen,
         h.outstanding_fen, h.late_paid_fen, h.late_waived_fen, h.due_on, h.charge_id
    from reli.customers c
    join reli.communities m using (company_id, community_id)
    join reli.charges h on h.company_id = c.company_id and h.customer_id = c.customer_id
     and ($7::text is null or h.season = $7) and ($11::text is null or h.fee_item = $11)
   where ${chosenCustomers}
   order by c.customer_no, h.season, h.area_no, h.fee_item, h.charge_id`,
)
