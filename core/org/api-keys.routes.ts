// Partners' keys: issue, list, rotate, disable. For administrators at the console alone – no key
// can make a key – and without idempotency keys, which would keep the secret.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { Instant, Nullable, Reason } from '../http/shapes.ts'
import {
  disableKey,
  type Issuer,
  issueKey,
  listKeys,
  rotateKey,
  type ShownKey,
} from './api-keys.ts'
import { apiScopeNames, apiScopes } from './api-scopes.ts'
import { mayManageKeys } from './roles.ts'
import type { SignedIn } from './sessions.ts'

const Strings = (title: string, description: string) =>
  Type.Array(Type.String(), { title, description })

const keyFields = {
  keyId: Type.String({ title: '密钥编号' }),
  name: Type.String({ title: '名称' }),
  scopes: Strings('权限', '该密钥可调用的接口范围'),
  orgPaths: Strings('数据范围', '可见的组织路径'),
  ratePerMinute: Type.Integer({ title: '每分钟请求数' }),
  allowedIps: Strings('来源地址', '允许的 IP 或网段；空表示不限'),
  expiresAt: Nullable(Instant),
  disabledAt: Nullable(Instant),
  lastUsedAt: Nullable(Instant),
  oldSecretEndsAt: Nullable(Instant),
  createdAt: Instant,
  createdBy: Type.String({ title: '创建人' }),
  version: Type.Integer({ title: '版本号' }),
}
const KeyJson = Type.Object(keyFields)
export type KeyJson = Static<typeof KeyJson>

const IssuedJson = Type.Object({
  ...keyFields,
  token: Type.String({ title: '完整密钥', description: '仅显示这一次，请立即妥善保存' }),
})
export type IssuedJson = Static<typeof IssuedJson>

const KeysJson = Type.Object({
  keys: Type.Array(KeyJson, { title: '接口密钥' }),
  scopes: Type.Array(
    Type.Object({
      scope: Type.String({ title: '权限代码' }),
      text: Type.String({ title: '权限说明' }),
    }),
    { title: '可授予的权限' },
  ),
})
export type KeysJson = Static<typeof KeysJson>

const mostPerMinute = 6_000
const longestGraceHours = 168
const OrgPath = Type.String({ title: '数据范围', pattern: '^[A-Za-z0-9_.-]*%?$', minLength: 1 })

const NewKeyJson = Type.Object(
  {
    name: Type.String({ title: '名称', minLength: 1, maxLength: 60, pattern: '\\S' }),
    scopes: Type.Array(Type.Enum([...apiScopeNames], { title: '权限' }), {
      title: '权限',
      minItems: 1,
      uniqueItems: true,
    }),
    orgPaths: Type.Optional(
      Type.Array(OrgPath, {
        title: '数据范围',
        description: '组织路径，如 c1.b1.%；不填为签发人自己的数据范围',
        minItems: 1,
        maxItems: 50,
      }),
    ),
    ratePerMinute: Type.Optional(
      Type.Integer({ title: '每分钟请求数', minimum: 1, maximum: mostPerMinute, default: 600 }),
    ),
    allowedIps: Type.Optional(
      Type.Array(Type.String({ title: '来源地址', minLength: 1, maxLength: 50 }), {
        title: '来源地址',
        description: '允许的 IP 或网段；不填表示不限',
        maxItems: 50,
      }),
    ),
    expiresOn: Type.Optional(
      Type.String({ title: '有效期至', description: '含当日', format: 'date' }),
    ),
  },
  { additionalProperties: false },
)
export type NewKeyJson = Static<typeof NewKeyJson>

const Params = Type.Object({
  keyId: Type.String({ title: '密钥编号', pattern: '^[a-z0-9]{12}$' }),
})
const Grace = Type.Object(
  {
    graceHours: Type.Optional(
      Type.Integer({
        title: '旧密钥保留小时数',
        description: '单位：小时',
        minimum: 0,
        maximum: longestGraceHours,
        default: 24,
      }),
    ),
  },
  { additionalProperties: false },
)

export const apiKeyRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  const config = { roles: mayManageKeys }
  app.get(
    '/v1/api-keys',
    { config, schema: { summary: '列出接口密钥', response: { 200: KeysJson } } },
    async ({ user }) => {
      const keys = await db.read(user!.scope, (tx) => listKeys(tx, user!.companyId))
      return { keys: keys.map(keyJson), scopes: scopesJson }
    },
  )

  app.post(
    '/v1/api-keys',
    {
      config,
      schema: { summary: '签发接口密钥', body: NewKeyJson, response: { 201: IssuedJson } },
    },
    async ({ user, body }, reply) => {
      const by = issuerOf(user!)
      const asked = {
        name: body.name.trim(),
        scopes: body.scopes,
        orgPaths: body.orgPaths ?? by.paths,
        ratePerMinute: body.ratePerMinute ?? 600,
        allowedIps: body.allowedIps ?? [],
        expiresOn: body.expiresOn ?? null,
      }
      const issued = await db.tx(user!.scope, (tx) => issueKey(tx, by, asked))
      return reply.code(201).send(issued)
    },
  )

  app.post(
    '/v1/api-keys/:keyId/rotate',
    {
      config,
      schema: { summary: '更换密钥', params: Params, body: Grace, response: { 200: IssuedJson } },
    },
    ({ user, params, body }) =>
      db.tx(user!.scope, (tx) =>
        rotateKey(tx, issuerOf(user!), params.keyId, body.graceHours ?? 24),
      ),
  )

  app.post(
    '/v1/api-keys/:keyId/disable',
    {
      config,
      schema: { summary: '停用密钥', params: Params, body: Reason, response: { 200: KeyJson } },
    },
    ({ user, params, body }) =>
      db.tx(user!.scope, (tx) => disableKey(tx, issuerOf(user!), params.keyId, body.reason.trim())),
  )
}

const issuerOf = ({ companyId, login, scope }: SignedIn): Issuer => ({
  companyId,
  login,
  paths: scope.paths,
})

const scopesJson = Object.entries(apiScopes).map(([scope, text]) => ({ scope, text }))
const keyJson = (key: ShownKey): KeyJson => key
