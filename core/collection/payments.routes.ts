// 代收流水: every payment, refusal and reversal that came over the banks' lines.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../db/db.ts'
import {
  BankDate,
  ChannelId,
  Cursor,
  CustomerNo,
  dayText,
  fromCursor,
  idText,
  instantText,
  Limit,
  ReceiptNo,
  Serial,
  toCursor,
} from '../http/filters.ts'
import { Day, FenText, fenTextOrNull, Instant, Nullable } from '../http/shapes.ts'
import { maskName } from '../org/masking.ts'
import { mayLook } from '../org/roles.ts'
import { type PaymentRow, paymentParams, paymentsOf } from './payments.sql.ts'
import { operationStates, refusalText } from './refusals.ts'

const PaymentJson = Type.Object({
  channelId: Type.String(),
  channelTitle: Type.String(),
  bankDate: Day,
  serial: Type.String(),
  state: Type.Enum([...operationStates]),
  /** Why it was refused, as people read it. */
  refusal: Nullable(Type.String()),
  customerNo: Nullable(Type.String()),
  /** Masked: 王*国. */
  name: Type.String(),
  amountFen: Nullable(FenText),
  receiptNo: Nullable(Type.String()),
  outlet: Nullable(Type.String()),
  teller: Nullable(Type.String()),
  /** The partner's transaction time, Beijing. */
  paidAt: Nullable(Type.String()),
  decidedAt: Instant,
})
export type PaymentJson = Static<typeof PaymentJson>

const PaymentsJson = Type.Object({
  payments: Type.Array(PaymentJson),
  /** Give it back as `cursor` for the next page; null at the end. */
  next: Nullable(Type.String()),
})
export type PaymentsJson = Static<typeof PaymentsJson>

const Filter = Type.Object(
  {
    bankDate: Type.Optional(BankDate),
    channelId: Type.Optional(ChannelId),
    customerNo: Type.Optional(CustomerNo),
    state: Type.Optional(Type.Enum([...operationStates], { title: '状态' })),
    serial: Type.Optional(Serial),
    receiptNo: Type.Optional(ReceiptNo),
    cursor: Cursor,
    limit: Limit,
  },
  { additionalProperties: false },
)
export type PaymentFilter = Static<typeof Filter>

const keyNames = ['decidedKey', 'channelId', 'bankDate', 'serial'] as const
const keyShape = { decidedKey: instantText, channelId: idText, bankDate: dayText, serial: idText }

export const paymentRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/payments',
    {
      config: { roles: mayLook, scope: 'payments:read' },
      schema: { summary: '代收流水', querystring: Filter, response: { 200: PaymentsJson } },
    },
    async ({ user, query }) => {
      const { companyId, scope } = user!
      const limit = query.limit ?? 100
      const params = paymentParams(companyId, {
        bankDate: query.bankDate ?? null,
        channelId: query.channelId ?? null,
        customerNo: query.customerNo ?? null,
        state: query.state ?? null,
        serial: query.serial ?? null,
        receiptNo: query.receiptNo ?? null,
        before: fromCursor(query.cursor, keyNames, keyShape),
        // One more than shown tells whether there is a next page.
        limit: limit + 1,
      })
      const rows = await db.read(scope, (tx) => tx.many(paymentsOf, params))
      const payments = rows.slice(0, limit)
      const last = rows.length > limit ? payments.at(-1) : undefined
      return { payments: payments.map(paymentJson), next: last ? cursorAfter(last) : null }
    },
  )
}

const cursorAfter = ({ decidedKey, channelId, bankDate, serial }: PaymentRow) =>
  toCursor({ decidedKey, channelId, bankDate, serial })

const paymentJson = ({
  customerName,
  refusal,
  amountFen,
  decidedKey: _,
  ...rest
}: PaymentRow): PaymentJson => ({
  ...rest,
  name: maskName(customerName ?? ''),
  refusal: refusalText(refusal),
  amountFen: fenTextOrNull(amountFen),
})
