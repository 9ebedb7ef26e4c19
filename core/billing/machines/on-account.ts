// I. Customer on-account 挂账 (domain.md §3.4 I, §4.13): service before payment, with a promised day.
import { each, machine, type Transition } from './machine.ts'

const states = {
  HELD: '挂账中',
  PARTLY_CLEARED: '部分销账',
  CLEARED: '已销账',
  RELEASED: '撤销',
} as const
const events = {
  HOLD: '挂账',
  EXTEND: '延期',
  CLEAR_PART: '部分销账',
  CLEAR_ALL: '销账',
  UNCLEAR: '销账撤回',
  RELEASE: '撤销挂账',
} as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  {
    from: null,
    event: 'HOLD',
    to: 'HELD',
    guards: ['charge.settled'],
    effect: '应收不减；至承诺日期止停计违约金',
  },
  { from: 'HELD', event: 'EXTEND', to: 'HELD' },
  { from: 'PARTLY_CLEARED', event: 'EXTEND', to: 'PARTLY_CLEARED' },
  ...each(['HELD', 'PARTLY_CLEARED'], 'CLEAR_PART', 'PARTLY_CLEARED', { effect: '部分收款' }),
  ...each(['HELD', 'PARTLY_CLEARED'], 'CLEAR_ALL', 'CLEARED', { effect: '收清' }),
  ...each(['PARTLY_CLEARED', 'CLEARED'], 'UNCLEAR', 'HELD', { effect: '收款被撤回' }),
  ...each(['HELD', 'PARTLY_CLEARED'], 'RELEASE', 'RELEASED', { effect: '违约金恢复计算' }),
]

export const onAccount = machine({
  letter: 'I',
  title: '挂账',
  of: '用户挂账 · holds',
  states,
  events,
  transitions,
})
