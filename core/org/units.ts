// The management tree 集团 → 子公司 → 分公司 → 供热站 → 收费小组 (domain.md §2.1): what may stand under
// what, and how the materialised path of a unit follows from its parent's.
import { randomBytes } from 'node:crypto'

export const unitKinds = ['company', 'branch', 'station', 'hall', 'team'] as const
export type UnitKind = (typeof unitKinds)[number]

/** The one unit of kind `company` is made with the company itself. */
export const newKinds = ['branch', 'station', 'hall', 'team'] as const
export type NewKind = (typeof newKinds)[number]

const parentsOf: Record<UnitKind, readonly UnitKind[]> = {
  company: [],
  branch: ['company'],
  station: ['company', 'branch'],
  hall: ['company', 'branch', 'station'],
  team: ['station', 'hall'],
}

export interface Unit {
  orgId: string
  parentId: string | null
  kind: UnitKind
  name: string
  /** Its place in the tree with a closing dot, `c1.b1.s2.`: a subtree is a prefix. */
  orgPath: string
  retiredOn: string | null
}

export const mayStandUnder = (kind: UnitKind, parent: Unit): boolean =>
  parent.retiredOn === null && parentsOf[kind].includes(parent.kind)

/** Letters and digits alone: in a scope's patterns `_` and `%` would stand for others. */
export const newOrgId = (): string => `o${randomBytes(5).toString('hex')}`

export const childPath = (parent: Unit, orgId: string): string => `${parent.orgPath}${orgId}.`

/** Where a unit stands after it moved: its own last part stays, so that its children's do. */
export function movedPath(unit: Unit, parent: Unit): string {
  const own = unit.orgPath.split('.').at(-2)!
  return `${parent.orgPath}${own}.`
}

export const isWithin = (unit: Unit, other: Unit): boolean => unit.orgPath.startsWith(other.orgPath)
