// PostgreSQL itself proof-reads every named query: a misspelt column fails here, not at a bank's
// counter. A name stands for one text: connections keep statements by it.
import { globSync } from 'node:fs'
import pg from 'pg'
import { test } from 'tap'
import { testDb } from './test-db.ts'

interface Named {
  name: string
  text: string
}

const isQuery = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && 'name' in value && 'text' in value

const root = new URL('../../', import.meta.url).pathname
const files = globSync('core/**/*.sql.ts', { cwd: root }).sort()
const named: (Named & { file: string })[] = []
for (const file of files) {
  const exported = Object.values((await import(`${root}${file}`)) as object)
  for (const query of exported.flat().filter(isQuery)) named.push({ ...query, file })
}

test('every named query is one that PostgreSQL understands', async (t) => {
  const { adminUrl, close } = await testDb()
  const client = new pg.Client({
    connectionString: adminUrl,
    options: '-c search_path=reli,public -c role=reli_app',
  })
  await client.connect()
  t.teardown(async () => {
    await client.end()
    await close()
  })
  t.ok(named.length > 0, 'there are queries to read')
  for (const { name, text, file } of named) {
    const fault = await client.query(`prepare "${name}" as ${text}`).then(
      () => undefined,
      (error: Error) => error.message,
    )
    t.equal(fault, undefined, `${file}: ${name}`)
    await client.query('deallocate all')
  }
})

test('a name stands for one text', (t) => {
  const texts = new Map<string, Named & { file: string }>()
  for (const query of named) {
    const other = texts.get(query.name)
    if (other && other.text !== query.text) t.fail(`${query.name}: ${other.file} and ${query.file}`)
    texts.set(query.name, query)
  }
  t.ok(
    [...texts.keys()].every((name) => /^[a-z][a-z0-9_]{0,62}$/.test(name)),
    'names fit',
  )
  t.end()
})
