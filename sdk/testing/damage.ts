// What lines, hosts and enemies do to a frame: cut it, lengthen it, put bytes into it that are no
// character, flip its bits. The length head is put right again where that can be, so that the
// damage reaches the codec instead of ending at the framing.
import { writeLength } from '../codec/framing.ts'
import type { LengthFraming } from '../connector.ts'

export interface Damaged {
  what: string
  frame: Uint8Array
}

/** Not GBK, half a GBK character, not text, a digit and a blank where there was something else. */
const intruders = [0x80, 0xff, 0x81, 0x00, 0x30, 0x20]

export function* damaged(framing: LengthFraming, frame: Uint8Array): Generator<Damaged> {
  for (let size = 0; size < frame.length; size++) {
    yield { what: `first ${size} bytes`, frame: frame.slice(0, size) }
    const cut = relengthened(framing, frame.slice(0, size))
    if (cut) yield { what: `cut to ${size} bytes`, frame: cut }
  }
  for (const byte of intruders) {
    const longer = relengthened(framing, Uint8Array.from([...frame, byte]))
    if (longer) yield { what: `one more byte ${byte}`, frame: longer }
  }
  for (let at = 0; at < frame.length; at++) {
    for (const byte of intruders) {
      if (frame[at] !== byte) yield { what: `byte ${at} is ${byte}`, frame: frame.with(at, byte) }
    }
    for (let bit = 0; bit < 8; bit++) {
      const flipped = frame.with(at, frame[at]! ^ (1 << bit))
      yield { what: `bit ${bit} of byte ${at} flipped`, frame: flipped }
    }
  }
}

function relengthened(framing: LengthFraming, frame: Uint8Array): Uint8Array | undefined {
  const left = frame.length - framing.length.bytes
  return left < framing.min || left > framing.max ? undefined : writeLength(framing, frame)
}
