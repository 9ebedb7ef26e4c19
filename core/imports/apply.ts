// The import itself: a batch whose list is a file. The file is read again and planned again, under
// locks, since the accounts may have moved on since the dry run; what is refused now is named.
import { randomBytes } from 'node:crypto'
import { toJson } from '@reli/sdk'
import {
  type BatchProblem,
  type BatchRow,
  batchOf,
  moveBatch,
} from '../billing/batches/batches.sql.ts'
import { setFlagOf } from '../billing/batches/flags.sql.ts'
import { type Advance, bookingOf, inSlices, unchanged } from '../billing/batches/run.ts'
import { bookItems } from '../billing/batches/slices.ts'
import type { Db, Tx } from '../db/db.ts'
import type { Scope } from '../db/scope.ts'
import { sliceRows } from './check.ts'
import { fileOf } from './files.ts'
import { createdByBatch, insertCustomers, insertRooms } from './imports.sql.ts'
import { acrossRows, type FlagSet, type PlacedRoom, planSlice } from './plan.ts'
import { dataRows, type OpenSheet, openSheet, type Row } from './sheet.ts'
import type { Template } from './template.ts'
import { templateNamed } from './templates.ts'

export interface ImportRequest {
  importNo: string
  template: string
  /** All rows or none, or those that are good. */
  mode: 'all' | 'good'
  reason: string
}

export async function runImport(
  db: Db,
  scope: Scope,
  companyId: string,
  batchNo: string,
  isStopping?: () => boolean,
): Promise<void> {
  const { request, bytes } = await db.read(scope, async (tx) => {
    const batch = await tx.one(batchOf, [companyId, batchNo])
    const asked = batch.request as ImportRequest
    return { request: asked, bytes: await fileOf(tx, companyId, asked.importNo) }
  })
  const template = templateNamed(request.template)
  const sheet = await openSheet(bytes, template)
  const rows = rowSource(sheet, template)
  const slice = async (tx: Tx, batch: BatchRow, size: number): Promise<Advance | undefined> => {
    if (request.mode === 'all' && batch.skippedCount > 0) return undefined
    const next = await rows.after(Number(batch.position ?? 0), size)
    return next.length === 0 ? undefined : applySlice(tx, companyId, batch, sheet, template, next)
  }
  const options = { size: sliceRows, ...(isStopping && { isStopping }) }
  const ended = await inSlices(db, scope, companyId, batchNo, slice, options)
  if (ended !== 'finished') return
  await db.tx(scope, async (tx) => {
    const { skippedCount } = await tx.one(batchOf, [companyId, batchNo])
    // All or nothing: what was refused since the dry run takes the rest back with it.
    const to = request.mode === 'all' && skippedCount > 0 ? 'ROLLING_BACK' : 'DONE'
    await tx.maybe(moveBatch, [companyId, batchNo, 'RUNNING', to])
  })
}

/** Rows by number; those of a slice that failed are given once more. */
function rowSource(sheet: OpenSheet, template: Template) {
  const compare = acrossRows(template, sheet.layout)
  const source = dataRows(sheet, template)
  let waiting: Row[] = []
  return {
    after: async (rowNo: number, size: number): Promise<Row[]> => {
      waiting = waiting.filter((row) => row.rowNo > rowNo)
      while (waiting.length < size) {
        const next = await source.next()
        if (next.done) break
        compare(next.value)
        if (next.value.rowNo > rowNo) waiting.push(next.value)
      }
      return waiting.slice(0, size)
    },
  }
}

async function applySlice(
  tx: Tx,
  companyId: string,
  batch: BatchRow,
  { layout }: OpenSheet,
  template: Template,
  rows: readonly Row[],
): Promise<Advance> {
  const { batchNo, madeBy } = batch
  const booking = await bookingOf(tx, companyId)
  const created = await ownCustomers(tx, companyId, batchNo, template, rows)
  const asked = { template, layout, rows, how: 'locked', own: created } as const
  const plan = await planSlice(tx, booking, asked)
  const problems: BatchProblem[] = [...plan.problems].map(([rowNo, [first]]) => {
    const row = rows.find((each) => each.rowNo === rowNo)!
    const customerNo = (row.values.customerNo as string | null) ?? null
    return { rowNo, customerNo, code: first!.code, zh: first!.zh }
  })
  const booked = await bookItems(tx, booking, plan.items, plan.states, { batchNo, madeBy })
  const { reason } = batch.request as ImportRequest
  const flags = await applyFlags(tx, companyId, plan.flags, { batchNo, madeBy, reason })
  const rooms = await applyRooms(tx, companyId, batchNo, plan.rooms, created)
  problems.push(...booked.problems, ...flags, ...rooms)
  const last = rows.at(-1)!.rowNo
  const done = rows.length - new Set(problems.map(({ rowNo }) => rowNo)).size
  return {
    done,
    skipped: rows.length - done,
    amountFen: booked.amountFen,
    position: String(last),
    problems,
  }
}

/** Customers that earlier rows of this very file created take in the rooms of later ones. */
async function ownCustomers(
  tx: Tx,
  companyId: string,
  batchNo: string,
  template: Template,
  rows: readonly Row[],
): Promise<Map<string, string>> {
  if (template.does !== 'customers') return new Map()
  const numbers = rows.map(({ values }) => values.customerNo as string).filter(Boolean)
  const own = await tx.many(createdByBatch, [companyId, batchNo, numbers])
  return new Map(own.map((each) => [each.customerNo, each.customerId]))
}

async function applyFlags(
  tx: Tx,
  companyId: string,
  sets: readonly FlagSet[],
  { batchNo, madeBy, reason }: { batchNo: string; madeBy: string; reason: string },
): Promise<BatchProblem[]> {
  const problems: BatchProblem[] = []
  const groups = Map.groupBy(sets, ({ flag, value }) => `${flag} ${value}`)
  for (const group of groups.values()) {
    const { flag, value } = group[0]!
    const ids = group.map(({ customerId }) => customerId)
    const params = [companyId, ids, value, reason, madeBy, batchNo] as const
    const set = new Set(
      (await tx.many(setFlagOf(flag), [...params])).map(({ customerId }) => customerId),
    )
    for (const { customerId, customerNo, rowNo } of group) {
      if (!set.has(customerId)) problems.push(unchanged(customerNo, rowNo))
    }
  }
  return problems
}

async function applyRooms(
  tx: Tx,
  companyId: string,
  batchNo: string,
  rooms: readonly PlacedRoom[],
  created: Map<string, string>,
): Promise<BatchProblem[]> {
  if (rooms.length === 0) return []
  const fresh = new Map<string, PlacedRoom & { customerId: string }>()
  for (const room of rooms) {
    if (created.has(room.customerNo) || fresh.has(room.customerNo)) continue
    fresh.set(room.customerNo, { ...room, customerId: `cus_${randomBytes(10).toString('hex')}` })
  }
  const made = await tx.many(insertCustomers, [companyId, batchNo, toJson([...fresh.values()])])
  for (const { customerNo } of made) created.set(customerNo, fresh.get(customerNo)!.customerId)
  const placed = rooms.filter(({ customerNo }) => created.has(customerNo))
  const rows = placed.map((room) => ({ ...room, customerId: created.get(room.customerNo) }))
  await tx.run(insertRooms, [companyId, toJson(rows)])
  return rooms
    .filter(({ customerNo }) => !created.has(customerNo))
    .map(({ customerNo, rowNo }) => {
      return { rowNo, customerNo, code: 'customer.exists', zh: '该「用户编号」已存在' }
    })
}
