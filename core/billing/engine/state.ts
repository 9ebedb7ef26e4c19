// One customer as the account engine sees it: plain data, gathered before an event is decided and
// written after. Amounts of lines change only through `ReceivableChange` and `Settlement`, which
// are appended and never edited, so a line is the sum of what happened to it.
import type { Dm2, Fen } from '@reli/sdk'
import type { ChargeLine, FeeItem, FeeItemTerms, Part } from '../accounts.ts'
import type { AllocationWithin } from '../allocation.ts'
import type { DiscountTerms } from '../discounts.ts'
import type { LateFeeTerms } from '../late-fees.ts'
import type { MeterSettlementPolicy } from '../meters.ts'
import type { ChangePolicy } from '../periods.ts'
import type { Day, SeasonSpan } from '../seasons.ts'
import type { ResumePolicy, StopPolicy } from '../stops.ts'
import type { Formula, Price } from '../tariffs.ts'

/** What a company decided once, per season where it may differ (domain.md §4.0 «switches»). */
export interface AccountPolicy {
  order: 'OLDEST_FIRST' | 'CURRENT_FIRST'
  within: AllocationWithin
  stops: StopPolicy
  resume: ResumePolicy
  areaChange: ChangePolicy
  classChange: ChangePolicy
  disconnect: 'PRORATA' | 'FULL_SEASON'
  lateFeeStopsOnForcedStop: boolean
  /** AT_OPENING: at every posting (R10). AT_PAYMENT: together with the next payment. */
  balanceApplies: 'AT_OPENING' | 'AT_PAYMENT' | 'MANUAL'
  carriesStops: boolean
  notOpened: 'FULL' | 'BASE' | 'NONE'
  /** What nobody may do who still owes former seasons. */
  arrearsForbid: readonly ('STOP' | 'RESUME' | 'DISCONNECT')[]
}

/** A season of the company; its late-fee terms belong to the season's debts for ever. */
export interface SeasonTerms {
  season: string
  span: SeasonSpan
  /** By price class. */
  prices: Readonly<Record<string, Price>>
  lateFee: LateFeeTerms
  discount: DiscountTerms | null
}

export interface Rules {
  policy: AccountPolicy
  seasons: ReadonlyMap<string, SeasonTerms>
  /** Fee items of the company's own, by code. */
  feeItems?: ReadonlyMap<string, FeeItemTerms>
}

/** The live card of a room 面积项; its season copies are made from it. */
export interface AreaCard {
  areaNo: number
  /** What people call it; `areaNo` orders (R12) and is unique within the customer. */
  areaItem: string
  billingDm2: Dm2
  heightCm: number | null
  priceClass: string
  /** False: it exists but is not billed, or is not heated (§4.2). */
  isBilled: boolean
  status: 'NORMAL' | 'NOT_OPENED' | 'DISCONNECTED'
  /** Stops accepted before a season was opened. */
  waitingStops: readonly StopFact[]
}

export interface StopFact {
  kind: 'STOP'
  id: string
  areaDm2: Dm2 | 'ALL'
  from: Day
  until: Day | null
  isForced: boolean
  /** The stop of the last season that goes on. */
  carriedFrom: string | null
}

/** What happened to a room in a season. Appended, in any order; none is ever taken out. */
export type Fact =
  | StopFact
  | { kind: 'RESUME'; id: string; stopId: string; on: Day; policy: ResumePolicy }
  /** Takes back the fact of that id, a stop or another. */
  | { kind: 'CANCEL'; id: string; stopId: string }
  | {
      kind: 'CHANGE'
      id: string
      effectiveOn: Day
      policy: ChangePolicy
      billingDm2?: Dm2
      heightCm?: number | null
      priceClass?: string
    }
  | { kind: 'DISCONNECT'; id: string; on: Day; policy: 'PRORATA' | 'FULL_SEASON' }
  /** Back on the network, or on it for the first time. */
  | { kind: 'RESTORE'; id: string; on: Day }
  | {
      kind: 'METER'
      id: string
      capacityFen: Fen
      meteredFen: Fen
      policy: MeterSettlementPolicy
    }

/** A room in a season: the copy made at opening and everything that happened since. */
export interface AreaSeason {
  season: string
  areaNo: number
  areaItem: string
  billingDm2: Dm2
  heightCm: number | null
  priceClass: string
  facts: readonly Fact[]
  /** What a split's remainder or a locked price adds to the amounts of the formula. */
  offsets: Partial<Record<FeeItem, Fen>>
  /** The season is closed: no structural change any more (§5). */
  isFrozen: boolean
}

/** One difference of a receivable, with the event that made it. */
export interface ReceivableChange {
  chargeId: string
  season: string
  areaNo: number
  feeItem: FeeItem
  causeId: string
  on: Day
  /** MOVED: the line came from, or went to, another account or line as it was. */
  kind: 'CHARGED' | 'REDUCED' | 'WRITTEN_OFF' | 'MOVED'
  /** Of `chargedFen`, `reducedFen`, `writtenOffFen`. */
  deltaFen: Fen
  /** The periods of the formula behind the new amount, where there is one. */
  formulas: readonly Formula[]
}

/** Money, or a discount, that settled part of a line or was taken back from it (below zero). */
export interface Settlement extends Part {
  causeId: string
  /** The payment it came with, `BALANCE`, or the split that brought it. */
  source: string
  /** The rate of `discountFen`, 10⁻⁶. */
  discountRate: bigint
}

/** One receivable: season × area item × fee item × due date. */
export interface Receivable extends ChargeLine {
  areaItem: string
  causeId: string
  /** After stops and changes, before reduction and discount. */
  chargedFen: Fen
  reducedFen: Fen
  writtenOffFen: Fen
  /** The late fee let off by waivers is in `lateFee`. */
  changes: readonly ReceivableChange[]
  settlements: readonly Settlement[]
}

/**
 * An approved reduction, or one taken back (below zero). Their sum counts as far as the receivable
 * reaches.
 */
export interface Reduction {
  causeId: string
  season: string
  areaNo: number
  feeItem: FeeItem
  amountFen: Fen
}

/**
 * Customer on-account 挂账: no late fee until the promised day (R5). Of two that began on one day
 * the later holds: so a promise is prolonged or ended.
 */
export interface Hold {
  causeId: string
  season: string
  from: Day
  promisedOn: Day
}

export interface PaymentRecord {
  paymentId: string
  on: Day
  amountFen: Fen
  /** The ledger account that the money came to. */
  funds: string
  balanceUsedFen: Fen
  /** Receivable − cash (R40). */
  roundingFen: Fen
  state: 'PAID' | 'VOIDED' | 'REVERSED'
}

export interface CustomerState {
  customerId: string
  companyId: string
  nature: string
  controlMode: 'SEPARATE' | 'SERIES'
  network: 'PENDING' | 'IN_NETWORK' | 'DISCONNECTED' | 'CLOSED'
  /** Where its debts live after a split or merge. */
  successorIds: readonly string[]
  cards: readonly AreaCard[]
  areaSeasons: readonly AreaSeason[]
  lines: readonly Receivable[]
  reductions: readonly Reduction[]
  holds: readonly Hold[]
  payments: readonly PaymentRecord[]
  balanceFen: Fen
}

export interface BalanceMovement {
  causeId: string
  deltaFen: Fen
  why: 'PAID_IN' | 'USED' | 'EXCESS' | 'APPLIED' | 'RETURNED' | 'REFUNDED' | 'TRANSFERRED' | 'MOVED'
}

/** Both sides in the ledger's names; the database layer makes entries of them. */
export interface PostingIntent {
  debit: string
  credit: string
  amountFen: Fen
  customerId: string
  chargeId?: string
}

/** What one event does to one customer. Empty lists: it changes nothing. */
export interface Decision {
  eventId: string
  customerId: string
  changes: readonly ReceivableChange[]
  settlements: readonly Settlement[]
  balance: readonly BalanceMovement[]
  postings: readonly PostingIntent[]
  /** Lines that are new or different, as they are afterwards. */
  lines: readonly Receivable[]
  state: CustomerState
}

export const newCustomer = (
  customerId: string,
  nature: string,
  cards: readonly AreaCard[],
  companyId = '',
): CustomerState => ({
  customerId,
  companyId,
  nature,
  controlMode: 'SEPARATE',
  network: 'IN_NETWORK',
  successorIds: [],
  cards,
  areaSeasons: [],
  lines: [],
  reductions: [],
  holds: [],
  payments: [],
  balanceFen: 0n as Fen,
})
