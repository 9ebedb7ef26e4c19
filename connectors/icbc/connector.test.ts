// The bank's paper as a test: its 44 messages and 24 bad frames, and every rule of its §1–§5 that
// can be seen from outside.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  dm2,
  done,
  fen,
  Malformed,
  type Outcome,
  type RefusalCode,
  type Reply,
  refusalCodes,
  refused,
  unknown,
} from '@reli/sdk'
import { cutFrames, encodeGbk, type FieldValue, gbkWidth } from '@reli/sdk/codec'
import { macX919, wrapKey } from '@reli/sdk/sign'
import {
  conformance,
  judge,
  type ReplyVector,
  type RequestVector,
  sealWith,
} from '@reli/sdk/testing'
import fc from 'fast-check'
import t from 'tap'
import { refusalOf } from './answers.ts'
import * as paper from './codec.ts'
import icbc from './connector.ts'

interface Vector {
  id: string
  op: 'sign_on' | 'sign_off' | 'echo' | 'query' | 'pay' | 'result' | 'reverse' | 'totals'
  direction: 'request' | 'reply'
  mti: string
  frame_hex: string
  fields: Record<string, string>
  f62_tlv?: { tag: string; text: string }[]
  meaning?: Record<string, unknown> & { code: string }
}
interface Negative {
  id: string
  state: 'ready' | 'fresh'
  frame_hex: string
  expect: string
}

const file = JSON.parse(readFileSync(new URL('vectors/icbc.json', import.meta.url), 'utf8'))
const messages: Vector[] = file.messages
const negatives: Negative[] = file.negative
const requests = messages.filter(({ direction }) => direction === 'request')
const replies = messages.filter(({ direction }) => direction === 'reply')
const { institution, terminal, merchant } = file.test_parameters
const config = { institution, terminal, merchant }
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase()
const [tmk, pik, mak] = [file.keys.tmk, file.keys.pik, file.keys.mak].map(bytesOf)
const secrets = { MAK: mak! }
const mac = macX919(mak!)
const now = '2026-11-20T09:30:13'
const requestOf = (id: string) => bytesOf(messages.find((one) => one.id === `${id}-req`)!.frame_hex)

const codeSaid = (f39: string) => refusalCodes.find((code) => refusalOf(code).f39 === f39)!
const money = (value: unknown) => fen(value as number)
const tagOf = (vector: Vector, tag: string) => vector.f62_tlv?.find((one) => one.tag === tag)?.text

/** What each request of the paper asks, told once more in the hub's words. */
function asked(vector: Vector): RequestVector['expect'] {
  const { op, fields } = vector
  const [bankDate, at] = [`20${fields[60]!.slice(2, 8)}`, `2026${fields[13]}T${fields[12]}`].map(
    (text) => text.replace(/^(....)(..)(..)/, '$1-$2-$3').replace(/(..)(..)(..)$/, dated),
  )
  const key = { bankDate: bankDate!, serial: fields[37]! }
  const customerNo = tagOf(vector, '5F01')
  const origin = { outlet: tagOf(vector, '5F03'), teller: tagOf(vector, '5F04') }
  const amountFen = fen(BigInt(fields[4] ?? 0))
  const billToken = tagOf(vector, '5F0A')
  switch (op) {
    case 'sign_on':
    case 'sign_off':
      return { operation: `link.${op}`, input: { bankDate } }
    case 'echo':
      return { operation: 'link.echo', input: {} }
    case 'query':
      return { operation: 'bill.query', input: { customerNo, bankDate, askedAt: at, ...origin } }
    case 'pay': {
      const input = { customerNo, amountFen, ...(billToken && { billToken }), paidAt: at }
      return { operation: 'payment.pay', key, input: { ...input, ...origin } }
    }
    case 'result':
      return { operation: 'payment.result', key, input: origin }
    case 'reverse': {
      const input = { customerNo, amountFen, reason: 'no_answer', ...origin }
      return { operation: 'payment.reverse', key, input }
    }
    case 'totals': {
      const [, paid, paidFen, back, backFen] = /^(.{8})(.{14})(.{8})(.{14})$/.exec(
        Buffer.from(fields[48]!, 'hex').toString(),
      )!
      const counts = { paidCount: Number(paid), reversedCount: Number(back) }
      const sums = { paidFen: BigInt(paidFen!), reversedFen: BigInt(backFen!) }
      return { operation: 'day.totals', input: { bankDate, ...counts, ...sums } }
    }
  }
}
const dated = (all: string, a: string, b: string, c: string, at: number, text: string) =>
  text.includes('T') && at > 0 ? `${a}:${b}:${c}` : all

/** What the hub must have answered for a reply of the paper. */
function outcomeOf({ op, meaning }: Vector): Outcome<unknown> {
  const means = meaning!
  if (means.code !== '00') return refused(codeSaid(means.code))
  const { customer_no: customerNo, name, address, receipt_no: receiptNo, equal } = means
  switch (op) {
    case 'query':
      return done({
        ...{
          customerNo,
          name,
          address,
          billToken: means.token,
          areaDm2: dm2(means.area as number),
        },
        totalArrearsFen: money(means.total_arrears),
        totalPayableFen: money(means.total_payable),
        seasons: (means.seasons as Record<string, unknown>[]).map((season) => ({
          season: season.season,
          receivableFen: money(season.receivable),
          outstandingFen: money(season.outstanding),
          lateFeeFen: money(season.late_fee),
          discountFen: money(season.discount),
          payableFen: money(season.payable),
        })),
      })
    case 'pay':
      return done({ customerNo, receiptNo, arrearsLeftFen: money(means.arrears_left) })
    case 'result':
      return done({ state: means.state, amountFen: money(means.amount), receiptNo })
    case 'reverse':
      return done({ effect: means.flag === 0 ? 'reversed' : 'blocked' })
    case 'totals': {
      const [paidFen, reversedFen] = [money(means.paid_fen), money(means.rev_fen)]
      const [paidCount, reversedCount] = [means.paid_count, means.rev_count]
      return done({ paidCount, paidFen, reversedCount, reversedFen, equal })
    }
    default:
      return done({})
  }
}

const workKeys = [
  { name: 'PIK', ...wrapKey(tmk!, pik!) },
  { name: 'MAK', ...wrapKey(tmk!, mak!) },
]

const expected = ({ expect }: Negative): 'close' | RefusalCode =>
  expect === 'close' || expect === 'wait' ? 'close' : codeSaid(expect)

conformance(t, icbc, {
  config,
  secrets,
  requests: [
    ...requests.map((vector) => ({
      id: vector.id,
      frame: bytesOf(vector.frame_hex),
      expect: asked(vector),
    })),
    ...negatives
      .filter(({ state }) => state === 'ready')
      .map((bad) => ({ id: bad.id, frame: bytesOf(bad.frame_hex), expect: expected(bad) })),
    { id: 'sign-off', frame: signOffRequest(), expect: asked(signOffVector()) },
  ],
  replies: replies.map((vector): ReplyVector => {
    const request = requests.find(({ id }) => id === vector.id.replace(/-rsp$/, '-req'))!
    const frames = { request: bytesOf(request.frame_hex), frame: bytesOf(vector.frame_hex) }
    return { id: vector.id, ...frames, outcome: outcomeOf(vector), now, keys: workKeys }
  }),
  readAnswer,
})

/** The paper has no sample of a sign-off. */
function signOffRequest(): Uint8Array {
  const f = { 11: '000030', 41: terminal, 42: merchant, 60: '00261120002' }
  return sealed(paper.signOff.request.encode({ f, t: undefined }))
}
function signOffVector() {
  return { op: 'sign_off', fields: { 60: '00261120002' } } as unknown as Vector
}

function sealed(frame: Uint8Array): Uint8Array {
  const at = frame.length - paper.macBytes
  frame.set(mac(frame.subarray(paper.mtiAt, at)), at)
  return frame
}

/** Reads an answer as the bank does, and holds a refusal against §4. */
function readAnswer(frame: Uint8Array): unknown {
  const walked = paper.walkReply(frame)
  if (paper.iso.text(walked, 39) === '00') return layoutOf(walked).decode(walked)
  const may = [3, 11, 12, 13, 32, 37, 39, 41, 42, 60, 63, 64]
  assert.deepEqual(
    walked.present.filter((field) => !may.includes(field)),
    [],
  )
  for (const field of [12, 13, 39, 63]) assert.ok(walked.present.includes(field), `F${field}`)
  const said = paper.iso.content(walked, 63)!
  assert.ok(said.length >= 1 && said.length <= 60)
  return paper.iso.text(walked, 63)
}

interface AnyLayout {
  decode(walked: unknown): unknown
  encode(message: unknown): Uint8Array
}
const byCode = { '003': paper.signOn, '002': paper.signOff, 301: paper.echo, 201: paper.totals }
const byF3 = { 310000: paper.query, '000000': paper.pay, 380000: paper.result }

function layoutOf(walked: ReturnType<typeof paper.walkReply>): AnyLayout {
  const code = paper.iso.text(walked, 60).slice(8) as '003'
  const isReversal = walked.mti.startsWith('04')
  const f3 = () => byF3[paper.iso.text(walked, 3) as '310000']
  const pair = byCode[code] ?? (isReversal ? paper.reverse : f3())
  const isReply = ['0210', '0410', '0510', '0810', '0830'].includes(walked.mti)
  return pair[isReply ? 'response' : 'request'] as unknown as AnyLayout
}

t.test('every message of the paper is read and written to the same bytes', async () => {
  assert.deepEqual([messages.length, negatives.length], [44, 24])
  for (const { id, direction, frame_hex, fields, f62_tlv } of messages) {
    const frame = bytesOf(frame_hex)
    const walked = direction === 'request' ? paper.walkRequest(frame) : paper.walkReply(frame)
    const texts = walked.present.map((field) => {
      const text = paper.iso.text(walked, field)
      return [field, field === 48 || field === 63 ? hexOf(encodeGbk(text)) : text]
    })
    assert.deepEqual(Object.fromEntries(texts), fields, id)
    const described = icbc.describe(frame, direction === 'request' ? 'in' : 'out')
    for (const { tag, text } of f62_tlv ?? []) {
      assert.ok(
        described.some(({ path, value }) => path === `62.${tag}` && value === text),
        id,
      )
    }
    if (fields[39] && fields[39] !== '00' && direction === 'reply') continue
    const layout = layoutOf(walked)
    const written = layout.encode(layout.decode(walked))
    if (64 in fields) sealed(written)
    assert.equal(hexOf(written), frame_hex, id)
  }
})

/** The verdicts on a stream that arrives in these pieces, until it closes or waits. */
function verdicts(pieces: Uint8Array[], keys: Record<string, Uint8Array>): unknown[] {
  const seen: unknown[] = []
  let pending: Uint8Array = new Uint8Array()
  for (const piece of pieces) {
    const cut = cutFrames(paper.framing, Buffer.concat([pending, piece]))
    for (const frame of cut.frames) {
      const verdict = judge(icbc, frame, config, keys)
      seen.push(typeof verdict === 'object' ? JSON.stringify(verdict, bigints) : verdict)
      if (verdict === 'close') return seen
    }
    if (cut.fault) return [...seen, 'close']
    pending = cut.rest
  }
  return pending.length > 0 ? [...seen, 'wait'] : seen
}
const bigints = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

t.test(
  'bad frames end alike, however the stream is cut, and leave the frame before alone',
  async () => {
    const good = requestOf('query-gbk')
    for (const { id, state, frame_hex, expect } of negatives) {
      const keys: Record<string, Uint8Array> = state === 'fresh' ? {} : secrets
      const frame = bytesOf(frame_hex)
      const wanted = [expect === 'close' || expect === 'wait' ? expect : codeSaid(expect)]
      for (let at = 0; at <= frame.length; at++) {
        const got = verdicts([frame.subarray(0, at), frame.subarray(at)], keys)
        assert.deepEqual(got, wanted, `${id} cut at ${at}`)
      }
      const glued = verdicts([Buffer.concat([good, frame])], keys)
      assert.deepEqual(glued, [...verdicts([good], keys), ...wanted], id)
    }
  },
)

/** A request of the paper with some fields changed, with a right MAC if it has F64. */
function changed(id: string, changes: Record<number, FieldValue | undefined>, tags?: string) {
  const walked = paper.walkRequest(requestOf(id))
  const values: Record<number, FieldValue> = {}
  for (const field of walked.present) values[field] = { wire: paper.iso.wire(walked, field)! }
  if (tags !== undefined) values[62] = encodeGbk(tags)
  for (const [field, value] of Object.entries(changes)) {
    if (value === undefined) delete values[Number(field)]
    else values[Number(field)] = value
  }
  const frame = paper.packFrame(walked.mti, values)
  return 64 in values ? sealed(frame) : frame
}
const raw = (hex: string): FieldValue => ({ wire: Buffer.from(hex, 'hex') })
const verdictOf = (frame: Uint8Array) => {
  const verdict = judge(icbc, frame, config, secrets)
  return typeof verdict === 'object' ? verdict.is : verdict
}

t.test('the checks stand in the order of the paper', async () => {
  const noF64 = { 64: undefined }
  assert.equal(verdictOf(changed('pay', noF64)), 'message.unauthentic')
  assert.equal(verdictOf(changed('pay', { ...noF64, 3: raw('200000') })), 'message.unauthentic')
  assert.equal(judge(icbc, changed('pay', { 3: raw('200000') }), config, {}), 'link.not_signed_on')
  assert.equal(verdictOf(changed('pay', { 3: raw('2A0000'), 41: 'OTHER001' })), 'message.unknown')
  assert.equal(verdictOf(changed('pay', { 3: undefined, 37: undefined })), 'message.unknown')
  assert.equal(verdictOf(changed('pay', { 60: undefined })), 'message.unknown')
  assert.equal(verdictOf(changed('pay', { 60: raw('0011222611202010') })), 'message.unknown')
  assert.equal(verdictOf(changed('pay', { 60: raw('00102226112000') })), 'message.unknown')
  assert.equal(verdictOf(changed('reverse', { 3: raw('310000') })), 'message.unknown')
  assert.equal(verdictOf(changed('totals-equal', { 3: '000000' })), 'message.malformed')
  assert.equal(
    verdictOf(changed('pay', { 4: raw('00000000000A'), 41: 'OTHER001' })),
    'message.malformed',
  )
  for (const party of [{ 32: '01020001' }, { 41: 'HEAT0002' }, { 42: '102100000000702' }]) {
    assert.equal(verdictOf(changed('pay', party)), 'party.unknown')
  }
  assert.equal(verdictOf(changed('echo', { 41: 'HEAT0002' })), 'party.unknown')
  assert.equal(verdictOf(changed('sign-on', { 60: raw('0011002611200040') })), 'message.unknown')
  assert.equal(verdictOf(changed('sign-on', { 64: paper.noMac })), 'message.malformed')
  assert.equal(verdictOf(changed('echo', { 64: paper.noMac })), 'message.malformed')
  assert.equal(verdictOf(changed('echo', { 60: raw('0011002611209990') })), 'message.unauthentic')
  assert.equal(verdictOf(changed('echo', { 60: undefined })), 'message.unauthentic')
})

type Case = [id: string, change: Record<number, FieldValue>]

t.test('values that the paper does not know are refused', async () => {
  const fields: Case[] = [
    ['pay', { 11: raw('00001F') }],
    ...['250000', '006000', '000060'].map((f12) => ['pay', { 12: raw(f12) }] as Case),
    ...['0000', '1301', '0431', '0229'].map((f13) => ['pay', { 13: raw(f13) }] as Case),
    ['pay', { 22: raw('0012') }],
    ['pay', { 22: raw('0121') }],
    ['pay', { 25: raw('01') }],
    ['pay', { 32: raw('070102000F') }],
    ['pay', { 32: raw('0701020001') }],
    ['pay', { 37: raw(hexOf(encodeGbk('20261120000A'))) }],
    ['pay', { 49: raw('303031') }],
    ['pay', { 41: raw('48454154303030FF') }],
    ['pay', { 60: raw('0011012611200000') }],
    ['pay', { 60: raw('0011222613200000') }],
    ['pay', { 60: raw('0011222602290000') }],
    ['pay', { 60: raw('0011222611200001') }],
    ['reverse', { 39: raw('3137') }],
    ['totals-equal', { 48: '0'.repeat(43) }],
    ['totals-equal', { 48: `${'0'.repeat(44)}1` }],
    ['totals-equal', { 48: `${'0'.repeat(43)} ` }],
  ]
  for (const [id, change] of fields) {
    assert.equal(verdictOf(changed(id, change)), 'message.malformed', JSON.stringify(change))
  }
  const good = '_\x01\x0a0012345678_\x03\x0a0200000101_\x04\x0500017'
  assert.equal(verdictOf(changed('pay', {}, good)), 'ask')
  for (const tags of [
    '',
    good.slice(0, -1),
    `${good}_`,
    good.replace('0012345678', '00123_5678'),
    good.replace('0012345678', '          '),
    good.replace('0200000101', '020000010A'),
    good.replace('\x0a0200000101', '\x090200000101'),
    good.replace('00017', '0-017'),
    `${good}_\x0a\x10e2151dd48c568257`,
    `${good}_\x05\x04张三`,
    `${good}${good.slice(-8)}`,
  ]) {
    assert.equal(verdictOf(changed('pay', {}, tags)), 'message.malformed', JSON.stringify(tags))
  }
})

t.test('the year of F13 is that of the accounting date, but for new year', async () => {
  const sentAt = (f60: string, f13: string) => paper.sentAt({ 12: '235959', 13: f13, 60: f60 })
  assert.equal(sentAt('22261120000', '1120'), '2026-11-20T23:59:59')
  assert.equal(sentAt('22270101000', '1231'), '2026-12-31T23:59:59')
  assert.equal(sentAt('22261231000', '0101'), '2026-01-01T23:59:59')
  assert.equal(sentAt('22270102000', '1231'), '2027-12-31T23:59:59')
  assert.equal(sentAt('22280301000', '0229'), '2028-02-29T23:59:59')
  assert.throws(() => sentAt('22270301000', '0229'), Malformed)
  assert.throws(() => paper.accountingDate('22270229000'), Malformed)
})

function encode(frame: Uint8Array, outcome: Outcome<unknown>, keys = workKeys) {
  const decoded = icbc.decode(frame, config)
  assert.ok(decoded.is === 'message')
  const { exchange, message } = decoded
  return icbc.encode({ exchange, message, outcome, now, keys } as Reply, config)
}

t.test('a refusal holds exactly what the paper says, whatever was asked', async () => {
  const copied = [3, 11, 32, 37, 41, 42, 60]
  const odd = changed('pay', { 3: raw('2A0000'), 32: raw('070102000F'), 22: undefined })
  for (const frame of [...requests.map(({ frame_hex }) => bytesOf(frame_hex)), odd]) {
    const asking = paper.walkRequest(frame)
    for (const code of [...refusalCodes, 'unknown'] as (RefusalCode | 'unknown')[]) {
      const outcome = code === 'unknown' ? unknown('late') : refused(code)
      const { bytes, seal } = encode(frame, outcome)
      const walked = paper.walkReply(bytes)
      const hasMac = asking.present.includes(64) && !['88', 'A0'].includes(refusalOf(code).f39)
      const wanted = [
        ...copied.filter((field) => asking.present.includes(field)),
        ...[12, 13, 39, 63],
        ...(hasMac ? [64] : []),
      ]
      assert.deepEqual(
        walked.present,
        wanted.sort((a, b) => a - b),
      )
      for (const field of copied) {
        const [theirs, ours] = [asking, walked].map((one) => paper.iso.wire(one, field))
        assert.deepEqual(ours, theirs, `F${field}`)
      }
      assert.equal(walked.mti, paper.replyMti(asking.mti))
      assert.equal(paper.iso.text(walked, 39), refusalOf(code).f39)
      const at = bytes.length - 8
      assert.deepEqual(seal?.over, hasMac ? [13, at] : undefined)
    }
  }
  assert.equal(refusalOf('unknown').f39, '98')
  const codes = new Set(refusalCodes.map((code) => refusalOf(code).f39))
  codes.add('00')
  assert.deepEqual([...codes].sort(), Object.keys(file.reason_of_code).sort())
  for (const code of refusalCodes) assert.ok(gbkWidth(refusalOf(code).f63) <= 60)
})

t.test('six seasons and the longest names fit, cut on a whole character', async () => {
  const season = {
    season: '2020-2021',
    receivableFen: fen(1),
    outstandingFen: fen(999_999_999_999n),
  }
  const rest = { lateFeeFen: fen(0), discountFen: fen(0), payableFen: fen(1) }
  const bill = {
    ...{ customerNo: '1'.repeat(20), name: `a${'億'.repeat(50)}`, address: '东'.repeat(90) },
    ...{ areaDm2: dm2(999_999_999), billToken: '0123456789ABCDEF' },
    ...{ totalArrearsFen: fen(1), totalPayableFen: fen(1) },
    seasons: Array.from({ length: 6 }, () => ({ ...season, ...rest })),
  }
  const read = (value: unknown) => {
    const { bytes } = encode(requestOf('query-gbk'), done(value))
    return paper.query.response.decode(paper.walkReply(bytes)).t
  }
  const tags = read(bill)
  assert.equal(tags['5F05'], `a${'億'.repeat(29)}`)
  assert.equal(tags['5F06'], '东'.repeat(60))
  assert.equal(tags['5F0C'].length, 6)
  assert.equal(tags['5F0B'], '06')
  assert.equal(read({ ...bill, name: '王䶮€😀' })['5F05'], '王???')
  assert.deepEqual(
    [read({ ...bill, name: '' })['5F05'], read({ ...bill, address: '' })['5F06']],
    ['?', ''],
  )
  assert.throws(() => read({ ...bill, seasons: [...bill.seasons, season] }))
})

t.test('states of a payment, and a receipt only for one that stands', async () => {
  const states = { not_received: '0', paid: '1', reversed: '2', refused: '3', in_process: '9' }
  for (const [state, digit] of Object.entries(states)) {
    const value = { state, amountFen: fen(100), receiptNo: 'R1' }
    const { bytes } = encode(requestOf('result-paid'), done(value))
    const { t: tags, f } = paper.result.response.decode(paper.walkReply(bytes))
    assert.deepEqual(tags, { ...(state === 'paid' && { '5F0D': 'R1' }), '5F0F': digit })
    assert.equal(f[4], '000000000100')
  }
})

t.test('keys and MACs are neither shown nor logged', async () => {
  assert.throws(() => encode(requestOf('sign-on'), done({}), []), /keys/)
  const signOn = sealWith(encode(requestOf('sign-on'), done({})), secrets)
  const shown = JSON.stringify(icbc.describe(signOn, 'out'))
  const logged = hexOf(icbc.mask(signOn.slice()))
  const torn = hexOf(icbc.mask(signOn.slice(0, -1)))
  for (const { encrypted, checkValue } of workKeys) {
    for (const secret of [hexOf(encrypted), hexOf(checkValue)]) {
      for (const text of [shown.toUpperCase(), logged, torn]) assert.ok(!text.includes(secret))
    }
  }
  const pay = requestOf('pay')
  const f64 = hexOf(pay.subarray(-8))
  assert.ok(!JSON.stringify(icbc.describe(pay, 'in')).toUpperCase().includes(f64))
  assert.equal(hexOf(icbc.mask(pay.slice())), `${hexOf(pay.subarray(0, -8))}${'00'.repeat(8)}`)
})

t.test('no sequence of bytes crashes the connector', async () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(...messages),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
      fc.option(fc.nat(150)),
    )
    .map(([{ frame_hex }, changes, cut]) => {
      const bytes = bytesOf(frame_hex)
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte
      return cut === null ? bytes : bytes.slice(0, cut)
    })
  const reached = { close: 0, refuse: 0, ask: 0 }
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (bytes) => {
      cutFrames(paper.framing, bytes)
      for (const way of ['in', 'out'] as const) icbc.describe(bytes, way)
      icbc.mask(bytes.slice())
      const decoded = icbc.decode(bytes, config)
      reached[decoded.is === 'close' ? 'close' : decoded.then.is]++
      if (decoded.is === 'close') return
      readAnswer(encode(bytes, refused('message.malformed')).bytes)
    }),
    { numRuns: 3000 },
  )
  assert.ok(Math.min(reached.close, reached.refuse, reached.ask) > 50, JSON.stringify(reached))
})
