// One event of a history → one event of the account engine. `seq` names events; stops and payments
// are referred to by it, a stop that goes on from last season as "CARRIED".
import type { Fen } from '@reli/sdk'
import type { AccountEvent, Inspect } from '../billing/engine/events.ts'
import { priceOf, roomFacts, stopsOf } from '../billing/engine/facts.ts'
import type { AreaCard, CustomerState, Rules, SeasonTerms } from '../billing/engine/state.ts'
import { penaltyOn, recoverArea } from '../billing/inspections.ts'
import { stretchesOf } from '../billing/periods.ts'
import { NotAllowed } from '../billing/refusals.ts'
import { penaltyFrom, reductionFrom, undeclaredPrices } from './account-cases.ts'
import type { Field } from './fields.ts'
import { feeItemOf } from './terms.ts'

export const eventIdOf = (seq: Field): string => `e${seq.text().padStart(5, '0')}`

/** What an event is read against. */
export interface Scene {
  customer: CustomerState
  rules: Rules
  policy: Field
}

type Read = (field: Field, scene: Scene, at: { eventId: string; on: string }) => AccountEvent

const readers: Record<string, Read> = {
  STOP: (field, scene, at) => {
    const area = field.some('area')
    return {
      type: 'STOP',
      ...at,
      areaNo: areaNoOf(field, scene),
      areaDm2: area === undefined || area.value === 'ALL' ? 'ALL' : area.area(),
      stopFrom: field.need('stop_from').day(),
      resumeOn: field.some('resume_on')?.day() ?? null,
    }
  },
  FORCED_STOP: (field, scene, at) => {
    const closedOn =
      field.some('stop_from', 'forced_stop_on', 'closed_on', 'effective')?.day() ?? at.on
    const areaNo = field.some('area_item') && areaNoOf(field, scene)
    return { type: 'FORCED_STOP', ...at, closedOn, ...(areaNo === undefined ? {} : { areaNo }) }
  },
  CANCEL_STOP: (field, scene, at) => ({
    type: 'CANCEL_STOP',
    ...at,
    stopId: stopIdOf(field, scene),
  }),
  RESUME: (field, scene, at) => {
    const fee = field.some('valve_opening_fee')?.yuan()
    return {
      type: 'RESUME',
      ...at,
      stopId: stopIdOf(field, scene),
      resumeOn: field.some('resume_on', 'effective')?.day() ?? at.on,
      ...(fee === undefined ? {} : { valveOpeningFen: fee }),
    }
  },
  AREA_CHANGE: (field, scene, at) => {
    const height = field.some('storey_height')?.centimetres()
    const billingDm2 = field.need('billing_area', 'new_area', 'new_billing_area', 'area').area()
    const change = {
      areaNo: areaNoOf(field, scene),
      billingDm2,
      effectiveOn: effectiveOf(field, at),
    }
    return {
      type: 'AREA_CHANGE',
      ...at,
      ...change,
      ...(height === undefined ? {} : { heightCm: height }),
    }
  },
  CLASS_CHANGE: (field, scene, at) => ({
    type: 'CLASS_CHANGE',
    ...at,
    areaNo: areaNoOf(field, scene),
    priceClass: field.need('price_class', 'new_price_class', 'new_class', 'to').text(),
    effectiveOn: effectiveOf(field, at),
  }),
  DISCONNECT: (field, scene, at) => {
    const areaNo = field.some('area_item') && areaNoOf(field, scene)
    const effectiveOn =
      field.some('disconnect_on', 'disconnected_on')?.day() ?? effectiveOf(field, at)
    return { type: 'DISCONNECT', ...at, effectiveOn, ...(areaNo === undefined ? {} : { areaNo }) }
  },
  IMPORT_ARREARS: (field, scene, at) => ({
    type: 'IMPORT_ARREARS',
    ...at,
    season: field.need('season').text(),
    feeItem: feeItemOf(field.some('fee_item'), 'HEATING'),
    areaNo: areaNoOf(field, scene),
    amountFen: field.need('receivable', 'amount', 'principal').yuan(),
    receivedFen: field.some('received')?.yuan() ?? (0n as Fen),
  }),
  PAYMENT: (field, _, at) => {
    const seasons = field
      .some('manual_seasons')
      ?.list()
      .map((season) => season.text())
    const order = field.some('allocation_order')
    const isManual = order?.value === 'MANUAL' || (order === undefined && seasons !== undefined)
    const named = order && !isManual ? order.oneOf('OLDEST_FIRST', 'CURRENT_FIRST') : undefined
    const channel = field.some('channel')?.text() ?? 'COUNTER'
    return {
      type: 'PAYMENT',
      ...at,
      amountFen: field.need('amount').yuan(),
      channel,
      funds: `clearing:${channel.toLowerCase()}`,
      ...(named === undefined ? {} : { order: named }),
      ...(isManual ? { manualSeasons: seasons ?? [] } : {}),
    }
  },
  VOID_PAYMENT: (field, _, at) => ({ type: 'VOID_PAYMENT', ...at, paymentId: paymentIdOf(field) }),
  REVERSE_PAYMENT: (field, _, at) => ({
    type: 'REVERSE_PAYMENT',
    ...at,
    paymentId: paymentIdOf(field),
    isBankError: field.some('bank_error')?.flag() ?? false,
  }),
  REDUCTION: (field, scene, at) => {
    const season = seasonOf(field, scene)
    const feeItem = feeItemOf(field.some('fee_item'), 'HEATING')
    const areaNo = field.some('area_item') && areaNoOf(field, scene)
    const days = () => termsOf(scene, season).span.days
    const by = reductionFrom(
      field,
      field,
      days,
      () => priceIn(scene, season, areaNo ?? 1).unitPrice,
    )
    return {
      type: 'REDUCTION',
      ...at,
      season,
      feeItem,
      by,
      ...(areaNo === undefined ? {} : { areaNo }),
    }
  },
  LATE_FEE_WAIVER: (field, _, at) => {
    const share = field.some('percent', 'waive_percent')?.rate()
    const season = field.some('season')?.text()
    const by =
      share === undefined ? { amountFen: field.need('amount', 'waive_amount').yuan() } : { share }
    return { type: 'LATE_FEE_WAIVER', ...at, by, ...(season === undefined ? {} : { season }) }
  },
  ADDITIONAL_FEE: (field, scene, at) => ({
    type: 'ADDITIONAL_FEE',
    ...at,
    season: seasonOf(field, scene),
    feeItem: feeItemOf(field.some('fee_item'), 'ADDITIONAL'),
    areaNo: field.some('area_item') ? areaNoOf(field, scene) : 0,
    amountFen: field.need('amount', 'receivable').yuan(),
  }),
  INSPECTION: (field, scene, at) => inspectionFrom(field, scene, at),
  REFUND: (field, _, at) => {
    const tender = field.some('tender')?.text() ?? 'CASH'
    return {
      type: 'REFUND',
      ...at,
      amountFen: field.need('amount').yuan(),
      funds: `clearing:${tender.toLowerCase()}`,
    }
  },
  APPLY_BALANCE: (field, _, at) => {
    const amountFen = field.some('amount')?.yuan()
    return { type: 'APPLY_BALANCE', ...at, ...(amountFen === undefined ? {} : { amountFen }) }
  },
}

export const accountEventTypes = Object.keys(readers)

export function accountEventFrom(
  field: Field,
  scene: Scene,
  at: { eventId: string; on: string },
): AccountEvent {
  return readers[field.need('type').text()]!(field, scene, at)
}

const effectiveOf = (field: Field, { on }: { on: string }): string =>
  field.some('effective', 'effective_on', 'effective_date', 'effective_from', 'from')?.day() ?? on

const paymentIdOf = (field: Field) => eventIdOf(field.need('payment_seq'))

/** The room by what people call it; without a name the customer's first. */
function areaNoOf(field: Field, { customer }: Scene): number {
  const named = field.some('area_item', 'item')
  if (!named) return customer.cards[0]?.areaNo ?? 0
  const card = customer.cards.find(({ areaItem }) => areaItem === named.text())
  if (!card)
    throw named.bad(
      `用户 ${customer.customerId} 没有面积项 '${named.text()}'`,
      '请改成 items 中的 id',
    )
  return card.areaNo
}

export const newestSeason = ({ areaSeasons, lines }: CustomerState): string =>
  [...areaSeasons, ...lines].reduce((newest, { season }) => (season > newest ? season : newest), '')

const seasonOf = (field: Field, { customer }: Scene): string =>
  field.some('season')?.text() ?? newestSeason(customer)

function stopIdOf(field: Field, { customer }: Scene): string {
  const seq = field.some('stop_seq')
  if (seq && seq.value !== 'CARRIED') return eventIdOf(seq)
  const item = field.some('area_item')?.text()
  const newestFirst = customer.areaSeasons
    .filter((area) => item === undefined || area.areaItem === item)
    .toSorted((a, b) => (a.season < b.season ? 1 : -1))
  for (const area of newestFirst) {
    const stops = stopsOf(area).filter(({ isResumed }) => !isResumed)
    const found = seq ? stops.find(({ carriedFrom }) => carriedFrom !== null) : stops.at(-1)
    if (found) return found.id
  }
  return 'none'
}

function termsOf({ rules }: Pick<Scene, 'rules'>, season: string): SeasonTerms {
  const terms = rules.seasons.get(season)
  if (!terms) throw new NotAllowed('season.unknown', { season })
  return terms
}

function priceIn({ customer, rules }: Scene, season: string, areaNo: number) {
  const terms = termsOf({ rules }, season)
  const area = customer.areaSeasons.find((of) => of.season === season && of.areaNo === areaNo)
  if (area) return stretchesOf(roomFacts(area, terms), terms.span).at(-1)!.price
  return priceOf(terms, customer.cards.find((card) => card.areaNo === areaNo)?.priceClass ?? '')
}

function inspectionFrom(field: Field, scene: Scene, at: { eventId: string; on: string }): Inspect {
  const season = seasonOf(field, scene)
  const areaNo = areaNoOf(field, scene)
  const asked = {
    some: (...names: string[]) => field.some(...names) ?? scene.policy.some(...names),
    need: (...names: string[]) => field.need(...names),
  }
  const event = { type: 'INSPECTION', ...at, season, areaNo } as const
  const recovered = field.some('recover', 'recover_amount', 'amount')
  if (recovered) {
    const penaltyFen = field.some('penalty', 'penalty_amount')?.yuan() ?? (0n as Fen)
    return { ...event, found: { is: 'AMOUNT', recoverFen: recovered.yuan(), penaltyFen } }
  }
  const penalty = penaltyFrom(asked)
  const undeclared = field.some('undeclared_area')
  if (undeclared) {
    const usual = () => priceIn(scene, season, areaNo).unitPrice
    const prices = field.some('unit_price', 'unit_prices', 'seasons')
      ? undeclaredPrices(field)
      : [usual()]
    const { recoverFen } = recoverArea(undeclared.area(), prices)
    const days = field.some('penalty_days', 'days')?.count() ?? 0
    const penaltyFen = penaltyOn(recoverFen, penalty, days)
    return { ...event, found: { is: 'AMOUNT', recoverFen, penaltyFen } }
  }
  const recovery = asked.some('recovery')?.oneOf('TO_DISCOVERY', 'FULL_SEASON') ?? 'TO_DISCOVERY'
  const discoveredOn = field.some('discovered_on')?.day() ?? at.on
  return { ...event, found: { is: 'USED_WHILE_STOPPED', discoveredOn, recovery, penalty } }
}

/** A card to make a child's from when only its area is given. */
export const firstCard = ({ cards }: CustomerState): AreaCard | undefined => cards[0]
