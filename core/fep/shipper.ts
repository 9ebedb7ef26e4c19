// Brings the journal to the hub: in order, from the last confirmed position, which it keeps beside
// the files. It reads what the journal wrote, so a restart, even after a crash, simply goes on; a
// record may arrive twice, never not at all.
import { open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Journal, Position } from './journal.ts'
import { listFiles, readLines, removeOld, seqOf } from './journal-files.ts'

/** One batch: below the link's message limit, large enough for one multi-row insert. */
const maxBatchBytes = 1024 * 1024
/** Records wait so long for company; the hub stores one batch instead of fifty. */
const gatherMs = 50
const retryMs = 500
const positionFile = 'shipped.json'

interface Shipped extends Position {
  seq: number
}

export interface ShipperOptions {
  journal: Journal
  /** Resolves when the hub has stored the records. */
  ship(journal: string, records: string[]): Promise<void>
  isLinked(): boolean
  /** Shipped files are kept so long (a bank's enquiries reach back further than its files). */
  keepDays: number
  onError(error: Error): void
}

export interface Shipper {
  /** There may be something to ship. */
  wake(): void
  shippedSeq(): number
  stop(): Promise<void>
}

export async function startShipper(options: ShipperOptions): Promise<Shipper> {
  const { journal } = options
  let shipped = await readPosition(journal.folder)
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null
  let isStopped = false

  const wake = (afterMs = gatherMs): void => {
    if (isStopped || timer || running) return
    timer = setTimeout(() => {
      timer = null
      running = shipAll().then(
        () => {
          running = null
          if (isBehind()) wake()
        },
        (error: Error) => {
          running = null
          options.onError(error)
          wake(retryMs)
        },
      )
    }, afterMs)
  }

  const isBehind = (): boolean => {
    const { file, offset } = journal.durable()
    return options.isLinked() && (shipped.file !== file || shipped.offset < offset)
  }

  async function shipAll(): Promise<void> {
    while (!isStopped && isBehind()) {
      const chunk = await readChunk(journal, shipped)
      const { records, bytes, broken } = readLines(chunk.bytes)
      if (broken > 0) options.onError(new Error(`${broken} damaged records in ${chunk.file}`))
      if (records.length > 0) await options.ship(journal.id, records)
      const last = records.at(-1)
      shipped = {
        file: chunk.file,
        offset: chunk.offset + bytes,
        seq: last ? seqOf(last) : shipped.seq,
      }
      if (bytes === 0) shipped = (await nextFile(journal, shipped)) ?? shipped
      if (bytes === 0 && shipped.file === chunk.file) return
      await savePosition(journal.folder, shipped)
      if (shipped.file !== chunk.file) {
        await removeOld(journal.folder, shipped.file, options.keepDays)
      }
    }
  }

  if (isBehind()) wake()
  return {
    wake: () => wake(),
    shippedSeq: () => shipped.seq,
    stop: async () => {
      isStopped = true
      if (timer) clearTimeout(timer)
      await running?.catch(() => {})
    },
  }
}

async function readPosition(folder: string): Promise<Shipped> {
  const files = await listFiles(folder)
  const text = await readFile(join(folder, positionFile), 'utf8').catch(() => '')
  try {
    const { file, offset, seq } = JSON.parse(text) as Shipped
    if (files.includes(file) && offset >= 0 && seq >= 0) return { file, offset, seq }
  } catch {
    // Absent or torn: the hub has seen these records and knows them by their numbers.
  }
  return { file: files[0]!, offset: 0, seq: 0 }
}

async function savePosition(folder: string, shipped: Shipped): Promise<void> {
  const path = join(folder, positionFile)
  await writeFile(`${path}.new`, JSON.stringify(shipped), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** The next bytes that are durable; empty at the end of a file. */
async function readChunk(journal: Journal, from: Shipped) {
  const durable = journal.durable()
  const handle = await open(join(journal.folder, from.file), 'r')
  try {
    const end = from.file === durable.file ? durable.offset : (await handle.stat()).size
    const wanted = Math.max(0, Math.min(end - from.offset, maxBatchBytes))
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, from.offset)
    return { file: from.file, offset: from.offset, bytes: buffer.subarray(0, bytesRead) }
  } finally {
    await handle.close()
  }
}

/** A file is finished when a later one exists; what may follow its last line is a torn end. */
async function nextFile(journal: Journal, from: Shipped): Promise<Shipped | undefined> {
  const later = (await listFiles(journal.folder)).find((name) => name > from.file)
  return later ? { ...from, file: later, offset: 0 } : undefined
}
