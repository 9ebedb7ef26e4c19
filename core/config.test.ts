// Settings that are wrong stop a start with one message: file, path, reason, example.
import { globSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { stringify } from 'yaml'
import { BadSettings, readDemoSettings, readHubSettings, readWorkerSettings } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'reli-config-'))
const written = (content: string | object): string => {
  const file = join(folder, 'settings.yaml')
  writeFileSync(file, typeof content === 'string' ? content : stringify(content))
  return file
}

const demo = {
  folder: 'var',
  households: 10,
  ports: { console: 8080, database: 15432, link: 7400, icbc: 7101, rcu: 7103, sftp: 7122 },
}

/** The message that these settings are refused with. */
function complaint(content: string | object, read: (file: string) => unknown): string {
  try {
    read(written(content))
  } catch (error) {
    if (error instanceof BadSettings) return error.message
    throw error
  }
  throw new Error('the settings were taken')
}

test('paths start at the folder of the file', (t) => {
  t.equal(readDemoSettings(written(demo)).folder, join(folder, 'var'))
  t.end()
})

test('a fault is told with file, path, reason and example', (t) => {
  const wrongPort = { ...demo, ports: { ...demo.ports, console: 99_999 } }
  const { sftp: _, ...portsLeft } = demo.ports
  const cases: [what: string | object, ...wanted: RegExp[]][] = [
    [wrongPort, /settings\.yaml/, /\/ports\/console/, /65535/, /示例：8080/],
    [{ ...demo, ports: portsLeft }, /\/ports\/sftp/, /示例：7122/],
    [{ ...demo, speed: 3 }, /\/speed/],
    [{ ...demo, households: 'many' }, /\/households/, /integer/, /示例：3000/],
    ['ports: [', /不能读取/],
    ['', /settings\.yaml/],
  ]
  for (const [content, ...wanted] of cases) {
    const said = complaint(content, readDemoSettings)
    for (const pattern of wanted) t.match(said, pattern)
  }
  t.end()
})

test('a file that is not there is said to be missing', (t) => {
  t.throws(() => readHubSettings(join(folder, 'nowhere.yaml')), { message: /配置文件不存在/ })
  t.end()
})

test('the examples in config/ are taken as they stand', (t) => {
  const root = new URL('../config/', import.meta.url).pathname
  const readers = { demo: readDemoSettings, hub: readHubSettings, worker: readWorkerSettings }
  for (const [role, read] of Object.entries(readers)) {
    const files = globSync(`${role}*.yaml`, { cwd: root })
    t.ok(files.length > 0, `there is one for ${role}`)
    for (const file of files) t.ok(read(join(root, file)), file)
  }
  t.end()
})
