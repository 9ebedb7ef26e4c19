// The life of accounts over HTTP: two stops in one season, a split and its way back, a meter,
// access, leaving and coming back, another name, money between accounts – with both books agreeing.
import tap, { type Test, test } from 'tap'
import { paper, season, testDesk } from './test-desk.ts'

const desk = await testDesk()
tap.teardown(desk.close)
const { admin, ask, bothBooks, chargedOf, done, get, household, idOf, post } = desk

const undo = (eventId: string) => post('li', `/v1/events/${eventId}/undo`, { reason: '办错了' })
const refusalOf = async (type: string, no: string, more: object = {}) => {
  const { status, body } = await post('zhang', '/v1/events', ask(type, no, more))
  return status === 409 ? body.message : `${status} ${JSON.stringify(body)}`
}
async function stateOf(no: string) {
  const { rows } = await admin.query(
    `select name, network_status as network, prepaid_fen as balance, successor_ids as successors,
            phone, (select array_agg(heating_status order by area_no) from reli.area_seasons s
                     where s.customer_id = c.customer_id) as heating
       from reli.customers c where customer_no = $1`,
    [no],
  )
  return rows[0]
}

/** Every line of the account tells its formula, its policy and the events that led to it. */
async function explainAll(t: Test, no: string): Promise<void> {
  const { lines } = (await get(`/v1/customers/${no}/account`)).body
  t.ok(lines.length > 0)
  for (const line of lines) {
    const url = `/v1/charges/${encodeURIComponent(line.chargeId)}/explanation`
    const { status, body } = await get(url)
    t.equal(status, 200, JSON.stringify(body))
    t.match(body, { chargeId: line.chargeId, chargedFen: line.chargedFen })
    t.ok(body.events.length > 0, 'somebody did it')
  }
}

test('two stops and resumes in one season, a meter, a split, explained line by line', async (t) => {
  const no = await household()
  const first = { areaNo: 1, effectiveOn: '2025-11-25', resumeOn: '2025-12-10' }
  const second = { areaNo: 1, effectiveOn: '2026-01-15', resumeOn: '2026-02-20' }
  t.equal((await done('STOP', no, first)).body.state, 'DONE')
  const again = await done('STOP', no, second)
  t.equal(again.body.state, 'DONE', JSON.stringify(again.body))
  // 15 + 36 of 121 days: 70/121 of 1,980.00, and 20 % of 51/121.
  const stopped = {
    '2025-2026 1 BASE_HEAT': '16691',
    '2025-2026 1 HEATING': '114545',
    '2025-2026 2 HEATING': '100440',
  }
  t.same(await chargedOf(no), stopped)
  const children = [
    ['S1', 1, '6000'],
    ['S2', 1, '6240'],
  ].map(([customerNo, areaNo, billingDm2]) => ({
    ...{ customerNo, name: '王一', address: '1号楼1单元101' },
    rooms: [{ areaNo, areaItem: '住宅', billingDm2 }],
  }))
  const split = await done('SPLIT', no, { children })
  t.equal(split.body.state, 'DONE', JSON.stringify(split.body))
  t.match(await stateOf(no), { network: 'CLOSED', successors: { length: 2 } })
  const parts = [await chargedOf('S1'), await chargedOf('S2')].flatMap(Object.values).map(Number)
  t.equal(
    parts.reduce((sum, part) => sum + part, 0),
    16691 + 114545 + 100440,
  )
  t.same(...(await bothBooks()))
  const meter = {
    ...{ season, areaNo: 1, readings: [{ start: '1000', end: '5000' }], basePrice: '7.50' },
    ...{ meterPrice: '0.13', capRate: '1', settlement: 'REFUND_ONLY' },
  }
  const settled = await done('METER_SETTLEMENT', 'S1', meter)
  t.equal(settled.body.state, 'DONE', JSON.stringify(settled.body))
  t.match(await chargedOf('S1'), { '2025-2026 1 CAPACITY_HEAT': /^\d+$/ })
  t.equal((await undo(settled.body.eventId)).status, 200)
  t.same(
    [...Object.values(await chargedOf('S1')), ...Object.values(await chargedOf('S2'))].map(Number),
    parts,
  )

  for (const child of ['S1', 'S2']) await explainAll(t, child)

  const back = await undo(split.body.eventId)
  t.equal(back.status, 200, JSON.stringify(back.body))
  t.match(await stateOf('S2'), { network: 'CLOSED' })
  const sums = Object.values(await chargedOf('S1')).map(Number)
  t.equal(
    sums.reduce((sum, part) => sum + part, 0),
    16691 + 114545 + 100440,
  )
  t.same(...(await bothBooks()))
})

test('a number that is taken makes no child', async (t) => {
  const no = await household()
  const rooms = (billingDm2: string) => [{ areaNo: 1, areaItem: '住宅', billingDm2 }]
  const child = (customerNo: string, area: string) => ({
    customerNo,
    name: '王二',
    rooms: rooms(area),
  })
  const taken = [child('S9', '9000'), child(no, '3240')]
  t.equal(await refusalOf('SPLIT', no, { children: taken }), `用户编号 ${no} 已被使用`)
  const twice = [child('S9', '9000'), child('S9', '3240')]
  t.equal(await refusalOf('SPLIT', no, { children: twice }), '用户编号 S9 已被使用')
  const small = [child('S8', '9000'), child('S9', '3000')]
  t.equal(await refusalOf('SPLIT', no, { children: small }), '拆分后的面积之和与原面积不符')
})

test('two accounts become one, which only a split takes apart again', async (t) => {
  const [a, b] = [await household(), await household()]
  const merged = await done('MERGE', a, { otherCustomerNo: b })
  t.equal(merged.body.state, 'DONE', JSON.stringify(merged.body))
  t.same(Object.values(await chargedOf(a)), ['198000', '100440', '198000', '100440'])
  t.match(await stateOf(b), { network: 'CLOSED', successors: [idOf(a)] })
  t.equal(await refusalOf('MERGE', a, { otherCustomerNo: a }), '不能划转给同一用户')
  t.equal((await undo(merged.body.eventId)).body.message, '合户生效后不能撤回，请办理拆户')
  t.same(...(await bothBooks()))
})

test('access, leaving, coming back, and the end', async (t) => {
  const no = await household(false)
  const pending = "update reli.customers set network_status = 'PENDING' where customer_no = $1"
  await admin.query(pending, [no])
  t.equal(
    await refusalOf('STOP', no, { areaNo: 1, effectiveOn: '2026-01-10' }),
    '该用户不在网，不能办理此项业务',
  )
  t.equal(await refusalOf('DISCONNECT', no), '「在网状态」为「待入网」，不能办理「拆网」')
  await admin.query(`update reli.customers set access_season = $2 where customer_no = $1`, [
    no,
    season,
  ])
  const opened = await done('ACCESS', no, { isProrated: true, effectiveOn: '2025-12-10' })
  t.equal(opened.body.state, 'DONE', JSON.stringify(opened.body))
  // 96 of 121 days.
  t.same(await chargedOf(no), { '2025-2026 1 HEATING': '157091', '2025-2026 2 HEATING': '79688' })
  t.equal((await undo(opened.body.eventId)).body.message, '入网生效后不能撤回，请办理拆网或销户')
  t.equal(await refusalOf('DISCONNECT', no), '须先缴清欠费')
  await done('PAYMENT', no, { amountFen: '236779', tender: 'BANK_TRANSFER' })
  const left = await done('DISCONNECT', no, { effectiveOn: '2026-01-10' })
  t.match(await stateOf(no), { network: 'DISCONNECTED', heating: ['DISCONNECTED', 'DISCONNECTED'] })
  const came = await done('RESTORE', no, { effectiveOn: '2026-02-10' })
  t.equal(came.body.state, 'DONE', JSON.stringify(came.body))
  t.match(await stateOf(no), { network: 'IN_NETWORK', heating: ['NORMAL', 'NORMAL'] })
  t.equal((await undo(left.body.eventId)).body.message, '之后又办理了其他变更，请先撤回后办的业务')
  t.equal((await undo(came.body.eventId)).status, 200)
  t.equal((await undo(left.body.eventId)).status, 200)
  t.match(await stateOf(no), { network: 'IN_NETWORK', heating: ['NORMAL', 'NORMAL'] })
  t.same(await chargedOf(no), { '2025-2026 1 HEATING': '157091', '2025-2026 2 HEATING': '79688' })
  const end = await done('CLOSE_ACCOUNT', no)
  t.equal(end.body.state, 'DONE', JSON.stringify(end.body))
  t.equal(await refusalOf('PAYMENT', no, { amountFen: '1', tender: 'CASH' }), '该用户已销户')
  t.equal((await undo(end.body.eventId)).body.message, '已销户，不能撤回，请重新建户')
  t.same(...(await bothBooks()))
})

test('another name: the papers of the former owner are no business of the new one', async (t) => {
  const no = await household()
  await admin.query(
    `insert into reli.invoice_profiles (company_id, customer_id, title, tax_no)
                     values ('c1', $1, '王建国', '130100000000000001')`,
    [idOf(no)],
  )
  t.equal(
    await refusalOf('NAME_TRANSFER', no, { newName: '李四', isDebtTaken: false }),
    '须先缴清欠费',
  )
  t.equal(
    await refusalOf('NAME_TRANSFER', no, { newName: '王建国', isDebtTaken: true }),
    '新户名与原户名相同',
  )
  const bare = ask('NAME_TRANSFER', no, { newName: '李四', isDebtTaken: true, attachments: [] })
  t.equal((await post('zhang', '/v1/events', bare)).body.message, '须附依据材料')
  const made = await done('NAME_TRANSFER', no, {
    newName: '李四',
    newPhone: '13900000000',
    isDebtTaken: true,
  })
  t.match(await stateOf(no), { name: '李四', phone: '13900000000' })
  const { rows } = await admin.query(
    'select title, tax_no from reli.invoice_profiles where customer_id = $1',
    [idOf(no)],
  )
  t.same(rows, [{ title: '李四', tax_no: null }])
  t.equal((await undo(made.body.eventId)).status, 200)
  t.match(await stateOf(no), { name: '王建国' })
  const names = await admin.query(
    'select former_name, new_name from reli.name_history where customer_id = $1 order by event_id',
    [idOf(no)],
  )
  t.same(names.rows, [
    { former_name: '王建国', new_name: '李四' },
    { former_name: '李四', new_name: '王建国' },
  ])
})

test('money between accounts, out of them, and back', async (t) => {
  const [rich, poor] = [await household(), await household()]
  await done('PREPAYMENT', rich, { amountFen: '500000', tender: 'CASH' })
  t.match(await stateOf(rich), { balance: '201560' }, 'the debt was paid first')
  t.equal(
    await refusalOf('TRANSFER', rich, { toCustomerNo: poor, amountFen: '201561' }),
    '余额不足',
  )
  const moved = await done('TRANSFER', rich, { toCustomerNo: poor, amountFen: '50000' })
  t.equal(moved.body.state, 'DONE', JSON.stringify(moved.body))
  t.match(await stateOf(rich), { balance: '151560' })
  t.equal((await undo(moved.body.eventId)).body.message, '余额不足', 'it has paid a debt there')
  const back = await done('REFUND', rich, { amountFen: '151560', tender: 'CASH' })
  t.equal(back.body.state, 'DONE')
  t.match(await stateOf(rich), { balance: '0' })
  t.equal(
    await refusalOf('TRANSFER', rich, { toCustomerNo: '404', amountFen: '1' }),
    '没有用户 404',
  )
  t.same(...(await bothBooks()))
})

test('a payment is voided on its day and reversed later', async (t) => {
  const no = await household()
  const paid = await done('PAYMENT', no, { amountFen: '298440', tender: 'CASH' })
  const voided = await done('VOID_PAYMENT', no, { paymentId: paid.body.eventId })
  t.equal(voided.body.state, 'DONE', JSON.stringify(voided.body))
  t.equal(await refusalOf('VOID_PAYMENT', no, { paymentId: paid.body.eventId }), '该笔缴费已撤销')
  const second = await done('PAYMENT', no, { amountFen: '298440', tender: 'CASH' })
  await admin.query(`update reli.companies set booking_on = '2025-11-21'`)
  const late = await refusalOf('VOID_PAYMENT', no, { paymentId: second.body.eventId })
  t.equal(late, '不是当日缴费，请办理冲正')
  const reversed = await done('REVERSE_PAYMENT', no, { paymentId: second.body.eventId })
  t.equal(reversed.body.state, 'DONE', JSON.stringify(reversed.body))
  await admin.query(`update reli.companies set booking_on = '2025-11-20'`)
  t.same(...(await bothBooks()))
})

test('what the law of an event forbids is said before anything is written', async (t) => {
  const no = await household()
  await admin.query(`update reli.customers set stop_forbidden = true where customer_no = $1`, [no])
  const stop = { areaNo: 1, effectiveOn: '2026-01-10' }
  t.equal(await refusalOf('STOP', no, stop), '该用户不得报停')
  await admin.query(
    `update reli.customers set stop_forbidden = false, warranty_to_on = '2027-11-15'
                      where customer_no = $1`,
    [no],
  )
  t.equal(await refusalOf('STOP', no, stop), '该用户不得报停')
  await admin.query('update reli.customers set warranty_to_on = null where customer_no = $1', [no])
  t.equal(await refusalOf('STOP', no, { ...stop, areaNo: 7 }), '没有这个面积项')
  t.equal(await refusalOf('REDUCTION', no, { season, mode: 'DAYS' }), '缺少「减免天数」')
  t.equal(
    await refusalOf('REDUCTION', no, { season: '1999-2000', mode: 'PERCENT', share: '1' }),
    '没有这个采暖期',
  )
  await done('FORCED_STOP', no, { effectiveOn: '2026-01-10' })
  t.equal(
    await refusalOf('STOP', no, { areaNo: 1, effectiveOn: '2026-01-20' }),
    '「用热状态」为「强停」，不能办理「报停」',
  )
  t.equal(
    await refusalOf('FORCED_STOP', no, { effectiveOn: '2026-01-20' }),
    '「用热状态」为「强停」，不能办理「强停」',
  )
})

test('five ways of reducing, and late fee let off and asked for again', async (t) => {
  const no = await household()
  const modes: [object, string][] = [
    [{ mode: 'AMOUNT', amountFen: '1000' }, '-1000'],
    [{ mode: 'DAYS', days: 8 }, '-13091'],
    [{ mode: 'AREA', areaDm2: '1000' }, '-22000'],
    [{ mode: 'PERCENT', share: '0.1' }, '-19800'],
    [
      {
        ...{ mode: 'TIER', areaDm2: '6800' },
        tiers: [{ upToDm2: '5000', unitPrice: '13' }, { unitPrice: '18' }],
      },
      '-52200',
    ],
  ]
  for (const [more, delta] of modes) {
    const shown = await post(
      'zhang',
      '/v1/events/preview',
      ask('REDUCTION', no, { season, areaNo: 1, ...more }),
    )
    t.equal(shown.body.effect?.deltaFen, delta, JSON.stringify(more))
  }
  await admin.query(`update reli.companies set booking_on = '2026-01-31'`)
  const half = await done('LATE_FEE_WAIVER', no, { share: '0.5' })
  t.equal(half.body.effect.waivedFen, '13878', JSON.stringify(half.body))
  const due = async () => {
    const shown = ask('ADDITIONAL_FEE', no, { season, feeItem: 'ADDITIONAL', amountFen: '1' })
    return (await post('zhang', '/v1/events/preview', shown)).body.effect.quote.before[0].lateFeeFen
  }
  t.equal(await due(), '13877')
  t.equal((await undo(half.body.eventId)).status, 200)
  t.equal(await due(), '27755')
  await admin.query(`update reli.companies set booking_on = '2025-11-20'`)
})

test('two agree to the same request at once, and a payment comes between', async (t) => {
  const no = await household()
  const taken = await post(
    'zhang',
    '/v1/events',
    ask('REDUCTION', no, { season, mode: 'AMOUNT', amountFen: '5000' }),
  )
  const url = `/v1/events/requests/${taken.body.requestNo}/approve`
  const answers = await Promise.all([
    post('li', url),
    post('li', url),
    post('zhang', '/v1/events', ask('PAYMENT', no, { amountFen: '100000', tender: 'CASH' })),
    post('zhang', '/v1/events', ask('PAYMENT', no, { amountFen: '100000', tender: 'POS' })),
  ])
  t.same(answers.map(({ status }) => status).sort(), [200, 200, 200, 409])
  const { rows } = await admin.query(
    `select sum(reduced_fen)::text as reduced, sum(outstanding_fen)::text as owed
       from reli.charges where customer_id = $1`,
    [idOf(no)],
  )
  t.same(rows, [{ reduced: '5000', owed: String(298_440 - 5_000 - 200_000) }])
  t.same(...(await bothBooks()))
})

test('only people of this company, with the right role, and only what is there', async (t) => {
  t.equal((await get('/v1/events/requests/req_404')).status, 404)
  t.equal((await post('li', '/v1/events/requests/req_404/approve')).status, 404)
  const { rows } = await admin.query(`select distinct action from reli.audit_log order by 1`)
  t.match(
    rows.map(({ action }) => action),
    ['event.approved', 'event.booked', 'event.requested', 'event.undone'],
  )
  t.ok(paper)
})
