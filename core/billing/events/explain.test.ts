// An account and its lines as the API tells them: by formula, numbers, clause and policy version,
// with the events that led there.
import tap, { test } from 'tap'
import { companyId } from '../store/test-company.ts'
import { season, testDesk } from './test-desk.ts'

const desk = await testDesk()
tap.teardown(desk.close)
const { admin, done, get, household, idOf } = desk

test('a stopped room explains itself, with the events that led there', async (t) => {
  await admin.query(
    `insert into reli.policy_versions
            (company_id, season, version_no, effective_on, policy, note, edited_by, published_by)
     values ($1, $2, 1, '2025-07-01', '{}', '首版', 'li', 'zhang')`,
    [companyId, season],
  )
  const no = await household()
  t.match((await done('STOP', no, { areaNo: 1, effectiveOn: '2026-01-10' })).body, {
    state: 'DONE',
  })
  const { rows } = await admin.query(
    `select charge_id from reli.charges
      where customer_id = $1 and area_no = 1 and fee_item = 'HEATING' and charged_fen > 0`,
    [idOf(no)],
  )
  const url = `/v1/charges/${rows[0].charge_id}/explanation`
  const { status, body } = await get(`${url}?on=2026-01-31`)
  t.equal(status, 200)
  t.match(body, {
    customerNo: no,
    chargedFen: '91636',
    outstandingFen: '91636',
    feeItemName: '热费',
    policy: { season, version: 1, effectiveOn: '2025-07-01' },
    amount: {
      formula: 'HEATING = round(P × H × A × X ÷ (A × D))',
      numbers: { P: '22.0000', A: '90.00', X: '5040.00', A_times_D: '10890.00' },
      clause: 'domain.md §4.1–§4.4',
      text:
        '热费 ＝ 单价 22 元/㎡ × 收费面积 90.00 ㎡ × 供热面积天数 5040.00 ÷ 采暖期面积天数 10890.00，' +
        '四舍五入到分',
    },
    lateFee: {
      numbers: { days: '31', due_date: '2025-12-31', accrued: '85.22' },
      text: /^应于 2025-12-31 前缴清；截至 2026-01-31 计违约金 31 天，.*应交 85\.22 元$/,
    },
  })
  t.same(
    body.changes.map(({ title, deltaFen, text }: Record<string, string>) => [
      title,
      deltaFen,
      text,
    ]),
    [
      ['开账', '198000', '2025-07-15 开账：热费应收增加 1980.00 元'],
      ['报停', '-106364', '2025-11-20 报停：热费应收减少 1063.64 元'],
    ],
  )
  t.match(body.events, [
    { type: 'OPEN_SEASON', title: '开账', policy: { version: 1 } },
    { type: 'STOP', title: '报停', madeBy: 'zhang', checkedBy: 'li', reason: '测试' },
  ])
})

test('an account adds up, for today and for another day', async (t) => {
  const no = await household()
  const paid = { amountFen: '100000', tender: 'CASH' }
  t.match((await done('PAYMENT', no, paid)).body, { state: 'DONE' })
  const { body } = await get(`/v1/customers/${no}/account`)
  t.match(body, { customerNo: no, on: '2025-11-20', balanceFen: '0', payableFen: '198440' })
  t.match(body.payments, [{ amountFen: '100000', state: 'PAID', isOfBank: false }])
  const sum = (name: string) =>
    body.lines.reduce((all: bigint, line: Record<string, string>) => all + BigInt(line[name]!), 0n)
  t.equal(sum('receivableFen'), 298_440n)
  t.equal(sum('paidFen'), 100_000n)
  t.equal(sum('outstandingFen'), 198_440n)
  const later = (await get(`/v1/customers/${no}/account?on=2026-01-10`)).body
  t.match(later.quote, [{ season, outstandingFen: '198440', lateFeeFen: '5953' }])
  t.equal(later.payableFen, '204393')
})

test('events of an account come newest first, page by page', async (t) => {
  const no = await household()
  await done('STOP', no, { areaNo: 2, effectiveOn: '2026-01-10' })
  const first = (await get(`/v1/customers/${no}/events?limit=1`)).body
  t.match(first.events, [{ type: 'STOP', title: '报停' }])
  const second = (await get(`/v1/customers/${no}/events?limit=1&cursor=${first.next}`)).body
  t.match(second, { events: [{ type: 'OPEN_SEASON' }], next: null })
})

test('a wrong question is answered with what is wrong', async (t) => {
  const no = await household()
  for (const [url, message] of [
    ['/v1/charges/a.b/explanation', '「应收编号」格式不正确'],
    ['/v1/charges/chg_1/explanation?on=2026-13-01', '「截至日期」不是有效日期，应形如 2026-11-20'],
    [`/v1/customers/${no}/account?on=today`, '「截至日期」不是有效日期，应形如 2026-11-20'],
    ['/v1/customers/a_b/account', '「用户编号」格式不正确'],
    ['/v1/customers/a_b/events', '「用户编号」格式不正确'],
    [`/v1/customers/${no}/events?limit=0`, '「每页行数」不能小于 1'],
    [`/v1/customers/${no}/events?cursor=x`, '「翻页位置」不正确'],
  ] as const) {
    const { status, body } = await get(url)
    t.equal(status, 400, url)
    t.equal(body.fields?.[0]?.message, message, url)
  }
  for (const url of [
    '/v1/charges/chg_404/explanation',
    '/v1/customers/404/account',
    '/v1/customers/404/events',
  ]) {
    t.match(await get(url), { status: 404, body: { message: '没有找到' } }, url)
  }
})
