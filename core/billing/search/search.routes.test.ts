// The search over HTTP: what a counter sees, masked and within its branch, and what it is told when
// it asks badly.
import tap, { test } from 'tap'
import { testDb } from '../../db/test-db.ts'
import { ownHeader } from '../../http/guard.ts'
import { testStatus } from '../../http/test-status.ts'
import { fillTestWorld, password } from '../../http/test-world.ts'
import { buildHttp } from '../../http.ts'

const world = await testDb()
await fillTestWorld(world.adminUrl)
const app = buildHttp({
  db: world.db,
  companyId: 'heat',
  consoleFolder: '/nowhere',
  isRehearsal: true,
  isSecure: true,
  liveStatus: testStatus,
  describe: () => Promise.resolve([]),
})
await app.ready()
tap.teardown(async () => {
  await app.close()
  await world.close()
})

async function cookieOf(login: string): Promise<string> {
  const { cookies } = await app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { login, password },
    headers: { [ownHeader]: '1' },
  })
  return `${cookies[0]!.name}=${cookies[0]!.value}`
}

const head = await cookieOf('zhangwei')
const changan = await cookieOf('changan')
const get = (query: Record<string, string>, cookie = head) =>
  app.inject({ url: '/v1/customers', query, headers: { cookie } })

test('a customer is shown in one row, with the name masked and no phone', async (t) => {
  const answer = await get({ q: '王建国' })
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), {
    customers: [
      {
        customerId: 'cus_0',
        customerNo: '10000',
        cardNo: null,
        name: '王*国',
        communityName: '翡翠城',
        address: '1号楼 2 单元 101',
        nature: 'RESIDENT',
        networkStatus: 'IN_NETWORK',
        billingAreaDm2: '0',
        arrearsFen: '212300',
        prepaidFen: '0',
        isBankBlocked: false,
        isBlacklisted: false,
      },
    ],
    hasMore: false,
  })
})

test('the counter of a branch finds its own customers only', async (t) => {
  const all = (await get({ q: '13800000003' })).json().customers
  t.same(
    all.map(({ customerNo }: { customerNo: string }) => customerNo),
    ['10003'],
  )
  t.equal((await get({ q: '13800000003' }, changan)).json().customers.length, 1)
  t.same((await get({ q: '王建国' }, changan)).json().customers, [])
  t.same((await get({ q: '翡翠城' }, changan)).json().customers, [])
})

test('a page is as long as it is asked to be, and says when there is more', async (t) => {
  const { customers, hasMore } = (await get({ q: '翡翠城', limit: '2' })).json()
  t.equal(customers.length, 2)
  t.equal(hasMore, true)
})

test('every wrong question is answered with a sentence', async (t) => {
  const cases: [query: Record<string, string>, message: string][] = [
    [{}, '缺少「查找内容」'],
    [{ q: '' }, '「查找内容」不能为空'],
    [{ q: '·-%' }, '「查找内容」格式不正确'],
    [{ q: '王'.repeat(61) }, '「查找内容」不能超过 60 个字'],
    [{ q: '王', limit: '0' }, '「返回户数」不能小于 1'],
    [{ q: '王', limit: '51' }, '「返回户数」不能大于 50'],
    [{ q: '王', limit: '多' }, '「返回户数」格式不正确'],
    [{ q: '王', colour: '红' }, '不认识的项目「colour」'],
  ]
  for (const [query, message] of cases) {
    const answer = await get(query)
    t.equal(answer.statusCode, 400, message)
    t.equal(answer.json().message, message)
  }
})

test('nobody searches without a session', async (t) => {
  const answer = await app.inject({ url: '/v1/customers', query: { q: '王' } })
  t.equal(answer.statusCode, 401)
  t.equal(answer.json().message, '请先登录')
})
