// Log-in, who am I, log-out. The session is a cookie that no script can read; the body tells the
// console only what it needs to draw itself.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { CookieJar } from '../http/guard.ts'
import { Problem } from '../http/problems.ts'
import { Day, Instant, Nullable } from '../http/shapes.ts'
import { longestPassword } from './passwords.ts'
import { mayEndSessions } from './roles.ts'
import type { Sessions, SignedIn } from './sessions.ts'

const SessionJson = Type.Object({
  login: Type.String(),
  name: Type.String(),
  roles: Type.Array(Type.String()),
  companyName: Type.String(),
  /** 账务日: the business day the company books on. */
  bookingOn: Day,
  endsAt: Instant,
  rehearsal: Type.Boolean(),
})
export type SessionJson = Static<typeof SessionJson>
const SessionOrNobody = Nullable(SessionJson)
export type SessionOrNobody = Static<typeof SessionOrNobody>

const LogIn = Type.Object(
  {
    login: Type.String({ title: '账号', minLength: 1, maxLength: 64 }),
    password: Type.String({ title: '密码', minLength: 1, maxLength: longestPassword }),
  },
  { additionalProperties: false },
)
export type LogIn = Static<typeof LogIn>

/** A person mistypes a few times; a guesser is slowed before the lock-out of the account counts. */
const logInsPerMinute = 20

export interface SessionOptions {
  sessions: Sessions
  jar: CookieJar
  rehearsal: boolean
}

export const sessionRoutes: Routes<SessionOptions> = async (app, options) => {
  const { sessions, jar, rehearsal } = options
  const shown = ({ login, name, roles, companyName, bookingOn, endsAt }: SignedIn) => ({
    login,
    name,
    roles: [...roles],
    companyName,
    bookingOn,
    endsAt,
    rehearsal,
  })

  app.post(
    '/v1/session',
    {
      config: {
        isPublic: true,
        rateLimit: { max: logInsPerMinute, timeWindow: '1 minute', groupId: 'log-in' },
      },
      schema: { summary: '登录', body: LogIn, response: { 200: SessionJson } },
    },
    async (req, reply) => {
      const { login, password } = req.body
      const token = await sessions.logIn(login, password, req.ip)
      const user = token === undefined ? undefined : await sessions.userOf(token)
      if (token === undefined || !user) throw new Problem('session.refused')
      jar.put(reply, token)
      return shown(user)
    },
  )

  // Nobody is an answer, not a fault: the console asks before anybody has logged in.
  app.get(
    '/v1/session',
    {
      config: { isPublic: true },
      schema: { summary: '当前登录人；未登录为空', response: { 200: SessionOrNobody } },
    },
    async (req) => {
      const token = jar.take(req)
      const user = token === undefined ? undefined : await sessions.userOf(token)
      return user ? shown(user) : null
    },
  )

  app.delete('/v1/session', { schema: { summary: '退出登录' } }, async (req, reply) => {
    await sessions.logOut(jar.take(req)!, req.user!)
    jar.clear(reply)
    return reply.code(204).send()
  })

  app.delete(
    '/v1/users/:userId/sessions',
    {
      config: { roles: mayEndSessions },
      schema: {
        summary: '结束某人的全部会话',
        params: Type.Object({
          userId: Type.String({ title: '人员', minLength: 1, maxLength: 64 }),
        }),
        response: { 200: Type.Object({ ended: Type.Integer() }) },
      },
    },
    async (req) => ({ ended: await sessions.endAllOf(req.params.userId, req.user!) }),
  )
}
