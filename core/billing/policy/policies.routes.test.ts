// A tariff clerk over HTTP: a season is planned, its policy drafted, tried, published and compared;
// what is wrong is said by its field; a day to come waits for the cut-over.
import { readFileSync } from 'node:fs'
import tap, { test } from 'tap'
import { parse } from 'yaml'
import { cutOver } from '../../jobs/cut-over.ts'
import { testDesk } from '../events/test-desk.ts'
import { companyId, scope } from '../store/test-company.ts'
import type { PolicyJson } from './document.ts'
import { publish, saveDraft } from './policies.ts'

const { db, admin, newAccount, send, get, close } = await testDesk()
tap.teardown(close)
const read = (city: string): PolicyJson =>
  parse(readFileSync(new URL(`../../../config/policies/${city}.yaml`, import.meta.url), 'utf8'))
const shijiazhuang = read('shijiazhuang')
const policy: PolicyJson = {
  ...shijiazhuang,
  price_classes: [
    { ...shijiazhuang.price_classes[0]!, code: 'RES', unit_price: '24.50' },
    { ...shijiazhuang.price_classes[1]!, code: 'NONRES' },
  ],
}
const season = '2026-2027'
const at = (rest: string) => `/v1/policies/${season}${rest}`
const plan = { season, heatStartOn: '2026-11-15', heatEndOn: '2027-03-15' }

test('each wrong field is told', async (t) => {
  const wrong: ['POST' | 'PUT', string, object, string][] = [
    ['POST', '/v1/seasons', { ...plan, season: '2026' }, '「采暖期」格式不正确'],
    [
      'POST',
      '/v1/seasons',
      { ...plan, season: '2026-2028' },
      '「采暖期」须为相邻两年，如 2026-2027',
    ],
    [
      'POST',
      '/v1/seasons',
      { ...plan, heatStartOn: '15.11.2026' },
      '「供暖开始日」不是有效日期，应形如 2026-11-20',
    ],
    [
      'POST',
      '/v1/seasons',
      { ...plan, heatStartOn: '2025-11-15' },
      '「供暖开始日」不在 2026-2027 采暖期内，应在 2026-07-01 至 2027-01-31 之间；供暖 486 天不合常理（60 至 270 天），请核对「供暖结束日」',
    ],
    [
      'POST',
      '/v1/seasons',
      { ...plan, heatEndOn: '2026-11-01' },
      '「供暖结束日」必须晚于供暖开始日',
    ],
    ['POST', '/v1/seasons', { ...plan, copyFrom: 'last' }, '「沿用的采暖期」格式不正确'],
    ['POST', '/v1/seasons', { ...plan, copyFrom: '1999-2000' }, '没有这个采暖期'],
    ['PUT', at('/draft'), {}, '缺少「收费政策」'],
    ['PUT', at('/draft'), { policy }, '没有这个采暖期'],
    ['PUT', '/v1/policies/2026/draft', { policy }, '「采暖期」格式不正确'],
    ['POST', at('/publish'), { note: ' ' }, '「发布说明」格式不正确'],
    [
      'POST',
      at('/publish'),
      { note: '新价', effectiveOn: 'soon' },
      '「生效日期」不是有效日期，应形如 2026-11-20',
    ],
    ['POST', at('/simulation'), { baseSeason: '2025' }, '「采暖期」格式不正确'],
  ]
  for (const [method, url, body, message] of wrong) {
    const answer = await send('zhang', method, url, body)
    t.ok(answer.status >= 400 && answer.status < 500, `${url} ${JSON.stringify(answer.body)}`)
    t.equal(answer.body.message, message)
  }
  t.equal(
    (await get('/v1/policies/2025-2026/changes?from=0&to=9')).body.message,
    '没有这个政策版本',
  )
  t.match((await get('/v1/policies/2025-2026/changes?from=a&to=1')).body.message, /「原版本」/)
  t.equal((await send('li', 'POST', '/v1/seasons', plan)).status, 403, 'not for the cashier')
})

test('a season is planned, drafted, tried and published', async (t) => {
  for (let i = 0; i < 4; i++) await newAccount()
  await admin.query(
    `insert into reli.area_seasons (company_id, customer_id, season, area_no, area_item,
            billing_area_dm2, price_class, org_path, nature)
     select company_id, customer_id, '2025-2026', area_no, '', billing_area_dm2, price_class,
            'c1.b1.', 'RESIDENT' from reli.area_items`,
  )
  const planned = await send('zhang', 'POST', '/v1/seasons', { ...plan, copyFrom: '2025-2026' })
  t.equal(planned.status, 200, JSON.stringify(planned.body))
  t.match(planned.body, { season, problems: [{ message: /缺少 price_classes（单价类型）/ }] })
  const copied = (await get(at(''))).body
  t.equal(copied.state, 'PLANNED')
  t.equal(copied.draft.late_fee.due_date, '2026-12-31', 'a year later')
  t.equal((await send('zhang', 'POST', '/v1/seasons', plan)).body.message, '该采暖期已经建立')

  const bad = { ...policy, late_fee: { ...policy.late_fee, late_fee_rate: '0.5' } }
  const kept = (await send('zhang', 'PUT', at('/draft'), { policy: bad })).body
  t.equal(
    kept.problems[0].message,
    'late_fee.late_fee_rate（违约金日率）不能超过每日 0.01（1%），如 0.001',
  )
  const refused = await send('zhang', 'POST', at('/publish'), { note: '新价' })
  t.equal(refused.body.message, kept.problems[0].message)

  await send('zhang', 'PUT', at('/draft'), { policy })
  const tried = (await send('zhang', 'POST', at('/simulation'), { baseSeason: '2025-2026' })).body
  t.match(tried, {
    customers: 4,
    withoutPrice: 0,
    sums: [
      { priceClass: 'NONRES', rooms: 4, differenceFen: '0' },
      { priceClass: 'RES', beforeFen: '792000', afterFen: '882000', differenceFen: '90000' },
    ],
    total: { differenceFen: '90000' },
  })
  t.same(tried.largest[0].differenceFen, '22500')
  const first = await send('zhang', 'POST', at('/publish'), { note: '新价' })
  t.match(first.body, { versionNo: 1, isCurrent: true })
  const none = await send('zhang', 'POST', at('/publish'), { note: '新价' })
  t.equal(none.body.message, '没有待发布的草案')
  const { rows } = await admin.query(
    `select unit_price::text from reli.price_classes where season = $1 and price_class = 'RES'`,
    [season],
  )
  t.equal(rows[0].unit_price, '245000')
})

test('a day to come waits for its cut-over; versions are compared', async (t) => {
  const dearer = { ...policy, switches: { ...policy.switches, resume_policy: 'FULL_SEASON' } }
  await send('zhang', 'PUT', at('/draft'), { policy: dearer })
  const past = await send('zhang', 'POST', at('/publish'), {
    note: '迟',
    effectiveOn: '2025-11-01',
  })
  t.equal(past.body.message, '生效日期不能早于账务日')
  const waiting = { note: '复热按全季', effectiveOn: '2025-12-01' }
  t.match((await send('zhang', 'POST', at('/publish'), waiting)).body, {
    versionNo: 2,
    isCurrent: false,
  })
  const current = async () => (await get(at(''))).body
  t.equal((await current()).version, 1)
  await cutOver(db, companyId, '2025-11-30')
  t.equal((await current()).version, 1)
  await cutOver(db, companyId, '2025-12-01')
  const now = await current()
  t.match(now, { version: 2, policy: { switches: { resume_policy: 'FULL_SEASON' } } })
  const change = {
    path: 'switches.resume_policy',
    before: 'PRORATA',
    after: 'FULL_SEASON',
  }
  t.same((await get(at('/changes?from=1&to=2'))).body, [change])
  t.match((await get(at('/versions'))).body[0], { note: '复热按全季', changes: [change] })
})

test('an opened season keeps its promises and may promise more', async (t) => {
  await admin.query(`update reli.seasons set state = 'OPEN' where season = $1`, [season])
  const book = (of: object) =>
    db.tx(scope, async (tx) => {
      await saveDraft(tx, companyId, season, { ...policy, ...of }, 'zhang')
      return publish(tx, companyId, season, { note: '调整', publishedBy: 'li' })
    })
  await t.rejects(book({ late_fee: { ...policy.late_fee, late_fee_rate: '0.002' } }), /违约金/)
  await t.rejects(book({ fee_items: {} }), /费目 VALVE_OPENING 不能修改或取消/)
  await t.rejects(book({ season_days: { mode: 'FIXED', days: 120 } }), /计费天数不能再改/)
  const { late_fee_rate: rate, ...late } = policy.late_fee
  const steps = [
    { from: '0001-01-01', to: '2027-01-31', rate: rate! },
    { from: '2027-02-01', to: null, rate: '0.002' },
  ]
  const more = { ...policy.discount!, tiers: [...policy.discount!.tiers].slice(0, 1) }
  t.match(await book({ late_fee: { ...late, rate_steps: steps }, discount: more }), {
    versionNo: 3,
    isCurrent: true,
  })
  await admin.query(
    `insert into reli.approval_rules (company_id, type, approval, set_by)
     values ('c1', 'policy.publish', 'ALWAYS', 'test')`,
  )
  await send('zhang', 'PUT', at('/draft'), { policy: { ...policy } })
  const own = await send('zhang', 'POST', at('/publish'), { note: '自己' })
  t.equal(own.body.message, '申请人不能审核自己的申请')
})
