// Reads a statement file. It is believed whole or not at all: the checks go on after the first
// fault, so that one call tells an operator everything that the bank has to repair, but a file
// with any fault gives no row.
//
// Bytes are cut into lines first, which is safe in GBK and UTF-8 (no character contains LF). Inside
// a line a delimited file is decoded first and split afterwards: 億 is 83 7C and 7C is the pipe.
import { Malformed } from '../errors.ts'
import { type Field, type Filler, readText, unpadded } from './fixed.ts'
import type { Charset } from './fixed-charset.ts'
import { asBuffer } from './gbk.ts'
import {
  type Columns,
  charsets,
  flagContent,
  readStatementName,
  type StatementFile,
  type StatementRow,
  type StatementSpec,
  type StatementTotals,
  totalsOf,
} from './statement.ts'

/** What the reader expects of a file besides its own consistency. */
export interface StatementExpected {
  /** The accounting date of the run; absent: the one in the name. */
  bankDate?: string
  /** The connector's settings, compared with the header columns of the same name. */
  config?: Readonly<Record<string, unknown>>
}

export interface StatementProblem {
  /** From 1; 0 is the file as a whole. */
  line: number
  /** The column's number within its record, from 1; 0 is the line as a whole. */
  column: number
  why: string
}

export type ParsedStatement =
  | {
      ok: true
      rows: StatementRow[]
      totals: StatementTotals
      bankDate: string
      sequence: number
    }
  | { ok: false; problems: StatementProblem[] }

/**
 * A million rows of the widest record we know (162 bytes), and some; more is not a day of one
 * bank.
 */
export const maxStatementBytes = 192 * 1024 * 1024

/** Enough for a person to see what is wrong; a file in another format would list every line. */
export const maxStatementProblems = 100

const lineFeed = 0x0a

/** Reads a file whole: every row, or every problem. */
export function parseStatement(
  spec: StatementSpec,
  { fileName, bytes, flagName, flagBytes, ...expected }: StatementFile & StatementExpected,
): ParsedStatement {
  const problems = new Problems()
  const named = readStatementName(spec, fileName)
  if (!named) problems.add(0, 0, `the name is not ${spec.name}`)
  else if (expected.bankDate !== undefined && expected.bankDate !== named.bankDate) {
    problems.add(0, 0, `the file is of ${named.bankDate}, not of ${expected.bankDate}`)
  }
  if (bytes.length > maxStatementBytes) problems.add(0, 0, `more than ${maxStatementBytes} bytes`)
  else {
    checkFlag(spec, { fileName, bytes, flagName, flagBytes }, problems)
    const rows = readRecords(spec, bytes, { ...expected, ...named }, problems)
    if (named && problems.none) return { ok: true, rows, totals: totalsOf(rows), ...named }
  }
  return { ok: false, problems: problems.list }
}

class Problems {
  readonly list: StatementProblem[] = []

  add(line: number, column: number, why: string): void {
    if (this.list.length < maxStatementProblems) this.list.push({ line, column, why })
  }

  get none(): boolean {
    return this.list.length === 0
  }
}

function checkFlag(spec: StatementSpec, file: StatementFile, problems: Problems): void {
  const { fileName, bytes, flagName, flagBytes } = file
  if (flagName !== fileName + spec.flag.suffix) problems.add(0, 0, 'the flag is of another file')
  const given = asBuffer(flagBytes).toString('latin1')
  if (given === flagContent(spec, fileName, bytes)) return
  const [before = '', after = ''] = spec.flag.content
    .replace('{name}', () => fileName)
    .split('{digest}')
  const isInForm = given.startsWith(before) && given.endsWith(after)
  problems.add(0, 0, isInForm ? 'the digest differs' : 'the flag is written otherwise')
}

type Values = Record<string, unknown>

function readRecords(
  spec: StatementSpec,
  bytes: Uint8Array,
  expected: StatementExpected,
  problems: Problems,
): StatementRow[] {
  const rows: StatementRow[] = []
  let header: Values | undefined
  let trailer: Values | undefined
  let number = 0
  let bad = 0
  for (const line of linesOf(spec, bytes, problems)) {
    number++
    const isHeader = number === 1
    const isTrailer = !isHeader && spec.trailer !== undefined && line.isLast
    const columns = isHeader ? spec.header : isTrailer ? spec.trailer! : spec.row
    const values = line.bytes && readColumns(spec, columns, line.bytes, number, problems)
    if (isHeader) header = values
    else if (isTrailer) trailer = values
    else if (!values) bad++
    else {
      rows.push(rowOf(values))
      const { rowNumber = rows.length + bad } = values
      if (rowNumber !== rows.length + bad) problems.add(number, 0, 'rows are not counted from 1')
    }
  }
  if (number === 0) problems.add(0, 0, 'the file is empty')
  if (spec.trailer && number === 1) problems.add(2, 0, 'the last record is missing')
  // Figures can only be compared with rows that could all be read.
  const counted = bad > 0 ? {} : { ...totalsOf(rows), rowCount: rows.length }
  const known = { ...expected.config, bankDate: expected.bankDate, ...counted }
  if (header) compare(spec.header, header, known, 1, problems)
  if (trailer && spec.trailer) compare(spec.trailer, trailer, known, number, problems)
  return rows
}

/** The lines without their ends. A line without bytes has been reported and is only counted. */
function* linesOf(
  spec: StatementSpec,
  bytes: Uint8Array,
  problems: Problems,
): Generator<{ bytes?: Uint8Array; isLast: boolean }> {
  const end = Buffer.from(spec.lineEnd, 'latin1')
  for (let from = 0, number = 1; from < bytes.length; number++) {
    const feed = bytes.indexOf(lineFeed, from)
    const to = feed === -1 ? bytes.length : feed + 1
    const isLast = to === bytes.length
    const cut = to - end.length
    const isEnded = cut >= from && end.equals(bytes.subarray(cut, to))
    if (!isEnded)
      problems.add(number, 0, `the line does not end with ${JSON.stringify(spec.lineEnd)}`)
    yield isEnded ? { bytes: bytes.subarray(from, cut), isLast } : { isLast }
    from = to
  }
}

/** The values of one line, or nothing when it has a problem. */
function readColumns(
  spec: StatementSpec,
  columns: Columns,
  line: Uint8Array,
  number: number,
  problems: Problems,
): Values | undefined {
  const values: Values = {}
  const parts = attempt(() => cutColumns(spec, columns, line))
  if (parts instanceof Malformed) return void problems.add(number, 0, parts.why)
  let whole = true
  for (const [i, [name, column]] of Object.entries(columns).entries()) {
    const value = attempt(() => parts[i]!(column))
    if (value instanceof Malformed) {
      whole = false
      problems.add(number, i + 1, `${name} ${value.why}`)
    } else if (column.kind === 'field') values[name] = value
  }
  return whole ? values : undefined
}

/** For each column how to read it, so that a fault of one does not hide those of the others. */
function cutColumns(
  spec: StatementSpec,
  columns: Columns,
  line: Uint8Array,
): ((column: Field<unknown> | Filler) => unknown)[] {
  const charset = charsets[spec.encoding]
  const list = Object.values(columns)
  if ('separator' in spec.record) {
    const texts = charset.decode(line).split(spec.record.separator)
    if (texts.length !== list.length) {
      throw new Malformed('', `${texts.length} columns instead of ${list.length}`)
    }
    return texts.map((text) => (column) => {
      if (!fits(column, text, charset)) throw new Malformed('', 'is too long')
      return readColumn(column, text)
    })
  }
  const style = { ...spec.record, charset }
  const width = list.reduce((sum, column) => sum + column.width, 0)
  if (line.length !== width) throw new Malformed('', `${line.length} bytes instead of ${width}`)
  let at = 0
  return list.map((column) => {
    const bytes = line.subarray(at, at + column.width)
    at += column.width
    const textOf = () =>
      column.kind === 'field' ? unpadded(column, style, bytes) : charset.decode(bytes)
    return () => readColumn(column, textOf())
  })
}

// Three bytes are the most that one unit of a string can take: most texts need no counting.
const fits = ({ width }: { width: number }, text: string, charset: Charset) =>
  text.length * 3 <= width || charset.encode(text).length <= width

// A name is the bank's copy for people and compared with nothing: a blank that is left of a
// character the bank had to replace is no reason to refuse a whole day.
function readColumn(column: Field<unknown> | Filler, text: string): unknown {
  if (column.kind === 'field') return readText(column, column.cut ? text.trim() : text)
  if (text !== column.text) throw new Malformed('', 'is not as the paper prints it')
}

function rowOf({ rowNumber, receiptNo, ...values }: Values): StatementRow {
  const row = { state: 'paid', ...values, ...(receiptNo !== undefined && { receiptNo }) }
  // The spec's columns are named after the row's fields; a test of every spec holds it to that.
  return row as unknown as StatementRow
}

function compare(
  columns: Columns,
  given: Values,
  known: Values,
  line: number,
  problems: Problems,
): void {
  for (const [i, name] of Object.keys(columns).entries()) {
    const differs = known[name] !== undefined && name in given && given[name] !== known[name]
    if (differs) problems.add(line, i + 1, `${name} is ${given[name]}, expected ${known[name]}`)
  }
}

function attempt<T>(read: () => T): T | Malformed {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) return error
    throw error
  }
}
