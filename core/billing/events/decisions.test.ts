// What the routes of decisions and lists say to wrong input, field by field.
import tap, { test } from 'tap'
import { season, testDesk } from './test-desk.ts'

const desk = await testDesk()
tap.teardown(desk.close)
const { ask, get, household, post, send } = desk

type Case = [method: 'POST' | 'PUT', url: string, payload: object, sentence: string]

test('every field of a decision says what is wrong with it', async (t) => {
  const no = await household()
  const fee = ask('ADDITIONAL_FEE', no, { season, feeItem: 'ADDITIONAL', amountFen: '100' })
  const { requestNo } = (await post('zhang', '/v1/events', fee)).body
  const request = `/v1/events/requests/${requestNo}`
  const rule = '/v1/events/kinds/STOP/approval'
  const long = '长'.repeat(201)
  const cases: Case[] = [
    ['POST', `${request}/approve`, { opinion: '' }, '「审核意见」不能为空'],
    ['POST', `${request}/approve`, { opinion: long }, '「审核意见」不能超过 200 个字'],
    ['POST', `${request}/approve`, { colour: 'red' }, '不认识的项目「colour」'],
    ['POST', `${request}/reject`, {}, '缺少「审核意见」'],
    ['POST', `${request}/reject`, { opinion: ' ' }, '「审核意见」格式不正确'],
    ['POST', `${request}/cancel`, {}, '缺少「原因」'],
    ['POST', `${request}/cancel`, { reason: '' }, '「原因」不能为空'],
    ['POST', '/v1/events/requests/%E4%B8%80/approve', {}, '「申请号」格式不正确'],
    ['POST', '/v1/events/requests/%E4%B8%80/submit', {}, '「申请号」格式不正确'],
    ['POST', '/v1/events/%E4%B8%80/undo', { reason: '错' }, '「业务号」格式不正确'],
    ['POST', '/v1/events/evt_1/undo', { reason: '' }, '「原因」不能为空'],
    ['POST', '/v1/events', { ...fee, reason: '' }, '「原因」不能为空'],
    ['POST', '/v1/events/preview', { ...fee, amountFen: '0' }, '「金额」格式不正确'],
    ['POST', '/v1/events/drafts', { ...fee, season: '2025' }, '「采暖期」格式不正确'],
    ['PUT', rule, { reason: '试' }, '缺少「审核要求」'],
    [
      'PUT',
      rule,
      { approval: 'SOME', reason: '试' },
      '「审核要求」只能是 ALWAYS、NEVER、FROM 之一',
    ],
    ['PUT', rule, { approval: 'FROM', reason: '试' }, '缺少「起审金额」'],
    [
      'PUT',
      rule,
      { approval: 'NEVER', fromFen: '1', reason: '试' },
      '「起审金额」只用于按金额审核',
    ],
    ['PUT', rule, { approval: 'FROM', fromFen: '0', reason: '试' }, '「起审金额」格式不正确'],
    ['PUT', rule, { approval: 'NEVER', reason: '' }, '「原因」不能为空'],
  ]
  for (const [method, url, payload, sentence] of cases) {
    const { status, body } = await send('li', method, url, payload)
    t.same([status, body.message], [400, sentence], `${method} ${url}`)
  }
  const unknown = await send('li', 'PUT', '/v1/events/kinds/PARTY/approval', {
    ...{ approval: 'NEVER', reason: '试' },
  })
  t.match(unknown.body.message, /^「业务类型」只能是 STOP、/)
})

test('every filter of the list says what is wrong with it', async (t) => {
  const cases: [query: string, sentence: string | RegExp][] = [
    ['state=WAITING', /^「状态」只能是 DRAFT、IN_APPROVAL、DONE、/],
    ['type=PARTY', /^「业务类型」只能是 STOP、/],
    ['customerNo=%E4%B8%80', '「用户编号」格式不正确'],
    ['limit=0', '「每页行数」不能小于 1'],
    ['cursor=x', '「翻页位置」不正确'],
    ['colour=red', '不认识的项目「colour」'],
  ]
  for (const [query, sentence] of cases) {
    const { status, body } = await get(`/v1/events/requests?${query}`)
    t.equal(status, 400)
    t.match(body.message, sentence, query)
  }
})
