// Keeps processes alive. Each child is a process of its own, in a group of its own (so that Ctrl-C
// reaches the supervisor alone), with a log file of its own, and a pid file by which the next start
// recognises it. One that dies is started again, at once the first time and then ever more slowly.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ending, endProcess, forget, record } from './identity.ts'

/** A running child, however it came to be. */
export interface Running {
  pid: number
  /** Settles when it is gone, for whatever reason. */
  gone: Promise<unknown>
}

export interface Child {
  name: string
  ending: Ending
  /**
   * Starts it, and resolves when it serves; gives up when told to. `onPid` is told as soon as there
   * is a process, so that one that never came to serve is known by its pid as well.
   */
  start(giveUp: AbortSignal, onPid: (pid: number) => void): Promise<Running>
}

export interface Watched {
  name: string
  /** Settles when the first start succeeded; rejects when it failed. */
  ready: Promise<unknown>
  /** Ends it for good, at whatever point it is. */
  stop(): Promise<void>
}

const firstBackOffMs = 200
const lastBackOffMs = 10_000
/**
 * One that ran so long did not fail at start: its back-off begins anew. Short, because the house
 * is closed meanwhile: PostgreSQL that is killed twice in half a minute is back in a second twice.
 */
const settledAfterMs = 5_000

/** Starts a child and, once it served, starts it again whenever it ends. */
export function keep(child: Child, pidFolder: string, say: (line: string) => void): Watched {
  let isStopping = false
  let running: Running | undefined
  const giveUp = new AbortController()
  const first = begin()
  const ended = first.then(watch, () => {})
  return { name: child.name, ready: first, stop }

  async function begin(): Promise<void> {
    running = await child.start(giveUp.signal, (pid) =>
      record(pidFolder, child.name, pid, child.ending.stopSignal),
    )
  }

  async function watch(): Promise<void> {
    let backOffMs = firstBackOffMs
    let startedAt = performance.now()
    for (;;) {
      await running?.gone
      running = undefined
      if (isStopping) return
      if (performance.now() - startedAt > settledAfterMs) backOffMs = firstBackOffMs
      say(`${child.name} 已退出，${(backOffMs / 1000).toFixed(1)} 秒后重启`)
      await sleep(backOffMs, undefined, { signal: giveUp.signal }).catch(() => {})
      if (isStopping) return
      backOffMs = Math.min(backOffMs * 2, lastBackOffMs)
      startedAt = performance.now()
      try {
        await begin()
        say(`${child.name} 已重新就绪`)
      } catch (error) {
        if (!isStopping) say(`${child.name} 未能启动：${(error as Error).message}`)
      }
    }
  }

  async function stop(): Promise<void> {
    isStopping = true
    giveUp.abort()
    await first.catch(() => {})
    while (running) {
      await endProcess(running.pid, child.ending)
      await running?.gone
    }
    await ended
    forget(pidFolder, child.name)
  }
}

export interface NodeProcess {
  name: string
  /** Module and its arguments. */
  args: readonly string[]
  logFolder: string
  root: string
  env?: Record<string, string>
  /** An end in order takes no longer; all of them together stay within ten seconds. */
  stopWithinMs: number
  /** Beyond this a start counts as failed. */
  readyWithinMs?: number
}

/** A child of this node that says `ready` over its channel once it serves. */
export function nodeChild(spec: NodeProcess): Child {
  const ending = { stopSignal: 'SIGTERM', withinMs: spec.stopWithinMs } as const
  return { name: spec.name, ending, start: (giveUp, onPid) => startNode(spec, giveUp, onPid) }
}

/** A log that grew past this is put aside at the next start. */
const logBytes = 20 * 1024 * 1024

async function startNode(
  spec: NodeProcess,
  giveUp: AbortSignal,
  onPid: (pid: number) => void,
): Promise<Running> {
  const log = openLog(spec.logFolder, spec.name)
  const child = spawn(process.execPath, ['--conditions=reli-source', ...spec.args], {
    cwd: spec.root,
    env: { ...process.env, ...spec.env },
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  })
  closeSync(log.fd)
  if (child.pid !== undefined) onPid(child.pid)
  const gone = new Promise((resolve) => {
    child.once('exit', resolve)
    child.once('error', resolve)
  })
  await untilReady(child, gone, spec, log.path, giveUp)
  child.channel?.unref()
  return { pid: child.pid!, gone }
}

async function untilReady(
  child: ChildProcess,
  gone: Promise<unknown>,
  { readyWithinMs = 60_000 }: NodeProcess,
  logPath: string,
  giveUp: AbortSignal,
): Promise<void> {
  const ready = new Promise<'ready'>((resolve) => child.once('message', () => resolve('ready')))
  const done = new AbortController()
  const signal = AbortSignal.any([giveUp, done.signal])
  const how = await Promise.race([
    ready,
    gone.then(() => 'gone' as const),
    sleep(readyWithinMs, undefined, { signal }).then(
      () => 'late' as const,
      () => 'late' as const,
    ),
  ])
  done.abort()
  if (how === 'ready') return
  if (how === 'late') child.kill('SIGKILL')
  throw new Error(`${how === 'late' ? '未在时限内就绪' : '启动时退出'}，见日志 ${logPath}`)
}

function openLog(folder: string, name: string): { fd: number; path: string } {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.log`)
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > logBytes)
    renameSync(path, `${path}.1`)
  return { fd: openSync(path, 'a', 0o640), path }
}
