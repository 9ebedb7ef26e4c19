// A layout is the paper's table: what it reads, it writes to the same bytes; what is not as
// printed is refused with the path of the field, and nothing of a secret is shown.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Malformed } from '../errors.ts'
import { dm2, type Fen, fen } from '../money.ts'
import {
  blanks,
  choice,
  constant,
  date,
  digits,
  fenDigits,
  fixed,
  instant,
  integer,
  list,
  matching,
  neverEmpty,
  optional,
  raw,
  secret,
  squareMetres,
  text,
  utf8,
  yuan,
  zeroFilled,
} from './fixed.ts'
import { chars } from './values.ts'

const line = { season: digits(4, '采暖期'), payableFen: yuan(12, '应缴') }
const bill = {
  mark: constant('B'),
  echo: raw(2),
  on: date(8, '日期'),
  at: instant(14),
  password: secret(text(8, '密码')),
  name: neverEmpty(text(10, '户名')),
  areaDm2: squareMetres(10),
  totalFen: fenDigits(12),
  flag: choice(1, { 0: true, 1: false }),
  receiptNo: optional(matching(text(6), chars('0-9A-Z', 1, 6))),
  rows: zeroFilled(integer(3)),
  count: integer(2),
  reserved: blanks(3),
  lines: list('count', fixed(line, { pad: 'left' })),
}
const left = fixed(bill, { pad: 'left' })
const right = fixed(bill, { pad: 'right' })

// The annotation is part of the test: the type is the table's.
const message: {
  lines: { season: string; payableFen: Fen }[]
  receiptNo: string | undefined
  flag: boolean
  count: number
} & ReturnType<typeof left.decode> = {
  echo: '\u00ff\u0000',
  on: '2026-11-20',
  at: '2026-11-20T23:59:59',
  password: 's3cret',
  name: '李億觀',
  areaDm2: dm2(12_045),
  totalFen: fen(271_530),
  flag: false,
  receiptNo: undefined,
  rows: 7,
  count: 2,
  lines: [
    { season: '2025', payableFen: fen(65_416) },
    { season: '2026', payableFen: fen(0) },
  ],
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const bytesOf = (characters: string) => Uint8Array.from(Buffer.from(characters, 'latin1'))
const faultOf = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (error instanceof Malformed) return error.message
    throw error
  }
  return ''
}

t.test('a message is written as the table says, on either side, and read back', async () => {
  const lines = '2025      654.16' + '2026        0.00'
  const name = '\u00c0\u00ee\u0083\u007c\u00d3\u005e'
  assert.equal(
    latin1(left.encode(message)),
    `B\u00ff\u0000202611202026112023595` +
      `9  s3cret    ${name}    120.450000002715301      007 2   ${lines}`,
  )
  assert.ok(latin1(right.encode(message)).includes(`s3cret  ${name}    120.45    000000271530`))
  for (const layout of [left, right])
    assert.deepEqual(layout.decode(layout.encode(message)), message)
  assert.equal(left.width, 80)
})

t.test('a fault names its field and never quotes it', async () => {
  const good = latin1(left.encode(message))
  const put = (at: number, what: string) =>
    bytesOf(good.slice(0, at) + what + good.slice(at + what.length))
  const cases: [bytes: Uint8Array, fault: string][] = [
    [put(0, 'A'), 'mark: is not as the paper prints it'],
    [put(3, '20260229'), 'on: is no day of the calendar'],
    [put(3, '00000101'), 'on: is no day of the calendar'],
    [put(11, '20261120240000'), 'at: is no time of day'],
    [put(25, 's3cret  '), 'password: begins or ends with a blank'],
    [put(25, 's\u0000cret!!'), 'password: has a control character'],
    [put(33, ' '.repeat(10)), 'name: is empty'],
    // Half a character stays in its own field: it does not take a byte of the area behind it.
    [put(33, '   abcdef\u00d5'), 'name: ends in half a character'],
    [put(33, '\u00a1\u00a1  abcdef'), 'name: begins or ends with a blank'],
    [put(43, '     1.234'), 'areaDm2: is not yuan text'],
    [put(53, '      271530'), 'totalFen: begins or ends with a blank'],
    [put(65, '2'), 'flag: is none of the codes'],
    [put(66, '  ab-c'), 'receiptNo: has a character outside 0-9A-Z'],
    [put(72, '0x7'), 'rows: is no count'],
    [put(77, 'x'), 'reserved: is not as the paper prints it'],
    [put(84, '     -54.16'), 'lines.1.payableFen: is not yuan text'],
    [put(96, '20 6'), 'lines.2.season: has a character outside 0-9'],
    [bytesOf(good.slice(0, -1)), 'lines: ends after 31 bytes'],
    [bytesOf(`${good}x`), 'end: 1 bytes left over'],
    [bytesOf(''), 'mark: ends after 0 bytes'],
  ]
  for (const [bytes, fault] of cases)
    assert.equal(
      faultOf(() => left.decode(bytes)),
      fault,
    )
})

t.test('prose is cut on a whole character, anything else that does not fit throws', async () => {
  const nameIn = (name: string) => latin1(left.encode({ ...message, name })).slice(33, 43)
  assert.equal(nameIn('億'.repeat(6)), '\u0083\u007c'.repeat(5))
  assert.equal(nameIn(`a${'億'.repeat(6)}`), ` a${'\u0083\u007c'.repeat(4)}`)
  assert.equal(nameIn('123456789 x'), ' 123456789')
  assert.equal(nameIn('a\n€😀b'), '     a ??b')
  assert.equal(nameIn(' \t '), '         ?')
  const misfits = [
    { totalFen: fen(10n ** 12n) },
    { totalFen: fen(-1) },
    { receiptNo: 'TOOLONG7' },
    { rows: 1000 },
    { echo: 'x' },
    { count: 1 },
    { on: '2026-1-1' },
  ]
  for (const misfit of misfits) {
    assert.throws(() => left.encode({ ...message, ...misfit }), RangeError, Object.keys(misfit)[0])
  }
})

t.test('a description goes as far as the bytes go and hides what is secret', async () => {
  const good = left.encode(message)
  const shown = left.describe(good)
  assert.deepEqual(shown.slice(0, 5), [
    { path: 'echo', label: 'echo', value: '0xFF00' },
    { path: 'on', label: '日期', value: '20261120' },
    { path: 'at', label: 'at', value: '20261120235959' },
    { path: 'password', label: '密码', value: '********' },
    { path: 'name', label: '户名', value: '李億觀' },
  ])
  assert.deepEqual(shown.at(-1), { path: 'lines.2.payableFen', label: '应缴', value: '0.00' })
  for (let size = 0; size <= good.length; size++) {
    const text = JSON.stringify(left.describe(good.subarray(0, size)))
    assert.doesNotMatch(text, /s3c|7333/i, `${size} bytes`)
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void left.describe(bytes)))
})

t.test('whatever is read is written to the same bytes, and nothing else is thrown', async () => {
  const good = left.encode(message)
  const spot = fc.tuple(fc.nat(good.length - 1), fc.nat(255))
  fc.assert(
    fc.property(fc.array(spot, { maxLength: 4 }), (spots) => {
      const bytes = Uint8Array.from(good)
      for (const [at, byte] of spots) bytes[at] = byte
      if (faultOf(() => left.decode(bytes)) !== '') return
      const again = Buffer.from(left.encode(left.decode(bytes)))
      // Codes of the GBK range that no character has come back as «?».
      if (!again.includes('?'))
        assert.equal(again.toString('hex'), Buffer.from(bytes).toString('hex'))
    }),
    { numRuns: 1000 },
  )
})

t.test('widths of UTF-8 count its bytes', async () => {
  const layout = fixed({ name: text(7), on: date(8) }, { pad: 'right', charset: utf8 })
  const bytes = layout.encode({ name: '张三丰', on: '2026-11-20' })
  assert.equal(Buffer.from(bytes).toString(), '张三 20261120')
  assert.deepEqual(layout.decode(bytes), { name: '张三', on: '2026-11-20' })
  assert.equal(
    faultOf(() => layout.decode(bytesOf('\u00e5\u00bc     20261120'))),
    'name: is not UTF-8',
  )
})
