// `npm test`: everything, on one PostgreSQL that is started for it. Files given as arguments are
// run instead of all. The last line counts assertions: `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startEmbedded } from '../core/db/embedded.ts'
import { node, root } from './run.mjs'

/** Debian's packages for what npm cannot bring. */
const needed = [
  { path: '/usr/bin/chromium', packages: ['chromium'] },
  { path: '/usr/sbin/sshd', packages: ['openssh-server'] },
  { path: '/usr/bin/fc-list', packages: ['fontconfig'] },
]
const hasFonts = () => spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' }).stdout?.trim()
const missing = () => [
  ...needed.filter(({ path }) => !existsSync(path)).flatMap(({ packages }) => packages),
  ...(hasFonts() ? [] : ['fonts-noto-cjk']),
]

function ensurePackages() {
  const packages = missing()
  if (packages.length === 0) return
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !existsSync('/usr/bin/apt-get')) {
    fail(`the tests want ${packages.join(', ')}. As root: apt-get update && ${install}`)
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const command of ['apt-get update', install]) {
    const made = spawnSync('sh', ['-c', command], { env, encoding: 'utf8' })
    if (made.status !== 0) fail(`${command}\n${made.stdout}${made.stderr}`)
  }
}

function fail(text) {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** A server of our own unless one is given; `var/test` is left to whoever runs a single file. */
async function testServer() {
  const given = process.env.RELI_TEST_DATABASE_URL
  if (given) return { url: given, stop: async () => {} }
  return startEmbedded(join(root, 'var/test-run'), await freePort())
}

/** The first run of tap after a change of its plugins would still take the old ones. */
function arePluginsStale() {
  const built = statSync(join(root, '.tap/plugins'), { throwIfNoEntry: false })
  return !built || built.mtimeMs < statSync(join(root, '.taprc')).mtimeMs
}

/** Two test files at a time keep two cores busy. */
const jobs = '--jobs=2'

/** Every assertion of every file, from the raw TAP; a file that died counts as failed. */
function counted(file) {
  const total =
    readFileSync(file, 'utf8')
      .match(/^# \{ total: .*\}$/gm)
      ?.at(-1) ?? ''
  const of = (name) => Number(total.match(new RegExp(`${name}: (\\d+)`))?.[1] ?? 0)
  return { passed: of('pass'), failed: of('fail'), skipped: of('skip') + of('todo') }
}

ensurePackages()
const tap = join(root, 'node_modules/tap/dist/esm/run.mjs')
const output = join(root, 'var/test.tap')
mkdirSync(join(root, 'var'), { recursive: true })
if (arePluginsStale()) await node([tap, 'build'], { onOutput: () => {} })
const server = await testServer()
const args = ['run', jobs, '--reporter=terse', `--output-file=${output}`, ...process.argv.slice(2)]
// Under CI=true tap's reporter keeps what failed to itself.
const env = { RELI_TEST_DATABASE_URL: server.url, CI: 'false' }
const code = await node([tap, ...args], { env })
await server.stop()
const { passed, failed, skipped } = counted(output)
if (skipped > 0) process.stdout.write(`${skipped} skipped\n`)
process.stdout.write(`${passed} passed, ${code === 0 ? failed : Math.max(failed, 1)} failed\n`)
process.exit(code === 0 && skipped > 0 ? 1 : code)
