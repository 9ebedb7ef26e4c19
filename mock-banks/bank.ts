// One simulated bank, put together: its line, its books, its calendar, its statement files. What it
// does with a single payment is behaviour.ts; whom it collects from and how often is traffic.ts.
import { join } from 'node:path'
import type { Fen } from '@reli/sdk'
import type { StatementFile } from '@reli/sdk/codec'
import { type Office, type Rules, resume, rulesOf, settle } from './behaviour.ts'
import { type Kept, openBooks } from './books.ts'
import { accountingDate, beijingClock, dayAfter, laterOf } from './day.ts'
import type { Fault } from './faults.ts'
import { IcbcLine } from './icbc.ts'
import type { Line, Log, QuotedBill } from './line.ts'
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

export type Bank = Awaited<ReturnType<typeof openBank>>

/** Opens books and line. `start` opens the accounting date and takes up what was left open. */
export async function openBank(options: BankOptions) {
  const { bank, state, log = () => {}, now = () => new Date() } = options
  const parameters = readParameters<IcbcAgreed | RcuAgreed>(options.parametersFile)
  const line = openLine(options, parameters, log)
  const books = await openBooks(join(state, 'books'))
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  /** Dates that are stated and whose payments all ended: nothing more happens to them. */
  const settled = new Set<string>()
  const office: Office = {
    ...{ line, books, rules: { ...rulesOf[bank], ...options.rules } },
    clock: () => beijingClock(now()),
    wait: (ms) => waited(ms, stopping.signal),
  }
  let bankDate = laterOf(accountingDate(now(), cutOverAt[bank]), (await books.dates()).at(-1))

  const follow = (work: Promise<void>): Promise<void> => {
    const followed = work.finally(() => running.delete(followed))
    running.add(followed)
    return followed
  }

  return {
    ...{ name: bank, line, books, log },
    get bankDate() {
      return bankDate
    },
    get isStopping() {
      return stopping.signal.aborted
    },

    async start(): Promise<void> {
      await line.open(bankDate)
      if (stopping.signal.aborted) return
      log(`accounting date ${bankDate} is open`)
      for (const date of await books.dates()) {
        for (const kept of (await books.day(date)).payments.values()) {
          if (kept.fate === 'open') void follow(resume(office, kept))
        }
      }
    },

    query: (customerNo: string) => line.query(customerNo, bankDate),

    /** Debits the customer of a bill and plays the payment to its end. */
    async pay(bill: QuotedBill, amountFen: Fen, fault?: Fault & { name?: string }): Promise<Kept> {
      const { agreed } = parameters
      const counter = {
        outlet: agreed.outlets[Number(amountFen % BigInt(agreed.outlets.length))]!,
        teller: 'teller' in agreed ? agreed.teller : '',
      }
      const { customerNo, name, billToken } = bill
      const at = office.clock()
      const token = billToken ? { billToken } : {}
      const payment = { bankDate, customerNo, name, amountFen, at, ...counter, ...token }
      const kept = await books.take(payment, fault?.name)
      await follow(settle(office, kept, fault))
      return kept
    },

    /** R7, with the bank's own figures. */
    totals: async (date = bankDate) => line.totals(date, totalsOf(await books.day(date))),

    /** Opens the next accounting date; payments under way keep theirs. */
    async cutOver(next = dayAfter(bankDate)): Promise<void> {
      bankDate = next
      await books.day(next)
      await line.open(next)
      log(`accounting date ${next} is open`)
    },

    /** Moves the accounting date on when the clock says so. True when it did. */
    async followClock(): Promise<boolean> {
      const date = accountingDate(now(), cutOverAt[bank])
      if (date <= bankDate) return false
      await this.cutOver(date)
      return true
    },

    /** Dates whose file is ready and was never made, oldest first. */
    async dueStatements(): Promise<string[]> {
      const clock = office.clock()
      const due: string[] = []
      for (const date of await books.dates()) {
        const isReady = date < bankDate && clock >= `${dayAfter(date)}T${statementReadyAt[bank]}`
        if (!isReady || settled.has(date)) continue
        const day = await books.day(date)
        if (day.stated === 0) due.push(date)
        else if ([...day.payments.values()].every(({ fate }) => fate !== 'open')) {
          await books.forget(date)
          settled.add(date)
        }
      }
      return due
    },

    /** Makes the next file of a date and, given a server, delivers it. */
    async statement(
      date = bankDate,
      to?: SftpAccess,
      fault?: StatementFault,
    ): Promise<StatementFile> {
      const day = await books.day(date)
      const context = { bankDate: date, sequence: day.stated + 1, createdAt: office.clock() }
      const settings = { config: { ...parameters.agreed }, ...(fault ? { fault } : {}) }
      const file = makeStatement(bank, rowsOf(day), { ...context, ...settings })
      if (to) await deliver(file, join(state, 'statements'), to)
      const stated = { fileName: file.fileName, number: context.sequence, at: office.clock() }
      await books.note(date, { is: 'stated', ...stated })
      log(`statement ${file.fileName} is ${to ? 'delivered' : 'made'}`)
      return file
    },

    /** Lets payments end by themselves for so long; what is open then is left to the file. */
    async stop(drainMs = 0): Promise<void> {
      const drained = new AbortController()
      const patience = waited(drainMs, drained.signal)
      const idle = async () => {
        while (running.size > 0 && !stopping.signal.aborted) await Promise.allSettled(running)
      }
      await Promise.race([idle(), patience])
      drained.abort()
      stopping.abort()
      await line.close()
      while (running.size > 0) await Promise.allSettled(running)
      await books.close()
    },

    /** Resolves when no payment is under way. */
    async idle(): Promise<void> {
      while (running.size > 0) await Promise.allSettled(running)
    },
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
