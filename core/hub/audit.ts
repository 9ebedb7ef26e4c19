// The auditor: derives again what must hold, while payments go on, and stops only what broke – the
// one channel, or the one customer – never the house. Runs every minute in the worker, and at the
// end of every test that moves money (reliability.md §2.7).
import { toJson } from '@reli/sdk'
import type { Db, Query, Tx } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { lastSeal, sealHorizon } from '../ledger/seal.sql.ts'
import { brokenSeals, seal } from '../ledger/seal.ts'
import * as sql from './audit.sql.ts'

export interface Finding extends sql.Broken {
  invariant: Invariant
}

export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I10'
  | 'I11'
  | 'I12'
  | 'I13'
  | 'I14'

export interface Audit {
  /** Entries since this transaction id; '0' is everything. */
  fromXid: string
  /** Balances of every charge and customer too: one pass over all postings. */
  balances: boolean
}

export const everything: Audit = { fromXid: '0', balances: true }

/** Messages of this time back are held against the operations they told of. */
const messageMinutes = 10
/** Of the chain, the minute's run looks at the last links; the whole of it takes its own run. */
const sealsLookedAt = 120n
const rowsOfRecord = [
  'entries',
  'postings',
  'seals',
  'audit_log',
  'messages',
  'security_log',
  'statement_lines',
]

/** Looks, and changes nothing. An empty list: everything holds. */
export async function findBroken(tx: Tx, companyId: string, audit: Audit): Promise<Finding[]> {
  const window: [string, string] = [companyId, audit.fromXid]
  const found: Finding[] = []
  const check = async <P extends readonly unknown[]>(
    invariant: Invariant,
    query: Query<P, sql.Broken>,
    params: P,
  ) => {
    for (const broken of await tx.many(query, params)) {
      // Two derivations may find the same line wrong: it is one finding.
      const isKnown = found.some((f) => f.invariant === invariant && f.subject === broken.subject)
      if (!isKnown) found.push({ ...broken, invariant })
    }
  }
  await check('I1', sql.i1, window)
  if (audit.balances) {
    await check('I2', sql.i2Charges, [companyId])
    await check('I2', sql.i2Balances, [companyId])
    await check('I2', sql.i2Lines, [companyId])
    await check('I2', sql.i2Movements, [companyId])
  }
  await check('I3', sql.i3, window)
  await check('I4', sql.i4i5, [companyId, messageMinutes])
  await check('I6', sql.i6, [companyId])
  await check('I7', sql.i7, window)
  await check('I8', sql.i8, [rowsOfRecord])
  await check('I9', sql.i9, window)
  await check('I10', sql.i10, window)
  await check('I11', sql.i11, window)
  await check('I12', sql.i12, window)
  const last = await tx.maybe(lastSeal, [companyId])
  const fromSeal = audit.fromXid === '0' ? 1n : (last?.sealSeq ?? 0n) - sealsLookedAt
  for (const { sealSeq } of await brokenSeals(tx, companyId, fromSeal)) {
    found.push({
      invariant: 'I13',
      subject: `seal ${sealSeq}`,
      channelId: null,
      customerId: null,
      detail: { sealSeq },
    })
  }
  await check('I14', sql.i14, [])
  return found
}

export interface AuditReport {
  findings: Finding[]
  tookMs: number
  toXid: string
}

/** Looks, records what it found, and stops the channels and customers that broke something. */
export async function runAudit(db: Db, companyId: string, audit: Audit): Promise<AuditReport> {
  const scope = wholeCompanies(companyId)
  const began = performance.now()
  const { findings, toXid } = await db.read(scope, async (tx) => ({
    toXid: (await tx.one(sealHorizon, [])).xid,
    findings: await findBroken(tx, companyId, audit),
  }))
  const tookMs = Math.round(performance.now() - began)
  await db.tx(scope, async (tx) => {
    if (findings.length > 0) await record(tx, companyId, findings)
    const checked = audit.balances ? ['balances', 'entries'] : ['entries']
    await tx.run(sql.insertAuditRun, [companyId, tookMs, checked, findings.length])
  })
  return { findings, tookMs, toXid }
}

async function record(tx: Tx, companyId: string, findings: readonly Finding[]): Promise<void> {
  const fresh = await tx.many(sql.openFinding, [
    companyId,
    findings.map((f) => f.invariant),
    findings.map((f) => f.subject),
    findings.map((f) => toJson(f.detail)),
  ])
  const news = new Set(fresh.map((row) => row.subject))
  const told = findings.filter((finding) => news.has(finding.subject))
  if (told.length === 0) return
  const channelIds = told.flatMap((finding) => finding.channelId ?? [])
  const customerIds = told.flatMap(({ channelId, customerId }) =>
    channelId === null && customerId !== null ? [customerId] : [],
  )
  await tx.run(sql.stopChannels, [
    companyId,
    channelIds,
    `稽核发现账务不一致，已自动停用（${told[0]!.invariant}）`,
  ])
  await tx.run(sql.lockCustomers, [companyId, customerIds])
  for (const { invariant, subject } of told) {
    await tx.run(sql.insertAuditNotice, [
      companyId,
      `${invariant} ${subject}`,
      `账务稽核发现不一致：${invariant}，对象 ${subject}。相关渠道或用户已停止收费，请立即核查。`,
    ])
  }
}

/** One second's seal; its own transaction, so that it holds nothing up. */
export const sealNow = (db: Db, companyId: string): Promise<bigint> =>
  db.tx(wholeCompanies(companyId), (tx) => seal(tx, companyId))

/** Of the auditor's time, the pass over all postings takes at most one part in so many. */
const balancesShare = 20

/**
 * The auditor of a worker, run again and again: what was written since the last run each time, and
 * the balances of everything as often as their pass is quick enough for it. Begins with everything.
 */
export function auditor(db: Db, companyId: string): () => Promise<AuditReport> {
  let next = everything
  let balancesDueAt = 0
  return async () => {
    const report = await runAudit(db, companyId, next)
    const now = performance.now()
    if (next.balances) balancesDueAt = now + report.tookMs * balancesShare
    next = { fromXid: report.toXid, balances: now >= balancesDueAt }
    return report
  }
}
