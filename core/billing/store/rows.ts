// Decisions as rows: what is appended (changes, settlements, facts, movements) in the order in
// which it was decided, and what is kept (account, rooms, lines) as the last decision left it.
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { fen } from '@reli/sdk'
import { heatingStatusOn } from '../engine/heating-status.ts'
import type { AreaSeason, CustomerState, Receivable, Rules } from '../engine/state.ts'
import { isOfBank } from './gather.ts'
import { pack } from './pack.ts'
import type { Done } from './write.ts'

type Row = Record<string, unknown>

export interface AccountRows {
  accounts: Row[]
  cards: Row[]
  areas: Row[]
  goneAreas: { customerId: string; season: string; areaNo: number }[]
  facts: Row[]
  charges: Row[]
  givenUp: string[]
  changes: Row[]
  settlements: Row[]
  movements: Row[]
  payments: Row[]
  /** Reductions and holds of accounts where they changed, all of them. */
  approvals: { customers: string[]; reductions: Row[]; holds: Row[] }
}

/** An account over all decisions of a call. */
interface Change {
  first: CustomerState
  last: CustomerState
  eventId: string
}

export function rowsOf(
  done: readonly Done[],
  rules: Rules,
  entrySeqOf: (done: Done) => bigint,
): AccountRows {
  const accounts = new Map<string, Change>()
  const lines = new Map<string, { line: Receivable; customerId: string; entrySeq: bigint }>()
  const rows: AccountRows = {
    accounts: [],
    cards: [],
    areas: [],
    goneAreas: [],
    facts: [],
    charges: [],
    givenUp: [],
    changes: [],
    settlements: [],
    movements: [],
    payments: [],
    approvals: { customers: [], reductions: [], holds: [] },
  }
  for (const each of done) {
    const entrySeq = entrySeqOf(each)
    for (const { before, decision } of each.parts) {
      const { customerId, eventId } = decision
      const first = accounts.get(customerId)?.first ?? before
      accounts.set(customerId, { first, last: decision.state, eventId })
      for (const line of decision.lines) {
        lines.set(line.chargeId, {
          line,
          customerId,
          entrySeq: lines.get(line.chargeId)?.entrySeq ?? entrySeq,
        })
      }
      appendHistory(rows, decision)
    }
  }
  const kept = new Set<string>()
  for (const { last } of accounts.values())
    for (const { chargeId } of last.lines) kept.add(chargeId)
  for (const change of accounts.values()) accountRows(rows, change, kept)
  for (const { line, customerId, entrySeq } of lines.values()) {
    if (kept.has(line.chargeId)) rows.charges.push(chargeRow(line, customerId, entrySeq, rules))
  }
  return rows
}

const plain = (value: unknown): unknown => JSON.parse(pack(value))

function appendHistory(rows: AccountRows, decision: Done['parts'][number]['decision']): void {
  const { customerId, eventId } = decision
  decision.changes.forEach(({ chargeId, kind, deltaFen, on, formulas }, no) => {
    if (deltaFen === 0n) return
    const key = { customerId, chargeId, eventId, no }
    rows.changes.push({ ...key, kind, deltaFen, on, formulas: plain(formulas) })
  })
  decision.settlements.forEach(({ causeId: _, ...settlement }, no) => {
    rows.settlements.push({ ...settlement, customerId, eventId, no })
  })
  decision.balance.forEach(({ deltaFen, why }, no) => {
    rows.movements.push({ customerId, eventId, no, deltaFen, why })
  })
}

function accountRows(rows: AccountRows, change: Change, kept: ReadonlySet<string>): void {
  const { first, last, eventId } = change
  const { customerId } = last
  rows.accounts.push({
    customerId,
    network: last.network,
    successors: last.successorIds,
    nature: last.nature,
    balanceFen: fen(last.balanceFen - first.balanceFen),
  })
  for (const card of last.cards) {
    if (first.cards.includes(card)) continue
    rows.cards.push({ ...card, customerId, waitingStops: plain(card.waitingStops) })
  }
  roomRows(rows, change)
  for (const { chargeId } of first.lines) if (!kept.has(chargeId)) rows.givenUp.push(chargeId)
  for (const payment of last.payments) {
    if (first.payments.includes(payment) || isOfBank(payment.paymentId)) continue
    const undoneBy = payment.state === 'PAID' ? null : eventId
    rows.payments.push({ ...payment, customerId, undoneBy })
  }
  const { reductions, holds } = last
  const isSame =
    isDeepStrictEqual(first.reductions, reductions) && isDeepStrictEqual(first.holds, holds)
  if (isSame) return
  rows.approvals.customers.push(customerId)
  reductions.forEach((of, no) => void rows.approvals.reductions.push({ ...of, customerId, no }))
  rows.approvals.holds.push(...holds.map((of) => ({ ...of, customerId })))
}

function roomRows(rows: AccountRows, { first, last, eventId }: Change): void {
  const { customerId } = last
  const keyOf = ({ season, areaNo }: AreaSeason) => `${season}|${areaNo}`
  const before = new Map(first.areaSeasons.map((area) => [keyOf(area), area]))
  for (const area of last.areaSeasons) {
    const was = before.get(keyOf(area))
    before.delete(keyOf(area))
    if (was === area) continue
    const { facts, offsets, ...copy } = area
    const heatingStatus = heatingStatusOn(area, null)
    const row = { ...copy, customerId, offsets: plain(offsets), heatingStatus }
    rows.areas.push({ ...row, openedBy: eventId })
    const known = was?.facts.length ?? 0
    assert(facts.length >= known, 'facts are appended, never taken out')
    for (const fact of facts.slice(known)) {
      const { season, areaNo } = area
      const key = { at: rows.facts.length, customerId, season, areaNo, factId: fact.id, eventId }
      rows.facts.push({ ...key, fact: plain(fact) })
    }
  }
  for (const { season, areaNo } of before.values()) {
    rows.goneAreas.push({ customerId, season, areaNo })
  }
}

function chargeRow(line: Receivable, customerId: string, entrySeq: bigint, rules: Rules): Row {
  const { lateFee, lateFeeTerms, ...rest } = line
  const ofSeason = rules.seasons.get(line.season)!.lateFee
  const isUsual = isDeepStrictEqual(lateFeeTerms, ofSeason)
  const formulas = line.changes.findLast((change) => change.formulas.length > 0)?.formulas ?? []
  return {
    chargeId: rest.chargeId,
    customerId,
    season: rest.season,
    areaNo: rest.areaNo,
    areaItem: rest.areaItem,
    feeItem: rest.feeItem,
    causeId: rest.causeId === '' ? null : rest.causeId,
    chargedFen: rest.chargedFen,
    reducedFen: rest.reducedFen,
    writtenOffFen: rest.writtenOffFen,
    receivableFen: rest.receivableFen,
    paidFen: rest.paidFen,
    discountFen: rest.discountFen,
    fromBalanceFen: rest.fromBalanceFen,
    latePrincipalFen: lateFee.principalFen,
    lateProduct: lateFee.settledProduct,
    latePaidFen: lateFee.paidFen,
    lateWaivedFen: lateFee.waivedFen,
    dueOn: lateFeeTerms.dueOn === ofSeason.dueOn ? null : lateFeeTerms.dueOn,
    lateTerms: isUsual ? null : plain(lateFeeTerms),
    formula: plain(formulas),
    entrySeq,
  }
}
