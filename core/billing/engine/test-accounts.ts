// What the engine's tests are made of: a company with six seasons, an account of two rooms, and
// random histories of it. A step is a few small numbers; what it does depends on the state it
// meets, so that most steps are legal and shrinking keeps them so.
import { dm2, type Fen, fen } from '@reli/sdk'
import fc from 'fast-check'
import { outstandingOf } from '../accounts.ts'
import { lateFeeDue } from '../late-fees.ts'
import { NotAllowed } from '../refusals.ts'
import { addDays, type Day, dayNumber, spanOf } from '../seasons.ts'
import type { Price } from '../tariffs.ts'
import { decide } from './decide.ts'
import type { AccountEvent } from './events.ts'
import { stopsOf } from './facts.ts'
import { quoteOf } from './quote.ts'
import {
  type AccountPolicy,
  type AreaCard,
  type CustomerState,
  type Decision,
  newCustomer,
  type Rules,
  type SeasonTerms,
} from './state.ts'

export const policy: AccountPolicy = {
  order: 'OLDEST_FIRST',
  within: 'PRINCIPAL_FIRST',
  stops: { granularity: 'BY_DATE', maxCycles: 4 },
  resume: 'PRORATA',
  areaChange: 'PRORATA',
  classChange: 'PRORATA',
  disconnect: 'PRORATA',
  lateFeeStopsOnForcedStop: true,
  balanceApplies: 'AT_OPENING',
  carriesStops: true,
  notOpened: 'FULL',
  arrearsForbid: [],
}

export const priceOf = (unitPrice: bigint): Price => ({
  unitPrice,
  basis: { per: 'SEASON' },
  baseHeatRatio: 200_000n,
  overHeight: { rule: 'NONE' },
  overHeightLine: 'INCLUDED',
})

/** The season that begins in this year: 22 and 31 yuan, 3 ‰ up to 30 %, 2 % before November. */
export function seasonOf(year: number): SeasonTerms {
  const season = `${year}-${year + 1}`
  const dates = { heatStartOn: `${year}-11-15`, heatEndOn: `${year + 1}-03-15` }
  const tier = { from: `${year}-07-01`, to: `${year}-10-31`, rate: 20_000n }
  return {
    season,
    span: spanOf(dates, { mode: 'ACTUAL' }),
    prices: { RES: priceOf(220_000n), NONRES: priceOf(310_000n) },
    lateFee: {
      dueOn: `${year}-12-31`,
      rateSteps: [{ from: '0001-01-01', to: null, rate: 3_000n }],
      capRate: 300_000n,
      base: 'OUTSTANDING',
    },
    discount: {
      tiers: [{ ...tier, channels: null, natures: null }],
      channelBonus: { WECHAT: 5_000n },
      natures: null,
      appliesTo: ['HEATING'],
      needsNoArrears: true,
    },
  }
}

export const years = [2024, 2025, 2026, 2027, 2028, 2029]

export const rulesOf = (more: Partial<AccountPolicy> = {}): Rules => ({
  policy: { ...policy, ...more },
  seasons: new Map(years.map(seasonOf).map((terms) => [terms.season, terms])),
})

export const card = (areaNo: number, areaDm2: number, priceClass = 'RES'): AreaCard => ({
  areaNo,
  areaItem: `A${areaNo}`,
  billingDm2: dm2(areaDm2),
  heightCm: null,
  priceClass,
  isBilled: true,
  status: 'NORMAL',
  waitingStops: [],
})

export const household = (...cards: AreaCard[]): CustomerState =>
  newCustomer(
    'cus_1',
    'RESIDENT',
    cards.length > 0 ? cards : [card(1, 9000), card(2, 3240, 'NONRES')],
  )

/** Kind, days since the last step, and three numbers that mean what the kind makes of them. */
export type Step = [kind: number, days: number, a: number, b: number, c: number]

export const steps = (least: number, most: number) =>
  fc.array(fc.tuple(fc.nat(99), fc.nat(9), fc.nat(9999), fc.nat(9999), fc.nat(9999)), {
    minLength: least,
    maxLength: most,
  }) as fc.Arbitrary<Step[]>

/** Switches that change where money goes; printed short when a property fails. */
export const somePolicy = fc.record({
  order: fc.constantFrom('OLDEST_FIRST' as const, 'CURRENT_FIRST' as const),
  within: fc.constantFrom(
    ...(['PRINCIPAL_FIRST', 'LATE_FIRST', 'SLICE', 'ALL_PRINCIPAL_THEN_LATE'] as const),
  ),
  resume: fc.constantFrom('PRORATA' as const, 'FULL_SEASON' as const),
  areaChange: fc.constantFrom('PRORATA' as const, 'FULL_SEASON' as const, 'NEXT_SEASON' as const),
  balanceApplies: fc.constantFrom('AT_OPENING' as const, 'AT_PAYMENT' as const, 'MANUAL' as const),
})

/** An account on its way through a history. */
export interface Walk {
  state: CustomerState
  on: Day
  rules: Rules
}

export interface Walked extends Decision {
  event: AccountEvent
}

export const begin = (rules: Rules): Walk => ({ state: household(), on: '2024-07-01', rules })

/** One step; `undefined` when it was refused. */
export function walk(at: Walk, step: Step, number: number): Walked | undefined {
  at.on = addDays(at.on, step[1])
  const event = eventOf(at, step, `e${number}`)
  try {
    const decision = decide(at.state, event, at.rules)
    at.state = decision.state
    return { event, ...decision }
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    return undefined
  }
}

export function eventOf(at: Walk, [kind, , a, b, c]: Step, eventId: string): AccountEvent {
  const { on, state } = at
  const base = { eventId, on }
  const areaNo = (a % 2) + 1
  const season = seasonNear(on)
  if (!state.areaSeasons.some((area) => area.season === season)) {
    return { type: 'OPEN_SEASON', ...base, season }
  }
  const areaDm2 = b % 3 === 0 ? ('ALL' as const) : dm2(100 + (b % 30) * 100)
  if (kind < 12) {
    const stopFrom = addDays(on, 1 + (c % 40))
    const resumeOn = c % 2 === 0 ? null : addDays(stopFrom, b % 60)
    return { type: 'STOP', ...base, areaNo, areaDm2, stopFrom, resumeOn }
  }
  if (kind < 14) return { type: 'FORCED_STOP', ...base, areaNo, closedOn: on }
  if (kind < 20) return { type: 'CANCEL_STOP', ...base, stopId: someStop(state, a) }
  if (kind < 28) {
    return { type: 'RESUME', ...base, stopId: someStop(state, a), resumeOn: addDays(on, b % 20) }
  }
  if (kind < 34) {
    const billingDm2 = dm2(2000 + (b % 120) * 100)
    return {
      type: 'AREA_CHANGE',
      ...base,
      areaNo,
      billingDm2,
      effectiveOn: addDays(on, (c % 60) - 30),
    }
  }
  if (kind < 38) {
    const priceClass = b % 2 === 0 ? 'RES' : 'NONRES'
    return {
      type: 'CLASS_CHANGE',
      ...base,
      areaNo,
      priceClass,
      effectiveOn: addDays(on, (c % 60) - 30),
    }
  }
  if (kind < 68) return payment(at, base, kind, a, b)
  if (kind < 74)
    return {
      type: 'REVERSE_PAYMENT',
      ...base,
      paymentId: somePayment(state, a),
      isBankError: b % 4 === 0,
    }
  return other(at, base, [kind, 0, a, b, c])
}

function payment(
  at: Walk,
  base: { eventId: string; on: Day },
  kind: number,
  a: number,
  b: number,
): AccountEvent {
  const channel = b % 2 === 0 ? 'WECHAT' : 'COUNTER'
  const payable = quoteOf(at.state, at.on, channel).reduce((sum, of) => sum + of.payableFen, 0n)
  const amountFen = fen(kind < 48 && payable > 0n ? payable : BigInt(a) * 37n + 1n)
  return { type: 'PAYMENT', ...base, amountFen, channel, funds: 'bank' }
}

function other(at: Walk, base: { eventId: string; on: Day }, [kind, , a, b]: Step): AccountEvent {
  const { state, on } = at
  const season = seasonNear(on)
  const amountFen = fen(1 + (b % 5000) * 7)
  if (kind < 80) {
    const by =
      a % 2 === 0
        ? { mode: 'AMOUNT' as const, amountFen }
        : { mode: 'PERCENT' as const, share: 100_000n }
    return { type: 'REDUCTION', ...base, season, feeItem: 'HEATING', by }
  }
  if (kind < 83) return { type: 'LATE_FEE_WAIVER', ...base, by: { share: 500_000n } }
  if (kind < 86)
    return { type: 'ADDITIONAL_FEE', ...base, season, feeItem: 'ADDITIONAL', areaNo: 0, amountFen }
  if (kind < 89)
    return {
      type: 'REFUND',
      ...base,
      amountFen: smaller(state.balanceFen, amountFen),
      funds: 'bank',
    }
  if (kind < 92) return { type: 'APPLY_BALANCE', ...base }
  if (kind < 94) return { type: 'ON_ACCOUNT', ...base, season, promisedOn: addDays(on, 30) }
  if (kind < 96) {
    const dueDates = [addDays(on, 20), addDays(on, 60)]
    return { type: 'INSTALMENT_PLAN', ...base, season, shares: [300_000n, 700_000n], dueDates }
  }
  if (kind < 97) return { type: 'WRITE_OFF', ...base, season: state.lines[0]?.season ?? season }
  return { type: 'OPEN_SEASON', ...base, season }
}

const smaller = (a: Fen, b: Fen): Fen => (a < b ? a : b)

/** From July on the next season is the one that people talk about. */
export function seasonNear(on: Day): string {
  const year = Number(on.slice(0, 4)) - (on.slice(5) < '07-01' ? 1 : 0)
  return `${year}-${year + 1}`
}

function someStop(state: CustomerState, a: number): string {
  const stops = state.areaSeasons.flatMap(stopsOf)
  return stops.length === 0 ? 'none' : stops[stops.length - 1 - (a % Math.min(3, stops.length))]!.id
}

function somePayment(state: CustomerState, a: number): string {
  const paid = state.payments.filter((payment) => payment.state === 'PAID')
  return paid.length === 0
    ? 'none'
    : paid[paid.length - 1 - (a % Math.min(4, paid.length))]!.paymentId
}

export const owedBy = (state: CustomerState): Fen =>
  fen(state.lines.reduce((sum, line) => sum + outstandingOf(line), 0n))

export const lateFeeOf = (state: CustomerState, on: Day): Fen =>
  fen(state.lines.reduce((sum, line) => sum + lateFeeDue(line, on), 0n))

export const daysSince = (from: Day, to: Day): number => dayNumber(to) - dayNumber(from)

/** What is charged by season, room and item. */
export function receivablesOf(state: CustomerState): Record<string, bigint> {
  const sums: Record<string, bigint> = {}
  for (const { season, areaNo, feeItem, chargedFen } of state.lines) {
    if (chargedFen === 0n) continue
    const key = `${season} A${areaNo} ${feeItem}`
    sums[key] = (sums[key] ?? 0n) + chargedFen
  }
  return sums
}
