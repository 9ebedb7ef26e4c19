// Rows of a customer as the API gives them: exact numbers as text, flags together, people's names
// and numbers hidden from whoever need not see them.
import { fenText } from '../http/shapes.ts'
import { maskName } from '../org/masking.ts'
import { hasOneOf, type Role } from '../org/roles.ts'
import type { CardRow, FlagRow } from './customers.sql.ts'
import { maskNumber } from './customers.ts'
import type { AreaRow } from './customers-parts.sql.ts'
import type { AreaItemJson, CardJson } from './customers-shapes.ts'

/** Whole names; everybody else sees them masked. */
const maySeeNames: readonly Role[] = ['supervisor', 'finance']

export function cardJson(
  row: CardRow,
  areas: readonly AreaRow[],
  roles: readonly string[],
): CardJson {
  const shown = (name: string | null) =>
    name === null || hasOneOf(roles, maySeeNames) ? name : maskName(name)
  return {
    ...withoutFlags(row),
    name: shown(row.name)!,
    accessName: shown(row.accessName),
    ownerName: shown(row.ownerName),
    occupantName: shown(row.occupantName),
    idNumber: maskNumber(row.idNumber),
    phone: maskNumber(row.phone),
    phoneFixed: maskNumber(row.phoneFixed),
    prepaidFen: fenText(row.prepaidFen),
    flags: flagsOf(row),
    areaItems: areas.map(areaJson),
  }
}

export function areaJson(row: AreaRow): AreaItemJson {
  const text = (value: bigint | null) => value?.toString() ?? null
  return {
    ...row,
    buildingAreaDm2: row.buildingAreaDm2.toString(),
    innerAreaDm2: text(row.innerAreaDm2),
    usableAreaDm2: text(row.usableAreaDm2),
    sharedAreaDm2: text(row.sharedAreaDm2),
    balconyAreaDm2: text(row.balconyAreaDm2),
    mezzanineAreaDm2: text(row.mezzanineAreaDm2),
    areaCoefficient: row.areaCoefficient.toString(),
    billingAreaDm2: row.billingAreaDm2.toString(),
  }
}

export const flagsOf = (row: FlagRow): FlagRow => ({
  bankBlocked: row.bankBlocked,
  collectionLocked: row.collectionLocked,
  inspectionLocked: row.inspectionLocked,
  inApproval: row.inApproval,
  mustVisitHall: row.mustVisitHall,
  blacklisted: row.blacklisted,
  stopForbidden: row.stopForbidden,
  discountForbidden: row.discountForbidden,
  lateFeeExempt: row.lateFeeExempt,
  invoiceBeforeRefund: row.invoiceBeforeRefund,
})

export function withoutFlags<T extends FlagRow>(row: T): Omit<T, keyof FlagRow> {
  const names = new Set(Object.keys(flagsOf(row)))
  const rest = Object.entries(row).filter(([name]) => !names.has(name))
  return Object.fromEntries(rest) as Omit<T, keyof FlagRow>
}
