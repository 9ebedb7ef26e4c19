// Who is asking, and may they. Closed by default: a route under /v1 is open to nobody unless it
// says that it is public, or the cookie names a live session, or a partner's key has its scope;
// acts also need a role and our own page, or an idempotency key.
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Db } from '../db/db.ts'
import type { ApiKeys } from '../org/api-keys.ts'
import type { ApiScope } from '../org/api-scopes.ts'
import { recordAct } from '../org/audit.ts'
import { hasOneOf, type Role } from '../org/roles.ts'
import type { Sessions, SignedIn } from '../org/sessions.ts'
import { keyGuard } from './guard-keys.ts'
import { Problem } from './problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that is not public. */
    user: SignedIn | null
  }
  interface FastifyContextConfig {
    isPublic?: boolean
    /** Absent: everybody who is signed in. */
    roles?: readonly Role[]
    /** The scope that opens the route to API keys. Absent: closed to all of them. */
    scope?: ApiScope
    /** A POST that only computes, as a preview does: `once` has nothing to do. */
    changesNothing?: boolean
  }
}

/** A page of another site cannot set it without asking us first, and we never say yes. */
export const ownHeader = 'x-reli-console'

export interface CookieJar {
  put(reply: FastifyReply, token: string): void
  take(req: FastifyRequest): string | undefined
  clear(reply: FastifyReply): void
}

/** `__Host-` binds the cookie to this very host; browsers want https for it. */
export function cookieJar(isSecure: boolean): CookieJar {
  const name = isSecure ? '__Host-reli' : 'reli'
  const options: CookieSerializeOptions = {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure,
  }
  return {
    put: (reply, token) => void reply.setCookie(name, token, options),
    take: (req) => req.cookies[name],
    clear: (reply) => void reply.clearCookie(name, options),
  }
}

export interface GuardOptions {
  db: Db
  sessions: Sessions
  jar: CookieJar
  keys: ApiKeys
}

export function guard(app: FastifyInstance, { db, sessions, jar, keys }: GuardOptions): void {
  app.decorateRequest('user', null)
  app.decorateRequest('apiKey', null)
  app.decorateRequest('idempotency', null)
  const admitKey = keyGuard(app, keys)
  app.addHook('onRequest', async (req, reply) => {
    const { isPublic, roles } = req.routeOptions.config
    if (!req.url.startsWith('/v1/') || req.is404) return
    const key = isPublic ? undefined : bearerOf(req)
    // A browser sends no key by itself: nobody can be made to act by a foreign page.
    if (key !== undefined) return admitKey(key, req, reply)
    if (req.method !== 'GET' && req.method !== 'HEAD') refuseForeign(req)
    if (isPublic) return
    const token = jar.take(req)
    const user = token === undefined ? undefined : await sessions.userOf(token)
    if (!user) throw new Problem('session.required')
    req.user = user
    if (roles && !hasOneOf(user.roles, roles)) {
      await recordAttempt(db, user, `${req.method} ${req.routeOptions.url}`)
      throw new Problem('role.missing')
    }
  })
  app.addHook('onSend', async (req, reply) => {
    if (req.idempotency === 'replayed') reply.header('idempotency-replayed', 'true')
    // A promise to partners that the route breaks: it changed something and forgot the key.
    const isChange = req.apiKey !== null && req.method === 'POST' && reply.statusCode < 300
    if (isChange && req.idempotency === null && !req.routeOptions.config.changesNothing) {
      req.log.error({ route: req.routeOptions.url }, 'a route for keys ran without once()')
    }
  })
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  const [scheme = '', token] = (headers.authorization ?? '').split(' ')
  return scheme.toLowerCase() === 'bearer' ? (token ?? '') : undefined
}

/** Cross-site request forgery (reliability.md A7), log-in included. */
function refuseForeign({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  const isOurPage = site === undefined || site === 'same-origin'
  const isOurOrigin = headers.origin === undefined || hostOf(headers.origin) === headers.host
  if (!isOurPage || !isOurOrigin || headers[ownHeader] === undefined) {
    throw new Problem('request.foreign')
  }
}

const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : '')

async function recordAttempt(db: Db, { companyId, login, scope }: SignedIn, subject: string) {
  await db.tx(scope, (tx) =>
    recordAct(tx, { companyId, actor: login, action: 'role.missing', subject }),
  )
}
