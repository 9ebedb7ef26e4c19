// What speaks against opening a season, or looks wrong before it (domain.md §5, exception report).
import type { Fen } from '@reli/sdk'
import { query } from '../../db/db.ts'

export type DoubtKind =
  | 'NO_PRICE'
  | 'NO_AREA'
  | 'NO_HEIGHT'
  | 'NO_STATION'
  | 'NO_ROOM'
  | 'SAME_ADDRESS'
  | 'JUMP'

export interface DoubtRow {
  customerNo: string
  /** Null: it is about the whole account. */
  areaNo: number | null
  problem: DoubtKind
}

export const doubtsOf = query<
  [companyId: string, season: string, pathPattern: string, limit: number],
  DoubtRow
>(
  'season_doubts',
  `
  select * from (
    select c.customer_no, a.area_no,
           case when p.price_class is null then 'NO_PRICE'
                when a.billing_area_dm2 = 0 then 'NO_AREA'
                else 'NO_HEIGHT' end as problem
      from reli.area_items a
      join reli.customers c using (company_id, customer_id)
      left join reli.price_classes p
        on p.company_id = $1 and p.season = $2 and p.price_class = a.price_class
     where a.company_id = $1 and c.network_status = 'IN_NETWORK' and c.org_path like $3
       and a.generate_bill and a.status <> 'DISCONNECTED'
       and (p.price_class is null or a.billing_area_dm2 = 0
         or (p.over_height ->> 'rule' <> 'NONE' and a.storey_height_cm is null))
     union all
    select c.customer_no, null, 'NO_STATION' from reli.customers c
     where c.company_id = $1 and c.network_status = 'IN_NETWORK' and c.org_path like $3
       and not exists (select from reli.org_units o
                        where o.company_id = $1 and o.org_path = c.org_path)
     union all
    select c.customer_no, null, 'NO_ROOM' from reli.customers c
     where c.company_id = $1 and c.network_status = 'IN_NETWORK' and c.org_path like $3
       and not exists (select from reli.area_items a
                        where a.company_id = $1 and a.customer_id = c.customer_id)
     union all
    select unnest(array_agg(c.customer_no)), null, 'SAME_ADDRESS' from reli.customers c
     where c.company_id = $1 and c.network_status = 'IN_NETWORK' and c.org_path like $3
     group by c.community_id, c.address having count(*) > 1) as doubts
   order by problem, customer_no, area_no limit $4`,
)

/** What the season before charged to these customers, by its formula. */
export const chargedBefore = query<
  [companyId: string, season: string, customerIds: readonly string[]],
  { customerId: string; chargedFen: Fen }
>(
  'charged_in_season_before',
  `
  select customer_id, sum(coalesce(charged_fen, receivable_fen))::bigint as charged_fen
    from reli.charges
   where company_id = $1 and customer_id = any($3::text[]) and not is_moved
     and season = (select max(s.season) from reli.seasons s
                    where s.company_id = $1 and s.season < $2)
     and fee_item in ('HEATING', 'CAPACITY_HEAT', 'METERED_HEAT', 'BASE_HEAT', 'OVER_HEIGHT')
   group by 1`,
)
