// Customers over the API: a card is opened waiting for access, edited on record, and refuses what
// only a business event may change; numbers of people are hidden, lists are filtered by both views.
import fc from 'fast-check'
import pg from 'pg'
import tap, { test } from 'tap'
import { testApi } from '../http/test-client.ts'
import { addressOf, changesOf, isIdCard, maskNumber } from './customers.ts'

const api = await testApi()
const sql = new pg.Client({ connectionString: api.world.adminUrl })
await sql.connect()
const keeper = await api.as('zhangwei')
const clerk = await api.as('limin')
const admin = await api.as('admin')
const reason = '用户申请'
await admin.post('/v1/dictionaries/standard', { reason })

const base = {
  customerNo: 'N0001',
  name: '欧阳修',
  nature: 'RESIDENT',
  communityId: 'com_0',
  roomNo: '501',
  accessOn: '2026-10-08',
}
const area = {
  category: '住宅',
  buildingAreaDm2: '10055',
  areaCoefficient: 900000,
  priceClass: '居民',
}
const building = (await admin.post('/v1/buildings', { parentId: 'com_0', name: '5号楼', reason }))
  .body
const unit = (await admin.post('/v1/units', { parentId: building.placeId, name: '3单元', reason }))
  .body

test('a person’s numbers show their ends only', (t) => {
  t.same(['13912345678', '130102199003078515', '12345', '1234', ''].map(maskNumber), [
    '139****5678',
    '1301**********8515',
    '12*45',
    '****',
    '',
  ])
  t.equal(maskNumber(null), null)
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9A-Z-]{1,40}$/), (number) => {
      const masked = maskNumber(number)!
      return masked.length === number.length && masked.includes('*')
    }),
  )
  t.end()
})

test('an identity card is checked by its last character', (t) => {
  t.ok(isIdCard('11010519491231002X'))
  t.notOk(isIdCard('110105194912310021'))
  t.notOk(isIdCard('11010519491231002x'))
  t.equal(
    addressOf({ community: '翡翠城', building: '5号楼', unit: null, roomNo: '501' }),
    '翡翠城5号楼501',
  )
  t.end()
})

test('classes in another order are no change', (t) => {
  const card = (classes: object) => ({ classes }) as never
  t.same(changesOf(card({ a: 'X', b: 'Y' }), card({ b: 'Y', a: 'X' })), [])
  t.same(changesOf(card({ a: 'X' }), card({ a: 'Y' })), ['classes'])
  t.end()
})

test('a new customer waits for access, with areas by their coefficient', async (t) => {
  const { status, body } = await keeper.post('/v1/customers', {
    ...base,
    buildingId: building.placeId,
    unitId: unit.placeId,
    floorNo: 5,
    idType: 'ID_CARD',
    idNumber: '11010519491231002X',
    phone: '13912345678',
    classes: { customer_type: 'LOW_INCOME', heating_mode: 'FLOOR' },
    tags: ['ELDERLY'],
    collectingPath: 'heat.b2.',
    collectorId: 'usr_limin',
    areaItems: [area, { ...area, category: '车库', billingAreaDm2: '2000', meterNo: 'M-77' }],
  })
  t.equal(status, 200)
  t.match(body, {
    networkStatus: 'PENDING',
    name: '欧阳修',
    address: '翡翠城5号楼3单元501',
    orgPath: 'heat.b1.',
    idNumber: '1101**********002X',
    phone: '139****5678',
    controlMode: 'SEPARATE',
    version: 1,
    flags: { bankBlocked: false, blacklisted: false },
    areaItems: [
      { areaNo: 1, areaItem: '住宅', billingAreaDm2: '9050', status: 'NORMAL' },
      { areaNo: 2, billingAreaDm2: '2000', meterNo: 'M-77' },
    ],
  })
  t.match((await clerk.get('/v1/customers/N0001')).body, { name: '欧*修' })
  t.match(await keeper.post('/v1/customers', base), {
    status: 409,
    body: { code: 'customer.exists', message: '用户编号已存在' },
  })
  const { rows } = await sql.query(
    `select name_initials from reli.customers where customer_no = 'N0001'`,
  )
  t.match(rows[0].name_initials, /^oyx\b/)
})

test('an edit is on record, and two of the same version do not overwrite', async (t) => {
  const url = '/v1/customers/N0001'
  const edited = await keeper.patch(url, {
    phone: '13800001111',
    roomNo: '502',
    classes: { customer_type: 'NORMAL' },
    tags: [],
    remark: '门口有犬',
    version: 1,
    reason,
  })
  t.match(edited.body, {
    version: 2,
    address: '翡翠城5号楼3单元502',
    classes: { customer_type: 'NORMAL' },
    tags: [],
    collectingPath: 'heat.b2.',
  })
  t.match(await keeper.patch(url, { remark: '无犬', version: 1, reason }), {
    status: 409,
    body: { message: '用户档案已被他人修改，请刷新后重试' },
  })
  t.match(await keeper.patch(url, { roomNo: '502', reason }), {
    status: 409,
    body: { message: '用户档案没有任何改变' },
  })
  t.match((await keeper.patch(url, { remark: null, reason })).body, { remark: null })
  const [last, first, opened] = (await clerk.get(`${url}/changes`)).body
  t.match(last, { before: { remark: '门口有犬' }, after: { remark: null } })
  t.match(first, {
    actor: 'zhangwei',
    action: 'customer.edited',
    reason,
    before: { phone: '139****5678', roomNo: '501', tags: ['ELDERLY'] },
    after: { phone: '138****1111', roomNo: '502', tags: [] },
  })
  t.match(opened, { action: 'customer.opened', after: { customerNo: 'N0001' } })
  t.notMatch(JSON.stringify([last, first, opened]), /13912345678|11010519491231002X/)
})

test('a customer who moves to another community belongs to its organisation', async (t) => {
  const moved = await keeper.patch('/v1/customers/N0001', { communityId: 'com_1', reason })
  t.match(moved.body, {
    communityId: 'com_1',
    buildingId: null,
    unitId: null,
    orgPath: 'heat.b2.',
    address: '长安花园502',
  })
  await keeper.patch('/v1/customers/N0001', {
    communityId: 'com_0',
    buildingId: building.placeId,
    unitId: unit.placeId,
    reason,
  })
})

test('what only a business event may change is refused by name', async (t) => {
  for (const [field, value, sentence] of [
    ['networkStatus', 'IN_NETWORK', '「在网状态」不能在档案中修改，请办理入网、拆网、恢复或销户'],
    ['priceClass', '居民', '「单价类型」不能在档案中修改，请办理单价类型变更'],
    ['billingAreaDm2', '1', '「收费面积」不能在档案中修改，请办理面积变更'],
    ['areaItems', [], '「面积项」不能在档案中修改，请办理面积变更'],
    ['nature', 'COMMERCIAL', '「客户性质」不能在档案中修改，请办理用热性质变更'],
    ['bankBlocked', true, '「禁止银行代收」不能在档案中修改，请在用户锁定中设置'],
    ['customerNo', 'N2', '「用户编号」一经建户不能修改'],
    ['prepaidFen', '1', '「余额」不能修改，只随收退费与划转变动'],
  ] as const) {
    const answer = await keeper.patch('/v1/customers/N0001', { [field]: value, reason })
    t.match(answer, { status: 400, body: { fields: [{ field, message: sentence }] } }, sentence)
  }
  const item = await keeper.patch('/v1/customers/N0001/area-items/1', {
    buildingAreaDm2: '1',
    reason,
  })
  t.match(item.body.message, '请办理面积变更')
  await sql.query(`update reli.customers set network_status = 'CLOSED' where customer_no = '10007'`)
  t.match(await keeper.patch('/v1/customers/10007', { remark: '甲', reason }), {
    status: 409,
    body: { message: '该用户已销户，不能再修改' },
  })
})

test('whole numbers are shown to whom it concerns, with a reason, on record', async (t) => {
  const url = '/v1/customers/N0001/reveal'
  t.match((await keeper.post(url, { reason: '核对身份' })).body, {
    idNumber: '11010519491231002X',
    phone: '13800001111',
  })
  t.equal((await clerk.post(url, { reason: '好奇' })).status, 403)
  const [trail] = (await clerk.get('/v1/customers/N0001/changes?limit=1')).body
  t.match(trail, { action: 'customer.revealed', reason: '核对身份', actor: 'zhangwei' })
})

test('lists are filtered by the responsible and the collecting organisation', async (t) => {
  const numbers = async (filter: string) =>
    (await clerk.get(`/v1/customer-list?${filter}`)).body.customers.map(
      (customer: { customerNo: string }) => customer.customerNo,
    )
  t.same(await numbers('orgPath=heat.b2.'), ['10003', '10007'])
  t.same(await numbers('collectingPath=heat.b2.'), ['N0001'])
  t.same(await numbers(`buildingId=${building.placeId}`), ['N0001'])
  t.same(await numbers('networkStatus=PENDING&communityId=com_0'), ['N0001'])
  t.same(await numbers('class=customer_type:NORMAL'), ['N0001'])
  t.same(await numbers('class=customer_type:BULK'), [])
  t.same(await numbers('collectorId=usr_limin'), ['N0001'])
  t.same(await numbers('tag=ELDERLY'), [])
  const first = (await clerk.get('/v1/customer-list?limit=4')).body
  const rest = (await clerk.get(`/v1/customer-list?limit=100&cursor=${first.next}`)).body
  t.equal(first.customers.length + rest.customers.length, 9)
  t.match(first.customers[0], { name: '王*国', outstandingFen: '212300', billingAreaDm2: '0' })
  const branch = await api.as('changan')
  t.equal((await branch.get('/v1/customers/N0001')).status, 404)
  t.equal((await branch.get('/v1/customer-list')).body.customers.length, 2)
})

test('heat comes from the unit’s zone, else from the community’s', async (t) => {
  const open = async (path: string, body: object) =>
    (await admin.post(`/v1/${path}`, { ...body, reason })).body.placeId
  const source = await open('heat-sources', { name: '热电一厂' })
  const station = await open('exchange-stations', { parentId: source, name: '一站' })
  const low = await open('zones', { parentId: station, name: '低区' })
  const high = await open('zones', { parentId: station, name: '高区' })
  await admin.patch('/v1/communities/com_0', { zoneId: low, reason })
  t.equal((await clerk.get('/v1/customers/N0001')).body.zoneId, low)
  await admin.patch(`/v1/units/${unit.placeId}`, { zoneId: high, reason })
  t.equal((await clerk.get('/v1/customers/N0001')).body.zoneId, high)
  const inZone = (await clerk.get(`/v1/customer-list?zoneId=${high}`)).body.customers
  t.match(inZone, [{ customerNo: 'N0001' }])
})

test('every field of a card refuses a wrong value with its own sentence', async (t) => {
  const wrongs: [field: string, value: unknown, sentence: string][] = [
    ['name', '', '「户名」不能为空'],
    ['cardNo', '张', '「用户卡号」格式不正确'],
    ['legacyCode', ' ', '「旧户号」格式不正确'],
    ['accessName', '', '「入网用户名」不能为空'],
    ['ownerName', '长'.repeat(61), '「产权人」不能超过 60 个字'],
    ['occupantName', '', '「使用人」不能为空'],
    ['idType', 'CARD', '「证件类型」只能是 ID_CARD、PASSPORT、LICENCE、OTHER 之一'],
    ['idNumber', '11', '「证件号码」格式不正确'],
    ['idNumber', '110105194912310021', '「证件号码」不是有效的身份证号码'],
    ['phone', '12345678901', '「手机」格式不正确'],
    ['phoneFixed', 'abc', '「固定电话」格式不正确'],
    ['email', 'a@', '「电子邮箱」格式不正确'],
    ['postalAddress', '', '「通信地址」不能为空'],
    ['workUnit', '', '「工作单位」不能为空'],
    ['communityId', 'com_9', '「小区」不存在或已停用'],
    ['buildingId', 'bld_x', '「楼栋」不在该小区'],
    ['unitId', 'unt_x', '「单元」不在该楼栋'],
    ['floorNo', 201, '「楼层」不能大于 200'],
    ['roomNo', '', '「房号」不能为空'],
    ['doorPlate', '', '「门牌」不能为空'],
    ['address', '', '「地址」不能为空'],
    ['controlMode', 'BOTH', '「控制方式」只能是 SEPARATE、SERIES 之一'],
    ['supplyValve', 'HALF', '「供水阀状态」只能是 OPEN、CLOSED、CUT 之一'],
    ['returnValve', 'HALF', '「回水阀状态」只能是 OPEN、CLOSED、CUT 之一'],
    ['supplySealNo', '', '「供水铅封号」不能为空'],
    ['returnSealNo', '', '「回水铅封号」不能为空'],
    ['exchangerCount', -1, '「换热设备台数」不能小于 0'],
    ['sensorNo', '', '「室温采集器」不能为空'],
    ['classes', { customer_type: 'X' }, '「客户类型」没有可用的取值「X」'],
    ['classes', { nothing: 'X' }, '没有分类「nothing」'],
    ['tags', ['X'], '「客户标签」没有可用的取值「X」'],
    ['tags', ['A', 'A'], '「客户标签」有重复的项'],
    ['accessOn', '2026-02-30', '「入网日期」不是有效日期，应形如 2026-11-20'],
    ['accessSeason', '2026', '「入网采暖期」格式不正确'],
    ['heatFirstOn', 'soon', '「首次供热日期」不是有效日期'],
    ['warrantyToOn', 'late', '「保修期止」不是有效日期'],
    ['collectingPath', 'heat', '「收费机构」格式不正确'],
    ['collectingPath', 'heat.b9.', '「收费机构」不存在或已停用'],
    ['collectorId', 'usr_gone', '「收费员」不存在'],
    ['inspectorId', 'usr_gone', '「稽查员」不存在'],
    ['remark', '', '「备注」不能为空'],
    ['version', 0, '「版本」不能小于 1'],
    ['reason', '', '「原因」不能为空'],
    ['colour', 'red', '不认识的项目「colour」'],
  ]
  for (const [field, value, sentence] of wrongs) {
    const answer = await keeper.patch('/v1/customers/N0001', { reason, [field]: value })
    t.equal(answer.status, 400, `${field}: ${answer.status}`)
    t.match(answer.body, { fields: [{ field, message: sentence }] }, sentence)
  }
})

test('a new card and its areas refuse wrong values too', async (t) => {
  const fresh = { ...base, customerNo: 'N9' }
  for (const [wrong, sentence] of [
    [{ customerNo: '1 2' }, '「用户编号」格式不正确'],
    [{ nature: 'GHOST' }, '「客户性质」只能是 RESIDENT、ORGANISATION、COMMERCIAL 之一'],
    [{ accessOn: undefined }, '缺少「入网日期」'],
    [{ roomNo: undefined }, '缺少「房号」'],
    [{ areaItems: [{ ...area, category: '宫殿' }] }, '「面积类别」没有可用的取值「宫殿」'],
    [{ areaItems: [{ ...area, buildingAreaDm2: '-1' }] }, '「面积项」格式不正确'],
    [{ areaItems: [{ ...area, storeyHeightCm: 20 }] }, '「面积项」不能小于 100'],
  ] as const) {
    const answer = await keeper.post('/v1/customers', { ...fresh, ...wrong })
    t.equal(answer.status, 400, sentence)
    t.match(answer.body.message, sentence)
  }
  t.equal((await clerk.post('/v1/customers', base)).status, 403)
  for (const [query, sentence] of [
    ['orgPath=heat', '「责任机构」格式不正确'],
    ['collectingPath=%25', '「收费机构」格式不正确'],
    ['nature=X', '「客户性质」只能是'],
    ['networkStatus=X', '「在网状态」只能是'],
    ['class=x', '「分类」格式不正确'],
    ['tag=x', '「客户标签」格式不正确'],
    ['zoneId=%27', '「供热分区」格式不正确'],
    ['cursor=bm8', '「翻页位置」不正确'],
  ] as const) {
    t.match((await clerk.get(`/v1/customer-list?${query}`)).body.message, sentence)
  }
})

tap.teardown(async () => {
  await sql.end()
  await api.close()
})
