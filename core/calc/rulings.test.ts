// The rulings of domain.md §4.19, R1 to R47, one test each, asked of the calculator: what they
// decide is what an auditor will ask first.
import assert from 'node:assert/strict'
import { test } from 'tap'
import { afterwards, ask, linesOf, season, tell } from './test-asking.ts'

const ruling = (name: string, check: () => void) =>
  test(name, (t) => {
    check()
    t.end()
  })

const open: [string, string, object] = ['2025-08-01', 'OPEN_SEASON', { season: '2025-2026' }]
const pay = (date: string, amount: string, more: object = {}): [string, string, object] => [
  date,
  'PAYMENT',
  { amount, channel: 'COUNTER', ...more },
]
const stopAll = (date: string, stop_from: string): [string, string, object] => [
  date,
  'STOP',
  { area_item: 'A1', area: 'ALL', stop_from, resume_on: null },
]
const wider: [string, string, object] = [
  '2026-01-10',
  'AREA_CHANGE',
  { area_item: 'A1', billing_area: '96.50', effective: '2026-01-01' },
]
const reduce980: [string, string, object] = [
  '2026-01-10',
  'REDUCTION',
  { mode: 'AMOUNT', value: '980.00' },
]
const query = (date: string): [string, string] => [date, 'QUERY']
const room = { season, billing_area: '90.00', unit_price: '22' }
const stop = (area: string, stop_from: string, resume_on: string | null = null) => {
  return { area, stop_from, resume_on }
}
const overdue = { principal: '1980.00', due_date: '2025-12-31', on: '2026-02-10' }
const noCap = { late_fee_cap: null, late_fee_rate: '0.001' }
const tiers = {
  tiers: [{ from: '2025-09-01', to: '2025-09-30', rate: '0.02' }],
  channel_bonus: { WECHAT: '0.005' },
}
const discountOf = (more: object, discount: object = {}) =>
  ask(
    'discount',
    {
      ...{ lines: [{ fee_item: 'HEATING', amount: '1980.00' }], nature: 'RESIDENT' },
      ...{ channel: 'WECHAT', paid_at: '2025-09-30T23:59:59', ...more },
    },
    { discount: { ...tiers, ...discount } },
  )

ruling('R1: the late fee is rounded for each line, and the total is the sum', () => {
  const events = [open, stopAll('2025-09-01', '2026-01-10'), query('2026-01-05')] as never
  assert.equal(afterwards(events).late_fee_due, '5.64') // On the sum it would be 5.65.
})

ruling(
  'R2: what changes after the due date counts from the next day, an increase from its own',
  () => {
    // 81.18 + 1.40.
    assert.equal(afterwards([open, wider, query('2026-02-10')]).late_fee_due, '82.58')
    assert.equal(afterwards([open, reduce980, query('2026-02-10')]).late_fee_due, '50.80')
  },
)

ruling('R3: the cap measures by the receivable at the due date and rounds half up', () => {
  const late_fee = { late_fee_rate: '0.001', late_fee_cap: '0.30', due_date: '2025-12-31' }
  const dates = { heat_start: '2025-11-15', heat_end: '2026-03-15', prices: { RES: '22.00' } }
  const seasons = { '2025-2026': { ...dates, late_fee } }
  const state = afterwards([open, reduce980, query('2030-01-01')], { seasons })
  assert.equal(state.late_fee_due, '594.00')
  const half = { ...overdue, principal: '100.05', on: '2030-01-01' }
  assert.equal(ask('late_fee', half, { ...noCap, late_fee_cap: '0.30' }).accrued, '30.02')
})

ruling('R4: a waiver in per cent is of what is due on that day', () => {
  const payments = [{ date: '2026-02-10', principal: '0.00', late: '31.18' }]
  const answer = ask('late_fee', { ...overdue, payments, waive_percent: '0.50' }, noCap)
  assert.deepEqual([answer.waived, answer.due], ['25.00', '25.00'])
})

ruling('R5: after a broken promise the late fee runs from the day after it', () => {
  const answer = ask('late_fee', { ...overdue, promised_on: '2026-01-20' }, noCap)
  assert.deepEqual([answer.days, answer.due], [21, '41.58'])
})

ruling('R6: a forced stop ends the late fee of its season only, and old days stay free', () => {
  const events: [string, string, object?][] = [
    ['2025-07-01', 'IMPORT_ARREARS', { season: '2024-2025', receivable: '1000.00' }],
    open,
    ['2026-01-16', 'FORCED_STOP', { area_item: 'A1' }],
  ]
  // 406.00 + 29.70.
  assert.equal(afterwards([...events, query('2026-02-10')]).late_fee_due, '435.70')
  const resume: [string, string, object] = [
    '2026-02-01',
    'RESUME',
    { stop_seq: 3, resume_on: '2026-02-05' },
  ]
  // Six new days on 1,014.55 of HEATING and 65.45 of BASE_HEAT.
  assert.equal(afterwards([...events, resume, query('2026-02-10')]).late_fee_due, '442.18')
})

ruling('R7: the due date is the last day without late fee', () => {
  const on = (date: string) => ask('late_fee', { ...overdue, on: date }, noCap).days
  assert.deepEqual([on('2025-12-31'), on('2026-01-01')], [0, 1])
})

ruling('R8: every instalment has its own due date, cap and rounding', () => {
  const plan = {
    amount: '1000.00',
    shares: ['0.5', '0.5'],
    due_dates: ['2025-10-31', '2025-12-31'],
  }
  const policy = { late_fee_rate: '0.001', late_fee_cap: '0.30' }
  const late = (on: string) => ask('instalments', { ...plan, on }, policy).late_fees
  assert.deepEqual(late('2026-01-10'), ['35.50', '5.00'])
  assert.deepEqual(late('2028-01-10'), ['150.00', '150.00'])
})

ruling(
  'R9: SLICE gives the late fee what is left of the payment, and one fen to the principal',
  () => {
    const debts = [{ id: 'S', season: '2025-2026', principal: '1980.00', late: '81.18' }]
    const policy = { allocation_within: 'SLICE' }
    const paid = (amount: string) => ask('allocation', { debts, amount }, policy).paid
    assert.deepEqual(paid('1000.00'), [{ id: 'S', principal: '960.61', late: '39.39' }])
    assert.deepEqual(paid('0.01'), [{ id: 'S', principal: '0.01', late: '0.00' }])
  },
)

ruling('R10: a balance pays the oldest debt at every posting, unless MANUAL', () => {
  const old: [string, string, object] = [
    '2025-07-02',
    'IMPORT_ARREARS',
    { season: '2024-2025', receivable: '300.00' },
  ]
  const events = [pay('2025-07-01', '500.00'), old, open]
  const late = 300 * 183 // 1 ‰ × 183 days = 54.90
  assert.equal(late, 54_900)
  const state = afterwards(events)
  assert.deepEqual([state.balance, state.outstanding], ['0.00', '1834.90'])
  const kept = afterwards(events, { policy: { balance_auto_apply: 'MANUAL' } })
  assert.deepEqual([kept.balance, kept.outstanding], ['500.00', '2280.00'])
})

ruling('R11: what a smaller line has too much goes to its siblings before the balance', () => {
  const state = afterwards([
    open,
    pay('2025-11-20', '1000.00'),
    stopAll('2026-01-05', '2026-01-10'),
  ])
  assert.deepEqual(linesOf(state), { HEATING: '916.36', BASE_HEAT: '212.73' })
  assert.deepEqual([state.balance, state.outstanding], ['0.00', '129.09'])
})

const debt = (id: string, fee_item: string, area_no = 1) => {
  return { id, season: '2025-2026', fee_item, area_no, principal: '100.00', late: '0.00' }
}
const firstPaid = (...debts: object[]) =>
  ask('allocation', { debts, amount: '100.00' }).paid.find(
    (of: { principal: string }) => of.principal === '100.00',
  ).id

ruling('R12: rooms of the same season and item are paid by their number', () => {
  assert.equal(firstPaid(debt('second', 'HEATING', 2), debt('first', 'HEATING', 1)), 'first')
})

ruling('R13: the inspection penalty is paid directly after the recovery', () => {
  const [recovery, penalty] = [debt('r', 'INSPECTION_RECOVERY'), debt('p', 'INSPECTION_PENALTY')]
  assert.equal(firstPaid(penalty, recovery), 'r')
  assert.equal(firstPaid(debt('a', 'ACCESS'), penalty), 'p')
})

ruling('R14: the discount is rounded for each line', () => {
  const line = { fee_item: 'HEATING', amount: '100.10' }
  assert.equal(discountOf({ lines: [line, line] }).discount, '5.00')
})

ruling('R15: a part payment earns no discount, whatever the switch says', () => {
  const answer = discountOf({ amount: '1930.49' }, { needs_full_payment: false })
  assert.deepEqual([answer.discount, answer.current_left], ['0.00', '49.51'])
})

ruling(
  'R16: a balance in the same transaction is part of the one payment, at opening no bar',
  () => {
    const together = discountOf({ balance: '500.00', amount: '1430.50' })
    assert.deepEqual([together.discount, together.current_left], ['49.50', '0.00'])
    assert.equal(discountOf({ balance_applied: '500.00' }).discount, '37.00')
    assert.equal(discountOf({ paid_before: '500.00' }).discount, '0.00')
  },
)

ruling('R17: who pays more than the discounted amount keeps the rest as balance', () => {
  const answer = discountOf({ amount: '1980.00' })
  assert.deepEqual([answer.discount, answer.to_balance], ['49.50', '49.50'])
})

ruling('R18: only a household that is wholly stopped has no discount', () => {
  assert.equal(discountOf({ stopped: true }, { exclude_stopped: true }).discount, '0.00')
  assert.equal(discountOf({ stopped: false }, { exclude_stopped: true }).discount, '49.50')
  const partly = afterwards([
    open,
    ['2025-08-02', 'STOP', { area_item: 'A1', area: '30.00', stop_from: '2025-11-15' }],
    pay('2025-08-03', '1425.60'),
  ])
  assert.equal(partly.seasons['2025-2026'].discount, '26.40') // 2 % of 1,320.00; 132.00 base.
})

ruling('R19: a discount follows its line downwards, never up, and a reduction leaves it', () => {
  const discounted = [open, pay('2025-08-03', '1940.40')]
  const discount = (...more: [string, string, object?][]) =>
    afterwards([...discounted, ...more]).seasons['2025-2026'].discount
  assert.equal(discount(), '39.60')
  assert.equal(discount(wider), '39.60')
  assert.equal(discount(reduce980), '39.60')
  const stopped = stopAll('2026-01-05', '2026-01-10')
  assert.equal(discount(stopped), '18.33')
  assert.equal(discount(stopped, ['2026-01-06', 'CANCEL_STOP', { stop_seq: 3 }]), '18.33')
})

ruling('R20: no tier, no bonus', () => {
  assert.equal(discountOf({ paid_at: '2025-08-31T23:59:59' }).discount, '0.00')
})

ruling('R21: FULL_SEASON makes HEATING full and BASE_HEAT nothing, also in mid-season', () => {
  const input = { ...room, stop_from: '2025-12-01', resume_on: '2026-01-20', base_paid: '300.00' }
  const answer = ask('resume', input, { resume_policy: 'FULL_SEASON' })
  assert.deepEqual([answer.heating, answer.base_heat, answer.due], ['1980.00', '0.00', '1680.00'])
  const policy = { resume_policy: 'FULL_SEASON' }
  const resume: [string, string, object] = [
    '2026-01-15',
    'RESUME',
    { stop_seq: 2, resume_on: '2026-01-20' },
  ]
  assert.deepEqual(
    linesOf(afterwards([open, stopAll('2025-11-20', '2025-12-01'), resume], { policy })),
    {
      HEATING: '1980.00',
    },
  )
})

ruling('R22: under a fixed D a stop has at most D days, and over the whole season just D', () => {
  const fixed = { d_mode: 'FIXED', d_fixed: 120 }
  const part = { ...room, billing_area: '110.00', stops: [stop('30.00', '2025-11-15')] }
  assert.equal(ask('stop', part, fixed).heating, '1760.00')
  const whole = ask('stop', { ...room, stops: [stop('90.00', '2025-11-15')] }, fixed)
  assert.deepEqual([whole.stop_days, whole.heating], [[120], '0.00'])
})

ruling('R23: under a fixed D the last period has the days that the others leave', () => {
  const initial = { billing_area: '90.00', unit_price: '22' }
  const changes = [{ effective: '2026-01-01', billing_area: '96.50' }]
  const answer = ask('mid_season', { season, initial, changes }, { d_mode: 'FIXED', d_fixed: 120 })
  assert.deepEqual(answer.period_days, [47, 73])
  const longer = { d_mode: 'FIXED', d_fixed: 125 }
  assert.deepEqual(ask('mid_season', { season, initial, changes }, longer).period_days, [47, 78])
})

ruling('R24: days are counted to the planned end', () => {
  const extended = { ...season, extended_end: '2026-03-31' }
  const stops = [stop('90.00', '2026-01-10', '2026-03-25')]
  assert.deepEqual(ask('stop', { ...room, season: extended, stops }).stop_days, [65])
})

ruling('R25: a price per month is made one per season before a stop prorates it', () => {
  const monthly = { ...room, unit_price: '4.40', stops: [stop('90.00', '2026-01-10')] }
  const answer = ask('stop', monthly, { price_basis: 'MONTH', billed_months: 5 })
  assert.deepEqual([answer.heating, answer.base_heat], ['916.36', '212.73'])
})

const admitted = (existing_stops: object[], new_stop: object, policy: object) =>
  ask('stop_admission', { season, billing_area: '90.00', existing_stops, new_stop }, policy)
    .accepted

ruling('R26: cycles are the approved stops of a room that were not cancelled', () => {
  const cancelled = { ...stop('90.00', '2025-11-20', '2025-12-01'), status: 'CANCELLED' }
  const zeroDays = stop('90.00', '2025-11-25', '2025-11-25')
  const new_stop = stop('90.00', '2026-01-10')
  assert.equal(admitted([cancelled], new_stop, { max_stop_cycles: 1 }), true)
  assert.equal(admitted([zeroDays], new_stop, { max_stop_cycles: 1 }), false)
})

ruling('R27: WHOLE_SEASON takes part of the area, but nothing after the start', () => {
  const whole = { stop_granularity: 'WHOLE_SEASON' }
  const part = stop('30.00', '2025-11-15')
  assert.equal(admitted([], part, whole), true)
  assert.equal(admitted([], { ...part, approved_on: '2025-11-16' }, whole), false)
  assert.equal(admitted([], stop('90.00', '2025-12-01'), whole), false)
})

ruling('R28: a stop by its approval or its closed valve begins on the day after', () => {
  const dates = {
    requested_from: '2026-01-01',
    approved_on: '2026-01-08',
    valve_closed_on: '2026-01-12',
  }
  const from = (stop_effective: string) =>
    ask('stop_effective', { ...room, ...dates }, { stop_effective }).stop_from
  assert.equal(from('APPROVED_DATE'), '2026-01-09')
  assert.equal(from('VALVE_CLOSED_DATE'), '2026-01-13')
})

ruling(
  'R29: a stop of the whole room follows its area, and each day has its ratio and price',
  () => {
    const state = afterwards([open, stopAll('2025-12-01', '2026-01-10'), wider])
    assert.deepEqual(linesOf(state), { HEATING: '927.00', BASE_HEAT: '228.09' })
    const shop: [string, string, object] = [
      '2026-02-01',
      'CLASS_CHANGE',
      { area_item: 'A1', price_class: 'NONRES', effective: '2026-02-01' },
    ]
    // 22 days at 22 × 20 %, then 43 at 31 × 40 %.
    const changed = afterwards([open, stopAll('2025-12-01', '2026-01-10'), shop])
    assert.equal(linesOf(changed).BASE_HEAT, '468.60')
  },
)

ruling('R30: a forced stop goes on into the next season until a resume', () => {
  const policy = { carry_stop: false }
  const events: [string, string, object?][] = [
    open,
    ['2026-01-16', 'FORCED_STOP', { area_item: 'A1' }],
    ['2026-07-20', 'OPEN_SEASON', { season: '2026-2027' }],
    pay('2026-08-01', '5000.00'),
  ]
  assert.deepEqual(linesOf(afterwards(events, { policy }), '2026-2027'), { BASE_HEAT: '396.00' })
  const resume: [string, string, object] = [
    '2026-08-02',
    'RESUME',
    { stop_seq: 'CARRIED', resume_on: '2026-11-15' },
  ]
  const resumed = afterwards([...events, resume], { policy })
  assert.deepEqual(linesOf(resumed, '2026-2027'), { HEATING: '1980.00' })
})

ruling('R31: who leaves the network pays to that day, or the whole season by policy', () => {
  const leave: [string, string, object] = ['2026-01-09', 'DISCONNECT', { effective: '2026-01-10' }]
  assert.deepEqual(linesOf(afterwards([open, leave])), { HEATING: '916.36' })
  const full = afterwards([open, leave], { policy: { disconnect_policy: 'FULL_SEASON' } })
  assert.deepEqual(linesOf(full), { HEATING: '1980.00' })
})

ruling('R32: RATIO is at least 1 and is not rounded', () => {
  const over_height = { rule: 'RATIO', h0: '3.00' }
  const at = (storey_height: string, billing_area: string) =>
    ask('over_height', { billing_area, unit_price: '30', storey_height }, { over_height }).total
  assert.equal(at('2.70', '90.00'), '2700.00')
  assert.equal(at('3.10', '100000.00'), '3100000.00')
})

ruling(
  'R33: an own over-height line comes from the unrounded fee, BASE_HEAT has the height',
  () => {
    const over_height = {
      rule: 'STEP_PCT',
      h0: '3.00',
      step: '0.10',
      pct: '0.03',
      cap: null,
      line: 'SEPARATE',
    }
    const shop = { season, billing_area: '60.80', unit_price: '31', storey_height: '3.20' }
    const answer = ask('over_height', shop, { over_height })
    assert.deepEqual([answer.base_line, answer.surcharge], ['1884.80', '113.09'])
    const stopped = ask('stop', { ...shop, stops: [stop('60.80', '2025-11-15')] }, { over_height })
    assert.equal(stopped.base_heat, '399.58')
  },
)

ruling('R34: a stop of part of the area is enlarged like the area', () => {
  const over_height = { rule: 'EXTRA_AREA', h0: '3.00', step: '0.20', pct: '0.10' }
  const hall = { season, billing_area: '200.00', unit_price: '31', storey_height: '3.50' }
  const answer = ask('stop', { ...hall, stops: [stop('50.00', '2025-11-15')] }, { over_height })
  assert.deepEqual([answer.heating, answer.base_heat], ['6045.00', '403.00'])
})

ruling('R35: an area with three places is rounded before the coefficient', () => {
  const item = { id: 'A1', building_area: '88.125', area_coefficient: '0.90', unit_price: '22' }
  const answer = ask('area_price', { items: [item] }, { area_basis: 'BUILDING_COEF' })
  assert.equal(answer.lines[0].billing_area, '79.32')
})

ruling(
  'R36: REFUND_ONLY is 100 % at most, a register overflows, a stop prorates the capacity',
  () => {
    const flat = {
      billing_area: '100.00',
      base_price: '7.50',
      meter_price: '0.13',
      area_price: '25.00',
    }
    const cold = { ...flat, meters: [{ start: '95000', end: '10000', register_size: '100000' }] }
    const answer = ask('metered', cold, { meter_cap: '1.15', meter_settlement: 'REFUND_ONLY' })
    assert.deepEqual(
      [answer.quantity, answer.two_part, answer.settled],
      ['15000', '2700.00', '2500.00'],
    )
    const stopped = { ...cold, season, stops: [stop('100.00', '2026-01-10')] }
    assert.equal(ask('metered', stopped).capacity_heat, '347.11')
    const high = { ...flat, storey_height: '3.60', meters: [{ start: '0', end: '20000' }] }
    const over_height = { rule: 'STEP_PCT', h0: '3.00', step: '0.30', pct: '0.05', cap: null }
    const policy = { over_height, meter_cap: '1.00', meter_settlement: 'BOTH' }
    assert.equal(ask('metered', high, policy).settled, '2750.00')
  },
)

ruling(
  'R37: a reduction above the receivable is refused, and F is before discount and reductions',
  () => {
    const input = { mode: 'AMOUNT', fee: '1980.00', value: '1980.01' }
    const answer = ask('reduction', input)
    assert.deepEqual([answer.accepted, answer.net_receivable], [false, '1980.00'])
    const tenth: [string, string, object] = [
      '2026-01-11',
      'REDUCTION',
      { mode: 'PERCENT', percent: '0.10' },
    ]
    const state = afterwards([open, pay('2025-08-03', '1940.40'), reduce980, tenth])
    assert.equal(state.seasons['2025-2026'].reduction, '1178.00')
    const twice = tell([open, reduce980, ['2026-01-11', 'REDUCTION', { value: '1000.01' }]])
    assert.equal(twice[2].refused, 'reduction.above_receivable')
  },
)

ruling('R38: a temperature on a limit is in the upper band, one line for each', () => {
  const temperature_bands = [
    { from: '18', to: '20', percent: '0.30' },
    { from: '16', to: '18', percent: '0.50' },
  ]
  const readings = ['20.0', '18.0', '17.9'].map((temperature) => ({ temperature, days: 10 }))
  const answer = ask('temperature', { season, fee: '1980.00', readings }, { temperature_bands })
  assert.deepEqual(answer.refunds, ['0.00', '49.09', '81.82'])
})

ruling('R39: a small sum is divided without a part below nothing', () => {
  const { amounts } = ask('divide', { amount: '0.04', parts: 7 })
  assert.deepEqual(amounts, ['0.01', '0.01', '0.01', '0.01', '0.00', '0.00', '0.00'])
  const parent_area = '90.00'
  const lines = [{ season: 's', fee_item: 'HEATING', receivable: '0.04', received: '0.03' }]
  const children_areas = ['30.00', '30.00', '30.00']
  const { children } = ask('split', { parent_area, children_areas, lines, balance: '0.00' })
  for (const {
    lines: [line],
  } of children)
    assert.doesNotMatch(line.outstanding + line.received, /-/)
})

ruling('R40: rounding is receivable less cash, and only cash is rounded', () => {
  const half = { zero_off: 'JIAO', zero_off_method: 'HALF' }
  const up = ask('zero_off', { amount: '2213.47' }, half)
  assert.deepEqual([up.cash, up.rounding], ['2213.50', '-0.03'])
  assert.equal(ask('zero_off', { amount: '2213.47', tender: 'POS' }, half).cash, '2213.47')
})

ruling('R41: a stop of mid-season is recovered from its day, undeclared area per season', () => {
  const policy = { recovery: 'TO_DISCOVERY', base_heat_ratio: '0.20', penalty_rate: '0.003' }
  const found = { ...room, stop_from: '2026-01-01', discovered_on: '2026-01-20' }
  assert.deepEqual(
    [ask('inspection', found, policy).days, ask('inspection', found, policy).recover],
    [20, '261.82'],
  )
  const seasons = [{ unit_price: '22.33' }, { unit_price: '22.33' }]
  assert.equal(ask('inspection', { undeclared_area: '10.01', seasons }).recover, '447.04')
})

ruling('R42: a partial prepayment locks the price of its share of the area', () => {
  const input = {
    billing_area: '90.00',
    price_at_prepay: '22.00',
    price_at_opening: '24.50',
    prepaid: '990.00',
  }
  assert.equal(ask('price_lock', input, { price_lock_on_prepay: true }).extra, '1102.50')
})

ruling('R43: access and network are two lines', () => {
  const answer = ask('access', { area: '10.01', access_price: '50.55', network_price: '120.55' })
  assert.equal(answer.total, '1712.72')
})

ruling('R44: a mixed payment is refunded in reverse order, past a limit by bank transfer', () => {
  const tenders = [
    { tender: 'WECHAT', amount: '1500.00', refundable_until: '2026-01-31' },
    { tender: 'CASH', amount: '480.00' },
  ]
  const { refunds } = ask('refund_tenders', { credit: '850.91', tenders, on: '2026-02-01' })
  assert.deepEqual(refunds, [
    { tender: 'CASH', refund: '480.00' },
    { tender: 'WECHAT', refund: '0.00' },
    { tender: 'BANK_TRANSFER', refund: '370.91' },
  ])
})

ruling('R45: VAT is per line of the invoice', () => {
  const lines = [{ amount: '100.00' }, { amount: '100.00' }]
  assert.equal(ask('vat', { lines, vat_rate: '0.09', nature: 'ORGANISATION' }).net, '183.48')
})

ruling('R46: after a reversal the days in between are late, except for a bank’s error', () => {
  const reversed = (more: object) =>
    afterwards([
      open,
      pay('2025-12-20', '1980.00'),
      ['2026-02-10', 'REVERSE_PAYMENT', { payment_seq: 2, ...more }],
    ]).late_fee_due
  assert.equal(reversed({}), '81.18')
  assert.equal(reversed({ bank_error: true }), '0.00')
})

ruling(
  'R47: a split divides the product like the receivable, a merge keeps the lines apart',
  () => {
    const child = (code: string, billing_area: string) => {
      return { code, items: [{ id: 'A1', billing_area, price_class: 'RES' }] }
    }
    const children = [child('2', '61.37'), child('3', '28.63')]
    const events: [string, string, object?][] = [
      open,
      pay('2026-01-20', '1000.00'),
      ['2026-02-10', 'SPLIT', { children }],
    ]
    const split = tell(events).at(-1).expect
    // 1980 × 20 + 980 × 21 days: 60.18 in all.
    assert.deepEqual([split['2'].late_fee_due, split['3'].late_fee_due], ['41.04', '19.14'])
    assert.deepEqual([split['1'].closed, split['1'].outstanding], [true, '0.00'])
    const merged = tell([...events, ['2026-02-10', 'MERGE', { customer: '2', other: '3' }]]).at(
      -1,
    ).expect
    assert.deepEqual([merged['2'].late_fee_due, merged['2'].outstanding], ['60.18', '980.00'])
    assert.equal(merged['3'].closed, true)
  },
)
