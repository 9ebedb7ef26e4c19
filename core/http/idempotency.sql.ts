import { query } from '../db/db.ts'

type Key = [companyId: string, caller: string, key: string]

// Waits while another transaction is inserting the same key; no row: that one committed.
export const claimKey = query<[...Key, fingerprint: Buffer], { key: string }>(
  'claim_idempotency_key',
  `
  insert into reli.idempotency_keys (company_id, caller, key, fingerprint)
  values ($1, $2, $3, $4)
  on conflict do nothing
  returning key`,
)

export const answerOfKey = query<Key, { fingerprint: Buffer; response: unknown }>(
  'answer_of_idempotency_key',
  `
  select fingerprint, response
    from reli.idempotency_keys
   where company_id = $1 and caller = $2 and key = $3`,
)

export const keepAnswer = query<[...Key, response: string], never>(
  'keep_idempotent_answer',
  `
  update reli.idempotency_keys set response = $4
   where company_id = $1 and caller = $2 and key = $3`,
)
