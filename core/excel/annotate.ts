// Gives people their own workbook back with what is wrong written into it: a red column with the
// sentences, red cells where the fault is. Sheet and stylesheet are rewritten on the way, every
// other part is copied as it stands, so formats, other sheets and pictures stay theirs.
import type { SaxesParser, SaxesTagPlain } from 'saxes'
import type { Entry } from 'yauzl'
import { localName, openPacked, openPart, type Package, parsed, strictParser } from './package.ts'
import { columnName, columnOf, escapeXml } from './text.ts'
import { inline } from './write.ts'
import { type ZipEntry, zip } from './zip.ts'

export interface Mark {
  text: string
  /** The cells that are at fault, from 1. */
  columns: readonly number[]
}

export interface Annotation {
  sheetPart: string
  headerRow: number
  /** Where the sentences go, to the right of everything else. */
  column: number
  title: string
  /** By row number. */
  marks: ReadonlyMap<number, Mark>
}

const stylesPart = 'xl/styles.xml'
const sentenceWidth = 60

export async function* annotated(
  from: Package,
  annotation: Annotation,
): AsyncGenerator<Uint8Array> {
  const styles = from.entries.get(stylesPart)
  const original = styles ? await styleCount(from, styles) : 0
  yield* zip(entriesOf(from, annotation, original))
}

async function* entriesOf(
  from: Package,
  annotation: Annotation,
  original: number,
): AsyncGenerator<ZipEntry> {
  for (const entry of from.entries.values()) {
    const name = entry.fileName
    if (name.endsWith('/')) continue
    if (name === annotation.sheetPart) {
      const write = sheetWriter(annotation, original)
      yield { name, content: rewritten(from, entry, write) }
    } else if (name === stylesPart) {
      yield { name, content: rewritten(from, entry, styleWriter(original)) }
    } else if (entry.compressionMethod === 0 || entry.compressionMethod === 8) {
      const { compressionMethod: method, crc32: crc } = entry
      const sums = { packedSize: entry.compressedSize, size: entry.uncompressedSize }
      yield { name, packed: await openPacked(from, entry), method, crc, ...sums }
    } else {
      yield { name, content: await openPart(from, entry) }
    }
  }
}

interface Tag {
  name: string
  local: string
  attributes: Record<string, string>
  isSelfClosing: boolean
}

/** What a writer does at the tags of a part; `emit` writes, nothing else does. */
interface Rewriter {
  /** Text at this place is left out. */
  isSilent?(): boolean
  open(tag: Tag, emit: (xml: string) => void): void
  close(tag: Tag, emit: (xml: string) => void): void
}

/** The part once more, as its parser saw it, through the hands of a writer. */
async function* rewritten(
  from: Package,
  entry: Entry,
  writer: Rewriter,
): AsyncGenerator<Uint8Array> {
  const out: string[] = []
  const emit = (xml: string) => void out.push(xml)
  const seen = (tag: SaxesTagPlain): Tag => {
    const { name, attributes, isSelfClosing } = tag
    return { name, local: localName(name), attributes, isSelfClosing }
  }
  const parser: SaxesParser = strictParser({
    open: (tag) => writer.open(seen(tag), emit),
    close: (_, tag) => writer.close(seen(tag), emit),
    text: (text) => {
      if (!writer.isSilent?.()) emit(escapeXml(text))
    },
  })
  parser.on('xmldecl', () => emit('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'))
  parser.on('comment', (text) => emit(`<!--${text}-->`))
  parser.on('processinginstruction', ({ target, body }) => emit(`<?${target} ${body}?>`))
  for await (const _ of parsed(from, entry, parser)) {
    if (out.length > 0) yield Buffer.from(out.join(''), 'utf8')
    out.length = 0
  }
}

function startTag({ name, attributes, isSelfClosing }: Tag): string {
  const all = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(value).replaceAll('\n', '&#10;')}"`)
    .join('')
  return `<${name}${all}${isSelfClosing ? '/' : ''}>`
}

const endTag = ({ name, isSelfClosing }: Tag) => (isSelfClosing ? '' : `</${name}>`)

async function styleCount(from: Package, entry: Entry): Promise<number> {
  let count = 0
  let isInside = false
  const parser = strictParser({
    open: (_, local) => {
      if (local === 'cellXfs') isInside = true
      else if (local === 'xf' && isInside) count++
    },
    close: (local) => {
      if (local === 'cellXfs') isInside = false
    },
  })
  for await (const _ of parsed(from, entry, parser)) void _
  return count
}

/**
 * The stylesheet with each style a second time, in red: style n of a cell at fault is n + count.
 * Two more at the end are the heading and the sentences of our column.
 */
function styleWriter(count: number): Rewriter {
  const counts = new Map<string, number>()
  const doubles: string[] = []
  let double: string[] | null = null
  const prefixOf = ({ name, local }: Tag) => name.slice(0, name.length - local.length)
  let isInside = false
  return {
    open: (tag, emit) => {
      const { local, attributes } = tag
      if (local === 'fills' || local === 'fonts' || local === 'cellXfs') {
        counts.set(local, Number(attributes.count ?? 0))
      }
      if (local === 'cellXfs') {
        isInside = true
        tag = { ...tag, attributes: { ...attributes, count: String(2 * count + 2) } }
      } else if (local === 'fills' || local === 'fonts') {
        const one = String(Number(attributes.count ?? 0) + 1)
        tag = { ...tag, attributes: { ...attributes, count: one } }
      }
      emit(startTag(tag))
      if (!isInside || local === 'cellXfs') return
      if (local === 'xf') {
        const fillId = String(counts.get('fills') ?? 0)
        const red = { ...attributes, fillId, applyFill: '1' }
        double = [startTag({ ...tag, attributes: red })]
      } else double?.push(startTag(tag))
    },
    close: (tag, emit) => {
      const p = prefixOf(tag)
      if (tag.local === 'fills') emit(redFill(p))
      if (tag.local === 'fonts') emit(redFont(p))
      if (tag.local === 'cellXfs') {
        isInside = false
        emit(doubles.join('') + ownStyles(p, counts.get('fills') ?? 0, counts.get('fonts') ?? 0))
      }
      emit(endTag(tag))
      if (!isInside || !double) return
      double.push(endTag(tag))
      if (tag.local !== 'xf') return
      doubles.push(double.join(''))
      double = null
    },
  }
}

const redFill = (p: string) =>
  `<${p}fill><${p}patternFill patternType="solid"><${p}fgColor rgb="FFFFC7CE"/>` +
  `<${p}bgColor indexed="64"/></${p}patternFill></${p}fill>`
const redFont = (p: string) =>
  `<${p}font><${p}b/><${p}sz val="11"/><${p}color rgb="FFC00000"/><${p}name val="等线"/></${p}font>`
const ownStyles = (p: string, fill: number, font: number) =>
  [`fillId="${fill}"`, 'fillId="0"']
    .map(
      (one) => `<${p}xf numFmtId="49" fontId="${font}" ${one} borderId="0" xfId="0" ${applied}/>`,
    )
    .join('')
const applied = 'applyNumberFormat="1" applyFont="1" applyFill="1"'

/** The sheet with its red cells and the column of sentences. */
function sheetWriter(annotation: Annotation, count: number): Rewriter {
  const { headerRow, column, title, marks } = annotation
  const [titleStyle, sentenceStyle] = [2 * count, 2 * count + 1]
  const frame = frameWriter(column)
  let p = ''
  let rowNo = 0
  let at = 0
  /** Cells at fault that the row does not have. */
  let missing: number[] = []
  /** The old column of sentences, of a file that comes back. */
  let isDropped = false
  const red = (style: number) => (count > 0 ? style + count : style)
  const addMissing = (before: number, emit: (xml: string) => void) => {
    while (missing.length > 0 && missing[0]! < before) {
      const no = missing.shift()!
      emit(`<${p}c r="${columnName(no)}${rowNo}" s="${red(0)}"/>`)
    }
  }
  const openCell = (tag: Tag, emit: (xml: string) => void) => {
    const own = columnOf(tag.attributes.r ?? '') ?? at + 1
    at = own
    isDropped = own === column
    if (isDropped) return
    addMissing(own, emit)
    missing = missing.filter((no) => no !== own)
    const isRed = marks.get(rowNo)?.columns.includes(own)
    const style = String(red(Number(tag.attributes.s ?? 0)))
    const attributes = isRed ? { ...tag.attributes, s: style } : tag.attributes
    // Cells before it may be new: where it stands is said, not counted.
    emit(startTag({ ...tag, attributes: { r: `${columnName(own)}${rowNo}`, ...attributes } }))
  }
  const closeRow = (tag: Tag, emit: (xml: string) => void) => {
    const mark = marks.get(rowNo)
    addMissing(column, emit)
    const said = rowNo === headerRow ? title : mark?.text
    if (said !== undefined) {
      const style = rowNo === headerRow ? titleStyle : sentenceStyle
      const xml = inline(said).replaceAll(/<(\/?)(is|t)\b/g, `<$1${p}$2`)
      emit(`<${p}c r="${columnName(column)}${rowNo}" s="${style}" t="inlineStr">${xml}</${p}c>`)
    }
    emit(`</${tag.name}>`)
  }
  return {
    isSilent: () => isDropped,
    open: (tag, emit) => {
      const { local, attributes } = tag
      if (isDropped) return
      if (local === 'worksheet') p = tag.name.slice(0, tag.name.length - local.length)
      if (local === 'c') return openCell(tag, emit)
      if (local !== 'row') return frame.open(tag, emit)
      rowNo = Number(attributes.r ?? rowNo + 1)
      at = 0
      missing = [...(marks.get(rowNo)?.columns ?? [])].sort((a, b) => a - b)
      const { spans: _, ...kept } = attributes
      emit(startTag({ ...tag, attributes: kept, isSelfClosing: false }))
    },
    close: (tag, emit) => {
      const { local } = tag
      if (isDropped) {
        if (local === 'c') isDropped = false
        return
      }
      if (local === 'row') closeRow(tag, emit)
      else if (local === 'c') emit(endTag(tag))
      else frame.close(tag, emit)
    },
  }
}

/** What stands around the rows: the widths of the columns, and how far the sheet reaches. */
function frameWriter(column: number): Rewriter {
  let hasColumns = false
  const prefixOf = ({ name, local }: Tag) => name.slice(0, name.length - local.length)
  const own = (p: string) =>
    `<${p}col min="${column}" max="${column}" width="${sentenceWidth}" customWidth="1"/>`
  const isBeyond = ({ local, attributes }: Tag) =>
    local === 'col' && Number(attributes.min) >= column
  return {
    open: (tag, emit) => {
      const { local, attributes } = tag
      const p = prefixOf(tag)
      if (local === 'dimension' || isBeyond(tag)) return
      if (local === 'cols') hasColumns = true
      if (local === 'sheetData' && !hasColumns) emit(`<${p}cols>${own(p)}</${p}cols>`)
      // The last description often reaches to the end of the sheet.
      const reaches = local === 'col' && Number(attributes.max) >= column
      const cut = { ...attributes, max: String(column - 1) }
      emit(startTag(reaches ? { ...tag, attributes: cut } : tag))
    },
    close: (tag, emit) => {
      if (tag.local === 'dimension' || isBeyond(tag)) return
      if (tag.local === 'cols') emit(own(prefixOf(tag)))
      emit(endTag(tag))
    },
  }
}
