// The fep's end of the link: it listens, hubs dial it (design.md §1 «dialled from inside»). Only a
// client with a certificate of the pinned authority that is made for clients is let in; a fep's own
// certificate is not.
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { type DescribedField, unknown } from '@reli/sdk'
import { type CallDraft, Calls, type Deadlines, type Hub, type Settled } from './calls.ts'
import { deadAfterMs, heartbeatMs, Line } from './line.ts'
import {
  type Answer,
  type Command,
  checkFromHub,
  type FepStatus,
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
  const calls = new Calls(options.onLate)
  const hubs = new Set<ConnectedHub>()
  const arrivals: (() => void)[] = []
  let shipment = 0

  const server = createServer({
    ...options.tls,
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: handshakeWithinMs,
  })
  server.maxConnections = maxConnections
  server.on('secureConnection', accept)
  server.on('tlsClientError', (error: Error & { code?: string }, socket: TLSSocket) => {
    const ip = socket.remoteAddress ?? ''
    options.onEvent({ is: 'rejected', ip, why: error.code ?? error.message })
    socket.destroy()
  })

  function accept(socket: TLSSocket): void {
    const ip = socket.remoteAddress ?? ''
    let name = ''
    const hub: ConnectedHub = {
      line: new Line<FromHub>(socket, {
        name: options.name,
        check: checkFromHub,
        deadAfterMs: options.deadAfterMs ?? deadAfterMs,
        onOpen: (peer) => {
          name = peer
          hubs.add(hub)
          calls.add(hub)
          options.onEvent({ is: 'hub_connected', hub: peer, ip })
          for (const arrived of arrivals) arrived()
        },
        onMessage: (message) => receive(hub, message),
        onDrain: () => calls.resume(hub),
        onClosed: (why) => {
          hubs.delete(hub)
          calls.remove(hub)
          for (const waiting of hub.shipping.values()) waiting.reject(new Error(why))
          options.onEvent({ is: 'hub_lost', hub: name, ip, why })
        },
      }),
      shipping: new Map(),
      isStuffed: () => hub.line.isStuffed,
      write: (batch) => hub.line.send({ is: 'calls', calls: batch }),
    }
  }

  function receive(hub: ConnectedHub, message: FromHub) {
    switch (message.is) {
      case 'answers':
        return calls.answered(message.answers.map(understood))
      case 'journal.ack':
        hub.shipping.get(message.id)?.resolve()
        hub.shipping.delete(message.id)
        return
      case 'describe': {
        const frame = Buffer.from(message.bytes, 'base64')
        return reply(hub, message.id, async () => ({
          is: 'described',
          id: message.id,
          fields: await options.onDescribe(message.channel, frame, message.direction),
        }))
      }
      case 'command':
        return reply(hub, message.id, async () => {
          await options.onCommand(message.command, message.channel)
          return { is: 'commanded', id: message.id }
        })
      default:
        return
    }
  }

  function reply(
    hub: ConnectedHub,
    id: number,
    work: () => Promise<Parameters<Line<FromHub>['send']>[0]>,
  ): void {
    work().then(
      (message) => hub.line.send(message),
      (error: unknown) => {
        const why = error instanceof Error ? error.message : 'failed'
        hub.line.send({ is: 'failed', id, why: why.slice(0, 500) })
      },
    )
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port }, resolve)
  })

  server.on('error', (error) => options.onEvent({ is: 'rejected', why: error.message }))

  return {
    port: (server.address() as AddressInfo).port,
    hubs: () => hubs.size,
    call: (draft, deadlines, settle) => calls.call(draft, deadlines, settle),
    ship: (journal, records) =>
      new Promise((resolve, reject) => {
        // One hub at a time gets the journal, so its order needs no further care.
        const [hub] = hubs
        if (!hub) return reject(new Error('no hub'))
        const id = ++shipment
        hub.shipping.set(id, { resolve, reject })
        const head = JSON.stringify({ is: 'journal', id, journal })
        hub.line.sendText(`${head.slice(0, -1)},"records":[${records.join(',')}]}`)
      }),
    onHub: (arrived) => void arrivals.push(arrived),
    sendStatus: (status) => {
      for (const hub of hubs) hub.line.send({ is: 'status', status })
    },
    close: () =>
      new Promise((resolve) => {
        calls.close()
        server.close(() => resolve())
        for (const hub of hubs) hub.line.close('fep stopped')
      }),
  }
}

/** A newer hub may refuse for a reason that this fep cannot say; none is invented for it. */
function understood({ id, outcome }: Answer): Answer {
  if (outcome.is !== 'refused' || isRefusalCode(outcome.code)) return { id, outcome }
  return { id, outcome: unknown(`refusal ${outcome.code} is not known here`) }
}

/** How often `sendStatus` has to be called: it is the fep's heartbeat. */
export const statusEveryMs = heartbeatMs
