// Bills and payments: the sample customer of the banks' papers, the order of their refusals, and
// what must hold for every account, amount and day (domain.md §4.18).
import assert from 'node:assert/strict'
import { dm2, fen, Refused, sumFen } from '@reli/sdk'
import fc from 'fast-check'
import { test } from 'tap'
import {
  type Account,
  type AccountFlags,
  type ChargeLine,
  feeItems,
  outstandingOf,
  type Part,
  settle,
  undo,
} from './accounts.ts'
import type { AllocationWithin } from './allocation.ts'
import {
  billOf,
  type ChannelPolicy,
  decidePayment,
  decideQuery,
  type PaymentRequest,
} from './bill.ts'
import { discountOf } from './discounts.ts'
import { flatRate, lateFeeAsOf, lateFeeDue, noLateFeeYet, type RateStep } from './late-fees.ts'
import { addDays, dayNumber, dayText } from './seasons.ts'

const today = '2026-11-20'
const early = {
  tiers: [{ from: '2026-11-01', to: '2026-11-30', rate: 20_000n, channels: null, natures: null }],
  channelBonus: {},
  natures: ['RESIDENT'],
  appliesTo: ['HEATING' as const],
  needsNoArrears: true,
}

const aLine = (season: string, more: Partial<ChargeLine> = {}): ChargeLine => ({
  chargeId: `chg_${season}`,
  season,
  seasonOpenForCollection: true,
  feeItem: 'HEATING',
  areaNo: 1,
  receivableFen: fen(210_320),
  paidFen: fen(0),
  fromBalanceFen: fen(0),
  discountFen: fen(0),
  lateFee: noLateFeeYet(fen(210_320)),
  lateFeeTerms: {
    dueOn: `${season.slice(0, 4)}-12-31`,
    rateSteps: flatRate(1000n),
    capRate: 300_000n,
    base: 'OUTSTANDING',
  },
  discountTerms: season === '2026-2027' ? early : null,
  ...more,
})

/** 0012345678 of the papers: 503.20 left of the old season, the new one unpaid, 2 % in November. */
const oldSeason = aLine('2025-2026', {
  paidFen: fen(160_000),
  lateFee: noLateFeeYet(fen(50_320)),
})
const newSeason = aLine('2026-2027')
const noFlags: AccountFlags = {
  bankBlocked: false,
  collectionLocked: false,
  inspectionLocked: false,
  inApproval: false,
  mustVisitHall: false,
}
const zhang: Account = {
  customerId: 'cus_1',
  customerNo: '0012345678',
  name: '张三',
  address: '和平区南京路1号2单元301',
  areaDm2: dm2(9560),
  nature: 'RESIDENT',
  flags: noFlags,
  lines: [newSeason, oldSeason],
}

const full: ChannelPolicy = {
  channel: 'BANK',
  maxSeasons: 6,
  singleLimitFen: fen(5_000_000),
  amount: { rule: 'FULL' },
  within: 'PRINCIPAL_FIRST',
}
const part: ChannelPolicy = {
  ...full,
  maxSeasons: 3,
  amount: { rule: 'PART', minimumFen: fen(10_000), multipleFen: fen(10_000) },
}
const query = { on: today, bankDate: today }
const paying = (amountFen: number | bigint, more: Partial<PaymentRequest> = {}) => ({
  on: today,
  amountFen: fen(amountFen),
  openDates: [today],
  ...more,
})

const refusalOf = (decide: () => unknown): string => {
  try {
    decide()
  } catch (error) {
    if (error instanceof Refused) return error.code
    throw error
  }
  return 'accepted'
}

const after = (account: Account, changed: readonly ChargeLine[]): Account => ({
  ...account,
  lines: account.lines.map((line) => changed.find((of) => of.chargeId === line.chargeId) ?? line),
})

test('the bill of the papers’ sample customer', (t) => {
  const bill = decideQuery(zhang, query, full)
  assert.equal(bill.totalArrearsFen, 260_640n)
  assert.equal(bill.totalPayableFen, 271_530n)
  assert.deepEqual(bill.seasons, [
    season('2025-2026', 210_320, 50_320, 15_096, 0, 65_416),
    season('2026-2027', 210_320, 210_320, 0, 4206, 206_114),
  ])
  t.end()
})

function season(name: string, ...amounts: [number, number, number, number, number]) {
  const [receivableFen, outstandingFen, lateFeeFen, discountFen, payableFen] = amounts.map(fen)
  return { season: name, receivableFen, outstandingFen, lateFeeFen, discountFen, payableFen }
}

test('a full payment settles the bill with its discount', (t) => {
  const { parts, lines, ...left } = decidePayment(zhang, paying(271_530), full)
  assert.deepEqual(parts, [
    { chargeId: 'chg_2025-2026', on: today, ...took(50_320, 15_096, 0) },
    { chargeId: 'chg_2026-2027', on: today, ...took(206_114, 0, 4206) },
  ])
  assert.deepEqual(left, { toBalanceFen: 0n, arrearsLeftFen: 0n, payableLeftFen: 0n })
  assert.equal(
    refusalOf(() => decideQuery(after(zhang, lines), query, full)),
    'bill.settled',
  )
  t.end()
})

function took(principal: number, lateFee: number, discount: number) {
  return { principalFen: fen(principal), lateFeeFen: fen(lateFee), discountFen: fen(discount) }
}

test('a part payment settles the oldest season first and leaves what a query then shows', (t) => {
  const payment = decidePayment(zhang, paying(20_000), part)
  assert.equal(payment.payableLeftFen, 251_530n) // The credit co-operative's sample.
  assert.equal(payment.arrearsLeftFen, 240_640n)
  const next = decideQuery(after(zhang, payment.lines), query, part)
  assert.equal(next.totalPayableFen, payment.payableLeftFen)
  t.end()
})

test('a part payment into the new season forfeits its discount', (t) => {
  const payment = decidePayment(zhang, paying(80_000), part)
  assert.equal(payment.payableLeftFen, 271_530n + 4206n - 80_000n)
  t.end()
})

test('a balance applied at opening leaves the discount on the rest', (t) => {
  const line = aLine('2026-2027', { paidFen: fen(10_320), fromBalanceFen: fen(10_320) })
  assert.equal(discountOf(line, today, { channel: 'BANK', nature: 'RESIDENT' }), 4000n)
  t.end()
})

test('a discount is for some days, natures and fee items, and a bonus needs an open tier', (t) => {
  const discountTerms = { ...early, channelBonus: { WECHAT: 5000n } }
  const line = aLine('2026-2027', { receivableFen: fen(198_000), discountTerms })
  const resident = { channel: 'BANK', nature: 'RESIDENT' }
  const wechat = { channel: 'WECHAT', nature: 'RESIDENT' }
  assert.equal(discountOf(line, '2026-11-30', resident), 3960n)
  assert.equal(discountOf(line, '2026-11-30', wechat), 4950n)
  assert.equal(discountOf(line, '2026-12-01', wechat), 0n, 'no tier, no bonus (R20)')
  assert.equal(discountOf(line, today, { ...resident, nature: 'ORGANISATION' }), 0n)
  assert.equal(discountOf({ ...line, feeItem: 'BASE_HEAT' }, today, resident), 0n)
  assert.equal(discountOf(line, today, resident, true), 0n, 'older debt would remain')
  t.end()
})

test('refusals come in the order of the papers', (t) => {
  const faults: [string, (account: Account) => Account][] = [
    ['season.not_open', closed],
    ['customer.bank_blocked', flagged('bankBlocked')],
    ['customer.collection_locked', flagged('collectionLocked')],
    ['customer.inspection_locked', flagged('inspectionLocked')],
    ['customer.in_approval', flagged('inApproval')],
    ['customer.must_visit_hall', flagged('mustVisitHall')],
  ]
  for (const [at, [code]] of faults.entries()) {
    // All faults from here on at once: the first one answers, before token and amount.
    const account = faults.slice(at).reduce((so, [, spoil]) => spoil(so), zhang)
    const request = paying(0, { billToken: '0000000000000000' })
    assert.equal(
      refusalOf(() => decideQuery(account, query, full)),
      code,
    )
    assert.equal(
      refusalOf(() => decidePayment(account, request, full)),
      code,
    )
  }
  const nothing = { ...zhang, lines: [] }
  assert.equal(
    refusalOf(() => decideQuery(nothing, query, full)),
    'bill.settled',
  )
  const locked = flagged('inApproval')(nothing)
  assert.equal(
    refusalOf(() => decideQuery(locked, query, full)),
    'customer.in_approval',
  )
  t.end()
})

function closed(account: Account): Account {
  const lines = account.lines.map((line) => ({ ...line, seasonOpenForCollection: false }))
  return { ...account, lines }
}

function flagged(flag: keyof AccountFlags) {
  return (account: Account): Account => ({ ...account, flags: { ...account.flags, [flag]: true } })
}

test('who owes more seasons than a bill carries visits the hall', (t) => {
  const lines = ['2023-2024', '2024-2025', '2025-2026', '2026-2027'].map((of) => aLine(of))
  const account = { ...zhang, lines }
  assert.equal(
    refusalOf(() => decideQuery(account, query, part)),
    'customer.must_visit_hall',
  )
  assert.equal(
    refusalOf(() => decideQuery(account, query, full)),
    'accepted',
  )
  t.end()
})

test('a season not open for collection is left out, and is arrears for the newer ones', (t) => {
  const lines = [{ ...oldSeason, seasonOpenForCollection: false }, newSeason]
  const bill = decideQuery({ ...zhang, lines }, query, full)
  assert.deepEqual(bill.seasons, [season('2026-2027', 210_320, 210_320, 0, 0, 210_320)])
  t.end()
})

test('amounts are refused as the papers say', (t) => {
  const answers = (policy: ChannelPolicy, ...amounts: number[]) =>
    amounts.map((amount) => refusalOf(() => decidePayment(zhang, paying(amount), policy)))
  assert.deepEqual(answers(full, 5_000_001, 0, 271_529, 271_531, 271_530), [
    'amount.above_maximum',
    'amount.below_minimum',
    'amount.not_full',
    'amount.not_full',
    'accepted',
  ])
  assert.deepEqual(answers(part, 5_000_001, 271_530, 271_531, 9900, 0, 15_050, 20_000), [
    'amount.above_maximum',
    'accepted',
    'amount.above_maximum',
    'amount.below_minimum',
    'amount.below_minimum',
    'amount.not_multiple',
    'accepted',
  ])
  const limited = { ...part, singleLimitFen: fen(200_000) }
  assert.deepEqual(answers(limited, 271_530), ['amount.above_maximum'])
  t.end()
})

test('a bill token holds while date, seasons and amounts do', (t) => {
  const { billToken } = decideQuery(zhang, query, full)
  assert.match(billToken, /^[0-9A-F]{16}$/)
  const pays = (account: Account, more: Partial<PaymentRequest> = {}) =>
    refusalOf(() => decidePayment(account, paying(1, { billToken, ...more }), full))
  assert.equal(pays(zhang), 'amount.not_full', 'current, so only the amount is wrong')
  assert.equal(pays(zhang, { openDates: ['2026-11-21'] }), 'bill.changed')
  assert.equal(pays(zhang, { openDates: [today, '2026-11-21'] }), 'amount.not_full')
  assert.equal(pays(zhang, { on: '2026-12-01' }), 'bill.changed', 'the discount has ended')

  const payment = decidePayment(zhang, paying(20_000), part)
  const paid = after(zhang, payment.lines)
  assert.equal(pays(paid), 'bill.changed')
  const reversed = payment.lines.map((line, at) => undo(line, payment.parts[at]!))
  assert.equal(pays(after(paid, reversed)), 'amount.not_full', 'reversed, so current again')
  t.end()
})

// Accounts of up to three seasons with every kind of terms, some of it paid before.
const aFen = fc.bigInt({ min: 0n, max: 400_000n }).map(fen)
const aDay = fc.integer({ min: dayNumber('2024-12-25'), max: dayNumber('2027-06-30') }).map(dayText)
const steps: fc.Arbitrary<readonly RateStep[]> = fc.constantFrom(
  flatRate(1000n),
  flatRate(3000n),
  [
    { from: '2024-01-01', to: '2026-01-31', rate: 500n },
    { from: '2026-02-01', to: '2026-08-31', rate: 1333n },
    { from: '2026-10-01', to: null, rate: 2000n },
  ],
  [{ from: '2025-01-01', to: '2026-01-15', rate: 2000n }],
)
const someTerms = fc.record({
  dueOn: fc.constantFrom('2024-12-31', '2025-12-31', '2026-12-31'),
  rateSteps: steps,
  capRate: fc.constantFrom(null, 300_000n, 123_457n),
  base: fc.constantFrom('OUTSTANDING' as const, 'ORIGINAL' as const),
})
const discounts = fc.constantFrom(null, {
  ...early,
  tiers: [{ ...early.tiers[0]!, from: '2024-01-01', to: '2027-12-31' }],
})
const someLine: fc.Arbitrary<ChargeLine> = fc
  .record({
    season: fc.constantFrom('2024-2025', '2025-2026', '2026-2027'),
    feeItem: fc.constantFrom(...feeItems),
    areaNo: fc.integer({ min: 1, max: 3 }),
    receivableFen: aFen,
    lateFeeTerms: someTerms,
    discountTerms: discounts,
  })
  .map((line) => ({
    ...aLine(line.season),
    ...line,
    chargeId: `chg_${line.season}_${line.feeItem}_${line.areaNo}`,
    lateFee: noLateFeeYet(line.receivableFen),
  }))
const someLines = fc.uniqueArray(someLine, { maxLength: 8, selector: (line) => line.chargeId })
const someAccount = someLines.map((lines): Account => deepFreeze({ ...zhang, lines }))
const withins = ['PRINCIPAL_FIRST', 'LATE_FIRST', 'SLICE', 'ALL_PRINCIPAL_THEN_LATE'] as const
const someWithin = fc.constantFrom<AllocationWithin>(...withins)
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner)
  }
  return value
}

/** Any amounts, so that payments of every size reach every line. */
const anyPart: ChannelPolicy = {
  ...part,
  amount: { rule: 'PART', minimumFen: fen(1), multipleFen: fen(1) },
}
const pay = (account: Account, amountFen: bigint, on: string, within: AllocationWithin) => {
  const payableFen = billOf(account, { on, bankDate: on }, anyPart).totalPayableFen
  const amount = amountFen < payableFen ? amountFen : payableFen
  if (amount === 0n) return { parts: [] as Part[], lines: [] as ChargeLine[], amount }
  const request = { on, amountFen: fen(amount), openDates: [on] }
  return { ...decidePayment(account, request, { ...anyPart, within }), amount }
}

test('paying exactly the quoted amount always settles, and money is neither made nor lost', (t) => {
  fc.assert(
    fc.property(someAccount, aDay, someWithin, aFen, (account, on, within, before) => {
      const first = pay(account, before, on, within)
      const started = after(account, first.lines)
      const { totalPayableFen } = billOf(started, { on, bankDate: on }, anyPart)
      const second = pay(started, totalPayableFen, on, within)
      for (const { parts, amount } of [first, second]) {
        const taken = parts.map((of) => fen(of.principalFen + of.lateFeeFen))
        assert.equal(sumFen(taken), amount)
      }
      const settled = after(started, second.lines)
      assert.deepEqual(billOf(settled, { on, bankDate: on }, anyPart).seasons, [])
      for (const line of settled.lines) {
        const { receivableFen, paidFen, discountFen } = line
        assert.equal(receivableFen, paidFen + discountFen + outstandingOf(line))
        assert.equal(lateFeeDue(line, addDays(on, 500)), 0n, 'frozen by payment')
      }
    }),
  )
  t.end()
})

test('a query changes nothing', (t) => {
  fc.assert(
    fc.property(someAccount, aDay, (account, on) => {
      const first = billOf(account, { on, bankDate: on }, full) // The account is frozen.
      billOf(account, { on: addDays(on, 100), bankDate: on }, full)
      assert.deepEqual(billOf(account, { on, bankDate: on }, full), first)
    }),
  )
  t.end()
})

test('a payment undone leaves every line as if it had never been', (t) => {
  fc.assert(
    fc.property(someAccount, aFen, aFen, aDay, someWithin, (account, one, two, on, within) => {
      const a = pay(account, one, on, within)
      const paid = after(account, a.lines)
      assert.deepEqual(taken(paid, a.parts), account)

      // Also when another payment came after it.
      const b = pay(paid, two, addDays(on, 40), within)
      const both = after(paid, b.lines)
      const onlyB = account.lines.map((line) => {
        const part = b.parts.find((of) => of.chargeId === line.chargeId)
        return part ? settle(line, part) : line
      })
      assert.deepEqual(taken(both, a.parts).lines, onlyB)
    }),
  )
  t.end()
})

function taken(account: Account, parts: readonly Part[]): Account {
  const lines = account.lines.map((line) => {
    const part = parts.find((of) => of.chargeId === line.chargeId)
    return part ? undo(line, part) : line
  })
  return { ...account, lines }
}

test('the late fee is that of counting day by day, never negative nor above the cap', (t) => {
  const payments = fc.array(fc.record({ after: fc.integer({ min: 0, max: 90 }), amount: aFen }), {
    maxLength: 4,
  })
  fc.assert(
    fc.property(someLine, payments, (start, paying) => {
      const { lateFeeTerms: terms } = start
      const rateOn = (day: string) =>
        terms.rateSteps.find(({ from, to }) => from <= day && (to === null || day <= to))?.rate ??
        0n
      let line = start
      let day = terms.dueOn
      let product = 0n
      const liveUntil = (until: string) => {
        while (day < until) {
          day = addDays(day, 1)
          const base = terms.base === 'ORIGINAL' ? line.lateFee.principalFen : outstandingOf(line)
          if (outstandingOf(line) > 0n) product += base * rateOn(day)
        }
        const { accruedFen, uncappedFen, product: read } = lateFeeAsOf(line, day)
        assert.equal(read, product)
        assert.ok(accruedFen >= 0n && accruedFen <= uncappedFen)
        if (terms.capRate !== null) {
          const cap = line.lateFee.principalFen * terms.capRate
          assert.ok(accruedFen * 1_000_000n <= cap + 500_000n)
        }
      }
      for (const { after, amount } of paying) {
        liveUntil(addDays(day, after))
        const principalFen = amount < outstandingOf(line) ? amount : outstandingOf(line)
        const none = { lateFeeFen: fen(0), discountFen: fen(0) }
        line = settle(line, { chargeId: line.chargeId, on: day, principalFen, ...none })
      }
      liveUntil(addDays(day, 60))
    }),
  )
  t.end()
})

test('days are counted as the calendar has them', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: -300_000, max: 300_000 }), (number) => {
      const text = new Date(number * 86_400_000).toISOString().slice(0, 10)
      assert.equal(dayText(number), text)
      assert.equal(dayNumber(text), number)
    }),
  )
  assert.equal(addDays('2028-02-28', 1), '2028-02-29')
  t.end()
})
