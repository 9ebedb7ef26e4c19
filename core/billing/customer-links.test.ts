// Linked households: one group at a time, the sum of what they owe, and a group of one is none.
import pg from 'pg'
import tap, { test } from 'tap'
import { testApi } from '../http/test-client.ts'

const api = await testApi()
const sql = new pg.Client({ connectionString: api.world.adminUrl })
await sql.connect()
const keeper = await api.as('zhangwei')
const clerk = await api.as('limin')
const reason = '同一业主'

const link = (...customerNos: string[]) =>
  keeper.post('/v1/customer-links', { customerNos, reason })
const membersOf = async (customerNo: string): Promise<string[]> =>
  (await clerk.get(`/v1/customers/${customerNo}/links`)).body.members.map(
    (member: { customerNo: string }) => member.customerNo,
  )

test('households of one owner are linked, joined and shown with their sum', async (t) => {
  const first = await link('10000', '10001')
  t.match(first.body, { outstandingFen: '424600', members: [{ name: '王*国' }, { name: '张*' }] })
  const joined = await link('10001', '10002')
  t.equal(joined.body.linkId, first.body.linkId)
  t.same(await membersOf('10000'), ['10000', '10001', '10002'])
  t.match(await link('10000', '10002'), {
    status: 409,
    body: { message: '所选用户已在同一关联组' },
  })
  await link('10003', '10004')
  t.match(await link('10002', '10003'), {
    status: 409,
    body: { message: '所选用户分属不同的关联组，请先解除原关联' },
  })
})

test('one leaves, and who would stay alone leaves too', async (t) => {
  const unlink = (customerNo: string) =>
    keeper.post(`/v1/customers/${customerNo}/unlink`, { reason })
  t.match((await unlink('10001')).body, { linkId: null, members: [], outstandingFen: '0' })
  t.same(await membersOf('10000'), ['10000', '10002'])
  await unlink('10000')
  t.same(await membersOf('10002'), [])
  t.match(await unlink('10002'), { status: 409, body: { message: '该用户没有关联户' } })
  const { rows } = await sql.query(
    `select count(*)::int from reli.customer_links
      where ended_at is not null and ended_by = 'zhangwei'`,
  )
  t.same(rows, [{ count: 3 }], 'the record stays')
  const [last] = (await clerk.get('/v1/customers/10002/changes?limit=1')).body
  t.match(last, { action: 'customer.unlinked', reason })
})

test('two who link the same household at once: one of them did', async (t) => {
  const answers = await Promise.all([link('10005', '10000'), link('10005', '10001')])
  const { rows } = await sql.query(
    `select count(*)::int
       from reli.customer_links l join reli.customers c using (company_id, customer_id)
      where c.customer_no = '10005' and l.ended_at is null`,
  )
  t.same(rows, [{ count: 1 }])
  t.ok(answers.every(({ status }) => status === 200 || status === 409))
})

test('a wrong value is refused with a sentence that names the field', async (t) => {
  t.match(await link('10006', '99999'), {
    status: 400,
    body: { fields: [{ field: 'customerNos', message: '用户 99999 不存在' }] },
  })
  await sql.query(`update reli.customers set network_status = 'CLOSED' where customer_no = '10007'`)
  t.match((await link('10006', '10007')).body.message, '用户 10007 已销户')
  t.match((await link('10006')).body.message, '「用户编号」')
  t.match((await link('10006', '%')).body.message, '「用户编号」格式不正确')
  const without = await keeper.post('/v1/customer-links', { customerNos: ['10006', '10001'] })
  t.match(without.body.message, '缺少「原因」')
  t.equal((await clerk.post('/v1/customer-links', { customerNos: ['1', '2'], reason })).status, 403)
  t.equal((await keeper.post('/v1/customers/99999/unlink', { reason })).status, 404)
  const branch = await api.as('changan')
  t.equal((await branch.get('/v1/customers/10000/links')).status, 404)
})

tap.teardown(async () => {
  await sql.end()
  await api.close()
})
