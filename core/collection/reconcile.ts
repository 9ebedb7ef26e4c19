// Reconciliation 对账 of one accounting date of one channel, after the bank's file is in. The file is
// the truth for money; what we owe the truth of is the debt (design.md §5).
//
// gather and decide: classify both sides, and write every difference down as an open exception.
// act: for each, book or reverse by the very key, or hold the bank's money in suspense.
// settle: gather and decide once more; what no longer differs is closed, and the day is balanced
// when the file equals our standing payments + what is held + what two persons decided.
//
// Any of it may be cut off and run again, by two runners at once: an exception is one row per key
// and class, the spine acts once per key, a hold is posted in the transaction that records it, and
// nothing is closed because somebody remembers having acted, only because the difference is gone.
// Once the day is balanced nothing acts any more; a later difference waits for a person (F35).
import {
  type Fen,
  type Outcome,
  type Pay,
  type PaymentKey,
  type Reverse,
  refusals,
} from '@reli/sdk'
import type { Db, Tx } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { causes, notices, notify, suggestions, type Tally } from './notices.ts'
import * as sql from './reconcile.sql.ts'
import {
  type Classified,
  classify,
  countGapOf,
  type Difference,
  gapOf,
} from './reconcile-classes.ts'

/** What the hub's spine is asked: the same call as a partner's, with another origin. */
export type StatementCall = {
  company: string
  channel: string
  key: PaymentKey
  origin: 'statement'
} & ({ operation: 'payment.pay'; input: Pay } | { operation: 'payment.reverse'; input: Reverse })

/** Money that stands at the bank and cannot be booked to anybody. */
export interface HeldMoney extends PaymentKey {
  company: string
  channel: string
  amountFen: Fen
  customerNo: string
  why: string
}

/** Reconciliation may not know the hub, so whoever puts the processes together lends it these. */
export interface Reconciler {
  db: Db
  company: string
  run(call: StatementCall): Promise<Outcome<unknown>>
  /** Posts clearing → suspense in this transaction; the number of the entry. */
  hold(tx: Tx, held: HeldMoney): Promise<bigint>
}

export type Reconciled =
  | { is: 'no_file' }
  | ({ is: 'FILE_IN' | 'BALANCED'; matched: number; matchedFen: bigint } & Tally)

type DayKey = [company: string, channel: string, bankDate: string]

/** Keys at work at the same time: enough to fill the spine's batches, few enough to stop soon. */
const actsAtOnce = 64

export async function reconcileDay(
  reconciler: Reconciler,
  channel: string,
  bankDate: string,
): Promise<Reconciled> {
  const { db, company } = reconciler
  const scope = wholeCompanies(company)
  const key: DayKey = [company, channel, bankDate]
  const opened = await db.tx(scope, (tx) => openDifferences(tx, key))
  if (!opened) return { is: 'no_file' }
  const due = opened.state === 'BALANCED' ? [] : opened.due.values()
  const work = async () => {
    for (const difference of due) await act(reconciler, key, difference)
  }
  const worked = await Promise.allSettled(Array.from({ length: actsAtOnce }, work))
  for (const one of worked) if (one.status === 'rejected') throw one.reason
  return await db.tx(scope, (tx) => settle(tx, key))
}

interface Gathered extends Classified {
  day: sql.DayRow
  rows: sql.ExceptionRow[]
}

async function gather(tx: Tx, key: DayKey): Promise<Gathered | undefined> {
  const day = await tx.maybe(sql.lockDayToReconcile, key)
  if (!day || day.statementNo === null) return undefined
  const bankLines = await tx.many(sql.bankLinesOf, [...key, day.statementNo])
  const ourOperations = await tx.many(sql.ourOperationsOf, key)
  const rows = await tx.many(sql.exceptionsOf, key)
  return { day, rows, ...classify(bankLines, ourOperations, day.unknownProfile) }
}

/** Writes new differences down and tells which of all are to be acted on. */
async function openDifferences(
  tx: Tx,
  key: DayKey,
): Promise<{ state: sql.DayRow['state']; due: Difference[] } | undefined> {
  const gathered = await gather(tx, key)
  if (!gathered) return undefined
  const { day, exceptions } = gathered
  const rows = new Map(gathered.rows.map((row) => [nameOf(row), row]))
  const isOpen = (row: sql.ExceptionRow | undefined) =>
    !row ||
    row.state === 'AUTO_BALANCED' ||
    (row.state === 'PENDING' &&
      row.entrySeq === null &&
      row.resolution === null &&
      // Came after the file was in, so the file cannot know it: not for us to reverse (F35).
      row.cause !== causes.late)
  const isNew = (row: sql.ExceptionRow | undefined) => !row || row.state === 'AUTO_BALANCED'
  const fresh = exceptions.filter((one) => isNew(rows.get(nameOf(one))))
  if (fresh.length > 0) await insert(tx, key, fresh, day.state === 'BALANCED')
  const due = exceptions.filter(
    (one) => one.treatment !== 'person' && isOpen(rows.get(nameOf(one))),
  )
  return { state: day.state, due }
}

async function insert(
  tx: Tx,
  key: DayKey,
  fresh: readonly Difference[],
  isLate: boolean,
): Promise<void> {
  const words = fresh.map((one) =>
    isLate ? { cause: causes.late, suggestion: suggestions.late } : wordsFor(one),
  )
  await tx.run(sql.insertExceptions, [
    ...key,
    fresh.map(({ serial }) => serial),
    fresh.map((one) => one.class),
    fresh.map(({ ours }) => ours?.amountFen ?? null),
    fresh.map(({ ours }) => ours?.state ?? null),
    fresh.map(({ bank }) => bank?.amountFen ?? null),
    fresh.map(({ bank }) => bank?.state ?? null),
    fresh.map(({ bank, ours }) => bank?.customerNo ?? ours?.customerNo ?? null),
    words.map(({ cause }) => cause),
    words.map(({ suggestion }) => suggestion),
  ])
}

function wordsFor(difference: Difference): { cause: string; suggestion: string | null } {
  switch (difference.class) {
    case 'AMOUNT_DIFF':
      return { cause: causes.amount, suggestion: suggestions.amount }
    case 'CUSTOMER_DIFF':
      return { cause: causes.customer, suggestion: suggestions.customer }
    case 'DUPLICATE':
      return { cause: causes.toDo, suggestion: suggestions.duplicate }
    default:
      return difference.treatment === 'person'
        ? { cause: causes.notTakenBack, suggestion: suggestions.local }
        : { cause: causes.toDo, suggestion: null }
  }
}

async function act(reconciler: Reconciler, key: DayKey, difference: Difference): Promise<void> {
  const { serial, treatment, bank, ours } = difference
  const [company, channel, bankDate] = key
  const call = { company, channel, key: { bankDate, serial }, origin: 'statement' } as const
  if (treatment === 'hold') {
    await holdMoney(reconciler, key, difference, causes.blockedKey)
  } else if (treatment === 'book') {
    const { customerNo, amountFen, paidAt, outlet } = bank!
    const input = { customerNo, amountFen, paidAt, outlet }
    const outcome = await reconciler.run({ ...call, operation: 'payment.pay', input })
    // The bank has taken the money. What it cannot be booked to does not make it less real.
    if (outcome.is === 'refused') {
      const cause = causes.heldRefused(refusals[outcome.code].zh)
      await holdMoney(reconciler, key, difference, cause)
    }
    if (outcome.is === 'unknown') await explain(reconciler, key, difference, causes.outcomeUnknown)
  } else {
    const { customerNo, amountFen } = ours!
    const input = { customerNo: customerNo!, amountFen: amountFen!, reason: 'statement' }
    const outcome = await reconciler.run({ ...call, operation: 'payment.reverse', input })
    if (outcome.is === 'refused') {
      const cause = causes.reversalRefused(refusals[outcome.code].zh)
      await explain(reconciler, key, difference, cause)
    }
    if (outcome.is === 'unknown') await explain(reconciler, key, difference, causes.outcomeUnknown)
  }
}

const explain = ({ db, company }: Reconciler, key: DayKey, one: Difference, cause: string) =>
  db.tx(wholeCompanies(company), (tx) =>
    tx.run(sql.explainException, [...key, one.serial, one.class, cause]),
  )

/** Once: the row is locked, and says itself whether the money is held already. */
async function holdMoney(
  { db, company, hold }: Reconciler,
  key: DayKey,
  { serial, bank, ...difference }: Difference,
  cause: string,
): Promise<void> {
  const [, channel, bankDate] = key
  await db.tx(wholeCompanies(company), async (tx) => {
    const row = await tx.one(sql.lockException, [...key, serial, difference.class])
    if (row.state !== 'PENDING' || row.entrySeq !== null) return
    // The payment may have come after all while this one was refused.
    const operation = await tx.maybe(sql.lockOperationState, [...key, serial])
    if (operation?.state === 'PAID') return
    const { amountFen, customerNo } = bank!
    const money = { company, channel, bankDate, serial, amountFen, customerNo, why: cause }
    const entrySeq = await hold(tx, money)
    const suggestion = difference.class === 'DUPLICATE' ? suggestions.duplicate : suggestions.held
    await tx.run(sql.recordHold, [...key, serial, difference.class, entrySeq, cause, suggestion])
  })
}

async function settle(tx: Tx, key: DayKey): Promise<Reconciled> {
  const before = await gather(tx, key)
  if (!before) return { is: 'no_file' }
  const { day, matched, exceptions } = before
  await closeVanished(tx, key, before)
  const rows = await tx.many(sql.exceptionsOf, key)
  const tally = tallyOf(rows)
  const of = { channel: key[1], title: day.title, bankDate: key[2] }
  const hasNews = tally.autoBalanced + tally.held + tally.pending > 0
  if (hasNews) await notify(tx, key[0], notices.differences(of, tally))
  const sum = matched.filter(({ stands }) => stands).map(({ amountFen }) => amountFen)
  const figures = {
    matched: matched.length,
    matchedFen: sum.reduce((total: bigint, amountFen) => total + amountFen, 0n),
    ...tally,
  }
  if (day.state === 'BALANCED') return { is: 'BALANCED', ...figures }

  const ours = await tx.one(sql.dayTotals, key)
  const rowOf = new Map(rows.map((row) => [nameOf(row), row]))
  const unheld = exceptions.filter((one) => rowOf.get(nameOf(one))?.entrySeq == null)
  const expectedFen = ours.paidFen + ours.heldFen + sumOf(unheld.map(gapOf))
  const expectedCount = ours.paidCount + ours.heldCount + sumOf(unheld.map(countGapOf).map(BigInt))
  const gapFen = day.bankPaidFen! - expectedFen
  const isSound = gapFen === 0n && day.bankPaidCount === expectedCount
  if (!isSound) {
    // A sum that nothing explains: a hold without its line, or a defect of ours. Never passed over.
    const detail = { bankFen: `${day.bankPaidFen}`, expectedFen: `${expectedFen}` }
    await tx.run(sql.insertFinding, [
      key[0],
      `${of.channel}:${of.bankDate}`,
      JSON.stringify(detail),
    ])
    await notify(tx, key[0], notices.unbalanced(of, gapFen))
  }
  const isDecided = (one: Difference) =>
    ['ON_HOLD', 'HAND_BALANCED'].includes(rowOf.get(nameOf(one))!.state)
  const isAccounted = unheld.every((one) => gapOf(one) === 0n || isDecided(one))
  const state = isSound && isAccounted ? 'BALANCED' : 'FILE_IN'
  await tx.run(sql.setDay, [...key, state, ours.paidCount, ours.paidFen])
  return { is: state, ...figures }
}

/** Open exceptions whose difference is gone, whoever made it go. */
async function closeVanished(tx: Tx, key: DayKey, gathered: Gathered): Promise<void> {
  const still = new Set(gathered.exceptions.map(nameOf))
  const gone = gathered.rows.filter(
    (row) => row.state === 'PENDING' && row.entrySeq === null && !still.has(nameOf(row)),
  )
  if (gone.length === 0) return
  const stands = new Map(gathered.matched.map((one) => [one.serial, one.stands]))
  const names = [gone.map(({ serial }) => serial), gone.map((row) => row.class)] as const
  const why = gone.map((row) => causeOfClosing(row.class, stands.get(row.serial)))
  await tx.run(sql.closeExceptions, [...key, ...names, why])
}

function causeOfClosing(of: string, stands: boolean | undefined): string {
  if (stands === true && (of === 'BANK_ONLY' || of === 'DUPLICATE')) return causes.bookedByFile
  if (stands === false && of === 'LOCAL_ONLY') return causes.reversedAbsent
  if (stands === false && of === 'STATE_DIFF') return causes.reversedAsBank
  return causes.vanished
}

function tallyOf(rows: readonly sql.ExceptionRow[]): Tally {
  const held = rows.filter(
    ({ state, entrySeq }) => (state === 'PENDING' || state === 'ON_HOLD') && entrySeq !== null,
  )
  return {
    autoBalanced: rows.filter(({ state }) => state === 'AUTO_BALANCED').length,
    held: held.length,
    heldFen: sumOf(held.map(({ bankFen }) => bankFen ?? 0n)),
    pending: rows.filter(({ state, entrySeq }) => state === 'PENDING' && entrySeq === null).length,
  }
}

const nameOf = (one: { serial: string; class: string }) => `${one.serial} ${one.class}`
const sumOf = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)
