// The SFTP server that banks deliver their statement files to: a real OpenSSH for tests and root
// installations, or a small server of our own for a demo without root. Key login only, one folder
// per bank, no shell and no forwarding either way. Files come in under `<folder>/recon/<bank>/in`.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import ssh2, { type AuthContext, type Connection, type ParsedKey } from 'ssh2'
import type { Log } from './line.ts'
import { serveFolder } from './sftp-folder.ts'

export interface SftpAccount {
  /** The bank: `icbc`. */
  name: string
  /** `ssh-ed25519 AAAA…` of the key that may log in. */
  publicKey: string
}

export interface SftpServerOptions {
  /** `<folder>/recon/<bank>/in` is what an account sees as `/in`. */
  folder: string
  accounts: readonly SftpAccount[]
  /** The heating company's own: it sees every bank's folders and empties them. */
  taker?: SftpAccount
  /** Zero: any free one. */
  port?: number
  host?: string
  log?: Log
}

export interface SftpServer {
  kind: 'openssh' | 'ssh2'
  port: number
  /** `ssh-ed25519 AAAA…`, for the banks to pin. */
  hostKey: string
  /** The login of each bank; OpenSSH needs system accounts, which carry a prefix. */
  users: Readonly<Record<string, string>>
  stop(): Promise<void>
}

export interface ClientKey extends SftpAccount {
  privateKey: string
  privateKeyFile: string
}

const loopback = '127.0.0.1'
const startWithinMs = 10_000
const sshd = '/usr/sbin/sshd'
/** The end of what sshd said is enough to explain why it does not start. */
const maxSaid = 4_000
const installCommand = 'apt-get update && apt-get install -y --no-install-recommends openssh-server'

/** One ed25519 key pair per name in `folder`; existing ones are kept. */
export function makeKeys(folder: string, names: readonly string[]): ClientKey[] {
  // Only the keys' own folder is closed: others of the same parent must reach theirs.
  mkdirSync(dirname(folder), { recursive: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return names.map((name) => {
    const privateKeyFile = join(folder, name)
    if (!existsSync(privateKeyFile)) {
      const pair = soundKeyPair(name)
      writeFileSync(`${privateKeyFile}.pub`, `${pair.public}\n`)
      writeFileSync(privateKeyFile, pair.private, { mode: 0o600 })
    }
    const privateKey = readFileSync(privateKeyFile, 'utf8')
    const publicKey = readFileSync(`${privateKeyFile}.pub`, 'utf8').trim()
    return { name, publicKey, privateKey, privateKeyFile }
  })
}

/** A pair whose halves were seen to belong together. */
function soundKeyPair(comment: string): { public: string; private: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment })
    const key = ssh2.utils.parseKey(pair.private)
    if (key instanceof Error) continue
    const test = Buffer.from('a test of this key')
    const signature = key.sign(test)
    if (signature instanceof Buffer && parsed(pair.public).verify(test, signature)) return pair
  }
}

function parsed(publicKey: string): ParsedKey {
  const key = ssh2.utils.parseKey(publicKey)
  if (key instanceof Error) throw new Error(`not a public key: ${key.message}`)
  return (Array.isArray(key) ? key[0] : key) as ParsedKey
}

/** Root and a system where OpenSSH runs: the real one. Else our own, and the log says so. */
export const startSftp = (options: SftpServerOptions): Promise<SftpServer> =>
  sftpKind(options.folder) === 'openssh' ? startOpenSsh(options) : startSsh2Sftp(options)

/** Which server a folder would get, so that logins are known before it runs. */
export function sftpKind(folder: string): SftpServer['kind'] {
  const isRoot = process.getuid?.() === 0
  return isRoot && existsSync(sshd) && isRootOwned(folder) ? 'openssh' : 'ssh2'
}

export const loginOf = (kind: SftpServer['kind'], name: string): string =>
  kind === 'openssh' ? `reli-${name}` : name

/** The host's key of either server, made once, so that both sides can pin it beforehand. */
export const hostKeyOf = (folder: string): ClientKey =>
  makeKeys(join(resolve(folder), 'host'), ['host_key'])[0]!

const pin = (publicKey: string): string => publicKey.split(' ').slice(0, 2).join(' ')

// ── OpenSSH ──

export async function startOpenSsh(options: SftpServerOptions): Promise<SftpServer> {
  const { accounts, taker, host = loopback, log = () => {} } = options
  const folder = resolve(options.folder)
  mustBeRoot()
  install(log)
  mkdirSync(folder, { recursive: true })
  if (!isRootOwned(folder)) {
    throw new Error(`${folder} cannot hold chroots: it and all above must be root's, not writable`)
  }
  // sshd reads the keys, and enters the chroots, as the account that logs in.
  chmodSync(folder, 0o755)
  const own = join(folder, 'sshd')
  mkdirSync(join(own, 'authorized'), { recursive: true })
  const all = taker ? [...accounts, taker] : accounts
  const users = Object.fromEntries(all.map(({ name }) => [name, loginOf('openssh', name)]))
  for (const { name, publicKey } of all) {
    systemAccount(users[name]!)
    const keys = join(own, 'authorized', users[name]!)
    writeFileSync(keys, `restrict ${publicKey}\n`, { mode: 0o644 })
  }
  for (const { name } of accounts) {
    makeFolders(folder, name)
    shareFolders(join(folder, 'recon', name), users[name]!, taker && users[taker.name]!)
  }
  const hostKey = hostKeyOf(folder)
  const port = options.port || (await freePort(host))
  const recon = join(folder, 'recon')
  const chroots = Object.fromEntries([
    ...accounts.map(({ name }) => [users[name]!, join(recon, name)]),
    ...(taker ? [[users[taker.name]!, recon]] : []),
  ])
  const settings = { host, port, hostKeyFile: hostKey.privateKeyFile, chroots }
  writeFileSync(join(own, 'sshd_config'), sshdConfig(own, settings))
  const child = await launch(join(own, 'sshd_config'), log)
  const stop = () => ended(child)
  return { kind: 'openssh', port, hostKey: pin(hostKey.publicKey), users, stop }
}

interface SshdSettings {
  host: string
  port: number
  hostKeyFile: string
  /** Login → the folder that is its whole world. */
  chroots: Readonly<Record<string, string>>
}

const sshdConfig = (own: string, { host, port, hostKeyFile, chroots }: SshdSettings): string => `\
ListenAddress ${host}
Port ${port}
HostKey ${hostKeyFile}
PidFile none
UsePAM no
AllowUsers ${Object.keys(chroots).join(' ')}
AuthenticationMethods publickey
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile ${own}/authorized/%u
MaxAuthTries 3
LoginGraceTime 15
MaxStartups 10:30:20
DisableForwarding yes
PermitTTY no
PermitTunnel no
PermitUserEnvironment no
PermitUserRC no
Subsystem sftp internal-sftp
ForceCommand internal-sftp
${Object.entries(chroots)
  .map(([user, folder]) => `Match User ${user}\n  ChrootDirectory ${folder}`)
  .join('\n')}
`

function mustBeRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('OpenSSH needs root to confine its accounts')
}

/** Installs the package when it is missing. */
function install(log: Log): void {
  if (!existsSync(sshd)) {
    if (!existsSync('/usr/bin/apt-get')) throw new Error(`OpenSSH is missing: ${installCommand}`)
    log(`OpenSSH is missing: ${installCommand}`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const made = spawnSync('sh', ['-c', installCommand], { env, encoding: 'utf8' })
    if (!existsSync(sshd)) throw new Error(`OpenSSH is missing (${installCommand}): ${made.stderr}`)
  }
  // Where sshd separates its privileges; only an init system would make it.
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
}

/** No password can be right for `*`, and unlike `!` it does not lock the account for keys. */
function systemAccount(user: string): void {
  if (spawnSync('id', [user]).status === 0) return
  const shell = ['--no-create-home', '--home-dir', '/', '--shell', '/usr/sbin/nologin']
  run('useradd', ['--system', ...shell, '--password', '*', user])
}

/** sshd refuses a chroot that anybody but root could replace. */
function isRootOwned(folder: string): boolean {
  let path = resolve(folder)
  while (!existsSync(path)) path = dirname(path)
  for (; ; path = dirname(path)) {
    const { uid, mode } = statSync(path)
    if (uid !== 0 || mode & 0o022) return false
    if (path === dirname(path)) return true
  }
}

function launch(config: string, log: Log): Promise<ChildProcess> {
  const child = spawn(sshd, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  return new Promise((ready, failed) => {
    let said = ''
    const fail = (why: string) => {
      child.kill()
      failed(new Error(`sshd does not start: ${why} ${said}`))
    }
    const onExit = () => fail('it ended')
    const timer = setTimeout(() => fail('no answer in time'), startWithinMs)
    child.once('exit', onExit)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-maxSaid)
      for (const line of text.trim().split('\n')) log(`sshd: ${line}`)
      if (!said.includes('Server listening')) return
      clearTimeout(timer)
      child.off('exit', onExit)
      ready(child)
    })
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill()
  })
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, host, () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

function run(command: string, args: string[]): void {
  const made = spawnSync(command, args, { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${made.stderr}`)
}

function makeFolders(folder: string, name: string): void {
  for (const part of ['in', 'bak', 'err']) {
    mkdirSync(join(folder, 'recon', name, part), { recursive: true })
  }
}

/** The bank writes `in` and nothing else; the taker empties it into `bak` and `err`. */
function shareFolders(folder: string, bank: string, taker: string | undefined): void {
  const incoming = join(folder, 'in')
  run('chown', [taker ? `${bank}:${taker}` : bank, incoming])
  if (!taker) return
  // Files carry the taker's group, whoever brings them.
  run('chmod', ['2775', incoming])
  run('chown', [`${taker}:${taker}`, join(folder, 'bak'), join(folder, 'err')])
}

// ── our own ──

/** Connections at the same time; a bank needs one. */
const maxConnections = 8

export async function startSsh2Sftp(options: SftpServerOptions): Promise<SftpServer> {
  const { accounts, taker, host = loopback, port = 0, log = () => {} } = options
  const folder = resolve(options.folder)
  const recon = join(folder, 'recon')
  const all = taker ? [...accounts, taker] : accounts
  for (const { name } of accounts) makeFolders(folder, name)
  const hostKey = hostKeyOf(folder)
  const open = new Set<Connection>()
  const server = new ssh2.Server(
    { hostKeys: [hostKey.privateKey], ident: 'reli-demo' },
    (client) => {
      if (open.size >= maxConnections) return client.end()
      open.add(client)
      let account: SftpAccount | undefined
      client.on('authentication', (context) => {
        account = accountOf(all, context)
        if (account) context.accept()
        else context.reject(['publickey'])
      })
      client.on('session', (accept) => {
        const root = account === taker ? recon : join(recon, account!.name)
        accept().on('sftp', (take) => serveFolder(take(), root))
      })
      client.on('error', (error) => log(`sftp: ${error.message}`))
      client.on('close', () => open.delete(client))
    },
  )
  await new Promise<void>((ready, failed) => {
    server.once('error', failed)
    server.listen(port, host, ready)
  })
  log('the SFTP server is the small one of the demo, not OpenSSH: this needs root and sshd')
  return {
    ...{ kind: 'ssh2', port: (server.address() as AddressInfo).port },
    hostKey: pin(hostKey.publicKey),
    users: Object.fromEntries(all.map(({ name }) => [name, loginOf('ssh2', name)])),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const client of open) client.end()
      }),
  }
}

/** The account that this login proves to be; a client first asks whether a key would do. */
function accountOf(accounts: readonly SftpAccount[], context: AuthContext) {
  const account = accounts.find(({ name }) => name === context.username)
  if (!account || context.method !== 'publickey') return undefined
  const key = parsed(account.publicKey)
  if (key.type !== context.key.algo || !key.getPublicSSH().equals(context.key.data)) {
    return undefined
  }
  const { signature, blob, hashAlgo } = context
  const isProven = !signature || (blob && key.verify(blob, signature, hashAlgo) === true)
  return isProven ? account : undefined
}

/** Removes what a test left: folders, and the system accounts that OpenSSH needed. */
export function removeSftp(folder: string, accounts: readonly string[] = []): void {
  rmSync(folder, { recursive: true, force: true })
  for (const name of accounts) spawnSync('userdel', [`reli-${name}`])
}
