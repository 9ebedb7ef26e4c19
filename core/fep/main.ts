// Puts a fep together: journal, link, shipper, channels. It has no database and dials nobody
// inwards (design.md §1); what it knows is its settings, its secrets and what passes through.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJson } from '@reli/sdk'
import type { Logger } from 'pino'
import type { Answer, Command, FepStatus } from '../link/protocol.ts'
import { type LinkEvent, type LinkServer, startLinkServer, statusEveryMs } from '../link/server.ts'
import { beijingInstant } from './beijing.ts'
import { type Channel, openChannel } from './channel.ts'
import type { FepConfig } from './config.ts'
import { type Journal, openJournal } from './journal.ts'
import { type Shipper, startShipper } from './shipper.ts'

/** A year and a month: longer than a season with its enquiries. */
const defaultKeepDays = 400
const repository = join(import.meta.dirname, '../..')

export interface FepOptions {
  log: Logger
  journalFileBytes?: number
}

export interface Fep {
  readonly linkPort: number
  /** Channel → the port it listens on. */
  readonly ports: Record<string, number>
  status(): FepStatus
  /** Accepts nothing more and answers what is in flight. What is not shipped yet waits on disk. */
  stop(): Promise<void>
}

export async function startFep(config: FepConfig, options: FepOptions): Promise<Fep> {
  const { log } = options
  const channels = new Map<string, Channel>()
  let shipper: Shipper | null = null
  const journal: Journal = await openJournal({
    folder: config.journal.folder,
    ...(options.journalFileBytes && { maxFileBytes: options.journalFileBytes }),
    onFailure: (error) => log.error({ error: error.message }, 'journal cannot be written'),
    onDurable: () => shipper?.wake(),
  })
  if (journal.broken > 0) log.error({ lines: journal.broken }, 'journal has damaged lines')

  const link = await startLinkServer({
    name: config.name,
    host: config.link.host,
    port: config.link.port,
    tls: readTls(config.link),
    onLate: (answer, channel) => journalLate(journal, answer, channel),
    onDescribe: (name, frame, direction) => find(channels, name).describe(frame, direction),
    onCommand: (command, name) => obey(find(channels, name), command),
    onEvent: (event) => logLink(log, event),
  })

  shipper = await startShipper({
    journal,
    ship: (id, records) => link.ship(id, records),
    isLinked: () => link.hubs() > 0,
    keepDays: config.journal.keepDays ?? defaultKeepDays,
    onError: (error) => log.warn({ error: error.message }, 'journal not shipped'),
  })
  link.onHub(() => shipper?.wake())

  const status = (): FepStatus => ({
    fep: config.name,
    at: Date.now(),
    isJournalWritable: journal.isWritable(),
    journal: journal.id,
    lastSeq: journal.lastSeq(),
    shippedSeq: shipper?.shippedSeq() ?? 0,
    channels: [...channels.values()].map((channel) => channel.status()),
  })
  const heartbeat = setInterval(() => link.sendStatus(status()), statusEveryMs)

  const stop = async (): Promise<void> => {
    await Promise.all([...channels.values()].map((channel) => channel.close()))
    clearInterval(heartbeat)
    await shipper?.stop()
    await link.close()
    await journal.close()
  }

  await openChannels(config, options, { journal, link, channels }).catch(async (error) => {
    await stop()
    throw error
  })
  const ports = Object.fromEntries([...channels].map(([name, { port }]) => [name, port]))
  log.info({ fep: config.name, link: link.port, ports }, 'fep started')
  return {
    linkPort: link.port,
    ports,
    status,
    stop,
  }
}

function journalLate(journal: Journal, { id, outcome }: Answer, channel: string): void {
  const at = beijingInstant()
  journal.append({ kind: 'late', at, channel, frame: id, outcome: toJson(outcome) })
}

interface Parts {
  journal: Journal
  link: LinkServer
  channels: Map<string, Channel>
}

async function openChannels(
  config: FepConfig,
  { log }: FepOptions,
  { journal, link, channels }: Parts,
): Promise<void> {
  for (const channel of config.channels) {
    const opened = await openChannel({
      config: channel,
      connectors: config.connectors ?? join(repository, 'connectors'),
      root: repository,
      secrets: config.secrets,
      journal,
      call: (draft, deadlines, settle) => link.call(draft, deadlines, settle),
      log: (level, text) => log[level](text),
    })
    channels.set(channel.channel, opened)
  }
}

function obey(channel: Channel, command: Command): Promise<void> {
  switch (command) {
    case 'channel.stop':
      return channel.stop()
    case 'channel.start':
      return channel.start()
    case 'channel.reload':
      return channel.reload()
  }
}

function find(channels: Map<string, Channel>, name: string): Channel {
  const channel = channels.get(name)
  if (!channel) throw new Error(`no channel «${name}»`)
  return channel
}

function readTls({ ca, cert, key }: FepConfig['link']) {
  const read = (path: string, what: string) => {
    try {
      return readFileSync(path)
    } catch {
      throw new Error(`link: cannot read the ${what}: ${path}`)
    }
  }
  return {
    ca: read(ca, 'authority'),
    cert: read(cert, 'certificate'),
    key: read(key, 'private key'),
  }
}

function logLink(log: Logger, { is, ...detail }: LinkEvent): void {
  log[is === 'hub_connected' ? 'info' : 'warn'](detail, is)
}
