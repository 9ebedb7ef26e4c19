// Cuts a bounded number of frames out of what a connection has buffered. The rule of one frame is
// the SDK's; here is the bound, so that a flood of small requests stays bytes until there is room.
import type { LengthFraming } from '@reli/sdk'
import { nextFrame } from '@reli/sdk/codec'

export interface Cut {
  /** Complete frames, length head included, in order of arrival; views into the given bytes. */
  frames: Buffer[]
  /** What is left: the beginning of a frame, or frames above `room`. */
  rest: Buffer
  /** The stream cannot be followed any further; nothing after it is worth keeping. */
  fault?: string
}

const nothing = Buffer.alloc(0)

/** At most `room` frames are taken; the others stay in `rest` for later. */
export function cutFrames(bytes: Buffer, framing: LengthFraming, room: number): Cut {
  const frames: Buffer[] = []
  let at = 0
  while (frames.length < room && at < bytes.length) {
    const next = nextFrame(framing, bytes, at)
    if (next.is === 'close') return { frames, rest: nothing, fault: next.why }
    if (next.is === 'wait') break
    frames.push(bytes.subarray(at, at + next.bytes))
    at += next.bytes
  }
  return { frames, rest: at === bytes.length ? nothing : bytes.subarray(at) }
}
