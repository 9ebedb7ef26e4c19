// Reads a workbook row by row: what stands in its cells, and what kind of cell it is. Dates are
// numbers with a format, so the stylesheet is read too.
import type { Entry } from 'yauzl'
import {
  BadWorkbook,
  localName,
  openPackage,
  type Package,
  parsed,
  readPart,
  strictParser,
} from './package.ts'
import { columnOf, unescapeCell } from './text.ts'

export interface Cell {
  is: 'text' | 'number' | 'boolean' | 'error'
  text: string
  /** The number is shown as a date. */
  isDate: boolean
  /** `text` is the result that the program kept, if it kept one. */
  isFormula: boolean
  style: number
}

export interface SheetRow {
  rowNo: number
  /** By column, from 1. Cells without content are not there. */
  cells: ReadonlyMap<number, Cell>
  /** Also of the cells that are empty but have a style. */
  lastColumn: number
}

export interface SheetName {
  name: string
  part: string
}

export interface Workbook {
  from: Package
  sheets: readonly SheetName[]
  /** Days count from 1904 in workbooks of old Macs. */
  is1904: boolean
  styles: readonly boolean[]
  strings: readonly string[]
}

/** Shared strings stand in memory: two hundred thousand rows have a few million at most. */
const mostStrings = 4_000_000
const mostStringChars = 120_000_000
const mostColumn = 16_384

export async function openWorkbook(bytes: Buffer): Promise<Workbook> {
  const from = await openPackage(bytes)
  const targets = await relationsOf(from)
  const sheets: SheetName[] = []
  let is1904 = false
  const isThere = await readPart(from, 'xl/workbook.xml', {
    open: ({ attributes }, local) => {
      if (local === 'workbookPr') is1904 = isTrue(attributes.date1904)
      if (local !== 'sheet') return
      const relation = Object.entries(attributes).find(([name]) => localName(name) === 'id')?.[1]
      const part = targets.get(relation ?? '')
      if (part && from.entries.has(part)) sheets.push({ name: attributes.name ?? '', part })
    },
  })
  if (!isThere) throw new BadWorkbook('file.not_excel', 'no workbook inside')
  if (sheets.length === 0) throw new BadWorkbook('file.no_sheet', 'no sheet')
  return {
    from,
    sheets,
    is1904,
    styles: await dateStyles(from),
    strings: await sharedStrings(from),
  }
}

const isTrue = (value: string | undefined) => value === '1' || value === 'true'

async function relationsOf(from: Package): Promise<Map<string, string>> {
  const targets = new Map<string, string>()
  await readPart(from, 'xl/_rels/workbook.xml.rels', {
    open: ({ attributes }, local) => {
      if (local !== 'Relationship' || !attributes.Type?.endsWith('/worksheet')) return
      const target = attributes.Target ?? ''
      targets.set(attributes.Id ?? '', target.startsWith('/') ? target.slice(1) : `xl/${target}`)
    },
  })
  return targets
}

/** Formats that Excel has built in; 27 to 36 and 50 to 58 are the Chinese ones. */
const isBuiltInDate = (id: number) =>
  (id >= 14 && id <= 22) ||
  (id >= 27 && id <= 36) ||
  (id >= 45 && id <= 47) ||
  (id >= 50 && id <= 58)

/** A format that names a day, once colours, conditions and quoted words are taken out. */
const isDateFormat = (code: string) =>
  /[ymd]/i.test(code.replace(/\[[^\]]*\]|"[^"]*"|\\./g, '').replace(/general/gi, ''))

async function dateStyles(from: Package): Promise<boolean[]> {
  const dateFormats = new Set<number>()
  const styles: boolean[] = []
  let isInside = false
  await readPart(from, 'xl/styles.xml', {
    open: ({ attributes }, local) => {
      if (local === 'numFmt' && isDateFormat(attributes.formatCode ?? '')) {
        dateFormats.add(Number(attributes.numFmtId))
      }
      if (local === 'cellXfs') isInside = true
      if (local !== 'xf' || !isInside) return
      const id = Number(attributes.numFmtId ?? 0)
      styles.push(isBuiltInDate(id) || dateFormats.has(id))
    },
    close: (local) => {
      if (local === 'cellXfs') isInside = false
    },
  })
  return styles
}

async function sharedStrings(from: Package): Promise<string[]> {
  const strings: string[] = []
  const entry = from.entries.get('xl/sharedStrings.xml')
  if (!entry) return strings
  let chars = 0
  const reader = textReader((text) => {
    chars += text.length
    if (strings.push(text) > mostStrings || chars > mostStringChars) {
      throw new BadWorkbook('file.bomb', 'shared strings')
    }
  }, 'si')
  for await (const _ of parsed(from, entry, strictParser(reader))) void _
  return strings
}

/** Collects the `t` of a string, of all its runs, without the phonetic guides (`rPh`). */
function textReader(onText: (text: string) => void, wrapper: string) {
  let text = ''
  let isText = false
  let isPhonetic = false
  return {
    open: (_: unknown, local: string) => {
      if (local === wrapper) text = ''
      else if (local === 'rPh') isPhonetic = true
      else if (local === 't') isText = !isPhonetic
    },
    text: (piece: string) => {
      if (isText) text += piece
    },
    close: (local: string) => {
      if (local === 't') isText = false
      else if (local === 'rPh') isPhonetic = false
      else if (local === wrapper) onText(unescapeCell(text))
    },
  }
}

/** The rows that have cells, in their order. */
export async function* rowsOf(workbook: Workbook, part: string): AsyncGenerator<SheetRow> {
  const entry = workbook.from.entries.get(part) as Entry
  const waiting: SheetRow[] = []
  const parser = strictParser(rowReader(workbook, (row) => waiting.push(row)))
  for await (const _ of parsed(workbook.from, entry, parser)) {
    yield* waiting
    waiting.length = 0
  }
}

interface Raw {
  column: number
  type: string
  style: number
  value: string
  isFormula: boolean
  hasContent: boolean
}

function rowReader(workbook: Workbook, onRow: (row: SheetRow) => void) {
  let row = { rowNo: 0, cells: new Map<number, Cell>(), lastColumn: 0 }
  let cell: Raw | null = null
  let into: 'v' | 't' | null = null
  let isPhonetic = false
  return {
    open: ({ attributes }: { attributes: Record<string, string> }, local: string) => {
      if (local === 'row') {
        row = { rowNo: numberOf(attributes.r, row.rowNo + 1), cells: new Map(), lastColumn: 0 }
      } else if (local === 'c') {
        // References are optional: a cell without one follows the cell before.
        const column = columnOf(attributes.r ?? '') ?? row.lastColumn + 1
        if (column > mostColumn) throw new BadWorkbook('file.damaged', 'a column beyond XFD')
        row.lastColumn = Math.max(row.lastColumn, column)
        cell = {
          column,
          type: attributes.t ?? 'n',
          style: numberOf(attributes.s, 0),
          value: '',
          isFormula: false,
          hasContent: false,
        }
      } else if (cell && local === 'f') cell.isFormula = true
      else if (local === 'rPh') isPhonetic = true
      else if (cell && (local === 'v' || (local === 't' && !isPhonetic))) {
        into = local
        cell.hasContent = true
      }
    },
    text: (piece: string) => {
      if (cell && into) cell.value += piece
    },
    close: (local: string) => {
      if (local === 'v' || local === 't') into = null
      else if (local === 'rPh') isPhonetic = false
      else if (local === 'c' && cell) {
        if (cell.hasContent || cell.isFormula) row.cells.set(cell.column, cellOf(cell, workbook))
        cell = null
      } else if (local === 'row') onRow(row)
    },
  }
}

const numberOf = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise

function cellOf({ type, style, value, isFormula }: Raw, workbook: Workbook): Cell {
  const made = (is: Cell['is'], text: string): Cell => {
    return { is, text, style, isFormula, isDate: is === 'number' && !!workbook.styles[style] }
  }
  switch (type) {
    case 's': {
      const shared = workbook.strings[Number(value)]
      if (shared === undefined) throw new BadWorkbook('file.damaged', 'a string that is not there')
      return made('text', shared)
    }
    case 'inlineStr':
    case 'str':
      return made('text', unescapeCell(value))
    case 'b':
      return made('boolean', value)
    case 'e':
      return made('error', value)
    case 'd':
      return made('text', value.slice(0, 10))
    default:
      return made('number', value)
  }
}
