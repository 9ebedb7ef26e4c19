// 应收与计费说明: an account line by line, what happened to it, and why a line is what it is – told
// by the functions that computed it (core/billing/explain-lines.ts).
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db, Tx } from '../../db/db.ts'
import { CustomerNo, fromCursor, idText, Limit, toCursor } from '../../http/filters.ts'
import { Problem } from '../../http/problems.ts'
import { mayLook } from '../../org/roles.ts'
import type { SignedIn } from '../../org/sessions.ts'
import type { CustomerState, Rules } from '../engine/state.ts'
import { gatherStates } from '../store/gather.ts'
import { rulesOf } from '../store/rules.ts'
import * as sql from './explain.sql.ts'
import { accountJson, eventJson, explanationJson } from './explain-json.ts'
import { AccountJson, EventsJson, ExplanationJson } from './explain-shapes.ts'

const closed = { additionalProperties: false }
const On = Type.Optional(Type.String({ title: '截至日期', format: 'date' }))
const AsOf = Type.Object({ on: On }, closed)
const ByCustomer = Type.Object({ customerNo: CustomerNo })
const ByCharge = Type.Object({
  chargeId: Type.String({ title: '应收编号', pattern: '^[0-9A-Za-z_/-]{1,64}$' }),
})
const Page = Type.Object(
  { cursor: Type.Optional(Type.String({ title: '翻页位置', maxLength: 400 })), limit: Limit },
  closed,
)

const look = { roles: mayLook, scope: 'customers:read' as const }

export const explainRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/charges/:chargeId/explanation',
    {
      config: look,
      schema: {
        summary: '一笔应收的计费说明：公式、数值、依据条款与政策版本、形成它的业务',
        params: ByCharge,
        querystring: AsOf,
        response: { 200: ExplanationJson },
      },
    },
    ({ user, params, query }) =>
      db.read(user!.scope, (tx) => explanationOf(tx, user!, params.chargeId, query.on)),
  )
  app.get(
    '/v1/customers/:customerNo/account',
    {
      config: look,
      schema: {
        summary: '用户账户：各项应收、收款、余额与截至某日的应缴',
        params: ByCustomer,
        querystring: AsOf,
        response: { 200: AccountJson },
      },
    },
    ({ user, params, query }) =>
      db.read(user!.scope, (tx) => accountOf(tx, user!, params.customerNo, query.on)),
  )
  app.get(
    '/v1/customers/:customerNo/events',
    {
      config: look,
      schema: {
        summary: '用户办理过的业务，新的在前',
        params: ByCustomer,
        querystring: Page,
        response: { 200: EventsJson },
      },
    },
    ({ user, params, query }) =>
      db.read(user!.scope, async (tx) => {
        const { companyId } = user!
        const { customerId } = await named(tx, companyId, params.customerNo)
        const limit = query.limit ?? 100
        const after = fromCursor(query.cursor, ['eventId'], { eventId: idText })
        const before = after?.eventId ?? null
        const rows = await tx.many(sql.eventsOfAccount, [companyId, customerId, before, limit + 1])
        const events = rows.slice(0, limit)
        const last = rows.length > limit ? events.at(-1) : undefined
        const next = last ? toCursor({ eventId: last.eventId }) : null
        return { events: events.map(eventJson), next }
      }),
  )
}

async function named(tx: Tx, companyId: string, customerNo: string) {
  const row = await tx.maybe(sql.accountNamed, [companyId, customerNo])
  if (!row) throw new Problem('thing.not_found')
  return row
}

interface Seen {
  state: CustomerState
  rules: Rules
  on: string
}

async function seen(
  tx: Tx,
  companyId: string,
  customerId: string,
  on: string | undefined,
): Promise<Seen> {
  const rules = await rulesOf(tx, companyId)
  const { bookingOn } = await tx.one(sql.bookingOnOf, [companyId])
  const states = await gatherStates(tx, companyId, [customerId], 'read', rules)
  return { rules, on: on ?? bookingOn, state: states.get(customerId)! }
}

async function accountOf(
  tx: Tx,
  { companyId }: SignedIn,
  customerNo: string,
  on: string | undefined,
): Promise<AccountJson> {
  const { customerId } = await named(tx, companyId, customerNo)
  return accountJson(customerNo, await seen(tx, companyId, customerId, on))
}

async function explanationOf(
  tx: Tx,
  { companyId }: SignedIn,
  chargeId: string,
  on: string | undefined,
): Promise<ExplanationJson> {
  const head = await tx.maybe(sql.lineNamed, [companyId, chargeId])
  // A line that a split shared out is explained by its parts.
  if (!head || head.isMoved) throw new Problem('thing.not_found')
  const { customerId, customerNo, season } = head
  const of = await seen(tx, companyId, customerId, on)
  const line = of.state.lines.find((each) => each.chargeId === chargeId)
  if (!line) throw new Error(`a line that its account does not have: ${chargeId}`)
  const events = await tx.many(sql.eventsOfLine, [companyId, chargeId, season])
  return explanationJson(customerNo, line, events, of)
}
