// The life of a season (domain.md §5): planned, opened, heating, settling, closed. Opening copies the
// cards, carries the stops, charges by the formula and applies balances; closing freezes the copies.
import { toJson } from '@reli/sdk'
import type { Db, Tx } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import { next } from '../machines/machine.ts'
import { season as machine } from '../machines/seasons.ts'
import { NotAllowed } from '../refusals.ts'
import { openSlice } from './opening.ts'
import { beginRun, bookedFor, finishRun, type Progress, type SeasonRun } from './run.ts'
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

/** What opening would do and what speaks against it; writes nothing. */
export async function previewOpening(tx: Tx, { companyId, season, pathPattern = '%' }: Act) {
  const of = [companyId, season, pathPattern] as const
  const { count } = await tx.one(sql.countWaiting, [...of])
  const classes = await tx.many(sql.classesWaiting, [...of])
  const doubts = await tx.many(sql.doubtsOf, [...of, mostDoubts])
  return { customers: count, classes, doubts }
}
const mostDoubts = 1_000

/** Opens what is not open yet: the first time everybody, later whoever came since. */
export async function openSeason(db: Db, act: Act): Promise<Progress> {
  const run = openingOf(act)
  const batch = await db.tx(act.scope, async (tx) => {
    const { state } = await locked(tx, act)
    // Single customers are taken in as long as the season is not closed.
    if (state === 'PLANNED') {
      await tx.run(sql.moveSeason, [act.companyId, act.season, next(machine, state, 'OPEN')])
    } else if (state === 'CLOSED') next(machine, state, 'OPEN')
    return beginRun(tx, run)
  })
  return finishRun(db, run, batch)
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

/** Heat flows, or ends: only the season's own state moves. */
export async function moveSeason(
  tx: Tx,
  act: Act,
  event: 'START_HEAT' | 'END_HEAT',
): Promise<void> {
  const { state } = await locked(tx, act)
  await tx.run(sql.moveSeason, [act.companyId, act.season, next(machine, state, event)])
}

/** Freezes every room's copy; what is owed is arrears from now on, and stays payable. */
export async function closeSeason(db: Db, act: Act): Promise<Progress> {
  const { companyId, season } = act
  const of = [companyId, season, '%'] as const
  const run: SeasonRun = {
    ...act,
    pathPattern: '%',
    kind: 'season.close',
    title: `${season} 采暖期关账`,
    count: async (tx) => (await tx.one(sql.countInSeason, [...of])).count,
    middle: middleOf(companyId, '%'),
    next: (tx, after, upTo, limit) => tx.many(sql.customersInSeason, [...of, after, upTo, limit]),
    slice: bookedFor(() => ({ type: 'CLOSE_SEASON', season })),
  }
  const batch = await db.tx(act.scope, async (tx) => {
    const { state } = await locked(tx, act)
    next(machine, state, 'CLOSE')
    return beginRun(tx, run)
  })
  const progress = await finishRun(db, run, batch)
  await db.tx(act.scope, (tx) => tx.run(sql.moveSeason, [companyId, season, 'CLOSED']))
  return progress
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
