// A connection on which a test says exactly the bytes it wants and hears exactly what comes back.
import { connect, type Socket } from 'node:net'
import type { LengthFraming } from '@reli/sdk'
import { cutFrames } from '@reli/sdk/codec'

export type Heard = { is: 'frame'; bytes: Buffer } | { is: 'closed' } | { is: 'silence' }

/** An honest host answers within 5 s (R8 of the papers); a busy machine may take its time. */
const usualWaitMs = 10_000

export class RawLine {
  readonly #socket: Socket
  readonly #frames: Buffer[] = []
  #rest: Buffer = Buffer.alloc(0)
  #isClosed = false
  #wake: () => void = () => {}

  private constructor(socket: Socket, framing: LengthFraming) {
    this.#socket = socket
    socket.on('data', (bytes) => {
      const cut = cutFrames(framing, Buffer.concat([this.#rest, bytes]))
      this.#rest = Buffer.from(cut.rest)
      this.#frames.push(...cut.frames.map((frame) => Buffer.from(frame)))
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
  }

  static open(port: number, framing: LengthFraming): Promise<RawLine> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      socket.once('error', reject)
      socket.once('connect', () => resolve(new RawLine(socket, framing)))
    })
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** The next frame, or that the host closed, or that neither came in time. */
  async hear(withinMs = usualWaitMs): Promise<Heard> {
    if (this.#frames.length === 0 && !this.#isClosed) await this.#change(withinMs)
    const bytes = this.#frames.shift()
    if (bytes) return { is: 'frame', bytes }
    return { is: this.#isClosed ? 'closed' : 'silence' }
  }

  async ask(bytes: Uint8Array): Promise<Buffer> {
    this.send(bytes)
    const heard = await this.hear()
    if (heard.is !== 'frame') throw new Error(`asked, and heard: ${heard.is}`)
    return heard.bytes
  }

  /** Resolves when the connection is gone on both sides' account. */
  async close(): Promise<void> {
    this.#socket.end()
    while (!this.#isClosed) await this.#change(usualWaitMs)
  }

  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
