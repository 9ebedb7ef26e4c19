// D. Nature and price class are never edited (domain.md §3.4 D): a change is asked for with
// evidence, checked by a second person, and takes effect by itself. So does every other event
// that needs it.
import { each, machine, type Transition } from './machine.ts'

const states = {
  DRAFT: '草稿',
  IN_APPROVAL: '审核中',
  DONE: '已生效',
  TO_HANDLE: '待人工处理',
  REJECTED: '未通过',
  CANCELLED: '撤销',
  UNDONE: '已撤回',
} as const
const events = {
  APPLY: '受理',
  SUBMIT: '提交审核',
  BOOK: '直接生效',
  APPROVE: '审核通过',
  FAIL: '生效失败',
  REJECT: '审核不通过',
  CANCEL: '撤销申请',
  UNDO: '撤回业务',
} as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: null, event: 'APPLY', to: 'DRAFT', effect: '附依据、生效日期，先预览金额' },
  { from: null, event: 'BOOK', to: 'DONE', effect: '政策不要求审核的业务' },
  { from: 'DRAFT', event: 'SUBMIT', to: 'IN_APPROVAL', effect: '受影响的用户锁定同类业务' },
  ...each(['IN_APPROVAL', 'TO_HANDLE'], 'APPROVE', 'DONE', {
    guards: ['request.own', 'request.outdated'],
    effect: '按当时状态重新计算；与所批金额不符则退回核对',
  }),
  {
    from: 'IN_APPROVAL',
    event: 'FAIL',
    to: 'TO_HANDLE',
    effect: '生效条件已不满足，从不静默跳过',
  },
  ...each(['IN_APPROVAL', 'TO_HANDLE'], 'REJECT', 'REJECTED', { guards: ['request.own'] }),
  ...each(['DRAFT', 'IN_APPROVAL', 'TO_HANDLE'], 'CANCEL', 'CANCELLED'),
  { from: 'DONE', event: 'UNDO', to: 'UNDONE', guards: ['season.closed', 'undo.not_last'] },
]

export const change = machine({
  letter: 'D',
  title: '业务申请',
  of: '用户性质、单价类型变更及其他须审核的业务 · event_requests',
  states,
  events,
  transitions,
})
