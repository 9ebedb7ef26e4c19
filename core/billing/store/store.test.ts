// Accounts come out of the database as they went in: random lives, written event by event, are read
// back equal to what the engine has in memory, and the ledger ties out with them.
import fc from 'fast-check'
import tap, { test } from 'tap'
import type { CustomerState } from '../engine/state.ts'
import { bookEvents, previewEvents } from '../events/run.ts'
import { gatherStates } from './gather.ts'
import { bookingOn, companyId, scope, testCompany, years } from './test-company.ts'
import { takeEventIds } from './write.ts'

const { db, admin, rules, newAccount, close } = await testCompany()
tap.teardown(close)

interface Asked {
  type: string
  [field: string]: unknown
}

/** Books one event of an account and hands back what the engine has in memory. */
async function happens(customerId: string, asked: Asked, otherId?: string) {
  return db.tx(scope, async (tx) => {
    const [eventId] = await takeEventIds(tx, 1)
    const event = { ...asked, eventId } as never
    const record = { event, customerId, madeBy: 'test', ...(otherId ? { otherId } : {}) }
    const [result] = await bookEvents(tx, { companyId, rules, bookingOn }, [record])
    return result!
  })
}

const stateOf = async (customerId: string): Promise<CustomerState> => {
  const states = await db.tx(scope, (tx) =>
    gatherStates(tx, companyId, [customerId], 'read', rules),
  )
  return states.get(customerId)!
}

const byId = <T extends { chargeId?: string; causeId?: string }>(a: T, b: T) =>
  `${a.chargeId}${a.causeId}` < `${b.chargeId}${b.causeId}` ? -1 : 1

/** The orders that mean nothing are made equal. */
const canonical = (state: CustomerState) => ({
  ...state,
  lines: state.lines
    .map((line) => ({
      ...line, // A line's number is its room's number now, in what happened to it before too.
      changes: line.changes.map(({ areaNo: _, ...of }) => of),
    }))
    .toSorted(byId),
  areaSeasons: state.areaSeasons.toSorted((a, b) =>
    `${a.season}${a.areaNo}` < `${b.season}${b.areaNo}` ? -1 : 1,
  ),
  payments: state.payments.toSorted((a, b) => (a.paymentId < b.paymentId ? -1 : 1)),
})

const season = fc.constantFrom(...years.map((year) => `${year}-${year + 1}`))
const areaNo = fc.constantFrom(1, 2)
const step = fc.oneof(
  season.map((of) => ({ type: 'OPEN_SEASON', season: of, on: `${of.slice(0, 4)}-08-20` })),
  fc.tuple(season, fc.integer({ min: 1, max: 4000 })).map(([of, yuan]) => {
    const on = `${of.slice(0, 4)}-10-${10 + (yuan % 20)}`
    return { type: 'PAYMENT', on, amountFen: BigInt(yuan * 100), channel: 'counter', funds: 'cash' }
  }),
  fc.tuple(season, areaNo, fc.boolean()).map(([of, room, isWhole]) => {
    const year = of.slice(0, 4)
    const areaDm2 = isWhole ? 'ALL' : 1000n
    return {
      type: 'STOP',
      on: `${year}-11-10`,
      areaNo: room,
      areaDm2,
      stopFrom: `${year}-12-01`,
      resumeOn: null,
    }
  }),
  fc.tuple(season, areaNo).map(([of, room]) => {
    const on = `${of.slice(5)}-01-20`
    return { type: 'FORCED_STOP', on, areaNo: room, closedOn: on }
  }),
  fc.tuple(season, areaNo, fc.integer({ min: 100, max: 300 })).map(([of, room, metres]) => {
    const on = `${of.slice(0, 4)}-12-05`
    return {
      type: 'AREA_CHANGE',
      on,
      areaNo: room,
      billingDm2: BigInt(metres * 50),
      effectiveOn: on,
    }
  }),
  season.map((of) => {
    const by = { mode: 'PERCENT', share: 50_000n }
    return { type: 'REDUCTION', on: `${of.slice(5)}-02-01`, season: of, feeItem: 'HEATING', by }
  }),
  season.map((of) => ({
    type: 'ON_ACCOUNT',
    on: `${of.slice(5)}-01-10`,
    season: of,
    promisedOn: `${of.slice(5)}-03-01`,
  })),
  fc.tuple(season, areaNo).map(([of, room]) => {
    const on = `${of.slice(0, 4)}-12-20`
    return {
      type: 'ADDITIONAL_FEE',
      on,
      season: of,
      feeItem: 'ADDITIONAL',
      areaNo: room,
      amountFen: 5000n,
    }
  }),
  season.map((of) => ({ type: 'CLOSE_SEASON', on: `${of.slice(5)}-05-31`, season: of })),
)

test('an account comes back as the engine left it, after every event', async (t) => {
  let booked = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 25 }), async (steps) => {
      const customerId = await newAccount()
      const inOrder = steps.toSorted((a, b) => (a.on < b.on ? -1 : 1))
      for (const asked of inOrder) {
        const result = await happens(customerId, asked)
        if (result.is === 'refused') continue
        booked++
        t.same(canonical(await stateOf(customerId)), canonical(result.states[0]!), asked.type)
      }
      return t.passing()
    }),
    { numRuns: 25 },
  )
  t.ok(booked > 100, `${booked} events were booked`)
})

test('the ledger ties out with the accounts', async (t) => {
  const { rows } = await admin.query(`
    select (select sum(outstanding_fen) from reli.charges)::text as owed,
           (select sum(case 'receivable'
                         when debit then amount_fen when credit then -amount_fen else 0 end)
              from reli.postings)::text as posted,
           (select sum(prepaid_fen) from reli.customers)::text as prepaid,
           (select sum(delta_fen) from reli.balance_movements)::text as moved,
           (select count(*) from reli.charges c
             where c.charged_fen <> (select coalesce(sum(delta_fen), 0) from reli.charge_changes x
                where x.charge_id = c.charge_id
                  and x.kind in ('CHARGED', 'MOVED')))::text as untold,
           (select count(*) from reli.postings p where not exists
             (select from reli.accounts a where a.account in (p.debit) )
              or not exists (select from reli.accounts a where a.account = p.credit))::text
             as strangers`)
  const [{ owed, posted, prepaid, moved, untold, strangers }] = rows
  t.equal(owed, posted)
  t.equal(prepaid, moved)
  t.equal(untold, '0')
  t.equal(strangers, '0')
})

test('a preview says what booking does, and writes nothing', async (t) => {
  const customerId = await newAccount()
  const open = { type: 'OPEN_SEASON', on: '2025-08-20', season: '2025-2026' }
  const record = { event: { ...open, eventId: 'evt_preview' } as never, customerId, madeBy: 'test' }
  const [seen] = await db.tx(scope, (tx) =>
    previewEvents(tx, { companyId, rules, bookingOn }, [record]),
  )
  t.equal((await stateOf(customerId)).lines.length, 0)
  const booked = await happens(customerId, open)
  t.match(booked, { is: 'done', deltaFen: 298_440n })
  t.match(seen, { is: 'done', deltaFen: 298_440n })
})

test('a merge carries lines and their history over; a split shares them out', async (t) => {
  const [one, two] = [await newAccount(), await newAccount()]
  const open = { type: 'OPEN_SEASON', on: '2025-08-20', season: '2025-2026' }
  const pay = {
    type: 'PAYMENT',
    on: '2025-09-01',
    amountFen: 100_000n,
    channel: 'counter',
    funds: 'cash',
  }
  for (const customerId of [one, two]) {
    await happens(customerId, open)
    await happens(customerId, pay)
  }
  const merged = await happens(one, { type: 'MERGE', on: '2025-09-10' }, two)
  t.equal(merged.is, 'done')
  const survivor = await stateOf(one)
  t.same(canonical(survivor), canonical(merged.is === 'done' ? merged.states[0]! : survivor))
  t.equal(survivor.lines.length, 4)
  t.equal((await stateOf(two)).network, 'CLOSED')
  t.same((await stateOf(two)).successorIds, [one])
  const again = await happens(two, open)
  t.match(again, { is: 'done', changes: [] }, 'a closed account is not charged')
})

test('what is not allowed changes nothing and says why', async (t) => {
  const customerId = await newAccount()
  const result = await happens(customerId, {
    type: 'APPLY_BALANCE',
    on: '2025-09-01',
    amountFen: 5n,
  })
  t.match(result, { is: 'refused', code: 'balance.insufficient', zh: '余额不足' })
  const unknown = await happens('cus_nobody', { type: 'APPLY_BALANCE', on: '2025-09-01' })
  t.match(unknown, { is: 'refused', code: 'customer.unknown' })
})
