// A bank's connections to the heating company: one `Link` is one TCP connection with requests in
// flight, a `Pool` keeps or opens as many as the paper allows. Meaning stays in icbc.ts and rcu.ts;
// here are bytes, waiting, and the faulty ways of sending.
import { connect, type Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { LengthFraming } from '@reli/sdk'
import { cutFrames } from '@reli/sdk/codec'
import type { Delivery } from './line.ts'

export type Reply = { is: 'frame'; bytes: Buffer } | { is: 'nothing'; why: string; sent: boolean }

export interface LinkOptions {
  host: string
  port: number
  framing: LengthFraming
  /** Names the request that a reply answers; absent: replies come in the order of the requests. */
  matchOf?: (reply: Buffer) => string | undefined
}

export interface Request {
  /** Unique among the requests in flight. */
  id: string
  frame: Uint8Array
  delivery?: Delivery | undefined
  /** Goes out in the same write, in front of `frame`; its reply is dropped. */
  ahead?: { id: string; frame: Uint8Array } | undefined
  withinMs: number
}

/** A counterpart that does not even take a connection within this is not there. */
const connectWithinMs = 5_000
/** For the other side to close after this one did. */
const finishWithinMs = 1_000
const nothingSent = (why: string): Reply => ({ is: 'nothing', why, sent: false })

export class Link {
  /** Requests that were promised to this link, waiting or on their way. */
  load = 0
  uses = 0
  lastActiveAt = performance.now()
  readonly gone: Promise<void>
  readonly #socket: Socket
  readonly #options: LinkOptions
  readonly #waiting = new Map<string, (reply: Reply) => void>()
  #rest: Buffer = Buffer.alloc(0)
  #writing: Promise<void> = Promise.resolve()

  private constructor(socket: Socket, options: LinkOptions) {
    this.#socket = socket
    this.#options = options
    this.gone = new Promise((resolve) => {
      socket.on('close', () => {
        this.#fail('the connection is gone')
        resolve()
      })
    })
    // The reason comes with `close`; an unhandled error would end the whole bank.
    socket.on('error', () => {})
    socket.on('end', () => socket.destroy())
    socket.on('data', (bytes) => this.#receive(bytes))
  }

  static open(options: LinkOptions): Promise<Link> {
    const { host, port } = options
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true })
      socket.setTimeout(connectWithinMs, () => socket.destroy(new Error('no connection in time')))
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        socket.setTimeout(0)
        resolve(new Link(socket, options))
      })
    })
  }

  get isOpen(): boolean {
    return this.#socket.writable
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Closes in order: the link counts until the other side has closed as well. */
  finish(): void {
    this.#socket.end()
    const force = setTimeout(() => this.close(), finishWithinMs)
    void this.gone.then(() => clearTimeout(force))
  }

  async request(request: Request): Promise<Reply> {
    const { id, withinMs, ahead } = request
    if (!this.isOpen) return nothingSent('the connection is gone')
    this.uses++
    const reply = new Promise<Reply>((resolve) => {
      const timer = setTimeout(() => this.#late(id), withinMs)
      if (ahead) this.#waiting.set(ahead.id, () => {})
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(answer)
      })
    })
    // Frames of one connection never mix, however slowly one of them is written.
    this.#writing = this.#writing.then(() => this.#deliver(request))
    return reply
  }

  /** Without a match in the reply itself a late one would answer the next request: start afresh. */
  #late(id: string): void {
    this.#waiting.get(id)?.({ is: 'nothing', why: 'no answer in time', sent: true })
    if (!this.#options.matchOf) this.close()
  }

  async #deliver({ frame, delivery = 'whole', ahead }: Request): Promise<void> {
    const half = frame.subarray(0, frame.length >> 1)
    switch (delivery) {
      case 'byte_at_a_time':
        for (const byte of frame) await this.#write(Buffer.of(byte))
        return
      case 'half_frame':
        await this.#write(half)
        return this.close()
      case 'reset':
        await this.#write(half)
        this.#socket.resetAndDestroy()
        return
      case 'lost_answer':
        await this.#write(frame)
        return this.close()
      default:
        await this.#write(ahead ? Buffer.concat([ahead.frame, frame]) : frame)
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.lastActiveAt = performance.now()
    if (!this.isOpen) return
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()))
    await nextTurn()
  }

  #receive(bytes: Buffer): void {
    this.lastActiveAt = performance.now()
    const cut = cutFrames(this.#options.framing, Buffer.concat([this.#rest, bytes]))
    this.#rest = Buffer.from(cut.rest)
    for (const frame of cut.frames) this.#answer(Buffer.from(frame))
    if (cut.fault) this.close()
  }

  #answer(bytes: Buffer): void {
    const { matchOf } = this.#options
    const id = matchOf ? matchOf(bytes) : this.#waiting.keys().next().value
    if (id === undefined) return
    const resolve = this.#waiting.get(id)
    this.#waiting.delete(id)
    resolve?.({ is: 'frame', bytes })
  }

  #fail(why: string): void {
    for (const resolve of [...this.#waiting.values()]) resolve({ is: 'nothing', why, sent: true })
    this.#waiting.clear()
  }
}

export interface PoolOptions extends LinkOptions {
  /** Connections at the same time. */
  max: number
  /** Requests in flight on each. */
  inFlight: number
  /** Requests after which a connection is closed. */
  uses: number
  /** Whether connections are kept open and reopened, or opened when needed. */
  keep: boolean
  /** Silence after which `onSilence` is called for a kept connection. */
  silenceMs?: number
  onSilence?: (link: Link) => void
}

/** First and longest pause between attempts to reconnect. */
const backOffMs = { first: 100, most: 30_000 }

export class Pool {
  readonly #options: PoolOptions
  readonly #links = new Set<Link>()
  readonly #closing = new AbortController()
  /** Requests that wait for a connection, in order of arrival. */
  readonly #queue: (() => void)[] = []
  #opening = 0

  constructor(options: PoolOptions) {
    this.#options = options
    if (options.keep) for (let i = 0; i < options.max; i++) void this.#keepOne()
  }

  /** Sends on the least busy connection that may take one more. */
  async request(request: Request): Promise<Reply> {
    const link = await this.#take(performance.now() + request.withinMs)
    if (!link) return nothingSent('no connection')
    try {
      return await link.request(request)
    } finally {
      link.load--
      if (link.uses >= this.#options.uses && link.load === 0) link.finish()
      this.#wake(1)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake()
    for (const link of this.#links) link.close()
  }

  async #take(untilMs: number): Promise<Link | undefined> {
    const { max, keep } = this.#options
    while (!this.#closing.signal.aborted) {
      const free = this.#leastBusy()
      if (!keep && free?.load !== 0 && this.#links.size + this.#opening < max) {
        if (!(await this.#openOne())) return undefined
        continue
      }
      if (free) {
        free.load++
        return free
      }
      if (!(await this.#turn(untilMs - performance.now()))) return undefined
    }
    return undefined
  }

  #leastBusy(): Link | undefined {
    const { inFlight, uses } = this.#options
    let best: Link | undefined
    for (const link of this.#links) {
      const mayTake = link.isOpen && link.load < inFlight && link.uses + link.load < uses
      if (mayTake && (!best || link.load < best.load)) best = link
    }
    return best
  }

  /** Waits until something changed; false when that takes too long. */
  #turn(withinMs: number): Promise<boolean> {
    if (withinMs <= 0) return Promise.resolve(false)
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        resolve(true)
      }
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(wake), 1)
        resolve(false)
      }, withinMs)
      this.#queue.push(wake)
    })
  }

  async #openOne(): Promise<Link | undefined> {
    this.#opening++
    try {
      const link = await Link.open(this.#options)
      this.#links.add(link)
      void link.gone.then(() => {
        this.#links.delete(link)
        this.#wake()
      })
      if (this.#closing.signal.aborted) link.close()
      return link
    } catch {
      return undefined
    } finally {
      this.#opening--
      this.#wake()
    }
  }

  /** One of the kept connections: open it, watch its silence, reopen it with growing pauses. */
  async #keepOne(): Promise<void> {
    const { signal } = this.#closing
    let pauseMs = backOffMs.first
    while (!signal.aborted) {
      const link = await this.#openOne()
      if (link) {
        pauseMs = backOffMs.first
        const watch = this.#watchSilence(link)
        await link.gone
        clearInterval(watch)
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
      pauseMs = Math.min(pauseMs * 2, backOffMs.most)
    }
  }

  #watchSilence(link: Link): NodeJS.Timeout | undefined {
    const { silenceMs, onSilence } = this.#options
    if (!silenceMs || !onSilence) return undefined
    const look = () => {
      if (link.load === 0 && performance.now() - link.lastActiveAt >= silenceMs) onSilence(link)
    }
    return setInterval(look, Math.max(silenceMs / 4, 1))
  }

  /** A freed place wakes one; a new connection or the end wakes all. */
  #wake(count = Number.POSITIVE_INFINITY): void {
    for (const wake of this.#queue.splice(0, Math.min(count, this.#queue.length))) wake()
  }
}
