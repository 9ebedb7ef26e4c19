// 差错: what the bank's settled file and our books do not agree on (domain.md §9.5).
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../db/db.ts'
import {
  BankDate,
  ChannelId,
  Cursor,
  dayText,
  fromCursor,
  idText,
  instantText,
  Limit,
  Serial,
  toCursor,
} from '../http/filters.ts'
import { Day, FenText, fenTextOrNull, Instant, Nullable } from '../http/shapes.ts'
import { maskName } from '../org/masking.ts'
import { mayLook } from '../org/roles.ts'
import {
  type ExceptionRow,
  exceptionClasses,
  exceptionParams,
  exceptionStates,
  exceptionSummary,
  exceptionsOf,
} from './exceptions.sql.ts'

const ExceptionJson = Type.Object({
  channelId: Type.String(),
  channelTitle: Type.String(),
  bankDate: Day,
  serial: Type.String(),
  class: Type.Enum([...exceptionClasses]),
  state: Type.Enum([...exceptionStates]),
  ourFen: Nullable(FenText),
  ourState: Nullable(Type.String()),
  bankFen: Nullable(FenText),
  bankState: Nullable(Type.String()),
  customerNo: Nullable(Type.String()),
  name: Type.String(),
  cause: Type.String(),
  suggestion: Nullable(Type.String()),
  resolution: Nullable(Type.String()),
  reason: Nullable(Type.String()),
  resolvedBy: Nullable(Type.String()),
  checkedBy: Nullable(Type.String()),
  openedAt: Instant,
  closedAt: Nullable(Instant),
  ageDays: Type.Integer(),
})
export type ExceptionJson = Static<typeof ExceptionJson>
export { ExceptionJson as exceptionSchema }

const ExceptionsJson = Type.Object({
  /** Of the whole queue, whatever is filtered. */
  summary: Type.Array(
    Type.Object({
      class: Type.Enum([...exceptionClasses]),
      state: Type.Enum([...exceptionStates]),
      count: Type.Integer(),
      oldestDays: Type.Integer(),
    }),
  ),
  exceptions: Type.Array(ExceptionJson),
  next: Nullable(Type.String()),
})
export type ExceptionsJson = Static<typeof ExceptionsJson>

const Filter = Type.Object(
  {
    bankDate: Type.Optional(BankDate),
    channelId: Type.Optional(ChannelId),
    class: Type.Optional(Type.Enum([...exceptionClasses], { title: '差错类型' })),
    state: Type.Optional(Type.Enum([...exceptionStates], { title: '处理状态' })),
    serial: Type.Optional(Serial),
    cursor: Cursor,
    limit: Limit,
  },
  { additionalProperties: false },
)
export type ExceptionFilter = Static<typeof Filter>

const keyNames = ['openedKey', 'channelId', 'bankDate', 'serial', 'class'] as const
const keyShape = {
  openedKey: instantText,
  channelId: idText,
  bankDate: dayText,
  serial: idText,
  class: idText,
}

export const exceptionRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/exceptions',
    {
      config: { roles: mayLook, scope: 'collection:read' },
      schema: { summary: '对账差错', querystring: Filter, response: { 200: ExceptionsJson } },
    },
    async ({ user, query }) => {
      const { companyId, scope } = user!
      const limit = query.limit ?? 100
      const params = exceptionParams(companyId, {
        bankDate: query.bankDate ?? null,
        channelId: query.channelId ?? null,
        class: query.class ?? null,
        state: query.state ?? null,
        serial: query.serial ?? null,
        after: fromCursor(query.cursor, keyNames, keyShape),
        limit: limit + 1,
      })
      return db.read(scope, async (tx) => {
        const rows = await tx.many(exceptionsOf, params)
        const summary = await tx.many(exceptionSummary, [companyId])
        const exceptions = rows.slice(0, limit)
        const last = rows.length > limit ? exceptions.at(-1) : undefined
        return {
          summary,
          exceptions: exceptions.map(exceptionJson),
          next: last ? cursorAfter(last) : null,
        }
      })
    },
  )
}

const cursorAfter = ({ openedKey, channelId, bankDate, serial, class: kind }: ExceptionRow) =>
  toCursor({ openedKey, channelId, bankDate, serial, class: kind })

export const exceptionJson = ({
  customerName,
  ourFen,
  bankFen,
  openedKey: _,
  ...rest
}: ExceptionRow): ExceptionJson => ({
  ...rest,
  name: maskName(customerName ?? ''),
  ourFen: fenTextOrNull(ourFen),
  bankFen: fenTextOrNull(bankFen),
})
