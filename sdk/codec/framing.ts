// Cuts frames out of a byte stream by the length head that the partner declares, before any
// meaning. Pure: the host keeps the bytes, the deadlines and the socket. A length outside the
// bounds closes the connection; there is no resynchronising inside a stream of money.
import type { LengthFraming } from '../connector.ts'

export type NextFrame =
  /** The first `bytes` bytes are one whole frame, length head included. */
  | { is: 'frame'; bytes: number }
  /** Not all there yet; `bytes` is the size of the frame once its head is known. */
  | { is: 'wait'; bytes?: number }
  | { is: 'close'; why: string }

/** What stands at `from` in the bytes received so far. */
export function nextFrame(framing: LengthFraming, bytes: Uint8Array, from = 0): NextFrame {
  const head = framing.length.bytes
  const there = Math.min(bytes.length - from, head)
  let length = 0
  for (let i = 0; i < there; i++) {
    const byte = bytes[from + i]!
    if (framing.length.as === 'binary-be') length = length * 256 + byte
    else if (byte >= 0x30 && byte <= 0x39) length = length * 10 + byte - 0x30
    else return { is: 'close', why: 'the length is not written in digits' }
  }
  if (there < head) return { is: 'wait' }
  if (length < framing.min || length > framing.max) {
    return { is: 'close', why: `length ${length} is outside ${framing.min}–${framing.max}` }
  }
  const whole = head + length
  return { is: bytes.length - from >= whole ? 'frame' : 'wait', bytes: whole }
}

export interface CutFrames {
  /** Whole frames, in order, as views into the given bytes. */
  frames: Uint8Array[]
  /** What follows them: the start of a frame, or nothing. */
  rest: Uint8Array
  /**
   * Set when `rest` can never become a frame: the connection closes after `frames` are answered.
   */
  fault?: string
}

/** All whole frames of the bytes received so far. */
export function cutFrames(framing: LengthFraming, bytes: Uint8Array): CutFrames {
  const frames: Uint8Array[] = []
  for (let from = 0; ; ) {
    const next = nextFrame(framing, bytes, from)
    if (next.is === 'frame') {
      frames.push(bytes.subarray(from, from + next.bytes))
      from += next.bytes
      continue
    }
    const rest = bytes.subarray(from)
    return next.is === 'wait' ? { frames, rest } : { frames, rest, fault: next.why }
  }
}

/** Writes the length of what follows the head into the first bytes of a frame. */
export function writeLength(framing: LengthFraming, frame: Uint8Array): Uint8Array {
  const { as, bytes } = framing.length
  let left = frame.length - bytes
  if (left < framing.min || left > framing.max) throw new RangeError(`frame of ${left} bytes`)
  const base = as === 'binary-be' ? 256 : 10
  for (let i = bytes - 1; i >= 0; i--) {
    frame[i] = (left % base) + (as === 'binary-be' ? 0 : 0x30)
    left = Math.floor(left / base)
  }
  return frame
}

/** A whole frame: the length head and the body behind it. */
export function frameOf(framing: LengthFraming, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(framing.length.bytes + body.length)
  frame.set(body, framing.length.bytes)
  writeLength(framing, frame)
  return frame
}
