// Every state machine of billing, in the order of domain.md §3.4, and the page that is printed of
// them. docs/state-machines.md is this text; a test compares.
import { billingRefusals } from '../refusals.ts'
import { change } from './changes.ts'
import { heating, stopRecord } from './heating.ts'
import { inspectionPlan, inspectionTask } from './inspections.ts'
import { invoice } from './invoices.ts'
import type { Machine, Transition } from './machine.ts'
import { network } from './network.ts'
import { onAccount } from './on-account.ts'
import { payment } from './payments.ts'
import { receivableLine } from './receivables.ts'
import { season } from './seasons.ts'
import { valve, valveTask } from './valves.ts'

const tables = [
  network,
  heating,
  stopRecord,
  valve,
  valveTask,
  change,
  receivableLine,
  payment,
  invoice,
  inspectionTask,
  inspectionPlan,
  onAccount,
  season,
]

/** By letter; only their names are lost. */
export const machines: readonly Machine[] = tables as unknown as readonly Machine[]

export const machinesPage = (): string => `${[heading, ...machines.map(section)].join('\n\n')}\n`

const heading = `# 状态机

由 core/billing/machines 生成（\`npm run docs:machines\`），勿手工修改。表中没有的转换一律拒绝，并说明原因。`

function section(table: Machine): string {
  const { letter, title, of, states, transitions } = table
  const names = Object.entries(states).map(([state, zh]) => `\`${state}\` ${zh}`)
  const rows = transitions.map((each) => row(table, each))
  const head = '| 原状态 | 业务 | 新状态 | 拒绝条件 | 说明 |\n|---|---|---|---|---|'
  return [`## ${letter}. ${title}`, of, names.join(' · '), [head, ...rows].join('\n')].join('\n\n')
}

function row(
  { states, events }: Machine,
  { from, event, to, guards, effect }: Transition<string, string>,
) {
  const refused = (guards ?? []).map((code) => billingRefusals[code].zh).join('；')
  const cells = [
    from === null ? '–' : states[from],
    events[event],
    states[to],
    refused,
    effect ?? '',
  ]
  return `| ${cells.join(' | ')} |`
}
