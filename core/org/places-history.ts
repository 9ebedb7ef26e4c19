// The history of names and parents: one row for each change, with the day from which it holds, who
// made it and why. Papers of the past are printed with the name of their day (domain.md §2.1).

import { type Static, Type } from 'typebox'
import type { Tx } from '../db/db.ts'
import { Instant, Nullable, SeqText } from '../http/shapes.ts'
import { insertName, type NameChange, namesOf } from './places.sql.ts'
import type { PlaceKind } from './places.ts'

export interface Named {
  name: string
  parentId: string | null
  orgPath: string | null
}

export interface NameRecord {
  companyId: string
  kind: PlaceKind | 'org_unit'
  placeId: string
  fromOn: string
  before: Named | null
  after: Named
  actor: string
  reason: string
}

export async function recordName(tx: Tx, record: NameRecord): Promise<void> {
  const { before, after } = record
  await tx.run(insertName, [
    record.companyId,
    record.kind,
    record.placeId,
    record.fromOn,
    before?.name ?? null,
    after.name,
    before?.parentId ?? null,
    after.parentId,
    before?.orgPath ?? null,
    after.orgPath,
    record.actor,
    record.reason,
  ])
}

export const NameChangeJson = Type.Object({
  changeNo: SeqText,
  fromOn: Type.String({ format: 'date', description: '自该账务日起' }),
  oldName: Nullable(Type.String()),
  name: Type.String(),
  oldParent: Nullable(Type.String()),
  parentId: Nullable(Type.String()),
  oldPath: Nullable(Type.String()),
  orgPath: Nullable(Type.String()),
  actor: Type.String(),
  reason: Type.String(),
  madeAt: Instant,
})
export type NameChangeJson = Static<typeof NameChangeJson>

export async function historyOf(
  tx: Tx,
  companyId: string,
  kind: PlaceKind | 'org_unit',
  placeId: string,
): Promise<NameChangeJson[]> {
  const rows = await tx.many(namesOf, [companyId, kind, placeId])
  return rows.map(({ changeNo, ...rest }: NameChange) => ({
    changeNo: changeNo.toString(),
    ...rest,
  }))
}
