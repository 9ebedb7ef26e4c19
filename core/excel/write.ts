// Writes a workbook as a stream, in flat memory however many rows come: the rows are asked for when
// the reader has taken the ones before. A sheet that is full goes on in the next one.
import { type Look, lookNo, stylesXml } from './styles.ts'
import { columnName, escapeCell, escapeXml, longestText } from './text.ts'
import { type ZipEntry, zip } from './zip.ts'

/** Numbers are exact decimal texts: a binary fraction never comes between us and the file. */
export type CellValue =
  | { is: 'text'; text: string }
  | { is: 'number'; text: string; look: Look }
  | null

export interface Column<Row> {
  title: string
  /** In characters. */
  width: number
  look?: Look
  cell(row: Row): CellValue
}

export interface Sheet<Row> {
  name: string
  columns: readonly Column<Row>[]
  batches: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>
  /** XML after the rows: what a template offers in lists. */
  after?: string
}

/** 1,048,576 rows with the heading. */
export const mostRowsOfSheet = 1_048_575
/** Strings are joined up to here before they become bytes. */
const chunkChars = 64 * 1024

export const text = (value: string | null | undefined): CellValue =>
  value === null || value === undefined || value === '' ? null : { is: 'text', text: value }
export const number = (value: string, look: Look): CellValue => ({
  is: 'number',
  text: value,
  look,
})

export function workbook(
  sheets: readonly Sheet<unknown>[],
  rowsOfSheet = mostRowsOfSheet,
): AsyncGenerator<Uint8Array> {
  return zip(entriesOf(sheets, rowsOfSheet))
}

async function* entriesOf(
  sheets: readonly Sheet<unknown>[],
  rowsOfSheet: number,
): AsyncGenerator<ZipEntry> {
  const names: string[] = []
  for (const sheet of sheets) {
    const source = rowSource(sheet.batches)
    let part = 0
    do {
      names.push(sheetName(sheet.name, ++part))
      const content = encoded(sheetXml(sheet, source, rowsOfSheet))
      yield { name: `xl/worksheets/sheet${names.length}.xml`, content }
    } while (await source.hasMore())
  }
  for (const [name, xml] of frameOf(names)) yield { name, content: [Buffer.from(xml)] }
}

const sheetName = (name: string, part: number) =>
  part === 1 ? name.slice(0, 31) : `${name.slice(0, 25)} (${part})`

interface RowSource {
  hasMore(): Promise<boolean>
  /** The next rows, at most so many. */
  take(most: number): Promise<readonly unknown[]>
}

function rowSource(batches: Sheet<unknown>['batches']): RowSource {
  const from =
    Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]()
  let waiting: readonly unknown[] = []
  const hasMore = async () => {
    while (waiting.length === 0) {
      const next = await from.next()
      if (next.done) return false
      waiting = next.value
    }
    return true
  }
  return {
    hasMore,
    take: async (most) => {
      if (!(await hasMore())) return []
      const taken = waiting.slice(0, most)
      waiting = waiting.slice(most)
      return taken
    },
  }
}

async function* encoded(parts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let joined = ''
  for await (const part of parts) {
    joined += part
    if (joined.length < chunkChars) continue
    yield Buffer.from(joined, 'utf8')
    joined = ''
  }
  if (joined) yield Buffer.from(joined, 'utf8')
}

async function* sheetXml(
  { columns, after = '' }: Sheet<unknown>,
  source: RowSource,
  rowsOfSheet: number,
): AsyncGenerator<string> {
  yield headOf(columns)
  const names = columns.map((_, at) => columnName(at + 1))
  let rowNo = 1
  while (rowNo <= rowsOfSheet) {
    const rows = await source.take(rowsOfSheet + 1 - rowNo)
    if (rows.length === 0) break
    for (const row of rows) yield rowXml(++rowNo, row, columns, names)
  }
  yield `</sheetData><autoFilter ref="A1:${names.at(-1)}${rowNo}"/>${after}</worksheet>`
}

function rowXml(
  rowNo: number,
  row: unknown,
  columns: readonly Column<unknown>[],
  names: readonly string[],
): string {
  let xml = `<row r="${rowNo}">`
  for (let at = 0; at < columns.length; at++) {
    const value = columns[at]!.cell(row)
    if (value !== null) xml += cellXml(`${names[at]}${rowNo}`, value)
  }
  return `${xml}</row>`
}

/** What a spreadsheet, or a CSV file made of it, would take for a formula. */
const looksLikeFormula = /^[=+\-@\t\r]/

export function cellXml(reference: string, value: NonNullable<CellValue>): string {
  if (value.is === 'number') {
    return `<c r="${reference}" s="${lookNo[value.look]}"><v>${value.text}</v></c>`
  }
  const look = looksLikeFormula.test(value.text) ? lookNo.guarded : lookNo.text
  return `<c r="${reference}" s="${look}" t="inlineStr">${inline(value.text)}</c>`
}

export const inline = (value: string): string =>
  `<is><t xml:space="preserve">${escapeCell(value.slice(0, longestText))}</t></is>`

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006'
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

function headOf(columns: readonly Column<unknown>[]): string {
  const widths = columns.map(
    ({ width }, at) => `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`,
  )
  const titles = columns.map(
    ({ title, look = 'heading' }, at) =>
      `<c r="${columnName(at + 1)}1" s="${lookNo[look]}" t="inlineStr">${inline(title)}</c>`,
  )
  return (
    `${declaration}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0">` +
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>' +
    `</sheetViews><cols>${widths.join('')}</cols><sheetData><row r="1">${titles.join('')}</row>`
  )
}

/** What binds the sheets together: known only when the last one is written. */
function* frameOf(names: readonly string[]): Generator<[name: string, xml: string]> {
  const kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  const sheets = names.map((name, at) => ({ name: escapeXml(name), no: at + 1 }))
  yield [
    'xl/workbook.xml',
    `${declaration}<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${sheets
      .map(({ name, no }) => `<sheet name="${name}" sheetId="${no}" r:id="rId${no}"/>`)
      .join('')}</sheets></workbook>`,
  ]
  yield ['xl/styles.xml', stylesXml]
  yield [
    'xl/_rels/workbook.xml.rels',
    `${declaration}<Relationships xmlns="${packages}/relationships">${sheets
      .map(({ no }) => relation(`rId${no}`, 'worksheet', `worksheets/sheet${no}.xml`))
      .join('')}${relation('rId0', 'styles', 'styles.xml')}</Relationships>`,
  ]
  yield [
    '_rels/.rels',
    `${declaration}<Relationships xmlns="${packages}/relationships">` +
      `${relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
  ]
  yield [
    '[Content_Types].xml',
    `${declaration}<Types xmlns="${packages}/content-types">` +
      '<Default Extension="rels" ' +
      'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      '<Default Extension="xml" ContentType="application/xml"/>' +
      `<Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/>` +
      `<Override PartName="/xl/styles.xml" ContentType="${kind}.styles+xml"/>${sheets
        .map(
          ({ no }) =>
            `<Override PartName="/xl/worksheets/sheet${no}.xml" ` +
            `ContentType="${kind}.worksheet+xml"/>`,
        )
        .join('')}</Types>`,
  ]
}

const relation = (id: string, kind: string, target: string) =>
  `<Relationship Id="${id}" Type="${office}/${kind}" Target="${target}"/>`
