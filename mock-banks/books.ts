// A bank's own books: an append-only file per accounting date, one JSON line per event, on disk
// before the bank acts on it. They are the truth that the oracle compares the product with, so they
// know nothing of the product: what the bank took from its customer, what it was told, what it gave
// back.
//
// A killed process leaves at most a torn last line. Nothing was sent on the strength of a line that
// was not synced, so the torn line is cut off and its serial may be used: nobody ever saw it.
import { type FileHandle, mkdir, open, readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { type Fen, fromJson, toJson } from '@reli/sdk'
import { type Found, type Payment, type TakenBack, unusableMark } from './line.ts'

/** What the bank asked when it was told something. Faults ask more than R8 does. */
export type About = 'pay' | 'repeat' | 'conflict' | 'late_pay' | 'result' | 'reversal'

export interface Told {
  about: About
  /** `accepted`, or the reason of the refusal in the paper's words. */
  answer: string
  at: string
  receiptNo?: string | undefined
  state?: Found['state']
  amountFen?: Fen
  effect?: TakenBack['effect']
}

export type Line =
  /** The customer's account is debited. From here on the bank owes an explanation. */
  | ({ is: 'taken'; fault?: string } & Omit<Payment, 'bankDate'>)
  | ({ is: 'told'; serial: string } & Told)
  | { is: 'unanswered'; serial: string; about: About; why: string; at: string }
  /** The customer has the money back. */
  | { is: 'returned'; serial: string; why: string; at: string }
  /** The bank does nothing more about it on the line. */
  | { is: 'closed'; serial: string; fate: Fate; why: string; at: string }
  | { is: 'stated'; fileName: string; number: number; at: string }

/** `known`: both sides were heard to agree. `left_to_file`: the statement file will settle it. */
export type Fate = 'known' | 'left_to_file'

/** A payment with everything the books say of it. */
export interface Kept extends Payment {
  debit: 'stands' | 'returned'
  fate: Fate | 'open'
  told: Told[]
  /** Answers that came and could not be used. */
  unusable: string[]
  fault?: string
}

export interface Day {
  payments: Map<string, Kept>
  /** The highest number of a statement file of this date, and when it was made. */
  stated: number
  statedAt?: string
}

/** Eight digits after the month and day: more payments than any bank takes in a day. */
const counterDigits = 8

/** How many lines may share one sync; keeps a burst from growing one write without bound. */
const maxBatch = 500

interface Book {
  day: Day
  file: FileHandle
  last: number
  queue: { text: string; done: () => void; failed: (error: unknown) => void }[]
  writing: Promise<void> | null
}

export type Books = Awaited<ReturnType<typeof openBooks>>

export async function openBooks(folder: string) {
  await mkdir(folder, { recursive: true })
  const books = new Map<string, Promise<Book>>()

  const bookOf = (bankDate: string): Promise<Book> => {
    const known = books.get(bankDate) ?? openBook(join(folder, fileOf(bankDate)))
    books.set(bankDate, known)
    return known
  }
  const note = async (bankDate: string, line: Line): Promise<void> => {
    const book = await bookOf(bankDate)
    await append(book, line)
    fold(book.day, bankDate, line)
  }

  return {
    folder,
    note,
    /** Names the payment, debits the customer, and resolves when that is on disk. */
    async take(payment: Omit<Payment, 'serial'>, fault?: string): Promise<Kept> {
      const book = await bookOf(payment.bankDate)
      const serial = serialOf(payment.bankDate, ++book.last)
      const { bankDate, ...rest } = payment
      await note(bankDate, { is: 'taken', serial, ...rest, ...(fault ? { fault } : {}) })
      return book.day.payments.get(serial)!
    },
    day: async (bankDate: string): Promise<Day> => (await bookOf(bankDate)).day,
    /** Accounting dates that have a file, oldest first. */
    dates: () => datesIn(folder),
    /** Lets go of the memory of a date; its file stays. */
    async forget(bankDate: string): Promise<void> {
      const book = await books.get(bankDate)
      books.delete(bankDate)
      await book?.writing
      await book?.file.close()
    },
    async close(): Promise<void> {
      for (const bankDate of [...books.keys()]) await this.forget(bankDate)
    },
  }
}

async function openBook(path: string): Promise<Book> {
  const file = await open(path, 'a')
  const { day, wholeBytes, size } = readDay(await readFile(path), dateOf(path))
  if (wholeBytes < size) await truncate(path, wholeBytes)
  const last = Math.max(0, ...[...day.payments.keys()].map(counterOf))
  return { day, file, last, queue: [], writing: null }
}

/** Resolves when the line is on disk; lines that come meanwhile share the next sync. */
function append(book: Book, line: Line): Promise<void> {
  return new Promise((done, failed) => {
    book.queue.push({ text: `${toJson(line)}\n`, done, failed })
    book.writing ??= drain(book).finally(() => {
      book.writing = null
    })
  })
}

async function drain(book: Book): Promise<void> {
  while (book.queue.length > 0) {
    const batch = book.queue.splice(0, maxBatch)
    try {
      await book.file.appendFile(batch.map(({ text }) => text).join(''))
      await book.file.datasync()
      for (const { done } of batch) done()
    } catch (error) {
      for (const { failed } of batch) failed(error)
    }
  }
}

function readDay(bytes: Buffer, bankDate: string) {
  const wholeBytes = bytes.lastIndexOf('\n') + 1
  const day: Day = { payments: new Map(), stated: 0 }
  for (const text of bytes.toString('utf8', 0, wholeBytes).split('\n')) {
    if (text) fold(day, bankDate, fromJson<Line>(text))
  }
  return { day, wholeBytes, size: bytes.length }
}

function fold(day: Day, bankDate: string, line: Line): void {
  if (line.is === 'stated') {
    day.stated = line.number
    day.statedAt = line.at
    return
  }
  if (line.is === 'taken') {
    const { is: _, ...payment } = line
    day.payments.set(line.serial, {
      ...payment,
      ...{ bankDate, debit: 'stands', fate: 'open', told: [], unusable: [] },
    })
    return
  }
  const kept = day.payments.get(line.serial)
  if (!kept) throw new Error(`the books of ${bankDate} name ${line.serial} before it was taken`)
  if (line.is === 'returned') kept.debit = 'returned'
  else if (line.is === 'closed') kept.fate = line.fate
  else if (line.is === 'unanswered') {
    if (line.why.startsWith(unusableMark)) kept.unusable.push(line.why)
  } else {
    const { is: _, serial: __, ...told } = line
    kept.told.push(told)
  }
}

/** All books of a folder, for whoever judges afterwards. A writer may still be at work. */
export async function readBooks(folder: string): Promise<Map<string, Day>> {
  const days = new Map<string, Day>()
  for (const bankDate of await datesIn(folder)) {
    const bytes = await readFile(join(folder, fileOf(bankDate)))
    days.set(bankDate, readDay(bytes, bankDate).day)
  }
  return days
}

/** What the heating company accepted and later took back, as the bank was told. */
export const isTakenBack = (kept: Kept): boolean =>
  kept.debit === 'returned' &&
  kept.told.some((told) => told.about === 'reversal' && told.effect === 'reversed')

/** The receipt number, when the bank ever heard it. */
export const receiptOf = (kept: Kept): string | undefined =>
  kept.told.find((told) => told.receiptNo)?.receiptNo

const bookName = /^\d{4}-\d{2}-\d{2}\.ndjson$/
const fileOf = (bankDate: string) => `${bankDate}.ndjson`
const dateOf = (path: string) => path.slice(-'2026-11-20.ndjson'.length, -'.ndjson'.length)
const serialOf = (bankDate: string, counter: number) =>
  bankDate.slice(5).replace('-', '') + String(counter).padStart(counterDigits, '0')
const counterOf = (serial: string) => Number(serial.slice(-counterDigits))

async function datesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names
    .filter((name) => bookName.test(name))
    .map(dateOf)
    .sort()
}
