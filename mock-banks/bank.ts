// One simulated bank, put together: its line, its books, its calendar, its statement files. What it
// does with a single payment is behaviour.ts; whom it collects from and how often is traffic.ts.
import { join } from 'node:path'
import type { Fen, TotalsAnswer } from '@reli/sdk'
import type { StatementFile } from '@reli/sdk/codec'
import { type Office, type Rules, resume, rulesOf, settle } from './behaviour.ts'
import { type Books, type Kept, openBooks } from './books.ts'
import { accountingDate, beijingClock, dayAfter, laterOf } from './day.ts'
import type { Fault } from './faults.ts'
import { IcbcLine } from './icbc.ts'
import type { Heard, Line, Log, QuotedBill } from './line.ts'
import { type IcbcAgreed, type Parameters, type RcuAgreed, readParameters } from './parameters.ts'
import { RcuLine } from './rcu.ts'
import {
  type BankName,
  deliver,
  makeStatement,
  rowsOf,
  type SftpAccess,
  type StatementFault,
  totalsOf,
} from './statement.ts'

export interface BankOptions {
  bank: BankName
  host: string
  port: number
  /** Folder of its books and statement files. */
  state: string
  /** In the shape of `connectors/<bank>/vectors/<bank>.json`. */
  parametersFile: string
  log?: Log
  /** Departures from the paper's R8, for tests. */
  rules?: Partial<Rules>
  answerWithinMs?: number
  connections?: number
  echoAfterMs?: number
  exchangesPerConnection?: number
  now?: () => Date
}

/** icbc cuts over by a sign-on at 23:30:00 (§6); rcu's accounting date is the calendar's. */
const cutOverAt: Record<BankName, string | undefined> = { icbc: '23:30:00', rcu: undefined }
/** §7: when the file of a date is ready on the next day. */
const statementReadyAt: Record<BankName, string> = { icbc: '00:30:00', rcu: '01:00:00' }

/** Opens the books; `start` opens the accounting date and takes up what was left open. */
export async function openBank(options: BankOptions): Promise<Bank> {
  const books = await openBooks(join(options.state, 'books'))
  const now = options.now?.() ?? new Date()
  const today = accountingDate(now, cutOverAt[options.bank])
  const last = (await books.dates()).at(-1)
  const bankDate = laterOf(today, last)
  // A date without payments has a statement file too (§7), also one that the bank slept through.
  for (let date = last ?? bankDate; date <= bankDate; date = dayAfter(date)) await books.day(date)
  return new Bank(options, books, bankDate)
}

export class Bank {
  readonly name: BankName
  readonly line: Line
  readonly books: Books
  readonly #options: BankOptions
  readonly #parameters: Parameters<IcbcAgreed | RcuAgreed>
  readonly #office: Office
  readonly #log: Log
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<void>>()
  /** Dates that are stated and whose payments all ended: nothing more happens to them. */
  readonly #settled = new Set<string>()
  #bankDate: string

  constructor(options: BankOptions, books: Books, bankDate: string) {
    this.name = options.bank
    this.books = books
    this.#options = options
    this.#log = options.log ?? (() => {})
    this.#parameters = readParameters<IcbcAgreed | RcuAgreed>(options.parametersFile)
    this.line = openLine(options, this.#parameters, this.#log)
    this.#bankDate = bankDate
    this.#office = {
      ...{ line: this.line, books, rules: { ...rulesOf[options.bank], ...options.rules } },
      clock: () => beijingClock(this.#now()),
      wait: (ms) => waited(ms, this.#stopping.signal),
    }
  }

  /** The accounting date that payments are taken under. */
  get bankDate(): string {
    return this.#bankDate
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  async start(): Promise<void> {
    await this.line.open(this.#bankDate)
    if (this.isStopping) return
    this.#log(`accounting date ${this.#bankDate} is open`)
    for (const date of await this.books.dates()) {
      for (const kept of (await this.books.day(date)).payments.values()) {
        if (kept.fate === 'open') void this.#follow(resume(this.#office, kept))
      }
    }
  }

  query(customerNo: string): Promise<Heard<QuotedBill>> {
    return this.line.query(customerNo, this.#bankDate)
  }

  /** Debits the customer of a bill and plays the payment to its end. */
  async pay(bill: QuotedBill, amountFen: Fen, fault?: Fault & { name?: string }): Promise<Kept> {
    const { agreed } = this.#parameters
    const { customerNo, name, billToken } = bill
    const payment = {
      ...{ bankDate: this.#bankDate, customerNo, name, amountFen, at: this.#office.clock() },
      outlet: agreed.outlets[Number(amountFen % BigInt(agreed.outlets.length))]!,
      teller: 'teller' in agreed ? agreed.teller : '',
      ...(billToken ? { billToken } : {}),
    }
    const kept = await this.books.take(payment, fault?.name)
    await this.#follow(settle(this.#office, kept, fault))
    return kept
  }

  /** R7, with the bank's own figures. */
  async totals(date = this.#bankDate): Promise<Heard<TotalsAnswer>> {
    return this.line.totals(date, totalsOf(await this.books.day(date)))
  }

  /** Opens the next accounting date; payments under way keep theirs. */
  async cutOver(next = dayAfter(this.#bankDate)): Promise<void> {
    this.#bankDate = next
    await this.books.day(next)
    await this.line.open(next)
    this.#log(`accounting date ${next} is open`)
  }

  /** Moves the accounting date on when the clock says so. True when it did. */
  async followClock(): Promise<boolean> {
    const date = accountingDate(this.#now(), cutOverAt[this.name])
    if (date <= this.#bankDate) return false
    await this.cutOver(date)
    return true
  }

  /** Dates whose file is ready and was never made, oldest first. */
  async dueStatements(): Promise<string[]> {
    const clock = this.#office.clock()
    const due: string[] = []
    for (const date of await this.books.dates()) {
      const readyAt = `${dayAfter(date)}T${statementReadyAt[this.name]}`
      if (date >= this.#bankDate || clock < readyAt || this.#settled.has(date)) continue
      const day = await this.books.day(date)
      // One that was made before the date was over does not stand for the whole of it.
      if (!day.statedAt || day.statedAt < readyAt) due.push(date)
      else if ([...day.payments.values()].every(({ fate }) => fate !== 'open')) {
        await this.books.forget(date)
        this.#settled.add(date)
      }
    }
    return due
  }

  /** Makes the next file of a date and, given a server, delivers it. */
  async statement(
    date = this.#bankDate,
    to?: SftpAccess,
    fault?: StatementFault,
  ): Promise<StatementFile> {
    const day = await this.books.day(date)
    const number = day.stated + 1
    const at = this.#office.clock()
    const file = makeStatement(this.name, rowsOf(day), {
      ...{ bankDate: date, sequence: number, createdAt: at },
      ...{ config: { ...this.#parameters.agreed }, ...(fault ? { fault } : {}) },
    })
    if (to) await deliver(file, join(this.#options.state, 'statements'), to)
    await this.books.note(date, { is: 'stated', fileName: file.fileName, number, at })
    this.#log(`statement ${file.fileName} is ${to ? 'delivered' : 'made'}`)
    return file
  }

  /** Resolves when no payment is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  /** Lets payments end by themselves for so long; what is open then is left to the file. */
  async stop(drainMs = 0): Promise<void> {
    const drained = new AbortController()
    await Promise.race([this.idle(), waited(drainMs, drained.signal)])
    drained.abort()
    this.#stopping.abort()
    await this.line.close()
    await this.idle()
    await this.books.close()
  }

  #follow(work: Promise<void>): Promise<void> {
    const followed = work.finally(() => this.#running.delete(followed))
    this.#running.add(followed)
    return followed
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date()
  }
}

function openLine(
  options: BankOptions,
  parameters: Parameters<IcbcAgreed | RcuAgreed>,
  log: Log,
): Line {
  const { state: _, rules: __, parametersFile: ___, bank, ...rest } = options
  if (bank === 'icbc') {
    return new IcbcLine({ ...rest, log, parameters: parameters as Parameters<IcbcAgreed> })
  }
  return new RcuLine({ ...rest, log, parameters: parameters as Parameters<RcuAgreed> })
}

/** True after so long, false as soon as the signal comes. */
function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve(true)
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
