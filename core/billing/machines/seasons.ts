// J. A heating season (domain.md §3.4 J, §5). Old arrears remain payable after it is closed.
import { machine, type Transition } from './machine.ts'

const states = {
  PLANNED: '筹备',
  OPEN: '收费中',
  HEATING: '供暖中',
  SETTLING: '季后结算',
  CLOSED: '已关闭',
} as const
const events = {
  PLAN: '建立采暖期',
  OPEN: '开账',
  ROLL_BACK: '撤回开账',
  START_HEAT: '供暖开始',
  END_HEAT: '供暖结束',
  CLOSE: '关账',
} as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: null, event: 'PLAN', to: 'PLANNED' },
  { from: 'PLANNED', event: 'OPEN', to: 'OPEN', effect: '复制卡片、生成应收、使用余额' },
  { from: 'OPEN', event: 'ROLL_BACK', to: 'PLANNED', effect: '仅限尚无收款' },
  { from: 'OPEN', event: 'START_HEAT', to: 'HEATING' },
  { from: 'HEATING', event: 'END_HEAT', to: 'SETTLING' },
  {
    from: 'SETTLING',
    event: 'CLOSE',
    to: 'CLOSED',
    guards: ['case.open'],
    effect: '冻结采暖期副本；欠费转为陈欠，余额转为上年结转',
  },
]

export const season = machine({
  letter: 'J',
  title: '采暖期',
  of: '采暖期 · seasons.state',
  states,
  events,
  transitions,
})
