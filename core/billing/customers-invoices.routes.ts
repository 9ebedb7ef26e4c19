// To whom a customer's invoices are made out, and how they arrive (domain.md §3.1).
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { Nullable } from '../http/shapes.ts'
import { mayKeepCustomers, mayLook } from '../org/roles.ts'
import type { SignedIn } from '../org/sessions.ts'
import { maskNumber } from './customers.ts'
import { cardByNumber, lockedCard, recordOf } from './customers-cards.ts'
import * as sql from './customers-parts.sql.ts'
import { ByCustomer, closed, ReasonText } from './customers-shapes.ts'

const TextOrNull = Nullable(Type.String())
const Text = (title: string, maxLength: number) => Type.String({ title, minLength: 1, maxLength })

const invoiceFields = {
  title: Text('发票抬头', 100),
  taxNo: Type.Optional(Type.String({ title: '纳税人识别号', pattern: '^[0-9A-Z]{15,20}$' })),
  address: Type.Optional(Text('注册地址', 100)),
  phone: Type.Optional(Type.String({ title: '注册电话', pattern: '^[0-9-]{5,20}$' })),
  bankName: Type.Optional(Text('开户银行', 60)),
  bankAccount: Type.Optional(Type.String({ title: '银行账号', pattern: '^[0-9]{6,30}$' })),
  email: Type.Optional(
    Type.String({ title: '电子邮箱', pattern: '^[^\\s@]{1,64}@[^\\s@]{1,100}$' }),
  ),
  mobile: Type.Optional(Type.String({ title: '手机', pattern: '^1[3-9]\\d{9}$' })),
  kind: Type.Enum(['NORMAL', 'SPECIAL'], { title: '发票种类' }),
  push: Type.Enum(['NONE', 'EMAIL', 'SMS', 'BOTH'], { title: '推送方式' }),
}
const InvoiceChange = Type.Object({ ...invoiceFields, reason: ReasonText }, closed)
const InvoiceJson = Type.Object({
  title: Type.String(),
  taxNo: TextOrNull,
  address: TextOrNull,
  phone: TextOrNull,
  bankName: TextOrNull,
  bankAccount: TextOrNull,
  email: TextOrNull,
  mobile: TextOrNull,
  kind: Type.String(),
  push: Type.String(),
})

const tags = ['customers']
const look = { roles: mayLook, scope: 'customers:read' as const }
const keep = { roles: mayKeepCustomers, scope: 'customers:write' as const }
const base = '/v1/customers/:customerNo'

export const invoiceProfileRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    `${base}/invoice-profile`,
    {
      config: look,
      schema: {
        tags,
        summary: '开票资料',
        params: ByCustomer,
        response: { 200: Nullable(InvoiceJson) },
      },
    },
    ({ user, params }) =>
      db.read(user!.scope, async (tx) => {
        const { customerId } = await cardByNumber(tx, user!.companyId, params.customerNo)
        return (await tx.maybe(sql.invoiceProfileOf, [user!.companyId, customerId])) ?? null
      }),
  )
  app.post(
    `${base}/invoice-profile`,
    {
      config: keep,
      schema: {
        tags,
        summary: '登记或更新开票资料（整体替换）',
        params: ByCustomer,
        body: InvoiceChange,
        response: { 200: InvoiceJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => saveInvoice(tx, req.user!, req.params.customerNo, req.body)),
      ),
  )
}

async function saveInvoice(
  tx: Tx,
  user: SignedIn,
  customerNo: string,
  { reason, ...given }: Static<typeof InvoiceChange>,
): Promise<sql.InvoiceProfile> {
  if (given.kind === 'SPECIAL' && given.taxNo === undefined) {
    const message = '开具专用发票须有「纳税人识别号」'
    throw new Problem('request.invalid', [{ field: 'taxNo', message }])
  }
  const { customerId } = await lockedCard(tx, user, customerNo)
  const before = await tx.maybe(sql.invoiceProfileOf, [user.companyId, customerId])
  const after = await tx.one(sql.saveInvoiceProfile, [
    user.companyId,
    customerId,
    given.title,
    given.taxNo ?? null,
    given.address ?? null,
    given.phone ?? null,
    given.bankName ?? null,
    given.bankAccount ?? null,
    given.email ?? null,
    given.mobile ?? null,
    given.kind,
    given.push,
  ])
  const trail = { before: before && trailOfProfile(before), after: trailOfProfile(after), reason }
  await recordOf(tx, user, 'invoice_profile.saved', customerId, trail)
  return after
}

/** Numbers of people and accounts stand in the trail by their ends. */
const trailOfProfile = (profile: sql.InvoiceProfile) => ({
  ...profile,
  phone: maskNumber(profile.phone),
  mobile: maskNumber(profile.mobile),
  bankAccount: maskNumber(profile.bankAccount),
})
