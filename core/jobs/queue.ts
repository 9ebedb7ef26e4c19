// The queue of jobs that somebody asked for, in PostgreSQL: the console queues, a worker works.
import { Logger, makeWorkerUtils } from 'graphile-worker'
import pg from 'pg'

export interface ReconcileJob {
  company: string
  channel: string
  bankDate: string
}

export interface Queue {
  /** Fetch and reconcile this day now. Asking again while it waits asks once. */
  reconcileNow(job: ReconcileJob): Promise<void>
  close(): Promise<void>
}

/** A server that is away for a while: tried after about 3, 7 and 20 seconds more. */
const attempts = 4

/** For processes that queue and do not work, as `reli_app`. */
export async function openQueue(appUrl: string): Promise<Queue> {
  const pool = jobPool(appUrl, 2)
  const utils = await makeWorkerUtils({ pgPool: pool, logger: quiet(() => {}) })
  return {
    reconcileNow: async (job) => {
      await utils.addJob('reconcile', job, {
        jobKey: `reconcile:${job.company}:${job.channel}:${job.bankDate}`,
        maxAttempts: attempts,
      })
    },
    close: async () => {
      await utils.release()
      await pool.end()
    },
  }
}

export function jobPool(appUrl: string, max: number): pg.Pool {
  return heedless(
    new pg.Pool({
      connectionString: appUrl,
      max,
      application_name: 'reli worker',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    }),
  )
}

/**
 * A connection that dies with its server fails its statement and is replaced: no more is needed.
 */
export function heedless(pool: pg.Pool): pg.Pool {
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** The library prints to the console; we want its errors alone, where ours go. */
export const quiet = (onError: (message: string) => void): Logger =>
  new Logger(() => (level, message) => {
    if (level === 'error') onError(message)
  })
