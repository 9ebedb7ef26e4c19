// How fast a list of a million customers becomes a spreadsheet, and in how much memory: the very
// route's stream, from a cursor of the database, in a process of its own. `npm run bench:export`
import { fork } from 'node:child_process'
import { createWriteStream, rmSync, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { openDb } from '../core/db/db.ts'
import { startEmbedded } from '../core/db/embedded.ts'
import { migrate } from '../core/db/migrate.ts'
import { scopeSigner, wholeCompanies } from '../core/db/scope.ts'
import { openWorkbook, rowsOf } from '../core/excel/read.ts'
import { exportLists } from '../core/exports/lists.ts'
import { openExport } from '../core/exports/stream.ts'

const port = 15_447
const database = 'bench_export'
/** What issue and manual promise. */
const promisedMb = 300

interface Order {
  appUrl: string
  scopeKey: string
  file: string
}
interface Report {
  rows: number
  seconds: number
  maxRssMb: number
}

/** The child: everything that an export needs, and nothing else. */
async function exportOnce({ appUrl, scopeKey, file }: Order): Promise<void> {
  const sign = scopeSigner(Buffer.from(scopeKey, 'hex'))
  const db = openDb({ url: appUrl, sign, connections: 2, name: 'bench export' })
  const { title, columns, rows } = exportLists.customers
  let count = 0
  const counted = columns.map((column, at) => {
    if (at > 0) return column
    const cell = (row: unknown) => {
      count++
      return column.cell(row)
    }
    return { ...column, cell }
  })
  const began = performance.now()
  const source = { name: title, columns: counted, rows: (tx: never) => rows(tx, 'c1', {}) }
  await pipeline(await openExport(db, wholeCompanies('c1'), source), createWriteStream(file))
  const seconds = (performance.now() - began) / 1000
  await db.close()
  // Kilobytes on Linux, as `getrusage` counts them.
  const maxRssMb = process.resourceUsage().maxRSS / 1024
  process.send!({ rows: count, seconds, maxRssMb } satisfies Report, () => process.disconnect())
}

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '1000000' }, check: { type: 'boolean' } },
  })
  const rows = Number(values.rows)
  const folder = fileURLToPath(new URL('../var/bench-export', import.meta.url))
  const server = await startEmbedded(folder, port, { shared_buffers: '512MB' })
  const file = `${folder}.xlsx`
  try {
    const { appUrl, scopeKey } = await filled(server.url, rows)
    const report = await inChild({ appUrl, scopeKey: scopeKey.toString('hex'), file })
    const columns = exportLists.customers.columns.length
    const rate = Math.round(report.rows / report.seconds)
    const sizeMb = statSync(file).size / 1024 / 1024
    console.log(
      `${report.rows} rows × ${columns} columns in ${report.seconds.toFixed(1)} s: ` +
        `${rate} rows/s, ${sizeMb.toFixed(0)} MB; max RSS ${report.maxRssMb.toFixed(0)} MB ` +
        `(promised: ${promisedMb})`,
    )
    if (values.check) console.log(`the file holds ${await rowsIn(file)} rows`)
    if (report.maxRssMb > promisedMb || report.rows !== rows) process.exitCode = 1
  } finally {
    rmSync(file, { force: true })
    await server.stop()
  }
}

function inChild(order: Order): Promise<Report> {
  const child = fork(fileURLToPath(import.meta.url), [], { execArgv: process.execArgv })
  return new Promise((resolve, reject) => {
    let report: Report | undefined
    child.once('message', (message) => {
      report = message as Report
    })
    child.once('exit', (code) =>
      report ? resolve(report) : reject(new Error(`the export ended with ${code}`)),
    )
    child.send(order)
  })
}

/** Customers with one room and two charges each, made by the server itself. */
async function filled(serverUrl: string, rows: number) {
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query(`drop database if exists ${database} with (force)`)
  await admin.query(`create database ${database}`)
  await admin.end()
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  const access = await migrate(url.href, 'bench-application')
  const own = new pg.Client({ connectionString: url.href })
  await own.connect()
  try {
    for (const statement of statements) await own.query(statement.replace('$rows', String(rows)))
    await own.query('vacuum analyze')
  } finally {
    await own.end()
  }
  return access
}

const statements = [
  // Nobody searches here: the search's own rows would take most of the time.
  'set session_replication_role = replica',
  "insert into reli.companies values ('c1', '测试热力有限公司', null, current_date)",
  "insert into reli.communities values ('c1', 'com_1', '翡翠城小区', 'c1.b1.')",
  `insert into reli.seasons values ('c1', '2025-2026', '2025-11-15', '2026-03-15', 'CLOSED', true,
    '{}'), ('c1', '2026-2027', '2026-11-15', '2027-03-15', 'OPEN', true, '{}')`,
  `insert into reli.customers (company_id, customer_id, customer_no, name, community_id, address,
     org_path, nature, phone)
   select 'c1', 'cus_' || n, lpad(n::text, 10, '0'), '王建国' || n % 100, 'com_1',
          n % 40 || '号楼 ' || n % 6 || ' 单元 ' || n % 3000 || ' 室', 'c1.b1.', 'RESIDENT',
          '13800000000' from generate_series(1, $rows) n`,
  `insert into reli.area_items (company_id, area_item_id, customer_id, area_no, category,
     building_area_dm2, billing_area_dm2, price_class)
   select 'c1', 'are_' || n, 'cus_' || n, 1, '住宅', 8000 + n % 9000, 7500 + n % 8000, '居民'
     from generate_series(1, $rows) n`,
  `insert into reli.charges (company_id, charge_id, customer_id, season, area_no, fee_item,
     receivable_fen, paid_fen, late_principal_fen, formula, entry_seq)
   select 'c1', 'chg_' || s || n, 'cus_' || n, s, 1, 'HEATING', 198000 + n % 7777,
          n % 198000, 198000, '{}', 1
     from generate_series(1, $rows) n, unnest(array['2025-2026', '2026-2027']) s`,
]

/** Read back as a foreign file would be. */
async function rowsIn(file: string): Promise<number> {
  const { readFileSync } = await import('node:fs')
  const workbook = await openWorkbook(readFileSync(file))
  let count = 0
  for (const { part } of workbook.sheets) {
    for await (const { rowNo } of rowsOf(workbook, part)) if (rowNo > 1) count++
  }
  return count
}

if (process.send) process.once('message', (order: Order) => void exportOnce(order))
else await bench()
