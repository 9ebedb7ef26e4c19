// A policy is drafted, simulated and published. What is published is a version for ever; it decides
// what happens from its day on and never changes a line that stands: once a season is opened, its
// prices, late fee and discount are promises that stay with its debts (domain.md §4.0, R42). What
// is still to come – another late-fee rate from next month, a further discount tier – may change.
import { isDeepStrictEqual } from 'node:util'
import type { Tx } from '../../db/db.ts'
import type { FieldProblem } from '../../http/problems.ts'
import { recordAct } from '../../org/audit.ts'
import { decimal, pricePlaces, ratePlaces } from '../policies.ts'
import { NotAllowed } from '../refusals.ts'
import { addDays, type Day } from '../seasons.ts'
import { pricesOf } from '../store/rules.sql.ts'
import { problemsOf } from './check.ts'
import type { PolicyJson } from './document.ts'
import * as sql from './policies.sql.ts'
import { brokenPromises } from './promises.ts'
import type { ClassPrice } from './rules.ts'

/** A season with its current policy and its draft. */
export interface PolicySeason extends sql.SeasonRow {
  prices: readonly ClassPrice[]
}

export async function seasonOf(tx: Tx, companyId: string, season: string): Promise<PolicySeason> {
  const row = await tx.maybe(sql.seasonWithDraft, [companyId, season])
  if (!row) throw new NotAllowed('season.unknown', { season })
  const prices = await tx.many(pricesOf, [companyId])
  return { ...row, prices: prices.filter((each) => each.season === season) }
}

/** Keeps a draft as it is, right or wrong; the problems say what keeps it from being published. */
export async function saveDraft(
  tx: Tx,
  companyId: string,
  season: string,
  policy: unknown,
  editedBy: string,
): Promise<FieldProblem[]> {
  const row = await seasonOf(tx, companyId, season)
  await tx.run(sql.saveDraft, [companyId, season, JSON.stringify(policy), editedBy])
  return allProblems(policy, row)
}

/** With what an opened season no longer lets change. */
export function allProblems(
  policy: unknown,
  row: PolicySeason,
  effectiveOn: Day = row.bookingOn,
): FieldProblem[] {
  const found = problemsOf(policy, row)
  if (found.length > 0 || row.state === 'PLANNED') return found
  const dayBefore = addDays(effectiveOn, -1)
  // Whoever paid today paid by what was said this morning.
  const promisedUntil = dayBefore > row.bookingOn ? dayBefore : row.bookingOn
  return brokenPromises(policy as PolicyJson, row, promisedUntil)
}

export interface Published {
  versionNo: number
  effectiveOn: Day
  /** False: it waits for its day. */
  isCurrent: boolean
}

export interface Publishing {
  note: string
  publishedBy: string
  /** Absent: the booking date. */
  effectiveOn?: Day
}

export async function publish(
  tx: Tx,
  companyId: string,
  season: string,
  { note, publishedBy, effectiveOn: asked }: Publishing,
): Promise<Published> {
  await tx.run(sql.lockSeasonPolicy, [companyId, season])
  const row = await seasonOf(tx, companyId, season)
  if (row.draft === null) throw new NotAllowed('policy.no_draft', { season })
  const { bookingOn, editedBy } = row
  const effectiveOn = asked ?? bookingOn
  if (effectiveOn < bookingOn) throw new NotAllowed('policy.in_the_past', { effectiveOn })
  const rule = await tx.maybe(sql.publishingRule, [companyId])
  if (rule?.approval === 'ALWAYS' && editedBy === publishedBy) throw new NotAllowed('request.own')
  const problems = allProblems(row.draft, row, effectiveOn)
  if (problems.length > 0) {
    const zh = problems.map(({ message }) => message).join('；')
    throw new NotAllowed('policy.wrong', { season, problems: problems.length }, zh)
  }
  const { versionNo } = await tx.one(sql.insertVersion, [
    companyId,
    season,
    JSON.stringify(row.draft),
    note,
    editedBy ?? publishedBy,
    publishedBy,
    effectiveOn,
  ])
  const isCurrent = effectiveOn === bookingOn
  if (isCurrent) await makeCurrent(tx, companyId, season, row.draft as PolicyJson, versionNo)
  await tx.run(sql.dropDraft, [companyId, season])
  return { versionNo, effectiveOn, isCurrent }
}

/** With the act on record. */
export async function publishAs(
  tx: Tx,
  { companyId, login }: { companyId: string; login: string },
  season: string,
  act: Omit<Publishing, 'publishedBy'>,
): Promise<Published> {
  const published = await publish(tx, companyId, season, { ...act, publishedBy: login })
  await recordAct(tx, {
    companyId,
    actor: login,
    action: 'policy.published',
    subject: `${season} v${published.versionNo}`,
    after: published,
    reason: act.note,
  })
  return published
}

export interface Applied {
  season: string
  versionNo: number
  /** Why it could not take effect: the season was opened in between. */
  problems: FieldProblem[]
}

/**
 * At the cut-over to `bookingOn`: versions that waited for this day become the current ones. One
 * that no longer fits, because its season was opened in between, is put on record and changes
 * nothing.
 */
export async function applyDueVersions(
  tx: Tx,
  companyId: string,
  bookingOn: Day,
): Promise<Applied[]> {
  const applied: Applied[] = []
  for (const { season, versionNo, policy } of await tx.many(sql.dueVersions, [
    companyId,
    bookingOn,
  ])) {
    await tx.run(sql.lockSeasonPolicy, [companyId, season])
    const row = await seasonOf(tx, companyId, season)
    const problems = allProblems(policy, { ...row, bookingOn: addDays(bookingOn, -1) }, bookingOn)
    if (problems.length === 0) {
      await makeCurrent(tx, companyId, season, policy as PolicyJson, versionNo)
    }
    applied.push({ season, versionNo, problems })
    await recordAct(tx, {
      companyId,
      actor: 'worker',
      action: problems.length === 0 ? 'policy.applied' : 'policy.not_applied',
      subject: `${season} v${versionNo}`,
      ...(problems.length > 0 && { after: { problems } }),
    })
  }
  return applied
}

/** The copy that charging and collection read. */
async function makeCurrent(
  tx: Tx,
  companyId: string,
  season: string,
  policy: PolicyJson,
  versionNo: number,
): Promise<void> {
  await tx.run(sql.setPolicy, [companyId, season, JSON.stringify(policy), versionNo])
  const { price_classes: classes } = policy
  const codes = classes.map(({ code }) => code)
  await tx.run(sql.dropClasses, [companyId, season, codes])
  await tx.run(sql.upsertClasses, [
    companyId,
    season,
    codes,
    classes.map(({ name }) => name),
    classes.map(({ unit_price }) => decimal(unit_price, pricePlaces)),
    classes.map(({ base_heat_ratio }) => decimal(base_heat_ratio, ratePlaces)),
    classes.map(({ over_height }) => JSON.stringify(over_height)),
  ])
}

export interface Difference {
  path: string
  before: unknown
  after: unknown
}

/** Field by field, `price_classes.RESIDENT.unit_price`. */
export function differencesOf(before: unknown, after: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return []
  const [a, b] = [partsOf(before), partsOf(after)]
  if (!a || !b) return [{ path, before: before ?? null, after: after ?? null }]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) =>
    differencesOf(a[name], b[name], path === '' ? name : `${path}.${name}`),
  )
}

/** Lists by the code of their items, where they have one. */
function partsOf(value: unknown): Record<string, unknown> | undefined {
  if (Array.isArray(value)) {
    return Object.fromEntries(
      value.map((item, at) => [(item as { code?: string } | null)?.code ?? String(at), item]),
    )
  }
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined
}
