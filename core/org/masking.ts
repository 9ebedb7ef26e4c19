// What a screen may show of a person: 张*, 王*国. The console never shows a whole name, in fields or
// in the raw bytes of a message; a phone number never leaves the database.
import { encodeGbk } from '@reli/sdk/codec'

/** 王建国 → 王*国, 张三 → 张*. Characters, not UTF-16 units: rare ones take two. */
export function maskName(name: string): string {
  const letters = [...name]
  if (letters.length <= 1) return letters.length === 0 ? '' : '*'
  if (letters.length === 2) return `${letters[0]}*`
  const hidden = Math.min(letters.length - 2, 3)
  return `${letters[0]}${'*'.repeat(hidden)}${letters.at(-1)}`
}

const asterisk = 0x2a

/**
 * The same message with the name starred out wherever it stands, in GBK or UTF-8; its length stays.
 */
export function hideName(message: Uint8Array, name: string | null): Buffer {
  const bytes = Buffer.from(message)
  const letters = [...(name ?? '')]
  if (letters.length < 2) return bytes
  const shown = letters.length === 2 ? '' : letters.at(-1)!
  for (const encode of [encodeGbk, (text: string) => Buffer.from(text, 'utf8')]) {
    const whole = encode(letters.join(''))
    const from = encode(letters[0]!).length
    const to = whole.length - encode(shown).length
    for (let at = bytes.indexOf(whole); at !== -1; at = bytes.indexOf(whole, at + whole.length)) {
      bytes.fill(asterisk, at + from, at + to)
    }
  }
  return bytes
}
