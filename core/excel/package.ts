// Opens a workbook that somebody sent us. Nothing in it is believed: how many parts, how large they
// are once unpacked and how deep their XML goes is limited before memory is spent on it.
import type { Readable } from 'node:stream'
import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'

/** Why a file is no workbook that we read; the sentences stand in core/imports/refusals.ts. */
export type BadWorkbookCode =
  | 'file.not_excel'
  | 'file.old_or_locked'
  | 'file.damaged'
  | 'file.bomb'
  | 'file.macro'
  | 'file.no_sheet'
  | 'file.too_many_rows'
  | 'file.too_many_columns'

export class BadWorkbook extends Error {
  override readonly name = 'BadWorkbook'
  readonly code: BadWorkbookCode

  constructor(code: BadWorkbookCode, why: string) {
    super(`${code}: ${why}`)
    this.code = code
  }
}

/** A workbook of ours has ten; pictures and themes of other people's add some. */
const mostEntries = 2_000
/** 200,000 rows of 30 columns are about 300 MB of XML. */
const mostUnpackedBytes = 600 * 1024 * 1024
/** What is read whole: names of sheets, relations, styles. */
const mostPartChars = 32 * 1024 * 1024
const deepestXml = 64
const mostAttributes = 64

const zipMagic = Buffer.from([0x50, 0x4b, 0x03, 0x04])
/** The container of the old .xls, and of an .xlsx with a password. */
const oldMagic = Buffer.from([0xd0, 0xcf, 0x11, 0xe0])

export interface Package {
  zip: ZipFile
  entries: ReadonlyMap<string, Entry>
}

export async function openPackage(bytes: Buffer): Promise<Package> {
  if (bytes.subarray(0, 4).equals(oldMagic)) throw new BadWorkbook('file.old_or_locked', 'OLE')
  if (!bytes.subarray(0, 4).equals(zipMagic)) throw new BadWorkbook('file.not_excel', 'no ZIP')
  const options = { lazyEntries: true, strictFileNames: false, validateEntrySizes: true }
  const zip = await fromBufferPromise(bytes, options).catch(damaged)
  if (zip.entryCount > mostEntries) throw new BadWorkbook('file.bomb', `${zip.entryCount} parts`)
  const entries = new Map<string, Entry>()
  let unpacked = 0
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw new BadWorkbook('file.old_or_locked', 'encrypted part')
      unpacked += entry.uncompressedSize
      if (unpacked > mostUnpackedBytes) throw new BadWorkbook('file.bomb', `${unpacked} bytes`)
      entries.set(entry.fileName, entry)
    }
  } catch (error) {
    damaged(error)
  }
  if (!entries.has('[Content_Types].xml')) throw new BadWorkbook('file.not_excel', 'another ZIP')
  if (entries.has('xl/vbaProject.bin')) throw new BadWorkbook('file.macro', 'has macros')
  return { zip, entries }
}

export function damaged(error: unknown): never {
  if (error instanceof BadWorkbook) throw error
  throw new BadWorkbook('file.damaged', String(error))
}

export const openPart = (from: Package, entry: Entry): Promise<Readable> =>
  from.zip.openReadStreamPromise(entry).catch(damaged)

/** The part as it stands, compressed. */
export const openPacked = (from: Package, entry: Entry): Promise<Readable> =>
  from.zip.openReadStreamPromise(entry, { decodeFileData: false }).catch(damaged)

export interface XmlHandlers {
  open?(tag: SaxesTagPlain, local: string): void
  close?(local: string, tag: SaxesTagPlain): void
  text?(text: string): void
}

/** `x:row` → `row`: some programs write every name with a prefix. */
export const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** A parser that refuses what no spreadsheet has: document types, depth, crowds of attributes. */
export function strictParser({ open, close, text }: XmlHandlers): SaxesParser {
  const parser = new SaxesParser({ xmlns: false })
  let depth = 0
  parser.on('doctype', () => {
    throw new BadWorkbook('file.damaged', 'a document type')
  })
  parser.on('error', (error) => {
    throw new BadWorkbook('file.damaged', error.message)
  })
  parser.on('opentag', (tag) => {
    if (++depth > deepestXml) throw new BadWorkbook('file.damaged', 'nested too deep')
    if (Object.keys(tag.attributes).length > mostAttributes) {
      throw new BadWorkbook('file.damaged', 'too many attributes')
    }
    open?.(tag as SaxesTagPlain, localName(tag.name))
  })
  parser.on('closetag', (tag) => {
    depth--
    close?.(localName(tag.name), tag as SaxesTagPlain)
  })
  if (text) {
    parser.on('text', text)
    parser.on('cdata', text)
  }
  return parser
}

/** Feeds a part to a parser piece by piece; yields after each piece, for whoever wants to wait. */
export async function* parsed(
  from: Package,
  entry: Entry,
  parser: SaxesParser,
): AsyncGenerator<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of await openPart(from, entry)) {
      parser.write(decoder.decode(chunk as Buffer, { stream: true }))
      yield
    }
    parser.write(decoder.decode())
    parser.close()
  } catch (error) {
    damaged(error)
  }
  yield
}

/** A small part, read whole. */
export async function readPart(
  from: Package,
  name: string,
  handlers: XmlHandlers,
): Promise<boolean> {
  const entry = from.entries.get(name)
  if (!entry) return false
  if (entry.uncompressedSize > mostPartChars) throw new BadWorkbook('file.bomb', name)
  for await (const _ of parsed(from, entry, strictParser(handlers))) void _
  return true
}
