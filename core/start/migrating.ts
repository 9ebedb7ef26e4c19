// Brings the database up to this version and leaves behind what hub and worker need to reach it as
// `reli_app`. The only step that knows the administrator's address.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '../db/migrate.ts'
import { installJobs } from '../jobs/install.ts'
import type { DatabaseFiles } from './database.ts'
import { databaseFiles, keepSecret, randomSecret } from './secrets.ts'

export async function migrateTo(adminUrl: string, secrets: string): Promise<DatabaseFiles> {
  mkdirSync(secrets, { recursive: true, mode: 0o700 })
  const password = keepSecret(join(secrets, 'database-password'), randomSecret)
  const { appUrl, scopeKey } = await migrate(adminUrl, password)
  await installJobs(adminUrl)
  const files = databaseFiles(secrets)
  writeFileSync(files.urlFile, `${appUrl}\n`, { mode: 0o600 })
  writeFileSync(files.scopeKeyFile, `${scopeKey.toString('hex')}\n`, { mode: 0o600 })
  return files
}
