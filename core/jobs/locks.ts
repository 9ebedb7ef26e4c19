// One at a time, over all workers. The lock is the session's: PostgreSQL gives it back when the
// process that holds it is gone. Work under it is safe without it (keys and row locks see to that);
// the lock spares two workers doing the same for nothing.
import type pg from 'pg'
import { tryLock, unlock } from './locks.sql.ts'

/** Runs the work unless somebody else is at work of this name; then `undefined`. */
export async function exclusively<T>(
  pool: pg.Pool,
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const client = await pool.connect()
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    const { rows } = await client.query(tryLock.text, [name])
    if (!rows[0].taken) return undefined
    try {
      return await work()
    } finally {
      await client.query(unlock.text, [name]).catch(onError)
    }
  } finally {
    client.off('error', onError)
    // A session that may still hold the lock is closed, not given to the next.
    client.release(broken)
  }
}
