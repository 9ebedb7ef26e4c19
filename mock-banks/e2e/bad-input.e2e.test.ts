// What banks must not send, over real sockets against the running product: every bad frame of both
// papers gets exactly the answer or the close that its paper says; honest connections beside it do
// not notice; each is a security event; and a password that was wrong stands nowhere afterwards.
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LengthFraming } from '@reli/sdk'
import { frameOf } from '@reli/sdk/codec'
import type { Mac } from '@reli/sdk/sign'
import tap, { type Test, test } from 'tap'
import * as icbc from '../../connectors/icbc/codec.ts'
import * as rcu from '../../connectors/rcu/codec.ts'
import type { BankName } from '../statement.ts'
import {
  hex,
  icbcFrame,
  icbcValues,
  isSealed,
  messageOf,
  type Negative,
  papers,
  rcuFrame,
  sealed,
  signOn,
  today,
} from './papers.ts'
import { type Heard, RawLine } from './raw.ts'
import { startWorld, until, type World } from './world.ts'

tap.setTimeout(300_000)

/** §1 of both papers: a frame that is not complete by then is cut off. */
const frameWithinMs = 30_000
/** A busy machine looks at its clock late. */
const toleranceMs = 5_000
const eventsWithinMs = 30_000

/** Both banks wait for the deadlines of half frames at the same time. */
tap.jobs = 2

let world: World
tap.before(async () => {
  world = await startWorld({ households: 300 })
})
tap.teardown(() => world.stop())

// ── an honest connection ──

interface Honest {
  answered: number
  /** Anything but an answer, in words. */
  trouble: string[]
  stop(): Promise<void>
}

const pauseMs = 50

/** Asks on one connection, one question after the other, until it is stopped. */
async function beHonest(
  port: number,
  framing: LengthFraming,
  next: () => Uint8Array,
  isGood: (answer: Buffer) => boolean,
): Promise<Honest> {
  const line = await RawLine.open(port, framing)
  let isStopping = false
  const honest: Honest = {
    ...{ answered: 0, trouble: [] },
    async stop() {
      isStopping = true
      await working
      await line.close()
    },
  }
  const working = (async () => {
    while (!isStopping) {
      line.send(next())
      const heard = await line.hear()
      if (heard.is === 'frame' && isGood(heard.bytes)) honest.answered++
      else honest.trouble.push(heard.is === 'frame' ? heard.bytes.toString('hex') : heard.is)
      if (heard.is !== 'frame') return
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  })()
  return honest
}

// ── one bad frame ──

interface Bench {
  bank: BankName
  framing: LengthFraming
  /** The frame as the case means it. */
  frameOf(negative: Negative): Buffer
  checkAnswer(t: Test, negative: Negative, sent: Buffer, answer: Buffer): void
}

const isCode = ({ expect }: Negative) => expect !== 'close' && expect !== 'wait'

async function checkNegative(t: Test, bench: Bench, negative: Negative): Promise<void> {
  const { id, expect, why } = negative
  const line = await RawLine.open(world.ports[bench.bank], bench.framing)
  const sent = bench.frameOf(negative)
  line.send(sent)
  const heard = await line.hear()
  const name = `${bench.bank} ${id} (${why})`
  if (heard.is === 'frame' && isCode(negative)) {
    bench.checkAnswer(t, negative, sent, heard.bytes)
  } else t.equal(toldAs(heard), expect, name)
  await line.close()
}

const toldAs = (heard: Heard): string =>
  ({ closed: 'close', silence: 'wait', frame: 'an answer' })[heard.is]

/** Neither answered nor closed at first, and cut off at the paper's deadline. */
async function checkWaiting(t: Test, bench: Bench, negative: Negative): Promise<void> {
  const line = await RawLine.open(world.ports[bench.bank], bench.framing)
  const began = performance.now()
  line.send(bench.frameOf(negative))
  const heard = await line.hear(frameWithinMs + toleranceMs)
  const tookMs = performance.now() - began
  const name = `${bench.bank} ${negative.id}`
  t.equal(heard.is, 'closed', `${name}: closed without an answer`)
  t.ok(tookMs > frameWithinMs - 500, `${name}: not before the deadline (${Math.round(tookMs)} ms)`)
  await line.close()
}

async function checkAll(t: Test, bench: Bench, negatives: readonly Negative[], honest: Honest) {
  const waiting = negatives.filter(({ expect }) => expect === 'wait')
  const waits = Promise.all(waiting.map((negative) => checkWaiting(t, bench, negative)))
  for (const negative of negatives) {
    if (waiting.includes(negative)) continue
    const before = honest.answered
    await checkNegative(t, bench, negative)
    await until('an honest answer', frameWithinMs, () => honest.answered > before)
  }
  await waits
  await honest.stop()
  t.same(honest.trouble, [], `${honest.answered} honest questions had their answers`)
}

// ── icbc ──

test('icbc: every bad frame of the paper', { buffered: true }, async (t) => {
  const { negative: negatives } = papers.icbc
  const line = await RawLine.open(world.ports.icbc, icbc.framing)
  const bench = icbcBench(() => mac)
  for (const negative of negatives.filter(({ state }) => state === 'fresh')) {
    await checkNegative(t, bench, negative)
  }
  const mac: Mac = await signOn(line)
  await line.close()
  const honest = await beHonest(
    world.ports.icbc,
    icbc.framing,
    honestIcbc(mac),
    (answer) => isSealed(answer, mac) && icbc.iso.text(icbc.iso.walk(answer), 39) === '14',
  )
  await checkAll(
    t,
    bench,
    negatives.filter(({ state }) => state === 'ready'),
    honest,
  )
})

/** Asks about a customer that there is not: other questions count against a customer's limit. */
const honestIcbc = (mac: Mac) => {
  const message = messageOf('icbc', 'query-not-found-req')
  return () => {
    const customerNo = String(randomInt(9_000_000_000, 10_000_000_000))
    const f62 = hex(
      message.fields[62]!.replace('39'.repeat(10), Buffer.from(customerNo).toString('hex')),
    )
    return icbcFrame(message.mti, { ...icbcValues(message), 62: f62 }, mac)
  }
}

const icbcBench = (macOf: () => Mac): Bench => ({
  ...{ bank: 'icbc', framing: icbc.framing },
  frameOf(negative) {
    const frame = hex(negative.frame_hex)
    const isAboutKeys = negative.expect === '88'
    if (!isCode(negative) || isAboutKeys) return frame
    sealed(frame, macOf())
    if (negative.expect === 'A0') frame[frame.length - 1]! ^= 1
    return frame
  },
  checkAnswer(t, { id, expect }, sent, answer) {
    const [asked, told] = [icbc.iso.walk(sent), icbc.iso.walk(answer)]
    const hasMac = expect !== '88' && expect !== 'A0'
    const copied = [3, 11, 32, 37, 41, 42, 60].filter((field) => asked.present.includes(field))
    const fields = [...copied, 12, 13, 39, 63, ...(hasMac ? [64] : [])].sort((a, b) => a - b)
    t.equal(told.mti, icbc.replyMti(asked.mti), `icbc ${id}: MTI`)
    t.equal(icbc.iso.text(told, 39), expect, `icbc ${id}: F39`)
    t.same(told.present, fields, `icbc ${id}: which fields there are`)
    for (const field of copied) {
      t.same(icbc.iso.wire(told, field), icbc.iso.wire(asked, field), `icbc ${id}: F${field}`)
    }
    t.ok(!hasMac || isSealed(answer, macOf()), `icbc ${id}: sealed where the paper says so`)
  },
})

// ── rcu ──

test('rcu: every bad frame of the paper', { buffered: true }, async (t) => {
  const request = messageOf('rcu', 'query-not-found-req')
  const honest = await beHonest(
    world.ports.rcu,
    rcu.framing,
    () => rcuFrame(request.frame_hex.replace('39'.repeat(10), `39${randomHex(9)}`)),
    (answer) => rspOf(answer) === '0000000007',
  )
  await checkAll(t, rcuBench, papers.rcu.negative, honest)
})

/** So many random digits in ASCII, as hex. */
const randomHex = (digits: number): string =>
  Array.from({ length: digits }, () => `3${randomInt(10)}`).join('')

const rspAt = rcu.framing.length.bytes + 12
const rspOf = (answer: Buffer) => answer.toString('latin1', rspAt, rspAt + 10)

const rcuBench: Bench = {
  ...{ bank: 'rcu', framing: rcu.framing },
  frameOf: ({ frame_hex }) => hex(frame_hex),
  checkAnswer(t, { id, expect }, sent, answer) {
    const bodyOf = (frame: Buffer) => frame.subarray(rcu.framing.length.bytes)
    const told = rcu.refusal.decode(bodyOf(answer))
    t.equal(told.rsp, expect, `rcu ${id}: rsp`)
    const [head, echo] = [sent, answer].map((frame) => bodyOf(frame).subarray(0, 12))
    t.same(echo, head, `rcu ${id}: code and date come back as they were`)
  },
}

// ── what is left behind ──

interface Counted {
  channel: string
  kind: string
  count: number
}

test('every bad frame is a security event', async (t) => {
  const wanted = [
    ...eventsOf('icbc', papers.icbc.negative),
    ...eventsOf('rcu', papers.rcu.negative),
  ]
  const missing = async () => {
    const rows = await world.query<Counted>(`
      select channel_id as channel, replace(kind, 'fault', 'closed') as kind, count(*)::int as count
        from reli.security_log group by 1, 2`)
    const seen = new Map(rows.map(({ channel, kind, count }) => [`${channel} ${kind}`, count]))
    return wanted.filter(
      ({ channel, kind, count }) => (seen.get(`${channel} ${kind}`) ?? 0) < count,
    )
  }
  await until(
    'all security events',
    eventsWithinMs,
    async () => (await missing()).length === 0,
  ).catch(() => {})
  t.same(await missing(), [])
})

/** Which kinds of event the bad frames of a paper must have left, at least how often. */
function eventsOf(channel: BankName, negatives: readonly Negative[]): Counted[] {
  const counts = new Map<string, number>()
  for (const { expect } of negatives) {
    const kind = kindOf[expect] ?? 'malformed'
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].map(([kind, count]) => ({ channel, kind, count }))
}

/** Without an answer: `closed` by the connector, `fault` where the stream itself is broken. */
const kindOf: Record<string, string> = {
  ...{ 88: 'not_signed_on', A0: 'unauthentic', '0000000002': 'unauthentic' },
  ...{ close: 'closed', wait: 'closed' },
}

test('a wrong password stands in no file and in no table', async (t) => {
  const [wrong, half] = ['Wr0ng-Pass-', 'Ha1f-Pass-'].map((head) => head + randomInt(1_000, 10_000))
  const line = await RawLine.open(world.ports.rcu, rcu.framing)
  for (const password of [wrong!, half!]) {
    const head = { code: '7779', date: today(), bankNo: '4020000101', password }
    const body = Buffer.from(rcu.echo.request.encode(head))
    // The second one has a byte too many: nobody knows for certain where its password stands.
    const sent = password === half ? Buffer.concat([body, Buffer.from('8')]) : body
    const answer = await line.ask(frameOf(rcu.framing, sent))
    t.equal(rspOf(answer), password === half ? '0000000001' : '0000000002')
  }
  await line.close()
  await untilShipped()
  const { password: right } = papers.rcu.test_parameters
  t.not((await placesOf('4020000101')).length, 0, 'whoever looks does see what is there')
  for (const password of [wrong!, half!, right])
    t.same(await placesOf(password), [], password.slice(0, 4))
})

/** The frames of the last test are in the database when its last close is. */
async function untilShipped(): Promise<void> {
  const count = async () => {
    const [row] = await world.query<{ count: number }>(`
      select count(*)::int as count from reli.security_log
       where channel_id = 'rcu' and kind in ('unauthentic', 'malformed')`)
    return row!.count
  }
  const inPaper = eventsOf('rcu', papers.rcu.negative)
    .filter(({ kind }) => kind === 'unauthentic' || kind === 'malformed')
    .reduce((sum, { count }) => sum + count, 0)
  await until('the last frames', eventsWithinMs, async () => (await count()) >= inPaper + 2)
}

/** Files and tables that hold a text, as it is, in hex, or in base64. */
async function placesOf(text: string): Promise<string[]> {
  const needles = writingsOf(text)
  const files = filesBelow(world.folder).filter((file) => {
    const bytes = readFileSync(file)
    return needles.some((needle) => bytes.includes(needle))
  })
  const tables = await world.query<{ name: string }>(`
    select schemaname || '.' || tablename as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`)
  const holding: string[] = []
  for (const { name } of tables) {
    const [row] = await world.query<{ count: number }>(
      `select count(*)::int as count from ${name} as r
        where exists (select from unnest($1::text[]) as n (needle)
                       where position(needle in r::text) > 0)`,
      [needles],
    )
    if (row!.count > 0) holding.push(name)
  }
  return [...files, ...holding]
}

/** Base64 shifts with its place: what stays the same of each of the three. */
function writingsOf(text: string): string[] {
  const base64 = [0, 1, 2].map((before) => {
    const whole = Buffer.from(`${' '.repeat(before)}${text}`).toString('base64')
    const first = Math.ceil((before * 8) / 6)
    const last = Math.floor(((before + text.length) * 8) / 6)
    return whole.slice(first, last)
  })
  const asHex = Buffer.from(text).toString('hex')
  return [text, asHex, asHex.toUpperCase(), ...base64]
}

/** All but the secrets themselves. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat || path === join(world.folder, 'secrets')) return []
    return stat.isDirectory() ? filesBelow(path) : [path]
  })
}
