// Everybody at once on one account: approvals at the desk, a counter payment, a bank's payment and
// its reversal. Whatever the order in which they get the lock, the result is that of one of the
// orders in which they could have come one after the other; who comes too late is told why.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fen, fen } from '@reli/sdk'
import tap, { test } from 'tap'
import { quoteOf } from '../billing/engine/quote.ts'
import { bookEvents } from '../billing/events/run.ts'
import { gatherStates } from '../billing/store/gather.ts'
import { bookingOn, companyId, scope, testCompany } from '../billing/store/test-company.ts'
import { takeEventIds } from '../billing/store/write.ts'
import { channelAccounts } from '../ledger/chart.ts'
import type { Call } from './handlers.ts'
import { createSpine } from './run.ts'
import { assertSound } from './test-company.ts'

const { db, admin, rules, newAccount, close } = await testCompany()
tap.teardown(close)
const {
  rows: [{ today }],
} = await admin.query(`select (now() at time zone 'Asia/Shanghai')::date::text as today`)
await admin.query(`
  insert into reli.channels (company_id, channel_id, title, connector, date_rule, open_bank_date,
      unknown_profile, single_limit_fen, part_min_fen, part_step_fen, max_seasons, clearing_account)
    values ('c1', 'rcu', '农信社', 'rcu', 'signed_on', '${today}', 'bank_reverses', 50000000, 1, 1, 6,
            'clearing:rcu');
  insert into reli.outlets values ('c1', 'rcu', '4020000101', '城关信用社');
  update reli.seasons set open_for_collection = true`)
for (const { account, code, name, side } of channelAccounts('rcu', '农信社')) {
  const values = [companyId, account, code, name, side]
  await admin.query('insert into reli.accounts values ($1, $2, $3, $4, $5)', values)
}

const failures: object[] = []
const spine = createSpine({ db, companyId, log: { error: (detail) => failures.push(detail) } })

/** Something that is done to the account; the answer in one word. */
type Act = (customerId: string) => Promise<string>

interface Asked {
  type: string
  [field: string]: unknown
}

const event =
  (asked: Asked): Act =>
  (customerId) =>
    db.tx(scope, async (tx) => {
      const [eventId] = await takeEventIds(tx, 1)
      const record = { event: { ...asked, eventId } as never, customerId, madeBy: 'test' }
      const [result] = await bookEvents(tx, { companyId, rules, bookingOn }, [record])
      return result!.is === 'refused' ? result!.code : 'done'
    })

let serials = 0
const call = (operation: Call['operation'], serial: string, input: object, more = {}): Call => ({
  channel: 'rcu',
  operation,
  key: { bankDate: today, serial },
  input: input as never,
  origin: 'partner',
  expiresAt: performance.now() + 20_000,
  ...more,
})

const bank =
  (amountFen: Fen, more = {}): Act =>
  async (customerNo) => {
    const serial = `${++serials}`.padStart(12, '0')
    const input = { customerNo, amountFen, outlet: '4020000101' }
    const outcome = await spine.run(call('payment.pay', serial, input, more))
    return outcome.is === 'refused' ? outcome.code : outcome.is
  }

const open = { type: 'OPEN_SEASON', on: '2024-08-20', season: '2024-2025' }
const counter = (amountFen: Fen): Asked => {
  return { type: 'PAYMENT', on: today, amountFen, channel: 'counter', funds: 'cash' }
}
const reduction = {
  type: 'REDUCTION',
  on: today,
  season: '2024-2025',
  feeItem: 'HEATING',
  by: { mode: 'PERCENT', share: 200_000n },
}
const growth = {
  type: 'AREA_CHANGE',
  on: today,
  areaNo: 1,
  billingDm2: 9_900n,
  effectiveOn: '2024-11-15',
}
const shrinking = { ...growth, billingDm2: 5_000n }

async function stateOf(customerId: string) {
  const states = await db.tx(scope, (tx) =>
    gatherStates(tx, companyId, [customerId], 'read', rules),
  )
  return states.get(customerId)!
}

/** What is owed, what came in and what is left over, line by line; ids are each account's own. */
async function outcomeOf(customerId: string, answers: readonly string[]): Promise<string> {
  const { lines, balanceFen, payments } = await stateOf(customerId)
  const amounts = lines
    .map((line) => {
      const { season, areaNo, feeItem, receivableFen, paidFen, discountFen, lateFee } = line
      assert(paidFen + discountFen <= receivableFen, 'a line is never paid beyond what it is')
      const { paidFen: latePaidFen, settledProduct } = lateFee
      const of = [receivableFen, paidFen, discountFen, latePaidFen, settledProduct]
      return `${season} ${areaNo} ${feeItem} ${of.join(' ')}`
    })
    .sort()
  const paid = payments.filter(({ state }) => state === 'PAID').map(({ amountFen }) => amountFen)
  return JSON.stringify({ answers, amounts, balance: `${balanceFen}`, paid: `${paid.sort()}` })
}

async function opened(): Promise<string> {
  const customerId = await newAccount()
  assert.equal(await event(open)(customerId), 'done')
  return customerId
}

/** Every order of the acts, each on an account of its own: what may come out. */
async function inEveryOrder(acts: readonly Act[]): Promise<Set<string>> {
  const outcomes = new Set<string>()
  for (const order of ordersOf(acts.map((_, at) => at))) {
    const customerId = await opened()
    const answers: string[] = []
    for (const at of order) answers[at] = await acts[at]!(customerId)
    outcomes.add(await outcomeOf(customerId, answers))
  }
  return outcomes
}

function ordersOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((first) =>
    ordersOf(items.filter((each) => each !== first)).map((rest) => [first, ...rest]),
  )
}

/** Starts move by about what a lock is held for, so that each act is the first one sometimes. */
const startsWithinMs = 25

async function atOnce(acts: readonly Act[], rounds: number): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    const customerId = await opened()
    const answers: string[] = []
    await Promise.all(
      acts.map(async (act, at) => {
        await sleep(Math.random() * startsWithinMs)
        answers[at] = await act(customerId)
      }),
    )
    const outcome = await outcomeOf(customerId, answers)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  return outcomes
}

async function deadlocks(): Promise<number> {
  const { rows } = await admin.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  )
  return rows[0].deadlocks
}

/** With its late fee of today. */
const payable = fen(
  quoteOf(await stateOf(await opened()), today, 'rcu').reduce((sum, of) => sum + of.payableFen, 0n),
)

const cases: [what: string, acts: Act[]][] = [
  [
    'two approvals, a bank and a counter that both take all that is owed',
    [event(reduction), event(growth), bank(payable), event(counter(payable))],
  ],
  [
    'the debt shrinks under a payment that is on its way',
    [event(shrinking), bank(payable), event(counter(fen(50_000)))],
  ],
  [
    'a season is opened while a bank and a counter take money',
    [
      event({ type: 'OPEN_SEASON', on: today, season: '2025-2026' }),
      bank(payable),
      event(counter(fen(400_000))),
    ],
  ],
  [
    "a settled file's payment goes to the balance while the account changes",
    [
      event({ type: 'REFUND', on: today, amountFen: 100_000n, funds: 'cash' }),
      bank(payable, { origin: 'statement' }),
      event(counter(payable)),
    ],
  ],
]

for (const [what, acts] of cases) {
  test(`at once is as one after the other: ${what}`, async (t) => {
    const possible = await inEveryOrder(acts)
    t.ok(possible.size > 1, 'the order matters, so there is something to lose')
    for (const outcome of (await atOnce(acts, 20)).keys()) {
      t.ok(possible.has(outcome), `${outcome} is the result of an order`)
    }
    t.same(failures, [], 'no batch failed')
    t.equal(await deadlocks(), 0)
    await assertSound(db)
  })
}
