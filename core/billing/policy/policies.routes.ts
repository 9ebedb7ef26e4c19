// 收费政策 over the API: drafts, what is wrong with them, the simulation, publishing, versions.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../../db/db.ts'
import { once } from '../../http/idempotency.ts'
import { Problem } from '../../http/problems.ts'
import { Day, FenText, fenText, Nullable } from '../../http/shapes.ts'
import { mayKeepPolicies, mayLook } from '../../org/roles.ts'
import { NotAllowed } from '../refusals.ts'
import { problemsOf } from './check.ts'
import type { PolicyJson } from './document.ts'
import { planFrom, planProblems } from './plan.ts'
import { versionsOf } from './policies.sql.ts'
import { allProblems, differencesOf, publishAs, saveDraft, seasonOf } from './policies.ts'
import { type Simulation, simulate } from './simulation.ts'

const Season = Type.String({ title: '采暖期', pattern: '^\\d{4}-\\d{4}$', examples: ['2026-2027'] })
const BySeason = Type.Object({ season: Season })
const Document = Type.Object({}, { title: '收费政策', description: '格式见 config/policies' })
const ProblemsJson = Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))
const closed = { additionalProperties: false }
const Draft = Type.Object({ policy: Document }, closed)
const OnDay = (title: string) => Type.String({ title, format: 'date' })
const Publishing = Type.Object(
  {
    note: Type.String({ title: '发布说明', minLength: 1, maxLength: 200, pattern: '\\S' }),
    effectiveOn: Type.Optional(OnDay('生效日期')),
  },
  closed,
)
const Plan = Type.Object(
  {
    season: Season,
    heatStartOn: OnDay('供暖开始日'),
    heatEndOn: OnDay('供暖结束日'),
    copyFrom: Type.Optional(
      Type.String({ title: '沿用的采暖期', pattern: '^\\d{4}-\\d{4}$', examples: ['2025-2026'] }),
    ),
  },
  closed,
)
const Between = Type.Object(
  {
    from: Type.Integer({ title: '原版本', minimum: 0, maximum: 100_000 }),
    to: Type.Integer({ title: '新版本', minimum: 1, maximum: 100_000 }),
  },
  closed,
)
const ChangesJson = Type.Array(
  Type.Object({ path: Type.String(), before: Type.Unknown(), after: Type.Unknown() }),
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
  withoutArea: Type.Integer({ description: '没有草案所用口径面积的面积项数，按原面积计' }),
  withoutPrice: Type.Integer({ description: '草案没有其单价类型的面积项数' }),
  sums: Type.Array(
    Type.Object({
      priceClass: Type.String(),
      nature: Type.String(),
      rooms: Type.Integer(),
      areaDm2: Type.String({ description: '原收费面积，单位：0.01 ㎡' }),
      areaAfterDm2: Type.String({ description: '草案下的收费面积，单位：0.01 ㎡' }),
      beforeFen: FenText,
      afterFen: FenText,
      differenceFen: FenText,
    }),
  ),
  total: Type.Object({ beforeFen: FenText, afterFen: FenText, differenceFen: FenText }),
  largest: Type.Array(
    Type.Object({
      customerNo: Type.String(),
      beforeFen: FenText,
      afterFen: FenText,
      differenceFen: FenText,
    }),
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
    changes: ChangesJson,
  }),
)

const tags = ['policies']
/** A million households are some minutes of computing; the rooms stream. */
const longestTrialMs = 600_000
const look = { roles: mayLook, scope: 'policies:read' as const }
const keep = { roles: mayKeepPolicies, scope: 'policies:write' as const }

export const policyRoutes: Routes<{ db: Db }> = async (app, options) => {
  app.register(draftRoutes, options)
  app.register(publishRoutes, options)
  app.register(comparisonRoutes, options)
}

const draftRoutes: Routes<{ db: Db }> = async (app, { db }) => {
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
      config: { ...look, changesNothing: true },
      handlerTimeout: longestTrialMs,
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
      const tried = await db.read(scope, (tx) =>
        simulate(tx, companyId, policy as PolicyJson, body.baseSeason),
      )
      return simulationJson(tried)
    },
  )
}

const publishRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.post(
    '/v1/policies/:season/publish',
    {
      config: keep,
      schema: {
        tags,
        summary: '发布草案为新版本',
        params: BySeason,
        body: Publishing,
        response: {
          200: Type.Object({
            versionNo: Type.Integer(),
            effectiveOn: Day,
            isCurrent: Type.Boolean({ description: '否：到生效日期日切时启用' }),
          }),
        },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { note, ...when } = req.body
          const act = { note: note.trim(), ...when }
          return publishAs(tx, req.user!, req.params.season, act)
        }),
      ),
  )
  app.post(
    '/v1/seasons',
    {
      config: { roles: mayKeepPolicies, scope: 'seasons:write' },
      schema: {
        tags,
        summary: '建立采暖期（计划中），可沿用以往采暖期的政策作为草案',
        body: Plan,
        response: { 200: Type.Object({ season: Type.String(), problems: ProblemsJson }) },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { copyFrom, ...plan } = req.body
          const faults = planProblems(plan)
          if (faults.length > 0) throw new Problem('request.invalid', faults)
          return { season: plan.season, problems: await planFrom(tx, req.user!, plan, copyFrom) }
        }),
      ),
  )
}

const comparisonRoutes: Routes<{ db: Db }> = async (app, { db }) => {
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
  app.get(
    '/v1/policies/:season/changes',
    {
      config: look,
      schema: {
        tags,
        summary: '两个版本的逐项差异（原版本 0 表示从无到有）',
        params: BySeason,
        querystring: Between,
        response: { 200: ChangesJson },
      },
    },
    async ({ user, params, query: { from, to } }) => {
      const { companyId, scope } = user!
      const rows = await db.read(scope, (tx) => tx.many(versionsOf, [companyId, params.season]))
      const policyOf = (no: number) => {
        const row = rows.find(({ versionNo }) => versionNo === no)
        if (!row && no !== 0) throw new NotAllowed('policy.version_unknown', { versionNo: no })
        return row?.policy ?? {}
      }
      return differencesOf(policyOf(from), policyOf(to))
    },
  )
}

function simulationJson({ sums, largest, ...counts }: Simulation) {
  const total = { beforeFen: 0n, afterFen: 0n }
  for (const { beforeFen, afterFen } of sums) {
    total.beforeFen += beforeFen
    total.afterFen += afterFen
  }
  return {
    ...counts,
    sums: sums.map((sum) => ({
      ...sum,
      areaDm2: sum.areaDm2.toString(),
      areaAfterDm2: sum.areaAfterDm2.toString(),
      ...differenceOf(sum),
    })),
    total: differenceOf(total),
    largest: largest.map((each) => ({ customerNo: each.customerNo, ...differenceOf(each) })),
  }
}

const differenceOf = ({ beforeFen, afterFen }: { beforeFen: bigint; afterFen: bigint }) => ({
  beforeFen: fenText(beforeFen),
  afterFen: fenText(afterFen),
  differenceFen: fenText(afterFen - beforeFen),
})
