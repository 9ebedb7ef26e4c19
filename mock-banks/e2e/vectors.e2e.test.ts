// Every sample of both papers against the running product, in the papers' order: query, pay,
// repeat, result, reverse, totals. Each reply says, field by field, what the sample says; dates are
// of today, receipts and bill identifiers the product's own, the same wherever they come again.
import { frameOf, type Walked } from '@reli/sdk/codec'
import type { Mac } from '@reli/sdk/sign'
import tap, { type Test, test } from 'tap'
import * as icbc from '../../connectors/icbc/codec.ts'
import * as rcu from '../../connectors/rcu/codec.ts'
import {
  f60OfToday,
  hex,
  icbcFrame,
  icbcValues,
  isSealed,
  type Message,
  papers,
  rcuFrame,
  signOn,
  today,
} from './papers.ts'
import { RawLine } from './raw.ts'
import { startWorld, type World } from './world.ts'

tap.setTimeout(300_000)

/** Between the late fee's cap of the old season and the end of the new one's discount. */
const samplesHold = { from: '2026-10-28', to: '2026-12-15' }
const areAmountsOfToday = today() >= samplesHold.from && today() <= samplesHold.to
/** The papers' customers without debt, and in approval, as the demo town has them. */
const inTown: Record<string, string> = { '0012345680': '0010000016', '0012345693': '0010000014' }

let world: World
tap.before(async () => {
  world = await startWorld({ households: 60 })
})
tap.teardown(() => world.stop())

/** Pairs of the paper, in its order. */
const pairsOf = (messages: readonly Message[]) =>
  messages
    .filter(({ direction }) => direction === 'request')
    .map((request) => {
      const id = request.id.replace(/-req$/, '')
      return { id, request, reply: messages.find((one) => one.id === `${id}-rsp`)! }
    })

/** Payable by the papers' two customers on the day of the samples. */
const payable = { twoSeasons: 271_530n, oneSeason: 264_990n }
/** Amounts of samples that are meant relative to that: too little, too much, after a part. */
const relative = [0n, -1n, 1n, -20_000n, 20_000n].map((by) => payable.twoSeasons + by)

/** What the paper calls so is called otherwise here, but always the same. */
class Own {
  readonly #names = new Map<string, string>()
  readonly #payable = { ...payable }

  /** From the replies to the first queries; on most days what the sample says. */
  owes(whose: keyof typeof payable, fen: bigint): void {
    this.#payable[whose] = fen
  }

  amount(sample: bigint): bigint {
    if (sample === payable.oneSeason) return this.#payable.oneSeason
    const isRelative = relative.includes(sample)
    return isRelative ? sample - payable.twoSeasons + this.#payable.twoSeasons : sample
  }

  digits = (sample: string): string =>
    this.amount(BigInt(sample)).toString().padStart(sample.length, '0')

  /** Meets a name in a reply. */
  meet(sample: string, actual: string): string {
    if (!this.#names.has(sample)) this.#names.set(sample, actual)
    return this.#names.get(sample)!
  }

  name = (sample: string): string => this.#names.get(sample) ?? sample
}

const tagsOf = (block: Buffer): [tag: string, value: Buffer][] => {
  const all: [string, Buffer][] = []
  for (let at = 0; at < block.length; ) {
    const end = at + 3 + block[at + 2]!
    all.push([block.toString('hex', at, at + 2).toUpperCase(), block.subarray(at + 3, end)])
    at = end
  }
  return all
}

const blockOf = (all: readonly [tag: string, value: Buffer][]): Buffer =>
  Buffer.concat(all.flatMap(([tag, value]) => [hex(tag), Buffer.of(value.length), value]))

// ── icbc ──

test('icbc: all samples', async (t) => {
  const line = await RawLine.open(world.ports.icbc, icbc.framing)
  const own = new Own()
  let mac: Mac | undefined
  for (const { id, request, reply } of pairsOf(papers.icbc.messages)) {
    if (id === 'sign-on') {
      mac = await signOn(line)
      continue
    }
    const values = icbcValues(request)
    if (request.fields[4]) values[4] = own.digits(request.fields[4])
    if (values[48]) values[48] = figuresOf(values[48] as string, own)
    if (values[62]) values[62] = blockOf(tagsOf(hex(request.fields[62]!)).map(ownTag(own)))
    // Before the sign-on the bank has no key; it uses that of another day.
    const under = request.fields[64] ? (mac ?? otherMac) : undefined
    const answer = await line.ask(icbcFrame(request.mti, values, under))
    const walked = icbc.iso.walk(answer)
    if (!areAmountsOfToday) learn(id, icbc.iso.content(walked, 62), own)
    checkIcbc(t, id, reply, walked, own)
    if (reply.fields[64]) t.ok(isSealed(answer, mac!), `${id}: the MAC is right`)
  }
  await line.close()
})

/** F48: count 8, fen 14, count 8, fen 14, and in a reply a flag. */
const figuresOf = (text: string, own: Own): string =>
  text.slice(0, 8) +
  own.digits(text.slice(8, 22)) +
  text.slice(22, 30) +
  own.digits(text.slice(30, 44)) +
  text.slice(44)

const askedBy: Record<string, keyof typeof payable> = {
  'query-2-seasons': 'twoSeasons',
  'query-gbk': 'oneSeason',
}

function learn(id: string, block: Buffer | undefined, own: Own): void {
  const whose = askedBy[id]
  const total = block && tagsOf(block).find(([tag]) => tag === '5F09')?.[1]
  if (whose && total) own.owes(whose, BigInt(total.toString('latin1')))
}

const otherMac: Mac = () => Buffer.alloc(icbc.macBytes, 7)

const ownTag =
  (own: Own) =>
  ([tag, value]: [string, Buffer]): [string, Buffer] => {
    const text = value.toString('latin1')
    if (tag === '5F01') return [tag, Buffer.from(inTown[text] ?? text)]
    return [tag, tag === '5F0A' ? Buffer.from(own.name(text)) : value]
  }

function checkIcbc(t: Test, id: string, reply: Message, walked: Walked, own: Own): void {
  t.equal(walked.mti, reply.mti, `${id}: MTI`)
  const expected = Object.keys(reply.fields).map(Number)
  t.same(walked.present, expected, `${id}: which fields there are`)
  for (const field of expected) {
    if (field === 64) continue
    if (field === 62) checkBlock(t, id, hex(reply.fields[62]!), icbc.iso.content(walked, 62)!, own)
    else
      t.equal(icbc.iso.text(walked, field), textOf(reply, field, walked, own), `${id}: F${field}`)
  }
}

/** What the sample says, today. The host's time is its own; its date is ours too. */
function textOf({ fields }: Message, field: number, walked: Walked, own: Own): string {
  const text = fields[field]!
  const monthDay = today().slice(5).replace('-', '')
  if (field === 12) return icbc.iso.text(walked, 12)
  if (field === 13 || field === 15) return monthDay
  if (field === 60) return f60OfToday(text)
  if (field === 4) return own.digits(text)
  if (field === 48) return figuresOf(hex(text).toString('latin1'), own)
  if (field === 63) return new TextDecoder('gbk').decode(hex(text))
  return text
}

/** Amounts that the calendar moves. */
const moving = new Set(['5F08', '5F09', '5F0C'])

function checkBlock(t: Test, id: string, sample: Buffer, block: Buffer, own: Own): void {
  const actual = tagsOf(block)
  const expected = tagsOf(sample).map(([tag, value], at): [string, string] => {
    const text = value.toString('latin1')
    const found = actual[at]?.[1].toString('latin1') ?? ''
    if (tag === '5F0A' || tag === '5F0D') return [tag, own.meet(text, found)]
    return [tag, moving.has(tag) && !areAmountsOfToday ? found : text]
  })
  const found = actual.map(([tag, value]) => [tag, value.toString('latin1')])
  t.same(found, expected, `${id}: F62`)
}

// ── rcu ──

test('rcu: all samples', async (t) => {
  const own = new Own()
  const line = await RawLine.open(world.ports.rcu, rcu.framing)
  for (const { id, request, reply } of pairsOf(papers.rcu.messages)) {
    const told = replyIn(await line.ask(rcuRequest(rcuFrame(request.frame_hex), own)))
    const expected = replyIn(rcuFrame(reply.frame_hex))
    const whose = askedBy[id]
    if (whose && !areAmountsOfToday) {
      own.owes(whose, told.totalPayableFen as bigint)
      expected.seasons = told.seasons
    }
    if (expected.receiptNo) {
      expected.receiptNo = own.meet(String(expected.receiptNo), String(told.receiptNo))
    }
    t.same(told, withAmounts(expected, own), id)
  }
  await line.close()
})

type Body = Record<string, unknown>

function replyIn(frame: Buffer): Body {
  const body = frame.subarray(rcu.framing.length.bytes)
  if (body.length === rcu.refusal.width) return { ...rcu.refusal.decode(body) }
  return { ...(layoutOf(body).response.decode(body) as Body) }
}

function rcuRequest(frame: Buffer, own: Own): Uint8Array {
  const body = frame.subarray(rcu.framing.length.bytes)
  const layout = layoutOf(body).request
  return frameOf(rcu.framing, layout.encode(withAmounts(layout.decode(body) as Body, own)))
}

const layoutOf = (body: Buffer) => rcu.layoutsOf[body.toString('latin1', 0, 4)]!

const withAmounts = (body: Body, own: Own): Body =>
  Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      return [name, typeof value === 'bigint' ? own.amount(value) : value]
    }),
  )
