// 关联户 (domain.md §3.5): households of one payer stand in one group, are shown with the sum of what
// they owe and are paid together. Debts are not merged; a household stands in one group at a time.
import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { fen, sumFen } from '@reli/sdk'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { CustomerNo } from '../http/filters.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { FenText, fenText, Instant, Nullable } from '../http/shapes.ts'
import { recordAct } from '../org/audit.ts'
import { maskName } from '../org/masking.ts'
import { mayKeepCustomers, mayLook } from '../org/roles.ts'
import type { SignedIn } from '../org/sessions.ts'
import * as sql from './customer-links.sql.ts'
import { cardByNumber } from './customers-cards.ts'
import { ByCustomer, closed, ReasonText } from './customers-shapes.ts'

const NewLink = Type.Object(
  {
    customerNos: Type.Array(CustomerNo, {
      title: '用户编号',
      minItems: 2,
      maxItems: 50,
      uniqueItems: true,
    }),
    reason: ReasonText,
  },
  closed,
)
const LinkJson = Type.Object({
  linkId: Nullable(Type.String()),
  outstandingFen: FenText,
  members: Type.Array(
    Type.Object({
      customerNo: Type.String(),
      name: Type.String({ description: '部分隐藏' }),
      address: Type.String(),
      networkStatus: Type.String(),
      outstandingFen: FenText,
      prepaidFen: FenText,
      linkedAt: Instant,
      linkedBy: Type.String(),
    }),
  ),
})
export type LinkJson = Static<typeof LinkJson>

const tags = ['customer-links']
const keep = { roles: mayKeepCustomers, scope: 'customers:write' as const }

export const customerLinkRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/customers/:customerNo/links',
    {
      config: { roles: mayLook, scope: 'customers:read' },
      schema: { tags, summary: '关联户', params: ByCustomer, response: { 200: LinkJson } },
    },
    ({ user, params }) =>
      db.read(user!.scope, (tx) => linkOf(tx, user!.companyId, params.customerNo)),
  )
  app.post(
    '/v1/customer-links',
    {
      config: keep,
      schema: { tags, summary: '建立或加入关联', body: NewLink, response: { 200: LinkJson } },
    },
    (req) => db.tx(req.user!.scope, (tx) => once(tx, req, () => link(tx, req.user!, req.body))),
  )
  app.post(
    '/v1/customers/:customerNo/unlink',
    {
      config: keep,
      schema: {
        tags,
        summary: '解除关联',
        params: ByCustomer,
        body: Type.Object({ reason: ReasonText }, closed),
        response: { 200: LinkJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => unlink(tx, req.user!, req.params.customerNo, req.body.reason.trim())),
      ),
  )
}

async function linkOf(tx: Tx, companyId: string, customerNo: string): Promise<LinkJson> {
  const { customerId } = await cardByNumber(tx, companyId, customerNo)
  const members = await tx.many(sql.linkMembersOf, [companyId, customerId])
  return {
    linkId: members[0]?.linkId ?? null,
    outstandingFen: fenText(sumFen(members.map((member) => fen(member.outstandingFen)))),
    members: members.map(({ linkId: _, ...member }) => ({
      ...member,
      name: maskName(member.name),
      outstandingFen: fenText(member.outstandingFen),
      prepaidFen: fenText(member.prepaidFen),
    })),
  }
}

async function link(
  tx: Tx,
  { companyId, login }: SignedIn,
  { customerNos, reason: given }: Static<typeof NewLink>,
): Promise<LinkJson> {
  const reason = given.trim()
  const found = await tx.many(sql.lockForLinks, [companyId, customerNos])
  refuseUnfit(customerNos, found)
  const groups = new Set(found.map(({ linkId }) => linkId).filter((id) => id !== null))
  if (groups.size > 1) throw new Problem('links.elsewhere')
  const linkId = [...groups][0] ?? `lnk_${randomBytes(6).toString('hex')}`
  const joining = found.filter((customer) => customer.linkId === null)
  if (joining.length === 0) throw new Problem('links.unchanged')
  await tx.run(sql.lockLink, [companyId, linkId])
  const ids = joining.map(({ customerId }) => customerId)
  await tx.run(sql.insertLinks, [companyId, linkId, ids, login, reason])
  for (const subject of ids) {
    const act = { companyId, actor: login, action: 'customer.linked', subject }
    await recordAct(tx, { ...act, after: { linkId, customerNos }, reason })
  }
  return linkOf(tx, companyId, customerNos[0]!)
}

function refuseUnfit(customerNos: readonly string[], found: readonly sql.LinkedCustomer[]): void {
  const known = new Map(found.map((customer) => [customer.customerNo, customer]))
  const fields = customerNos.flatMap((customerNo) => {
    const customer = known.get(customerNo)
    if (!customer) return [{ field: 'customerNos', message: `用户 ${customerNo} 不存在` }]
    if (customer.networkStatus === 'CLOSED')
      return [{ field: 'customerNos', message: `用户 ${customerNo} 已销户` }]
    return []
  })
  if (fields.length > 0) throw new Problem('request.invalid', fields)
}

async function unlink(
  tx: Tx,
  { companyId, login }: SignedIn,
  customerNo: string,
  reason: string,
): Promise<LinkJson> {
  const [customer] = await tx.many(sql.lockForLinks, [companyId, [customerNo]])
  if (!customer) throw new Problem('thing.not_found')
  const { linkId, customerId } = customer
  if (linkId === null) throw new Problem('links.none')
  await tx.run(sql.lockLink, [companyId, linkId])
  const left = await tx.many(sql.endLink, [companyId, linkId, customerId, login, reason])
  for (const { customerId: subject } of left) {
    const act = { companyId, actor: login, action: 'customer.unlinked', subject }
    await recordAct(tx, { ...act, before: { linkId }, reason })
  }
  return linkOf(tx, companyId, customerNo)
}
