// Cases of whole accounts and of approvals: SP, MG, RD, TP, IS (domain.md §4.12, §4.14, §4.17).
import { dm2, type Fen, fen } from '@reli/sdk'
import { divideAmount } from '../billing/division.ts'
import { decimalText } from '../billing/explain.ts'
import { type Penalty, penaltyOn, recoverArea, recoverHeat } from '../billing/inspections.ts'
import {
  bandShare,
  coldRoomRefund,
  type PriceTier,
  type ReductionMode,
  reductionOf,
  type TemperatureBand,
  tieredFee,
} from '../billing/reductions.ts'
import { divideLine } from '../billing/splits.ts'
import { overHeightFactor } from '../billing/tariffs.ts'
import type { Answer, Field, Question } from './fields.ts'
import { roomOf, sumOf } from './season-cases.ts'
import { chargesWith, factsOf } from './stop-cases.ts'
import { heightOf, priceFrom, spanFrom, total, yuan } from './terms.ts'

/** A line of an account: what it is, and its amounts. */
interface AskedLine {
  keys: Record<string, unknown>
  receivableFen: Fen
  receivedFen: Fen
}

const amounts = ['receivable', 'received', 'outstanding']

function askedLine(field: Field): AskedLine {
  const keys = field.entries().filter(([name]) => !amounts.includes(name))
  return {
    keys: Object.fromEntries(keys.map(([name, of]) => [name, of.value])),
    receivableFen: field.need('receivable').yuan(),
    receivedFen: field.some('received')?.yuan() ?? fen(0),
  }
}

export function split({ input }: Question): Answer {
  const parent = input.need('parent_area').area()
  const areas = input
    .need('children_areas')
    .list()
    .map((area) => area.area())
  if (areas.reduce((sum, area) => sum + area, 0n) !== parent) return { accepted: false }
  const lines = (input.some('lines')?.list() ?? []).map(askedLine)
  const divided = lines.map(({ keys, receivableFen, receivedFen }) => ({
    keys,
    parts: divideLine(receivableFen, fen(receivableFen - receivedFen), areas),
  }))
  const balances = divideAmount(input.some('balance')?.yuan() ?? fen(0), areas)
  return {
    accepted: true,
    children: areas.map((area, at) => ({
      area: decimalText(area, 2),
      lines: divided.map(({ keys, parts }) => {
        const { receivableFen, receivedFen, outstandingFen } = parts[at]!
        return {
          ...keys,
          receivable: yuan(receivableFen),
          received: yuan(receivedFen),
          outstanding: yuan(outstandingFen),
        }
      }),
      balance: yuan(balances[at]!),
    })),
  }
}

export function merge({ input }: Question): Answer {
  const accounts = input.need('accounts').list()
  const sums = new Map<string, AskedLine>()
  for (const line of accounts.flatMap((each) =>
    (each.some('lines')?.list() ?? []).map(askedLine),
  )) {
    const { season, fee_item, price_class } = line.keys
    const key = JSON.stringify([season, fee_item, price_class])
    const keys = Object.fromEntries(
      Object.entries({ season, fee_item, price_class }).filter(([, value]) => value !== undefined),
    )
    const sum = sums.get(key) ?? { keys, receivableFen: fen(0), receivedFen: fen(0) }
    sums.set(key, {
      keys,
      receivableFen: fen(sum.receivableFen + line.receivableFen),
      receivedFen: fen(sum.receivedFen + line.receivedFen),
    })
  }
  const areas = accounts.map((each) => each.some('area')?.area() ?? dm2(0))
  return {
    sums: [...sums.values()].map(({ keys, receivableFen, receivedFen }) => ({
      ...keys,
      receivable: yuan(receivableFen),
      received: yuan(receivedFen),
      outstanding: yuan(receivableFen - receivedFen),
    })),
    area: decimalText(
      areas.reduce((sum, area) => sum + area, 0n),
      2,
    ),
    balance: yuan(total(accounts.map((each) => each.some('balance')?.yuan() ?? fen(0)))),
  }
}

const modes = ['AMOUNT', 'DAYS', 'AREA', 'PERCENT', 'TIER'] as const

/** How a reduction is written, in cases and in histories. */
export function reductionFrom(
  field: Field,
  asked: { some(...names: string[]): Field | undefined },
  seasonDays: () => number,
  unitPrice: () => bigint,
): ReductionMode {
  const mode = field.some('mode')?.oneOf(...modes) ?? 'AMOUNT'
  switch (mode) {
    case 'AMOUNT':
      return { mode, amountFen: field.need('value', 'amount').yuan() }
    case 'DAYS':
      return { mode, days: field.need('value', 'days').count(), seasonDays: seasonDays() }
    case 'PERCENT':
      return { mode, share: field.need('value', 'percent').rate() }
    case 'AREA': {
      const price = priceFrom(asked as never, unitPrice())
      const { numerator, denominator } = overHeightFactor(price.overHeight, heightOf(field))
      const areaDm2 = field.need('value', 'area').area()
      return { mode, areaDm2, unitPrice: price.unitPrice, factor: [numerator, denominator] }
    }
    case 'TIER': {
      const areaDm2 = field.need('billing_area', 'area', 'value').area()
      return { mode, areaDm2, unitPrice: unitPrice(), tiers: tiersFrom(field, asked) }
    }
  }
}

function tiersFrom(
  field: Field,
  asked: { some(...names: string[]): Field | undefined },
): PriceTier[] {
  const tiers = field.some('tiers') ?? asked.some('tiers')
  if (!tiers) return [{ upToDm2: null, unitPrice: field.need('reduced_price', 'tiers').price() }]
  return tiers.list().map((tier) => ({
    upToDm2: tier.some('to', 'up_to', 'upto', 'max_area', 'until')?.area() ?? null,
    unitPrice: tier.need('unit_price', 'price').price(),
  }))
}

export function reduction(question: Question): Answer {
  const { input } = question
  const price = () => question.need('unit_price', 'full_price').price()
  const by = reductionFrom(input, question, () => seasonDaysOf(question), price)
  const full =
    by.mode === 'TIER'
      ? fen(reductionOf(fen(0), by).amountFen + tieredFee(by.areaDm2, by.tiers))
      : fen(0)
  const feeFen = input.some('fee')?.yuan() ?? full
  const { amountFen } = reductionOf(feeFen, by)
  const earlier = input.some(
    'earlier_reductions',
    'earlier_reduction',
    'already_reduced',
    'reduced',
  )
  const reducedFen = !earlier
    ? 0n
    : earlier.isList
      ? total(earlier.list().map((each) => each.yuan()))
      : earlier.yuan()
  const before = feeFen - reducedFen
  const accepted = amountFen <= before
  const reduced = accepted ? amountFen : fen(0)
  const net = before - reduced
  const paid = input.some('paid', 'received')?.yuan() ?? fen(0)
  const left = net - paid
  return {
    accepted,
    reduction: yuan(reduced),
    net_receivable: yuan(net),
    ...(by.mode === 'TIER' ? { full: yuan(full), fee: yuan(full - amountFen) } : {}),
    outstanding: yuan(left > 0n ? left : 0n),
    credit: yuan(left < 0n ? -left : 0n),
    credit_to_balance: yuan(left < 0n ? -left : 0n),
  }
}

function seasonDaysOf(question: Question): number {
  const isDated = question.some('heat_start') !== undefined
  return isDated ? spanFrom(question).days : question.need('season_days', 'd').count()
}

/** Temperatures in 10⁻³ ℃. */
const temperaturePlaces = 3

export function temperature(question: Question): Answer {
  const { input } = question
  const degrees = (field: Field | undefined) => field?.decimal(temperaturePlaces, '18.0') ?? null
  const bands = question
    .need('temperature_bands')
    .list()
    .map(
      (band): TemperatureBand => ({
        from: degrees(band.some('from')),
        to: degrees(band.some('to')),
        share: band.need('percent').rate(),
      }),
    )
  const fee = question.need('fee').yuan()
  const d = seasonDaysOf(question)
  const refunds = input
    .need('readings')
    .list()
    .map((reading) => {
      const share = bandShare(bands, degrees(reading.need('temperature'))!)
      return coldRoomRefund(fee, reading.need('days').count(), share, d)
    })
  return { refunds: refunds.map(yuan), total: yuan(total(refunds)) }
}

export function inspection(question: Question): Answer {
  const undeclared = question.some('undeclared_area', 'undeclared')
  if (undeclared) return undeclaredArea(question, undeclared)
  const room = roomOf(question)
  const policy = question.word('recovery', ['TO_DISCOVERY', 'FULL_SEASON'], 'TO_DISCOVERY')
  const used = {
    fullFeeFen: sumOf(chargesWith(factsOf(room, []), room.span)),
    baseHeatRatio: room.price.baseHeatRatio,
    stoppedFrom: question.some('stop_from')?.day() ?? room.span.from,
    discoveredOn: question.need('discovered_on').day(),
  }
  const { days, recoverFen, penaltyFen } = recoverHeat(
    used,
    policy,
    penaltyFrom(question),
    room.span,
  )
  const sum = yuan(recoverFen + penaltyFen)
  return { days, recover: yuan(recoverFen), penalty: yuan(penaltyFen), total: sum }
}

export function penaltyFrom(asked: { some(...names: string[]): Field | undefined }): Penalty {
  const multiple = asked.some('penalty_multiple')
  return multiple
    ? { multiple: multiple.rate() }
    : { perDay: asked.some('penalty_rate')?.rate() ?? 0n }
}

function undeclaredArea(question: Question, undeclared: Field): Answer {
  const { linesFen, recoverFen } = recoverArea(undeclared.area(), undeclaredPrices(question))
  const days = question.some('penalty_days', 'days')?.count() ?? 0
  const penaltyFen = penaltyOn(recoverFen, penaltyFrom(question), days)
  return {
    lines: linesFen.map(yuan),
    recover: yuan(recoverFen),
    penalty: yuan(penaltyFen),
    total: yuan(recoverFen + penaltyFen),
  }
}

/** One price for each season: of its own, or the one of the case. */
export function undeclaredPrices(asked: {
  some(...names: string[]): Field | undefined
  need(...names: string[]): Field
}): bigint[] {
  const listed = asked.some('unit_prices', 'prices')
  if (listed?.isList) return listed.list().map((price) => price.price())
  const seasons = asked.some('seasons')
  const common = () => asked.need('unit_price').price()
  if (!seasons) return [common()]
  if (!seasons.isList) return new Array<bigint>(seasons.count()).fill(common())
  return seasons.list().map((season) => {
    const own = season.isObject ? season.some('unit_price', 'price') : undefined
    return own?.price() ?? common()
  })
}
