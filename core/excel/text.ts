// Text in the XML of a workbook, and the names of its columns.

/** What a cell may hold; Excel repairs, that is cuts, files with more. */
export const longestText = 32_767

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
const plain = /^[^&<>"\u0000-\u001f\ud800-\udfff\ufffe\uffff_]*$/
/** XML has no name for them, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unspeakable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function escapeXml(text: string): string {
  if (plain.test(text)) return text
  return text
    .toWellFormed()
    .replace(unspeakable, '')
    .replace(/[&<>"]/g, (sign) => escapes[sign]!)
    .replace(/\r/g, '&#13;')
}

/** Excel reads `_x000D_` as a carriage return: text that looks like it says that it is text. */
export const escapeCell = (text: string): string =>
  escapeXml(text.includes('_x') ? text.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_') : text)

export const unescapeCell = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
    : text

/** 1 → 'A', 27 → 'AA'. */
export function columnName(no: number): string {
  let name = ''
  for (let left = no; left > 0; left = Math.floor((left - 1) / 26)) {
    name = String.fromCharCode(65 + ((left - 1) % 26)) + name
  }
  return name
}

/** 'AB17' → 28; undefined for what is no reference. */
export function columnOf(reference: string): number | undefined {
  const match = /^([A-Z]{1,3})\d{1,7}$/.exec(reference)
  if (!match) return undefined
  let no = 0
  for (const letter of match[1]!) no = no * 26 + letter.charCodeAt(0) - 64
  return no
}
