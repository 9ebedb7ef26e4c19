// A connector that fails harms itself alone: real processes, and every kind of failure.
// biome-ignore-all lint/suspicious/noThenProperty: the contract's word; it is never callable.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { done } from '@reli/sdk'
import tap, { test } from 'tap'
import { type Isolate, type IsolateOptions, type JobFailed, startIsolate } from './isolate.ts'
import type { DecodedFrame, EncodedFrame } from './isolate-protocol.ts'

// A dozen processes are started here, each of which compiles TypeScript.
tap.setTimeout(120_000)

type Test = { teardown(end: () => unknown): void }

const root = join(import.meta.dirname, '../..')
const fileOf = (name: string) => join(import.meta.dirname, 'test-connectors', name, 'connector.ts')

async function start(t: Test, name: string, changes: Partial<IsolateOptions> = {}) {
  const events: string[] = []
  const isolate = await startIsolate({
    file: fileOf(name),
    config: {},
    root,
    onEvent: ({ is, why }) => events.push(`${is}: ${why}`),
    ...changes,
  })
  t.teardown(() => isolate.stop())
  return { isolate, events }
}

const frame = (text: string) => {
  const bytes = Buffer.alloc(2 + text.length)
  bytes.writeUInt16BE(text.length)
  bytes.write(text, 2)
  return bytes
}

const decode = (isolate: Isolate, text: string) =>
  new Promise<DecodedFrame | JobFailed>((resolve) =>
    isolate.decode(frame(text).toString('base64'), resolve),
  )

const failure = (result: object): string => ('failed' in result ? String(result.failed) : '')

async function until(isSo: () => boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('a connector decodes, encodes and describes in its own process', async (t) => {
  const { isolate } = await start(t, 'bank')
  t.not(isolate.pid, process.pid)
  t.match(isolate.manifest, {
    name: 'bank',
    wire: { maxInFlight: 8 },
    deadlines: { otherMs: 2000 },
  })
  const decoded = await decode(isolate, 'P000001 and more')
  if ('failed' in decoded || decoded.is === 'close') return t.fail('not decoded')
  t.match(decoded, {
    exchange: 'P',
    then: { operation: 'payment.pay', key: { serial: '000001' }, input: { amountFen: 271_530n } },
    masked: 'same',
  })
  const answering = { outcome: done({}), now: '2026-11-20T09:30:13' }
  // A frame that this process never decoded is answered as well: a restart may lie in between.
  for (const text of ['P000001 and more', 'P000002 unseen']) {
    const base64 = frame(text).toString('base64')
    const encoded = await new Promise<EncodedFrame | JobFailed>((resolve) =>
      isolate.encode(base64, answering, resolve),
    )
    t.same('bytes' in encoded && encoded.bytes, frame(`${text.slice(0, 7)}done`))
  }

  const masked = await decode(isolate, 'W000001password')
  t.same('masked' in masked && masked.masked, frame('W000001********').toString('base64'))
  t.same(await isolate.describe(frame('Q').toString('base64'), 'in'), [
    { path: 'code', label: '交易', value: 'in Q' },
  ])
})

test('a thousand frames at once share batches and keep their order', async (t) => {
  const { isolate } = await start(t, 'bank')
  const serials: string[] = []
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 1000; i++) {
      isolate.decode(frame(`Q${String(i).padStart(6, '0')}`).toString('base64'), (result) => {
        serials.push('then' in result ? String(result.exchange) : 'failed')
        if (serials.length === 1000) resolve()
      })
    }
  })
  t.same(new Set(serials), new Set(['Q']))
})

test('a fault in one frame is its own: the next one is served by the same process', async (t) => {
  const { isolate, events } = await start(t, 'rogue')
  const { pid } = isolate
  for (const trick of [
    'throw',
    'rubbish',
    'number',
    'nothing',
    'float money',
    'keyless',
    'parent',
  ]) {
    t.not(failure(await decode(isolate, trick)), '', trick)
    t.equal(failure(await decode(isolate, 'fine')), '', `after ${trick}`)
  }
  t.match(failure(await decode(isolate, 'throw')), /^Error\s+at .*connector\.ts:\d+/)
  t.notMatch(failure(await decode(isolate, 'throw')), /password|12345678/)
  t.match(failure(await decode(isolate, 'environment')), /TypeError/)
  await t.rejects(isolate.describe(frame('fine').toString('base64'), 'in'))
  t.equal(isolate.pid, pid)
  t.same(events, [])
  t.equal(Reflect.get({}, 'is'), undefined, 'what it does to its own objects stays there')
})

test('loops, endless memory and sudden ends cost one process each, then a fence', async (t) => {
  const other = await start(t, 'bank')
  const { isolate, events } = await start(t, 'rogue')
  const stateIs = (state: string) => isolate.state === state
  for (const trick of ['loop', 'hoard', 'grow', 'exit']) {
    const { pid } = isolate
    const bad = decode(isolate, trick)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    const began = performance.now()
    t.equal(failure(await decode(other.isolate, 'E000001')), '', `the other lives beside ${trick}`)
    t.not(failure(await bad), '', trick)
    t.ok(performance.now() - began < 4000, `${trick} was ended in time`)
    const queued = decode(isolate, 'fine')
    await until(() => stateIs('ready'))
    t.not(isolate.pid, pid)
    // It was served by the new process, or the machine is so slow that it was given up in between.
    t.match(failure(await queued), /^$|is restarting/)
    t.equal(failure(await decode(isolate, 'fine')), '', `served again after ${trick}`)
  }
  t.not(failure(await decode(isolate, 'exit')), '')
  await until(() => stateIs('fenced'))
  t.match(failure(await decode(isolate, 'fine')), /fenced/, 'answers at once, and stays down')
  t.equal(events.filter((event) => event.startsWith('failed: ')).length, 5)
  t.equal(events.filter((event) => event.startsWith('restarted: ')).length, 4)
  t.match(events.at(-1), /^fenced: /)
  t.same(other.events, [])
})

test('an unfit connector does not start, and says why', async (t) => {
  const options = { config: {}, root, onEvent: () => {} }
  await t.rejects(startIsolate({ ...options, file: fileOf('nobody') }), /Cannot find module/)
  const config = { colour: 'red' }
  await t.rejects(startIsolate({ ...options, file: fileOf('bank'), config }), /config.*propert/)

  // Inside the repository, for a process may read nothing else.
  mkdirSync(join(root, 'var'), { recursive: true })
  const folder = mkdtempSync(join(root, 'var/isolate-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const bad = {
    'import "node:net"': /may not use node:net/,
    'import "node:child_process"': /may not use node:child_process/,
    'import fs from "fs"; fs.readFileSync("/etc/hostname")': /may not use node:fs/,
    'throw new RangeError("at once")': /RangeError: at once/,
    'export default { name: "half" }': /no connector as default export/,
    'for (;;);': /not loaded in time/,
  }
  const attempts = Object.entries(bad).map(([source, why], i) => {
    const file = join(folder, `${i}.ts`)
    writeFileSync(file, source)
    const limit = source.startsWith('for') ? { startWithinMs: 500 } : {}
    return t.rejects(startIsolate({ ...options, file, ...limit }), why, source)
  })
  await Promise.all(attempts)
})
