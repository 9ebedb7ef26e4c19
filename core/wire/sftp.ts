// Files at an SFTP server: listed, fetched and moved, never deleted. A name that comes from the
// server is data: it never becomes a local path, and one that is not a plain file name is not
// listed at all.
//
// The server's key is pinned in the configuration. There is no trust on first use: without a pin,
// or with another key than the pinned one, nothing is sent, not even the user's name
// (reliability.md §1.5).
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SftpClient from 'ssh2-sftp-client'

export interface SftpServer {
  host: string
  port: number
  username: string
  /** OpenSSH or PEM text. The key is the only way to log in. */
  privateKey: string | Buffer
  passphrase?: string
  /** The public key, `ssh-ed25519 AAAA…`, or its fingerprint as `ssh-keygen -lf` prints it. */
  hostKey: string
  /** For everything between connecting and the last answer. */
  withinMs?: number
}

export interface RemoteFile {
  name: string
  size: number
}

export interface SftpSession {
  /** Plain files with plain names. Links, folders and odd names are passed over. */
  list(folder: string): Promise<RemoteFile[]>
  /** The content of a file that has at most so many bytes. */
  fetch(folder: string, name: string, maxBytes: number): Promise<Buffer>
  /** Moves into another folder. When the name is taken there, it gets a number: nothing is lost. */
  move(name: string, from: string, to: string): Promise<void>
}

const defaultWithinMs = 60_000
/** Ten years of daily files and their flags; more is a server that fills memory. */
const maxEntries = 10_000
/** How often one name can be moved to the same folder. */
const maxSameName = 100
const maxNameBytes = 255
const publicKey = /^[a-z0-9-]+ ([A-Za-z0-9+/]{40,}={0,2})( |$)/
const printed = /^SHA256:[A-Za-z0-9+/]{43}$/

/** Runs the work on a connection of its own and closes it, whatever happens. */
export async function withSftp<T>(
  server: SftpServer,
  work: (session: SftpSession) => Promise<T>,
): Promise<T> {
  const pinned = pinOf(server.hostKey)
  const withinMs = server.withinMs ?? defaultWithinMs
  // Its default listeners print to the console.
  const client = new SftpClient('sftp', { error: () => {}, end: () => {}, close: () => {} })
  const folder = await mkdtemp(join(tmpdir(), 'reli-sftp-'))
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    destroy(client)
    late.reject(new Error(`sftp: not done within ${withinMs} ms`))
  }, withinMs)
  const all = connect(client, server, pinned, withinMs).then(() =>
    work(sessionOver(client, folder)),
  )
  try {
    return await Promise.race([all, late.promise])
  } finally {
    clearTimeout(timer)
    all.catch(() => {}) // When the deadline won, nobody waits for this one any more.
    destroy(client)
    await rm(folder, { recursive: true, force: true })
  }
}

async function connect(
  client: SftpClient,
  server: SftpServer,
  pinned: string,
  withinMs: number,
): Promise<void> {
  let shown = ''
  try {
    await client.connect({
      host: server.host,
      port: server.port,
      username: server.username,
      privateKey: server.privateKey,
      ...(server.passphrase !== undefined && { passphrase: server.passphrase }),
      authHandler: ['publickey'],
      readyTimeout: withinMs,
      hostVerifier: (key: Buffer) => {
        shown = fingerprint(key)
        return shown === pinned
      },
    })
  } catch (error) {
    if (shown === '' || shown === pinned) throw error
    throw new Error(`sftp: the server shows the key ${shown}, which is not the pinned one`)
  }
}

function pinOf(hostKey: string): string {
  if (printed.test(hostKey)) return hostKey
  const key = publicKey.exec(hostKey)?.[1]
  if (key === undefined) throw new Error('sftp: the host key is not pinned')
  return fingerprint(Buffer.from(key, 'base64'))
}

/** As `ssh-keygen -lf` prints it. */
export const fingerprint = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** A name without a path, a control character, or a leading dash or dot. */
export function isPlainName(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > maxNameBytes || /^[-.]/.test(name)) return false
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and its like are what is kept out.
  return !/[/\\\u0000-\u001f\u007f\ufffd]/.test(name)
}

function sessionOver(client: SftpClient, local: string): SftpSession {
  return {
    list: async (folder) => {
      const found = await client.list(folder)
      if (found.length > maxEntries) throw new Error(`sftp: more than ${maxEntries} files`)
      return found
        .filter(({ type, name }) => type === '-' && isPlainName(name))
        .map(({ name, size }) => ({ name, size }))
    },
    fetch: async (folder, name, maxBytes) =>
      await fetchFile(client, remote(folder, name), local, maxBytes),
    move: async (name, from, to) => {
      const target = await freeName(client, remote(to, name))
      await client.rename(remote(from, name), target)
    },
  }
}

async function fetchFile(
  client: SftpClient,
  path: string,
  local: string,
  maxBytes: number,
): Promise<Buffer> {
  const tooLarge = () => new Error(`sftp: ${path} has more than ${maxBytes} bytes`)
  const { size, isFile } = await client.stat(path)
  if (!isFile) throw new Error(`sftp: ${path} is not a file`)
  if (size > maxBytes) throw tooLarge()
  const file = join(local, randomUUID())
  try {
    await client.fastGet(path, file, {
      // The file may grow after it was measured.
      step: (transferred) => {
        if (transferred > maxBytes) destroy(client)
      },
    })
    const bytes = await readFile(file)
    if (bytes.length > maxBytes) throw tooLarge()
    if (bytes.length !== size) throw new Error(`sftp: ${path} changed while it was fetched`)
    return bytes
  } finally {
    await rm(file, { force: true })
  }
}

async function freeName(client: SftpClient, path: string): Promise<string> {
  for (let copy = 1; copy <= maxSameName; copy++) {
    const wished = copy === 1 ? path : `${path}.${copy}`
    if ((await client.exists(wished)) === false) return wished
  }
  throw new Error(`sftp: ${path} exists ${maxSameName} times`)
}

function remote(folder: string, name: string): string {
  if (!isPlainName(name)) throw new Error('sftp: not a plain file name')
  return `${folder}/${name}`
}

/** A polite farewell waits for a server that may be gone. */
function destroy(client: SftpClient): void {
  const { client: connection } = client as unknown as { client: { destroy(): void } }
  connection.destroy()
}
