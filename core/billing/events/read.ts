// A request of one kind, checked against the fields of that kind: the words that a clerk reads when
// something is missing or wrong name every field by its title.
import type { FastifySchemaValidationError } from 'fastify'
import type { Static, TObject } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { fieldProblem } from '../../http/errors.ts'
import { type FieldProblem, Problem } from '../../http/problems.ts'
import type { common } from './fields.ts'
import { bodyOf, type Kind } from './kind.ts'
import { type KindName, kindNames, kindOf, kinds } from './kinds.ts'

export interface Asked {
  name: KindName
  kind: Kind
  body: Static<TObject<typeof common>> & Record<string, unknown>
}

const shapes = new Map<KindName, TObject>(kindNames.map((name) => [name, bodyOf(kinds[name])]))
const validators = new Map<KindName, Validator>()

/** Compiled when the kind is asked for the first time. */
function validatorOf(name: KindName): Validator {
  const known = validators.get(name)
  if (known) return known
  const made = Compile(shapes.get(name)!) as unknown as Validator
  validators.set(name, made)
  return made
}

export function readAsked(body: unknown): Asked {
  const type = (body as { type?: unknown } | null)?.type
  const kind = typeof type === 'string' ? kindOf(type) : undefined
  if (!kind) throw new Problem('request.invalid', [typeProblem(type)])
  const name = type as KindName
  const validator = validatorOf(name)
  if (!validator.Check(body)) {
    const faults = (validator.Errors(body) as unknown as Fault[]).flatMap(single)
    throw new Problem(
      'request.invalid',
      firstOfEach(faults.map((at) => told(at, shapes.get(name)!))),
    )
  }
  return { name, kind, body: body as Asked['body'] }
}

const typeProblem = (type: unknown): FieldProblem => ({
  field: 'type',
  message:
    type === undefined ? '缺少「业务类型」' : `「业务类型」只能是 ${kindNames.join('、')} 之一`,
})

type Fault = FastifySchemaValidationError & { params: { requiredProperties?: string[] } }

/** One fault for each field, as the sentences of the border expect them. */
function single(fault: Fault): FastifySchemaValidationError[] {
  const { keyword, instancePath, params } = fault
  if (keyword === 'required') {
    const missing = params.requiredProperties ?? []
    return missing.map((missingProperty) => ({ ...fault, params: { missingProperty } }))
  }
  if (keyword === 'additionalProperties') return []
  if (keyword !== 'boolean') return [fault]
  const steps = instancePath.split('/')
  const additionalProperty = steps.pop() ?? ''
  const at = { ...fault, keyword: 'additionalProperties', instancePath: steps.join('/') }
  return [{ ...at, params: { additionalProperty } }]
}

const firstOfEach = (problems: readonly FieldProblem[]): FieldProblem[] =>
  problems.filter(({ field }, at) => problems.findIndex((of) => of.field === field) === at)

interface Shape {
  properties?: Record<string, Shape>
  items?: Shape
}

/** Also of a field inside a list: named by its own title, found by its whole path. */
function told(fault: FastifySchemaValidationError, shape: TObject): FieldProblem {
  const path = fault.instancePath.split('/').slice(1)
  let owner = shape as Shape
  let last = ''
  for (const step of path) {
    const isPlace = /^\d+$/.test(step)
    const items = isPlace ? owner.properties?.[last]?.items : undefined
    if (items?.properties) {
      owner = items
      last = ''
    } else if (!isPlace) last = step
  }
  const at = { ...fault, instancePath: last === '' ? '' : `/${last}` }
  const { message } = fieldProblem(at, owner as never)
  const { params } = fault
  const named = params.missingProperty ?? params.additionalProperty
  return { field: [...path, ...(named === undefined ? [] : [String(named)])].join('.'), message }
}
