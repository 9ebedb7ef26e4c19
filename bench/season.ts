// `npm run bench:season`: how long a season takes to open for 1,000,000 customers with 1,200,000
// rooms, as the product does it, and how long a raw COPY of the very same rows into the same
// tables, emptied of them, takes in the same run. Promised: at most twice as long, in flat memory.
import { fork } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { openSeason } from '../core/billing/seasons/season.ts'
import { openDb } from '../core/db/db.ts'
import { scopeSigner, wholeCompanies } from '../core/db/scope.ts'
import { analyse, emptyGround } from './ground.ts'
import { asAdmin, companyId, season, writeTown } from './season-town.ts'

/** What is promised. */
const promisedTimes = 2
const promisedMb = 400

interface Order {
  appUrl: string
  scopeKey: string
}
interface Report {
  done: number
  skipped: number
  seconds: number
  /** When a tenth of the customers stood, at the end, and at most. */
  earlyMb: number
  lateMb: number
  maxMb: number
}

const megabytes = (bytes: number) => bytes / 1024 / 1024

/** The child: everything that opening needs, and nothing else. */
async function openOnce({ appUrl, scopeKey }: Order): Promise<void> {
  const sign = scopeSigner(Buffer.from(scopeKey, 'hex'))
  const db = openDb({ url: appUrl, sign, connections: 4, name: 'bench season' })
  let earlyMb = 0
  const began = performance.now()
  const { done, skipped } = await openSeason(db, {
    companyId,
    scope: wholeCompanies(companyId),
    season,
    madeBy: 'bench',
    onProgress: (progress) => {
      if (earlyMb === 0 && progress.done * 10 >= progress.total) {
        earlyMb = megabytes(process.memoryUsage.rss())
      }
      const share = Math.round((progress.done / progress.total) * 100)
      process.stdout.write(`\r  opening: ${progress.done} of ${progress.total} (${share} %)`)
    },
  })
  const seconds = (performance.now() - began) / 1000
  const lateMb = megabytes(process.memoryUsage.rss())
  await db.close()
  process.stdout.write('\r')
  // Kilobytes on Linux, as `getrusage` counts them.
  const maxMb = process.resourceUsage().maxRSS / 1024
  const report: Report = { done, skipped, seconds, earlyMb, lateMb, maxMb }
  process.send!(report, () => process.disconnect())
}

/** What opening writes, and which of it belongs to this season. */
const written = {
  entries: '',
  postings: '',
  billing_events: '',
  area_seasons: `where season = '${season}'`,
  area_facts: `where season = '${season}'`,
  charges: `where season = '${season}'`,
  charge_changes: '',
  settlements: '',
  balance_movements: '',
}

async function bench(): Promise<void> {
  const customers = Number(process.argv[2] ?? 1_000_000)
  const { db, server, adminUrl, appUrl, scopeKey } = await emptyGround(
    'season',
    'bench-season',
    15_437,
  )
  const folder = fileURLToPath(new URL('../var/bench-season-rows', import.meta.url))
  try {
    await asAdmin(adminUrl, (admin) => writeTown(admin, customers))
    await analyse(adminUrl)
    await asAdmin(adminUrl, async (admin) => {
      const { rows } = await admin.query('select count(*)::int as count from reli.area_items')
      console.log(`${customers} customers with ${rows[0].count} rooms`)
      await admin.query('checkpoint')
    })
    const report = await inChild({ appUrl, scopeKey: scopeKey.toString('hex') })
    tellOpening(report)
    const copy = await asAdmin(adminUrl, (admin) => copySame(admin, folder))
    console.log(`raw COPY   ${copy.seconds.toFixed(1)} s: ${copy.rows} rows, ${copy.mb} MB`)
    const times = report.seconds / copy.seconds
    console.log(`opening takes ${times.toFixed(2)} × the time of COPY (promised: ${promisedTimes})`)
    const isKept = times <= promisedTimes && report.maxMb <= promisedMb && report.done === customers
    if (!isKept) process.exitCode = 1
  } finally {
    rmSync(folder, { force: true, recursive: true })
    await db.close()
    await server.stop()
  }
}

function tellOpening({ done, seconds, earlyMb, lateMb, maxMb }: Report): void {
  const rate = Math.round(done / seconds).toLocaleString('en')
  const memory = `RSS ${earlyMb.toFixed(0)} MB after a tenth, ${lateMb.toFixed(0)} MB at the end`
  console.log(`opening    ${seconds.toFixed(1)} s: ${done} customers, ${rate}/s`)
  console.log(`           ${memory}, at most ${maxMb.toFixed(0)} MB (promised: ${promisedMb})`)
}

/** The rows that were just written, out into files and raw into the emptied tables again. */
async function copySame(admin: pg.Client, folder: string) {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o777)
  let mb = 0
  const file = (table: string) => `${folder}/${table}`
  const columns = new Map<string, string>()
  for (const [table, where] of Object.entries(written)) {
    const { rows } = await admin.query(
      `select string_agg(quote_ident(column_name), ', ' order by ordinal_position) as names
         from information_schema.columns
        where table_schema = 'reli' and table_name = $1 and is_generated = 'NEVER'`,
      [table],
    )
    columns.set(table, rows[0].names)
    const select = `select ${rows[0].names} from reli.${table} ${where}`
    await admin.query(`copy (${select}) to '${file(table)}'`)
    mb += Math.round(megabytes(statSync(file(table)).size))
  }
  await admin.query('set session_replication_role = replica')
  for (const table of Object.keys(written)) await admin.query(`truncate reli.${table}`)
  // Foreign keys are checked and triggers fire, as they did for the product.
  await admin.query('set session_replication_role = origin')
  await admin.query('checkpoint')
  let rows = 0
  const began = performance.now()
  for (const [table, names] of columns) {
    const copied = await admin.query(`copy reli.${table} (${names}) from '${file(table)}'`)
    rows += copied.rowCount ?? 0
  }
  const seconds = (performance.now() - began) / 1000
  return { seconds, rows, mb }
}

function inChild(order: Order): Promise<Report> {
  const child = fork(fileURLToPath(import.meta.url), ['child'])
  return new Promise((resolve, reject) => {
    child.once('message', (report) => resolve(report as Report))
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`the opening ended with ${code}`))
    })
    child.send(order)
  })
}

if (process.argv[2] === 'child') process.once('message', (order) => openOnce(order as Order))
else await bench()
