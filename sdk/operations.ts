// The canonical operations: what partners ask of the hub, in the hub's own words. Amounts are fen,
// areas 0.01 m², dates `2026-11-20`, instants of a partner's clock `2026-11-20T09:30:12` (Beijing).
import type { Dm2, Fen } from './money.ts'

/** Names one payment of one channel for ever (design.md §3 «once per key», the papers' R1). */
export interface PaymentKey {
  /** The channel's accounting date 账务日期. */
  bankDate: string
  /** The channel's serial 流水号, unique within the accounting date. */
  serial: string
}

/** Where at the partner the customer stands. */
export interface Origin {
  outlet?: string
  teller?: string
}

export interface BillQuery extends Origin {
  customerNo: string
  bankDate: string
  /** The bank's transaction time; late fee and discount count at this moment. Absent: arrival. */
  askedAt?: string
}

/** One unpaid season of a bill; the papers' §4 «Terms» define each figure. */
export interface BillSeason {
  season: string
  receivableFen: Fen
  outstandingFen: Fen
  lateFeeFen: Fen
  discountFen: Fen
  payableFen: Fen
}

export interface Bill {
  customerNo: string
  name: string
  address: string
  areaDm2: Dm2
  totalArrearsFen: Fen
  totalPayableFen: Fen
  /** 16 upper-case hex digits; the same while accounting date, unpaid seasons and amounts are. */
  billToken: string
  /** Oldest first, 1 to the channel's maximum. */
  seasons: BillSeason[]
}

export interface Pay extends Origin {
  customerNo: string
  amountFen: Fen
  billToken?: string
  /** The bank's transaction time; absent: arrival. */
  paidAt?: string
}

export interface Receipt {
  customerNo: string
  name: string
  /** At most 20 of `0-9A-Za-z-`. */
  receiptNo: string
  amountFen: Fen
  /** Σ outstanding after this payment, late fee not included. */
  arrearsLeftFen: Fen
  /** What a query would now show as total payable. */
  payableLeftFen: Fen
}

export interface Reverse extends Origin {
  /** Absent where the paper's reversal does not carry them. */
  customerNo?: string
  amountFen?: Fen
  reason?: string
}

export interface Reversed {
  /** `reversed`: a payment was undone. `blocked`: none had been accepted; the key is now barred. */
  effect: 'reversed' | 'blocked'
}

export interface ResultQuery extends Origin {}

export interface PaymentResult {
  state: 'not_received' | 'paid' | 'reversed' | 'refused' | 'in_process'
  customerNo?: string
  /** Zero where nothing is known. */
  amountFen: Fen
  receiptNo?: string
}

export interface DayTotals {
  paidCount: number
  paidFen: Fen
  reversedCount: number
  reversedFen: Fen
}

export interface TotalsAnswer extends DayTotals {
  /** Whether the partner's figures agree with these. */
  equal: boolean
}

/** Operation name → what goes in and what comes out when it is done. */
export interface Operations {
  'link.echo': { input: Record<never, never>; output: Record<never, never> }
  'link.sign_on': { input: { bankDate: string }; output: Record<never, never> }
  'link.sign_off': { input: { bankDate: string }; output: Record<never, never> }
  'bill.query': { input: BillQuery; output: Bill }
  'payment.pay': { input: Pay; output: Receipt }
  'payment.reverse': { input: Reverse; output: Reversed }
  'payment.result': { input: ResultQuery; output: PaymentResult }
  'day.totals': { input: DayTotals & { bankDate: string }; output: TotalsAnswer }
}

export type OperationName = keyof Operations
export type Input<N extends OperationName> = Operations[N]['input']
export type Output<N extends OperationName> = Operations[N]['output']

/** Operations that name a payment and so must carry its key. */
export const keyedOperations = ['payment.pay', 'payment.reverse', 'payment.result'] as const
