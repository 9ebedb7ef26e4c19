// A policy is drafted, checked, tried on last season's customers, published, and kept.
import tap, { test } from 'tap'
import { openSeason } from '../seasons/season.ts'
import { bookingOn, companyId, scope, testCompany } from '../store/test-company.ts'
import { problemsOf } from './check.ts'
import type { PolicyJson } from './document.ts'
import { differencesOf, publish, saveDraft, seasonOf } from './policies.ts'
import { simulate } from './simulation.ts'

const { db, admin, newAccount, close } = await testCompany('PLANNED')
tap.teardown(close)
const season = '2025-2026'
const dates = { season, heatStartOn: '2025-11-15', heatEndOn: '2026-03-15' }

const priceOf = (code: string, unit_price: string) => ({
  code,
  name: code,
  unit_price,
  base_heat_ratio: '0.3',
  over_height: { rule: 'NONE' as const },
})
const policy: PolicyJson = {
  price_classes: [priceOf('RES', '27.00'), priceOf('NONRES', '36.00')],
  late_fee: {
    due_date: '2025-12-31',
    late_fee_rate: '0.002',
    late_fee_cap: null,
    late_fee_base: 'OUTSTANDING',
  },
  discount: null,
  switches: {
    stop_granularity: 'WHOLE_SEASON',
    max_stop_cycles: 1,
    resume_policy: 'FULL_SEASON',
    class_change_policy: 'NEXT_SEASON',
    disconnect_policy: 'FULL_SEASON',
    carry_stop: false,
    not_opened_policy: 'BASE',
    arrears_forbid: ['STOP'],
  },
}
const [residents, shops] = policy.price_classes as [
  PolicyJson['price_classes'][0],
  PolicyJson['price_classes'][0],
]
const tier = { from: '2025-09-01', to: '2025-09-30', rate: '0.01' }
const discount = { tiers: [tier], needs_no_arrears: true, applies_to: ['HEATING'] }

test('each mistake is told by its field and what would be right', (t) => {
  const wrong: [change: object, field: string, message: RegExp][] = [
    [{ price_classes: [] }, 'price_classes', /格式不正确/],
    [
      { price_classes: [{ ...residents, unit_price: '22.00001' }] },
      'price_classes.0.unit_price',
      /十进制数，如 22.00/,
    ],
    [
      { price_classes: [{ ...residents, unit_price: 22 }] },
      'price_classes.0.unit_price',
      /格式不正确/,
    ],
    [{ price_classes: [residents, residents] }, 'price_classes.1.code', /单价类型 RES 重复/],
    [
      { price_classes: [{ ...residents, base_heat_ratio: '20' }] },
      'price_classes.0.base_heat_ratio',
      /20% 请写 0.2/,
    ],
    [{ price_classes: [{ ...residents, color: 'red' }] }, 'price_classes.0', /不认识的项目 color/],
    [
      {
        price_classes: [
          {
            ...shops,
            over_height: { rule: 'STEP_PCT', h0: '3.00', step: '0', pct: '0.05', cap: null },
          },
        ],
      },
      'price_classes.0.over_height.step',
      /级差须大于 0/,
    ],
    [
      {
        price_classes: [
          {
            ...shops,
            over_height: {
              rule: 'TIER',
              tiers: [
                { to: null, factor: '1' },
                { to: '4', factor: '1.2' },
              ],
            },
          },
        ],
      },
      'price_classes.0.over_height.tiers',
      /由低到高/,
    ],
    [{ late_fee: { ...policy.late_fee, due_date: '2026-02-30' } }, 'late_fee.due_date', /应为日期/],
    [
      { late_fee: { ...policy.late_fee, due_date: '2026-12-31' } },
      'late_fee.due_date',
      /晚于供暖结束日/,
    ],
    [{ late_fee: { ...policy.late_fee, rate_steps: [] } }, 'late_fee.rate_steps', /格式不正确/],
    [
      { discount: { ...discount, tiers: [{ ...tier, to: '2025-08-01' }] } },
      'discount.tiers.0.to',
      /早于开始日期/,
    ],
    [
      { discount: { ...discount, tiers: [{ ...tier, rate: '2' }] } },
      'discount.tiers.0.rate',
      /2% 请写 0.02/,
    ],
    [
      { switches: { allocation_order: 'NEWEST' } },
      'switches.allocation_order',
      /只能是 OLDEST_FIRST、CURRENT_FIRST 之一/,
    ],
    [
      { late_fee: { ...policy.late_fee, late_fee_base: undefined } },
      'late_fee',
      /缺少 late_fee_base/,
    ],
  ]
  for (const [change, field, message] of wrong) {
    const given = JSON.parse(JSON.stringify({ ...policy, ...change }))
    const found = problemsOf(given, dates).find((each) => each.field === field)
    t.match(found?.message ?? `nothing at ${field}`, message, JSON.stringify(change))
  }
  t.same(problemsOf(policy, dates), [])
  t.end()
})

test('a draft is tried on the customers of a season before it is published', async (t) => {
  for (let at = 0; at < 3; at++) await newAccount()
  await openSeason(db, { companyId, scope, season: '2024-2025', madeBy: 'test' })
  const tried = await db.read(scope, (tx) => simulate(tx, companyId, policy, '2024-2025'))
  t.match(tried, {
    customers: 3,
    withoutPrice: 0,
    sums: [
      {
        priceClass: 'NONRES',
        nature: 'RESIDENT',
        rooms: 3,
        beforeFen: 3n * 100_440n,
        afterFen: 3n * 116_640n,
      },
      {
        priceClass: 'RES',
        rooms: 3,
        areaDm2: 27_000n,
        beforeFen: 3n * 198_000n,
        afterFen: 3n * 243_000n,
      },
    ],
  })
  t.equal(tried.largest.length, 3)
  const without = await db.read(scope, (tx) =>
    simulate(tx, companyId, { ...policy, price_classes: [residents] }, '2024-2025'),
  )
  t.equal(without.withoutPrice, 3)
  const { rows } = await admin.query(
    `select count(*)::int as count from reli.charges where season = '2025-2026'`,
  )
  t.equal(rows[0].count, 0)
})

test('what is published charges, and is a version for ever', async (t) => {
  const act = { note: '2025 年新价', publishedBy: 's01' }
  const book = (of: unknown) =>
    db.tx(scope, async (tx) => {
      await saveDraft(tx, companyId, season, of, 's01')
      return publish(tx, companyId, season, act)
    })
  await t.rejects(
    db.tx(scope, (tx) => publish(tx, companyId, season, act)),
    { code: 'policy.no_draft' },
  )
  await t.rejects(book({ ...policy, price_classes: [residents, residents] }), /RES 重复/)
  t.match(await book(policy), { versionNo: 1, effectiveOn: bookingOn, isCurrent: true })
  await openSeason(db, { companyId, scope, season, madeBy: 'test' })
  const { rows } = await admin.query(
    `select sum(receivable_fen)::text as sum from reli.charges where season = '2025-2026'`,
  )
  t.equal(rows[0].sum, String(3 * (243_000 + 116_640)))

  await t.rejects(
    book({ ...policy, price_classes: [{ ...residents, unit_price: '28.00' }, shops] }),
    /已开账，单价类型 RES 不能修改/,
  )
  await t.rejects(book({ ...policy, discount }), /已开账，2025-11-20 及以前的优惠不能再改/)
  const more = { ...policy, price_classes: [residents, shops, priceOf('SCHOOL', '25.00')] }
  t.match(await book(more), { versionNo: 2 })
  t.same(differencesOf(policy, more), [
    { path: 'price_classes.SCHOOL', before: null, after: priceOf('SCHOOL', '25.00') },
  ])
  const now = await db.read(scope, (tx) => seasonOf(tx, companyId, season))
  t.match(now, { policyVersion: 2, draft: null })
  await t.rejects(admin.query('update reli.policy_versions set note = note'), /append-only/)
})
