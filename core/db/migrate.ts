// Brings a database to the schema of this version and prepares the application's role. Runs as the
// administrator of DATABASE_URL; everything after it runs as `reli_app`, which owns nothing.
import { randomBytes } from 'node:crypto'
import { runner } from 'node-pg-migrate'
import pg from 'pg'

export interface Migrated {
  /** Where the application connects, as `reli_app`. */
  appUrl: string
  /** Seals scopes; known to the owner's table and the processes of the hub, to nobody else. */
  scopeKey: Buffer
}

const migrationsFolder = new URL('./migrations', import.meta.url).pathname

/** One number for all that migrate at once: the second waits, then finds nothing to do. */
const migrationLock = 7_201_001

export async function migrate(adminUrl: string, appPassword: string): Promise<Migrated> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await prepareRoles(client, appPassword)
    await client.query('set role reli_owner')
    await runner({
      dbClient: client,
      dir: migrationsFolder,
      direction: 'up',
      count: Number.POSITIVE_INFINITY,
      migrationsTable: 'migrations',
      schema: 'public',
      noLock: true,
      checkOrder: true,
      verbose: false,
      log: () => {},
    })
    const scopeKey = await keepScopeKey(client)
    const appUrl = new URL(adminUrl)
    appUrl.username = 'reli_app'
    appUrl.password = appPassword
    return { appUrl: appUrl.href, scopeKey }
  } finally {
    await client.end()
  }
}

async function prepareRoles(client: pg.Client, appPassword: string): Promise<void> {
  for (const [role, attributes] of [
    ['reli_owner', 'nologin'],
    ['reli_app', 'login'],
  ]) {
    // Two databases of one cluster may be prepared at the same time: roles belong to the cluster.
    await client.query(`do $$ begin create role ${role} ${attributes};
      exception when duplicate_object or unique_violation then null; end $$`)
  }
  const password = client.escapeLiteral(appPassword)
  await retryConcurrent(() =>
    client.query(`alter role reli_app nosuperuser nobypassrls password ${password}`),
  )
  const { rows } = await client.query('select current_database() as name, current_user as admin')
  const database = client.escapeIdentifier(rows[0].name)
  await retryConcurrent(() =>
    client.query(`grant reli_owner to ${client.escapeIdentifier(rows[0].admin)}`),
  )
  await client.query(`grant create, connect on database ${database} to reli_owner`)
  await client.query(`grant connect on database ${database} to reli_app`)
  await client.query('grant usage, create on schema public to reli_owner')
  await client.query(`alter database ${database} set search_path = reli, public`)
}

/** `tuple concurrently updated`: another database of the cluster is being prepared right now. */
async function retryConcurrent(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await act()
      return
    } catch (error) {
      if (attempt === 20 || !/concurrently updated/.test(String(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, 25 * attempt))
    }
  }
}

async function keepScopeKey(client: pg.Client): Promise<Buffer> {
  await client.query(
    'insert into reli.scope_keys (key_no, key) values (1, $1) on conflict do nothing',
    [randomBytes(32)],
  )
  const { rows } = await client.query(
    'select key from reli.scope_keys order by key_no desc limit 1',
  )
  return rows[0].key as Buffer
}
