// The company whose season the bench opens: as many customers as asked, every fifth with a second
// room, a season that ended with everything paid but 3 % in arrears, stops of 2 % that go on, and
// balances of 1 %. Written by the database itself, past triggers and row filter: it is scenery.
import pg from 'pg'
import { commonAccounts } from '../core/ledger/chart.ts'

export const companyId = 'big'
export const lastSeason = '2026-2027'
export const season = '2027-2028'

const policy = (year: number) => ({
  late_fee: {
    due_date: `${year}-12-31`,
    late_fee_rate: '0.001',
    late_fee_cap: '0.3',
    late_fee_base: 'OUTSTANDING',
  },
  discount: null,
})

export async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

export async function writeTown(admin: pg.Client, customers: number): Promise<void> {
  await admin.query(`set session_replication_role = replica; set synchronous_commit = off`)
  await writeCompany(admin)
  await admin.query(
    `insert into reli.customers
            (company_id, customer_id, customer_no, name, community_id, address, org_path, nature,
             prepaid_fen)
     select $1::text, 'cus_' || lpad(n::text, 7, '0'), lpad(n::text, 10, '0'), '王建国', 'com_1',
            n % 400 || '号楼', $1::text || '.b' || n % 8 || '.s' || n % 40 || '.', 'RESIDENT',
            case n % 100 when 50 then 50000 else 0 end
       from generate_series(1, $2::int) as n`,
    [companyId, customers],
  )
  await admin.query(
    `insert into reli.area_items
            (company_id, area_item_id, customer_id, area_no, category, building_area_dm2,
             area_coefficient, billing_area_dm2, storey_height_cm, price_class)
     select $1::text, 'are_' || n || '_' || room, 'cus_' || lpad(n::text, 7, '0'), room,
            case room when 1 then '住宅' else '商铺' end, 4600 + n % 10000, 900000,
            (4600 + n % 10000) * 9 / 10, case room when 1 then 280 else 280 + n % 250 end,
            case room when 1 then 'RESIDENT' else 'NON_RESIDENT' end
       from generate_series(1, $2::int) as n,
            generate_series(1, case n % 5 when 0 then 2 else 1 end) as room`,
    [companyId, customers],
  )
  await writeLastSeason(admin)
}

async function writeCompany(admin: pg.Client): Promise<void> {
  await admin.query(
    `insert into reli.companies (company_id, name, booking_on) values ($1, '大城热力', '2027-08-20')`,
    [companyId],
  )
  await admin.query(
    `insert into reli.communities (company_id, community_id, name, org_path)
     values ($1::text, 'com_1', '万家小区', $1::text || '.b1.')`,
    [companyId],
  )
  for (const { account, code, name, side } of commonAccounts) {
    const row = [companyId, account, code, name, side]
    await admin.query('insert into reli.accounts values ($1, $2, $3, $4, $5)', row)
  }
  const states: [string, number, string][] = [
    [lastSeason, 2026, 'CLOSED'],
    [season, 2027, 'PLANNED'],
  ]
  for (const [name, year, state] of states) {
    await admin.query(
      `insert into reli.seasons (company_id, season, heat_start_on, heat_end_on, state, policy)
       values ($1, $2, $3, $4, $5, $6)`,
      [companyId, name, `${year}-11-15`, `${year + 1}-03-15`, state, policy(year)],
    )
    await admin.query(
      `insert into reli.price_classes
              (company_id, season, price_class, name, unit_price, over_height)
       values ($1::text, $2::text, 'RESIDENT', '居民', 220000, '{"rule": "NONE"}'),
              ($1::text, $2::text, 'NON_RESIDENT', '非居民', 310000,
               '{"rule": "STEP_PCT", "h0": "3.00", "step": "0.10", "pct": "0.03", "cap": null}')`,
      [companyId, name],
    )
  }
}

async function writeLastSeason(admin: pg.Client): Promise<void> {
  await admin.query(
    `insert into reli.area_seasons
            (company_id, customer_id, season, area_no, area_item, billing_area_dm2,
             storey_height_cm, price_class, is_frozen, org_path, nature, heating_status)
     select a.company_id, a.customer_id, $2::text, a.area_no, a.category, a.billing_area_dm2,
            a.storey_height_cm, a.price_class, true, c.org_path, c.nature,
            case right(a.customer_id, 2) when '25' then 'STOPPED' when '75' then 'STOPPED'
                 else 'NORMAL' end
       from reli.area_items a join reli.customers c using (company_id, customer_id)
      where a.company_id = $1::text`,
    [companyId, lastSeason],
  )
  await admin.query(
    `insert into reli.area_facts
            (company_id, customer_id, season, area_no, fact_id, event_id, fact)
     select company_id, customer_id, season, area_no, 'evt_' || customer_id || '/' || area_no,
            'evt_' || customer_id,
            jsonb_build_object('kind', 'STOP', 'id', 'evt_' || customer_id || '/' || area_no,
              'areaDm2', 'ALL', 'from', '2026-11-15', 'until', null, 'isForced', false,
              'carriedFrom', null)
       from reli.area_seasons where company_id = $1::text and heating_status = 'STOPPED'`,
    [companyId],
  )
  await admin.query(
    `insert into reli.charges
            (company_id, charge_id, customer_id, season, area_no, area_item, fee_item, charged_fen,
             receivable_fen, paid_fen, late_principal_fen, formula, entry_seq)
     select company_id, 'chg_' || customer_id || '_' || area_no, customer_id, season, area_no,
            area_item, 'HEATING', billing_area_dm2 * 22, billing_area_dm2 * 22,
            case when right(customer_id, 2) < '03' then 0 else billing_area_dm2 * 22 end,
            billing_area_dm2 * 22, '[]', 0
       from reli.area_seasons where company_id = $1::text`,
    [companyId],
  )
}
