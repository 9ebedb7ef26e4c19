// A history: events in order over the account engine, and the state of every customer after each of
// them. An event that is refused changes nothing and says why.
import { fen, toYuan } from '@reli/sdk'
import { outstandingOf } from '../billing/accounts.ts'
import { decide } from '../billing/engine/decide.ts'
import type { CustomerState, Decision, Receivable, Rules } from '../billing/engine/state.ts'
import { decideMerge, decideSplit, decideTransfer } from '../billing/engine/together.ts'
import { lateFeeDue } from '../billing/late-fees.ts'
import { NotAllowed } from '../billing/refusals.ts'
import { type Answer, Field } from './fields.ts'
import { accountEventFrom, accountEventTypes, eventIdOf, firstCard } from './history-events.ts'
import { cardsFrom, customerFrom, policyFrom, seasonFrom } from './history-terms.ts'

const together = ['OPEN_SEASON', 'CLOSE_SEASON', 'QUERY', 'TRANSFER', 'SPLIT', 'MERGE']

export const eventTypes = [...together, ...accountEventTypes]

/** The company of a history as it stands. */
class Company {
  readonly #policy: Field
  readonly #rules: Rules
  readonly #customers: Map<string, CustomerState>

  constructor(history: Field) {
    this.#policy = history.some('policy') ?? new Field({}, `${history.path}.policy`)
    const seasons = history.need('seasons').entries()
    this.#rules = {
      policy: policyFrom(this.#policy),
      seasons: new Map(seasons.map(([code, of]) => [code, seasonFrom(code, of, this.#policy)])),
    }
    const customers = history
      .need('customers')
      .list()
      .map((of) => customerFrom(of, this.#policy))
    this.#customers = new Map(customers.map((customer) => [customer.customerId, customer]))
  }

  /** The refusal's code, if it is refused. */
  apply(field: Field): string | undefined {
    const type = field.need('type')
    if (!eventTypes.includes(type.text())) {
      throw type.bad(`没有事件 '${type.text()}'`, `请用：${eventTypes.join('、')}`)
    }
    try {
      for (const decision of this.#decisions(field)) this.#accept(decision)
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error
      return error.code
    }
  }

  #accept({ customerId, state }: Decision): void {
    this.#customers.set(customerId, state)
  }

  #decisions(field: Field): readonly Decision[] {
    const at = { eventId: eventIdOf(field.need('seq')), on: field.need('date').day() }
    const rules = this.#rules
    const type = field.need('type').text()
    switch (type) {
      case 'QUERY':
        return []
      case 'OPEN_SEASON':
      case 'CLOSE_SEASON': {
        const season = field.need('season').text()
        const states = [...this.#customers.values()]
        return states.map((state) => decide(state, { type, ...at, season }, rules))
      }
      case 'TRANSFER': {
        const from = this.#customer(field.need('from', 'from_customer', 'customer'))
        const to = this.#customer(field.need('to', 'to_customer'))
        const amountFen = field.need('amount').yuan()
        return decideTransfer(from, to, { type, ...at, amountFen }, rules)
      }
      case 'MERGE': {
        const [survivor, other] = this.#merging(field)
        return decideMerge(survivor, other, { type, ...at }, rules)
      }
      case 'SPLIT':
        return this.#split(field, { ...at, type })
      default: {
        const customer = this.#customer(field.need('customer'))
        const scene = { customer, rules, policy: this.#policy }
        return [decide(customer, accountEventFrom(field, scene, at), rules)]
      }
    }
  }

  #customer(field: Field): CustomerState {
    const customer = this.#customers.get(field.text())
    if (!customer) throw field.bad(`没有用户 '${field.text()}'`, '请改成 customers 中的 code')
    return customer
  }

  #merging(field: Field): [survivor: CustomerState, other: CustomerState] {
    const listed = field.some('customers')?.list()
    if (listed?.[0] && listed[1]) return [this.#customer(listed[0]), this.#customer(listed[1])]
    const survivor = field.need('into', 'survivor', 'to', 'customer')
    const other = field.need('other', 'merged', 'from', 'with', 'customer')
    return [this.#customer(survivor), this.#customer(other)]
  }

  #split(field: Field, at: { type: 'SPLIT'; eventId: string; on: string }): readonly Decision[] {
    const parent = this.#customer(field.need('customer', 'parent'))
    const children = field
      .need('children')
      .list()
      .map((child) => ({
        customerId: child.need('code', 'customer').text(),
        nature: child.some('nature')?.text() ?? parent.nature,
        cards: cardsFrom(
          child.some('items')?.list() ?? [
            new Field({ ...(child.value as object), id: undefined }, child.path),
          ],
          this.#policy,
          firstCard(parent),
        ),
      }))
    return decideSplit(parent, { ...at, children }, this.#rules)
  }

  stateOn(on: string): Record<string, Answer> {
    const states = [...this.#customers.values()].map((customer) => [
      customer.customerId,
      stateOf(customer, on),
    ])
    return Object.fromEntries(states)
  }
}

const sumBy = (lines: readonly Receivable[], of: (line: Receivable) => bigint): string =>
  toYuan(lines.reduce((sum, line) => sum + of(line), 0n))

function stateOf(customer: CustomerState, on: string): Answer {
  const { lines, balanceFen, network } = customer
  const codes = [...new Set(lines.map(({ season }) => season))].sort()
  const isClosed = network === 'CLOSED'
  return {
    closed: isClosed,
    ...(isClosed ? { successors: customer.successorIds } : {}),
    lines: receivables(lines),
    seasons: Object.fromEntries(
      codes.map((code) => [
        code,
        seasonState(
          lines.filter(({ season }) => season === code),
          on,
        ),
      ]),
    ),
    outstanding: sumBy(lines, outstandingOf),
    late_fee_due: sumBy(lines, (line) => lateFeeDue(line, on)),
    balance: toYuan(balanceFen),
  }
}

const seasonState = (lines: readonly Receivable[], on: string): Answer => ({
  receivable: sumBy(lines, (line) => line.chargedFen),
  discount: sumBy(lines, (line) => line.discountFen),
  reduction: sumBy(lines, (line) => line.reducedFen),
  received: sumBy(lines, (line) => line.paidFen),
  ...(lines.some((line) => line.writtenOffFen > 0n)
    ? { written_off: sumBy(lines, (line) => line.writtenOffFen) }
    : {}),
  outstanding: sumBy(lines, outstandingOf),
  late_fee_paid: sumBy(lines, (line) => line.lateFee.paidFen),
  late_fee_waived: sumBy(lines, (line) => line.lateFee.waivedFen),
  late_fee_due: sumBy(lines, (line) => lateFeeDue(line, on)),
})

/** After stops and changes, before discount and reduction; adjustments summed. */
function receivables(lines: readonly Receivable[]): Answer[] {
  const sums = new Map<string, { line: Receivable; chargedFen: bigint }>()
  for (const line of lines) {
    const key = JSON.stringify([line.season, line.areaItem, line.feeItem])
    const chargedFen = (sums.get(key)?.chargedFen ?? 0n) + line.chargedFen
    sums.set(key, { line, chargedFen })
  }
  return [...sums]
    .filter(([, { chargedFen }]) => chargedFen !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { line, chargedFen }]) => ({
      season: line.season,
      area_item: line.areaItem === '' ? null : line.areaItem,
      fee_item: line.feeItem,
      receivable: toYuan(fen(chargedFen)),
    }))
}

/** The history with the computed state as `expect` of each event. */
export function answerHistory(history: Field): Answer {
  const company = new Company(history)
  const events = history
    .need('events')
    .list()
    .map((event) => {
      const refused = company.apply(event)
      const on = event.need('date').day()
      const named = { seq: event.need('seq').value, date: event.need('date').value }
      const type = event.need('type').value
      return { ...named, type, ...(refused ? { refused } : {}), expect: company.stateOn(on) }
    })
  return { id: history.some('id')?.text() ?? '', events }
}
