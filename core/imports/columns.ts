// What a cell may say, column by column: how people write numbers, days and codes, and the sentence
// for everything else. Nothing is guessed where money hangs on it.
import { dm2, fen } from '@reli/sdk'
import { codeOf } from '../billing/batches/words.ts'
import type { Cell } from '../excel/read.ts'

export type Kind =
  /** Digits and letters that are no quantity: leading zeros count. */
  | { is: 'code'; pattern: RegExp; shape: string }
  | { is: 'text'; longest: number }
  | { is: 'money'; least?: bigint }
  | { is: 'area' }
  /** A decimal of so many places, as an integer: 3.10 m is 310, a price 0.1300 is 1300. */
  | { is: 'decimal'; places: number; unit: string; most: bigint }
  | { is: 'integer'; least: number; most: number }
  | { is: 'day' }
  /** By code or by word. */
  | { is: 'choice'; words: Record<string, string> }
  | { is: 'yes_no' }

export interface Column {
  key: string
  title: string
  kind: Kind
  isRequired: boolean
  example: string
  note?: string
}

export type Value = string | bigint | number | boolean | null
export type Parsed = { value: Value } | { code: string; zh: string }

const problem = (code: string, zh: string): Parsed => ({ code, zh })

/** `cell` undefined: there is none. */
export function parseCell(column: Column, cell: Cell | undefined, is1904: boolean): Parsed {
  const { title, isRequired, example } = column
  if (cell?.isFormula && cell.text === '') {
    const zh = `「${title}」是没有计算结果的公式，请复制后「选择性粘贴」为数值`
    return problem('cell.formula', zh)
  }
  if (cell?.is === 'error') {
    return problem(
      'cell.error',
      `「${title}」是错误值 ${cell.text}，请改为正确内容，例如 ${example}`,
    )
  }
  const text = cell ? narrow(cell.text) : ''
  if (!cell || text === '') {
    if (!isRequired) return { value: null }
    return problem('cell.missing', `「${title}」没有填写，例如 ${example}`)
  }
  return parsers[column.kind.is](column, cell, text, is1904)
}

/** Full-width digits, letters and signs become plain ones; spaces around, also wide ones, go. */
export const narrow = (text: string): string =>
  text
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[\u3000\u00a0\u200b\ufeff]/g, ' ')
    .trim()

type Parser = (column: Column, cell: Cell, text: string, is1904: boolean) => Parsed
const kindOf = <K extends Kind['is']>(column: Column, _: K) =>
  column.kind as Extract<Kind, { is: K }>

const parsers: Record<Kind['is'], Parser> = {
  code: (column, cell, text) => {
    const { title, example } = column
    const { pattern, shape } = kindOf(column, 'code')
    if (cell.is === 'number') return codeOfNumber(column, text)
    if (pattern.test(text)) return { value: text }
    return problem('cell.code', `「${title}」应为${shape}，例如 ${example}`)
  },
  text: (column, cell, text) => {
    const { title } = column
    const { longest } = kindOf(column, 'text')
    if (/^[=+@-]/.test(text) && cell.is === 'text') {
      return problem('cell.formula_text', `「${title}」不能以 = + - @ 开头`)
    }
    if ([...text].length > longest) {
      return problem('cell.too_long', `「${title}」不能超过 ${longest} 个字`)
    }
    return { value: text }
  },
  money: (column, cell, text) => {
    const { title, example } = column
    const { least = 0n } = kindOf(column, 'money')
    const amount = decimalOf(text.replace(/^[¥￥]\s*/, '').replace(/\s*元$/, ''), 2, cell)
    if (amount === undefined) {
      return problem('cell.money', `「${title}」应为金额，最多两位小数，例如 ${example}`)
    }
    if (amount < least) {
      const zh = least > 0n ? `「${title}」必须大于零` : `「${title}」不能小于零`
      return problem('cell.money_sign', zh)
    }
    if (amount > 99_999_999_999n) return problem('cell.money_size', `「${title}」超过 10 亿元`)
    return { value: fen(amount) }
  },
  area: ({ title, example }, cell, text) => {
    const area = decimalOf(text.replace(/\s*(㎡|m2|m²|平方米|平米)$/i, ''), 2, cell)
    if (area === undefined) {
      return problem('cell.area', `「${title}」应为平方米数，最多两位小数，例如 ${example}`)
    }
    if (area <= 0n) return problem('cell.area_sign', `「${title}」必须大于零`)
    if (area > 100_000_000n) {
      return problem('cell.area_size', `「${title}」超过 100 万平方米，请检查小数点`)
    }
    return { value: dm2(area) }
  },
  decimal: (column, cell, text) => {
    const { title, example } = column
    const { places, unit, most } = kindOf(column, 'decimal')
    const value = decimalOf(text, places, cell)
    if (value === undefined || value < 0n || value > most) {
      return problem(
        'cell.decimal',
        `「${title}」应为${unit}，最多 ${places} 位小数，例如 ${example}`,
      )
    }
    return { value }
  },
  integer: (column, cell, text) => {
    const { title, example } = column
    const { least, most } = kindOf(column, 'integer')
    const value = decimalOf(text, 0, cell)
    if (value === undefined || value < BigInt(least) || value > BigInt(most)) {
      return problem('cell.integer', `「${title}」应为 ${least} 到 ${most} 的整数，例如 ${example}`)
    }
    return { value: Number(value) }
  },
  day: ({ title, example }, cell, text, is1904) => {
    const day = cell.is === 'number' ? dayOfSerial(text, is1904) : dayOfText(text)
    if (day) return { value: day }
    return problem('cell.day', `「${title}」不是日期，应形如 ${example}`)
  },
  choice: (column, _, text) => {
    const { title } = column
    const { words } = kindOf(column, 'choice')
    const code = codeOf(words, text)
    if (code !== undefined) return { value: code }
    return problem('cell.choice', `「${title}」只能是 ${Object.values(words).join('、')} 之一`)
  },
  yes_no: ({ title }, cell, text) => {
    if (cell.is === 'boolean') return { value: text === '1' }
    if (/^(是|y|yes|true|1|√)$/i.test(text)) return { value: true }
    if (/^(否|n|no|false|0|×)$/i.test(text)) return { value: false }
    return problem('cell.yes_no', `「${title}」只能填 是 或 否`)
  },
}

/** Excel keeps fifteen digits; a number has lost its zeros in front, and perhaps its end. */
function codeOfNumber(column: Column, text: string): Parsed {
  const { title, example } = column
  const { pattern } = kindOf(column, 'code')
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value >= 1e15) {
    const zh = `「${title}」被 Excel 当作数字，已损失位数，请把该列设为「文本」后重填，例如 ${example}`
    return problem('cell.code_number', zh)
  }
  const digits = BigInt(value).toString()
  if (pattern.test(digits)) return { value: digits }
  const zh = `「${title}」被 Excel 当作数字，前面的 0 可能已丢失，请把该列设为「文本」后重填，例如 ${example}`
  return problem('cell.code_number', zh)
}

/**
 * The exact integer of 10⁻ᵖˡᵃᶜᵉˢ, or undefined. A number cell is a binary fraction: fifteen digits
 * of it are what the person typed, the rest is noise.
 */
export function decimalOf(
  text: string,
  places: number,
  cell: Pick<Cell, 'is'>,
): bigint | undefined {
  const plain = cell.is === 'number' ? plainNumber(text) : withoutCommas(text)
  const match = plain === undefined ? null : /^([+-]?)(\d{1,15})(?:\.(\d*))?$/.exec(plain)
  if (!match) return undefined
  const [, sign, whole = '', fraction = ''] = match
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > places) return undefined
  const value = BigInt(whole + kept.padEnd(places, '0'))
  return sign === '-' ? -value : value
}

function plainNumber(text: string): string | undefined {
  const value = Number(text)
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15) return undefined
  // `toPrecision` writes small and large numbers with an exponent; `toFixed` does not.
  const digits = Math.max(0, Math.min(15, 15 - Math.ceil(Math.log10(Math.abs(value) + 1))))
  return value.toFixed(digits)
}

/** 1,234,567.80 but not 1,23. */
const withoutCommas = (text: string): string | undefined =>
  /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(text)
    ? text.replaceAll(',', '')
    : text.includes(',')
      ? undefined
      : text

const dayMs = 86_400_000
/** Serial 60 is a 29 February 1900 that never was; nobody's heating is that old. */
const firstSerial = 61
const lastSerial = 2_958_465

function dayOfSerial(text: string, is1904: boolean): string | undefined {
  if (/^\d{8}$/.test(text)) return dayOfText(text)
  const serial = Math.floor(Number(text)) + (is1904 ? 1_462 : 0)
  if (!(serial >= firstSerial && serial <= lastSerial)) return undefined
  return new Date(Date.UTC(1899, 11, 30) + serial * dayMs).toISOString().slice(0, 10)
}

function dayOfText(text: string): string | undefined {
  const match =
    /^(\d{4})(\d\d)(\d\d)$/.exec(text) ??
    /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?$/.exec(text)
  if (!match) return undefined
  const [, year, month = '', day = ''] = match
  const said = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const at = new Date(`${said}T00:00:00Z`)
  return Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== said ? undefined : said
}
