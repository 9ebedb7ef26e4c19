// The parts of a policy beside heat by area: metered heat, steam and hot water, access with its
// instalments, fee items of the company's own, tax and rounding (domain.md §4.5–§4.7, §4.16). A new
// fee item is written here and nowhere else.
import { type Static, type TSchema, Type } from 'typebox'
import type { FeeItemTerms } from '../accounts.ts'
import type { ZeroOffPolicy } from '../fees.ts'
import { type MeterSettlementPolicy, type MeterTariff, quantityPlaces } from '../meters.ts'
import { decimal, pricePlaces, ratePlaces } from '../policies.ts'
import type { Day } from '../seasons.ts'
import type { AreaBasis } from '../tariffs.ts'

const closed = { additionalProperties: false }
const Decimal = (title: string, places: number, example: string) =>
  Type.String({ title, pattern: `^\\d{1,9}(\\.\\d{1,${places}})?$`, examples: [example] })
const Price = (title: string, example: string) => Decimal(title, pricePlaces, example)
const Share = (title: string, example: string) => Decimal(title, ratePlaces, example)
const Choice = <T extends string>(title: string, ...names: [T, ...T[]]) =>
  Type.Enum([...names] as T[], { title })
const Name = (title: string, example: string) =>
  Type.String({ title, minLength: 1, maxLength: 40, examples: [example] })
const byCode = <T extends TSchema>(schema: T, title: string, examples: unknown[]) =>
  Type.Record(Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,31}$' }), schema, {
    ...closed,
    title,
    examples,
  })

const Meter = Type.Object(
  {
    /** Bills are made in the tariff's own unit and never converted (E24). */
    unit: Choice('计量单位', 'kWh', 'GJ'),
    base_price: Price('基本热价（元/㎡）', '7.50'),
    meter_price: Price('计量热价（元/单位）', '0.13'),
    correction: Type.Optional(Share('修正系数', '1')),
    meter_cap: Type.Union([Share('面积热费的上限', '1.00'), Type.Null()], { title: '计量上限' }),
    meter_settlement: Choice('结算方式', 'REFUND_ONLY', 'BOTH'),
  },
  { ...closed, title: '计量热价' },
)

/** What a price class may say further. */
export const classParts = {
  billing_method: Type.Optional(Choice('计费方式', 'BY_AREA', 'METERED', 'TWO_PART')),
  meter: Type.Optional(Meter),
}

const NewFeeItem = Type.Object(
  {
    name: Name('费目名称', '开栓费'),
    /** A name of the company's chart of accounts; 其他业务收入 where it is left out. */
    account: Type.Optional(Name('入账科目', 'income.other')),
    tax_rate: Type.Optional(Share('税率', '0.06')),
    late_fee: Type.Boolean({ title: '计违约金', examples: [false] }),
  },
  { ...closed, title: '费目' },
)

const byQuantity = (title: string, unit: ReturnType<typeof Choice>, example: string) =>
  Type.Object(
    {
      unit,
      unit_price: Price('单价（元/单位）', example),
      minimum_quantity: Type.Optional(Decimal('最低用量', quantityPlaces, '100')),
    },
    { ...closed, title },
  )

const Access = Type.Object(
  {
    access_price: Price('入网费（元/㎡）', '50.00'),
    network_price: Type.Optional(Price('管网建设费（元/㎡）', '120.00')),
    instalments: Type.Optional(
      Type.Array(
        Type.Object(
          {
            share: Share('比例', '0.3'),
            due_date: Type.String({ title: '到期日', format: 'date', examples: ['2026-06-30'] }),
          },
          closed,
        ),
        { title: '入网费分期', minItems: 2, maxItems: 12 },
      ),
    ),
  },
  { ...closed, title: '入网费' },
)

/** What a policy may say further. */
export const policyParts = {
  area_basis: Type.Optional(Choice('收费面积口径', 'BUILDING_COEF', 'USABLE', 'INNER', 'MANUAL')),
  /** Such as PLAIN 0.90 and LIFT 0.85: a room's coefficient is one of them. */
  area_coefficients: Type.Optional(
    byCode(Share('面积折算系数', '0.90'), '面积折算系数', [{ PLAIN: '0.90', LIFT: '0.85' }]),
  ),
  price_lock_on_prepay: Type.Optional(Type.Boolean({ title: '预交锁定单价', examples: [false] })),
  fee_items: Type.Optional(
    byCode(NewFeeItem, '新增费目', [{ VALVE_OPENING: { name: '开栓费', late_fee: false } }]),
  ),
  steam: Type.Optional(byQuantity('蒸汽', Choice('计量单位', 't', 'GJ'), '235.00')),
  hot_water: Type.Optional(byQuantity('生活热水', Choice('计量单位', 'm3'), '22.00')),
  access: Type.Optional(Access),
  rounding: Type.Optional(
    Type.Object(
      {
        zero_off: Choice('抹零', 'NONE', 'JIAO', 'YUAN'),
        method: Choice('抹零方法', 'DOWN', 'HALF'),
      },
      { ...closed, title: '现金抹零' },
    ),
  ),
}

const FurtherParts = Type.Object(policyParts)
type FurtherParts = Static<typeof FurtherParts>
type MeterJson = Static<typeof Meter>

export interface MeterTerms {
  unit: 'kWh' | 'GJ'
  /** 10⁻⁴ yuan per m². */
  basePrice: bigint
  tariff: MeterTariff
  settlement: MeterSettlementPolicy
}

export interface QuantityTerms {
  unit: string
  unitPrice: bigint
  minimum: bigint
}

/** The fees of a season that are not heat by area. */
export interface FeeTerms {
  areaBasis: AreaBasis
  coefficients: Readonly<Record<string, bigint>>
  locksPrice: boolean
  feeItems: Readonly<Record<string, FeeItemTerms>>
  /** By price class. */
  meters: Readonly<Record<string, MeterTerms>>
  steam: QuantityTerms | null
  hotWater: QuantityTerms | null
  access: {
    accessPrice: bigint
    networkPrice: bigint
    instalments: readonly { share: bigint; dueOn: Day }[]
  } | null
  zeroOff: ZeroOffPolicy
}

const price = (text: string) => decimal(text, pricePlaces)
const share = (text: string) => decimal(text, ratePlaces)

export function feeTermsOf(
  policy: FurtherParts & { price_classes?: readonly { code: string; meter?: MeterJson }[] },
): FeeTerms {
  const { access, rounding, area_coefficients: coefficients = {} } = policy
  return {
    areaBasis: policy.area_basis ?? 'BUILDING_COEF',
    coefficients: mapped(coefficients, share),
    locksPrice: policy.price_lock_on_prepay ?? false,
    feeItems: feeItemsOf(policy),
    meters: Object.fromEntries(
      (policy.price_classes ?? []).flatMap(({ code, meter }) =>
        meter ? [[code, meterTermsOf(meter)] as const] : [],
      ),
    ),
    steam: policy.steam ? quantityTermsOf(policy.steam) : null,
    hotWater: policy.hot_water ? quantityTermsOf(policy.hot_water) : null,
    access: access
      ? {
          accessPrice: price(access.access_price),
          networkPrice: price(access.network_price ?? '0'),
          instalments: (access.instalments ?? []).map((part) => {
            return { share: share(part.share), dueOn: part.due_date }
          }),
        }
      : null,
    zeroOff: rounding
      ? { to: rounding.zero_off, method: rounding.method }
      : { to: 'NONE', method: 'DOWN' },
  }
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, of: (value: A) => B) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]))

export const feeItemsOf = ({
  fee_items: items = {},
}: Pick<FurtherParts, 'fee_items'>): Record<string, FeeItemTerms> =>
  mapped(items, ({ name, account, tax_rate: taxRate, late_fee: bearsLateFee }) => ({
    name,
    account: account ?? null,
    taxRate: taxRate === undefined ? null : share(taxRate),
    bearsLateFee,
  }))

const meterTermsOf = (meter: MeterJson): MeterTerms => ({
  unit: meter.unit,
  basePrice: price(meter.base_price),
  tariff: { meterPrice: price(meter.meter_price), correction: share(meter.correction ?? '1') },
  settlement: {
    capRate: meter.meter_cap === null ? null : share(meter.meter_cap),
    settlement: meter.meter_settlement,
  },
})

const quantityTermsOf = (fee: { unit: string; unit_price: string; minimum_quantity?: string }) => ({
  unit: fee.unit,
  unitPrice: price(fee.unit_price),
  minimum: decimal(fee.minimum_quantity ?? '0', quantityPlaces),
})
