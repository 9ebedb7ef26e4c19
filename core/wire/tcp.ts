// A TCP listener that a partner connects to: who may connect, how many, how frames are cut, how
// long a frame may take, how many are worked at once, in which order answers leave. It knows no
// meaning.
//
// Memory is bounded on both sides: nothing is read while a connection has its fill of requests in
// flight, or while the peer does not take its answers.
import { type AddressInfo, BlockList, createServer, isIPv6, type Socket } from 'node:net'
import type { TcpWire } from '@reli/sdk'
import { Connection, type Exchange, type Peer } from './connection.ts'

export type { ConnectionStats, Exchange, Peer } from './connection.ts'

export interface TcpOptions {
  host: string
  /** Zero lets the system choose. */
  port: number
  wire: TcpWire
  /** Addresses or subnets (`10.1.0.0/24`) that may connect; others are closed at once. */
  allowFrom: readonly string[]
  onFrame(exchange: Exchange): void
  onEvent(event: WireEvent): void
}

export type WireEvent =
  | { is: 'connected'; peer: Peer }
  | {
      is: 'turned_away'
      peer: Peer
      why: 'address not allowed' | 'too many connections' | 'accept failed'
    }
  /** The host closes because of what the peer sent, or did not send. */
  | { is: 'fault'; peer: Peer; why: string }
  | {
      is: 'disconnected'
      peer: Peer
      why: string
      bytesIn: number
      bytesOut: number
      /** Requests whose answers could no longer be delivered. */
      unanswered: number
    }

export interface TcpListener {
  readonly port: number
  connections(): ReturnType<Connection['stats']>[]
  /** Accepts and reads nothing more; answers what is in flight, for at most so long. */
  close(withinMs: number): Promise<void>
}

export async function listenTcp(options: TcpOptions): Promise<TcpListener> {
  const open = new Set<Connection>()
  const allowed = allowList(options.allowFrom)
  let serial = 0

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const ip = plainAddress(socket.remoteAddress ?? '')
    const peer: Peer = { id: `c${++serial}`, ip, port: socket.remotePort ?? 0 }
    const why = turnAway(ip)
    if (why) return reject(socket, () => options.onEvent({ is: 'turned_away', peer, why }))
    const connection = new Connection(socket, peer, options)
    open.add(connection)
    connection.ended.then(() => open.delete(connection))
    options.onEvent({ is: 'connected', peer })
  })

  function turnAway(ip: string) {
    if (!allowed.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4')) return 'address not allowed'
    return open.size >= options.wire.maxConnections ? 'too many connections' : null
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port }, resolve)
  })

  // Out of file descriptors, most likely: this connection is lost, the listener is not.
  server.on('error', () => {
    options.onEvent({ is: 'turned_away', peer: { id: '', ip: '', port: 0 }, why: 'accept failed' })
  })

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => [...open].map((connection) => connection.stats()),
    close: async (withinMs) => {
      const closed = new Promise<unknown>((resolve) => server.close(resolve))
      // The server counts a connection as gone before its own last event; wait for that as well.
      const ended = [...open].map((connection) => connection.ended)
      const force = setTimeout(() => {
        for (const connection of open) connection.destroy()
      }, withinMs)
      for (const connection of open) connection.finish('listener closed')
      await Promise.all([closed, ...ended])
      clearTimeout(force)
    },
  }
}

function reject(socket: Socket, report: () => void): void {
  socket.on('error', () => {})
  socket.destroy()
  report()
}

function allowList(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

/** A listener on `::` sees IPv4 peers as `::ffff:10.0.0.1`. */
const plainAddress = (ip: string) => (ip.startsWith('::ffff:') ? ip.slice(7) : ip)
