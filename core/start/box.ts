// What a person reads when everything serves: where to go, how to log in, how to stop.
import { padTo, red, widthOf } from '../cli/say.ts'
import { paperCustomers } from '../seed/known.ts'
import { demoUsers } from '../seed/people.ts'
import type { Demo } from './prepare.ts'

export interface Started {
  hasConsole: boolean
  tookMs: number
}

export function startedBox(demo: Demo, { hasConsole, tookMs }: Started): string {
  const { ports } = demo.settings
  const users = demoUsers.map(
    ({ title, login, password }) => `  ${padTo(title, 10)} ${padTo(login, 8)} ${password}`,
  )
  const content = [
    'Reli 热力',
    `${RED}演练环境：数据、银行与密钥均为演示用，请勿用于生产`,
    '',
    `控制台    http://127.0.0.1:${ports.console}`,
    ...(hasConsole ? [] : ['          （控制台未构建：npm run build）']),
    `银行端口  工行 ${ports.icbc}   农信社 ${ports.rcu}`,
    `对账文件  SFTP ${ports.sftp}（${sftpTitles[demo.sftp.kind]}）`,
    '',
    `  ${padTo('角色', 10)} ${padTo('账号', 8)} 密码`,
    ...users,
    '',
    `样例用户  ${paperCustomers.twoSeasons}（欠两季）  ${paperCustomers.oneSeason}（欠一季）`,
    `日志      ${demo.at.logs}`,
    `停止      按 Ctrl-C（约 ${Math.ceil(tookMs / 1000)} 秒启动完成）`,
  ]
  return boxed(content)
}

const sftpTitles = {
  openssh: 'OpenSSH',
  ssh2: '模拟银行自带的演示服务；以 root 运行且装有 sshd 时用 OpenSSH',
}

/** Marks a line that is printed red. */
const RED = '\u0001'

function boxed(content: readonly string[]): string {
  const plain = content.map((line) => line.replace(RED, ''))
  const width = Math.max(...plain.map(widthOf))
  const edge = '─'.repeat(width + 2)
  const rows = content.map((line, at) => {
    const text = padTo(plain[at]!, width)
    return `│ ${line.startsWith(RED) ? red(text) : text} │`
  })
  return [`┌${edge}┐`, ...rows, `└${edge}┘`].join('\n')
}
