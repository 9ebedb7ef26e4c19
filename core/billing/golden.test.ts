// The golden examples of domain.md §4.0–§4.4, §4.8–§4.11, read from their data file. Every
// number of an example that is computed here must be in the file, and the other way round. The
// other examples are in core/calc/golden.test.ts, asked of the calculator.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dm2, type Fen, fen, fromYuan, toYuan } from '@reli/sdk'
import { test } from 'tap'
import { type ChargeLine, type FeeItem, outstandingOf, type Part, settle } from './accounts.ts'
import { type AllocationOrder, type AllocationWithin, allocate, type Debt } from './allocation.ts'
import { type DiscountTerms, discountOf } from './discounts.ts'
import { flatRate, lateFeeAsOf, noLateFeeYet, waiverOf } from './late-fees.ts'
import {
  areaPlaces,
  decimal,
  type OverHeightPolicy,
  overHeightFrom,
  pricePlaces,
  ratePlaces,
} from './policies.ts'
import { type SeasonDays, spanOf } from './seasons.ts'
import {
  type BilledArea,
  billingArea,
  chargesOf,
  overHeightFactor,
  type Price,
  type Stop,
  stoppedDays,
} from './tariffs.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'))
const golden: Record<string, string> = read('domain-examples')

// Units in decimal text, as the examples and cases write them.
const yuan = (text: string): Fen => fromYuan(text) ?? assert.fail(`no amount: ${text}`)
const area = (text: string) => dm2(decimal(text, areaPlaces))
const price = (text: string) => decimal(text, pricePlaces)
const rate = (text: string) => decimal(text, ratePlaces)
const centimetres = (text: string) => Number(decimal(text, 2))
const total = (lines: readonly { amountFen: Fen }[]) =>
  fen(lines.reduce((sum, line) => sum + line.amountFen, 0n))

const sjz = { heatStartOn: '2025-11-15', heatEndOn: '2026-03-15' }
const span = spanOf(sjz, { mode: 'ACTUAL' })

const priced = (unitPrice: string, more: Partial<Price> = {}): Price => ({
  unitPrice: price(unitPrice),
  basis: { per: 'SEASON' },
  baseHeatRatio: rate('0.20'),
  overHeight: { rule: 'NONE' },
  overHeightLine: 'INCLUDED',
  ...more,
})
const room = (billing: string, more: Partial<BilledArea> = {}): BilledArea => ({
  billingDm2: area(billing),
  heightCm: null,
  stops: [],
  ...more,
})
const stop = (stopped: string, stopFrom: string, resumeOn: string | null = null): Stop => ({
  areaDm2: area(stopped),
  stopFrom,
  resumeOn,
})
const amounts = (billed: BilledArea, at: Price, days: SeasonDays = { mode: 'ACTUAL' }) => {
  const charges = chargesOf(billed, at, spanOf(sjz, days))
  const of = (item: FeeItem) => toYuan(total(charges.filter((one) => one.feeItem === item)))
  return {
    heat: of('HEATING'),
    base: of('BASE_HEAT'),
    surcharge: of('OVER_HEIGHT'),
    total: toYuan(total(charges)),
  }
}
const heatOf = (billing: string, unitPrice: string) =>
  amounts(room(billing), priced(unitPrice)).total
const ofBuilding = (building: string, coefficient: string) =>
  billingArea({ buildingDm2: area(building), coefficient: rate(coefficient) }, 'BUILDING_COEF')

const over = (policy: OverHeightPolicy, billing: string, unitPrice: string, height: string) => {
  const overHeight = overHeightFrom(policy)
  const heightCm = centimetres(height)
  const { total } = amounts(room(billing, { heightCm }), priced(unitPrice, { overHeight }))
  return { steps: String(overHeightFactor(overHeight, heightCm).steps), total }
}
const changchun = { rule: 'STEP_PCT', h0: '3.00', step: '0.30', pct: '0.05', cap: '0.50' } as const
const tiers: OverHeightPolicy = {
  rule: 'TIER',
  tiers: [
    { to: '3.30', factor: '1' },
    { to: '4.00', factor: '1.25' },
    { to: '5.00', factor: '1.5' },
    { to: null, factor: '2' },
  ],
}
const extraArea = { rule: 'EXTRA_AREA', h0: '3.00', step: '0.20', pct: '0.10' } as const

/** The stop examples of §4.4: 90.00 or 110.00 m² at 22. */
const stopped = (billing: string, ...stops: Stop[]) => ({
  ...amounts(room(billing, { stops }), priced('22')),
  days: stops.map((one) => String(stoppedDays(one, span))),
})

const owed = (principal: string, more: Partial<ChargeLine> = {}): ChargeLine => ({
  chargeId: 'chg_1',
  season: '2025-2026',
  seasonOpenForCollection: true,
  feeItem: 'HEATING',
  areaNo: 1,
  receivableFen: yuan(principal),
  paidFen: fen(0),
  fromBalanceFen: fen(0),
  discountFen: fen(0),
  lateFee: noLateFeeYet(yuan(principal)),
  lateFeeTerms: {
    dueOn: '2025-12-31',
    rateSteps: flatRate(1000n),
    capRate: null,
    base: 'OUTSTANDING',
  },
  discountTerms: null,
  ...more,
})
const late = (line: ChargeLine, terms: Partial<ChargeLine['lateFeeTerms']>): ChargeLine => ({
  ...line,
  lateFeeTerms: { ...line.lateFeeTerms, ...terms },
})
const paid = (line: ChargeLine, on: string, principal: string, lateFee = '0.00'): ChargeLine => {
  const amounts = { principalFen: yuan(principal), lateFeeFen: yuan(lateFee), discountFen: fen(0) }
  return settle(line, { chargeId: line.chargeId, on, ...amounts })
}

const terms = (tiers: DiscountTerms['tiers'], bonus = {}): DiscountTerms => ({
  tiers,
  channelBonus: bonus,
  natures: ['RESIDENT'],
  appliesTo: ['HEATING'],
  needsNoArrears: true,
})
const tier = (from: string, to: string, share: string, channels: string[] | null = null) => {
  return { from, to, rate: rate(share), channels, natures: null }
}
/** Discount, and what is left to pay, for a resident. */
const offered = (fee: string, discountTerms: DiscountTerms, on: string, channel = 'COUNTER') => {
  const discount = discountOf(owed(fee, { discountTerms }), on, { channel, nature: 'RESIDENT' })
  return { disc: toYuan(discount), pay: toYuan(yuan(fee) - discount) }
}

const debt = (chargeId: string, season: string, principal: string, lateFee = '0.00'): Debt => ({
  line: { chargeId, season, feeItem: 'HEATING', areaNo: 1 },
  outstandingFen: yuan(principal),
  lateFeeFen: yuan(lateFee),
  discountFen: fen(0),
})
const spread = (
  debts: Debt[],
  amount: string,
  within: AllocationWithin = 'PRINCIPAL_FIRST',
  order: AllocationOrder = { order: 'OLDEST_FIRST' },
) => {
  const { parts, toBalanceFen } = allocate(debts, yuan(amount), order, within, '2026-02-10')
  const sum = (chargeId: string, of: (part: Part) => bigint) =>
    toYuan(parts.filter((part) => part.chargeId === chargeId).reduce((n, p) => n + of(p), 0n))
  return {
    principal: (id: string) => sum(id, (part) => part.principalFen),
    late: (id: string) => sum(id, (part) => part.lateFeeFen),
    both: (id: string) => sum(id, (part) => part.principalFen + part.lateFeeFen),
    toBalanceFen,
  }
}
const minus = (a: string, b: string) => toYuan(yuan(a) - yuan(b))
const plus = (a: string, b: string) => toYuan(yuan(a) + yuan(b))

const leap = spanOf({ heatStartOn: '2027-11-15', heatEndOn: '2028-03-15' }, { mode: 'ACTUAL' })
const e13 = stopped('90.00', stop('90.00', '2026-01-10'))
const e14 = stopped('110.00', stop('30.00', '2025-12-20', '2026-02-05'))
const e15a = stop('90.00', '2025-11-15', '2025-12-10')
const e15 = stopped('90.00', e15a, stop('90.00', '2026-01-15', '2026-02-20'))
const e18 = stopped('90.00', stop('90.00', '2025-11-15', '2026-01-20'))
const e17Due = minus(stopped('90.00').total, stopped('90.00', stop('90.00', '2025-11-15')).total)

const e29 = lateFeeAsOf(owed('1980.00'), '2026-02-10')
const e30 = lateFeeAsOf(late(owed('1980.00'), { capRate: rate('0.30') }), '2027-02-04')
const e31 = paid(late(owed('1980.00'), { rateSteps: flatRate(500n) }), '2026-01-20', '1000.00')
const e31At60 = lateFeeAsOf(e31, '2026-03-01')
const e32Bill = amounts(room('100.00', { stops: [stop('100.00', '2026-01-16')] }), priced('25'))
const e32 = lateFeeAsOf(
  late(owed('2500.00'), { rateSteps: [{ from: '2026-01-01', to: '2026-01-15', rate: 2000n }] }),
  '2026-06-30',
)
const e33 = late(owed('2090.00'), { rateSteps: flatRate(2000n), base: 'ORIGINAL' })
const e34 = waiverOf(owed('1980.00'), rate('0.50'), '2026-02-10')

const tianshui = terms([
  tier('2025-09-01', '2025-09-30', '0.025'),
  tier('2025-10-01', '2025-10-31', '0.02'),
])
const sep = offered(heatOf('96.40', '21.2'), tianshui, '2025-09-30')
const oct = offered(heatOf('96.40', '21.2'), tianshui, '2025-10-01')
const dingzhou = terms([tier('2025-08-01', '2025-10-31', '0.005', ['WECHAT', 'ALIPAY'])])
const bonus = terms([tier('2025-08-01', '2025-10-31', '0.02')], { WECHAT: rate('0.005') })
const e37 = offered('1980.00', bonus, '2025-09-01', 'WECHAT')
const e38 = spread(
  [
    debt('old', '2024-2025', '500.00'),
    { ...debt('current', '2025-2026', '1980.00'), discountFen: yuan(e37.disc) },
  ],
  '1930.50',
)
const e42Debts = [
  debt('S23', '2023-2024', '1850.00', '120.25'),
  debt('S24', '2024-2025', '1980.00', '64.35'),
  debt('S25', '2025-2026', '1980.00'),
]
const e42a = spread(e42Debts, '4000.00')
const e42b = spread(e42Debts, '4000.00', 'ALL_PRINCIPAL_THEN_LATE')
const e42c = spread(e42Debts, '4000.00', 'PRINCIPAL_FIRST', {
  order: 'CURRENT_FIRST',
  currentSeason: '2025-2026',
})
const e43Debts = [debt('S25', '2025-2026', '1980.00', '81.18')]
const e43 = (within: AllocationWithin) => spread(e43Debts, '1000.00', within)
const slice = e43('SLICE')

const examples: Record<string, Record<string, string>> = {
  E00: { season_days: String(span.days), leap_season_days: String(leap.days) },
  E01: {
    total: amounts({ ...room('0'), billingDm2: ofBuilding('100.00', '0.90') }, priced('22')).total,
  },
  E02: {
    billing_area: toYuan(ofBuilding('118.36', '0.85')),
    total: amounts({ ...room('0'), billingDm2: ofBuilding('118.36', '0.85') }, priced('22')).total,
  },
  E03: {
    line1: heatOf('88.50', '22'),
    line2: heatOf('32.40', '31'),
    line3: heatOf('6.30', '22'),
    total: [
      ['88.50', '22'],
      ['32.40', '31'],
      ['6.30', '22'],
    ]
      .map(([billing, at]) => heatOf(billing!, at!))
      .reduce(plus),
  },
  E04: {
    total: amounts(room('75.00'), priced('5.91', { basis: { per: 'MONTH', months: 5 } })).total,
  },
  E05: {
    total: amounts(room('90.00'), priced('0.18', { basis: { per: 'DAY', days: 121 } })).total,
  },
  E06a: over(changchun, '120.00', '36', '3.00'),
  E06b: over(changchun, '120.00', '36', '3.60'),
  E06c: over(changchun, '120.00', '36', '3.61'),
  E06d: over(changchun, '120.00', '36', '6.50'),
  E07: { total: over({ rule: 'RATIO', h0: '3.00' }, '95.00', '25', '4.50').total },
  E08a: { total: over(tiers, '150.00', '30', '3.30').total },
  E08b: { total: over(tiers, '150.00', '30', '4.00').total },
  E08c: { total: over(tiers, '150.00', '30', '4.01').total },
  E08d: { total: over(tiers, '150.00', '30', '5.01').total },
  E09: {
    ...over(extraArea, '200.00', '31', '3.50'),
    area: toYuan(
      chargesOf(
        room('200.00', { heightCm: 350 }),
        priced('31', { overHeight: overHeightFrom(extraArea) }),
        span,
      )[0]!.formula.pricedDm2,
    ),
  },
  E10: separateLine(),
  E11: only(stopped('90.00', stop('90.00', '2025-11-15')), 'heat', 'base', 'total'),
  E12: only(stopped('110.00', stop('30.00', '2025-11-15')), 'heat', 'base', 'total'),
  E13: { stop_days: e13.days[0]!, ...only(e13, 'heat', 'base', 'total') },
  E14: { stop_days: e14.days[0]!, ...only(e14, 'heat', 'base', 'total') },
  E15: { days1: e15.days[0]!, days2: e15.days[1]!, ...only(e15, 'heat', 'base', 'total') },
  E16: only(
    stopped('90.00', e15a, stop('40.00', '2026-01-15', '2026-02-20')),
    'heat',
    'base',
    'total',
  ),
  E17: { due_heat: e17Due, due_total: plus(e17Due, '50.00') },
  E18: {
    stop_days: e18.days[0]!,
    ...only(e18, 'heat', 'base', 'total'),
    due: minus(e18.total, '396.00'),
  },
  E19: { credit: minus('1980.00', e13.total) },
  E20: only(
    amounts(room('90.00', { stops: [stop('90.00', '2026-01-10')] }), priced('22'), {
      mode: 'FIXED',
      days: 120,
    }),
    'heat',
    'base',
    'total',
  ),
  E29: { days: String(e29.days), late: toYuan(e29.dueFen) },
  E30: { uncapped: toYuan(e30.uncappedFen), late: toYuan(e30.dueFen) },
  E31: {
    product: toYuan(e31At60.product / 500n),
    late: toYuan(e31At60.dueFen),
    principal_left: toYuan(outstandingOf(e31)),
  },
  E32: {
    days: String(e32.days),
    late: toYuan(e32.dueFen),
    heat_days: String(span.days - stoppedDays(stop('100.00', '2026-01-16'), span)),
    stop_days: String(stoppedDays(stop('100.00', '2026-01-16'), span)),
    heat: e32Bill.heat,
    base: e32Bill.base,
    total: plus(e32Bill.total, toYuan(e32.dueFen)),
  },
  E33: { late: toYuan(lateFeeAsOf(e33, '2026-01-30').dueFen) },
  E34: { waived: toYuan(e34), due: toYuan(e29.dueFen - e34) },
  E35: {
    fee: heatOf('96.40', '21.2'),
    disc_sep: sep.disc,
    pay_sep: sep.pay,
    disc_oct: oct.disc,
    pay_oct: oct.pay,
  },
  E36: {
    disc_online: offered('2090.00', dingzhou, '2025-09-01', 'WECHAT').disc,
    pay_online: offered('2090.00', dingzhou, '2025-09-01', 'WECHAT').pay,
    pay_counter: offered('2090.00', dingzhou, '2025-09-01').pay,
  },
  E37: e37,
  E38: {
    to_arrears: e38.both('old'),
    to_current: e38.both('current'),
    current_left: minus('1980.00', e38.principal('current')),
  },
  E41: {
    left: minus('1980.00', spread([debt('new', '2025-2026', '1980.00')], '500.00').both('new')),
  },
  E42a: {
    S23: e42a.both('S23'),
    S24_principal: e42a.principal('S24'),
    S24_late: e42a.late('S24'),
    S24_late_left: minus('64.35', e42a.late('S24')),
    S25: e42a.both('S25'),
  },
  E42b: {
    S23: e42b.principal('S23'),
    S24: e42b.principal('S24'),
    S25: e42b.principal('S25'),
    late: plus(e42b.late('S23'), e42b.late('S24')),
  },
  E42c: { S25: e42c.both('S25'), S23: e42c.both('S23'), S24: e42c.principal('S24') },
  E43: {
    principal_first_left: minus('1980.00', e43('PRINCIPAL_FIRST').principal('S25')),
    late_first_left: minus('1980.00', e43('LATE_FIRST').principal('S25')),
    slice_principal: slice.principal('S25'),
    slice_late: slice.late('S25'),
    slice_left: minus('1980.00', slice.principal('S25')),
    slice_check: slice.both('S25'),
  },
}

function only<T, K extends keyof T>(from: T, ...keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>
}

function separateLine() {
  const overHeight = overHeightFrom({ ...changchun, step: '0.10', pct: '0.03', cap: null })
  const at = priced('31', { overHeight, overHeightLine: 'SEPARATE' })
  const { heat, surcharge, total } = amounts(room('60.80', { heightCm: 320 }), at)
  return { base_line: heat, surcharge, total }
}

for (const [id, numbers] of Object.entries(examples)) {
  test(`example ${id} of the domain reference`, (t) => {
    const expected = Object.entries(golden).filter(([key]) => key.startsWith(`${id}.`))
    const named = Object.fromEntries(expected.map(([key, of]) => [key.slice(id.length + 1), of]))
    assert.deepEqual(numbers, named)
    t.end()
  })
}
