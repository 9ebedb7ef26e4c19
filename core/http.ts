// The hub's HTTP border: the API under /v1 and the console under /. Everything a console does, a
// script can do by the same routes; the schemas validate, document and type all three.
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { batchRoutes } from './billing/batches/batches.routes.ts'
import { customerRoutes } from './billing/customers.routes.ts'
import { eventRoutes } from './billing/events/events.routes.ts'
import { explainRoutes } from './billing/events/explain.routes.ts'
import { receiptRoutes } from './billing/events/receipts.routes.ts'
import { requestRoutes } from './billing/events/requests.routes.ts'
import { policyRoutes } from './billing/policy/policies.routes.ts'
import { searchRoutes } from './billing/search/search.routes.ts'
import { seasonRoutes } from './billing/seasons/seasons.routes.ts'
import { channelRoutes } from './collection/channels.routes.ts'
import { exceptionRoutes } from './collection/exceptions.routes.ts'
import { type DescribeMessage, operationRoutes } from './collection/operations.routes.ts'
import { paymentRoutes } from './collection/payments.routes.ts'
import { type ChannelStatus, wallRoutes } from './collection/wall.routes.ts'
import { windowRoutes } from './collection/windows.routes.ts'
import type { Db } from './db/db.ts'
import { exportRoutes } from './exports/exports.routes.ts'
import { serveConsole } from './http/console.ts'
import { answerError } from './http/errors.ts'
import { cookieJar, guard } from './http/guard.ts'
import { healthRoutes } from './http/health.routes.ts'
import { describeApi } from './http/openapi.ts'
import { importRoutes } from './imports/imports.routes.ts'
import { apiKeyRoutes } from './org/api-keys.routes.ts'
import { openApiKeys } from './org/api-keys.ts'
import { noticeRoutes } from './org/notices.routes.ts'
import { placeRoutes } from './org/places.routes.ts'
import { sessionRoutes } from './org/sessions.routes.ts'
import { openSessions } from './org/sessions.ts'

export interface HttpOptions {
  db: Db
  /** The subsidiary this installation serves; sign-in looks for its users. */
  companyId: string
  /** Where `vite build` put the console; without one the API stands alone. */
  consoleFolder: string
  /** 演练环境: the console says so on every page. */
  isRehearsal: boolean
  /** Whether browsers come by https: the cookie then wants it. */
  isSecure: boolean
  /** Reverse proxies whose X-Forwarded-For is believed. */
  trustedProxies?: string[]
  liveStatus(): ChannelStatus[]
  describe: DescribeMessage
  logger?: FastifyBaseLogger
}

/** No request of the console has a body near this; bulk comes by import, not by JSON. */
const bodyLimit = 64 * 1024
/** The whole request must have arrived, against slow senders. */
const requestTimeoutMs = 15_000
/** A person gave up waiting; the database's own limit ends the statement. */
const handlerTimeoutMs = 20_000
/** A busy page with a live wall asks a few times a second; a script gone wild asks more. */
const requestsPerMinute = 1_200

export function buildHttp(options: HttpOptions): FastifyInstance {
  const { db, companyId, isRehearsal, isSecure, liveStatus, describe, logger } = options
  const app = Fastify({
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    handlerTimeout: handlerTimeoutMs,
    trustProxy: options.trustedProxies ?? false,
    // Streams of the wall never end by themselves.
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    ...(logger && { loggerInstance: logger }),
  }).withTypeProvider<TypeBoxTypeProvider>()
  const sessions = openSessions(db, companyId)
  const jar = cookieJar(isSecure)

  app.setErrorHandler(answerError)
  app.register(helmet, securityHeaders(isSecure))
  app.register(cookie)
  app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: '1 minute',
    // A key has a rate of its own (core/http/guard-keys.ts).
    allowList: (req) => req.apiKey !== null && req.apiKey !== undefined,
  })
  describeApi(app as unknown as FastifyInstance)
  app.register(async (routes) => {
    guard(routes, { db, sessions, jar, keys: openApiKeys(db, companyId) })
    routes.addHook('onSend', async (_, reply) => void reply.header('cache-control', 'no-store'))
    routes.register(healthRoutes, { db, companyId, isRehearsal })
    routes.register(sessionRoutes, { sessions, jar, rehearsal: isRehearsal })
    routes.register(noticeRoutes, { db })
    routes.register(placeRoutes, { db })
    routes.register(customerRoutes, { db })
    routes.register(apiKeyRoutes, { db })
    routes.register(searchRoutes, { db })
    routes.register(policyRoutes, { db })
    routes.register(seasonRoutes, { db })
    routes.register(wallRoutes, { db, liveStatus, sessions, jar })
    routes.register(channelRoutes, { db })
    routes.register(windowRoutes, { db })
    routes.register(paymentRoutes, { db })
    routes.register(operationRoutes, { db, describe })
    routes.register(eventRoutes, { db })
    routes.register(explainRoutes, { db })
    routes.register(requestRoutes, { db })
    routes.register(receiptRoutes, { db })
    routes.register(exceptionRoutes, { db })
    routes.register(exportRoutes, { db })
    routes.register(batchRoutes, { db })
    routes.register(importRoutes, { db })
    routes.get('/v1/openapi.json', { schema: { hide: true } }, () => app.swagger())
  })
  serveConsole(app, options.consoleFolder)
  return app as unknown as FastifyInstance
}

/** No inline script, nothing from elsewhere; styles made at run time carry the answer's nonce. */
const securityHeaders = (isSecure: boolean) => ({
  enableCSPNonces: true,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'same-origin' as const },
  // A browser that has learnt it never comes by plain http again: only where https is served.
  strictTransportSecurity: isSecure,
})
