// 查找用户: the one search box of every screen (domain.md §3.2).
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../../db/db.ts'
import { FenText, fenText, Nullable } from '../../http/shapes.ts'
import { maskName } from '../../org/masking.ts'
import { mayLook } from '../../org/roles.ts'
import type { FoundCustomer } from './search.sql.ts'
import { searchCustomers } from './search.ts'

const FoundCustomerJson = Type.Object({
  customerId: Type.String(),
  customerNo: Type.String(),
  cardNo: Nullable(Type.String()),
  /** Masked: 王*国. */
  name: Type.String(),
  communityName: Type.String(),
  address: Type.String(),
  nature: Type.String(),
  networkStatus: Type.String(),
  /** 0.01 m². */
  billingAreaDm2: Type.String({ pattern: '^\\d{1,18}$' }),
  /** Principal outstanding of all seasons. */
  arrearsFen: FenText,
  prepaidFen: FenText,
  isBankBlocked: Type.Boolean(),
  isBlacklisted: Type.Boolean(),
})
export type FoundCustomerJson = Static<typeof FoundCustomerJson>

const SearchJson = Type.Object({
  customers: Type.Array(FoundCustomerJson),
  /** There are more than asked for: another word would help. */
  hasMore: Type.Boolean(),
})
export type SearchJson = Static<typeof SearchJson>

const Question = Type.Object(
  {
    q: Type.String({ title: '查找内容', minLength: 1, maxLength: 60, pattern: '[\\p{L}\\p{N}]' }),
    limit: Type.Optional(Type.Integer({ title: '返回户数', minimum: 1, maximum: 50, default: 20 })),
  },
  { additionalProperties: false },
)

export const searchRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/customers',
    {
      config: { roles: mayLook, scope: 'customers:read' },
      schema: { querystring: Question, response: { 200: SearchJson } },
    },
    async ({ user, query }) => {
      const { companyId, scope } = user!
      const { customers, hasMore } = await db.read(scope, (tx) =>
        searchCustomers(tx, companyId, query.q, query.limit ?? 20),
      )
      return { customers: customers.map(customerJson), hasMore }
    },
  )
}

const customerJson = (customer: FoundCustomer): FoundCustomerJson => ({
  ...customer,
  name: maskName(customer.name),
  billingAreaDm2: customer.billingAreaDm2.toString(),
  arrearsFen: fenText(customer.arrearsFen),
  prepaidFen: fenText(customer.prepaidFen),
})
