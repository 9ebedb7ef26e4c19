// E. A receivable line (domain.md §3.4 E). Its state is derived from its amounts; the flags
// beside it do not change what is owed.
import { each, machine, type Transition } from './machine.ts'

const states = {
  OPEN: '未收',
  PART_PAID: '部分',
  SETTLED: '结清',
  WRITTEN_OFF: '核销',
  CANCELLED: '作废',
} as const
const events = {
  CHARGE: '生成应收',
  PAY_PART: '部分收款',
  PAY_ALL: '收清',
  TAKE_BACK_ALL: '收款全部撤回',
  TAKE_BACK_PART: '收款部分撤回',
  GROW: '补收',
  WRITE_OFF: '核销',
  RECOVER: '核销撤回',
  CANCEL: '作废',
} as const

const transitions: Transition<keyof typeof states, keyof typeof events>[] = [
  { from: null, event: 'CHARGE', to: 'OPEN' },
  ...each(['OPEN', 'PART_PAID'], 'PAY_PART', 'PART_PAID'),
  ...each(['OPEN', 'PART_PAID'], 'PAY_ALL', 'SETTLED'),
  ...each(['PART_PAID', 'SETTLED'], 'TAKE_BACK_ALL', 'OPEN'),
  ...each(['PART_PAID', 'SETTLED'], 'TAKE_BACK_PART', 'PART_PAID'),
  { from: 'OPEN', event: 'GROW', to: 'OPEN' },
  ...each(['PART_PAID', 'SETTLED'], 'GROW', 'PART_PAID'),
  ...each(['OPEN', 'PART_PAID'], 'WRITE_OFF', 'WRITTEN_OFF', { effect: '违约金一并核销' }),
  { from: 'WRITTEN_OFF', event: 'RECOVER', to: 'OPEN' },
  { from: 'OPEN', event: 'CANCEL', to: 'CANCELLED', effect: '仅限未收过款的应收' },
]

export const receivableLine = machine({
  letter: 'E',
  title: '应收',
  of: '应收行 · charges',
  states,
  events,
  transitions,
})

export interface LineAmounts {
  chargedFen: bigint
  writtenOffFen: bigint
  settledFen: bigint
  outstandingFen: bigint
}

/** From the amounts of a line; the late fee does not count. */
export function stateOfLine(amounts: LineAmounts): keyof typeof states {
  const { chargedFen, writtenOffFen, settledFen, outstandingFen } = amounts
  if (outstandingFen > 0n) return settledFen > 0n ? 'PART_PAID' : 'OPEN'
  if (writtenOffFen > 0n) return 'WRITTEN_OFF'
  return chargedFen === 0n && settledFen === 0n ? 'CANCELLED' : 'SETTLED'
}
