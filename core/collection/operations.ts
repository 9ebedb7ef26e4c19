// The record of one payment key (design.md §3 «once per key»; the banks' papers R1, R2, R5).
//
//            pay                      reverse
//   (none) ──────▶ PAID ──────────────────────▶ REVERSED
//     │ ╲ kept refusal
//     │  ╲───────▶ REFUSED ─────reverse───────▶ BLOCKED
//     └───reverse before the pay──────────────▶ BLOCKED        (a tombstone: a late payment is
//     refused)
import { type Fen, fen, type PaymentKey, type Receipt, type RefusalCode } from '@reli/sdk'
import type { Account, ChargeLine, Part } from '../billing/accounts.ts'
import type { Day } from '../billing/seasons.ts'
import type { Entry } from '../ledger/entries.ts'
import type { Channel, Moment } from './channels.ts'

export interface Operation {
  channelId: string
  bankDate: Day
  serial: string
  state: 'PAID' | 'REFUSED' | 'REVERSED' | 'BLOCKED'
  customerNo: string | null
  customerId: string | null
  amountFen: Fen | null
  refusal: RefusalCode | null
  answer: Receipt | null
  parts: readonly Part[]
  /** Of the amount, what no charge took. */
  toBalanceFen: Fen
  receiptNo: string | null
  outlet: string | null
  teller: string | null
  /** The partner's transaction time, Beijing. */
  paidAt: string | null
  entrySeq: bigint | null
  reversalSeq: bigint | null
  frameId: string | null
}

/** Everything a batch needs, gathered and locked before anything is decided. */
export interface World extends Moment {
  bookingOn: Day
  channels: ReadonlyMap<string, Channel>
  /** By customer number. */
  accounts: Map<string, Account>
  /** By `keyText`. */
  operations: Map<string, Operation>
  /** `channel|date` of accounting dates whose statement has been taken in. */
  settledDays: ReadonlySet<string>
}

export const keyText = (channel: string, { bankDate, serial }: PaymentKey) =>
  `${channel}|${bankDate}|${serial}`

/** What a decision changes. Applied to the world for the next of the batch, then written. */
export interface Change {
  operation: Operation
  lines: readonly ChargeLine[]
  /** What the customer's prepaid balance gains; negative when it is given back. */
  balanceFen: Fen
  entry: Entry | null
  /** A payment for a day whose statement is in already: a difference from its first moment. */
  isLate: boolean
}

/** Where a request comes from: a partner now, or the statement file that settles the day. */
export type Origin = 'partner' | 'statement'

/** What a payment took from charges, discounts aside, and gave to the balance: its amount. */
export function takenFen({ parts, toBalanceFen }: Operation): Fen {
  let taken: bigint = toBalanceFen
  for (const part of parts) taken += part.principalFen + part.lateFeeFen
  return fen(taken)
}
