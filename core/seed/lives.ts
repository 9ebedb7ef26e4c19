// The life of a demo account: five seasons of opening, paying, stopping, owing and closing, told to
// the very engine that decides in production. Pure: the same household lives the same life.
import { dm2, type Fen, fen, sumFen } from '@reli/sdk'
import { outstandingOf } from '../billing/accounts.ts'
import { decide } from '../billing/engine/decide.ts'
import type { AccountEvent } from '../billing/engine/events.ts'
import { quoteOf } from '../billing/engine/quote.ts'
import type { CustomerState, Decision, Rules } from '../billing/engine/state.ts'
import { addDays, type Day } from '../billing/seasons.ts'
import { bankAccount } from './bills.ts'
import type { Dice } from './dice.ts'
import { type Habit, isOwing } from './household.ts'

/** One thing that happened, on its booking date. */
export interface Happening {
  bookingOn: Day
  event: AccountEvent
  reason: string
  before: CustomerState
  decision: Decision
}

/** The days on which a season's things happen. */
export interface LivedSeason {
  season: string
  issuedOn: Day
  paidOn: Day
  /** Those who pay late do so. */
  lateOn: Day
  heatStartOn: Day
  /** Null: the season is still open. */
  closedOn: Day | null
}

/** How many of 1,000 accounts in a season. */
const shares = {
  stopsWhole: 20,
  stopsPart: 15,
  resumes: 300,
  changesArea: 6,
  reduced: 12,
  fixedFee: 10,
  clearsArrears: 250,
  promises: 60,
}

/** No account of the seed has more: numbers of events are taken by so many. */
export const mostHappenings = 64

/** `partPaidFen`: what a known household paid of the season that it paid in part. */
export interface Liver {
  state: CustomerState
  habits: readonly Habit[]
  partPaidFen?: Fen
  /** Known to documents and tests: it pays or owes, and nothing else happens to it. */
  isPlain: boolean
}

type Without<E> = E extends AccountEvent ? Omit<E, 'eventId' | 'on'> : never
type EventFields = Without<AccountEvent>

class Life {
  readonly happenings: Happening[] = []
  readonly #rules: Rules
  readonly #ids: Iterator<string>
  state: CustomerState

  constructor(state: CustomerState, rules: Rules, ids: Iterator<string>) {
    this.state = state
    this.#rules = rules
    this.#ids = ids
  }

  happens(on: Day, fields: EventFields, reason = ''): void {
    const eventId = this.#ids.next().value as string
    const event = { ...fields, eventId, on } as AccountEvent
    const decision = decide(this.state, event, this.#rules)
    this.happenings.push({ bookingOn: on, event, reason, before: this.state, decision })
    this.state = decision.state
  }

  owed(on: Day): Fen {
    return sumFen(quoteOf(this.state, on, 'counter').map((season) => season.payableFen))
  }

  pays(on: Day, amountFen: Fen): void {
    if (amountFen > 0n) {
      this.happens(on, {
        type: 'PAYMENT',
        amountFen,
        channel: 'counter',
        funds: bankAccount.account,
      })
    }
  }
}

export function lifeOf(
  liver: Liver,
  seasons: readonly LivedSeason[],
  rules: Rules,
  dice: Dice,
  ids: Iterator<string>,
): Happening[] {
  const life = new Life(liver.state, rules, ids)
  seasons.forEach((season, at) => {
    const habit = liver.habits[at]!
    life.happens(season.issuedOn, { type: 'OPEN_SEASON', season: season.season })
    if (!liver.isPlain && !isOwing(habit)) beforeHeating(life, season, dice)
    pay(life, season, habit, liver.partPaidFen)
    if (!liver.isPlain && season.closedOn) whileHeating(life, season, habit, dice)
    if (season.closedOn) {
      life.happens(season.closedOn, { type: 'CLOSE_SEASON', season: season.season })
    }
  })
  return life.happenings
}

/** Stops are asked for between the bill and the first heat. */
function beforeHeating(life: Life, { issuedOn, heatStartOn }: LivedSeason, dice: Dice): void {
  const room = life.state.cards[0]!
  // Few days, so that a seed books many accounts at once.
  const on = addDays(issuedOn, dice.pick([12, 26, 40]))
  if (room.status !== 'NORMAL' || isStopped(life.state, room.areaNo)) return
  if (dice.happens(shares.changesArea)) {
    const billingDm2 = dm2(room.billingDm2 + BigInt(50 + dice.roll(400)))
    life.happens(
      on,
      { type: 'AREA_CHANGE', areaNo: room.areaNo, billingDm2, effectiveOn: heatStartOn },
      '房产证面积更正',
    )
  } else if (dice.happens(shares.stopsWhole)) {
    const stop = {
      areaNo: room.areaNo,
      areaDm2: 'ALL',
      stopFrom: heatStartOn,
      resumeOn: null,
    } as const
    life.happens(on, { type: 'STOP', ...stop }, '长期外出，整季报停')
  } else if (dice.happens(shares.stopsPart)) {
    const areaDm2 = dm2(room.billingDm2 / 3n)
    const stop = { areaNo: room.areaNo, areaDm2, stopFrom: heatStartOn, resumeOn: null }
    life.happens(on, { type: 'STOP', ...stop }, '部分房间停用')
  }
}

const isStopped = ({ areaSeasons }: CustomerState, areaNo: number): boolean =>
  areaSeasons.some((area) => area.areaNo === areaNo && area.facts.length > 0)

function pay(life: Life, season: LivedSeason, habit: Habit, partPaidFen: Fen | undefined): void {
  if (habit === 'in_time') life.pays(season.paidOn, life.owed(season.paidOn))
  if (habit === 'late') life.pays(season.lateOn, life.owed(season.lateOn))
  if (habit !== 'part') return
  const owed = life.state.lines.filter((line) => line.season === season.season).map(outstandingOf)
  life.pays(season.paidOn, partPaidFen ?? fen(sumFen(owed) / 2n))
}

/** Cold rooms, broken valves, promises: what a winter brings to a heating company. */
function whileHeating(life: Life, { season, lateOn }: LivedSeason, habit: Habit, dice: Dice): void {
  const on = addDays(lateOn, dice.pick([4, 11, 18]))
  const owesNothing = !isOwing(habit)
  if (owesNothing && dice.happens(shares.reduced)) {
    const receivable = life.state.lines.filter(
      (each) => each.season === season && each.feeItem === 'HEATING',
    )
    const amountFen = fen(sumFen(receivable.map((each) => each.receivableFen)) / 20n)
    const by = { mode: 'AMOUNT', amountFen } as const
    if (amountFen > 0n)
      life.happens(on, { type: 'REDUCTION', season, feeItem: 'HEATING', by }, '室温不达标')
  } else if (owesNothing && dice.happens(shares.fixedFee)) {
    const { areaNo } = life.state.cards[0]!
    const fee = { season, feeItem: 'ADDITIONAL', areaNo, amountFen: fen(5_000n) } as const
    life.happens(on, { type: 'ADDITIONAL_FEE', ...fee }, '阀门维修材料费')
    life.pays(on, fen(5_000n))
  } else if (!owesNothing && dice.happens(shares.promises)) {
    life.happens(on, { type: 'ON_ACCOUNT', season, promisedOn: addDays(on, 60) }, '承诺延期缴费')
  } else if (!owesNothing && dice.happens(shares.clearsArrears)) {
    const later = addDays(on, 20)
    life.pays(later, life.owed(later))
  }
}
