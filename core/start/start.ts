// `npm start`: the whole system on one machine. The real architecture at small size: PostgreSQL,
// hub, worker, fep, two simulated banks and an SFTP server, each a process of its own, kept alive
// until Ctrl-C. A start that follows a killed one recognises what was left, ends it and takes over.
import { say } from '../cli/say.ts'
import { type DemoSettings, readDemoSettings } from '../config.ts'
import { seed } from '../seed/demo.ts'
import { startedBox } from './box.ts'
import { type Child, keep, type Watched } from './children.ts'
import { consoleIsBuilt } from './console-build.ts'
import { openWith, readAccess } from './database.ts'
import { serverFor } from './database-child.ts'
import { endProcess, forget, record, stillRunning } from './identity.ts'
import { migrateTo } from './migrating.ts'
import { portProblems, type WantedPort } from './ports.ts'
import { type Demo, prepare } from './prepare.ts'
import { processesOf, stopsBefore } from './processes.ts'

export interface StartOptions {
  file: string
  /** Instead of what the file says. */
  households?: number
  /** Instead of the embedded server. */
  databaseUrl?: string
}

/** Something a person has to mend first; said without a stack. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
}

const supervisor = 'supervisor'

export async function start(options: StartOptions): Promise<void> {
  const began = performance.now()
  const settings = readDemoSettings(options.file)
  const demo = await prepare(settings)
  await takeOver(demo)
  const running: Watched[] = []
  const asked = stopWhenAsked()
  const stopping = new AbortController()
  // PostgreSQL's process is not waited for by itself: this one stays until all have ended.
  const staying = setInterval(() => {}, stayingMs)
  const everything = startAll(demo, options, running, stopping.signal)
  try {
    const how = await Promise.race([everything, asked])
    if (how !== 'stop') {
      say(startedBox(demo, { ...how, tookMs: performance.now() - began }))
      await asked
    }
    say('正在停止……')
  } finally {
    // A start that is under way when the order to stop comes goes no further.
    everything.catch(() => {})
    stopping.abort()
    await stopAll(running)
    forget(demo.at.pids, supervisor)
    clearInterval(staying)
  }
}

const stayingMs = 60_000

async function startAll(
  demo: Demo,
  { databaseUrl, households }: StartOptions,
  running: Watched[],
  stopping: AbortSignal,
): Promise<{ hasConsole: boolean }> {
  const { settings, at } = demo
  const server = serverFor(databaseUrl, at.postgres, settings.ports.database)
  await refuseTakenPorts(demo, server.child !== undefined)
  const startAtOnce = async (children: readonly Child[]) => {
    stopping.throwIfAborted()
    const watched = children.map((child) => keep(child, at.pids, say))
    running.push(...watched)
    await Promise.all(watched.map(({ ready }) => ready))
  }
  const inhabitants = households ?? settings.households
  const { outer, inner, banks } = processesOf(demo, inhabitants)
  const startInner = async () => {
    if (server.child) await startAtOnce([server.child])
    await fillDatabase(server.adminUrl(), demo, inhabitants)
    await startAtOnce(inner)
  }
  const hasConsole = consoleIsBuilt(say)
  await Promise.all([startInner(), startAtOnce(outer)])
  await startAtOnce(banks)
  return { hasConsole }
}

/** Ends what a killed start left behind. One that is alive keeps its place. */
async function takeOver({ at, settings }: Demo): Promise<void> {
  const left = stillRunning(at.pids)
  const other = left.find(({ name }) => name === supervisor)
  if (other) {
    throw new CannotStart(
      `已在运行（进程 ${other.pid}），控制台 http://127.0.0.1:${settings.ports.console}。` +
        `要重新启动，请先在原窗口按 Ctrl-C，或运行 kill ${other.pid}`,
    )
  }
  if (left.length > 0) say(`接管上次遗留的进程：${left.map(({ name }) => name).join('、')}`)
  for (const { name, pid, stopSignal } of left) {
    await endProcess(pid, { stopSignal, withinMs: leftoverWithinMs })
    forget(at.pids, name)
  }
  record(at.pids, supervisor, process.pid, 'SIGTERM')
}

const leftoverWithinMs = 5_000

async function refuseTakenPorts({ settings, at }: Demo, isDatabaseOurs: boolean): Promise<void> {
  // A PostgreSQL on our own folder that nobody recorded is adopted.
  const problems = await portProblems(portsOf(settings, isDatabaseOurs), at.postgres)
  if (problems.length > 0) throw new CannotStart(problems.join('\n'))
}

const titles: Record<keyof DemoSettings['ports'], string> = {
  console: '控制台',
  database: '数据库',
  link: '前置机链路',
  icbc: '工行',
  rcu: '农信社',
  sftp: '对账文件 SFTP',
}

export const portsOf = ({ ports }: DemoSettings, isDatabaseOurs: boolean): WantedPort[] =>
  Object.entries(ports).flatMap(([name, port]) => {
    if (name === 'database' && !isDatabaseOurs) return []
    const title = titles[name as keyof DemoSettings['ports']]
    return [{ title, setting: `ports.${name}`, host: '127.0.0.1', port }]
  })

/** Enough to see whole histories; `reli seed demo` lives all of a larger world. */
const livedAtStart = 60

async function fillDatabase(adminUrl: string, demo: Demo, households: number): Promise<void> {
  const files = await migrateTo(adminUrl, demo.at.secrets)
  const db = openWith(readAccess(files), 'seed', 1)
  try {
    await seed(db, { households, bookingOn: beijingToday(), looks: 'demo', lived: livedAtStart })
  } finally {
    await db.close()
  }
}

export const beijingToday = (): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date())

/** Settles with the first Ctrl-C, `kill` or closed terminal. */
function stopWhenAsked(): Promise<'stop'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve('stop'))
    }
  })
}

async function stopAll(running: readonly Watched[]): Promise<void> {
  for (const watched of running.toSorted(stopsBefore)) await watched.stop()
}
