// The encodings that partners use, both strict: half a character is a fault and never U+FFFD.
import { Malformed } from '../errors.ts'
import { cutGbk, decodeGbk, encodeGbk } from './gbk.ts'

export interface Charset {
  decode(bytes: Uint8Array): string
  /** A character that the charset lacks becomes `?`. */
  encode(text: string): Uint8Array
  /** The most whole characters from the start of a text that `maxBytes` can hold. */
  cut(text: string, maxBytes: number): Uint8Array
}

export const gbk: Charset = { decode: decodeGbk, encode: encodeGbk, cut: cutGbk }

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8: Charset = {
  decode: (bytes) => {
    try {
      return strictUtf8.decode(bytes)
    } catch {
      throw new Malformed('', 'is not UTF-8')
    }
  },
  encode: (text) => Buffer.from(text, 'utf-8'),
  cut: (text, maxBytes) => {
    const bytes = Buffer.from(text, 'utf-8')
    let end = Math.min(maxBytes, bytes.length)
    // 10xxxxxx continues a character: step back to where one starts.
    while (end < bytes.length && end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
    return bytes.subarray(0, end)
  },
}
