// The journal through crashes, full disks and restarts, and the shipper behind it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { type Draft, type Journal, type JournalOptions, openJournal } from './journal.ts'
import { listFiles, readLines, seqOf, writeLine } from './journal-files.ts'
import { startShipper } from './shipper.ts'

type Test = { teardown(end: () => unknown): void }

function newFolder(t: Test): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'reli-journal-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true }))
  return folder
}

const quiet = { onFailure: () => {}, onDurable: () => {} }
const open = (folder: string, changes: Partial<JournalOptions> = {}) =>
  openJournal({ folder, ...quiet, ...changes })

const event = (reason: string): Draft => ({
  kind: 'event',
  at: '2026-11-20T09:30:12',
  channel: 'icbc',
  event: 'connected',
  reason,
})

const append = (journal: Journal, reason: string) =>
  new Promise<void>((resolve, reject) => {
    journal.append(event(reason), (error) => (error ? reject(error) : resolve()))
  })

async function recordsIn(folder: string): Promise<{ seq: number; reason: string }[]> {
  const files = await listFiles(folder)
  return files.flatMap((file) =>
    readLines(fs.readFileSync(join(folder, file))).records.map((json) => JSON.parse(json)),
  )
}

async function until(isSo: () => boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('records are numbered for ever, over groups, files and restarts', async (t) => {
  const folder = newFolder(t)
  let groups = 0
  const first = await open(folder, { maxFileBytes: 2000, onDurable: () => groups++ })
  await Promise.all(Array.from({ length: 500 }, (_, i) => append(first, `a${i}`)))
  t.ok(groups < 50, `500 records took ${groups} syncs`)
  for (let i = 0; i < 30; i++) await append(first, `b${i}`)
  await first.close()
  const second = await open(folder, { maxFileBytes: 2000 })
  t.equal(second.id, first.id)
  await append(second, 'c')
  await second.close()
  const records = await recordsIn(folder)
  t.same(
    records.map(({ seq }) => seq),
    [...Array(531).keys()].map((i) => i + 1),
  )
  t.equal(records.at(-1)!.reason, 'c')
  t.ok((await listFiles(folder)).length > 1)
})

test('a torn end is cut off wherever it was torn; nothing before it is lost', async (t) => {
  const folder = newFolder(t)
  const journal = await open(folder)
  for (const reason of ['one', 'two', '三']) await append(journal, reason)
  await journal.close()
  const [file = ''] = await listFiles(folder)
  const path = join(folder, file)
  const whole = fs.readFileSync(path)
  const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1
  for (let cut = lastLine; cut < whole.length; cut++) {
    for (const later of await listFiles(folder)) fs.rmSync(join(folder, later))
    fs.writeFileSync(path, whole.subarray(0, cut))
    const again = await open(folder)
    t.equal(again.broken, 0)
    await append(again, 'after')
    await again.close()
    const records = await recordsIn(folder)
    t.same(
      records.map(({ reason }) => reason),
      ['one', 'two', 'after'],
      `torn at ${cut}`,
    )
    t.same(
      records.map(({ seq }) => seq),
      [1, 2, 3],
    )
  }
})

test('a damaged line is reported and passed over, never repaired or believed', async (t) => {
  const folder = newFolder(t)
  const journal = await open(folder)
  for (const reason of ['one', 'two', 'three']) await append(journal, reason)
  await journal.close()
  const [file = ''] = await listFiles(folder)
  const path = join(folder, file)
  const text = fs.readFileSync(path, 'utf8').replace('"reason":"two"', '"reason":"too"')
  fs.writeFileSync(path, text)
  const again = await open(folder)
  t.equal(again.broken, 1)
  await again.close()
  t.same(
    (await recordsIn(folder)).map(({ reason }) => reason),
    ['one', 'three'],
  )
  t.same(readLines(Buffer.from(writeLine('{"seq":1}'))).records.map(seqOf), [1])
})

test('a full disk refuses records, loudly, and goes on when there is room', async (t) => {
  const folder = newFolder(t)
  const failures: string[] = []
  const journal = await open(folder, {
    maxFileBytes: 1,
    onFailure: (error) => failures.push(error.message),
  })
  // Every write to /dev/full fails as on a full disk. The journal turns to this file next.
  const full = join(folder, '000000000002.journal')
  fs.symlinkSync('/dev/full', full)
  await append(journal, 'fits')
  await t.rejects(append(journal, 'does not'), /ENOSPC/)
  t.equal(journal.isWritable(), false)
  await t.rejects(append(journal, 'at once'), /cannot be written/)
  t.match(failures, [/ENOSPC/])

  fs.rmSync(full)
  const end = Date.now() + 10_000
  for (let isBack = false; !isBack; ) {
    isBack = await append(journal, 'room again').then(
      () => true,
      () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 50)),
    )
    if (Date.now() > end) break
  }
  t.ok(journal.isWritable())
  await journal.close()
  const records = await recordsIn(folder)
  t.same(
    records.map(({ reason }) => reason),
    ['fits', 'room again'],
  )
})

test('the shipper delivers everything in order, over losses and restarts', async (t) => {
  const folder = newFolder(t)
  const arrived: number[] = []
  let isLinked = false
  let isShaky = false
  let batches = 0
  const ship = async (_: string, records: string[]) => {
    if (isShaky && ++batches % 3 === 0) throw new Error('link lost')
    arrived.push(...records.map(seqOf))
  }
  const shipping = async (journal: Journal) =>
    startShipper({ journal, ship, isLinked: () => isLinked, keepDays: 35, onError: () => {} })

  const first = await open(folder, { maxFileBytes: 3000 })
  for (let i = 0; i < 100; i++) await append(first, `before ${i}`)
  const early = await shipping(first)
  early.wake()
  await append(first, 'no hub yet')
  t.same(arrived, [])
  isLinked = true
  early.wake()
  await until(() => early.shippedSeq() === 101)
  await early.stop()
  await append(first, 'while nobody ships')
  await first.close()

  let wake = () => {}
  const second = await open(folder, { maxFileBytes: 3000, onDurable: () => wake() })
  isShaky = true
  const late = await shipping(second)
  wake = late.wake
  for (let i = 0; i < 100; i++) await append(second, `after ${i}`)
  await until(() => late.shippedSeq() === 202)
  t.same(
    arrived,
    [...Array(202).keys()].map((i) => i + 1),
  )
  await late.stop()
  await second.close()
})

test('shipped files are removed when they are old, unshipped ones never', async (t) => {
  const folder = newFolder(t)
  const journal = await open(folder, { maxFileBytes: 100 })
  for (let i = 0; i < 6; i++) await append(journal, `r${i}`)
  const files = await listFiles(folder)
  const longAgo = Date.now() / 1000 - 40 * 24 * 3600
  for (const file of files) fs.utimesSync(join(folder, file), longAgo, longAgo)
  let isLinked = false
  const ship = async () => {}
  const options = { journal, ship, isLinked: () => isLinked, keepDays: 35, onError: () => {} }
  const shipper = await startShipper(options)
  shipper.wake()
  t.same(await listFiles(folder), files)
  isLinked = true
  shipper.wake()
  await until(() => fs.readdirSync(folder).filter((name) => name.endsWith('.journal')).length === 1)
  await shipper.stop()
  await append(journal, 'goes on')
  await journal.close()
  t.pass()
})

test('after kill -9 every confirmed record is there', async (t) => {
  const folder = newFolder(t)
  const script = `
    const { openJournal } = await import('./journal.ts')
    const journal = await openJournal({ folder: ${JSON.stringify(folder)}, maxFileBytes: 50000,
      onFailure: () => {}, onDurable: () => {} })
    const event = { kind: 'event', at: '', channel: 'icbc', event: 'connected' }
    let count = 0
    const more = () => journal.append({ ...event, reason: 'r' + ++count }, () => {
      process.stdout.write('.')
      more()
    })
    for (let i = 0; i < 20; i++) more()`
  for (let round = 0; round < 3; round++) {
    const before = (await listFiles(folder).catch(() => [])).length
    const child = spawn(
      process.execPath,
      ['--conditions=reli-source', '--input-type=module', '--eval', script],
      { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let confirmed = 0
    child.stdout.on('data', (dots: Buffer) => {
      confirmed += dots.length
    })
    const known = before ? (await recordsIn(folder)).length : 0
    await until(() => confirmed > 200)
    child.kill('SIGKILL')
    await once(child, 'close')
    const journal = await open(folder)
    await journal.close()
    const records = await recordsIn(folder)
    t.equal(journal.broken, 0)
    t.ok(records.length >= known + confirmed, `${records.length} of ${known + confirmed} are there`)
    t.same(
      records.map(({ seq }) => seq),
      [...records.keys()].map((i) => i + 1),
    )
  }
})
