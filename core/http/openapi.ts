// The document of the API, made from the very schemas that validate: what a partner's programmer
// reads, and what generates their client. A route gives its `summary`; operation names, groups,
// security, errors, titles and units of fields are the same everywhere and are put in here.
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyContextConfig as RouteConfig } from 'fastify'
import { apiScopes } from '../org/api-scopes.ts'
import { sharedIn } from './openapi-shared.ts'
import { groups, type Named, summaries, unitOf, wordOf } from './openapi-words.ts'
import { problems } from './problems.ts'

interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, Answer>
}
type Answer = { description?: string; content?: Content } | { $ref: string }
type Content = Record<string, { schema: Schema }>
interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema: Schema
  example?: unknown
}
export interface Schema extends Named {
  $ref?: string
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  enum?: unknown[]
  type?: string
  pattern?: string
  patternProperties?: Record<string, Schema>
}
export interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  tags?: { name: string }[]
  components?: Record<string, unknown>
}

const about = `供热收费与银行代收系统开放接口。

* 金额一律以「分」为单位、按数字字符串传送（字段名以 Fen 结尾）；面积单位 0.01 平方米（Dm2）。
* 日期形如 2026-11-20，为北京时间的业务日期；时刻为 ISO 8601（UTC）。
* 合作方程序用接口密钥调用：请求头 \`Authorization: Bearer reli_…\`；可调用的接口由密钥权限决定。
* 合作方的每个 POST 必须带请求头 \`Idempotency-Key\`。同一幂等键、同一内容重发，返回首次的结果且不重复办理；
  内容不同则拒绝。未收到应答时，请用原幂等键、原内容重发，不要换新键。
* 超过密钥的每分钟请求数时返回 429，请按 Retry-After 指定的秒数等待。
* 出错时返回 \`{ code, message, fields? }\`：程序依据 code 判断，message 供人阅读。`

/** Call before any route is registered. */
export function describeApi(app: FastifyInstance): void {
  const configs = new Map<string, RouteConfig>()
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat()) configs.set(`${each} ${url}`, config ?? {})
  })
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Reli 热力 开放接口', version: '1', description: about },
    },
    transformObject: (found) => {
      const made = 'openapiObject' in found ? found.openapiObject : found.swaggerObject
      return finished(structuredClone(made) as unknown as Document, configs) as typeof made
    },
  })
}

function finished(document: Document, configs: ReadonlyMap<string, RouteConfig>): Document {
  const used = new Set<string>()
  for (const [path, methods] of Object.entries(document.paths)) {
    const url = path.replace(/\{(\w+)\}/g, ':$1')
    for (const [method, operation] of Object.entries(methods)) {
      const config = configs.get(`${method.toUpperCase()} ${url}`) ?? {}
      methods[method] = described(operation, method, path, config)
      for (const tag of methods[method].tags!) used.add(tag)
    }
  }
  document.tags = [...used].sort().map((name) => ({ name }))
  document.components = {
    schemas: { ...sharedIn(document), Problem: problemSchema },
    responses: problemAnswers,
    securitySchemes,
  }
  return document
}

function described(
  operation: Operation,
  method: string,
  path: string,
  config: RouteConfig,
): Operation {
  const { isPublic, scope } = config
  const parameters = (operation.parameters ?? []).map(parameterNamed)
  if (scope !== undefined && method === 'post') parameters.push(idempotencyKey)
  for (const { content } of [operation.requestBody, ...Object.values(operation.responses)].flatMap(
    (part) => (part && 'content' in part && part.content ? [{ content: part.content }] : []),
  )) {
    for (const { schema } of Object.values(content)) nameFields(schema)
  }
  const scopeText = scope === undefined ? [] : [`密钥权限：\`${scope}\`（${apiScopes[scope]}）。`]
  const text = [operation.description ?? [], scopeText].flat().join('\n\n')
  const operationId = operation.operationId ?? nameOf(method, path)
  const summary = operation.summary ?? summaries[operationId]
  return {
    ...operation,
    operationId,
    ...(summary && { summary }),
    tags: [groups[path.split('/')[2] ?? ''] ?? path.split('/')[2]!],
    ...(text && { description: text }),
    ...(parameters.length > 0 && { parameters }),
    security: isPublic
      ? []
      : [{ session: [] }, ...(scope === undefined ? [] : [{ apiKey: [scope] }])],
    responses: { ...withTexts(operation.responses), ...answersFor(config, method) },
  }
}

/** `get /v1/channels/{id}/stops` → `getChannelsByIdStops`. */
function nameOf(method: string, path: string): string {
  const words = path.split('/').slice(2)
  const parts = words.map((word) => (word.startsWith('{') ? `By-${word.slice(1, -1)}` : word))
  return method + parts.map(capital).join('')
}

const capital = (words: string): string =>
  words.replace(/(^|[-_.])([A-Za-z0-9])/g, (_, __, letter: string) => letter.toUpperCase())

function parameterNamed(parameter: Parameter): Parameter {
  const { title, description: said, ...schema } = named(parameter.name, parameter.schema)
  const own = parameter.description ?? said
  return { ...parameter, description: [title ?? [], own ?? []].flat().join('：'), schema }
}

/** In place: every field of every level gets its title and its unit, where the route gave none. */
function nameFields(schema: Schema): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    schema.properties![name] = named(name, field)
    nameFields(schema.properties![name])
  }
  const inner = [schema.items ?? [], schema.anyOf ?? [], schema.oneOf ?? [], schema.allOf ?? []]
  for (const each of inner.flat()) nameFields(each)
  for (const each of Object.values(schema.patternProperties ?? {})) nameFields(each)
}

function named(name: string, field: Schema): Schema {
  const inner = innermost(field)
  const title = field.title ?? inner.title ?? wordOf(name)
  const unit = unitOf(name)
  const said = field.description ?? inner.description
  const description = [said ?? [], unit && !said?.includes('单位') ? unit.text : []]
    .flat()
    .join('；')
  const usual = unit?.examples && takes(inner, unit.examples) ? unit.examples : undefined
  const examples = field.examples ?? inner.examples ?? usual
  return {
    ...field,
    ...(title && { title }),
    ...(description && { description }),
    ...(examples && { examples }),
  }
}

/** Whether a field takes the usual example of its unit. */
const takes = ({ type, enum: values, pattern }: Schema, [example]: unknown[]): boolean =>
  type === 'string' && values === undefined && new RegExp(pattern ?? '').test(String(example))

/** Of something or nothing, the something. */
const innermost = (field: Schema): Schema =>
  field.anyOf?.find(({ type }) => type !== 'null') ?? field

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: '幂等键：合作方必填，8 至 128 位字母、数字或 . _ : -；每笔业务一个，重发时不变',
  schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{8,128}$' },
  example: 'ORDER-20261120-000123',
}

const securitySchemes = {
  apiKey: { type: 'http', scheme: 'bearer', description: '合作方接口密钥 reli_…' },
  session: { type: 'apiKey', in: 'cookie', name: '__Host-reli', description: '控制台登录会话' },
}

const problemSchema = {
  type: 'object',
  title: '错误',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', title: '错误代码', description: '供程序判断，不随文字改动而变' },
    message: { type: 'string', title: '说明', description: '供人阅读的中文说明' },
    fields: {
      type: 'array',
      title: '有误的项目',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: {
          field: { type: 'string', title: '项目' },
          message: { type: 'string', title: '说明' },
        },
      },
    },
  },
}

const answerOf = (description: string, example: object, headers?: object) => ({
  description,
  ...(headers && { headers }),
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' }, example } },
})

const exampleOf = (code: keyof typeof problems) => ({ code, message: problems[code].zh })
const badField = { field: 'amountFen', message: '「金额」格式不正确' }
const retryAfter = {
  'Retry-After': { description: '几秒后再试，单位：秒', schema: { type: 'integer' } },
}

const problemAnswers = {
  Invalid: answerOf('请求内容有误', {
    code: 'request.invalid',
    message: badField.message,
    fields: [badField],
  }),
  Unknown: answerOf('未登录，或接口密钥不能使用', exampleOf('key.refused')),
  Forbidden: answerOf('没有权限', exampleOf('scope.missing')),
  Conflict: answerOf('与当前状态或幂等键冲突', exampleOf('idempotency.conflicting')),
  TooMany: answerOf('请求过于频繁', exampleOf('request.too_many'), retryAfter),
  Other: answerOf('其他错误', exampleOf('system.failed')),
}

function answersFor({ isPublic }: RouteConfig, method: string): Operation['responses'] {
  const ref = (name: keyof typeof problemAnswers) => ({ $ref: `#/components/responses/${name}` })
  return {
    400: ref('Invalid'),
    ...(!isPublic && { 401: ref('Unknown'), 403: ref('Forbidden') }),
    ...(method !== 'get' && { 409: ref('Conflict') }),
    429: ref('TooMany'),
    default: ref('Other'),
  }
}

const withTexts = (responses: Operation['responses']): Operation['responses'] =>
  Object.fromEntries(
    Object.entries(responses).map(([status, answer]) =>
      '$ref' in answer || (answer.description && answer.description !== 'Default Response')
        ? [status, answer]
        : [status, { ...answer, description: status === '201' ? '已办理' : '成功' }],
    ),
  )
