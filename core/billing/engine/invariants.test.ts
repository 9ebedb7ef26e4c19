// The nine invariants of domain.md §4.18, over random histories of more than two hundred events.
import assert from 'node:assert/strict'
import { type Fen, fen } from '@reli/sdk'
import fc from 'fast-check'
import { test } from 'tap'
import { outstandingOf } from '../accounts.ts'
import { lateFeeAsOf } from '../late-fees.ts'
import { NotAllowed } from '../refusals.ts'
import { decide } from './decide.ts'
import type { AccountEvent } from './events.ts'
import { quoteOf } from './quote.ts'
import type { CustomerState, Decision, PostingIntent, Rules } from './state.ts'
import {
  begin,
  card,
  eventOf,
  household,
  lateFeeOf,
  owedBy,
  receivablesOf,
  rulesOf,
  somePolicy,
  steps,
  walk,
} from './test-accounts.ts'
import { decideMerge, decideSplit } from './together.ts'

const sum = <T>(items: readonly T[], of: (item: T) => bigint): bigint =>
  items.reduce((total, item) => total + of(item), 0n)

function checkLines(state: CustomerState): void {
  for (const line of state.lines) {
    const { chargedFen, reducedFen, writtenOffFen, discountFen, paidFen } = line
    const parts = [chargedFen, reducedFen, writtenOffFen, discountFen, paidFen, outstandingOf(line)]
    for (const part of parts) assert.ok(part >= 0n, `${line.chargeId} has a part below nothing`)
    const settled = paidFen + discountFen + reducedFen + writtenOffFen + outstandingOf(line)
    assert.equal(chargedFen, settled)
    const of = (kinds: string[]) =>
      sum(
        line.changes.filter(({ kind }) => kinds.includes(kind)),
        ({ deltaFen }) => deltaFen,
      )
    assert.equal(of(['CHARGED', 'MOVED']), chargedFen)
    assert.equal(of(['REDUCED']), reducedFen)
    assert.equal(of(['WRITTEN_OFF']), writtenOffFen)
    assert.equal(
      sum(line.settlements, (part) => part.principalFen),
      paidFen,
    )
    assert.equal(
      sum(line.settlements, (part) => part.discountFen),
      discountFen,
    )
    assert.equal(
      sum(line.settlements, (part) => part.lateFeeFen),
      line.lateFee.paidFen,
    )
  }
}

/** Credits less debits of an account. */
const held = (postings: readonly PostingIntent[], account: string): bigint =>
  sum(postings, ({ debit, credit, amountFen }) =>
    credit === account ? amountFen : debit === account ? -amountFen : 0n,
  )

test('1 and 3: every line adds up, and the ledger has what the lines and the balance have', (t) => {
  fc.assert(
    fc.property(steps(200, 240), somePolicy, (history, policy) => {
      const at = begin(rulesOf(policy))
      const postings: PostingIntent[] = []
      for (const [number, step] of history.entries()) {
        postings.push(...(walk(at, step, number)?.postings ?? []))
        checkLines(at.state)
        assert.ok(at.state.balanceFen >= 0n)
      }
      assert.equal(-held(postings, 'receivable'), owedBy(at.state))
      assert.equal(held(postings, 'prepayment'), at.state.balanceFen)
      for (const { amountFen, debit, credit } of postings) {
        assert.ok(amountFen > 0n && debit !== credit)
      }
    }),
    { numRuns: 150 },
  )
  t.end()
})

/** What came to the tender's account less what went back. */
const tendered = ({ postings }: Decision) => -held(postings, 'bank')

test('2: what a payment took is what its lines and the balance got', (t) => {
  fc.assert(
    fc.property(steps(60, 120), somePolicy, (history, policy) => {
      const at = begin(rulesOf(policy))
      for (const [number, step] of history.entries()) {
        const decision = walk(at, step, number)
        if (decision?.event.type !== 'PAYMENT') continue
        const { amountFen } = decision.event
        assert.equal(tendered(decision), amountFen)
        const toLines = sum(
          decision.settlements.filter(({ source }) => source === `e${number}`),
          ({ principalFen, lateFeeFen }) => principalFen + lateFeeFen,
        )
        const balance = (why: string) =>
          sum(
            decision.balance.filter((of) => of.why === why),
            ({ deltaFen }) => deltaFen,
          )
        assert.equal(amountFen, toLines + balance('PAID_IN') + balance('USED'))
      }
    }),
    { numRuns: 150 },
  )
  t.end()
})

const accepted = (decideIt: () => Decision): CustomerState | undefined => {
  try {
    return decideIt().state
  } catch (error) {
    if (error instanceof NotAllowed) return undefined
    throw error
  }
}

test('4: a stop that is cancelled, or resumed on its day, leaves the receivable as it was', (t) => {
  fc.assert(
    fc.property(steps(5, 60), fc.nat(60), fc.boolean(), (history, later, isCancelled) => {
      const at = begin(rulesOf({ stops: { granularity: 'BY_DATE', maxCycles: null } }))
      for (const [number, step] of history.entries()) walk(at, step, number)
      const stopFrom = at.on
      const stop = { type: 'STOP', eventId: 's', on: at.on, areaNo: 1, areaDm2: 'ALL' } as const
      const stopped = accepted(() =>
        decide(at.state, { ...stop, stopFrom, resumeOn: null }, at.rules),
      )
      fc.pre(stopped !== undefined)
      const base = { eventId: 'c', on: `${at.on.slice(0, 4)}-12-30`, stopId: 's' }
      const undo: AccountEvent = isCancelled
        ? { type: 'CANCEL_STOP', ...base, on: at.on }
        : { type: 'RESUME', ...base, on: at.on, resumeOn: stopFrom }
      assert.deepEqual(
        receivablesOf(decide(stopped!, undo, at.rules).state),
        receivablesOf(at.state),
      )
      assert.ok(later >= 0)
    }),
    { numRuns: 150 },
  )
  t.end()
})

test('5: opening a season again changes nothing', (t) => {
  fc.assert(
    fc.property(steps(20, 120), somePolicy, (history, policy) => {
      const at = begin(rulesOf(policy))
      for (const [number, step] of history.entries()) walk(at, step, number)
      for (const { season } of at.state.areaSeasons) {
        const again = decide(
          at.state,
          { type: 'OPEN_SEASON', eventId: 'x', on: at.on, season },
          at.rules,
        )
        assert.deepEqual(again.changes, [])
        assert.deepEqual(receivablesOf(again.state), receivablesOf(at.state))
      }
    }),
    { numRuns: 150 },
  )
  t.end()
})

test('6: splitting and merging back yields the same totals', (t) => {
  fc.assert(
    fc.property(steps(5, 120), fc.integer({ min: 1, max: 8999 }), (history, firstDm2) => {
      const at = {
        ...begin(rulesOf({ balanceApplies: 'MANUAL' })),
        state: household(card(1, 9000)),
      }
      for (const [number, step] of history.entries()) {
        const [kind, ...rest] = step
        const event = eventOf(at, [kind >= 28 && kind < 38 ? 50 : kind, ...rest], `e${number}`)
        if ('areaNo' in event && event.areaNo === 2) continue
        at.state = accepted(() => decide(at.state, event, at.rules)) ?? at.state
      }
      const { state, on, rules } = at
      const child = (customerId: string, areaDm2: number) => {
        return { customerId, nature: 'RESIDENT', cards: [card(1, areaDm2)] }
      }
      const children = [child('c1', firstDm2), child('c2', 9000 - firstDm2)]
      const split = { type: 'SPLIT', eventId: 'split', on, children } as const
      const [, first, second] = decideSplit(state, split, rules)
      checkLines(first!.state)
      checkLines(second!.state)
      const merge = { type: 'MERGE', eventId: 'merge', on } as const
      const [merged] = decideMerge(first!.state, second!.state, merge, rules)
      const of = (each: CustomerState) => [
        sum(each.lines, (line) => line.chargedFen),
        sum(each.lines, (line) => line.paidFen),
        sum(each.lines, (line) => line.discountFen),
        sum(each.lines, (line) => line.lateFee.settledProduct),
        owedBy(each),
        each.balanceFen,
      ]
      assert.deepEqual(of(merged.state), of(state))
    }),
    { numRuns: 150 },
  )
  t.end()
})

test('7: reading changes nothing, and paying exactly the quote settles everything', (t) => {
  fc.assert(
    fc.property(steps(10, 200), somePolicy, fc.nat(400), (history, policy, ahead) => {
      const at = begin(rulesOf(policy))
      for (const [number, step] of history.entries()) walk(at, step, number)
      const before = JSON.stringify(at.state, (_, value) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      const amountFen = fen(sum(quoteOf(at.state, at.on, 'WECHAT'), (of) => of.payableFen))
      for (const line of at.state.lines) lateFeeAsOf(line, `${2030 + (ahead % 9)}-01-01`)
      const after = JSON.stringify(at.state, (_, value) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      assert.equal(after, before)
      fc.pre(amountFen > 0n)
      const base = { eventId: 'p', on: at.on, channel: 'WECHAT', funds: 'bank' }
      const { state } = decide(at.state, { type: 'PAYMENT', ...base, amountFen }, at.rules)
      assert.equal(owedBy(state) + lateFeeOf(state, at.on), 0n)
      assert.equal(state.balanceFen, at.state.balanceFen)
    }),
    { numRuns: 150 },
  )
  t.end()
})

test('8: a larger payment never leaves any line with more outstanding', (t) => {
  fc.assert(
    fc.property(
      steps(10, 150),
      somePolicy,
      fc.nat(400_000),
      fc.nat(400_000),
      (history, policy, a, more) => {
        const at = begin(rulesOf(policy))
        for (const [number, step] of history.entries()) walk(at, step, number)
        const base = { eventId: 'p', on: at.on, channel: 'COUNTER', funds: 'bank' }
        const left = (amount: number) => {
          const amountFen: Fen = fen(amount + 1)
          const { state } = decide(at.state, { type: 'PAYMENT', ...base, amountFen }, at.rules)
          return state.lines.map(outstandingOf)
        }
        const [less, fewer] = [left(a), left(a + more)]
        for (const [place, outstanding] of fewer.entries()) assert.ok(outstanding <= less[place]!)
      },
    ),
    { numRuns: 150 },
  )
  t.end()
})

/** Events of one stop, or of one payment, come in the order in which they happened. */
const subjectOf = (event: AccountEvent): string =>
  'stopId' in event ? event.stopId : 'paymentId' in event ? event.paymentId : event.eventId

/**
 * The same events by other priorities, as far as that is legal: what is refused is tried again
 * later.
 */
function replayed(
  from: CustomerState,
  events: readonly AccountEvent[],
  priorities: readonly number[],
  rules: Rules,
): { state: CustomerState; refused: string[] } {
  const priorityOf = (at: number) =>
    priorities.length === 1 ? at : priorities[at % priorities.length]! * (1 + (at % 7))
  const order = events.map((event, at) => ({ event, at, priority: priorityOf(at) }))
  order.sort((a, b) => a.priority - b.priority)
  const waiting = order.map(({ event, at }) => ({ event, at }))
  let state = from
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ event, at }) => {
      const isFirst = waiting.every(
        (other) => other.at >= at || subjectOf(other.event) !== subjectOf(event),
      )
      const after = isFirst ? accepted(() => decide(state, event, rules)) : undefined
      state = after ?? state
      return after !== undefined
    })
    if (next === -1) break
    waiting.splice(next, 1)
  }
  return { state, refused: waiting.map(({ event }) => event.eventId) }
}

test('9: events approved in another order give the same receivable', (t) => {
  let compared = 0
  let longest = 0
  const priorities = fc.array(fc.nat(1000), { minLength: 20, maxLength: 20 })
  fc.assert(
    fc.property(steps(200, 220), somePolicy, priorities, (history, policy, by) => {
      const rules = rulesOf({ ...policy, stops: { granularity: 'BY_DATE', maxCycles: null } })
      const at = { ...begin(rules), on: '2024-11-20' }
      const opening = { type: 'OPEN_SEASON', eventId: 'o', on: at.on, season: '2024-2025' } as const
      const opened = decide(at.state, opening, rules).state
      at.state = opened
      const events: AccountEvent[] = []
      for (const [number, [kind, , ...rest]] of history.entries()) {
        const event = eventOf(at, [kind, 0, ...rest], `e${String(number).padStart(4, '0')}`)
        const after = accepted(() => decide(at.state, event, rules))
        if (after === undefined) continue
        at.state = after
        events.push(event)
      }
      // What the other order leaves no room for, neither order has.
      const { state: other, refused } = replayed(opened, events, by, rules)
      const both = events.filter(({ eventId }) => !refused.includes(eventId))
      const again = replayed(opened, both, [1], rules)
      if (again.refused.length > 0) return
      compared++
      longest = Math.max(longest, both.length)
      checkLines(other)
      assert.deepEqual(receivablesOf(other), receivablesOf(again.state))
    }),
    { numRuns: 150 },
  )
  assert.ok(compared >= 20, `only ${compared} other orders were legal`)
  assert.ok(longest >= 100, `the longest had ${longest} events`)
  t.end()
})
