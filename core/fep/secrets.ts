// The values behind the names of a connector's secrets. Each is a file of its own that only the
// fep's user may read; a value never enters a log, an error, the configuration or a connector.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Connector } from '@reli/sdk'
import { isDoubleKey } from '@reli/sdk/sign'

/** Any right of the group or of others. */
const openToOthers = 0o077
/** A password is short and a key is 32 digits; more is some other file. */
const maxSecretBytes = 256

export interface Secrets {
  /** A 16-byte key. */
  key(name: string): Buffer
  /** A password or the like. */
  text(name: string): string
}

/** Reads `<folder>/<channel>/<name>` for every secret that the connector declares. */
export function readSecrets(
  folder: string,
  channel: string,
  declared: Connector['secrets'],
): Secrets {
  const values = new Map<string, Buffer | string>()
  for (const [name, { title, format }] of Object.entries(declared)) {
    const path = join(folder, channel, name)
    const text = readSecret(path, title)
    values.set(name, format === 'hex-16' ? parseKey(path, text) : text)
  }
  return {
    key: (name) => expect(values.get(name), name, Buffer.isBuffer),
    text: (name) => expect(values.get(name), name, (value) => typeof value === 'string'),
  }
}

function expect<T>(value: unknown, name: string, is: (value: unknown) => value is T): T {
  if (!is(value)) throw new Error(`the connector names a secret «${name}» it does not declare`)
  return value
}

function readSecret(path: string, title: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile()) throw new Error(`secret missing: ${path} (${title})`)
  if (process.platform !== 'win32' && stat.mode & openToOthers) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, '0')
    throw new Error(`secret readable by others: ${path} has mode ${mode}, wanted 0600`)
  }
  if (stat.size > maxSecretBytes) throw new Error(`secret too long: ${path}`)
  const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  if (text === '') throw new Error(`secret empty: ${path} (${title})`)
  return text
}

function parseKey(path: string, text: string): Buffer {
  const key = Buffer.from(text, 'hex')
  if (!/^[0-9A-Fa-f]{32}$/.test(text)) throw new Error(`not 32 hex digits: ${path}`)
  if (!isDoubleKey(key)) throw new Error(`the halves of the key are equal: ${path}`)
  return key
}
