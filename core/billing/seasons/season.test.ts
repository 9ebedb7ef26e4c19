// A season is opened for everybody, whatever happens on the way: cut off, run again, run by two.
import tap, { test } from 'tap'
import { companyId, scope, testCompany } from '../store/test-company.ts'
import { type Act, closeSeason, moveSeason, openSeason, rollBackSeason } from './season.ts'
import { tryOpening } from './trial.ts'

const { db, admin, newAccount, close } = await testCompany('PLANNED')
tap.teardown(close)

const households = 2_300
for (let at = 0; at < households; at++) await newAccount(at % 2 ? 'c1.b1.' : 'c1.b2.')
const act: Act = { companyId, scope, season: '2025-2026', madeBy: 'test' }

async function sums() {
  const { rows } = await admin.query(`
    select (select count(*)::int from reli.area_seasons where season = '2025-2026') as rooms,
           (select count(*)::int from reli.charges where season = '2025-2026') as lines,
           (select sum(outstanding_fen)::text from reli.charges where season = '2025-2026') as owed,
           (select sum(amount_fen)::text from reli.postings where debit = 'receivable') as posted,
           (select state from reli.seasons where season = '2025-2026') as state`)
  return rows[0]
}
/** 90 m² × 22 yuan and 32.40 m² × 31 yuan. */
const each = 198_000 + 100_440

test('a preview counts, sums by class and names what speaks against it', async (t) => {
  await admin.query(
    `update reli.area_items set billing_area_dm2 = 0
      where customer_id = 'cus_00007' and area_no = 2`,
  )
  await admin.query(
    `update reli.area_items set price_class = 'UNKNOWN'
      where customer_id = 'cus_00008' and area_no = 1`,
  )
  const trial = await tryOpening(db, act)
  t.match(trial, { customers: households, examined: households })
  t.match(trial.refused, [{ customerNo: 'cus_00008', code: 'season.without_price' }])
  t.equal(trial.amountFen, BigInt((households - 1) * each - 100_440))
  const rooms = trial.classes.map((of) => [of.priceClass, of.rooms])
  t.same(rooms, [
    ['NONRES', households - 1],
    ['RES', households - 1],
  ])
  const expected = [
    { customerNo: 'cus_00007', areaNo: 2, problem: 'NO_AREA' },
    { customerNo: 'cus_00008', areaNo: 1, problem: 'NO_PRICE' },
  ]
  const ofRooms = trial.doubts.filter(({ areaNo }) => areaNo !== null)
  t.match(ofRooms, expected)
  const others = new Set(trial.doubts.slice(2).map(({ problem }) => problem))
  t.same([...others], ['NO_STATION'], 'and a thousand is told at most')
  t.same((await sums()).lines, 0, 'nothing was written')
})

test('one that is cut off goes on after its last slice', async (t) => {
  const stop = new AbortController()
  const slices: number[] = []
  const cut = openSeason(db, {
    ...act,
    signal: stop.signal,
    onProgress: ({ done }) => {
      slices.push(done)
      if (slices.length === 2) stop.abort(new Error('the power went off'))
    },
  })
  await t.rejects(cut, /power/)
  t.match(await sums(), { state: 'OPEN' })
  // One is without a price and waits for a correction.
  t.equal(slices[1], 1_999)
  const two = await Promise.all([openSeason(db, act), openSeason(db, act)])
  t.match(two[0], { done: households - 1, skipped: 1, total: households })
  t.equal(two[0].batchNo, two[1].batchNo, 'who comes second helps the first one')
  const { rooms, lines, owed, posted } = await sums()
  t.equal(rooms, (households - 1) * 2)
  t.equal(lines, (households - 1) * 2 - 1)
  t.equal(owed, String((households - 1) * each - 100_440))
  t.equal(posted, owed, 'what is owed stands in the ledger')
})

test('running it again adds whoever was missing, and nobody twice', async (t) => {
  const before = await sums()
  await admin.query(
    `update reli.area_items set price_class = 'RES'
      where customer_id = 'cus_00008' and area_no = 1`,
  )
  await newAccount()
  t.match(await openSeason(db, act), { done: 2, skipped: 0, total: 2 })
  t.match(await openSeason(db, act), { done: 0, skipped: 0, total: 0 })
  const after = await sums()
  t.equal(after.rooms - before.rooms, 4)
  t.equal(Number(after.owed) - Number(before.owed), 2 * each)
})

test('an opening is taken back while nothing is paid, and made anew', async (t) => {
  const branch = { ...act, pathPattern: 'c1.b2.%' }
  const before = await sums()
  await admin.query(
    `update reli.charges set paid_fen = 100
      where charge_id = (select min(charge_id) from reli.charges
                          where customer_id = 'cus_00011' and season = '2025-2026')`,
  )
  const { rows } = await admin.query(
    `select count(*)::int as count from reli.customers where org_path like 'c1.b2.%'`,
  )
  const back = await rollBackSeason(db, branch)
  // One has paid and keeps the season; one has a room without area.
  const count = rows[0].count - 1
  t.match(back, { done: count, skipped: 1 })
  t.equal(back.amountFen, -BigInt(count * each - 100_440))
  const problems = await admin.query(
    'select customer_no, code, zh from reli.batch_problems where batch_no = $1',
    [back.batchNo],
  )
  const zh = '该用户本采暖期已有收款，不能撤回开账'
  t.same(problems.rows, [{ customer_no: 'cus_00011', code: 'season.paid', zh }])
  const after = await sums()
  t.equal(before.rooms - after.rooms, 2 * count)
  t.equal(BigInt(before.owed) - 100n + back.amountFen, BigInt(after.owed))
  t.match(await openSeason(db, branch), { done: count, skipped: 0 })
  t.equal((await sums()).owed, String(Number(before.owed) - 100))
})

test('a season goes its way step by step', async (t) => {
  await t.rejects(closeSeason(db, act), { code: 'state.not_allowed' })
  await db.tx(scope, (tx) => moveSeason(tx, act, 'START_HEAT'))
  await t.rejects(
    db.tx(scope, (tx) => moveSeason(tx, act, 'START_HEAT')),
    { code: 'state.not_allowed' },
  )
  await db.tx(scope, (tx) => moveSeason(tx, act, 'END_HEAT'))
  t.match(await closeSeason(db, act), { done: households + 1, skipped: 0 })
  t.match(await sums(), { state: 'CLOSED' })
  await t.rejects(openSeason(db, act), { code: 'state.not_allowed' })
  const { rows } = await admin.query(
    'select count(*)::int as count from reli.area_seasons where not is_frozen',
  )
  t.equal(rows[0].count, 0)
})
