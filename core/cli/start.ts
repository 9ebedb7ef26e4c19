// `reli start`.
import { join } from 'node:path'
import { repository } from '../start/connectors.ts'
import { start } from '../start/start.ts'
import type { Words } from './words.ts'

export const demoFile = join(repository, 'config/demo.yaml')

export async function startCommand({ values }: Words): Promise<void> {
  const { households } = values
  await start({
    file: values.config ?? demoFile,
    ...(households !== undefined && { households: Number(households) }),
    ...(process.env.DATABASE_URL && { databaseUrl: process.env.DATABASE_URL }),
  })
  process.exit(0)
}
