// Prepares the queue's schema. Runs where the migrations run, as the administrator, before any
// worker: graphile-worker then finds nothing to install and never needs an owner's rights.
import { readFileSync } from 'node:fs'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { heedless, quiet } from './queue.ts'

const grants = readFileSync(new URL('./grants.sql', import.meta.url), 'utf8')

/** One number for all that install at once, as for the migrations. */
const installLock = 7_201_003

export async function installJobs(adminUrl: string): Promise<void> {
  const connection = { connectionString: adminUrl, connectionTimeoutMillis: 5_000 }
  const guard = new pg.Client(connection)
  const owner = '-c role=reli_owner'
  const pool = heedless(new pg.Pool({ ...connection, max: 2, options: owner }))
  await guard.connect()
  try {
    await guard.query('select pg_advisory_lock($1)', [installLock])
    // A database that was copied from another has its schema, not its grants.
    const { rows } = await guard.query('select current_database() as name')
    const database = guard.escapeIdentifier(rows[0].name)
    await guard.query(`grant create on database ${database} to reli_owner`)
    await runMigrations({ pgPool: pool, logger: quiet(() => {}) })
    await pool.query(grants)
  } finally {
    await pool.end()
    await guard.end()
  }
}
