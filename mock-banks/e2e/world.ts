// The product as a user starts it: `reli start` with a settings file of its own, in a folder and on
// ports of its own. Known to the tests from outside only: processes by their pid files, the command
// `reli`, the banks' ports, the SFTP server, and plain SQL as the database's administrator.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { hostKeyOf, loginOf, sftpKind } from '../sftp-server.ts'
import type { BankName, SftpAccess } from '../statement.ts'
import { childrenOf, isAlive, kill, recordOf } from './guard.ts'

export const repository = join(import.meta.dirname, '../..')

export type ProcessName = 'postgres' | 'hub' | 'worker' | 'fep' | 'sftp'

export interface World {
  folder: string
  ports: Record<'console' | 'database' | 'link' | 'icbc' | 'rcu' | 'sftp', number>
  /** The administrator's address: row-level security lets it through. */
  databaseUrl: string
  company: string
  pidOf(name: ProcessName): number | undefined
  /** SIGKILL. Resolves when the process is gone. */
  kill9(name: ProcessName, options?: KillOptions): Promise<Killed>
  /** The command `reli` with this world's settings. */
  reli(...words: string[]): Promise<Ended>
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
  sftpOf(bank: BankName): SftpAccess
  /** What the supervisor and all processes have written so far. */
  logs(): string
  stop(): Promise<void>
}

export interface KillOptions {
  withChildren?: boolean
  /** Everything is prepared before; the signal goes out in the turn in which this resolves. */
  moment?(): Promise<void>
}

export interface Killed {
  pid: number
  /** Settles when another process serves in its place. */
  back: Promise<void>
}

export interface Ended {
  code: number | null
  output: string
}

/** Migration and the seed of some thousand households on a busy machine of two cores. */
const startWithinMs = 120_000
/** The supervisor's longest back-off, and a start. */
const servesAgainWithinMs = 45_000
/** The supervisor promises ten seconds. */
const stopWithinMs = 20_000
const lookEveryMs = 10

export async function startWorld({ households }: { households: number }): Promise<World> {
  const folder = makeFolder()
  const ports = await freePorts()
  const file = join(folder, 'demo.yaml')
  // JSON is YAML. Folder and file are readable for all: PostgreSQL runs as a user of its own.
  writeFileSync(file, JSON.stringify({ folder, households, ports, mockBanks: false }))
  const supervisor = spawnReli(['start', '--config', file])
  const said: string[] = []
  for (const stream of [supervisor.stdout!, supervisor.stderr!]) {
    stream.setEncoding('utf8').on('data', (text) => said.push(text))
  }
  const endAll = guarded(folder, supervisor)
  const pidOf = (name: ProcessName) => recordOf(folder, name)?.pid
  const world = {
    ...{ folder, ports, pidOf },
    kill9: killer(folder, said),
    reli: (...words: string[]) => ended(spawnReli([...words, ...settingsOf(words[0]!, folder)])),
    logs: () => said.join('') + logsOf(join(folder, 'logs')),
    sftpOf: (bank: BankName): SftpAccess => ({
      ...{ host: '127.0.0.1', port: ports.sftp },
      user: loginOf(sftpKind(join(folder, 'sftp')), bank),
      privateKey: readFileSync(join(folder, 'secrets/sftp', bank)),
      hostKey: hostKeyOf(join(folder, 'sftp')).publicKey,
    }),
    async stop() {
      if (isRunning(supervisor)) supervisor.kill('SIGTERM')
      await Promise.race([exitOf(supervisor), sleep(stopWithinMs, undefined, { ref: false })])
      await endAll()
    },
  }
  try {
    await until('the box', startWithinMs, () => {
      if (!isRunning(supervisor)) throw new Error(`the start failed: ${said.join('')}`)
      return /控制台 +http/.test(said.join(''))
    })
    const password = readFileSync(join(folder, 'postgres/password'), 'utf8')
    const databaseUrl = `postgres://reli:${password}@127.0.0.1:${ports.database}/postgres`
    const query = queries(databaseUrl)
    const [first] = await query<{ company: string }>(
      'select company_id as company from reli.companies',
    )
    return { ...world, databaseUrl, query, company: first!.company }
  } catch (error) {
    await world.stop()
    throw error
  }
}

/** Reachable for every user, unlike a clone below /root. */
function makeFolder(): string {
  const folder = join(tmpdir(), `reli-e2e-${process.pid}-${Date.now().toString(36)}`)
  mkdirSync(folder, { mode: 0o755 })
  return folder
}

async function freePorts(): Promise<World['ports']> {
  const names = ['console', 'database', 'link', 'icbc', 'rcu', 'sftp'] as const
  // All are held until all are known, so that none is given twice.
  const servers = await Promise.all(
    names.map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return Object.fromEntries(names.map((name, at) => [name, ports[at]])) as World['ports']
}

// ── processes ──

function spawnReli(words: string[]): ChildProcess {
  const { DATABASE_URL: _, ...env } = process.env
  const args = ['--conditions=reli-source', join(repository, 'core/main.ts'), ...words]
  return spawn(process.execPath, args, { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Which settings a command reads. */
const settingsOf = (command: string, folder: string): string[] => {
  const file = ['reconcile', 'audit'].includes(command) ? 'config/worker.yaml' : 'demo.yaml'
  return ['--config', join(folder, file)]
}

function ended(child: ChildProcess): Promise<Ended> {
  const output: string[] = []
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text) => output.push(text))
  }
  return new Promise((resolve) =>
    child.once('close', (code) => resolve({ code, output: output.join('') })),
  )
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null
const exitOf = async (child: ChildProcess): Promise<void> => {
  if (isRunning(child)) await new Promise((resolve) => child.once('exit', resolve))
}

/** Whatever happens to this process: nothing that was started here outlives it. */
function guarded(folder: string, supervisor: ChildProcess): () => Promise<void> {
  const args = ['--conditions=reli-source', join(import.meta.dirname, 'guard.ts')]
  const guard = spawn(process.execPath, [...args, folder, String(supervisor.pid)], {
    ...{ cwd: repository, detached: true, stdio: ['pipe', 'ignore', 'inherit'] },
  })
  guard.unref()
  const gone = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  return async () => {
    guard.ref()
    guard.stdin!.end()
    await gone
  }
}

/** The supervisor says a line when a process serves again. */
const killer =
  (folder: string, said: readonly string[]): World['kill9'] =>
  async (name, { withChildren = false, moment = async () => {} } = {}) => {
    const { pid } = recordOf(folder, name) ?? {}
    if (pid === undefined || !isAlive(pid)) throw new Error(`${name} does not run`)
    const timesBack = () => said.join('').split(`${name} 已重新就绪`).length
    const before = timesBack()
    const children = withChildren ? childrenOf(pid) : []
    await moment()
    for (const each of [pid, ...children]) kill(each)
    await until(`the end of ${name}`, stopWithinMs, () => !isAlive(pid))
    return { pid, back: until(`another ${name}`, servesAgainWithinMs, () => timesBack() > before) }
  }

// ── looking ──

export async function until(
  what: string,
  withinMs: number,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await sleep(lookEveryMs)
  }
}

/** One connection a query: the server is killed between them. */
const queries =
  (connectionString: string): World['query'] =>
  async <Row extends object>(text: string, values: unknown[] = []) => {
    const client = new pg.Client({ connectionString })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(text, values)).rows
    } finally {
      await client.end()
    }
  }

const logsOf = (folder: string): string =>
  readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
