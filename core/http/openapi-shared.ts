// Objects that many routes share get one name in the document: it is read by people, and a client
// made from it has one class for one thing.
import type { Document, Schema } from './openapi.ts'

/** Smaller ones are quicker read where they stand. */
const leastLength = 300

/**
 * Replaces, in place, every object that stands more than once by a reference to what it returns.
 */
export function sharedIn(document: Document): Record<string, Schema> {
  const places = new Map<string, { name: string; schema: Schema; at: Place[] }>()
  const note = (schema: Schema, name: string, at: Place) => {
    const text = schema.type === 'object' ? JSON.stringify(schema) : ''
    if (text.length < leastLength) return
    const known = places.get(text)
    if (known) known.at.push(at)
    else places.set(text, { name, schema, at: [at] })
  }
  for (const methods of Object.values(document.paths)) {
    for (const { operationId = '', requestBody, responses } of Object.values(methods)) {
      const noun = operationId.replace(/^[a-z]+/, '')
      visitAnswers([requestBody], `${noun}Request`, note)
      visitAnswers(Object.values(responses), noun, note)
    }
  }
  const shared: Record<string, Schema> = {}
  for (const { name, schema, at } of [...places.values()].filter(({ at }) => at.length > 1)) {
    const free = freeName(shared, name)
    shared[free] = schema
    const title = schema.title === undefined ? {} : { title: schema.title }
    for (const put of at) put({ ...title, $ref: `#/components/schemas/${free}` })
  }
  return shared
}

type Place = (reference: Schema) => void
type Note = (schema: Schema, name: string, at: Place) => void

function visitAnswers(parts: (object | undefined)[], name: string, note: Note): void {
  for (const part of parts) {
    if (!part || !('content' in part)) continue
    for (const held of Object.values(part.content as Record<string, { schema: Schema }>)) {
      note(held.schema, name, (reference) => {
        held.schema = reference
      })
      visit(held.schema, name, note)
    }
  }
}

function visit(schema: Schema, name: string, note: Note): void {
  for (const [field, inner] of Object.entries(schema.properties ?? {})) {
    const own = `${name}${field[0]!.toUpperCase()}${field.slice(1)}`
    note(inner, own, (reference) => {
      schema.properties![field] = reference
    })
    visit(inner, own, note)
  }
  const { items } = schema
  if (items) {
    note(items, `${name}Item`, (reference) => {
      schema.items = reference
    })
    visit(items, `${name}Item`, note)
  }
  for (const list of [schema.anyOf, schema.oneOf, schema.allOf]) {
    for (const [at, inner] of (list ?? []).entries()) {
      note(inner, name, (reference) => {
        list![at] = reference
      })
      visit(inner, name, note)
    }
  }
}

function freeName(taken: object, name: string): string {
  if (!Object.hasOwn(taken, name)) return name
  for (let n = 2; ; n++) if (!Object.hasOwn(taken, `${name}${n}`)) return `${name}${n}`
}
