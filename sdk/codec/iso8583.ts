// ISO 8583 as a table. A message is an MTI, a bitmap, and the fields whose bits are set, in rising
// order. The standard leaves open how each of them is written, so every bank has a dialect, and a
// dialect is data: one row a field, in the words of the bank's paper (`n..11`, LL, left-aligned).
//
// The work is in three steps that must not be mixed, because they fail in different ways:
//
//   walk   finds where each field begins and ends. It looks at the MTI, the bitmap and the lengths
//          only. When it fails, nobody knows where this message stops, so the connection closes:
//          a field that has no row, a length that is no number or above its maximum, a field that
//          runs over the end, bytes left over.
//   text   reads the value of one field: digits must be digits, padding must be padding, characters
//          must be characters, and the row's own rule must hold. When it fails the frame is still
//          sound, so the partner gets an answer («format error») with F11 and all.
//   pack   writes a message. It trusts nobody either: a value that does not fit its row is a bug of
//          ours and throws before a byte leaves.
//
// Every fault is a `Malformed` that names the field: `32`, `62.5F01`, `bitmap`.
//
// Lengths count digits where the field is BCD and bytes elsewhere; GBK counts bytes, not
// characters. An odd number of BCD digits leaves half a byte: fixed fields carry the padding in
// front (right- aligned), variable ones behind (left-aligned), and a row may say otherwise.
//
// The table is compiled once. A walk then touches each byte of the bitmap and of the lengths, notes
// where the fields stand, and copies nothing; values are read only when they are asked for.
import { Malformed } from '../errors.ts'
import { asBuffer, cutGbk, decodeGbk } from './gbk.ts'
import { readAscii } from './tlv.ts'
import type { ValueRule } from './values.ts'

type FieldClass = 'n' | 'an' | 'ans' | 'z' | 'b'

/** One row of the paper's field table. */
export interface IsoField {
  /** `n6` is fixed, `n..11` variable up to 11: digits in BCD, else bytes. z: digits and D. */
  format: `${FieldClass}${number}` | `${FieldClass}..${number}`
  label: string
  /** Digits of the length before a variable field. */
  length?: 'LL' | 'LLL'
  /** Default: the dialect's `digits` for n and z, `ascii` for an and ans, `binary` for b. */
  coding?: 'bcd' | 'ascii' | 'gbk' | 'binary'
  lengthCoding?: 'bcd' | 'ascii' | 'binary'
  /** Default: digits where the field is BCD. */
  lengthUnit?: 'digits' | 'bytes'
  align?: 'left' | 'right'
  /** The half byte that fills up an odd number of BCD digits. */
  pad?: '0' | 'F'
  value?: ValueRule
}

export interface IsoDialect {
  /** Bytes before the MTI: length head, TPDU and whatever else the link has there. */
  head: number
  mti: 'bcd' | 'ascii'
  /** 8: bit 1 must not be set. 16: it must. `bit1`: it says which. */
  bitmap: 8 | 16 | 'bit1'
  digits: 'bcd' | 'ascii'
  lengths: 'bcd' | 'ascii' | 'binary'
  fields: Readonly<Record<number, IsoField>>
}

/** A message whose parts are found; nothing of their content is checked. */
export interface Walked {
  readonly bytes: Buffer
  readonly mti: string
  /** Numbers of the fields that are there, rising. */
  readonly present: readonly number[]
  /**
   * By place in `present`: start of the field, start and end of its content, units of its length.
   */
  readonly spans: readonly number[]
}

/** A field as it stood in another message, its length head included. */
export interface Copied {
  wire: Uint8Array
}

export type FieldValue = string | Uint8Array | Copied

export interface Iso8583 {
  readonly dialect: IsoDialect
  walk(frame: Uint8Array): Walked
  /** Refuses a message that has not exactly these fields. */
  mustHave(walked: Walked, fields: readonly number[]): void
  /** The checked value: digits, text, or upper-case hex of a binary field. */
  text(walked: Walked, field: number): string
  /** The content as it stands, or `undefined` when the field is not there. A view, no copy. */
  content(walked: Walked, field: number): Buffer | undefined
  /** The same with the length head in front. */
  wire(walked: Walked, field: number): Buffer | undefined
  /** Bytes of a message; the `head` bytes in front are zero for the caller to fill. */
  pack(mti: string, fields: Readonly<Record<number, FieldValue>>): Buffer
}

interface Row {
  path: string
  class: FieldClass
  coding: 'bcd' | 'ascii' | 'gbk' | 'binary'
  /** Longest length, in the unit of the length head. */
  max: number
  /** 0 for fixed fields. */
  lengthBytes: number
  lengthCoding: 'bcd' | 'ascii' | 'binary'
  /** Whether the length counts half bytes. */
  inDigits: boolean
  padsLeft: boolean
  pad: number
  value: ValueRule | undefined
}

const spanSize = 4
const bitsPerByte = 8
const maxFields = 128
/** Longest message that `pack` can make; the links' own limit is 4096. */
const maxPacked = 8192
const formatText = /^(ans|an|n|z|b)(\.\.)?(\d+)$/

export function iso8583(dialect: IsoDialect): Iso8583 {
  const rows = compile(dialect)
  return {
    dialect,
    walk: (frame) => walk(dialect, rows, asBuffer(frame)),
    mustHave,
    text: (walked, field) => readText(rows[field]!, walked, placeOf(walked, field)),
    content: (walked, field) => slice(walked, field, 1),
    wire: (walked, field) => slice(walked, field, 0),
    pack: (mti, fields) => pack(dialect, rows, mti, fields),
  }
}

function compile(dialect: IsoDialect): (Row | undefined)[] {
  const rows = new Array<Row | undefined>(maxFields + 1).fill(undefined)
  for (const [number, field] of Object.entries(dialect.fields)) {
    const match = formatText.exec(field.format)
    if (!match) throw new Error(`field ${number}: what is ${field.format}?`)
    const [, kind, isVariable, max] = match
    if (!isVariable !== !field.length) throw new Error(`field ${number}: LL or LLL, and \`..\``)
    rows[Number(number)] = compileRow(dialect, number, field, kind as FieldClass, Number(max))
  }
  return rows
}

function compileRow(
  dialect: IsoDialect,
  path: string,
  field: IsoField,
  kind: FieldClass,
  max: number,
): Row {
  const usual = kind === 'b' ? 'binary' : kind === 'n' || kind === 'z' ? dialect.digits : 'ascii'
  const coding = field.coding ?? usual
  const lengthCoding = field.lengthCoding ?? dialect.lengths
  const lengthDigits = field.length ? field.length.length : 0
  return {
    path,
    class: kind,
    coding,
    max,
    lengthBytes: lengthCoding === 'ascii' ? lengthDigits : (lengthDigits + 1) >> 1,
    lengthCoding,
    inDigits: (field.lengthUnit ?? (coding === 'bcd' ? 'digits' : 'bytes')) === 'digits',
    padsLeft: (field.align ?? (field.length ? 'left' : 'right')) === 'right',
    pad: field.pad === 'F' ? 0xf : 0,
    value: field.value,
  }
}

// ── walk ──

function walk(dialect: IsoDialect, rows: readonly (Row | undefined)[], bytes: Buffer): Walked {
  const mtiBytes = dialect.mti === 'bcd' ? 2 : 4
  const bitmapAt = dialect.head + mtiBytes
  if (bytes.length <= bitmapAt) throw new Malformed('mti', 'runs over the end')
  const mti = bytes.toString(dialect.mti === 'bcd' ? 'hex' : 'latin1', dialect.head, bitmapAt)
  const isLong = (bytes[bitmapAt]! & 0x80) !== 0
  if (dialect.bitmap !== 'bit1' && isLong !== (dialect.bitmap === 16)) {
    throw new Malformed('bitmap', 'bit 1 is not as in the paper')
  }
  const bitmapEnd = bitmapAt + (isLong ? 16 : 8)
  if (bytes.length < bitmapEnd) throw new Malformed('bitmap', 'runs over the end')

  const present: number[] = []
  const spans: number[] = []
  let at = bitmapEnd
  for (let i = bitmapAt; i < bitmapEnd; i++) {
    let bits = bytes[i]!
    if (i === bitmapAt) bits &= 0x7f
    while (bits) {
      const bit = Math.clz32(bits) - 24
      bits ^= 0x80 >> bit
      const number = (i - bitmapAt) * bitsPerByte + bit + 1
      const row = rows[number]
      if (!row) throw new Malformed(String(number), 'is not in the paper')
      present.push(number)
      at = walkField(row, bytes, at, spans)
    }
  }
  if (at < bytes.length) throw new Malformed('frame', `${bytes.length - at} bytes left over`)
  return { bytes, mti, present, spans }
}

/** Notes where the field stands, and gives where the next one begins. */
function walkField(row: Row, bytes: Buffer, start: number, spans: number[]): number {
  const from = start + row.lengthBytes
  let units = row.max
  if (row.lengthBytes > 0) {
    if (from > bytes.length) throw new Malformed(row.path, 'runs over the end')
    units = readLength(row, bytes, start, from)
    if (units > row.max) throw new Malformed(row.path, `length ${units} is above ${row.max}`)
  }
  const to = from + (row.inDigits ? (units + 1) >> 1 : units)
  if (to > bytes.length) throw new Malformed(row.path, 'runs over the end')
  spans.push(start, from, to, units)
  return to
}

function readLength(row: Row, bytes: Buffer, from: number, to: number): number {
  let length = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    if (row.lengthCoding === 'binary') {
      length = length * 256 + byte
    } else if (row.lengthCoding === 'bcd') {
      if (byte >> 4 > 9 || (byte & 0xf) > 9) throw new Malformed(row.path, 'length is not BCD')
      length = length * 100 + (byte >> 4) * 10 + (byte & 0xf)
    } else {
      if (byte < 0x30 || byte > 0x39) throw new Malformed(row.path, 'length is not digits')
      length = length * 10 + byte - 0x30
    }
  }
  return length
}

function mustHave({ present }: Walked, fields: readonly number[]): void {
  for (let i = 0; i < fields.length || i < present.length; i++) {
    const wanted = fields[i] ?? Number.POSITIVE_INFINITY
    const found = present[i] ?? Number.POSITIVE_INFINITY
    if (found < wanted) throw new Malformed(String(found), 'does not belong here')
    if (found > wanted) throw new Malformed(String(wanted), 'is missing')
  }
}

function placeOf({ present }: Walked, field: number): number {
  const place = present.indexOf(field)
  if (place < 0) throw new Malformed(String(field), 'is missing')
  return place
}

function slice({ bytes, present, spans }: Walked, field: number, start: 0 | 1): Buffer | undefined {
  const place = present.indexOf(field)
  if (place < 0) return undefined
  return bytes.subarray(spans[place * spanSize + start]!, spans[place * spanSize + 2]!)
}

// ── text ──

function readText(row: Row, { bytes, spans }: Walked, place: number): string {
  const from = spans[place * spanSize + 1]!
  const to = spans[place * spanSize + 2]!
  const text = readContent(row, bytes, from, to, spans[place * spanSize + 3]!)
  const fault = row.value?.(text)
  if (fault) throw new Malformed(row.path, fault)
  return text
}

function readContent(row: Row, bytes: Buffer, from: number, to: number, units: number): string {
  if (row.coding === 'bcd') return readBcd(row, bytes, from, to, units)
  if (row.coding === 'binary') return bytes.toString('hex', from, to).toUpperCase()
  if (row.coding === 'gbk') return decodeGbk(bytes.subarray(from, to), row.path)
  const text = readAscii(bytes, from, to, row.path)
  if (row.class === 'n') mustBeDigits(row, text)
  return text
}

function readBcd(row: Row, bytes: Buffer, from: number, to: number, units: number): string {
  const halves = (to - from) * 2
  const count = row.inDigits ? units : halves
  const first = row.padsLeft ? halves - count : 0
  for (let i = 0; i < halves; i++) {
    const byte = bytes[from + (i >> 1)]!
    const half = i & 1 ? byte & 0xf : byte >> 4
    if (i < first || i >= first + count) {
      if (half !== row.pad) throw new Malformed(row.path, 'is not padded as in the paper')
    } else if (half > 9 && !(half === 0xd && row.class === 'z')) {
      throw new Malformed(row.path, 'is not BCD')
    }
  }
  const text = bytes.toString('hex', from, to)
  const digits = count === halves ? text : text.slice(first, first + count)
  return row.class === 'z' ? digits.toUpperCase() : digits
}

function mustBeDigits(row: Row, text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x30 || code > 0x39) throw new Malformed(row.path, 'is not digits')
  }
}

// ── pack ──

// Packing is synchronous, so one scratch page serves all dialects.
const scratch = Buffer.alloc(maxPacked)

function pack(
  dialect: IsoDialect,
  rows: readonly (Row | undefined)[],
  mti: string,
  fields: Readonly<Record<number, FieldValue>>,
): Buffer {
  const numbers = Object.keys(fields).map(Number)
  const mtiBytes = dialect.mti === 'bcd' ? 2 : 4
  const bitmapAt = dialect.head + mtiBytes
  const isLong = dialect.bitmap === 16 || (dialect.bitmap === 'bit1' && numbers.some((n) => n > 64))
  let at = bitmapAt + (isLong ? 16 : 8)
  scratch.fill(0, 0, at)
  scratch.write(mti, dialect.head, mtiBytes, dialect.mti === 'bcd' ? 'hex' : 'latin1')
  if (isLong) scratch[bitmapAt] = 0x80
  // Keys that are array indices come out of an object in rising order, as the wire wants them.
  for (const number of numbers) {
    const row = rows[number]
    if (!row || (number > 64 && !isLong)) throw new Malformed(String(number), 'is not in the paper')
    scratch[bitmapAt + ((number - 1) >> 3)]! |= 0x80 >> ((number - 1) & 7)
    at = writeField(row, fields[number]!, at)
  }
  return Buffer.from(scratch.subarray(0, at))
}

function writeField(row: Row, value: FieldValue, at: number): number {
  if (typeof value === 'object' && 'wire' in value) {
    scratch.set(value.wire, at)
    return at + value.wire.length
  }
  const from = at + row.lengthBytes
  const { to, units } =
    typeof value === 'string' && row.coding === 'bcd'
      ? writeBcd(row, value, from)
      : writeBytes(row, value, from)
  if (row.lengthBytes === 0 ? units !== row.max : units > row.max) {
    throw new Malformed(row.path, `${units} is not its length`)
  }
  writeLength(row, units, at)
  const fault = typeof value === 'string' ? row.value?.(value) : undefined
  if (fault) throw new Malformed(row.path, fault)
  return to
}

function writeBytes(row: Row, value: string | Uint8Array, from: number) {
  const bytes = typeof value === 'string' ? bytesOf(row, value) : value
  scratch.set(bytes, from)
  return { to: from + bytes.length, units: row.inDigits ? bytes.length * 2 : bytes.length }
}

function bytesOf(row: Row, text: string): Buffer {
  if (row.coding === 'gbk') return cutGbk(text, row.max)
  if (row.coding === 'binary') return Buffer.from(text, 'hex')
  if (row.class === 'n') mustBeDigits(row, text)
  const bytes = Buffer.from(text, 'latin1')
  readAscii(bytes, 0, bytes.length, row.path)
  return bytes
}

function writeBcd(row: Row, text: string, from: number) {
  const isOdd = (text.length & 1) === 1
  let at = from * 2
  const write = (half: number) => {
    scratch[at >> 1] = at & 1 ? scratch[at >> 1]! | half : half << 4
    at++
  }
  if (isOdd && row.padsLeft) write(row.pad)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const isDigit = code >= 0x30 && code <= 0x39
    if (!isDigit && !(text[i] === 'D' && row.class === 'z')) {
      throw new Malformed(row.path, 'is not digits')
    }
    write(isDigit ? code - 0x30 : 0xd)
  }
  if (isOdd && !row.padsLeft) write(row.pad)
  return { to: at >> 1, units: row.inDigits ? text.length : (text.length + 1) >> 1 }
}

function writeLength(row: Row, length: number, at: number): void {
  let left = length
  for (let i = at + row.lengthBytes - 1; i >= at; i--) {
    if (row.lengthCoding === 'binary') scratch[i] = left & 0xff
    else if (row.lengthCoding === 'ascii') scratch[i] = 0x30 + (left % 10)
    else scratch[i] = (Math.floor(left / 10) % 10) * 16 + (left % 10)
    left = Math.floor(
      left / (row.lengthCoding === 'binary' ? 256 : row.lengthCoding === 'bcd' ? 100 : 10),
    )
  }
}
