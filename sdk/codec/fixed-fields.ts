// The kinds of field that fixed-length messages and statement files are made of. A kind knows its
// text and its value; where it stands, how it is padded and in which bytes is the layout's
// business.
import { Malformed } from '../errors.ts'
import { type Dm2, dm2, type Fen, fen, fromYuan, toYuan } from '../money.ts'
import { isCalendarDate, numberAt, numeric, type ValueRule } from './values.ts'

/** One column of a paper's table. `width` counts bytes, `label` is the paper's own name for it. */
export interface Field<T> {
  readonly kind: 'field'
  readonly width: number
  readonly label: string
  /** What fills the width: blanks on the layout's side, zeros on the left, or nothing at all. */
  readonly fill: 'blank' | 'zero' | 'none'
  /** `bytes`: not text but whatever arrives, one character a byte, for echoing. */
  readonly charset: 'text' | 'bytes'
  /** Never shown by `describe`. */
  readonly secret: boolean
  /** Prose may be cut to its width on a whole character; a number or an identifier may not. */
  readonly cut: boolean
  /** The value of an unpadded text. Throws `Malformed` with a reason that never quotes the text. */
  parse(text: string): T
  format(value: T): string
}

/** Bytes that carry no value: a record mark or reserved blanks. Read strictly, written alike. */
export interface Filler {
  readonly kind: 'filler'
  readonly width: number
  readonly label: string
  readonly text: string
}

/** The reason alone; the layout that knows the field's name puts the path before it. */
export const malformed = (why: string): never => {
  throw new Malformed('', why)
}

type Kind<T> = Pick<Field<T>, 'parse' | 'format'> & Partial<Field<T>>

const field = <T>(width: number, label: string, kind: Kind<T>): Field<T> => ({
  ...{ kind: 'field', width, label, fill: 'blank', charset: 'text', secret: false, cut: false },
  ...kind,
})

/** Text of people: GBK, padded, cut when too long. All blanks = empty. */
export const text = (width: number, label = ''): Field<string> =>
  field(width, label, { cut: true, parse: (value) => value, format: printable })

/** Exactly `width` digits, kept as text because leading zeros count: serials, outlets, codes. */
export const digits = (width: number, label = ''): Field<string> =>
  matching(field(width, label, asIs), numeric(width))

/** A count. Sixteen digits would no longer be exact as a number. */
export const integer = (width: number, label = ''): Field<number> =>
  field(width, label, {
    parse: (value) => (/^\d{1,15}$/.test(value) ? Number(value) : malformed('is no count')),
    format: (value) => String(value),
  })

/** Money in fen, zero-filled: `000000271530`. */
export const fenDigits = (width: number, label = ''): Field<Fen> =>
  field(width, label, {
    fill: 'zero',
    parse: (value) => (/^\d+$/.test(value) ? fen(BigInt(value)) : malformed('is not digits')),
    format: (value) => (value < 0n ? malformed('is negative') : value.toString()),
  })

/** Money as yuan text: `2715.30`. No sign, no leading zero, always two decimals. */
export const yuan = (width: number, label = ''): Field<Fen> =>
  field(width, label, { parse: parseHundredths, format: (value) => toYuan(value) })

/** Area as m² text with two decimals: `95.60`. */
export const squareMetres = (width: number, label = ''): Field<Dm2> =>
  field(width, label, {
    parse: (value) => dm2(parseHundredths(value)),
    format: (value) => toYuan(value),
  })

/** `20261120` ⇄ `2026-11-20`. Only days that exist. */
export const date = (width: 8, label = ''): Field<string> =>
  field(width, label, { parse: parseDate, format: (value) => readable(parseDate, value) })

/** `20261120093012` ⇄ `2026-11-20T09:30:12`, the partner's clock in Beijing. */
export const instant = (width: 14, label = ''): Field<string> =>
  field(width, label, { parse: parseInstant, format: (value) => readable(parseInstant, value) })

/** A code of the paper and what it means: `choice(1, { 0: 'reversed', 1: 'blocked' })`. */
export const choice = <const T extends string | boolean>(
  width: number,
  meanings: Readonly<Record<string, T>>,
  label = '',
): Field<T> => {
  const codeOf = new Map(Object.entries(meanings).map(([code, meaning]) => [meaning, code]))
  const meaningOf = new Map(Object.entries(meanings))
  return field(width, label, {
    parse: (value) => meaningOf.get(value) ?? malformed('is none of the codes'),
    format: (value) => codeOf.get(value) ?? malformed('has no code'),
  })
}

/** Bytes to be echoed whatever they are, one character (U+0000 to U+00FF) a byte. */
export const raw = (width: number, label = ''): Field<string> =>
  field(width, label, { ...asIs, fill: 'none', charset: 'bytes' })

/** Narrows a field: its unpadded text must keep the rule, whether it comes or goes. */
export const matching = <T>(inner: Field<T>, rule: ValueRule): Field<T> => {
  const checked = (value: string) => {
    const why = rule(value)
    return why === undefined ? value : malformed(why)
  }
  return {
    ...inner,
    cut: false,
    parse: (value) => inner.parse(checked(value)),
    format: (value) => checked(inner.format(value)),
  }
}

/** A field that may be blank: then there is no value. */
export const optional = <T>(inner: Field<T>): Field<T | undefined> => ({
  ...inner,
  parse: (value) => (value === '' ? undefined : inner.parse(value)),
  format: (value) => (value === undefined ? '' : inner.format(value)),
})

/** Prose that the paper never has empty: read strictly, written as `?` when there is nothing. */
export const neverEmpty = (inner: Field<string>): Field<string> => ({
  ...inner,
  parse: (value) => inner.parse(value === '' ? malformed('is empty') : value),
  format: (value) => inner.format(value) || '?',
})

/** Hides a field from people and logs. */
export const secret = <T>(inner: Field<T>): Field<T> => ({ ...inner, secret: true })

/** Fills a number with zeros on the left, whatever the layout's padding. */
export const zeroFilled = <T>(inner: Field<T>): Field<T> => ({ ...inner, fill: 'zero' })

/** A record mark: `constant('H')`. */
export const constant = (value: string, label = ''): Filler => ({
  ...{ kind: 'filler', width: value.length, label, text: value },
})

/** Reserved blanks at the end of a record. */
export const blanks = (width: number, label = ''): Filler => ({
  ...{ kind: 'filler', width, label, text: ' '.repeat(width) },
})

const asIs = { parse: (value: string) => value, format: (value: string) => value }

// A tab or a line feed in a customer's name would be refused by the partner's own reader.
const controls = /\p{Cc}/gu
function printable(value: string): string {
  return value.replace(controls, ' ').trim()
}

function parseHundredths(value: string): Fen {
  const amount = fromYuan(value)
  return amount === undefined || value.startsWith('-') ? malformed('is not yuan text') : amount
}

// There is no year 0: ISO 8601 has one, PostgreSQL and the calendar have not.
export const isCalendarDay = (yyyymmdd: string): boolean =>
  /^\d{8}$/.test(yyyymmdd) &&
  !yyyymmdd.startsWith('0000') &&
  isCalendarDate(numberAt(yyyymmdd, 0, 4), numberAt(yyyymmdd, 4, 2), numberAt(yyyymmdd, 6, 2))

const dashed = (day: string) => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`

const parseDate = (value: string): string =>
  isCalendarDay(value) ? dashed(value) : malformed('is no day of the calendar')

const parseInstant = (value: string): string =>
  `${parseDate(value.slice(0, 8))}T${parseTime(value.slice(8))}`

/** The bare digits of a date or an instant, if they read as that date or instant again. */
function readable(parse: (text: string) => string, value: string): string {
  const bare = value.replace(/[-:T]/g, '')
  return parse(bare) === value ? bare : malformed('is not written as a date')
}

function parseTime(value: string): string {
  const [, hour, minute, second] =
    /^([01]\d|2[0-3])([0-5]\d)([0-5]\d)$/.exec(value) ?? malformed('is no time of day')
  return `${hour}:${minute}:${second}`
}
