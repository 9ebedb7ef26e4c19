// Money without a customer: it waits in suspense, is cleared to customers part by part, and what
// nobody claims goes back – never more than came.
import tap, { test } from 'tap'
import { testDesk } from './test-desk.ts'

const desk = await testDesk()
tap.teardown(desk.close)
const { admin, get, household, post } = desk
const url = '/v1/unidentified-receipts'
const came = {
  ...{ tender: 'BANK_TRANSFER', receivedOn: '2025-11-18' },
  ...{ amountFen: '500000', payer: '河北某物业公司', remark: '附言不清' },
}

const balanceOf = async (account: string) => {
  const { rows } = await admin.query(
    `select coalesce(sum(case when credit = $1 then amount_fen else -amount_fen end), 0)::text as f
       from reli.postings where $1 in (debit, credit)`,
    [account],
  )
  return rows[0].f
}

test('it is registered, cleared in parts, and the rest is sent back', async (t) => {
  const no = await household()
  const receipt = (await post('zhang', url, came)).body
  t.match(receipt, { amountFen: '500000', leftFen: '500000', funds: 'funds:bank' })
  t.equal(await balanceOf('suspense:hall'), '500000')
  const clear = `${url}/${receipt.receiptId}/clear`
  const part = { customerNo: no, amountFen: '298440', reason: '物业确认' }
  const cleared = await post('zhang', clear, part)
  t.match(cleared.body, { clearedFen: '298440', leftFen: '201560', eventId: /^evt_/ })
  const { rows } = await admin.query('select sum(outstanding_fen)::text as owed from reli.charges')
  t.equal(rows[0].owed, '0')
  t.match(await post('zhang', clear, { ...part, amountFen: '201561' }), {
    status: 409,
    body: { message: '待查款余额不足' },
  })
  const back = { amountFen: '201560', reason: '无人认领' }
  const returned = await post('zhang', `${url}/${receipt.receiptId}/return`, back)
  t.match(returned.body, { returnedFen: '201560', leftFen: '0' })
  t.equal(await balanceOf('suspense:hall'), '0')
  t.equal(await balanceOf('funds:bank'), '-298440')
  t.same((await get(`${url}?isOpen=true`)).body, { receipts: [], next: null })
  t.equal((await get(url)).body.receipts.length, 1)
})

test('two clear the same money at once, and it goes once', async (t) => {
  const [a, b] = [await household(), await household()]
  const { receiptId } = (await post('zhang', url, came)).body
  const to = (login: 'zhang' | 'li', customerNo: string) =>
    post(login, `${url}/${receiptId}/clear`, { customerNo, amountFen: '298440', reason: '认领' })
  const answers = await Promise.all([to('zhang', a), to('li', b)])
  t.same(answers.map(({ status }) => status).sort(), [200, 409])
})

test('every field says what is wrong with it', async (t) => {
  const { receiptId } = (await post('zhang', url, came)).body
  const no = await household()
  const clearing = { customerNo: no, amountFen: '1', reason: '认领' }
  const back = { amountFen: '1', reason: '退回' }
  const cases: [path: string, good: object, field: string, value: unknown, sentence: string][] = [
    ['', came, 'tender', 'GOLD', '「到账方式」只能是 CASH、POS、CHEQUE、BANK_TRANSFER 之一'],
    ['', came, 'receivedOn', '昨天', '「到账日期」不是有效日期，应形如 2026-11-20'],
    ['', came, 'amountFen', '0', '「到账金额」格式不正确'],
    ['', came, 'payer', '', '「付款人」不能为空'],
    ['', came, 'remark', '长'.repeat(201), '「备注」不能超过 200 个字'],
    [`/${receiptId}/clear`, clearing, 'customerNo', '某人', '「用户编号」格式不正确'],
    [`/${receiptId}/clear`, clearing, 'amountFen', '-1', '「转入金额」格式不正确'],
    [`/${receiptId}/clear`, clearing, 'reason', '', '「原因」不能为空'],
    [`/${receiptId}/return`, back, 'amountFen', '1.5', '「退回金额」格式不正确'],
    [`/${receiptId}/return`, back, 'reason', '', '「原因」不能为空'],
    ['/不存在/clear', clearing, 'customerNo', no, '「待查款编号」格式不正确'],
  ]
  for (const [path, good, field, value, sentence] of cases) {
    const { status, body } = await post('zhang', encodeURI(url + path), { ...good, [field]: value })
    t.same([status, body.message], [400, sentence])
  }
  const list = await get(`${url}?isOpen=ja`)
  t.same([list.status, list.body.message], [400, '「仅未清」格式不正确'])
  t.equal((await post('zhang', `${url}/unr_404/return`, back)).status, 404)
  const stranger = { ...clearing, customerNo: '404' }
  t.equal((await post('zhang', `${url}/${receiptId}/clear`, stranger)).body.message, '没有用户 404')
})
