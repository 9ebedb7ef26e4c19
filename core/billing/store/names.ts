// What events are called: in the ledger, on the entries' memos, and for the worker who makes
// documents of them.
import type { Fen } from '@reli/sdk'
import type { AnyEvent, Done } from './write.ts'

type EventType = AnyEvent['type']

/** As people read them on a voucher. */
export const eventNames: Partial<Record<EventType, string>> = {
  OPEN_SEASON: '开账',
  CLOSE_SEASON: '季结',
  IMPORT_ARREARS: '陈欠补录',
  STOP: '报停',
  FORCED_STOP: '强停',
  CANCEL_STOP: '撤销报停',
  RESUME: '复热',
  AREA_CHANGE: '面积变更',
  CLASS_CHANGE: '单价类型变更',
  DISCONNECT: '拆网',
  ACCESS: '入网',
  NAME_TRANSFER: '过户',
  RESTORE: '恢复',
  CLOSE_ACCOUNT: '销户',
  TAKE_BACK: '撤回',
  METER_SETTLEMENT: '计量结算',
  REDUCTION: '减免',
  LATE_FEE_WAIVER: '违约金减免',
  ADDITIONAL_FEE: '应收增加',
  INSPECTION: '稽查追补',
  WRITE_OFF: '核销',
  ON_ACCOUNT: '挂账',
  INSTALMENT_PLAN: '分期',
  PAYMENT: '缴费',
  VOID_PAYMENT: '当日作废',
  REVERSE_PAYMENT: '冲正',
  REFUND: '退费',
  APPLY_BALANCE: '余额结转',
  TRANSFER: '划转',
  SPLIT: '拆户',
  MERGE: '合户',
}

/** Entries of money at our own counters are not those of the banks: no operation stands behind. */
const special: Partial<Record<EventType, string>> = {
  OPEN_SEASON: 'charge.issued',
  PAYMENT: 'counter.paid',
  VOID_PAYMENT: 'counter.reversed',
  REVERSE_PAYMENT: 'counter.reversed',
}

export const entryEvents = (type: EventType): string =>
  special[type] ?? `account.${type.toLowerCase()}`

/** What happened before the product was installed had its papers then. */
export const historyChannel = 'import'

/** The sum that its documents are over; null: it wants none. */
export function documentTopics({ record: { event, channel }, parts }: Done): Fen | null {
  if (channel === historyChannel) return null
  if (event.type === 'PAYMENT') return event.amountFen
  if (event.type !== 'VOID_PAYMENT' && event.type !== 'REVERSE_PAYMENT') return null
  const { paymentId } = event
  const payment = parts[0]?.before.payments.find((each) => each.paymentId === paymentId)
  return payment?.amountFen ?? null
}
