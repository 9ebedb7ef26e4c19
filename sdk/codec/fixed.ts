// Fixed-length messages, declared the way a bank's paper prints them.
//
// A paper describes a message as a table: name, width, content. A layout here is that table and
// nothing else, so the two can be laid side by side and compared line by line:
//
//   const pay = fixed({ ...head, userNo: text(20, '用户编号'), amountFen: yuan(20, '金额') })
//
// The model. Key order is wire order. Widths count bytes of GBK, never characters: one 汉字 is two.
// A field has a kind (`fixed-fields.ts`) that turns unpadded text into a value and back; the layout
// owns what the whole paper has in common, which side is padded with blanks. A list repeats a group
// as often as an earlier field says, because papers put other fields between the count and the
// group. The type of the message is inferred from the table: there is no second description of it
// that could drift, and a misspelt field is a red underline in the connector.
//
// Reading. The bytes are cut first, at the widths, and each cut is decoded on its own, strictly.
// That order is the safe one here: a half character at the end of a name is refused in that name
// instead of swallowing the first byte of the amount behind it. (Delimited files are the other way
// round, decode first and split afterwards: `statement.ts`.) Then the padding is taken off. What is
// left must be the value: a blank at either end, an ideographic blank (GBK A1A1) used as padding, a
// control character are faults, because a partner that pads on the wrong side today sends
// `0012345678` as another customer tomorrow. A layout is read whole or not at all, and no byte
// may be left over. Every fault is a `Malformed` whose path leads to the field
// (`seasons.2.payableFen`) and whose reason never quotes the bytes, so it can be logged as it is.
//
// Writing. Prose that is too long is cut on a whole character; a number or an identifier that does
// not fit is a broken promise of our own code and throws, since a shortened amount is a wrong one.
// A character that GBK lacks becomes `?` in prose, which costs nothing but looks.
//
// Describing. `describe` is for people and never throws: it goes as far as the bytes go, shows what
// cannot be read as hex, and hides fields that are marked `secret`, readable or not.
//
// Failure cases that shaped it: «億» is 83 7C and contains the pipe; «D5» before a digit is half a
// character; an answer that stops early after a refusal is a shorter layout, not an optional tail;
// the first bytes of a bad request must come back as they were, so `raw` keeps any byte at all.
import type { DescribedField } from '../connector.ts'
import { Malformed } from '../errors.ts'
import { type Charset, gbk } from './fixed-charset.ts'
import type { Field, Filler } from './fixed-fields.ts'
import { asBuffer } from './gbk.ts'

export { gbk, utf8 } from './fixed-charset.ts'
export * from './fixed-fields.ts'

/** A group that stands as often as the earlier field `countedBy` says. */
export interface List<V> {
  readonly kind: 'list'
  readonly countedBy: string
  readonly item: Layout<V>
}

/** One message or record, in wire order. */
export interface Spec {
  readonly [name: string]: Field<unknown> | Filler | List<unknown>
}

type ValueOf<Part> =
  Part extends Field<infer T> ? T : Part extends List<infer Item> ? Item[] : never

/** The message that a spec describes: every name with its value, fillers left out. */
export type Values<S extends Spec> = {
  -readonly [Name in keyof S as S[Name] extends Filler ? never : Name]: ValueOf<S[Name]>
}

/** What a whole paper has in common. */
export interface Style {
  /** The side of the blanks: `left` puts the value at the right end of its field. */
  readonly pad: 'left' | 'right'
  /** GBK, unless it says otherwise. */
  readonly charset?: Charset
}

export interface Layout<V> {
  readonly spec: Spec
  /** Bytes of everything but the lists. */
  readonly width: number
  decode(bytes: Uint8Array): V
  encode(value: V): Uint8Array
  describe(bytes: Uint8Array): DescribedField[]
}

/** What `describe` shows of a field that must not be seen. */
export const masked = '********'

/** A message or record of fixed widths. */
export function fixed<const S extends Spec>(spec: S, style: Style): Layout<Values<S>> {
  return {
    spec,
    width: Object.values(spec).reduce((sum, part) => sum + (hasWidth(part) ? part.width : 0), 0),
    decode: (bytes) => readAll(spec, style, bytes) as Values<S>,
    encode: (value) => Buffer.concat(writeAll(spec, style, value)),
    describe: (bytes) => describeAll(spec, style, bytes),
  }
}

/** `count: digit, orgId: text(32), seasons: list('count', fixed(season, …))`. */
export const list = <V>(countedBy: string, item: Layout<V>): List<V> => ({
  ...{ kind: 'list', countedBy, item },
})

const hasWidth = (part: Spec[string]) => part.kind !== 'list'

function readAll(spec: Spec, style: Style, bytes: Uint8Array): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  let at = 0
  for (const [name, part] of Object.entries(spec)) {
    try {
      const size = sizeOf(part, values)
      if (at + size > bytes.length) throw new Malformed('', `ends after ${bytes.length - at} bytes`)
      const cut = bytes.subarray(at, at + size)
      at += size
      if (part.kind === 'list') values[name] = readList(part, cut)
      else if (part.kind === 'field') values[name] = readField(part, style, cut)
      else if (latin1(cut) !== part.text) throw new Malformed('', 'is not as the paper prints it')
    } catch (error) {
      throw error instanceof Malformed ? error.under(name) : error
    }
  }
  if (at < bytes.length) throw new Malformed('end', `${bytes.length - at} bytes left over`)
  return values
}

function sizeOf(part: Spec[string], values: Record<string, unknown>): number {
  return part.kind === 'list' ? Number(values[part.countedBy]) * part.item.width : part.width
}

function readList(part: List<unknown>, bytes: Uint8Array): unknown[] {
  const items: unknown[] = []
  for (let at = 0; at < bytes.length; at += part.item.width) {
    try {
      items.push(part.item.decode(bytes.subarray(at, at + part.item.width)))
    } catch (error) {
      throw error instanceof Malformed ? error.under(String(items.length + 1)) : error
    }
  }
  return items
}

/** The value of one field's bytes, padding and all. */
export function readField<T>(field: Field<T>, style: Style, bytes: Uint8Array): T {
  if (field.charset === 'bytes') return field.parse(latin1(bytes))
  return readText(field, unpadded(field, style, bytes))
}

// C0 and DEL. GBK has them, no field of any paper does.
const control = /\p{Cc}/u
const blankAtAnEnd = /^[ \u3000]|[ \u3000]$/

/** The value of a text that stands without padding, as between two separators. */
export function readText<T>(field: Field<T>, text: string): T {
  if (blankAtAnEnd.test(text)) throw new Malformed('', 'begins or ends with a blank')
  if (control.test(text)) throw new Malformed('', 'has a control character')
  return field.parse(text)
}

/** The text of a field without its padding. */
export function unpadded(field: Field<unknown>, style: Style, bytes: Uint8Array): string {
  const text = (style.charset ?? gbk).decode(bytes)
  if (field.fill !== 'blank') return text
  return style.pad === 'left' ? text.replace(/^ +/, '') : text.replace(/ +$/, '')
}

function writeAll(spec: Spec, style: Style, value: object): Uint8Array[] {
  const values = value as Record<string, unknown>
  return Object.entries(spec).flatMap(([name, part]): Uint8Array[] => {
    if (part.kind === 'filler') return [Buffer.from(part.text, 'latin1')]
    if (part.kind === 'field') return [named(name, () => writeField(part, style, values[name]))]
    const items = values[name] as object[]
    const counted = Number(values[part.countedBy])
    if (items.length !== counted) throw new RangeError(`${name}: ${items.length} of ${counted}`)
    return items.map((item, i) => named(`${name}.${i + 1}`, () => part.item.encode(item)))
  })
}

/** The bytes of one field, padded to its width. */
export function writeField<T>(field: Field<T>, style: Style, value: T): Uint8Array {
  const bytes = writeText(field, value, style.charset)
  const fill = Buffer.alloc(field.width - bytes.length, field.fill === 'zero' ? '0' : ' ')
  const left = field.fill === 'zero' || style.pad === 'left'
  return Buffer.concat(left ? [fill, bytes] : [bytes, fill])
}

/** The bytes of one value without padding. */
export function writeText<T>(field: Field<T>, value: T, charset: Charset = gbk): Uint8Array {
  const text = field.format(value)
  if (field.cut) {
    const cut = charset.cut(text, field.width)
    return charset.encode(charset.decode(cut).trimEnd())
  }
  const bytes = field.charset === 'bytes' ? Buffer.from(text, 'latin1') : charset.encode(text)
  const short = field.fill === 'none' && bytes.length < field.width
  if (short || bytes.length > field.width) throw new RangeError(`not ${field.width} bytes`)
  return bytes
}

// A value of ours that has no place in the message is our bug, not a fault of the partner's.
function named(name: string, write: () => Uint8Array): Uint8Array {
  try {
    return write()
  } catch (error) {
    if (error instanceof Malformed) throw new RangeError(`${name}: ${error.why}`)
    throw error instanceof RangeError ? new RangeError(`${name}: ${error.message}`) : error
  }
}

function describeAll(spec: Spec, style: Style, bytes: Uint8Array): DescribedField[] {
  const shown: DescribedField[] = []
  const counts: Record<string, unknown> = {}
  let at = 0
  for (const [name, part] of Object.entries(spec)) {
    const size = sizeOf(part, counts)
    const cut = bytes.subarray(at, at + size)
    at += cut.length
    if (part.kind === 'list') shown.push(...describeList(name, part, cut))
    else if (part.kind === 'field' && cut.length > 0) {
      const value = show(part, style, cut)
      shown.push({ path: name, label: part.label || name, value })
      counts[name] = /^\d+$/.test(value) ? value : 0
    }
  }
  const rest = bytes.subarray(at)
  if (rest.length > 0) shown.push({ path: 'end', label: 'end', value: hex(rest) })
  return shown
}

function describeList(name: string, part: List<unknown>, bytes: Uint8Array): DescribedField[] {
  const shown: DescribedField[] = []
  for (let at = 0, number = 1; at < bytes.length; at += part.item.width, number++) {
    for (const field of part.item.describe(bytes.subarray(at, at + part.item.width))) {
      shown.push({ ...field, path: `${name}.${number}.${field.path}` })
    }
  }
  return shown
}

function show(field: Field<unknown>, style: Style, bytes: Uint8Array): string {
  if (field.secret) return masked
  try {
    if (bytes.length < field.width) return hex(bytes)
    const text = unpadded(field, style, bytes)
    return control.test(text) ? hex(bytes) : text
  } catch {
    return hex(bytes)
  }
}

const latin1 = (bytes: Uint8Array) => asBuffer(bytes).toString('latin1')
const hex = (bytes: Uint8Array) => `0x${asBuffer(bytes).toString('hex').toUpperCase()}`
