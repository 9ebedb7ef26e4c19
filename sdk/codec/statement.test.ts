// What a bank's daily file may and may not be, on two formats of our own: UTF-8 with a separator,
// and GBK in fixed records. The connectors hold their specs to the banks' papers.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { fen } from '../money.ts'
import {
  choice,
  constant,
  date,
  digits,
  fenDigits,
  flagContent,
  instant,
  integer,
  maxStatementBytes,
  maxStatementProblems,
  optional,
  type ParsedStatement,
  parseStatement,
  readStatementName,
  type StatementFile,
  type StatementRow,
  type StatementSpec,
  text,
  writeStatement,
  zeroFilled,
} from './index.ts'

const row = {
  serial: digits(6),
  customerNo: text(8),
  name: text(12),
  amountFen: fenDigits(8),
  at: instant(14),
  outlet: digits(3),
  receiptNo: optional(text(4)),
}
const flag = { suffix: '.ok', algorithm: 'sm3', content: '{name} {digest}\n' } as const

const delimited: StatementSpec = {
  name: 'T_{date}_{nn}.txt',
  encoding: 'utf-8',
  lineEnd: '\r\n',
  record: { separator: '|' },
  header: { mark: constant('H'), bankDate: date(8), paidCount: integer(8), paidFen: fenDigits(12) },
  row,
  flag,
}
const records: StatementSpec = {
  name: 'F{date}.{nn}',
  encoding: 'gbk',
  lineEnd: '\n',
  record: { pad: 'right' },
  header: { bankDate: date(8), createdAt: instant(14), institution: digits(4) },
  row: {
    rowNumber: zeroFilled(integer(4)),
    ...row,
    state: choice(1, { P: 'paid', R: 'reversed' }),
  },
  trailer: {
    rowCount: zeroFilled(integer(4)),
    paidFen: fenDigits(12),
    reversedCount: zeroFilled(integer(4)),
  },
  flag,
}

const day = '2026-11-20'
const context = {
  bankDate: day,
  sequence: 3,
  createdAt: '2026-11-21T00:30:00',
  config: { institution: '0042' },
}
const paid = (serial: string, name = '李億觀'): StatementRow => ({
  serial,
  customerNo: '12345678',
  name,
  amountFen: fen(271_530),
  state: 'paid',
  at: '2026-11-20T09:30:12',
  outlet: '101',
})
const rows: StatementRow[] = [
  paid('000001'),
  { ...paid('000002'), receiptNo: 'R1' },
  { ...paid('000003'), state: 'reversed' },
]

/** The file with other content and the flag that goes with it. */
function edited(spec: StatementSpec, edit: (content: string) => string): StatementFile {
  const file = writeStatement(spec, rows, context)
  const bytes = Buffer.from(edit(Buffer.from(file.bytes).toString('latin1')), 'latin1')
  return { ...file, bytes, flagBytes: Buffer.from(flagContent(spec, file.fileName, bytes)) }
}

const parse = (spec: StatementSpec, file: StatementFile) =>
  parseStatement(spec, { ...file, bankDate: day, config: context.config })
const problemsOf = (parsed: ParsedStatement) =>
  parsed.ok ? [] : parsed.problems.map(({ line, column, why }) => `${line}.${column} ${why}`)

t.test('a bank that lists only payments that stand leaves the reversed ones out', async () => {
  const written = writeStatement(delimited, rows, context)
  assert.equal(written.fileName, 'T_20261120_03.txt')
  const parsed = parse(delimited, written)
  const totals = { paidCount: 2, paidFen: fen(543_060), reversedCount: 0, reversedFen: fen(0) }
  assert.deepEqual(parsed, { ok: true, rows: rows.slice(0, 2), totals, bankDate: day, sequence: 3 })
  const all = parse(records, writeStatement(records, rows, context))
  assert.ok(all.ok)
  assert.deepEqual(all.rows, rows)
  assert.equal(all.totals.reversedFen, 271_530n)
})

t.test('every problem is told with its line and column, and no row is given', async () => {
  const broken = edited(delimited, (content) =>
    content
      .replace('000001|', 'x|')
      .replace('20261120093012', '20261120253012')
      .replace('543060', '1'),
  )
  assert.deepEqual(problemsOf(parse(delimited, broken)), [
    '2.1 serial is not 6 characters long',
    '2.5 at is no time of day',
  ])
  const cases: [StatementSpec, (content: string) => string, string][] = [
    [delimited, (c) => c.replace('|2|', '|3|'), '1.3 paidCount is 3, expected 2'],
    [delimited, (c) => c.replace('543060', '1'), '1.4 paidFen is 1, expected 543060'],
    [delimited, (c) => c.replace('H|20261120', 'H|20261119'), '1.2 bankDate is 2026-11-19'],
    [delimited, (c) => c.replace('H|', 'D|'), '1.1 mark is not as the paper prints it'],
    [delimited, (c) => c.slice(0, -2), '3.0 the line does not end with "\\r\\n"'],
    [delimited, (c) => c.replaceAll('\r', ''), '1.0 the line does not end with "\\r\\n"'],
    [delimited, (c) => c.replace('R1', 'R1|'), '3.0 8 columns instead of 7'],
    [delimited, (c) => c.replace('R1', 'R1234'), '3.7 receiptNo is too long'],
    [delimited, (c) => c.replace('\u00e5', ''), '2.0 is not UTF-8'],
    [delimited, () => '', '0.0 the file is empty'],
    [delimited, (c) => c.split('\r\n')[0]!, '1.0 the line does not end with "\\r\\n"'],
    [records, (c) => c.replace('0042', '0043'), '1.3 institution is 0043, expected 0042'],
    [records, (c) => c.replace('\n0002', '\n0003'), '3.0 rows are not counted from 1'],
    [records, (c) => c.replace('R1', 'R'), '3.0 59 bytes instead of 60'],
    [records, (c) => c.replace('\u00d3\u005e', '\u00d3 '), '2.4 name byte 5 ends no character'],
    [records, (c) => c.slice(0, c.indexOf('\n') + 1), '2.0 the last record is missing'],
    [records, (c) => c.replace(/0003(?=.{16}\n$)/, '0004'), '5.1 rowCount is 4, expected 3'],
  ]
  for (const [spec, edit, problem] of cases) {
    const problems = problemsOf(parse(spec, edited(spec, edit)))
    assert.ok(
      problems.some((told) => told.includes(problem)),
      `${problem}: ${problems}`,
    )
  }
})

t.test('the name, the flag and the day must agree with the content', async () => {
  const file = writeStatement(delimited, rows, context)
  const refusedFor = (changes: Partial<StatementFile> & { bankDate?: string }, why: RegExp) =>
    assert.match(problemsOf(parseStatement(delimited, { ...file, ...changes })).join(), why)
  refusedFor(
    { flagBytes: Buffer.from(file.flagBytes).fill('0', 18, 20) },
    /^0.0 the digest differs$/,
  )
  refusedFor({ flagBytes: Buffer.from('') }, /the flag is written otherwise/)
  refusedFor({ flagName: 'T_20261120_02.txt.ok' }, /the flag is of another file/)
  refusedFor({ bankDate: '2026-11-21' }, /the file is of 2026-11-20, not of 2026-11-21/)
  refusedFor({ bytes: new Uint8Array(maxStatementBytes + 1) }, /more than/)
  for (const fileName of ['T_20261120_00.txt', 'T_20261131_01.txt', 'T_20261120_1.txt', 'x', '']) {
    assert.equal(readStatementName(delimited, fileName), undefined)
    refusedFor({ fileName }, /the name is not T_/)
  }
  assert.deepEqual(readStatementName(records, 'F20261120.42'), { bankDate: day, sequence: 42 })
})

t.test('a file in another format does not list every line', async () => {
  const parsed = parse(
    delimited,
    edited(delimited, () => 'x\r\n'.repeat(5000)),
  )
  assert.equal(problemsOf(parsed).length, maxStatementProblems)
})

t.test('whatever the bank writes is read back, separators in names aside', async () => {
  const anyName = fc.string({
    unit: fc.constantFrom('億', 'a', '|', ' ', '丨', '㐀'),
    maxLength: 9,
  })
  for (const spec of [delimited, records]) {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 20 }), (names) => {
        const given = names.map((name, i) => paid(String(i).padStart(6, '0'), name))
        const parsed = parse(spec, writeStatement(spec, given, context))
        assert.ok(parsed.ok, problemsOf(parsed).join())
        const bare = parsed.rows.map(({ name, ...rest }) => ({ ...rest, name: '' }))
        assert.deepEqual(
          bare,
          given.map((one) => ({ ...one, name: '' })),
        )
      }),
    )
  }
})

t.test('a setting that the header needs and the config lacks is our own fault', async () => {
  assert.throws(() => writeStatement(records, rows, { ...context, config: {} }))
})
