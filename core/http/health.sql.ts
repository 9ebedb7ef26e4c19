import { query } from '../db/db.ts'

export const companyIsThere = query<[companyId: string], { companyId: string }>(
  'company_is_there',
  `
  select company_id from reli.companies where company_id = $1`,
)
