// The document of the API is one that a partner can build on: it validates, names everything in
// Chinese with units, says who may call what, and is the one that is committed.
import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { test } from 'tap'
import { Compile } from 'typebox/schema'
import { documentFile, openApiDocument, textOf } from '../../scripts/openapi-document.ts'
import { apiScopeNames } from '../org/api-scopes.ts'
import type { Document, Schema } from './openapi.ts'

const document = (await openApiDocument()) as unknown as Document

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)
const chinese = /[\u4e00-\u9fff]/
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

interface Field {
  at: string
  name: string
  schema: Schema
}

const shared = document.components!.schemas as Record<string, Schema>
const sharedFields = Object.entries(shared).flatMap(([name, schema]) => fieldsOf(schema, name))
const ownFields: Field[] = operations.flatMap(({ method, path, operation }) => {
  const { requestBody, responses, parameters = [] } = operation
  const contents = [requestBody, ...Object.values(responses)].flatMap((part) =>
    part && 'content' in part ? Object.values(part.content ?? {}) : [],
  )
  const at = `${method} ${path}`
  return [
    ...contents.flatMap(({ schema }) => fieldsOf(schema, at)),
    ...parameters.map(({ name, schema, description }) => ({
      at,
      name,
      schema: { ...schema, ...(description && { description }) },
    })),
  ]
})

const fields = [...ownFields, ...sharedFields]

function fieldsOf(schema: Schema, at: string): Field[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    { at, name, schema: field },
    ...fieldsOf(field, at),
  ])
  const { items, anyOf = [], oneOf = [], allOf = [] } = schema
  const inner = [items ?? [], anyOf, oneOf, allOf].flat()
  return [...own, ...inner.flatMap((each) => fieldsOf(each, at))]
}

test('the document is valid OpenAPI 3.1', async (t) => {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
  t.equal(valid, true, JSON.stringify(errors))
  t.match(document.openapi, /^3\.1\./)
})

test('the validator can see: a document that is broken is not valid', async (t) => {
  const broken = structuredClone(document) as unknown as { info: object; paths: object }
  broken.info = {}
  t.equal((await new Validator().validate(broken as never)).valid, false)
})

test('every operation has a summary, a group and a name of its own', (t) => {
  t.ok(operations.length > 20)
  const names = new Set<string>()
  for (const each of operations) {
    const { summary, operationId, tags } = each.operation
    t.match(summary, chinese, `${nameOf(each)} has a summary`)
    t.match(tags, [chinese], `${nameOf(each)} has a group`)
    t.match(operationId, /^[a-z][A-Za-z0-9]+$/)
    t.notOk(names.has(operationId!), `${operationId} once`)
    names.add(operationId!)
    t.ok(each.path.startsWith('/v1/'), `${nameOf(each)} is versioned`)
  }
  t.end()
})

test('every field has a title or a description, and money, area and time their unit', (t) => {
  const silent = new Set<string>()
  for (const { at, name, schema } of fields) {
    if (!chinese.test(`${schema.title ?? ''}${schema.description ?? ''}`)) {
      silent.add(`${name} of ${at}: a title in the route, or a word in openapi-titles.ts`)
    }
    if (/(Fen|Dm2|Ms|Hours|Days)$/.test(name) && !schema.description?.includes('单位')) {
      silent.add(`${name} of ${at}: its unit`)
    }
  }
  t.same([...silent], [])
  t.ok(fields.length > 200)
  t.end()
})

test('every example is one that its own field would take', (t) => {
  let count = 0
  for (const { at, name, schema } of fields) {
    for (const example of schema.examples ?? []) {
      if (JSON.stringify(schema).includes('$ref')) continue
      count++
      t.ok(Compile(schema as object).Check(example), `${name} of ${at}: ${example}`)
    }
  }
  t.ok(count > 20, `${count} examples`)
  t.end()
})

test('every operation says who may call it and what goes wrong', (t) => {
  for (const each of operations) {
    const { security, responses, parameters = [] } = each.operation
    const name = nameOf(each)
    t.ok(security, `${name} has security`)
    t.ok(responses.default && responses[429], `${name} has errors`)
    const [scope] = security!.flatMap((way) => way.apiKey ?? [])
    if (scope === undefined) continue
    t.ok(apiScopeNames.includes(scope as never), `${name}: ${scope} is in the table`)
    const isNamed = parameters.some(({ name }) => name === 'Idempotency-Key')
    t.equal(isNamed, each.method === 'post', `${name}: the key of a POST`)
  }
  t.end()
})

test('docs/api/openapi.json is what the routes make', (t) => {
  t.equal(textOf(document), readFileSync(documentFile, 'utf8'), 'or run `npm run openapi`')
  t.end()
})
