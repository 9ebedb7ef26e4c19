// Who did what. Every act that changes something writes its row in the same transaction, so neither
// can exist without the other; the table is append-only (migration 0001).
import { toJson } from '@reli/sdk'
import type { Tx } from '../db/db.ts'
import { insertAct } from './audit.sql.ts'

export interface Act {
  companyId: string
  /** The login, or the name of the job. */
  actor: string
  /** `noun.verb` in the past: `channel.stopped`. */
  action: string
  subject: string
  before?: unknown
  after?: unknown
  reason?: string
}

export async function recordAct(tx: Tx, act: Act): Promise<void> {
  const { companyId, actor, action, subject, before, after, reason } = act
  const json = (value: unknown) => (value === undefined ? null : toJson(value))
  await tx.run(insertAct, [
    companyId,
    actor,
    action,
    subject,
    json(before),
    json(after),
    reason ?? null,
  ])
}
