// H. Inspection tasks and their plans (domain.md §3.4 H, §8.3).
import { each, machine, type Transition } from './machine.ts'

const states = {
  TO_DISPATCH: '待派发',
  TO_INSPECT: '待稽查',
  TO_REVIEW_FINDING: '待审核（稽查）',
  TO_ARRANGE: '待安排',
  TO_HANDLE: '待处理',
  TO_REVIEW_HANDLING: '待审核（处理）',
  OPEN_LOOP: '未闭环',
  CLOSED_LOOP: '已闭环',
} as const
const events = {
  PLAN: '生成任务',
  DISPATCH: '派发',
  REPORT: '提交稽查结果',
  ACCEPT_FINDING: '稽查审核通过',
  RETURN_FINDING: '稽查审核退回',
  FIND_NOTHING: '审核通过且无异常',
  ARRANGE: '安排处理',
  HANDLE: '提交处理结果',
  ACCEPT_HANDLING: '处理审核通过',
  RETURN_HANDLING: '处理审核退回',
  CLOSE: '闭环',
} as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: null, event: 'PLAN', to: 'TO_DISPATCH' },
  { from: 'TO_DISPATCH', event: 'DISPATCH', to: 'TO_INSPECT' },
  { from: 'TO_INSPECT', event: 'REPORT', to: 'TO_REVIEW_FINDING' },
  { from: 'TO_REVIEW_FINDING', event: 'ACCEPT_FINDING', to: 'TO_ARRANGE' },
  { from: 'TO_REVIEW_FINDING', event: 'RETURN_FINDING', to: 'TO_INSPECT' },
  { from: 'TO_REVIEW_FINDING', event: 'FIND_NOTHING', to: 'CLOSED_LOOP' },
  { from: 'TO_ARRANGE', event: 'ARRANGE', to: 'TO_HANDLE' },
  { from: 'TO_HANDLE', event: 'HANDLE', to: 'TO_REVIEW_HANDLING' },
  {
    from: 'TO_REVIEW_HANDLING',
    event: 'ACCEPT_HANDLING',
    to: 'OPEN_LOOP',
    effect: '追补热费、违约金记入应收',
  },
  { from: 'TO_REVIEW_HANDLING', event: 'RETURN_HANDLING', to: 'TO_HANDLE' },
  { from: 'OPEN_LOOP', event: 'CLOSE', to: 'CLOSED_LOOP', guards: ['charge.unsettled'] },
]

export const inspectionTask = machine({
  letter: 'H',
  title: '稽查任务',
  of: '稽查任务',
  states,
  events,
  transitions,
})

const planStates = {
  TO_DISPATCH: '待派发',
  DISPATCHED: '已派发',
  TERMINATED: '已终止',
} as const
const planEvents = { CREATE: '制定计划', DISPATCH: '派发', TERMINATE: '终止' } as const

const planTransitions: Transition<keyof typeof planStates, keyof typeof planEvents>[] = [
  { from: null, event: 'CREATE', to: 'TO_DISPATCH' },
  {
    from: 'TO_DISPATCH',
    event: 'DISPATCH',
    to: 'DISPATCHED',
    effect: '立即、手动或定时',
  },
  ...each(['TO_DISPATCH', 'DISPATCHED'], 'TERMINATE', 'TERMINATED'),
]

export const inspectionPlan = machine({
  letter: 'H2',
  title: '稽查计划',
  of: '稽查计划',
  states: planStates,
  events: planEvents,
  transitions: planTransitions,
})
