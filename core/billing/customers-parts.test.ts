// What hangs on a card: areas before access, technical data, contacts, contracts and invoice data.
import pg from 'pg'
import tap, { test } from 'tap'
import { testApi } from '../http/test-client.ts'

const api = await testApi()
const sql = new pg.Client({ connectionString: api.world.adminUrl })
await sql.connect()
const keeper = await api.as('zhangwei')
const clerk = await api.as('limin')
const reason = '补录资料'
const url = '/v1/customers/10000'

test('areas are added before access only, and numbered on', async (t) => {
  const area = { category: '住宅', buildingAreaDm2: '8000', priceClass: '居民' }
  t.match(await keeper.post(`${url}/area-items`, { areaItems: [area], reason }), {
    status: 409,
    body: { message: '该用户已入网，面积项的增减请办理面积变更' },
  })
  await sql.query(
    `update reli.customers set network_status = 'PENDING' where customer_no = '10000'`,
  )
  await keeper.post(`${url}/area-items`, { areaItems: [area], reason })
  const items = await keeper.post(`${url}/area-items`, {
    areaItems: [{ ...area, areaItem: '东耳房', buildingAreaDm2: '1001', areaCoefficient: 850_000 }],
    reason,
  })
  t.match(items.body, [
    { areaNo: 1, areaItem: '住宅', billingAreaDm2: '8000' },
    { areaNo: 2, areaItem: '东耳房', billingAreaDm2: '851' },
  ])
  const change = { meterNo: 'HM-0001', valveNo: 'SV-9', reason: '换表' }
  t.match((await keeper.patch(`${url}/area-items/2`, change)).body, {
    meterNo: 'HM-0001',
    valveNo: 'SV-9',
    billingAreaDm2: '851',
  })
  t.match((await keeper.patch(`${url}/area-items/2`, { meterNo: null, reason })).body, {
    meterNo: null,
    valveNo: 'SV-9',
  })
  t.match(await keeper.patch(`${url}/area-items/2`, { valveNo: 'SV-9', reason }), {
    status: 409,
    body: { code: 'customer.unchanged' },
  })
  t.equal((await keeper.patch(`${url}/area-items/9`, change)).status, 404)
  const [last] = (await clerk.get(`${url}/changes?limit=1`)).body
  t.match(last, { action: 'area_item.edited', before: { areaNo: 2, meterNo: 'HM-0001' } })
})

test('a price class is one of the company’s', async (t) => {
  await sql.query(`insert into reli.seasons values
      ('heat', '2026-2027', '2026-11-15', '2027-03-15', 'OPEN', true, '{}')`)
  await sql.query(`insert into reli.price_classes
        (company_id, season, price_class, name, unit_price)
      values ('heat', '2026-2027', '居民', '居民', 220000)`)
  const area = { category: '住宅', buildingAreaDm2: '8000', priceClass: '皇宫' }
  t.match(await keeper.post(`${url}/area-items`, { areaItems: [area], reason }), {
    status: 400,
    body: { message: '「单价类型」没有可用的取值「皇宫」' },
  })
})

test('contacts come and go, their numbers hidden', async (t) => {
  const contact = {
    kind: 'MOBILE',
    name: '王小二',
    relation: '儿子',
    number: '13700001234',
    reason,
  }
  t.match((await keeper.post(`${url}/contacts`, contact)).body, [
    { contactNo: 1, number: '137****1234' },
  ])
  await keeper.post(`${url}/contacts`, { ...contact, kind: 'WECHAT', number: 'wx_wang' })
  t.match((await keeper.post(`${url}/reveal`, { reason })).body.contacts, [
    { number: '13700001234' },
    { number: 'wx_wang' },
  ])
  const left = (await keeper.post(`${url}/contacts/1/remove`, { reason })).body
  t.match(left, [{ contactNo: 2 }])
  t.same((await clerk.get(`${url}/contacts`)).body, left)
  t.equal((await keeper.post(`${url}/contacts/1/remove`, { reason })).status, 404)
  const { rows } = await sql.query(
    'select removed_at from reli.customer_contacts order by contact_no',
  )
  t.ok(rows[0].removed_at, 'the record stays')
})

test('contracts are signed once, and end', async (t) => {
  const contract = { contractNo: 'HT-2026-1', kind: 'HEAT', signedOn: '2026-10-01', reason }
  t.match((await keeper.post(`${url}/contracts`, contract)).body, { state: 'ACTIVE', toOn: null })
  t.match(await keeper.post('/v1/customers/10001/contracts', contract), {
    status: 409,
    body: { message: '合同编号已存在' },
  })
  const change = { state: 'VOID', reason: '重签' }
  t.match((await keeper.patch(`${url}/contracts/HT-2026-1`, change)).body, { state: 'VOID' })
  t.match((await clerk.get(`${url}/contracts`)).body, [{ contractNo: 'HT-2026-1', state: 'VOID' }])
  t.match(await keeper.patch(`${url}/contracts/HT-2026-1`, { toOn: '2026-09-30', reason }), {
    status: 400,
    body: { message: '「到期日期」早于签订日期' },
  })
  t.equal((await keeper.patch('/v1/customers/10001/contracts/HT-2026-1', change)).status, 404)
})

test('invoice data is kept whole, a special invoice wants a tax number', async (t) => {
  t.equal((await clerk.get(`${url}/invoice-profile`)).body, null)
  const profile = { title: '翡翠城物业有限公司', kind: 'NORMAL', push: 'EMAIL', reason }
  await keeper.post(`${url}/invoice-profile`, { ...profile, email: 'a@b.cn' })
  t.match(await keeper.post(`${url}/invoice-profile`, { ...profile, kind: 'SPECIAL' }), {
    status: 400,
    body: { message: '开具专用发票须有「纳税人识别号」' },
  })
  const special = { ...profile, kind: 'SPECIAL', taxNo: '91130100MA0ABCDE1X' }
  await keeper.post(`${url}/invoice-profile`, special)
  t.match((await clerk.get(`${url}/invoice-profile`)).body, {
    kind: 'SPECIAL',
    taxNo: '91130100MA0ABCDE1X',
    email: null,
  })
  await keeper.post(`${url}/invoice-profile`, { ...special, bankAccount: '13001616' })
  const [trail] = (await clerk.get(`${url}/changes?limit=1`)).body
  t.match(trail, { action: 'invoice_profile.saved', after: { bankAccount: '13****16' } })
})

test('a closed account takes nothing more', async (t) => {
  await sql.query(`update reli.customers set network_status = 'CLOSED' where customer_no = '10006'`)
  const contact = { kind: 'MOBILE', name: '甲', number: '13700001234', reason }
  t.match(await keeper.post('/v1/customers/10006/contacts', contact), {
    status: 409,
    body: { code: 'customer.closed' },
  })
  t.equal((await clerk.post(`${url}/contacts`, contact)).status, 403)
})

test('a wrong value is refused with a sentence that names the field', async (t) => {
  const contact = { kind: 'MOBILE', name: '甲', number: '13700001234', reason }
  const contract = { contractNo: 'HT-2', kind: 'HEAT', signedOn: '2026-10-01', reason }
  const invoice = { title: '甲公司', kind: 'NORMAL', push: 'NONE', reason }
  for (const [path, wrong, sentence] of [
    ['contacts', { ...contact, kind: 'PIGEON' }, '「联系方式」只能是'],
    ['contacts', { ...contact, name: '' }, '「联系人」不能为空'],
    ['contacts', { ...contact, relation: '' }, '「关系」不能为空'],
    ['contacts', { ...contact, number: '号' }, '「号码」格式不正确'],
    ['contacts', { ...contact, reason: '' }, '「原因」不能为空'],
    ['contracts', { ...contract, contractNo: '合同' }, '「合同编号」格式不正确'],
    ['contracts', { ...contract, kind: 'X' }, '「合同类型」只能是 ACCESS、HEAT 之一'],
    ['contracts', { ...contract, signedOn: '2026-13-01' }, '「签订日期」不是有效日期'],
    ['contracts', { ...contract, toOn: '2026-01-01' }, '「到期日期」早于签订日期'],
    ['contracts', { ...contract, toOn: 'x' }, '「到期日期」不是有效日期'],
    ['contracts', { ...contract, remark: '' }, '「备注」不能为空'],
    ['invoice-profile', { ...invoice, title: '' }, '「发票抬头」不能为空'],
    ['invoice-profile', { ...invoice, taxNo: '1' }, '「纳税人识别号」格式不正确'],
    ['invoice-profile', { ...invoice, address: '' }, '「注册地址」不能为空'],
    ['invoice-profile', { ...invoice, phone: 'x' }, '「注册电话」格式不正确'],
    ['invoice-profile', { ...invoice, bankName: '' }, '「开户银行」不能为空'],
    ['invoice-profile', { ...invoice, bankAccount: 'x' }, '「银行账号」格式不正确'],
    ['invoice-profile', { ...invoice, email: 'x' }, '「电子邮箱」格式不正确'],
    ['invoice-profile', { ...invoice, mobile: '1' }, '「手机」格式不正确'],
    ['invoice-profile', { ...invoice, kind: 'X' }, '「发票种类」只能是 NORMAL、SPECIAL 之一'],
    [
      'invoice-profile',
      { ...invoice, push: 'X' },
      '「推送方式」只能是 NONE、EMAIL、SMS、BOTH 之一',
    ],
    ['area-items', { areaItems: [], reason }, '「面积项」'],
  ] as const) {
    const answer = await keeper.post(`${url}/${path}`, wrong)
    t.equal(answer.status, 400, sentence)
    t.match(answer.body.message, sentence)
  }
  for (const [wrong, sentence] of [
    [{ areaItem: '长'.repeat(31) }, '「面积项名称」不能超过 30 个字'],
    [{ meterNo: '表' }, '「表号」格式不正确'],
    [{ valveNo: '' }, '「锁闭阀号」格式不正确'],
    [{ meterPriceClass: '' }, '「计量单价类型」不能为空'],
    [{ balconyHeated: 'x' }, '「阳台供热」格式不正确'],
    [{ mezzanineHeated: 'x' }, '「夹层供热」格式不正确'],
    [{ remark: '' }, '「备注」不能为空'],
  ] as const) {
    const answer = await keeper.patch(`${url}/area-items/1`, { ...wrong, reason })
    t.match(answer.body.message, sentence)
  }
  t.match((await keeper.patch(`${url}/area-items/0`, { reason })).body.message, '「面积序号」')
  const state = await keeper.patch(`${url}/contracts/HT-2026-1`, { state: 'X', reason })
  t.match(state.body.message, '「合同状态」只能是 ACTIVE、VOID、EXPIRED 之一')
})

tap.teardown(async () => {
  await sql.end()
  await api.close()
})
