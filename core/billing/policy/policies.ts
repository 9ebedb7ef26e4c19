// A policy is drafted, simulated and published. What is published is a version for ever; it decides
// what happens from then on and never changes a line that stands: once a season is opened, its
// prices, late fee and discount are promises that stay with its debts (domain.md §4.0, R42).
import { isDeepStrictEqual } from 'node:util'
import type { Tx } from '../../db/db.ts'
import type { FieldProblem } from '../../http/problems.ts'
import { decimal, pricePlaces, ratePlaces } from '../policies.ts'
import { NotAllowed } from '../refusals.ts'
import { problemsOf } from './check.ts'
import type { PolicyJson } from './document.ts'
import * as sql from './policies.sql.ts'

export async function seasonOf(tx: Tx, companyId: string, season: string): Promise<sql.SeasonRow> {
  const row = await tx.maybe(sql.seasonWithDraft, [companyId, season])
  if (!row) throw new NotAllowed('season.unknown', { season })
  return row
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
export function allProblems(policy: unknown, row: sql.SeasonRow): FieldProblem[] {
  const found = problemsOf(policy, row)
  if (found.length > 0 || row.state === 'PLANNED') return found
  return keptPromises(policy as PolicyJson, row.policy as Partial<PolicyJson>)
}

const promised = ['late_fee', 'discount', 'season_days', 'price_basis', 'over_height_line'] as const

function keptPromises(policy: PolicyJson, was: Partial<PolicyJson>): FieldProblem[] {
  const found = promised
    .filter((part) => !isDeepStrictEqual(policy[part] ?? null, was[part] ?? null))
    .map((part) => ({ field: part, message: '该采暖期已开账，此项不能再改，请在下一采暖期调整' }))
  for (const before of was.price_classes ?? []) {
    const at = policy.price_classes.findIndex(({ code }) => code === before.code)
    if (at >= 0 && isDeepStrictEqual(policy.price_classes[at], before)) continue
    const field = at >= 0 ? `price_classes.${at}` : 'price_classes'
    const message = `该采暖期已开账，单价类型 ${before.code} 不能修改或取消，可以新增单价类型`
    found.push({ field: field as never, message })
  }
  return found
}

export interface Published {
  versionNo: number
  effectiveOn: string
}

export async function publish(
  tx: Tx,
  companyId: string,
  season: string,
  act: { note: string; publishedBy: string; bookingOn: string },
): Promise<Published> {
  await tx.run(sql.lockSeasonPolicy, [companyId, season])
  const row = await seasonOf(tx, companyId, season)
  if (row.draft === null) throw new NotAllowed('policy.no_draft', { season })
  const problems = allProblems(row.draft, row)
  if (problems.length > 0) {
    const zh = problems.map(({ message }) => message).join('；')
    throw new NotAllowed('policy.wrong', { season, problems: problems.length }, zh)
  }
  const policy = row.draft as PolicyJson
  const text = JSON.stringify(policy)
  const { note, publishedBy, bookingOn } = act
  const { versionNo } = await tx.one(sql.insertVersion, [
    companyId,
    season,
    text,
    note,
    row.editedBy ?? publishedBy,
    publishedBy,
    bookingOn,
  ])
  await tx.run(sql.setPolicy, [companyId, season, text, versionNo])
  await writeClasses(tx, companyId, season, policy)
  await tx.run(sql.dropDraft, [companyId, season])
  return { versionNo, effectiveOn: bookingOn }
}

async function writeClasses(
  tx: Tx,
  companyId: string,
  season: string,
  { price_classes: classes }: PolicyJson,
): Promise<void> {
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
