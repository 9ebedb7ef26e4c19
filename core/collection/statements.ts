// Takes in the file by which a bank settles an accounting date (the banks' papers §7). A file is
// believed whole or not at all, is used once, and is replaced only with a person's consent. What
// the file says is acted on by reconcile.ts; here nothing is booked.
import { createHash } from 'node:crypto'
import {
  maxStatementBytes,
  parseStatement,
  readStatementName,
  type StatementProblem,
  type StatementRow,
  type StatementSpec,
  type StatementTotals,
} from '@reli/sdk/codec'
import type { Db, Tx } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { type NoticeDay, notices, notify, reasonOf } from './notices.ts'
import * as sql from './statements.sql.ts'

/** Where a channel's files arrive. The host binds it to the bank's SFTP account. */
export interface StatementFolder {
  list(): Promise<{ name: string }[]>
  fetch(name: string, maxBytes: number): Promise<Uint8Array>
  /** To `bak`. */
  accept(name: string): Promise<void>
  /** To `err`. */
  refuse(name: string): Promise<void>
}

/** One channel's files: which bank, what they look like, which settings they must name. */
export interface StatementSource {
  company: string
  channel: string
  title: string
  spec: StatementSpec
  config: Readonly<Record<string, unknown>>
}

export type Taken =
  | { is: 'missing' }
  /** The file is known already, or is older than the one in use. */
  | { is: 'unchanged' }
  | { is: 'imported'; statementNo: number; rows: number }
  | { is: 'refused'; problems: StatementProblem[] }
  | { is: 'waiting'; statementNo: number }

/** The widest flag file is `<32 hex>  NAME`; anything longer is no flag. */
const maxFlagBytes = 1024
/** Rows of one INSERT: some ten megabytes of parameters. */
const linesAtOnce = 20_000
/** A second content under the name of `nn` is kept as number `nn` + 100, a third as + 200 … */
const sameNameStep = 100

interface Candidate {
  name: string
  sequence: number
}

/** Takes the highest complete file of an accounting date, if there is one that is new. */
export async function takeStatement(
  db: Db,
  source: StatementSource,
  folder: StatementFolder,
  bankDate: string,
): Promise<Taken> {
  const candidates = completeFiles(source.spec, await folder.list(), bankDate)
  const newest = candidates[0]
  if (!newest) return { is: 'missing' }
  const taken = await takeFile(db, source, folder, bankDate, newest)
  // What a later file of the bank replaces is kept beside it, unread.
  if (taken.is === 'imported') {
    for (const older of candidates.slice(1)) await put(folder.accept, source.spec, older.name)
  }
  return taken
}

/** The accounting dates of the complete files in the folder, oldest first. */
export function datesIn(spec: StatementSpec, files: readonly { name: string }[]): string[] {
  const names = new Set(files.map(({ name }) => name))
  const dates = [...names]
    .filter((name) => names.has(name + spec.flag.suffix))
    .map((name) => readStatementName(spec, name)?.bankDate)
    .filter((date) => date !== undefined)
  return [...new Set(dates)].sort()
}

/** Only a file with its flag is read; `NAME.tmp` and anything else in the folder is left alone. */
function completeFiles(
  spec: StatementSpec,
  files: readonly { name: string }[],
  bankDate: string,
): Candidate[] {
  const names = new Set(files.map(({ name }) => name))
  return [...names]
    .map((name) => ({ name, ...readStatementName(spec, name) }))
    .filter((file) => file.bankDate === bankDate && names.has(file.name + spec.flag.suffix))
    .map(({ name, sequence }) => ({ name, sequence: sequence! }))
    .sort((a, b) => b.sequence - a.sequence)
}

async function takeFile(
  db: Db,
  source: StatementSource,
  folder: StatementFolder,
  bankDate: string,
  { name, sequence }: Candidate,
): Promise<Taken> {
  const flagName = name + source.spec.flag.suffix
  const flagBytes = await folder.fetch(flagName, maxFlagBytes)
  const bytes = await folder.fetch(name, maxStatementBytes)
  const digest = createHash('sha256').update(bytes).digest()
  const file = { fileName: name, bytes, flagName, flagBytes, bankDate, config: source.config }
  const parsed = withoutRepeats(parseStatement(source.spec, file))
  const taken = await db.tx(scopeOf(source), (tx) =>
    record(tx, source, { bankDate, name, sequence, digest, parsed }),
  )
  // Moved after the commit: a crash in between leaves a file that is known and moved next time.
  const { settledAs, result } = taken
  if (settledAs === 'REFUSED') await put(folder.refuse, source.spec, name)
  else if (settledAs === 'IMPORTED') await put(folder.accept, source.spec, name)
  return result
}

interface Arrival {
  bankDate: string
  name: string
  sequence: number
  digest: Buffer
  parsed: ReturnType<typeof parseStatement>
}

/** `settledAs`: which way the file itself goes; a waiting one stays where it is. */
interface Recorded {
  settledAs: sql.StatementState
  result: Taken
}

async function record(tx: Tx, source: StatementSource, arrival: Arrival): Promise<Recorded> {
  const { bankDate, sequence, digest, parsed } = arrival
  const day = keyOf(source, bankDate)
  await tx.run(sql.openDay, day)
  const { statementNo: used } = await tx.one(sql.lockDay, day)
  const known = await tx.many(sql.statementsOf, day)
  const same = known.find(
    (one) => one.digest.equals(digest) && nameNumber(one.statementNo) === sequence,
  )
  if (same) {
    const waits = same.state === 'WAITING_CONSENT'
    const result: Taken = waits
      ? { is: 'waiting', statementNo: same.statementNo }
      : { is: 'unchanged' }
    return { settledAs: same.state, result }
  }
  if (used !== null && sequence < nameNumber(used)) {
    return { settledAs: 'IMPORTED', result: { is: 'unchanged' } }
  }
  if (!parsed.ok) return refuseFile(tx, source, arrival, parsed.problems)

  const accepted = known.filter((one) => one.state !== 'REFUSED')
  const isSameName = accepted.some((one) => nameNumber(one.statementNo) === sequence)
  const statementNo = isSameName ? freeNumber(accepted, sequence) : sequence
  // The bank once sent a number above this one, so this is not what it last said.
  const isStale = known.some((one) => nameNumber(one.statementNo) > sequence)
  const waits = accepted.length > 0 || isStale
  const state = waits ? 'WAITING_CONSENT' : 'IMPORTED'
  await insertFile(tx, day, statementNo, arrival, state, parsed)
  if (waits) {
    const notice = notices.fileWaits(dayOf(source, bankDate), arrival.name, hex(digest), isSameName)
    await notify(tx, source.company, notice)
    return { settledAs: state, result: { is: 'waiting', statementNo } }
  }
  await tx.run(sql.waitForBookings, [day[0]])
  await tx.run(sql.useStatement, [...day, statementNo])
  return { settledAs: state, result: { is: 'imported', statementNo, rows: parsed.rows.length } }
}

async function refuseFile(
  tx: Tx,
  source: StatementSource,
  { bankDate, name, sequence, digest }: Arrival,
  problems: StatementProblem[],
): Promise<Recorded> {
  const { company } = source
  await tx.run(sql.insertStatement, [
    ...keyOf(source, bankDate),
    sequence,
    name,
    digest,
    'REFUSED',
    JSON.stringify(problems),
    0,
    0,
    0n,
    0n,
  ])
  const first = problems[0]!
  const place = first.line > 0 ? `，第 ${first.line} 行` : ''
  const why = reasonOf(first.why) + place
  const day = dayOf(source, bankDate)
  await notify(tx, company, notices.fileRefused(day, name, hex(digest), why, problems.length))
  return { settledAs: 'REFUSED', result: { is: 'refused', problems } }
}

async function insertFile(
  tx: Tx,
  day: ReturnType<typeof keyOf>,
  statementNo: number,
  { name, digest }: Arrival,
  state: sql.StatementState,
  { rows, totals }: { rows: readonly StatementRow[]; totals: StatementTotals },
): Promise<void> {
  const { paidCount, paidFen, reversedFen } = totals
  await tx.run(sql.insertStatement, [
    ...day,
    statementNo,
    name,
    digest,
    state,
    '[]',
    rows.length,
    paidCount,
    paidFen,
    reversedFen,
  ])
  for (let from = 0; from < rows.length; from += linesAtOnce) {
    const some = rows.slice(from, from + linesAtOnce)
    await tx.run(sql.insertLines, [
      ...day,
      statementNo,
      some.map((_, at) => from + at + 1),
      some.map((row) => row.serial),
      some.map((row) => row.customerNo),
      some.map((row) => row.name),
      some.map((row) => row.amountFen),
      some.map((row) => row.state),
      some.map((row) => row.at),
      some.map((row) => row.outlet),
      some.map((row) => row.receiptNo ?? null),
    ])
  }
}

export type Consented = 'used' | 'rejected' | 'needs_second_person' | 'not_waiting'

export interface Consent {
  company: string
  channel: string
  bankDate: string
  statementNo: number
  accept: boolean
  by: string
  reason: string
}

/**
 * A named operator lets a waiting file replace the one in use, or rejects it. Content that changed
 * under the same name takes two persons (reliability.md §1.5 S2). The file itself is moved and the
 * day reconciled anew by the next run, which the caller asks for.
 */
export async function consent(tx: Tx, wish: Consent): Promise<Consented> {
  const { company, channel, bankDate, statementNo, accept, by, reason } = wish
  const day = [company, channel, bankDate] as [string, string, string]
  const locked = await tx.maybe(sql.lockDay, day)
  const known = locked ? await tx.many(sql.statementsOf, day) : []
  const waiting = known.find(
    (one) => one.statementNo === statementNo && one.state === 'WAITING_CONSENT',
  )
  if (!waiting) return 'not_waiting'
  const subject = `${channel}:${bankDate}:${statementNo}:${hex(waiting.digest)}`
  const action = accept ? 'statement.consent' : 'statement.reject'
  await tx.run(sql.insertConsent, [company, by, action, subject, reason])
  if (!accept) {
    await tx.run(sql.decideStatement, [...day, statementNo, 'REFUSED'])
    return 'rejected'
  }
  const persons = await tx.many(sql.consentersOf, [company, action, subject])
  const needed = statementNo > sameNameStep ? 2 : 1
  if (persons.length < needed) return 'needs_second_person'
  await tx.run(sql.decideStatement, [...day, statementNo, 'IMPORTED'])
  await tx.run(sql.waitForBookings, [day[0]])
  await tx.run(sql.useStatement, [...day, statementNo])
  return 'used'
}

/** Tells the supervisor when no file is in by the deadline. Nothing is booked without one. */
export async function alarmMissing(
  db: Db,
  source: StatementSource,
  bankDate: string,
  deadline: string,
): Promise<boolean> {
  return await db.tx(scopeOf(source), async (tx) => {
    const known = await tx.many(sql.statementsOf, keyOf(source, bankDate))
    if (known.some(({ state }) => state !== 'REFUSED')) return false
    await notify(tx, source.company, notices.fileMissing(dayOf(source, bankDate), deadline))
    return true
  })
}

/** Days with a file that are not balanced yet: a run that was killed goes on there. */
export const unfinishedDays = (
  db: Db,
  source: StatementSource,
  notBefore: string,
): Promise<string[]> =>
  db.read(scopeOf(source), async (tx) => {
    const days = await tx.many(sql.unfinishedDays, [source.company, source.channel, notBefore])
    return days.map(({ bankDate }) => bankDate)
  })

/** A serial names one payment of the date (the papers' R1), so a repeated one spoils the file. */
function withoutRepeats(
  parsed: ReturnType<typeof parseStatement>,
): ReturnType<typeof parseStatement> {
  if (!parsed.ok) return parsed
  const seen = new Set<string>()
  const problems: StatementProblem[] = []
  for (const [at, { serial }] of parsed.rows.entries()) {
    // Line 1 is the header.
    if (seen.has(serial)) problems.push({ line: at + 2, column: 0, why: `serial ${serial} again` })
    seen.add(serial)
  }
  return problems.length > 0 ? { ok: false, problems } : parsed
}

/** Moves a file and its flag. The flag goes last: without the file it means nothing. */
async function put(
  move: (name: string) => Promise<void>,
  spec: StatementSpec,
  name: string,
): Promise<void> {
  await move(name)
  await move(name + spec.flag.suffix)
}

const nameNumber = (statementNo: number) => statementNo % sameNameStep
const freeNumber = (known: readonly sql.KnownStatement[], sequence: number) =>
  Math.max(...known.map((one) => one.statementNo).filter((no) => nameNumber(no) === sequence)) +
  sameNameStep
const hex = (digest: Buffer) => digest.toString('hex').slice(0, 16)
const keyOf = ({ company, channel }: StatementSource, bankDate: string) =>
  [company, channel, bankDate] as [string, string, string]
const dayOf = ({ channel, title }: StatementSource, bankDate: string): NoticeDay => ({
  channel,
  title,
  bankDate,
})
const scopeOf = ({ company }: StatementSource) => wholeCompanies(company)
