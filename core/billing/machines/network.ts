// A. 在网状态 (domain.md §3.4 A): whether a customer is connected to the network at all.
import { each, machine, type Transition } from './machine.ts'

const states = {
  PENDING: '待入网',
  IN_NETWORK: '在网',
  DISCONNECTED: '已拆网',
  CLOSED: '已销户',
} as const
const events = {
  CREATE: '建户',
  ACCESS: '入网',
  DISCONNECT: '拆网',
  RESTORE: '恢复',
  CLOSE_ACCOUNT: '销户',
  SUPERSEDE: '拆户或合户转出',
} as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: null, event: 'CREATE', to: 'PENDING', effect: '按入网合同建户，不计热费' },
  {
    from: 'PENDING',
    event: 'ACCESS',
    to: 'IN_NETWORK',
    guards: ['access.unpaid', 'area.missing'],
    effect: '自入网采暖期起计费；采暖期已开账的补生成应收',
  },
  {
    from: 'IN_NETWORK',
    event: 'DISCONNECT',
    to: 'DISCONNECTED',
    guards: ['customer.in_arrears'],
    effect: '以后采暖期不再生成热费；当期按政策折算或全额',
  },
  {
    from: 'DISCONNECTED',
    event: 'RESTORE',
    to: 'IN_NETWORK',
    guards: ['customer.in_arrears'],
    effect: '自恢复之日起计费；需要时另收入网费',
  },
  ...each(['IN_NETWORK', 'DISCONNECTED'], 'CLOSE_ACCOUNT', 'CLOSED', {
    guards: ['customer.in_arrears', 'customer.has_balance', 'case.open', 'invoice.unfinished'],
    effect: '终态，不再受理业务',
  }),
  ...each(['IN_NETWORK', 'DISCONNECTED'], 'SUPERSEDE', 'CLOSED', {
    guards: ['case.open', 'invoice.unfinished'],
    effect: '欠费、余额随拆出户或合并户，原户留指向',
  }),
]

export const network = machine({
  letter: 'A',
  title: '在网状态',
  of: '用户 · customers.network_status',
  states,
  events,
  transitions,
})
