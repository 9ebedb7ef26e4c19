// Cases of stops, resumes and mid-season changes: ST, SO, SA, SE, RS, MS, CB (domain.md §4.4, §4.9,
// §4.12).
import { fen } from '@reli/sdk'
import { clawedBack } from '../billing/discounts.ts'
import { decimalText } from '../billing/explain.ts'
import {
  type ChangePolicy,
  periodsOf,
  type RoomChange,
  type RoomFacts,
  type RoomStop,
} from '../billing/periods.ts'
import { shareOf } from '../billing/rates.ts'
import type { SeasonSpan } from '../billing/seasons.ts'
import { effectiveFrom, resumed, type StopEffective, stopRefusal } from '../billing/stops.ts'
import { type Charge, seasonCharges, stoppedDays } from '../billing/tariffs.ts'
import type { Answer, Field, Question } from './fields.ts'
import { type AskedRoom, amountOf, roomOf, sumOf } from './season-cases.ts'
import { spanFrom, yuan } from './terms.ts'

/** Approved, whatever became of it since; a draft, a rejected or a cancelled one is none. */
const valid = new Set(['APPROVED', 'VALVE_CLOSED', 'RESUMED', 'EXPIRED'])

export function stopFrom(field: Field): RoomStop {
  const area = field.some('area')
  const isAll = area === undefined || area.value === 'ALL'
  return {
    areaDm2: isAll ? 'ALL' : area.area(),
    from: field.need('stop_from').day(),
    until: field.some('resume_on')?.day() ?? null,
  }
}

const validStops = (field: Field | undefined): RoomStop[] =>
  (field?.list() ?? [])
    .filter((stop) => valid.has(stop.some('status')?.text() ?? 'APPROVED'))
    .map(stopFrom)

export const factsOf = (room: AskedRoom, stops: readonly RoomStop[]): RoomFacts => ({
  billingDm2: room.billingDm2,
  heightCm: room.heightCm,
  price: room.price,
  changes: [],
  stops,
  offNetwork: [],
})

export const chargesWith = (facts: RoomFacts, span: SeasonSpan): Charge[] =>
  seasonCharges(periodsOf(facts, span), span.days).map((charge) => {
    return { ...charge, formula: charge.periods[0]! }
  })

const daysOf = ({ from, until }: RoomStop, span: SeasonSpan) =>
  stoppedDays({ areaDm2: 0n as never, stopFrom: from, resumeOn: until }, span)

export function stop(question: Question): Answer {
  const room = roomOf(question)
  const stops = validStops(question.input.some('stops'))
  const facts = factsOf(room, stops)
  const charges = chargesWith(facts, room.span)
  const full = sumOf(chargesWith({ ...facts, stops: [] }, room.span))
  const sum = sumOf(charges)
  const m2Days = periodsOf(facts, room.span).reduce((x, period) => x + period.stoppedDm2Days, 0n)
  const paid = question.input.some('paid')?.yuan()
  const left = paid === undefined ? undefined : sum - paid
  return {
    stop_days: stops.map((each) => daysOf(each, room.span)),
    stopped_m2_days: decimalText(m2Days, 2),
    full_fee: yuan(full),
    heating: yuan(amountOf(charges, 'HEATING')),
    base_heat: yuan(amountOf(charges, 'BASE_HEAT')),
    over_height: yuan(amountOf(charges, 'OVER_HEIGHT')),
    total: yuan(sum),
    stop_difference: yuan(full - sum),
    ...(left === undefined ? {} : owedOrCredit(left)),
  }
}

const owedOrCredit = (left: bigint) => ({
  outstanding: yuan(left > 0n ? left : 0n),
  credit_to_balance: yuan(left < 0n ? -left : 0n),
  credit: yuan(left < 0n ? -left : 0n),
})

export function stopAdmission(question: Question): Answer {
  const { input } = question
  const span = spanFrom(question)
  const asked = input.need('new_stop')
  const item = asked.some('area_item')?.text()
  const existing = input.some('existing_stops')?.list() ?? []
  const ofItem = existing.filter((each) => {
    const other = each.some('area_item')?.text()
    return item === undefined || other === undefined || other === item
  })
  const isValid = (field: Field) => valid.has(field.some('status')?.text() ?? 'APPROVED')
  const cycles = question.find('max_stop_cycles')
  const refusal = stopRefusal(
    {
      stop: stopFrom(asked),
      existing: ofItem.filter(isValid).map(stopFrom),
      billingDm2: input.need('billing_area').area(),
      controlMode: controlOf(question),
      approvedOn: (asked.some('approved_on') ?? question.some('approved_on'))?.day() ?? null,
    },
    {
      granularity: question.word('stop_granularity', ['BY_DATE', 'WHOLE_SEASON'], 'BY_DATE'),
      maxCycles: cycles === undefined ? 2 : cycles.value === null ? null : cycles.count(),
    },
    span,
  )
  return refusal === undefined ? { accepted: true } : { accepted: false, reason: refusal }
}

function controlOf(question: Question): 'SEPARATE' | 'SERIES' {
  const mode =
    question.some('control_mode') ?? question.input.some('customer')?.some('control_mode')
  return mode?.oneOf('SEPARATE', 'SERIES') ?? 'SEPARATE'
}

const effectives: Record<string, StopEffective> = {
  APPLICATION_DATE_NOT_BEFORE_DAY_AFTER_APPROVAL: 'REQUESTED',
  APPLIED_DATE: 'APPLIED_DATE',
  APPROVED_DATE: 'APPROVED_DATE',
  VALVE_CLOSED_DATE: 'VALVE_CLOSED_DATE',
}

export function stopEffective(question: Question): Answer {
  const room = roomOf(question)
  const by = question.some('stop_effective')
  const name = by?.oneOf(...Object.keys(effectives))
  const appliedOn = question.some('applied_on')?.day()
  const closedOn = question.some('valve_closed_on', 'valve_closed_at')?.day()
  const dates = {
    requestedFrom: question.need('requested_from', 'stop_from').day(),
    approvedOn: question.need('approved_on').day(),
    ...(appliedOn === undefined ? {} : { appliedOn }),
    ...(closedOn === undefined ? {} : { valveClosedOn: closedOn }),
  }
  const from = effectiveFrom(dates, name === undefined ? 'REQUESTED' : effectives[name]!, room.span)
  const area = question.some('area', 'stop_area')
  const stopped: RoomStop = {
    areaDm2: area === undefined || area.value === 'ALL' ? 'ALL' : area.area(),
    from,
    until: question.some('resume_on')?.day() ?? null,
  }
  const charges = chargesWith(factsOf(room, [stopped]), room.span)
  return { stop_from: from, stop_days: daysOf(stopped, room.span), ...amountsOf(charges) }
}

const amountsOf = (charges: readonly Charge[]) => ({
  heating: yuan(amountOf(charges, 'HEATING')),
  base_heat: yuan(amountOf(charges, 'BASE_HEAT')),
  over_height: yuan(amountOf(charges, 'OVER_HEIGHT')),
  total: yuan(sumOf(charges)),
})

export function resume(question: Question): Answer {
  const room = roomOf(question)
  const policy = question.word('resume_policy', ['PRORATA', 'FULL_SEASON'], 'PRORATA')
  const area = question.some('area', 'stopped_area')
  const stopped: RoomStop = {
    areaDm2: area === undefined || area.value === 'ALL' ? 'ALL' : area.area(),
    from: question.need('stop_from').day(),
    until: null,
  }
  const resumeOn = question.need('resume_on').day()
  const charges = chargesWith(factsOf(room, resumed(stopped, resumeOn, policy)), room.span)
  const paid = question.some('base_paid', 'paid')?.yuan() ?? fen(0)
  const left = sumOf(charges) - paid
  const due = left > 0n ? left : 0n
  const valve = question.some('valve_opening_fee')?.yuan() ?? fen(0)
  return {
    stop_days: daysOf({ ...stopped, until: resumeOn }, room.span),
    ...amountsOf(charges),
    due: yuan(due),
    credit: yuan(left < 0n ? -left : 0n),
    valve_opening: yuan(valve),
    due_total: yuan(due + valve),
  }
}

const changePolicies: readonly ChangePolicy[] = ['PRORATA', 'FULL_SEASON', 'NEXT_SEASON']

export function midSeason(question: Question): Answer {
  const { input } = question
  const initial = { ...(input.need('initial').value as object), ...seasonless(input) }
  const room = roomOf(question.with(initial))
  const policyOf = (name: string) => question.word(name, changePolicies, 'PRORATA')
  const changes = input
    .need('changes')
    .list()
    .flatMap((change, at): RoomChange[] => {
      const effectiveOn = change.need('effective', 'effective_on', 'from').day()
      const id = String(at).padStart(4, '0')
      const area = change.some('billing_area')
      const height = change.some('storey_height')
      const price = change.some('unit_price')
      const ratio = change.some('base_heat_ratio')
      const areaPolicy = policyOf('area_change_policy')
      return [
        ...(area ? [{ effectiveOn, id, policy: areaPolicy, billingDm2: area.area() }] : []),
        ...(height
          ? [{ effectiveOn, id, policy: areaPolicy, heightCm: height.centimetres() }]
          : []),
        ...(price
          ? [
              {
                effectiveOn,
                id,
                policy: policyOf('class_change_policy'),
                price: {
                  ...room.price,
                  unitPrice: price.price(),
                  baseHeatRatio: ratio?.rate() ?? room.price.baseHeatRatio,
                },
              },
            ]
          : []),
      ]
    })
  const facts = { ...factsOf(room, validStops(input.some('stops'))), changes }
  const charges = chargesWith(facts, room.span)
  const initialFee = sumOf(chargesWith(factsOf(room, []), room.span))
  const total = sumOf(charges)
  return {
    period_days: periodsOf(facts, room.span).map(({ days }) => days),
    initial_fee: yuan(initialFee),
    ...amountsOf(charges),
    total: yuan(total),
    delta: yuan(total - initialFee),
  }
}

const seasonless = (input: Field) => ({ season: input.some('season')?.value })

export function clawback(question: Question): Answer {
  const room = roomOf(question)
  const stops = validStops(question.input.some('stops'))
  const rate = question.need('discount_rate').rate()
  const full = chargesWith(factsOf(room, []), room.span)
  const after = chargesWith(factsOf(room, stops), room.span)
  const fullFee = sumOf(full)
  const firstDiscount = shareOf(amountOf(full, 'HEATING'), rate)
  const firstPaid = fullFee - firstDiscount
  const heating = amountOf(after, 'HEATING')
  const newDiscount = clawedBack(firstDiscount, rate, heating)
  const payable = sumOf(after) - newDiscount
  const left = payable - firstPaid
  return {
    first_discount: yuan(firstDiscount),
    first_paid: yuan(firstPaid),
    stop_days: stops.map((each) => daysOf(each, room.span)),
    ...amountsOf(after),
    new_discount: yuan(newDiscount),
    payable: yuan(payable),
    ...owedOrCredit(left),
  }
}
