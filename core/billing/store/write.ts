// Step three for accounts: what events decided, written by one statement for each table. Several
// events of one customer may share a call; the rows that are kept as they stand (account, rooms,
// lines) are written once, as the last decision left them.
import assert from 'node:assert/strict'
import { fen, toJson } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import { type Entry, takeEntrySeqs, writeEntries } from '../../ledger/entries.ts'
import type { AccountEvent, Merge, Split, Transfer } from '../engine/events.ts'
import type { CustomerState, Decision, Rules } from '../engine/state.ts'
import { documentTopics, entryEvents, eventNames } from './names.ts'
import { pack } from './pack.ts'
import { type AccountRows, rowsOf } from './rows.ts'
import * as sql from './write.sql.ts'

export type AnyEvent = AccountEvent | Transfer | Split | Merge

/** The event and its record: who asked for it, why, and with what papers. */
export interface EventRecord {
  event: AnyEvent
  customerId: string
  season?: string
  /** The other account of a transfer or merge: who takes, who is merged into the customer. */
  otherId?: string
  before?: unknown
  after?: unknown
  reason?: string
  attachments?: readonly { name: string; digest: string; kind: string }[]
  channel?: string
  madeBy: string
  checkedBy?: string
  batchNo?: string
  reversesId?: string
  policyVersion?: number
}

/** One event with what it did to each account it touched. */
export interface Done {
  record: EventRecord
  parts: readonly { before: CustomerState; decision: Decision }[]
}

/** Numbers of events to come, ascending. Those of a transaction that fails are lost. */
export async function takeEventIds(tx: Tx, count: number): Promise<string[]> {
  if (count === 0) return []
  return (await tx.many(sql.nextEventIds, [count])).map(({ eventId }) => eventId)
}

/** All of one booking date, in the order in which they were decided. */
export async function writeDecisions(
  tx: Tx,
  companyId: string,
  bookingOn: string,
  done: readonly Done[],
  rules: Rules,
): Promise<void> {
  if (done.length === 0) return
  const entries = await entriesOf(tx, done)
  await writeEvents(tx, companyId, bookingOn, done, entries)
  await writeEntries(tx, companyId, bookingOn, [...entries.values()])
  const rows = rowsOf(done, rules, (each) => entries.get(each)?.entrySeq ?? 0n)
  await writeAccounts(tx, companyId, rows)
  await writeHistory(tx, companyId, bookingOn, rows)
  await writeOutbox(tx, companyId, done, entries)
}

async function entriesOf(tx: Tx, done: readonly Done[]): Promise<Map<Done, Entry>> {
  const moving = done.filter(({ parts }) =>
    parts.some(({ decision }) => decision.postings.length > 0),
  )
  const seqs = await takeEntrySeqs(tx, moving.length)
  return new Map(
    moving.map((each, at) => {
      const { type } = each.record.event
      const postings = each.parts.flatMap(({ decision }) => decision.postings)
      const memo = [eventNames[type], each.record.season, each.record.reason]
        .filter(Boolean)
        .join(' ')
      return [each, { entrySeq: seqs[at]!, event: entryEvents(type), memo, postings }]
    }),
  )
}

async function writeEvents(
  tx: Tx,
  companyId: string,
  bookingOn: string,
  done: readonly Done[],
  entries: ReadonlyMap<Done, Entry>,
): Promise<void> {
  const plain = (value: unknown) => (value === undefined ? null : JSON.parse(pack(value)))
  const rows = done.map((each) => {
    const { event, before, after, attachments, channel = 'hall', ...record } = each.record
    return {
      ...record,
      channel,
      eventId: event.eventId,
      type: event.type,
      effectiveOn: effectiveOn(event),
      season: record.season ?? ('season' in event ? event.season : null) ?? null,
      event: plain(event),
      before: plain(before),
      after: plain(after),
      attachments: plain(attachments),
      deltaFen: deltaOf(each),
      entrySeq: entries.get(each)?.entrySeq ?? null,
    }
  })
  await tx.run(sql.insertEvents, [companyId, bookingOn, toJson(rows)])
}

function effectiveOn(event: AnyEvent): string {
  if ('effectiveOn' in event) return event.effectiveOn
  if ('stopFrom' in event) return event.stopFrom
  if ('resumeOn' in event && event.resumeOn !== null) return event.resumeOn
  return event.on
}

/** What the event did to the debt, all accounts together. */
export const deltaOf = ({ parts }: Pick<Done, 'parts'>) =>
  fen(
    parts
      .flatMap(({ decision }) => decision.changes)
      .filter(({ kind }) => kind !== 'MOVED')
      .reduce((sum, { kind, deltaFen }) => sum + (kind === 'CHARGED' ? deltaFen : -deltaFen), 0n),
  )

async function writeAccounts(tx: Tx, companyId: string, rows: AccountRows): Promise<void> {
  await tx.run(sql.updateAccounts, [companyId, toJson(rows.accounts)])
  if (rows.cards.length > 0) await tx.run(sql.upsertCards, [companyId, toJson(rows.cards)])
  if (rows.goneAreas.length > 0) {
    await tx.run(sql.deleteAreas, [
      companyId,
      rows.goneAreas.map(({ customerId }) => customerId),
      rows.goneAreas.map(({ season }) => season),
      rows.goneAreas.map(({ areaNo }) => areaNo),
    ])
  }
  if (rows.areas.length > 0) await tx.run(sql.upsertAreas, [companyId, toJson(rows.areas)])
  if (rows.facts.length > 0) await tx.run(sql.insertFacts, [companyId, toJson(rows.facts)])
  if (rows.charges.length > 0) {
    const written = await tx.run(sql.upsertCharges, [companyId, toJson(rows.charges)])
    assert.equal(written, rows.charges.length, 'every line that was touched is written')
  }
  if (rows.givenUp.length > 0) await tx.run(sql.giveUpCharges, [companyId, rows.givenUp])
  const { approvals } = rows
  if (approvals.customers.length > 0) {
    await tx.run(sql.deleteReductions, [companyId, approvals.customers])
    await tx.run(sql.deleteHolds, [companyId, approvals.customers])
    await tx.run(sql.insertReductions, [companyId, toJson(approvals.reductions)])
    await tx.run(sql.insertHolds, [companyId, toJson(approvals.holds)])
  }
}

async function writeHistory(
  tx: Tx,
  companyId: string,
  bookingOn: string,
  { changes, settlements, movements, payments }: AccountRows,
): Promise<void> {
  if (changes.length > 0) await tx.run(sql.insertChanges, [companyId, toJson(changes)])
  if (settlements.length > 0) await tx.run(sql.insertSettlements, [companyId, toJson(settlements)])
  if (movements.length > 0) {
    await tx.run(sql.insertMovements, [companyId, bookingOn, toJson(movements)])
  }
  if (payments.length > 0) await tx.run(sql.upsertPayments, [companyId, toJson(payments)])
}

/** The worker makes invoice and voucher of what was paid or given back at the counter. */
async function writeOutbox(
  tx: Tx,
  companyId: string,
  done: readonly Done[],
  entries: ReadonlyMap<Done, Entry>,
): Promise<void> {
  const told = done.flatMap((each) => {
    const entry = entries.get(each)
    const amountFen = documentTopics(each)
    return entry && amountFen !== null && amountFen > 0n ? [{ each, entry, amountFen }] : []
  })
  if (told.length === 0) return
  await tx.run(sql.insertOutbox, [
    companyId,
    told.map(({ entry }) => entry.event),
    told.map(({ entry }) => entry.entrySeq),
    told.map(({ each, entry, amountFen }) =>
      toJson({ event: entry.event, amountFen, customerId: each.record.customerId }),
    ),
  ])
}
