// The listener against everything a peer can do to it with bytes and time; real sockets throughout.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TcpWire } from '@reli/sdk'
import { test } from 'tap'
import { type Exchange, listenTcp, type WireEvent } from './tcp.ts'

type Test = { teardown(end: () => unknown): void }

const usual: TcpWire = {
  kind: 'tcp',
  framing: { length: { as: 'binary-be', bytes: 2 }, min: 1, max: 100 },
  maxConnections: 4,
  maxInFlight: 3,
  answerOrder: 'arrival',
  frameWithinMs: 5000,
  idleMs: 5000,
}

const frame = (text: string): Buffer => {
  const bytes = Buffer.alloc(2 + text.length)
  bytes.writeUInt16BE(text.length)
  bytes.write(text, 2)
  return bytes
}
const textOf = (bytes: Buffer): string => bytes.toString('latin1', 2)

/** A listener that answers every frame with itself, unless told otherwise. */
async function listen(
  t: Test,
  changes: Partial<TcpWire> = {},
  onFrame: (exchange: Exchange) => void = echo,
) {
  const events: WireEvent[] = []
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    wire: { ...usual, ...changes },
    allowFrom: ['127.0.0.0/30'],
    onFrame,
    onEvent: (event) => events.push(event),
  })
  t.teardown(() => listener.close(100))
  return { listener, events, dial: () => new Bank(listener.port) }
}

const echo = (exchange: Exchange) => void setImmediate(() => exchange.answer(exchange.frame))

class Bank {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  received = Buffer.alloc(0)

  constructor(port: number, from = '127.0.0.1') {
    this.socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
    this.socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
    })
    this.socket.on('error', () => {})
    this.closed = once(this.socket, 'close')
  }

  send(...parts: (Buffer | string)[]): void {
    for (const part of parts) this.socket.write(typeof part === 'string' ? frame(part) : part)
  }

  /** The answers so far, as soon as there are so many. */
  async answers(count: number): Promise<string[]> {
    await until(() => texts(this.received).length >= count)
    return texts(this.received)
  }

  /** All answers until the listener closes. */
  async answersUntilClose(): Promise<string[]> {
    await this.closed
    return texts(this.received)
  }
}

function texts(bytes: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const end = at + 2 + bytes.readUInt16BE(at)
    if (end > bytes.length) break
    found.push(bytes.toString('latin1', at + 2, end))
    at = end
  }
  return found
}

async function until(isSo: () => boolean, withinMs = 5000): Promise<void> {
  const end = Date.now() + withinMs
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const reasons = (events: WireEvent[]) =>
  events.flatMap((event) => (event.is === 'fault' || event.is === 'turned_away' ? event.why : []))

test('a frame is the same frame wherever the network cuts it, alone or glued', async (t) => {
  const { dial } = await listen(t)
  const stream = Buffer.concat([frame('first'), frame('2'), frame('the third')])
  for (let cut = 1; cut < stream.length; cut++) {
    const bank = dial()
    bank.send(stream.subarray(0, cut))
    await new Promise((resolve) => setImmediate(resolve))
    bank.send(stream.subarray(cut))
    t.same(await bank.answers(3), ['first', '2', 'the third'], `cut at ${cut}`)
    bank.socket.destroy()
    await bank.closed
  }
  const bank = dial()
  for (const byte of stream) {
    bank.send(Buffer.from([byte]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.same(await bank.answers(3), ['first', '2', 'the third'], 'byte by byte')
  bank.socket.end()
})

test('a length out of range closes, but what came before it is answered', async (t) => {
  const { dial, events } = await listen(t)
  for (const length of [0, 101, 65_535]) {
    const head = Buffer.alloc(2)
    head.writeUInt16BE(length)
    const bank = dial()
    bank.send(Buffer.concat([frame('a'), frame('b'), head, Buffer.alloc(20_000)]))
    t.same(await bank.answersUntilClose(), ['a', 'b'], `length ${length}`)
  }
  t.equal(reasons(events).length, 3)
  t.match(reasons(events)[0], /0 is outside/)
})

test('a length in digits must be digits', async (t) => {
  const framing = { length: { as: 'ascii-digits', bytes: 4 }, min: 2, max: 9 } as const
  const { dial, events } = await listen(t, { framing })
  for (const head of ['00a2', '-002', '0x02', '０２', '0001', '0010']) {
    const bank = dial()
    bank.send(Buffer.from(`${head}xxxxxxxxxxxx`))
    await bank.closed
    t.equal(bank.received.length, 0, head)
  }
  t.equal(reasons(events).length, 6)
  const bank = dial()
  bank.send(Buffer.from('0002ab'))
  await until(() => bank.received.length === 6)
  t.equal(bank.received.toString(), '0002ab')
  bank.socket.end()
})

test('a frame has its time from the first byte, however it drips', async (t) => {
  const { dial, events } = await listen(t, { frameWithinMs: 150 })
  const bank = dial()
  const began = performance.now()
  bank.send(frame('whole'), Buffer.from([0, 50]))
  const drip = setInterval(() => bank.send(Buffer.from('x')), 20)
  t.same(await bank.answersUntilClose(), ['whole'])
  clearInterval(drip)
  const took = performance.now() - began
  t.ok(took > 140 && took < 2000, `closed after ${took} ms`)
  t.same(reasons(events), ['frame not complete in time'])
})

test('a silent connection is closed, one that waits for its answer is not', async (t) => {
  const held: Exchange[] = []
  const { dial, events } = await listen(t, { idleMs: 100 }, (exchange) => void held.push(exchange))
  const [idle, waiting] = [dial(), dial()]
  waiting.send('slow')
  await idle.closed
  t.equal(held.length, 1)
  await new Promise((resolve) => setTimeout(resolve, 150))
  held[0]!.answer(held[0]!.frame)
  t.same(await waiting.answers(1), ['slow'])
  await waiting.closed
  t.same(reasons(events), [], 'silence is no fault')
})

test('half a frame is reported; a peer that only stopped writing is answered', async (t) => {
  const { dial, events } = await listen(t, { maxInFlight: 1 })
  const half = dial()
  half.send('a', Buffer.from([0, 9, 1]))
  half.socket.end()
  t.same(await half.answersUntilClose(), ['a'])
  t.same(reasons(events), ['connection ended within a frame'])

  const done = dial()
  done.send(Buffer.concat([frame('1'), frame('2'), frame('3')]))
  done.socket.end()
  t.same(await done.answersUntilClose(), ['1', '2', '3'])
  t.equal(reasons(events).length, 1)
})

test('answers keep the order of arrival, or leave as they become ready', async (t) => {
  for (const answerOrder of ['arrival', 'any'] as const) {
    const held: Exchange[] = []
    const { dial } = await listen(t, { answerOrder }, (exchange) => void held.push(exchange))
    const bank = dial()
    bank.send(Buffer.concat(['1', '2', '3'].map(frame)))
    await until(() => held.length === 3)
    for (const exchange of [...held].reverse()) exchange.answer(exchange.frame)
    held[0]!.answer(frame('twice'))
    const expected = answerOrder === 'any' ? ['3', '2', '1'] : ['1', '2', '3']
    t.same(await bank.answers(3), expected, answerOrder)
    bank.socket.end()
  }
})

test('no more than the allowed number is in flight; the rest stays unread', async (t) => {
  const held: Exchange[] = []
  const { dial, listener } = await listen(t, {}, (exchange) => void held.push(exchange))
  const bank = dial()
  const sent = Array.from({ length: 20_000 }, (_, i) => String(i).padStart(60, '.'))
  bank.send(Buffer.concat(sent.map(frame)))
  await until(() => held.length === 3)
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(held.length, 3)
  t.ok(listener.connections()[0]!.bytesIn < 400_000, 'most of it is still with the peer')
  for (let i = 0; i < sent.length; i++) {
    if (!held[i]) await until(() => held.length > i)
    held[i]!.answer(held[i]!.frame)
  }
  await until(() => bank.received.length === sent.length * 62)
  t.same(texts(bank.received), sent)
  bank.socket.end()
})

test('a peer that never takes its answers is not read any further', async (t) => {
  const { dial, listener } = await listen(t, { maxInFlight: 8, idleMs: 60_000 }, (exchange) =>
    exchange.answer(Buffer.alloc(50_000)),
  )
  const bank = dial()
  bank.socket.pause()
  const flood = Buffer.concat(Array.from({ length: 20_000 }, () => frame('x')))
  for (let i = 0; i < 100; i++) bank.send(flood)
  let last = -1
  await until(() => {
    const now = listener.connections()[0]?.bytesOut ?? 0
    const isSteady = now > 0 && now === last
    last = now
    return isSteady
  })
  t.ok(last < 30_000_000, `${last} bytes were written at most`)
  bank.socket.destroy()
})

test('a closed exchange lets the earlier ones be answered and drops the later ones', async (t) => {
  for (const answerOrder of ['arrival', 'any'] as const) {
    const held: Exchange[] = []
    const { dial } = await listen(t, { answerOrder }, (exchange) => void held.push(exchange))
    const bank = dial()
    bank.send(Buffer.concat(['1', '2', '3'].map(frame)))
    await until(() => held.length === 3)
    held[1]!.close('nonsense')
    t.equal(held[2]!.isLive(), false)
    held[2]!.answer(held[2]!.frame)
    held[0]!.answer(held[0]!.frame)
    t.same(await bank.answersUntilClose(), ['1'], answerOrder)
  }
})

test('only allowed addresses get in, and only so many connections', async (t) => {
  const { listener, dial, events } = await listen(t)
  const stranger = new Bank(listener.port, '127.0.0.9')
  await stranger.closed
  t.same(reasons(events), ['address not allowed'])
  const banks = Array.from({ length: 4 }, dial)
  await until(() => listener.connections().length === 4)
  const fifth = dial()
  await fifth.closed
  t.same(reasons(events), ['address not allowed', 'too many connections'])
  banks[0]!.socket.end()
  await banks[0]!.closed
  await until(() => listener.connections().length === 3)
  const next = dial()
  next.send('hello')
  t.same(await next.answers(1), ['hello'])
  for (const bank of [...banks, next]) bank.socket.end()
})

test('five hundred held connections do not delay an honest one', async (t) => {
  const { listener, dial } = await listen(t, { maxConnections: 600, frameWithinMs: 60_000 })
  const held = Array.from({ length: 500 }, dial)
  for (const bank of held) bank.send(Buffer.from([0]))
  await until(() => listener.connections().length === 500)
  const honest = dial()
  const times: number[] = []
  for (let i = 1; i <= 50; i++) {
    const began = performance.now()
    honest.send(`request ${i}`)
    await honest.answers(i)
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  t.ok(times[47]! < 200, `p95 ${times[47]} ms`)
  for (const bank of [...held, honest]) bank.socket.destroy()
})

test('closing the listener answers what is in flight', async (t) => {
  const held: Exchange[] = []
  const { listener, dial, events } = await listen(t, {}, (exchange) => void held.push(exchange))
  const bank = dial()
  bank.send('last', 'words')
  await until(() => held.length === 2)
  const closing = listener.close(3000)
  bank.send('too late')
  held[0]!.answer(held[0]!.frame)
  held[1]!.answer(held[1]!.frame)
  t.same(await bank.answersUntilClose(), ['last', 'words'])
  await closing
  const end = events.find((event) => event.is === 'disconnected')
  t.match(end, { why: 'listener closed', bytesOut: 13, unanswered: 0 })
  t.same(
    held.map(({ frame: bytes }) => textOf(bytes)),
    ['last', 'words'],
  )
})
