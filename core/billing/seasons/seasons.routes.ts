// 采暖期 over the API: the list, a trial before opening, and the acts of its life. What takes long is
// begun here and carried out by the worker; its batch says how far it is.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../../db/db.ts'
import { once } from '../../http/idempotency.ts'
import { Problem } from '../../http/problems.ts'
import { FenText, fenText, Nullable, Reason } from '../../http/shapes.ts'
import { recordAct } from '../../org/audit.ts'
import { mayLook, mayRunBatches } from '../../org/roles.ts'
import type { SignedIn } from '../../org/sessions.ts'
import { BatchJson, batchJson } from '../batches/batches.routes.ts'
import { lockBatch } from '../batches/batches.sql.ts'
import { beginClosing, beginOpening, beginRollBack, moveSeason, type RollBack } from './season.ts'
import { batchesOfSeason, seasonsWithSums } from './seasons.sql.ts'
import { doubtNames, tryOpening } from './trial.ts'

const Season = Type.String({ title: '采暖期', pattern: '^\\d{4}-\\d{4}$', examples: ['2026-2027'] })
const BySeason = Type.Object({ season: Season })
const OrgPath = Type.Optional(
  Type.String({
    title: '机构',
    description: '分公司或供热站的路径；不填为全公司',
    pattern: '^([A-Za-z0-9_-]+\\.)+$',
    maxLength: 200,
  }),
)
const closed = { additionalProperties: false }
const Part = Type.Object({ orgPath: OrgPath }, closed)
const Undo = Type.Object(
  {
    orgPath: OrgPath,
    batchNo: Type.Optional(Type.String({ title: '操作号', pattern: '^B\\d{8}-\\d{4,}$' })),
    reason: Reason.properties.reason,
  },
  closed,
)

/** More than this is tried by `reli season check`, which shows how far it is. */
const triedAtOnce = 5_000
const shownRows = 200

const SeasonJson = Type.Object({
  season: Season,
  state: Type.String({ title: '状态' }),
  heatStartOn: Type.String({ title: '供暖开始日期' }),
  heatEndOn: Type.String({ title: '供暖结束日期' }),
  openForCollection: Type.Boolean({ title: '可代收' }),
  customers: Type.Integer({ title: '开账户数' }),
  areaDm2: Type.String({ title: '收费面积，单位：0.01 平方米' }),
  receivableFen: FenText,
  outstandingFen: FenText,
})

const TrialJson = Type.Object({
  customers: Type.Integer({ title: '待开账户数' }),
  examined: Type.Integer({ title: '试算户数' }),
  refused: Type.Integer({ title: '不能开账户数' }),
  amountFen: FenText,
  classes: Type.Array(
    Type.Object({
      priceClass: Type.String({ title: '单价类型' }),
      rooms: Type.Integer({ title: '面积项数' }),
      areaDm2: Type.String({ title: '收费面积，单位：0.01 平方米' }),
      amountFen: FenText,
    }),
  ),
  problems: Type.Array(
    Type.Object({
      customerNo: Type.String({ title: '用户编号' }),
      areaNo: Nullable(Type.Integer({ title: '面积项' })),
      code: Type.String(),
      zh: Type.String({ title: '说明' }),
    }),
  ),
})

const tags = ['采暖期']

export const seasonRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  registerReads(app, db)
  registerTrial(app, db)
  const begun = (
    name: string,
    summary: string,
    body: typeof Part | typeof Undo | typeof Reason,
    begin: (tx: Tx, act: RollBack) => Promise<Parameters<typeof batchJson>[0]>,
  ) =>
    app.post(
      `/v1/seasons/:season/${name}`,
      {
        config: { roles: mayRunBatches, scope: 'seasons:write' },
        schema: { tags, summary, params: BySeason, body, response: { 200: BatchJson } },
      },
      (req) =>
        db.tx(req.user!.scope, (tx) =>
          once(tx, req, async () => {
            const act = actOf(req.user!, req.params.season, req.body as Static<typeof Undo>)
            const batch = await begin(tx, act)
            await note(tx, req.user!, `season.${name}`, act.season, req.body)
            return batchJson(batch)
          }),
        ),
    )
  begun(
    'open',
    '开账：复制卡片、生成应收、使用余额；再次执行只补尚未开账的用户',
    Part,
    beginOpening,
  )
  begun('rollback', '撤回开账：仅限尚无收款的用户', Undo, async (tx, act) => {
    const { companyId, ofBatch } = act
    if (ofBatch && !(await tx.maybe(lockBatch, [companyId, ofBatch]))) {
      throw new Problem('thing.not_found')
    }
    return beginRollBack(tx, act)
  })
  begun('close', '关账：冻结采暖期副本，欠费转为陈欠', Reason, beginClosing)
  for (const [name, event] of moves) {
    app.post(
      `/v1/seasons/:season/${name}`,
      {
        config: { roles: mayRunBatches, scope: 'seasons:write' },
        schema: {
          tags,
          summary: name === 'start-heat' ? '供暖开始' : '供暖结束，进入季后结算',
          params: BySeason,
          body: Reason,
          response: { 200: Type.Object({ state: Type.String() }) },
        },
      },
      (req) =>
        db.tx(req.user!.scope, (tx) =>
          once(tx, req, async () => {
            await moveSeason(tx, actOf(req.user!, req.params.season, {}), event)
            return { state: event === 'START_HEAT' ? 'HEATING' : 'SETTLING' }
          }),
        ),
    )
  }
}

const moves = [
  ['start-heat', 'START_HEAT'],
  ['end-heat', 'END_HEAT'],
] as const

function registerReads(app: Parameters<Routes<{ db: Db }>>[0], db: Db): void {
  app.get(
    '/v1/seasons',
    {
      config: { roles: mayLook, scope: 'seasons:read' },
      schema: {
        tags,
        summary: '采暖期及其户数、应收、欠费',
        response: { 200: Type.Object({ seasons: Type.Array(SeasonJson) }) },
      },
    },
    async ({ user }) => {
      const { companyId, scope } = user!
      const rows = await db.read(scope, (tx) => tx.many(seasonsWithSums, [companyId]))
      const seasons = rows.map(({ areaDm2, receivableFen, outstandingFen, ...row }) => ({
        ...row,
        areaDm2: String(areaDm2),
        receivableFen: fenText(receivableFen),
        outstandingFen: fenText(outstandingFen),
      }))
      return { seasons }
    },
  )
  app.get(
    '/v1/seasons/:season/batches',
    {
      config: { roles: mayLook, scope: 'seasons:read' },
      schema: {
        tags,
        summary: '采暖期的开账、撤回、关账进度',
        params: BySeason,
        response: { 200: Type.Object({ batches: Type.Array(BatchJson) }) },
      },
    },
    async ({ user, params }) => {
      const { companyId, scope } = user!
      const of = [companyId, params.season] as const
      const rows = await db.read(scope, (tx) => tx.many(batchesOfSeason, [...of]))
      return { batches: rows.map(batchJson) }
    },
  )
}

function registerTrial(app: Parameters<Routes<{ db: Db }>>[0], db: Db): void {
  app.post(
    '/v1/seasons/:season/preview',
    {
      config: { roles: mayRunBatches, scope: 'seasons:read', changesNothing: true },
      schema: {
        tags,
        summary: '开账试算：户数、各单价类型合计与异常',
        params: BySeason,
        body: Part,
        response: { 200: TrialJson },
      },
    },
    async ({ user, params, body }) => {
      const trial = await tryOpening(db, actOf(user!, params.season, body), triedAtOnce)
      const { customers, examined, refused, amountFen, classes, doubts } = trial
      const doubted = doubts.map(({ customerNo, areaNo, problem }) => {
        return { customerNo, areaNo, code: problem, zh: doubtNames[problem] }
      })
      const problems = [...refused.map((of) => ({ ...of, areaNo: null })), ...doubted]
      return {
        customers,
        examined,
        refused: refused.length,
        amountFen: fenText(amountFen),
        classes: classes.map((of) => ({
          ...of,
          areaDm2: String(of.areaDm2),
          amountFen: fenText(of.amountFen),
        })),
        problems: problems.slice(0, shownRows),
      }
    },
  )
}

interface Named {
  orgPath?: string
  batchNo?: string
}

const actOf = (
  { companyId, scope, login }: SignedIn,
  season: string,
  { orgPath, batchNo }: Named,
): RollBack => ({
  companyId,
  scope,
  season,
  madeBy: login,
  ...(orgPath && { pathPattern: `${orgPath}%` }),
  ...(batchNo && { ofBatch: batchNo }),
})

function note(tx: Tx, user: SignedIn, action: string, subject: string, body: unknown) {
  const { reason } = body as { reason?: string }
  const { companyId, login: actor } = user
  const act = { companyId, actor, action, subject, after: body }
  return recordAct(tx, { ...act, ...(reason !== undefined && { reason }) })
}
