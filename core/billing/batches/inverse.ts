// The way back of what a batch booked: the engine's own way back, and for payments their void or
// reversal.
import type { AccountEvent } from '../engine/events.ts'
import { unpack } from '../store/pack.ts'
import type { Told } from './acts.ts'
import type { BatchEvent } from './batches.sql.ts'
import type { Trace } from './slices.ts'

/** Undefined: there is none, and the event stays. */
export function inverseOf(booked: BatchEvent, bookingOn: string): Told | undefined {
  const { eventId } = booked
  const type = booked.type as AccountEvent['type']
  switch (type) {
    case 'PAYMENT':
      // A day that is over is reversed; voiding it would change its closing.
      return booked.bookingOn === bookingOn
        ? { type: 'VOID_PAYMENT', paymentId: eventId }
        : { type: 'REVERSE_PAYMENT', paymentId: eventId }
    case 'VOID_PAYMENT':
    case 'REVERSE_PAYMENT':
    case 'REFUND':
    case 'CLOSE_SEASON':
    case 'CLOSE_ACCOUNT':
    case 'NAME_TRANSFER':
    case 'APPLY_BALANCE':
    case 'TAKE_BACK':
      return undefined
    default: {
      const trace = unpack<Trace | null>(booked.before) ?? {}
      return { type: 'TAKE_BACK', takenBackId: eventId, ...trace }
    }
  }
}
