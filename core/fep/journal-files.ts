// How the journal lies on disk: files named after the first record they may hold, each record one
// line of checksum and JSON. A crash can tear only the end of the last file; that end was never
// confirmed to anybody, so opening cuts it off.
import { randomBytes } from 'node:crypto'
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

const checksumDigits = 8
const seqDigits = 12
const suffix = '.journal'
const newline = 0x0a

/** A line is written whole or it is not a line. */
export const writeLine = (json: string): string =>
  `${crc32(json).toString(16).padStart(checksumDigits, '0')} ${json}\n`

export interface Lines {
  /** JSON texts of the sound lines. */
  records: string[]
  /** Bytes up to the end of the last complete line. */
  bytes: number
  /** Complete lines whose checksum is wrong. */
  broken: number
}

/** The complete lines at the beginning of some bytes. */
export function readLines(bytes: Buffer): Lines {
  const lines: Lines = { records: [], bytes: 0, broken: 0 }
  for (;;) {
    const end = bytes.indexOf(newline, lines.bytes)
    if (end < 0) return lines
    const sum = bytes.toString('latin1', lines.bytes, lines.bytes + checksumDigits)
    const json = bytes.subarray(lines.bytes + checksumDigits + 1, end)
    if (crc32(json) === Number.parseInt(sum, 16)) lines.records.push(json.toString('utf8'))
    else lines.broken++
    lines.bytes = end + 1
  }
}

export const fileName = (firstSeq: number): string =>
  `${String(firstSeq).padStart(seqDigits, '0')}${suffix}`

export async function listFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith(suffix)).sort()
}

export const seqOf = (json: string): number => (JSON.parse(json) as { seq: number }).seq

/** Makes the names of new files durable; their contents are synced on their own. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** The folder's own name, drawn once: with a record's number it names the record for ever. */
export async function openFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'journal.id')
  const known = await readFile(path, 'utf8').catch(() => '')
  if (/^jnl_[0-9a-f]{16}$/.test(known)) return known
  const id = `jnl_${randomBytes(8).toString('hex')}`
  await writeFile(path, id, { mode: 0o600, flush: true })
  await syncFolder(folder)
  return id
}

/** Cuts the torn end off the last file, and says which record comes next. */
export async function recover(folder: string): Promise<{ nextSeq: number; broken: number }> {
  const files = await listFiles(folder)
  let nextSeq = 1
  let broken = 0
  for (const name of files.reverse()) {
    const handle = await open(join(folder, name), 'r+')
    const last = await lastRecord(handle).finally(() => handle.close())
    broken += last.broken
    nextSeq = Math.max(nextSeq, Number.parseInt(name, 10), last.seq + 1)
    if (last.seq > 0) break
  }
  return { nextSeq, broken }
}

async function lastRecord(handle: FileHandle): Promise<{ seq: number; broken: number }> {
  const bytes = await handle.readFile()
  const lines = readLines(bytes)
  if (lines.bytes < bytes.length) await handle.truncate(lines.bytes)
  const last = lines.records.at(-1)
  return { seq: last ? seqOf(last) : 0, broken: lines.broken }
}

/** Removes files that were shipped whole and are older than so many days. */
export async function removeOld(folder: string, shippedFile: string, days: number): Promise<void> {
  const before = Date.now() - days * 24 * 60 * 60 * 1000
  for (const name of await listFiles(folder)) {
    if (name >= shippedFile) return
    const path = join(folder, name)
    if ((await stat(path)).mtimeMs < before) await unlink(path)
  }
}
