// The account engine where the histories of the calculator and the invariants are silent: which
// line gives way, what a closed season refuses, where money goes and which accounts it touches.
import assert from 'node:assert/strict'
import { type Fen, fen } from '@reli/sdk'
import { test } from 'tap'
import { outstandingOf } from '../accounts.ts'
import { NotAllowed } from '../refusals.ts'
import { dividedUnder } from '../splits.ts'
import { decide } from './decide.ts'
import type { AccountEvent } from './events.ts'
import type { CustomerState, Decision, Rules } from './state.ts'
import { card, household, lateFeeOf, owedBy, receivablesOf, rulesOf } from './test-accounts.ts'
import { decideMerge, decideSplit, decideTransfer } from './together.ts'

type Told = AccountEvent extends infer E
  ? E extends AccountEvent
    ? Omit<E, 'eventId'>
    : never
  : never

const usual = rulesOf()
const flat = household(card(1, 9000))

/** The decisions of events one after the other; their ids are e1, e2, … */
function tell(events: readonly Told[], rules: Rules = usual, from = flat): Decision {
  let decision: Decision | undefined
  for (const [at, event] of events.entries()) {
    const named = { ...event, eventId: `e${at + 1}` } as AccountEvent
    decision = decide(decision?.state ?? from, named, rules)
  }
  return decision!
}

const refusalOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof NotAllowed) return error.code
    throw error
  }
  return 'accepted'
}

const open: Told = { type: 'OPEN_SEASON', on: '2024-07-15', season: '2024-2025' }
const openNext: Told = { type: 'OPEN_SEASON', on: '2025-07-15', season: '2025-2026' }
const close: Told = { type: 'CLOSE_SEASON', on: '2025-06-01', season: '2024-2025' }
const pay = (on: string, amount: number, more: object = {}): Told => {
  return { type: 'PAYMENT', on, amountFen: fen(amount), channel: 'COUNTER', funds: 'bank', ...more }
}
const stop = (on: string, stopFrom: string, more: object = {}): Told => {
  return { type: 'STOP', on, areaNo: 1, areaDm2: 'ALL', stopFrom, resumeOn: null, ...more }
}
const area = (on: string, areaDm2: number): Told => {
  return { type: 'AREA_CHANGE', on, areaNo: 1, billingDm2: fen(areaDm2) as never, effectiveOn: on }
}
const chargedOf = ({ lines }: CustomerState) => lines.map((line) => line.chargedFen)
const postingsOf = ({ postings }: Decision) =>
  postings.map(({ debit, credit, amountFen }) => `${debit} > ${credit} ${amountFen}`)

const check = (name: string, act: () => void) =>
  test(name, (t) => {
    act()
    t.end()
  })

check('what was added last gives way first, and its due date with it', () => {
  const grown = tell([open, area('2025-01-10', 9650)])
  assert.deepEqual(
    grown.state.lines.map((line) => line.lateFeeTerms.dueOn),
    ['2024-12-31', '2025-01-25'],
  )
  const back = { ...area('2025-01-12', 9000), effectiveOn: '2025-01-10' } as Told
  assert.deepEqual(chargedOf(tell([open, area('2025-01-10', 9650), back]).state), [198_000n, 0n])
})

check('a forced stop that goes on leaves the next season its late fee', () => {
  const forced: Told = { type: 'FORCED_STOP', on: '2025-01-10', closedOn: '2025-01-10' }
  const refund: Told = { type: 'REFUND', on: '2025-02-01', amountFen: fen(85_091), funds: 'bank' }
  const { state } = tell([open, pay('2024-12-01', 198_000), forced, refund, openNext])
  assert.deepEqual(state.lines.map(outstandingOf), [0n, 0n, 39_600n])
  assert.equal(lateFeeOf(state, '2026-01-10'), 1_188n)
})

check('a forced stop over a partial one stops the room once', () => {
  const partial = stop('2024-10-01', '2024-11-15', { areaDm2: 3000n })
  const forced: Told = { type: 'FORCED_STOP', on: '2025-01-10', closedOn: '2025-01-10' }
  const { state } = tell([open, partial, forced])
  // 90 × 65 + 30 × 56 = 7,530 m²-days.
  assert.deepEqual(receivablesOf(state), {
    '2024-2025 A1 HEATING': 61_091n,
    '2024-2025 A1 BASE_HEAT': 27_382n,
  })
})

check('a season that was paid in two goes earns no discount on any line', () => {
  const two = household(card(1, 9000), card(2, 9000))
  const first = pay('2024-08-01', 198_000)
  const { state } = tell([open, first, pay('2024-08-02', 198_000)], usual, two)
  assert.deepEqual([owedBy(state), state.lines.map((line) => line.discountFen)], [0n, [0n, 0n]])
  const once = tell([open, pay('2024-08-01', 388_080)], usual, two)
  assert.deepEqual([owedBy(once.state), once.state.balanceFen], [0n, 0n])
})

check('who leaves old arrears has no discount on the season that is paid first', () => {
  const old: Told = {
    type: 'IMPORT_ARREARS',
    on: '2025-07-01',
    season: '2024-2025',
    feeItem: 'HEATING',
    areaNo: 1,
    amountFen: fen(50_000),
    receivedFen: fen(0),
  }
  const current = rulesOf({ order: 'CURRENT_FIRST' })
  const { state } = tell([old, openNext, pay('2025-08-01', 194_040)], current)
  assert.equal(
    state.lines.reduce((sum, line) => sum + line.discountFen, 0n),
    0n,
  )
  assert.equal(owedBy(state), 50_000n + 3_960n)
})

check('instalments are paid the earliest due first, whatever their order', () => {
  const plan: Told = {
    type: 'INSTALMENT_PLAN',
    on: '2024-08-01',
    season: '2024-2025',
    shares: [600_000n, 400_000n],
    dueDates: ['2024-12-20', '2024-11-20'],
  }
  const { state } = tell([open, plan, pay('2024-11-01', 79_200)])
  assert.deepEqual(state.lines.map(outstandingOf), [0n, 118_800n, 0n])
  const wrong = { ...plan, shares: [600_000n, 300_000n] } as Told
  assert.equal(
    refusalOf(() => tell([open, wrong])),
    'plan.shares_differ',
  )
})

check('a resume for the next season leaves the one that ends, whatever the policy', () => {
  const rules = rulesOf({ resume: 'FULL_SEASON' })
  const resume: Told = { type: 'RESUME', on: '2025-06-10', stopId: 'e2', resumeOn: '2025-11-15' }
  const { state } = tell([open, stop('2025-01-05', '2025-01-10'), close, resume, openNext], rules)
  assert.deepEqual(receivablesOf(state), {
    '2024-2025 A1 HEATING': 91_636n,
    '2024-2025 A1 BASE_HEAT': 21_273n,
    '2025-2026 A1 HEATING': 198_000n,
  })
  const early = { ...resume, on: '2025-03-10' } as Told
  const { state: before } = tell([open, stop('2025-01-05', '2025-01-10'), early], rules)
  assert.equal(receivablesOf(before)['2024-2025 A1 HEATING'], 91_636n)
})

check('a discount on what the balance had left does not grow when the line shrinks', () => {
  const paid = [pay('2024-07-01', 50_000), open, pay('2024-08-01', 145_040)]
  const smaller = { ...area('2024-08-02', 8990), effectiveOn: '2024-08-02' } as Told
  const { state } = tell([...paid, smaller])
  assert.deepEqual(
    state.lines.map((line) => line.discountFen),
    [2_960n],
  )
  assert.equal(state.balanceFen, 220n)
})

check('a stop accepted before its season is opened waits for it', () => {
  const { state } = tell([stop('2024-06-01', '2024-11-15'), open])
  assert.deepEqual(receivablesOf(state), { '2024-2025 A1 BASE_HEAT': 39_600n })
  const cancel: Told = { type: 'CANCEL_STOP', on: '2024-06-02', stopId: 'e1' }
  assert.deepEqual(chargedOf(tell([stop('2024-06-01', '2024-11-15'), cancel, open]).state), [
    198_000n,
  ])
})

check('a closed season refuses what changes its structure, and takes a reduction', () => {
  const cancel: Told = { type: 'CANCEL_STOP', on: '2025-06-02', stopId: 'e2' }
  const stopped = [open, stop('2025-01-05', '2025-01-10'), close]
  assert.equal(
    refusalOf(() => tell([...stopped, cancel])),
    'season.closed',
  )
  const amountFen = fen(1000)
  const reduce: Told = {
    type: 'REDUCTION',
    on: '2025-06-02',
    season: '2024-2025',
    feeItem: 'HEATING',
    by: { mode: 'AMOUNT', amountFen },
  }
  assert.equal(tell([...stopped, reduce]).state.lines[0]!.reducedFen, 1000n)
})

check('a stop is refused by its guards and leaves the state as it was', () => {
  const before = tell([open]).state
  const code = (event: Told, rules = usual, from = before) =>
    refusalOf(() => tell([event], rules, from))
  assert.equal(code(stop('2025-01-05', '2025-01-10', { areaDm2: 9001n })), 'stop.above_area')
  assert.equal(code(stop('2025-01-05', '2025-01-10', { areaNo: 9 })), 'area.unknown')
  assert.equal(
    code(stop('2025-01-05', '2025-01-10'), usual, { ...before, controlMode: 'SERIES' }),
    'customer.in_series',
  )
  const whole = rulesOf({ stops: { granularity: 'WHOLE_SEASON', maxCycles: 1 } })
  assert.equal(code(stop('2025-01-05', '2025-01-10'), whole), 'stop.not_whole_season')
  const forbidding = rulesOf({ arrearsForbid: ['STOP'] })
  const owing = tell([open, openNext]).state
  assert.equal(code(stop('2025-08-05', '2025-11-20'), forbidding, owing), 'customer.in_arrears')
  assert.deepEqual(tell([open]).state, before)
})

check(
  'the metered settlement takes the place of the area fee, and a saving is the customer’s',
  () => {
    const meter: Told = {
      ...{ type: 'METER_SETTLEMENT', on: '2025-04-01', season: '2024-2025', areaNo: 1 },
      ...{ capacityFen: fen(75_000), meteredFen: fen(60_000) },
      policy: { capRate: null, settlement: 'REFUND_ONLY' },
    }
    const { state } = tell([open, pay('2024-12-01', 198_000), meter])
    assert.deepEqual(receivablesOf(state), {
      '2024-2025 A1 CAPACITY_HEAT': 75_000n,
      '2024-2025 A1 METERED_HEAT': 60_000n,
    })
    assert.deepEqual([owedBy(state), state.balanceFen], [0n, 63_000n])
  },
)

check('a locked price holds for the prepaid share of the area', () => {
  const opening = { ...open, lockedPrices: { RES: 200_000n } } as Told
  const { state } = tell([pay('2024-07-01', 90_000), opening])
  // Half of 90 m² at 20, half at 22.
  assert.deepEqual(chargedOf(state), [189_000n])
  assert.deepEqual(chargedOf(tell([pay('2024-07-01', 90_000), open]).state), [198_000n])
})

check('AT_PAYMENT the balance is part of the next payment, its discount included', () => {
  const rules = rulesOf({ balanceApplies: 'AT_PAYMENT' })
  const { state } = tell([pay('2024-07-01', 50_000), open, pay('2024-08-01', 144_040)], rules)
  assert.deepEqual([owedBy(state), state.balanceFen, state.lines[0]!.discountFen], [0n, 0n, 3_960n])
  const undo: Told = { type: 'REVERSE_PAYMENT', on: '2024-08-05', paymentId: 'e3' }
  const undone = tell([pay('2024-07-01', 50_000), open, pay('2024-08-01', 144_040), undo], rules)
  assert.deepEqual([owedBy(undone.state), undone.state.balanceFen], [198_000n, 50_000n])
})

check('a payment whose money was paid out again cannot be undone', () => {
  const refund: Told = { type: 'REFUND', on: '2025-02-01', amountFen: fen(80_000), funds: 'bank' }
  const undo: Told = { type: 'REVERSE_PAYMENT', on: '2025-02-02', paymentId: 'e2' }
  const paid = [open, pay('2024-12-01', 198_000), stop('2025-01-05', '2025-01-10')]
  assert.equal(
    refusalOf(() => tell([...paid, refund, undo])),
    'payment.spent',
  )
  const undone = tell([...paid, undo]).state
  assert.deepEqual([owedBy(undone), undone.balanceFen], [112_909n, 0n])
  const wrongDay: Told = { type: 'VOID_PAYMENT', on: '2024-12-02', paymentId: 'e2' }
  assert.equal(
    refusalOf(() => tell([...paid.slice(0, 2), wrongDay])),
    'payment.of_another_day',
  )
})

check('cash that is rounded down settles the line, and the ledger says what was let off', () => {
  const decision = tell([open, pay('2024-12-01', 197_990, { roundingFen: fen(10) })])
  assert.equal(owedBy(decision.state), 0n)
  assert.deepEqual(postingsOf(decision), [
    'bank > receivable 197990',
    'income.rounding > receivable 10',
  ])
  const tooMuch = pay('2024-12-01', 198_000, { roundingFen: fen(10) })
  assert.equal(
    refusalOf(() => tell([open, tooMuch])),
    'payment.rounding_wrong',
  )
})

check('a stop after payment posts the smaller debt, the new one and the credit', () => {
  const decision = tell([open, pay('2024-08-01', 194_040), stop('2025-01-05', '2025-01-10')])
  assert.deepEqual(postingsOf(decision), [
    'contract_liability > receivable 106364',
    'receivable > contract_liability 21273',
    'receivable > contract_liability 2127',
    'receivable > prepayment 104237',
    'prepayment > receivable 21273',
  ])
  assert.equal(decision.state.balanceFen, 82_964n)
  assert.deepEqual(
    decision.changes.map(({ causeId }) => causeId),
    ['e3', 'e3'],
  )
})

check('bad debt is written off with its late fee, and a later stop takes it back', () => {
  const writeOff: Told = { type: 'WRITE_OFF', on: '2025-05-01', season: '2024-2025' }
  const { state } = tell([open, writeOff])
  assert.deepEqual([owedBy(state), lateFeeOf(state, '2025-05-01')], [0n, 0n])
  assert.equal(
    refusalOf(() => tell([open, writeOff, writeOff])),
    'charge.settled',
  )
  const stopped = tell([open, writeOff, stop('2025-05-02', '2025-01-10')]).state
  assert.equal(stopped.lines[0]!.writtenOffFen, 91_636n)
})

check('a transfer is zero-sum and only inside one company', () => {
  const rich = tell([pay('2024-08-01', 85_091)]).state
  const poor: CustomerState = { ...tell([open]).state, customerId: 'cus_2' }
  const event = {
    type: 'TRANSFER',
    eventId: 't',
    on: '2024-08-02',
    amountFen: fen(50_000),
  } as const
  const [from, to] = decideTransfer(rich, poor, event, usual)
  assert.deepEqual(
    [from.state.balanceFen, owedBy(to.state), to.state.balanceFen],
    [35_091n, 148_000n, 0n],
  )
  assert.deepEqual(
    [...postingsOf(from), ...postingsOf(to)],
    ['prepayment > transfer 50000', 'transfer > prepayment 50000', 'prepayment > receivable 50000'],
  )
  const above = { ...event, amountFen: fen(85_092) }
  assert.equal(
    refusalOf(() => decideTransfer(rich, poor, above, usual)),
    'balance.insufficient',
  )
  const foreign = { ...poor, companyId: 'other' }
  assert.equal(
    refusalOf(() => decideTransfer(rich, foreign, event, usual)),
    'transfer.other_company',
  )
})

check('children keep what the split gave them when their season goes on', () => {
  const { state } = tell([open, pay('2024-12-01', 100_001)], usual, household(card(1, 10_000)))
  const child = (customerId: string, areaDm2: number) => {
    return { customerId, nature: 'RESIDENT', cards: [card(1, areaDm2)] }
  }
  const children = [child('a', 3333), child('b', 3333), child('c', 3334)]
  const split = { type: 'SPLIT', eventId: 's', on: '2025-01-05', children } as const
  const [parent, ...born] = decideSplit(state, split, usual)
  assert.deepEqual(parent.state.successorIds, ['a', 'b', 'c'])
  assert.deepEqual(
    born.map((of) => chargedOf(of.state)),
    [[73_326n], [73_326n], [73_348n]],
  )
  for (const { state: own } of born) {
    const cancel: Told = { type: 'CANCEL_STOP', on: '2025-01-06', stopId: 'e1' }
    const after = tell([stop('2025-01-06', '2025-01-10'), cancel], usual, own).state
    assert.deepEqual(receivablesOf(after), receivablesOf(own))
  }
  const odd = { ...split, children: children.slice(0, 2) }
  assert.equal(
    refusalOf(() => decideSplit(state, odd, usual)),
    'split.areas_differ',
  )
  const merge = { type: 'MERGE', eventId: 'm', on: '2025-01-06' } as const
  const [, gone] = decideMerge(born[0]!.state, born[1]!.state, merge, usual)
  assert.equal(
    refusalOf(() => tell([pay('2025-01-07', 1)], usual, gone.state)),
    'customer.closed',
  )
})

check('no part of a division is above its limit', () => {
  const of = (...amounts: number[]): Fen[] => amounts.map(fen)
  assert.deepEqual(dividedUnder(fen(2), [1n, 1n, 1n], of(1, 0, 1)), of(1, 0, 1))
  assert.deepEqual(dividedUnder(fen(7), [1n, 1n], of(3, 4)), of(3, 4))
})
