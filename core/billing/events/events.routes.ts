// Business at the desk over HTTP: preview, take in, agree, refuse, cancel, take back (domain.md
// §3.5, §4.9–§4.17, §11). One body for each kind, chosen by its `type`; kinds.ts lists them.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type TObject, Type } from 'typebox'
import type { Db } from '../../db/db.ts'
import { once } from '../../http/idempotency.ts'
import { mayApproveAccounts, mayHandleAccounts } from '../../org/roles.ts'
import { NotAllowed } from '../refusals.ts'
import { EffectJson } from './effects.ts'
import { EventId } from './fields.ts'
import { bodyOf } from './kind.ts'
import { kindNames, kinds } from './kinds.ts'
import { readAsked } from './read.ts'
import { approve, cancel, preview, reject, setAside, submit, takeIn } from './requests.ts'
import { undo } from './undo.ts'

const states = ['DRAFT', 'IN_APPROVAL', 'DONE', 'TO_HANDLE', 'REJECTED', 'CANCELLED', 'UNDONE']

const AnswerJson = Type.Object({
  requestNo: Type.Union([Type.String(), Type.Null()]),
  state: Type.Enum(['PREVIEW', ...states] as [string, ...string[]]),
  eventId: Type.Union([Type.String(), Type.Null()]),
  needsApproval: Type.Boolean(),
  effect: EffectJson,
})
const StateJson = Type.Object({ requestNo: Type.String(), state: Type.String() })
const UndoneJson = Type.Object({ eventIds: Type.Array(Type.String()), effect: EffectJson })

const RequestNo = Type.Object({ requestNo: EventId('申请号') })
const Why = (title: string) => Type.String({ title, minLength: 1, maxLength: 200, pattern: '\\S' })
const Opinion = Type.Object(
  { opinion: Type.Optional(Why('审核意见')) },
  { additionalProperties: false },
)
const Refusal = Type.Object({ opinion: Why('审核意见') }, { additionalProperties: false })
const Reason = Type.Object({ reason: Why('原因') }, { additionalProperties: false })

/** For whoever reads the documentation; each request is checked against its own kind (read.ts). */
const bodies = kindNames.map((name) => {
  const shape = bodyOf(kinds[name]) as TObject & { properties: Record<string, unknown> }
  const type = Type.Literal(name, { title: '业务类型' })
  return { ...shape, title: kinds[name].title, properties: { ...shape.properties, type } }
})
const Body = Type.Union(bodies as unknown as TObject[])
const readLater = () => () => true

const acts = { roles: mayHandleAccounts, scope: 'events:write' as const }
const agrees = { roles: mayApproveAccounts }

export const eventRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.post(
    '/v1/events/preview',
    {
      config: { ...acts, changesNothing: true },
      schema: { summary: '业务试算', body: Body, response: { 200: AnswerJson } },
      validatorCompiler: readLater,
    },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const asked = readAsked(req.body)
      return db.read(scope, (tx) => preview(tx, companyId, login, asked))
    },
  )
  const take = (url: string, summary: string, isDraft: boolean) =>
    app.post(
      url,
      {
        config: acts,
        schema: { summary, body: Body, response: { 200: AnswerJson } },
        validatorCompiler: readLater,
      },
      async (req) => {
        const { companyId, login, scope } = req.user!
        const asked = readAsked(req.body)
        return db.tx(scope, (tx) =>
          once(tx, req, () => takeIn(tx, companyId, login, asked, isDraft)),
        )
      },
    )
  take('/v1/events', '办理业务：不须审核的立即生效，其余提交审核', false)
  take('/v1/events/drafts', '业务草稿', true)
  app.register(decisions, { db })
}

const decisions: Routes<{ db: Db }> = async (app, { db }) => {
  app.post(
    '/v1/events/requests/:requestNo/submit',
    { config: acts, schema: { params: RequestNo, response: { 200: AnswerJson } } },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { requestNo } = req.params
      return db.tx(scope, (tx) => once(tx, req, () => submit(tx, companyId, login, requestNo)))
    },
  )
  app.post(
    '/v1/events/requests/:requestNo/approve',
    { config: agrees, schema: { params: RequestNo, body: Opinion, response: { 200: AnswerJson } } },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { requestNo } = req.params
      const { opinion } = req.body
      const decide = () =>
        db.tx(scope, (tx) => once(tx, req, () => approve(tx, companyId, login, requestNo, opinion)))
      return decide().catch((error) => keepRefused(db, req, requestNo, error))
    },
  )
  app.post(
    '/v1/events/requests/:requestNo/reject',
    { config: agrees, schema: { params: RequestNo, body: Refusal, response: { 200: StateJson } } },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { requestNo } = req.params
      const { opinion } = req.body
      return db.tx(scope, (tx) =>
        once(tx, req, async () => {
          return { requestNo, state: await reject(tx, companyId, login, requestNo, opinion) }
        }),
      )
    },
  )
  app.post(
    '/v1/events/requests/:requestNo/cancel',
    { config: acts, schema: { params: RequestNo, body: Reason, response: { 200: StateJson } } },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { requestNo } = req.params
      const { reason } = req.body
      return db.tx(scope, (tx) =>
        once(tx, req, async () => {
          return { requestNo, state: await cancel(tx, companyId, login, requestNo, reason) }
        }),
      )
    },
  )
  app.post(
    '/v1/events/:eventId/undo',
    {
      config: agrees,
      schema: {
        params: Type.Object({ eventId: EventId('业务号') }),
        body: Reason,
        response: { 200: UndoneJson },
      },
    },
    async (req) => {
      const { companyId, login, scope } = req.user!
      const { eventId } = req.params
      const { reason } = req.body
      return db.tx(scope, (tx) => once(tx, req, () => undo(tx, companyId, login, eventId, reason)))
    },
  )
}

/** The decision was rolled back; that it failed, and why, is kept for people to see. */
async function keepRefused(
  db: Db,
  { user }: Pick<FastifyRequest, 'user'>,
  requestNo: string,
  error: unknown,
): Promise<never> {
  if (error instanceof NotAllowed && !isAboutWho(error)) {
    const { companyId, login, scope } = user!
    await db.tx(scope, (tx) => setAside(tx, companyId, login, requestNo, error))
  }
  throw error
}

/** Nothing is wrong with the request itself. */
const isAboutWho = ({ code, detail }: NotAllowed): boolean =>
  code === 'request.own' || (code === 'state.not_allowed' && detail.machine === 'D')
