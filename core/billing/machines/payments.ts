// F. A payment (domain.md §3.4 F): voided on its day, reversed later, never changed.
import { each, machine, type Transition } from './machine.ts'

const states = {
  DRAFT: '草稿',
  PAID: '已收款',
  VOIDED: '当日作废',
  REVERSED: '隔日冲正',
  SETTLED: '已日结',
  POSTED: '已制证',
  SEALED: '已封账',
} as const
const events = {
  PREPARE: '录入',
  PAY: '收款',
  DISCARD: '放弃',
  VOID: '当日作废',
  REVERSE: '隔日冲正',
  CLOSE_DAY: '日结',
  POST: '制证',
  SEAL: '封账',
} as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: null, event: 'PREPARE', to: 'DRAFT' },
  { from: null, event: 'PAY', to: 'PAID', effect: '银行代收直接入账' },
  { from: 'DRAFT', event: 'PAY', to: 'PAID' },
  { from: 'DRAFT', event: 'DISCARD', to: 'VOIDED' },
  {
    from: 'PAID',
    event: 'VOID',
    to: 'VOIDED',
    guards: ['payment.of_another_day', 'payment.spent'],
  },
  ...each(['PAID', 'SETTLED', 'POSTED', 'SEALED'], 'REVERSE', 'REVERSED', {
    guards: ['payment.spent'],
    effect: '以今日日期记负数，原记录不变',
  }),
  { from: 'PAID', event: 'CLOSE_DAY', to: 'SETTLED' },
  { from: 'SETTLED', event: 'POST', to: 'POSTED' },
  { from: 'POSTED', event: 'SEAL', to: 'SEALED' },
]

export const payment = machine({
  letter: 'F',
  title: '缴费',
  of: '缴费单 · account_payments',
  states,
  events,
  transitions,
})
