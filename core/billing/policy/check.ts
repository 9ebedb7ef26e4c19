// Whether a policy can be charged by: first each field by itself, then what fields say together.
// Every problem names the field, says what is wrong and shows how it is written.
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { FieldProblem } from '../../http/problems.ts'
import { crossProblems, type PolicySeason } from './cross-check.ts'
import { type PolicyJson, PolicyJson as Schema } from './document.ts'

/** `season`: what depends on its dates is not checked without it. */
export function problemsOf(policy: unknown, season?: PolicySeason): FieldProblem[] {
  const found = shapeProblems(Schema, policy, [])
  return found.length > 0 ? found : crossProblems(policy as PolicyJson, problemAt, season)
}

interface Fault {
  keyword: string
  instancePath: string
  params: object
}

/** The schema as it is told to people. */
interface Told {
  title?: string
  description?: string
  examples?: unknown[]
  pattern?: string
  type?: string
  const?: unknown
  anyOf?: Told[]
  items?: Told
  properties?: Record<string, Told>
  patternProperties?: Record<string, Told>
}

function shapeProblems(schema: TSchema, value: unknown, base: readonly string[]): FieldProblem[] {
  const faults = Value.Errors(schema, value) as Fault[]
  const told = new Map<string, FieldProblem>()
  const tell = (problem: FieldProblem) => {
    if (!told.has(problem.field)) told.set(problem.field, problem)
  }
  const decided: string[] = []
  for (const fault of faults) {
    const parts = [...base, ...partsOf(fault.instancePath)]
    const choice = choiceAround(schema as Told, value, base, parts)
    if (choice) {
      const at = choice.parts.join('.')
      if (!decided.includes(at)) choice.problems.forEach(tell)
      decided.push(at)
    } else for (const problem of saidOf(fault, parts)) tell(problem)
  }
  return [...told.values()]
}

const partsOf = (path: string) =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/**
 * A field that is one of several objects (超高规则, 天数, 口径) is judged by the one it names, not by
 * all that it is not.
 */
function choiceAround(schema: Told, value: unknown, base: readonly string[], parts: string[]) {
  for (let length = base.length; length <= parts.length; length++) {
    const here = parts.slice(0, length)
    const arms = toldAt(schema, here.slice(base.length))?.anyOf
    const name = arms && nameOfChoice(arms)
    if (!name) continue
    const given = valueAt(value, here.slice(base.length)) as Record<string, unknown> | undefined
    const named = arms.find((arm) => arm.properties?.[name]?.const === given?.[name])
    const problems = named
      ? shapeProblems(named as TSchema, given, here)
      : [unknownChoice([...here, name], arms, name)]
    return { parts: here, problems }
  }
  return undefined
}

/** `rule`, `mode`, `per`: the property that each arm has a word of its own for. */
function nameOfChoice(arms: readonly Told[]): string | undefined {
  return Object.entries(arms[0]?.properties ?? {}).find(([, { const: word }]) => word)?.[0]
}

function unknownChoice(parts: string[], arms: readonly Told[], name: string): FieldProblem {
  const words = arms.map((arm) => String(arm.properties?.[name]?.const))
  return { field: parts.join('.'), message: `${parts.join('.')} 只能是 ${words.join('、')} 之一` }
}

const valueAt = (value: unknown, parts: readonly string[]): unknown =>
  parts.reduce((at, part) => (at as Record<string, unknown> | undefined)?.[part], value)

function saidOf({ keyword, params }: Fault, parts: string[]): FieldProblem[] {
  const words = (Object.values(params).flat() as unknown[]).map(String)
  switch (keyword) {
    // What the other arm of «or null» would have wanted, and what repeats a fault one level up.
    case 'anyOf':
    case 'boolean':
      return []
    case 'type':
      if (words[0] === 'null') return []
      return [problemAt(parts, wrongType(parts, words[0]!))]
    case 'required':
      return words.map((word) => missing(parts, word))
    case 'additionalProperties':
      return words.map((word) => problemAt(parts, `：不认识的项目 ${word}`, null))
    case 'enum':
      return [problemAt(parts, `只能是 ${words.join('、')} 之一`, null)]
    case 'format':
      return [problemAt(parts, '应为日期')]
    case 'minItems':
    case 'minProperties':
      return [problemAt(parts, `格式不正确，至少要有 ${words[0]} 项`)]
    case 'maxItems':
      return [problemAt(parts, `不能超过 ${words[0]} 项`)]
    case 'minimum':
      return [problemAt(parts, `不能小于 ${words.at(-1)}`)]
    case 'maximum':
      return [problemAt(parts, `不能大于 ${words.at(-1)}`)]
    case 'maxLength':
      return [problemAt(parts, `不能超过 ${words[0]} 个字`)]
    case 'minLength':
      return [problemAt(parts, '不能为空')]
    case 'pattern':
      return [problemAt(parts, patternText(told(parts)?.pattern))]
    default:
      return [problemAt(parts, '格式不正确')]
  }
}

const typeWords: Record<string, string> = {
  string: '格式不正确，应为文本',
  integer: '格式不正确，应为整数',
  boolean: '格式不正确，应为 true 或 false',
  array: '格式不正确，应为列表',
  object: '格式不正确，应为一组项目',
}

function missing(parts: string[], name: string): FieldProblem {
  const { title, examples = [] } = told([...parts, name]) ?? {}
  const label = title === undefined ? name : `${name}（${title}）`
  const hint = examples.length === 0 ? '' : `，如 ${JSON.stringify(examples[0])}`
  return { field: parts.join('.'), message: `${parts.join('.') || '政策'}：缺少 ${label}${hint}` }
}

/** A number without quotes is the most usual slip: it would have lost its places already. */
function wrongType(parts: string[], type: string): string {
  const isDecimal = type === 'string' && /\\d/.test(told(parts)?.pattern ?? '')
  return isDecimal ? '格式不正确，应为加引号的十进制数' : (typeWords[type] ?? '格式不正确')
}

function patternText(pattern = ''): string {
  const places = /\\\.\\d\{1,(\d)\}/.exec(pattern)?.[1]
  if (places) return `应为最多 ${places} 位小数的十进制数`
  return '格式不正确，只用字母、数字和下划线'
}

const told = (parts: readonly string[]) => toldAt(Schema as unknown as Told, parts)

/** `late_fee.due_date（缴费截止日）应为日期，如 2026-12-31`; example null: none is shown. */
export function problemAt(
  parts: readonly string[],
  reason: string,
  example?: unknown,
): FieldProblem {
  const field = parts.join('.')
  const { title, examples = [] } = told(parts) ?? {}
  const shown = example === undefined ? examples[0] : (example ?? undefined)
  const label = field === '' ? '政策' : title === undefined ? field : `${field}（${title}）`
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown)
  const hint = shown === undefined ? '' : `，如 ${text}`
  return { field, message: `${label}${reason}${hint}` }
}

function toldAt(schema: Told, parts: readonly string[]): Told | undefined {
  let at: Told | undefined = schema
  for (const part of parts) {
    const inner: Told | undefined = arm(at, part)
    const byPattern = Object.values(inner?.patternProperties ?? {})[0]
    at = /^\d+$/.test(part) && inner?.items ? inner.items : (inner?.properties?.[part] ?? byPattern)
  }
  if (at?.anyOf?.length === 2 && at.anyOf[1]?.type === 'null')
    return { ...at.anyOf[0], ...titled(at) }
  return at
}

/** The arm of a union that has this part; «or null» has one. */
const arm = (schema: Told | undefined, part: string): Told | undefined =>
  schema?.anyOf?.find(
    ({ properties, items }) => properties?.[part] ?? (items && /^\d+$/.test(part)),
  ) ?? schema

const titled = ({ title, examples }: Told) => ({
  ...(title !== undefined && { title }),
  ...(examples && { examples }),
})
