// A small town for the tests of batch work and imports: two branches, an open season that was
// charged by events, a season before it, people with roles, and the HTTP border before it all.
import pg from 'pg'
import { wholeCompanies } from '../../db/scope.ts'
import { testDb } from '../../db/test-db.ts'
import { ownHeader } from '../../http/guard.ts'
import { buildHttp } from '../../http.ts'
import { commonAccounts } from '../../ledger/chart.ts'
import { hashPassword } from '../../org/passwords.ts'
import { bookEvents } from '../events/run.ts'
import { takeEventIds } from '../store/write.ts'
import { bookingOf } from './run.ts'

export const companyId = 'c1'
export const bookingOn = '2026-11-20'
export const season = '2026-2027'
export const lastSeason = '2025-2026'
const word = 'Reli-2026-test'

export async function testTown(customers = 12) {
  const { db, adminUrl, close } = await testDb()
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await fill(admin, customers)
  const scope = wholeCompanies(companyId)
  await db.tx(scope, async (tx) => {
    const booking = await bookingOf(tx, companyId)
    const ids = await takeEventIds(tx, customers)
    const records = ids.map((eventId, at) => {
      const event = { type: 'OPEN_SEASON', season, eventId, on: '2026-08-01' } as const
      return { event, customerId: `cus_${at + 1}`, madeBy: 'test' }
    })
    await bookEvents(tx, booking, records)
  })
  const app = buildHttp({
    db,
    companyId,
    consoleFolder: '/nowhere',
    isRehearsal: true,
    isSecure: true,
    liveStatus: () => [],
    describe: () => Promise.resolve([]),
  })
  await app.ready()
  let guests = 0
  const cookieOf = async (login: string): Promise<string> => {
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/session',
      payload: { login, password: word },
      headers: { [ownHeader]: '1' },
      remoteAddress: `10.1.0.${++guests}`,
    })
    const [cookie] = answer.cookies
    return `${cookie!.name}=${cookie!.value}`
  }
  const owed = async (customerNo: string, of = season): Promise<number> => {
    const { rows } = await admin.query(
      `select coalesce(sum(outstanding_fen), 0)::int as owed
         from reli.charges join reli.customers using (company_id, customer_id)
        where customer_no = $1 and season = $2`,
      [customerNo, of],
    )
    return rows[0].owed
  }
  return {
    db,
    admin,
    app,
    scope,
    cookieOf,
    owed,
    get: (cookie: string, url: string) => app.inject({ url, headers: { cookie } }),
    post: (cookie: string, url: string, payload: object) =>
      app.inject({ method: 'POST', url, payload, headers: { cookie, [ownHeader]: '1' } }),
    end: async () => {
      await app.close()
      await admin.end()
      await close()
    },
  }
}
export type Town = Awaited<ReturnType<typeof testTown>>

async function fill(admin: pg.Client, customers: number): Promise<void> {
  const lateFee = (due: string) => ({
    late_fee: {
      due_date: due,
      late_fee_rate: '0.001',
      late_fee_cap: '0.30',
      late_fee_base: 'OUTSTANDING',
    },
    switches: { balance_auto_apply: 'MANUAL' },
  })
  await admin.query(`
    insert into reli.companies (company_id, name, booking_on)
      values ('c1', '测试热力', '${bookingOn}');
    insert into reli.org_units (company_id, org_id, kind, name, org_path)
      values ('c1', 'o1', 'company', '测试热力', 'c1.'), ('c1', 'o2', 'branch', '东区', 'c1.b1.'),
             ('c1', 'o3', 'branch', '西区', 'c1.b2.');
    insert into reli.communities (company_id, community_id, name, org_path)
      values ('c1', 'com_1', '翡翠城', 'c1.b1.'), ('c1', 'com_2', '长安花园', 'c1.b2.');`)
  for (const { account, code, name, side } of commonAccounts) {
    await admin.query('insert into reli.accounts values ($1, $2, $3, $4, $5)', [
      companyId,
      account,
      code,
      name,
      side,
    ])
  }
  for (const [name, from, to, due] of [
    [lastSeason, '2025-11-15', '2026-03-15', '2025-12-31'],
    [season, '2026-11-15', '2027-03-15', '2026-12-31'],
  ] as const) {
    await admin.query(
      `insert into reli.seasons (company_id, season, heat_start_on, heat_end_on, state, policy)
       values ('c1', $1, $2, $3, 'OPEN', $4)`,
      [name, from, to, lateFee(due)],
    )
    for (const [priceClass, price] of [
      ['居民', 220_000],
      ['商业', 310_000],
    ]) {
      await admin.query(
        `insert into reli.price_classes (company_id, season, price_class, name, unit_price)
         values ('c1', $1, $2::text, $2, $3)`,
        [name, priceClass, price],
      )
    }
  }
  await admin.query(
    `insert into reli.customers (company_id, customer_id, customer_no, name, community_id, address,
        org_path, nature)
     select 'c1', 'cus_' || n, lpad(n::text, 10, '0'), '张' || n,
            case when n % 4 = 0 then 'com_2' else 'com_1' end, n || '号楼101',
            case when n % 4 = 0 then 'c1.b2.' else 'c1.b1.' end, 'RESIDENT'
       from generate_series(1, $1::int) n`,
    [customers],
  )
  await admin.query(
    `insert into reli.area_items (company_id, area_item_id, customer_id, area_no, category,
        building_area_dm2, billing_area_dm2, price_class)
     select 'c1', 'cus_' || n || '_1', 'cus_' || n, 1, '住宅', 10000, 10000, '居民'
       from generate_series(1, $1::int) n`,
    [customers],
  )
  const hash = await hashPassword(word)
  for (const [login, role, path] of [
    ['zhangwei', 'supervisor', 'c1.%'],
    ['caiwu', 'finance', 'c1.%'],
    ['limin', 'bank_operator', 'c1.%'],
    ['xiqu', 'supervisor', 'c1.b2.%'],
  ] as const) {
    await admin.query(
      `insert into reli.users (company_id, user_id, login, name, password_hash, roles, org_paths)
       values ('c1', 'usr_' || $1, $1, $1, $2, array[$3], array[$4])`,
      [login, hash, role, path],
    )
  }
}
