// `npm run bench:search`: how long one search takes at 1,000,000 customers, as a counter asks:
// mixed questions within the scope of a station, a branch or the company, under the row filter.
// Aim: p95 within 50 ms. Beside it a plain `ilike '%…%'` over the same rows, in the same run.
import pg from 'pg'
import { searchCustomers } from '../core/billing/search/search.ts'
import { analyse, emptyGround, median } from './ground.ts'
import { type Asked, asked, companyId, plainSearch, writeTown } from './search-town.ts'

const customers = Number(process.argv[2] ?? 1_000_000)
const questions = 4_000
const warmUp = 400
/** A plain search reads every row, so it is asked fewer times. */
const plainQuestions = 60
const atOnce = 4
const shown = 20

const { db, server, adminUrl } = await emptyGround('search', 'bench-search', 15_436)
const gramsIndex = await withoutGramsIndex()
const began = performance.now()
await writeTown(db, customers, (done) => process.stdout.write(`\r${done} customers written`))
await gramsIndex.build()
const writeSeconds = (performance.now() - began) / 1000
console.log(
  `\r${customers} customers with their search rows and indexes in ${writeSeconds.toFixed(0)} s`,
)
await analyse(adminUrl)

const all = asked(customers, questions + warmUp)
for (const question of all.slice(0, warmUp)) await search(question)
const measured: { kind: string; ms: number; found: number }[] = []
for (const question of all.slice(warmUp)) {
  const from = performance.now()
  const found = await search(question)
  measured.push({ kind: question.kind, ms: performance.now() - from, found })
}

const kinds = Map.groupBy(measured, ({ kind }) => kind)
for (const [kind, them] of [...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  const hits = them.filter(({ found }) => found > 0).length
  console.log(
    `  ${kind.padEnd(26)} ${line(them.map(({ ms }) => ms))}, ${hits}/${them.length} found`,
  )
}
const ours = measured.map(({ ms }) => ms)
console.log(`search         ${line(ours)}`)

const busy: number[] = []
const queue = all.slice(warmUp).values()
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (const question of queue) {
      const from = performance.now()
      await search(question)
      busy.push(performance.now() - from)
    }
  }),
)
console.log(`${atOnce} at a time    ${line(busy)}`)

const plain: number[] = []
for (const question of all.slice(warmUp, warmUp + plainQuestions)) {
  const from = performance.now()
  const params = [companyId, `%${question.plain}%`, shown] as [string, string, number]
  await db.read(question.scope, (tx) => tx.many(plainSearch, params))
  plain.push(performance.now() - from)
}
console.log(`plain ilike    ${line(plain)}`)
console.log(
  `ratio of medians ${(median(plain) / median(ours)).toFixed(0)}, of p95 ${(
    part(plain, 0.95) / part(ours, 0.95)
  ).toFixed(0)}`,
)
console.log(`p95 ${part(ours, 0.95).toFixed(1)} ms (aim 50)`)
await db.close()
await server.stop()

/** A load of this size is made without the index, as a move from an old system would be. */
async function withoutGramsIndex() {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  const { rows } = await admin.query(
    `select pg_get_indexdef('reli.customer_search_grams'::regclass) as sql`,
  )
  await admin.query('drop index reli.customer_search_grams')
  const build = async () => {
    await admin.query(`set maintenance_work_mem = '512MB'`)
    await admin.query(rows[0].sql)
    await admin.end()
  }
  return { build }
}

async function search({ typed, scope }: Asked): Promise<number> {
  const { customers: found } = await db.read(scope, (tx) =>
    searchCustomers(tx, companyId, typed, shown),
  )
  return found.length
}

function part(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1]!
}

function line(times: readonly number[]): string {
  const at = (share: number) => part(times, share).toFixed(1).padStart(6)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`
}
