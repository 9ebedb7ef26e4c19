// G. An invoice (domain.md §3.4 G): issued by the tax platform, taken back only by a red one.
import { machine, type Transition } from './machine.ts'

const states = {
  REQUESTED: '申请',
  ISSUING: '开票中',
  ISSUED: '成功',
  FAILED: '失败',
  RED_PENDING: '红冲待确认',
  RED_ISSUED: '已红冲',
} as const
const events = {
  REQUEST: '申请开票',
  SEND: '提交开票',
  CONFIRM: '开票成功',
  FAIL: '开票失败',
  RETRY: '重新开票',
  ASK_RED: '申请红冲',
  CONFIRM_RED: '红冲成功',
  REFUSE_RED: '红冲被拒',
} as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: null, event: 'REQUEST', to: 'REQUESTED' },
  { from: 'REQUESTED', event: 'SEND', to: 'ISSUING' },
  { from: 'ISSUING', event: 'CONFIRM', to: 'ISSUED' },
  { from: 'ISSUING', event: 'FAIL', to: 'FAILED' },
  { from: 'FAILED', event: 'RETRY', to: 'ISSUING' },
  { from: 'ISSUED', event: 'ASK_RED', to: 'RED_PENDING', effect: '退费、冲正前须先红冲' },
  { from: 'RED_PENDING', event: 'CONFIRM_RED', to: 'RED_ISSUED' },
  { from: 'RED_PENDING', event: 'REFUSE_RED', to: 'ISSUED' },
]

export const invoice = machine({
  letter: 'G',
  title: '发票',
  of: '发票',
  states,
  events,
  transitions,
})
