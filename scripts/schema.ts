// Writes core/db/schema.sql from the migrations: `npm run schema`.
import { writeFileSync } from 'node:fs'
import pg from 'pg'
import { dumpSchema } from '../core/db/dump.ts'
import { testDb } from '../core/db/test-db.ts'

const { adminUrl, close } = await testDb()
const client = new pg.Client({ connectionString: adminUrl })
await client.connect()
writeFileSync(new URL('../core/db/schema.sql', import.meta.url), await dumpSchema(client))
await client.end()
await close()
