// Workbooks: what we write, a foreign program reads, and so do we; what others send is read under
// limits and given back whole, with its errors in it. exceljs is the independent reader and writer.
import { crc32, deflateRawSync } from 'node:zlib'
import ExcelJS from 'exceljs'
import fc from 'fast-check'
import { test } from 'tap'
import { annotated } from './annotate.ts'
import { BadWorkbook } from './package.ts'
import { openWorkbook, rowsOf } from './read.ts'
import { columnName, columnOf } from './text.ts'
import { number, type Sheet, text, workbook } from './write.ts'
import { type ZipEntry, zip } from './zip.ts'

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

const sheetOf = (words: readonly string[], name = '名单'): Sheet<string> => ({
  name,
  columns: [
    { title: '文字', width: 20, cell: text },
    { title: '金额', width: 10, cell: () => number('12.30', 'money') },
  ],
  batches: [words.slice(0, 3), words.slice(3)],
})

async function textsIn(bytes: Buffer, sheet = 0, column = 1): Promise<string[]> {
  const book = await openWorkbook(bytes)
  const found: string[] = []
  for await (const { rowNo, cells } of rowsOf(book, book.sheets[sheet]!.part)) {
    if (rowNo > 1) found.push(cells.get(column)?.text ?? '')
  }
  return found
}

async function foreign(bytes: Buffer): Promise<ExcelJS.Workbook> {
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(bytes as never)
  return book
}

const refusalOf = async (bytes: Buffer): Promise<string> => {
  try {
    const book = await openWorkbook(bytes)
    for await (const _ of rowsOf(book, book.sheets[0]!.part)) void _
    return 'read'
  } catch (error) {
    return error instanceof BadWorkbook ? error.code : String(error)
  }
}

test('columns are named as people name them', (t) => {
  t.same([1, 26, 27, 702, 703, 16_384].map(columnName), ['A', 'Z', 'AA', 'ZZ', 'AAA', 'XFD'])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16_384 }), (no) => columnOf(`${columnName(no)}7`) === no),
  )
  t.end()
})

test('any text comes back as it was, here and in a foreign program', async (t) => {
  const words = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), {
    minLength: 1,
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(words, async (all) => {
      // What XML cannot say is left out, as Excel leaves it out.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
      const unsaid = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
      const told = all.map((word) => word.toWellFormed().replace(unsaid, ''))
      t.same(await textsIn(await gathered(workbook([sheetOf(all)]))), told)
    }),
    { numRuns: 60 },
  )
  const tricky = [
    '=1+1',
    '+86',
    '-1',
    '@x',
    '0312011801',
    '110101199003070011',
    'a_x000D_b',
    '<&>"',
  ]
  const bytes = await gathered(workbook([sheetOf(tricky)]))
  const book = await foreign(bytes)
  const sheet = book.getWorksheet('名单')!
  for (const [at, word] of tricky.entries()) {
    const cell = sheet.getCell(at + 2, 1)
    t.equal(cell.type, ExcelJS.ValueType.String, `${word} is text`)
    if (!word.includes('_x')) t.equal(cell.value, word)
    t.equal(cell.numFmt, '@')
  }
  t.match([sheet.getCell('B2').value, sheet.getCell('B2').numFmt], [12.3, '#,##0.00'])
})

test('a sheet that is full goes on in the next one', async (t) => {
  const words = Array.from({ length: 25 }, (_, at) => `第${at}行`)
  const bytes = await gathered(workbook([sheetOf(words)], 10))
  const book = await foreign(bytes)
  t.same(
    book.worksheets.map(({ name, rowCount }) => [name, rowCount]),
    [
      ['名单', 11],
      ['名单 (2)', 11],
      ['名单 (3)', 6],
    ],
  )
  const all = [0, 1, 2].map((sheet) => textsIn(bytes, sheet))
  t.same((await Promise.all(all)).flat(), words)
  const even = await gathered(workbook([sheetOf(words.slice(0, 20))], 10))
  t.equal((await openWorkbook(even)).sheets.length, 2, 'no empty sheet at the end')
  t.equal((await foreign(await gathered(workbook([sheetOf([])])))).worksheets.length, 1)
})

test('a broken source breaks the file off', async (t) => {
  const batches = (async function* () {
    yield ['a']
    throw new Error('the database went away')
  })()
  const sheet = { ...sheetOf([]), batches }
  await t.rejects(gathered(workbook([sheet])), /went away/)
})

test('cells are read for what they are', async (t) => {
  const book = new ExcelJS.Workbook()
  const sheet = book.addWorksheet('表')
  sheet.addRow(['标题'])
  sheet.addRow([new Date(Date.UTC(2026, 10, 20)), '000123', 12.5, true])
  sheet.addRow([{ formula: 'A2+1', result: 5 }, { richText: [{ text: '富' }, { text: '文本' }] }])
  sheet.addRow([{ error: '#N/A' }, { text: '链接', hyperlink: 'https://example.com' }])
  const read = await openWorkbook(Buffer.from(await book.xlsx.writeBuffer()))
  const cells: unknown[] = []
  for await (const row of rowsOf(read, read.sheets[0]!.part)) {
    for (const { is, text: said, isDate, isFormula } of row.cells.values()) {
      cells.push([row.rowNo, is, said, isDate, isFormula])
    }
  }
  t.same(cells, [
    [1, 'text', '标题', false, false],
    [2, 'number', '46346', true, false],
    [2, 'text', '000123', false, false],
    [2, 'number', '12.5', false, false],
    [2, 'boolean', '1', false, false],
    [3, 'number', '5', false, true],
    [3, 'text', '富文本', false, false],
    [4, 'error', '#N/A', false, false],
    [4, 'text', '链接', false, false],
  ])
})

/** The parts of a small workbook, as some other program might write them. */
async function handMade(sheetXml: string, more: [string, string | Buffer][] = []): Promise<Buffer> {
  const parts: [string, string | Buffer][] = [
    ['[Content_Types].xml', '<Types/>'],
    [
      'xl/workbook.xml',
      '<x:workbook xmlns:x="m" xmlns:r="o"><x:sheets>' +
        '<x:sheet name="S" sheetId="1" r:id="R1"/></x:sheets></x:workbook>',
    ],
    [
      'xl/_rels/workbook.xml.rels',
      '<Relationships>' +
        '<Relationship Id="R1" Type="t/worksheet" Target="/xl/s.xml"/></Relationships>',
    ],
    ['xl/s.xml', sheetXml],
    ...more,
  ]
  return gathered(
    zip(parts.map(([name, xml]): ZipEntry => ({ name, content: [Buffer.from(xml)] }))),
  )
}

test('references are optional, and names may have a prefix', async (t) => {
  const bytes = await handMade(
    '<x:worksheet xmlns:x="m"><x:sheetData>' +
      '<x:row><x:c><x:v>1</x:v></x:c><x:c t="str"><x:v>二</x:v></x:c></x:row>' +
      '<x:row r="5"><x:c r="C5"><x:v>3</x:v></x:c><x:c><x:v>4</x:v></x:c></x:row>' +
      '</x:sheetData></x:worksheet>',
  )
  const book = await openWorkbook(bytes)
  const found: unknown[] = []
  for await (const { rowNo, cells } of rowsOf(book, book.sheets[0]!.part)) {
    found.push([rowNo, [...cells].map(([column, cell]) => [column, cell.text])])
  }
  t.same(found, [
    [
      1,
      [
        [1, '1'],
        [2, '二'],
      ],
    ],
    [
      5,
      [
        [3, '3'],
        [4, '4'],
      ],
    ],
  ])
  const annotation = { sheetPart: 'xl/s.xml', headerRow: 1, column: 5, title: '错误原因' }
  const marks = new Map([[5, { text: '不对', columns: [2] }]])
  const given = await gathered(annotated(book.from, { ...annotation, marks }))
  t.same(await textsIn(given, 0, 5), ['不对'])
})

test('what is no workbook, or a dangerous one, is refused by name', async (t) => {
  const sheet = '<worksheet><sheetData/></worksheet>'
  t.equal(await refusalOf(Buffer.from('用户编号,金额\n1,2')), 'file.not_excel')
  t.equal(await refusalOf(Buffer.from('d0cf11e0a1b11ae1', 'hex')), 'file.old_or_locked')
  t.equal(
    await refusalOf(await gathered(zip([{ name: 'a.txt', content: [Buffer.from('x')] }]))),
    'file.not_excel',
  )
  t.equal(await refusalOf((await handMade(sheet)).subarray(0, 200)), 'file.damaged')
  t.equal(
    await refusalOf(await handMade('<worksheet><sheetData><row></sheetData></worksheet>')),
    'file.damaged',
  )
  t.equal(
    await refusalOf(await handMade(`<!DOCTYPE w [<!ENTITY a "aaaa">]>${sheet}`)),
    'file.damaged',
  )
  t.equal(
    await refusalOf(await handMade(`${'<a>'.repeat(100)}${'</a>'.repeat(100)}`)),
    'file.damaged',
  )
  t.equal(await refusalOf(await handMade(sheet, [['xl/vbaProject.bin', 'x']])), 'file.macro')
  t.equal(await refusalOf(await handMade(sheet)), 'read')
  const crowd = Array.from({ length: 2_001 }, (_, at): [string, string] => [`a${at}`, ''])
  t.equal(await refusalOf(await handMade(sheet, crowd)), 'file.bomb')
})

test('a bomb is refused by what it says, and by what it does', async (t) => {
  // 700 MB of zeros in 700 kB: refused by its directory, before a byte is unpacked.
  const packed = deflateRawSync(Buffer.alloc(1024 * 1024))
  const entry = (size: number): ZipEntry => ({
    name: 'xl/worksheets/bomb.xml',
    packed: [packed],
    method: 8,
    crc: crc32(Buffer.alloc(1024 * 1024)),
    packedSize: packed.length,
    size,
  })
  const types: ZipEntry = { name: '[Content_Types].xml', content: [Buffer.from('<Types/>')] }
  t.equal(await refusalOf(await gathered(zip([types, entry(700 * 1024 * 1024)]))), 'file.bomb')
  // It says ten bytes and unpacks to a megabyte: cut off after ten.
  const shy = { ...entry(10), name: 'xl/workbook.xml' }
  t.equal(await refusalOf(await gathered(zip([types, shy]))), 'file.damaged')
})

test('people get their own file back, with the errors in it', async (t) => {
  const book = new ExcelJS.Workbook()
  const sheet = book.addWorksheet('陈欠')
  book.addWorksheet('说明').getCell('A1').value = '原样保留'
  sheet.columns = ['用户编号', '金额', '备注'].map((header) => ({ header, width: 18 }))
  sheet.addRow(['0001', 12.5, 'x<&>'])
  sheet.addRow(['0002', undefined, 'y'])
  sheet.addRow([undefined, 3, { formula: '1+1', result: 2 }])
  const blue = { bold: true, color: { argb: 'FF0000FF' } }
  Object.assign(sheet.getCell('B2'), { numFmt: '0.00', font: blue })
  sheet.mergeCells('A6:B6')
  const annotate = async (
    bytes: Buffer,
    marks: Map<number, { text: string; columns: number[] }>,
  ) => {
    const { from, sheets } = await openWorkbook(bytes)
    const where = { sheetPart: sheets[0]!.part, headerRow: 1, column: 4, title: '错误原因' }
    return gathered(annotated(from, { ...where, marks }))
  }
  const once = await annotate(
    Buffer.from(await book.xlsx.writeBuffer()),
    new Map([
      [2, { text: '「金额」不对', columns: [2] }],
      [3, { text: '「金额」没有填写', columns: [2] }],
      [4, { text: '「用户编号」没有填写', columns: [1] }],
    ]),
  )
  const red = { fgColor: { argb: 'FFFFC7CE' } }
  const given = (await foreign(once)).getWorksheet('陈欠')!
  t.match(given.getCell('B2'), { value: 12.5, numFmt: '0.00', font: blue, fill: red })
  t.match(given.getCell('B3'), { value: null, fill: red })
  t.match(given.getCell('A4').fill, red)
  t.notMatch(given.getCell('A2').fill ?? {}, red)
  t.match(given.getCell('C4').value, { formula: '1+1', result: 2 })
  t.same(
    [1, 2, 3, 4].map((row) => given.getCell(row, 4).value),
    ['错误原因', '「金额」不对', '「金额」没有填写', '「用户编号」没有填写'],
  )
  t.ok(given.getCell('B6').isMerged)
  t.same(
    given.columns.map(({ width }) => width),
    [18, 18, 18, 60],
  )
  t.equal((await foreign(once)).getWorksheet('说明')!.getCell('A1').value, '原样保留')

  const twice = await annotate(once, new Map([[3, { text: '仍然不对', columns: [2] }]]))
  const again = (await foreign(twice)).getWorksheet('陈欠')!
  t.same(
    [1, 2, 3, 4].map((row) => again.getCell(row, 4).value),
    ['错误原因', null, '仍然不对', null],
  )
})
