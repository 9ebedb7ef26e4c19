// Statement files 对账文件: what a bank says it took on one accounting date. A spec declares the file
// of one bank, whatever its columns, separators, padding and digest; `statement-read.ts` and
// `statement-write.ts` do the same work for all of them.
import { type Fen, sumFen } from '../money.ts'
import { digestHex } from '../sign/digest.ts'
import { type Field, type Filler, gbk, utf8 } from './fixed.ts'
import { isCalendarDay } from './fixed-fields.ts'

/** A payment as the bank has it. */
export interface StatementRow {
  serial: string
  customerNo: string
  name: string
  amountFen: Fen
  /** `reversed` only where the bank lists what it took back as well. */
  state: 'paid' | 'reversed'
  /** The bank's clock in Beijing, `2026-11-20T09:30:12`. */
  at: string
  outlet: string
  receiptNo?: string
}

export interface StatementTotals {
  paidCount: number
  paidFen: Fen
  reversedCount: number
  reversedFen: Fen
}

/** Columns in the order of the line. */
export type Columns = Readonly<Record<string, Field<unknown> | Filler>>

export interface StatementSpec {
  /** `RCU402_HEAT_{date}_{nn}.txt`: accounting date yyyymmdd and the number of the file from 01. */
  name: string
  encoding: 'gbk' | 'utf-8'
  lineEnd: '\n' | '\r\n'
  record: { separator: string } | { pad: 'left' | 'right' }
  /**
   * Line 1 and, if any, the last. Columns named `bankDate`, `createdAt`, `rowCount` or like one of
   * `StatementTotals` are checked and filled here; any other is a setting of the config.
   */
  header: Columns
  trailer?: Columns
  /** Columns of `StatementRow`, and `rowNumber` where rows count from 1. No `state`: all stand. */
  row: Columns
  /** The file beside it, which is also the sign that the upload is complete. */
  flag: {
    suffix: string
    algorithm: 'md5' | 'sm3'
    /** Its whole content, from `{digest}` (lower-case hex) and `{name}`. */
    content: string
  }
}

export interface StatementFile {
  fileName: string
  bytes: Uint8Array
  flagName: string
  flagBytes: Uint8Array
}

export const charsets = { gbk, 'utf-8': utf8 }

/** Accounting date and number of a file, or nothing when it is not one of these files. */
export function readStatementName(
  spec: StatementSpec,
  fileName: string,
): { bankDate: string; sequence: number } | undefined {
  const dateAt = spec.name.indexOf('{date}')
  const numberAt = spec.name.replace('{date}', 'yyyymmdd').indexOf('{nn}')
  const day = fileName.slice(dateAt, dateAt + 8)
  const named = {
    bankDate: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`,
    sequence: Number(fileName.slice(numberAt, numberAt + 2)),
  }
  const isOurs =
    isCalendarDay(day) && named.sequence >= 1 && statementName(spec, named) === fileName
  return isOurs ? named : undefined
}

/** `RCU402_HEAT_20261120_01.txt` */
export const statementName = (
  spec: StatementSpec,
  { bankDate, sequence }: { bankDate: string; sequence: number },
): string =>
  spec.name
    .replace('{date}', bankDate.replaceAll('-', ''))
    .replace('{nn}', String(sequence).padStart(2, '0'))

/** What a flag file must contain. */
export const flagContent = (spec: StatementSpec, fileName: string, bytes: Uint8Array): string =>
  spec.flag.content
    .replace('{digest}', () => digestHex(spec.flag.algorithm, bytes))
    .replace('{name}', () => fileName)

export function totalsOf(rows: readonly StatementRow[]): StatementTotals {
  const of = (state: StatementRow['state']) => rows.filter((row) => row.state === state)
  const [paid, reversed] = [of('paid'), of('reversed')]
  return {
    paidCount: paid.length,
    paidFen: sumFen(paid.map(({ amountFen }) => amountFen)),
    reversedCount: reversed.length,
    reversedFen: sumFen(reversed.map(({ amountFen }) => amountFen)),
  }
}
