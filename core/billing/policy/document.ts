// A season's policy as a tariff clerk writes it: the names of domain.md §4.0, decimals as text –
// yuan and metres, shares as '0.2'. Titles and examples are what its faults are told with.
import { type Static, type TSchema, Type } from 'typebox'
import { classParts, policyParts } from './fees.ts'

const closed = { additionalProperties: false }
const Decimal = (title: string, places: number, example: string) =>
  Type.String({ title, pattern: `^\\d{1,9}(\\.\\d{1,${places}})?$`, examples: [example] })
const Share = (title: string, example = '0.2') => Decimal(title, 6, example)
const Metres = (title: string) => Decimal(title, 2, '3.00')
const Day = (title: string) => Type.String({ title, format: 'date', examples: ['2026-12-31'] })
const OrNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Choice = <T extends string>(title: string, ...names: [T, ...T[]]) =>
  Type.Enum([...names] as T[], { title })

const OverHeight = Type.Union(
  [
    Type.Object({ rule: Type.Literal('NONE') }, closed),
    Type.Object({ rule: Type.Literal('RATIO'), h0: Metres('起算层高') }, closed),
    Type.Object(
      {
        rule: Type.Literal('STEP_PCT'),
        h0: Metres('起算层高'),
        step: Metres('级差'),
        pct: Share('每级加收比例'),
        cap: OrNull(Share('加收上限')),
      },
      closed,
    ),
    Type.Object(
      {
        rule: Type.Literal('TIER'),
        tiers: Type.Array(
          Type.Object({ to: OrNull(Metres('层高上限')), factor: Share('系数') }, closed),
          { minItems: 1, maxItems: 20 },
        ),
      },
      closed,
    ),
    Type.Object(
      {
        rule: Type.Literal('EXTRA_AREA'),
        h0: Metres('起算层高'),
        step: Metres('级差'),
        pct: Share('每级加收比例'),
      },
      closed,
    ),
  ],
  { title: '超高规则' },
)

const LateFee = Type.Object(
  {
    due_date: Day('违约金起算前最后一日'),
    late_fee_rate: Type.Optional(Share('违约金日率', '0.001')),
    rate_steps: Type.Optional(
      Type.Array(
        Type.Object(
          { from: Day('起'), to: OrNull(Day('止')), rate: Share('日率', '0.001') },
          closed,
        ),
        { minItems: 1, maxItems: 20 },
      ),
    ),
    late_fee_cap: OrNull(Share('违约金上限', '0.3')),
    late_fee_base: Choice('违约金基数', 'OUTSTANDING', 'ORIGINAL'),
  },
  { ...closed, title: '违约金' },
)

const Discount = Type.Object(
  {
    tiers: Type.Array(
      Type.Object(
        {
          from: Day('起'),
          to: Day('止'),
          rate: Share('优惠比例', '0.02'),
          channels: Type.Optional(Type.Array(Type.String(), { title: '渠道', maxItems: 30 })),
          natures: Type.Optional(Type.Array(Type.String(), { title: '用户性质', maxItems: 30 })),
        },
        closed,
      ),
      { title: '优惠档', maxItems: 40 },
    ),
    channel_bonus: Type.Optional(Type.Record(Type.String(), Share('渠道加优惠'))),
    natures: Type.Optional(Type.Array(Type.String(), { title: '用户性质', maxItems: 30 })),
    needs_no_arrears: Type.Boolean({ title: '须无陈欠' }),
    applies_to: Type.Array(Type.String(), { title: '适用费目', minItems: 1, maxItems: 20 }),
  },
  { ...closed, title: '预交优惠' },
)

const Change = (title: string) => Choice(title, 'PRORATA', 'FULL_SEASON', 'NEXT_SEASON')

/** The switches of domain.md §4.0 by their names there; what is left out is the default there. */
const Switches = Type.Partial(
  Type.Object({
    allocation_order: Choice('收款顺序', 'OLDEST_FIRST', 'CURRENT_FIRST'),
    allocation_within: Choice(
      '本金与违约金顺序',
      'PRINCIPAL_FIRST',
      'LATE_FIRST',
      'SLICE',
      'ALL_PRINCIPAL_THEN_LATE',
    ),
    stop_granularity: Choice('报停方式', 'BY_DATE', 'WHOLE_SEASON'),
    max_stop_cycles: OrNull(
      Type.Integer({ title: '每季报停次数', minimum: 1, maximum: 20, examples: [2] }),
    ),
    resume_policy: Choice('复热计费', 'PRORATA', 'FULL_SEASON'),
    area_change_policy: Change('面积变更计费'),
    class_change_policy: Change('单价类型变更计费'),
    disconnect_policy: Choice('拆网计费', 'PRORATA', 'FULL_SEASON'),
    late_fee_stops_on_forced_stop: Type.Boolean({ title: '强停后停计违约金' }),
    balance_auto_apply: Choice('余额使用', 'AT_OPENING', 'AT_PAYMENT', 'MANUAL'),
    carry_stop: Type.Boolean({ title: '报停结转下一采暖期' }),
    not_opened_policy: Choice('未开通计费', 'FULL', 'BASE', 'NONE'),
    arrears_forbid: Type.Array(Choice('陈欠限制', 'STOP', 'RESUME', 'DISCONNECT'), {
      title: '陈欠限制',
      maxItems: 3,
    }),
  }),
  { ...closed, title: '开关' },
)

const Basis = Type.Union(
  [
    Type.Object({ per: Type.Literal('SEASON') }, closed),
    Type.Object(
      {
        per: Type.Literal('MONTH'),
        months: Type.Integer({ title: '计费月数', minimum: 1, maximum: 12, examples: [5] }),
      },
      closed,
    ),
    Type.Object(
      {
        per: Type.Literal('DAY'),
        days: Type.Integer({ title: '计费日数', minimum: 1, maximum: 366, examples: [121] }),
      },
      closed,
    ),
  ],
  { title: '单价口径' },
)
const HeightLine = Choice('超高费列示', 'INCLUDED', 'SEPARATE')

const PriceClass = Type.Object(
  {
    code: Type.String({ title: '单价类型代码', pattern: '^[A-Z][A-Z0-9_]{0,31}$' }),
    name: Type.String({ title: '单价类型名称', minLength: 1, maxLength: 40 }),
    unit_price: Decimal('单价（元/㎡）', 4, '22.00'),
    base_heat_ratio: Share('基础热费比例'),
    over_height: OverHeight,
    /** Where it differs from the season's. */
    price_basis: Type.Optional(Basis),
    over_height_line: Type.Optional(HeightLine),
    ...classParts,
  },
  closed,
)

export const PolicyJson = Type.Object(
  {
    season_days: Type.Optional(
      Type.Union(
        [
          Type.Object(
            {
              mode: Type.Literal('ACTUAL'),
              extension_affects_d: Type.Optional(Type.Boolean({ title: '延长供暖计入天数' })),
            },
            closed,
          ),
          Type.Object(
            {
              mode: Type.Literal('FIXED'),
              days: Type.Integer({ title: '固定天数', minimum: 30, maximum: 366, examples: [120] }),
            },
            closed,
          ),
        ],
        { title: '采暖期天数' },
      ),
    ),
    price_basis: Type.Optional(Basis),
    over_height_line: Type.Optional(HeightLine),
    price_classes: Type.Array(PriceClass, { title: '单价类型', minItems: 1, maxItems: 200 }),
    late_fee: LateFee,
    discount: OrNull(Discount),
    switches: Type.Optional(Switches),
    ...policyParts,
  },
  { ...closed, title: '收费政策' },
)
export type PolicyJson = Static<typeof PolicyJson>
export type PriceClassJson = Static<typeof PriceClass>
