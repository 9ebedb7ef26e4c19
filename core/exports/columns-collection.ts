// The columns of what the banks collected, and of differences with their files.
import type { ExceptionRow } from '../collection/exceptions.sql.ts'
import type { PaymentRow } from '../collection/payments.sql.ts'
import { refusalText } from '../collection/refusals.ts'
import { type Column, text } from '../excel/write.ts'
import { maskName } from '../org/masking.ts'
import { count, day, instant, localTime, money } from './cells.ts'

const stateWords: Record<string, string> = {
  PAID: '成功',
  REFUSED: '拒绝',
  REVERSED: '已冲正',
  BLOCKED: '已封锁',
  paid: '成功',
  reversed: '已冲正',
}
const word = (words: Record<string, string>, code: string | null) =>
  text(code === null ? null : (words[code] ?? code))

type PaymentExportRow = PaymentRow & {
  bookingOn: string
  entrySeq: bigint | null
  reversedAt: string | null
}

export const paymentColumns: readonly Column<PaymentExportRow>[] = [
  { title: '银行', width: 12, cell: (row) => text(row.channelTitle) },
  { title: '账务日期', width: 11, cell: (row) => day(row.bankDate) },
  { title: '流水号', width: 22, cell: (row) => text(row.serial) },
  { title: '状态', width: 8, cell: (row) => word(stateWords, row.state) },
  { title: '拒绝原因', width: 20, cell: (row) => text(refusalText(row.refusal)) },
  { title: '用户编号', width: 14, cell: (row) => text(row.customerNo) },
  { title: '户名', width: 10, cell: (row) => text(maskName(row.customerName ?? '')) },
  { title: '金额（元）', width: 13, cell: (row) => money(row.amountFen) },
  { title: '收据号', width: 16, cell: (row) => text(row.receiptNo) },
  { title: '网点', width: 18, cell: (row) => text(row.outlet) },
  { title: '柜员', width: 10, cell: (row) => text(row.teller) },
  { title: '银行交易时间', width: 19, cell: (row) => localTime(row.paidAt) },
  { title: '入账时间', width: 19, cell: (row) => instant(row.decidedAt) },
  { title: '记账日期', width: 11, cell: (row) => day(row.bookingOn) },
  { title: '凭证序号', width: 12, cell: (row) => text(row.entrySeq?.toString()) },
  { title: '冲正时间', width: 19, cell: (row) => instant(row.reversedAt) },
]

const classWords: Record<string, string> = {
  BANK_ONLY: '银行多',
  LOCAL_ONLY: '我方多',
  AMOUNT_DIFF: '金额不符',
  STATE_DIFF: '状态不符',
  DUPLICATE: '重复',
  CUSTOMER_DIFF: '用户不符',
}
const handlingWords: Record<string, string> = {
  PENDING: '待处理',
  ON_HOLD: '挂账',
  AUTO_BALANCED: '自动已平',
  HAND_BALANCED: '人工已平',
}

export const exceptionColumns: readonly Column<ExceptionRow>[] = [
  { title: '银行', width: 12, cell: (row) => text(row.channelTitle) },
  { title: '账务日期', width: 11, cell: (row) => day(row.bankDate) },
  { title: '流水号', width: 22, cell: (row) => text(row.serial) },
  { title: '差错类型', width: 10, cell: (row) => word(classWords, row.class) },
  { title: '处理状态', width: 10, cell: (row) => word(handlingWords, row.state) },
  { title: '我方金额（元）', width: 14, cell: (row) => money(row.ourFen) },
  { title: '我方状态', width: 9, cell: (row) => word(stateWords, row.ourState) },
  { title: '银行金额（元）', width: 14, cell: (row) => money(row.bankFen) },
  { title: '银行状态', width: 9, cell: (row) => word(stateWords, row.bankState) },
  { title: '用户编号', width: 14, cell: (row) => text(row.customerNo) },
  { title: '户名', width: 10, cell: (row) => text(maskName(row.customerName ?? '')) },
  { title: '原因', width: 30, cell: (row) => text(row.cause) },
  { title: '建议', width: 30, cell: (row) => text(row.suggestion) },
  { title: '处理方式', width: 14, cell: (row) => text(row.resolution) },
  { title: '处理说明', width: 24, cell: (row) => text(row.reason) },
  { title: '处理人', width: 10, cell: (row) => text(row.resolvedBy) },
  { title: '复核人', width: 10, cell: (row) => text(row.checkedBy) },
  { title: '发现时间', width: 19, cell: (row) => instant(row.openedAt) },
  { title: '办结时间', width: 19, cell: (row) => instant(row.closedAt) },
  { title: '账龄（天）', width: 9, cell: (row) => count(row.ageDays) },
]
