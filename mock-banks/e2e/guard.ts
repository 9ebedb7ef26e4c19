// Ends what a world left running and removes its folder. As a process of its own it does so when
// the test that started it is gone, for whatever reason: its standard input ends then.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface PidRecord {
  name: string
  pid: number
}

export const pidFolderOf = (folder: string): string => join(folder, 'run')

/** Undefined while the supervisor is writing it, or when there is none. */
export function recordOf(folder: string, name: string): PidRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(pidFolderOf(folder), `${name}.pid`), 'utf8')) as PidRecord
  } catch {
    return undefined
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie has ended, though its parent has not looked yet.
    return statOf(pid)[0] !== 'Z'
  } catch {
    return false
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

export const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(name)[1] === String(pid))
    .map(Number)

/** The fields behind the name in brackets, which may itself hold brackets: state, parent, … */
function statOf(pid: number | string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

/** The supervisor first, so that it starts nothing anew. */
function endLeftovers(folder: string, supervisor: number): void {
  if (isAlive(supervisor)) kill(supervisor)
  const pids = pidFolderOf(folder)
  for (const file of existsSync(pids) ? readdirSync(pids) : []) {
    const record = recordOf(folder, file.replace(/\.pid$/, ''))
    if (!record || record.pid === supervisor || !isAlive(record.pid)) continue
    for (const pid of [record.pid, ...childrenOf(record.pid)]) kill(pid)
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

if (import.meta.main) {
  const [folder, supervisor] = process.argv.slice(2)
  process.stdin.on('data', () => {})
  process.stdin.on('close', () => endLeftovers(folder!, Number(supervisor)))
}
