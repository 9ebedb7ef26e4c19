// Where heat comes from and where people live (domain.md §2.1): two trees whose nodes change their
// names and parents on record, and are retired when nothing hangs on them, never deleted.
import { randomBytes } from 'node:crypto'
import type { PlaceRow } from './places.sql.ts'

export const placeKinds = [
  'heat_source',
  'exchange_station',
  'zone',
  'community',
  'building',
  'unit',
] as const
export type PlaceKind = (typeof placeKinds)[number]

export const placeStates = ['PLANNED', 'IN_SERVICE', 'OUT_OF_SERVICE', 'DEMOLISHED'] as const
export type PlaceState = (typeof placeStates)[number]

interface KindTerms {
  /** Under /v1. */
  path: string
  title: string
  parent: PlaceKind | null
  parentTitle: string | null
  prefix: string
}

export const placeTerms: Record<PlaceKind, KindTerms> = {
  heat_source: kind('heat-sources', '热源', null, null, 'src'),
  exchange_station: kind('exchange-stations', '换热站', 'heat_source', '所属热源', 'exs'),
  zone: kind('zones', '站点分区', 'exchange_station', '所属换热站', 'zon'),
  community: kind('communities', '小区', null, null, 'com'),
  building: kind('buildings', '楼栋', 'community', '所属小区', 'bld'),
  unit: kind('units', '单元', 'building', '所属楼栋', 'unt'),
}

function kind(
  path: string,
  title: string,
  parent: PlaceKind | null,
  parentTitle: string | null,
  prefix: string,
): KindTerms {
  return { path, title, parent, parentTitle, prefix }
}

export const newPlaceId = (of: PlaceKind): string =>
  `${placeTerms[of].prefix}_${randomBytes(6).toString('hex')}`

/** What can change about a place. */
export interface PlaceChange {
  name?: string
  parentId?: string
  state?: PlaceState
  zoneId?: string | null
  orgPath?: string
}

/** The place as it will be; undefined when nothing would change. */
export function changed(place: PlaceRow, change: PlaceChange): PlaceRow | undefined {
  const after = { ...place, ...change }
  const names = Object.keys(after) as (keyof PlaceRow)[]
  return names.some((name) => after[name] !== place[name]) ? after : undefined
}

/** History knows names and where things belong; the state stands in the audit log. */
export const isOnRecord = (before: PlaceRow, after: PlaceRow): boolean =>
  before.name !== after.name ||
  before.parentId !== after.parentId ||
  before.orgPath !== after.orgPath
