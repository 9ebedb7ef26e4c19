// Values of our tables as cells of a spreadsheet: money as yuan and area as m², both exact
// decimals; days and moments as Excel's serial numbers in Beijing time.
import { toYuan } from '@reli/sdk'
import { type CellValue, number } from '../excel/write.ts'

/** Excel shows fifteen digits and rounds the rest: what is longer is kept as text. */
const mostExact = 999_999_999_999_999n

export const money = (amount: bigint | null): CellValue => decimal(amount, 'money')
export const area = (dm2: bigint | null): CellValue => decimal(dm2, 'area')

function decimal(value: bigint | null, look: 'money' | 'area'): CellValue {
  if (value === null) return null
  const isExact = value <= mostExact && value >= -mostExact
  return isExact ? number(toYuan(value), look) : { is: 'text', text: toYuan(value) }
}

export const count = (value: number | null): CellValue =>
  value === null ? null : number(String(value), 'integer')

const dayMs = 86_400_000
/** Day 0 of Excel's calendar, which knows a 29 February 1900. */
const epochMs = Date.UTC(1899, 11, 30)
const beijingMs = 8 * 3_600_000

export const day = (text: string | null): CellValue =>
  text === null ? null : number(String((Date.parse(`${text}T00:00:00Z`) - epochMs) / dayMs), 'day')

/** An instant of ours, ISO 8601. */
export const instant = (text: string | null): CellValue =>
  text === null ? null : moment(Date.parse(text) + beijingMs)

/** A partner's own time, in Beijing and without a zone. */
export const localTime = (text: string | null): CellValue =>
  text === null ? null : moment(Date.parse(`${text.replace(' ', 'T')}Z`))

const moment = (ms: number): CellValue =>
  number(((Math.floor(ms / 1000) * 1000 - epochMs) / dayMs).toFixed(8), 'instant')

export const yes = (value: boolean): CellValue => (value ? { is: 'text', text: '是' } : null)
