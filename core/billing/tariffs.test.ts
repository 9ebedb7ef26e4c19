// Tariffs where the golden examples are silent: the rulings of domain.md §4.19, and what holds for
// every room and every stop.
import assert from 'node:assert/strict'
import { dm2, fen, Malformed, sumFen } from '@reli/sdk'
import fc from 'fast-check'
import { test } from 'tap'
import { decimal, discountTermsFrom, lateFeeTermsFrom, overHeightFrom } from './policies.ts'
import { addDays, spanOf } from './seasons.ts'
import {
  type BilledArea,
  billingArea,
  type Charge,
  chargesOf,
  overHeightFactor,
  type Price,
  type Stop,
  stoppedDays,
} from './tariffs.ts'

const season = { heatStartOn: '2025-11-15', heatEndOn: '2026-03-15' }
const span = spanOf(season, { mode: 'ACTUAL' })
const at22: Price = {
  unitPrice: 220_000n,
  basis: { per: 'SEASON' },
  baseHeatRatio: 200_000n,
  overHeight: { rule: 'NONE' },
  overHeightLine: 'INCLUDED',
}
const room: BilledArea = { billingDm2: dm2(9000), heightCm: null, stops: [] }
const stopOf = (stopFrom: string, resumeOn: string | null = null, areaDm2 = dm2(9000)): Stop => {
  return { areaDm2, stopFrom, resumeOn }
}
const amountsOf = (charges: readonly Charge[]) =>
  Object.fromEntries(charges.map(({ feeItem, amountFen }) => [feeItem, amountFen]))
const total = (charges: readonly Charge[]) => sumFen(charges.map((charge) => charge.amountFen))

test('the billing area follows the basis, and what was not measured bills nothing', (t) => {
  const areas = { buildingDm2: dm2(8813), coefficient: 900_000n, usableDm2: dm2(7000) }
  assert.equal(billingArea(areas, 'BUILDING_COEF'), 7932n) // R35: 88.13 × 0.90 = 79.317.
  assert.equal(billingArea(areas, 'USABLE'), 7000n)
  assert.equal(billingArea(areas, 'INNER'), 0n)
  assert.deepEqual(chargesOf({ ...room, billingDm2: dm2(0) }, at22, span), [])
  t.end()
})

test('a stop over the whole of a fixed season has D days, others at most D (R22)', (t) => {
  const longer = spanOf(season, { mode: 'FIXED', days: 125 })
  const shorter = spanOf(season, { mode: 'FIXED', days: 120 })
  assert.equal(stoppedDays(stopOf('2025-10-01'), longer), 125)
  assert.equal(stoppedDays(stopOf('2025-11-15'), shorter), 120)
  assert.equal(stoppedDays(stopOf('2025-11-15', '2026-03-15'), shorter), 120)

  const stops = [stopOf('2025-11-15', '2026-01-15'), stopOf('2026-01-15')]
  assert.deepEqual(amountsOf(chargesOf({ ...room, stops }, at22, shorter)), { BASE_HEAT: 39_600n })
  t.end()
})

test('an extension changes dates but not D, and stops end at the planned end (R24)', (t) => {
  const extended = { ...season, extendedEndOn: '2026-03-31' }
  const planned = spanOf(extended, { mode: 'ACTUAL' })
  assert.deepEqual([planned.days, planned.until], [121, '2026-03-16'])
  assert.equal(stoppedDays(stopOf('2026-01-10', '2026-03-25'), planned), 65)
  assert.equal(spanOf(extended, { mode: 'ACTUAL', extensionAffectsDays: true }).days, 137)
  t.end()
})

test('a stop outside the season, or one that ends before it begins, counts no day', (t) => {
  assert.equal(stoppedDays(stopOf('2025-08-01', '2025-11-15'), span), 0)
  assert.equal(stoppedDays(stopOf('2026-03-16'), span), 0)
  assert.equal(stoppedDays(stopOf('2026-01-10', '2026-01-10'), span), 0)
  t.end()
})

test('a monthly price is made one per season before it is prorated (R25)', (t) => {
  const monthly: Price = { ...at22, unitPrice: 44_000n, basis: { per: 'MONTH', months: 5 } }
  const stops = [stopOf('2026-01-10')]
  const both = [at22, monthly].map((price) => amountsOf(chargesOf({ ...room, stops }, price, span)))
  assert.deepEqual(both[1], both[0])
  t.end()
})

test('a ratio is at least 1 and never rounded (R32)', (t) => {
  const overHeight = overHeightFrom({ rule: 'RATIO', h0: '3.00' })
  const factorOf = (heightCm: number | null) => {
    const { numerator, denominator } = overHeightFactor(overHeight, heightCm)
    return `${numerator}/${denominator}`
  }
  assert.deepEqual([factorOf(280), factorOf(300), factorOf(null)], ['1/1', '1/1', '1/1'])
  const high = { ...room, billingDm2: dm2(3_000_000), heightCm: 310 }
  assert.equal(total(chargesOf(high, { ...at22, overHeight }, span)), 68_200_000n)
  t.end()
})

test('an own over-height line shrinks with its heating line (R33)', (t) => {
  const overHeight = overHeightFrom({
    rule: 'STEP_PCT',
    h0: '3.00',
    step: '0.10',
    pct: '0.03',
    cap: null,
  })
  const stopped = { ...room, heightCm: 320, stops: [stopOf('2026-01-10')] }
  const price: Price = { ...at22, overHeight, overHeightLine: 'SEPARATE' }
  const base = 22_549n // 212.7272… × 1.06
  assert.deepEqual(amountsOf(chargesOf(stopped, price, span)), {
    HEATING: 91_636n,
    BASE_HEAT: base,
    OVER_HEIGHT: 5498n,
  })
  const included = chargesOf(stopped, { ...price, overHeightLine: 'INCLUDED' }, span)
  assert.equal(amountsOf(included).BASE_HEAT, base)
  t.end()
})

test('extra square metres widen the stopped area by the same factor (R34)', (t) => {
  const overHeight = overHeightFrom({ rule: 'EXTRA_AREA', h0: '3.00', step: '0.20', pct: '0.10' })
  const stops = [stopOf('2025-11-15', null, dm2(3000))]
  const charges = chargesOf({ ...room, heightCm: 310, stops }, { ...at22, overHeight }, span)
  assert.deepEqual(amountsOf(charges), { HEATING: 145_200n, BASE_HEAT: 14_520n })
  assert.equal(charges[0]!.formula.pricedDm2, 9900n)
  t.end()
})

const someRoom = fc.record({
  billingDm2: fc.bigInt({ min: 0n, max: 1_000_000n }).map(dm2),
  heightCm: fc.option(fc.integer({ min: 200, max: 1200 })),
})
const aStop = fc.record({
  share: fc.bigInt({ min: 0n, max: 100n }),
  from: fc.integer({ min: -10, max: 130 }),
  days: fc.option(fc.integer({ min: 0, max: 150 })),
})
const someHeights = fc.constantFrom(
  overHeightFrom({ rule: 'NONE' }),
  overHeightFrom({ rule: 'RATIO', h0: '3.00' }),
  overHeightFrom({ rule: 'STEP_PCT', h0: '3.20', step: '0.10', pct: '0.03', cap: '0.50' }),
  overHeightFrom({ rule: 'EXTRA_AREA', h0: '3.00', step: '0.20', pct: '0.10' }),
)
const line = fc.constantFrom('INCLUDED' as const, 'SEPARATE' as const)

test('whatever is stopped, no line is negative and nobody pays more than the full fee', (t) => {
  fc.assert(
    fc.property(
      someRoom,
      fc.array(aStop, { maxLength: 3 }),
      someHeights,
      line,
      (of, by, ...how) => {
        const [overHeight, overHeightLine] = how
        const price = { ...at22, overHeight, overHeightLine }
        const stops = by.map(({ share, from, days }) => {
          const stopFrom = addDays(season.heatStartOn, from)
          const resumeOn = days === null ? null : addDays(stopFrom, days)
          return stopOf(stopFrom, resumeOn, dm2((of.billingDm2 * share) / 100n))
        })
        const full = chargesOf({ ...of, stops: [] }, price, span)
        const charges = chargesOf({ ...of, stops }, price, span)
        assert.ok(charges.every((charge) => charge.amountFen > 0n))
        // Each of up to three lines may round up by half a fen.
        assert.ok(total(charges) <= total(full) + 1n)

        const cancelled = stops.map((stop) => ({ ...stop, resumeOn: stop.stopFrom }))
        assert.deepEqual(
          amountsOf(chargesOf({ ...of, stops: cancelled }, price, span)),
          amountsOf(full),
        )
      },
    ),
    { numRuns: 500 },
  )
  t.end()
})

test('the numbers beside an amount explain it', (t) => {
  const [heating] = chargesOf({ ...room, stops: [stopOf('2026-01-10')] }, at22, span)
  const { unitPrice, pricedDm2, m2Days, allM2Days } = heating!.formula
  const exact = (unitPrice * pricedDm2 * m2Days) / (10_000n * allM2Days)
  assert.equal(heating!.amountFen, fen(exact))
  t.end()
})

test('a written policy is read exactly or refused', (t) => {
  assert.equal(decimal('0.0005', 6), 500n)
  assert.equal(decimal('22.00000', 4), 220_000n)
  for (const text of ['', '1,5', '0.0000001', '1e3', '.5', ' 1']) {
    assert.throws(() => decimal(text, 6, 'rate'), Malformed)
  }
  const steps = [{ from: '2026-01-01', to: null, rate: '0.0005' }]
  const written = { due_date: '2025-12-31', late_fee_cap: '0.30', rate_steps: steps }
  assert.deepEqual(lateFeeTermsFrom({ ...written, late_fee_base: 'ORIGINAL' }), {
    dueOn: '2025-12-31',
    rateSteps: [{ from: '2026-01-01', to: null, rate: 500n }],
    capRate: 300_000n,
    base: 'ORIGINAL',
  })
  const tiers = [{ from: '2026-08-01', to: '2026-08-31', rate: '0.03', channels: ['WECHAT'] }]
  const discount = { tiers, needs_no_arrears: true, applies_to: ['HEATING' as const] }
  assert.deepEqual(discountTermsFrom({ ...discount, channel_bonus: { WECHAT: '0.005' } }), {
    tiers: [{ ...tiers[0], rate: 30_000n, natures: null }],
    channelBonus: { WECHAT: 5000n },
    natures: null,
    appliesTo: ['HEATING'],
    needsNoArrears: true,
  })
  t.end()
})
