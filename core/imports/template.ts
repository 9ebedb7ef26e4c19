// What a template is: its columns, and what a row of it means for an account. The events are those
// of the counter, so a file can do nothing that a person could not do one by one.
import type { Told } from '../billing/batches/acts.ts'
import type { Flag } from '../billing/batches/flags.sql.ts'
import type { CustomerState } from '../billing/engine/state.ts'
import type { Booking } from '../billing/events/run.ts'
import type { Column, Value } from './columns.ts'

export type Values = Record<string, Value>

/** What is wrong with a row, and in which of its columns. */
export interface RowFault {
  fault: string
  zh: string
  key?: string
}

export interface NewRoom {
  customerNo: string
  name: string
  community: string
  address: string
  nature: string
  networkStatus: string
  phone: string | null
  areaNo: number
  areaItem: string
  category: string
  buildingAreaDm2: bigint
  billingAreaDm2: bigint
  storeyHeightCm: number | null
  priceClass: string
  billingMethod: string
}

interface Base {
  name: string
  title: string
  /** What the manual page of the workbook says first. */
  about: string
  columns: readonly Column[]
  /** Two rows with the same key are one too many. */
  keyOf(values: Values): string
}

export type Template =
  | (Base & {
      does: 'events'
      told(values: Values, state: CustomerState, booking: Booking): Told | RowFault
      /** By which channel the money came, where it did. */
      channel?: string
    })
  | (Base & { does: 'flags'; flagOf(values: Values): { flag: Flag; value: boolean } })
  | (Base & { does: 'customers'; roomOf(values: Values): NewRoom })

export const customerNo: Column = {
  key: 'customerNo',
  title: '用户编号',
  kind: { is: 'code', pattern: /^[0-9A-Za-z-]{1,20}$/, shape: '1 至 20 位数字或字母' },
  isRequired: true,
  example: '0000012345',
  note: '按文本填写，前面的 0 不能少',
}
export const season: Column = {
  key: 'season',
  title: '采暖期',
  kind: { is: 'code', pattern: /^20\d\d-20\d\d$/, shape: '起止年份' },
  isRequired: true,
  example: '2025-2026',
}
export const areaNo: Column = {
  key: 'areaNo',
  title: '面积项序号',
  kind: { is: 'integer', least: 0, most: 999 },
  isRequired: true,
  example: '1',
}
export const remark: Column = {
  key: 'remark',
  title: '备注',
  kind: { is: 'text', longest: 100 },
  isRequired: false,
  example: '依据、文号等',
}
export const effectiveOn: Column = {
  key: 'effectiveOn',
  title: '生效日期',
  kind: { is: 'day' },
  isRequired: true,
  example: '2026-11-20',
}

export const isFault = (told: Told | RowFault): told is RowFault => 'fault' in told
export const roomKey = ({ customerNo: no, areaNo: at }: Values) => `${no} ${at}`
