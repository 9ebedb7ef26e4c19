// `npm start` as a person meets it: one command, one box, a log-in; what dies comes back; a killed
// start is taken over by the next; Ctrl-C leaves nothing behind. And the same pieces by themselves.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import tap, { test } from 'tap'
import { demoUsers } from '../seed/people.ts'
import { repository } from './connectors.ts'
import { endProcess, identityOf, isAlive, type Recorded, record, stillRunning } from './identity.ts'
import { holderOf, portProblems } from './ports.ts'

/** A machine under test is busy. */
const patienceMs = 120_000

/** Of a test as a whole: each wait within it has its own end. */
const timeout = { timeout: 280_000 }
tap.setTimeout(timeout.timeout)

const folder = mkdtempSync(join(tmpdir(), 'reli-start-'))
spawnSync('chmod', ['755', folder])
const settings = join(folder, 'demo.yaml')
const pids = join(folder, 'var/run')
const started: ChildProcess[] = []

tap.teardown(async () => {
  for (const { pid } of started) if (pid && isAlive(pid)) process.kill(pid, 'SIGKILL')
  for (const { pid, stopSignal } of stillRunning(pids)) {
    await endProcess(pid, { stopSignal, withinMs: 3_000 })
  }
  spawnSync('rm', ['-rf', folder])
})

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await sleep(100)
  }
}

const words = ['--conditions=reli-source', join(repository, 'core/main.ts')]

interface Started {
  child: ChildProcess
  said(): string
  ended: Promise<number | null>
}

function reliStart(): Started {
  const child = spawn(process.execPath, [...words, 'start', '--config', settings], {
    env: { ...process.env, DATABASE_URL: '', NO_COLOR: '1' },
  })
  started.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, said: () => text, ended }
}

const pidOf = (name: string): number =>
  (JSON.parse(readFileSync(join(pids, `${name}.pid`), 'utf8')) as Recorded).pid

const [httpPort, database, link, icbc, rcu, sftp] = await freePorts(6)
const api = `http://127.0.0.1:${httpPort}/v1`

const isHealthy = () =>
  fetch(`${api}/health`).then(
    (answer) => answer.ok,
    () => false,
  )

test('the whole system by one command', timeout, async (t) => {
  const ports = { console: httpPort, database, link, icbc, rcu, sftp }
  writeFileSync(settings, JSON.stringify({ folder: 'var', households: 60, ports }))
  const first = reliStart()
  await until('the box', () => first.said().includes('└'))

  await t.test('says where to go and how to log in', timeout, async (t) => {
    t.match(first.said(), `http://127.0.0.1:${httpPort}`)
    t.match(first.said(), '演练环境')
    t.ok(await isHealthy())
    for (const { login, password } of demoUsers) {
      t.match(first.said(), password)
      const answer = await fetch(`${api}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-reli-console': '1' },
        body: JSON.stringify({ login, password }),
      })
      t.equal(answer.status, 200, login)
    }
  })

  await t.test(
    'each part is a process of its own, secrets are closed to others',
    timeout,
    async (t) => {
      const names = stillRunning(pids).map(({ name }) => name)
      t.same(names.sort(), [
        'bank-icbc',
        'bank-rcu',
        'fep',
        'hub',
        'postgres',
        'sftp',
        'supervisor',
        'worker',
      ])
      const { stdout, status } = spawnSync(process.execPath, [
        ...words,
        'doctor',
        '--config',
        settings,
      ])
      t.match(String(stdout), /✓ 密钥权限/)
      t.match(String(stdout), /✓ fsync/)
      t.equal(status, 0, String(stdout))
    },
  )

  await t.test('a bank delivers its file when told', timeout, async () => {
    spawnSync(process.execPath, [...words, 'statement', 'icbc', '--config', settings])
    const at = join(folder, 'var/sftp/recon/icbc/in')
    await until('the file and its flag', () => readdirSync(at).some((name) => name.endsWith('.ok')))
  })

  await t.test('what dies comes back, the database too', timeout, async (t) => {
    for (const name of ['hub', 'worker', 'bank-rcu', 'postgres', 'fep']) {
      const before = pidOf(name)
      process.kill(before, 'SIGKILL')
      await until(`${name} is back`, () => isAlive(pidOf(name)) && pidOf(name) !== before)
    }
    t.ok(await until('the hub answers', isHealthy))
  })

  await t.test('a second start keeps away from a running one', timeout, async (t) => {
    const second = reliStart()
    t.equal(await second.ended, 5)
    t.match(second.said(), `已在运行（进程 ${first.child.pid}）`)
  })

  await t.test('the next start takes over what a killed one left', timeout, async (t) => {
    const left = pidOf('hub')
    first.child.kill('SIGKILL')
    await first.ended
    t.ok(isAlive(left), 'a killed supervisor takes nothing along')
    const next = reliStart()
    await until('the box again', () => next.said().includes('└'))
    t.match(next.said(), /接管上次遗留的进程：.*hub/)
    t.notOk(isAlive(left))
    t.ok(await isHealthy())

    const asked = performance.now()
    next.child.kill('SIGINT')
    t.equal(await next.ended, 0)
    t.ok(performance.now() - asked < 10_000, 'Ctrl-C is obeyed within ten seconds')
    t.same(readdirSync(pids), [], 'nothing is left')
  })
})

test('a taken port is told with its holder and its setting', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const wanted = [{ title: '控制台', setting: 'ports.console', host: '127.0.0.1', port }]
  const [problem] = await portProblems(wanted)
  t.match(problem, String(port))
  t.match(problem, 'ports.console')
  if (process.platform === 'linux') t.match(holderOf(port), String(process.pid))
  // By its pid: a runner's options may fill what is kept of a command line.
  t.same(await portProblems(wanted, String(process.pid)), [], 'one of ours is no problem')
  server.close()
})

test('a pid that was given to somebody else is not taken for ours', async (t) => {
  const at = join(folder, 'pids')
  mkdirSync(at)
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  started.push(child)
  await until('the child runs its program', () => identityOf(child.pid!)?.includes('setInterval'))
  record(at, 'ours', child.pid!, 'SIGTERM')
  t.match(stillRunning(at), [{ name: 'ours', pid: child.pid }])

  const file = join(at, 'ours.pid')
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded
  writeFileSync(file, JSON.stringify({ ...recorded, identity: `${recorded.identity} older` }))
  t.same(stillRunning(at), [], 'another start time or command')
  writeFileSync(file, '{"name":')
  t.same(stillRunning(at), [], 'a record that was cut off')
  t.ok(isAlive(child.pid!), 'nobody was harmed')
  await endProcess(child.pid!, { stopSignal: 'SIGTERM', withinMs: 5_000 })
})
