// 批量操作: a list, what would happen to it, an operation number, and the way back until it is sealed.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Db } from '../../db/db.ts'
import { fieldProblem } from '../../http/errors.ts'
import { Cursor, fromCursor, Limit, toCursor } from '../../http/filters.ts'
import { once } from '../../http/idempotency.ts'
import { Problem } from '../../http/problems.ts'
import { FenText, fenText, Instant, Nullable, Reason } from '../../http/shapes.ts'
import { recordAct } from '../../org/audit.ts'
import { mayLook, mayRunBatches } from '../../org/roles.ts'
import { type ActName, actNamed, actNames } from './acts.ts'
import {
  type BatchRow,
  batchesOf,
  batchOf,
  batchStates,
  lockBatch,
  moveBatch,
  someBatchProblems,
} from './batches.sql.ts'
import { type Preview, previewList } from './preview.ts'
import type { ListRequest } from './run.ts'
import { openBatch } from './scopes.ts'
import { countChosen, filterParams } from './selection.sql.ts'
import { CustomerFilterJson, customerFilterOf } from './selection.ts'

const shownProblems = 100

const ProblemRow = Type.Object({
  rowNo: Nullable(Type.Integer()),
  customerNo: Nullable(Type.String()),
  code: Type.String(),
  zh: Type.String(),
})

export const BatchJson = Type.Object({
  batchNo: Type.String(),
  kind: Type.String(),
  title: Type.String(),
  state: Type.Enum([...batchStates]),
  totalCount: Type.Integer(),
  doneCount: Type.Integer(),
  skippedCount: Type.Integer(),
  amountFen: FenText,
  madeBy: Type.String(),
  madeAt: Instant,
  endedAt: Nullable(Instant),
})
export type BatchJson = Static<typeof BatchJson>

const PreviewJson = Type.Object({
  count: Type.Integer(),
  examined: Type.Integer(),
  done: Type.Integer(),
  refused: Type.Integer(),
  amountFen: FenText,
  owedFen: FenText,
  sample: Type.Array(
    Type.Object({
      customerNo: Type.String(),
      beforeFen: FenText,
      afterFen: FenText,
      deltaFen: FenText,
    }),
  ),
  problems: Type.Array(ProblemRow),
  isComplete: Type.Boolean(),
})

const Order = Type.Object(
  {
    act: Type.Enum([...actNames], { title: '业务' }),
    params: Type.Object({}, { title: '业务参数', additionalProperties: true }),
    filter: CustomerFilterJson,
    reason: Type.String({ title: '原因', minLength: 1, maxLength: 100, pattern: '\\S' }),
  },
  { additionalProperties: false },
)

export const BatchNo = Type.String({ title: '操作号', pattern: '^B\\d{8}-\\d{4,}$' })
const Numbered = Type.Object({ batchNo: BatchNo })

/** The parameters of an act have a schema of their own; what is wrong is told as for any field. */
function orderOf(body: Static<typeof Order>): ListRequest {
  const act = body.act as ActName
  const { params } = actNamed(act)
  const faults = faultsOf(params, body.params)
  if (faults.length > 0) {
    throw new Problem(
      'request.invalid',
      faults.map((fault) => fieldProblem(fault as never, params as never)),
    )
  }
  if (Object.keys(body.filter).length === 0) {
    const message = '「筛选条件」至少填写一项'
    throw new Problem('request.invalid', [{ field: 'filter', message }])
  }
  return { ...body, act, params: body.params as Record<string, unknown> }
}

interface Fault {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
}

/** In the words of the border's validator: one fault for each name that is missing or too many. */
function faultsOf(schema: TSchema, value: unknown): Fault[] {
  return (Value.Errors(schema, value) as Fault[]).flatMap((fault) => {
    const params = fault.params as Record<string, string[] | undefined>
    switch (fault.keyword) {
      case 'boolean':
        return []
      case 'required':
        return (params.requiredProperties ?? []).map((missingProperty) => {
          return { ...fault, params: { missingProperty } }
        })
      case 'additionalProperties':
        return (params.additionalProperties ?? []).map((additionalProperty) => {
          return { ...fault, params: { additionalProperty } }
        })
      default:
        return [fault]
    }
  })
}

export const batchRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.post(
    '/v1/batches/preview',
    {
      config: { roles: mayRunBatches, changesNothing: true },
      schema: { body: Order, response: { 200: PreviewJson }, summary: '批量操作试算' },
    },
    async ({ user, body }) => {
      const { companyId, scope } = user!
      return previewJson(await previewList(db, scope, companyId, orderOf(body)))
    },
  )
  app.post(
    '/v1/batches',
    {
      config: { roles: mayRunBatches },
      schema: { body: Order, response: { 200: BatchJson }, summary: '执行批量操作' },
    },
    async (req) => {
      const { companyId, scope, login } = req.user!
      const request = orderOf(req.body)
      const filter = customerFilterOf(request.filter)
      return db.tx(scope, (tx) =>
        once(tx, req, async () => {
          const { count } = await tx.one(countChosen, [...filterParams(companyId, filter)])
          if (count === 0) throw new Problem('batch.empty')
          const { title } = actNamed(request.act)
          const batch = await openBatch(tx, {
            companyId,
            kind: 'events',
            title: `批量${title}`,
            request,
            totalCount: count,
            madeBy: login,
            scope,
          })
          const act = { action: 'batch.started', subject: batch.batchNo, after: request }
          await recordAct(tx, { companyId, actor: login, ...act, reason: request.reason })
          return batchJson(batch)
        }),
      )
    },
  )
  registerLists(app, db)
  registerRollback(app, db)
}

type Register = (...args: [Parameters<Routes<{ db: Db }>>[0], Db]) => void

const registerRollback: Register = (app, db) => {
  app.post(
    '/v1/batches/:batchNo/rollback',
    {
      config: { roles: mayRunBatches },
      schema: { params: Numbered, body: Reason, response: { 200: BatchJson }, summary: '回滚' },
    },
    async (req) => {
      const { companyId, scope, login } = req.user!
      const { batchNo } = req.params
      return db.tx(scope, (tx) =>
        once(tx, req, async () => {
          const batch = await tx.maybe(lockBatch, [companyId, batchNo])
          if (!batch) throw new Problem('thing.not_found')
          if (batch.state === 'SEALED') throw new Problem('batch.sealed')
          if (batch.kind !== 'events' && batch.kind !== 'import') {
            throw new Problem('batch.other_way_back')
          }
          const from = batch.state === 'FAILED' ? 'FAILED' : 'DONE'
          const moved = await tx.maybe(moveBatch, [companyId, batchNo, from, 'ROLLING_BACK'])
          if (!moved) throw new Problem('batch.not_done')
          const act = { action: 'batch.rolled_back', subject: batchNo, reason: req.body.reason }
          await recordAct(tx, { companyId, actor: login, ...act })
          return batchJson({ ...batch, state: 'ROLLING_BACK', endedAt: null })
        }),
      )
    },
  )
}

const Listed = Type.Object(
  {
    kind: Type.Optional(Type.String({ title: '种类', pattern: '^[a-z.]{1,32}$' })),
    state: Type.Optional(Type.Enum([...batchStates], { title: '状态' })),
    cursor: Cursor,
    limit: Limit,
  },
  { additionalProperties: false },
)

const registerLists: Register = (app, db) => {
  app.get(
    '/v1/batches',
    {
      config: { roles: mayLook },
      schema: {
        querystring: Listed,
        response: {
          200: Type.Object({ batches: Type.Array(BatchJson), next: Nullable(Type.String()) }),
        },
      },
    },
    async ({ user, query }) => {
      const { companyId, scope } = user!
      const limit = query.limit ?? 100
      const key = fromCursor(query.cursor, ['batchNo'], { batchNo: /^B\d{8}-\d{4,}$/ })
      const params = [query.kind ?? null, query.state ?? null, key?.batchNo ?? null] as const
      const rows = await db.read(scope, (tx) =>
        tx.many(batchesOf, [companyId, ...params, limit + 1]),
      )
      const batches = rows.slice(0, limit)
      const last = rows.length > limit ? batches.at(-1) : undefined
      const next = last ? toCursor({ batchNo: last.batchNo }) : null
      return { batches: batches.map(batchJson), next }
    },
  )
  const WholeBatch = Type.Object({
    ...BatchJson.properties,
    request: Type.Unknown(),
    /** The first hundred; all of them by `/v1/exports/batch-problems.xlsx`. */
    problems: Type.Array(ProblemRow),
  })
  app.get(
    '/v1/batches/:batchNo',
    {
      config: { roles: mayLook },
      schema: { params: Numbered, response: { 200: WholeBatch } },
    },
    async ({ user, params: { batchNo } }) => {
      const { companyId, scope } = user!
      return db.read(scope, async (tx) => {
        const batch = await tx.maybe(batchOf, [companyId, batchNo])
        if (!batch) throw new Problem('thing.not_found')
        const problems = await tx.many(someBatchProblems, [companyId, batchNo, shownProblems])
        const { scopePaths: _, ...request } = batch.request as Record<string, unknown>
        return { ...batchJson(batch), request, problems }
      })
    },
  )
}

export const batchJson = ({
  position: _,
  request: __,
  amountFen,
  ...row
}: BatchRow): BatchJson => ({
  ...row,
  amountFen: fenText(amountFen),
})

const previewJson = ({ amountFen, owedFen, sample, ...rest }: Preview) => ({
  ...rest,
  amountFen: fenText(amountFen),
  owedFen: fenText(owedFen),
  sample: sample.map(({ customerNo, beforeFen, afterFen, deltaFen }) => ({
    customerNo,
    beforeFen: fenText(beforeFen),
    afterFen: fenText(afterFen),
    deltaFen: fenText(deltaFen),
  })),
})
