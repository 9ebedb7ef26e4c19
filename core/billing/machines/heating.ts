// B. 用热状态 (domain.md §3.4 B): of one room in one season, on a day. The customer's own is derived
// from its rooms. Two cycles of one season are two ways round through NORMAL.
import { each, machine, type Transition } from './machine.ts'

const states = {
  NORMAL: '正常',
  STOPPED: '报停',
  PARTLY_STOPPED: '部分报停',
  FORCED_STOPPED: '强停',
  NOT_OPENED: '未开通',
  DISCONNECTED: '已拆网',
} as const
const events = {
  OPEN_NORMAL: '建立新年度（上年正常）',
  OPEN_STOPPED: '建立新年度（上年报停结转）',
  OPEN_FORCED: '建立新年度（上年强停结转）',
  OPEN_NOT_OPENED: '建立新年度（新户未开通）',
  OPEN_VALVE: '首次开通',
  STOP: '报停',
  STOP_PART: '部分报停',
  FORCED_STOP: '强停',
  RESUME: '复热',
  CANCEL_STOP: '撤销报停',
  DISCONNECT: '拆网',
  RESTORE: '恢复',
} as const

const stopGuards = [
  'customer.in_series',
  'customer.in_arrears',
  'stop.forbidden',
  'stop.too_many_cycles',
  'stop.above_area',
] as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: null, event: 'OPEN_NORMAL', to: 'NORMAL' },
  { from: null, event: 'OPEN_STOPPED', to: 'STOPPED', effect: '政策「报停结转」为是' },
  { from: null, event: 'OPEN_FORCED', to: 'FORCED_STOPPED', effect: '强停不因换季解除' },
  { from: null, event: 'OPEN_NOT_OPENED', to: 'NOT_OPENED', effect: '按未开通政策计费' },
  { from: 'NOT_OPENED', event: 'OPEN_VALVE', to: 'NORMAL' },
  ...each(['NORMAL', 'PARTLY_STOPPED'], 'STOP', 'STOPPED', {
    guards: stopGuards,
    effect: '热费改为供热部分加基本热费；生成关栓任务',
  }),
  ...each(['NORMAL', 'PARTLY_STOPPED'], 'STOP_PART', 'PARTLY_STOPPED', {
    guards: stopGuards,
    effect: '报停面积计基本热费',
  }),
  ...each(['NORMAL', 'PARTLY_STOPPED', 'STOPPED'], 'FORCED_STOP', 'FORCED_STOPPED', {
    guards: ['forced_stop.not_owing'],
    effect: '自关栓之日计基本热费，违约金按政策停计；不享受优惠',
  }),
  ...each(['STOPPED', 'PARTLY_STOPPED', 'FORCED_STOPPED'], 'RESUME', 'NORMAL', {
    guards: ['customer.in_arrears', 'stop.resumed', 'resume.before_stop'],
    effect: '按复热政策折算或补足全季；缴清后生成开栓任务',
  }),
  ...each(['STOPPED', 'PARTLY_STOPPED', 'FORCED_STOPPED'], 'CANCEL_STOP', 'NORMAL', {
    guards: ['stop.cancelled', 'season.closed'],
    effect: '应收恢复原值',
  }),
  ...each(
    ['NORMAL', 'STOPPED', 'PARTLY_STOPPED', 'FORCED_STOPPED', 'NOT_OPENED'],
    'DISCONNECT',
    'DISCONNECTED',
    { guards: ['customer.in_arrears'] },
  ),
  { from: 'DISCONNECTED', event: 'RESTORE', to: 'NORMAL' },
]

export const heating = machine({
  letter: 'B',
  title: '用热状态',
  of: '面积项 × 采暖期 · area_seasons.heating_status',
  states,
  events,
  transitions,
})

const stopStates = {
  DRAFT: '草稿',
  IN_APPROVAL: '审核中',
  APPROVED: '通过',
  VALVE_CLOSED: '已关栓',
  RESUMED: '已复热',
  EXPIRED: '季末',
  REJECTED: '未通过',
  CANCELLED: '撤销',
} as const
const stopEvents = {
  APPLY: '受理',
  SUBMIT: '提交审核',
  APPROVE: '审核通过',
  REJECT: '审核不通过',
  CANCEL: '撤销',
  CLOSE_VALVE: '关栓',
  RESUME: '复热',
  END_SEASON: '采暖期结束',
} as const

const stopTransitions: Transition<keyof typeof stopStates, keyof typeof stopEvents>[] = [
  { from: null, event: 'APPLY', to: 'DRAFT' },
  { from: 'DRAFT', event: 'SUBMIT', to: 'IN_APPROVAL' },
  ...each(['DRAFT', 'IN_APPROVAL'], 'CANCEL', 'CANCELLED'),
  {
    from: 'IN_APPROVAL',
    event: 'APPROVE',
    to: 'APPROVED',
    guards: ['request.own', 'request.outdated'],
    effect: '金额自批准的报停日期起生效',
  },
  { from: 'IN_APPROVAL', event: 'REJECT', to: 'REJECTED', guards: ['request.own'] },
  {
    from: 'APPROVED',
    event: 'CLOSE_VALVE',
    to: 'VALVE_CLOSED',
    effect: '关栓时间作为凭据，不改变金额（政策另定的除外）',
  },
  ...each(['APPROVED', 'VALVE_CLOSED'], 'RESUME', 'RESUMED', {
    guards: ['customer.in_arrears', 'resume.before_stop'],
  }),
  ...each(['APPROVED', 'VALVE_CLOSED'], 'END_SEASON', 'EXPIRED'),
  ...each(['APPROVED', 'VALVE_CLOSED'], 'CANCEL', 'CANCELLED', { guards: ['season.closed'] }),
]

export const stopRecord = machine({
  letter: 'B2',
  title: '报停单',
  of: '报停申请 · event_requests 与 area_facts',
  states: stopStates,
  events: stopEvents,
  transitions: stopTransitions,
})
