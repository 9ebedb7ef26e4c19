// Writes a ZIP archive as a stream of bytes: entries are deflated on the way, or copied as they
// stand in another archive. Sizes follow each entry («data descriptor»), so nothing is held back.
import { type Readable as NodeReadable, pipeline, Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export type ZipEntry =
  | { name: string; content: Bytes }
  /** Compressed already, by somebody who knows its sums. */
  | { name: string; packed: Bytes; method: 0 | 8; crc: number; packedSize: number; size: number }

interface Written {
  name: Buffer
  method: number
  flags: number
  crc: number
  packedSize: number
  size: number
  at: number
}

const utf8Names = 0x800
const sizesFollow = 0x08
const deflateMethod = 8
/** Fast: a file of a million rows is made of text that shrinks tenfold at any level. */
const deflateLevel = 3
/** 1 January 1980: a time of making would make equal files unequal. */
const dosDate = 0x21
/** Beyond it an archive needs ZIP64, which some readers of spreadsheets do not know. */
const mostBytes = 0xffff_fffe

export async function* zip(
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
): AsyncGenerator<Uint8Array> {
  const written: Written[] = []
  let at = 0
  const counted = (bytes: Uint8Array) => {
    at += bytes.length
    if (at > mostBytes) throw new RangeError('an archive of more than 4 GB')
    return bytes
  }
  for await (const entry of entries) {
    const file = begun(entry, at)
    yield counted(localHeader(file))
    for await (const chunk of 'content' in entry ? deflated(entry.content, file) : entry.packed) {
      yield counted(chunk)
    }
    if ('content' in entry) yield counted(descriptor(file))
    written.push(file)
  }
  const from = at
  for (const file of written) yield counted(centralHeader(file))
  yield endOfArchive(written.length, from, at - from)
}

function begun(entry: ZipEntry, at: number): Written {
  const name = Buffer.from(entry.name, 'utf8')
  if ('content' in entry) {
    const flags = utf8Names | sizesFollow
    return { name, method: deflateMethod, flags, crc: 0, packedSize: 0, size: 0, at }
  }
  const { method, crc, packedSize, size } = entry
  return { name, method, flags: utf8Names, crc, packedSize, size, at }
}

/** Keeps the sums of what passes. */
async function* deflated(content: Bytes, file: Written): AsyncGenerator<Uint8Array> {
  async function* summed() {
    for await (const chunk of content) {
      file.crc = crc32(chunk, file.crc)
      file.size += chunk.length
      if (file.size > mostBytes) throw new RangeError(`${file.name} has more than 4 GB`)
      yield chunk
    }
  }
  const deflate = createDeflateRaw({ level: deflateLevel })
  // A fault of the source arrives here as a fault of the deflated stream.
  pipeline(Readable.from(summed()), deflate, () => {})
  for await (const chunk of deflate as NodeReadable) {
    file.packedSize += chunk.length
    yield chunk
  }
}

function localHeader({ name, method, flags, crc, packedSize, size }: Written): Buffer {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(20, 4)
  head.writeUInt16LE(flags, 6)
  head.writeUInt16LE(method, 8)
  head.writeUInt16LE(dosDate, 12)
  head.writeUInt32LE(crc, 14)
  head.writeUInt32LE(packedSize, 18)
  head.writeUInt32LE(size, 22)
  head.writeUInt16LE(name.length, 26)
  return Buffer.concat([head, name])
}

function descriptor({ crc, packedSize, size }: Written): Buffer {
  const tail = Buffer.alloc(16)
  tail.writeUInt32LE(0x08074b50, 0)
  tail.writeUInt32LE(crc, 4)
  tail.writeUInt32LE(packedSize, 8)
  tail.writeUInt32LE(size, 12)
  return tail
}

function centralHeader({ name, method, flags, crc, packedSize, size, at }: Written): Buffer {
  const head = Buffer.alloc(46)
  head.writeUInt32LE(0x02014b50, 0)
  head.writeUInt16LE(20, 4)
  head.writeUInt16LE(20, 6)
  head.writeUInt16LE(flags, 8)
  head.writeUInt16LE(method, 10)
  head.writeUInt16LE(dosDate, 14)
  head.writeUInt32LE(crc, 16)
  head.writeUInt32LE(packedSize, 20)
  head.writeUInt32LE(size, 24)
  head.writeUInt16LE(name.length, 28)
  head.writeUInt32LE(at, 42)
  return Buffer.concat([head, name])
}

function endOfArchive(count: number, from: number, size: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(from, 16)
  return end
}
