// The ledger: what happened, in double entry, for ever.
//
// The model. An *entry* 凭证 says what happened: company, booking date, event, memo, and the
// operation that caused it. Its *postings* say what moved: one debit account, one credit account,
// one positive amount. Both sides stand in the same row, so an unbalanced entry cannot be written
// down, and no trigger has to check what the shape already forbids.
//
// The algorithm. Many entries are written by two statements, whatever their number. Nothing is ever
// updated or deleted: a correction is a new entry, a reversal swaps the sides of the entry that it
// names, and a unique index lets each entry be reversed once. Balances of customers are kept on
// their charges and checked by constraints; balances of clearing, suspense and income accounts are
// sums over postings, so that no hot row is shared by all payments of a bank.
//
// The failure cases. A posting without money, or from an account to itself, is refused by the
// schema. An entry without postings, or postings without an entry, is what the auditor looks for
// (I7). The seal (seal.ts) makes later tampering visible.
import assert from 'node:assert/strict'
import type { Fen } from '@reli/sdk'
import type { Tx } from '../db/db.ts'
import { insertEntries, insertPostings, nextEntrySeqs } from './entries.sql.ts'

export interface Posting {
  debit: string
  credit: string
  amountFen: Fen
  customerId?: string
  chargeId?: string
}

export interface Entry {
  entrySeq: bigint
  /** What happened, as `noun.verb`: `payment.paid`, `charge.issued`. */
  event: string
  memo: string
  /** The operation behind it, where there is one. */
  cause?: { channel: string; bankDate: string; serial: string }
  reversesSeq?: bigint
  postings: readonly Posting[]
}

/** Numbers for entries to come. Numbers of a transaction that fails are lost: gaps mean nothing. */
export async function takeEntrySeqs(tx: Tx, count: number): Promise<bigint[]> {
  if (count === 0) return []
  return (await tx.many(nextEntrySeqs, [count])).map((row) => row.seq)
}

/** Writes entries with their postings. All belong to one booking date, that of the transaction. */
export async function writeEntries(
  tx: Tx,
  companyId: string,
  bookingOn: string,
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return
  for (const entry of entries)
    assert(entry.postings.length > 0, `entry ${entry.event} moves nothing`)
  await tx.run(insertEntries, [
    companyId,
    entries.map((e) => e.entrySeq),
    bookingOn,
    entries.map((e) => e.event),
    entries.map((e) => e.memo),
    entries.map((e) => e.cause?.channel ?? null),
    entries.map((e) => e.cause?.bankDate ?? null),
    entries.map((e) => e.cause?.serial ?? null),
    entries.map((e) => e.reversesSeq ?? null),
  ])
  const lines = entries.flatMap((entry) =>
    entry.postings.map((posting, at) => ({ ...posting, entrySeq: entry.entrySeq, lineNo: at + 1 })),
  )
  await tx.run(insertPostings, [
    companyId,
    lines.map((l) => l.entrySeq),
    lines.map((l) => l.lineNo),
    lines.map((l) => l.debit),
    lines.map((l) => l.credit),
    lines.map((l) => l.amountFen),
    lines.map((l) => l.customerId ?? null),
    lines.map((l) => l.chargeId ?? null),
  ])
}

/** The same movement backwards. */
export const mirrored = (postings: readonly Posting[]): Posting[] =>
  postings.map((posting) => ({ ...posting, debit: posting.credit, credit: posting.debit }))
