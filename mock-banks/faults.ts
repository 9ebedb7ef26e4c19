// Named faults: what goes wrong with one payment, and what is true in the bank's books when it is
// over. A fault is data; `behaviour.ts` plays it. `truth` holds when the heating company keeps to
// the paper and the payment itself is one that it accepts; a payment it refuses always ends
// returned.
import type { Delivery } from './line.ts'

export interface Fault {
  what: string
  /** `either`: the bank hears the truth by inquiry, or reverses what it cannot learn. */
  truth: 'stands' | 'returned' | 'either'
  /** How the first payment message goes out. */
  delivery?: Delivery
  /** The same message at the same moment on another connection. */
  beside?: 'repeat'
  /** The reversal leaves before the payment does. */
  before?: 'reversal'
  /** What the bank does once the payment was accepted. */
  after?: readonly ('repeat' | 'conflict' | 'reversal' | 'late_pay')[]
  /** Questions whose answers the bank does not take in. */
  deaf?: readonly ('pay' | 'result' | 'reversal')[]
}

export const faults = {
  cancelled: {
    what: 'The teller takes an accepted payment back.',
    truth: 'returned',
    after: ['reversal'],
  },
  duplicate: {
    what: 'An accepted payment is sent again under the same key: the stored answer, once booked.',
    truth: 'stands',
    after: ['repeat'],
  },
  duplicate_at_once: {
    what: 'The same key on two connections at the same moment: one booking, one answer.',
    truth: 'stands',
    beside: 'repeat',
  },
  other_amount: {
    what: 'The serial of an accepted payment with another amount: refused, the first one stands.',
    truth: 'stands',
    after: ['conflict'],
  },
  reversal_first: {
    what: 'The reversal overtakes its payment: the key is blocked, the late payment refused.',
    truth: 'returned',
    before: 'reversal',
  },
  late_pay: {
    what: 'A reversed payment is sent once more: refused for ever.',
    truth: 'returned',
    after: ['reversal', 'late_pay'],
  },
  lost_answer: {
    what: 'The connection closes before the answer is read: the bank asks the result.',
    truth: 'either',
    delivery: 'lost_answer',
  },
  half_frame: {
    what: 'Half a frame, then the connection closes: it never arrived, the key gets blocked.',
    truth: 'returned',
    delivery: 'half_frame',
  },
  reset: {
    what: 'Half a frame, then a reset: it never arrived, the key gets blocked.',
    truth: 'returned',
    delivery: 'reset',
  },
  two_in_one: {
    what: 'An echo and the payment in one write: both are answered.',
    truth: 'stands',
    delivery: 'two_in_one',
  },
  byte_at_a_time: {
    what: 'The frame comes byte by byte.',
    truth: 'stands',
    delivery: 'byte_at_a_time',
  },
  bad_proof: {
    what: 'A wrong MAC or password changes nothing; the bank sends the payment again, rightly.',
    truth: 'stands',
    delivery: 'bad_proof',
  },
  deaf_to_pay: {
    what: 'The answer is ignored as if too late: the bank asks the result and believes it.',
    truth: 'stands',
    deaf: ['pay'],
  },
  deaf_to_result: {
    what: 'Answer and inquiries are ignored: the bank reverses.',
    truth: 'returned',
    deaf: ['pay', 'result'],
  },
  deaf_to_all: {
    what: 'Nothing is heard, the reversals neither: left to the statement file.',
    truth: 'either',
    deaf: ['pay', 'result', 'reversal'],
  },
} as const satisfies Record<string, Fault>

export type FaultName = keyof typeof faults
export const faultNames = Object.keys(faults) as FaultName[]
