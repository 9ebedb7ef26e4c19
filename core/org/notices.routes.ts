// What the system wants a person to know: an unbalanced day, a missing file, a bank that fell
// silent.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { Problem } from '../http/problems.ts'
import { Instant, Nullable, SeqText } from '../http/shapes.ts'
import { recordAct } from './audit.ts'
import { markRead, type Notice, noticesFor, unreadCount } from './notices.sql.ts'
import { mayLook } from './roles.ts'

/** A page of notices; more are fetched by `before`. */
const pageLength = 100

const NoticeJson = Type.Object({
  noticeSeq: SeqText,
  at: Instant,
  kind: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  link: Nullable(Type.String()),
  readAt: Nullable(Instant),
  readBy: Nullable(Type.String()),
})
export type NoticeJson = Static<typeof NoticeJson>

const NoticesJson = Type.Object({ unread: Type.Integer(), notices: Type.Array(NoticeJson) })
export type NoticesJson = Static<typeof NoticesJson>

const Filter = Type.Object(
  {
    unread: Type.Optional(Type.Boolean({ title: '只看未读' })),
    before: Type.Optional(Type.String({ title: '起始序号', pattern: '^\\d{1,18}$' })),
  },
  { additionalProperties: false },
)

export const noticeRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/notices',
    {
      config: { roles: mayLook },
      schema: { summary: '通知清单', querystring: Filter, response: { 200: NoticesJson } },
    },
    async ({ user, query: { unread = false, before } }) => {
      const { companyId, roles, scope } = user!
      return db.read(scope, async (tx) => {
        const from = before === undefined ? null : BigInt(before)
        const found = await tx.many(noticesFor, [companyId, roles, unread, from, pageLength])
        const count = await tx.one(unreadCount, [companyId, roles])
        return { unread: count.unread, notices: found.map(noticeJson) }
      })
    },
  )

  app.post(
    '/v1/notices/:noticeSeq/read',
    {
      config: { roles: mayLook },
      schema: {
        summary: '通知标为已读',
        params: Type.Object({ noticeSeq: Type.String({ title: '通知', pattern: '^\\d{1,18}$' }) }),
        response: { 200: NoticeJson },
      },
    },
    async ({ user, params }) => {
      const { companyId, roles, login, scope } = user!
      return db.tx(scope, async (tx) => {
        const seq = BigInt(params.noticeSeq)
        const notice = await tx.maybe(markRead, [companyId, seq, roles, login])
        if (!notice) throw new Problem('thing.not_found')
        const subject = params.noticeSeq
        await recordAct(tx, { companyId, actor: login, action: 'notice.read', subject })
        return noticeJson(notice)
      })
    },
  )
}

const noticeJson = ({ noticeSeq, role: _, ...rest }: Notice): NoticeJson => ({
  noticeSeq: noticeSeq.toString(),
  ...rest,
})
