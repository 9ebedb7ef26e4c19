// The demo town stands on its own feet: its ledger ties out, the auditor finds nothing, the banks'
// sample customers owe what the papers print, and a seed that was cut off goes on where it stopped.
import pg from 'pg'
import tap, { test } from 'tap'
import { billOf } from '../billing/bill.ts'
import { wholeCompanies } from '../db/scope.ts'
import { testDb } from '../db/test-db.ts'
import { everything, findBroken } from '../hub/audit.ts'
import { gatherAccounts } from '../hub/gather.ts'
import { changchun, company } from './city.ts'
import { seed } from './demo.ts'
import { customerNoOf } from './households.ts'
import { paperCustomers } from './known.ts'

const { db, adminUrl, close } = await testDb()
const admin = new pg.Client({ connectionString: adminUrl })
await admin.connect()
tap.teardown(async () => {
  await admin.end()
  await close()
})
const scope = wholeCompanies(company.companyId)
const plan = { bookingOn: '2026-11-20', looks: 'demo' } as const

async function one<Row extends pg.QueryResultRow>(sql: string): Promise<Row> {
  return (await admin.query<Row>(sql)).rows[0]!
}

test('a seed adds what is missing and nothing twice', async (t) => {
  t.equal(await seed(db, { ...plan, households: 40 }), 40)
  t.equal(await seed(db, { ...plan, households: 240 }), 200)
  t.equal(await seed(db, { ...plan, households: 240 }), 0)
  await t.rejects(seed(db, { ...plan, households: 0 }), RangeError)
})

test('the trial balance ties out with what customers owe', async (t) => {
  const books = await one<{ receivable: string; owed: string }>(`
    select (select sum(case 'receivable' when debit then amount_fen when credit then -amount_fen
                       else 0 end) from reli.postings)::text as receivable,
           (select sum(outstanding_fen) from reli.charges)::text as owed`)
  t.equal(books.receivable, books.owed)
  t.not(books.owed, '0')
  const charts = await one<{ strangers: string }>(`
    select count(*)::text as strangers from reli.postings p
     where not exists (select from reli.accounts a where a.account = p.debit)
        or not exists (select from reli.accounts a where a.account = p.credit)`)
  t.equal(charts.strangers, '0', 'every posting names accounts of the chart')
})

test('the auditor finds nothing', async (t) => {
  t.same(await db.tx(scope, (tx) => findBroken(tx, company.companyId, everything)), [])
})

const policy = {
  channel: 'icbc',
  maxSeasons: 6,
  singleLimitFen: 5_000_000n,
  amount: { rule: 'FULL' },
  within: 'PRINCIPAL_FIRST',
} as unknown as Parameters<typeof billOf>[2]

async function billFor(customerNo: string) {
  const accounts = await db.tx(scope, (tx) =>
    gatherAccounts(tx, company.companyId, [customerNo], 'read'),
  )
  return billOf(accounts.get(customerNo)!, { on: '2026-11-20', bankDate: '2026-11-20' }, policy)
}

test('the papers’ customers owe what the papers print', async (t) => {
  const two = await billFor(paperCustomers.twoSeasons)
  t.match(two, { name: '张三', address: '和平区南京路1号2单元301', areaDm2: 9560n })
  t.match(two, { totalArrearsFen: 260640n, totalPayableFen: 271530n })
  t.match(two.seasons, [
    { season: '2025-2026', outstandingFen: 50320n, lateFeeFen: 15096n, payableFen: 65416n },
    { season: '2026-2027', outstandingFen: 210320n, discountFen: 4206n, payableFen: 206114n },
  ])
  const one = await billFor(paperCustomers.oneSeason)
  t.match(one, { name: '李億觀', address: '河東区東風里3号楼1单元1302', areaDm2: 12045n })
  t.match(one, { totalArrearsFen: 264990n, totalPayableFen: 264990n })
})

test('each known customer stands for one reason', async (t) => {
  const { rows } = await admin.query(
    `select customer_no, bank_blocked, collection_locked, inspection_locked, in_approval,
            must_visit_hall, count(*) filter (where outstanding_fen > 0)::int as owing
       from reli.customers join reli.charges using (company_id, customer_id)
      where customer_no between $1 and $2 group by 1, 2, 3, 4, 5, 6 order by 1`,
    [customerNoOf(11), customerNoOf(17)],
  )
  const flags = rows.map(({ customer_no, owing, ...each }) => Object.values(each).indexOf(true))
  t.same(flags, [0, 1, 2, 3, 4, -1, -1])
  t.same(rows[5].owing, 0, 'one owes nothing')
  t.ok(rows[6].owing >= 3, 'one owes three seasons')
})

test('a second company lives beside it by its own rules', async (t) => {
  const { companyId } = changchun.company
  t.equal(await seed(db, { ...plan, city: changchun, households: 300 }), 300)
  // As autovacuum does after a load: without statistics the auditor's joins are guesses.
  await admin.query('analyze')
  const theirs = wholeCompanies(companyId)
  t.same(await db.tx(theirs, (tx) => findBroken(tx, companyId, everything)), [])
  const books = await one<{
    receivable: string
    owed: string
    companies: string
    seasons: string
  }>(`
    select (select sum(case 'receivable' when debit then amount_fen when credit then -amount_fen
                       else 0 end) from reli.postings where company_id = 'c2')::text as receivable,
           (select sum(outstanding_fen) from reli.charges where company_id = 'c2')::text as owed,
           (select count(*) from reli.companies)::text as companies,
           (select count(distinct season) from reli.area_seasons
             where company_id = 'c2')::text as seasons`)
  t.equal(books.receivable, books.owed)
  t.equal(books.companies, '2')
  t.equal(books.seasons, '5')
})

test('a life has more in it than paying', async (t) => {
  const { rows } = await admin.query(
    'select type, count(*)::int as count from reli.billing_events group by 1',
  )
  const count = Object.fromEntries(rows.map((row) => [row.type, row.count]))
  for (const type of ['OPEN_SEASON', 'CLOSE_SEASON', 'PAYMENT', 'STOP', 'REDUCTION']) {
    t.ok(count[type] > 0, `${type} happened`)
  }
  const told = await one<{ told: string }>(`
    select count(*)::text as told from reli.charges c
     where c.cause_id is not null and c.charged_fen <> coalesce((
       select sum(x.delta_fen) from reli.charge_changes x
        where x.company_id = c.company_id and x.charge_id = c.charge_id
          and x.kind = 'CHARGED'), 0)`)
  t.equal(told.told, '0', 'every line is the sum of what happened to it')
})

test('some names want letters that GBK lacks, and some shops are over-high', async (t) => {
  const found = await one<{ rare: string; high: string }>(`
    select (select count(*) from reli.customers where name ~ '[億䶮喆觀]')::text as rare,
           (select count(*) from reli.area_items where storey_height_cm > 300)::text as high`)
  t.ok(Number(found.rare) > 1)
  t.ok(Number(found.high) > 0)
})
