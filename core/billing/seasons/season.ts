// The life of a season (domain.md §5): planned, opened, heating, settling, closed. Opening copies
// the cards, carries the stops, charges by the formula and applies balances; closing freezes the
// copies. Each act is begun in one transaction, which leaves a batch, and carried out from that
// batch, here or by a worker.
import { toJson } from '@reli/sdk'
import type { Db, Tx } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import { recordAct } from '../../org/audit.ts'
import { type BatchRow, batchOf, moveBatch } from '../batches/batches.sql.ts'
import { next } from '../machines/machine.ts'
import { season as machine } from '../machines/seasons.ts'
import { NotAllowed } from '../refusals.ts'
import { carryOverOf, hindrancesOf } from './closing.sql.ts'
import { closeSlice } from './closing.ts'
import { openSlice } from './opening.ts'
import { countOpened, isSeasonEmpty, openedCustomers } from './rollback.sql.ts'
import { takeBackSlice } from './rollback.ts'
import { beginRun, finishRun, type Progress, type Request, type SeasonRun } from './run.ts'
import * as sql from './seasons.sql.ts'

export interface Act {
  companyId: string
  scope: Scope
  season: string
  madeBy: string
  /** `c1.b1.%`; absent: the whole company. */
  pathPattern?: string
  onProgress?(progress: Progress): void
  signal?: AbortSignal
}

/** Of a rollback, the batch whose openings are taken back; absent: all of the part. */
export type RollBack = Act & { ofBatch?: string }

/** A season that nothing has happened to yet. Its policy may still be edited. */
export async function planSeason(
  tx: Tx,
  companyId: string,
  plan: { season: string; heatStartOn: string; heatEndOn: string; policy: unknown },
): Promise<void> {
  const { season, heatStartOn, heatEndOn, policy } = plan
  const params = [companyId, season, heatStartOn, heatEndOn, toJson(policy)] as const
  const row = await tx.maybe(sql.insertSeason, [...params])
  if (!row) throw new NotAllowed('season.exists', { season })
}

/** Opens what is not open yet: the first time everybody, later whoever came since. */
export async function openSeason(db: Db, act: Act): Promise<Progress> {
  const batch = await db.tx(act.scope, (tx) => beginOpening(tx, act))
  return finishRun(db, openingOf(act), batch)
}

export async function beginOpening(tx: Tx, act: Act): Promise<BatchRow> {
  const { companyId, season } = act
  const { state } = await locked(tx, act)
  // Single customers are taken in as long as the season is not closed.
  if (state === 'PLANNED') {
    await tx.run(sql.moveSeason, [companyId, season, next(machine, state, 'OPEN')])
  } else if (state === 'CLOSED') next(machine, state, 'OPEN')
  return beginRun(tx, openingOf(act))
}

function openingOf(act: Act): SeasonRun {
  const { companyId, season, pathPattern = '%' } = act
  const of = [companyId, season, pathPattern] as const
  return {
    ...act,
    pathPattern,
    kind: 'season.open',
    title: `${season} 采暖期开账`,
    count: async (tx) => (await tx.one(sql.countWaiting, [...of])).count,
    middle: middleOf(companyId, pathPattern),
    next: (tx, after, upTo, limit) => tx.many(sql.waitingCustomers, [...of, after, upTo, limit]),
    slice: openSlice,
  }
}

/** Takes openings back where nothing of them is paid; the season is planned again when all are. */
export async function rollBackSeason(db: Db, act: RollBack): Promise<Progress> {
  const batch = await db.tx(act.scope, (tx) => beginRollBack(tx, act))
  return finishRollBack(db, act, batch)
}

export async function beginRollBack(tx: Tx, act: RollBack): Promise<BatchRow> {
  const { state } = await locked(tx, act)
  next(machine, state, 'ROLL_BACK')
  return beginRun(tx, rollBackOf(act))
}

async function finishRollBack(db: Db, act: RollBack, batch: BatchRow): Promise<Progress> {
  const progress = await finishRun(db, rollBackOf(act), batch)
  const { companyId, season, ofBatch } = act
  await db.tx(act.scope, async (tx) => {
    const { state } = await locked(tx, act)
    const { isEmpty } = await tx.one(isSeasonEmpty, [companyId, season])
    if (isEmpty && state === 'OPEN') {
      await tx.run(sql.moveSeason, [companyId, season, next(machine, state, 'ROLL_BACK')])
    }
    if (ofBatch !== undefined && progress.skipped === 0) {
      await tx.run(moveBatch, [companyId, ofBatch, 'DONE', 'ROLLED_BACK'])
    }
  })
  return progress
}

function rollBackOf(act: RollBack): SeasonRun {
  const { companyId, season, pathPattern = '%', ofBatch } = act
  const of = [companyId, season, pathPattern, ofBatch ?? null] as const
  return {
    ...act,
    pathPattern,
    kind: 'season.rollback',
    title: `${season} 采暖期撤回开账`,
    count: async (tx) => (await tx.one(countOpened, [...of])).count,
    middle: middleOf(companyId, pathPattern),
    next: (tx, after, upTo, limit) => tx.many(openedCustomers, [...of, after, upTo, limit]),
    slice: takeBackSlice,
  }
}

/** Heat flows, or ends: only the season's own state moves. */
export async function moveSeason(
  tx: Tx,
  act: Act,
  event: 'START_HEAT' | 'END_HEAT',
): Promise<void> {
  const { companyId, season, madeBy } = act
  const { state } = await locked(tx, act)
  const to = next(machine, state, event)
  await tx.run(sql.moveSeason, [companyId, season, to])
  const moved = { before: { state }, after: { state: to } }
  await recordAct(tx, {
    companyId,
    actor: madeBy,
    action: 'season.moved',
    subject: season,
    ...moved,
  })
}

/** Freezes every room's copy; what is owed is arrears from now on, and stays payable. */
export async function closeSeason(db: Db, act: Act): Promise<Progress> {
  const batch = await db.tx(act.scope, (tx) => beginClosing(tx, act))
  return finishClosing(db, act, batch)
}

export async function beginClosing(tx: Tx, act: Act): Promise<BatchRow> {
  const { companyId, season } = act
  const { state } = await locked(tx, act)
  const hindrances = await tx.many(hindrancesOf, [companyId, season, 1])
  next(machine, state, 'CLOSE', (guard) => guard === 'case.open' && hindrances.length > 0)
  return beginRun(tx, closingOf(act))
}

async function finishClosing(db: Db, act: Act, batch: BatchRow): Promise<Progress> {
  const { companyId, season, madeBy } = act
  const progress = await finishRun(db, closingOf(act), batch)
  await db.tx(act.scope, async (tx) => {
    const { state } = await locked(tx, act)
    if (state === 'CLOSED') return
    await tx.run(sql.moveSeason, [companyId, season, 'CLOSED'])
    const after = await tx.one(carryOverOf, [companyId, season])
    const closed = { action: 'season.closed', subject: season, after }
    await recordAct(tx, { companyId, actor: madeBy, ...closed })
  })
  return progress
}

function closingOf(act: Act): SeasonRun {
  const { companyId, season } = act
  const of = [companyId, season, '%'] as const
  return {
    ...act,
    pathPattern: '%',
    kind: 'season.close',
    title: `${season} 采暖期关账`,
    count: async (tx) => (await tx.one(sql.countInSeason, [...of])).count,
    middle: middleOf(companyId, '%'),
    next: (tx, after, upTo, limit) => tx.many(sql.customersInSeason, [...of, after, upTo, limit]),
    slice: closeSlice,
  }
}

/** Goes on with whatever the batch is, from where it stands. */
export async function continueSeason(
  db: Db,
  scope: Scope,
  companyId: string,
  batchNo: string,
  signal: AbortSignal,
): Promise<Progress> {
  const batch = await db.read(scope, (tx) => tx.one(batchOf, [companyId, batchNo]))
  const { season, pathPattern, ofBatch } = batch.request as Request
  const { madeBy } = batch
  const act = { companyId, scope, season, pathPattern, madeBy, signal, ...(ofBatch && { ofBatch }) }
  if (batch.kind === 'season.open') return finishRun(db, openingOf(act), batch)
  if (batch.kind === 'season.close') return finishClosing(db, act, batch)
  return finishRollBack(db, act, batch)
}

/** Half of those who wait, give or take whoever does not. */
const middleOf =
  (companyId: string, pathPattern: string): SeasonRun['middle'] =>
  async (tx, count) => {
    const at = [companyId, pathPattern, Math.floor(count / 2)] as const
    return (await tx.one(sql.middleCustomer, [...at])).customerId
  }

async function locked(tx: Tx, { companyId, season }: Act): Promise<sql.SeasonRow> {
  const row = await tx.maybe(sql.lockSeason, [companyId, season])
  if (!row) throw new NotAllowed('season.unknown', { season })
  return row
}
