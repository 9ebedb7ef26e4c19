// From a workbook to the rows of a template: which sheet, which line is the heading, which column
// is which – and then each row's values with what is wrong in its cells.
import { BadWorkbook } from '../excel/package.ts'
import { openWorkbook, rowsOf, type SheetRow, type Workbook } from '../excel/read.ts'
import { columnName } from '../excel/text.ts'
import { type Column, narrow, parseCell, type Value } from './columns.ts'
import { BadSheet, mostRows } from './refusals.ts'
import type { Template } from './template.ts'

/** Our own column in a file that comes back. */
export const errorTitle = '错误原因'

/** The heading stands near the top, below a title at most. */
const headingWithin = 10
const mostColumns = 200

export interface CellProblem {
  column: number | null
  columnName: string | null
  value: string | null
  code: string
  zh: string
}

export interface Row {
  rowNo: number
  values: Record<string, Value>
  problems: CellProblem[]
}

export interface Layout {
  part: string
  headerRow: number
  /** Key of the template's column → column of the sheet. */
  places: ReadonlyMap<string, number>
  errorColumn: number
}

export interface OpenSheet {
  workbook: Workbook
  layout: Layout
}

export async function openSheet(bytes: Buffer, template: Template): Promise<OpenSheet> {
  const workbook = await openWorkbook(bytes)
  const titles = new Map(template.columns.map((column) => [titleOf(column.title), column]))
  let best: { part: string; heading: SheetRow; hits: number } | undefined
  const seen: { part: string; last: number }[] = []
  for (const { part } of workbook.sheets) {
    let last = 0
    let rows = 0
    for await (const row of rowsOf(workbook, part)) {
      if (++rows <= headingWithin) {
        const hits = [...row.cells.values()].filter(({ text }) => titles.has(titleOf(text))).length
        if (hits > (best?.hits ?? 0)) best = { part, heading: row, hits }
      }
      if (row.cells.size > 0) last = Math.max(last, row.lastColumn)
      if (rows > mostRows + headingWithin) throw new BadWorkbook('file.too_many_rows', part)
    }
    seen.push({ part, last })
  }
  if (!best) {
    const all = template.columns.map(({ title }) => title).join('、')
    throw new BadSheet(`没有找到表头行，表头应有：${all}`)
  }
  const { part, heading } = best
  const widest = seen.find((sheet) => sheet.part === part)!.last
  if (widest > mostColumns) throw new BadWorkbook('file.too_many_columns', `${widest}`)
  return { workbook, layout: layoutOf(template, part, heading, widest) }
}

/** People add stars for «required», line breaks and spaces. */
const titleOf = (text: string) =>
  narrow(text)
    .replace(/[*\s]/g, '')
    .replace(/^\(必填\)|\(必填\)$/g, '')

function layoutOf(
  { columns, title }: Template,
  part: string,
  heading: SheetRow,
  widest: number,
): Layout {
  const places = new Map<string, number>()
  const faults: string[] = []
  let errorColumn: number | undefined
  for (const [at, cell] of heading.cells) {
    const said = titleOf(cell.text)
    const column = columns.find((each) => titleOf(each.title) === said)
    if (said === errorTitle) errorColumn = at
    else if (said === '') continue
    else if (!column) {
      faults.push(`第 ${columnName(at)} 列「${said}」不是「${title}」模板的列，请删除该列`)
    } else if (places.has(column.key)) {
      faults.push(`第 ${columnName(at)} 列「${said}」重复，请只保留一列`)
    } else places.set(column.key, at)
  }
  for (const column of columns) {
    if (column.isRequired && !places.has(column.key)) faults.push(`缺少「${column.title}」列`)
  }
  if (faults.length > 0) throw new BadSheet(faults.join('；'))
  return { part, headerRow: heading.rowNo, places, errorColumn: errorColumn ?? widest + 1 }
}

/** Rows without any value of the template's columns are no rows. */
export async function* dataRows(
  { workbook, layout }: OpenSheet,
  { columns }: Template,
): AsyncGenerator<Row> {
  for await (const row of rowsOf(workbook, layout.part)) {
    if (row.rowNo <= layout.headerRow) continue
    const isEmpty = [...layout.places.values()].every((at) => {
      const cell = row.cells.get(at)
      return !cell || (!cell.isFormula && narrow(cell.text) === '')
    })
    if (!isEmpty) yield rowOf(row, columns, layout, workbook.is1904)
  }
}

function rowOf(
  { rowNo, cells }: SheetRow,
  columns: readonly Column[],
  { places }: Layout,
  is1904: boolean,
): Row {
  const values: Row['values'] = {}
  const problems: CellProblem[] = []
  for (const column of columns) {
    const at = places.get(column.key)
    const cell = at === undefined ? undefined : cells.get(at)
    const parsed = at === undefined ? { value: null } : parseCell(column, cell, is1904)
    if ('value' in parsed) values[column.key] = parsed.value
    else {
      values[column.key] = null
      const value = cell?.text.slice(0, 100) ?? null
      problems.push({ column: at ?? null, columnName: column.title, value, ...parsed })
    }
  }
  return { rowNo, values, problems }
}
