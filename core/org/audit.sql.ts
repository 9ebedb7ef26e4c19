import { query } from '../db/db.ts'

export const insertAct = query<
  [
    companyId: string,
    actor: string,
    action: string,
    subject: string,
    before: string | null,
    after: string | null,
    reason: string | null,
  ],
  never
>(
  'insert_act',
  `
  insert into reli.audit_log (company_id, actor, action, subject, before, after, reason)
  values ($1, $2, $3, $4, $5, $6, $7)`,
)
