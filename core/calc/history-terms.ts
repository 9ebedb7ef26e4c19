// The company of a history: its switches, its seasons and its customers, read for the account
// engine.
import { type Dm2, dm2 } from '@reli/sdk'
import {
  type AccountPolicy,
  type AreaCard,
  type CustomerState,
  newCustomer,
  type SeasonTerms,
} from '../billing/engine/state.ts'
import { type SeasonDays, spanOf } from '../billing/seasons.ts'
import type { Price } from '../billing/tariffs.ts'
import type { Field } from './fields.ts'
import {
  areaBasisFrom,
  basisFrom,
  billingAreaOf,
  datesFrom,
  daysRuleFrom,
  discountFrom,
  heightOf,
  lateFeeFrom,
  overHeightOf,
} from './terms.ts'

const changes = ['PRORATA', 'FULL_SEASON', 'NEXT_SEASON'] as const

export function policyFrom(policy: Field): AccountPolicy {
  const word = <T extends string>(name: string, words: readonly T[], otherwise: T): T =>
    policy.some(name)?.oneOf(...words) ?? otherwise
  const cycles = policy.find('max_stop_cycles')
  const needed = policy.some('arrears_forbid')?.list() ?? []
  return {
    order: word('allocation_order', ['OLDEST_FIRST', 'CURRENT_FIRST'], 'OLDEST_FIRST'),
    within: word(
      'allocation_within',
      ['PRINCIPAL_FIRST', 'LATE_FIRST', 'SLICE', 'ALL_PRINCIPAL_THEN_LATE'],
      'PRINCIPAL_FIRST',
    ),
    stops: {
      granularity: word('stop_granularity', ['BY_DATE', 'WHOLE_SEASON'], 'BY_DATE'),
      maxCycles: cycles === undefined ? 2 : cycles.value === null ? null : cycles.count(),
    },
    resume: word('resume_policy', ['PRORATA', 'FULL_SEASON'], 'PRORATA'),
    areaChange: word('area_change_policy', changes, 'PRORATA'),
    classChange: word('class_change_policy', changes, 'PRORATA'),
    disconnect: word('disconnect_policy', ['PRORATA', 'FULL_SEASON'], 'PRORATA'),
    lateFeeStopsOnForcedStop: policy.some('late_fee_stops_on_forced_stop')?.flag() ?? true,
    balanceApplies: word(
      'balance_auto_apply',
      ['AT_OPENING', 'AT_PAYMENT', 'MANUAL'],
      'AT_OPENING',
    ),
    carriesStops: policy.some('carry_stop')?.flag() ?? true,
    notOpened: word('not_opened_policy', ['FULL', 'BASE', 'NONE'], 'FULL'),
    arrearsForbid: needed.map((each) => each.oneOf('STOP', 'RESUME', 'DISCONNECT')),
  }
}

/** A switch of the season goes before that of the company. */
const both = (season: Field, policy: Field) => ({
  find: (...names: string[]) => season.find(...names) ?? policy.find(...names),
  some: (...names: string[]) => season.some(...names) ?? policy.some(...names),
  need: (...names: string[]) =>
    season.some(...names) ?? policy.some(...names) ?? season.need(...names),
})

export function seasonFrom(code: string, season: Field, policy: Field): SeasonTerms {
  const asked = both(season, policy)
  const lateFee = season.some('late_fee') ?? season
  const discount = season.some('discount')
  const isDated = season.some('heat_start') !== undefined
  const dates = isDated ? datesFrom(asked) : usualDates(code)
  const days: SeasonDays = daysRuleFrom(asked)
  return {
    season: code,
    span: spanOf(dates, days),
    prices: Object.fromEntries(
      (season.some('prices')?.entries() ?? []).map(([name, price]) => [
        name,
        priceOf(name, price, season, policy),
      ]),
    ),
    lateFee: lateFeeFrom(lateFee, lateFee.need('due_date').day()),
    discount: discount ? discountFrom(discount) : null,
  }
}

/** A season of which only debts are known. */
const usualDates = (code: string) => ({
  heatStartOn: `${code.slice(0, 4)}-11-15`,
  heatEndOn: `${code.slice(5, 9)}-03-15`,
})

function priceOf(name: string, price: Field, season: Field, policy: Field): Price {
  const asked = both(season, policy)
  const ratios = asked.some('base_heat_ratio')
  const ratio = ratios?.isObject ? ratios.some(name) : ratios
  const over = asked.some('over_height')
  const ownOver = over?.isObject && !over.find('rule') ? over.some(name) : over
  return {
    unitPrice: price.price(),
    basis: basisFrom(asked),
    baseHeatRatio: ratio?.rate() ?? 200_000n,
    overHeight: overHeightOf(ownOver?.isObject ? ownOver : undefined),
    overHeightLine: ownOver?.some('line')?.value === 'SEPARATE' ? 'SEPARATE' : 'INCLUDED',
  }
}

export function cardsFrom(items: readonly Field[], policy: Field, like?: AreaCard): AreaCard[] {
  return items.map((item, at) => {
    const isHeated = item.some('heated')?.flag() ?? true
    const state = item.some('status', 'last_status')?.value
    return {
      areaNo: at + 1,
      areaItem: item.some('id', 'area_item', 'area_no')?.text() ?? like?.areaItem ?? `A${at + 1}`,
      billingDm2: areaOf(item, policy),
      heightCm: heightOf(item) ?? like?.heightCm ?? null,
      priceClass:
        item.some('price_class')?.text() ?? like?.priceClass ?? item.need('price_class').text(),
      isBilled: isHeated && (item.some('generate_bill')?.flag() ?? true),
      status: state === 'NOT_OPENED' || state === 'DISCONNECTED' ? state : 'NORMAL',
      waitingStops: [],
    }
  })
}

const areaOf = (item: Field, policy: Field): Dm2 =>
  item.some('billing_area', 'building_area')
    ? billingAreaOf(item, areaBasisFrom(policy))
    : dm2(item.need('billing_area', 'area').area())

export function customerFrom(customer: Field, policy: Field): CustomerState {
  const code = customer.need('code').text()
  const nature = customer.some('nature')?.text() ?? 'RESIDENT'
  const state = newCustomer(code, nature, cardsFrom(customer.need('items').list(), policy))
  const control = customer.some('control_mode')?.oneOf('SEPARATE', 'SERIES')
  const network = customer.some('network_status')?.oneOf('PENDING', 'IN_NETWORK', 'DISCONNECTED')
  const balance = customer.some('balance')?.yuan()
  return {
    ...state,
    controlMode: control ?? state.controlMode,
    network: network ?? state.network,
    balanceFen: balance ?? state.balanceFen,
  }
}
