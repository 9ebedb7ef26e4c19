// Tag-length-value data inside a field: tag 2 bytes, length 1 byte binary, value. One table names
// every tag of the paper; a layout says which of them one message has. Tags rise, each stands once
// unless it is `many`, and nothing else may stand there.
import { Malformed } from '../errors.ts'
import { asBuffer, cutGbk, decodeGbk } from './gbk.ts'
import type { ValueRule } from './values.ts'

export interface TagSpec {
  label: string
  /** ASCII is 20–7E. GBK text that is too long for `max` is cut on a whole character. */
  coding: 'ascii' | 'gbk'
  /** Bytes. */
  min: number
  max: number
  value?: ValueRule
}

/** M: must stand there. O: may. many: once or more. */
export type TagUse = 'M' | 'O' | 'many'

export type TagValues<Uses> = {
  -readonly [Tag in keyof Uses as Uses[Tag] extends 'M' ? Tag : never]: string
} & {
  -readonly [Tag in keyof Uses as Uses[Tag] extends 'O' ? Tag : never]?: string | undefined
} & {
  -readonly [Tag in keyof Uses as Uses[Tag] extends 'many' ? Tag : never]: string[]
}

export interface Tlv<Values> {
  decode(bytes: Uint8Array): Values
  encode(values: Values): Buffer
}

const headBytes = 3
const maxLength = 255

interface Row extends TagSpec {
  tag: string
  code: number
  use: TagUse
}

/** The tags of one message, in rising order, out of the paper's table. */
export function tlv<Tag extends string, const Uses extends Partial<Record<Tag, TagUse>>>(
  table: Record<Tag, TagSpec>,
  uses: Uses,
): Tlv<TagValues<Uses>> {
  const rows = Object.entries<TagUse>(uses as Record<string, TagUse>).map(([tag, use]): Row => {
    return { ...table[tag as Tag], tag, code: Number.parseInt(tag, 16), use }
  })
  checkTable(rows)
  const byCode = new Map(rows.map((row) => [row.code, row]))
  return {
    decode: (bytes) => decodeTags(rows, byCode, asBuffer(bytes)) as TagValues<Uses>,
    encode: (values) => encodeTags(rows, values as Record<string, string | string[]>),
  }
}

function checkTable(rows: readonly Row[]): void {
  let last = -1
  for (const { tag, code, max } of rows) {
    if (!(code > last && code <= 0xffff)) throw new Error(`tag ${tag} is out of order`)
    if (!(max <= maxLength)) throw new Error(`tag ${tag} cannot be ${max} bytes long`)
    last = code
  }
}

/** The three parts of every element, without meaning. `visit` gets the span of the value. */
export function walkTags(
  bytes: Uint8Array,
  visit: (code: number, from: number, to: number) => void,
): void {
  for (let at = 0; at < bytes.length; ) {
    const from = at + headBytes
    if (from > bytes.length) throw new Malformed('', 'half a tag at the end')
    const code = (bytes[at]! << 8) | bytes[at + 1]!
    const to = from + bytes[at + 2]!
    if (to > bytes.length) throw new Malformed(tagName(code), 'runs over the end')
    visit(code, from, to)
    at = to
  }
}

export const tagName = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0')

function decodeTags(rows: readonly Row[], byCode: Map<number, Row>, bytes: Buffer) {
  const values: Record<string, string | string[]> = {}
  let last = -1
  walkTags(bytes, (code, from, to) => {
    const row = byCode.get(code)
    if (!row) throw new Malformed(tagName(code), 'does not belong here')
    if (code < last) throw new Malformed(row.tag, 'stands out of order')
    if (code === last && row.use !== 'many') throw new Malformed(row.tag, 'stands twice')
    last = code
    const text = readValue(row, bytes, from, to)
    const before = values[row.tag]
    if (row.use !== 'many') values[row.tag] = text
    else if (Array.isArray(before)) before.push(text)
    else values[row.tag] = [text]
  })
  for (const { tag, use } of rows) {
    if (use !== 'O' && values[tag] === undefined) throw new Malformed(tag, 'is missing')
  }
  return values
}

function readValue(row: Row, bytes: Buffer, from: number, to: number): string {
  const { tag, min, max, coding, value } = row
  if (to - from < min || to - from > max) throw new Malformed(tag, `is not ${min}–${max} bytes`)
  const text =
    coding === 'gbk' ? decodeGbk(bytes.subarray(from, to), tag) : readAscii(bytes, from, to, tag)
  const fault = value?.(text)
  if (fault) throw new Malformed(tag, fault)
  return text
}

/** Printable ASCII, 20–7E. */
export function readAscii(bytes: Buffer, from: number, to: number, path: string): string {
  for (let i = from; i < to; i++) {
    if (bytes[i]! < 0x20 || bytes[i]! > 0x7e) throw new Malformed(path, 'is not printable ASCII')
  }
  return bytes.toString('latin1', from, to)
}

function encodeTags(rows: readonly Row[], values: Record<string, string | string[]>): Buffer {
  const parts: Buffer[] = []
  for (const row of rows) {
    const given = values[row.tag]
    if (given === undefined && row.use === 'O') continue
    for (const text of Array.isArray(given) ? given : [given]) parts.push(...writeValue(row, text))
  }
  return Buffer.concat(parts)
}

function writeValue(row: Row, text: string | undefined): [Buffer, Buffer] {
  const { tag, code, min, max, coding, value } = row
  if (text === undefined) throw new Malformed(tag, 'is missing')
  const bytes = coding === 'gbk' ? cutGbk(text, max) : Buffer.from(text, 'latin1')
  if (bytes.length < min || bytes.length > max)
    throw new Malformed(tag, `is not ${min}–${max} bytes`)
  const fault = value?.(text)
  if (fault) throw new Malformed(tag, fault)
  return [Buffer.of(code >> 8, code & 0xff, bytes.length), bytes]
}
