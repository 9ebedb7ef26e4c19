// 资金挂账 (domain.md §4.13, 2): money that came without a customer waits in suspense; clearing it to
// one is a payment with these funds, and what nobody claims goes back.
import { type Fen, fen } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import { Problem } from '../../http/problems.ts'
import { suspenseOf } from '../../ledger/chart.ts'
import { takeEntrySeqs, writeEntries } from '../../ledger/entries.ts'
import { recordAct } from '../../org/audit.ts'
import { NotAllowed } from '../refusals.ts'
import { takeEventIds } from '../store/write.ts'
import { openDesk } from './desk.ts'
import { type Tender, tenders } from './fields.ts'
import { insertReceipt, lockReceipt, type ReceiptRow, takeFromReceipt } from './receipts.sql.ts'
import { customersByNo } from './requests.sql.ts'
import { bookEvents } from './run.ts'

/** Of our own counters; what a bank holds for nobody stands in the suspense of its channel. */
const suspense = suspenseOf('hall')

export interface Received {
  tender: Tender
  receivedOn: string
  amountFen: Fen
  payer: string
  remark: string
}

export async function receive(
  tx: Tx,
  companyId: string,
  login: string,
  { tender, receivedOn, amountFen, payer, remark }: Received,
): Promise<ReceiptRow> {
  const desk = await openDesk(tx, companyId, login)
  const funds = tenders[tender]
  const entrySeq = await post(tx, companyId, desk.bookingOn, {
    ...{ event: 'suspense.received', memo: '待查款入账', amountFen },
    ...{ debit: funds, credit: suspense },
  })
  const row = await tx.one(insertReceipt, [
    ...([companyId, funds, receivedOn, amountFen, payer, remark, entrySeq, login] as const),
  ])
  await audit(tx, companyId, login, 'receipt.registered', row, amountFen)
  return row
}

interface Movement {
  event: string
  memo: string
  debit: string
  credit: string
  amountFen: Fen
}

async function post(
  tx: Tx,
  companyId: string,
  bookingOn: string,
  { event, memo, ...posting }: Movement,
): Promise<bigint> {
  const [entrySeq] = await takeEntrySeqs(tx, 1)
  await writeEntries(tx, companyId, bookingOn, [
    { entrySeq: entrySeq!, event, memo, postings: [posting] },
  ])
  return entrySeq!
}

async function locked(tx: Tx, companyId: string, id: string, amountFen: Fen): Promise<ReceiptRow> {
  const row = await tx.maybe(lockReceipt, [companyId, id])
  if (!row) throw new Problem('thing.not_found')
  const { leftFen } = row
  if (amountFen > leftFen) throw new NotAllowed('suspense.insufficient', { amountFen, leftFen })
  return row
}

/** To a customer: a payment like any other, by the day on which it is cleared. */
export async function clear(
  tx: Tx,
  companyId: string,
  login: string,
  receiptId: string,
  { customerNo, amountFen, reason }: { customerNo: string; amountFen: Fen; reason: string },
): Promise<ReceiptRow & { eventId: string }> {
  const receipt = await locked(tx, companyId, receiptId, amountFen)
  const [customer] = await tx.many(customersByNo, [companyId, [customerNo]])
  if (!customer) throw new NotAllowed('customer.unknown', {}, `没有用户 ${customerNo}`)
  const desk = await openDesk(tx, companyId, login)
  const [eventId] = await takeEventIds(tx, 1)
  const event = {
    ...({ type: 'PAYMENT', eventId: eventId!, on: desk.bookingOn, amountFen } as const),
    ...{ channel: 'counter', funds: suspense },
  }
  const after = { receiptId, payer: receipt.payer }
  const record = { event, customerId: customer.customerId, madeBy: login, reason, after }
  const [result] = await bookEvents(tx, desk, [record])
  if (result!.is === 'refused') {
    throw new NotAllowed(result!.code, result!.detail as never, result!.zh)
  }
  const row = await tx.one(takeFromReceipt, [companyId, receiptId, amountFen, 0n])
  await audit(tx, companyId, login, 'receipt.cleared', row, amountFen, reason)
  return { ...row, eventId: eventId! }
}

/** Back to whoever sent it, by the way that it came. */
export async function sendBack(
  tx: Tx,
  companyId: string,
  login: string,
  receiptId: string,
  { amountFen, reason }: { amountFen: Fen; reason: string },
): Promise<ReceiptRow> {
  const { funds } = await locked(tx, companyId, receiptId, amountFen)
  const { bookingOn } = await openDesk(tx, companyId, login)
  await post(tx, companyId, bookingOn, {
    ...{ event: 'suspense.returned', memo: `待查款退回 ${reason}`, amountFen },
    ...{ debit: suspense, credit: funds },
  })
  const row = await tx.one(takeFromReceipt, [companyId, receiptId, 0n, amountFen])
  await audit(tx, companyId, login, 'receipt.returned', row, amountFen, reason)
  return row
}

async function audit(
  tx: Tx,
  companyId: string,
  actor: string,
  action: string,
  { receiptId, leftFen }: ReceiptRow,
  amountFen: bigint,
  reason?: string,
): Promise<void> {
  const after = { amountFen: fen(amountFen), leftFen: fen(leftFen) }
  const act = { companyId, actor, action, subject: receiptId, after }
  await recordAct(tx, reason === undefined ? act : { ...act, reason })
}
