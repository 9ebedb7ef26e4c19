// One connection of a partner: cuts requests, holds them until they are answered, and closes
// without losing what was already earned: complete requests before a fault are answered and flushed
// first.
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { cutFrames } from './frames.ts'
import type { TcpOptions } from './tcp.ts'

/** After our FIN the peer gets so long to read its answers; a reset at once could destroy them. */
const LINGER_MS = 1000

const nothing = Buffer.alloc(0)

export interface Peer {
  readonly id: string
  readonly ip: string
  readonly port: number
}

export interface ConnectionStats extends Peer {
  connectedAt: number
  bytesIn: number
  bytesOut: number
  lastMessageAt: number | null
  inFlight: number
}

/** One request and the place for its answer. */
export interface Exchange {
  /** Length head included. */
  readonly frame: Buffer
  readonly peer: Peer
  /** Monotonic milliseconds, when the frame was complete. */
  readonly arrivedAt: number
  /** Whether an answer can still be delivered. */
  isLive(): boolean
  /** Takes the one answer; a second one, or one for a connection that is gone, is dropped. */
  answer(bytes: Uint8Array): void
  /** Answers the requests before this one, none after it, and closes. */
  close(why: string): void
}

class PendingExchange implements Exchange {
  readonly frame: Buffer
  readonly peer: Peer
  readonly arrivedAt: number
  readonly #connection: Connection
  live = true
  bytes: Uint8Array | null = null

  constructor(connection: Connection, frame: Buffer, arrivedAt: number) {
    this.#connection = connection
    this.frame = frame
    this.peer = connection.peer
    this.arrivedAt = arrivedAt
  }

  isLive(): boolean {
    return this.live
  }

  answer(bytes: Uint8Array): void {
    if (this.live && !this.bytes) this.#connection.settle(this, bytes)
  }

  close(why: string): void {
    if (this.live && !this.bytes) this.#connection.closeAt(this, why)
  }
}

export class Connection {
  readonly peer: Peer
  /** Resolves when nothing more will happen here. */
  readonly ended: Promise<void>
  readonly #socket: Socket
  readonly #options: TcpOptions
  readonly #connectedAt = Date.now()
  #pending: PendingExchange[] = []
  #buffered: Buffer = nothing
  #bytesIn = 0
  #bytesOut = 0
  #lastMessageAt: number | null = null
  #frameDeadline: NodeJS.Timeout | null = null
  #isCutting = false
  #isCorked = false
  /** Why this connection will be closed as soon as nothing is pending. */
  #closing: string | null = null
  #isPeerDone = false
  #isEnded = false

  constructor(socket: Socket, peer: Peer, options: TcpOptions) {
    this.peer = peer
    this.#socket = socket
    this.#options = options
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('drain', () => this.#cut())
    socket.on('end', () => {
      this.#isPeerDone = true
      this.#cut()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#closing ??= error.code ?? 'socket error'
    })
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.#gone()
        resolve()
      })
    })
    socket.setTimeout(options.wire.idleMs)
    socket.on('timeout', () => this.#idle())
  }

  stats(): ConnectionStats {
    return {
      ...this.peer,
      connectedAt: this.#connectedAt,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      lastMessageAt: this.#lastMessageAt,
      inFlight: this.#pending.length,
    }
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Reads nothing more, and closes when what is in flight has been answered. */
  finish(why: string): void {
    if (this.#closing) return
    this.#closing = why
    this.#buffered = nothing
    this.#clearDeadline()
    // What still comes is read and thrown away: unread bytes would turn our FIN into a reset.
    this.#socket.resume()
    this.#endWhenAnswered()
  }

  settle(exchange: PendingExchange, bytes: Uint8Array): void {
    exchange.bytes = bytes
    if (this.#options.wire.answerOrder === 'any') {
      this.#pending.splice(this.#pending.indexOf(exchange), 1)
      this.#send(exchange)
    } else {
      while (this.#pending[0]?.bytes) this.#send(this.#pending.shift()!)
    }
    if (this.#closing) this.#endWhenAnswered()
    else this.#cut()
  }

  closeAt(exchange: PendingExchange, why: string): void {
    const at = this.#pending.indexOf(exchange)
    for (const dropped of this.#pending.splice(at)) dropped.live = false
    if (this.#closing) this.#endWhenAnswered()
    else this.finish(why)
  }

  #read(chunk: Buffer): void {
    this.#bytesIn += chunk.length
    if (this.#closing) return
    this.#buffered = this.#buffered.length ? Buffer.concat([this.#buffered, chunk]) : chunk
    this.#cut()
  }

  #cut(): void {
    if (this.#isCutting || this.#closing) return
    this.#isCutting = true
    const { wire, onFrame } = this.#options
    let took = 0
    // An answer given at once makes room again, hence the loop.
    for (;;) {
      const room = this.#isStuffed() ? 0 : wire.maxInFlight - this.#pending.length
      const { frames, rest, fault } = cutFrames(this.#buffered, wire.framing, room)
      this.#buffered = rest
      const now = performance.now()
      const exchanges = frames.map((frame) => new PendingExchange(this, frame, now))
      this.#pending.push(...exchanges)
      took += exchanges.length
      for (const exchange of exchanges) onFrame(exchange)
      if (fault) this.#fault(fault)
      if (fault || this.#closing || exchanges.length === 0) break
    }
    this.#isCutting = false
    if (took > 0) this.#lastMessageAt = Date.now()
    if (!this.#closing) this.#regulate(took > 0)
  }

  /** Reads on, or stops reading; the deadline of a frame runs only while we read. */
  #regulate(isNewFrame: boolean) {
    const isFull = this.#isStuffed() || this.#pending.length >= this.#options.wire.maxInFlight
    if (isFull) this.#socket.pause()
    else if (this.#isPeerDone) return this.#endOfRequests()
    else if (this.#socket.isPaused()) this.#socket.resume()
    if (isFull || this.#buffered.length === 0) return this.#clearDeadline()
    if (this.#frameDeadline && !isNewFrame) return
    this.#clearDeadline()
    const expire = () => this.#fault('frame not complete in time')
    this.#frameDeadline = setTimeout(expire, this.#options.wire.frameWithinMs)
  }

  /** The peer sends nothing more, and every complete request has been cut. */
  #endOfRequests(): void {
    if (this.#buffered.length > 0) this.#fault('connection ended within a frame')
    else this.finish('peer closed')
  }

  #isStuffed(): boolean {
    return this.#socket.writableNeedDrain
  }

  #send(exchange: PendingExchange): void {
    exchange.live = false
    this.#bytesOut += exchange.bytes!.length
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#socket.cork()
      // All answers of one turn leave in one write.
      process.nextTick(() => {
        this.#isCorked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(exchange.bytes!)
  }

  #fault(why: string): void {
    this.#options.onEvent({ is: 'fault', peer: this.peer, why })
    this.finish(why)
  }

  #idle(): void {
    if (this.#pending.length > 0) return
    if (this.#socket.writableLength > 0) this.#socket.destroy()
    else this.finish('idle')
  }

  #endWhenAnswered(): void {
    if (this.#isEnded || this.#pending.length > 0) return
    this.#isEnded = true
    this.#socket.end()
    const force = setTimeout(() => this.#socket.destroy(), LINGER_MS)
    this.#socket.once('close', () => clearTimeout(force))
  }

  #gone(): void {
    this.#clearDeadline()
    const unanswered = this.#pending.length
    for (const exchange of this.#pending) exchange.live = false
    this.#pending = []
    this.#closing ??= 'peer closed'
    this.#options.onEvent({
      is: 'disconnected',
      peer: this.peer,
      why: this.#closing,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      unanswered,
    })
  }

  #clearDeadline(): void {
    if (this.#frameDeadline) clearTimeout(this.#frameDeadline)
    this.#frameDeadline = null
  }
}
