// Builds the console when nobody has: `npm ci` does it already where vite is installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './connectors.ts'

const consoleFolder = join(repository, 'core/web/console')

/** False when there is none and none can be built: the API then stands alone. */
export function consoleIsBuilt(say: (line: string) => void): boolean {
  if (existsSync(join(consoleFolder, 'dist/index.html'))) return true
  const vite = join(repository, 'node_modules/vite/bin/vite.js')
  if (!existsSync(vite)) return false
  say('正在构建控制台（仅第一次）……')
  const built = spawnSync(process.execPath, [vite, 'build'], {
    cwd: consoleFolder,
    encoding: 'utf8',
  })
  if (built.status !== 0) say(`控制台构建失败：${built.stderr.trim().split('\n').at(-1)}`)
  return built.status === 0
}
