// What a person decides about a difference, and the second person who checks it. Money in suspense
// stays there: the decision says that both know why.
import type { Tx } from '../db/db.ts'
import * as sql from './reconcile.sql.ts'
import type { DifferenceClass } from './reconcile-classes.ts'

export type Resolution =
  /** 挂账: it stays open with approval; the day may be balanced. */
  | 'hold'
  /** 以我方为准（附凭证）: our record stands. */
  | 'keep_ours'
  /** 银行补清算: the bank settles it outside this file. */
  | 'bank_settles'

const outcomeOf = {
  hold: 'ON_HOLD',
  keep_ours: 'HAND_BALANCED',
  bank_settles: 'HAND_BALANCED',
} as const satisfies Record<Resolution, string>

const resolutionsOf: Record<DifferenceClass, readonly Resolution[]> = {
  BANK_ONLY: ['hold'],
  DUPLICATE: ['hold'],
  LOCAL_ONLY: ['hold', 'bank_settles'],
  AMOUNT_DIFF: ['hold', 'keep_ours'],
  STATE_DIFF: ['hold', 'keep_ours'],
  CUSTOMER_DIFF: ['hold', 'keep_ours'],
}

export interface ExceptionKey {
  company: string
  channel: string
  bankDate: string
  serial: string
  class: DifferenceClass
}

/** What the console offers for a difference. While money is held in suspense, only to leave it. */
export const resolutionsFor = (of: DifferenceClass, isHeld: boolean): readonly Resolution[] =>
  isHeld ? ['hold'] : resolutionsOf[of]

export type Resolved = 'recorded' | 'not_open' | 'not_offered' | 'without_reason'

export async function resolveException(
  tx: Tx,
  key: ExceptionKey,
  wish: { resolution: Resolution; reason: string; by: string },
): Promise<Resolved> {
  const row = await tx.maybe(sql.lockException, parametersOf(key))
  if (row?.state !== 'PENDING') return 'not_open'
  const { resolution, reason, by } = wish
  if (!resolutionsFor(key.class, row.entrySeq !== null).includes(resolution)) return 'not_offered'
  if (reason.trim() === '') return 'without_reason'
  await tx.run(sql.resolve, [...parametersOf(key), resolution, reason, by])
  await record(tx, key, by, 'exception.resolve', { resolution }, reason)
  return 'recorded'
}

export type Checked = 'closed' | 'sent_back' | 'not_resolved' | 'same_person'

/** The second person closes it, or sends it back to be decided again. */
export async function checkException(
  tx: Tx,
  key: ExceptionKey,
  { by, agrees, reason }: { by: string; agrees: boolean; reason: string },
): Promise<Checked> {
  const row = await tx.maybe(sql.lockException, parametersOf(key))
  if (row?.state !== 'PENDING' || row.resolution === null) return 'not_resolved'
  if (row.resolvedBy === by) return 'same_person'
  const { resolution } = row
  if (!agrees) {
    await tx.run(sql.sendBack, parametersOf(key))
    await record(tx, key, by, 'exception.send_back', { resolution }, reason)
    return 'sent_back'
  }
  const state = outcomeOf[resolution as Resolution]
  await tx.run(sql.closeResolved, [...parametersOf(key), state, by])
  await record(tx, key, by, 'exception.check', { resolution, state }, reason)
  return 'closed'
}

const parametersOf = ({ company, channel, bankDate, serial, class: of }: ExceptionKey) =>
  [company, channel, bankDate, serial, of] as [string, string, string, string, string]

async function record(
  tx: Tx,
  { company, channel, bankDate, serial, class: of }: ExceptionKey,
  by: string,
  action: string,
  after: Record<string, unknown>,
  reason: string,
): Promise<void> {
  const subject = `${channel}:${bankDate}:${serial}:${of}`
  await tx.run(sql.recordAct, [company, by, action, subject, JSON.stringify(after), reason])
}
