// The bank's statement file 对账文件 (§7 of the papers): made from the books alone, delivered by SFTP
// with its flag behind it. For tests the file can be wrong in ways that banks' files are wrong.
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DayTotals, fen, sumFen } from '@reli/sdk'
import {
  type StatementFile,
  type StatementRow,
  type StatementSpec,
  writeStatement,
} from '@reli/sdk/codec'
import SftpClient from 'ssh2-sftp-client'
import { statement as icbc } from '../connectors/icbc/statement.ts'
import { statement as rcu } from '../connectors/rcu/statement.ts'
import { type Day, isTakenBack, type Kept, receiptOf } from './books.ts'
import { beijingClock } from './day.ts'

export type BankName = 'icbc' | 'rcu'

const specs: Record<BankName, StatementSpec> = { icbc, rcu }

/** How a file can be wrong. The first three are consistent in themselves, so they are believed. */
export const statementFaults = [
  'row_dropped',
  'amount_altered',
  'foreign_row',
  'truncated',
  'wrong_digest',
] as const
export type StatementFault = (typeof statementFaults)[number]

export interface StatementOptions {
  bankDate: string
  sequence: number
  createdAt: string
  /** Settings that the header shows. */
  config?: Readonly<Record<string, unknown>>
  fault?: StatementFault
}

/** What the bank lists: debits that stand, and payments that were accepted and taken back. */
export function rowsOf(day: Day): StatementRow[] {
  return [...day.payments.values()]
    .filter((kept) => kept.debit === 'stands' || isTakenBack(kept))
    .sort((a, b) => (a.at === b.at ? order(a.serial, b.serial) : order(a.at, b.at)))
    .map(rowOf)
}

const order = (a: string, b: string) => (a < b ? -1 : 1)

function rowOf(kept: Kept): StatementRow {
  const { serial, customerNo, name, amountFen, at, outlet } = kept
  const receiptNo = receiptOf(kept)
  return {
    ...{ serial, customerNo, name, amountFen, at, outlet },
    state: kept.debit === 'stands' ? 'paid' : 'reversed',
    ...(receiptNo ? { receiptNo } : {}),
  }
}

/** The bank's own figures for R7. */
export function totalsOf(day: Day): DayTotals {
  const rows = rowsOf(day)
  const [paid, reversed] = (['paid', 'reversed'] as const).map((state) => {
    return rows.filter((row) => row.state === state).map(({ amountFen }) => amountFen)
  })
  return {
    ...{ paidCount: paid!.length, paidFen: sumFen(paid!) },
    ...{ reversedCount: reversed!.length, reversedFen: sumFen(reversed!) },
  }
}

export function makeStatement(
  bank: BankName,
  rows: readonly StatementRow[],
  { fault, ...context }: StatementOptions,
): StatementFile {
  const file = writeStatement(specs[bank], withFault(rows, fault), context)
  if (fault === 'wrong_digest') return { ...file, flagBytes: withOtherDigest(file.flagBytes) }
  if (fault !== 'truncated') return file
  const bytes = file.bytes.subarray(0, file.bytes.length - 5)
  return { ...file, bytes, flagBytes: withDigestOf(specs[bank], file, bytes) }
}

/** The row in the middle is the one that goes wrong. */
function withFault(
  rows: readonly StatementRow[],
  fault: StatementFault | undefined,
): readonly StatementRow[] {
  const at = rows.length >> 1
  const row = rows[at]
  if (fault === 'foreign_row') return [...rows, foreignRow(rows)]
  if (!row) return rows
  if (fault === 'row_dropped') return rows.toSpliced(at, 1)
  if (fault !== 'amount_altered') return rows
  return rows.with(at, { ...row, amountFen: fen(row.amountFen + 100n) })
}

/** A payment that nobody sent: the last customer's, one yuan, a serial no counter reaches. */
function foreignRow(rows: readonly StatementRow[]): StatementRow {
  const like = rows.at(-1)
  return {
    ...{ serial: '999999999999', customerNo: like?.customerNo ?? '0000000001' },
    ...{ name: like?.name ?? '无名', amountFen: fen(100), state: 'paid' },
    ...{ at: like?.at ?? beijingClock(new Date()), outlet: like?.outlet ?? '0000000000' },
  }
}

function withOtherDigest(flag: Uint8Array): Uint8Array {
  const other = Uint8Array.from(flag)
  other[0] = other[0] === 0x30 ? 0x31 : 0x30
  return other
}

function withDigestOf(spec: StatementSpec, file: StatementFile, bytes: Uint8Array): Uint8Array {
  const digest = createHash(spec.flag.algorithm).update(bytes).digest('hex')
  const text = spec.flag.content.replace('{digest}', digest).replace('{name}', file.fileName)
  return Buffer.from(text, 'latin1')
}

// ── delivery ──

export interface SftpAccess {
  host: string
  port: number
  user: string
  privateKey: string | Buffer
  /** `ssh-ed25519 AAAA…`, or its `SHA256:…`: any other host key is refused. */
  hostKey: string
}

function isPinned(key: Buffer, pin: string): boolean {
  if (!pin.startsWith('SHA256:')) return key.toString('base64') === pin.split(' ')[1]
  const digest = createHash('sha256').update(key).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}` === pin
}

/** A server that does not answer the greeting within this is not there. */
const readyWithinMs = 15_000

/** What goes wrong comes as a rejection; without these the library writes to the console. */
export const quiet = { error: () => {}, end: () => {}, close: () => {} }

/** Uploads the data file under a temporary name, renames it, then likewise the flag. */
export async function deliver(file: StatementFile, outbox: string, to: SftpAccess): Promise<void> {
  mkdirSync(outbox, { recursive: true })
  const client = new SftpClient('statement', quiet)
  await client.connect({
    ...{ host: to.host, port: to.port, username: to.user, privateKey: to.privateKey },
    readyTimeout: readyWithinMs,
    hostVerifier: (key: Buffer) => isPinned(key, to.hostKey),
  })
  try {
    for (const [name, bytes] of [
      [file.fileName, file.bytes],
      [file.flagName, file.flagBytes],
    ] as const) {
      const local = join(outbox, name)
      writeFileSync(local, bytes)
      await client.fastPut(local, `/in/${name}.tmp`)
      await client.rename(`/in/${name}.tmp`, `/in/${name}`)
    }
  } finally {
    await client.end()
  }
}
