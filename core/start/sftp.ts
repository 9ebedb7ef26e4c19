// The demo's SFTP server, where the simulated banks deliver their statement files and the worker
// fetches them: OpenSSH where this machine allows it, else the mock banks' small one. Keys for each
// bank, for the worker and the host's own, which both sides pin, are made before the server runs.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import {
  hostKeyOf,
  loginOf,
  makeKeys,
  type SftpServer,
  sftpKind,
  startSftp,
} from '../../mock-banks/sftp-server.ts'
import { demoChannels } from '../seed/channels.ts'
import type { Demo } from './prepare.ts'

export interface SftpAccess {
  user: string
  keyFile: string
}

export interface SftpKeys {
  kind: SftpServer['kind']
  /** `SHA256:…`, as `ssh-keygen -lf` prints it. */
  hostKey: string
  /** By bank. */
  banks: Record<string, SftpAccess>
  worker: SftpAccess
}

const takerName = 'worker'
const accountNames = demoChannels.map(({ channelId }) => channelId)

/** Makes the keys that are missing, so that logins and pins are known before the server runs. */
export function prepareSftp(at: Pick<Demo['at'], 'secrets' | 'sftp'>): SftpKeys {
  const kind = sftpKind(at.sftp)
  const accesses = accountKeys(at.secrets).map(({ name, privateKeyFile }) => {
    return [name, { user: loginOf(kind, name), keyFile: privateKeyFile }] as const
  })
  const { [takerName]: worker, ...banks } = Object.fromEntries(accesses)
  return { kind, hostKey: fingerprint(hostKeyOf(at.sftp).publicKey), banks, worker: worker! }
}

const accountKeys = (secrets: string) =>
  makeKeys(join(secrets, 'sftp'), [...accountNames, takerName])

function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1]!, 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** The process of the server. */
export async function serveSftp(folder: string, secrets: string, port: number, log: Logger) {
  const keys = accountKeys(secrets)
  const accounts = keys.filter(({ name }) => name !== takerName)
  const taker = keys.find(({ name }) => name === takerName)!
  const server = await startSftp({ folder, port, accounts, taker, log: (text) => log.info(text) })
  return () => server.stop()
}
