// A small company for tests of the hub: two channels with the rules of the banks' papers, one open
// season without discount, one older season with a late fee, and as many customers as a test asks
// for.
import assert from 'node:assert/strict'
import type pg from 'pg'
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { channelAccounts, commonAccounts } from '../ledger/chart.ts'
import { everything, findBroken } from './audit.ts'

export const companyId = 'c1'
export const icbcOutlet = '0200000101'
export const rcuOutlet = '4020000101'

const oldPolicy = {
  late_fee: {
    due_date: '2025-12-31',
    late_fee_rate: '0.001',
    late_fee_cap: '0.30',
    late_fee_base: 'OUTSTANDING',
  },
}
const openPolicy = {
  late_fee: {
    due_date: '2027-12-31',
    late_fee_rate: '0.001',
    late_fee_cap: '0.30',
    late_fee_base: 'OUTSTANDING',
  },
}

/**
 * Customer numbers are `0000000001` …; each owes `owes` in the open season, and `old` from the
 * last.
 */
export async function makeCompany(
  admin: pg.Client,
  { customers = 10, owesFen = 200_000n, oldFen = 0n } = {},
): Promise<void> {
  // The administrator is not a superuser for row filters' sake: a superuser passes them.
  await admin.query(`
    insert into reli.companies values ('c1', '测试热力', null, current_date);
    insert into reli.communities values ('c1', 'com_1', '测试小区', 'c1.b1.');
    insert into reli.seasons values
      ('c1', '2025-2026', '2025-11-15', '2026-03-15', 'CLOSED', true,
        '${JSON.stringify(oldPolicy)}'),
      ('c1', '2026-2027', '2026-11-15', '2027-03-15', 'HEATING', true,
        '${JSON.stringify(openPolicy)}');
    insert into reli.channels (company_id, channel_id, title, connector, date_rule, open_bank_date,
        unknown_profile, single_limit_fen, part_min_fen, part_step_fen, max_seasons,
          clearing_account)
      values ('c1', 'icbc', '工商银行', 'icbc', 'signed_on', current_date, 'bank_reverses', 5000000,
              null, null, 6, 'clearing:icbc'),
             ('c1', 'rcu', '农信社', 'rcu', 'calendar', null, 'bank_reverses', 5000000,
              10000, 10000, 3, 'clearing:rcu');
    insert into reli.outlets values ('c1', 'icbc', '${icbcOutlet}', '和平支行'),
                                    ('c1', 'rcu', '${rcuOutlet}', '城关信用社')`)
  for (const { account, code, name, side } of [
    ...commonAccounts,
    ...channelAccounts('icbc', '工商银行'),
    ...channelAccounts('rcu', '农信社'),
  ]) {
    await admin.query('insert into reli.accounts values ($1, $2, $3, $4, $5)', [
      companyId,
      account,
      code,
      name,
      side,
    ])
  }
  await admin.query(
    `
    insert into reli.customers (company_id, customer_id, customer_no, name, community_id, address,
        org_path, nature)
      select 'c1', 'cus_' || n, lpad(n::text, 10, '0'), '张' || n, 'com_1', '测试小区' || n || '号',
             'c1.b1.', 'RESIDENT' from generate_series(1, $1::int) n`,
    [customers],
  )
  await admin.query(
    `
    insert into reli.area_items (company_id, area_item_id, customer_id, area_no, category,
        building_area_dm2, billing_area_dm2, price_class)
      select 'c1', 'are_' || n, 'cus_' || n, 1, '住宅', 10000, 9000, '居民'
        from generate_series(1, $1::int) n`,
    [customers],
  )
  await issue(admin, '2026-2027', customers, owesFen)
  if (oldFen > 0n) await issue(admin, '2025-2026', customers, oldFen)
}

/** At the end of every test that moves money: each invariant holds (reliability.md §2.7). */
export async function assertSound(db: Db): Promise<void> {
  const broken = await db.read(wholeCompanies(companyId), (tx) =>
    findBroken(tx, companyId, everything),
  )
  assert.deepEqual(broken, [], 'the auditor finds the books sound')
}

async function issue(
  admin: pg.Client,
  season: string,
  customers: number,
  owesFen: bigint,
): Promise<void> {
  await admin.query(
    `
    with issued as (
      insert into reli.charges (company_id, charge_id, customer_id, season, area_no, fee_item,
          receivable_fen, late_principal_fen, formula, entry_seq)
        select 'c1', 'chg_' || n || '_' || left($1, 4), 'cus_' || n, $1, 1, 'HEATING', $3::bigint,
               $3::bigint, '{}', nextval('reli.entry_seq') from generate_series(1, $2::int) n
      returning *),
    told as (
      insert into reli.entries (company_id, entry_seq, booking_on, event, memo)
        select company_id, entry_seq, current_date, 'charge.issued', '应收热费' from issued)
    insert into reli.postings
      select company_id, entry_seq, 1, 'receivable', 'contract_liability', receivable_fen,
        customer_id,
             charge_id from issued`,
    [season, customers, owesFen],
  )
}
