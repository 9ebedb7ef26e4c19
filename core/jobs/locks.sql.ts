import { query } from '../db/db.ts'

// Of the session, for work that is longer than a transaction may be. 7202: work of the worker.
export const tryLock = query<[name: string], { taken: boolean }>(
  'try_work_lock',
  `select pg_try_advisory_lock(7202, hashtext($1)) as taken`,
)

export const unlock = query<[name: string], unknown>(
  'release_work_lock',
  `select pg_advisory_unlock(7202, hashtext($1))`,
)

export const claimFire = query<[key: string, by: string], never>(
  'claim_fire',
  'insert into reli.schedule_fires (key, by) values ($1, $2) on conflict do nothing',
)
