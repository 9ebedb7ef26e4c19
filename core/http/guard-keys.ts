// A program that comes with a key (`Authorization: Bearer reli_…`) instead of a session. It passes,
// in this order: the key opens, its rate is not used up, the route is open to keys and to this one,
// and a POST names its idempotency key. Each hub process counts rates for itself.
import '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiKeys, KeyHolder } from '../org/api-keys.ts'
import { keyOf } from './idempotency.ts'
import { Problem } from './problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set when the request came with a key that opens. */
    apiKey: KeyHolder | null
  }
}

/** Keys that do not open, from one address: a guesser must not fill the security log. */
const refusalsPerMinute = 30
/** Of a key that opens, each kind of trouble is told once in this time. */
const timeWindow = 60_000

export type AdmitKey = (token: string, req: FastifyRequest, reply: FastifyReply) => Promise<void>

export function keyGuard(app: FastifyInstance, keys: ApiKeys): AdmitKey {
  const limit = (name: string, max: number | ((req: FastifyRequest) => number)) => {
    const keyGenerator = (req: FastifyRequest) => `${name}:${req.apiKey?.keyId ?? req.ip}`
    return app.createRateLimit({ max, keyGenerator, timeWindow, allowList: () => false })
  }
  const refusals = limit('refused', refusalsPerMinute)
  const rate = limit('key', (req) => req.apiKey!.ratePerMinute)
  const reports = {
    'api_key.rate_exceeded': limit('rate', 1),
    'api_key.scope_missing': limit('scope', 1),
  }
  const report = async (req: FastifyRequest, kind: keyof typeof reports) => {
    const told = await reports[kind](req)
    if (told.isAllowed || told.isExceeded) return
    await keys.report(kind, req.apiKey!, req.ip, `${req.method} ${req.routeOptions.url}`)
  }

  return async (token, req, reply) => {
    const tried = await refusals(req, { increment: false })
    if (!tried.isAllowed && tried.remaining === 0) throw tooMany(reply, tried.ttlInSeconds)
    const holder = await keys.holderOf(token, req.ip)
    if (!holder) {
      await refusals(req)
      throw new Problem('key.refused')
    }
    req.apiKey = holder
    req.user = holder.user
    const used = await rate(req)
    if (!used.isAllowed) {
      reply.header('x-ratelimit-limit', used.max).header('x-ratelimit-remaining', used.remaining)
      if (used.isExceeded) {
        await report(req, 'api_key.rate_exceeded')
        throw tooMany(reply, used.ttlInSeconds)
      }
    }
    const { scope } = req.routeOptions.config
    if (scope === undefined || !holder.scopes.includes(scope)) {
      await report(req, 'api_key.scope_missing')
      throw new Problem('scope.missing')
    }
    if (req.method === 'POST' && keyOf(req) === undefined) throw new Problem('idempotency.missing')
  }
}

function tooMany(reply: FastifyReply, seconds: number): Problem {
  reply.header('retry-after', Math.max(1, seconds))
  return new Problem('request.too_many')
}
