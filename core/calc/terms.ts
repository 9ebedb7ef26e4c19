// The switches and tariffs of a case or history, read into the terms that the rules compute with.
import { dm2, type Fen, fen, toYuan } from '@reli/sdk'
import { type FeeItem, feeItems } from '../billing/accounts.ts'
import type { DiscountTerms, DiscountTier } from '../billing/discounts.ts'
import { flatRate, type LateFeeTerms, type RateStep } from '../billing/late-fees.ts'
import { type Day, type Season, type SeasonDays, spanOf } from '../billing/seasons.ts'
import {
  type AreaBasis,
  billingArea,
  type OverHeightRule,
  type Price,
  type PriceBasis,
} from '../billing/tariffs.ts'
import type { Field } from './fields.ts'

interface Asked {
  find(...names: string[]): Field | undefined
  some(...names: string[]): Field | undefined
  need(...names: string[]): Field
}

export const yuan = (amount: bigint): string => toYuan(amount)
export const total = (amounts: readonly bigint[]): Fen =>
  fen(amounts.reduce((sum, amount) => sum + amount, 0n))

export function daysRuleFrom(asked: Asked): SeasonDays {
  const mode = asked.some('d_mode')
  const text = mode?.text() ?? 'ACTUAL'
  if (text === 'ACTUAL') {
    return {
      mode: 'ACTUAL',
      extensionAffectsDays: asked.some('extension_affects_d')?.flag() ?? false,
    }
  }
  const written = asked.some('d_fixed', 'fixed_d', 'd_days', 'fixed_days', 'd_value', 'd')
  const days = written?.count() ?? Number(/^(?:FIXED)?\D*(\d+)$/.exec(text)?.[1] ?? Number.NaN)
  if (!/^(FIXED\b|FIXED_|\d)/.test(text) || !(days > 0)) {
    throw mode!.bad(`不认识 '${text}'，或缺少固定天数`, '请用 ACTUAL，或 FIXED 加 d_fixed: 120')
  }
  return { mode: 'FIXED', days }
}

export function datesFrom(asked: Asked): Season {
  const heatStartOn = asked.need('heat_start').day()
  const end = asked.need('heat_end')
  const heatEndOn = end.day()
  if (heatEndOn < heatStartOn) throw end.bad('供暖结束日期早于开始日期', '请改成开始日期之后')
  const extendedEndOn = asked.some('extended_end')?.day()
  const dates = { heatStartOn, heatEndOn }
  return extendedEndOn === undefined ? dates : { ...dates, extendedEndOn }
}

export const spanFrom = (asked: Asked) => spanOf(datesFrom(asked), daysRuleFrom(asked))

export function basisFrom(asked: Asked): PriceBasis {
  const basis = asked.some('price_basis')?.oneOf('SEASON', 'MONTH', 'DAY') ?? 'SEASON'
  if (basis === 'MONTH') {
    return { per: 'MONTH', months: asked.need('billed_months', 'months').count() }
  }
  if (basis === 'DAY') return { per: 'DAY', days: asked.need('billed_days', 'days').count() }
  return { per: 'SEASON' }
}

export function overHeightOf(field: Field | undefined): OverHeightRule {
  const rule =
    field?.need('rule').oneOf('NONE', 'STEP_PCT', 'RATIO', 'TIER', 'EXTRA_AREA') ?? 'NONE'
  if (!field || rule === 'NONE') return { rule: 'NONE' }
  const above = () => field.need('h0', 'base_height', 'threshold').centimetres()
  const steps = () => ({
    aboveCm: above(),
    stepCm: field.need('step').centimetres(),
    share: field.need('pct', 'percent').rate(),
  })
  switch (rule) {
    case 'RATIO':
      return { rule, aboveCm: above() }
    case 'TIER':
      return { rule, tiers: field.need('tiers').list().map(heightTier) }
    case 'STEP_PCT':
      return { rule, ...steps(), cap: field.some('cap')?.rate() ?? null }
    case 'EXTRA_AREA':
      return { rule, ...steps() }
  }
}

function heightTier(tier: Field) {
  const to = tier.some('to', 'up_to', 'max', 'max_height', 'until')
  return { upToCm: to?.centimetres() ?? null, factor: tier.need('factor').rate() }
}

export function priceFrom(asked: Asked, unitPrice: bigint): Price {
  const overHeight = asked.some('over_height')
  const isRule = overHeight?.isObject ?? false
  const line = isRule ? overHeight!.some('line') : undefined
  return {
    unitPrice,
    basis: basisFrom(asked),
    baseHeatRatio: asked.some('base_heat_ratio')?.rate() ?? 200_000n,
    overHeight: overHeightOf(isRule ? overHeight : undefined),
    overHeightLine: line?.value === 'SEPARATE' ? 'SEPARATE' : 'INCLUDED',
  }
}

/** Of a room that says its billing area, or the areas it is made of. */
export function billingAreaOf(item: Field, basis: AreaBasis | undefined) {
  const ready = item.some('billing_area')
  if (ready && (basis === undefined || basis === 'MANUAL')) return ready.area()
  const building = item.some('building_area')
  if (!building && (basis === undefined || basis === 'BUILDING_COEF')) {
    return item.need('billing_area', 'building_area').area()
  }
  const area = (...names: string[]) => item.some(...names)?.area()
  const usableDm2 = area('usable_area')
  const innerDm2 = area('inner_building_area', 'inner_area')
  const manualDm2 = area('manual_area', 'billing_area')
  const areas = {
    buildingDm2: building?.area() ?? dm2(0),
    coefficient: item.some('area_coefficient', 'coefficient')?.rate() ?? 1_000_000n,
    ...(usableDm2 === undefined ? {} : { usableDm2 }),
    ...(innerDm2 === undefined ? {} : { innerDm2 }),
    ...(manualDm2 === undefined ? {} : { manualDm2 }),
  }
  return billingArea(areas, basis ?? 'BUILDING_COEF')
}

export const areaBasisFrom = (asked: Asked): AreaBasis | undefined =>
  asked.some('area_basis')?.oneOf('BUILDING_COEF', 'USABLE', 'INNER', 'MANUAL')

export const heightOf = (item: Field): number | null =>
  item.some('storey_height', 'height')?.centimetres() ?? null

/** An absent cap is the default of 30 %; `null` is none. */
export function lateFeeFrom(asked: Asked, dueOn: Day): LateFeeTerms {
  const steps = asked.some('rate_steps')?.list().map(rateStep)
  const rateSteps = steps ?? flatRate(asked.some('late_fee_rate', 'rate')?.rate() ?? 1_000n)
  const cap = asked.find('late_fee_cap', 'cap')
  const capRate = cap === undefined ? 300_000n : cap.value === null ? null : cap.rate()
  const base = asked.some('late_fee_base')?.oneOf('OUTSTANDING', 'ORIGINAL') ?? 'OUTSTANDING'
  return { dueOn, rateSteps, capRate, base }
}

const rateStep = (step: Field): RateStep => ({
  from: step.some('from')?.day() ?? '0001-01-01',
  to: step.some('to')?.day() ?? null,
  rate: step.need('rate', 'late_fee_rate').rate(),
})

const words = (field: Field | undefined): string[] | null =>
  field ? (field.isList ? field.list().map((each) => each.text()) : [field.text()]) : null

/** Defaults are those of domain.md §4.0: residents, HEATING only, no arrears. */
export function discountFrom(field: Field): DiscountTerms {
  const bonus = field.some('channel_bonus')?.entries() ?? []
  const matrix = field.some('matrix')
  return {
    tiers: (matrix
      ? cellsOf(matrix, field)
      : (field.some('tiers')?.list() ?? []).flatMap(tiersOf)
    ).map((tier) => onlyFor(tier, words(field.some('channels')))),
    channelBonus: Object.fromEntries(bonus.map(([channel, rate]) => [channel, rate.rate()])),
    natures:
      words(field.find('natures')?.value === null ? undefined : field.some('natures')) ??
      (field.find('natures') || matrix ? null : ['RESIDENT']),
    appliesTo: (words(field.some('applies_to')) ?? ['HEATING']) as FeeItem[],
    needsNoArrears: field.some('needs_no_arrears')?.flag() ?? true,
  }
}

const onlyFor = (tier: DiscountTier, channels: string[] | null): DiscountTier =>
  channels === null || tier.channels !== null ? tier : { ...tier, channels }

/** A tier with one rate, or with a rate for each channel. */
function tiersOf(tier: Field): DiscountTier[] {
  const common = {
    from: tier.some('from')?.day() ?? '0001-01-01',
    to: tier.some('to')?.day() ?? '9999-12-31',
    natures: words(tier.some('natures', 'nature')),
  }
  const rates = tier.some('rates') ?? tier.some('rate')
  if (!rates) throw tier.bad('缺少 rate', '请写成 "rate": "0.02"')
  if (!rates.isObject) {
    return [{ ...common, rate: rates.rate(), channels: words(tier.some('channels', 'channel')) }]
  }
  return rates.entries().flatMap(([channel, rate]) => {
    if (rate.isObject) {
      return rate.entries().map(([nature, cell]) => {
        return { ...common, rate: cell.rate(), channels: [channel], natures: [nature] }
      })
    }
    return [{ ...common, rate: rate.rate(), channels: channel === 'DEFAULT' ? null : [channel] }]
  })
}

/** A full matrix: a list of cells, or for each channel or nature its own tiers. */
function cellsOf(matrix: Field, discount: Field): DiscountTier[] {
  if (matrix.isList) return matrix.list().flatMap(tiersOf)
  const tiers = discount.some('tiers')?.list() ?? []
  return matrix.entries().flatMap(([name, cell]) => {
    const isNature = ['RESIDENT', 'ORGANISATION', 'COMMERCIAL'].includes(name)
    const narrowed = (tier: DiscountTier): DiscountTier =>
      isNature ? { ...tier, natures: [name] } : { ...tier, channels: [name] }
    if (cell.isObject) return cellsOf(cell, discount).map(narrowed)
    return cell
      .list()
      .flatMap((each, at) =>
        each.isObject
          ? tiersOf(each).map(narrowed)
          : tiersOf(tiers[at]!).map((tier) => narrowed({ ...tier, rate: each.rate() })),
      )
  })
}

export function feeItemOf(field: Field | undefined, otherwise: FeeItem): FeeItem {
  if (!field) return otherwise
  const text = field.text()
  const known = feeItems.find((item) => item === text)
  if (known) return known
  if (text === 'VALVE_OPENING') return 'ADDITIONAL'
  throw field.bad(`不认识收费项目 '${text}'`, `请用 ${feeItems.join(' / ')} 之一`)
}
