// GBK as the banks mean it: CP936's one-byte range 00–7F and its two-byte range 81–FE ×
// 40–7E/80–FE. Decoding is strict (a half character is refused, never turned into U+FFFD), because
// a lead byte that swallows the byte behind it moves every later field. Widths count bytes.
import iconv from 'iconv-lite'
import { Malformed } from '../errors.ts'

/** What a character becomes that GBK lacks (the papers' §2). */
const substitute = '?'

// What iconv-lite writes although CP936 lacks it: the additions of GB 18030 (rare characters of
// names such as 䶮 among them, radicals, three letters), € as the single byte 80, and private use.
const lacking = /[\u01f9\u1e3f\u20ac\u2e80-\u2fff\u303e\u3400-\u4dff\ue000-\uf8ff]/g

/** Text of bytes that must be GBK from the first to the last. */
export function decodeGbk(bytes: Uint8Array, path = ''): string {
  let ascii = true
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i]!
    if (lead < 0x80) continue
    ascii = false
    if (lead === 0x80 || lead === 0xff) throw new Malformed(path, `byte ${i} starts no character`)
    const trail = bytes[++i]
    if (trail === undefined) throw new Malformed(path, 'ends in half a character')
    if (trail < 0x40 || trail === 0x7f || trail === 0xff) {
      throw new Malformed(path, `byte ${i} ends no character`)
    }
  }
  const buffer = asBuffer(bytes)
  return ascii ? buffer.toString('latin1') : iconv.decode(buffer, 'gbk')
}

/** Bytes of a text; a character that GBK lacks is written as `?`. */
export function encodeGbk(text: string): Buffer {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return iconv.encode(text.replace(lacking, substitute), 'gbk')
  }
  return Buffer.from(text, 'latin1')
}

/** The most whole characters from the start of a text that `maxBytes` can hold. */
export function cutGbk(text: string, maxBytes: number): Buffer {
  const bytes = encodeGbk(text)
  if (bytes.length <= maxBytes) return bytes
  let end = 0
  for (let next = 0; next <= maxBytes; next += bytes[next]! < 0x80 ? 1 : 2) end = next
  return bytes.subarray(0, end)
}

/** How many bytes a text takes. */
export const gbkWidth = (text: string): number => encodeGbk(text).length

/** The same memory as a Buffer, whose slicing methods are native. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
