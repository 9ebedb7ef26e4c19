// Events of several customers of one company: balance transfer 划转, split 拆户, merge 合户 (domain.md
// §4.11, §4.12). Each gives one decision per customer; they are written together or not at all.
import { type Dm2, dm2, type Fen, fen, minFen } from '@reli/sdk'
import { type FeeItem, outstandingOf } from '../accounts.ts'
import { divideAmount } from '../division.ts'
import { NotAllowed } from '../refusals.ts'
import { dividedUnder, divideLine } from '../splits.ts'
import { Draft } from './draft.ts'
import type { Merge, Split, Transfer } from './events.ts'
import { targetsOf } from './facts.ts'
import { applyAutomatically, refuseUnlessCovered } from './payments.ts'
import { transferAccount } from './postings.ts'
import { endless } from './purse.ts'
import type { AreaCard, Fact, Receivable, Reduction, Rules } from './state.ts'
import { type AreaSeason, type CustomerState, type Decision, newCustomer } from './state.ts'

export function decideTransfer(
  from: CustomerState,
  to: CustomerState,
  event: Transfer,
  rules: Rules,
): [from: Decision, to: Decision] {
  if (from.customerId === to.customerId) throw new NotAllowed('transfer.same_customer')
  if (from.companyId !== to.companyId) throw new NotAllowed('transfer.other_company')
  if (to.network === 'CLOSED' || from.network === 'CLOSED') throw new NotAllowed('customer.closed')
  const { amountFen } = event
  if (amountFen <= 0n) throw new NotAllowed('amount.not_positive', { amountFen })
  const [giver, taker] = [new Draft(from, event, rules), new Draft(to, event, rules)]
  refuseUnlessCovered(giver, amountFen)
  giver.moveBalance(-amountFen, 'TRANSFERRED', endless(transferAccount))
  taker.moveBalance(amountFen, 'TRANSFERRED', endless(transferAccount))
  applyAutomatically(taker)
  return [giver.decision(), taker.decision()]
}

/** The other account's rooms, lines, payments and balance live on in the survivor, as they were. */
export function decideMerge(
  survivor: CustomerState,
  other: CustomerState,
  event: Merge,
  rules: Rules,
): [survivor: Decision, other: Decision] {
  if (survivor.customerId === other.customerId) throw new NotAllowed('transfer.same_customer')
  if (survivor.companyId !== other.companyId) throw new NotAllowed('merge.other_company')
  if ([survivor, other].some(({ network }) => network === 'CLOSED')) {
    throw new NotAllowed('customer.closed')
  }
  const taker = new Draft(survivor, event, rules)
  const last = Math.max(0, ...survivor.cards.map(({ areaNo }) => areaNo))
  const moved = <T extends { areaNo: number }>(of: readonly T[]) =>
    of.map((each) => ({ ...each, areaNo: each.areaNo === 0 ? 0 : each.areaNo + last }))
  const { state } = taker
  taker.state = {
    ...state,
    cards: [...state.cards, ...moved(other.cards)],
    areaSeasons: [...state.areaSeasons, ...moved(other.areaSeasons)],
    reductions: [...state.reductions, ...moved(other.reductions)],
    holds: [...state.holds, ...other.holds],
    payments: [...state.payments, ...other.payments],
  }
  taker.adopt(moved(other.lines))
  taker.moveBalance(other.balanceFen, 'MOVED', endless(transferAccount))
  applyAutomatically(taker)
  return [taker.decision(), emptied(other, event, rules, [survivor.customerId])]
}

/** A closed account with a pointer to where its debts live. */
function emptied(
  state: CustomerState,
  event: Split | Merge,
  rules: Rules,
  successorIds: string[],
): Decision {
  const draft = new Draft(state, event, rules)
  draft.handOver()
  const nothing = { areaSeasons: [], reductions: [], holds: [], payments: [] }
  draft.state = { ...draft.state, ...nothing, network: 'CLOSED', successorIds }
  return draft.decision()
}

export function decideSplit(
  parent: CustomerState,
  event: Split,
  rules: Rules,
): [parent: Decision, ...children: Decision[]] {
  if (parent.network === 'CLOSED') throw new NotAllowed('customer.closed')
  const areas = event.children.map(({ cards }) => areaOf(cards))
  const whole = areaOf(parent.cards)
  if (areas.reduce((sum, area) => sum + area, 0n) !== whole) {
    throw new NotAllowed('split.areas_differ', { parentDm2: whole })
  }
  const shares = new Shares(areas, event.eventId)
  const balances = shares.of(parent.balanceFen)
  const children = event.children.map((child, at) => {
    const state = newCustomer(child.customerId, child.nature, child.cards, parent.companyId)
    const draft = new Draft({ ...state, controlMode: parent.controlMode }, event, rules)
    const roomFor = roomsOf(child.cards)
    draft.adopt(parent.lines.map((line) => shares.line(line, at, roomFor(line))))
    const areaSeasons = firstOfEach(
      parent.areaSeasons.map((area) => shares.area(area, at, roomFor(area))),
    )
    const reductions = parent.reductions.map((of) => shares.reduction(of, at, roomFor(of)))
    draft.state = { ...draft.state, areaSeasons, reductions, holds: parent.holds }
    keepAmounts(draft)
    draft.moveBalance(balances[at]!, 'MOVED', endless(transferAccount))
    return draft.decision()
  })
  const ids = event.children.map(({ customerId }) => customerId)
  return [emptied(parent, event, rules, ids), ...children]
}

const areaOf = (cards: readonly AreaCard[]): Dm2 =>
  dm2(cards.reduce((sum, { billingDm2 }) => sum + billingDm2, 0n))

/** The child's room of the same number, else its first: a parent's one room becomes one of each. */
const roomsOf = (cards: readonly AreaCard[]) => {
  return ({ areaNo }: { areaNo: number }): Pick<AreaCard, 'areaNo' | 'areaItem'> =>
    cards.find((card) => card.areaNo === areaNo) ?? cards[0]!
}

/** Rooms of the parent that the child has as one: the offsets make up for the others. */
const firstOfEach = (areas: readonly AreaSeason[]): AreaSeason[] =>
  areas.filter(({ season, areaNo }, at) => {
    const first = areas.findIndex((of) => of.season === season && of.areaNo === areaNo)
    return first === at
  })

/** What the split's remainders make different from the formula stays so for the season. */
function keepAmounts(draft: Draft): void {
  for (const area of draft.state.areaSeasons) {
    if (area.isFrozen) continue
    const offsets = new Map<FeeItem, Fen>()
    for (const [feeItem, { amountFen }] of targetsOf(area, draft.season(area.season))) {
      offsets.set(feeItem, fen(-amountFen))
    }
    for (const line of draft.state.lines) {
      if (line.season !== area.season || line.areaNo !== area.areaNo) continue
      const offset = offsets.get(line.feeItem)
      if (offset !== undefined) offsets.set(line.feeItem, fen(offset + line.chargedFen))
    }
    draft.replaceArea({ ...area, offsets: Object.fromEntries(offsets) })
  }
}

type Room = Pick<AreaCard, 'areaNo' | 'areaItem'>

/** Parts by area; the last child takes the remainder (R39, R47). */
class Shares {
  readonly #areas: readonly bigint[]
  readonly #eventId: string

  constructor(areas: readonly bigint[], eventId: string) {
    this.#areas = areas
    this.#eventId = eventId
  }

  of(amount: bigint): Fen[] {
    return divideAmount(amount, this.#areas)
  }

  line(line: Receivable, at: number, { areaNo, areaItem }: Room): Receivable {
    const part = (amount: bigint) => this.of(amount)[at]!
    const { chargedFen, reducedFen, writtenOffFen, discountFen, paidFen } = this.#amounts(line, at)
    const receivableFen = fen(chargedFen - reducedFen - writtenOffFen)
    const chargeId = `${line.chargeId}/${at + 1}`
    const { season, feeItem, lateFee } = line
    const { dueOn } = line.lateFeeTerms
    const cause = { causeId: this.#eventId, on: dueOn }
    const kind = 'MOVED' as const
    const change = { chargeId, season, areaNo, feeItem, ...cause, kind, formulas: [] }
    const source = `split:${this.#eventId}`
    const settled = { principalFen: paidFen, lateFeeFen: part(lateFee.paidFen), discountFen }
    const discountRate = line.settlements.reduce((rate, of) => of.discountRate || rate, 0n)
    return {
      ...line,
      ...{ chargeId, areaNo, areaItem, causeId: this.#eventId },
      ...{ chargedFen, reducedFen, writtenOffFen, receivableFen, paidFen, discountFen },
      fromBalanceFen: minFen(part(line.fromBalanceFen), paidFen),
      lateFee: {
        principalFen: part(lateFee.principalFen),
        settledProduct: this.of(lateFee.settledProduct)[at]!,
        paidFen: settled.lateFeeFen,
        waivedFen: part(lateFee.waivedFen),
      },
      changes: [
        { ...change, deltaFen: chargedFen },
        { ...change, kind: 'REDUCED', deltaFen: reducedFen },
        { ...change, kind: 'WRITTEN_OFF', deltaFen: writtenOffFen },
      ],
      settlements: [{ chargeId, ...cause, source, ...settled, discountRate }],
    }
  }

  /** Receivable and outstanding by area; what settled the rest is shared out under that (R39). */
  #amounts(line: Receivable, at: number) {
    const divided = divideLine(line.chargedFen, outstandingOf(line), this.#areas)
    let limits = divided.map((of) => of.receivedFen)
    const share = (amount: Fen): Fen => {
      const parts = dividedUnder(amount, this.#areas, limits)
      limits = limits.map((limit, place) => fen(limit - parts[place]!))
      return parts[at]!
    }
    return {
      chargedFen: divided[at]!.receivableFen,
      reducedFen: share(line.reducedFen),
      writtenOffFen: share(line.writtenOffFen),
      discountFen: share(line.discountFen),
      paidFen: limits[at]!,
    }
  }

  reduction(reduction: Reduction, at: number, { areaNo }: Room): Reduction {
    return { ...reduction, areaNo, amountFen: this.of(reduction.amountFen)[at]! }
  }

  area(area: AreaSeason, at: number, { areaNo, areaItem }: Room): AreaSeason {
    const billingDm2 = this.#square(area.billingDm2, at)
    const facts = area.facts.map((fact) => this.#fact(fact, at))
    return { ...area, areaNo, areaItem, billingDm2, facts, offsets: {} }
  }

  #fact(fact: Fact, at: number): Fact {
    const part = (areaDm2: Dm2) => this.#square(areaDm2, at)
    if (fact.kind === 'STOP' && fact.areaDm2 !== 'ALL') {
      return { ...fact, areaDm2: part(fact.areaDm2) }
    }
    if (fact.kind === 'CHANGE' && fact.billingDm2 !== undefined) {
      return { ...fact, billingDm2: part(fact.billingDm2) }
    }
    if (fact.kind !== 'METER') return fact
    const [capacityFen, meteredFen] = [fact.capacityFen, fact.meteredFen].map(
      (amount) => this.of(amount)[at]!,
    )
    return { ...fact, capacityFen: capacityFen!, meteredFen: meteredFen! }
  }

  #square(areaDm2: Dm2, at: number): Dm2 {
    return dm2(divideAmount(areaDm2, this.#areas)[at]!)
  }
}
