// Every state of every machine meets every event: it goes where the table says, or it is refused
// with a sentence that names the state and the act.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { billingRefusals, NotAllowed } from '../refusals.ts'
import { machines, machinesPage } from './all.ts'
import { isAllowed, type Machine, next } from './machine.ts'
import { network } from './network.ts'
import { stateOfLine } from './receivables.ts'

const refusalOf = (act: () => unknown): NotAllowed => {
  try {
    act()
  } catch (error) {
    if (error instanceof NotAllowed) return error
    throw error
  }
  throw new Error('it was allowed')
}

const check = (name: string, act: () => void) =>
  test(name, (t) => {
    act()
    t.end()
  })

for (const table of machines) {
  check(`${table.letter} ${table.title}: every state meets every event`, () => {
    const froms = [null, ...Object.keys(table.states)]
    for (const from of froms)
      for (const event of Object.keys(table.events)) meet(table, from, event)
  })

  check(
    `${table.letter} ${table.title}: one way out of a state by an event, all states reached`,
    () => {
      const ways = table.transitions.map(({ from, event }) => `${from} ${event}`)
      assert.deepEqual(ways, [...new Set(ways)])
      const starts = table.transitions.some(({ from }) => from === null) ? [] : firstOf(table)
      const reached = new Set<string>(starts)
      for (let size = -1; size !== reached.size; ) {
        size = reached.size
        for (const { from, to } of table.transitions) {
          if (from === null || reached.has(from)) reached.add(to)
        }
      }
      assert.deepEqual([...reached].sort(), Object.keys(table.states).sort())
      const used = new Set(table.transitions.map(({ event }) => event))
      assert.deepEqual([...used].sort(), Object.keys(table.events).sort())
    },
  )
}

/** A valve is there before anybody looks at it. */
function firstOf({ states }: Machine): string[] {
  return Object.keys(states).slice(0, 1)
}

function meet(table: Machine, from: string | null, event: string): void {
  const way = table.transitions.find((each) => each.from === from && each.event === event)
  assert.equal(isAllowed(table, from, event), way !== undefined)
  if (!way) {
    const { code, zh } = refusalOf(() => next(table, from, event))
    assert.equal(code, 'state.not_allowed')
    const state = from === null ? '尚未建立' : `「${table.states[from]}」`
    assert.ok(zh.includes(state) && zh.includes(`「${table.events[event]}」`), zh)
    return
  }
  assert.equal(next(table, from, event), way.to)
  for (const guard of way.guards ?? []) {
    const { code, zh } = refusalOf(() => next(table, from, event, (each) => each === guard))
    assert.deepEqual([code, zh], [guard, billingRefusals[guard].zh])
  }
}

check('the sentence says what it is and why not', () => {
  const { zh } = refusalOf(() => next(network, 'CLOSED', 'ACCESS'))
  assert.equal(zh, '「在网状态」为「已销户」，且不再变更，不能办理「入网」')
  const pending = refusalOf(() => next(network, 'PENDING', 'DISCONNECT'))
  assert.equal(pending.zh, '「在网状态」为「待入网」，不能办理「拆网」')
})

check('the first guard that is broken speaks', () => {
  const broken = ['customer.has_balance', 'customer.in_arrears']
  const { code } = refusalOf(() =>
    next(network, 'IN_NETWORK', 'CLOSE_ACCOUNT', (guard) => broken.includes(guard)),
  )
  assert.equal(code, 'customer.in_arrears')
})

check('a line is what its amounts say', () => {
  const line = { chargedFen: 100n, writtenOffFen: 0n, settledFen: 0n, outstandingFen: 100n }
  assert.equal(stateOfLine(line), 'OPEN')
  assert.equal(stateOfLine({ ...line, settledFen: 40n, outstandingFen: 60n }), 'PART_PAID')
  assert.equal(stateOfLine({ ...line, settledFen: 100n, outstandingFen: 0n }), 'SETTLED')
  assert.equal(stateOfLine({ ...line, writtenOffFen: 100n, outstandingFen: 0n }), 'WRITTEN_OFF')
  assert.equal(stateOfLine({ ...line, chargedFen: 0n, outstandingFen: 0n }), 'CANCELLED')
})

check('the page of the machines is the one that the tables print', () => {
  const page = new URL('../../../docs/state-machines.md', import.meta.url)
  assert.equal(readFileSync(page, 'utf8'), machinesPage(), 'run `npm run docs:machines`')
})
