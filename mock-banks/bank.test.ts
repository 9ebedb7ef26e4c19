// The banks against a heating company of a hundred lines (test-host.ts): what they do when answers
// come, do not come, or cannot be believed, and what their books say afterwards.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fen } from '@reli/sdk'
import { type Test, test } from 'tap'
import { type Bank, type BankOptions, openBank } from './bank.ts'
import { decide, rulesOf, type Tried } from './behaviour.ts'
import { type Kept, openBooks, readBooks } from './books.ts'
import { accountingDate, beijingClock } from './day.ts'
import { type Fault, faultNames, faults } from './faults.ts'
import { owedFen, parametersFile, type Script, startHost, type TestHost } from './test-host.ts'
import { startTraffic, stressMix } from './traffic.ts'

const bankNames = ['icbc', 'rcu'] as const
const rules = { askEveryMs: 5, reverseEveryMs: 5 }

async function opened(
  t: Test,
  bank: 'icbc' | 'rcu',
  script?: Script,
  rest: Partial<BankOptions> = {},
): Promise<{ bank: Bank; host: TestHost; state: string }> {
  const host = await startHost(bank, script)
  const state = rest.state ?? (await mkdtemp(join(tmpdir(), 'bank-')))
  const made = await openBank({
    ...{ bank, host: '127.0.0.1', port: host.port, state, rules, answerWithinMs: 1_000 },
    ...{ parametersFile: parametersFile(bank), ...rest },
  })
  t.teardown(async () => {
    await made.stop()
    await host.close()
    await rm(state, { recursive: true, force: true })
  })
  await made.start()
  return { bank: made, host, state }
}

async function paid(bank: Bank, fault?: Fault): Promise<Kept> {
  const bill = await bank.query('0012345678')
  if (bill.is !== 'accepted') throw new Error(`no bill: ${JSON.stringify(bill)}`)
  return await bank.pay(bill.value, bill.value.totalPayableFen, fault)
}

for (const name of bankNames) {
  test(`${name}: with every fault the books end as the fault says`, async (t) => {
    const { bank, host } = await opened(t, name)
    for (const fault of faultNames) {
      const { truth } = faults[fault]
      const kept = await paid(bank, faults[fault])
      if (truth !== 'either') t.equal(kept.debit, truth, fault)
      t.not(kept.fate, 'open')
      t.same(kept.unusable, [], `${fault}: every answer could be used`)
      if (kept.fate !== 'known') continue
      const theirs = host.known.get(kept.serial)?.state === 'paid' ? 'stands' : 'returned'
      t.equal(theirs, kept.debit, `${fault}: both sides say the same`)
    }
    const told = await bank.totals()
    t.equal(told.is, 'accepted')
  })

  test(`${name}: R8 is asked and reversed as often as the paper says`, async (t) => {
    const silent: Script = (asked) => (asked === 'pay' ? 'silence' : 'as_agreed')
    const lost = await opened(t, name, silent)
    const unheard = await paid(lost.bank)
    t.same(countOf(lost.host), { pay: 1, result: 3, reverse: 1 })
    t.match(unheard, { debit: 'returned', fate: 'known' })
    t.equal(lost.host.known.get(unheard.serial)?.state, 'blocked')

    const dumb: Script = (asked) =>
      ['pay', 'result', 'reverse'].includes(asked) ? 'close' : 'as_agreed'
    const gone = await opened(t, name, dumb)
    const kept = await paid(gone.bank)
    t.same(countOf(gone.host), { pay: 1, result: 3, reverse: 5 })
    t.equal(kept.fate, 'left_to_file')
    t.equal(kept.debit, name === 'rcu' ? 'returned' : 'stands', 'rcu takes its reversal as done')
  })

  test(`${name}: busy is asked about, a refusal gives the money back`, async (t) => {
    const busy: Script = (asked, nth) =>
      asked === 'pay' && nth === 1 ? 'system_busy' : 'as_agreed'
    const { bank, host } = await opened(t, name, busy)
    t.match(await paid(bank), { debit: 'returned', fate: 'known' }, 'nobody had booked it')
    t.same(countOf(host), { pay: 1, result: 3, reverse: 1 })

    const refusing: Script = (asked) => (asked === 'pay' ? 'no_debt' : 'as_agreed')
    const other = await opened(t, name, refusing)
    t.match(await paid(other.bank), { debit: 'returned', fate: 'known' })
    t.same(countOf(other.host), { pay: 1, result: 0, reverse: 0 })

    const late: Script = (asked) => (asked === 'reverse' ? 'reversal_not_allowed' : 'as_agreed')
    const closed = await opened(t, name, late)
    const debit = name === 'rcu' ? 'returned' : 'stands'
    t.match(await paid(closed.bank, faults.cancelled), { debit, fate: 'left_to_file' })
  })

  test(`${name}: a load of everything at once leaves both sides agreed`, async (t) => {
    const { bank, host } = await opened(t, name, undefined, { connections: 4 })
    const customers = Array.from({ length: 50 }, (_, i) => `00123456${String(i).padStart(2, '0')}`)
    const options = { customers, mix: stressMix, seed: 7, operations: 300, concurrency: 24 }
    const counts = await startTraffic(bank, options).done
    t.equal(counts.operations, 300)
    const day = await bank.books.day(bank.bankDate)
    t.ok(day.payments.size > 150)
    for (const kept of day.payments.values()) {
      t.not(kept.fate, 'open')
      if (kept.fate !== 'known') continue
      const theirs = host.known.get(kept.serial)?.state === 'paid' ? 'stands' : 'returned'
      if (theirs !== kept.debit) t.equal(theirs, kept.debit, `${kept.serial} ${kept.fault}`)
    }
  })
}

const countOf = ({ asked }: TestHost) => {
  const count = (kind: string) => asked.filter((it) => it === kind).length
  return { pay: count('pay'), result: count('result'), reverse: count('reverse') }
}

test('icbc: 88 and a wrong MAC lead to a new sign-on, never to a decision', async (t) => {
  const once: Script = (asked, nth) =>
    asked === 'pay' && nth === 1 ? 'not_signed_on' : 'as_agreed'
  const { bank, host } = await opened(t, 'icbc', once)
  t.match(await paid(bank), { debit: 'stands', fate: 'known' })
  t.equal(host.asked.filter((it) => it === 'sign_on').length, 2)

  const never: Script = (asked) => (asked === 'pay' ? 'auth_error' : 'as_agreed')
  const other = await opened(t, 'icbc', never)
  const kept = await paid(other.bank)
  t.same(countOf(other.host), { pay: 3, result: 3, reverse: 1 })
  t.match(kept, { debit: 'returned', fate: 'known' })
})

test('icbc: connections are kept, echoed on, and come back', async (t) => {
  const { bank, host } = await opened(t, 'icbc', undefined, { echoAfterMs: 40, connections: 2 })
  await until(() => host.asked.filter((it) => it === 'echo').length >= 4)
  t.equal(host.connections(), 2)
  const bill = await bank.query('0012345678')
  if (bill.is !== 'accepted') throw new Error('no bill')
  await Promise.all(
    Array.from({ length: 20 }, () => bank.pay(bill.value, owedFen, faults.lost_answer)),
  )
  await until(() => host.connections() === 2)
  t.match(await paid(bank), { debit: 'stands', fate: 'known' })
})

test('icbc: the date moves at 23:30 by a sign-on, and its file is due at 00:30', async (t) => {
  let now = new Date('2026-11-20T15:29:59Z')
  const { bank, host } = await opened(t, 'icbc', undefined, { now: () => now })
  t.equal(beijingClock(now), '2026-11-20T23:29:59')
  t.equal(bank.bankDate, '2026-11-20')
  await paid(bank, faults.cancelled)
  const standing = await paid(bank)
  t.notOk(await bank.followClock())
  now = new Date('2026-11-20T15:30:00Z')
  t.ok(await bank.followClock())
  t.equal(bank.bankDate, '2026-11-21')
  t.equal(host.asked.filter((it) => it === 'sign_on').length, 2)
  t.equal(accountingDate(now), '2026-11-20', 'a bank without a cut-over time is not there yet')
  t.same(await bank.dueStatements(), [])
  t.equal((await bank.statement('2026-11-20')).fileName, 'ICBC_HEAT_20261120_01.dat')
  now = new Date('2026-11-20T16:30:00Z')
  t.same(await bank.dueStatements(), ['2026-11-20'], 'the early file does not count')
  const file = await bank.statement('2026-11-20')
  t.equal(file.fileName, 'ICBC_HEAT_20261120_02.dat')
  const text = Buffer.from(file.bytes).toString('latin1')
  t.match(text, new RegExp(`D00000002${standing.serial}0012345678`))
  t.match(text, /^H.{31}00000001000000002715300000000100000000271530/, 'one stands, one came back')
  t.same(await bank.dueStatements(), [])
  t.same(await bank.dueStatements(), [], 'and it stays so')
})

test('a date without payments, even one slept through, has its statement file', async (t) => {
  const state = await mkdtemp(join(tmpdir(), 'bank-'))
  let now = new Date('2026-11-20T04:00:00Z')
  const first = await opened(t, 'rcu', undefined, { state, now: () => now })
  await first.bank.stop()
  now = new Date('2026-11-23T04:00:00Z')
  const second = await opened(t, 'rcu', undefined, { state, now: () => now })
  t.same(await second.bank.dueStatements(), ['2026-11-20', '2026-11-21', '2026-11-22'])
  const file = await second.bank.statement('2026-11-21')
  t.equal(Buffer.from(file.bytes).toString('latin1'), '20261121|0|0.00\n')
})

test('a stopped bank leaves nothing open, and its next start goes on where it was', async (t) => {
  const state = await mkdtemp(join(tmpdir(), 'bank-'))
  const dumb: Script = (asked) => (asked === 'pay' ? 'silence' : 'as_agreed')
  const first = await opened(t, 'rcu', dumb, { state, rules: { askEveryMs: 60_000 } })
  const paying = paid(first.bank)
  await until(() => first.host.asked.includes('pay'))
  await first.bank.stop(1)
  const kept = await paying
  t.match(kept, { debit: 'stands', fate: 'left_to_file' })

  // As a kill would leave it: a payment that is taken and not closed, and half a line.
  const bankDate = accountingDate(new Date())
  const books = join(state, 'books', readdirSync(join(state, 'books'))[0]!)
  const killed = { is: 'taken', serial: nextAfter(kept.serial), amountFen: '271530' }
  const payment = { customerNo: '0012345678', name: '张三', outlet: '4020000101', teller: '' }
  const at = beijingClock(new Date())
  appendFileSync(books, `${JSON.stringify({ ...killed, ...payment, at })}\n{"is":"taken","ser`)
  const second = await opened(t, 'rcu', undefined, { state })
  await second.bank.idle()
  const day = (await readBooks(join(state, 'books'))).get(bankDate)!
  t.match(day.payments.get(killed.serial), { debit: 'returned', fate: 'known' })
  const third = await paid(second.bank)
  t.equal(third.serial, nextAfter(killed.serial), 'a serial is never used again')
  t.notMatch(readFileSync(books, 'utf8'), /"ser\{/, 'the torn line is gone')
})

const nextAfter = (serial: string) => String(Number(serial) + 1).padStart(12, '0')

test('books: many lines share one write and all are there', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'books-'))
  const books = await openBooks(folder)
  const payment = { bankDate: '2026-11-20', customerNo: '1', name: '李億觀', amountFen: fen(1) }
  const rest = { outlet: '0200000101', teller: '1', at: '2026-11-20T09:30:12' }
  const many = Array.from({ length: 2_000 }, () => books.take({ ...payment, ...rest }))
  const serials = new Set((await Promise.all(many)).map(({ serial }) => serial))
  t.equal(serials.size, 2_000)
  await books.close()
  t.equal((await readBooks(folder)).get('2026-11-20')!.payments.size, 2_000)
  await rm(folder, { recursive: true })
})

test('the rule alone: nothing that never left the bank is asked about', async (t) => {
  const tried: Tried = { sent: false, pays: 1, asks: 0, reversals: 0 }
  const unsent = { is: 'nothing', why: 'no connection', sent: false } as const
  const step = decide(rulesOf.icbc, tried, { about: 'pay', heard: unsent })
  t.match(step, { do: 'close', debit: 'returned', fate: 'known' })
  const again = decide(rulesOf.icbc, { ...tried, sent: true }, { about: 'pay', heard: unsent })
  t.match(again, { do: 'ask', afterMs: 10_000 })
})

const waitAtMostMs = 10_000

async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + waitAtMostMs
  while (!isTrue()) {
    if (performance.now() > end) throw new Error('it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
