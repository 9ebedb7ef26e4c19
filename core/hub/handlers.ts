// Everything the hub can do for a partner, in one table: operation → who decides it. Operations
// that move money go through the spine in batches; the others are asked of a snapshot.
import type { Input, OperationName, Outcome, Output, PaymentKey } from '@reli/sdk'
import type { Origin } from '../collection/operations.ts'
import { decidePay, decideReverse } from '../collection/payments.ts'
import { answerQuery, answerResult, answerTotals, signOff, signOn } from './answers.ts'

/** One request, as it reaches the hub. */
export interface Call<N extends OperationName = OperationName> {
  channel: string
  operation: N
  /** Of the operations that name a payment. */
  key?: PaymentKey
  input: Input<N>
  origin: Origin
  /** The frame it came in, for the evidence. */
  frameId?: string
  /** On the monotonic clock: who asks has given up by then. */
  expiresAt: number
}

export type AnyOutcome = Outcome<Output<OperationName>>

/** Decided in the spine: gather → decide → write, once per key. */
export const moneyOperations = {
  'payment.pay': decidePay,
  'payment.reverse': decideReverse,
} as const

/** Answered from what is committed. */
export const questions = {
  'bill.query': answerQuery,
  'payment.result': answerResult,
  'day.totals': answerTotals,
  'link.sign_on': signOn,
  'link.sign_off': signOff,
} as const
