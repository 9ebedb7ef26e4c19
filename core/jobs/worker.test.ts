// The worker's parts against a real database: one firing for many workers, the queue without an
// owner's rights, a day fetched by SFTP, documents once, and the cut-over.
import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeStatement } from '@reli/sdk/codec'
import pg from 'pg'
import { type Test, test } from 'tap'
import { statement as icbc } from '../../connectors/icbc/statement.ts'
import { makeKeys, removeSftp, startSsh2Sftp } from '../../mock-banks/sftp-server.ts'
import { addDays } from '../billing/seasons.ts'
import { type TestDb, testDb } from '../db/test-db.ts'
import { removeEnded } from './cleaning.ts'
import { cutOver, today } from './cut-over.ts'
import { makeDocuments } from './documents.ts'
import { installJobs } from './install.ts'
import { exclusively } from './locks.ts'
import { jobPool, openQueue } from './queue.ts'
import { fireCoordinator, startTimers } from './schedules.ts'
import { localFolder, type OpenFolder, sftpFolder } from './statement-folder.ts'
import { startWorker } from './worker.ts'

const scope = { companies: ['c1'], paths: ['%'] }

interface Bench {
  at: TestDb
  rows<T = Record<string, unknown>>(text: string): Promise<T[]>
}

async function bench(t: Test): Promise<Bench> {
  const at = await testDb()
  const admin = new pg.Client({ connectionString: at.adminUrl })
  await admin.connect()
  await admin.query(`
    insert into reli.companies values ('c1', '测试热力', null, current_date);
    insert into reli.channels (company_id, channel_id, title, connector, date_rule, unknown_profile,
        single_limit_fen, max_seasons, clearing_account)
      values ('c1', 'icbc', '工商银行', 'icbc', 'signed_on', 'bank_reverses', 5000000, 6,
        'clearing:icbc')`)
  t.teardown(async () => {
    await admin.end()
    await at.close()
  })
  return { at, rows: async (text) => (await admin.query(text)).rows }
}

/** Waits for something to become true; a deadline, so that a defect fails instead of hanging. */
async function until(isTrue: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, 'it did not come true in time')
    await sleep(25)
  }
}

function faults() {
  const told: string[] = []
  return { told, onFault: (error: unknown, what: string) => told.push(`${what}: ${error}`) }
}

test('of two workers one fires', async (t) => {
  const { at, rows } = await bench(t)
  let runs = 0
  const { told, onFault } = faults()
  const schedule = {
    name: 'tick',
    at: ['* * * * * *'],
    by: 'one' as const,
    run: async () => {
      runs++
    },
  }
  const timers = ['a', 'b', 'c'].map((name) =>
    startTimers([schedule], fireCoordinator(at.db, scope, name), onFault),
  )
  const fires = async () =>
    (await rows<{ key: string }>('select key from reli.schedule_fires')).length
  await until(async () => (await fires()) >= 3)
  await Promise.all(timers.map((timer) => timer.stop()))
  // A timer that was stopped between its claim and its run leaves a claim; nothing runs without
  // one.
  const claimed = await fires()
  t.ok(runs <= claimed && runs >= claimed - timers.length, `${runs} runs of ${claimed} claims`)
  t.same(told, [])
})

test('work under a lock is done by one, and by another when that one is gone', async (t) => {
  const { at, rows } = await bench(t)
  const pool = jobPool(at.appUrl, 4)
  t.teardown(() => pool.end())
  const inside = Promise.withResolvers<void>()
  const leave = Promise.withResolvers<string>()
  const first = exclusively(pool, 'work', () => {
    inside.resolve()
    return leave.promise
  })
  await inside.promise
  t.equal(await exclusively(pool, 'work', async () => 'second'), undefined)
  t.equal(await exclusively(pool, 'other work', async () => 'second'), 'second')
  await rows(`select pg_terminate_backend(pid) from pg_locks
               where locktype = 'advisory' and classid = 7202 and pid <> pg_backend_pid()`)
  await until(async () => (await exclusively(pool, 'work', async () => 'second')) === 'second')
  leave.resolve('first')
  t.equal(await first, 'first')
  t.equal(await exclusively(pool, 'work', async () => 'third'), 'third')
})

test('a day that is asked for is fetched by SFTP and balanced', async (t) => {
  const { at, rows } = await bench(t)
  await installJobs(at.adminUrl)
  await installJobs(at.adminUrl)
  const folder = mkdtempSync(join(tmpdir(), 'reli-worker-test-'))
  const [ours] = makeKeys(join(folder, 'keys'), ['icbc'])
  const served = await startSsh2Sftp({ folder, accounts: [ours!] })
  t.teardown(async () => {
    await served.stop()
    removeSftp(folder)
  })
  const config = { institution: '01020000', merchant: '102100000000701' }
  const bankDate = addDays(await today(at.db, 'c1'), -1)
  const context = { bankDate, sequence: 1, createdAt: `${bankDate}T23:40:00`, config }
  const file = writeStatement(icbc, [], context)
  const root = join(folder, 'recon', 'icbc')
  writeFileSync(join(root, 'in', file.fileName), file.bytes)
  writeFileSync(join(root, 'in', file.flagName), file.flagBytes)
  const account = {
    ...{ host: '127.0.0.1', port: served.port, username: 'icbc' },
    ...{ privateKey: ours!.privateKey, hostKey: served.hostKey },
  }
  // It was down at midnight, and a payment waits for its documents.
  await rows('update reli.companies set booking_on = current_date - 1')
  await rows(`insert into reli.entries (company_id, entry_seq, booking_on, event, memo)
                values ('c1', 1, current_date, 'payment.paid', '')`)
  await rows(`insert into reli.outbox (company_id, topic, entry_seq, payload)
                values ('c1', 'payment.paid', 1, '{"amountFen":"13","customerId":"cus_1"}')`)
  const { told, onFault } = faults()
  const worker = await startWorker({
    db: at.db,
    appUrl: at.appUrl,
    name: 'test',
    onFault,
    companies: [
      {
        company: 'c1',
        run: () => assert.fail('an empty day has nothing to run'),
        hold: () => assert.fail('an empty day has nothing to hold'),
        seal: async () => {},
        audit: async () => {},
        channels: [
          {
            ...{ company: 'c1', channel: 'icbc', title: '工商银行', spec: icbc, config },
            open: sftpFolder(account, ''),
          },
        ],
      },
    ],
  })
  t.match(await rows('select from reli.companies where booking_on = current_date'), [{}])
  await until(async () => (await rows('select from reli.invoice_requests')).length === 1)
  const queue = await openQueue(at.appUrl)
  const job = { company: 'c1', channel: 'icbc', bankDate }
  await Promise.all([queue.reconcileNow(job), queue.reconcileNow(job)])
  const state = async () => (await rows('select state from reli.channel_days'))[0]?.state
  await until(async () => (await state()) === 'BALANCED')
  await until(async () => (await rows('select from graphile_worker._private_jobs')).length === 0)
  t.same(readdirSync(join(root, 'bak')).sort(), [file.fileName, file.flagName].sort())
  const again = await worker.reconcileNow(job)
  t.match(again, [{ taken: { is: 'missing' }, reconciled: { is: 'BALANCED' } }])
  await t.rejects(worker.reconcileNow({ ...job, channel: 'abc' }), /no files are known/)
  await queue.close()
  await worker.stop()
  t.same(told, [])
})

test('a folder on the same machine', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'reli-folder-test-'))
  t.teardown(() => removeSftp(root))
  for (const part of ['in', 'bak', 'err']) mkdirSync(join(root, part))
  const open: OpenFolder = localFolder(root)
  writeFileSync(join(root, 'in', 'a.dat'), 'content')
  writeFileSync(join(root, 'bak', 'a.dat'), 'an older one')
  symlinkSync('/etc/passwd', join(root, 'in', 'link.dat'))
  await open(async (folder) => {
    t.same(
      (await folder.list()).map(({ name }) => name),
      ['a.dat'],
    )
    t.equal((await folder.fetch('a.dat', 7)).toString(), 'content')
    await t.rejects(folder.fetch('a.dat', 6), /more than 6 bytes/)
    await t.rejects(folder.fetch('link.dat', 100), { code: 'ELOOP' })
    await t.rejects(folder.fetch('../bak/a.dat', 100), /plain/)
    await folder.accept('a.dat')
    await t.rejects(folder.refuse('../x'), /plain/)
  })
  t.same(readdirSync(join(root, 'bak')).sort(), ['a.dat', 'a.dat.2'])
  renameSync(join(root, 'bak', 'a.dat.2'), join(root, 'in', 'a.dat'))
  await open((folder) => folder.refuse('a.dat'))
  t.same(readdirSync(join(root, 'err')), ['a.dat'])
})

test('each payment has its documents once', async (t) => {
  const { at, rows } = await bench(t)
  const enter = (topic: string, seq: number, amountFen: number) =>
    rows(`
      with made as (insert into reli.entries (company_id, entry_seq, booking_on, event, memo)
              values ('c1', ${seq}, '2026-11-20', '${topic}', '') on conflict do nothing)
      insert into reli.outbox (company_id, topic, entry_seq, payload)
        values ('c1', '${topic}', ${seq},
          '{"amountFen":"${amountFen}","customerId":"cus_${seq}"}')`)
  await Promise.all([enter('payment.paid', 1, 200_000), enter('payment.paid', 2, 13)])
  await enter('payment.reversed', 3, 13)
  await enter('valve.open', 4, 1)
  const made = await Promise.all([1, 2, 3].map(() => makeDocuments(at.db, 'c1')))
  t.equal(
    made.reduce((sum, count) => sum + count),
    3,
  )
  const documents = async () => ({
    invoices: await rows(`select entry_seq::int, kind, customer_id, amount_fen::int
                            from reli.invoice_requests order by 1`),
    vouchers: await rows(`select entry_seq::int, booking_on::text, event, amount_fen::int
                            from reli.voucher_lines order by 1`),
  })
  const first = await documents()
  t.same(first.invoices, [
    { entry_seq: 1, kind: 'blue', customer_id: 'cus_1', amount_fen: 200_000 },
    { entry_seq: 2, kind: 'blue', customer_id: 'cus_2', amount_fen: 13 },
    { entry_seq: 3, kind: 'red', customer_id: 'cus_3', amount_fen: 13 },
  ])
  t.match(first.vouchers, [
    { booking_on: '2026-11-20', event: 'payment.paid', amount_fen: 200_000 },
    { event: 'payment.paid' },
    { event: 'payment.reversed' },
  ])
  // Told twice: the documents are there already.
  await enter('payment.paid', 1, 200_000)
  t.equal(await makeDocuments(at.db, 'c1'), 1)
  t.same(await documents(), first)
  t.same(await rows('select topic from reli.outbox'), [{ topic: 'valve.open' }])
})

test('the booking date moves once, forwards, and between two postings', async (t) => {
  const { at, rows } = await bench(t)
  const now = await today(at.db, 'c1')
  const next = addDays(now, 1)
  t.equal(await cutOver(at.db, 'c1', now), false)
  const admin = new pg.Client({ connectionString: at.adminUrl })
  await admin.connect()
  await admin.query(`begin; select pg_advisory_xact_lock_shared(7201, hashtext('booking:c1'))`)
  const moving = Promise.all([cutOver(at.db, 'c1', next), cutOver(at.db, 'c1', next)])
  const waiting = `select from pg_locks where locktype = 'advisory' and classid = 7201
       and not granted
                      and database = (select oid from pg_database
                        where datname = current_database())`
  await until(async () => (await rows(waiting)).length === 2)
  const date = async () =>
    (await rows('select booking_on::text from reli.companies'))[0]!.booking_on
  t.equal(await date(), now)
  await admin.query('commit')
  await admin.end()
  t.same((await moving).sort(), [false, true])
  t.equal(await date(), next)
  t.equal(await cutOver(at.db, 'c1', now), false)
  t.equal(await date(), next)
  t.match(await rows('select action, subject from reli.audit_log'), [
    { action: 'booking.cut_over', subject: next },
  ])
})

test('what ran out is removed, what counts stays', async (t) => {
  const { at, rows } = await bench(t)
  await rows(`insert into reli.users (company_id, user_id, login, name, password_hash, roles,
                org_paths) values ('c1', 'usr_1', 'a', 'a', '', '{}', '{}')`)
  await rows(`insert into reli.sessions (company_id, session_hash, user_id, ends_at)
                values ('c1', 'new', 'usr_1', now() + interval '1 minute'),
                       ('c1', 'old', 'usr_1', now() - interval '1 minute')`)
  await rows(`insert into reli.query_counts values ('c1', 'icbc', '1', now()),
                ('c1', 'icbc', '2', now() - interval '11 minutes')`)
  await rows(`insert into reli.schedule_fires (key, fired_at, by)
                values ('new', now(), 'a'), ('old', now() - interval '8 days', 'a')`)
  await removeEnded(at.db, 'c1')
  t.same(await rows('select count(*)::int from reli.sessions'), [{ count: 1 }])
  t.same(await rows('select customer_no from reli.query_counts'), [{ customer_no: '1' }])
  t.same(await rows('select key from reli.schedule_fires'), [{ key: 'new' }])
})
