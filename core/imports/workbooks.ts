// The workbooks that go out: an empty template with its manual page, and somebody's own file with
// what is wrong in it.
import type { Tx } from '../db/db.ts'
import { annotated, type Mark } from '../excel/annotate.ts'
import { openWorkbook } from '../excel/read.ts'
import { columnName, escapeXml } from '../excel/text.ts'
import { type Column as Cells, text, workbook } from '../excel/write.ts'
import type { Column } from './columns.ts'
import { fileOf } from './files.ts'
import { batchProblemRows, type ImportRow, problemsOf } from './imports.sql.ts'
import { mostRows } from './refusals.ts'
import { errorTitle } from './sheet.ts'
import type { Template } from './template.ts'

/** Rows for which Excel offers the words of a choice. */
const offeredRows = 10_000

export function templateWorkbook(template: Template): AsyncGenerator<Uint8Array> {
  const columns = template.columns.map((column): Cells<unknown> => {
    const look = column.isRequired ? 'required' : 'heading'
    return { title: column.title, width: widthOf(column), look, cell: () => null }
  })
  const manual = [{ title: template.about, example: '' }, ...template.columns] as readonly Column[]
  return workbook([
    { name: template.title, columns, batches: [], after: choicesOf(template) },
    { name: '填写说明', columns: manualColumns, batches: [manual] },
  ] as never)
}

const widthOf = ({ title, example }: Column) =>
  Math.max(12, Math.min(30, 2 * Math.max([...title].length, [...example].length) + 2))

const manualColumns: readonly Cells<Column>[] = [
  { title: '列', width: 24, cell: (column) => text(column.title) },
  {
    title: '是否必填',
    width: 10,
    cell: (column) => text(column.kind && (column.isRequired ? '必填' : '选填')),
  },
  { title: '例', width: 24, cell: (column) => text(column.example) },
  { title: '说明', width: 50, cell: (column) => text(column.note ?? wordsOf(column)) },
]

const wordsOf = ({ kind }: Column): string =>
  kind?.is === 'choice' ? `只能填：${Object.values(kind.words).join('、')}` : ''

/** Lists of words that Excel offers; longer than 255 characters it refuses the file. */
function choicesOf({ columns }: Template): string {
  const rules = columns.flatMap(({ kind }, at) => {
    const words =
      kind.is === 'choice' ? Object.values(kind.words) : kind.is === 'yes_no' ? ['是', '否'] : []
    const list = words.join(',')
    if (words.length === 0 || list.length > 250) return []
    const name = columnName(at + 1)
    return [
      `<dataValidation type="list" allowBlank="1" showErrorMessage="1" ` +
        `sqref="${name}2:${name}${offeredRows}"><formula1>"${escapeXml(list)}"</formula1>` +
        '</dataValidation>',
    ]
  })
  if (rules.length === 0) return ''
  return `<dataValidations count="${rules.length}">${rules.join('')}</dataValidations>`
}

/** Every sentence of a row in its error cell, also what was refused while it was booked. */
export async function annotatedFile(
  tx: Tx,
  companyId: string,
  row: ImportRow,
): Promise<AsyncGenerator<Uint8Array>> {
  const { importNo, checkNo, batchNo } = row
  const most = 10 * mostRows
  const found = await tx.many(problemsOf, [companyId, importNo, checkNo, most])
  const later = batchNo ? await tx.many(batchProblemRows, [companyId, batchNo]) : []
  const marks = new Map<number, { texts: Set<string>; columns: Set<number> }>()
  for (const { rowNo, columnNo, zh } of [...found, ...later]) {
    const mark = marks.get(rowNo) ?? { texts: new Set(), columns: new Set() }
    mark.texts.add(zh)
    if (columnNo !== null) mark.columns.add(columnNo)
    marks.set(rowNo, mark)
  }
  const said = new Map<number, Mark>(
    [...marks].map(([rowNo, { texts, columns }]) => [
      rowNo,
      { text: [...texts].join('；'), columns: [...columns] },
    ]),
  )
  const { from } = await openWorkbook(await fileOf(tx, companyId, importNo))
  return annotated(from, {
    sheetPart: row.sheetPart!,
    headerRow: row.headerRow!,
    column: row.errorColumn!,
    title: errorTitle,
    marks: said,
  })
}
