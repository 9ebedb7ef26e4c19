// Every list that can be taken away as a spreadsheet: its filters, its query, its columns. Names
// are masked as on the screen; a phone number never leaves the database.
import { type TObject, type TProperties, Type } from 'typebox'
import { batchProblemsOf } from '../billing/batches/batches.sql.ts'
import {
  chargesForExport,
  customersForExport,
  filterParams,
} from '../billing/batches/selection.sql.ts'
import { CustomerFilterJson, customerFilterOf } from '../billing/batches/selection.ts'
import { batchStateWords, eventWords, feeItemWords } from '../billing/batches/words.ts'
import { exceptionClasses, exceptionStates } from '../collection/exceptions.sql.ts'
import { operationStates } from '../collection/refusals.ts'
import type { Tx } from '../db/db.ts'
import type { Column } from '../excel/write.ts'
import { BankDate, ChannelId, CustomerNo } from '../http/filters.ts'
import { exceptionColumns, paymentColumns } from './columns-collection.ts'
import { chargeColumns, customerColumns } from './columns-customers.ts'
import { batchColumns, eventColumns, problemColumns } from './columns-work.ts'
import {
  batchesForExport,
  eventsForExport,
  exceptionsForExport,
  paymentsForExport,
} from './lists.sql.ts'

/** Rows that are in memory at a time, in the server's cursor and here. */
const rowsAtOnce = 500

export interface ExportList {
  title: string
  filter: TObject
  columns: readonly Column<unknown>[]
  rows(tx: Tx, companyId: string, filter: Record<string, unknown>): AsyncIterable<unknown[]>
}

type Said = Record<string, string | undefined>

const closed = <T extends TProperties>(properties: T) =>
  Type.Object(properties, { additionalProperties: false })
const or = (value: string | undefined) => value ?? null

const period = {
  from: Type.Optional({ ...BankDate, title: '开始日期' }),
  to: Type.Optional({ ...BankDate, title: '结束日期' }),
}
export const BatchNo = Type.String({ title: '操作号', pattern: '^B\\d{8}-\\d{4,}$' })

const lists = {
  customers: {
    title: '用户',
    filter: CustomerFilterJson,
    columns: customerColumns,
    rows: (tx, companyId, filter) =>
      tx.batches(
        customersForExport,
        [...filterParams(companyId, customerFilterOf(filter))],
        rowsAtOnce,
      ),
  },
  charges: {
    title: '应收明细',
    filter: closed({
      ...CustomerFilterJson.properties,
      feeItem: Type.Optional(Type.Enum(Object.keys(feeItemWords), { title: '费用项目' })),
    }),
    columns: chargeColumns,
    rows: (tx, companyId, { feeItem, ...filter }) => {
      const params = filterParams(companyId, customerFilterOf(filter))
      return tx.batches(chargesForExport, [...params, (feeItem as string) ?? null], rowsAtOnce)
    },
  },
  payments: {
    title: '代收流水',
    filter: closed({
      ...period,
      channelId: Type.Optional(ChannelId),
      state: Type.Optional(Type.Enum([...operationStates], { title: '状态' })),
      customerNo: Type.Optional(CustomerNo),
    }),
    columns: paymentColumns,
    rows: (tx, companyId, filter) => {
      const { from, to, channelId, state, customerNo } = filter as Said
      const params = [
        companyId,
        or(from),
        or(to),
        or(channelId),
        or(state),
        or(customerNo),
      ] as const
      return tx.batches(paymentsForExport, [...params], rowsAtOnce)
    },
  },
  exceptions: {
    title: '差错',
    filter: closed({
      ...period,
      channelId: Type.Optional(ChannelId),
      state: Type.Optional(Type.Enum([...exceptionStates], { title: '处理状态' })),
      class: Type.Optional(Type.Enum([...exceptionClasses], { title: '差错类型' })),
    }),
    columns: exceptionColumns,
    rows: (tx, companyId, filter) => {
      const { from, to, channelId, state, class: kind } = filter as Said
      const params = [companyId, or(from), or(to), or(channelId), or(state), or(kind)] as const
      return tx.batches(exceptionsForExport, [...params], rowsAtOnce)
    },
  },
  events: {
    title: '业务事件',
    filter: closed({
      ...period,
      type: Type.Optional(Type.Enum(Object.keys(eventWords), { title: '业务类型' })),
      batchNo: Type.Optional(BatchNo),
      customerNo: Type.Optional(CustomerNo),
    }),
    columns: eventColumns,
    rows: (tx, companyId, filter) => {
      const { from, to, type, batchNo, customerNo } = filter as Said
      const params = [companyId, or(from), or(to), or(type), or(batchNo), or(customerNo)] as const
      return tx.batches(eventsForExport, [...params], rowsAtOnce)
    },
  },
  batches: {
    title: '批量操作',
    filter: closed({
      kind: Type.Optional(Type.String({ title: '种类', pattern: '^[a-z.]{1,32}$' })),
      state: Type.Optional(Type.Enum(Object.keys(batchStateWords), { title: '状态' })),
    }),
    columns: batchColumns,
    rows: (tx, companyId, filter) => {
      const { kind, state } = filter as Said
      return tx.batches(batchesForExport, [companyId, or(kind), or(state)], rowsAtOnce)
    },
  },
  'batch-problems': {
    title: '批量操作未办理清单',
    filter: closed({ batchNo: BatchNo }),
    columns: problemColumns,
    rows: (tx, companyId, { batchNo }) =>
      tx.batches(batchProblemsOf, [companyId, batchNo as string], rowsAtOnce),
  },
} satisfies Record<string, ExportList>

export type ListName = keyof typeof lists
export const exportLists = lists as Record<ListName, ExportList>
export const listNames = Object.keys(lists) as ListName[]
