// The demo's processes besides PostgreSQL, in the order of their start; they end in the reverse
// order.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoChannels } from '../seed/channels.ts'
import { customerNoOf } from '../seed/households.ts'
import { lastKnownNumber } from '../seed/known.ts'
import { type Child, nodeChild } from './children.ts'
import { repository, vectorsOf } from './connectors.ts'
import type { Demo } from './prepare.ts'

const cli = join(repository, 'core/main.ts')
const mockBank = join(repository, 'mock-banks/main.ts')

/** Payments and queries a bank starts in a second: a quiet afternoon, so that a wall shows life. */
const operationsPerSecond = '0.4'

export const bankProcess = (channelId: string): string => `bank-${channelId}`

export interface Processes {
  /** The outer zone knows no database, so it need not wait for one. */
  outer: Child[]
  inner: Child[]
  banks: Child[]
}

export function processesOf(demo: Demo, households: number): Processes {
  const { at, hubFile, workerFile, fepFile, settings } = demo
  const child = (name: string, stopWithinMs: number, args: string[]) =>
    nodeChild({ name, args, stopWithinMs, logFolder: at.logs, root: repository })
  const sftp = ['--folder', at.sftp, '--secrets', at.secrets, '--port', `${settings.ports.sftp}`]
  const banks = (customers: string) =>
    demoChannels.map(({ channelId }) =>
      child(bankProcess(channelId), 1_000, bankArgs(demo, channelId, customers)),
    )
  return {
    outer: [
      child('fep', 2_500, [cli, 'fep', '--config', fepFile]),
      child('sftp', 500, [cli, 'sftp', ...sftp]),
    ],
    inner: [
      child('hub', 1_500, [cli, 'hub', '--config', hubFile]),
      child('worker', 1_500, [cli, 'worker', '--config', workerFile]),
    ],
    banks: settings.mockBanks === false ? [] : banks(writeCustomers(at.books, households)),
  }
}

/** Banks first, so that nothing new comes in; the database last. */
const stopOrder = ['bank-', 'sftp', 'fep', 'worker', 'hub', 'postgres']

export const stopsBefore = (a: { name: string }, b: { name: string }): number =>
  stopRank(a.name) - stopRank(b.name)

const stopRank = (name: string) => stopOrder.findIndex((start) => name.startsWith(start))

function bankArgs({ at, settings, sftp }: Demo, channelId: string, customers: string): string[] {
  const named: Record<string, string> = {
    bank: channelId,
    port: String(settings.ports[channelId as 'icbc' | 'rcu']),
    state: join(at.books, channelId),
    parameters: vectorsOf(channelId),
    customers,
    rate: operationsPerSecond,
    'drain-ms': '500',
    'sftp-port': String(settings.ports.sftp),
    'sftp-user': sftp.banks[channelId]!.user,
    'sftp-key': sftp.banks[channelId]!.keyFile,
    'sftp-host-key': sftp.hostKey,
  }
  return [mockBank, ...Object.entries(named).flatMap(([name, value]) => [`--${name}`, value])]
}

/** Those that documents and people refer to are left alone. */
function writeCustomers(folder: string, households: number): string {
  mkdirSync(folder, { recursive: true })
  const first = lastKnownNumber + 1
  const count = Math.max(1, households - lastKnownNumber)
  const file = join(folder, 'customers.json')
  const numbers = Array.from({ length: count }, (_, at) => customerNoOf(first + at))
  writeFileSync(file, JSON.stringify(numbers))
  return file
}
