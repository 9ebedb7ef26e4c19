// The statements of the search: candidates come from functions that run as the owner and name the
// scope themselves (migration 0010); the rows shown come from the tables, under their row filter.
import type { Fen } from '@reli/sdk'
import { query } from '../../db/db.ts'

export interface CommunityWord {
  communityId: string
  /** The word that names it. */
  word: string
}

/** A word that names half the communities of a city names none. */
export const communitiesNamed = query<
  [companyId: string, words: string[], most: number],
  CommunityWord
>(
  'communities_named',
  `
  select c.community_id, w.word
    from unnest($2::text[]) as w (word)
   cross join lateral (
     select community_id from reli.communities
      where company_id = $1
        and (position(w.word in lower(name)) > 0
             or ' ' || name_initials like '% ' || w.word || '%')
      order by community_id limit $3) as c`,
)

interface Found {
  customerId: string
}

export const foundByWords = query<
  [companyId: string, grams: string, contained: string[], limit: number],
  Found
>(
  'found_by_words',
  `select customer_id from reli.search_by_words($1, $2, $3::text[], $4::int) as customer_id`,
)

export const foundByBeginning = query<
  [
    companyId: string,
    name: string | null,
    letters: string | null,
    customerNo: string | null,
    limit: number,
  ],
  Found
>(
  'found_by_beginning',
  `
  select customer_id
    from reli.search_by_beginning($1, $2::text, $3::text, $4::text, $5::int) as customer_id`,
)

export interface FoundCustomer {
  customerId: string
  customerNo: string
  cardNo: string | null
  name: string
  communityName: string
  address: string
  nature: string
  networkStatus: string
  billingAreaDm2: bigint
  arrearsFen: Fen
  prepaidFen: Fen
  isBankBlocked: boolean
  isBlacklisted: boolean
}

/** In the order of the ids: best first. */
export const customersShown = query<[companyId: string, customerIds: string[]], FoundCustomer>(
  'customers_shown',
  `
  select c.customer_id, c.customer_no, c.card_no, c.name, m.name as community_name, c.address,
         c.nature, c.network_status, c.prepaid_fen, c.bank_blocked as is_bank_blocked,
         c.blacklisted as is_blacklisted,
         (select coalesce(sum(a.billing_area_dm2), 0)::bigint from reli.area_items a
           where a.company_id = c.company_id and a.customer_id = c.customer_id) as billing_area_dm2,
         (select coalesce(sum(d.outstanding_fen), 0)::bigint from reli.charges d
           where d.company_id = c.company_id and d.customer_id = c.customer_id) as arrears_fen
    from unnest($2::text[]) with ordinality as f (customer_id, place)
    join reli.customers c on c.company_id = $1 and c.customer_id = f.customer_id
    join reli.communities m on m.company_id = c.company_id and m.community_id = c.community_id
   order by f.place`,
)

interface Unlettered {
  id: string
  name: string
}

export const customersWithoutLetters = query<[companyId: string, limit: number], Unlettered>(
  'customers_without_letters',
  `
  select customer_id as id, name from reli.customers
   where company_id = $1 and name_initials = '' order by customer_id limit $2`,
)

type Letters = [companyId: string, ids: string[], names: string[], letters: string[]]

/** Unless the name has changed meanwhile. */
export const giveCustomersLetters = query<Letters, unknown>(
  'give_customers_letters',
  `
  update reli.customers c set name_initials = l.letters
    from unnest($2::text[], $3::text[], $4::text[]) as l (id, name, letters)
   where c.company_id = $1 and c.customer_id = l.id and c.name = l.name`,
)

export const communitiesWithoutLetters = query<[companyId: string, limit: number], Unlettered>(
  'communities_without_letters',
  `
  select community_id as id, name from reli.communities
   where company_id = $1 and name_initials = '' order by community_id limit $2`,
)

export const giveCommunitiesLetters = query<Letters, unknown>(
  'give_communities_letters',
  `
  update reli.communities c set name_initials = l.letters
    from unnest($2::text[], $3::text[], $4::text[]) as l (id, name, letters)
   where c.company_id = $1 and c.community_id = l.id and c.name = l.name`,
)
