// Secrets are files of their own, mode 0600, made once and then kept.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseFiles } from './database.ts'

/** Reads a secret's file, or makes it. */
export function keepSecret(file: string, make: () => string): string {
  if (!existsSync(file)) writeFileSync(file, `${make()}\n`, { mode: 0o600 })
  return readFileSync(file, 'utf8').trimEnd()
}

export const randomSecret = (): string => randomBytes(24).toString('base64url')

/** Written by the migration, read by hub and worker. */
export const databaseFiles = (secrets: string): DatabaseFiles => ({
  urlFile: join(secrets, 'database-url'),
  scopeKeyFile: join(secrets, 'scope-key'),
})
