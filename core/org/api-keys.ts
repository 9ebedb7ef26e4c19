// The keys of partners' programs: `reli_<id>_<secret>`. The secret has 256 bits and is shown once;
// the database keeps its hash. A key reaches what its scopes name, within its organisation paths,
// from its addresses, at its rate – and no more than the person who issued it reaches.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { toJson } from '@reli/sdk'
import type { Db, Tx } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { Problem } from '../http/problems.ts'
import * as sql from './api-keys.sql.ts'
import type { ApiScope } from './api-scopes.ts'
import { recordAct } from './audit.ts'
import type { SignedIn } from './sessions.ts'

export type { ShownKey } from './api-keys.sql.ts'

/** A program that came with a key. As a user it has no role: its scopes say what it may. */
export interface KeyHolder {
  keyId: string
  scopes: readonly string[]
  ratePerMinute: number
  user: SignedIn
}

export interface ApiKeys {
  /** Undefined when the key does not open; why stands in the security log alone. */
  holderOf(token: string, remoteIp: string): Promise<KeyHolder | undefined>
  /** On record: a key that knocked at a door that is not its own, or too often. */
  report(kind: string, { keyId }: { keyId: string }, remoteIp: string, at: string): Promise<void>
}

const tokenShape = /^reli_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/
const secretBytes = 32
/** `last_used_at` is written at most once in this time. */
const freshSeconds = 60

export function openApiKeys(db: Db, companyId: string): ApiKeys {
  const company = wholeCompanies(companyId)
  const log = (kind: string, remoteIp: string, detail: object) =>
    db.tx(company, (tx) =>
      tx.run(sql.insertSecurityEvent, [companyId, kind, remoteIp, toJson(detail)]),
    )

  const holderOf: ApiKeys['holderOf'] = async (token, remoteIp) => {
    const ip = plainIp(remoteIp)
    const [, keyId = '', secret = ''] = tokenShape.exec(token) ?? []
    const row = keyId
      ? await db.read(company, (tx) => tx.maybe(sql.keyById, [companyId, keyId, ip, freshSeconds]))
      : undefined
    const why = row ? whyNot(row, secret) : 'unknown'
    if (!row || why) {
      await log('api_key.refused', ip, { keyId, why })
      return undefined
    }
    if (row.isStale) await db.tx(company, (tx) => tx.run(sql.touchKey, [companyId, keyId]))
    const { scopes, ratePerMinute } = row
    return { keyId, scopes, ratePerMinute, user: userOf(companyId, row) }
  }

  const report: ApiKeys['report'] = async (kind, { keyId }, remoteIp, at) => {
    await log(kind, plainIp(remoteIp), { keyId, at })
  }
  return { holderOf, report }
}

function whyNot(row: sql.KeyRow, secret: string): string | undefined {
  const given = hash(secret)
  const isRight = [row.secretHash, row.oldSecretHash].some(
    (kept) => kept !== null && timingSafeEqual(kept, given),
  )
  if (!isRight) return 'secret'
  if (row.isDisabled) return 'disabled'
  if (row.isExpired) return 'expired'
  return row.isFromAllowedIp ? undefined : 'address'
}

const userOf = (companyId: string, row: sql.KeyRow): SignedIn => ({
  companyId,
  companyName: row.companyName,
  bookingOn: row.bookingOn,
  userId: row.keyId,
  login: `key:${row.keyId}`,
  name: row.name,
  roles: [],
  scope: { companies: [companyId], paths: row.orgPaths },
  endsAt: row.endsAt ?? '9999-12-31T15:59:59.000Z',
})

// --- issuing ------------------------------------------------------------------------------------

/** Who issues, with the paths they reach themselves. */
export interface Issuer {
  companyId: string
  login: string
  paths: readonly string[]
}

export interface NewKey {
  name: string
  scopes: readonly ApiScope[]
  orgPaths: readonly string[]
  ratePerMinute: number
  allowedIps: readonly string[]
  /** The last day on which it opens. */
  expiresOn: string | null
}

export interface IssuedKey extends sql.ShownKey {
  /** The whole key. It is not kept and cannot be shown again. */
  token: string
}

export async function issueKey(tx: Tx, by: Issuer, asked: NewKey): Promise<IssuedKey> {
  const { companyId, login } = by
  refuseUnlessReached(by, asked.orgPaths)
  refuseUnlessNetworks(asked.allowedIps)
  const keyId = randomId()
  const secret = randomBytes(secretBytes).toString('base64url')
  const key = await tx.one(sql.insertKey, [
    companyId,
    keyId,
    asked.name,
    hash(secret),
    asked.scopes,
    asked.orgPaths,
    asked.ratePerMinute,
    asked.allowedIps,
    asked.expiresOn,
    login,
  ])
  const act = { companyId, actor: login, action: 'api_key.issued', subject: keyId }
  await recordAct(tx, { ...act, after: key })
  return { ...key, token: `reli_${keyId}_${secret}` }
}

/** A new secret. The old one still opens for `graceHours`, so that a partner can change over. */
export async function rotateKey(
  tx: Tx,
  { companyId, login }: Issuer,
  keyId: string,
  graceHours: number,
): Promise<IssuedKey> {
  const before = await tx.maybe(sql.lockKey, [companyId, keyId])
  if (!before) throw new Problem('thing.not_found')
  if (before.disabledAt !== null) throw new Problem('key.unchanged')
  const secret = randomBytes(secretBytes).toString('base64url')
  const after = await tx.one(sql.setSecret, [companyId, keyId, hash(secret), graceHours])
  const act = { companyId, actor: login, action: 'api_key.rotated', subject: keyId }
  await recordAct(tx, { ...act, before, after })
  return { ...after, token: `reli_${keyId}_${secret}` }
}

export async function disableKey(
  tx: Tx,
  { companyId, login }: Issuer,
  keyId: string,
  reason: string,
): Promise<sql.ShownKey> {
  const before = await tx.maybe(sql.lockKey, [companyId, keyId])
  if (!before) throw new Problem('thing.not_found')
  if (before.disabledAt !== null) throw new Problem('key.unchanged')
  const after = await tx.one(sql.disableKey, [companyId, keyId])
  const act = { companyId, actor: login, action: 'api_key.disabled', subject: keyId }
  await recordAct(tx, { ...act, before, after, reason })
  return after
}

export const listKeys = (tx: Tx, companyId: string): Promise<sql.ShownKey[]> =>
  tx.many(sql.keysOf, [companyId])

/** A pattern within one of the issuer's own: `c1.%` reaches `c1.b1.%`. */
function refuseUnlessReached({ paths }: Issuer, asked: readonly string[]): void {
  const isWithin = (path: string) =>
    paths.some((own) => own === path || (own.endsWith('%') && path.startsWith(own.slice(0, -1))))
  const beyond = asked.filter((path) => !isWithin(path))
  if (beyond.length === 0) return
  const message = `「数据范围」${beyond.join('、')} 超出您自己的数据范围`
  throw new Problem('request.invalid', [{ field: 'orgPaths', message }])
}

function refuseUnlessNetworks(asked: readonly string[]): void {
  const wrong = asked.filter((text) => !isNetwork(text))
  if (wrong.length === 0) return
  const message = `「来源地址」${wrong.join('、')} 不是有效的 IP 地址或网段，应形如 203.0.113.5 或 203.0.113.0/24`
  throw new Problem('request.invalid', [{ field: 'allowedIps', message }])
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && (bits === undefined || Number(bits) <= (family === 4 ? 32 : 128))
}

/** A socket that listens for both families calls 10.0.0.1 `::ffff:10.0.0.1`. */
const plainIp = (ip: string) => ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

const hash = (text: string) => createHash('sha256').update(text).digest()

const alphabet = '0123456789abcdefghijkmnpqrstuvwxyz'
/** Not a secret, so a slight bias of the remainder does no harm. */
const randomId = () => Array.from(randomBytes(12), (byte) => alphabet[byte % 34]).join('')
