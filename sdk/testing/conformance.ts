// The conformance kit: what every connector must keep, whatever its partner. A connector's test
// hands in vectors of the partner's paper; the kit adds what no paper lists. It works with any
// runner that has `test(name, async () => …)`: tap, node:test.
import assert from 'node:assert/strict'
import { cutFrames } from '../codec/framing.ts'
import type { Connector, Decoded, KeyDelivery, Reply } from '../connector.ts'
import { type RefusalCode, refusalCodes } from '../errors.ts'
import { toJson } from '../json.ts'
import { keyedOperations, type OperationName, type PaymentKey } from '../operations.ts'
import { done, type Outcome, refused, unknown } from '../outcome.ts'
import { damaged } from './damage.ts'
import { judge, type Secrets, sealWith } from './host.ts'
import { samples } from './samples.ts'

export interface Runner {
  test(name: string, run: () => Promise<void>): unknown
}

/** A frame of the partner and what must become of it before the hub is asked. */
export interface RequestVector {
  id: string
  frame: Uint8Array
  /** What the host holds at that moment, where it is not the usual: no keys before a sign-on. */
  secrets?: Secrets
  expect: 'close' | RefusalCode | { operation: OperationName; key?: PaymentKey; input: unknown }
}

/** What the hub answered to a request, and the frame that must leave, MAC included. */
export interface ReplyVector {
  id: string
  request: Uint8Array
  outcome: Outcome<unknown>
  now: string
  keys?: KeyDelivery[]
  frame: Uint8Array
}

export interface Vectors<Config> {
  config: Config
  secrets: Secrets
  requests: readonly RequestVector[]
  replies: readonly ReplyVector[]
  /** Reads an answer as the partner would; throws when it is not as the paper says. */
  readAnswer?(frame: Uint8Array): unknown
}

type Kit<Config> = Vectors<Config> & { connector: Connector<Config> }
type Message = Decoded & { is: 'message' }

export function conformance<Config>(
  t: Runner,
  connector: Connector<Config>,
  vectors: Vectors<Config>,
): void {
  const kit = { ...vectors, connector }
  const name = (what: string) => `${connector.name}: ${what}`
  t.test(name('requests are understood as the paper says'), async () => understood(kit))
  t.test(name('answers are those of the paper, byte for byte'), async () => answered(kit))
  t.test(name('every refusal, doubt and success has a legal answer'), async () => complete(kit))
  t.test(name('a repeated request is understood alike'), async () => repeatable(kit))
  t.test(name('no secret is handed on, shown or logged'), async () => discreet(kit))
  t.test(name('a damaged frame is refused with a path'), async () => robust(kit))
  t.test(name('frames are the same however the stream is cut'), async () => streamed(kit))
}

/** A copy indeed: `slice` of a Buffer is a view, and `mask` writes in place. */
const copyOf = (frame: Uint8Array): Uint8Array => new Uint8Array(frame)

function understood<Config>({ connector, config, secrets, requests }: Kit<Config>): void {
  assert.ok(requests.length > 0, 'a connector is tested with requests')
  for (const { id, frame, expect, ...held } of requests) {
    const verdict = judge(connector, frame, config, held.secrets ?? secrets)
    const wanted = typeof expect === 'string' ? expect : { is: 'ask', ...expect }
    assert.deepEqual(verdict, wanted, id)
  }
  const met = new Set(requests.map(({ expect }) => typeof expect === 'object' && expect.operation))
  for (const operation of connector.capabilities.operations) {
    assert.ok(met.has(operation), `no request vector of ${operation}`)
  }
}

function answered<Config>(kit: Kit<Config>): void {
  const { connector, config, secrets, replies } = kit
  for (const { id, request, frame, ...reply } of replies) {
    const decoded = messageOf(connector.decode(request, config), id)
    const bytes = answer(kit, decoded, reply.outcome, reply)
    assert.equal(hex(bytes), hex(frame), id)
    assert.ok(connector.describe(bytes, 'out').length > 0, id)
    assert.deepEqual(
      Object.keys(secrets).filter((name) => leaks(bytes, secrets[name]!)),
      [],
      id,
    )
  }
}

function complete<Config>(kit: Kit<Config>): void {
  for (const { id, frame } of kit.requests) {
    const decoded = kit.connector.decode(frame, kit.config)
    if (decoded.is === 'close') continue
    for (const code of refusalCodes) legal(kit, decoded, refused(code), `${id}: ${code}`)
    legal(kit, decoded, doubt, `${id}: unknown`)
    if (decoded.then.is === 'refuse') continue
    for (const sample of samples[decoded.then.operation]) {
      legal(kit, decoded, done(sample), `${id}: done ${toJson(sample)}`)
    }
  }
}

function repeatable<Config>(kit: Kit<Config>): void {
  const { connector, config, requests } = kit
  for (const { id, frame } of requests) {
    const before = copyOf(frame)
    const first = connector.decode(frame, config)
    assert.deepEqual(connector.decode(copyOf(frame), config), first, id)
    assert.equal(hex(frame), hex(before), `${id}: decoding changed the frame`)
    if (first.is === 'close') continue
    const elsewhere = { ...first, message: structuredClone(first.message) }
    const [here, there] = [first, elsewhere].map((decoded) => answer(kit, decoded, doubt))
    assert.equal(hex(there!), hex(here!), `${id}: the message does not survive a process boundary`)
  }
}

function discreet<Config>(kit: Kit<Config>): void {
  const { connector, config, secrets, requests } = kit
  for (const { id, frame } of requests) {
    silent(kit, frame, 'in', id)
    const decoded = connector.decode(frame, config)
    if (decoded.is === 'close') continue
    const handedOn = Buffer.from(toJson([decoded.message, decoded.then]))
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(!leaks(handedOn, secret), `${id}: ${name} is part of the message`)
    }
  }
}

function robust<Config>(kit: Kit<Config>): void {
  const { connector, config, secrets } = kit
  const { framing } = connector.wire
  for (const { id, frame } of oneOfEach(kit)) {
    const sound = judge(connector, frame, config, secrets)
    for (const { what, frame: broken } of damaged(framing, frame)) {
      const label = `${id}, ${what}`
      const decoded = connector.decode(broken, config)
      wellFormed(connector, decoded, label)
      silent(kit, broken, 'in', label)
      if (decoded.is === 'close') continue
      legal(kit, decoded, refused('message.malformed'), label)
      if (decoded.proof?.kind !== 'mac') continue
      // A MAC that still holds must mean that nothing under it changed.
      const believed = judge(connector, broken, config, secrets)
      if (typeof believed === 'object') assert.deepEqual(believed, sound, label)
    }
  }
}

function streamed<Config>({ connector, config, requests }: Kit<Config>): void {
  const { framing } = connector.wire
  const frames = requests
    .filter(({ frame }) => connector.decode(frame, config).is === 'message')
    .map(({ frame }) => Buffer.from(frame))
  const stream = Buffer.concat(frames)
  const whole = frames.map(hex)
  for (let at = 0; at <= stream.length; at++) {
    const first = cutFrames(framing, stream.subarray(0, at))
    const second = cutFrames(framing, Buffer.concat([first.rest, stream.subarray(at)]))
    assert.deepEqual([...first.frames, ...second.frames].map(hex), whole, `cut at byte ${at}`)
    assert.equal(second.rest.length, 0, `cut at byte ${at}`)
  }
}

/**
 * One well-formed request of each exchange, so that the damage is done once and not twenty
 * times.
 */
function oneOfEach<Config>({ connector, config, requests }: Kit<Config>): RequestVector[] {
  const byExchange = new Map<string, RequestVector>()
  for (const vector of requests) {
    const decoded = connector.decode(vector.frame, config)
    if (decoded.is === 'message' && decoded.then.is === 'ask') {
      byExchange.set(decoded.exchange, byExchange.get(decoded.exchange) ?? vector)
    }
  }
  return [...byExchange.values()]
}

function wellFormed<Config>(connector: Connector<Config>, decoded: Decoded, label: string): void {
  if (decoded.is === 'close' || decoded.then.is === 'refuse') {
    const fault = decoded.is === 'close' ? { path: 'length', ...decoded } : decoded.then
    assert.ok('why' in fault && fault.why && fault.path, `${label}: a fault without path or reason`)
    return
  }
  const { then } = decoded
  assert.ok(connector.capabilities.operations.includes(then.operation), label)
  const mustHaveKey = (keyedOperations as readonly string[]).includes(then.operation)
  assert.equal(!!then.key, mustHaveKey, `${label}: key of ${then.operation}`)
  if (then.key) assert.ok(then.key.serial && isDay(then.key.bankDate), `${label}: key`)
}

/** Encodes twice, seals, and holds the frame against the framing and the partner's own reader. */
function legal<Config>(
  kit: Kit<Config>,
  decoded: Message,
  outcome: Outcome<unknown>,
  label: string,
): void {
  const { connector } = kit
  const bytes = answer(kit, decoded, outcome)
  assert.equal(hex(answer(kit, decoded, outcome)), hex(bytes), `${label}: the same twice`)
  const { frames, rest } = cutFrames(connector.wire.framing, bytes)
  assert.ok(frames.length === 1 && rest.length === 0, `${label}: not exactly one frame`)
  assert.doesNotThrow(() => kit.readAnswer?.(bytes), label)
  silent(kit, bytes, 'out', label)
}

const clock = '2026-11-20T09:30:13'
const doubt = unknown('no answer in time')

function answer<Config>(
  { connector, config, secrets }: Kit<Config>,
  { exchange, message }: Message,
  outcome: Outcome<unknown>,
  { now = clock, keys = keysFor(connector, outcome) }: { now?: string; keys?: KeyDelivery[] } = {},
): Uint8Array {
  const reply = { exchange, message, outcome, now, keys } as Reply
  return sealWith(connector.encode(reply, config), secrets)
}

const keysFor = (connector: Connector, { is }: Outcome<unknown>): KeyDelivery[] =>
  (is === 'done' ? (connector.workKeys?.names ?? []) : []).map((name, i) => ({
    name,
    encrypted: new Uint8Array(16).fill(0xa0 + i),
    checkValue: new Uint8Array(4).fill(0xb0 + i),
  }))

function silent<Config>(
  { connector, secrets }: Kit<Config>,
  frame: Uint8Array,
  way: 'in' | 'out',
  label: string,
): void {
  connector.describe(frame, way === 'in' ? 'out' : 'in')
  const shown = Buffer.from(toJson(connector.describe(frame, way)))
  const logged = connector.mask(copyOf(frame))
  assert.equal(logged.length, frame.length, `${label}: masking changes the length`)
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(!leaks(shown, secret), `${label}: ${name} is shown`)
    assert.ok(!leaks(logged, secret), `${label}: ${name} is logged`)
  }
}

/** Six characters in a row of a secret are as bad as all of it. */
const tellTale = 6

function leaks(bytes: Uint8Array, secret: string | Uint8Array): boolean {
  const seen = Buffer.from(bytes)
  const hidden = Buffer.from(secret as Uint8Array)
  const size = Math.min(tellTale, hidden.length)
  for (let at = 0; at + size <= hidden.length; at++) {
    if (seen.includes(hidden.subarray(at, at + size))) return true
  }
  return false
}

function messageOf(decoded: Decoded, id: string): Message {
  assert.ok(decoded.is === 'message', `${id}: the request closes the connection`)
  return decoded
}

const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
