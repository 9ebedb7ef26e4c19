// The link with real TLS: who gets in, what becomes of calls when a hub is slow, late or lost, and
// the order of the journal.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { done, fen, type RefusalCode, refused, unknown } from '@reli/sdk'
import { test } from 'tap'
import type { CallDraft, Settled } from './calls.ts'
import { makeCertificates } from './certificates.ts'
import { type DialOptions, dialFep, type FepLink } from './client.ts'
import { MessageReader, writeMessage } from './messages.ts'
import {
  type Answer,
  type Call,
  checkFromFep,
  type FepStatus,
  type JournalRecord,
} from './protocol.ts'
import { type LinkEvent, type LinkServerOptions, startLinkServer } from './server.ts'

type Test = { teardown(end: () => unknown): void }
type AnswerCall = Parameters<DialOptions['onCalls']>[1]

const folder = mkdtempSync(join(tmpdir(), 'reli-link-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
await makeCertificates({ folder, feps: ['fep-1', 'fep-2'], hubs: ['hub-1'] })
const foreign = join(folder, 'foreign')
await makeCertificates({ folder: foreign, feps: ['fep-1'], hubs: ['hub-1'] })

const tlsOf = (name: string, from = folder) => ({
  ca: readFileSync(join(from, 'ca.crt')),
  cert: readFileSync(join(from, `${name}.crt`)),
  key: readFileSync(join(from, `${name}.key`)),
})

async function startServer(t: Test, changes: Partial<LinkServerOptions> = {}) {
  const events: LinkEvent[] = []
  const late: Answer[] = []
  const server = await startLinkServer({
    name: 'fep-1',
    host: '127.0.0.1',
    port: 0,
    tls: tlsOf('fep-1'),
    onLate: (answer) => late.push(answer),
    onDescribe: async (channel, frame, direction) => [
      { path: '1', label: channel, value: `${direction} ${frame.toString('hex')}` },
    ],
    onCommand: async (command, channel) => {
      if (channel !== 'icbc') throw new Error(`no channel «${channel}» for ${command}`)
    },
    onEvent: (event) => events.push(event),
    ...changes,
  })
  t.teardown(() => server.close())
  return { server, events, late }
}

function dial(t: Test, port: number, changes: Partial<DialOptions> = {}) {
  const calls: { call: Call; answer: (answer: Answer['outcome']) => void }[] = []
  const downs: string[] = []
  const link: FepLink = dialFep({
    host: '127.0.0.1',
    port,
    name: 'hub-1',
    tls: { ...tlsOf('hub-1'), serverName: 'fep-1' },
    onCalls: (batch, answer: AnswerCall) => {
      for (const call of batch) {
        calls.push({ call, answer: (outcome) => answer(call.id, outcome) })
      }
    },
    onJournal: async () => {},
    onStatus: () => {},
    onLink: (state) => void (state.is === 'down' && downs.push(state.why)),
    ...changes,
  })
  t.teardown(() => link.close())
  return { link, calls, downs }
}

async function until(isSo: () => boolean, withinMs = 5000): Promise<void> {
  const end = Date.now() + withinMs
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const closed = (socket: TLSSocket) =>
  new Promise<void>((resolve) => {
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })

const draft = (id: string): CallDraft => ({
  id,
  channel: 'icbc',
  operation: 'payment.pay',
  key: { bankDate: '2026-11-20', serial: id },
  input: { customerNo: '0012345678', amountFen: fen(271_530n) },
  frameId: id,
  at: '2026-11-20T09:30:12',
})

const paid = done({
  customerNo: '0012345678',
  name: '张三',
  receiptNo: 'R1',
  amountFen: fen(271_530n),
  arrearsLeftFen: fen(0n),
  payableLeftFen: fen(0n),
})

const within = (ms: number) => {
  const now = performance.now()
  return { hubBy: now + ms * 0.8, fepBy: now + ms }
}

test('calls and answers cross in batches, with exact integers and the time left', async (t) => {
  const { server } = await startServer(t)
  const { link, calls } = dial(t, server.port)
  await until(() => server.hubs() === 1 && link.isUp())
  const settled: Settled[] = []
  for (let i = 0; i < 1200; i++) server.call(draft(`c${i}`), within(2000), (s) => settled.push(s))
  await until(() => calls.length === 1200)
  t.same(calls[7]!.call.input, draft('c7').input)
  t.same(calls[7]!.call.key, { bankDate: '2026-11-20', serial: 'c7' })
  t.ok(calls[7]!.call.remainingMs > 1000 && calls[7]!.call.remainingMs <= 1600)
  for (const { answer } of [...calls].reverse()) answer(paid)
  await until(() => settled.length === 1200)
  t.same(settled[0], paid)
})

test('only a client of the pinned authority is let in, only a real fep is believed', async (t) => {
  const { server, events } = await startServer(t)
  const strangers = {
    'no certificate': { ca: readFileSync(join(folder, 'ca.crt')) },
    'foreign authority': { ...tlsOf('hub-1', foreign), ca: readFileSync(join(folder, 'ca.crt')) },
    'certificate of a fep': tlsOf('fep-2'),
  }
  for (const [what, tls] of Object.entries(strangers)) {
    const socket = connect({ ...tls, host: '127.0.0.1', port: server.port, servername: 'fep-1' })
    socket.write(writeMessage('{"is":"hello","version":1,"name":"hub-1"}'))
    await closed(socket)
    t.equal(server.hubs(), 0, what)
  }
  await until(() => events.filter(({ is }) => is === 'rejected').length === 3)

  const old = connect({
    ...tlsOf('hub-1'),
    host: '127.0.0.1',
    port: server.port,
    servername: 'fep-1',
    maxVersion: 'TLSv1.2',
  })
  const [error] = await once(old, 'error')
  t.match(error.message, /protocol version|alert/)

  const wrongName = dial(t, server.port, { tls: { ...tlsOf('hub-1'), serverName: 'fep-9' } })
  await until(() => wrongName.downs.length > 0)
  t.match(wrongName.downs[0], /ALTNAME/)
  const wrongAuthority = dial(t, server.port, {
    tls: { ...tlsOf('hub-1'), ca: readFileSync(join(foreign, 'ca.crt')), serverName: 'fep-1' },
  })
  await until(() => wrongAuthority.downs.length > 0)
  t.equal(server.hubs(), 0)
})

test('without a hub a call is not sent; with a silent one it is unknown', async (t) => {
  const { server, late } = await startServer(t)
  const settled: Settled[] = []
  server.call(draft('c1'), within(1000), (s) => settled.push(s))
  t.same(settled, [{ is: 'not_sent' }])

  const { calls } = dial(t, server.port)
  await until(() => server.hubs() === 1)
  server.call(draft('c2'), within(200), (s) => settled.push(s))
  await until(() => calls.length === 1 && settled.length === 2)
  t.equal(settled[1]!.is, 'unknown')
  calls[0]!.answer(paid)
  await until(() => late.length === 1)
  t.same(late, [{ id: 'c2', outcome: paid }])
  t.equal(settled.length, 2, 'the late answer settles nothing')
  calls[0]!.answer(paid)
  server.call(draft('c3'), within(2000), (s) => settled.push(s))
  await until(() => calls.length === 2)
  calls[1]!.answer(unknown('the commit was not confirmed'))
  await until(() => settled.length === 3)
  t.same(settled[2], unknown('the commit was not confirmed'))
  t.equal(late.length, 1, 'an answer that nobody remembers is dropped')
  server.call(draft('c4'), within(2000), (s) => settled.push(s))
  await until(() => calls.length === 3)
  calls[2]!.answer(refused('moon.full' as RefusalCode))
  await until(() => settled.length === 4)
  t.match(settled[3], { is: 'unknown', why: /moon\.full/ })
})

test('a call whose hub is lost goes to another one, once; then it is unknown', async (t) => {
  const { server } = await startServer(t)
  const first = dial(t, server.port)
  await until(() => server.hubs() === 1)
  const settled: Settled[] = []
  server.call(draft('c1'), within(3000), (s) => settled.push(s))
  await until(() => first.calls.length === 1)
  const second = dial(t, server.port)
  await until(() => server.hubs() === 2)
  first.link.close()
  await until(() => second.calls.length === 1)
  t.equal(second.calls[0]!.call.id, 'c1')
  second.calls[0]!.answer(paid)
  await until(() => settled.length === 1)
  t.same(settled[0], paid)

  server.call(draft('c2'), within(3000), (s) => settled.push(s))
  await until(() => second.calls.length === 2)
  second.link.close()
  await until(() => server.hubs() === 0)
  t.equal(settled.length, 1, 'it may have been run, so it waits for a hub until its deadline')
  const third = dial(t, server.port)
  await until(() => third.calls.length === 1)
  third.link.close()
  await until(() => settled.length === 2)
  t.equal(settled[1]!.is, 'unknown')
})

test('a hub that is lost is dialled again, and one that falls silent is given up', async (t) => {
  const first = await startServer(t)
  const { link, downs } = dial(t, first.server.port)
  await until(() => link.isUp())
  await first.server.close()
  await until(() => downs.length > 0)
  const second = await startServer(t, { port: first.server.port })
  await until(() => second.server.hubs() === 1)

  const impatient = await startServer(t, { deadAfterMs: 200 })
  const quiet = connect({
    ...tlsOf('hub-1'),
    host: '127.0.0.1',
    port: impatient.server.port,
    servername: 'fep-1',
  })
  quiet.write(writeMessage('{"is":"hello","version":1,"name":"quiet"}'))
  quiet.on('data', () => {})
  const status: FepStatus = {
    fep: 'fep-1',
    at: 0,
    isJournalWritable: true,
    journal: 'jnl_1',
    lastSeq: 0,
    shippedSeq: 0,
    channels: [],
  }
  const talk = setInterval(() => impatient.server.sendStatus(status), 20)
  await closed(quiet)
  clearInterval(talk)
  await until(() => impatient.events.some(({ is, why }) => is === 'hub_lost' && why === 'silence'))
  t.pass()
})

test('records arrive in order and count only when the hub has stored them', async (t) => {
  const { server } = await startServer(t)
  const record = (seq: number) =>
    ({ seq, at: 'x', channel: 'icbc', kind: 'event', event: 'connected' }) as JournalRecord
  const stored: number[] = []
  let isBroken = true
  dial(t, server.port, {
    onJournal: async ({ journal, records }) => {
      if (isBroken) throw new Error('database is away')
      t.equal(journal, 'jnl_1')
      stored.push(...records.map(({ seq }) => seq))
    },
  })
  await until(() => server.hubs() === 1)
  await t.rejects(server.ship('jnl_1', [JSON.stringify(record(1))]))
  isBroken = false
  await until(() => server.hubs() === 1)
  for (let i = 0; i < 10; i++) {
    await server.ship(
      'jnl_1',
      [record(2 * i), record(2 * i + 1)].map((r) => JSON.stringify(r)),
    )
  }
  t.same(stored, [...Array(20).keys()])
})

test('frames are described and commands obeyed through the link', async (t) => {
  const { server } = await startServer(t)
  const { link } = dial(t, server.port)
  await t.rejects(link.command('channel.stop', 'icbc'), /not connected/)
  await until(() => link.isUp())
  const fields = await link.describe('icbc', Buffer.from('0102', 'hex'), 'in')
  t.same(fields, [{ path: '1', label: 'icbc', value: 'in 0102' }])
  await link.command('channel.stop', 'icbc')
  await t.rejects(link.command('channel.stop', 'nobody'), /no channel/)
})

test('messages are cut as they come, and what has no known shape closes the line', async (t) => {
  const reader = new MessageReader()
  const stream = Buffer.concat(['{"a":1}', '', '"汉字"'].map(writeMessage))
  const texts = [...stream].flatMap((byte) => reader.push(Buffer.from([byte])))
  t.same(texts, ['{"a":1}', '', '"汉字"'])
  t.same(reader.push(Buffer.concat([stream, stream])).length, 6)
  t.throws(() => reader.push(Buffer.from([0x7f, 0, 0, 0])), /message of/)

  t.throws(() => checkFromFep({ is: 'calls', calls: [{ id: 'x' }] }))
  const call = { ...draft('c1'), remainingMs: 5 }
  t.ok(checkFromFep({ is: 'calls', calls: [call] }))
  const input = { customerNo: '1', amountFen: '100' }
  t.throws(() => checkFromFep({ is: 'calls', calls: [{ ...call, input }] }), /operation/)
  const { key, ...keyless } = call as Call & { key: unknown }
  t.throws(() => checkFromFep({ is: 'calls', calls: [keyless] }), /operation/)

  const { server, events } = await startServer(t)
  for (const text of [
    '{"is":"hello","version":99,"name":"old"}',
    '{"is":"ping"}',
    'nonsense',
    '{}',
  ]) {
    const seen = events.length
    const socket = connect({
      ...tlsOf('hub-1'),
      host: '127.0.0.1',
      port: server.port,
      servername: 'fep-1',
    })
    socket.write(writeMessage(text))
    await closed(socket)
    await until(() => events.length > seen)
    t.equal(events.at(-1)!.is, 'hub_lost', text)
  }
  t.equal(server.hubs(), 0)
})
