// The kit must find what it claims to find: a small connector passes, and each way of spoiling it
// is caught by the check that is meant for it.
import assert from 'node:assert/strict'
import t from 'tap'
import { Type } from 'typebox'
import { fixed, frameOf, nextFrame, secret, text } from '../codec/index.ts'
import type { Connector } from '../connector.ts'
import { defineConnector, exchange } from '../define.ts'
import { Malformed } from '../errors.ts'
import { done, refused } from '../outcome.ts'
import { conformance, type Vectors } from './conformance.ts'

const framing = { length: { as: 'ascii-digits', bytes: 2 }, min: 10, max: 60 } as const
const style = { pad: 'right' } as const
const request = fixed({ code: text(2), serial: text(8), password: secret(text(8)) }, style)
const response = fixed({ code: text(2), said: text(30) }, style)
type Said = ReturnType<typeof response.decode>
const secrets = { password: 'pa55word' }

const toy: Connector<object> = defineConnector<object, Uint8Array, { code: string }>({
  name: 'toy',
  title: 'toy',
  paper: 'none',
  version: '1',
  wire: {
    kind: 'tcp',
    framing,
    maxConnections: 1,
    maxInFlight: 1,
    answerOrder: 'arrival',
    frameWithinMs: 1000,
    idleMs: 1000,
  },
  config: Type.Object({}),
  secrets: { password: { title: 'password', format: 'text' } },
  unknown: 'bank_reverses',
  deadlines: { queryMs: 1000, otherMs: 1000, bankMs: 5000 },
  receive: {
    RV: exchange(
      'payment.reverse',
      {
        request: {
          decode: (wire: Uint8Array) => {
            const { password, ...rest } = request.decode(wire)
            if (rest.serial === '') throw new Malformed('serial', 'is empty')
            return rest
          },
        },
        response: { encode: (said: Said) => frameOf(framing, response.encode(said)) },
      },
      {
        key: ({ serial }) => ({ bankDate: '2026-11-20', serial }),
        toInput: () => ({}),
        toResponse: ({ effect }, { code }) => ({ code, said: effect }),
      },
    ),
  },
  open: (frame) => {
    const next = nextFrame(framing, frame)
    if (next.is !== 'frame' || next.bytes !== frame.length) throw new Malformed('length', 'wrong')
    const wire = frame.subarray(2)
    const code = Buffer.from(wire.subarray(0, 2)).toString('latin1')
    return { exchange: code, wire, head: { code: code === 'RV' ? code : '??' } }
  },
  prove: ({ wire }, read) => {
    if (!read) return undefined
    return { kind: 'password', secret: 'password', value: request.decode(wire).password }
  },
  refuse: (said, { code }) => frameOf(framing, response.encode({ code, said })),
  mask: (frame) => frame.fill(0x2a, 12),
  describe: (frame, way) =>
    way === 'in' ? request.describe(frame.subarray(2)) : response.describe(frame.subarray(2)),
})

const asks = frameOf(framing, request.encode({ code: 'RV', serial: '1', password: 'pa55word' }))
const answers = (said: string) => frameOf(framing, response.encode({ code: 'RV', said }))
const vectors: Vectors<object> = {
  config: {},
  secrets,
  requests: [
    {
      id: 'reverse',
      frame: asks,
      expect: {
        operation: 'payment.reverse',
        key: { bankDate: '2026-11-20', serial: '1' },
        input: {},
      },
    },
    { id: 'no password held', frame: asks, secrets: {}, expect: 'link.not_signed_on' },
    { id: 'wrong password', frame: asks.with(19, 0x21), expect: 'message.unauthentic' },
    { id: 'no such code', frame: asks.with(2, 0x41), expect: 'message.unknown' },
    { id: 'cut', frame: asks.subarray(0, 9), expect: 'close' },
  ],
  replies: [
    { id: 'done', outcome: done({ effect: 'blocked' }), frame: answers('blocked') },
    { id: 'busy', outcome: refused('system.busy'), frame: answers('system.busy') },
  ].map((reply) => ({ ...reply, request: asks, now: '2026-11-20T09:30:13' })),
  readAnswer: (frame) => response.decode(frame.subarray(2)),
}

/** Names of the checks that fail, without the connector's name. */
async function failures(connector: Connector<object>, given = vectors): Promise<string[]> {
  const failed: string[] = []
  const runs: Promise<void>[] = []
  const test = (name: string, run: () => Promise<void>) =>
    runs.push(run().catch(() => void failed.push(name.replace('toy: ', ''))))
  conformance({ test }, connector, given)
  await Promise.all(runs)
  return failed
}

t.test('a sound connector passes', async () => {
  assert.deepEqual(await failures(toy), [])
})

let calls = 0
const spoilt: [what: string, Partial<Connector<object>>, caughtBy: RegExp][] = [
  [
    'asks under another key each time',
    {
      decode: (frame, config) => {
        const decoded = toy.decode(frame, config)
        if (decoded.is === 'message' && 'key' in decoded.then && decoded.then.key) {
          decoded.then.key.serial += calls++
        }
        return decoded
      },
    },
    /repeated/,
  ],
  [
    'throws at half a frame',
    {
      decode: (frame, config) => {
        assert.ok(frame.length > 8)
        return toy.decode(frame, config)
      },
    },
    /damaged/,
  ],
  [
    'refuses without a path',
    {
      decode: (frame, config) => {
        const decoded = toy.decode(frame, config)
        if (decoded.is === 'message' && decoded.then.is === 'refuse') decoded.then.path = ''
        return decoded
      },
    },
    /damaged/,
  ],
  [
    'shows the password',
    {
      describe: (frame) => [
        { path: 'all', label: 'all', value: Buffer.from(frame).toString('latin1') },
      ],
    },
    /secret/,
  ],
  ['logs the password', { mask: (frame) => frame }, /secret/],
  [
    'hands the password on',
    {
      decode: (frame, config) => {
        const decoded = toy.decode(frame, config)
        const text = Buffer.from(frame).toString('latin1')
        return decoded.is === 'close'
          ? decoded
          : { ...decoded, message: { ...decoded.message, text } }
      },
    },
    /secret/,
  ],
  [
    'has no answer to one refusal',
    {
      encode: (reply, config) => {
        const { outcome } = reply
        if (outcome.is === 'refused') assert.notEqual(outcome.code, 'season.not_open')
        return toy.encode(reply, config)
      },
    },
    /legal/,
  ],
  [
    'answers more than one frame',
    {
      encode: (reply, config) => {
        const { bytes } = toy.encode(reply, config)
        return { bytes: Buffer.concat([bytes, Buffer.of(0)]) }
      },
    },
    /byte for byte/,
  ],
  [
    'declares what nobody asked',
    {
      capabilities: {
        unknown: 'bank_reverses',
        operations: ['payment.reverse', 'bill.query'],
      },
    },
    /understood/,
  ],
  [
    'waits for frames that never end',
    {
      wire: {
        ...toy.wire,
        framing: { ...framing, max: 12 },
      },
    },
    /stream/,
  ],
]

for (const [what, change, caughtBy] of spoilt) {
  t.test(`a connector that ${what} is caught`, async () => {
    const failed = await failures({ ...toy, ...change })
    assert.ok(
      failed.some((name) => caughtBy.test(name)),
      `caught by ${failed.join(', ') || 'nothing'}`,
    )
  })
}
