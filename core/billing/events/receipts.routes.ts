// 待查款 over HTTP: registered when it comes, cleared to a customer or sent back (domain.md §4.13).
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../../db/db.ts'
import { Cursor, fromCursor, idText, Limit, toCursor } from '../../http/filters.ts'
import { once } from '../../http/idempotency.ts'
import { Day, FenText, fenText, Instant, Nullable } from '../../http/shapes.ts'
import { mayHandleAccounts, mayLook } from '../../org/roles.ts'
import { AmountFen, CustomerNo, DayOf, EventId, fenOf, TenderOf, Text } from './fields.ts'
import { type ReceiptRow, receiptsOf } from './receipts.sql.ts'
import { clear, receive, sendBack } from './receipts.ts'

const receiptFields = {
  receiptId: Type.String(),
  funds: Type.String(),
  receivedOn: Day,
  amountFen: FenText,
  clearedFen: FenText,
  returnedFen: FenText,
  leftFen: FenText,
  payer: Type.String(),
  remark: Type.String(),
  madeBy: Type.String(),
  madeAt: Instant,
}
const ReceiptJson = Type.Object(receiptFields)
export type ReceiptJson = Static<typeof ReceiptJson>
const ClearedJson = Type.Object({ ...receiptFields, eventId: Type.String() })

const Received = Type.Object(
  {
    tender: TenderOf('到账方式'),
    receivedOn: DayOf('到账日期'),
    amountFen: AmountFen('到账金额'),
    payer: Text('付款人', 100),
    remark: Type.Optional(Text('备注', 200)),
  },
  { additionalProperties: false },
)
const Clearing = Type.Object(
  {
    customerNo: CustomerNo('用户编号'),
    amountFen: AmountFen('转入金额'),
    reason: Text('原因', 200),
  },
  { additionalProperties: false },
)
const Return = Type.Object(
  { amountFen: AmountFen('退回金额'), reason: Text('原因', 200) },
  { additionalProperties: false },
)
const Filter = Type.Object(
  {
    isOpen: Type.Optional(Type.Boolean({ title: '仅未清' })),
    cursor: Cursor,
    limit: Limit,
  },
  { additionalProperties: false },
)
const Id = Type.Object({ receiptId: EventId('待查款编号') })

const ReceiptsJson = Type.Object({
  receipts: Type.Array(ReceiptJson),
  next: Nullable(Type.String()),
})

const acts = { roles: mayHandleAccounts, scope: 'payments:write' as const }

export const receiptRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/unidentified-receipts',
    {
      config: { roles: mayLook, scope: 'payments:read' },
      schema: {
        querystring: Filter,
        response: { 200: ReceiptsJson },
      },
    },
    async ({ user, query }) => {
      const { companyId, scope } = user!
      const { isOpen = false, limit = 100 } = query
      const after = fromCursor(query.cursor, ['receiptId'], { receiptId: idText })
      const rows = await db.read(scope, (tx) =>
        tx.many(receiptsOf, [companyId, isOpen, after?.receiptId ?? null, limit + 1]),
      )
      const receipts = rows.slice(0, limit)
      const last = rows.length > limit ? receipts.at(-1) : undefined
      return {
        receipts: receipts.map(receiptJson),
        next: last ? toCursor({ receiptId: last.receiptId }) : null,
      }
    },
  )
  app.post(
    '/v1/unidentified-receipts',
    { config: acts, schema: { body: Received, response: { 200: ReceiptJson } } },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { remark = '', ...body } = req.body
      const received = { ...body, remark, amountFen: fenOf(body.amountFen) }
      return db.tx(scope, (tx) =>
        once(tx, req, async () => receiptJson(await receive(tx, companyId, login, received))),
      )
    },
  )
  app.post(
    '/v1/unidentified-receipts/:receiptId/clear',
    { config: acts, schema: { params: Id, body: Clearing, response: { 200: ClearedJson } } },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { receiptId } = req.params
      const clearing = { ...req.body, amountFen: fenOf(req.body.amountFen) }
      return db.tx(scope, (tx) =>
        once(tx, req, async () => {
          const { eventId, ...row } = await clear(tx, companyId, login, receiptId, clearing)
          return { ...receiptJson(row), eventId }
        }),
      )
    },
  )
  app.post(
    '/v1/unidentified-receipts/:receiptId/return',
    { config: acts, schema: { params: Id, body: Return, response: { 200: ReceiptJson } } },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { receiptId } = req.params
      const back = { ...req.body, amountFen: fenOf(req.body.amountFen) }
      return db.tx(scope, (tx) =>
        once(tx, req, async () =>
          receiptJson(await sendBack(tx, companyId, login, receiptId, back)),
        ),
      )
    },
  )
}

const receiptJson = ({ entrySeq: _, ...row }: ReceiptRow): ReceiptJson => ({
  ...row,
  amountFen: fenText(row.amountFen),
  clearedFen: fenText(row.clearedFen),
  returnedFen: fenText(row.returnedFen),
  leftFen: fenText(row.leftFen),
})
