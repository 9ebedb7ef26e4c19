// The way back of a batch: the inverse of each of its events, the last one first, as events of
// their own under the same number; its flags as they were; customers it created closed again.
import type { Db, Tx } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import { gatherStates } from '../store/gather.ts'
import {
  type BatchEvent,
  type BatchProblem,
  type BatchRow,
  customerNosOf,
  eventsOfBatch,
  insertBatchProblems,
  moveBatch,
} from './batches.sql.ts'
import { closeCreated, createdLeft } from './booking.sql.ts'
import { takeBackFlags } from './flags.sql.ts'
import { inverseOf } from './inverse.ts'
import { type Advance, bookingOf, inSlices, sliceCustomers } from './run.ts'
import { bookItems, type Item } from './slices.ts'

const noWayBack = { code: 'undo.not_possible', zh: '该项业务不能撤回' }

/** Goes on where it was cut off. What cannot go back stays, with its reason among the problems. */
export async function runRollback(
  db: Db,
  scope: Scope,
  companyId: string,
  batchNo: string,
  isStopping?: () => boolean,
): Promise<void> {
  const slice = (tx: Tx, batch: BatchRow, size: number) => eventSlice(tx, companyId, batch, size)
  const options = { size: sliceCustomers, ...(isStopping && { isStopping }) }
  const ended = await inSlices(db, scope, companyId, batchNo, slice, options)
  if (ended !== 'finished') return
  await db.tx(scope, async (tx) => {
    for (const query of takeBackFlags) await tx.many(query, [companyId, batchNo, 'rollback'])
    await tx.many(closeCreated, [companyId, batchNo])
    const left = await tx.many(createdLeft, [companyId, batchNo])
    if (left.length > 0) await tellUsed(tx, companyId, batchNo, left)
    const stay = await tx.many(eventsOfBatch, [companyId, batchNo, null, 1])
    const isWhole = stay.length === 0 && left.length === 0
    const to = isWhole ? 'ROLLED_BACK' : 'DONE'
    await tx.maybe(moveBatch, [companyId, batchNo, 'ROLLING_BACK', to])
  })
}

function tellUsed(
  tx: Tx,
  companyId: string,
  batchNo: string,
  left: readonly { customerNo: string }[],
) {
  return tx.run(insertBatchProblems, [
    companyId,
    batchNo,
    left.map(() => null),
    left.map(({ customerNo }) => customerNo),
    left.map(() => 'customer.in_use'),
    left.map(() => '该用户导入后已办理业务，不能撤回'),
  ])
}

async function eventSlice(
  tx: Tx,
  companyId: string,
  { batchNo, madeBy, position }: BatchRow,
  size: number,
): Promise<Advance | undefined> {
  const events = await tx.many(eventsOfBatch, [companyId, batchNo, position, size])
  const last = events.at(-1)
  if (!last) return undefined
  const booking = await bookingOf(tx, companyId)
  const ids = [...new Set(events.map(({ customerId }) => customerId))]
  const numbers = new Map(
    (await tx.many(customerNosOf, [companyId, ids])).map((row) => [row.customerId, row.customerNo]),
  )
  const problems: BatchProblem[] = []
  const items: Item[] = []
  for (const event of events) {
    const customerNo = numbers.get(event.customerId) ?? ''
    const item = itemOf(event, customerNo, booking.bookingOn)
    if (item) items.push(item)
    else problems.push({ rowNo: null, customerNo, ...noWayBack })
  }
  const states = await gatherStates(tx, companyId, ids, 'locked', booking.rules)
  const did = await bookItems(tx, booking, items, states, { batchNo, madeBy })
  return {
    done: -did.done,
    skipped: 0,
    amountFen: did.amountFen,
    position: last.eventId,
    problems: [...problems, ...did.problems],
  }
}

function itemOf(event: BatchEvent, customerNo: string, bookingOn: string): Item | undefined {
  const told = inverseOf(event, bookingOn)
  const { customerId, eventId: reversesId } = event
  const reason = '批量操作回滚'
  return told && { customerId, customerNo, rowNo: null, told, reason, channel: 'batch', reversesId }
}
