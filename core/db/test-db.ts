// A fresh database for a test file, copied from a template that holds the migrated schema. The
// server is the one of RELI_TEST_DATABASE_URL, or the embedded one under var/test, started when
// needed.
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { type Db, openDb } from './db.ts'
import { startEmbedded } from './embedded.ts'
import { migrate } from './migrate.ts'
import { type ScopeSigner, scopeSigner } from './scope.ts'

export interface TestDb {
  db: Db
  appUrl: string
  adminUrl: string
  scopeKey: Buffer
  sign: ScopeSigner
  close(): Promise<void>
}

/** Clones beside each other keep servers beside each other: the folder decides the port. */
const testPort = (folder: string) =>
  15_500 + (createHash('sha256').update(folder).digest().readUInt16BE() % 1_000)
const appPassword = 'test-application'
const templateLock = 7_201_002

export async function testServer(): Promise<string> {
  const given = process.env.RELI_TEST_DATABASE_URL
  if (given) return given
  const folder = new URL('../../var/test', import.meta.url).pathname
  return (await startEmbedded(folder, testPort(folder))).url
}

/** Everything is dropped again by `close`, which also ends the connections of the file. */
export async function testDb(options: { connections?: number } = {}): Promise<TestDb> {
  const server = await testServer()
  const template = await preparedTemplate(server)
  const name = `t_${process.pid}_${randomBytes(4).toString('hex')}`
  await asAdmin(server, (admin) => admin.query(`create database ${name} template ${template}`))
  const adminUrl = withDatabase(server, name)
  const appUrl = asApplication(adminUrl)
  const scopeKey = await asAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query(
      'select key from reli.scope_keys order by key_no desc limit 1',
    )
    return rows[0].key as Buffer
  })
  const sign = scopeSigner(scopeKey)
  const db = openDb({ url: appUrl, sign, connections: options.connections ?? 8, name: 'test' })
  const close = async () => {
    await db.close()
    await asAdmin(server, (admin) => admin.query(`drop database ${name} with (force)`))
  }
  return { db, appUrl, adminUrl, scopeKey, sign, close }
}

async function preparedTemplate(server: string): Promise<string> {
  const name = `reli_template_${schemaHash()}`
  await asAdmin(server, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [templateLock])
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [name])
    if (rowCount) return
    await admin.query(`drop database if exists ${name}_new with (force)`)
    await admin.query(`create database ${name}_new`)
    await migrate(withDatabase(server, `${name}_new`), appPassword)
    await admin.query(`alter database ${name}_new rename to ${name}`)
  })
  return name
}

function schemaHash(): string {
  const folder = new URL('./migrations/', import.meta.url)
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(new URL(file, folder)))
  return hash.digest('hex').slice(0, 12)
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

function asApplication(adminUrl: string): string {
  const url = new URL(adminUrl)
  url.username = 'reli_app'
  url.password = appPassword
  return url.href
}

async function asAdmin<T>(server: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: server })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}
