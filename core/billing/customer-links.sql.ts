import { query } from '../db/db.ts'

export interface LinkedCustomer {
  customerId: string
  customerNo: string
  networkStatus: string
  linkId: string | null
}

/** In ascending order, so that two who link the same people wait for each other. */
export const lockForLinks = query<[companyId: string, customerNos: string[]], LinkedCustomer>(
  'lock_customers_for_links',
  `
  select c.customer_id, c.customer_no, c.network_status,
         (select l.link_id from reli.customer_links l
           where l.company_id = c.company_id and l.customer_id = c.customer_id
             and l.ended_at is null) as link_id
    from reli.customers c
   where c.company_id = $1 and c.customer_no = any ($2::text[])
   order by c.customer_id for update of c`,
)

export const insertLinks = query<
  [companyId: string, linkId: string, customerIds: string[], by: string, reason: string],
  unknown
>(
  'insert_customer_links',
  `
  insert into reli.customer_links (company_id, link_id, customer_id, linked_by, reason)
  select $1, $2, id, $4, $5 from unnest($3::text[]) as id`,
)

/** The member leaves; one who would stay alone leaves with them. */
export const endLink = query<
  [companyId: string, linkId: string, customerId: string, by: string, reason: string],
  { customerId: string }
>(
  'end_customer_link',
  `
  update reli.customer_links l
     set ended_at = now(), ended_by = $4, end_reason = $5
   where l.company_id = $1 and l.link_id = $2 and l.ended_at is null
     and (l.customer_id = $3
          or 2 >= (select count(*) from reli.customer_links o
                    where o.company_id = $1 and o.link_id = $2 and o.ended_at is null))
  returning l.customer_id`,
)

export const lockLink = query<[companyId: string, linkId: string], unknown>(
  'lock_customer_link',
  `
  select pg_advisory_xact_lock(7206, hashtext($1 || ':' || $2))`,
)

export interface LinkMember {
  linkId: string
  customerNo: string
  name: string
  address: string
  networkStatus: string
  outstandingFen: bigint
  prepaidFen: bigint
  linkedAt: string
  linkedBy: string
}

export const linkMembersOf = query<[companyId: string, customerId: string], LinkMember>(
  'customer_link_members',
  `
  select l.link_id, c.customer_no, c.name, c.address, c.network_status, c.prepaid_fen, l.linked_at,
         l.linked_by,
         coalesce((select sum(h.outstanding_fen) from reli.charges h
                    where h.company_id = c.company_id and h.customer_id = c.customer_id), 0)::bigint
           as outstanding_fen
    from reli.customer_links l join reli.customers c using (company_id, customer_id)
   where l.company_id = $1 and l.ended_at is null
     and l.link_id = (select link_id from reli.customer_links
                       where company_id = $1 and customer_id = $2 and ended_at is null)
   order by c.customer_no`,
)
