// The looks that our own workbooks use, by name, and the stylesheet that makes them.

export const looks = [
  'plain',
  'heading',
  'required',
  'text',
  'guarded',
  'money',
  'area',
  'integer',
  'day',
  'instant',
  'note',
] as const
export type Look = (typeof looks)[number]

/** The number of a look in `styles.xml`. */
export const lookNo = Object.fromEntries(looks.map((look, no) => [look, no])) as Record<
  Look,
  number
>

const dayFormat = 164
const instantFormat = 165
const format: Record<Look, { number: number; font?: number; fill?: number; more?: string }> = {
  plain: { number: 0 },
  heading: { number: 49, font: 1, fill: 2 },
  required: { number: 49, font: 2, fill: 2 },
  text: { number: 49 },
  // Text that a spreadsheet would take for a formula stays text, also after it was edited.
  guarded: { number: 49, more: ' quotePrefix="1"' },
  money: { number: 4 },
  area: { number: 2 },
  integer: { number: 1 },
  day: { number: dayFormat },
  instant: { number: instantFormat },
  note: { number: 49, more: ' applyAlignment="1"' },
}

function xf(look: Look): string {
  const { number, font = 0, fill = 0, more = '' } = format[look]
  const head = `<xf numFmtId="${number}" fontId="${font}" fillId="${fill}" borderId="0" xfId="0"`
  const applied = ` applyNumberFormat="1" applyFont="1" applyFill="1"${more}`
  if (look !== 'note') return `${head}${applied}/>`
  return `${head}${applied}><alignment vertical="top" wrapText="1"/></xf>`
}

const font = (rest: string) => `<font>${rest}<sz val="11"/><name val="等线"/></font>`

export const stylesXml = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">\
<numFmts count="2"><numFmt numFmtId="${dayFormat}" formatCode="yyyy\\-mm\\-dd"/>\
<numFmt numFmtId="${instantFormat}" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>\
<fonts count="3"><font><sz val="11"/><name val="等线"/></font>${font('<b/>')}\
<font><b/><sz val="11"/><color rgb="FFC00000"/><name val="等线"/></font></fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFE7EEF7"/></patternFill></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="${looks.length}">${looks.map(xf).join('')}</cellXfs>\
<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
