// What hangs on a customer's card: area items before access and their technical data, contacts
// and contracts (domain.md §3.1). Each change stands in the trail of the customer.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { Day, Nullable } from '../http/shapes.ts'
import { mayKeepCustomers, mayLook } from '../org/roles.ts'
import type { SignedIn } from '../org/sessions.ts'
import { maskNumber, refuseEventFields } from './customers.ts'
import { addAreas, cardByNumber, lockedCard, recordOf, refuseAreas } from './customers-cards.ts'
import { invoiceProfileRoutes } from './customers-invoices.routes.ts'
import { areaJson } from './customers-json.ts'
import * as sql from './customers-parts.sql.ts'
import {
  AreaItem,
  AreaItemJson,
  areaFields,
  ByCustomer,
  closed,
  ReasonText,
} from './customers-shapes.ts'

const TextOrNull = Nullable(Type.String())
const Text = (title: string, maxLength: number) => Type.String({ title, minLength: 1, maxLength })

const kinds = ['MOBILE', 'FIXED', 'WECHAT', 'OTHER'] as const
const NewContact = Type.Object(
  {
    kind: Type.Enum([...kinds], { title: '联系方式' }),
    name: Text('联系人', 30),
    relation: Type.Optional(Text('关系', 20)),
    number: Type.String({ title: '号码', pattern: '^[0-9A-Za-z_+-]{3,40}$' }),
    reason: ReasonText,
  },
  closed,
)
const ContactJson = Type.Object({
  contactNo: Type.Integer(),
  kind: Type.String(),
  name: Type.String(),
  relation: TextOrNull,
  number: Type.String({ description: '部分隐藏' }),
})
const Contacts = Type.Array(ContactJson)

const contractStates = ['ACTIVE', 'VOID', 'EXPIRED'] as const
const ContractNo = Type.String({ title: '合同编号', pattern: '^[0-9A-Za-z_-]{1,40}$' })
const NewContract = Type.Object(
  {
    contractNo: ContractNo,
    kind: Type.Enum(['ACCESS', 'HEAT'], { title: '合同类型' }),
    signedOn: Type.String({ title: '签订日期', format: 'date' }),
    toOn: Type.Optional(Type.String({ title: '到期日期', format: 'date' })),
    remark: Type.Optional(Text('备注', 300)),
    reason: ReasonText,
  },
  closed,
)
const ContractChange = Type.Object(
  {
    state: Type.Optional(Type.Enum([...contractStates], { title: '合同状态' })),
    toOn: Type.Optional(Type.String({ title: '到期日期', format: 'date' })),
    remark: Type.Optional(Text('备注', 300)),
    reason: ReasonText,
  },
  closed,
)
const ContractJson = Type.Object({
  contractNo: Type.String(),
  kind: Type.String(),
  state: Type.String(),
  signedOn: Day,
  toOn: Nullable(Day),
  remark: TextOrNull,
})
const Contracts = Type.Array(ContractJson)

const NewArea = Type.Object(
  {
    areaItems: Type.Array(AreaItem, { title: '面积项', minItems: 1, maxItems: 20 }),
    reason: ReasonText,
  },
  closed,
)
const AreaChange = Type.Object({ ...areaFields, reason: ReasonText }, closed)
const ByArea = Type.Object({
  ...ByCustomer.properties,
  areaNo: Type.Integer({ title: '面积序号', minimum: 1, maximum: 32_767 }),
})
const ByContact = Type.Object({
  ...ByCustomer.properties,
  contactNo: Type.Integer({ title: '联系人序号', minimum: 1, maximum: 32_767 }),
})
const ByContract = Type.Object({ ...ByCustomer.properties, contractNo: ContractNo })

const tags = ['customers']
const look = { roles: mayLook, scope: 'customers:read' as const }
const keep = { roles: mayKeepCustomers, scope: 'customers:write' as const }
const base = '/v1/customers/:customerNo'

export const customerPartRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  areaRoutes(app, db)
  contactRoutes(app, db)
  contractRoutes(app, db)
  app.register(invoiceProfileRoutes, { db })
}

type App = Parameters<typeof customerPartRoutes>[0]

function areaRoutes(app: App, db: Db): void {
  app.post(
    `${base}/area-items`,
    {
      config: keep,
      schema: {
        tags,
        summary: '入网前增加面积项',
        params: ByCustomer,
        body: NewArea,
        response: { 200: Type.Array(AreaItemJson) },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { companyId } = req.user!
          const { areaItems, reason } = req.body
          const { customerId, networkStatus } = await lockedCard(
            tx,
            req.user!,
            req.params.customerNo,
          )
          if (networkStatus !== 'PENDING') throw new Problem('customer.connected')
          await refuseAreas(tx, companyId, areaItems)
          const before = await tx.many(sql.areaItemsOf, [companyId, customerId])
          await addAreas(tx, companyId, customerId, before.at(-1)?.areaNo ?? 0, areaItems)
          await recordOf(tx, req.user!, 'area_item.opened', customerId, {
            after: areaItems,
            reason,
          })
          return (await tx.many(sql.areaItemsOf, [companyId, customerId])).map(areaJson)
        }),
      ),
  )
  app.patch(
    `${base}/area-items/:areaNo`,
    {
      config: keep,
      preValidation: async (req) => refuseEventFields(req.body),
      schema: {
        tags,
        summary: '修改面积项的名称、表号、阀号等（不含面积与价格）',
        params: ByArea,
        body: AreaChange,
        response: { 200: AreaItemJson },
      },
    },
    ({ user, params, body }) => db.tx(user!.scope, (tx) => changeArea(tx, user!, params, body)),
  )
}

async function changeArea(
  tx: Tx,
  user: SignedIn,
  { customerNo, areaNo }: Static<typeof ByArea>,
  { reason, ...change }: Static<typeof AreaChange>,
): Promise<AreaItemJson> {
  const { companyId } = user
  const { customerId } = await lockedCard(tx, user, customerNo)
  const before = await tx.maybe(sql.lockAreaItem, [companyId, customerId, areaNo])
  if (!before) throw new Problem('thing.not_found')
  const names = Object.keys(change) as (keyof typeof change)[]
  if (names.every((name) => before[name] === change[name])) throw new Problem('customer.unchanged')
  const row = JSON.stringify({
    area_item: change.areaItem,
    meter_no: change.meterNo,
    valve_no: change.valveNo,
    meter_price_class: change.meterPriceClass,
    balcony_heated: change.balconyHeated,
    mezzanine_heated: change.mezzanineHeated,
    remark: change.remark,
  })
  const after = await tx.one(sql.updateAreaItem, [companyId, customerId, areaNo, row])
  const was = Object.fromEntries(names.map((name) => [name, before[name]]))
  const trail = { before: { areaNo, ...was }, after: { areaNo, ...change }, reason }
  await recordOf(tx, user, 'area_item.edited', customerId, trail)
  return areaJson(after)
}

const contactJson = (contact: sql.Contact) => ({ ...contact, number: maskNumber(contact.number)! })

async function contacts(tx: Tx, { companyId }: SignedIn, customerId: string) {
  return (await tx.many(sql.contactsOf, [companyId, customerId])).map(contactJson)
}

function contactRoutes(app: App, db: Db): void {
  app.get(
    `${base}/contacts`,
    {
      config: look,
      schema: { tags, summary: '联系人', params: ByCustomer, response: { 200: Contacts } },
    },
    ({ user, params }) =>
      db.read(user!.scope, async (tx) => {
        const { customerId } = await cardByNumber(tx, user!.companyId, params.customerNo)
        return contacts(tx, user!, customerId)
      }),
  )
  app.post(
    `${base}/contacts`,
    {
      config: keep,
      schema: {
        tags,
        summary: '增加联系人',
        params: ByCustomer,
        body: NewContact,
        response: { 200: Contacts },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { companyId } = req.user!
          const { kind, name, relation = null, number, reason } = req.body
          const { customerId } = await lockedCard(tx, req.user!, req.params.customerNo)
          const params = [companyId, customerId, kind, name, relation, number] as const
          const added = await tx.one(sql.insertContact, [...params])
          const after = contactJson(added)
          await recordOf(tx, req.user!, 'contact.added', customerId, { after, reason })
          return contacts(tx, req.user!, customerId)
        }),
      ),
  )
  app.post(
    `${base}/contacts/:contactNo/remove`,
    {
      config: keep,
      schema: {
        tags,
        summary: '移除联系人（记录保留）',
        params: ByContact,
        body: Type.Object({ reason: ReasonText }, closed),
        response: { 200: Contacts },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { companyId } = req.user!
          const { customerNo, contactNo } = req.params
          const { customerId } = await lockedCard(tx, req.user!, customerNo)
          const removed = await tx.maybe(sql.removeContact, [companyId, customerId, contactNo])
          if (!removed) throw new Problem('thing.not_found')
          const before = contactJson(removed)
          const { reason } = req.body
          await recordOf(tx, req.user!, 'contact.removed', customerId, { before, reason })
          return contacts(tx, req.user!, customerId)
        }),
      ),
  )
}

function contractRoutes(app: App, db: Db): void {
  app.get(
    `${base}/contracts`,
    {
      config: look,
      schema: { tags, summary: '合同', params: ByCustomer, response: { 200: Contracts } },
    },
    ({ user, params }) =>
      db.read(user!.scope, async (tx) => {
        const { customerId } = await cardByNumber(tx, user!.companyId, params.customerNo)
        return tx.many(sql.contractsOf, [user!.companyId, customerId])
      }),
  )
  app.post(
    `${base}/contracts`,
    {
      config: keep,
      schema: {
        tags,
        summary: '登记合同',
        params: ByCustomer,
        body: NewContract,
        response: { 200: ContractJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => signContract(tx, req.user!, req.params.customerNo, req.body)),
      ),
  )
  app.patch(
    `${base}/contracts/:contractNo`,
    {
      config: keep,
      schema: {
        tags,
        summary: '合同作废、到期或续期',
        params: ByContract,
        body: ContractChange,
        response: { 200: ContractJson },
      },
    },
    ({ user, params: { customerNo, contractNo }, body: { reason, ...change } }) =>
      db.tx(user!.scope, async (tx) => {
        const { companyId } = user!
        const { customerId } = await lockedCard(tx, user!, customerNo)
        const before = await tx.maybe(sql.lockContract, [companyId, customerId, contractNo])
        if (!before) throw new Problem('thing.not_found')
        const { state, toOn, remark } = { ...before, ...change }
        refuseEarlier(before.signedOn, toOn)
        const key = [companyId, customerId, contractNo] as const
        const after = await tx.one(sql.updateContract, [...key, state, toOn, remark])
        await recordOf(tx, user!, 'contract.changed', customerId, { before, after, reason })
        return after
      }),
  )
}

async function signContract(
  tx: Tx,
  user: SignedIn,
  customerNo: string,
  { contractNo, kind, signedOn, reason, ...rest }: Static<typeof NewContract>,
): Promise<sql.Contract> {
  const { toOn = null, remark = null } = rest
  const { customerId } = await lockedCard(tx, user, customerNo)
  refuseEarlier(signedOn, toOn)
  const key = [user.companyId, customerId, contractNo] as const
  const after = await tx.maybe(sql.insertContract, [...key, kind, signedOn, toOn, remark])
  if (!after) throw new Problem('contract.exists')
  await recordOf(tx, user, 'contract.signed', customerId, { after, reason })
  return after
}

function refuseEarlier(signedOn: string, toOn: string | null): void {
  if (toOn === null || toOn >= signedOn) return
  throw new Problem('request.invalid', [{ field: 'toOn', message: '「到期日期」早于签订日期' }])
}
