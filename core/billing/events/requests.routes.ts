// What waits at the desk and what was done there; which kinds there are, how each is taken back,
// and which of them a company lets one person book alone.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../../db/db.ts'
import { Cursor, CustomerNo, fromCursor, idText, Limit, toCursor } from '../../http/filters.ts'
import { once } from '../../http/idempotency.ts'
import { Problem } from '../../http/problems.ts'
import { Day, FenText, fenTextOrNull, Instant, Nullable } from '../../http/shapes.ts'
import { recordAct } from '../../org/audit.ts'
import { maskName } from '../../org/masking.ts'
import { mayApproveAccounts, mayLook } from '../../org/roles.ts'
import { change } from '../machines/changes.ts'
import { EffectJson } from './effects.ts'
import { AmountFen, EventId, OneOf } from './fields.ts'
import { kindNames, kinds } from './kinds.ts'
import {
  approvalRules,
  type RequestRow,
  requestByNo,
  requestsOf,
  setApprovalRule,
} from './requests.sql.ts'
import { wayBack } from './way-back.ts'

const stateNames = Object.keys(change.states) as (keyof typeof change.states)[]

const RequestJson = Type.Object({
  requestNo: Type.String(),
  type: Type.String(),
  title: Type.String(),
  customerNo: Type.String(),
  name: Type.String(),
  effectiveOn: Day,
  reason: Type.String(),
  attachments: Type.Array(
    Type.Object({ name: Type.String(), digest: Type.String(), kind: Type.String() }),
  ),
  channel: Type.String(),
  state: Type.Enum([...stateNames]),
  stateTitle: Type.String(),
  problem: Nullable(Type.String()),
  opinion: Nullable(Type.String()),
  eventId: Nullable(Type.String()),
  madeBy: Type.String(),
  madeAt: Instant,
  checkedBy: Nullable(Type.String()),
  checkedAt: Nullable(Instant),
  effect: EffectJson,
})
export type RequestJson = Static<typeof RequestJson>

const Filter = Type.Object(
  {
    state: Type.Optional(OneOf('状态', stateNames)),
    type: Type.Optional(OneOf('业务类型', kindNames)),
    customerNo: Type.Optional(CustomerNo),
    cursor: Cursor,
    limit: Limit,
  },
  { additionalProperties: false },
)

const KindJson = Type.Object({
  type: Type.String(),
  title: Type.String(),
  approval: Type.Enum(['ALWAYS', 'NEVER', 'FROM']),
  fromFen: Nullable(FenText),
  needsPapers: Type.Boolean(),
  canBeUndone: Type.Boolean(),
  wayBack: Type.String(),
})

const RuleBody = Type.Object(
  {
    approval: OneOf('审核要求', ['ALWAYS', 'NEVER', 'FROM']),
    fromFen: Type.Optional(AmountFen('起审金额')),
    reason: Type.String({ title: '原因', minLength: 1, maxLength: 200, pattern: '\\S' }),
  },
  { additionalProperties: false },
)

export const requestRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/events/requests',
    {
      config: { roles: mayLook, scope: 'events:read' },
      schema: {
        querystring: Filter,
        response: {
          200: Type.Object({
            requests: Type.Array(RequestJson),
            next: Nullable(Type.String()),
          }),
        },
      },
    },
    async ({ user, query }) => {
      const { companyId, scope } = user!
      const { state = null, type = null, customerNo = null, limit = 100 } = query
      const after = fromCursor(query.cursor, ['requestNo'], { requestNo: idText })
      const before = after?.requestNo ?? null
      const rows = await db.read(scope, (tx) =>
        tx.many(requestsOf, [companyId, state, type, customerNo, before, limit + 1]),
      )
      const requests = rows.slice(0, limit)
      const last = rows.length > limit ? requests.at(-1) : undefined
      return {
        requests: requests.map(requestJson),
        next: last ? toCursor({ requestNo: last.requestNo }) : null,
      }
    },
  )
  app.get(
    '/v1/events/requests/:requestNo',
    {
      config: { roles: mayLook, scope: 'events:read' },
      schema: {
        params: Type.Object({ requestNo: EventId('申请号') }),
        response: { 200: RequestJson },
      },
    },
    async ({ user, params }) => {
      const { companyId, scope } = user!
      const row = await db.read(scope, (tx) => tx.maybe(requestByNo, [companyId, params.requestNo]))
      if (!row) throw new Problem('thing.not_found')
      return requestJson(row)
    },
  )
  app.register(kindRoutes, { db })
}

const requestJson = (row: RequestRow): RequestJson => {
  const { customerId: _, otherId: __, body: ___, customerName, ...rest } = row
  return {
    ...rest,
    title: kinds[row.type as keyof typeof kinds].title,
    name: maskName(customerName),
    stateTitle: change.states[row.state],
    effect: row.effect as EffectJson,
  }
}

const kindRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/events/kinds',
    {
      config: { roles: mayLook, scope: 'events:read' },
      schema: { response: { 200: Type.Array(KindJson) } },
    },
    async ({ user }) => {
      const { companyId, scope } = user!
      const rules = await db.read(scope, (tx) => tx.many(approvalRules, [companyId]))
      return kindNames.map((type) => {
        const own = rules.find((rule) => rule.type === type)
        const { title, approval, needsPapers = false } = kinds[type]
        const way = wayBack[type]
        const isSum = typeof approval !== 'string'
        return {
          type,
          title,
          approval: own?.approval ?? (isSum ? ('FROM' as const) : approval),
          fromFen: fenTextOrNull(own ? own.fromFen : isSum ? approval.fromFen : null),
          needsPapers,
          canBeUndone: way.by !== null,
          wayBack: way.by === null ? way.zh : way.by,
        }
      })
    },
  )
  app.put(
    '/v1/events/kinds/:type/approval',
    {
      config: { roles: mayApproveAccounts },
      schema: {
        params: Type.Object({ type: OneOf('业务类型', kindNames) }),
        body: RuleBody,
        response: { 200: Type.Object({ type: Type.String(), approval: Type.String() }) },
      },
    },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { type } = req.params
      const { approval, fromFen, reason } = req.body
      if ((approval === 'FROM') !== (fromFen !== undefined)) {
        const message = approval === 'FROM' ? '缺少「起审金额」' : '「起审金额」只用于按金额审核'
        throw new Problem('request.invalid', [{ field: 'fromFen', message }])
      }
      const from = fromFen === undefined ? null : BigInt(fromFen)
      await db.tx(scope, (tx) =>
        once(tx, req, async () => {
          await tx.run(setApprovalRule, [companyId, type, approval, from, login])
          const after = { type, approval, fromFen: from }
          const act = { companyId, actor: login, action: 'approval_rule.set', subject: type }
          await recordAct(tx, { ...act, after, reason })
        }),
      )
      return { type, approval }
    },
  )
}
