// One partner's channel: its listener, its connector in a process of its own, its keys, and what an
// operator may do with it while the others go on: stop, start, reload.
import { join } from 'node:path'
import type { DescribedField, TcpWire } from '@reli/sdk'
import type { CallDraft, Deadlines, Settled } from '../link/calls.ts'
import type { ChannelStatus } from '../link/protocol.ts'
import { listenTcp, type TcpListener, type WireEvent } from '../wire/tcp.ts'
import { ChannelStats } from './channel-stats.ts'
import type { ChannelConfig } from './config.ts'
import { Flow, type Version } from './flow.ts'
import { type Isolate, startIsolate } from './isolate.ts'
import type { Manifest } from './isolate-protocol.ts'
import type { Journal } from './journal.ts'
import type { Keys } from './proof.ts'
import { readSecrets } from './secrets.ts'
import { type ReportEvent, securityEventsOf } from './security-events.ts'
import { newWorkKeyring } from './work-keys.ts'

/** Requests in flight when a channel stops are answered within this time (T_fep of a payment). */
export const finishWithinMs = 5000

export interface ChannelOptions {
  config: ChannelConfig
  /** `<connectors>/<connector>/connector.ts`, below `root`. */
  connectors: string
  root: string
  secrets: string
  journal: Journal
  call(draft: CallDraft, deadlines: Deadlines, settle: (settled: Settled) => void): void
  log(level: 'info' | 'warn' | 'error', text: string): void
}

export interface Channel {
  readonly name: string
  readonly port: number
  status(): ChannelStatus
  describe(frame: Buffer, direction: 'in' | 'out'): Promise<DescribedField[]>
  /** Accepts nothing more; answers what is in flight. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Loads connector and secrets anew; requests in flight end on the version that began them. */
  reload(): Promise<void>
  close(): Promise<void>
}

export async function openChannel(options: ChannelOptions): Promise<Channel> {
  const report = securityEventsOf(options.config.channel, options.journal)
  const isolate = await loadConnector(options, report)
  try {
    const channel = new TcpChannel(options, report, isolate)
    await channel.start()
    return channel
  } catch (error) {
    isolate.stop()
    throw error
  }
}

async function loadConnector(options: ChannelOptions, report: ReportEvent): Promise<Isolate> {
  const { channel, connector, config = {} } = options.config
  const file = join(options.connectors, connector, 'connector.ts')
  const onEvent = ({ is, why }: { is: 'failed' | 'fenced' | 'restarted'; why: string }) => {
    options.log(is === 'restarted' ? 'info' : 'error', `${channel}: connector ${is}: ${why}`)
    if (is === 'fenced') report('connector_fenced', { reason: why })
  }
  try {
    return await startIsolate({ file, config, root: options.root, onEvent })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`channel ${channel}: ${file}: ${why}`)
  }
}

class TcpChannel implements Channel {
  readonly name: string
  readonly #options: ChannelOptions
  readonly #report: ReportEvent
  readonly #stats = new ChannelStats()
  readonly #keys: Keys
  readonly #flow: Flow
  #version: Version
  #listener: TcpListener | null = null
  #port: number
  /** Commands of several operators happen one after the other. */
  #commands: Promise<void> = Promise.resolve()

  constructor(options: ChannelOptions, report: ReportEvent, isolate: Isolate) {
    const { config } = options
    const { manifest } = isolate
    this.name = config.channel
    this.#options = options
    this.#report = report
    this.#port = config.port
    this.#version = { isolate, active: 0 }
    this.#keys = this.#newKeys(manifest)
    this.#flow = new Flow({
      channel: config.channel,
      keys: this.#keys,
      journal: options.journal,
      stats: this.#stats,
      report,
      deadlines: { ...manifest.deadlines, ...config.overrides },
      current: () => this.#version,
      onIdle: (version) => {
        if (version !== this.#version) version.isolate.stop()
      },
      call: options.call,
    })
  }

  get port(): number {
    return this.#port
  }

  status(): ChannelStatus {
    const { config } = this.#options
    const { manifest, state } = this.#version.isolate
    const [p50Ms = 0, p95Ms = 0] = this.#stats.percentiles([0.5, 0.95])
    return {
      channel: this.name,
      company: config.company,
      connector: config.connector,
      version: manifest.version,
      title: manifest.title,
      isListening: this.#listener !== null,
      port: this.#port,
      isSignedOn: this.#keys.work?.isSignedOn() ?? null,
      isolate: state,
      connections: (this.#listener?.connections() ?? []).map(({ id, ...stats }) => stats),
      today: { ...this.#stats.today() },
      lastMessageAt: this.#stats.lastMessageAt,
      p50Ms,
      p95Ms,
    }
  }

  describe(frame: Buffer, direction: 'in' | 'out'): Promise<DescribedField[]> {
    return this.#version.isolate.describe(frame.toString('base64'), direction)
  }

  stop(): Promise<void> {
    return this.#command(async () => {
      const listener = this.#listener
      if (!listener) return
      this.#listener = null
      await listener.close(finishWithinMs)
      this.#report('channel_stopped', {})
    })
  }

  start(): Promise<void> {
    return this.#command(async () => {
      if (this.#version.isolate.state === 'fenced') await this.#replaceConnector()
      if (this.#listener) return
      const { host, allowFrom, overrides } = this.#options.config
      this.#listener = await listenTcp({
        host,
        port: this.#port,
        wire: withOverrides(this.#version.isolate.manifest.wire, overrides),
        allowFrom,
        onFrame: (exchange) => this.#flow.receive(exchange),
        onEvent: (event) => this.#wireEvent(event),
      })
      this.#port = this.#listener.port
      this.#report('channel_started', {})
    })
  }

  reload(): Promise<void> {
    return this.#command(() => this.#replaceConnector())
  }

  async close(): Promise<void> {
    await this.stop()
    this.#version.isolate.stop()
  }

  #command(work: () => Promise<void>): Promise<void> {
    const result = this.#commands.then(work)
    this.#commands = result.catch(() => {})
    return result
  }

  async #replaceConnector(): Promise<void> {
    const isolate = await loadConnector(this.#options, this.#report)
    try {
      const { config, secrets } = this.#options
      this.#keys.secrets = readSecrets(secrets, config.channel, isolate.manifest.secrets)
    } catch (error) {
      isolate.stop()
      throw error
    }
    const old = this.#version
    this.#version = { isolate, active: 0 }
    if (old.active === 0) old.isolate.stop()
  }

  #newKeys({ secrets: declared, workKeys }: Manifest): Keys {
    const { config, secrets: folder } = this.#options
    const keys: Keys = { secrets: readSecrets(folder, config.channel, declared) }
    if (!workKeys) return keys
    // Asked now as well, so that a missing master stops the start and not the first sign-on.
    keys.secrets.key(workKeys.master)
    return {
      ...keys,
      work: newWorkKeyring(workKeys, () => this.#keys.secrets.key(workKeys.master)),
    }
  }

  #wireEvent(event: WireEvent) {
    const { ip, port } = event.peer
    switch (event.is) {
      case 'connected':
        return this.#report('connected', { ip, port })
      case 'disconnected': {
        const { why: reason, bytesIn, bytesOut } = event
        return this.#report('disconnected', { ip, port, reason, bytesIn, bytesOut })
      }
      default:
        this.#stats.count('closed')
        return this.#report(event.is, { ip, port, reason: event.why })
    }
  }
}

function withOverrides(wire: TcpWire, overrides: ChannelConfig['overrides'] = {}): TcpWire {
  const { queryMs, otherMs, ...limits } = overrides
  return { ...wire, ...limits }
}
