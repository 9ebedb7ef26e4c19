// Locks over the API: one customer or many, previewed, noted with who and why, and taken back.
import pg from 'pg'
import tap, { test } from 'tap'
import { testApi } from '../http/test-client.ts'
import { flags } from './customers-flags.sql.ts'

const api = await testApi()
const sql = new pg.Client({ connectionString: api.world.adminUrl })
await sql.connect()
const clerk = await api.as('limin')
const keeper = await api.as('zhangwei')
const reason = '拖欠严重'
const url = '/v1/customer-flags'

const blocked = async (): Promise<string[]> =>
  (
    await sql.query('select customer_no from reli.customers where bank_blocked order by 1')
  ).rows.map((row) => row.customer_no)

test('one customer is blocked from the banks and let again, on record', async (t) => {
  const block = { flag: 'bankBlocked', value: true, customerNos: ['10000'], reason }
  const { status, body } = await clerk.post(url, block)
  t.equal(status, 200)
  t.match(body, { changed: 1, unchanged: 0, missing: [], operationNo: /^F\d{8}-000001$/ })
  t.same(await blocked(), ['10000'])
  t.equal((await clerk.get('/v1/customers/10000')).body.flags.bankBlocked, true)
  t.match(await clerk.post(url, block), {
    status: 409,
    body: { message: '所选用户均已处于此状态' },
  })
  await clerk.post(url, { ...block, value: false, reason: '已缴清' })
  t.same(await blocked(), [])
  const [lifted, set] = (await clerk.get('/v1/customers/10000/flag-changes')).body
  t.match(lifted, { flag: 'bankBlocked', value: false, reason: '已缴清', actor: 'limin' })
  t.match(set, { value: true, reason, operationNo: body.operationNo, takesBack: null })
})

test('every flag can be set and lifted, and touches no other', async (t) => {
  for (const flag of flags) {
    await clerk.post(url, { flag, value: true, customerNos: ['10001'], reason })
    const card = (await clerk.get('/v1/customers/10001')).body
    const held = Object.entries(card.flags).filter(([, value]) => value)
    t.same(held, [[flag, true]], flag)
    t.equal(card.blacklistReason, flag === 'blacklisted' ? reason : null)
    await clerk.post(url, { flag, value: false, customerNos: ['10001'], reason })
  }
  t.equal((await clerk.get('/v1/customers/10001')).body.blacklistReason, null)
})

test('many are previewed, locked and taken back except where somebody acted since', async (t) => {
  const choice = { flag: 'collectionLocked', value: true, filter: { orgPath: 'heat.b1.' } }
  const preview = (await clerk.post(`${url}/preview`, choice)).body
  t.same(preview, {
    count: 6,
    unchanged: 0,
    missing: [],
    outstandingFen: String(6 * 212_300),
    prepaidFen: '0',
  })
  t.match(await clerk.post(url, { ...choice, expectedCount: 5, reason }), {
    status: 400,
    body: { message: '将改变 6 户，与预览的 5 户不符，未作任何修改' },
  })
  t.equal((await clerk.post(`${url}/preview`, choice)).body.count, 6, 'nothing was changed')
  const done = (await clerk.post(url, { ...choice, expectedCount: 6, reason })).body
  t.equal(done.changed, 6)
  const lift = { flag: 'collectionLocked', value: false, customerNos: ['10000'], reason: '已核实' }
  await clerk.post(url, lift)
  await clerk.post(url, { ...lift, value: true })
  const back = await clerk.post(`${url}/${done.operationNo}/take-back`, { reason: '选错范围' })
  t.match(back.body, { changed: 5, unchanged: 0 })
  const { rows } = await sql.query(
    'select customer_no from reli.customers where collection_locked order by 1',
  )
  t.same(rows, [{ customer_no: '10000' }], 'the one that was locked anew stays')
  t.match(await clerk.post(`${url}/${done.operationNo}/take-back`, { reason }), {
    status: 409,
    body: { message: '该批操作已撤销' },
  })
  const [last] = (await clerk.get('/v1/customers/10001/flag-changes?limit=1')).body
  t.match(last, { value: false, takesBack: done.operationNo })
})

test('numbers that are not there are named; another branch’s are not there', async (t) => {
  const answer = await clerk.post(url, {
    flag: 'mustVisitHall',
    value: true,
    customerNos: ['10002', '99999'],
    reason,
  })
  t.match(answer.body, { changed: 1, missing: ['99999'] })
  const branch = await api.as('changan')
  t.match(
    await branch.post(url, { flag: 'mustVisitHall', value: false, customerNos: ['10002'], reason }),
    { status: 404 },
  )
  t.equal((await branch.post(`${url}/F20200101-000001/take-back`, { reason })).status, 404)
})

test('two who lock the same customers at once change each of them once', async (t) => {
  const choice = { flag: 'stopForbidden', value: true, filter: { communityId: 'com_0' }, reason }
  const answers = await Promise.all([clerk, keeper, clerk].map((who) => who.post(url, choice)))
  const changed = answers.map(({ body }) => body.changed ?? 0)
  t.equal(
    changed.reduce((sum: number, count: number) => sum + count, 0),
    6,
  )
  const { rows } = await sql.query(
    `select count(*)::int from reli.flag_changes where flag = 'stopForbidden' and customer_id in
       (select customer_id from reli.customers
         where community_id = 'com_0' and customer_no <> '10001')`,
  )
  t.same(rows, [{ count: 5 }])
})

test('a wrong value is refused with a sentence that names the field', async (t) => {
  const fine = { flag: 'bankBlocked', value: true, customerNos: ['10000'], reason }
  for (const [wrong, sentence] of [
    [{ ...fine, flag: 'inApproval' }, '「标志」只能是 bankBlocked、collectionLocked'],
    [{ ...fine, value: 'maybe' }, '「设置或解除」格式不正确'],
    [{ ...fine, customerNos: [] }, '「用户编号」'],
    [{ ...fine, customerNos: ["'"] }, '「用户编号」格式不正确'],
    [{ ...fine, filter: { nature: 'RESIDENT' } }, '「用户编号」与「用户范围」须填且只填一项'],
    [{ flag: 'bankBlocked', value: true, reason }, '「用户编号」与「用户范围」须填且只填一项'],
    [{ flag: 'bankBlocked', value: true, filter: {}, reason }, '「用户范围」'],
    [{ ...fine, expectedCount: -1 }, '「预览户数」不能小于 0'],
    [{ ...fine, reason: ' ' }, '「原因」格式不正确'],
    [{ ...fine, reason: undefined }, '缺少「原因」'],
  ] as const) {
    const answer = await clerk.post(url, wrong)
    t.equal(answer.status, 400, sentence)
    t.match(answer.body.message, sentence)
  }
  t.match(
    (await clerk.post(`${url}/X/take-back`, { reason })).body.message,
    '「操作编号」格式不正确',
  )
  const finance = await api.as('caiwu')
  t.equal((await finance.post(url, fine)).status, 403)
})

tap.teardown(async () => {
  await sql.end()
  await api.close()
})
