// What a customer owes, as the decide step sees it: plain data, gathered by SQL, changed only by
// `settle` and `undo`. All lines of a season that is not settled belong to it, the settled ones
// too, because a season's receivable is the sum of its lines.
import assert from 'node:assert/strict'
import { type Dm2, type Fen, fen } from '@reli/sdk'
import type { DiscountTerms } from './discounts.ts'
import { type LateFeeState, type LateFeeTerms, settledProductOf } from './late-fees.ts'
import type { Day } from './seasons.ts'

/** In the order in which a payment settles the fee items of one season (domain.md §4.11, R13). */
export const feeItems = [
  'HEATING',
  'CAPACITY_HEAT',
  'METERED_HEAT',
  'BASE_HEAT',
  'OVER_HEIGHT',
  'HOT_WATER',
  'STEAM',
  'ADDITIONAL',
  'INSPECTION_RECOVERY',
  'INSPECTION_PENALTY',
  'ACCESS',
] as const
export type KnownFeeItem = (typeof feeItems)[number]
/** Or one that a company's policy names (billing/policy/fees.ts). */
export type FeeItem = KnownFeeItem | (string & {})

/** What a policy says of a fee item of its own. */
export interface FeeItemTerms {
  name: string
  /** Stands against the receivable; `null` = 其他业务收入. */
  account: string | null
  /** 10⁻⁶; `null` = that of the customer's heat. */
  taxRate: bigint | null
  bearsLateFee: boolean
}

/** One receivable line: season × area item × fee item. */
export interface ChargeLine {
  chargeId: string
  season: string
  seasonOpenForCollection: boolean
  feeItem: FeeItem
  areaNo: number
  /** After reductions, before discount. */
  receivableFen: Fen
  /** Principal received. */
  paidFen: Fen
  /** Of `paidFen`, what the customer's balance paid at opening: no bar to a discount (R16). */
  fromBalanceFen: Fen
  /** Granted already. */
  discountFen: Fen
  lateFee: LateFeeState
  lateFeeTerms: LateFeeTerms
  discountTerms: DiscountTerms | null
}

export interface AccountFlags {
  bankBlocked: boolean
  collectionLocked: boolean
  inspectionLocked: boolean
  inApproval: boolean
  mustVisitHall: boolean
}

export interface Account {
  customerId: string
  customerNo: string
  name: string
  address: string
  /** Building area of all rooms. */
  areaDm2: Dm2
  nature: string
  flags: AccountFlags
  lines: readonly ChargeLine[]
}

/** What one payment took from one line, kept with the payment so that it can be given back. */
export interface Part {
  chargeId: string
  /** The day that decided late fee and discount. */
  on: Day
  principalFen: Fen
  lateFeeFen: Fen
  discountFen: Fen
}

export const outstandingOf = (line: ChargeLine): Fen =>
  fen(line.receivableFen - line.paidFen - line.discountFen)

/** The line after a payment took `part` from it. */
export function settle(line: ChargeLine, part: Part): ChargeLine {
  const settledFen = part.principalFen + part.discountFen
  const outstandingFen = outstandingOf(line)
  assert(part.chargeId === line.chargeId, 'a part settles its own line')
  assert(settledFen <= outstandingFen, 'a line is never overpaid')
  return moved(line, part, 1n, fen(outstandingFen - settledFen))
}

/**
 * The line as if the payment of `part` had never been, whatever happened since; the days in
 * between count for the late fee again (R46). The late fee is a sum over settled fen
 * (late-fees.ts), so taking one summand out is exact.
 */
export function undo(line: ChargeLine, part: Part): ChargeLine {
  const restoredFen = part.principalFen + part.discountFen
  assert(part.chargeId === line.chargeId, 'a part is given back to its own line')
  assert(part.principalFen <= line.paidFen && part.discountFen <= line.discountFen)
  return moved(line, part, -1n, fen(outstandingOf(line) + restoredFen))
}

function moved(line: ChargeLine, part: Part, sign: 1n | -1n, outstandingFen: Fen): ChargeLine {
  const { lateFee, lateFeeTerms } = line
  const settledFen = fen(sign * (part.principalFen + part.discountFen))
  return {
    ...line,
    paidFen: fen(line.paidFen + sign * part.principalFen),
    discountFen: fen(line.discountFen + sign * part.discountFen),
    lateFee: {
      ...lateFee,
      settledProduct: settledProductOf(lateFee, lateFeeTerms, settledFen, outstandingFen, part.on),
      paidFen: fen(lateFee.paidFen + sign * part.lateFeeFen),
    },
  }
}
