// 用户锁定与标志 (domain.md §3.1, §9.3): bank blocks, collection locks, blacklist and the rest, for one
// customer or many at once. The hub reads flags with every batch of payments, so a block holds from
// the next operation of a bank on. Who, when and why stands beside each change.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { CustomerNo, Limit } from '../http/filters.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { FenText, fenText, Instant, Nullable, SeqText } from '../http/shapes.ts'
import { recordAct } from '../org/audit.ts'
import { mayLock, mayLook } from '../org/roles.ts'
import type { SignedIn } from '../org/sessions.ts'
import { cardByNumber } from './customers-cards.ts'
import * as sql from './customers-flags.sql.ts'
import { ByCustomer, closed, filterFields, ReasonText } from './customers-shapes.ts'

const chosen = {
  flag: Type.Enum([...sql.flags], { title: '标志' }),
  value: Type.Boolean({ title: '设置或解除' }),
  customerNos: Type.Optional(
    Type.Array(CustomerNo, { title: '用户编号', minItems: 1, maxItems: 1_000, uniqueItems: true }),
  ),
  filter: Type.Optional(
    Type.Object(filterFields, { ...closed, title: '用户范围', minProperties: 1 }),
  ),
}
const Choice = Type.Object(chosen, closed)
const Setting = Type.Object(
  {
    ...chosen,
    expectedCount: Type.Optional(
      Type.Integer({ title: '预览户数', minimum: 0, description: '与预览不符则不执行' }),
    ),
    reason: ReasonText,
  },
  closed,
)
const PreviewJson = Type.Object({
  count: Type.Integer({ description: '将改变的户数' }),
  unchanged: Type.Integer({ description: '已处于此状态的户数' }),
  missing: Type.Array(Type.String({ description: '不存在或已销户的用户编号' })),
  outstandingFen: FenText,
  prepaidFen: FenText,
})
const SetJson = Type.Object({
  operationNo: Type.String(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  missing: Type.Array(Type.String()),
})
const ChangesJson = Type.Array(
  Type.Object({
    changeSeq: SeqText,
    flag: Type.String(),
    value: Type.Boolean(),
    reason: Type.String(),
    actor: Type.String(),
    operationNo: Type.String(),
    takesBack: Nullable(Type.String()),
    madeAt: Instant,
  }),
)
const ByOperation = Type.Object({
  operationNo: Type.String({ title: '操作编号', pattern: '^F\\d{8}-\\d{6,12}$' }),
})
const Page = Type.Object(
  {
    before: Type.Optional(Type.String({ title: '起始序号', pattern: '^\\d{1,18}$' })),
    limit: Limit,
  },
  closed,
)

const tags = ['customer-flags']
const lock = { roles: mayLock, scope: 'customers:write' as const }

export const flagRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.post(
    '/v1/customer-flags/preview',
    {
      config: { ...lock, changesNothing: true },
      schema: { tags, summary: '批量锁定预览', body: Choice, response: { 200: PreviewJson } },
    },
    ({ user, body }) => db.read(user!.scope, (tx) => preview(tx, user!, body)),
  )
  app.post(
    '/v1/customer-flags',
    {
      config: lock,
      schema: {
        tags,
        summary: '锁定、解锁、禁止银行代收等：单户或批量，下一笔银行交易起生效',
        body: Setting,
        response: { 200: SetJson },
      },
    },
    (req) => db.tx(req.user!.scope, (tx) => once(tx, req, () => set(tx, req.user!, req.body))),
  )
  app.post(
    '/v1/customer-flags/:operationNo/take-back',
    {
      config: lock,
      schema: {
        tags,
        summary: '撤销一批锁定操作（之后又改过的用户保持现状）',
        params: ByOperation,
        body: Type.Object({ reason: ReasonText }, closed),
        response: { 200: SetJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () =>
          takeBack(tx, req.user!, req.params.operationNo, req.body.reason.trim()),
        ),
      ),
  )
  app.get(
    '/v1/customers/:customerNo/flag-changes',
    {
      config: { roles: mayLook, scope: 'customers:read' },
      schema: {
        tags,
        summary: '锁定与标志的变更记录',
        params: ByCustomer,
        querystring: Page,
        response: { 200: ChangesJson },
      },
    },
    ({ user, params, query: { before, limit = 100 } }) =>
      db.read(user!.scope, async (tx) => {
        const { companyId } = user!
        const { customerId } = await cardByNumber(tx, companyId, params.customerNo)
        const from = before === undefined ? null : BigInt(before)
        const rows = await tx.many(sql.flagChangesOf, [companyId, customerId, from, limit])
        return rows.map(({ changeSeq, ...rest }) => ({ changeSeq: changeSeq.toString(), ...rest }))
      }),
  )
}

/** Exactly one way of saying who is meant: a slip must not lock the whole town. */
function refuseUnclear({ customerNos, filter }: Static<typeof Choice>): void {
  if ((customerNos === undefined) === (filter === undefined)) {
    throw new Problem('request.invalid', [
      { field: 'customerNos', message: '「用户编号」与「用户范围」须填且只填一项' },
    ])
  }
}

async function preview(tx: Tx, { companyId }: SignedIn, body: Static<typeof Choice>) {
  refuseUnclear(body)
  const { flag, value, customerNos, filter = {} } = body
  const found = await tx.one(sql.previewFlag, [
    companyId,
    JSON.stringify(filter),
    customerNos ?? null,
    flag,
    value,
  ])
  return {
    count: found.count,
    unchanged: found.unchanged,
    missing: await missingOf(tx, companyId, customerNos),
    outstandingFen: fenText(found.outstandingFen),
    prepaidFen: fenText(found.prepaidFen),
  }
}

async function missingOf(tx: Tx, companyId: string, customerNos: string[] | undefined) {
  if (customerNos === undefined) return []
  const rows = await tx.many(sql.missingNumbers, [companyId, customerNos])
  return rows.map(({ customerNo }) => customerNo)
}

async function set(tx: Tx, user: SignedIn, body: Static<typeof Setting>) {
  refuseUnclear(body)
  const { companyId, login } = user
  const { flag, value, customerNos, filter = {}, expectedCount } = body
  const reason = body.reason.trim()
  const { operationNo } = await tx.one(sql.nextOperationNo, [companyId])
  const done = await tx.one(sql.setFlag, [
    companyId,
    JSON.stringify(filter),
    customerNos ?? null,
    flag,
    value,
    reason,
    login,
    operationNo,
    null,
  ])
  if (expectedCount !== undefined && expectedCount !== done.changed) {
    const message = `将改变 ${done.changed} 户，与预览的 ${expectedCount} 户不符，未作任何修改`
    throw new Problem('request.invalid', [{ field: 'expectedCount', message }])
  }
  if (done.changed === 0) {
    const missing = await missingOf(tx, companyId, customerNos)
    throw new Problem(
      missing.length === customerNos?.length ? 'thing.not_found' : 'flags.unchanged',
    )
  }
  const after = { flag, value, changed: done.changed, customerNos, filter }
  const act = { companyId, actor: login, action: 'customer_flag.set', subject: operationNo }
  await recordAct(tx, { ...act, after, reason })
  return { operationNo, ...done, missing: await missingOf(tx, companyId, customerNos) }
}

async function takeBack(tx: Tx, user: SignedIn, undone: string, reason: string) {
  const { companyId, login } = user
  await tx.run(sql.lockOperation, [companyId, undone])
  const operation = await tx.maybe(sql.flagOperation, [companyId, undone])
  if (!operation) throw new Problem('thing.not_found')
  if (operation.isTakenBack) throw new Problem('flags.taken_back')
  const { flag, value, customerNos } = operation
  const { operationNo } = await tx.one(sql.nextOperationNo, [companyId])
  const done = await tx.one(sql.setFlag, [
    companyId,
    '{}',
    customerNos,
    flag,
    !value,
    reason,
    login,
    operationNo,
    undone,
  ])
  if (done.changed === 0) throw new Problem('flags.unchanged')
  const after = { flag, value: !value, changed: done.changed, takesBack: undone }
  const act = { companyId, actor: login, action: 'customer_flag.taken_back', subject: operationNo }
  await recordAct(tx, { ...act, after, reason })
  return { operationNo, ...done, missing: [] }
}
