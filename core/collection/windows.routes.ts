// 营业窗口 and 代收启停 (domain.md §9.4): read by everybody in the house, set by supervisors, and by
// partners whose key says so.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { once } from '../http/idempotency.ts'
import { Day, Instant, Nullable, Reason } from '../http/shapes.ts'
import { mayLook, maySetWindows } from '../org/roles.ts'
import { stopsOf, windowsOf } from './windows.sql.ts'
import { businesses, businessNames, every } from './windows.ts'
import { endWindow, setWindow, startCollection, stopCollection } from './windows-acts.ts'

const businessText = Object.entries(businesses)
  .map(([name, zh]) => `${name} ${zh}`)
  .join('，')
const Business = Type.Enum([...businessNames], { title: '业务', description: businessText })
const Channel = Type.String({
  title: '渠道',
  description: '银行渠道编号、counter 营业厅、wechat 微信等；* 表示全部渠道',
  pattern: '^([a-z0-9_-]{1,64}|\\*)$',
})
const Season = Type.String({
  title: '采暖期',
  description: '* 表示全部采暖期',
  pattern: '^(\\d{4}-\\d{4}|\\*)$',
  examples: ['2026-2027'],
})
const Time = (title: string) =>
  Type.String({
    title,
    description: '北京时间',
    pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$',
    examples: ['08:30'],
  })
const Weekdays = Type.Array(Type.Integer({ title: '星期', minimum: 1, maximum: 7 }), {
  title: '星期',
  description: '1 为星期一，7 为星期日',
  minItems: 1,
  maxItems: 7,
  uniqueItems: true,
})
const ReasonText = Reason.properties.reason

const WindowJson = Type.Object({
  windowId: Type.String({ title: '窗口编号' }),
  channelId: Channel,
  business: Type.String({ title: '业务', description: businessText }),
  weekdays: Type.Array(Type.Integer(), { title: '星期', description: '1 为星期一' }),
  timeFrom: Type.String({ title: '开始时间', examples: ['08:30:00'] }),
  timeTo: Type.String({ title: '结束时间', examples: ['17:30:00'] }),
  fromOn: Day,
  toOn: Day,
  reason: Type.String({ title: '原因' }),
  madeBy: Type.String({ title: '经办人' }),
  madeAt: Instant,
  endedBy: Nullable(Type.String()),
  endedAt: Nullable(Instant),
})
export type WindowJson = Static<typeof WindowJson>
const WindowsJson = Type.Object({ windows: Type.Array(WindowJson, { title: '营业窗口' }) })
export type WindowsJson = Static<typeof WindowsJson>

const NewWindow = Type.Object(
  {
    channelId: Channel,
    business: Business,
    weekdays: Type.Optional(Weekdays),
    timeFrom: Time('开始时间'),
    timeTo: Time('结束时间'),
    fromOn: Type.Optional(Type.String({ title: '开始日期', format: 'date' })),
    toOn: Type.Optional(Type.String({ title: '结束日期', format: 'date' })),
    reason: ReasonText,
  },
  { additionalProperties: false },
)
export type NewWindow = Static<typeof NewWindow>

const WindowFilter = Type.Object(
  {
    channelId: Type.Optional(Channel),
    business: Type.Optional(Business),
    ended: Type.Optional(Type.Boolean({ title: '含已结束' })),
  },
  { additionalProperties: false },
)

const StopJson = Type.Object({
  stopId: Type.String({ title: '停止编号' }),
  channelId: Channel,
  season: Season,
  reason: Type.String({ title: '原因' }),
  stoppedBy: Type.String({ title: '停止人' }),
  stoppedAt: Instant,
  startReason: Nullable(Type.String()),
  startedBy: Nullable(Type.String()),
  startedAt: Nullable(Instant),
})
export type StopJson = Static<typeof StopJson>
const StopsJson = Type.Object({ stops: Type.Array(StopJson, { title: '代收停止' }) })
export type StopsJson = Static<typeof StopsJson>

const NewStop = Type.Object(
  {
    channelId: Type.Optional(Channel),
    season: Type.Optional(Season),
    reason: ReasonText,
  },
  { additionalProperties: false },
)
export type NewStop = Static<typeof NewStop>
const StopFilter = Type.Object(
  { started: Type.Optional(Type.Boolean({ title: '含已恢复' })) },
  { additionalProperties: false },
)

const idParams = (name: string, title: string) =>
  Type.Object({ [name]: Type.String({ title, pattern: '^[a-z0-9_]{1,64}$' }) })

const wholeWeek = [1, 2, 3, 4, 5, 6, 7]
/** A window without an end; PostgreSQL compares it like any other day. */
const noEnd = '9999-12-31'
const looking = { roles: mayLook, scope: 'collection:read' } as const
const setting = { roles: maySetWindows, scope: 'collection:write' } as const

export const windowRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/business-windows',
    {
      config: looking,
      schema: {
        summary: '列出营业窗口',
        querystring: WindowFilter,
        response: { 200: WindowsJson },
      },
    },
    async ({ user, query: { channelId = null, business = null, ended = false } }) => ({
      windows: await db.read(user!.scope, (tx) =>
        tx.many(windowsOf, [user!.companyId, channelId, business, ended]),
      ),
    }),
  )

  app.post(
    '/v1/business-windows',
    {
      config: setting,
      schema: { summary: '设置营业窗口', body: NewWindow, response: { 201: WindowJson } },
    },
    async (req, reply) => {
      const { weekdays = wholeWeek, fromOn = null, toOn = noEnd, ...asked } = req.body
      const window = { ...asked, weekdays, fromOn, toOn, reason: asked.reason.trim() }
      const set = await db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => setWindow(tx, req.user!, window)),
      )
      return reply.code(201).send(set)
    },
  )

  app.post(
    '/v1/business-windows/:windowId/end',
    {
      config: setting,
      schema: {
        summary: '结束营业窗口',
        params: idParams('windowId', '窗口编号'),
        body: Reason,
        response: { 200: WindowJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => endWindow(tx, req.user!, req.params.windowId!, req.body.reason.trim())),
      ),
  )

  app.register(stopRoutes, { db })
}

const stopRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/collection-stops',
    {
      config: looking,
      schema: { summary: '列出代收停止', querystring: StopFilter, response: { 200: StopsJson } },
    },
    async ({ user, query: { started = false } }) => ({
      stops: await db.read(user!.scope, (tx) => tx.many(stopsOf, [user!.companyId, started])),
    }),
  )

  app.post(
    '/v1/collection-stops',
    {
      config: setting,
      schema: {
        summary: '停止代收',
        description: '可按渠道、按采暖期或两者组合停止；都不填为全公司停止。下一笔业务即生效。',
        body: NewStop,
        response: { 201: StopJson },
      },
    },
    async (req, reply) => {
      const { channelId = every, season = every, reason } = req.body
      const stop = await db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => stopCollection(tx, req.user!, { channelId, season }, reason.trim())),
      )
      return reply.code(201).send(stop)
    },
  )

  app.post(
    '/v1/collection-stops/:stopId/start',
    {
      config: setting,
      schema: {
        summary: '恢复代收',
        params: idParams('stopId', '停止编号'),
        body: Reason,
        response: { 200: StopJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () =>
          startCollection(tx, req.user!, req.params.stopId!, req.body.reason.trim()),
        ),
      ),
  )
}
