// What every bench stands on: a cluster of its own with the product's settings, a seeded company,
// and pgbench's TPC-B on that same cluster as the known quantity beside our figure.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type Db, openDb } from '../core/db/db.ts'
import { type EmbeddedPostgres, startEmbedded } from '../core/db/embedded.ts'
import { migrate } from '../core/db/migrate.ts'
import { scopeSigner } from '../core/db/scope.ts'
import { seed } from '../core/seed/demo.ts'

export interface Ground {
  db: Db
  appUrl: string
  scopeKey: Buffer
  /** Transactions per second of `pgbench -b tpcb-like`, 32 clients on 32 branches. */
  tpcb(seconds: number): number
  stop(): Promise<void>
}

/** As a site of this size would set it: the data in memory, and no checkpoint within a round. */
const settings = { shared_buffers: '2GB', max_wal_size: '8GB' }
const pgbenchScale = 32
const database = 'bench'

export interface EmptyGround {
  db: Db
  server: EmbeddedPostgres
  adminUrl: string
  appUrl: string
  scopeKey: Buffer
}

/** A migrated database without a row, in a cluster of its own. */
export async function emptyGround(
  name = database,
  folder = 'bench',
  port = 15_434,
): Promise<EmptyGround> {
  const path = new URL(`../var/${folder}`, import.meta.url).pathname
  const server = await startEmbedded(path, port, settings)
  await renew(server.url, name)
  const adminUrl = new URL(server.url)
  adminUrl.pathname = `/${name}`
  const { appUrl, scopeKey } = await migrate(adminUrl.href, 'bench-application')
  const db = openDb({ url: appUrl, sign: scopeSigner(scopeKey), connections: 12, name: 'bench' })
  return { db, server, adminUrl: adminUrl.href, appUrl, scopeKey }
}

export async function ground(households: number): Promise<Ground> {
  const { db, server, adminUrl, appUrl, scopeKey } = await emptyGround()
  const bookingOn = new Date().toISOString().slice(0, 10)
  await seed(db, { households, bookingOn, looks: 'bench' })
  await analyse(adminUrl)
  await renew(server.url, 'tpcb')
  pgbench(server.url, ['-i', '-q', '-s', `${pgbenchScale}`])
  const tpcb = (seconds: number) => {
    const said = pgbench(server.url, [
      '-b',
      'tpcb-like',
      '-c',
      '32',
      '-j',
      '2',
      '-M',
      'prepared',
      '-T',
      `${seconds}`,
    ])
    return Number(/tps = ([\d.]+)/.exec(said)?.[1])
  }
  const stop = async () => {
    await db.close()
    await server.stop()
  }
  return { db, appUrl, scopeKey, tpcb, stop }
}

async function renew(url: string, name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query(`drop database if exists ${name} with (force)`)
  await admin.query(`create database ${name}`)
  await admin.end()
}

/** What autovacuum would do within a minute of such a load. */
export async function analyse(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query('vacuum analyze')
  await admin.end()
}

function pgbench(url: string, args: string[]): string {
  const to = new URL(url)
  const ran = spawnSync(
    pgbenchProgram(),
    ['-h', to.hostname, '-p', to.port, '-U', to.username, ...args, 'tpcb'],
    {
      env: { ...process.env, PGPASSWORD: to.password },
      encoding: 'utf8',
    },
  )
  if (ran.status !== 0) throw new Error(`pgbench ${args.join(' ')}: ${ran.stderr}`)
  return ran.stdout
}

/** Debian keeps pgbench beside each server version. */
function pgbenchProgram(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort().reverse() : []
  const found = versions.map((version) => join(root, version, 'bin/pgbench')).find(existsSync)
  if (!found) throw new Error('pgbench is missing: apt-get install postgresql')
  return found
}

/** The middle one; of an even number, the lower of the two. */
export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)]!

export const perSecond = (figure: number): string => `${Math.round(figure).toLocaleString('en')}/s`
