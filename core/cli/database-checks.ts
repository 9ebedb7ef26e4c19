// What `reli doctor` asks the database.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { bad, type Finding, good } from './checks.ts'

const connectWithinMs = 3_000
const oldestServer = 150_000

/** One connection, as the application's role; without one, one finding that says so. */
export async function databaseFindings(secrets: string): Promise<Finding[]> {
  const file = join(secrets, 'database-url')
  const url = existsSync(file) ? readFileSync(file, 'utf8').trim() : process.env.DATABASE_URL
  if (!url) return [bad('数据库', '尚未建立', 'npm start，或设置 DATABASE_URL 后 npx reli migrate')]
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectWithinMs })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    const mend = 'npm start；若用外部数据库，请检查其是否运行、地址与防火墙'
    return [bad('数据库', `连不上 ${new URL(url).host}：${(error as Error).message}`, mend)]
  }
  try {
    return [
      await server(client),
      ...(await settings(client)),
      await migrations(client),
      await clock(client),
    ]
  } finally {
    await client.end()
  }
}

async function server(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query(
    `select version() as text, current_setting('server_version_num')::int as number`,
  )
  const [{ text, number }] = rows
  const title = '数据库'
  const found = String(text).split(' on ')[0]!
  return number >= oldestServer
    ? good(title, found)
    : bad(title, found, '升级到 PostgreSQL 15 以上')
}

const wanted: { name: string; title: string; isRight(value: string): boolean; mend: string }[] = [
  {
    name: 'server_encoding',
    title: '数据库编码',
    isRight: (value) => value === 'UTF8',
    mend: '用 UTF8 重建：createdb -E UTF8 -T template0 reli',
  },
  {
    name: 'fsync',
    title: 'fsync',
    isRight: (value) => value === 'on',
    mend: 'alter system set fsync = on，然后重启数据库（否则断电丢账）',
  },
  {
    name: 'synchronous_commit',
    title: '同步提交',
    isRight: (value) => value !== 'off',
    mend: 'alter system set synchronous_commit = on; select pg_reload_conf()',
  },
  {
    name: 'full_page_writes',
    title: '整页写',
    isRight: (value) => value === 'on',
    mend: 'alter system set full_page_writes = on; select pg_reload_conf()',
  },
]

async function settings(client: pg.Client): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, title, isRight, mend } of wanted) {
    const { rows } = await client.query('select current_setting($1) as value', [name])
    const { value } = rows[0]
    findings.push(isRight(value) ? good(title, value) : bad(title, value, mend))
  }
  const { rows } = await client.query(
    `select (timestamptz '2026-11-20 00:00+00' at time zone 'Asia/Shanghai')::text as text`,
  )
  const title = '数据库时区'
  if (rows[0].text === '2026-11-20 08:00:00') findings.push(good(title, 'Asia/Shanghai'))
  else
    findings.push(bad(title, rows[0].text, '更新数据库服务器的 tzdata：apt-get install -y tzdata'))
  return findings
}

async function migrations(client: pg.Client): Promise<Finding> {
  const title = '数据库版本'
  const folder = new URL('../db/migrations/', import.meta.url)
  const ours = readdirSync(folder).filter((file) => file.endsWith('.sql')).length
  const found = await client.query(`select to_regclass('reli.charges') is not null as done`)
  if (!found.rows[0].done) return bad(title, '未建立', 'DATABASE_URL=… npx reli migrate')
  const applied = await client
    .query('select count(*)::int as count from public.migrations')
    .then(({ rows }) => rows[0].count as number)
    .catch(() => undefined)
  // The application may not read the list: then the start, which migrates, has the last word.
  if (applied === undefined) return good(title, '已建立')
  const text = `${applied} / ${ours}`
  return applied === ours ? good(title, text) : bad(title, text, 'DATABASE_URL=… npx reli migrate')
}

const worstSkewMs = 2_000

async function clock(client: pg.Client): Promise<Finding> {
  const title = '时钟'
  const before = Date.now()
  const { rows } = await client.query(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  )
  const skewMs = Math.round(rows[0].now - (before + Date.now()) / 2)
  const found = `与数据库相差 ${Math.abs(skewMs)} 毫秒`
  if (Math.abs(skewMs) <= worstSkewMs) return good(title, found)
  return bad(title, found, '两台机器都启用时间同步：timedatectl set-ntp true')
}
