// Dictionaries over the API: the standard ones, a company's own values, and what is disabled stays.
import tap, { test } from 'tap'
import { testApi } from '../http/test-client.ts'
import type { DictionaryRow } from './dictionaries.sql.ts'
import { standardDictionaries, wrongValues } from './dictionaries.ts'

const api = await testApi()
const admin = await api.as('admin')
const clerk = await api.as('limin')
const reason = '业务需要'
const all = async (): Promise<DictionaryRow[]> => (await clerk.get('/v1/dictionaries')).body
const tagsOf = (rows: DictionaryRow[]) => rows.find((row) => row.dictionary === 'customer_tag')!

test('a company begins with the standard dictionaries, once', async (t) => {
  t.same(await all(), [])
  await admin.post('/v1/dictionaries/standard', { reason })
  const first = await all()
  t.same(
    first.map((row) => row.dictionary),
    Object.keys(standardDictionaries).sort(),
  )
  t.equal(tagsOf(first).many, true)
  await admin.patch('/v1/dictionaries/customer_tag/items/ELDERLY', { name: '空巢老人', reason })
  await admin.post('/v1/dictionaries/standard', { reason })
  t.equal(tagsOf(await all()).items[0]!.name, '空巢老人', 'what was changed stays')
})

test('a company has values and classifications of its own', async (t) => {
  const item = { code: 'FLOOD', name: '受灾户', place: 9, reason }
  t.match((await admin.post('/v1/dictionaries/customer_tag/items', item)).body, {
    code: 'FLOOD',
    disabledAt: null,
  })
  t.match(await admin.post('/v1/dictionaries/customer_tag/items', item), {
    status: 409,
    body: { message: '字典中已有此代码或名称' },
  })
  const url = '/v1/dictionaries/customer_tag/items/FLOOD'
  t.match((await admin.patch(url, { isDisabled: true, reason })).body.disabledAt, String)
  t.match(await admin.patch(url, { isDisabled: true, reason }), {
    status: 409,
    body: { message: '字典没有任何改变' },
  })
  t.match((await admin.patch(url, { isDisabled: false, reason })).body, { disabledAt: null })
  t.match(await admin.patch(url, { name: '退役军人', reason }), { status: 409 })
  const own = { dictionary: 'boiler_kind', name: '锅炉类型', reason }
  t.equal((await admin.post('/v1/dictionaries', own)).status, 200)
  t.match(await admin.post('/v1/dictionaries', own), { body: { code: 'dictionary.exists' } })
})

test('what is disabled stays with whom it stands, and is given to nobody anew', (t) => {
  const item = (code: string, disabledAt: string | null) => ({
    code,
    name: code,
    place: 0,
    disabledAt,
  })
  const rows: DictionaryRow[] = [
    {
      dictionary: 'credit_level',
      name: '信用等级',
      many: false,
      items: [item('A', null), item('B', '2026-01-01')],
    },
    {
      dictionary: 'customer_tag',
      name: '客户标签',
      many: true,
      items: [item('OLD', '2026-01-01')],
    },
    {
      dictionary: 'customer_nature',
      name: '客户性质',
      many: false,
      items: [item('RESIDENT', null)],
    },
  ]
  const none = { classes: {}, tags: [] }
  const had = { classes: { credit_level: 'B' }, tags: ['OLD'] }
  t.same(wrongValues(rows, had, had), [])
  t.same(
    wrongValues(rows, none, had).map((each) => each.message),
    ['「信用等级」没有可用的取值「B」', '「客户标签」没有可用的取值「OLD」'],
  )
  t.same(
    wrongValues(rows, none, {
      classes: { customer_nature: 'RESIDENT', nothing: 'X', customer_tag: 'OLD' },
      tags: [],
    }).map((each) => each.message),
    ['没有分类「customer_nature」', '没有分类「nothing」', '没有分类「customer_tag」'],
  )
  t.end()
})

test('a wrong value is refused with a sentence that names the field', async (t) => {
  const item = { code: 'X1', name: '甲', reason }
  for (const [url, wrong, message] of [
    ['/v1/dictionaries/customer_tag/items', { ...item, code: 'x' }, '「代码」格式不正确'],
    ['/v1/dictionaries/customer_tag/items', { ...item, name: '' }, '「名称」不能为空'],
    ['/v1/dictionaries/customer_tag/items', { ...item, place: 1000 }, '「顺序」不能大于 999'],
    ['/v1/dictionaries/customer_tag/items', { code: 'X', name: '甲' }, '缺少「原因」'],
    ['/v1/dictionaries/A/items', item, '「字典」格式不正确'],
    [
      '/v1/dictionaries',
      { dictionary: 'a', name: '长'.repeat(21), reason },
      '「名称」不能超过 20 个字',
    ],
    ['/v1/dictionaries', { dictionary: 'a', name: 'a', many: 3, reason }, '「可多选」格式不正确'],
    ['/v1/dictionaries/standard', { reason: '' }, '「原因」不能为空'],
  ] as const) {
    t.match(await admin.post(url, wrong), { status: 400, body: { message } }, message)
  }
  const change = await admin.patch('/v1/dictionaries/customer_tag/items/ELDERLY', {
    isDisabled: 'perhaps',
    reason,
  })
  t.match(change.body.message, '「停用」格式不正确')
  t.equal((await admin.post('/v1/dictionaries/gone/items', item)).status, 404)
  t.equal((await admin.patch('/v1/dictionaries/gone/items/X', { name: '乙', reason })).status, 404)
  t.equal((await clerk.post('/v1/dictionaries/standard', { reason })).status, 403)
})

tap.teardown(() => api.close())
