// 热源、换热站、分区、小区、楼栋、单元: six kinds of places with the same routes (domain.md §2.1). Each
// change has a reason, names and parents keep their history, and what is in use stays.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { toJson } from '@reli/sdk'
import { type Static, type TSchema, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { Cursor, fromCursor, idText, Limit, toCursor } from '../http/filters.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { Nullable } from '../http/shapes.ts'
import { recordAct } from './audit.ts'
import * as sql from './places.sql.ts'
import {
  changed,
  isOnRecord,
  newPlaceId,
  type PlaceChange,
  type PlaceKind,
  placeKinds,
  placeStates,
  placeTerms,
} from './places.ts'
import { historyOf, NameChangeJson, recordName } from './places-history.ts'
import { mayKeepPlaces, mayLook } from './roles.ts'
import type { SignedIn } from './sessions.ts'
import { unitRoutes } from './units.routes.ts'
import { lockTree, unitByPath } from './units.sql.ts'

const PlaceJson = Type.Object({
  placeId: Type.String(),
  parentId: Nullable(Type.String()),
  name: Type.String(),
  state: Type.Enum([...placeStates]),
  zoneId: Nullable(Type.String({ description: '供热分区；空：随上级' })),
  orgPath: Nullable(Type.String({ description: '责任机构路径' })),
})
export type PlaceJson = Static<typeof PlaceJson>

const PlacesJson = Type.Object({ places: Type.Array(PlaceJson), next: Nullable(Type.String()) })
export type PlacesJson = Static<typeof PlacesJson>

const PlaceId = (title: string) => Type.String({ title, pattern: '^[0-9A-Za-z_-]{1,64}$' })
export const OrgPath = (title: string) =>
  Type.String({ title, pattern: '^([0-9A-Za-z-]{1,32}\\.){1,8}$' })
const State = Type.Enum([...placeStates], { title: '状态' })
const Name = Type.String({ title: '名称', minLength: 1, maxLength: 40, pattern: '^\\S(.*\\S)?$' })
const ReasonText = Type.String({ title: '原因', minLength: 1, maxLength: 100, pattern: '\\S' })

const hasZone = (kind: PlaceKind) => ['community', 'building', 'unit'].includes(kind)
const closed = { additionalProperties: false }

/** What one kind takes, and nothing else. */
function fieldsOf(kind: PlaceKind) {
  const { parentTitle } = placeTerms[kind]
  const fields: Record<string, TSchema> = {}
  if (parentTitle) fields.parentId = PlaceId(parentTitle)
  if (kind === 'community') fields.orgPath = OrgPath('责任机构')
  return fields
}

function newShape(kind: PlaceKind) {
  const fields: Record<string, TSchema> = { ...fieldsOf(kind), name: Name, reason: ReasonText }
  fields.state = Type.Optional(State)
  if (hasZone(kind)) fields.zoneId = Type.Optional(PlaceId('供热分区'))
  return Type.Object(fields, closed)
}

function changeShape(kind: PlaceKind) {
  const fields: Record<string, TSchema> = {}
  for (const [name, shape] of Object.entries(fieldsOf(kind))) fields[name] = Type.Optional(shape)
  // A staircase does not walk to another building.
  if (kind === 'unit') delete fields.parentId
  fields.name = Type.Optional(Name)
  fields.state = Type.Optional(State)
  const zone = Type.String({ title: '供热分区', pattern: '^[0-9A-Za-z_-]{1,64}$', nullable: true })
  if (hasZone(kind)) fields.zoneId = Type.Optional(Nullable(zone))
  fields.reason = ReasonText
  return Type.Object(fields, closed)
}

function filterShape(kind: PlaceKind) {
  const { parentTitle } = placeTerms[kind]
  const fields: Record<string, TSchema> = { state: Type.Optional(State) }
  if (parentTitle) fields.parentId = Type.Optional(PlaceId(parentTitle))
  if (kind === 'community') fields.orgPath = Type.Optional(OrgPath('责任机构'))
  return Type.Object({ ...fields, cursor: Cursor, limit: Limit }, closed)
}

interface PlaceFilter {
  parentId?: string
  state?: string
  orgPath?: string
  cursor?: string
  limit?: number
}

type PlaceBody = PlaceChange & { reason: string }

const look = { roles: mayLook, scope: 'places:read' as const }
const keep = { roles: mayKeepPlaces, scope: 'places:write' as const }

export const placeRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.register(unitRoutes, { db })
  for (const kind of placeKinds) routesOf(app, db, kind)
}

type App = Parameters<typeof placeRoutes>[0]

function routesOf(app: App, db: Db, kind: PlaceKind): void {
  const { path, title } = placeTerms[kind]
  const params = Type.Object({ placeId: PlaceId(title) })
  const tags = ['places']
  app.get(
    `/v1/${path}`,
    {
      config: look,
      schema: {
        tags,
        summary: `${title}清单`,
        querystring: filterShape(kind),
        response: { 200: PlacesJson },
      },
    },
    ({ user, query }) =>
      db.read(user!.scope, (tx) => listPlaces(tx, user!, kind, query as PlaceFilter)),
  )
  app.post(
    `/v1/${path}`,
    {
      config: keep,
      schema: {
        tags,
        summary: `新建${title}`,
        body: newShape(kind),
        response: { 200: PlaceJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => openPlace(tx, req.user!, kind, req.body as unknown as PlaceBody)),
      ),
  )
  app.patch(
    `/v1/${path}/:placeId`,
    {
      config: keep,
      schema: {
        tags,
        summary: `${title}更名、调整归属或改变状态`,
        params,
        body: changeShape(kind),
        response: { 200: PlaceJson },
      },
    },
    ({ user, params: { placeId }, body }) =>
      db.tx(user!.scope, (tx) =>
        changePlace(tx, user!, kind, placeId, body as unknown as PlaceBody),
      ),
  )
  app.get(
    `/v1/${path}/:placeId/names`,
    {
      config: look,
      schema: {
        tags,
        summary: `${title}名称与归属沿革`,
        params,
        response: { 200: Type.Array(NameChangeJson) },
      },
    },
    ({ user, params: { placeId } }) =>
      db.read(user!.scope, (tx) => historyOf(tx, user!.companyId, kind, placeId)),
  )
}

async function listPlaces(
  tx: Tx,
  { companyId }: SignedIn,
  kind: PlaceKind,
  filter: PlaceFilter,
): Promise<PlacesJson> {
  const limit = filter.limit ?? 100
  const after = fromCursor(filter.cursor, ['placeId'], { placeId: idText })
  const rows = await tx.many(sql.listOf(kind), [
    companyId,
    filter.parentId ?? null,
    filter.state ?? null,
    filter.orgPath ?? null,
    after?.placeId ?? null,
    limit + 1,
  ])
  const places = rows.slice(0, limit)
  const last = rows.length > limit ? places.at(-1) : undefined
  return {
    places: places as PlaceJson[],
    next: last ? toCursor({ placeId: last.placeId }) : null,
  }
}

async function openPlace(
  tx: Tx,
  user: SignedIn,
  kind: PlaceKind,
  { reason, ...given }: PlaceBody,
): Promise<PlaceJson> {
  const { companyId } = user
  const { bookingOn } = await tx.one(lockTree, [companyId])
  const row: sql.PlaceRow = {
    placeId: newPlaceId(kind),
    parentId: given.parentId ?? null,
    name: given.name!,
    state: given.state ?? 'IN_SERVICE',
    zoneId: given.zoneId ?? null,
    orgPath: given.orgPath ?? null,
  }
  await refuseUnknown(tx, companyId, kind, given)
  await refuseTaken(tx, companyId, kind, row)
  await tx.run(sql.insertOf(kind), [companyId, toJson(row)])
  await record(tx, user, kind, bookingOn, null, row, reason.trim())
  return row as PlaceJson
}

async function changePlace(
  tx: Tx,
  user: SignedIn,
  kind: PlaceKind,
  placeId: string,
  { reason, ...change }: PlaceBody,
): Promise<PlaceJson> {
  const { companyId } = user
  const { bookingOn } = await tx.one(lockTree, [companyId])
  const before = await tx.maybe(sql.lockOf(kind), [companyId, placeId])
  if (!before) throw new Problem('thing.not_found')
  const after = changed(before, change)
  if (!after) throw new Problem('place.unchanged')
  await refuseUnknown(tx, companyId, kind, change)
  if (after.name !== before.name || after.parentId !== before.parentId) {
    await refuseTaken(tx, companyId, kind, after)
  }
  if (after.state === 'DEMOLISHED' && before.state !== 'DEMOLISHED') {
    const { isUsed } = await tx.one(sql.usedOf(kind), [companyId, placeId])
    if (isUsed) throw new Problem('place.in_use')
  }
  await follow(tx, companyId, kind, before, after)
  await tx.run(sql.updateOf(kind), [companyId, toJson(after)])
  await record(tx, user, kind, bookingOn, before, after, reason.trim())
  return after as PlaceJson
}

/** What hangs on the place goes with it: addresses with names, customers with organisations. */
async function follow(
  tx: Tx,
  companyId: string,
  kind: PlaceKind,
  before: sql.PlaceRow,
  after: sql.PlaceRow,
): Promise<void> {
  const { placeId } = after
  const readdress = sql.readdressOf(kind)
  if (readdress && after.name !== before.name) {
    await tx.run(readdress, [companyId, placeId, before.name, after.name])
  }
  if (after.orgPath !== null && after.orgPath !== before.orgPath) {
    await tx.run(sql.reassignCustomers, [companyId, placeId, after.orgPath])
  }
  if (kind === 'building' && after.parentId !== before.parentId) {
    await tx.run(sql.moveBuilding, [companyId, placeId, after.parentId!])
  }
}

async function refuseUnknown(
  tx: Tx,
  companyId: string,
  kind: PlaceKind,
  { parentId, zoneId, orgPath }: PlaceChange,
): Promise<void> {
  const { parent, parentTitle } = placeTerms[kind]
  if (parent && parentId !== undefined) {
    const row = await tx.maybe(sql.lockOf(parent), [companyId, parentId])
    if (!row || row.state === 'DEMOLISHED') throw unknown('parentId', parentTitle!)
  }
  if (zoneId) {
    const row = await tx.maybe(sql.lockOf('zone'), [companyId, zoneId])
    if (!row || row.state === 'DEMOLISHED') throw unknown('zoneId', '供热分区')
  }
  if (orgPath !== undefined) {
    const unit = await tx.maybe(unitByPath, [companyId, orgPath])
    if (!unit || unit.retiredOn !== null) throw unknown('orgPath', '责任机构')
  }
}

const unknown = (field: string, title: string) =>
  new Problem('request.invalid', [{ field, message: `「${title}」不存在或已停用` }])

async function refuseTaken(tx: Tx, companyId: string, kind: PlaceKind, row: sql.PlaceRow) {
  const { placeId, parentId, name } = row
  const { isTaken } = await tx.one(sql.nameTakenOf(kind), [companyId, parentId, name, placeId])
  if (isTaken) throw new Problem('place.exists')
}

async function record(
  tx: Tx,
  { companyId, login }: SignedIn,
  kind: PlaceKind,
  fromOn: string,
  before: sql.PlaceRow | null,
  after: sql.PlaceRow,
  reason: string,
): Promise<void> {
  const { placeId } = after
  if (!before || isOnRecord(before, after)) {
    const change = { companyId, fromOn, before, after, actor: login, reason }
    await recordName(tx, { ...change, kind, placeId })
  }
  const action = before ? `${kind}.changed` : `${kind}.opened`
  const subject = placeId
  await recordAct(tx, { companyId, actor: login, action, subject, before, after, reason })
}
