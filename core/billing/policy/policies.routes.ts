// 收费政策 over the API: drafts, what is wrong with them, the simulation, publishing, versions.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../../db/db.ts'
import { once } from '../../http/idempotency.ts'
import { Problem } from '../../http/problems.ts'
import { Day, FenText, Nullable } from '../../http/shapes.ts'
import { recordAct } from '../../org/audit.ts'
import { mayKeepPolicies, mayLook } from '../../org/roles.ts'
import { problemsOf } from './check.ts'
import type { PolicyJson } from './document.ts'
import { versionsOf } from './policies.sql.ts'
import { allProblems, differencesOf, publish, saveDraft, seasonOf } from './policies.ts'
import { simulate } from './simulation.ts'

const Season = Type.String({ title: '采暖期', pattern: '^\\d{4}-\\d{4}$', examples: ['2026-2027'] })
const BySeason = Type.Object({ season: Season })
const Document = Type.Object({}, { title: '收费政策', description: '格式见 config/policies' })
const ProblemsJson = Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))
const closed = { additionalProperties: false }
const Draft = Type.Object({ policy: Document }, closed)
const Publishing = Type.Object(
  { note: Type.String({ title: '发布说明', minLength: 1, maxLength: 200, pattern: '\\S' }) },
  closed,
)
const Trial = Type.Object(
  { policy: Type.Optional(Document), baseSeason: Season },
  { ...closed, title: '试算' },
)
const PolicyView = Type.Object({
  season: Type.String(),
  state: Type.String(),
  version: Nullable(Type.Integer()),
  policy: Type.Unknown(),
  draft: Type.Unknown(),
  editedBy: Nullable(Type.String()),
  problems: ProblemsJson,
})
const SimulationJson = Type.Object({
  customers: Type.Integer(),
  withoutPrice: Type.Integer({ description: '草案没有其单价类型的面积项数' }),
  sums: Type.Array(
    Type.Object({
      priceClass: Type.String(),
      nature: Type.String(),
      rooms: Type.Integer(),
      areaDm2: Type.String({ description: '面积，单位：0.01 ㎡' }),
      beforeFen: FenText,
      afterFen: FenText,
    }),
  ),
  largest: Type.Array(
    Type.Object({ customerNo: Type.String(), beforeFen: FenText, afterFen: FenText }),
  ),
})
const VersionsJson = Type.Array(
  Type.Object({
    versionNo: Type.Integer(),
    effectiveOn: Day,
    note: Type.String(),
    editedBy: Type.String(),
    publishedBy: Type.String(),
    publishedAt: Type.String(),
    policy: Type.Unknown(),
    changes: Type.Array(
      Type.Object({ path: Type.String(), before: Type.Unknown(), after: Type.Unknown() }),
    ),
  }),
)

const tags = ['policies']
const look = { roles: mayLook, scope: 'policies:read' as const }
const keep = { roles: mayKeepPolicies, scope: 'policies:write' as const }

export const policyRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/policies/:season',
    {
      config: look,
      schema: {
        tags,
        summary: '收费政策与草案',
        params: BySeason,
        response: { 200: PolicyView },
      },
    },
    ({ user, params }) =>
      db.read(user!.scope, async (tx) => {
        const row = await seasonOf(tx, user!.companyId, params.season)
        const { season, state, policyVersion: version, policy, draft, editedBy } = row
        const problems = draft === null ? [] : allProblems(draft, row)
        return { season, state, version, policy, draft, editedBy, problems }
      }),
  )
  app.put(
    '/v1/policies/:season/draft',
    {
      config: keep,
      schema: {
        tags,
        summary: '保存收费政策草案，并返回其中的问题',
        params: BySeason,
        body: Draft,
        response: { 200: Type.Object({ problems: ProblemsJson }) },
      },
    },
    ({ user, params, body }) =>
      db.tx(user!.scope, async (tx) => {
        const { companyId, login } = user!
        return { problems: await saveDraft(tx, companyId, params.season, body.policy, login) }
      }),
  )
  app.post(
    '/v1/policies/:season/simulation',
    {
      config: look,
      schema: {
        tags,
        summary: '以往季用户试算草案，按类别列出差额',
        params: BySeason,
        body: Trial,
        response: { 200: SimulationJson },
      },
    },
    async ({ user, params, body }) => {
      const { companyId, scope } = user!
      const row = await db.read(scope, (tx) => seasonOf(tx, companyId, params.season))
      const policy = body.policy ?? row.draft ?? row.policy
      const fields = problemsOf(policy, row)
      if (fields.length > 0) throw new Problem('request.invalid', fields)
      const result = await db.read(scope, (tx) =>
        simulate(tx, companyId, policy as PolicyJson, body.baseSeason),
      )
      return JSON.parse(
        JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      )
    },
  )
  app.post(
    '/v1/policies/:season/publish',
    {
      config: keep,
      schema: {
        tags,
        summary: '发布草案为新版本',
        params: BySeason,
        body: Publishing,
        response: { 200: Type.Object({ versionNo: Type.Integer(), effectiveOn: Day }) },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { companyId, login, bookingOn } = req.user!
          const { season } = req.params
          const act = { note: req.body.note.trim(), publishedBy: login, bookingOn }
          const published = await publish(tx, companyId, season, act)
          const subject = `${season} v${published.versionNo}`
          const reason = act.note
          await recordAct(tx, {
            companyId,
            actor: login,
            action: 'policy.published',
            subject,
            reason,
          })
          return published
        }),
      ),
  )
  app.get(
    '/v1/policies/:season/versions',
    {
      config: look,
      schema: {
        tags,
        summary: '已发布的版本与逐项差异',
        params: BySeason,
        response: { 200: VersionsJson },
      },
    },
    async ({ user, params }) => {
      const { companyId, scope } = user!
      const rows = await db.read(scope, (tx) => tx.many(versionsOf, [companyId, params.season]))
      return rows.map((row, at) => ({
        ...row,
        publishedAt: new Date(row.publishedAt).toISOString(),
        changes: differencesOf(rows[at + 1]?.policy ?? {}, row.policy),
      }))
    },
  )
}
