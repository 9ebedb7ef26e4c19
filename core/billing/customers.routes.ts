// 用户档案 (domain.md §3): lists, cards, opening and editing. What changes money – network status,
// areas, price classes, nature – is a business event, refused here by name. Changes have a trail.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { fromCursor, Limit, toCursor } from '../http/filters.ts'
import { once } from '../http/idempotency.ts'
import { fenText, Instant, Nullable, SeqText } from '../http/shapes.ts'
import { recordAct } from '../org/audit.ts'
import { maskName } from '../org/masking.ts'
import { mayKeepCustomers, mayLook } from '../org/roles.ts'
import type { SignedIn } from '../org/sessions.ts'
import { customerLinkRoutes } from './customer-links.routes.ts'
import * as sql from './customers.sql.ts'
import { refuseEventFields } from './customers.ts'
import { cardByNumber, editCustomer, openCustomer } from './customers-cards.ts'
import { flagRoutes } from './customers-flags.routes.ts'
import { cardJson, flagsOf, withoutFlags } from './customers-json.ts'
import { customerPartRoutes } from './customers-parts.routes.ts'
import { areaItemsOf, contactsOf } from './customers-parts.sql.ts'
import {
  ByCustomer,
  CardChange,
  CardJson,
  closed,
  ListJson,
  ListQuestion,
  NewCustomer,
  ReasonText,
} from './customers-shapes.ts'
import { dictionaryRoutes } from './dictionaries.routes.ts'

const RevealedJson = Type.Object({
  name: Type.String(),
  idType: Nullable(Type.String()),
  idNumber: Nullable(Type.String()),
  phone: Nullable(Type.String()),
  phoneFixed: Nullable(Type.String()),
  contacts: Type.Array(
    Type.Object({
      contactNo: Type.Integer(),
      kind: Type.String(),
      name: Type.String(),
      relation: Nullable(Type.String()),
      number: Type.String(),
    }),
  ),
})

const TrailJson = Type.Array(
  Type.Object({
    auditSeq: SeqText,
    at: Instant,
    actor: Type.String(),
    action: Type.String(),
    before: Type.Unknown(),
    after: Type.Unknown(),
    reason: Nullable(Type.String()),
  }),
)

const TrailQuestion = Type.Object(
  {
    before: Type.Optional(Type.String({ title: '起始序号', pattern: '^\\d{1,18}$' })),
    limit: Limit,
  },
  closed,
)

const tags = ['customers']
const look = { roles: mayLook, scope: 'customers:read' as const }
const keep = { roles: mayKeepCustomers, scope: 'customers:write' as const }
export const customerRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  for (const routes of [dictionaryRoutes, flagRoutes, customerLinkRoutes, customerPartRoutes]) {
    app.register(routes, { db })
  }
  app.get(
    '/v1/customer-list',
    {
      config: look,
      schema: {
        tags,
        summary: '用户清单：按责任机构、收费机构、房屋、分类筛选',
        querystring: ListQuestion,
        response: { 200: ListJson },
      },
    },
    ({ user, query }) => db.read(user!.scope, (tx) => listCustomers(tx, user!, query)),
  )
  app.get(
    '/v1/customers/:customerNo',
    {
      config: look,
      schema: { tags, summary: '用户档案', params: ByCustomer, response: { 200: CardJson } },
    },
    ({ user, params }) => db.read(user!.scope, (tx) => cardOf(tx, user!, params.customerNo)),
  )
  app.post(
    '/v1/customers',
    {
      config: keep,
      schema: { tags, summary: '建户（待入网）', body: NewCustomer, response: { 200: CardJson } },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { customerNo } = await openCustomer(tx, req.user!, req.body)
          return cardOf(tx, req.user!, customerNo)
        }),
      ),
  )
  app.patch(
    '/v1/customers/:customerNo',
    {
      config: keep,
      preValidation: async (req) => refuseEventFields(req.body),
      schema: {
        tags,
        summary: '修改用户档案（不含在网状态、面积、价格等业务办理项）',
        params: ByCustomer,
        body: CardChange,
        response: { 200: CardJson },
      },
    },
    ({ user, params: { customerNo }, body }) =>
      db.tx(user!.scope, async (tx) => {
        await editCustomer(tx, user!, customerNo, body)
        return cardOf(tx, user!, customerNo)
      }),
  )
  readingRoutes(app, db)
}

type App = Parameters<typeof customerRoutes>[0]

function readingRoutes(app: App, db: Db): void {
  app.post(
    '/v1/customers/:customerNo/reveal',
    {
      config: { roles: mayKeepCustomers },
      schema: {
        tags,
        summary: '查看证件号码与电话全文（留痕）',
        params: ByCustomer,
        body: Type.Object({ reason: ReasonText }, closed),
        response: { 200: RevealedJson },
      },
    },
    ({ user, params, body }) =>
      db.tx(user!.scope, async (tx) => {
        const { companyId, login } = user!
        const card = await cardByNumber(tx, user!.companyId, params.customerNo)
        const contacts = await tx.many(contactsOf, [companyId, card.customerId])
        await recordAct(tx, {
          companyId,
          actor: login,
          action: 'customer.revealed',
          subject: card.customerId,
          reason: body.reason.trim(),
        })
        const { name, idType, idNumber, phone, phoneFixed } = card
        return { name, idType, idNumber, phone, phoneFixed, contacts }
      }),
  )
  app.get(
    '/v1/customers/:customerNo/changes',
    {
      config: look,
      schema: {
        tags,
        summary: '档案变更记录',
        params: ByCustomer,
        querystring: TrailQuestion,
        response: { 200: TrailJson },
      },
    },
    ({ user, params, query: { before, limit = 100 } }) =>
      db.read(user!.scope, async (tx) => {
        const { customerId } = await cardByNumber(tx, user!.companyId, params.customerNo)
        const from = before === undefined ? null : BigInt(before)
        const rows = await tx.many(sql.trailOfCustomer, [user!.companyId, customerId, from, limit])
        return rows.map(({ auditSeq, ...rest }) => ({ auditSeq: auditSeq.toString(), ...rest }))
      }),
  )
}

async function cardOf(tx: Tx, user: SignedIn, customerNo: string): Promise<CardJson> {
  const row = await cardByNumber(tx, user.companyId, customerNo)
  return cardJson(row, await tx.many(areaItemsOf, [user.companyId, row.customerId]), user.roles)
}

async function listCustomers(
  tx: Tx,
  { companyId }: SignedIn,
  { cursor, limit = 100, ...filter }: Static<typeof ListQuestion>,
): Promise<ListJson> {
  const after = fromCursor(cursor, ['customerNo'], { customerNo: /^[0-9A-Za-z-]{1,20}$/ })
  const how = filter.communityId === undefined ? sql.listCustomers : sql.listOfCommunity
  const rows = await tx.many(how, [
    companyId,
    JSON.stringify(filter),
    after?.customerNo ?? null,
    limit + 1,
  ])
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    customers: shown.map((row) => ({
      ...withoutFlags(row),
      name: maskName(row.name),
      billingAreaDm2: row.billingAreaDm2.toString(),
      outstandingFen: fenText(row.outstandingFen),
      prepaidFen: fenText(row.prepaidFen),
      flags: flagsOf(row),
    })),
    next: last ? toCursor({ customerNo: last.customerNo }) : null,
  }
}
