// What a bank's behaviour needs from its wire side, and nothing about bytes: the contract between
// `behaviour.ts` and the two banks that speak (`icbc.ts`, `rcu.ts`).
import type { Bill, BillSeason, DayTotals, Fen, PaymentKey, TotalsAnswer } from '@reli/sdk'
import { sumFen } from '@reli/sdk'

/** A payment as the bank took it from its customer. */
export interface Payment extends PaymentKey {
  customerNo: string
  name: string
  amountFen: Fen
  outlet: string
  teller: string
  /** The bank's transaction time, Beijing. */
  at: string
  billToken?: string
}

/** The paper's own name of a refusal (its §5, column «reason»), so that both banks decide alike. */
export type Reason = string

export type Heard<T> =
  | { is: 'accepted'; value: T }
  | { is: 'refused'; code: string; reason: Reason }
  /** An answer that proves nothing about the payment: 88, A0, a wrong password, a wrong MAC. */
  | { is: 'unproven'; code: string; reason: Reason }
  /** `sent`: something left the bank, so the payment may have arrived. */
  | { is: 'nothing'; why: string; sent: boolean }

/** How a frame is put on the wire. All but `whole` are faults. */
export type Delivery =
  | 'whole'
  | 'byte_at_a_time'
  /** Together with an echo in front of it, in one write. */
  | 'two_in_one'
  /** Half of it, then the connection is closed. */
  | 'half_frame'
  /** Half of it, then the connection is reset. */
  | 'reset'
  /** All of it, then the connection is closed before an answer can be read. */
  | 'lost_answer'
  /** All of it, with a wrong MAC or password. */
  | 'bad_proof'

export interface Paid {
  receiptNo: string
}

export interface Found {
  state: 'not_received' | 'paid' | 'reversed' | 'refused' | 'in_process'
  amountFen: Fen
  receiptNo?: string
}

export interface TakenBack {
  effect: 'reversed' | 'blocked'
}

export type QuotedBill = Omit<Bill, 'billToken'> & { billToken?: string }

/** §4 «Terms»: payable = outstanding + late fee − discount, total payable = Σ payable. */
export function doesAddUp(seasons: readonly BillSeason[], totalPayableFen: Fen): boolean {
  const isRight = (s: BillSeason) =>
    s.payableFen === s.outstandingFen + s.lateFeeFen - s.discountFen
  return (
    seasons.every(isRight) &&
    sumFen(seasons.map(({ payableFen }) => payableFen)) === totalPayableFen
  )
}

export interface Line {
  /** Opens an accounting date: a sign-on where the paper has one. Resolves when it counts. */
  open(bankDate: string): Promise<void>
  query(customerNo: string, bankDate: string): Promise<Heard<QuotedBill>>
  pay(payment: Payment, delivery?: Delivery): Promise<Heard<Paid>>
  result(payment: Payment): Promise<Heard<Found>>
  /** `cancelled`: a person wants the payment back; else it is undone for want of an answer. */
  reverse(payment: Payment, why: 'no_answer' | 'cancelled'): Promise<Heard<TakenBack>>
  totals(bankDate: string, totals: DayTotals): Promise<Heard<TotalsAnswer>>
  close(): Promise<void>
}

export const nothing = (why: string, sent: boolean): Heard<never> => ({
  is: 'nothing',
  why,
  sent,
})

/** An answer that came and cannot be used. The oracle wants to know of every one of them. */
export const unusable = (why: string): Heard<never> => nothing(`${unusableMark} ${why}`, true)
export const unusableMark = 'unusable answer:'

/** A line to the operator of the mock: short, without names, amounts of people or secrets. */
export type Log = (text: string) => void
