// What an amount says about itself.
import assert from 'node:assert/strict'
import { dm2, fen } from '@reli/sdk'
import { test } from 'tap'
import { decimalText, plainDecimal } from './explain.ts'
import { explainCharge, explainDiscount, explainLateFee } from './explain-charges.ts'
import { flatRate, lateFeeAsOf, noLateFeeYet } from './late-fees.ts'
import { spanOf } from './seasons.ts'
import { chargesOf, seasonCharges } from './tariffs.ts'

const span = spanOf({ heatStartOn: '2025-11-15', heatEndOn: '2026-03-15' }, { mode: 'ACTUAL' })
const price = {
  unitPrice: 220_000n,
  basis: { per: 'SEASON' },
  baseHeatRatio: 200_000n,
  overHeight: { rule: 'NONE' },
  overHeightLine: 'INCLUDED',
} as const

test('a stopped room shows price, area, ratio and stopped days', (t) => {
  const stops = [{ areaDm2: dm2(9000), stopFrom: '2026-01-10', resumeOn: null }]
  const charges = chargesOf({ billingDm2: dm2(9000), heightCm: null, stops }, price, span)
  const base = charges.find(({ feeItem }) => feeItem === 'BASE_HEAT')!
  assert.deepEqual(explainCharge('BASE_HEAT', [base.formula]), {
    formula: 'BASE_HEAT = round(r × P × H × A × X ÷ (A × D))',
    numbers: { P: '22.0000', A: '90.00', r: '0.2', X: '5850.00', A_times_D: '10890.00' },
    clause: 'domain.md §4.1–§4.4',
  })
  t.end()
})

test('a room that grew shows each of its periods', (t) => {
  const period = { heightCm: null, price, stoppedDm2Days: 0n, freeDm2Days: 0n }
  const periods = [
    { ...period, billingDm2: dm2(9000), days: 47 },
    { ...period, billingDm2: dm2(9650), days: 74 },
  ]
  const [heating] = seasonCharges(periods, 121)
  const { formula, numbers, clause } = explainCharge('HEATING', heating!.periods)
  assert.equal(heating!.amountFen, 206_745n)
  assert.match(formula, /^HEATING = round\(Σ /)
  assert.deepEqual([numbers.A_1, numbers.A_2, numbers.X_2], ['90.00', '96.50', '7141.00'])
  assert.equal(clause, 'domain.md §4.12')
  t.end()
})

test('a late fee shows its days and its cap, a discount its rate', (t) => {
  const lateFeeTerms = {
    dueOn: '2025-12-31',
    rateSteps: flatRate(1000n),
    capRate: 300_000n,
    base: 'OUTSTANDING' as const,
  }
  const principal = fen(198_000)
  const line = {
    receivableFen: principal,
    paidFen: fen(0),
    discountFen: fen(0),
    lateFee: noLateFeeYet(principal),
    lateFeeTerms,
  }
  const { numbers } = explainLateFee(lateFeeAsOf(line, '2026-02-10'), lateFeeTerms)
  assert.deepEqual([numbers.days, numbers.cap, numbers.accrued], ['41', '0.3', '81.18'])
  assert.equal(explainDiscount(principal, 25_000n).numbers.rate, '0.025')
  assert.deepEqual([decimalText(-5n, 2), plainDecimal(2_136n, 2)], ['-0.05', '21.36'])
  t.end()
})
