// A customer comes to the network, changes hands, leaves it, comes back and closes – and every
// event that can be taken back leaves the receivables as they were.
import assert from 'node:assert/strict'
import { fen } from '@reli/sdk'
import fc from 'fast-check'
import { test } from 'tap'
import { NotAllowed } from '../refusals.ts'
import { decide } from './decide.ts'
import type { AccountEvent } from './events.ts'
import type { CustomerState, Decision, Rules } from './state.ts'
import {
  begin,
  card,
  eventOf,
  household,
  lateFeeOf,
  owedBy,
  receivablesOf,
  rulesOf,
  somePolicy,
  steps,
  walk,
} from './test-accounts.ts'

type Told = AccountEvent extends infer E
  ? E extends AccountEvent
    ? Omit<E, 'eventId'>
    : never
  : never

const usual = rulesOf()
const flat = household(card(1, 9000))
const waiting: CustomerState = { ...flat, network: 'PENDING' }

function tell(events: readonly Told[], from = flat, rules: Rules = usual): Decision {
  let decision: Decision | undefined
  for (const [at, event] of events.entries()) {
    const named = { ...event, eventId: `e${at + 1}` } as AccountEvent
    decision = decide(decision?.state ?? from, named, rules)
  }
  return decision!
}

function refusalOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof NotAllowed) return error.code
    throw error
  }
  return 'accepted'
}

const check = (name: string, act: () => void) =>
  test(name, (t) => {
    act()
    t.end()
  })

const season = '2024-2025'
const open: Told = { type: 'OPEN_SEASON', on: '2024-07-15', season }
const close: Told = { type: 'CLOSE_SEASON', on: '2025-06-01', season }
const access = (on: string, effectiveOn = on): Told => {
  return { type: 'ACCESS', on, effectiveOn, openSeasons: [season], isProrated: true }
}
const pay = (on: string, amount: number): Told => {
  return { type: 'PAYMENT', on, amountFen: fen(amount), channel: 'COUNTER', funds: 'cash' }
}
const accessFee: Told = {
  type: 'ADDITIONAL_FEE',
  on: '2024-09-01',
  season,
  feeItem: 'ACCESS',
  areaNo: 0,
  amountFen: fen(450_000),
}
const disconnect = (on: string): Told => ({ type: 'DISCONNECT', on, effectiveOn: on })
const restore = (on: string): Told => {
  return { type: 'RESTORE', on, effectiveOn: on, openSeasons: [season] }
}
const takeBack = (on: string, takenBackId: string, more: object = {}): Told => {
  return { type: 'TAKE_BACK', on, takenBackId, ...more }
}

check('access opens the season that is open, in mid-season for the days that are left', () => {
  const { state } = tell([access('2024-09-01')], waiting)
  assert.equal(state.network, 'IN_NETWORK')
  assert.deepEqual(receivablesOf(state), { '2024-2025 A1 HEATING': 198_000n })
  // From 10 January 65 of 121 days.
  const late = tell([access('2025-01-10')], waiting)
  assert.deepEqual(receivablesOf(late.state), { '2024-2025 A1 HEATING': 106_364n })
  const whole = { ...access('2025-01-10'), isProrated: false } as Told
  assert.equal(owedBy(tell([whole], waiting).state), 198_000n)
})

check('the access fee is paid first, or planned and punctual', () => {
  assert.equal(
    refusalOf(() => tell([accessFee, access('2024-09-10')], waiting)),
    'access.unpaid',
  )
  const paid = tell([accessFee, pay('2024-09-05', 450_000), access('2024-09-10')], waiting)
  assert.equal(paid.state.network, 'IN_NETWORK')
  const plan: Told = {
    type: 'INSTALMENT_PLAN',
    on: '2024-09-01',
    season,
    shares: [400_000n, 600_000n],
    dueDates: ['2024-09-20', '2025-09-20'],
  }
  assert.equal(tell([accessFee, plan, access('2024-09-20')], waiting).state.network, 'IN_NETWORK')
  assert.equal(
    refusalOf(() => tell([accessFee, plan, access('2024-09-21')], waiting)),
    'access.unpaid',
  )
  assert.equal(
    refusalOf(() => tell([access('2024-09-01')])),
    'state.not_allowed',
  )
  assert.equal(
    refusalOf(() => tell([access('2024-09-01')], { ...waiting, cards: [] })),
    'area.missing',
  )
})

check('a name changes hands with its debts signed and its balance decided', () => {
  const change = (more: object): Told =>
    ({
      type: 'NAME_TRANSFER',
      on: '2024-10-01',
      isDebtTaken: false,
      balance: null,
      ...more,
    }) as Told
  assert.equal(
    refusalOf(() => tell([open, change({})])),
    'customer.in_arrears',
  )
  assert.equal(owedBy(tell([open, change({ isDebtTaken: true })]).state), 198_000n)
  const rich = [pay('2024-06-01', 30_000)]
  assert.equal(
    refusalOf(() => tell([...rich, change({})])),
    'balance.undecided',
  )
  const stays = tell([...rich, change({ balance: { is: 'STAYS' } })])
  assert.deepEqual([stays.state.balanceFen, stays.postings], [30_000n, []])
  const back = tell([...rich, change({ balance: { is: 'REFUNDED', funds: 'cash' } })])
  assert.equal(back.state.balanceFen, 0n)
  assert.deepEqual(
    back.postings.map(({ debit, credit, amountFen }) => [debit, credit, amountFen]),
    [['prepayment', 'cash', 30_000n]],
  )
})

check('who comes back pays from the day of the return, also a season opened meanwhile', () => {
  const away = [open, disconnect('2024-12-10')]
  assert.deepEqual(receivablesOf(tell(away).state), { '2024-2025 A1 HEATING': 40_909n })
  // 25 days before, 65 after.
  const { state } = tell([...away, pay('2024-12-11', 40_909), restore('2025-01-10')])
  assert.deepEqual(receivablesOf(state), { '2024-2025 A1 HEATING': 147_273n })
  assert.deepEqual([state.network, state.cards[0]!.status], ['IN_NETWORK', 'NORMAL'])
  const opened = tell([disconnect('2024-06-01'), open, restore('2025-01-10')])
  assert.deepEqual(receivablesOf(opened.state), { '2024-2025 A1 HEATING': 106_364n })
  assert.equal(
    refusalOf(() => tell([open, restore('2025-01-10')])),
    'area.in_network',
  )
  const before = { ...restore('2025-01-10'), effectiveOn: '2024-12-01' } as Told
  assert.equal(
    refusalOf(() => tell([...away, pay('2024-12-11', 40_909), before])),
    'restore.before_disconnect',
  )
})

check('who left twice is charged for the days between', () => {
  const settle = pay('2025-03-20', 1)
  const gone = [open, disconnect('2024-12-10'), pay('2024-12-10', 40_909), restore('2025-01-10')]
  const { state } = tell([...gone, disconnect('2025-02-10'), settle])
  // 25 and 31 days of 121.
  assert.deepEqual(receivablesOf(state), { '2024-2025 A1 HEATING': 91_636n })
})

check('an account is closed when nothing is owed either way, and then for ever', () => {
  const end: Told = { type: 'CLOSE_ACCOUNT', on: '2025-06-01' }
  assert.equal(
    refusalOf(() => tell([open, end])),
    'customer.in_arrears',
  )
  assert.equal(
    refusalOf(() => tell([open, pay('2024-12-01', 200_000), end])),
    'customer.has_balance',
  )
  const done = tell([open, pay('2024-12-01', 198_000), end])
  assert.equal(done.state.network, 'CLOSED')
  assert.equal(
    refusalOf(() => tell([open, pay('2024-12-01', 198_000), end, pay('2025-06-02', 1)])),
    'customer.closed',
  )
})

check('what was built upon an event is taken back first', () => {
  const stop: Told = {
    type: 'STOP',
    on: '2024-12-01',
    areaNo: 1,
    areaDm2: 'ALL',
    stopFrom: '2024-12-10',
    resumeOn: null,
  }
  const resume: Told = { type: 'RESUME', on: '2025-01-05', stopId: 'e2', resumeOn: '2025-01-10' }
  const history = [open, stop, resume]
  assert.equal(
    refusalOf(() => tell([...history, takeBack('2025-01-06', 'e2')])),
    'undo.not_last',
  )
  const stopped = tell([open, stop]).state
  const undone = tell([...history, takeBack('2025-01-06', 'e3')]).state
  assert.deepEqual(receivablesOf(undone), receivablesOf(stopped))
  const all = tell([...history, takeBack('2025-01-06', 'e3'), takeBack('2025-01-07', 'e2')])
  assert.deepEqual(receivablesOf(all.state), { '2024-2025 A1 HEATING': 198_000n })
  assert.equal(
    refusalOf(() => tell([open, stop, close, takeBack('2025-07-01', 'e2')])),
    'season.closed',
  )
})

check('a promise that is taken back bears late fee again from the next day', () => {
  const hold: Told = { type: 'ON_ACCOUNT', on: '2025-01-10', season, promisedOn: '2025-03-31' }
  const held = tell([open, hold]).state
  assert.equal(lateFeeOf(held, '2025-02-10'), 5_940n)
  const released = tell([open, hold, takeBack('2025-01-20', 'e2')]).state
  // Ten days before, and from 21 January eleven more.
  assert.equal(lateFeeOf(released, '2025-01-31'), 12_474n)
})

check('a plan that is taken back is one line again, unless somebody paid on it', () => {
  const plan: Told = {
    type: 'INSTALMENT_PLAN',
    on: '2024-08-01',
    season,
    shares: [500_000n, 500_000n],
    dueDates: ['2024-11-20', '2024-12-20'],
  }
  const { state } = tell([open, plan, takeBack('2024-08-02', 'e2')])
  assert.deepEqual(
    state.lines.map((line) => line.chargedFen),
    [198_000n, 0n, 0n],
  )
  assert.equal(
    refusalOf(() => tell([open, plan, pay('2024-08-02', 100), takeBack('2024-08-02', 'e2')])),
    'plan.paid',
  )
})

const reversible: readonly string[] = [
  'STOP',
  'FORCED_STOP',
  'RESUME',
  'AREA_CHANGE',
  'CLASS_CHANGE',
  'REDUCTION',
  'ADDITIONAL_FEE',
  'WRITE_OFF',
  'INSTALMENT_PLAN',
]

const sums = ({ lines }: CustomerState) => {
  const sum = (of: (line: CustomerState['lines'][number]) => bigint) =>
    lines.reduce((all, line) => all + of(line), 0n)
  return [sum((line) => line.reducedFen), sum((line) => line.writtenOffFen)]
}

test('taken back at once, an event leaves every receivable as it was', (t) => {
  const last = fc.tuple(fc.nat(99), fc.nat(9), fc.nat(9999), fc.nat(9999), fc.nat(9999))
  const seen = new Set<string>()
  fc.assert(
    fc.property(
      somePolicy,
      steps(1, 40),
      fc.array(last, { maxLength: 8 }),
      (policy, past, acts) => {
        const at = begin(rulesOf(policy))
        for (const [number, step] of past.entries()) walk(at, step, number)
        for (const [number, step] of acts.entries()) {
          const event = eventOf(at, step, `x${number}`)
          if (!reversible.includes(event.type)) continue
          const before = at.state
          if (refusalOf(() => decide(before, event, at.rules)) !== 'accepted') continue
          const { state } = decide(before, event, at.rules)
          const { eventId, type, on } = event
          const was = before.cards.find((each) => 'areaNo' in event && each.areaNo === event.areaNo)
          const isChange = type === 'AREA_CHANGE' || type === 'CLASS_CHANGE'
          const back: AccountEvent = {
            ...{ type: 'TAKE_BACK', eventId: `y${number}`, on, takenBackId: eventId },
            ...(isChange && was ? { card: { areaNo: was.areaNo, was } } : {}),
          }
          const after = decide(state, back, at.rules).state
          seen.add(type)
          assert.deepEqual(receivablesOf(after), receivablesOf(before), type)
          assert.deepEqual(sums(after), sums(before), type)
          assert.deepEqual(after.cards, before.cards, type)
        }
      },
    ),
    { numRuns: 300 },
  )
  t.same([...seen].sort(), reversible.toSorted())
  t.end()
})
