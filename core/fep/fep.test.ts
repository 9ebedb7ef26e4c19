// The whole fep: a bank on one side, a hub on the other, and everything that may fail in between.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { refused } from '@reli/sdk'
import { checkValue, decrypt3Des, isDoubleKey } from '@reli/sdk/sign'
import tap, { test } from 'tap'
import { stringify } from 'yaml'
import { type ChannelOverrides, checkFepConfig, readFepConfig } from './config.ts'
import { readSecrets } from './secrets.ts'
import {
  book,
  dialTestFep,
  masterKey,
  newSite,
  password,
  startTestFep,
  type Test,
  TestBank,
  until,
} from './test-fep.ts'

// Connectors are processes that compile TypeScript, and the machine may be busy.
tap.setTimeout(120_000)

async function start(t: Test, overrides: ChannelOverrides = {}) {
  const site = await newSite(t)
  site.config.channels[0]!.overrides = overrides
  const fep = await startTestFep(t, site)
  const hub = await dialTestFep(t, site.folder, fep.linkPort)
  const bank = new TestBank(fep.ports.bank!)
  t.teardown(() => bank.socket.destroy())
  const eventsOf = (event: string) =>
    hub.records.filter((record) => record.kind === 'event' && record.event === event)
  return { ...site, fep, hub, bank, eventsOf }
}

test('keys come with the sign-on; requests are believed by their MAC alone', async (t) => {
  const { hub, bank, eventsOf } = await start(t)
  t.equal(await bank.ask('q'), 'link.not_signed_on', 'no keys yet')
  t.equal(await bank.ask('E'), 'done', 'echo works without keys')
  t.equal(hub.calls.length, 0)

  const delivered = (await bank.answerBytes(bank.send('S'))).subarray(-40)
  const master = Buffer.from(masterKey, 'hex')
  for (const at of [0, 20]) {
    const key = decrypt3Des(master, delivered.subarray(at, at + 16))
    t.ok(isDoubleKey(key))
    t.same(checkValue(key), delivered.subarray(at + 16, at + 20))
    bank.mak = key
  }
  t.equal(hub.calls.length, 1, 'the hub allowed the sign-on')
  t.equal(await bank.ask('p', { serial: '000100' }), 'done R000100')
  t.match(hub.calls[1], {
    channel: 'bank',
    operation: 'payment.pay',
    key: { bankDate: '2026-11-20', serial: '000100' },
    input: { amountFen: 271_530n },
  })

  const before = hub.calls.length
  t.equal(await bank.ask('P'), 'message.unauthentic', 'no MAC')
  t.equal(await bank.ask('p', { mac: Buffer.alloc(16, 7) }), 'message.unauthentic', 'wrong MAC')
  const good = bank.frame('p', '000200', 'text', bank.mak)
  for (let bit = 16; bit < good.length * 8; bit++) {
    const flipped = Buffer.from(good)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    bank.socket.write(flipped)
  }
  t.equal(await bank.ask('q'), 'done')
  t.equal(hub.calls.length, before + 1, 'no flipped bit passed')
  await until(() => eventsOf('unauthentic').length >= 2)
  t.match(eventsOf('unauthentic')[0], { ip: '127.0.0.1', code: 'message.unauthentic' })
  t.equal(eventsOf('not_signed_on').length, 1)
  t.equal(eventsOf('keys_changed').length, 1)
})

test('the previous key passes for a while; after a sign-off none does', async (t) => {
  const { bank, hub } = await start(t)
  await bank.signOn()
  const old = bank.mak
  hub.outcome = (call) => (call.operation === 'bill.query' ? null : book(call))
  const slow = bank.send('q')
  await until(() => hub.calls.length === 2)
  await bank.signOn()
  t.notSame(bank.mak, old)
  hub.answer(hub.calls[1]!.id, refused('customer.not_found'))
  t.equal(await bank.answer(slow, old), 'customer.not_found', 'under the key it came with')
  const late = bank.send('t', { mac: old })
  t.equal(await bank.answer(late, old), 'done')
  t.equal(await bank.ask('t'), 'done')
  await new Promise((resolve) => setTimeout(resolve, 1600))
  t.equal(await bank.ask('t', { mac: old }), 'message.unauthentic', 'its time is over')
  t.equal(await bank.ask('f'), 'done', 'the sign-off itself is answered under its key')
  t.equal(await bank.ask('t'), 'link.not_signed_on')
  hub.outcome = () => refused('date.not_open')
  t.equal(await bank.ask('S'), 'date.not_open')
  t.equal(await bank.ask('t'), 'link.not_signed_on', 'a refused sign-on brings no keys')
})

test('a password is checked here, and no password leaves the fep', async (t) => {
  const { bank, hub, config } = await start(t)
  t.equal(await bank.ask('W', { text: password }), 'done')
  t.equal(await bank.ask('W', { text: 'Rcu2024!' }), 'message.unauthentic')
  t.equal(hub.calls.length, 1)
  const isFrame = ({ kind }: { kind: string }) => kind === 'in'
  await until(() => hub.records.filter(isFrame).length === 2)
  for (const record of hub.records) {
    if (record.kind !== 'in') continue
    t.match(Buffer.from(record.bytes ?? '', 'base64').toString('latin1'), /W00000\d\*{8}/)
  }
  const files = fs.readdirSync(config.journal.folder).filter((name) => name.endsWith('.journal'))
  for (const name of files) {
    const text = fs.readFileSync(join(config.journal.folder, name), 'latin1')
    t.notMatch(text, Buffer.from(password).toString('base64').slice(0, 8))
    t.notOk(text.includes(password))
  }
})

test('what cannot be walked closes, what is malformed is refused, both are reported', async (t) => {
  const { bank, eventsOf, hub } = await start(t)
  await bank.signOn()
  t.equal(await bank.ask('x'), 'message.malformed')
  const port = bank.socket.localPort
  const [one, two] = [bank.frame('q', '000301', '', bank.mak), bank.frame('!', '000302', '', null)]
  const three = bank.frame('q', '000303', '', bank.mak)
  bank.socket.write(Buffer.concat([one, two, three]))
  t.equal(await bank.answer('000301'), 'done', 'complete requests before the fault are answered')
  await until(() => bank.isClosed)
  t.notOk(bank.has('000303'), 'those behind it are not')
  await until(() => eventsOf('disconnected').length === 1)
  t.match(eventsOf('malformed'), [{ path: 'code', reason: 'no such letter' }])
  t.match(eventsOf('closed'), [{ reason: 'cannot be walked' }])
  t.match(eventsOf('disconnected'), [{ reason: 'cannot be walked', port }])
  t.equal(hub.calls.filter(({ operation }) => operation === 'bill.query').length, 1)
})

test('without a hub nothing is forwarded, and that is what is said', async (t) => {
  const { bank, hub, fep } = await start(t)
  await bank.signOn()
  hub.link.close()
  let said = ''
  while (said !== 'system.busy') said = await bank.ask('q')
  const before = hub.calls.length
  t.equal(await bank.ask('p'), 'system.busy', 'its key may be under way in another frame')
  t.equal(await bank.ask('r'), 'system.busy')
  t.equal(await bank.ask('t'), 'system.busy')
  t.equal(await bank.ask('E'), 'done')
  t.equal(hub.calls.length, before)
  t.match(fep.status().channels[0]!.today, { refused: 4, malformed: 0 })
})

test('not answered in time is unknown; the late answer is evidence, never sent', async (t) => {
  const { bank, hub } = await start(t)
  await bank.signOn()
  hub.outcome = () => null
  const serial = bank.send('p')
  const query = bank.send('q')
  t.equal(await bank.answer(query), 'unknown')
  t.notOk(bank.has(serial), 'a query is given up earlier')
  t.equal(await bank.answer(serial), 'unknown')
  const call = hub.calls.find(({ operation }) => operation === 'payment.pay')!
  t.ok(call.remainingMs > 0 && call.remainingMs <= 1600, `the hub had ${call.remainingMs} ms`)
  hub.answer(call.id, book(call))
  await until(() => hub.records.some(({ kind }) => kind === 'late'))
  const late = hub.records.find(({ kind }) => kind === 'late')
  t.match(late, { channel: 'bank', frame: call.id, outcome: /"receiptNo"/ })
  hub.outcome = book
  t.equal(await bank.ask('p', { serial: '000777' }), 'done R000777', 'not in the slot of another')
})

test('the journal holds each frame before its call, and each answer, in order', async (t) => {
  const { bank, hub } = await start(t)
  await bank.signOn()
  const serials = Array.from({ length: 100 }, () => bank.send('p'))
  for (const serial of serials) t.equal(await bank.answer(serial), `done R${serial}`)
  const isOut = ({ kind }: { kind: string }) => kind === 'out'
  await until(() => hub.records.filter(isOut).length === 101)
  t.same(
    hub.records.map(({ seq }) => seq),
    [...hub.records.keys()].map((i) => i + 1),
  )
  const frames = hub.records.flatMap((record) => (record.kind === 'in' ? record : []))
  const pay = frames.find(({ key }) => key?.serial === serials[50])!
  t.match(pay, { operation: 'payment.pay', exchange: 'P', ip: '127.0.0.1' })
  const out = hub.records.find((record) => record.kind === 'out' && record.frame === pay.frame)!
  t.match(out, { outcome: 'done' })
  t.ok(out.seq > pay.seq)
})

test('an operator stops, starts and reloads a channel, and reads frames and status', async (t) => {
  const { bank, hub, fep, folder } = await start(t, { otherMs: 30_000 })
  await bank.signOn()
  await until(() => hub.statuses.length > 0)
  t.match(hub.statuses.at(-1), {
    fep: 'fep-1',
    isJournalWritable: true,
    channels: [{ channel: 'bank', isListening: true, isolate: 'ready', title: '测试银行' }],
  })
  const fields = await hub.link.describe('bank', bank.frame('E', '1', '', null), 'out')
  t.same(fields, [{ path: 'code', label: '交易', value: 'out E' }])

  hub.outcome = () => null
  const waiting = bank.send('t')
  await until(() => hub.calls.length === 2)
  await hub.link.command('channel.reload', 'bank')
  const stopping = hub.link.command('channel.stop', 'bank')
  hub.answer(hub.calls[1]!.id, refused('system.in_maintenance'))
  t.equal(await bank.answer(waiting), 'system.in_maintenance', 'in flight over reload and stop')
  await stopping
  t.equal(fep.status().channels[0]!.isListening, false)
  const closed = new TestBank(fep.ports.bank!)
  await until(() => closed.isClosed)

  await hub.link.command('channel.start', 'bank')
  const again = new TestBank(fep.ports.bank!)
  t.teardown(() => again.socket.destroy())
  again.mak = bank.mak
  hub.outcome = book
  t.equal(await again.ask('q'), 'done', 'the keys belong to the bank, not to the connection')
  const status = fep.status().channels[0]!
  t.match(status, { isSignedOn: true, connections: [{ ip: '127.0.0.1', bytesIn: 17 }] })
  t.ok(status.p95Ms >= status.p50Ms && status.p50Ms > 0)

  fs.chmodSync(join(folder, 'secrets/bank/PIN'), 0o644)
  await t.rejects(hub.link.command('channel.reload', 'bank'), /PIN has mode 0644/)
  t.equal(await again.ask('q'), 'done', 'a failed reload changes nothing')
})

test('on a full disk payments are refused before the hub hears of them', async (t) => {
  const site = await newSite(t)
  fs.mkdirSync(site.config.journal.folder, { recursive: true })
  const fep = await startTestFep(t, site, { journalFileBytes: 20_000 })
  const hub = await dialTestFep(t, site.folder, fep.linkPort)
  const bank = new TestBank(fep.ports.bank!)
  t.teardown(() => bank.socket.destroy())
  await bank.signOn()
  // Any file the journal turns to next is full from the first byte.
  for (let seq = 2; seq < 400; seq++) {
    const name = `${String(seq).padStart(12, '0')}.journal`
    fs.symlinkSync('/dev/full', join(site.config.journal.folder, name))
  }
  let said = ''
  for (let i = 0; i < 300 && !said.startsWith('system'); i++) said = await bank.ask('p')
  t.equal(said, 'system.busy')
  const before = hub.calls.length
  t.equal(await bank.ask('p'), 'system.busy')
  t.equal(await bank.ask('r'), 'system.busy')
  t.equal(await bank.ask('E'), 'done')
  t.equal(hub.calls.length, before)
  t.equal(fep.status().isJournalWritable, false)
})

test('five hundred held connections do not delay the honest bank', async (t) => {
  const { bank, fep } = await start(t)
  await bank.signOn()
  const held = Array.from({ length: 500 }, () => new TestBank(fep.ports.bank!))
  for (const { socket } of held) socket.write(Buffer.from([0]))
  await until(() => fep.status().channels[0]!.connections.length === 501)
  for (let i = 0; i < 20; i++) t.equal(await bank.ask('q'), 'done')
  await until(() => held.every(({ isClosed }) => isClosed))
  t.equal(await bank.ask('q'), 'done', 'the slow ones were closed at their deadline')
})

test('a fep process loses no record to kill -9, and ends gracefully on SIGTERM', async (t) => {
  const site = await newSite(t)
  const file = join(site.folder, 'fep.yaml')
  const launch = async () => {
    const child = spawn(
      process.execPath,
      ['--conditions=reli-source', join(import.meta.dirname, 'run.ts'), file],
      { env: {}, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let log = ''
    child.stdout.on('data', (chunk) => {
      log += chunk
    })
    t.teardown(() => child.kill('SIGKILL'))
    await until(() => log.includes('fep started') || child.exitCode !== null, 30_000)
    return { child, started: JSON.parse(log.split('\n').find((l) => l.includes('started'))!) }
  }
  fs.writeFileSync(file, stringify(site.config))
  const first = await launch()
  const bank = new TestBank(first.started.ports.bank)
  for (let i = 0; i < 50; i++) t.equal(await bank.ask('E'), 'done')
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')

  const second = await launch()
  const hub = await dialTestFep(t, site.folder, second.started.link)
  await until(() => hub.records.filter(({ kind }) => kind === 'out').length === 50)
  t.same(
    hub.records.map(({ seq }) => seq),
    [...hub.records.keys()].map((i) => i + 1),
  )

  const again = new TestBank(second.started.ports.bank)
  await again.signOn()
  hub.outcome = () => null
  const inFlight = again.send('p')
  await until(() => hub.calls.length === 2)
  second.child.kill('SIGTERM')
  hub.answer(hub.calls[1]!.id, book(hub.calls[1]!))
  t.equal(await again.answer(inFlight), `done R${inFlight}`)
  const [code] = await once(second.child, 'exit')
  t.equal(code, 0)
})

test('wrong settings and secrets are named with file, place, reason and example', async (t) => {
  const { folder, config } = await newSite(t)
  const says = (change: object) => {
    try {
      checkFepConfig({ ...config, ...change }, 'fep.yaml')
      return 'nothing'
    } catch (error) {
      return String(error)
    }
  }
  t.equal(says({}), 'nothing')
  t.match(says({ name: 'Fep 1' }), /fep\.yaml: \/name: .*pattern.*for example "fep-1"/)
  t.match(says({ secrets: undefined }), /\/secrets.*for example "secrets"/)
  t.match(says({ colour: 'red' }), /\/colour/)
  t.match(says({ channels: [{ ...config.channels[0], port: 'x' }] }), /\/channels\/0\/port.*7101/)
  t.match(says({ channels: [...config.channels, ...config.channels] }), /«bank» stands there twice/)
  t.throws(() => readFepConfig(join(folder, 'nowhere.yaml')), /nowhere\.yaml/)

  const declared = { TMK: { title: '主密钥', format: 'hex-16' } } as const
  const path = join(folder, 'secrets/bank/TMK')
  t.same(
    readSecrets(config.secrets, 'bank', declared).key('TMK').toString('hex'),
    masterKey.toLowerCase(),
  )
  t.throws(() => readSecrets(config.secrets, 'nobody', declared), /missing.*nobody\/TMK/)
  fs.writeFileSync(path, '00112233445566770011223344556677')
  t.throws(() => readSecrets(config.secrets, 'bank', declared), /halves.*equal/)
  fs.writeFileSync(path, 'not hex')
  t.throws(() => readSecrets(config.secrets, 'bank', declared), /32 hex digits/)
  fs.chmodSync(path, 0o640)
  t.throws(() => readSecrets(config.secrets, 'bank', declared), /mode 0640, wanted 0600/)
})
