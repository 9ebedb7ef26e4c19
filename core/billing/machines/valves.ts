// C. Valves and their tasks (domain.md §3.4 C): what a person on site has to turn, and has turned.
import { each, machine, type Transition } from './machine.ts'

const states = { OPEN: '开栓', CLOSED: '关栓', CUT: '已拆除' } as const
const events = { CLOSE: '关栓', OPEN: '开栓', CUT: '拆除' } as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: 'OPEN', event: 'CLOSE', to: 'CLOSED', effect: '登记铅封号' },
  { from: 'CLOSED', event: 'OPEN', to: 'OPEN', guards: ['valve.unpaid'], effect: '登记铅封号' },
  { from: 'CLOSED', event: 'CUT', to: 'CUT', effect: '拆网现场确认' },
]

export const valve = machine({
  letter: 'C',
  title: '阀门',
  of: '面积项的供回水阀门',
  states,
  events,
  transitions,
})

const taskStates = {
  WAITING: '待处理',
  IN_WORK: '处理中',
  DONE: '已处理',
  IMPOSSIBLE: '无法处理',
  CANCELLED: '已取消',
} as const
const taskEvents = {
  CREATE: '生成任务',
  START: '接单',
  FINISH: '处理完成',
  GIVE_UP: '登记无法处理',
  RETRY: '重新派发',
  CANCEL: '取消',
} as const

const taskTransitions: Transition<keyof typeof taskStates, keyof typeof taskEvents>[] = [
  {
    from: null,
    event: 'CREATE',
    to: 'WAITING',
    effect: '缴清、报停、强停、复热缴费、逾期未缴、退费至零时生成；只生成与现状的差异',
  },
  { from: 'WAITING', event: 'START', to: 'IN_WORK' },
  { from: 'IN_WORK', event: 'FINISH', to: 'DONE' },
  { from: 'IN_WORK', event: 'GIVE_UP', to: 'IMPOSSIBLE', guards: ['reason.missing'] },
  { from: 'IMPOSSIBLE', event: 'RETRY', to: 'WAITING' },
  ...each(['WAITING', 'IMPOSSIBLE'], 'CANCEL', 'CANCELLED', { effect: '原业务已撤销' }),
]

export const valveTask = machine({
  letter: 'C2',
  title: '开关栓任务',
  of: '阀门任务',
  states: taskStates,
  events: taskEvents,
  transitions: taskTransitions,
})
