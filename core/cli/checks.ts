// What `reli doctor` looks at, one function each: the finding in a few words and, when it is bad,
// the command that mends it.
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, globSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DemoSettings } from '../config.ts'
import { repository } from '../start/connectors.ts'
import { stillRunning } from '../start/identity.ts'
import { portProblems } from '../start/ports.ts'
import { portsOf } from '../start/start.ts'

export interface Finding {
  title: string
  isGood: boolean
  found: string
  /** What to do about it, as exactly as can be said. */
  mend?: string
}

export const good = (title: string, found: string): Finding => ({ title, isGood: true, found })
export const bad = (title: string, found: string, mend: string): Finding => ({
  title,
  isGood: false,
  found,
  mend,
})

const oldestNode = 24

export function nodeVersion(): Finding {
  const title = 'Node 版本'
  const major = Number(process.versions.node.split('.')[0])
  if (major >= oldestNode) return good(title, process.version)
  return bad(
    title,
    `${process.version}，需要 ${oldestNode} 以上`,
    'npm ci，然后用 npx reli 或 npm start',
  )
}

export function packagedNode(): Finding {
  const title = '随附 Node'
  const { stdout, status } = spawnSync(join(repository, 'node_modules/.bin/node'), ['--version'], {
    encoding: 'utf8',
  })
  return status === 0 ? good(title, stdout.trim()) : bad(title, '未安装', 'npm ci')
}

export function timeZone(): Finding {
  const title = '北京时间'
  const at = new Date('2026-11-20T00:00:00Z')
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Asia/Shanghai',
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(at)
  if (text === '2026-11-20 08:00') return good(title, 'Asia/Shanghai')
  return bad(title, `换算错误：${text}`, 'npm ci（Node 缺少完整的时区数据）')
}

export function fonts(): Finding {
  const title = '中文字体'
  const { stdout } = spawnSync('fc-list', [':lang=zh', 'family'], { encoding: 'utf8' })
  const [first] = (stdout ?? '').split('\n')
  if (first) return good(title, first.split(',')[0]!)
  return bad(title, '没有', 'apt-get update && apt-get install -y fonts-noto-cjk fontconfig')
}

export function program(title: string, path: string, aptPackage: string): Finding {
  if (existsSync(path)) return good(title, path)
  return bad(title, '没有（仅测试需要）', `apt-get update && apt-get install -y ${aptPackage}`)
}

/** A season of a city's payments with journal and logs stays well below. */
const leastFreeBytes = 2 * 1024 ** 3

export function disk(folder: string): Finding {
  const title = '磁盘空间'
  let at = folder
  while (!existsSync(at)) at = dirname(at)
  const { bavail, bsize } = statfsSync(at)
  const free = `${at} 剩余 ${(Number(bavail * bsize) / 1024 ** 3).toFixed(1)} GB`
  if (bavail * bsize >= leastFreeBytes) return good(title, free)
  return bad(title, free, `清理磁盘，至少留出 ${leastFreeBytes / 1024 ** 3} GB`)
}

export async function ports(settings: DemoSettings): Promise<Finding> {
  const title = '端口'
  const ours = stillRunning(join(settings.folder, 'run'))
  if (ours.some(({ name }) => name === 'supervisor')) return good(title, '本系统正在使用')
  const problems = await portProblems(portsOf(settings, !process.env.DATABASE_URL))
  if (problems.length === 0) return good(title, '均空闲')
  return bad(title, '被占用', problems.join('；'))
}

const renewBeforeDays = 30
const dayMs = 24 * 60 * 60 * 1000

export function certificates(folder: string): Finding {
  const title = '证书有效期'
  const files = globSync('tls/*.crt', { cwd: folder })
  if (files.length === 0) return good(title, '尚未生成，首次启动时生成')
  const dated = files.map((file) => {
    const { validTo } = new X509Certificate(readFileSync(join(folder, file)))
    return { file, days: Math.floor((Date.parse(validTo) - Date.now()) / dayMs) }
  })
  const first = dated.reduce((a, b) => (b.days < a.days ? b : a))
  const found = `最早到期 ${first.file}，还有 ${first.days} 天`
  if (first.days >= renewBeforeDays) return good(title, found)
  return bad(title, found, `删除 ${join(folder, 'tls')} 后重新启动，即重新签发`)
}

export function secretModes(folder: string): Finding {
  const title = '密钥权限'
  if (!existsSync(folder)) return good(title, '尚未生成，首次启动时生成')
  const open = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pub'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => (statSync(file).mode & 0o077) !== 0)
  if (open.length === 0) return good(title, '均为 0600')
  return bad(title, `他人可读：${open.join('、')}`, `chmod 600 ${open.join(' ')}`)
}
