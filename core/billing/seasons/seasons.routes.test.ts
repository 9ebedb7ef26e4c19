// Seasons over the API: what is asked wrongly, what the season's state forbids, and an opening that
// is begun here and carried out by the worker.
import pg from 'pg'
import tap, { test } from 'tap'
import { testApi } from '../../http/test-client.ts'
import { workSeasons } from './work.ts'

const { world, as, close } = await testApi()
tap.teardown(close)
const zhangwei = await as('zhangwei')
const limin = await as('limin')
const season = '2031-2032'
const url = (act: string) => `/v1/seasons/${season}/${act}`

const admin = new pg.Client({ connectionString: world.adminUrl })
await admin.connect()
tap.teardown(() => admin.end())
const policy = {
  late_fee: {
    due_date: '2031-12-31',
    late_fee_rate: '0.001',
    late_fee_cap: '0.3',
    late_fee_base: 'OUTSTANDING',
  },
  discount: null,
}
await admin.query(
  `insert into reli.seasons (company_id, season, heat_start_on, heat_end_on, state, policy)
   values ('heat', $1, '2031-11-15', '2032-03-15', 'PLANNED', $2)`,
  [season, policy],
)

test('what is asked wrongly is told in a sentence', async (t) => {
  const told = async (path: string, body: object) => (await zhangwei.post(path, body)).body.message
  t.match(await told('/v1/seasons/2031/open', {}), /「采暖期」/)
  t.match(await told(url('open'), { orgPath: '裕华' }), /「机构」/)
  t.match(await told(url('preview'), { orgPath: 'heat' }), /「机构」/)
  t.match(await told(url('rollback'), { reason: '' }), /「原因」/)
  t.match(await told(url('rollback'), { reason: '错', batchNo: '17' }), /「操作号」/)
  t.match(await told(url('close'), {}), /「原因」/)
  t.equal(await told('/v1/seasons/2099-2100/open', {}), '没有这个采暖期')
})

test('what its state forbids is refused with the reason', async (t) => {
  const reason = { reason: '提前' }
  const early = await zhangwei.post(url('start-heat'), reason)
  t.match(early, { status: 409, body: { code: 'state.not_allowed' } })
  t.equal(early.body.message, '「采暖期」为「筹备」，不能办理「供暖开始」')
  t.match(await zhangwei.post(url('close'), reason), { status: 409 })
  t.match(await zhangwei.post(url('rollback'), reason), { status: 409 })
  t.match(await limin.post(url('open'), {}), { status: 403 })
})

test('an opening is previewed, begun, carried out and seen', async (t) => {
  const preview = await zhangwei.post(url('preview'), {})
  t.equal(preview.status, 200)
  t.equal(preview.body.examined, preview.body.customers)
  const begun = await zhangwei.post(url('open'), {})
  t.match(begun, { status: 200, body: { state: 'RUNNING', kind: 'season.open' } })
  const other = await zhangwei.post(url('rollback'), { reason: '开错' })
  t.match(other.body, { message: '该采暖期的开账、撤回或关账正在进行，请等其完成' })
  t.equal(await workSeasons(world.db, 'heat'), 1)
  t.equal(await workSeasons(world.db, 'heat'), 0)
  const { body } = await limin.get(url('batches'))
  t.match(body.batches, [{ batchNo: begun.body.batchNo, state: 'DONE' }])
  t.equal(body.batches[0].doneCount + body.batches[0].skippedCount, preview.body.customers)
  const { seasons } = (await limin.get('/v1/seasons')).body
  t.match(seasons[0], { season, state: 'OPEN' })
})
