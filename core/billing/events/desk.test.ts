// The desk over HTTP: what is previewed is what is booked, two people where two are wanted, and
// every kind has its way back or a sentence why not.
import tap, { test } from 'tap'
import { kindNames } from './kinds.ts'
import { paper, season, testDesk } from './test-desk.ts'
import { wayBack } from './way-back.ts'

const desk = await testDesk()
tap.teardown(desk.close)
const { admin, ask, bothBooks, chargedOf, done, get, household, idOf, post, send } = desk

const untouched = {
  '2025-2026 1 HEATING': '198000',
  '2025-2026 2 HEATING': '100440',
}
const undo = (eventId: string) => post('li', `/v1/events/${eventId}/undo`, { reason: '办错了' })
const rowsOf = async (table: string) =>
  Number((await admin.query(`select count(*) from reli.${table}`)).rows[0].count)

test('a preview writes nothing and says what the booking then does', async (t) => {
  const no = await household()
  const before = [await rowsOf('billing_events'), await rowsOf('event_requests')]
  const stop = ask('STOP', no, { areaNo: 1, effectiveOn: '2026-01-10' })
  const shown = await post('zhang', '/v1/events/preview', stop)
  t.equal(shown.status, 200)
  t.match(shown.body, { state: 'PREVIEW', requestNo: null, needsApproval: true })
  t.equal(shown.body.effect.deltaFen, '-85091')
  t.same(
    shown.body.effect.lines.map(({ feeItem, deltaFen }: Record<string, string>) => [
      feeItem,
      deltaFen,
    ]),
    [
      ['HEATING', '-106364'],
      ['BASE_HEAT', '21273'],
    ],
  )
  t.match(shown.body.effect.lines[0].explanation, {
    formula: 'HEATING = round(P × H × A × X ÷ (A × D))',
    numbers: { P: '22.0000', A: '90.00', X: '5040.00', A_times_D: '10890.00' },
  })
  t.match(shown.body.effect.quote, {
    before: [{ payableFen: '298440' }],
    after: [{ payableFen: '213349' }],
  })
  t.same([await rowsOf('billing_events'), await rowsOf('event_requests')], before)

  const taken = await post('zhang', '/v1/events', stop)
  t.match(taken.body, { state: 'IN_APPROVAL', eventId: null, effect: { deltaFen: '-85091' } })
  t.same(await chargedOf(no), untouched, 'nothing happens before it is agreed to')
  const { requestNo } = taken.body
  const own = await post('zhang', `/v1/events/requests/${requestNo}/approve`)
  t.match(own, { status: 409, body: { message: '申请人不能审核自己的申请' } })
  const agreed = await post('li', `/v1/events/requests/${requestNo}/approve`, { opinion: '同意' })
  t.match(agreed.body, { state: 'DONE', effect: shown.body.effect })
  t.same(await chargedOf(no), {
    '2025-2026 1 BASE_HEAT': '21273',
    '2025-2026 1 HEATING': '91636',
    '2025-2026 2 HEATING': '100440',
  })
  const again = await post('li', `/v1/events/requests/${requestNo}/approve`)
  t.match(again, {
    status: 409,
    body: { message: '「业务申请」为「已生效」，不能办理「审核通过」' },
  })
  t.match((await get(`/v1/events/requests/${requestNo}`)).body, {
    title: '报停',
    stateTitle: '已生效',
    madeBy: 'zhang',
    checkedBy: 'li',
    opinion: '同意',
    name: '王*国',
    attachments: [paper],
  })
})

test('what was agreed to is done, or nothing is', async (t) => {
  const no = await household()
  const taken = await post(
    'zhang',
    '/v1/events',
    ask('STOP', no, { areaNo: 1, effectiveOn: '2026-01-10' }),
  )
  const rival = await post(
    'zhang',
    '/v1/events',
    ask('AREA_CHANGE', no, { areaNo: 1, billingDm2: '9650' }),
  )
  t.match(rival, { status: 409, body: { message: '该用户有同类业务正在审核' } })
  const paid = await done('PAYMENT', no, { amountFen: '10000', tender: 'CASH' })
  t.equal(paid.body.state, 'DONE', 'money is taken meanwhile')
  // A change comes in by another door.
  await admin.query(
    `insert into reli.area_facts (company_id, customer_id, season, area_no, fact_id, event_id, fact)
     values ('c1', $1, $2, 1, 'f1', 'f1', $3)`,
    [
      idOf(no),
      season,
      {
        kind: 'CHANGE',
        id: 'f1',
        effectiveOn: '2025-11-15',
        policy: 'PRORATA',
        billingDm2: '10000n',
      },
    ],
  )
  const { requestNo } = taken.body
  const first = await post('li', `/v1/events/requests/${requestNo}/approve`)
  t.match(first, { status: 409, body: { message: '金额与审批时不一致，请重新核对' } })
  const { body } = await get(`/v1/events/requests/${requestNo}`)
  t.match(body, { state: 'TO_HANDLE', problem: '金额与审批时不一致，请重新核对' })
  const second = await post('li', `/v1/events/requests/${requestNo}/approve`)
  t.equal(second.body.state, 'DONE', 'whoever looks again agrees to the new sums')
  t.equal(second.body.effect.deltaFen, body.effect.deltaFen)
})

test('a request is refused, withdrawn, or kept as a draft first', async (t) => {
  const no = await household()
  const stop = ask('STOP', no, { areaNo: 1, effectiveOn: '2026-01-10' })
  const draft = await post('zhang', '/v1/events/drafts', stop)
  t.equal(draft.body.state, 'DRAFT')
  const url = `/v1/events/requests/${draft.body.requestNo}`
  t.match((await post('li', `${url}/approve`)).body, {
    message: '「业务申请」为「草稿」，不能办理「审核通过」',
  })
  t.equal((await post('zhang', `${url}/submit`)).body.state, 'IN_APPROVAL')
  t.match((await post('li', `${url}/reject`, { opinion: '缺少房产证' })).body, {
    state: 'REJECTED',
  })
  const second = await post('zhang', '/v1/events', stop)
  const cancel = `/v1/events/requests/${second.body.requestNo}/cancel`
  t.match((await post('zhang', cancel, { reason: '用户撤回' })).body, { state: 'CANCELLED' })
  t.match((await post('zhang', cancel, { reason: '用户撤回' })).body, {
    message: '「业务申请」为「撤销」，且不再变更，不能办理「撤销申请」',
  })
  t.same(await chargedOf(no), untouched)
  const { body } = await get(`/v1/events/requests?customerNo=${no}&limit=1`)
  t.match(body, { requests: [{ state: 'CANCELLED' }] })
  const more = await get(`/v1/events/requests?customerNo=${no}&limit=1&cursor=${body.next}`)
  t.match(more.body, { requests: [{ state: 'REJECTED', opinion: '缺少房产证' }], next: null })
})

test('a company says which kinds one person books alone', async (t) => {
  const no = await household()
  const url = '/v1/events/kinds/ADDITIONAL_FEE/approval'
  const sum = { approval: 'FROM', fromFen: '50000', reason: '小额免审' }
  t.equal((await send('zhang', 'PUT', url, sum)).status, 200)
  const fee = { season, feeItem: 'ADDITIONAL' }
  const small = await post(
    'zhang',
    '/v1/events',
    ask('ADDITIONAL_FEE', no, { ...fee, amountFen: '49999' }),
  )
  t.equal(small.body.state, 'DONE')
  const large = await post(
    'zhang',
    '/v1/events',
    ask('ADDITIONAL_FEE', no, { ...fee, amountFen: '50000' }),
  )
  t.equal(large.body.state, 'IN_APPROVAL')
  const kinds = (await get('/v1/events/kinds')).body
  t.match(
    kinds.find(({ type }: { type: string }) => type === 'ADDITIONAL_FEE'),
    {
      title: '应收增加',
      approval: 'FROM',
      fromFen: '50000',
      canBeUndone: true,
    },
  )
  t.equal(kinds.length, kindNames.length)
})

test('the same request with the same key is taken in once', async (t) => {
  const no = await household()
  const payload = ask('PAYMENT', no, { amountFen: '10000', tender: 'CASH' })
  const headers = { 'idempotency-key': 'counter-0001' }
  const answers = []
  for (const _ of [1, 2]) answers.push(await post('zhang', '/v1/events', payload, headers))
  t.same(answers[0]!.body, answers[1]!.body)
  const { rows } = await admin.query(
    'select count(*) from reli.account_payments where customer_id = $1',
    [idOf(no)],
  )
  t.equal(rows[0].count, '1')
})

const room = { areaNo: 1 }
/** Of each kind one, on an account whose season is open. */
const examples: Record<string, { fields: object }> = {
  STOP: { fields: { ...room, effectiveOn: '2026-01-10' } },
  FORCED_STOP: { fields: { effectiveOn: '2026-01-10' } },
  AREA_CHANGE: { fields: { ...room, billingDm2: '9650', effectiveOn: '2026-01-01' } },
  CLASS_CHANGE: { fields: { ...room, priceClass: 'NONRES', effectiveOn: '2026-01-01' } },
  METER_SETTLEMENT: {
    fields: {
      ...{ ...room, season, readings: [{ start: '1000', end: '5000' }] },
      ...{ basePrice: '7.50', meterPrice: '0.13', capRate: '1', settlement: 'REFUND_ONLY' },
    },
  },
  REDUCTION: { fields: { season, mode: 'PERCENT', share: '0.1' } },
  ADDITIONAL_FEE: { fields: { season, feeItem: 'ADDITIONAL', amountFen: '60000' } },
  WRITE_OFF: { fields: { season } },
  ON_ACCOUNT: { fields: { season, promisedOn: '2026-03-31' } },
  INSTALMENT_PLAN: {
    fields: {
      season,
      parts: [
        { share: '0.4', dueOn: '2025-12-20' },
        { share: '0.6', dueOn: '2026-02-20' },
      ],
    },
  },
  INSPECTION: {
    fields: { season, ...room, found: 'AMOUNT', recoverFen: '30000', penaltyFen: '9000' },
  },
  PAYMENT: { fields: { amountFen: '100000', tender: 'CASH' } },
  PREPAYMENT: { fields: { amountFen: '100000', tender: 'POS' } },
  NAME_TRANSFER: { fields: { newName: '李新户', isDebtTaken: true } },
}

for (const [type, { fields }] of Object.entries(examples)) {
  test(`${type} is done and taken back, and both books agree`, async (t) => {
    const no = await household()
    const before = await chargedOf(no)
    const made = await done(type, no, fields)
    t.equal(made.status, 200, JSON.stringify(made.body))
    t.same(...(await bothBooks()))
    const back = await undo(made.body.eventId)
    t.equal(back.status, 200, JSON.stringify(back.body))
    t.same(await chargedOf(no), before)
    t.same(...(await bothBooks()))
    const twice = await undo(made.body.eventId)
    t.equal(twice.body.message, '该笔业务已撤回')
    const { rows } = await admin.query(
      `select c.name, prepaid_fen, coalesce((select sum(reduced_fen + written_off_fen + paid_fen)
                                               from reli.charges
                                              where customer_id = $1), 0) as settled
         from reli.customers c where customer_id = $1`,
      [idOf(no)],
    )
    t.match(rows[0], { name: '王建国', prepaid_fen: '0', settled: '0' })
  })
}

test('every kind has a way back or says why not', async (t) => {
  t.same(Object.keys(wayBack).sort(), kindNames.toSorted())
  const no = await household()
  await done('PREPAYMENT', no, { amountFen: '400000', tender: 'CASH' })
  const refund = await done('REFUND', no, { amountFen: '1000', tender: 'CASH' })
  t.match(await undo(refund.body.eventId), {
    status: 409,
    body: { code: 'undo.not_possible', message: '退费已付出，不能撤回，请重新收款' },
  })
})

test('who asked for what two had to agree to does not take it back alone', async (t) => {
  const no = await household()
  const made = await done('REDUCTION', no, { season, mode: 'AMOUNT', amountFen: '5000' })
  const own = await post('zhang', `/v1/events/${made.body.eventId}/undo`, { reason: '办错了' })
  t.match(own, { status: 409, body: { message: '申请人不能撤回自己的业务' } })
  t.equal((await undo('evt_999999999999')).status, 404)
})
