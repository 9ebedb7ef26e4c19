// Money at our own counters and between accounts: payments and their undoing, prepayment, carry-
// over, transfer, refund, clearing of unidentified receipts (domain.md §4.11, §4.13, §4.15).
import { Type } from 'typebox'
import * as f from './fields.ts'
import { kind } from './kind.ts'

const money = { amountFen: f.AmountFen('金额'), tender: f.TenderOf('支付方式') }

const payment = kind({
  title: '缴费',
  fields: {
    ...money,
    order: f.Maybe(f.OneOf('冲抵顺序', ['OLDEST_FIRST', 'CURRENT_FIRST'])),
    seasons: f.Maybe(Type.Array(f.SeasonName, { title: '指定采暖期', minItems: 1, maxItems: 20 })),
    roundingFen: f.Maybe(Type.String({ title: '抹零', pattern: '^-?\\d{1,4}$' })),
  },
  read: ({ amountFen, tender, order, seasons, roundingFen }, at) => ({
    type: 'PAYMENT',
    ...at,
    amountFen: f.fenOf(amountFen),
    channel: 'counter',
    funds: f.tenders[tender],
    ...(order === undefined ? {} : { order }),
    ...(seasons === undefined ? {} : { manualSeasons: seasons }),
    ...(roundingFen === undefined ? {} : { roundingFen: f.fenOf(roundingFen) }),
  }),
  approval: 'NEVER',
})

/** Into the balance, where it pays what is owed like any balance unless the company says MANUAL. */
const prepayment = kind({
  title: '预存',
  fields: money,
  read: ({ amountFen, tender }, at) => ({
    type: 'PAYMENT',
    ...at,
    amountFen: f.fenOf(amountFen),
    channel: 'counter',
    funds: f.tenders[tender],
    manualSeasons: [],
  }),
  approval: 'NEVER',
})

const undone = { paymentId: f.EventId('缴费业务号') }

const voidPayment = kind({
  title: '当日作废',
  fields: undone,
  read: ({ paymentId }, at) => ({ type: 'VOID_PAYMENT', ...at, paymentId }),
  approval: 'NEVER',
})

const reversePayment = kind({
  title: '隔日冲正',
  fields: { ...undone, isBankError: f.Maybe(f.Flag('银行差错')) },
  read: ({ paymentId, isBankError = false }, at) => ({
    type: 'REVERSE_PAYMENT',
    ...at,
    paymentId,
    isBankError,
  }),
  approval: 'ALWAYS',
})

const refund = kind({
  title: '退费',
  fields: money,
  read: ({ amountFen, tender }, at) => ({
    type: 'REFUND',
    ...at,
    amountFen: f.fenOf(amountFen),
    funds: f.tenders[tender],
  }),
  approval: 'ALWAYS',
  guards: ['invoice.unfinished'],
})

const carryOver = kind({
  title: '结转',
  fields: { amountFen: f.Maybe(f.AmountFen('结转金额')) },
  read: ({ amountFen }, at) => ({
    type: 'APPLY_BALANCE',
    ...at,
    ...(amountFen === undefined ? {} : { amountFen: f.fenOf(amountFen) }),
  }),
  approval: 'NEVER',
})

const transfer = kind({
  title: '划转',
  fields: { toCustomerNo: f.CustomerNo('转入用户编号'), amountFen: f.AmountFen('金额') },
  read: ({ amountFen }, at) => ({ type: 'TRANSFER', ...at, amountFen: f.fenOf(amountFen) }),
  otherNo: ({ toCustomerNo }) => String(toCustomerNo),
  approval: 'ALWAYS',
  guards: ['invoice.unfinished'],
})

export const moneyKinds = {
  PAYMENT: payment,
  PREPAYMENT: prepayment,
  VOID_PAYMENT: voidPayment,
  REVERSE_PAYMENT: reversePayment,
  REFUND: refund,
  CARRY_OVER: carryOver,
  TRANSFER: transfer,
}
