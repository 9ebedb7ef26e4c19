// Turns whatever a route throws into one shape, `{ code, message, fields? }`, in Chinese. What
// nobody foresaw is logged with its number and says nothing about itself to the outside.
import { Refused, refusals } from '@reli/sdk'
import type {
  FastifyError,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify'
import { wordOf } from './openapi-words.ts'
import { type FieldProblem, Problem, type ProblemCode, problems } from './problems.ts'

/** Codes of fastify and PostgreSQL that are somebody's request, not our fault. */
const known: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.unsupported',
  FST_ERR_CTP_INVALID_JSON_BODY: 'request.invalid',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'request.invalid',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'request.invalid',
  FST_ERR_HANDLER_TIMEOUT: 'request.too_slow',
  FST_ERR_BAD_URL: 'request.invalid',
  // query_canceled: the statement took longer than its limit.
  '57014': 'request.too_slow',
  // A date that does not exist, inside a page's key.
  '22007': 'request.invalid',
  '22008': 'request.invalid',
  // lock_not_available
  '55P03': 'request.too_slow',
}

export function answerError(error: unknown, req: FastifyRequest, reply: FastifyReply) {
  const { status, ...body } = describeError(error as FastifyError, req)
  if (status >= 500) req.log.error({ err: error, code: body.code }, 'request failed')
  return reply.code(status).send(body)
}

interface Described {
  status: number
  code: string
  message: string
  fields?: readonly FieldProblem[]
}

function describeError(error: FastifyError, req: FastifyRequest): Described {
  if (error instanceof Refused) {
    const { status, zh } = refusals[error.code]
    return { status, code: error.code, message: zh }
  }
  if (error instanceof Problem) return described(error.code, error.fields)
  // What the business does not allow (core/billing/refusals.ts); this room knows it by its shape.
  if (error.name === 'NotAllowed' && 'zh' in error) {
    return { status: 409, code: error.code, message: String(error.zh) }
  }
  if (error.validation) {
    const shape = req.routeOptions.schema?.[contextOf(error.validationContext)] as Shape | undefined
    return described(
      'request.invalid',
      error.validation.map((fault) => fieldProblem(fault, shape)),
    )
  }
  if (error.statusCode === 429) return described('request.too_many')
  const code = known[error.code]
  if (code) return described(code)
  const { status, zh } = problems['system.failed']
  return { status, code: 'system.failed', message: `${zh}，编号 ${req.id}` }
}

function described(code: ProblemCode, fields: readonly FieldProblem[] = []): Described {
  const { status, zh } = problems[code]
  if (fields.length === 0) return { status, code, message: zh }
  return { status, code, message: fields.map(({ message }) => message).join('；'), fields }
}

interface Shape {
  properties?: Record<string, { title?: string }>
}

function contextOf(context: string | undefined): 'body' | 'querystring' | 'params' | 'headers' {
  return context === 'querystring' || context === 'params' || context === 'headers'
    ? context
    : 'body'
}

/** One fault of a value against its schema, as a sentence with the field's title. */
export function fieldProblem(fault: FastifySchemaValidationError, shape?: Shape): FieldProblem {
  const { params } = fault
  const named = params.missingProperty ?? params.additionalProperty
  const field = String(named ?? fault.instancePath.split('/')[1] ?? '')
  const label = shape?.properties?.[field]?.title ?? wordOf(field) ?? field
  return { field, message: sentence(fault, label) }
}

function sentence({ keyword, params }: FastifySchemaValidationError, label: string): string {
  switch (keyword) {
    case 'required':
      return `缺少「${label}」`
    case 'additionalProperties':
      return `不认识的项目「${label}」`
    case 'enum':
      return `「${label}」只能是 ${(params.allowedValues as string[]).join('、')} 之一`
    case 'minLength':
      return `「${label}」不能为空`
    case 'maxLength':
      return `「${label}」不能超过 ${params.limit} 个字`
    case 'minItems':
      return `「${label}」至少要有 ${params.limit} 项`
    case 'maxItems':
      return `「${label}」不能超过 ${params.limit} 项`
    case 'uniqueItems':
      return `「${label}」有重复的项`
    case 'minimum':
    case 'exclusiveMinimum':
      return `「${label}」不能小于 ${params.limit}`
    case 'maximum':
    case 'exclusiveMaximum':
      return `「${label}」不能大于 ${params.limit}`
    case 'format':
      return params.format === 'date'
        ? `「${label}」不是有效日期，应形如 2026-11-20`
        : `「${label}」格式不正确`
    default:
      return `「${label || '内容'}」格式不正确`
  }
}
