// Every class of difference, the golden figures of E60, and what must hold of any two sides.
import assert from 'node:assert/strict'
import { fen } from '@reli/sdk'
import fc from 'fast-check'
import { test } from 'tap'
import {
  type BankLine,
  classify,
  countGapOf,
  gapOf,
  type OurOperation,
} from './reconcile-classes.ts'

let serials = 0
const next = () => (++serials).toString().padStart(12, '0')

const line = (serial: string, amount = 100n, more: Partial<BankLine> = {}): BankLine => ({
  serial,
  customerNo: `c${serial}`,
  amountFen: fen(amount),
  state: 'paid',
  paidAt: '2026-11-20T09:30:12',
  outlet: '0200000101',
  ...more,
})
const ours = (serial: string, state: OurOperation['state'], amount = 100n): OurOperation => ({
  serial,
  state,
  customerNo: `c${serial}`,
  amountFen: fen(amount),
})

/** One key on both sides: its class and treatment, or `equal`. */
function one(bank: BankLine | undefined, own: OurOperation | undefined, profile?: 'we_query') {
  const found = classify(bank ? [bank] : [], own ? [own] : [], profile)
  const [difference] = found.exceptions
  if (difference) return `${difference.class} ${difference.treatment}`
  return found.matched.length === 1 ? 'equal' : 'nothing'
}

test('every pair of states has its class', (t) => {
  const states = ['PAID', 'REFUSED', 'REVERSED', 'BLOCKED'] as const
  const table = (bank: 'paid' | 'reversed' | 'absent') =>
    [undefined, ...states].map((state) => {
      const serial = next()
      const banks = bank === 'absent' ? undefined : line(serial, 100n, { state: bank })
      return one(banks, state && ours(serial, state))
    })
  const [none, refused] = ['BANK_ONLY book', 'BANK_ONLY book']
  t.same(table('paid'), [none, 'equal', refused, 'STATE_DIFF hold', 'STATE_DIFF hold'])
  t.same(table('reversed'), ['equal', 'STATE_DIFF reverse', 'equal', 'equal', 'equal'])
  t.same(table('absent'), ['nothing', 'LOCAL_ONLY reverse', 'nothing', 'equal', 'nothing'])
  t.end()
})

test('amounts and customers that differ are for a person, whatever else differs', (t) => {
  for (const state of ['paid', 'reversed'] as const) {
    const bank = line('1', 120n, { state })
    t.equal(one(bank, ours('1', 'PAID')), 'AMOUNT_DIFF person')
    t.equal(one({ ...bank, customerNo: 'x' }, ours('1', 'PAID')), 'AMOUNT_DIFF person')
    const other = line('1', 100n, { state, customerNo: 'x' })
    t.equal(one(other, ours('1', 'PAID')), 'CUSTOMER_DIFF person')
  }
  t.end()
})

test('only a bank that reverses by itself has its absent payments reversed', (t) => {
  t.equal(one(undefined, ours('1', 'PAID'), 'we_query'), 'LOCAL_ONLY person')
  t.end()
})

test('a second payment of one customer and amount that we lack may be the same debt', (t) => {
  const same = { customerNo: 'c' }
  const known = { ...ours('2', 'PAID'), customerNo: 'c' }
  const { exceptions } = classify([line('1', 100n, same), line('2', 100n, same)], [known])
  t.same(
    exceptions.map(({ serial, class: of, treatment }) => [serial, of, treatment]),
    [['1', 'DUPLICATE', 'book']],
  )
  const both = classify([line('1', 100n, same), line('2', 100n, same), line('3', 50n, same)], [])
  t.same(
    both.exceptions.map((difference) => difference.class),
    ['BANK_ONLY', 'DUPLICATE', 'BANK_ONLY'],
  )
  t.end()
})

test('E60: 198,000.00 at the bank, 198,980.00 here', (t) => {
  // 195,020.00 match; 2,980.00 the bank alone has; 3,960.00 we alone have.
  const both = [9_000_000n, 8_000_000n, 2_502_000n]
  const shared = both.map((amount, at) => [line(`m${at}`, amount), ours(`m${at}`, 'PAID', amount)])
  const bank = [...shared.map(([b]) => b as BankLine), line('b1', 298_000n)]
  const local = [...shared.map(([, o]) => o as OurOperation), ours('l1', 'PAID', 396_000n)]
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)
  const { matched, exceptions } = classify(bank, local)
  t.equal(sum(bank.map(({ amountFen }) => amountFen)), 19_800_000n)
  t.equal(sum(local.map(({ amountFen }) => amountFen!)), 19_898_000n)
  t.equal(sum(matched.map(({ amountFen }) => amountFen)), 19_502_000n)
  const of = (wanted: string) => exceptions.filter((difference) => difference.class === wanted)
  t.equal(sum(of('BANK_ONLY').map(gapOf)), 298_000n)
  t.equal(sum(of('LOCAL_ONLY').map(gapOf)), -396_000n)
  // Booked and voided, ours is the bank's.
  t.equal(19_898_000n + sum(exceptions.map(gapOf)), 19_800_000n)
  t.end()
})

const serialOf = fc.integer({ min: 1, max: 12 }).map(String)
const amountOf = fc.constantFrom(100n, 120n, 5_000n)
const bankSide = fc.uniqueArray(
  fc.record({ serial: serialOf, amount: amountOf, state: fc.constantFrom('paid', 'reversed') }),
  { selector: ({ serial }) => serial },
)
const ourSide = fc.uniqueArray(
  fc.record({
    serial: serialOf,
    amount: amountOf,
    state: fc.constantFrom('PAID', 'REFUSED', 'REVERSED', 'BLOCKED'),
  }),
  { selector: ({ serial }) => serial },
)

test('the differences explain the two sums to the fen, and each key is met once', (t) => {
  fc.assert(
    fc.property(bankSide, ourSide, (theirs, own) => {
      const bank = theirs.map(({ serial, amount, state }) =>
        line(serial, amount, { state: state as BankLine['state'], customerNo: 'c' }),
      )
      const local = own.map(({ serial, amount, state }) => ({
        ...ours(serial, state as OurOperation['state'], amount),
        customerNo: 'c',
      }))
      const { matched, exceptions } = classify(bank, local)
      const standing = bank.filter(({ state }) => state === 'paid')
      const paid = local.filter(({ state }) => state === 'PAID')
      const total = (list: readonly { amountFen: bigint | null }[]) =>
        list.reduce((sum, { amountFen }) => sum + amountFen!, 0n)
      const gap = exceptions.reduce((sum, difference) => sum + gapOf(difference), 0n)
      assert.equal(total(standing) - total(paid), gap)
      const count = exceptions.reduce((sum, difference) => sum + countGapOf(difference), 0)
      assert.equal(standing.length - paid.length, count)
      const met = [...matched, ...exceptions].map(({ serial }) => serial)
      assert.equal(new Set(met).size, met.length)
      for (const { serial } of [...standing, ...paid]) assert.ok(met.includes(serial))
    }),
  )
  t.end()
})
