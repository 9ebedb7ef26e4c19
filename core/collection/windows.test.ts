// Business windows and the stop of collection, from the rule alone to the very next operation of a
// bank, and the sentences that a supervisor reads.

import { type Bill, fen, type Outcome } from '@reli/sdk'
import fc from 'fast-check'
import pg from 'pg'
import { test } from 'tap'
import { addDays } from '../billing/seasons.ts'
import { wholeCompanies } from '../db/scope.ts'
import { testDb } from '../db/test-db.ts'
import { Problem } from '../http/problems.ts'
import type { Call } from '../hub/handlers.ts'
import { createSpine } from '../hub/run.ts'
import { assertSound, companyId, icbcOutlet, makeCompany } from '../hub/test-company.ts'
import { isOpenFor, type Opening, type Window, weekdayOf } from './windows.ts'
import { endWindow, setWindow, startCollection, stopCollection } from './windows-acts.ts'

const window = (more: Partial<Window> = {}): Window => ({
  channelId: '*',
  business: 'pay',
  weekdays: [1, 2, 3, 4, 5, 6, 7],
  timeFrom: '08:30:00',
  timeTo: '17:30:00',
  fromOn: '2026-01-01',
  toOn: '2026-12-31',
  ...more,
})
const opening = (...windows: Window[]): Opening => ({ windows, stoppedSeasons: new Set() })
const at = (now: string) => ({ now, today: now.slice(0, 10) })

test('weekdays are those of the calendar', (t) => {
  t.same(['2026-11-23', '2026-11-24', '2026-11-29'].map(weekdayOf), [1, 2, 7])
  t.end()
})

test('a window is open from its first second to the last before its end', (t) => {
  const isOpen = (now: string, ...windows: Window[]) =>
    isOpenFor(opening(...windows), 'pay', at(now))
  t.equal(isOpen('2026-11-24T08:29:59', window()), false)
  t.equal(isOpen('2026-11-24T08:30:00', window()), true)
  t.equal(isOpen('2026-11-24T17:29:59', window()), true)
  t.equal(isOpen('2026-11-24T17:30:00', window()), false)
  t.equal(isOpen('2027-01-01T09:00:00', window()), false, 'after its last day')
  t.equal(isOpen('2026-11-24T23:59:59', window({ timeTo: '24:00:00' })), true)
  const night = window({ timeFrom: '22:00:00', timeTo: '02:00:00', weekdays: [5] })
  t.equal(isOpen('2026-11-27T23:00:00', night), true, 'Friday night')
  t.equal(isOpen('2026-11-28T01:00:00', night), true, 'the night of Friday, on Saturday')
  t.equal(isOpen('2026-11-27T01:00:00', night), false, 'the night of Thursday')
  t.equal(isOpen('2026-11-28T23:00:00', night), false, 'Saturday night')
  const own = window({ channelId: 'icbc', timeFrom: '00:00:00', timeTo: '01:00:00' })
  t.equal(isOpen('2026-11-24T09:00:00', window(), own), false, 'its own stands before all')
  t.equal(isOpenFor(opening(window()), 'query', at('2026-11-24T20:00:00')), true, 'not named')
  t.end()
})

const clock = fc
  .integer({ min: 0, max: 86_399 })
  .map((s) => new Date(s * 1000).toISOString().slice(11, 19))
const day = fc.integer({ min: 0, max: 400 }).map((n) => addDays('2026-01-01', n))
const anyWindow = fc.record({
  channelId: fc.constantFrom('*', 'icbc'),
  business: fc.constantFrom('pay', 'query'),
  weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
  timeFrom: clock,
  timeTo: clock,
  fromOn: day,
  toOn: day,
})

test('another window never closes what one of its kind opens, and its end closes no other', (t) => {
  fc.assert(
    fc.property(
      fc.array(anyWindow, { maxLength: 6 }),
      anyWindow,
      day,
      clock,
      (some, more, on, s) => {
        const moment = at(`${on}T${s}`)
        const before = isOpenFor(opening(...some), 'pay', moment)
        const after = isOpenFor(opening(...some, more), 'pay', moment)
        const kin = some.filter(
          (w) => w.business === more.business && w.channelId === more.channelId,
        )
        if (more.business !== 'pay') return before === after
        const isHidden =
          more.channelId === '*' && some.some((w) => w.business === 'pay' && w.channelId !== '*')
        if (isHidden) return before === after
        return kin.length === 0 || !before || after
      },
    ),
    { numRuns: 2_000 },
  )
  fc.assert(
    fc.property(anyWindow, day, clock, (one, on, s) => {
      const whole = { ...one, business: 'pay', fromOn: '2000-01-01', toOn: '2100-01-01' }
      const rest = { ...whole, timeFrom: whole.timeTo, timeTo: whole.timeFrom }
      const days = { weekdays: [1, 2, 3, 4, 5, 6, 7] }
      const open = (w: Window) => isOpenFor(opening({ ...w, ...days }), 'pay', at(`${on}T${s}`))
      return whole.timeFrom === whole.timeTo || open(whole) !== open(rest)
    }),
    { numRuns: 2_000 },
  )
  t.end()
})

// --- the hub ------------------------------------------------------------------------------------

const world = await testDb()
const admin = new pg.Client({ connectionString: world.adminUrl })
await admin.connect()
await makeCompany(admin, { customers: 30, oldFen: 50_000n })
const { db } = world
const scope = wholeCompanies(companyId)
const actor = { companyId, login: 'zhangwei' }
const spine = createSpine({ db, companyId, log: { error: () => {} } })
const { rows } = await admin.query('select current_date::text as today')
const today: string = rows[0].today

let serials = 0
const soon = () => performance.now() + 10_000
const key = () => ({ bankDate: today, serial: `${++serials}`.padStart(12, '0') })
const code = (outcome: Outcome<unknown>) => (outcome.is === 'refused' ? outcome.code : outcome.is)
const run = async (operation: Call['operation'], input: object, more: Partial<Call> = {}) =>
  code(
    await spine.run({
      channel: 'icbc',
      operation,
      input: input as never,
      origin: 'partner',
      expiresAt: soon(),
      ...more,
    }),
  )
/** Asked over whichever bank is open. */
const owed = async (customerNo: string): Promise<bigint> => {
  for (const channel of ['icbc', 'rcu']) {
    const outcome = await spine.run({
      channel,
      operation: 'bill.query',
      input: { customerNo, bankDate: today },
      origin: 'partner',
      expiresAt: soon(),
    })
    if (outcome.is === 'done') return (outcome.value as Bill).totalPayableFen
  }
  return 0n
}
const query = (customerNo = '0000000030', more: Partial<Call> = {}) =>
  run('bill.query', { customerNo, bankDate: today }, more)
let payers = 0
/** A customer of its own, in full. */
const pay = async (more: Partial<Call> = {}) => {
  const customerNo = `${++payers}`.padStart(10, '0')
  const amountFen = fen((await owed(customerNo)) || 250_000n)
  return run('payment.pay', { customerNo, amountFen, outlet: icbcOutlet }, { key: key(), ...more })
}
const act = <T>(work: (tx: Parameters<Parameters<typeof db.tx>[1]>[0]) => Promise<T>) =>
  db.tx(scope, work as never) as Promise<T>
const over = { fromOn: '2020-01-01', toOn: '2020-12-31', reason: '测试' }
/** A window that was over long ago: its business is closed now. */
const closed = (business: 'query' | 'pay' | 'reverse', channelId = '*') =>
  act((tx) =>
    setWindow(tx, actor, {
      ...over,
      business,
      channelId,
      weekdays: [1, 2, 3, 4, 5, 6, 7],
      timeFrom: '08:00',
      timeTo: '24:00',
    }),
  )

test('a window that is closed refuses the very next operation of its business alone', async (t) => {
  t.equal(await pay(), 'done')
  const window = await closed('pay')
  t.equal(await pay(), 'channel.outside_window')
  t.equal(await query(), 'done', 'queries have no window')
  const queries = await closed('query', 'icbc')
  t.equal(await query(), 'channel.outside_window')
  await act((tx) => endWindow(tx, actor, window.windowId, '恢复'))
  t.equal(await pay(), 'done')
  await act((tx) => endWindow(tx, actor, queries.windowId, '恢复'))
  t.equal(await query(), 'done')
  await t.rejects(
    act((tx) => endWindow(tx, actor, window.windowId, '再结束')),
    { code: 'thing.not_found' },
  )
})

test('a reversal outside its window is refused and may be sent again', async (t) => {
  const paid = key()
  t.equal(await pay({ key: paid }), 'done')
  const window = await closed('reverse')
  t.equal(await run('payment.reverse', {}, { key: paid }), 'channel.outside_window')
  await act((tx) => endWindow(tx, actor, window.windowId, '恢复'))
  t.equal(await run('payment.reverse', {}, { key: paid }), 'done')
})

test('collection of everything, a bank, a season or a season over a bank is stopped', async (t) => {
  const stop = (channelId: string, season: string) =>
    act((tx) => stopCollection(tx, actor, { channelId, season }, '系统割接'))
  const start = (stopId: string) => act((tx) => startCollection(tx, actor, stopId, '割接完成'))
  for (const [channelId, season, expected] of [
    ['*', '*', 'channel.disabled'],
    ['icbc', '*', 'channel.disabled'],
    ['rcu', '*', 'done'],
  ] as const) {
    const { stopId } = await stop(channelId, season)
    t.equal(await query(), expected, `query, ${channelId} stopped`)
    t.equal(await pay(), expected, `pay, ${channelId} stopped`)
    await t.rejects(stop(channelId, season), new Problem('collection.unchanged'))
    await start(stopId)
    t.equal(await pay(), 'done', `${channelId} started`)
    await t.rejects(start(stopId), { code: 'thing.not_found' })
  }
  const older = await stop('icbc', '2025-2026')
  t.equal(await query(), 'done', 'one season is still open')
  const newer = await stop('*', '2026-2027')
  t.equal(await query(), 'season.not_open')
  t.equal(await pay(), 'season.not_open')
  const { rows } = await admin.query(
    `select season, open_for_collection as open from reli.seasons order by 1`,
  )
  t.same(rows, [
    { season: '2025-2026', open: true },
    { season: '2026-2027', open: false },
  ])
  t.equal(await query('0000000030', { channel: 'rcu' }), 'done', 'the old season over the other')
  await start(newer.stopId)
  await start(older.stopId)
  t.equal(await pay(), 'done')
})

const said = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => 'done',
    (error: Problem) => error.fields[0]?.message,
  )

test('what is wrong is said with the field, and every act is on record', async (t) => {
  const wrong = { ...over, business: 'pay', weekdays: [1], timeFrom: '08:00' } as const
  for (const [asked, message] of [
    [{ ...wrong, channelId: 'nobank', timeTo: '09:00' }, '「渠道」nobank 不存在'],
    [{ ...wrong, channelId: '*', timeTo: '08:00' }, '「结束时间」不能等于「开始时间」'],
    [
      { ...wrong, channelId: 'counter', timeTo: '09:00', toOn: '2019-01-01' },
      '「结束日期」不能早于「开始日期」',
    ],
  ] as const) {
    t.equal(await said(act((tx) => setWindow(tx, actor, asked))), message)
  }
  const noSeason = { channelId: '*', season: '1999-2000' }
  t.equal(
    await said(act((tx) => stopCollection(tx, actor, noSeason, '测试'))),
    '「采暖期」1999-2000 不存在',
  )
  const { rows: acts } = await admin.query(
    `select distinct action from reli.audit_log where actor = 'zhangwei' order by 1`,
  )
  t.same(
    acts.map(({ action }) => action),
    ['collection.started', 'collection.stopped', 'window.ended', 'window.set'],
  )
})

test('the books are sound, and everything is let go', async () => {
  await assertSound(db)
  await admin.end()
  await world.close()
})
