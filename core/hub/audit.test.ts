// The auditor must be able to see: each invariant is broken on purpose, behind the application's
// back, and has to be found; and what broke is stopped, nothing else.
import { fen } from '@reli/sdk'
import pg from 'pg'
import { test } from 'tap'
import { type Db, query } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { testDb } from '../db/test-db.ts'
import { everything, findBroken, runAudit, sealNow } from './audit.ts'
import { createSpine } from './run.ts'
import { companyId, icbcOutlet, makeCompany } from './test-company.ts'

const scope = wholeCompanies(companyId)

async function booked() {
  const at = await testDb()
  const admin = new pg.Client({ connectionString: at.adminUrl })
  await admin.connect()
  await makeCompany(admin, { customers: 5 })
  const {
    rows: [{ today }],
  } = await admin.query('select current_date::text as today')
  const spine = createSpine({ db: at.db, companyId, log: { error: () => {} } })
  const call = (operation: 'payment.pay' | 'payment.reverse', n: number, input: object) =>
    spine.run({
      channel: 'icbc',
      operation,
      key: { bankDate: today, serial: `${n}`.padStart(12, '0') },
      input: input as never,
      origin: 'partner',
      expiresAt: performance.now() + 10_000,
    })
  for (const n of [1, 2, 3]) {
    await call('payment.pay', n, {
      customerNo: `${n}`.padStart(10, '0'),
      amountFen: fen(200_000),
      outlet: icbcOutlet,
    })
  }
  await call('payment.reverse', 3, {})
  // The documents that the worker would have made.
  await admin.query(`
    insert into reli.invoice_requests (company_id, entry_seq, kind, customer_id, amount_fen)
      select company_id, entry_seq, case topic when 'payment.paid' then 'blue' else 'red' end,
             payload ->> 'customerId', (payload ->> 'amountFen')::bigint from reli.outbox;
    insert into reli.voucher_lines (company_id, entry_seq, booking_on, event, amount_fen)
      select company_id, entry_seq, current_date, topic, (payload ->> 'amountFen')::bigint
        from reli.outbox;
    delete from reli.outbox`)
  await sealed(at.db)
  /** As nobody is allowed to: triggers off, row filters passed by. */
  const tamper = (text: string) =>
    admin.query(`set session_replication_role = replica; ${text};
    set session_replication_role = origin`)
  const look = () => at.db.read(scope, (tx) => findBroken(tx, companyId, everything))
  return {
    at,
    admin,
    tamper,
    look,
    today,
    close: async () => {
      await admin.end()
      await at.close()
    },
  }
}

/**
 * Seals until every entry is under one: a transaction elsewhere on the server holds the seal back.
 */
async function sealed(db: Db): Promise<void> {
  const unsealed = query<[], { count: number }>(
    'test_unsealed',
    `
    select (select count(*) from reli.entries)::int
         - coalesce((select sum(entry_count) from reli.seals), 0)::int as count`,
  )
  while ((await db.read(scope, (tx) => tx.one(unsealed, []))).count > 0)
    await sealNow(db, companyId)
}

test('sound books give no finding, twice', async (t) => {
  const { look, at, close } = await booked()
  t.same(await look(), [])
  t.same((await runAudit(at.db, companyId, everything)).findings, [])
  await close()
})

const planted: [invariant: string, what: string, sql: string][] = [
  [
    'I1',
    'a posting on an account that does not exist',
    `
    update reli.postings set credit = 'nowhere' where entry_seq = (select max(entry_seq)
      from reli.entries)`,
  ],
  [
    'I2',
    'a charge that says it was paid more',
    `
    update reli.charges set paid_fen = paid_fen + 1 where charge_id = 'chg_4_2026'`,
  ],
  [
    'I2',
    'a balance from nowhere',
    `update reli.customers set prepaid_fen = 1 where customer_id = 'cus_4'`,
  ],
  [
    'I2',
    'a payment whose parts name another sum than its line was paid',
    `
    update reli.operations set parts = replace(parts::text, '200000', '200001')::json
     where serial = '000000000001'`,
  ],
  [
    'I2',
    'a difference that its line does not show',
    `
    update reli.charges set cause_id = 'evt_000000000001', charged_fen = receivable_fen
     where charge_id = 'chg_4_2026'`,
  ],
  [
    'I2',
    'a balance that nothing moved',
    `
    insert into reli.balance_movements
    values ('c1', 'cus_5', 'evt_000000000001', 0, 1, 'PAID_IN', current_date)`,
  ],
  [
    'I3',
    'a payment under a barred key',
    `
    update reli.operations set state = 'BLOCKED', entry_seq = null where serial = '000000000001'`,
  ],
  [
    'I4',
    'a success told for a payment that does not stand',
    `
    insert into reli.messages (company_id, channel_id, frame_id, direction, at, operation,
      bank_date, serial,
      result, bytes) values
      ('c1', 'icbc', 'f1', 'in', now(), 'payment.pay', current_date, '000000000099', null, ''),
      ('c1', 'icbc', 'f1', 'out', now(), null, null, null, 'done', '')`,
  ],
  [
    'I4',
    'an accepted reversal that was not honoured',
    `
    insert into reli.messages (company_id, channel_id, frame_id, direction, at, operation,
      bank_date, serial,
      result, bytes) values
      ('c1', 'icbc', 'f2', 'in', now(), 'payment.reverse', current_date, '000000000001', null, ''),
      ('c1', 'icbc', 'f2', 'out', now(), null, null, null, 'done', '')`,
  ],
  [
    'I6',
    'a balanced day that is not',
    `
    insert into reli.channel_days (company_id, channel_id, bank_date, state, statement_no)
      values ('c1', 'icbc', current_date, 'BALANCED', 1)`,
  ],
  [
    'I7',
    'an entry without postings',
    `
    delete from reli.postings where entry_seq = (select max(entry_seq) from reli.entries)`,
  ],
  ['I8', 'a right to change what is on record', 'grant update on reli.postings to reli_app'],
  [
    'I9',
    'an invoice request that is gone',
    `
    delete from reli.invoice_requests where entry_seq = (select max(entry_seq) from reli.entries)`,
  ],
  [
    'I10',
    'an answer that tells another amount',
    `
    update reli.operations set answer = replace(answer::text, '200000', '1')::json
      where serial = '000000000001'`,
  ],
  [
    'I11',
    'a reversal that gives back too little',
    `
    update reli.postings set amount_fen = amount_fen - 1
     where entry_seq = (select entry_seq from reli.entries where reverses_seq is not null)`,
  ],
  [
    'I12',
    'an entry into a day that was closed',
    `
    insert into reli.entries (company_id, entry_seq, booking_on, event, memo, channel_id,
      bank_date, serial)
      values ('c1', 9001, current_date - 1, 'suspense.held', '', 'icbc',
        current_date, '000000000001');
    insert into reli.postings values ('c1', 9001, 1, 'clearing:icbc', 'suspense:icbc', 1)`,
  ],
  [
    'I13',
    'a sealed entry with another memo',
    `
    update reli.entries set memo = 'x' where entry_seq = (select min(entry_seq) from reli.entries)`,
  ],
  [
    'I13',
    'a sealed entry that is gone',
    `
    delete from reli.entries where entry_seq = (select min(entry_seq) from reli.entries);
    delete from reli.postings where entry_seq = (select min(entry_seq) from reli.postings)`,
  ],
  ['I14', 'a table whose filter is off', 'alter table reli.charges no force row level security'],
]

for (const [invariant, what, text] of planted) {
  test(`${invariant} sees ${what}`, async (t) => {
    const { tamper, look, close } = await booked()
    await tamper(text)
    const found = (await look()).map((finding) => finding.invariant)
    t.ok(found.includes(invariant as never), `${found.join()} should have ${invariant}`)
    await close()
  })
}

test('what broke is stopped, told once, and nothing else is', async (t) => {
  const { at, admin, tamper, close } = await booked()
  await tamper(`update reli.operations set state = 'BLOCKED', entry_seq = null
     where serial = '000000000001';
    update reli.charges set paid_fen = paid_fen + 1 where charge_id = 'chg_4_2026'`)
  await runAudit(at.db, companyId, everything)
  await runAudit(at.db, companyId, everything)
  const { rows: channels } = await admin.query(
    'select channel_id, enabled from reli.channels order by 1',
  )
  t.same(channels, [
    { channel_id: 'icbc', enabled: false },
    { channel_id: 'rcu', enabled: true },
  ])
  const { rows: locked } = await admin.query(
    'select customer_id from reli.customers where collection_locked',
  )
  t.same(locked, [{ customer_id: 'cus_4' }])
  const {
    rows: [{ findings, notices }],
  } = await admin.query(`
    select (select count(*)::int from reli.audit_findings where closed_at is null) as findings,
           (select count(*)::int from reli.notices) as notices`)
  t.equal(notices, findings, 'each finding is told once')
  await close()
})
