// Every field of every kind with a wrong value, and the sentence that the clerk reads. A field that
// nobody tried is a failure of this test.
import { test } from 'tap'
import { type FieldProblem, Problem } from '../../http/problems.ts'
import { bodyOf } from './kind.ts'
import { type KindName, kindNames, kinds } from './kinds.ts'
import { readAsked } from './read.ts'

type Wrong = [value: unknown, sentence: string]

/** By field, or by kind and field where a kind calls it otherwise. */
const wrong: Record<string, Wrong> = {
  customerNo: ['东苑 1 号', '「用户编号」格式不正确'],
  effectiveOn: ['2026-02-30', '「生效日期」不是有效日期，应形如 2026-11-20'],
  reason: ['', '「原因」不能为空'],
  attachments: ['申请表', '「依据材料」格式不正确'],
  channel: ['fax', '「受理渠道」只能是 hall、console、app、wechat、phone、api 之一'],
  areaNo: [0, '「面积项序号」不能小于 1'],
  'STOP.areaDm2': ['30.00', '「报停面积」格式不正确'],
  'REDUCTION.areaDm2': ['-1', '「减免面积」格式不正确'],
  resumeOn: ['2026-2-5', '「约定复热日期」不是有效日期，应形如 2026-11-20'],
  isCorrection: ['是', '「更正补办」格式不正确'],
  stopId: ['', '「报停业务号」格式不正确'],
  valveOpeningFen: ['0', '「开栓费」格式不正确'],
  billingDm2: [9650, '「收费面积」格式不正确'],
  heightCm: [20, '「层高（厘米）」不能小于 150'],
  priceClass: ['一'.repeat(31), '「单价类型」不能超过 30 个字'],
  season: ['2025', '「采暖期」格式不正确'],
  readings: [[], '「抄表读数」至少要有 1 项'],
  adjustment: ['-5', '「用量调整」格式不正确'],
  basePrice: ['7.50000', '「基本热价」格式不正确'],
  meterPrice: ['免费', '「计量热价」格式不正确'],
  correction: ['', '「修正系数」格式不正确'],
  capRate: ['100%', '「封顶比例」格式不正确'],
  settlement: ['BOTH_WAYS', '「结算方式」只能是 REFUND_ONLY、BOTH 之一'],
  isProrated: [1, '「按开通日期折算」格式不正确'],
  newName: ['   ', '「新户名」格式不正确'],
  newPhone: ['一三八', '「新联系电话」格式不正确'],
  newIdType: ['CARD', '「证件类型」只能是 ID_CARD、PASSPORT、LICENCE、OTHER 之一'],
  newIdNumber: ['1301', '「证件号码」格式不正确'],
  isDebtTaken: ['true', '「新户承担欠费」格式不正确'],
  balance: ['KEEP', '「原户余额」只能是 STAYS、REFUNDED 之一'],
  'NAME_TRANSFER.tender': ['GOLD', '「退款方式」只能是 CASH、POS、CHEQUE、BANK_TRANSFER 之一'],
  tender: ['GOLD', '「支付方式」只能是 CASH、POS、CHEQUE、BANK_TRANSFER 之一'],
  children: [[{}], '「拆出户」至少要有 2 项'],
  otherCustomerNo: ['', '「并入户编号」格式不正确'],
  toCustomerNo: ['9'.repeat(21), '「转入用户编号」格式不正确'],
  feeItem: ['热费', '「费用项目」格式不正确'],
  mode: ['HALF', '「减免方式」只能是 AMOUNT、DAYS、AREA、PERCENT、TIER 之一'],
  'REDUCTION.amountFen': ['-1', '「减免金额」格式不正确'],
  'LATE_FEE_WAIVER.amountFen': ['10.5', '「减免金额」格式不正确'],
  'CARRY_OVER.amountFen': ['0', '「结转金额」格式不正确'],
  amountFen: ['1e5', '「金额」格式不正确'],
  days: [367, '「减免天数」不能大于 366'],
  share: ['1.1', '「减免比例」格式不正确'],
  tiers: [[], '「阶梯单价」至少要有 1 项'],
  promisedOn: ['明年', '「承诺付款日期」不是有效日期，应形如 2026-11-20'],
  parts: [[], '「分期」至少要有 2 项'],
  found: ['NOTHING', '「稽查结果」只能是 USED_WHILE_STOPPED、AMOUNT 之一'],
  discoveredOn: ['2026-01-32', '「发现日期」不是有效日期，应形如 2026-11-20'],
  recovery: ['HALF', '「追补方式」只能是 TO_DISCOVERY、FULL_SEASON 之一'],
  penaltyPerDay: ['3‰', '「违约金日率」格式不正确'],
  penaltyMultiple: ['三倍', '「违约金倍数」格式不正确'],
  recoverFen: ['-1', '「追补金额」格式不正确'],
  penaltyFen: ['-1', '「违约金」格式不正确'],
  order: ['NEWEST', '「冲抵顺序」只能是 OLDEST_FIRST、CURRENT_FIRST 之一'],
  seasons: [['2025'], '「指定采暖期」格式不正确'],
  roundingFen: ['10000', '「抹零」格式不正确'],
  paymentId: ['第一笔', '「缴费业务号」格式不正确'],
  isBankError: ['否', '「银行差错」格式不正确'],
}

const right: Record<string, unknown> = {
  ...{ customerNo: '10001', effectiveOn: '2026-01-10', reason: '测试', areaNo: 1 },
  ...{ stopId: 'evt_000000000001', paymentId: 'evt_000000000002', billingDm2: '9650' },
  ...{ priceClass: 'RES', season: '2025-2026', basePrice: '7.5', meterPrice: '0.13' },
  ...{ readings: [{ start: '0', end: '10' }], settlement: 'BOTH', isProrated: true },
  ...{ newName: '李四', isDebtTaken: true, otherCustomerNo: '10002', toCustomerNo: '10002' },
  ...{ feeItem: 'ADDITIONAL', mode: 'AMOUNT', amountFen: '100', tender: 'CASH', found: 'AMOUNT' },
  ...{ promisedOn: '2026-03-31', recoverFen: '100' },
}
const child = (customerNo: string) => {
  const rooms = [{ areaNo: 1, areaItem: '住宅', billingDm2: '5000' }]
  return { customerNo, name: '王一', rooms }
}
const children = [child('20001'), child('20002')]
const parts = ['0.4', '0.6'].map((share) => ({ share, dueOn: '2026-02-20' }))

/** A body of the kind that is right in every field that it must have. */
function bodyFor(name: KindName, more: object = {}): Record<string, unknown> {
  const { required = [] } = bodyOf(kinds[name]) as { required?: string[] }
  const all = { ...right, children, parts, type: name }
  const named = required.map((field) => [field, all[field as keyof typeof all]])
  return { ...Object.fromEntries(named), ...more }
}

function problemsOf(body: unknown): readonly FieldProblem[] {
  try {
    readAsked(body)
  } catch (error) {
    if (error instanceof Problem) return error.fields
    throw error
  }
  return []
}

for (const name of kindNames) {
  test(`${name}: every field says what is wrong with it`, (t) => {
    t.same(problemsOf(bodyFor(name)), [], 'the body without a fault is taken')
    const { properties, required = [] } = bodyOf(kinds[name]) as {
      properties: Record<string, { title?: string }>
      required?: string[]
    }
    for (const [field, { title }] of Object.entries(properties)) {
      if (field === 'type') continue
      const known = wrong[`${name}.${field}`] ?? wrong[field]
      if (!known) {
        t.fail(`${name}.${field} has no wrong value in this test`)
        continue
      }
      const [value, message] = known
      const problems = problemsOf(bodyFor(name, { [field]: value }))
      t.ok(
        problems.some((problem) => problem.message === message),
        `${field}: ${message} ${JSON.stringify(problems)}`,
      )
      if (!required.includes(field)) continue
      const { [field]: _, ...rest } = bodyFor(name)
      t.same(problemsOf(rest), [{ field, message: `缺少「${title}」` }])
    }
    const unknown = problemsOf(bodyFor(name, { colour: 'red' }))
    t.same(unknown, [{ field: 'colour', message: '不认识的项目「colour」' }])
    t.end()
  })
}

test('a kind that does not exist, or none at all', (t) => {
  t.same(problemsOf({}), [{ field: 'type', message: '缺少「业务类型」' }])
  t.match(problemsOf({ type: 'PARTY' }), [
    { field: 'type', message: /^「业务类型」只能是 STOP、FORCED_STOP、.*TRANSFER 之一$/ },
  ])
  t.same(problemsOf(null), [{ field: 'type', message: '缺少「业务类型」' }])
  t.end()
})

const inside = (name: KindName, more: object) =>
  problemsOf(bodyFor(name, more)).map(({ field, message }) => `${field} ${message}`)
const paper = { name: '申请表.pdf', digest: 'a'.repeat(64), kind: '申请表' }
const [first, second] = children

test('fields inside lists are named by their own titles and their whole path', (t) => {
  const rooms = (more: object) => [{ ...first!.rooms[0]!, ...more }]
  const split = (more: object) => inside('SPLIT', { children: [{ ...first, ...more }, second] })
  const reading = (more: object) =>
    inside('METER_SETTLEMENT', { readings: [{ start: '0', end: '10', ...more }] })
  const cases: [string[], string][] = [
    [
      inside('STOP', { attachments: [{ ...paper, name: '' }] }),
      'attachments.0.name 「文件名」不能为空',
    ],
    [
      inside('STOP', { attachments: [{ ...paper, digest: 'x' }] }),
      'attachments.0.digest 「文件摘要」格式不正确',
    ],
    [
      inside('STOP', { attachments: [{ ...paper, kind: '' }] }),
      'attachments.0.kind 「材料种类」不能为空',
    ],
    [split({ customerNo: '一' }), 'children.0.customerNo 「拆出户编号」格式不正确'],
    [split({ name: '' }), 'children.0.name 「拆出户户名」不能为空'],
    [split({ address: '' }), 'children.0.address 「地址」不能为空'],
    [split({ phone: '1' }), 'children.0.phone 「联系电话」格式不正确'],
    [split({ rooms: [] }), 'children.0.rooms 「面积项」至少要有 1 项'],
    [split({ rooms: rooms({ areaNo: 0 }) }), 'children.0.rooms.0.areaNo 「面积项序号」不能小于 1'],
    [
      split({ rooms: rooms({ areaItem: '' }) }),
      'children.0.rooms.0.areaItem 「面积项名称」不能为空',
    ],
    [
      split({ rooms: rooms({ billingDm2: '0' }) }),
      'children.0.rooms.0.billingDm2 「收费面积」格式不正确',
    ],
    [
      split({ rooms: rooms({ priceClass: '' }) }),
      'children.0.rooms.0.priceClass 「单价类型」不能为空',
    ],
    [reading({ start: 'a' }), 'readings.0.start 「起码」格式不正确'],
    [reading({ end: '' }), 'readings.0.end 「止码」格式不正确'],
    [reading({ registerSize: '-1' }), 'readings.0.registerSize 「量程」格式不正确'],
    [
      inside('REDUCTION', { tiers: [{ upToDm2: '0', unitPrice: '13' }] }),
      'tiers.0.upToDm2 「面积上限」格式不正确',
    ],
    [inside('REDUCTION', { tiers: [{ unitPrice: 'x' }] }), 'tiers.0.unitPrice 「单价」格式不正确'],
    [
      inside('INSTALMENT_PLAN', { parts: [{ ...parts[0], share: '2' }, parts[1]] }),
      'parts.0.share 「比例」格式不正确',
    ],
    [
      inside('INSTALMENT_PLAN', { parts: [parts[0], { ...parts[1], dueOn: '' }] }),
      'parts.1.dueOn 「到期日」不是有效日期，应形如 2026-11-20',
    ],
    [
      inside('INSTALMENT_PLAN', { parts: [parts[0], { share: '0.6' }] }),
      'parts.1.dueOn 缺少「到期日」',
    ],
  ]
  for (const [found, wanted] of cases) t.ok(found.includes(wanted), `${wanted} ← ${found}`)
  t.end()
})
