// Reconciliation with the real spine: after a day is settled, our books equal the bank's file and
// what is held, whatever was in the way, however often it ran and wherever it was cut off.
import assert from 'node:assert/strict'
import { fen, type Outcome } from '@reli/sdk'
import { type StatementRow, writeStatement } from '@reli/sdk/codec'
import pg from 'pg'
import { type Test, test } from 'tap'
import { statement as icbc } from '../../connectors/icbc/statement.ts'
import {
  type Reconciled,
  type Reconciler,
  reconcileDay,
  type StatementCall,
} from '../collection/reconcile.ts'
import type { DifferenceClass } from '../collection/reconcile-classes.ts'
import { checkException, resolveException } from '../collection/reconcile-exceptions.ts'
import { consent, takeStatement } from '../collection/statements.ts'
import { wholeCompanies } from '../db/scope.ts'
import { type TestDb, testDb } from '../db/test-db.ts'
import { everything, findBroken } from './audit.ts'
import { createSpine } from './run.ts'
import { holdInSuspense } from './suspense.ts'
import { assertSound, companyId, icbcOutlet, makeCompany } from './test-company.ts'

const scope = wholeCompanies(companyId)
const config = { institution: '01020000', merchant: '102100000000701' }
const owes = 200_000n

class Bench {
  readonly at: TestDb
  readonly admin: pg.Client
  readonly reconciler: Reconciler
  readonly today: string

  constructor(at: TestDb, admin: pg.Client, today: string) {
    this.at = at
    this.admin = admin
    this.today = today
    const spine = createSpine({ db: at.db, companyId, log: { error: () => {} } })
    this.reconciler = {
      db: at.db,
      company: companyId,
      run: (call) => spine.run({ ...call, expiresAt: performance.now() + 20_000 }),
      hold: holdInSuspense,
    }
  }

  /** What is in our books before the file comes. */
  async pay(serial: string, customerNo: string, amount = owes, origin = 'statement') {
    const input = { customerNo, amountFen: fen(amount), paidAt: this.moment, outlet: icbcOutlet }
    return await this.call(serial, 'payment.pay', input, origin)
  }

  async reverse(serial: string) {
    return await this.call(serial, 'payment.reverse', {}, 'statement')
  }

  private call(serial: string, operation: string, input: object, origin: string) {
    const key = { bankDate: this.today, serial }
    const call = { company: companyId, channel: 'icbc', operation, key, input, origin }
    return this.reconciler.run(call as unknown as StatementCall) as Promise<Outcome<unknown>>
  }

  get moment() {
    return `${this.today}T09:30:12`
  }

  line(serial: string, customerNo: string, amount = owes, state: StatementRow['state'] = 'paid') {
    const [amountFen, name] = [fen(amount), '李億觀']
    return { serial, customerNo, name, amountFen, state, at: this.moment, outlet: icbcOutlet }
  }

  async bring(rows: StatementRow[], sequence = 1) {
    const context = { bankDate: this.today, sequence, createdAt: this.moment, config }
    const file = writeStatement(icbc, rows, context)
    const files = new Map([
      [file.fileName, file.bytes],
      [file.flagName, file.flagBytes],
    ])
    const taken = await takeStatement(
      this.at.db,
      { company: companyId, channel: 'icbc', title: '工商银行', spec: icbc, config },
      {
        list: async () => [...files.keys()].map((name) => ({ name })),
        fetch: async (name) => files.get(name)!,
        accept: async () => {},
        refuse: async () => {},
      },
      this.today,
    )
    if (sequence === 1) assert.equal(taken.is, 'imported')
    else await this.agree(sequence)
  }

  private async agree(statementNo: number) {
    const who = { accept: true, by: 'usr_1', reason: '银行更正' }
    const wish = { company: companyId, channel: 'icbc', bankDate: this.today, statementNo, ...who }
    assert.equal(await this.at.db.tx(scope, (tx) => consent(tx, wish)), 'used')
  }

  reconcile(reconciler = this.reconciler): Promise<Reconciled> {
    return reconcileDay(reconciler, 'icbc', this.today)
  }

  async rows<T>(text: string): Promise<T[]> {
    return (await this.admin.query(text)).rows
  }

  async exceptions() {
    return await this.rows<{ serial: string; class: string; state: string; held: boolean }>(
      `select serial, class, state, state = 'PENDING' and entry_seq is not null as held, cause
         from reli.exceptions order by serial, class`,
    )
  }

  async day() {
    return (
      await this.rows<Record<string, unknown>>(
        `select state, bank_paid_count::int, bank_paid_fen::int, our_paid_count::int,
                our_paid_fen::int from reli.channel_days`,
      )
    )[0]
  }

  /** Changes whenever any row of these tables is written, even with what it held before. */
  async print(): Promise<string> {
    const prints: string[] = []
    const tables = ['operations', 'entries', 'postings', 'charges', 'outbox', 'channel_days']
    for (const table of [...tables, 'exceptions', 'notices', 'audit_findings', 'statements']) {
      const text = `select count(*)
        || md5(coalesce(string_agg(ctid::text || xmin::text, ',' order by ctid), ''))
                        as print from reli.${table}`
      prints.push((await this.rows<{ print: string }>(text))[0]!.print)
    }
    return prints.join()
  }

  /** Balance of an account, debit positive. */
  async balance(account: string): Promise<number> {
    const [row] = await this.rows<{ fen: number }>(
      `select (coalesce(sum(amount_fen) filter (where debit = '${account}'), 0)
             - coalesce(sum(amount_fen) filter (where credit = '${account}'), 0))::int as fen
         from reli.postings`,
    )
    return row!.fen
  }
}

async function bench(
  t: Test,
  { customers = 12, owesFen = owes }: { customers?: number; owesFen?: bigint } = {},
): Promise<Bench> {
  const at = await testDb()
  const admin = new pg.Client({ connectionString: at.adminUrl })
  await admin.connect()
  await makeCompany(admin, { customers, owesFen })
  const { rows } = await admin.query('select current_date::text as today')
  t.teardown(async () => {
    await assertSound(at.db)
    await admin.end()
    await at.close()
  })
  return new Bench(at, admin, rows[0].today)
}

const no = (number: number, width = 10) => String(number).padStart(width, '0')
const serial = (number: number) => no(number, 12)

test('each class of difference is balanced, held or left to a person', async (t) => {
  const at = await bench(t)
  for (const n of [1, 3, 4, 5, 6, 8]) {
    assert.equal((await at.pay(serial(n), no(n))).is, 'done')
  }
  await at.reverse(serial(6))
  await at.reverse(serial(7)) // A tombstone.
  const refused = await at.pay(serial(11), no(10), 13n, 'partner')
  assert.equal(refused.is, 'refused')
  await at.bring([
    at.line(serial(1), no(1)),
    at.line(serial(2), no(2)),
    at.line(serial(4), no(4), 190_000n),
    at.line(serial(5), no(5), owes, 'reversed'),
    at.line(serial(6), no(6)),
    at.line(serial(7), no(7)),
    at.line(serial(8), no(9)),
    at.line(serial(9), no(1)),
    at.line(serial(10), '9999999999'),
    at.line(serial(11), no(10), 13n),
    at.line(serial(12), no(12), owes, 'reversed'),
  ])

  const first = await at.reconcile()
  t.match(first, { is: 'FILE_IN', autoBalanced: 4, held: 4, pending: 2 })
  const auto = { state: 'AUTO_BALANCED', held: false }
  const held = { state: 'PENDING', held: true }
  const pending = { state: 'PENDING', held: false }
  t.match(await at.exceptions(), [
    { serial: serial(2), class: 'BANK_ONLY', ...auto },
    { serial: serial(3), class: 'LOCAL_ONLY', ...auto },
    { serial: serial(4), class: 'AMOUNT_DIFF', ...pending },
    { serial: serial(5), class: 'STATE_DIFF', ...auto },
    { serial: serial(6), class: 'STATE_DIFF', ...held },
    { serial: serial(7), class: 'STATE_DIFF', ...held },
    { serial: serial(8), class: 'CUSTOMER_DIFF', ...pending },
    { serial: serial(9), class: 'DUPLICATE', ...auto },
    { serial: serial(10), class: 'BANK_ONLY', ...held },
    { serial: serial(11), class: 'BANK_ONLY', ...held },
  ])
  // In doubt: 6, 7, 10 and 11. Booked: 1, 2, 4, 8 and 9.
  t.equal(await at.balance('suspense:icbc'), -600_013)
  t.equal(await at.balance('clearing:icbc'), 5 * 200_000 + 600_013)

  await t.test('again, by one or by two, and no row changes', async () => {
    const before = await at.print()
    await at.reconcile()
    await Promise.all([at.reconcile(), at.reconcile()])
    assert.equal(await at.print(), before)
  })

  await t.test('the supervisor is told in few words', async () => {
    const notices = await at.rows<{ text: string }>('select text from reli.notices')
    assert.match(notices[0]!.text, /自动已平 4 笔，挂暂记 4 笔 6000\.13 元，待处理 2 笔/)
  })

  const key = (number: number, of: DifferenceClass) => ({
    company: companyId,
    channel: 'icbc',
    bankDate: at.today,
    serial: serial(number),
    class: of,
  })
  const amount = key(4, 'AMOUNT_DIFF')
  const wish = { resolution: 'hold' as const, reason: '银行已受理更正', by: 'usr_1' }
  const tx = <T>(work: Parameters<typeof at.at.db.tx<T>>[1]) => at.at.db.tx(scope, work)

  await t.test('what is decided takes a reason and two people', async (t) => {
    t.equal(
      await tx((it) => resolveException(it, amount, { ...wish, reason: ' ' })),
      'without_reason',
    )
    const keep = { ...wish, resolution: 'keep_ours' as const }
    t.equal(await tx((it) => resolveException(it, key(10, 'BANK_ONLY'), keep)), 'not_offered')
    const check = (by: string, agrees = true) =>
      tx((it) => checkException(it, amount, { by, agrees, reason: '已复核' }))
    t.equal(await check('usr_2'), 'not_resolved')
    t.equal(await tx((it) => resolveException(it, amount, wish)), 'recorded')
    t.equal(await check('usr_1'), 'same_person')
    t.equal(await check('usr_2', false), 'sent_back')
    t.equal(await tx((it) => resolveException(it, amount, wish)), 'recorded')
    t.equal(await check('usr_2'), 'closed')
    t.equal(await tx((it) => resolveException(it, amount, wish)), 'not_open')
  })

  await t.test(
    'then the day is balanced, with an open difference that moves no money',
    async (t) => {
      t.match(await at.reconcile(), { is: 'BALANCED', autoBalanced: 4, held: 4, pending: 1 })
      t.match(await at.day(), { state: 'BALANCED', bank_paid_count: 9, our_paid_count: 5 })
      t.same(await at.rows('select 1 from reli.audit_findings'), [])
    },
  )

  await t.test('what comes for a balanced day waits for a person', async (t) => {
    t.equal((await at.pay(serial(20), no(11), owes, 'partner')).is, 'done')
    const broken = await tx((it) => findBroken(it, companyId, everything))
    const i6 = broken.filter(({ invariant }) => invariant === 'I6')
    t.same(i6, [], 'on record before anybody reconciles again')
    t.match(await at.reconcile(), { is: 'BALANCED', pending: 2 })
    const [late] = await at.rows<{ state: string; cause: string }>(
      `select state, cause from reli.exceptions where serial = '${serial(20)}'`,
    )
    t.match(late, { state: 'PENDING', cause: '对账文件入库之后到达的缴费' })
    const [operation] = await at.rows<{ state: string }>(
      `select state from reli.operations where serial = '${serial(20)}'`,
    )
    t.equal(operation!.state, 'PAID')
    const before = await at.print()
    await at.reconcile()
    t.equal(await at.print(), before)
  })
})

test('E60: after balancing, ours is the bank’s 198,000.00', async (t) => {
  const at = await bench(t, { owesFen: 4_875_500n })
  const shared = [1, 2, 3, 4].map((n) => at.line(serial(n), no(n), 4_875_500n))
  for (const { serial, customerNo } of shared) await at.pay(serial, customerNo, 4_875_500n)
  await at.pay(serial(6), no(6), 396_000n)
  const sum = async () =>
    (
      await at.rows<{ fen: number }>(
        `select sum(amount_fen)::int as fen from reli.operations where state = 'PAID'`,
      )
    )[0]!.fen
  t.equal(await sum(), 19_898_000)
  await at.bring([...shared, at.line(serial(5), no(5), 298_000n)])
  t.match(await at.reconcile(), { is: 'BALANCED', matchedFen: 19_800_000n, autoBalanced: 2 })
  t.equal(await sum(), 19_800_000)
  t.equal(await at.balance('clearing:icbc'), 19_800_000)
  t.match(await at.day(), { bank_paid_fen: 19_800_000, our_paid_fen: 19_800_000 })
  const text = 'select event, count(*)::int from reli.entries group by event order by event'
  t.same(
    (await at.rows<{ event: string }>(text)).filter(({ event }) => event.startsWith('payment')),
    [
      { event: 'payment.paid', count: 6 },
      { event: 'payment.reversed', count: 1 },
    ],
  )
})

test('a corrected file is reconciled anew, over what the first one made us do', async (t) => {
  const at = await bench(t)
  for (const n of [1, 2, 3]) await at.pay(serial(n), no(n))
  await at.bring([
    at.line(serial(1), no(1), owes, 'reversed'),
    at.line(serial(2), no(2), 190_000n),
    at.line(serial(3), no(3)),
    at.line(serial(4), no(4)),
  ])
  t.match(await at.reconcile(), { is: 'FILE_IN', autoBalanced: 2, pending: 1 })
  // 1 stands after all, 2 is as we had it, 3 was not taken, 4 neither.
  await at.bring([at.line(serial(1), no(1)), at.line(serial(2), no(2))], 2)
  t.match(await at.reconcile(), { is: 'BALANCED', autoBalanced: 4, held: 1, pending: 0 })
  t.match(await at.exceptions(), [
    { serial: serial(1), class: 'STATE_DIFF', state: 'PENDING', held: true },
    { serial: serial(2), class: 'AMOUNT_DIFF', cause: '更正文件中已无此差异' },
    { serial: serial(3), class: 'LOCAL_ONLY', state: 'AUTO_BALANCED' },
    { serial: serial(4), class: 'BANK_ONLY', state: 'AUTO_BALANCED' },
    { serial: serial(4), class: 'LOCAL_ONLY', state: 'AUTO_BALANCED' },
  ])
  t.equal(await at.balance('clearing:icbc'), 2 * 200_000)
  // A third file drops 1 again: what is held for it has no line, which is nobody's to decide but a
  // person's.
  await at.bring([at.line(serial(2), no(2))], 3)
  t.match(await at.reconcile(), { is: 'FILE_IN', held: 1 })
  t.match(await at.rows('select invariant from reli.audit_findings'), [{ invariant: 'I6' }])
})

test('no file, no act', async (t) => {
  const at = await bench(t)
  await at.pay(serial(1), no(1))
  const before = await at.print()
  t.same(await at.reconcile(), { is: 'no_file' })
  t.equal(await at.print(), before)
})

test('an empty day has its payments here reversed', async (t) => {
  const at = await bench(t)
  await at.pay(serial(1), no(1))
  await at.bring([])
  t.match(await at.reconcile(), { is: 'BALANCED', autoBalanced: 1 })
  t.equal(await at.balance('clearing:icbc'), 0)
})

test('a bank that does not reverse by itself has nothing reversed', async (t) => {
  const at = await bench(t)
  await at.admin.query(`update reli.channels set unknown_profile = 'we_query'`)
  await at.pay(serial(1), no(1))
  await at.bring([])
  t.match(await at.reconcile(), { is: 'FILE_IN', pending: 1 })
  t.match(await at.exceptions(), [{ class: 'LOCAL_ONLY', state: 'PENDING' }])
})

test('what is not known is neither booked nor held, and done the next time', async (t) => {
  const at = await bench(t)
  await at.bring([at.line(serial(1), no(1))])
  const unsure = { ...at.reconciler, run: async () => ({ is: 'unknown', why: 'late' }) as const }
  t.match(await at.reconcile(unsure), { is: 'FILE_IN', pending: 1, held: 0 })
  t.match(await at.exceptions(), [{ state: 'PENDING', cause: '处理结果未知，下次对账时再处理' }])
  t.match(await at.reconcile(), { is: 'BALANCED', autoBalanced: 1, pending: 0 })
})

test('a hold that no line explains is a finding, and the day stays open', async (t) => {
  const at = await bench(t)
  await at.bring([at.line(serial(1), '9999999999')])
  t.match(await at.reconcile(), { is: 'BALANCED', held: 1 })
  await at.admin.query(`update reli.channel_days set state = 'FILE_IN'`)
  await at.admin.query(`update reli.exceptions set bank_fen = bank_fen + 1`)
  t.match(await at.reconcile(), { is: 'FILE_IN', held: 1 })
  t.match(await at.rows('select invariant, subject from reli.audit_findings'), [
    { invariant: 'I6', subject: `icbc:${at.today}` },
  ])
})

test('killed again and again, with two runners, each key is settled once', async (t) => {
  const customers = 240
  const at = await bench(t, { customers })
  const numbers = Array.from({ length: customers }, (_, n) => n + 1)
  const kind = (n: number) => (['both', 'bank', 'ours', 'nobody'] as const)[n % 4]!
  await Promise.all(
    numbers
      .filter((n) => kind(n) === 'both' || kind(n) === 'ours')
      .map((n) => at.pay(serial(n), no(n))),
  )
  await at.bring(
    numbers
      .filter((n) => kind(n) !== 'ours')
      .map((n) => at.line(serial(n), kind(n) === 'nobody' ? `99${no(n, 8)}` : no(n))),
  )
  // Dies before or after the call, as a process would: the caller hears nothing of it.
  let calls = 0
  let deaths = 0
  const dying = (every: number): Reconciler => {
    const mayDie = () => {
      if (++calls % every !== 0) return
      deaths++
      throw new Error('killed')
    }
    return {
      ...at.reconciler,
      run: async (call) => {
        mayDie()
        const outcome = await at.reconciler.run(call)
        mayDie()
        return outcome
      },
      hold: async (tx, money) => {
        const entrySeq = await at.reconciler.hold(tx, money)
        mayDie()
        return entrySeq
      },
    }
  }
  for (const every of [3, 5, 7]) {
    await Promise.allSettled([at.reconcile(dying(every)), at.reconcile(dying(every))])
  }
  assert.ok(deaths > 3, 'it was killed')
  const results = await Promise.all([at.reconcile(), at.reconcile()])
  for (const result of results) {
    t.match(result, { is: 'BALANCED', autoBalanced: 120, held: 60, pending: 0 })
  }
  const before = await at.print()
  await at.reconcile()
  t.equal(await at.print(), before)
  const entries = `select count(*)::int, count(distinct (serial, event))::int as keys
                     from reli.entries where serial is not null`
  t.same(await at.rows(entries), [{ count: 300, keys: 300 }])
  t.equal(await at.balance('suspense:icbc'), -60 * 200_000)
  t.equal(await at.balance('clearing:icbc'), 180 * 200_000)
})
