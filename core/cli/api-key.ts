// `reli api-key`: partners' keys from the machine itself, for the first key and for the night on
// which one has leaked. Acts are on record under the name of whoever is at the machine.
import { userInfo } from 'node:os'
import { readWorkerSettings } from '../config.ts'
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { Problem, problems } from '../http/problems.ts'
import {
  disableKey,
  type IssuedKey,
  type Issuer,
  issueKey,
  listKeys,
  rotateKey,
} from '../org/api-keys.ts'
import { type ApiScope, apiScopeNames, apiScopes } from '../org/api-scopes.ts'
import { openWith, readAccess } from '../start/database.ts'
import { workerFileOf } from './reconcile.ts'
import { padTo, say } from './say.ts'
import { Misused, needed, type Words } from './words.ts'

type Act = (db: Db, by: Issuer, words: Words) => Promise<void>

const acts: Record<string, Act> = { create, list, rotate, disable }

export async function apiKeyCommand(words: Words): Promise<void> {
  const [name = ''] = words.positionals
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined
  if (!act) throw new Misused('请写明 api-key create、list、rotate 或 disable')
  const by = { ...companyOf(words), paths: ['%'] }
  await withDatabase(words, 'api-key', (db) => act(db, by, words))
}

/** The company of the settings, and who is at the machine. */
export function companyOf(words: Words): { companyId: string; login: string } {
  const { company } = readWorkerSettings(workerFileOf(words))
  return { companyId: company, login: `cli:${userInfo().username}` }
}

export async function withDatabase(
  words: Words,
  name: string,
  work: (db: Db) => Promise<void>,
): Promise<void> {
  const { database } = readWorkerSettings(workerFileOf(words))
  const db = openWith(readAccess(database), name, 1)
  try {
    await work(db)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const fields = error.fields.map(({ message }) => message)
    throw new Misused(fields.length > 0 ? fields.join('；') : problems[error.code].zh)
  } finally {
    await db.close()
  }
}

async function create(db: Db, by: Issuer, { values }: Words): Promise<void> {
  const scopes = listOf(needed(values.scopes, '--scopes'))
  const unknown = scopes.filter((scope) => !apiScopeNames.includes(scope as ApiScope))
  if (scopes.length === 0 || unknown.length > 0) {
    const known = Object.entries(apiScopes).map(([name, zh]) => `  ${padTo(name, 20)}${zh}`)
    throw new Misused(`没有权限「${unknown.join('、')}」，可用的权限：\n${known.join('\n')}`)
  }
  const asked = {
    name: needed(values.name, '--name'),
    scopes: scopes as ApiScope[],
    orgPaths: values.paths === undefined ? by.paths : listOf(values.paths),
    ratePerMinute: wholeOf(values.rate ?? '600', '--rate', 1, 6_000),
    allowedIps: listOf(values.ips ?? ''),
    expiresOn: values.expires === undefined ? null : dayOf(values.expires, '--expires'),
  }
  showSecret(await db.tx(scopeOf(by), (tx) => issueKey(tx, by, asked)))
}

async function list(db: Db, by: Issuer): Promise<void> {
  const keys = await db.read(scopeOf(by), (tx) => listKeys(tx, by.companyId))
  if (keys.length === 0) say('还没有接口密钥')
  for (const key of keys) {
    const state = key.disabledAt ? '已停用' : key.expiresAt ? `至 ${key.expiresAt}` : '有效'
    const used = key.lastUsedAt ? `最近使用 ${key.lastUsedAt}` : '未使用'
    say(`${key.keyId}  ${padTo(key.name, 20)}${state}  ${used}  ${key.scopes.join(',')}`)
  }
}

async function rotate(db: Db, by: Issuer, { positionals, values }: Words): Promise<void> {
  const keyId = needed(positionals[1], '密钥编号')
  const hours = wholeOf(values.grace ?? '24', '--grace', 0, 168)
  showSecret(await db.tx(scopeOf(by), (tx) => rotateKey(tx, by, keyId, hours)))
}

async function disable(db: Db, by: Issuer, { positionals, values }: Words): Promise<void> {
  const keyId = needed(positionals[1], '密钥编号')
  const reason = needed(values.reason, '--reason')
  const { name } = await db.tx(scopeOf(by), (tx) => disableKey(tx, by, keyId, reason))
  say(`密钥 ${keyId}（${name}）已停用，下一次请求起生效`)
}

const scopeOf = ({ companyId }: Issuer) => wholeCompanies(companyId)
const listOf = (text: string) => text.split(',').filter((part) => part !== '')

const showSecret = ({ name, keyId, token }: IssuedKey) =>
  say(`密钥 ${keyId}（${name}）：\n\n  ${token}\n\n仅显示这一次，请立即妥善保存。`)

export function wholeOf(text: string, name: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value
  throw new Misused(`${name} 应为 ${least} 至 ${most} 的整数`)
}

export function dayOf(text: string, name: string): string {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
  if (isDay && new Date(text).toISOString().slice(0, 10) === text) return text
  throw new Misused(`${name} 不是有效日期，应形如 2026-11-20`)
}
