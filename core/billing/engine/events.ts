// What can happen to an account: one event, one decide function (decide.ts). An event is approved
// before it comes here; guards are checked again (domain.md §11).
import type { Dm2, Fen } from '@reli/sdk'
import type { FeeItem } from '../accounts.ts'
import type { Penalty, RecoveryPolicy } from '../inspections.ts'
import type { MeterSettlementPolicy } from '../meters.ts'
import type { ReductionMode } from '../reductions.ts'
import type { Day } from '../seasons.ts'
import type { AreaCard } from './state.ts'

interface Of<T extends string> {
  type: T
  /** Unique for ever; every change it makes bears it. */
  eventId: string
  /** The business day: late fees count to it, increases are due 15 days after it (R2). */
  on: Day
}

export interface OpenSeason extends Of<'OPEN_SEASON'> {
  season: string
  /**
   * Unit prices when balances were prepaid, by price class: with them the price is locked (R42).
   */
  lockedPrices?: Readonly<Record<string, bigint>>
}
export interface CloseSeason extends Of<'CLOSE_SEASON'> {
  season: string
}
export interface ImportArrears extends Of<'IMPORT_ARREARS'> {
  season: string
  feeItem: FeeItem
  areaNo: number
  amountFen: Fen
  receivedFen: Fen
}
export interface Stop extends Of<'STOP'> {
  areaNo: number
  areaDm2: Dm2 | 'ALL'
  stopFrom: Day
  resumeOn: Day | null
}
export interface ForcedStop extends Of<'FORCED_STOP'> {
  /** Absent: every room. */
  areaNo?: number
  closedOn: Day
}
export interface CancelStop extends Of<'CANCEL_STOP'> {
  stopId: string
}
export interface Resume extends Of<'RESUME'> {
  stopId: string
  resumeOn: Day
  valveOpeningFen?: Fen
}
export interface ChangeArea extends Of<'AREA_CHANGE'> {
  areaNo: number
  billingDm2: Dm2
  heightCm?: number | null
  effectiveOn: Day
}
export interface ChangeClass extends Of<'CLASS_CHANGE'> {
  areaNo: number
  priceClass: string
  effectiveOn: Day
}
export interface Disconnect extends Of<'DISCONNECT'> {
  /** Absent: every room, and the customer leaves the network. */
  areaNo?: number
  effectiveOn: Day
}
/** 入网: whoever waited for it is heated and charged from now on. */
export interface Access extends Of<'ACCESS'> {
  effectiveOn: Day
  /** Seasons that are open already and belong to it, from its access season on. */
  openSeasons: readonly string[]
  /** Days before the opening bear no fee; else the whole season does. */
  isProrated: boolean
}
/** 过户: the debts stay with the account; the balance stays or goes back. */
export interface TransferName extends Of<'NAME_TRANSFER'> {
  /** The new owner signs for what is owed. */
  isDebtTaken: boolean
  /** Null: the former owner left none. */
  balance: { is: 'STAYS' } | { is: 'REFUNDED'; funds: string } | null
}
/** 恢复 of what was disconnected. */
export interface Restore extends Of<'RESTORE'> {
  /** Absent: every room, and the customer comes back to the network. */
  areaNo?: number
  effectiveOn: Day
  openSeasons: readonly string[]
}
export type CloseAccount = Of<'CLOSE_ACCOUNT'>
/** The way back of an event that has no inverse of its own (take-back.ts). */
export interface TakeBack extends Of<'TAKE_BACK'> {
  takenBackId: string
  /** What the event changed on the card, as it was before. */
  card?: { areaNo: number; was: Partial<Pick<AreaCard, 'billingDm2' | 'heightCm' | 'priceClass'>> }
  /** The late fee that it let off, by line. */
  waived?: readonly { chargeId: string; amountFen: Fen }[]
}
export interface SettleMeter extends Of<'METER_SETTLEMENT'> {
  season: string
  areaNo: number
  capacityFen: Fen
  meteredFen: Fen
  policy: MeterSettlementPolicy
}
export interface Reduce extends Of<'REDUCTION'> {
  season: string
  feeItem: FeeItem
  /** Absent: the rooms of the season in their order. */
  areaNo?: number
  by: ReductionMode
}
export interface WaiveLateFee extends Of<'LATE_FEE_WAIVER'> {
  /** Absent: all seasons, oldest first. */
  season?: string
  by: { share: bigint } | { amountFen: Fen }
}
export interface AddFee extends Of<'ADDITIONAL_FEE'> {
  season: string
  feeItem: FeeItem
  areaNo: number
  amountFen: Fen
}
export interface Inspect extends Of<'INSPECTION'> {
  season: string
  areaNo: number
  /** What was found: heat used while stopped, or an amount already worked out. */
  found:
    | { is: 'USED_WHILE_STOPPED'; discoveredOn: Day; recovery: RecoveryPolicy; penalty: Penalty }
    | { is: 'AMOUNT'; recoverFen: Fen; penaltyFen: Fen }
}
export interface WriteOff extends Of<'WRITE_OFF'> {
  season: string
}
export interface HoldOnAccount extends Of<'ON_ACCOUNT'> {
  season: string
  promisedOn: Day
}
export interface PlanInstalments extends Of<'INSTALMENT_PLAN'> {
  season: string
  shares: readonly bigint[]
  dueDates: readonly Day[]
}
export interface Pay extends Of<'PAYMENT'> {
  amountFen: Fen
  /** As the discount rules name it. */
  channel: string
  /** The ledger account of the tender, `clearing:icbc`, `cash`. */
  funds: string
  order?: 'OLDEST_FIRST' | 'CURRENT_FIRST'
  /** The seasons that the customer designates, in that order (Civil Code 560). */
  manualSeasons?: readonly string[]
  /** Receivable − cash, where cash is rounded (R40). */
  roundingFen?: Fen
}
export interface UndoPayment extends Of<'VOID_PAYMENT' | 'REVERSE_PAYMENT'> {
  paymentId: string
  /** The bank's mistake: the days in between bear no late fee (R46). */
  isBankError?: boolean
}
export interface Refund extends Of<'REFUND'> {
  amountFen: Fen
  funds: string
}
export interface ApplyBalance extends Of<'APPLY_BALANCE'> {
  /** Absent: as much as there is. */
  amountFen?: Fen
}

/** Events of one customer. */
export type AccountEvent =
  | OpenSeason
  | CloseSeason
  | ImportArrears
  | Stop
  | ForcedStop
  | CancelStop
  | Resume
  | ChangeArea
  | ChangeClass
  | Disconnect
  | Access
  | TransferName
  | Restore
  | CloseAccount
  | TakeBack
  | SettleMeter
  | Reduce
  | WaiveLateFee
  | AddFee
  | Inspect
  | WriteOff
  | HoldOnAccount
  | PlanInstalments
  | Pay
  | UndoPayment
  | Refund
  | ApplyBalance

/** Events of several customers. */
export interface Transfer extends Of<'TRANSFER'> {
  amountFen: Fen
}
export interface Split extends Of<'SPLIT'> {
  children: readonly { customerId: string; nature: string; cards: readonly AreaCard[] }[]
}
export type Merge = Of<'MERGE'>
