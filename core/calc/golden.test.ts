// The worked examples of domain.md §4.5–§4.17 and §6–§9 that the rules' own golden test leaves,
// asked of the calculator as an auditor would ask; together the two read every number of the
// reference.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Fen, fromYuan, toYuan } from '@reli/sdk'
import { test } from 'tap'
import { divideAmount } from '../billing/division.ts'
import { vatInside } from '../billing/fees.ts'
import { deferredMonths, revenueByMonth } from '../billing/revenue.ts'
import { spanOf } from '../billing/seasons.ts'
import { answerCase } from './cases.ts'
import { Field } from './fields.ts'

const golden: Record<string, string> = JSON.parse(
  readFileSync(new URL('../billing/golden/domain-examples.json', import.meta.url), 'utf8'),
)

/** What core/billing/golden.test.ts reads. */
const ofTheRules = [
  ...'00 01 02 03 04 05 06a 06b 06c 06d 07 08a 08b 08c 08d 09 10 11 12 13 14 15 16 17'.split(' '),
  ...'18 19 20 29 30 31 32 33 34 35 36 37 38 41 42a 42b 42c 43'.split(' '),
].map((number) => `E${number}`)

// biome-ignore lint/suspicious/noExplicitAny: answers of all rules, each with keys of its own.
const ask = (rule: string, input: object, policy: object = {}): any =>
  answerCase(new Field({ rule, input, policy }, '$'))

const yuan = (text: string): Fen => fromYuan(text)!
const sum = (...texts: string[]) => toYuan(texts.reduce((total, text) => total + yuan(text), 0n))
const season = { heat_start: '2025-11-15', heat_end: '2026-03-15' }

const meter = (input: object, policy: object = {}) =>
  ask('metered', input, { meter_cap: null, meter_settlement: 'BOTH', ...policy })
const tianjin = {
  billing_area: '100.00',
  base_price: '7.50',
  meter_price: '0.13',
  area_price: '25.00',
}
const e21 = meter({ ...tianjin, meters: [{ start: '0', end: '8100' }] })
const cold = { ...tianjin, meters: [{ start: '0', end: '15000' }] }
const resident = (meter_cap: string) => meter(cold, { meter_cap, meter_settlement: 'REFUND_ONLY' })
const e22 = meter(cold)
const e23 = meter({
  ...{ billing_area: '108.00', area_price: '21', base_share: '0.30', meter_price: '0.18' },
  meters: [{ start: '0', end: '7350' }],
})
const beijing = { billing_area: '105.50', base_price: '12', area_price: '24' }
const gj = { ...beijing, meter_price: '44.45', meters: [{ start: '0', end: '21.36' }] }
const e24 = meter(gj)
const kwh = { ...beijing, meter_price: '0.16', meters: [{ start: '0', end: '5933.333333' }] }
const e25 = meter({
  ...{ billing_area: '98.00', base_price: '5.70', meter_price: '0.154', area_price: '0' },
  meters: [
    { start: '1234', end: '2000' },
    { start: '0', end: '4120' },
  ],
})
const e26 = ask('access', {
  ...{ area: '3260.50', access_price: '50', network_price: '120' },
  shares: ['0.3', '0.4', '0.3'],
})
const e27 = ask('quantity_fee', { quantity: '1286.4', unit_price: '235.00', vat_rate: '0.09' })
const e39 = ask('clawback', {
  ...{ season, billing_area: '90.00', unit_price: '22', discount_rate: '0.025' },
  stops: [{ area: '90.00', stop_from: '2026-01-10', resume_on: null }],
})
const parts = (...shares: string[]) => ask('instalments', { amount: '2213.42', shares }).parts
const halves = parts('0.5', '0.5')
const thirds = parts('0.3', '0.3', '0.4')
const e44 = ask('carry_over', {
  paid_last: '2268.00',
  settled_last: '2003.40',
  next_receivable: '2268.00',
})
const e45 = ask('transfer', { from_balance: '850.91', amount: '500.00', to_outstanding: '1980.00' })
const e46 = ask('on_account', {
  ...{ billing_area: '2400.00', unit_price: '31', vat_rate: '0.09', payments: ['50000.00'] },
})
const reduced = (mode: string, value: string | number, more: object = {}) =>
  ask('reduction', { mode, fee: '1980.00', value, season, ...more }).reduction
const e47Temperature = ask(
  'temperature',
  { season, fee: '1980.00', readings: [{ temperature: '15.0', days: 12 }] },
  { temperature_bands: [{ from: null, to: '16', percent: '0.50' }] },
)
const e48 = ask('reduction', {
  ...{ mode: 'TIER', area: '68.00', unit_price: '18' },
  tiers: [
    { to: '50.00', unit_price: '13' },
    { to: null, unit_price: '18' },
  ],
})
const flat = { season, initial: { billing_area: '90.00', unit_price: '22' } }
const grown = { ...flat, changes: [{ effective: '2026-01-01', billing_area: '96.50' }] }
const e49 = ask('mid_season', grown, { area_change_policy: 'PRORATA' })
const e49Full = ask('mid_season', grown, { area_change_policy: 'FULL_SEASON' })
const e50 = ask('mid_season', { ...flat, changes: [{ effective: '2026-01-01', unit_price: '31' }] })
const e51 = ask('split', {
  ...{ parent_area: '100.00', children_areas: ['61.37', '38.63'], balance: '0.00' },
  lines: [{ season: '2025-2026', fee_item: 'HEATING', receivable: '2200.00', received: '1000.01' }],
})
const [child1, child2] = e51.children.map((child: { lines: object[] }) => child.lines[0])
const e52 = ask('vat', { amount: '3720.00', vat_rate: '0.09', nature: 'ORGANISATION' })
const e52Resident = ask('vat', { amount: '3720.00', vat_rate: '0.09', nature: 'RESIDENT' })
const e53 = ask('zero_off', { amount: '2213.42' }, { zero_off: 'JIAO', zero_off_method: 'DOWN' })
const found = { season, billing_area: '90.00', unit_price: '22', discovered_on: '2026-01-20' }
const penalty = { penalty_rate: '0.003', base_heat_ratio: '0.20' }
const e54 = ask('inspection', found, { recovery: 'TO_DISCOVERY', ...penalty })
const e54Full = ask('inspection', found, { recovery: 'FULL_SEASON', ...penalty })
const e55 = ask('inspection', { undeclared_area: '15.00', unit_price: '22', seasons: 3 })
const e56 = ask('refund_tenders', {
  credit: '850.91',
  tenders: [
    { tender: 'WECHAT', amount: '1500.00' },
    { tender: 'CASH', amount: '480.00' },
  ],
})
const lock = { billing_area: '90.00', price_at_prepay: '22.00', price_at_opening: '24.50' }

/** Hundredths of a per cent, half up. */
const rate = (part: bigint, of: bigint) => toYuan((part * 20_000n + of) / (2n * of))
const [ar, discount, reduction, received, over, hold] = [
  1_000_000_000n,
  15_000_000n,
  5_000_000n,
  910_000_000n,
  4_000_000n,
  30_000_000n,
]
const [effective, net] = [received - over, ar - discount - reduction]
const e58 = divideAmount(yuan('9604000.00'), [333_333_333n, 333_333_333n, 313_333_334n]).map(toYuan)
const months = revenueByMonth(
  yuan('1930.50'),
  spanOf({ heatStartOn: '2025-11-15', heatEndOn: '2026-03-15' }, { mode: 'ACTUAL' }),
)
const [nov, dec, jan, feb, mar] = months.map(({ amountFen }) => toYuan(amountFen))
const e62 = vatInside(yuan('163025.00'), 90_000n).netFen

const examples: Record<string, Record<string, string>> = {
  E21: {
    base: e21.capacity_heat,
    metered: e21.metered_heat,
    total: e21.settled,
    area_fee: e21.area_fee,
    credit: e21.refund,
  },
  E22: {
    two_part: e22.two_part,
    cap100: resident('1.00').settled,
    cap115: meter(cold, { meter_cap: '1.15' }).settled,
    no_cap_extra: e22.extra,
  },
  E23: {
    prepay: e23.area_fee,
    base: e23.capacity_heat,
    metered: e23.metered_heat,
    settled: e23.settled,
    carry: e23.refund,
  },
  E24: {
    base: e24.capacity_heat,
    metered_gj: e24.metered_heat,
    total: e24.settled,
    credit: e24.refund,
    metered_if_kwh: meter(kwh).metered_heat,
  },
  E25: {
    kwh: e25.quantity,
    base: e25.capacity_heat,
    metered: e25.metered_heat,
    total: e25.two_part,
  },
  E26: {
    access: e26.access,
    network: e26.network,
    total: e26.total,
    inst1: e26.parts[0],
    inst2: e26.parts[1],
    inst3: e26.parts[2],
  },
  E27: { total: e27.total, net: e27.net, vat: e27.vat },
  E28: { total: ask('quantity_fee', { quantity: '18', unit_price: '22.00' }).total },
  E39: { new_disc: e39.new_discount, payable: e39.payable, credit: e39.credit },
  E40: { half1: halves[0], half2: halves[1], p1: thirds[0], p2: thirds[1], p3: thirds[2] },
  E44: { due: e44.due },
  E45: { A: e45.from_balance, B: e45.to_outstanding },
  E46: { total: e46.total, net: e46.net, vat: e46.vat, hold_left: e46.hold_left },
  E47: {
    days: reduced('DAYS', 8),
    temp: e47Temperature.total,
    area: reduced('AREA', '10.00', { unit_price: '22' }),
    pct: reduced('PERCENT', '0.10'),
  },
  E48: { fee: e48.fee, full: e48.full, reduction: e48.reduction },
  E49: {
    d1: String(e49.period_days[0]),
    d2: String(e49.period_days[1]),
    daily: e49.total,
    daily_delta: e49.delta,
    full: e49Full.total,
    full_delta: e49Full.delta,
  },
  E50: { total: e50.total, delta: e50.delta },
  E51: {
    ar1: child1.receivable,
    ar2: child2.receivable,
    paid1: child1.received,
    paid2: child2.received,
  },
  E52: { net: e52.net, vat: e52.vat, resident_vat: e52Resident.vat },
  E53: { cash: e53.cash, rounding: e53.rounding },
  E54: {
    days: String(e54.days),
    recover: e54.recover,
    penalty: e54.penalty,
    total: e54.total,
    full_season: e54Full.recover,
  },
  E55: { recover: e55.recover },
  E56: { wechat: e56.refunds[1].refund, cash: e56.refunds[0].refund },
  E57: {
    rc_eff: toYuan(effective),
    nar: toYuan(net),
    outstanding: toYuan(net - effective),
    r1_gross: rate(effective, ar),
    r2_net: rate(effective, net),
    r3_settled: rate(effective + discount + reduction, ar),
    r4_with_hold: rate(effective + hold, net),
    naive: rate(received, ar),
  },
  E58: { child1: e58[0]!, child2: e58[1]!, child3: e58[2]!, sum: sum(...e58) },
  E59: {
    gross: sum('12480.00', '35640.00', '51236.55'),
    net: sum('12480.00', '35640.00', '51236.55', '-1980.00', '-850.91'),
    cash_to_hand: sum('500.00', '12480.00', '-1980.00', '-850.91'),
    deposit: sum('12480.00', '-1980.00', '-850.91'),
  },
  E60: {
    bank_total: sum('195020.00', '2980.00'),
    local_total: sum('195020.00', '3960.00'),
    matched: sum('198980.00', '-3960.00'),
    bank_only: sum('198000.00', '-195020.00'),
    local_only: sum('198980.00', '-195020.00'),
    after: sum('198980.00', '2980.00', '-3960.00'),
  },
  E61: {
    nov: nov!,
    dec: dec!,
    jan: jan!,
    feb: feb!,
    mar: mar!,
    sum: sum(nov!, dec!, jan!, feb!, mar!),
  },
  E62: { month: toYuan(deferredMonths(e62, 120)[0]!), net: toYuan(e62) },
  E63: {
    extra: ask('price_lock', lock, { price_lock_on_prepay: false }).extra,
    locked: ask('price_lock', lock, { price_lock_on_prepay: true }).extra,
  },
}

for (const [id, numbers] of Object.entries(examples)) {
  test(`example ${id} of the domain reference`, (t) => {
    const expected = Object.entries(golden).filter(([key]) => key.startsWith(`${id}.`))
    const named = Object.fromEntries(expected.map(([key, of]) => [key.slice(id.length + 1), of]))
    assert.deepEqual(numbers, named)
    t.end()
  })
}

test('every worked example is read by one of the two golden tests', (t) => {
  const read = new Set([...ofTheRules, ...Object.keys(examples)])
  const ids = [...new Set(Object.keys(golden).map((key) => key.split('.')[0]!))]
  assert.deepEqual(
    ids.filter((id) => !read.has(id)),
    [],
  )
  assert.equal(Object.keys(golden).length, 224)
  t.end()
})
