// What a slice of a file means: for each row an event, a flag or a room, or the sentence that says
// why not. The dry run and the import make the same plan; only the locks differ.
import type { Flag } from '../billing/batches/flags.sql.ts'
import type { Item } from '../billing/batches/slices.ts'
import type { CustomerState } from '../billing/engine/state.ts'
import type { Booking } from '../billing/events/run.ts'
import { gatherStates } from '../billing/store/gather.ts'
import type { Tx } from '../db/db.ts'
import {
  collectedReceipts,
  communitiesNamed,
  customersByNo,
  type KnownCustomer,
  pricesKnown,
} from './imports.sql.ts'
import type { CellProblem, Layout, Row } from './sheet.ts'
import { isFault, type NewRoom, type Template, type Values } from './template.ts'

export interface FlagSet {
  rowNo: number
  customerNo: string
  customerId: string
  flag: Flag
  value: boolean
}

export interface PlacedRoom extends NewRoom {
  rowNo: number
  communityId: string
  orgPath: string
}

export interface Plan {
  items: Item[]
  states: ReadonlyMap<string, CustomerState>
  flags: FlagSet[]
  rooms: PlacedRoom[]
  /** By row, with the faults of its cells. */
  problems: Map<number, CellProblem[]>
}

interface Asked {
  template: Template
  layout: Layout
  rows: readonly Row[]
  how: 'locked' | 'read'
  /** Customers that this very import created, by number. */
  own?: ReadonlyMap<string, string>
}

export async function planSlice(tx: Tx, booking: Booking, asked: Asked): Promise<Plan> {
  const { rows, template } = asked
  const problems = new Map<number, CellProblem[]>()
  for (const { rowNo, problems: own } of rows) if (own.length > 0) problems.set(rowNo, own)
  const whole = rows.filter((row) => row.problems.length === 0)
  const plan: Plan = { items: [], states: new Map(), flags: [], rooms: [], problems }
  switch (template.does) {
    case 'events':
      await planEvents(tx, booking, asked, template, whole, plan)
      break
    case 'flags':
      await planFlags(tx, booking.companyId, asked.layout, template, whole, plan)
      break
    case 'customers':
      await planRooms(tx, booking.companyId, asked, template, whole, plan)
  }
  return plan
}

export function problemAt(
  template: Template,
  layout: Layout,
  values: Values,
  { fault, zh, key }: { fault: string; zh: string; key?: string | undefined },
): CellProblem {
  const column = template.columns.find((each) => each.key === key)
  const place = key === undefined ? undefined : layout.places.get(key)
  const value = key === undefined ? null : String(values[key] ?? '')
  return { column: place ?? null, columnName: column?.title ?? null, value, code: fault, zh }
}

async function known(tx: Tx, companyId: string, rows: readonly Row[]) {
  const numbers = [...new Set(rows.map(({ values }) => values.customerNo as string))]
  const found = await tx.many(customersByNo, [companyId, numbers])
  return new Map<string, KnownCustomer>(found.map((each) => [each.customerNo, each]))
}

const unknownCustomer = {
  fault: 'customer.unknown',
  key: 'customerNo',
  zh: '没有这个「用户编号」，或不在您的管辖范围内',
}

type Of<D extends Template['does']> = Extract<Template, { does: D }>

async function planEvents(
  tx: Tx,
  booking: Booking,
  { layout, how }: Asked,
  template: Of<'events'>,
  rows: readonly Row[],
  plan: Plan,
): Promise<void> {
  const { companyId, rules } = booking
  const customers = await known(tx, companyId, rows)
  const ids = [...customers.values()].map(({ customerId }) => customerId)
  plan.states = await gatherStates(tx, companyId, ids, how, rules)
  const receipts =
    template.channel === 'collector'
      ? new Set((await tx.many(collectedReceipts, [companyId, ids])).map(({ reason }) => reason))
      : new Set<string>()
  for (const { rowNo, values } of rows) {
    const no = values.customerNo as string
    const customer = customers.get(no)
    const state = customer && plan.states.get(customer.customerId)
    const reason = reasonOf(template, values)
    const told = !state
      ? unknownCustomer
      : receipts.has(reason)
        ? { fault: 'receipt.exists', key: 'receiptNo', zh: '该「收据号」的收款已经录入' }
        : template.told(values, state, booking)
    if (isFault(told)) plan.problems.set(rowNo, [problemAt(template, layout, values, told)])
    else {
      const { customerId } = customer!
      const channel = template.channel ?? 'import'
      plan.items.push({ customerId, customerNo: no, rowNo, told, reason, channel })
    }
  }
}

function reasonOf(template: Template, values: Values): string {
  if (values.receiptNo) return `收据 ${values.receiptNo}，收费员 ${values.collector}`
  return (values.remark as string | null) ?? `导入${template.title}`
}

async function planFlags(
  tx: Tx,
  companyId: string,
  layout: Layout,
  template: Of<'flags'>,
  rows: readonly Row[],
  plan: Plan,
): Promise<void> {
  const customers = await known(tx, companyId, rows)
  for (const { rowNo, values } of rows) {
    const no = values.customerNo as string
    const customer = customers.get(no)
    const { flag, value } = template.flagOf(values)
    const fault = !customer
      ? unknownCustomer
      : customer.flags[flag] === value
        ? { fault: 'flag.unchanged', key: 'value', zh: '该用户已是此状态' }
        : undefined
    if (fault) plan.problems.set(rowNo, [problemAt(template, layout, values, fault)])
    else {
      plan.flags.push({ rowNo, customerNo: no, customerId: customer!.customerId, flag, value })
    }
  }
}

async function planRooms(
  tx: Tx,
  companyId: string,
  { layout, own }: Asked,
  template: Of<'customers'>,
  rows: readonly Row[],
  plan: Plan,
): Promise<void> {
  const customers = await known(tx, companyId, rows)
  const names = [...new Set(rows.map(({ values }) => values.community as string))]
  const communities = new Map(
    (await tx.many(communitiesNamed, [companyId, names])).map((each) => [each.name, each]),
  )
  const prices = new Set((await tx.many(pricesKnown, [companyId])).map((each) => each.priceClass))
  for (const { rowNo, values } of rows) {
    const room = template.roomOf(values)
    const community = communities.get(room.community)
    const fault =
      customers.has(room.customerNo) && !own?.has(room.customerNo)
        ? { fault: 'customer.exists', key: 'customerNo', zh: '该「用户编号」已存在' }
        : !community
          ? { fault: 'community.unknown', key: 'community', zh: '没有这个「小区」，请先建立小区' }
          : community.count > 1
            ? {
                fault: 'community.twice',
                key: 'community',
                zh: '有几个同名的「小区」，请先改名区分',
              }
            : !prices.has(room.priceClass)
              ? { fault: 'price.unknown', key: 'priceClass', zh: '没有这个「单价类型」' }
              : room.billingAreaDm2 > room.buildingAreaDm2 * 10n
                ? {
                    fault: 'area.tenfold',
                    key: 'billing',
                    zh: '「收费面积」超过「建筑面积」的 10 倍，请检查小数点',
                  }
                : undefined
    if (fault) plan.problems.set(rowNo, [problemAt(template, layout, values, fault)])
    else {
      const { communityId, orgPath } = community!
      plan.rooms.push({ ...room, rowNo, communityId, orgPath })
    }
  }
}

/** Across the whole file: a row that says the same as an earlier one, or contradicts it. */
export function acrossRows(template: Template, layout: Layout): (row: Row) => void {
  const seen = new Map<string, number>()
  const heads = new Map<string, { rowNo: number; head: string }>()
  return ({ rowNo, values, problems }) => {
    if (problems.length > 0) return
    const key = template.keyOf(values)
    const earlier = seen.get(key)
    if (earlier !== undefined) {
      const zh = `与第 ${earlier} 行重复`
      problems.push(problemAt(template, layout, values, { fault: 'row.twice', zh }))
      return
    }
    seen.set(key, rowNo)
    if (template.does !== 'customers') return
    const { customerNo, name, community, address } = template.roomOf(values)
    const head = JSON.stringify([name, community, address])
    const first = heads.get(customerNo)
    if (!first) heads.set(customerNo, { rowNo, head })
    else if (first.head !== head) {
      const zh = `同一用户的户名、小区、地址与第 ${first.rowNo} 行不一致`
      problems.push(problemAt(template, layout, values, { fault: 'row.differs', zh, key: 'name' }))
    }
  }
}
