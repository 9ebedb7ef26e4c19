// The spine against a real database: once per key whatever the order, refusals in the papers'
// order, tombstones, many at the same moment, and a server that is taken away in the middle.
import assert from 'node:assert/strict'
import {
  type Bill,
  fen,
  type Outcome,
  type PaymentResult,
  type Receipt,
  type Reversed,
} from '@reli/sdk'
import pg from 'pg'
import { test } from 'tap'
import { bookEvents } from '../billing/events/run.ts'
import { bookingOf } from '../billing/store/rules.ts'
import { takeEventIds } from '../billing/store/write.ts'
import { CommitUnknown, type Db, query } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { type TestDb, testDb } from '../db/test-db.ts'
import type { Call } from './handlers.ts'
import { createSpine, type Spine } from './run.ts'
import { assertSound, companyId, icbcOutlet, makeCompany, rcuOutlet } from './test-company.ts'

const silent = { error: () => {} }
const scope = wholeCompanies(companyId)

interface Hub {
  at: TestDb
  admin: pg.Client
  spine: Spine
  today: string
  close(): Promise<void>
}

async function hub(options: Parameters<typeof makeCompany>[1] = {}): Promise<Hub> {
  const at = await testDb()
  const admin = new pg.Client({ connectionString: at.adminUrl })
  admin.on('error', () => {})
  await admin.connect()
  await makeCompany(admin, options)
  const {
    rows: [{ today }],
  } = await admin.query('select current_date::text as today')
  const spine = createSpine({ db: at.db, companyId, log: silent })
  return {
    at,
    admin,
    spine,
    today,
    close: async () => {
      await assertSound(at.db)
      await admin.end()
      await at.close()
    },
  }
}

let serials = 0
const serial = () => (++serials).toString().padStart(12, '0')
const soon = () => performance.now() + 10_000

const pay = (today: string, customerNo: string, amountFen: bigint, more: object = {}): Call => ({
  channel: 'icbc',
  operation: 'payment.pay',
  key: { bankDate: today, serial: serial() },
  input: { customerNo, amountFen: fen(amountFen), outlet: icbcOutlet },
  origin: 'partner',
  expiresAt: soon(),
  ...more,
})
const reverse = (of: Call, input: object = {}): Call => ({
  channel: of.channel,
  operation: 'payment.reverse',
  key: of.key!,
  input,
  origin: 'partner',
  expiresAt: soon(),
})
const ask = (of: Call): Call => ({
  channel: of.channel,
  operation: 'payment.result',
  key: of.key!,
  input: {},
  origin: 'partner',
  expiresAt: soon(),
})
const code = (outcome: Outcome<unknown>) => (outcome.is === 'refused' ? outcome.code : outcome.is)
const again = (call: Call): Call => ({ ...call, expiresAt: soon() })

const sums = query<[], { debtFen: bigint; paidFen: bigint; entries: number }>(
  'test_sums',
  `
  select (select sum(outstanding_fen)::bigint from reli.charges) as debt_fen,
         (select coalesce(sum(
            case when debit like 'clearing%' then amount_fen else -amount_fen end), 0)
            ::bigint from reli.postings where 'clearing' in (left(debit, 8), left(credit, 8)))
           as paid_fen,
         (select count(*)::int from reli.entries where event <> 'charge.issued') as entries`,
)

test('a payment is booked once, however often and at whatever moments its key comes', async (t) => {
  const { spine, today, at, close } = await hub({ customers: 3 })
  const call = pay(today, '0000000001', 200_000n)
  const first = (await spine.run(call)) as Outcome<Receipt>
  assert.equal(first.is, 'done')
  const repeats = await Promise.all(Array.from({ length: 20 }, () => spine.run(again(call))))
  for (const repeat of repeats) t.same(repeat, first)
  const other = pay(today, '0000000002', 200_000n)
  const atOnce = await Promise.all(Array.from({ length: 20 }, () => spine.run(again(other))))
  for (const outcome of atOnce) t.same(outcome, atOnce[0])
  t.same(await at.db.read(scope, (tx) => tx.one(sums, [])), {
    debtFen: 200_000n,
    paidFen: 400_000n,
    entries: 2,
  })
  await close()
})

test('two hubs that get the same keys at the same time book each once', async (t) => {
  const { spine, today, at, close } = await hub({ customers: 60 })
  const second = createSpine({ db: at.db, companyId, log: silent })
  const calls = Array.from({ length: 60 }, (_, n) =>
    pay(today, `${n + 1}`.padStart(10, '0'), 200_000n),
  )
  const shuffled = calls.toReversed()
  const [a, b] = await Promise.all([
    Promise.all(calls.map((call) => spine.run(again(call)))),
    Promise.all(shuffled.map((call) => second.run(again(call)))),
  ])
  t.same(b.toReversed(), a)
  t.ok(a.every((outcome) => outcome.is === 'done'))
  t.same(await at.db.read(scope, (tx) => tx.one(sums, [])), {
    debtFen: 0n,
    paidFen: 12_000_000n,
    entries: 60,
  })
  await close()
})

test('the same key with other content is refused and changes nothing', async (t) => {
  const { spine, today, close } = await hub()
  const call = pay(today, '0000000001', 200_000n)
  await spine.run(call)
  const other = { ...again(call), input: { customerNo: '0000000002', amountFen: fen(200_000) } }
  t.equal(code(await spine.run(other)), 'payment.conflicting')
  t.equal(code(await spine.run(again(call))), 'done')
  await close()
})

test('a reversal gives back exactly what the payment took, once, and bars the key', async (t) => {
  const { spine, today, at, close } = await hub({ customers: 1, oldFen: 100_000n })
  const before = await at.db.read(scope, (tx) =>
    tx.many(
      query<[], object>(
        'test_lines',
        `
    select charge_id, paid_fen, discount_fen, late_settled_product, late_paid_fen from reli.charges
     order by charge_id`,
      ),
      [],
    ),
  )
  const bill = (await spine.run({
    channel: 'icbc',
    operation: 'bill.query',
    input: { customerNo: '0000000001', bankDate: today },
    origin: 'partner',
    expiresAt: soon(),
  })) as Outcome<Bill>
  assert(bill.is === 'done')
  t.equal(bill.value.seasons.length, 2)
  t.ok(bill.value.seasons[0]!.lateFeeFen > 0n, 'the old season carries a late fee')
  t.equal(bill.value.areaDm2, 10_000n)
  const call = pay(today, '0000000001', bill.value.totalPayableFen)
  t.equal(code(await spine.run(call)), 'done')
  t.same(await spine.run(reverse(call, { customerNo: '0000000001', amountFen: fen(1) })), {
    is: 'refused',
    code: 'reversal.mismatched',
  })
  const undone = { is: 'done', value: { effect: 'reversed' } satisfies Reversed }
  t.same(await spine.run(reverse(call)), undone)
  t.same(await spine.run(reverse(call)), undone, 'a repeated reversal gets the first answer')
  t.equal(code(await spine.run(again(call))), 'payment.reversed')
  t.same(
    await at.db.read(scope, (tx) =>
      tx.many(
        query<[], object>(
          'test_lines',
          `
    select charge_id, paid_fen, discount_fen, late_settled_product, late_paid_fen from reli.charges
     order by charge_id`,
        ),
        [],
      ),
    ),
    before,
  )
  t.same((await at.db.read(scope, (tx) => tx.one(sums, []))).paidFen, 0n)
  const result = (await spine.run(ask(call))) as Outcome<PaymentResult>
  t.match(result, {
    is: 'done',
    value: { state: 'reversed', amountFen: bill.value.totalPayableFen },
  })
  await close()
})

test('a payment whose money moved since is not reversed, and keeps its books', async (t) => {
  const { at, admin, spine, today, close } = await hub({ customers: 1 })
  const { rows } = await admin.query(
    `select customer_id, customer_no, outstanding_fen::text as owed
       from reli.customers join reli.charges using (company_id, customer_id)`,
  )
  const [{ customer_id: customerId, customer_no: customerNo, owed }] = rows
  const payment = pay(today, customerNo, BigInt(owed))
  t.equal((await spine.run(payment)).is, 'done')
  await at.db.tx(scope, async (tx) => {
    const booking = await bookingOf(tx, companyId)
    const [eventId] = await takeEventIds(tx, 1)
    const by = { mode: 'AMOUNT', amountFen: fen(10_000n) } as const
    const season = '2026-2027'
    const event = {
      type: 'REDUCTION',
      eventId: eventId!,
      on: today,
      season,
      feeItem: 'HEATING',
      by,
    } as const
    const [done] = await bookEvents(tx, booking, [{ event, customerId, madeBy: 'test' }])
    t.match(done, { is: 'done', deltaFen: -10_000n })
  })
  t.match(await spine.run(reverse(payment)), { is: 'refused', code: 'reversal.not_allowed' })
  await close()
})

test('a reversal before the payment plants a tombstone, even in one batch', async (t) => {
  const { spine, today, at, close } = await hub()
  const late = pay(today, '0000000001', 200_000n)
  const blocked = { is: 'done', value: { effect: 'blocked' } satisfies Reversed }
  t.same(await spine.run(reverse(late)), blocked)
  t.equal(code(await spine.run(late)), 'payment.reversed')
  t.same(await spine.run(reverse(late)), blocked)
  const both = pay(today, '0000000002', 200_000n)
  const [first, second, third] = await Promise.all([
    spine.run(reverse(both)),
    spine.run(both),
    spine.run(ask(both)),
  ])
  t.same([first, code(second!)], [blocked, 'payment.reversed'])
  t.match(third, { is: 'done' })
  const quick = pay(today, '0000000003', 200_000n)
  const [paid, undone, repeated] = await Promise.all([
    spine.run(quick),
    spine.run(reverse(quick)),
    spine.run(again(quick)),
  ])
  t.same(
    [code(paid!), undone, code(repeated!)],
    ['done', { is: 'done', value: { effect: 'reversed' } }, 'payment.reversed'],
  )
  t.equal((await at.db.read(scope, (tx) => tx.one(sums, []))).paidFen, 0n)
  await close()
})

test('what is kept stays refused, what is not is examined anew', async (t) => {
  const { spine, today, admin, close } = await hub()
  const unknownCustomer = pay(today, '9999999999', 200_000n)
  t.equal(code(await spine.run(unknownCustomer)), 'customer.not_found')
  t.match(await spine.run(ask(unknownCustomer)), { is: 'done', value: { state: 'refused' } })
  const wrong = pay(today, '0000000001', 199_999n)
  t.equal(code(await spine.run(wrong)), 'amount.not_full')
  t.equal(code(await spine.run(again(wrong))), 'amount.not_full')
  const stopped = pay(today, '0000000001', 200_000n)
  await admin.query(`update reli.channels set enabled = false where channel_id = 'icbc'`)
  t.equal(code(await spine.run(stopped)), 'channel.disabled')
  t.match(await spine.run(ask(stopped)), { is: 'done', value: { state: 'not_received' } })
  await admin.query('update reli.channels set enabled = true')
  t.equal(code(await spine.run(again(stopped))), 'done')
  t.same(await spine.run(reverse(wrong, { customerNo: '0000000001', amountFen: fen(199_999) })), {
    is: 'done',
    value: { effect: 'blocked' },
  })
  t.equal(code(await spine.run(again(wrong))), 'payment.reversed')
  await close()
})

test('the checks come in the order of the papers', async (t) => {
  const { spine, today, admin, close } = await hub()
  const set = (sql: string) => admin.query(sql)
  const refusal = async (more: object = {}, input: object = {}) => {
    const call = pay(today, '0000000001', 200_000n, more)
    return code(await spine.run({ ...call, input: { ...call.input, ...input } as never }))
  }
  await set(`update reli.customers set bank_blocked = true, collection_locked = true,
               inspection_locked = true, in_approval = true, must_visit_hall = true`)
  await set(`update reli.seasons set open_for_collection = false`)
  await set(`update reli.channels set enabled = false, hours_from = '00:00', hours_to = '00:00',
               maintenance_from = '00:00', maintenance_to = '24:00'`)
  const steps: [expected: string, remedy: string][] = [
    [
      'system.in_maintenance',
      'update reli.channels set maintenance_from = null, maintenance_to = null',
    ],
    ['channel.disabled', 'update reli.channels set enabled = true'],
    ['outlet.disabled', `insert into reli.outlets values ('c1', 'icbc', '0200000199', '停用支行')`],
    ['channel.outside_window', `update reli.channels set hours_to = '24:00'`],
    [
      'date.not_open',
      `update reli.channels set open_bank_date = '2020-01-01' where channel_id = 'icbc'`,
    ],
    ['season.not_open', 'update reli.seasons set open_for_collection = true'],
    ['customer.bank_blocked', 'update reli.customers set bank_blocked = false'],
    ['customer.collection_locked', 'update reli.customers set collection_locked = false'],
    ['customer.inspection_locked', 'update reli.customers set inspection_locked = false'],
    ['customer.in_approval', 'update reli.customers set in_approval = false'],
    ['customer.must_visit_hall', 'update reli.customers set must_visit_hall = false'],
    ['bill.changed', ''],
  ]
  const more = { key: { bankDate: '2020-01-01', serial: serial() } }
  const input = { outlet: '0200000199', billToken: '0000000000000000' }
  for (const [expected, remedy] of steps) {
    t.equal(await refusal({ ...more, key: { ...more.key, serial: serial() } }, input), expected)
    if (remedy) await set(remedy)
  }
  t.equal(await refusal({}, input), 'date.not_open', 'today is not the date that is open now')
  await close()
})

test('part payments of a calendar channel are taken oldest season first', async (t) => {
  const { spine, today, at, close } = await hub({ customers: 1, oldFen: 100_000n })
  const part = (amountFen: bigint) => pay(today, '0000000001', amountFen, { channel: 'rcu' })
  const run = async (amountFen: bigint) => {
    const call = part(amountFen)
    return (await spine.run({
      ...call,
      input: { ...call.input, outlet: rcuOutlet } as never,
    })) as Outcome<Receipt>
  }
  t.equal(code(await run(9_999n)), 'amount.below_minimum')
  t.equal(code(await run(15_000n)), 'amount.not_multiple')
  const taken = await run(130_000n)
  assert(taken.is === 'done')
  const open = await at.db.read(scope, (tx) =>
    tx.one(
      query<[], { owed: bigint[] }>(
        'test_owed',
        `
    select array_agg(outstanding_fen order by season) as owed from reli.charges`,
      ),
      [],
    ),
  )
  t.equal(open.owed[0], 0n)
  t.equal(taken.value.arrearsLeftFen, open.owed[1])
  t.equal(taken.value.payableLeftFen, open.owed[1], 'the late fee of the old season was paid too')
  await close()
})

test('more than ten queries of one customer within a minute are refused', async (t) => {
  const { spine, today, close } = await hub()
  const query = (): Call => ({
    channel: 'icbc',
    operation: 'bill.query',
    input: { customerNo: '0000000001', bankDate: today },
    origin: 'partner',
    expiresAt: soon(),
  })
  const outcomes = await Promise.all(Array.from({ length: 12 }, () => spine.run(query())))
  t.same(outcomes.map(code), [...Array(10).fill('done'), ...Array(2).fill('query.too_frequent')])
  t.equal(
    code(await spine.run({ ...query(), input: { customerNo: '0000000002', bankDate: today } })),
    'done',
  )
  await close()
})

test('a sign-on opens its date, never an older or a far one', async (t) => {
  const { spine, today, close } = await hub()
  const day = (offset: number) => {
    const date = new Date(`${today}T00:00:00Z`)
    date.setUTCDate(date.getUTCDate() + offset)
    return date.toISOString().slice(0, 10)
  }
  const sign = async (bankDate: string) =>
    code(
      await spine.run({
        channel: 'icbc',
        operation: 'link.sign_on',
        input: { bankDate },
        origin: 'partner',
        expiresAt: soon(),
      }),
    )
  t.same(
    [await sign(day(2)), await sign(day(1)), await sign(today), await sign(day(1))],
    ['date.not_open', 'done', 'date.not_open', 'done'],
  )
  t.equal(code(await spine.run(pay(today, '0000000001', 200_000n))), 'date.not_open')
  t.equal(code(await spine.run(pay(day(1), '0000000001', 200_000n))), 'done')
  await close()
})

test('totals count what stands and what was reversed', async (t) => {
  const { spine, today, close } = await hub()
  const calls = ['1', '2', '3'].map((n) => pay(today, n.padStart(10, '0'), 200_000n))
  await Promise.all(calls.map((call) => spine.run(call)))
  await spine.run(reverse(calls[0]!))
  const totals = {
    paidCount: 2,
    paidFen: fen(400_000),
    reversedCount: 1,
    reversedFen: fen(200_000),
  }
  t.same(
    await spine.run({
      channel: 'icbc',
      operation: 'day.totals',
      input: { ...totals, bankDate: today },
      origin: 'partner',
      expiresAt: soon(),
    }),
    { is: 'done', value: { ...totals, equal: true } },
  )
  await close()
})

test('a statement books with the same key what the bank says it took', async (t) => {
  const { spine, today, at, admin, close } = await hub()
  const lost = pay(today, '0000000001', 200_000n, { origin: 'statement' })
  await admin.query('update reli.channels set enabled = false, open_bank_date = null')
  t.equal(code(await spine.run(lost)), 'done')
  await admin.query('update reli.channels set enabled = true, open_bank_date = current_date')
  t.equal(
    code(await spine.run({ ...again(lost), origin: 'partner' })),
    'done',
    'a late pay is a repeat',
  )
  const twice = pay(today, '0000000001', 200_000n, { origin: 'statement' })
  t.equal(
    code(await spine.run(twice)),
    'done',
    "the debt is gone: the money is the customer's balance",
  )
  t.equal(
    (
      await at.db.read(scope, (tx) =>
        tx.one(
          query<[], { fen: bigint }>(
            'test_prepaid',
            `
    select prepaid_fen as fen from reli.customers where customer_id = 'cus_1'`,
          ),
          [],
        ),
      )
    ).fen,
    200_000n,
  )
  t.equal(code(await spine.run({ ...reverse(twice), origin: 'statement' })), 'done')
  const unknown = pay(today, '9999999999', 200_000n, { origin: 'statement' })
  t.equal(code(await spine.run(unknown)), 'customer.not_found')
  t.match(await spine.run(ask(unknown)), { is: 'done', value: { state: 'not_received' } })
  await close()
})

test('a connection that breaks in the middle costs time and nothing else', async (t) => {
  const { spine, today, at, admin, close } = await hub({ customers: 200 })
  // Taken away while they are in the middle of something, a fixed number of times.
  const kills = 8
  const killer = (async () => {
    for (let killed = 0; killed < kills; ) {
      const { rowCount } = await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where usename = 'reli_app' and datname = current_database() and xact_start is not null`)
      if (rowCount) killed++
      await new Promise((resolve) => setTimeout(resolve, rowCount ? 60 : 1))
    }
  })()
  const calls = Array.from({ length: 200 }, (_, n) =>
    pay(today, `${n + 1}`.padStart(10, '0'), 200_000n),
  )
  const outcomes: Outcome<unknown>[] = []
  let killed = false
  void killer.then(() => {
    killed = true
  })
  for (let from = 0; from < calls.length || !killed; from = from + 10) {
    const some = calls.slice(from % calls.length, (from % calls.length) + 10)
    outcomes.push(...(await Promise.all(some.map((call) => spine.run(again(call))))))
  }
  t.ok(
    outcomes.every((outcome) => outcome.is === 'done'),
    outcomes.map(code).join(),
  )
  t.same(await at.db.read(scope, (tx) => tx.one(sums, [])), {
    debtFen: 0n,
    paidFen: 40_000_000n,
    entries: 200,
  })
  await close()
})

test('a failure is a refusal only when nothing before it may have been committed', async (t) => {
  const spineOver = (...faults: Error[]) => {
    const tx = async () => {
      throw faults.shift()!
    }
    return createSpine({ db: { tx } as unknown as Db, companyId, log: silent })
  }
  const call = pay('2026-11-20', '0000000001', 200_000n)
  const lost = new CommitUnknown('the connection broke during COMMIT')
  t.equal(code(await spineOver(new Error('a bug')).run(call)), 'system.failed')
  t.match(await spineOver(lost, new Error('a bug')).run(again(call)), { is: 'unknown' })
})

test('a call that has expired is unknown, and nothing was booked', async (t) => {
  const { spine, today, at, close } = await hub()
  t.match(
    await spine.run(pay(today, '0000000001', 200_000n, { expiresAt: performance.now() - 1 })),
    { is: 'unknown' },
  )
  t.equal((await at.db.read(scope, (tx) => tx.one(sums, []))).entries, 0)
  await close()
})
