// The fep's end of the link: it listens, hubs dial it (design.md §1 «dialled from inside»). Only a
// client with a certificate of the pinned authority that is made for clients is let in; a fep's own
// certificate is not.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { type DescribedField, unknown } from '@reli/sdk'
import { type CallDraft, Calls, type Deadlines, type Hub, type Settled } from './calls.ts'
import { deadAfterMs, heartbeatMs, Line } from './line.ts'
import {
  type Answer,
  type Command,
  checkFromHub,
  type FepStatus,
  type FromFep,
  type FromHub,
  isRefusalCode,
} from './protocol.ts'

/** A handshake takes three packets; who needs longer holds a socket for nothing. */
const handshakeWithinMs = 5000
/** Hubs and a few being replaced; nobody else has a certificate, and few may try. */
const maxConnections = 32

export interface Tls {
  ca: string | Buffer
  cert: string | Buffer
  key: string | Buffer
}

export interface LinkServerOptions {
  name: string
  host: string
  port: number
  tls: Tls
  /** An answer whose call was given up: evidence. */
  onLate(answer: Answer, channel: string): void
  onDescribe(channel: string, frame: Buffer, direction: 'in' | 'out'): Promise<DescribedField[]>
  onCommand(command: Command, channel: string): Promise<void>
  onEvent(event: LinkEvent): void
  deadAfterMs?: number
}

export interface LinkEvent {
  is: 'hub_connected' | 'hub_lost' | 'rejected'
  hub?: string
  ip?: string
  why?: string
}

export interface LinkServer {
  readonly port: number
  hubs(): number
  call(draft: CallDraft, deadlines: Deadlines, settle: (settled: Settled) => void): void
  /** Sends records (JSON texts) in order; resolves when a hub has them, rejects when it is lost. */
  ship(journal: string, records: string[]): Promise<void>
  /** Calls back whenever a hub connects. */
  onHub(arrived: () => void): void
  sendStatus(status: FepStatus): void
  close(): Promise<void>
}

interface Acknowledgement {
  resolve(): void
  reject(error: Error): void
}

interface ConnectedHub extends Hub {
  line: Line<FromHub>
  shipping: Map<number, Acknowledgement>
}

export async function startLinkServer(options: LinkServerOptions): Promise<LinkServer> {
  const server = new Listener(options)
  await server.listen()
  return server
}

class Listener implements LinkServer {
  port = 0
  readonly #options: LinkServerOptions
  readonly #server: Server
  readonly #calls: Calls
  readonly #hubs = new Set<ConnectedHub>()
  readonly #arrivals: (() => void)[] = []
  #shipment = 0

  constructor(options: LinkServerOptions) {
    this.#options = options
    this.#calls = new Calls(options.onLate)
    this.#server = createServer({
      ...options.tls,
      minVersion: 'TLSv1.3',
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: handshakeWithinMs,
    })
    this.#server.maxConnections = maxConnections
    this.#server.on('secureConnection', (socket) => this.#accept(socket))
    this.#server.on('tlsClientError', (error: Error & { code?: string }, socket) => {
      const ip = socket.remoteAddress ?? ''
      options.onEvent({ is: 'rejected', ip, why: error.code ?? error.message })
      socket.destroy()
    })
  }

  async listen(): Promise<void> {
    const { host, port, onEvent } = this.#options
    this.#server.listen({ host, port })
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    this.#server.on('error', (error) => onEvent({ is: 'rejected', why: error.message }))
  }

  hubs(): number {
    return this.#hubs.size
  }

  call(draft: CallDraft, deadlines: Deadlines, settle: (settled: Settled) => void): void {
    this.#calls.call(draft, deadlines, settle)
  }

  ship(journal: string, records: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      // One hub at a time gets the journal, so its order needs no further care.
      const [hub] = this.#hubs
      if (!hub) return reject(new Error('no hub'))
      const id = ++this.#shipment
      hub.shipping.set(id, { resolve, reject })
      const head = JSON.stringify({ is: 'journal', id, journal })
      hub.line.sendText(`${head.slice(0, -1)},"records":[${records.join(',')}]}`)
    })
  }

  onHub(arrived: () => void): void {
    this.#arrivals.push(arrived)
  }

  sendStatus(status: FepStatus): void {
    for (const hub of this.#hubs) hub.line.send({ is: 'status', status })
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#calls.close()
      this.#server.close(() => resolve())
      for (const hub of this.#hubs) hub.line.close('fep stopped')
    })
  }

  #accept(socket: TLSSocket): void {
    const ip = socket.remoteAddress ?? ''
    let name = ''
    const line: Line<FromHub> = new Line<FromHub>(socket, {
      name: this.#options.name,
      check: checkFromHub,
      deadAfterMs: this.#options.deadAfterMs ?? deadAfterMs,
      onOpen: (peer) => {
        name = peer
        this.#hubs.add(hub)
        this.#calls.add(hub)
        this.#options.onEvent({ is: 'hub_connected', hub: peer, ip })
        for (const arrived of this.#arrivals) arrived()
      },
      onMessage: (message) => this.#receive(hub, message),
      onDrain: () => this.#calls.resume(hub),
      onClosed: (why) => {
        this.#hubs.delete(hub)
        this.#calls.remove(hub)
        for (const waiting of hub.shipping.values()) waiting.reject(new Error(why))
        this.#options.onEvent({ is: 'hub_lost', hub: name, ip, why })
      },
    })
    const hub: ConnectedHub = {
      line,
      shipping: new Map(),
      isStuffed: () => line.isStuffed,
      write: (calls) => line.send({ is: 'calls', calls }),
    }
  }

  #receive(hub: ConnectedHub, message: FromHub) {
    const { onDescribe, onCommand } = this.#options
    switch (message.is) {
      case 'answers':
        return this.#calls.answered(message.answers.map(understood))
      case 'journal.ack':
        hub.shipping.get(message.id)?.resolve()
        hub.shipping.delete(message.id)
        return
      case 'describe': {
        const { id, channel, bytes, direction } = message
        return reply(hub, id, async () => {
          const fields = await onDescribe(channel, Buffer.from(bytes, 'base64'), direction)
          return { is: 'described', id, fields }
        })
      }
      case 'command': {
        const { id, command, channel } = message
        return reply(hub, id, async () => {
          await onCommand(command, channel)
          return { is: 'commanded', id }
        })
      }
      default:
        return
    }
  }
}

function reply({ line }: ConnectedHub, id: number, work: () => Promise<FromFep>): void {
  work().then(
    (message) => line.send(message),
    (error: unknown) => {
      const why = error instanceof Error ? error.message : 'failed'
      line.send({ is: 'failed', id, why: why.slice(0, 500) })
    },
  )
}

/** A newer hub may refuse for a reason that this fep cannot say; none is invented for it. */
function understood({ id, outcome }: Answer): Answer {
  if (outcome.is !== 'refused' || isRefusalCode(outcome.code)) return { id, outcome }
  return { id, outcome: unknown(`refusal ${outcome.code} is not known here`) }
}

/** How often `sendStatus` has to be called: it is the fep's heartbeat. */
export const statusEveryMs = heartbeatMs
