// Whether a port is free, and if not, who holds it: told before anything is started.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { commandLineOf } from './identity.ts'

export interface WantedPort {
  /** What it is for, as people call it. */
  title: string
  /** Where it is set: `ports.console`. */
  setting: string
  host: string
  port: number
}

/** A holder whose command line names `ours` is no problem. */
export async function portProblems(
  wanted: readonly WantedPort[],
  ours?: string,
): Promise<string[]> {
  const problems: string[] = []
  for (const { title, setting, host, port } of wanted) {
    const code = await tryToListen(host, port)
    if (code === undefined) continue
    const holder = code === 'EADDRINUSE' ? holderOf(port) : ''
    if (ours !== undefined && holder.includes(ours)) continue
    const why = code === 'EADDRINUSE' ? `已被占用${holder}` : `不能监听（${code}）`
    problems.push(`端口 ${port}（${title}）${why}。请停止占用者，或修改配置中的 ${setting}`)
  }
  return problems
}

export function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** `：进程 1234 nginx`, as far as this user may see it. */
export function holderOf(port: number): string {
  if (process.platform !== 'linux') return ''
  const inode = listeningInode(port)
  if (inode === undefined) return ''
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!holdsSocket(pid, inode)) continue
    return `：进程 ${pid} ${commandLineOf(Number(pid)).slice(0, 160)}`
  }
  return '（占用者属于其他用户）'
}

/** State 0A of /proc/net/tcp is LISTEN; ports there are hexadecimal. */
function listeningInode(port: number): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of linesOf(file)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === '0A' && local?.endsWith(`:${hex}`)) return inode
    }
  }
  return undefined
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

function holdsSocket(pid: string, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(
      (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
    )
  } catch {
    return false // Ended meanwhile, or another user's.
  }
}
