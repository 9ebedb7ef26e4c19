// The journal of a fep: what came in before it is forwarded, what goes out before it is sent
// (design.md §4). Group commit: while one fdatasync is in flight the arrivals queue; then they are
// written and synced together, so a disk's few hundred syncs a second carry thousands of frames.
//
// When the disk fails, records are refused, loudly: nothing may be done that would leave no trace.
// The file in which it failed is not trusted again (the kernel may have dropped the very pages that
// a later fsync would report as written); the next attempt starts another.
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { JournalRecord } from '../link/protocol.ts'
import { fileName, openFolder, recover, syncFolder, writeLine } from './journal-files.ts'

/** A day of a busy site fits into a few files; one is read whole at start. */
const defaultFileBytes = 64 * 1024 * 1024
/** After a failure the disk is tried so often. */
const retryAfterMs = 1000
/** A write takes this much at most, so a long queue does not become one huge string. */
const maxGroup = 2000

/** A record without the number that the journal gives it. */
export type Draft = JournalRecord extends infer R
  ? R extends JournalRecord
    ? Omit<R, 'seq'>
    : never
  : never

export type Appended = (error: Error | null) => void

export interface JournalOptions {
  folder: string
  maxFileBytes?: number
  onFailure(error: Error): void
  /** Records up to here are on disk. */
  onDurable(): void
}

/** Everything before it is on disk and will not change. */
export interface Position {
  file: string
  offset: number
}

export interface Journal {
  readonly id: string
  readonly folder: string
  /** Lines that recovery found damaged, other than a torn end. */
  readonly broken: number
  isWritable(): boolean
  lastSeq(): number
  durable(): Position
  /** Calls back when the record is on disk, or cannot be brought there. */
  append(draft: Draft, done?: Appended): void
  close(): Promise<void>
}

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const id = await openFolder(options.folder)
  const { nextSeq, broken } = await recover(options.folder)
  const file = await openFile(options.folder, fileName(nextSeq))
  await syncFolder(options.folder)
  return new GroupJournal(options, { id, nextSeq, broken, file })
}

interface OpenFile {
  name: string
  fd: number
  size: number
}

interface Opened {
  id: string
  nextSeq: number
  broken: number
  file: OpenFile
}

class GroupJournal implements Journal {
  readonly id: string
  readonly folder: string
  readonly broken: number
  readonly #options: JournalOptions
  #file: OpenFile
  #seq: number
  #lines: string[] = []
  #waiting: (Appended | undefined)[] = []
  #isBusy = false
  #failedAt: number | null = null
  #onIdle: (() => void) | null = null

  constructor(options: JournalOptions, { id, nextSeq, broken, file }: Opened) {
    this.#options = options
    this.id = id
    this.folder = options.folder
    this.broken = broken
    this.#seq = nextSeq - 1
    this.#file = file
  }

  isWritable(): boolean {
    return this.#failedAt === null
  }

  lastSeq(): number {
    return this.#seq
  }

  durable(): Position {
    return { file: this.#file.name, offset: this.#file.size }
  }

  append(draft: Draft, done?: Appended): void {
    if (this.#failedAt !== null && Date.now() - this.#failedAt < retryAfterMs) {
      done?.(new Error('the journal cannot be written'))
      return
    }
    const seq = ++this.#seq
    this.#lines.push(writeLine(JSON.stringify({ seq, ...draft })))
    this.#waiting.push(done)
    if (this.#isBusy) return
    this.#isBusy = true
    // What else arrives in this turn of the loop joins the first group.
    setImmediate(() => this.#flush())
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => fs.close(this.#file.fd, () => resolve())
      if (this.#isBusy) this.#onIdle = end
      else end()
    })
  }

  #flush(): void {
    const file = this.#file
    const waiting = this.#waiting.splice(0, maxGroup)
    const bytes = Buffer.from(this.#lines.splice(0, maxGroup).join(''))
    writeAll(file.fd, bytes, file.size, (failed) => {
      if (failed) return this.#failed(failed, waiting, file.name)
      fs.fdatasync(file.fd, (error) => {
        if (error) return this.#failed(error, waiting, fileName(this.#seq + 1))
        file.size += bytes.length
        this.#failedAt = null
        for (const done of waiting) done?.(null)
        this.#options.onDurable()
        this.#rotate()
      })
    })
  }

  #rotate() {
    const { maxFileBytes = defaultFileBytes } = this.#options
    if (this.#file.size < maxFileBytes) return this.#next()
    this.#goOnIn(fileName(this.#seq - this.#lines.length + 1))
  }

  #failed(error: Error, waiting: (Appended | undefined)[], goOnIn: string): void {
    this.#failedAt = Date.now()
    this.#options.onFailure(error)
    for (const done of waiting.concat(this.#waiting.splice(0))) done?.(error)
    this.#lines = []
    // What of this group reached the disk was never confirmed; it must not be shipped either.
    fs.ftruncate(this.#file.fd, this.#file.size, () => this.#goOnIn(goOnIn))
  }

  #goOnIn(name: string): void {
    const old = this.#file
    const { folder } = this.#options
    openFile(folder, name).then(
      async (file) => {
        // After a failed write the same file is opened anew; beyond `old.size` there may be
        // rubbish.
        this.#file =
          file.name === old.name ? { ...file, size: Math.min(file.size, old.size) } : file
        fs.close(old.fd, () => {})
        await syncFolder(folder).catch(() => {})
        this.#next()
      },
      (error: Error) => {
        // The old file stays in use: it is sound (only its successor failed) or will fail again.
        this.#options.onFailure(error)
        this.#next()
      },
    )
  }

  #next() {
    if (this.#lines.length > 0) return this.#flush()
    this.#isBusy = false
    this.#onIdle?.()
  }
}

async function openFile(folder: string, name: string): Promise<OpenFile> {
  const fd = await new Promise<number>((resolve, reject) => {
    const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT
    fs.open(join(folder, name), flags, 0o600, (error, fd) => (error ? reject(error) : resolve(fd)))
  })
  return { name, fd, size: fs.fstatSync(fd).size }
}

/** `fs.write` may write less than it was given; on a full disk it does. */
function writeAll(
  fd: number,
  bytes: Buffer,
  at: number,
  done: (error: Error | null) => void,
): void {
  fs.write(fd, bytes, 0, bytes.length, at, (error, written) => {
    if (error) return done(error)
    if (written === bytes.length) return done(null)
    writeAll(fd, bytes.subarray(written), at + written, done)
  })
}
