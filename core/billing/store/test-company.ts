// A small company for tests of accounts: three seasons, two prices, and accounts of two rooms.
import pg from 'pg'
import { wholeCompanies } from '../../db/scope.ts'
import { testDb } from '../../db/test-db.ts'
import { commonAccounts } from '../../ledger/chart.ts'
import { rulesOf } from './rules.ts'

export const companyId = 'c1'
export const scope = wholeCompanies(companyId)
export const years = [2023, 2024, 2025]
export const bookingOn = '2025-11-20'

const policyOf = (year: number) => ({
  late_fee: {
    due_date: `${year}-12-31`,
    late_fee_rate: '0.003',
    late_fee_cap: '0.3',
    late_fee_base: 'OUTSTANDING',
  },
  discount: {
    tiers: [{ from: `${year}-07-01`, to: `${year}-10-31`, rate: '0.02' }],
    needs_no_arrears: true,
    applies_to: ['HEATING'],
  },
  switches: { max_stop_cycles: 4 },
})

export async function testCompany(state: 'OPEN' | 'PLANNED' = 'OPEN') {
  const { db, adminUrl, close } = await testDb()
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`
    insert into reli.companies (company_id, name, booking_on)
    values ('c1', '测试热力', '${bookingOn}');
    insert into reli.communities (company_id, community_id, name, org_path)
    values ('c1', 'com_1', '小区', 'c1.b1.');`)
  for (const account of commonAccounts) {
    const values = [companyId, account.account, account.code, account.name, account.side]
    await admin.query('insert into reli.accounts values ($1, $2, $3, $4, $5)', values)
  }
  for (const year of years) {
    const season = `${year}-${year + 1}`
    await admin.query(
      `insert into reli.seasons (company_id, season, heat_start_on, heat_end_on, state, policy)
       values ('c1', $1, $2, $3, $4, $5)`,
      [season, `${year}-11-15`, `${year + 1}-03-15`, state, policyOf(year)],
    )
    for (const [priceClass, price] of Object.entries({ RES: 220_000, NONRES: 310_000 })) {
      await admin.query(
        `insert into reli.price_classes (company_id, season, price_class, name, unit_price)
         values ('c1', $1, $2::text, $2, $3)`,
        [season, priceClass, price],
      )
    }
  }
  const rules = await db.tx(scope, (tx) => rulesOf(tx, companyId))
  const closeAll = async () => {
    await admin.end()
    await close()
  }
  let born = 0

  /** 90 m² at the residents' price and a garage of 32.40 m². */
  async function newAccount(orgPath = 'c1.b1.'): Promise<string> {
    const customerId = `cus_${String(++born).padStart(5, '0')}`
    await admin.query(
      `insert into reli.customers
              (company_id, customer_id, customer_no, name, community_id, address, org_path, nature)
       values ('c1', $1::text, $1, '王建国', 'com_1', '1号楼1单元101', $2, 'RESIDENT')`,
      [customerId, orgPath],
    )
    await admin.query(
      `insert into reli.area_items (company_id, area_item_id, customer_id, area_no, category,
                                    building_area_dm2, billing_area_dm2, price_class)
       values ('c1', $1 || '_1', $1, 1, '住宅', 9000, 9000, 'RES'),
              ('c1', $1 || '_2', $1, 2, '车库', 3240, 3240, 'NONRES')`,
      [customerId],
    )
    return customerId
  }
  return { db, admin, rules, newAccount, close: closeAll }
}
