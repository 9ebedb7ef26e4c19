// The card of a customer (domain.md §3.1): which fields a clerk edits, which only a business event
// changes, and what of a card stands in the change trail. Pure.
import { type FieldProblem, Problem } from '../http/problems.ts'

/** What a clerk types and corrects; the name in the API, and the column. */
export const cardColumns = {
  name: 'name',
  cardNo: 'card_no',
  legacyCode: 'legacy_code',
  accessName: 'access_name',
  ownerName: 'owner_name',
  occupantName: 'occupant_name',
  idType: 'id_type',
  idNumber: 'id_number',
  phone: 'phone',
  phoneFixed: 'phone_fixed',
  email: 'email',
  postalAddress: 'postal_address',
  workUnit: 'work_unit',
  communityId: 'community_id',
  buildingId: 'building_id',
  unitId: 'unit_id',
  floorNo: 'floor_no',
  roomNo: 'room_no',
  doorPlate: 'door_plate',
  address: 'address',
  controlMode: 'control_mode',
  supplyValve: 'supply_valve',
  returnValve: 'return_valve',
  supplySealNo: 'supply_seal_no',
  returnSealNo: 'return_seal_no',
  exchangerCount: 'exchanger_count',
  sensorNo: 'sensor_no',
  classes: 'classes',
  tags: 'tags',
  accessOn: 'access_on',
  accessSeason: 'access_season',
  heatFirstOn: 'heat_first_on',
  warrantyToOn: 'warranty_to_on',
  collectingPath: 'collecting_path',
  collectorId: 'collector_id',
  inspectorId: 'inspector_id',
  remark: 'remark',
} as const
export type CardField = keyof typeof cardColumns

/** Follows from the community, and is written with the card. */
export const writtenColumns = { ...cardColumns, orgPath: 'org_path' } as const

export interface Card {
  customerId: string
  customerNo: string
  name: string
  cardNo: string | null
  legacyCode: string | null
  accessName: string | null
  ownerName: string | null
  occupantName: string | null
  idType: string | null
  idNumber: string | null
  phone: string | null
  phoneFixed: string | null
  email: string | null
  postalAddress: string | null
  workUnit: string | null
  communityId: string
  buildingId: string | null
  unitId: string | null
  floorNo: number | null
  roomNo: string | null
  doorPlate: string | null
  address: string
  controlMode: string
  supplyValve: string | null
  returnValve: string | null
  supplySealNo: string | null
  returnSealNo: string | null
  exchangerCount: number
  sensorNo: string | null
  classes: Record<string, string>
  tags: string[]
  accessOn: string | null
  accessSeason: string | null
  heatFirstOn: string | null
  warrantyToOn: string | null
  collectingPath: string | null
  collectorId: string | null
  inspectorId: string | null
  remark: string | null
  orgPath: string
  nature: string
  networkStatus: string
  version: number
}

/** Why a field of the card is not edited here, and where it is changed instead. */
const changedByEvents: Record<string, string> = {
  customerNo: '「用户编号」一经建户不能修改',
  networkStatus: '「在网状态」不能在档案中修改，请办理入网、拆网、恢复或销户',
  nature: '「客户性质」不能在档案中修改，请办理用热性质变更',
  priceClass: '「单价类型」不能在档案中修改，请办理单价类型变更',
  billingMethod: '「计费方式」不能在档案中修改，请办理计费方式变更',
  areaItems: '「面积项」不能在档案中修改，请办理面积变更',
  buildingAreaDm2: '「建筑面积」不能在档案中修改，请办理面积变更',
  billingAreaDm2: '「收费面积」不能在档案中修改，请办理面积变更',
  areaCoefficient: '「面积折算系数」不能在档案中修改，请办理面积变更',
  storeyHeightCm: '「层高」不能在档案中修改，请办理面积变更',
  generateBill: '「是否计费」不能在档案中修改，请办理面积变更',
  status: '「用热状态」不能在档案中修改，请办理报停、复热、开通或拆网',
  prepaidFen: '「余额」不能修改，只随收退费与划转变动',
  orgPath: '「责任机构」随小区归属，请在小区中调整',
  bankBlocked: '「禁止银行代收」不能在档案中修改，请在用户锁定中设置',
  collectionLocked: '「停止收费」不能在档案中修改，请在用户锁定中设置',
  inspectionLocked: '「稽查锁户」不能在档案中修改，请在用户锁定中设置',
  mustVisitHall: '「须到大厅办理」不能在档案中修改，请在用户锁定中设置',
  inApproval: '「审批中」由审批流程设置，不能修改',
  blacklisted: '「黑名单」不能在档案中修改，请在用户锁定中设置',
  stopForbidden: '「禁止报停」不能在档案中修改，请在用户锁定中设置',
  discountForbidden: '「禁止优惠」不能在档案中修改，请在用户锁定中设置',
  lateFeeExempt: '「免收违约金」不能在档案中修改，请在用户锁定中设置',
  invoiceBeforeRefund: '「退费须先退票」不能在档案中修改，请在用户锁定中设置',
}

/** Refuses a body that asks for what only an event may do; says which event. */
export function refuseEventFields(body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  const fields: FieldProblem[] = Object.keys(body)
    .filter((field) => Object.hasOwn(changedByEvents, field))
    .map((field) => ({ field, message: changedByEvents[field]! }))
  if (fields.length > 0) throw new Problem('request.invalid', fields)
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** A resident identity card: 17 digits and the check character of GB 11643. */
export function isIdCard(number: string): boolean {
  if (!/^\d{17}[\dX]$/.test(number)) return false
  const sum = weights.reduce((total, weight, at) => total + weight * Number(number[at]), 0)
  return '10X98765432'[sum % 11] === number[17]
}

export interface AddressParts {
  community: string
  building: string | null
  unit: string | null
  roomNo: string | null
}

/** Kept in one line for search, for banks and for papers; the structure stands in ids. */
export const addressOf = ({ community, building, unit, roomNo }: AddressParts): string =>
  [community, building, unit, roomNo].filter((part) => part !== null).join('')

/** The fields that differ. */
export function changesOf(before: Card, after: Card): CardField[] {
  return (Object.keys(cardColumns) as CardField[]).filter(
    (field) => textOf(before[field]) !== textOf(after[field]),
  )
}

/** The keys of an object in order: jsonb gives them back in an order of its own. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

const sensitive = new Set<string>(['idNumber', 'phone', 'phoneFixed'])

/** What the trail says of a card: numbers of people only by their ends. */
export function trailOf(card: Card, fields: readonly CardField[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      const value = card[field]
      return [field, sensitive.has(field) ? maskNumber(value as string | null) : value]
    }),
  )
}

/** 13012345678 → 130****5678; an identity card keeps its first and last four. */
export function maskNumber(number: string | null): string | null {
  if (number === null) return null
  if (number.length <= 4) return '*'.repeat(number.length)
  const shown = number.length >= 11 ? 4 : 2
  const first = number.length === 11 ? 3 : shown
  const hidden = number.length - first - shown
  if (hidden <= 0) return `${'*'.repeat(number.length - 2)}${number.slice(-2)}`
  return `${number.slice(0, first)}${'*'.repeat(hidden)}${number.slice(-shown)}`
}

/** Columns for the database, by the names it has for them. */
export function columnsOf(values: Partial<Record<keyof typeof writtenColumns, unknown>>): string {
  const row: Record<string, unknown> = {}
  for (const [field, column] of Object.entries(writtenColumns)) {
    const value = values[field as keyof typeof writtenColumns]
    if (value !== undefined) row[column] = value
  }
  return JSON.stringify(row)
}
