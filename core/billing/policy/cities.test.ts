// The example policies of two cities: both can be charged by, and they charge differently.
import { readFileSync } from 'node:fs'
import { dm2 } from '@reli/sdk'
import fc from 'fast-check'
import { test } from 'tap'
import { parse } from 'yaml'
import { decide } from '../engine/decide.ts'
import { targetsOf } from '../engine/facts.ts'
import { type AreaSeason, newCustomer } from '../engine/state.ts'
import { problemsOf } from './check.ts'
import type { PolicyJson } from './document.ts'
import { feesOf, rulesFrom, termsOf } from './rules.ts'

const read = (city: string): PolicyJson =>
  parse(readFileSync(new URL(`../../../config/policies/${city}.yaml`, import.meta.url), 'utf8'))
const season = '2026-2027'
const dates = { season, heatStartOn: '2026-11-15', heatEndOn: '2027-03-15', state: 'OPEN' }
const cities = { shijiazhuang: read('shijiazhuang'), xinxiang: read('xinxiang') }

const room = (priceClass: string, heightCm: number | null = null): AreaSeason => ({
  season,
  areaNo: 1,
  areaItem: 'A1',
  billingDm2: dm2(9_000n),
  heightCm,
  priceClass,
  facts: [],
  offsets: {},
  isFrozen: false,
})
const charged = (policy: PolicyJson, of: AreaSeason) =>
  Object.fromEntries(
    [...targetsOf(of, termsOf({ ...dates, policy }))].map(([item, { amountFen }]) => [
      item,
      amountFen,
    ]),
  )

test('both can be published', (t) => {
  for (const [city, policy] of Object.entries(cities)) t.same(problemsOf(policy, dates), [], city)
  t.end()
})

test('one room costs what its city says', (t) => {
  const { shijiazhuang, xinxiang } = cities
  t.same(charged(shijiazhuang, room('RESIDENT')), { HEATING: 198_000n })
  t.same(charged(xinxiang, room('RESIDENT')), { HEATING: 189_000n })
  // 3.60 m: six started steps of 3 %, and 3.60 ÷ 3 as a line of its own.
  t.same(charged(shijiazhuang, room('NON_RESIDENT', 360)), { HEATING: 329_220n })
  t.same(charged(xinxiang, room('NON_RESIDENT', 360)), { HEATING: 302_400n, OVER_HEIGHT: 60_480n })
  t.end()
})

test('the switches of two companies stand beside each other', (t) => {
  const of = (policy: PolicyJson) => rulesFrom([{ ...dates, policy }])
  const [one, other] = [of(cities.shijiazhuang), of(cities.xinxiang)]
  t.match(one.policy, { stops: { granularity: 'BY_DATE', maxCycles: 2 }, resume: 'PRORATA' })
  t.match(other.policy, {
    stops: { granularity: 'WHOLE_SEASON', maxCycles: 1 },
    resume: 'FULL_SEASON',
    within: 'ALL_PRINCIPAL_THEN_LATE',
    notOpened: 'BASE',
    arrearsForbid: ['STOP'],
  })
  t.equal(other.seasons.get(season)!.span.days, 120)
  t.equal(one.seasons.get(season)!.span.days, 121)
  const fees = feesOf({ policy: cities.xinxiang })
  t.match(fees.meters.RESIDENT_METERED, {
    unit: 'kWh',
    basePrice: 63_000n,
    settlement: { capRate: 1_000_000n, settlement: 'REFUND_ONLY' },
  })
  t.same(fees.steam, { unit: 't', unitPrice: 2_350_000n, minimum: 100_000_000n })
  t.end()
})

test('a planned season changes no account yet', (t) => {
  const next = { ...dates, season: '2027-2028', state: 'PLANNED', policy: cities.xinxiang }
  const rules = rulesFrom([next, { ...dates, policy: cities.shijiazhuang }])
  t.equal(rules.policy.resume, 'PRORATA')
  t.equal(rulesFrom([{ ...next, state: 'OPEN' }]).policy.resume, 'FULL_SEASON')
  t.end()
})

test('a fee item of the company is charged without code for it', (t) => {
  const policy: PolicyJson = {
    ...cities.shijiazhuang,
    fee_items: {
      VALVE_OPENING: { name: '开栓费', account: 'income.valve', late_fee: false },
      PIPE_REPAIR: { name: '维修费', late_fee: true },
    },
  }
  const rules = rulesFrom([{ ...dates, policy }])
  const fee = (feeItem: string) =>
    decide(
      newCustomer('c1', 'RESIDENT', []),
      {
        type: 'ADDITIONAL_FEE',
        eventId: 'e1',
        on: '2027-02-01',
        season,
        feeItem,
        areaNo: 1,
        amountFen: 5_000n as never,
      },
      rules,
    )
  const valve = fee('VALVE_OPENING')
  t.match(valve.postings, [{ debit: 'receivable', credit: 'income.valve', amountFen: 5_000n }])
  t.same(valve.lines[0]!.lateFeeTerms.rateSteps, [], 'and bears no late fee')
  const repair = fee('PIPE_REPAIR')
  t.match(repair.postings, [{ credit: 'income.other' }])
  t.equal(repair.lines[0]!.lateFeeTerms.rateSteps.length, 1)
  t.end()
})

test('whatever is written, it is judged and never thrown at', (t) => {
  const paths = [
    ['price_classes', 0, 'over_height'],
    ['price_classes', 0, 'unit_price'],
    ['price_classes', 0],
    ['price_classes'],
    ['season_days'],
    ['late_fee', 'due_date'],
    ['late_fee'],
    ['discount', 'tiers', 0],
    ['discount'],
    ['switches', 'max_stop_cycles'],
    ['fee_items', 'VALVE_OPENING'],
    ['access', 'instalments', 1, 'share'],
    ['rounding'],
  ] as const
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
      const policy = structuredClone(cities.shijiazhuang) as unknown as Record<string, unknown>
      const inner = path.slice(0, -1).reduce<unknown>((at, part) => (at as never)[part], policy)
      ;(inner as Record<string, unknown>)[String(path.at(-1))] = value
      const problems = problemsOf(policy, dates)
      if (problems.length === 0) termsOf({ ...dates, policy })
      else for (const { message } of problems) t.match(message, /[\u4e00-\u9fff]/)
    }),
  )
  t.end()
})
