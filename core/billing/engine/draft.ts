// The work sheet of one decision: the state as it becomes, and every change, settlement, balance
// movement and posting on the way. It lives inside a decide function and leaves only a `Decision`.
import assert from 'node:assert/strict'
import { type Fen, fen } from '@reli/sdk'
import { lateFeeIncome, prepayment, receivable } from '../../ledger/chart.ts'
import { type FeeItem, outstandingOf } from '../accounts.ts'
import { NotAllowed } from '../refusals.ts'
import type { Day } from '../seasons.ts'
import type { Formula } from '../tariffs.ts'
import { emptyLine, type Shift, shifted } from './lines.ts'
import { creditOf, transferAccount, writtenOffTo } from './postings.ts'
import { endless, type Purse } from './purse.ts'
import type {
  AreaSeason,
  BalanceMovement,
  CustomerState,
  Decision,
  PostingIntent,
  Receivable,
  ReceivableChange,
  Rules,
  SeasonTerms,
  Settlement,
} from './state.ts'
import { dueTerms } from './terms.ts'

/** The source of what the balance pays. */
export const fromBalance = 'BALANCE'

export interface Room {
  season: string
  areaNo: number
  areaItem: string
}

export class Draft {
  readonly eventId: string
  readonly on: Day
  readonly rules: Rules
  state: CustomerState
  readonly #changes: ReceivableChange[] = []
  readonly #settlements: Settlement[] = []
  readonly #balance: BalanceMovement[] = []
  readonly #postings: PostingIntent[] = []
  readonly #touched = new Set<string>()
  #newLines = 0

  constructor(state: CustomerState, event: { eventId: string; on: Day }, rules: Rules) {
    this.state = state
    this.eventId = event.eventId
    this.on = event.on
    this.rules = rules
  }

  season(season: string): SeasonTerms {
    const terms = this.rules.seasons.get(season)
    if (!terms) throw new NotAllowed('season.unknown', { season })
    return terms
  }

  line(chargeId: string): Receivable {
    const line = this.state.lines.find((each) => each.chargeId === chargeId)
    assert(line, `no line ${chargeId}`)
    return line
  }

  /** A new line of nothing, due on `dueOn`. */
  openLine(room: Room, feeItem: FeeItem, dueOn: Day): Receivable {
    const chargeId = `chg_${this.eventId}_${++this.#newLines}`
    const key = { ...room, chargeId, feeItem, causeId: this.eventId }
    const terms = this.season(room.season)
    const line = emptyLine(
      key,
      terms,
      dueTerms(this.state, this.rules, { ...room, feeItem, dueOn }),
    )
    this.state = { ...this.state, lines: [...this.state.lines, line] }
    this.#touched.add(chargeId)
    return line
  }

  /** A difference of what is charged, reduced or written off, with its posting. */
  change(
    chargeId: string,
    kind: ReceivableChange['kind'],
    deltaFen: bigint,
    formulas: readonly Formula[] = [],
  ): void {
    if (deltaFen === 0n) return
    const line = this.line(chargeId)
    const { season, areaNo, feeItem } = line
    const on = this.on
    const change = { chargeId, season, areaNo, feeItem, causeId: this.eventId, on, kind, formulas }
    this.#changes.push({ ...change, deltaFen: fen(deltaFen) })
    // A line begins with its due date, also one that is loaded or found long after it.
    const { dueOn } = line.lateFeeTerms
    const countsOn = line.changes.length === 0 && on > dueOn ? dueOn : on
    this.replace({
      ...shifted(line, shiftOf(kind, deltaFen), countsOn),
      changes: [...line.changes, this.#changes.at(-1)!],
    })
    if (kind === 'MOVED') return
    const other = kind === 'WRITTEN_OFF' ? writtenOffTo : creditOf(feeItem, this.rules.feeItems)
    const isLarger = (kind === 'CHARGED') === deltaFen > 0n
    const size = fen(deltaFen < 0n ? -deltaFen : deltaFen)
    if (isLarger) this.post(receivable, other, size, chargeId)
    else this.post(other, receivable, size, chargeId)
  }

  /**
   * Settles part of a line out of a purse, or gives it back into the purse (below zero). Without a
   * purse the money is posted by `giveBack`.
   */
  settle(settlement: Settlement, purse: Purse | null): void {
    const { chargeId, principalFen, lateFeeFen, discountFen, source, on } = settlement
    const line = this.line(chargeId)
    const isBalance = source === fromBalance
    const fromBalanceFen = isBalance ? principalFen : 0n
    this.replace({
      ...shifted(line, { principalFen, lateFeeFen, discountFen, fromBalanceFen }, on),
      settlements: [...line.settlements, settlement],
    })
    this.#settlements.push(settlement)
    if (purse) this.giveBack(chargeId, fen(-principalFen), fen(-lateFeeFen), purse)
    if (discountFen > 0n)
      this.post(creditOf(line.feeItem, this.rules.feeItems), receivable, discountFen, chargeId)
    if (discountFen < 0n) {
      this.post(
        receivable,
        creditOf(line.feeItem, this.rules.feeItems),
        fen(-discountFen),
        chargeId,
      )
    }
  }

  giveBack(chargeId: string, principalFen: Fen, lateFeeFen: Fen, purse: Purse): void {
    this.#move(purse, receivable, -principalFen, chargeId)
    this.#move(purse, lateFeeIncome, -lateFeeFen, chargeId)
  }

  waive(chargeId: string, waivedFen: Fen): void {
    this.replace(shifted(this.line(chargeId), { waivedFen }, this.on))
  }

  /** Into the balance, or out of it, with the other side of the posting. */
  moveBalance(deltaFen: bigint, why: BalanceMovement['why'], purse: Purse | null): void {
    if (deltaFen === 0n) return
    this.#balance.push({ causeId: this.eventId, deltaFen: fen(deltaFen), why })
    this.state = { ...this.state, balanceFen: fen(this.state.balanceFen + deltaFen) }
    if (purse) this.#move(purse, prepayment, deltaFen)
  }

  #move(purse: Purse, account: string, amount: bigint, chargeId?: string): void {
    if (amount > 0n) {
      for (const { from, takenFen } of purse.take(amount)) {
        this.post(from, account, takenFen, chargeId)
      }
    } else if (amount < 0n) {
      for (const { from, takenFen } of purse.put(-amount)) {
        this.post(account, from, takenFen, chargeId)
      }
    }
  }

  post(debit: string, credit: string, amountFen: Fen, chargeId?: string): void {
    if (amountFen === 0n || debit === credit) return
    const posting = { debit, credit, amountFen, customerId: this.state.customerId }
    this.#postings.push(chargeId === undefined ? posting : { ...posting, chargeId })
  }

  replace(line: Receivable): void {
    this.#touched.add(line.chargeId)
    const lines = this.state.lines.map((each) => (each.chargeId === line.chargeId ? line : each))
    this.state = { ...this.state, lines }
  }

  /** Lines that come from another account, as they are there or as a share of them. */
  adopt(lines: readonly Receivable[]): void {
    for (const line of lines) {
      this.#touched.add(line.chargeId)
      if (line.causeId === this.eventId) {
        this.#changes.push(...line.changes)
        this.#settlements.push(...line.settlements)
      }
      this.post(receivable, transferAccount, outstandingOf(line), line.chargeId)
    }
    this.state = { ...this.state, lines: [...this.state.lines, ...lines] }
  }

  /** Lines that go to another account: nothing is owed here any more. */
  handOver(): void {
    for (const line of this.state.lines) {
      this.post(transferAccount, receivable, outstandingOf(line), line.chargeId)
    }
    this.moveBalance(-this.state.balanceFen, 'MOVED', endless(transferAccount))
    this.state = { ...this.state, lines: [] }
  }

  replaceArea(area: AreaSeason): void {
    const isSame = ({ season, areaNo }: AreaSeason) =>
      season === area.season && areaNo === area.areaNo
    const areaSeasons = this.state.areaSeasons.map((each) => (isSame(each) ? area : each))
    this.state = { ...this.state, areaSeasons }
  }

  decision(): Decision {
    return {
      eventId: this.eventId,
      customerId: this.state.customerId,
      changes: this.#changes,
      settlements: this.#settlements,
      balance: this.#balance,
      postings: this.#postings,
      lines: this.state.lines.filter(({ chargeId }) => this.#touched.has(chargeId)),
      state: this.state,
    }
  }
}

function shiftOf(kind: ReceivableChange['kind'], delta: bigint): Shift {
  switch (kind) {
    case 'CHARGED':
    case 'MOVED':
      return { chargedFen: delta }
    case 'REDUCED':
      return { reducedFen: delta }
    case 'WRITTEN_OFF':
      return { writtenOffFen: delta }
  }
}
