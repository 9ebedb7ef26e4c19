// How one receivable line moves. `shifted` is the only place where amounts of a line change; it
// keeps the late-fee product in step (late-fees.ts): whatever makes the outstanding smaller on a
// day has gathered the rates up to that day, whatever makes it larger has not (R2).
import { type Fen, fen } from '@reli/sdk'
import { type FeeItem, outstandingOf } from '../accounts.ts'
import { type LateFeeTerms, lateFeeDue, noLateFeeYet, ratesUntil } from '../late-fees.ts'
import type { Day } from '../seasons.ts'
import type { Receivable, SeasonTerms, Settlement } from './state.ts'

export interface Shift {
  chargedFen?: bigint
  reducedFen?: bigint
  writtenOffFen?: bigint
  principalFen?: bigint
  discountFen?: bigint
  lateFeeFen?: bigint
  waivedFen?: bigint
  fromBalanceFen?: bigint
}

/** The line after `by`, as of `on`. */
export function shifted(line: Receivable, by: Shift, on: Day): Receivable {
  const chargedFen = fen(line.chargedFen + (by.chargedFen ?? 0n))
  const reducedFen = fen(line.reducedFen + (by.reducedFen ?? 0n))
  const writtenOffFen = fen(line.writtenOffFen + (by.writtenOffFen ?? 0n))
  const receivableFen = fen(chargedFen - reducedFen - writtenOffFen)
  const after = {
    ...line,
    chargedFen,
    reducedFen,
    writtenOffFen,
    receivableFen,
    paidFen: fen(line.paidFen + (by.principalFen ?? 0n)),
    discountFen: fen(line.discountFen + (by.discountFen ?? 0n)),
    fromBalanceFen: fen(line.fromBalanceFen + (by.fromBalanceFen ?? 0n)),
  }
  const { lateFee, lateFeeTerms } = line
  const isBeforeDue = on <= lateFeeTerms.dueOn
  const change = isBeforeDue ? receivableFen - line.receivableFen : 0n
  return {
    ...after,
    lateFee: {
      principalFen: fen(lateFee.principalFen + change),
      settledProduct: productAfter(line, after, on),
      paidFen: fen(lateFee.paidFen + (by.lateFeeFen ?? 0n)),
      waivedFen: fen(lateFee.waivedFen + (by.waivedFen ?? 0n)),
    },
  }
}

function productAfter(line: Receivable, after: Receivable, on: Day): bigint {
  const { lateFee, lateFeeTerms } = line
  const before = outstandingOf(line)
  const left = outstandingOf(after)
  if (lateFeeTerms.base === 'OUTSTANDING') {
    return lateFee.settledProduct + (before - left) * ratesUntil(lateFeeTerms, on)
  }
  // The whole principal gathers until nothing is left.
  if (before > 0n && left <= 0n) return lateFee.principalFen * ratesUntil(lateFeeTerms, on)
  return before <= 0n && left > 0n ? 0n : lateFee.settledProduct
}

/** The same line under other terms; what it gathered so far is counted anew from its history. */
export function withTerms(line: Receivable, lateFeeTerms: LateFeeTerms): Receivable {
  if (lateFeeTerms.base !== 'OUTSTANDING') return { ...line, lateFeeTerms }
  const difference = (on: Day) => ratesUntil(lateFeeTerms, on) - ratesUntil(line.lateFeeTerms, on)
  let { settledProduct } = line.lateFee
  for (const { principalFen, discountFen, on } of line.settlements) {
    settledProduct += (principalFen + discountFen) * difference(on)
  }
  for (const { kind, deltaFen, on } of line.changes.slice(1)) {
    const larger = kind === 'CHARGED' || kind === 'MOVED' ? deltaFen : -deltaFen
    settledProduct -= larger * difference(on)
  }
  return { ...line, lateFeeTerms, lateFee: { ...line.lateFee, settledProduct } }
}

export interface LineKey {
  chargeId: string
  season: string
  areaNo: number
  areaItem: string
  feeItem: FeeItem
  causeId: string
}

/** A line of nothing yet. */
export const emptyLine = (key: LineKey, terms: SeasonTerms, lateFeeTerms: LateFeeTerms) =>
  ({
    ...key,
    seasonOpenForCollection: true,
    receivableFen: fen(0),
    chargedFen: fen(0),
    reducedFen: fen(0),
    writtenOffFen: fen(0),
    paidFen: fen(0),
    fromBalanceFen: fen(0),
    discountFen: fen(0),
    lateFee: noLateFeeYet(fen(0)),
    lateFeeTerms,
    discountTerms: terms.discount,
    changes: [],
    settlements: [],
  }) satisfies Receivable

/** Nothing is owed on it on that day, neither principal nor late fee. */
export const isSettled = (line: Receivable, on: Day): boolean =>
  outstandingOf(line) <= 0n && lateFeeDue(line, on) === 0n

/** What each source still has in the line, in the order in which it came. */
export function sourcesOf(line: Receivable): Map<string, { principalFen: Fen; discountFen: Fen }> {
  const sources = new Map<string, { principalFen: Fen; discountFen: Fen }>()
  for (const { source, principalFen, discountFen } of line.settlements) {
    const of = sources.get(source) ?? { principalFen: fen(0), discountFen: fen(0) }
    sources.set(source, {
      principalFen: fen(of.principalFen + principalFen),
      discountFen: fen(of.discountFen + discountFen),
    })
  }
  return sources
}

/** The settlement that took a payment out again, on the day that the payment counted. */
export const takenBack = (given: Settlement, causeId: string, on: Day): Settlement => ({
  ...given,
  causeId,
  on,
  principalFen: fen(-given.principalFen),
  lateFeeFen: fen(-given.lateFeeFen),
  discountFen: fen(-given.discountFen),
})
