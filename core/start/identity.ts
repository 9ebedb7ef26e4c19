// Pid files that cannot be mistaken: beside the pid stands when the process began and what it runs,
// so that a number that the system gave to somebody else meanwhile is never signalled.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Recorded {
  name: string
  pid: number
  /** See `identityOf`. */
  identity: string
  /** Asks it to end in an orderly way. */
  stopSignal: 'SIGTERM' | 'SIGINT'
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process began and what it runs; undefined when there is no such process. */
export function identityOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return identityByPs(pid)
  try {
    // After the name in brackets, which may itself hold brackets, field 22 is the start in ticks.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${bootId} ${fields[19]} ${commandLineOf(pid)}`
  } catch {
    return undefined
  }
}

export const commandLineOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()

function identityByPs(pid: number): string | undefined {
  const { stdout, status } = spawnSync('ps', ['-o', 'lstart=,command=', '-p', String(pid)], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : undefined
}

export function record(
  folder: string,
  name: string,
  pid: number,
  stopSignal: Recorded['stopSignal'],
) {
  const identity = identityOf(pid)
  if (identity === undefined) return
  mkdirSync(folder, { recursive: true })
  const recorded: Recorded = { name, pid, identity, stopSignal }
  // Whoever reads meanwhile sees the record before or this one, never half of it.
  const half = `${pidFile(folder, name)}.new`
  writeFileSync(half, JSON.stringify(recorded), { mode: 0o644 })
  renameSync(half, pidFile(folder, name))
}

export const forget = (folder: string, name: string): void =>
  rmSync(pidFile(folder, name), { force: true })

const pidFile = (folder: string, name: string) => join(folder, `${name}.pid`)

/** Those on record that still run. Records of the others are removed. */
export function stillRunning(folder: string): Recorded[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.pid'))
    .flatMap((file) => {
      const recorded = readRecord(join(folder, file))
      if (recorded && identityOf(recorded.pid) === recorded.identity) return [recorded]
      rmSync(join(folder, file), { force: true })
      return []
    })
}

function readRecord(file: string): Recorded | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Recorded
  } catch {
    return undefined // Cut off while it was written.
  }
}

const lookEveryMs = 25

export interface Ending {
  stopSignal: Recorded['stopSignal']
  withinMs: number
}

/** Asks a process to end and, when it did not in time, ends it. Resolves when it is gone. */
export async function endProcess(pid: number, { stopSignal, withinMs }: Ending): Promise<void> {
  signal(pid, stopSignal)
  const deadline = performance.now() + withinMs
  while (isRunning(pid)) {
    if (performance.now() > deadline) signal(pid, harsh[stopSignal])
    await sleep(lookEveryMs)
  }
}

/** PostgreSQL is never killed: its «immediate» shutdown takes its sessions along. */
const harsh = { SIGTERM: 'SIGKILL', SIGINT: 'SIGQUIT' } as const

/** A zombie has ended, though its parent has not looked yet. */
const isRunning = (pid: number): boolean => isAlive(pid) && identityOf(pid) !== undefined

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
