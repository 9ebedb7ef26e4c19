// The clerk's files from the command line, against a real database.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import tap, { test } from 'tap'
import { testDb } from '../db/test-db.ts'

const { appUrl, adminUrl, scopeKey, close } = await testDb()
const admin = new pg.Client({ connectionString: adminUrl })
await admin.connect()
await admin.query(`insert into reli.companies (company_id, name, booking_on)
                   values ('c1', '测试热力', '2026-08-01')`)
const folder = mkdtempSync(join(tmpdir(), 'policy-'))
writeFileSync(join(folder, 'url'), appUrl)
writeFileSync(join(folder, 'key'), scopeKey.toString('hex'))
writeFileSync(join(folder, 'wrong.yaml'), 'price_classes: []\n')
const config = join(folder, 'worker.yaml')
writeFileSync(
  config,
  'company: c1\nname: worker-1\ndatabase: { urlFile: url, scopeKeyFile: key }\nstatements: []\n',
)
tap.teardown(async () => {
  rmSync(folder, { recursive: true })
  await admin.end()
  await close()
})

const root = new URL('../../', import.meta.url).pathname
const reli = (...words: string[]) =>
  new Promise<{ code: number; text: string }>((resolve) => {
    const args = [
      '--conditions=reli-source',
      'core/main.ts',
      'policy',
      ...words,
      '--config',
      config,
    ]
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr })
    })
  })
const file = 'config/policies/shijiazhuang.yaml'
const season = ['--season', '2026-2027']

test('a season is planned, its policy checked, drafted, tried and published', async (t) => {
  t.match(await reli('check', join(folder, 'wrong.yaml')), { code: 1, text: /缺少 late_fee/ })
  t.match(await reli('check', file), { code: 0, text: /没有问题/ })
  t.match(await reli('draft', file, ...season), { code: 1, text: /没有这个采暖期/ })
  const days = ['--from-on', '2026-11-15', '--to-on', '2027-03-15']
  t.match(await reli('plan', ...season, ...days), { code: 0, text: /已建立采暖期 2026-2027/ })
  t.match(await reli('draft', file, ...season), { code: 0, text: /已保存为 2026-2027 的草案/ })
  t.match(await reli('simulate', file, '--from', '2026-2027'), { code: 0, text: /0 户试算/ })
  t.match(await reli('publish', ...season, '--reason', '新价'), {
    code: 0,
    text: /第 1 版，已生效/,
  })
  const other = 'config/policies/xinxiang.yaml'
  t.match(await reli('publish', other, ...season, '--reason', '换城市'), {
    text: /第 2 版，已生效/,
  })
  t.match(await reli('versions', ...season), {
    code: 0,
    text: /price_classes\.RESIDENT\.unit_price："22\.00" → "21\.00"/,
  })
})
