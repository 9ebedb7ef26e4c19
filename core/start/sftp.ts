// The demo's SFTP server, where the simulated banks deliver their statement files and the worker
// takes them: keys for each bank and the host's own, which both sides pin.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makeKeys, startSsh2Sftp } from '../../mock-banks/sftp-server.ts'
import { demoChannels } from '../seed/channels.ts'
import type { Demo } from './prepare.ts'

export interface SftpKeys {
  /** `SHA256:…`, as `ssh-keygen -lf` prints it. */
  hostKey: string
  /** Account → private key file. */
  keyFiles: Record<string, string>
}

const accountNames = demoChannels.map(({ channelId }) => channelId)

/** Makes the keys that are missing, so that the pins are known before the server runs. */
export function prepareSftp(at: Pick<Demo['at'], 'secrets' | 'sftp'>): SftpKeys {
  const [host] = makeKeys(join(at.sftp, 'ssh2'), ['host_key'])
  const accounts = accountKeys(at.secrets)
  return {
    hostKey: fingerprint(host!.publicKey),
    keyFiles: Object.fromEntries(accounts.map((key) => [key.name, key.privateKeyFile])),
  }
}

const accountKeys = (secrets: string) => makeKeys(join(secrets, 'sftp'), accountNames)

function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1]!, 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** The process of the server. */
export async function serveSftp(folder: string, secrets: string, port: number) {
  const server = await startSsh2Sftp({ folder, port, accounts: accountKeys(secrets) })
  return () => server.stop()
}
