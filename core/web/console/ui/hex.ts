// Bytes as rows of offset, hex and text. A Chinese character of GBK has two bytes and, in a
// monospaced face, two columns: it stands where its first byte stands and nothing is out of line.
export interface HexRow {
  offset: string
  hex: string[]
  text: string
}

const gbk = new TextDecoder('gb18030')

export function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

/** One entry a byte: its character, or '' for the second byte of a character. */
export function lettersOf(bytes: Uint8Array): string[] {
  const letters: string[] = []
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i]!
    const trail = bytes[i + 1] ?? 0
    if (lead >= 0x20 && lead < 0x7f) letters.push(String.fromCharCode(lead))
    else if (lead > 0x80 && lead < 0xff && trail >= 0x40 && trail !== 0x7f && trail !== 0xff) {
      letters.push(gbk.decode(bytes.subarray(i, i + 2)), '')
      i++
    } else letters.push('·')
  }
  return letters
}

export function hexRows(bytes: Uint8Array, perRow: number): HexRow[] {
  const letters = lettersOf(bytes)
  const rows: HexRow[] = []
  for (let at = 0; at < bytes.length; at += perRow) {
    rows.push({
      offset: at.toString(16).padStart(4, '0'),
      hex: [...bytes.subarray(at, at + perRow)].map((b) => b.toString(16).padStart(2, '0')),
      // The second half of a character that began a row earlier keeps its column.
      text: (letters[at] === '' ? ' ' : '') + letters.slice(at, at + perRow).join(''),
    })
  }
  return rows
}

/** The whole message as text, for copying. */
export const textOf = (bytes: Uint8Array) => lettersOf(bytes).join('')
