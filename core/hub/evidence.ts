// Takes over the journal of a front-end processor: every frame, masked, and every security event.
// The same records may come again after a lost link; a position per processor, moved in the
// transaction that keeps them, lets each count once.
import { toJson } from '@reli/sdk'
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import type { JournalBatch, JournalRecord } from '../link/protocol.ts'
import * as sql from './evidence.sql.ts'

/** Resolves when the records are committed. */
export async function keepEvidence(
  db: Db,
  companyId: string,
  fep: string,
  { journal, records }: JournalBatch,
): Promise<void> {
  await db.tx(wholeCompanies(companyId), async (tx) => {
    const { position } = await tx.one(sql.lockPosition, [companyId, fep])
    const fresh = records.filter(({ seq }) => seq > lastSeqIn(position, journal))
    const last = fresh.at(-1)
    if (!last) return
    const messages = fresh.flatMap(messageFrom)
    if (messages.length > 0) await tx.run(sql.insertMessages, [companyId, toJson(messages)])
    const events = fresh.flatMap(eventFrom)
    if (events.length > 0) await tx.run(sql.insertSecurityEvents, [companyId, toJson(events)])
    await tx.run(sql.movePosition, [companyId, fep, `${journal} ${last.seq}`])
  })
}

/** A journal that was begun anew counts from the start. */
function lastSeqIn(position: string, journal: string): number {
  const [known, seq] = position.split(' ')
  return known === journal ? Number(seq) : -1
}

const peerOf = ({ ip, port }: { ip?: string; port?: number }) =>
  ip === undefined ? null : `${ip}:${port}`

function messageFrom(record: JournalRecord): object[] {
  const { kind, at, channel } = record
  if (kind === 'in') {
    const { frame, operation, key, bytes } = record
    return [{ channel, frame, kind, at, peer: peerOf(record), operation, ...key, bytes }]
  }
  if (kind !== 'out') return []
  const { frame, outcome, code, bytes } = record
  return [{ channel, frame, kind, at, result: code ?? outcome, bytes }]
}

function eventFrom(record: JournalRecord): object[] {
  const { kind, at, channel } = record
  if (kind === 'event') {
    const { event, ip, port, seq, kind: _, ...detail } = record
    return [{ at, channel, event, peer: peerOf(record), detail }]
  }
  if (kind !== 'late') return []
  // An answer that came after its deadline and was never sent.
  return [
    {
      at,
      channel,
      event: 'answered_late',
      detail: { frame: record.frame, outcome: record.outcome },
    },
  ]
}
