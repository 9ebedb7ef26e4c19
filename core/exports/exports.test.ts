// Lists as spreadsheets: what the page shows is what the file holds, in cells of the right kind,
// and nobody takes away more than they may see.
import tap, { test } from 'tap'
import { companyId, season, testTown } from '../billing/batches/test-town.ts'
import { workBatches } from '../billing/batches/work.ts'
import { sheetOf } from '../imports/test-files.ts'
import { day, instant, money } from './cells.ts'
import { exportLists, listNames } from './lists.ts'

const town = await testTown()
tap.teardown(town.end)
const { db, admin, get, post } = town
const cookie = await town.cookieOf('zhangwei')

const sheet = async (list: keyof typeof exportLists, filter = '', who = cookie) => {
  const answer = await get(who, `/v1/exports/${list}.xlsx${filter}`)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return sheetOf(answer.rawPayload, exportLists[list].title)
}

test('amounts are exact, days and moments are Excel’s own', (t) => {
  t.same(money(123_456_789n), { is: 'number', text: '1234567.89', look: 'money' })
  t.same(money(-5n), { is: 'number', text: '-0.05', look: 'money' })
  t.same(money(10n ** 17n), { is: 'text', text: '1000000000000000.00' }, 'no digit is lost')
  t.same(day('2026-11-20'), { is: 'number', text: '46346', look: 'day' })
  // Half past nine in Beijing.
  t.match(instant('2026-11-20T01:30:00.000Z'), { text: '46346.39583333' })
  t.end()
})

test('customers leave with what they owe, numbers as text and names masked', async (t) => {
  await admin.query(
    "update reli.customers set name = '=1+2', address = '@x' where customer_no like '%1'",
  )
  const all = await sheet('customers')
  t.equal(all.rowCount, 13)
  t.same(
    exportLists.customers.columns.map((_, at) => all.getCell(1, at + 1).value),
    exportLists.customers.columns.map(({ title }) => title),
  )
  t.equal(exportLists.customers.columns.length, 20)
  const row = all.getRow(2)
  t.same(
    [1, 2, 3, 4, 10, 12, 15].map((column) => row.getCell(column).value),
    ['0000000001', '=**2', '翡翠城', '@x', 100, 2200, 2200],
  )
  t.same([row.getCell(1).numFmt, row.getCell(15).numFmt], ['@', '#,##0.00'])
  t.equal((await sheet('customers', '?orgPath=c1.b2.')).rowCount, 4)
  t.equal((await sheet('customers', '?minOwedFen=220001')).rowCount, 1)
  const west = await town.cookieOf('xiqu')
  t.equal((await sheet('customers', '', west)).rowCount, 4, 'their own branch alone')
  const { rows } = await admin.query(
    `select actor, subject, after from reli.audit_log
      where action = 'list.exported' order by audit_seq`,
  )
  t.equal(rows.length, 4)
  t.match(rows.at(-1), { actor: 'xiqu', subject: 'customers' })
})

test('charges, events, batches and what they could not do', async (t) => {
  const charges = await sheet('charges', `?season=${season}&feeItem=HEATING&nature=RESIDENT`)
  t.equal(charges.rowCount, 13)
  t.same(
    [1, 6, 7, 13].map((column) => charges.getRow(2).getCell(column).value),
    ['0000000001', season, '热费', 2200],
  )
  const order = (amountFen: string) => {
    const params = { season, feeItem: 'HEATING', amountFen }
    return { act: 'reduction_amount', params, filter: { season }, reason: '测试' }
  }
  for (const amount of ['20000', '210000']) await post(cookie, '/v1/batches', order(amount))
  await workBatches(db, companyId)
  const events = await sheet('events', '?type=REDUCTION&batchNo=B20261120-0001')
  t.equal(events.rowCount, 13)
  t.same(
    [2, 8, 9].map((column) => events.getRow(2).getCell(column).value),
    ['减免', -200, '测试'],
  )
  const batches = await sheet('batches', '?kind=events&state=DONE')
  t.same(
    [1, 4, 5, 6].map((column) => batches.getRow(2).getCell(column).value),
    ['B20261120-0002', 12, 0, 12],
  )
  const problems = await sheet('batch-problems', '?batchNo=B20261120-0002')
  t.equal(problems.rowCount, 13)
  t.equal(problems.getRow(2).getCell(4).value, '减免金额超过应收')
  for (const list of ['payments', 'exceptions'] as const) {
    t.equal((await sheet(list, '?from=2026-11-01&to=2026-11-30')).rowCount, 1, list)
  }
})

test('a filter that is wrong is a sentence, and no file', async (t) => {
  const no = async (list: string, filter: string) => {
    const answer = await get(cookie, `/v1/exports/${list}.xlsx?${filter}`)
    t.equal(answer.statusCode, 400)
    return answer.json().message
  }
  t.equal(await no('customers', 'season=2026'), '「采暖期」格式不正确')
  t.equal(await no('customers', 'colour=red'), '不认识的项目「colour」')
  t.match(await no('customers', 'nature=ALIEN'), /^「用户性质」只能是 .* 之一$/)
  t.match(await no('customers', 'networkStatus=GONE'), /^「入网状态」只能是 .* 之一$/)
  t.equal(await no('customers', 'orgPath=c1%25'), '「责任机构」格式不正确')
  t.equal(await no('customers', 'communityId=%27'), '「小区」格式不正确')
  t.equal(await no('customers', 'minOwedFen=1.5'), '「欠费下限」格式不正确')
  t.equal(await no('customers', 'maxOwedFen=-1'), '「欠费上限」格式不正确')
  t.equal(await no('customers', 'priceClass='), '「单价类型」不能为空')
  t.match(await no('charges', 'feeItem=TEA'), /^「费用项目」只能是 .* 之一$/)
  t.equal(await no('payments', 'from=2026-02-30'), '「开始日期」不是有效日期，应形如 2026-11-20')
  t.equal(await no('payments', 'to=x'), '「结束日期」不是有效日期，应形如 2026-11-20')
  t.equal(await no('payments', 'channelId=A!'), '「银行」格式不正确')
  t.match(await no('payments', 'state=GONE'), /^「状态」只能是 .* 之一$/)
  t.equal(await no('payments', 'customerNo=%3B'), '「用户编号」格式不正确')
  t.match(await no('exceptions', 'class=X'), /^「差错类型」只能是 .* 之一$/)
  t.match(await no('exceptions', 'state=X'), /^「处理状态」只能是 .* 之一$/)
  t.match(await no('events', 'type=X'), /^「业务类型」只能是 .* 之一$/)
  t.equal(await no('events', 'batchNo=1'), '「操作号」格式不正确')
  t.equal(await no('batches', 'kind=A1'), '「种类」格式不正确')
  t.equal(await no('batch-problems', ''), '缺少「操作号」')
  t.equal((await get('', '/v1/exports/customers.xlsx')).statusCode, 401)
  t.equal(listNames.length, 7)
})
