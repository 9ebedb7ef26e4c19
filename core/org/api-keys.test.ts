// Partners' keys and business windows as people handle them: over the API with the sentence for
// each wrong value, and from the command line.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import { testDb } from '../db/test-db.ts'
import { ownHeader } from '../http/guard.ts'
import { testStatus } from '../http/test-status.ts'
import { fillTestWorld, password } from '../http/test-world.ts'
import { buildHttp } from '../http.ts'

const world = await testDb()
await fillTestWorld(world.adminUrl)
const app = buildHttp({
  db: world.db,
  companyId: 'heat',
  consoleFolder: '/nowhere',
  isRehearsal: false,
  isSecure: false,
  liveStatus: testStatus,
  describe: () => Promise.resolve([]),
})
await app.ready()

let guests = 0
async function cookieOf(login: string): Promise<string> {
  const { cookies } = await app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { login, password },
    headers: { [ownHeader]: '1' },
    remoteAddress: `10.3.0.${++guests}`,
  })
  return `${cookies[0]!.name}=${cookies[0]!.value}`
}
const post = (cookie: string, url: string, payload: object) =>
  app.inject({ method: 'POST', url, payload, headers: { cookie, [ownHeader]: '1' } })

const admin = await cookieOf('admin')
const supervisor = await cookieOf('zhangwei')
const good = { name: '银联商务', scopes: ['collection:read', 'collection:write'] }

test('an administrator issues a key, sees it once, and no other role may', async (t) => {
  const issued = await post(admin, '/v1/api-keys', good)
  t.equal(issued.statusCode, 201)
  const { keyId, token } = issued.json()
  const listed = await app.inject({ url: '/v1/api-keys', headers: { cookie: admin } })
  t.match(listed.json().keys, [{ keyId, name: '银联商务', orgPaths: ['heat.%'] }])
  t.notMatch(listed.body, token.slice(-43))
  t.equal((await post(supervisor, '/v1/api-keys', good)).statusCode, 403)

  const asKey = (url: string, payload: object, key: string) =>
    app.inject({
      method: 'POST',
      url,
      payload,
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': key },
    })
  const stop = { channelId: 'icbc', reason: '银行割接' }
  const stopped = await asKey('/v1/collection-stops', stop, 'stop-000001')
  t.equal(stopped.statusCode, 201)
  const again = await asKey('/v1/collection-stops', stop, 'stop-000001')
  t.same([again.statusCode, again.json()], [201, stopped.json()])
  t.equal((await asKey('/v1/collection-stops', stop, 'stop-000002')).statusCode, 409)
  t.equal((await asKey('/v1/api-keys', good, 'key-in-key')).json().code, 'scope.missing')

  const disabled = await post(admin, `/v1/api-keys/${keyId}/disable`, { reason: '泄露' })
  t.ok(disabled.json().disabledAt)
  t.equal((await asKey('/v1/collection-stops', stop, 'stop-000003')).statusCode, 401)
  const twice = await post(admin, `/v1/api-keys/${keyId}/disable`, { reason: '泄露' })
  t.match([twice.statusCode, twice.json().message], [409, '该接口密钥已处于此状态'])
})

test('a wrong value of a key is refused with a sentence', async (t) => {
  for (const [wrong, message] of [
    [{ name: '' }, '「名称」不能为空'],
    [{ name: '名'.repeat(61) }, '「名称」不能超过 60 个字'],
    [{ scopes: [] }, '「权限」至少要有 1 项'],
    [{ scopes: ['places:read', 'places:read'] }, '「权限」有重复的项'],
    [{ scopes: ['all'] }, /^「权限」只能是 customers:read、/],
    [{ orgPaths: ['other.%'] }, '「数据范围」other.% 超出您自己的数据范围'],
    [{ orgPaths: ["x'"] }, '「数据范围」格式不正确'],
    [{ ratePerMinute: 0 }, '「每分钟请求数」不能小于 1'],
    [{ ratePerMinute: 9_999 }, '「每分钟请求数」不能大于 6000'],
    [{ allowedIps: ['10.0.0.1/33'] }, /^「来源地址」10.0.0.1\/33 不是有效的 IP 地址或网段/],
    [{ expiresOn: '2026-02-30' }, '「有效期至」不是有效日期，应形如 2026-11-20'],
    [{ secret: 'x' }, '不认识的项目「secret」'],
  ] as const) {
    const answer = await post(admin, '/v1/api-keys', { ...good, ...wrong })
    t.equal(answer.statusCode, 400, JSON.stringify(wrong))
    t.match(answer.json().message, message)
  }
  const grace = await post(admin, '/v1/api-keys/abcdefghijkm/rotate', { graceHours: 999 })
  t.equal(grace.json().message, '「旧密钥保留小时数」不能大于 168')
})

test('a wrong value of a window is refused with a sentence', async (t) => {
  const window = {
    channelId: 'icbc',
    business: 'pay',
    timeFrom: '08:00',
    timeTo: '18:00',
    reason: '冬季时间',
  }
  t.equal((await post(supervisor, '/v1/business-windows', window)).statusCode, 201)
  for (const [wrong, message] of [
    [{ channelId: 'A B' }, '「渠道」格式不正确'],
    [{ business: 'steal' }, '「业务」只能是 query、pay、reverse、refund、change 之一'],
    [{ weekdays: [8] }, '「星期」不能大于 7'],
    [{ weekdays: [] }, '「星期」至少要有 1 项'],
    [{ timeFrom: '25:00' }, '「开始时间」格式不正确'],
    [{ timeTo: '9' }, '「结束时间」格式不正确'],
    [{ fromOn: 'x' }, '「开始日期」不是有效日期，应形如 2026-11-20'],
    [{ toOn: '2026-13-01' }, '「结束日期」不是有效日期，应形如 2026-11-20'],
    [{ reason: ' ' }, '「原因」格式不正确'],
  ] as const) {
    const answer = await post(supervisor, '/v1/business-windows', { ...window, ...wrong })
    t.same([answer.statusCode, answer.json().message], [400, message])
  }
  const season = await post(supervisor, '/v1/collection-stops', { season: '26', reason: '测试' })
  t.equal(season.json().message, '「采暖期」格式不正确')
})

test('keys, windows and stops are handled from the command line', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reli-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  put('url', world.appUrl)
  put('key', world.scopeKey.toString('hex'))
  put(
    'worker.yaml',
    'company: heat\nname: worker-1\n' +
      'database: { urlFile: url, scopeKeyFile: key }\nstatements: []\n',
  )
  const main = new URL('../main.ts', import.meta.url).pathname
  const run = async (...args: string[]): Promise<string> => {
    const words = ['--conditions=reli-source', main, ...args]
    const config = ['--config', join(folder, 'worker.yaml')]
    return promisify(execFile)(process.execPath, [...words, ...config]).then(
      ({ stdout }) => stdout,
      (error: { stderr: string }) => error.stderr.split('\n')[0]!,
    )
  }
  const made = await run('api-key', 'create', '--name', '支付宝', '--scopes', 'payments:read')
  const [, keyId] = /reli_([a-z0-9]{12})_/.exec(made) ?? []
  t.ok(keyId, made)
  t.match(await run('api-key', 'list'), `${keyId}  支付宝`)
  t.match(await run('api-key', 'create', '--name', 'x', '--scopes', 'all'), '没有权限「all」')
  const window = ['--business', 'pay', '--from', '08:00', '--to', '18:00', '--reason', '冬季']
  t.match(await run('window', 'add', ...window), '全部渠道  缴费  星期 1234567  08:00–18:00')
  const stop = await run('collection', 'stop', '--channel', 'ccb', '--reason', '割接')
  t.match(stop, '已停止代收')
  const [stopId] = /stop_[0-9a-f]+/.exec(stop) ?? []
  t.match(await run('collection', 'start', stopId!, '--reason', '完成'), '已恢复代收')
})

test('everything is let go', async () => {
  await app.close()
  await world.close()
})
