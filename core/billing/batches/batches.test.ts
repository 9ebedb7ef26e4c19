// Batch work on a list: the preview tells what the run then does, refusals fail nobody else, a run
// that is cut off goes on, and the way back leaves every account as it was.
import tap, { test } from 'tap'
import { runRollback } from './rollback.ts'
import { inSlices, listSlice, runList } from './run.ts'
import { companyId, season, testTown } from './test-town.ts'
import { workBatches } from './work.ts'

const town = await testTown()
tap.teardown(town.end)
const { db, admin, scope, post, get } = town
const cookie = await town.cookieOf('zhangwei')

const order = (act: string, params: object, filter: object = { season }) => {
  return { act, params, filter, reason: '测试' }
}
const tenPercent = order('reduction_share', { season, feeItem: 'HEATING', share: '100000' })
const start = async (body: object): Promise<string> => {
  const answer = await post(cookie, '/v1/batches', body)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.json().batchNo
}
const batch = async (no: string) => (await get(cookie, `/v1/batches/${no}`)).json()
const rollBack = (no: string) => post(cookie, `/v1/batches/${no}/rollback`, { reason: '算错了' })
const total = async () =>
  Number((await admin.query('select sum(outstanding_fen) as sum from reli.charges')).rows[0].sum)

test('the preview tells what the run does, and the way back undoes it', async (t) => {
  const before = await total()
  const preview = (await post(cookie, '/v1/batches/preview', tenPercent)).json()
  t.match(preview, { count: 12, examined: 12, done: 12, refused: 0, isComplete: true })
  // 100 m² at 22.00, a tenth of it, twelve times.
  t.equal(preview.amountFen, '-264000')
  t.match(preview.sample[0], { beforeFen: '220000', afterFen: '198000', deltaFen: '-22000' })
  t.equal(await total(), before, 'nothing was done yet')

  const no = await start(tenPercent)
  t.equal(no, 'B20261120-0001')
  t.match(await batch(no), { state: 'RUNNING', title: '批量按比例减免', totalCount: 12 })
  t.equal((await rollBack(no)).json().message, '该批量操作尚未完成或已回滚，不能回滚')
  await workBatches(db, companyId)
  t.match(await batch(no), {
    state: 'DONE',
    doneCount: 12,
    skippedCount: 0,
    amountFen: preview.amountFen,
    madeBy: 'zhangwei',
  })
  t.equal(await total(), before - 264_000)

  t.equal((await rollBack(no)).json().state, 'ROLLING_BACK')
  await workBatches(db, companyId)
  t.match(await batch(no), { state: 'ROLLED_BACK', doneCount: 0, amountFen: '0' })
  t.equal(await total(), before)
  t.equal((await rollBack(no)).statusCode, 409)
})

test('one that is refused fails no other, and is named with its reason', async (t) => {
  const some = ['0000000001', '0000000002', '0000000003']
  const first = await start(
    order(
      'reduction_amount',
      { season, feeItem: 'HEATING', amountFen: '200000' },
      { customerNos: ['0000000002'] },
    ),
  )
  await workBatches(db, companyId)
  const no = await start(
    order(
      'reduction_amount',
      { season, feeItem: 'HEATING', amountFen: '30000' },
      { customerNos: some },
    ),
  )
  await workBatches(db, companyId)
  const done = await batch(no)
  t.match(done, {
    state: 'DONE',
    totalCount: 3,
    doneCount: 2,
    skippedCount: 1,
    amountFen: '-60000',
  })
  t.same(done.problems, [
    {
      rowNo: null,
      customerNo: '0000000002',
      code: 'reduction.above_receivable',
      zh: '减免金额超过应收',
    },
  ])
  await rollBack(no)
  await rollBack(first)
  await workBatches(db, companyId)
  t.same([await town.owed('0000000001'), await town.owed('0000000002')], [220_000, 220_000])
})

test('a run that is cut off goes on behind the last slice that stands', async (t) => {
  const no = await start(tenPercent)
  let slices = 0
  const ended = await inSlices(
    db,
    scope,
    companyId,
    no,
    (tx, row, size) => listSlice(tx, companyId, row, size),
    { size: 5, isStopping: () => slices++ === 1 },
  )
  t.equal(ended, 'stopped')
  t.match(await batch(no), { state: 'RUNNING', doneCount: 5 })
  await runList(db, scope, companyId, no)
  t.match(await batch(no), { state: 'DONE', doneCount: 12 })
  const { rows } = await admin.query(
    `select count(*)::int as events, count(distinct customer_id)::int as customers
       from reli.billing_events where batch_no = $1`,
    [no],
  )
  t.same(rows[0], { events: 12, customers: 12 }, 'nobody twice')
  await rollBack(no)
  await runRollback(db, scope, companyId, no)
})

test('whatever a list can suffer has a way back', async (t) => {
  const all = {}
  const acts: [string, object][] = [
    ['class_change', { fromClass: '居民', toClass: '商业', effectiveOn: '2026-12-01' }],
    ['late_fee_waiver', { share: '1000000' }],
    ['additional_fee', { season, feeItem: 'ADDITIONAL', amountFen: '5000' }],
    ['stop', { stopFrom: '2026-12-10' }],
    ['forced_stop', { closedOn: '2026-12-15' }],
    ['on_account', { season, promisedOn: '2027-02-01' }],
    ['write_off', { season }],
  ]
  const state = async () =>
    (
      await admin.query(`
        select (select jsonb_agg(to_jsonb(g) order by season, fee_item, customer_id)
                  from (select customer_id, season, fee_item, sum(receivable_fen) as receivable,
                               sum(outstanding_fen) as owed, sum(late_waived_fen) as waived
                          from reli.charges group by 1, 2, 3
                        having sum(receivable_fen) <> 0) g) as charges,
               (select jsonb_agg(jsonb_build_array(customer_id, price_class, billing_area_dm2)
                                 order by customer_id) from reli.area_items) as rooms`)
    ).rows[0]
  const before = await state()
  for (const [act, params] of acts) {
    const no = await start(order(act, params, { minOwedFen: '1', ...all }))
    await workBatches(db, companyId)
    const done = await batch(no)
    t.ok(done.doneCount >= 11, `${act}: ${JSON.stringify(done.problems)}`)
    await rollBack(no)
    await workBatches(db, companyId)
    const back = await batch(no)
    t.equal(back.state, 'ROLLED_BACK', `${act}: ${JSON.stringify(back.problems)}`)
    t.same(await state(), before, act)
  }
})

test('flags are set for those that lack them, and taken back for those alone', async (t) => {
  await admin.query(
    "update reli.customers set bank_blocked = true where customer_no = '0000000003'",
  )
  const flag = order('flag', { flag: 'bank_blocked', value: true }, { orgPath: 'c1.b1.' })
  const no = await start(flag)
  await workBatches(db, companyId)
  t.match(await batch(no), {
    doneCount: 8,
    skippedCount: 1,
    problems: [{ code: 'flag.unchanged' }],
  })
  await rollBack(no)
  await workBatches(db, companyId)
  t.equal((await batch(no)).state, 'ROLLED_BACK')
  const blocked = await admin.query('select customer_no from reli.customers where bank_blocked')
  t.same(blocked.rows, [{ customer_no: '0000000003' }])
})

test('a batch sees no more than whoever asked for it', async (t) => {
  const west = await town.cookieOf('xiqu')
  const answer = await post(west, '/v1/batches', tenPercent)
  const no = answer.json().batchNo
  t.equal(answer.json().totalCount, 3)
  await workBatches(db, companyId)
  t.match(await batch(no), { doneCount: 3 })
  await rollBack(no)
  await workBatches(db, companyId)
})

test('batches are listed newest first, page by page', async (t) => {
  const first = (await get(cookie, '/v1/batches?limit=2')).json()
  t.equal(first.batches.length, 2)
  const next = (await get(cookie, `/v1/batches?limit=2&cursor=${first.next}`)).json()
  t.ok(next.batches[0].batchNo < first.batches[1].batchNo)
  t.same((await get(cookie, '/v1/batches?state=FAILED')).json().batches, [])
})

test('every field of an order says what is wrong with it', async (t) => {
  const no = async (body: unknown, url = '/v1/batches/preview') =>
    (await post(cookie, url, body as object)).json().message
  const { act, params, filter, reason } = tenPercent
  t.equal(await no({ params, filter, reason }), '缺少「业务」')
  t.match(await no({ ...tenPercent, act: 'gift' }), /^「业务」只能是 .*class_change.* 之一$/)
  t.equal(await no({ act, filter, reason }), '缺少「业务参数」')
  t.equal(
    await no({ ...tenPercent, params: { ...params, share: '0' } }),
    '「比例（百万分之一）」格式不正确',
  )
  t.equal(
    await no({ ...tenPercent, params: { season, feeItem: 'HEATING' } }),
    '缺少「比例（百万分之一）」',
  )
  t.equal(
    await no({ ...tenPercent, params: { ...params, season: '2026' } }),
    '「采暖期」格式不正确',
  )
  t.match(
    await no({ ...tenPercent, params: { ...params, feeItem: 'TEA' } }),
    /^「费用项目」只能是 .* 之一$/,
  )
  t.equal(await no({ ...tenPercent, params: { ...params, tip: 1 } }), '不认识的项目「tip」')
  t.equal(
    await no(order('reduction_amount', { season, feeItem: 'HEATING', amountFen: '1.5' })),
    '「金额（分）」格式不正确',
  )
  t.equal(
    await no(order('stop', { stopFrom: '2026-02-30' })),
    '「报停日期」不是有效日期，应形如 2026-11-20',
  )
  t.equal(
    await no(order('stop', { stopFrom: '2026-12-01', resumeOn: 'x' })),
    '「复热日期」不是有效日期，应形如 2026-11-20',
  )
  t.equal(
    await no(order('forced_stop', { closedOn: '12-01' })),
    '「关栓日期」不是有效日期，应形如 2026-11-20',
  )
  t.equal(
    await no(order('on_account', { season, promisedOn: '' })),
    '「承诺日期」不是有效日期，应形如 2026-11-20',
  )
  t.match(await no(order('flag', { flag: 'vip', value: true })), /^「控制标志」只能是 .* 之一$/)
  t.equal(await no(order('flag', { flag: 'bank_blocked', value: 'yes' })), '「是否设置」格式不正确')
  t.equal(
    await no(order('class_change', { fromClass: '', toClass: '商业', effectiveOn: '2026-12-01' })),
    '「原单价类型」不能为空',
  )
  t.equal(
    await no(order('class_change', { fromClass: '居民', toClass: '', effectiveOn: '2026-12-01' })),
    '「新单价类型」不能为空',
  )
  t.equal(
    await no(order('class_change', { fromClass: '居民', toClass: '商业', effectiveOn: '1' })),
    '「生效日期」不是有效日期，应形如 2026-11-20',
  )
  t.equal(await no({ ...tenPercent, reason: ' ' }), '「原因」格式不正确')
  t.equal(await no({ ...tenPercent, reason: '' }), '「原因」不能为空')
  t.equal(await no({ ...tenPercent, filter: {} }), '「筛选条件」至少填写一项')
  t.equal(
    await no({ ...tenPercent, filter: { communityId: 'none' } }, '/v1/batches'),
    '没有符合条件的用户',
  )
  t.equal((await get(cookie, '/v1/batches/B1')).json().message, '「操作号」格式不正确')
  t.equal((await get(cookie, '/v1/batches/B20261120-9999')).json().message, '没有找到')
  t.match((await get(cookie, '/v1/batches?state=GONE')).json().message, /^「状态」只能是 .* 之一$/)
  t.equal((await get(cookie, '/v1/batches?kind=A1')).json().message, '「种类」格式不正确')
  const weak = await town.cookieOf('limin')
  t.equal((await post(weak, '/v1/batches', tenPercent)).statusCode, 403)
})

test('the filter of a list says what is wrong with it', async (t) => {
  const no = async (filter: object) =>
    (await post(cookie, '/v1/batches/preview', { ...tenPercent, filter })).json().message
  for (const filter of [
    { orgPath: 'c1%' },
    { communityId: "x'" },
    { nature: 'ALIEN' },
    { networkStatus: 'GONE' },
    { priceClass: '' },
    { season: '26' },
    { minOwedFen: '-1' },
    { maxOwedFen: '1.0' },
    { customerNos: [] },
    { customerNos: ['1;2'] },
    { colour: 'red' },
  ]) {
    t.match(await no(filter), /筛选条件|不认识/, JSON.stringify(filter))
  }
})

test('a sealed batch stays, and another room’s batch has its own way back', async (t) => {
  const no = await start(tenPercent)
  await workBatches(db, companyId)
  await admin.query("update reli.batches set state = 'SEALED' where batch_no = $1", [no])
  t.equal((await rollBack(no)).json().message, '该批量操作已封账，不能回滚')
  await admin.query(
    "update reli.batches set state = 'DONE', kind = 'season.open' where batch_no = $1",
    [no],
  )
  t.equal((await rollBack(no)).json().message, '该操作请在其业务页面撤销')
})
