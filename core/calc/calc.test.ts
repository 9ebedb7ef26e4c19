// The calculator: the samples of the format to the fen, its shapes of answer, and what it says to
// somebody whose case it cannot read.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'tap'
import { answerAll } from './calc.ts'
import { ruleNames } from './cases.ts'
import { differences } from './check.ts'
import { BadCase } from './fields.ts'
import { eventTypes } from './history.ts'

const samples = JSON.parse(
  readFileSync(new URL('../billing/golden/format-samples.json', import.meta.url), 'utf8'),
) as { cases: { id: string; rule: string }[]; histories: { id: string; events: object[] }[] }

for (const one of samples.cases) {
  test(`sample ${one.id} of the rule ${one.rule}`, (t) => {
    const { list, isList } = answerAll(one, false)
    assert.deepEqual(list[0]!.differences, [])
    assert.equal(isList, false)
    t.end()
  })
}

for (const one of samples.histories) {
  test(`sample history ${one.id}, event by event`, (t) => {
    const { list } = answerAll(one, true)
    assert.deepEqual(list[0]!.differences, [])
    assert.equal((list[0]!.answer.events as object[]).length, one.events.length)
    t.end()
  })
}

test('every rule and every event of the format is known', (t) => {
  const rules = samples.cases.map(({ rule }) => rule)
  assert.deepEqual([...new Set(rules)].sort(), ruleNames.toSorted())
  const events = `OPEN_SEASON CLOSE_SEASON QUERY IMPORT_ARREARS STOP FORCED_STOP CANCEL_STOP RESUME
    PAYMENT VOID_PAYMENT REVERSE_PAYMENT AREA_CHANGE CLASS_CHANGE REDUCTION LATE_FEE_WAIVER
    ADDITIONAL_FEE INSPECTION REFUND APPLY_BALANCE TRANSFER SPLIT MERGE DISCONNECT`
  assert.deepEqual(eventTypes.toSorted(), events.split(/\s+/).sort())
  t.end()
})

test('a list is answered with a list, and a changed amount is a difference', (t) => {
  const { list, isList } = answerAll(samples.cases, false)
  assert.equal(isList, true)
  assert.equal(list.length, samples.cases.length)
  const altered = structuredClone(samples.histories[0]!) as { events: { expect: never }[] }
  const customer = altered.events[4]!.expect as Record<string, { balance: string; lines: object[] }>
  customer['10001']!.balance = '853.02'
  customer['10001']!.lines.pop()
  const [{ differences: found } = { differences: [] }] = answerAll(altered, true).list
  assert.deepEqual(
    found.map(({ path }) => path.slice(0, 16)),
    ['seq 5.10001.line', 'seq 5.10001.bala'],
  )
  t.end()
})

test('a zero and a missing key are equal, lines are a set, other lists have an order', (t) => {
  const line = (fee_item: string, receivable: string) => ({ fee_item, receivable })
  const two = [line('HEATING', '1.00'), line('BASE_HEAT', '2.00')]
  assert.deepEqual(differences({ lines: two, extra: '0.00' }, { lines: two.toReversed() }), [])
  assert.deepEqual(differences({ lines: two }, { lines: [...two, line('STEAM', '0.00')] }), [])
  assert.equal(differences({ lines: two }, { lines: [...two, line('STEAM', '0.01')] }).length, 1)
  assert.equal(differences({ parts: ['1.00', '2.00'] }, { parts: ['2.00', '1.00'] }).length, 2)
  assert.equal(differences({ quantity: '7106' }, { quantity: '7106.00' }).length, 0)
  t.end()
})

const wrongOf = (one: object): string => {
  try {
    answerAll(one, false)
  } catch (error) {
    if (error instanceof BadCase) return error.message
    throw error
  }
  return 'read'
}

test('what cannot be read is named by its path, with what to do', (t) => {
  const stop = samples.cases.find(({ rule }) => rule === 'stop') as unknown as { input: object }
  const of = (change: object) => wrongOf({ ...stop, input: { ...stop.input, ...change } })
  const season = { heat_start: '2026-11-15', heat_end: '2027-02-30' }
  assert.match(of({ season }), /^\$\.input\.season\.heat_end：/)
  assert.match(of({ unit_price: '22.00001' }), /unit_price：/)
  assert.match(of({ unit_price: undefined }), /unit_price：缺少这个字段。请补上/)
  assert.match(of({ stops: {} }), /^\$\.input\.stops：应为数组/)
  assert.match(wrongOf({ rule: 'tax', input: {} }), /^\$\.rule：没有规则 'tax'。请用：/)
  assert.match(wrongOf([1]), /^\$\[0\]：/)
  t.end()
})

/** Any one value of a case replaced by nonsense, or taken out. */
function spoiled(value: unknown, place: number, nonsense: unknown): unknown {
  let at = 0
  const walk = (of: unknown): unknown => {
    if (at++ === place) return nonsense
    if (Array.isArray(of)) return of.map(walk)
    if (typeof of !== 'object' || of === null) return of
    return Object.fromEntries(Object.entries(of).map(([name, each]) => [name, walk(each)]))
  }
  return walk(value)
}

test('nonsense is answered or named, never a crash', (t) => {
  const all = [...samples.cases, ...samples.histories]
  const nonsense = fc.constantFrom(
    undefined,
    null,
    '',
    '-1',
    '1e9',
    1e12,
    [],
    {},
    [{}],
    'ALL',
    true,
  )
  fc.assert(
    fc.property(fc.nat(all.length - 1), fc.nat(120), nonsense, (which, place, value) => {
      const one = spoiled(all[which], place, value)
      if (typeof one !== 'object' || one === null) return
      try {
        answerAll(one, false)
      } catch (error) {
        assert.ok(error instanceof BadCase, String((error as Error).stack))
      }
    }),
    { numRuns: 3000 },
  )
  t.end()
})

test('reli calc --check ends with 1 on a difference and with 2 on what is no case', (t) => {
  const main = join(import.meta.dirname, '../main.ts')
  const calc = (input: string, ...words: string[]) =>
    spawnSync(process.execPath, ['--conditions=reli-source', main, 'calc', ...words], { input })
  const good = calc(JSON.stringify(samples), '--check')
  assert.equal(good.status, 0, String(good.stderr))
  const vat = { rule: 'vat', input: { amount: '109.00' }, policy: {}, expect: { net: '100.01' } }
  assert.equal(calc(JSON.stringify(vat), '--check').status, 1)
  assert.equal(JSON.parse(String(calc(JSON.stringify(vat)).stdout)).net, '100.00')
  const bad = calc('{"rule"')
  assert.equal(bad.status, 2)
  assert.match(String(bad.stderr), /^\$：不是合法的 JSON/)
  t.end()
})
