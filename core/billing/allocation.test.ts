// Spreading a payment: the order of lines, and what holds for every order and amount (domain.md
// §4.11, §4.18).
import assert from 'node:assert/strict'
import { type Fen, fen } from '@reli/sdk'
import fc from 'fast-check'
import { test } from 'tap'
import { feeItems } from './accounts.ts'
import { type AllocationOrder, type AllocationWithin, allocate, type Debt } from './allocation.ts'

const on = '2026-11-20'
const oldestFirst = { order: 'OLDEST_FIRST' } as const

const owing = (season: string, outstanding: number, late = 0, more: Partial<Debt['line']> = {}) => {
  const line = { chargeId: season, season, feeItem: 'HEATING' as const, areaNo: 1, ...more }
  const [outstandingFen, lateFeeFen] = [fen(outstanding), fen(late)]
  return { line, outstandingFen, lateFeeFen, discountFen: fen(0) }
}
const served = (debts: readonly Debt[], order: AllocationOrder) =>
  allocate(debts, fen(1_000_000), order, 'PRINCIPAL_FIRST', on).parts.map((part) => part.chargeId)

test('lines are served by season, then fee item, then area item number', (t) => {
  const debts = [
    owing('2026-2027', 1, 0, { chargeId: 'room 10', areaNo: 10 }),
    owing('2026-2027', 1, 0, { chargeId: 'room 2', areaNo: 2 }),
    owing('2025-2026', 1, 0, { chargeId: 'penalty', feeItem: 'INSPECTION_PENALTY' }),
    owing('2025-2026', 1, 0, { chargeId: 'access', feeItem: 'ACCESS' }),
    owing('2025-2026', 1, 0, { chargeId: 'recovery', feeItem: 'INSPECTION_RECOVERY' }),
    owing('2025-2026', 1, 0, { chargeId: 'base', feeItem: 'BASE_HEAT' }),
    owing('2025-2026', 1, 0, { chargeId: 'heat', feeItem: 'HEATING' }),
  ]
  const old = ['heat', 'base', 'recovery', 'penalty', 'access']
  const rooms = ['room 2', 'room 10']
  assert.deepEqual(served(debts, oldestFirst), [...old, ...rooms])
  assert.deepEqual(served(debts, { order: 'CURRENT_FIRST', currentSeason: '2026-2027' }), [
    ...rooms,
    ...old,
  ])
  const designated = { order: 'MANUAL', chargeIds: ['room 10', 'access'] } as const
  assert.deepEqual(served(debts, designated), [
    ...['room 10', 'access', 'heat', 'base', 'recovery', 'penalty', 'room 2'],
  ])
  t.end()
})

test('a slice of one fen pays principal (R9)', (t) => {
  const { parts } = allocate([owing('2025-2026', 100, 30)], fen(1), oldestFirst, 'SLICE', on)
  assert.deepEqual(
    parts.map((part) => [part.principalFen, part.lateFeeFen]),
    [[1n, 0n]],
  )
  t.end()
})

test('what is left after everything is settled goes to the balance (R17)', (t) => {
  const debts = [{ ...owing('2026-2027', 198_000), discountFen: fen(4950) }]
  const { parts, toBalanceFen } = allocate(debts, fen(198_000), oldestFirst, 'SLICE', on)
  assert.deepEqual([parts[0]!.principalFen, parts[0]!.discountFen], [193_050n, 4950n])
  assert.equal(toBalanceFen, 4950n)
  t.end()
})

// Small amounts too, and late fees far above the principal: no cap is law.
const aFen = fc.oneof(fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: 400_000n }))
const someDebt: fc.Arbitrary<Debt> = fc
  .record({
    season: fc.constantFrom('2024-2025', '2025-2026', '2026-2027'),
    feeItem: fc.constantFrom(...feeItems),
    areaNo: fc.integer({ min: 1, max: 3 }),
    outstandingFen: aFen.map(fen),
    lateFeeFen: aFen.map(fen),
    discounted: fc.boolean(),
  })
  .map(({ outstandingFen, lateFeeFen, discounted, ...line }) => ({
    line: { ...line, chargeId: `${line.season}_${line.feeItem}_${line.areaNo}` },
    outstandingFen,
    lateFeeFen,
    discountFen: fen(discounted ? outstandingFen / 50n : 0n),
  }))
const someDebts = fc.uniqueArray(someDebt, {
  maxLength: 6,
  selector: (debt) => debt.line.chargeId,
})
const someWithin = fc.constantFrom<AllocationWithin>(
  'PRINCIPAL_FIRST',
  'LATE_FIRST',
  'SLICE',
  'ALL_PRINCIPAL_THEN_LATE',
)
const someOrder = fc.constantFrom<AllocationOrder>(
  oldestFirst,
  { order: 'CURRENT_FIRST', currentSeason: '2025-2026' },
  { order: 'MANUAL', chargeIds: ['2026-2027_HEATING_1', '2025-2026_BASE_HEAT_2'] },
)

const manyRuns = { numRuns: 2000 }

test('a larger payment never leaves any line with more outstanding', (t) => {
  const left = (
    debts: readonly Debt[],
    amount: Fen,
    order: AllocationOrder,
    within: AllocationWithin,
  ) => {
    const { parts } = allocate(debts, amount, order, within, on)
    return debts.map(({ line, outstandingFen }) => {
      const part = parts.find((of) => of.chargeId === line.chargeId)
      return part ? outstandingFen - part.principalFen - part.discountFen : outstandingFen
    })
  }
  const more = fc.oneof(fc.constant(1n), aFen)
  fc.assert(
    fc.property(someDebts, aFen, more, someOrder, someWithin, (debts, amount, extra, ...how) => {
      const small = left(debts, fen(amount), ...how)
      const large = left(debts, fen(amount + extra), ...how)
      for (const [at, of] of large.entries()) assert.ok(of >= 0n && of <= small[at]!)
    }),
    manyRuns,
  )
  t.end()
})

test('every fen of a payment pays a line that owes it, or goes to the balance', (t) => {
  fc.assert(
    fc.property(someDebts, aFen, someOrder, someWithin, (debts, amount, order, within) => {
      const { parts, toBalanceFen } = allocate(debts, fen(amount), order, within, on)
      let spent: bigint = toBalanceFen
      for (const { chargeId, principalFen, lateFeeFen, discountFen } of parts) {
        const debt = debts.find(({ line }) => line.chargeId === chargeId)!
        assert.ok(principalFen >= 0n && principalFen + discountFen <= debt.outstandingFen)
        assert.ok(lateFeeFen >= 0n && lateFeeFen <= debt.lateFeeFen)
        spent += principalFen + lateFeeFen
      }
      assert.equal(spent, amount)
      assert.equal(new Set(parts.map((part) => part.chargeId)).size, parts.length)
    }),
    manyRuns,
  )
  t.end()
})
