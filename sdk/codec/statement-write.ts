// Writes a statement file as the bank would: for the mock banks, and to prove that a spec says the
// same thing in both directions.
import { type Field, writeField, writeText } from './fixed.ts'
import {
  type Columns,
  charsets,
  flagContent,
  type StatementFile,
  type StatementRow,
  type StatementSpec,
  statementName,
  totalsOf,
} from './statement.ts'

export interface StatementContext {
  /** The accounting date, `2026-11-20`. */
  bankDate: string
  /** Number of the file within the accounting date, from 1. */
  sequence: number
  /** Where the header tells it, `2026-11-21T00:30:00`. */
  createdAt?: string
  /** The connector's settings, for the header columns of the same name. */
  config?: Readonly<Record<string, unknown>>
}

/** A complete pair of files. Rows that the bank does not list (reversed ones) are left out. */
export function writeStatement(
  spec: StatementSpec,
  rows: readonly StatementRow[],
  { config, ...context }: StatementContext,
): StatementFile {
  const listed = 'state' in spec.row ? rows : rows.filter(({ state }) => state === 'paid')
  const known = { ...config, ...context, ...totalsOf(listed), rowCount: listed.length }
  const line = (columns: Columns, values: object) =>
    Buffer.concat([writeColumns(spec, columns, values), Buffer.from(spec.lineEnd)])
  const bytes = Buffer.concat([
    line(spec.header, known),
    ...listed.map((row, i) => line(spec.row, { ...row, rowNumber: i + 1 })),
    ...(spec.trailer ? [line(spec.trailer, known)] : []),
  ])
  const fileName = statementName(spec, context)
  const flagBytes = Buffer.from(flagContent(spec, fileName, bytes), 'latin1')
  return { fileName, bytes, flagName: fileName + spec.flag.suffix, flagBytes }
}

function writeColumns(spec: StatementSpec, columns: Columns, values: object): Buffer {
  const charset = charsets[spec.encoding]
  const { record } = spec
  const cells = Object.entries(columns).map(([name, column]) => {
    if (column.kind === 'filler') return Buffer.from(column.text, 'latin1')
    const value = (values as Record<string, unknown>)[name]
    if ('pad' in record) return writeField(column, { ...record, charset }, value)
    return writeText(withoutSeparator(column, record.separator), value, charset)
  })
  if ('pad' in record) return Buffer.concat(cells)
  const separator = Buffer.from(record.separator, 'latin1')
  return Buffer.concat(cells.flatMap((cell, i) => (i === 0 ? [cell] : [separator, cell])))
}

// There is no escape: the bank replaces its separator inside names by a blank.
const withoutSeparator = (column: Field<unknown>, separator: string): Field<unknown> =>
  column.cut
    ? { ...column, format: (value) => column.format(value).replaceAll(separator, ' ') }
    : column
