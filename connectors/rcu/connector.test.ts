// The bank's paper as a test: its 46 messages, 20 bad frames and 5 files, and what the paper says
// beside its tables.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  dm2,
  done,
  fen,
  fromYuan,
  type Outcome,
  type RefusalCode,
  refusalCodes,
  refusals,
  refused,
} from '@reli/sdk'
import { cutFrames } from '@reli/sdk/codec'
import {
  conformance,
  judge,
  type ReplyVector,
  type RequestVector,
  statementConformance,
  statementVector,
} from '@reli/sdk/testing'
import fc from 'fast-check'
import t from 'tap'
import { refusalOf } from './answers.ts'
import { framing, layoutsOf, refusal } from './codec.ts'
import rcu from './connector.ts'
import { statement } from './statement.ts'

interface Vector {
  id: string
  op: string
  direction: 'request' | 'reply'
  frame_hex: string
  fields: Record<string, string> & { seasons?: Record<string, string | number>[] }
  meaning?: Record<string, unknown> & { code: string }
}

const paper = JSON.parse(readFileSync(new URL('vectors/rcu.json', import.meta.url), 'utf8'))
const messages: Vector[] = paper.messages
const requests = messages.filter(({ direction }) => direction === 'request')
const replies = messages.filter(({ direction }) => direction === 'reply')
const config = { orgId: paper.test_parameters.org_id as string }
const secrets = { password: paper.test_parameters.password as string }

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const day = (yyyymmdd: string) => yyyymmdd.replace(/(....)(..)(..)/, '$1-$2-$3')
const yuan = (text: string | undefined) => fromYuan(text ?? '')!
const money = (value: unknown) => fen(value as number)

/** What each request of the paper asks, told once more in the hub's words. */
function asked({ op, fields }: Vector): RequestVector['expect'] {
  const outlet = fields.bank_no!
  const bankDate = day(fields.date!)
  const key = { bankDate, serial: fields.host_seq! }
  switch (op) {
    case 'echo':
      return { operation: 'link.echo', input: {} }
    case 'query':
      return { operation: 'bill.query', input: { customerNo: fields.user_no, bankDate, outlet } }
    case 'pay': {
      const input = { customerNo: fields.user_no, amountFen: yuan(fields.amount), outlet }
      return { operation: 'payment.pay', key, input }
    }
    case 'reverse':
      return { operation: 'payment.reverse', key, input: { outlet } }
    case 'result':
      return { operation: 'payment.result', key, input: { outlet } }
    default: {
      const [paidFen, reversedFen] = [yuan(fields.paid_amount), yuan(fields.rev_amount)]
      const [paidCount, reversedCount] = [Number(fields.paid_count), Number(fields.rev_count)]
      const input = { bankDate, paidCount, paidFen, reversedCount, reversedFen }
      return { operation: 'day.totals', input }
    }
  }
}

/** The reason that a reply code of the paper stands for. */
const codeSaid = (rsp: string): RefusalCode =>
  refusalCodes.find((code) => refusalOf(code).rsp === rsp && refusalOf(code).msg === zhOf(code))!

const zhOf = (code: RefusalCode) => refusals[code].zh

/** What the hub must have answered for a reply of the paper. */
function outcomeOf({ op, fields, meaning }: Vector): Outcome<unknown> {
  if (fields.rsp !== '0000000000') return refused(codeSaid(fields.rsp!))
  const means: Record<string, unknown> = meaning ?? {}
  switch (op) {
    case 'echo':
      return done({})
    case 'query':
      return done({
        customerNo: means.customer_no,
        name: means.name,
        address: means.address,
        areaDm2: dm2(means.area as number),
        totalArrearsFen: money(means.total_arrears),
        totalPayableFen: money(means.total_payable),
        billToken: '',
        seasons: (means.seasons as Record<string, unknown>[]).map((season) => ({
          season: season.season,
          receivableFen: money(season.receivable),
          outstandingFen: money(season.outstanding),
          lateFeeFen: money(season.late_fee),
          discountFen: money(season.discount),
          payableFen: money(season.payable),
        })),
      })
    case 'pay': {
      const payableLeftFen = money(means.payable_left)
      const { customer_no: customerNo, receipt_no: receiptNo } = means
      const amountFen = money(means.amount)
      const { name } = fields
      return done({
        customerNo,
        name,
        receiptNo,
        amountFen,
        arrearsLeftFen: fen(0),
        payableLeftFen,
      })
    }
    case 'reverse':
      return done({ effect: means.flag === 0 ? 'reversed' : 'blocked' })
    case 'result': {
      const known = means.customer_no === '' ? {} : { customerNo: means.customer_no }
      const { state, receipt_no: receiptNo } = means
      return done({ state, ...known, amountFen: money(means.amount), receiptNo })
    }
    default:
      return done({
        paidCount: means.paid_count,
        paidFen: money(means.paid_fen),
        reversedCount: means.rev_count,
        reversedFen: money(means.rev_fen),
        equal: means.equal,
      })
  }
}

const verdicts: Record<string, RequestVector['expect']> = { close: 'close', wait: 'close' }

conformance(t, rcu, {
  config,
  secrets,
  requests: [
    ...requests.map((vector) => ({
      id: vector.id,
      frame: bytesOf(vector.frame_hex),
      expect: asked(vector),
    })),
    ...paper.negative.map((bad: { id: string; frame_hex: string; expect: string }) => ({
      id: bad.id,
      frame: bytesOf(bad.frame_hex),
      expect: verdicts[bad.expect] ?? codeSaid(bad.expect),
    })),
  ],
  replies: replies.map((vector): ReplyVector => {
    const request = requests.find(({ id }) => id === vector.id.replace(/-rsp$/, '-req'))!
    return {
      id: vector.id,
      request: bytesOf(request.frame_hex),
      outcome: outcomeOf(vector),
      now: '2026-11-20T09:30:13',
      frame: bytesOf(vector.frame_hex),
    }
  }),
  readAnswer: (frame) => readAnswer(frame.subarray(4)),
})

function readAnswer(body: Uint8Array): unknown {
  const [code, rsp] = [latin1(body.subarray(0, 4)), latin1(body.subarray(12, 22))]
  if (rsp === '0000000000') return layoutsOf[code]!.response.decode(body)
  assert.equal(body.length, 82, 'a refused reply stops after msg')
  const { msg } = refusal.decode(body)
  assert.notEqual(msg, '', 'msg is never empty')
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

t.test('every message of the paper is read and written to the same bytes', async () => {
  for (const { id, direction, frame_hex, fields } of messages) {
    const body = bytesOf(frame_hex).subarray(4)
    const refusedReply = direction === 'reply' && fields.rsp !== '0000000000'
    const known = layoutsOf[fields.code!]!
    const layout = refusedReply ? refusal : direction === 'reply' ? known.response : known.request
    const message = layout.decode(body)
    assert.equal(Buffer.from(layout.encode(message)).toString('hex'), hexOf(body), id)
    const shown = Object.values(fields).filter((value) => typeof value === 'string')
    const described = layout.describe(body).filter(({ path }) => !path.includes('.'))
    const unmasked = shown.map((value) => (value === secrets.password ? '********' : value))
    assert.deepEqual(
      described.map(({ value }) => value),
      unmasked,
      id,
    )
  }
})

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const requestOf = (id: string) => bytesOf(messages.find((vector) => vector.id === id)!.frame_hex)

function withBytes(frame: Uint8Array, at: number, bytes: Uint8Array | string): Uint8Array {
  const changed = frame.slice()
  changed.set(Buffer.from(bytes as string, 'latin1'), 4 + at)
  return changed
}
const verdictOf = (frame: Uint8Array) => judge(rcu, frame, config, secrets)
const pay = requestOf('pay-part-req')

t.test('the checks stand in the order of the paper', async () => {
  const wrongPassword = withBytes(pay, 22, '          heat!!')
  assert.equal(verdictOf(wrongPassword), 'message.unauthentic')
  const wrongOrg = withBytes(pay, 78, 'HEAT-DEMO-02'.padStart(32))
  assert.equal(verdictOf(wrongOrg), 'party.unknown')
  assert.equal(verdictOf(withBytes(wrongOrg, 22, ' '.repeat(16))), 'message.unauthentic')
  assert.equal(verdictOf(withBytes(wrongPassword, 58, '01.00'.padStart(20))), 'message.malformed')
  assert.equal(verdictOf(withBytes(wrongPassword, 0, '7774')), 'message.unknown')
})

t.test('values that the paper does not know are refused', async () => {
  const cases: [at: number, field: string][] = [
    [4, '00001120'],
    [4, '20260229'],
    [12, '402000010 '],
    [12, '４０'],
    [38, ' '.repeat(20)],
    [38, '12 34'.padStart(20)],
    [38, '12_34'.padStart(20)],
    [38, '\u00a1\u00a1'.padStart(20)],
    [58, '1234567890.00'.padStart(20)],
    [58, '.00'.padStart(20)],
    [58, '1.000'.padStart(20)],
    [58, '+1.00'.padStart(20)],
    [58, '1,000.00'.padStart(20)],
    [58, ' '.repeat(20)],
    [78, 'HEAT-DEMO-01 '.padStart(32)],
    [78, '\u00a1\u00a1HEAT-DEMO-01'.padStart(32)],
    [22, 'Rcu2025!heat    '],
    [110, '20261120000A'],
  ]
  for (const [at, field] of cases) {
    assert.equal(verdictOf(withBytes(pay, at, field)), 'message.malformed', `${at}: ${field}`)
  }
  assert.equal(typeof verdictOf(withBytes(pay, 58, '0.00'.padStart(20))), 'object')
  assert.equal(typeof verdictOf(withBytes(pay, 58, '999999999.99'.padStart(20))), 'object')
})

t.test('bytes 0–11 come back whatever they were', async () => {
  const odd = withBytes(pay, 0, '\u00ff\u0000\u0081 \u00837C\u0080 \n%\u00fe')
  const decoded = rcu.decode(odd, config)
  assert.ok(decoded.is === 'message')
  assert.deepEqual([decoded.exchange, verdictOf(odd)], ['unknown', 'message.unknown'])
  const outcome = refused('message.unknown')
  const { exchange, message } = decoded
  const { bytes } = rcu.encode({ exchange, message, outcome, now: '2026-11-20T09:30:13' }, config)
  assert.equal(hexOf(bytes.subarray(4, 16)), hexOf(odd.subarray(4, 16)))
  assert.equal(latin1(bytes.subarray(16, 26)), '0000000004')
})

t.test('the password is overwritten in frames that nobody can read', async () => {
  const masked = rcu.mask(pay.slice())
  assert.equal(latin1(masked.subarray(26, 42)), '*'.repeat(16))
  assert.equal(
    hexOf(masked.subarray(42)),
    hexOf(pay.subarray(42)),
    'and nothing else of a good one',
  )
  const shifted = Uint8Array.from([...pay.subarray(0, 20), 0x30, ...pay.subarray(20)])
  assert.doesNotMatch(latin1(rcu.mask(shifted)), /heat/)
  const answer = requestOf('pay-part-rsp')
  assert.equal(hexOf(rcu.mask(answer.slice())), hexOf(answer), 'an answer has nothing to hide')
})

t.test('a name ends on a whole character, and 億 is not a separator', async () => {
  const decoded = rcu.decode(pay, config)
  assert.ok(decoded.is === 'message')
  const nameOf = (name: string) => {
    const receipt = { customerNo: '1', receiptNo: 'R1', payableLeftFen: fen(0), amountFen: fen(1) }
    const outcome = done({ ...receipt, name, arrearsLeftFen: fen(0) })
    const { exchange, message } = decoded
    const { bytes } = rcu.encode({ exchange, message, outcome, now: '2026-11-20T09:30:13' }, config)
    return hexOf(bytes.subarray(4 + 102, 4 + 162))
  }
  assert.equal(nameOf('億'), `${'20'.repeat(58)}837c`)
  assert.equal(nameOf(`a${'億'.repeat(40)}`), `2061${'837c'.repeat(29)}`)
  assert.equal(nameOf('㐀€\n李 '), `${'20'.repeat(55)}3f3f20c0ee`)
})

statementConformance(t, statement, {
  bankDate: '2026-11-20',
  files: paper.recon.map(statementVector),
})

t.test('no sequence of bytes crashes the connector', async () => {
  const body = fc.uint8Array({ minLength: 38, maxLength: 1024 })
  const mutated = fc
    .tuple(
      fc.constantFrom(...requests),
      fc.array(fc.tuple(fc.nat(121), fc.nat(255)), { maxLength: 9 }),
    )
    .map(([{ frame_hex }, changes]) => {
      const changed = bytesOf(frame_hex).slice(4)
      for (const [at, byte] of changes) if (at < changed.length) changed[at] = byte
      return changed
    })
  fc.assert(
    fc.property(fc.oneof(body, mutated), (bytes) => {
      const head = String(bytes.length).padStart(4, '0')
      const frame = Uint8Array.from([...Buffer.from(head), ...bytes])
      assert.equal(cutFrames(framing, frame).frames.length, 1)
      const decoded = rcu.decode(frame, config)
      assert.ok(decoded.is === 'message')
      rcu.describe(frame, 'in')
      rcu.describe(frame, 'out')
      rcu.mask(frame)
      const reply = { outcome: refused('message.malformed'), now: '2026-11-20T09:30:13' }
      const answer = rcu.encode({ ...decoded, ...reply }, config)
      readAnswer(answer.bytes.subarray(4))
      assert.equal(hexOf(answer.bytes.subarray(4, 16)), hexOf(bytes.subarray(0, 12)))
    }),
    { numRuns: 2000 },
  )
})
