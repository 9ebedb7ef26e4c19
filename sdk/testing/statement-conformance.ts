// The conformance kit for statement files: the files of the partner's paper, read and written, and
// the damage that a day's file can suffer on its way.
import assert from 'node:assert/strict'
import {
  flagContent,
  type ParsedStatement,
  parseStatement,
  type StatementFile,
  type StatementRow,
  type StatementSpec,
  statementName,
  totalsOf,
  writeStatement,
} from '../codec/index.ts'
import { fen } from '../money.ts'
import type { Runner } from './conformance.ts'

export interface StatementVector extends StatementFile {
  id: string
  /** Absent: the file must be refused. */
  rows?: StatementRow[]
}

export interface StatementVectors {
  bankDate: string
  /** When the paper's files say they were made. */
  createdAt?: string
  config?: Record<string, unknown>
  files: readonly StatementVector[]
}

/** A file as the papers' vectors note it down. */
export interface NotedStatement {
  id: string
  file_name: string
  base64: string
  valid: boolean
  flag_file: { name: string; content_hex: string }
  rows?: NotedRow[]
}

interface NotedRow {
  serial: string
  customer_no: string
  name: string
  amount: number
  status: 'PAY' | 'REV'
  time: string
  outlet: string
  receipt_no: string
}

export const statementVector = (noted: NotedStatement): StatementVector => ({
  id: noted.id,
  fileName: noted.file_name,
  bytes: Buffer.from(noted.base64, 'base64'),
  flagName: noted.flag_file.name,
  flagBytes: Buffer.from(noted.flag_file.content_hex, 'hex'),
  ...(noted.valid && { rows: noted.rows!.map(rowOf) }),
})

function rowOf(row: NotedRow): StatementRow {
  return {
    serial: row.serial,
    customerNo: row.customer_no,
    name: row.name,
    amountFen: fen(row.amount),
    state: row.status === 'PAY' ? 'paid' : 'reversed',
    at: row.time.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6'),
    outlet: row.outlet,
    ...(row.receipt_no !== '' && { receiptNo: row.receipt_no }),
  }
}

export function statementConformance(
  t: Runner,
  spec: StatementSpec,
  vectors: StatementVectors,
): void {
  const { files, ...expected } = vectors
  const parse = (file: StatementFile) => parseStatement(spec, { ...file, ...expected })
  const name = (what: string) => `${spec.name}: ${what}`

  t.test(name('the files of the paper are read, refused and written'), async () => {
    for (const { id, rows, ...file } of files) {
      const parsed = parse(file)
      assert.equal(parsed.ok, rows !== undefined, `${id}: ${problemsOf(parsed)}`)
      if (!parsed.ok || !rows) continue
      const { bankDate, sequence } = parsed
      assert.deepEqual(parsed, { ok: true, rows, totals: totalsOf(rows), bankDate, sequence }, id)
      const written = writeStatement(spec, rows, { ...expected, bankDate, sequence })
      assert.deepEqual(shown(written), shown(file), id)
    }
  })

  t.test(name('a file that was damaged gives problems and no row'), async () => {
    for (const { id, bytes, ...file } of files.filter(({ rows }) => rows)) {
      for (let at = 0; at < bytes.length; at++) {
        const flipped = Uint8Array.from(bytes).with(at, bytes[at]! ^ 0x01)
        assert.equal(parse({ ...file, bytes: flipped }).ok, false, `${id}: byte ${at}`)
        const cut = bytes.subarray(0, at)
        assert.equal(parse(flagged(spec, file, cut)).ok, false, `${id}: cut at ${at}`)
        // With a flag of its own the damage must be found by its content, or be harmless.
        for (const damage of [flipped, Uint8Array.from(bytes).with(at, 0x81)]) {
          const parsed = parse(flagged(spec, file, damage))
          assert.ok(parsed.ok || parsed.problems.length > 0, `${id}: byte ${at}`)
        }
      }
    }
  })

  t.test(name('a file of another day or with another flag is refused'), async () => {
    const [sound] = files.filter(({ rows }) => rows)
    assert.ok(sound, 'a spec is tested with a file that is in order')
    assert.equal(parse({ ...sound, flagName: `${sound.flagName}x` }).ok, false)
    assert.equal(parse({ ...sound, flagBytes: Buffer.alloc(0) }).ok, false)
    const otherDay = parseStatement(spec, { ...sound, ...expected, bankDate: '2001-01-01' })
    assert.match(problemsOf(otherDay), /2001-01-01/)
    const fileName = statementName(spec, { bankDate: '2001-01-01', sequence: 1 })
    const renamed = { ...flagged(spec, { ...sound, fileName }, sound.bytes) }
    const foreign = parseStatement(spec, { ...renamed, config: expected.config ?? {} })
    assert.match(problemsOf(foreign), /bankDate/)
  })
}

/** The same file with a flag that agrees with its bytes. */
const flagged = (
  spec: StatementSpec,
  { fileName }: { fileName: string },
  bytes: Uint8Array,
): StatementFile => ({
  fileName,
  bytes,
  flagName: fileName + spec.flag.suffix,
  flagBytes: Buffer.from(flagContent(spec, fileName, bytes)),
})

const problemsOf = (parsed: ParsedStatement) =>
  parsed.ok ? '' : parsed.problems.map(({ line, why }) => `${line}: ${why}`).join('; ')

const shown = ({ fileName, flagName, bytes, flagBytes }: StatementFile) => ({
  fileName,
  flagName,
  bytes: Buffer.from(bytes).toString('latin1'),
  flag: Buffer.from(flagBytes).toString('latin1'),
})
