// Once per `Idempotency-Key`: the same request sent again gets the first one's answer and changes
// nothing. For the routes that change something:
//
//   app.post('/v1/…', { config: { roles, scope: 'events:write' }, schema }, (req) =>
//     db.tx(req.user!.scope, (tx) => once(tx, req, () => book(tx, req.body))))
//
// `once` writes the key in the transaction of the business, so a crash leaves both or neither. The
// act runs only if the key is new; what it returns is kept as JSON and is what a repeat returns. It
// must read and write through `tx` alone, and its result must be plain data (Fen as text).
//
// * Same caller, key, address and body → the stored answer, with `idempotency-replayed: true`.
// * Same key, other address or body → 409 `idempotency.conflicting`; nothing happens.
// * The first is still running → the second waits for it, 3 s at most, then 409
//   `idempotency.in_flight`.
// * The act throws, a refusal included → rolled back, key and all: the request may be sent again
//   and
//   is examined anew.
//
// Holders of an API key must send the header with every POST (core/http/guard.ts); for the console
// it is optional, and without it `once` just runs the act. Keys are kept for ever.
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Tx } from '../db/db.ts'
import { answerOfKey, claimKey, keepAnswer } from './idempotency.sql.ts'
import { Problem } from './problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What `once` did with the key of this request; null while it was not asked. */
    idempotency: 'ran' | 'replayed' | null
  }
}

/** What a program may choose as a key: a UUID, or the number of its own document. */
const plainKey = /^[A-Za-z0-9._:-]{8,128}$/

/**
 * Runs `act` once per key. `content` is what a repeat must be equal in: the body, unless the route
 * reads its content elsewhere, as an upload does.
 */
export async function once<T>(
  tx: Tx,
  req: FastifyRequest,
  act: () => Promise<T> | T,
  content: unknown = req.body,
): Promise<T> {
  const key = keyOf(req)
  if (key === undefined) return act()
  const { companyId, login } = req.user!
  const id: [string, string, string] = [companyId, login, key]
  const fingerprint = fingerprintOf(req, content)
  const claimed = await tx.maybe(claimKey, [...id, fingerprint]).catch(refuseInFlight)
  if (!claimed) {
    const first = await tx.one(answerOfKey, id)
    if (!first.fingerprint.equals(fingerprint)) throw new Problem('idempotency.conflicting')
    req.idempotency = 'replayed'
    return first.response as T
  }
  const response = await act()
  await tx.run(keepAnswer, [...id, JSON.stringify(response ?? null)])
  req.idempotency = 'ran'
  return response
}

/** The key of a request; a key that nobody could have meant is a bad request. */
export function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && plainKey.test(key)) return key
  const message = '「Idempotency-Key」须为 8 至 128 位字母、数字或 . _ : -'
  throw new Problem('request.invalid', [{ field: 'Idempotency-Key', message }])
}

function fingerprintOf({ method, url }: FastifyRequest, content: unknown): Buffer {
  const text = JSON.stringify([method, url, inOrder(content)])
  return createHash('sha256').update(text).digest()
}

/** A program that sends again may write its fields in another order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, item]) => [name, inOrder(item)]))
}

/** `lock_not_available`: whoever has the key is at it for longer than we wait (core/db/db.ts). */
function refuseInFlight(error: { code?: string }): never {
  throw error.code === '55P03' ? new Problem('idempotency.in_flight') : error
}
