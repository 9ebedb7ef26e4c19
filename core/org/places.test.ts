// Places over the API: two trees, names on record, addresses that follow, and nothing demolished
// that somebody lives in.
import pg from 'pg'
import tap, { test } from 'tap'
import { type Answer, testApi } from '../http/test-client.ts'
import { nameOn } from './places.sql.ts'
import { placeKinds, placeTerms } from './places.ts'

const api = await testApi()
const sql = new pg.Client({ connectionString: api.world.adminUrl })
await sql.connect()
const admin = await api.as('admin')
const clerk = await api.as('limin')
const reason = '建档'

const open = async (path: string, body: object): Promise<Answer['body']> => {
  const answer = await admin.post(`/v1/${path}`, { ...body, reason })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

const addressOf = async (customerNo: string): Promise<string> =>
  (await sql.query('select address from reli.customers where customer_no = $1', [customerNo]))
    .rows[0].address

test('heat comes over a station and a zone to a community, building or unit', async (t) => {
  const source = await open('heat-sources', { name: '良村热电' })
  const station = await open('exchange-stations', { parentId: source.placeId, name: '翡翠城站' })
  const low = await open('zones', { parentId: station.placeId, name: '低区' })
  const high = await open('zones', { parentId: station.placeId, name: '高区', state: 'PLANNED' })
  t.match(high, { state: 'PLANNED', parentId: station.placeId })
  const served = await admin.patch('/v1/communities/com_0', { zoneId: low.placeId, reason })
  t.match(served.body, { zoneId: low.placeId, orgPath: 'heat.b1.' })
  const building = await open('buildings', {
    parentId: 'com_0',
    name: '1号楼',
    zoneId: high.placeId,
  })
  const unit = await open('units', { parentId: building.placeId, name: '2单元' })
  t.match(unit, { zoneId: null, parentId: building.placeId })
  const list = (await clerk.get(`/v1/units?parentId=${building.placeId}`)).body
  t.same(list, { places: [unit], next: null })
  t.match(await admin.patch(`/v1/zones/${low.placeId}`, { state: 'DEMOLISHED', reason }), {
    status: 409,
    body: { message: '仍有在用的下级或用户，不能停用' },
  })
  const without = await admin.patch('/v1/communities/com_0', { zoneId: null, reason })
  t.match(without.body, { zoneId: null })
  t.match((await admin.patch(`/v1/zones/${low.placeId}`, { state: 'DEMOLISHED', reason })).body, {
    state: 'DEMOLISHED',
  })
  t.match(await admin.patch('/v1/communities/com_0', { zoneId: low.placeId, reason }), {
    status: 400,
    body: { message: '「供热分区」不存在或已停用' },
  })
})

test('a renamed community keeps its old name on record, and addresses follow', async (t) => {
  await sql.query(
    `update reli.customers set address = '长安花园3号楼201' where customer_no = '10003'`,
  )
  const building = await open('buildings', { parentId: 'com_1', name: '3号楼' })
  await sql.query(`update reli.customers set building_id = $1 where customer_no = '10003'`, [
    building.placeId,
  ])
  const why = '开发商更名'
  await admin.patch('/v1/communities/com_1', { name: '长安府', reason: why })
  t.equal(await addressOf('10003'), '长安府3号楼201')
  await admin.patch(`/v1/buildings/${building.placeId}`, { name: '13号楼', reason: '门牌重编' })
  t.equal(await addressOf('10003'), '长安府13号楼201')
  t.match((await clerk.get('/v1/communities/com_1/names')).body, [
    { oldName: '长安花园', name: '长安府', actor: 'admin', reason: why },
  ])
  const on = (day: string) =>
    api.world.db.read({ companies: ['heat'], paths: ['%'] }, (tx) =>
      tx.one(nameOn, ['heat', 'community', 'com_1', day]),
    )
  t.same(await on('2020-01-01'), { name: '长安花园' })
  t.same(await on('2099-01-01'), { name: '长安府' })
})

test('a community goes to another station with all its customers', async (t) => {
  const moved = await admin.patch('/v1/communities/com_1', {
    orgPath: 'heat.b1.',
    reason: '划归裕华分公司',
  })
  t.equal(moved.body.orgPath, 'heat.b1.')
  const { rows } = await sql.query(
    `select distinct org_path from reli.customers where community_id = 'com_1'`,
  )
  t.same(rows, [{ org_path: 'heat.b1.' }])
  const { communities } = {
    communities: (await clerk.get('/v1/communities?orgPath=heat.b2.')).body,
  }
  t.same(communities.places, [])
})

test('a building moves with its customers to another community', async (t) => {
  const building = await open('buildings', { parentId: 'com_0', name: '9号楼' })
  await sql.query(
    `update reli.customers set building_id = $1, address = '翡翠城9号楼101' where customer_no = '10000'`,
    [building.placeId],
  )
  await admin.patch(`/v1/buildings/${building.placeId}`, { parentId: 'com_1', reason: '划界' })
  t.equal(await addressOf('10000'), '长安府9号楼101')
  t.match(await admin.patch(`/v1/buildings/${building.placeId}`, { state: 'DEMOLISHED', reason }), {
    status: 409,
  })
  t.match(await admin.patch('/v1/communities/com_1', { state: 'DEMOLISHED', reason }), {
    status: 409,
    body: { code: 'place.in_use' },
  })
})

test('lists are paged and seen by whoever may see the community', async (t) => {
  for (const name of ['甲', '乙', '丙']) await open('heat-sources', { name: `${name}热源` })
  const first = (await clerk.get('/v1/heat-sources?limit=2')).body
  const rest = (await clerk.get(`/v1/heat-sources?limit=2&cursor=${first.next}`)).body
  t.equal(first.places.length + rest.places.length, 4)
  t.equal(rest.next, null)
  const branch = await api.as('changan')
  t.same((await branch.get('/v1/buildings')).body.places, [])
  t.same((await branch.get('/v1/communities')).body.places, [])
  t.equal((await clerk.get('/v1/heat-sources?state=PLANNED')).body.places.length, 0)
})

test('a wrong value is refused with a sentence that names the field', async (t) => {
  const building = { parentId: 'com_0', name: '77号楼', reason }
  for (const [path, wrong, message] of [
    ['buildings', { ...building, parentId: 'com_9' }, '「所属小区」不存在或已停用'],
    ['buildings', { ...building, parentId: '' }, '「所属小区」格式不正确'],
    ['buildings', { name: '1', reason }, '缺少「所属小区」'],
    ['buildings', { ...building, name: ' ' }, '「名称」格式不正确'],
    ['buildings', { ...building, zoneId: 'zon_x' }, '「供热分区」不存在或已停用'],
    ['buildings', { ...building, zoneId: '%' }, '「供热分区」格式不正确'],
    ['buildings', { ...building, state: 'GONE' }, '「状态」只能是'],
    ['buildings', { ...building, reason: '' }, '「原因」不能为空'],
    ['buildings', { ...building, orgPath: 'heat.' }, '不认识的项目「'],
    ['communities', { name: '甲', reason }, '缺少「责任机构」'],
    ['communities', { name: '甲', orgPath: 'heat', reason }, '「责任机构」格式不正确'],
    ['communities', { name: '甲', orgPath: 'heat.b9.', reason }, '「责任机构」不存在或已停用'],
    ['zones', { name: '甲', parentId: 'x', reason }, '「所属换热站」不存在或已停用'],
    ['exchange-stations', { name: '甲', parentId: 'x', reason }, '「所属热源」不存在或已停用'],
    ['units', { name: '甲', parentId: 'x', reason }, '「所属楼栋」不存在或已停用'],
    ['heat-sources', { name: '甲', zoneId: 'x', reason }, '不认识的项目「'],
  ] as const) {
    const answer = await admin.post(`/v1/${path}`, wrong)
    t.equal(answer.status, 400, message)
    t.match(answer.body.message, message)
  }
  for (const kind of placeKinds) {
    const { path } = placeTerms[kind]
    t.equal((await admin.patch(`/v1/${path}/gone`, { name: '乙', reason })).status, 404, path)
    t.match(await admin.patch(`/v1/${path}/gone`, { reason }), { status: 404 })
    t.match((await clerk.get(`/v1/${path}?limit=0`)).body.message, '「每页行数」不能小于 1')
    t.match((await clerk.get(`/v1/${path}?state=X`)).body.message, '「状态」只能是')
    t.match((await clerk.get(`/v1/${path}?cursor=bm8`)).body.message, '「翻页位置」不正确')
    t.equal((await clerk.post(`/v1/${path}`, { name: '丙', reason })).status, 403)
  }
  t.match(await admin.patch('/v1/communities/com_0', { name: '翡翠城', reason }), {
    status: 409,
    body: { message: '没有任何改变' },
  })
  t.match(await admin.patch('/v1/communities/com_0', { name: '长安府', reason }), {
    status: 409,
    body: { code: 'place.exists' },
  })
  t.match(
    (await admin.patch('/v1/units/gone', { parentId: 'x', reason })).body.message,
    '不认识的项目',
  )
})

tap.teardown(async () => {
  await sql.end()
  await api.close()
})
