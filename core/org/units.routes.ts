// 组织机构 (domain.md §2.1): the tree of who is responsible, its collectors, and the group above. A
// rename or a move is one act with a reason; its history is never rewritten.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { Day, Nullable } from '../http/shapes.ts'
import { recordAct } from './audit.ts'
import { historyOf, NameChangeJson, recordName } from './places-history.ts'
import { mayKeepPlaces, mayLook } from './roles.ts'
import type { SignedIn } from './sessions.ts'
import * as sql from './units.sql.ts'
import {
  childPath,
  isWithin,
  mayStandUnder,
  movedPath,
  newKinds,
  newOrgId,
  type Unit,
  unitKinds,
} from './units.ts'

const OrgId = Type.String({ title: '机构', pattern: '^[0-9A-Za-z_-]{1,64}$' })
const Name = Type.String({ title: '名称', minLength: 1, maxLength: 40, pattern: '^\\S(.*\\S)?$' })
const ReasonText = Type.String({ title: '原因', minLength: 1, maxLength: 100, pattern: '\\S' })

const UnitJson = Type.Object({
  orgId: Type.String(),
  parentId: Nullable(Type.String()),
  kind: Type.Enum([...unitKinds]),
  name: Type.String(),
  orgPath: Type.String(),
  retiredOn: Nullable(Day),
})
export type UnitJson = Static<typeof UnitJson>

const GroupJson = Type.Object({ groupId: Type.String(), name: Type.String() })

const OrganisationJson = Type.Object({
  group: Nullable(GroupJson),
  units: Type.Array(UnitJson),
})
export type OrganisationJson = Static<typeof OrganisationJson>

const CollectorJson = Type.Object({
  orgId: Type.String(),
  userId: Type.String(),
  name: Type.String(),
  fromOn: Day,
  toOn: Nullable(Day),
})
export type CollectorJson = Static<typeof CollectorJson>

const closed = { additionalProperties: false }
const NewUnit = Type.Object(
  {
    parentId: Type.String({ title: '上级机构', pattern: '^[0-9A-Za-z_-]{1,64}$' }),
    kind: Type.Enum([...newKinds], { title: '机构类型' }),
    name: Name,
    reason: ReasonText,
  },
  closed,
)
const UnitChange = Type.Object(
  {
    name: Type.Optional(Name),
    parentId: Type.Optional(Type.String({ title: '上级机构', pattern: '^[0-9A-Za-z_-]{1,64}$' })),
    reason: ReasonText,
  },
  closed,
)
const Membership = Type.Object(
  {
    userId: Type.String({ title: '收费员', pattern: '^[0-9A-Za-z_-]{1,64}$' }),
    reason: ReasonText,
  },
  closed,
)
const Leaving = Type.Object({ reason: ReasonText }, closed)
const Group = Type.Object(
  {
    groupId: Type.String({ title: '集团代码', pattern: '^[0-9a-z-]{1,32}$' }),
    name: Type.String({ title: '集团名称', minLength: 1, maxLength: 40, pattern: '\\S' }),
    reason: ReasonText,
  },
  closed,
)
const ById = Type.Object({ orgId: OrgId })
const ByMember = Type.Object({ orgId: OrgId, userId: Type.String({ title: '收费员' }) })

const tags = ['organisation']
const look = { roles: mayLook, scope: 'places:read' as const }
const keep = { roles: mayKeepPlaces, scope: 'places:write' as const }

export const unitRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/org-units',
    {
      config: look,
      schema: { tags, summary: '组织机构树', response: { 200: OrganisationJson } },
    },
    ({ user }) =>
      db.read(user!.scope, async (tx) => ({
        group: (await tx.maybe(sql.groupOf, [user!.companyId])) ?? null,
        units: await tx.many(sql.unitsOf, [user!.companyId]),
      })),
  )
  app.post(
    '/v1/org-units',
    {
      config: keep,
      schema: { tags, summary: '新设机构', body: NewUnit, response: { 200: UnitJson } },
    },
    (req) => db.tx(req.user!.scope, (tx) => once(tx, req, () => openUnit(tx, req.user!, req.body))),
  )
  app.patch(
    '/v1/org-units/:orgId',
    {
      config: keep,
      schema: {
        tags,
        summary: '机构更名或调整归属',
        params: ById,
        body: UnitChange,
        response: { 200: UnitJson },
      },
    },
    ({ user, params, body }) =>
      db.tx(user!.scope, (tx) => changeUnit(tx, user!, params.orgId, body)),
  )
  endRoutes(app, db)
  collectorRoutes(app, db)
  app.post(
    '/v1/group',
    {
      config: { ...keep, roles: ['administrator'] },
      schema: { tags, summary: '登记所属集团', body: Group, response: { 200: GroupJson } },
    },
    (req) => db.tx(req.user!.scope, (tx) => once(tx, req, () => setGroup(tx, req.user!, req.body))),
  )
}

type App = Parameters<typeof unitRoutes>[0]

function endRoutes(app: App, db: Db): void {
  app.post(
    '/v1/org-units/:orgId/retire',
    {
      config: keep,
      schema: {
        tags,
        summary: '停用机构',
        params: ById,
        body: Leaving,
        response: { 200: UnitJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => retire(tx, req.user!, req.params.orgId, req.body.reason.trim())),
      ),
  )
  app.get(
    '/v1/org-units/:orgId/names',
    {
      config: look,
      schema: {
        tags,
        summary: '机构名称与归属沿革',
        params: ById,
        response: { 200: Type.Array(NameChangeJson) },
      },
    },
    ({ user, params }) =>
      db.read(user!.scope, async (tx) => {
        await found(tx, user!, params.orgId)
        return historyOf(tx, user!.companyId, 'org_unit', params.orgId)
      }),
  )
}

function collectorRoutes(app: App, db: Db): void {
  app.get(
    '/v1/org-units/:orgId/collectors',
    {
      config: look,
      schema: {
        tags,
        summary: '收费小组成员',
        params: ById,
        response: { 200: Type.Array(CollectorJson) },
      },
    },
    ({ user, params }) =>
      db.read(user!.scope, async (tx) => {
        await found(tx, user!, params.orgId)
        return tx.many(sql.collectorsOf, [user!.companyId, params.orgId])
      }),
  )
  app.post(
    '/v1/org-units/:orgId/collectors',
    {
      config: keep,
      schema: {
        tags,
        summary: '收费员加入收费小组',
        params: ById,
        body: Membership,
        response: { 200: Type.Array(CollectorJson) },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => join(tx, req as FastifyRequest, req.params.orgId, req.body)),
      ),
  )
  app.post(
    '/v1/org-units/:orgId/collectors/:userId/leave',
    {
      config: keep,
      schema: {
        tags,
        summary: '收费员离开收费小组',
        params: ByMember,
        body: Leaving,
        response: { 200: Type.Array(CollectorJson) },
      },
    },
    (req) => {
      const { orgId, userId } = req.params
      const { companyId, login, scope } = req.user!
      return db.tx(scope, (tx) =>
        once(tx, req, async () => {
          await found(tx, req.user!, orgId)
          const { bookingOn } = await tx.one(sql.lockTree, [companyId])
          const left = await tx.maybe(sql.leaveTeam, [companyId, orgId, userId, bookingOn])
          if (!left) throw new Problem('thing.not_found')
          await recordAct(tx, {
            companyId,
            actor: login,
            action: 'collector.left',
            subject: `${orgId}/${userId}`,
            reason: req.body.reason.trim(),
          })
          return tx.many(sql.collectorsOf, [companyId, orgId])
        }),
      )
    },
  )
}

async function found(tx: Tx, { companyId }: SignedIn, orgId: string): Promise<Unit> {
  const unit = await tx.maybe(sql.unitById, [companyId, orgId])
  if (!unit) throw new Problem('thing.not_found')
  return unit
}

/** The parent that was asked for, if a unit of this kind may stand under it. */
async function parentOf(
  tx: Tx,
  user: SignedIn,
  parentId: string,
  kind: Unit['kind'],
): Promise<Unit> {
  const parent = await tx.maybe(sql.unitById, [user.companyId, parentId])
  if (!parent) {
    throw new Problem('request.invalid', [{ field: 'parentId', message: '「上级机构」不存在' }])
  }
  if (!mayStandUnder(kind, parent)) throw new Problem('place.misplaced')
  return parent
}

async function openUnit(tx: Tx, user: SignedIn, body: Static<typeof NewUnit>): Promise<Unit> {
  const { companyId } = user
  const { parentId, kind, name } = body
  const { bookingOn } = await tx.one(sql.lockTree, [companyId])
  const parent = await parentOf(tx, user, parentId, kind)
  await refuseTaken(tx, companyId, parentId, name, '')
  const orgId = newOrgId()
  const path = childPath(parent, orgId)
  const after = await tx.one(sql.insertUnit, [companyId, orgId, parentId, kind, name, path])
  await record(tx, user, 'org_unit.opened', bookingOn, null, after, body.reason)
  return after
}

async function changeUnit(
  tx: Tx,
  user: SignedIn,
  orgId: string,
  body: Static<typeof UnitChange>,
): Promise<Unit> {
  const { companyId } = user
  const { bookingOn } = await tx.one(sql.lockTree, [companyId])
  const before = await found(tx, user, orgId)
  const name = body.name ?? before.name
  const parentId = body.parentId ?? before.parentId
  if (name === before.name && parentId === before.parentId) throw new Problem('place.unchanged')
  await refuseTaken(tx, companyId, parentId, name, orgId)
  if (parentId !== null && parentId !== before.parentId) {
    const parent = await parentOf(tx, user, parentId, before.kind)
    if (isWithin(parent, before)) throw new Problem('place.misplaced')
    await tx.one(sql.moveSubtree, [companyId, before.orgPath, movedPath(before, parent)])
  }
  const after = await tx.one(sql.updateUnit, [companyId, orgId, name, parentId])
  await record(tx, user, 'org_unit.changed', bookingOn, before, after, body.reason)
  return after
}

async function retire(tx: Tx, user: SignedIn, orgId: string, reason: string): Promise<Unit> {
  const { companyId, login } = user
  const { bookingOn } = await tx.one(sql.lockTree, [companyId])
  const before = await found(tx, user, orgId)
  if (before.retiredOn !== null) throw new Problem('place.unchanged')
  const { isUsed } = await tx.one(sql.isUnitUsed, [companyId, orgId, before.orgPath])
  if (isUsed || before.kind === 'company') throw new Problem('place.in_use')
  const after = await tx.one(sql.retireUnit, [companyId, orgId, bookingOn])
  const act = { companyId, actor: login, action: 'org_unit.retired', subject: orgId }
  await recordAct(tx, { ...act, before, after, reason })
  return after
}

async function refuseTaken(
  tx: Tx,
  companyId: string,
  parentId: string | null,
  name: string,
  orgId: string,
): Promise<void> {
  const { isTaken } = await tx.one(sql.isNameTaken, [companyId, parentId, name, orgId])
  if (isTaken) throw new Problem('place.exists')
}

async function record(
  tx: Tx,
  { companyId, login }: SignedIn,
  action: string,
  fromOn: string,
  before: Unit | null,
  after: Unit,
  given: string,
): Promise<void> {
  const reason = given.trim()
  const subject = after.orgId
  const change = { companyId, fromOn, before, after, actor: login, reason }
  await recordName(tx, { ...change, kind: 'org_unit', placeId: subject })
  await recordAct(tx, { companyId, actor: login, action, subject, before, after, reason })
}

async function join(
  tx: Tx,
  { user }: FastifyRequest,
  orgId: string,
  { userId, reason }: Static<typeof Membership>,
) {
  const { companyId, login } = user!
  const { bookingOn } = await tx.one(sql.lockTree, [companyId])
  const unit = await found(tx, user!, orgId)
  if (unit.kind !== 'team' || unit.retiredOn !== null) throw new Problem('place.misplaced')
  const { isKnown } = await tx.one(sql.isUser, [companyId, userId])
  if (!isKnown) {
    throw new Problem('request.invalid', [{ field: 'userId', message: '「收费员」不存在或已停用' }])
  }
  const joined = await tx.maybe(sql.joinTeam, [companyId, orgId, userId, bookingOn])
  if (!joined) throw new Problem('collector.exists')
  await recordAct(tx, {
    companyId,
    actor: login,
    action: 'collector.joined',
    subject: `${orgId}/${userId}`,
    reason: reason.trim(),
  })
  return tx.many(sql.collectorsOf, [companyId, orgId])
}

async function setGroup(
  tx: Tx,
  { companyId, login }: SignedIn,
  { groupId, name, reason }: Static<typeof Group>,
) {
  const before = (await tx.maybe(sql.groupOf, [companyId])) ?? null
  await tx.one(sql.joinGroup, [companyId, groupId])
  await tx.run(sql.insertGroup, [groupId, name.trim()])
  const after = await tx.one(sql.groupOf, [companyId])
  await recordAct(tx, {
    companyId,
    actor: login,
    action: 'group.joined',
    subject: groupId,
    before,
    after,
    reason: reason.trim(),
  })
  return after
}
