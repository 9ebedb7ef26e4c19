// The process of a hub: the spine for what the feps ask, and the API with the console for people.
// Any number of them run beside each other; none keeps anything but connections.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type HubSettings, readHubSettings } from '../config.ts'
import type { Db } from '../db/db.ts'
import { buildHttp } from '../http.ts'
import { keepEvidence } from '../hub/evidence.ts'
import { createSpine, type Spine } from '../hub/run.ts'
import { dialFep, type FepLink } from '../link/client.ts'
import type { AnyOutcome, Call, ChannelStatus, FepStatus } from '../link/protocol.ts'
import { repository } from './connectors.ts'
import { openWith, readAccess } from './database.ts'
import type { Stop } from './serve.ts'

/** The payment path has connections of its own: a report never takes them. */
const paymentConnections = 8
const pageConnections = 8
/** A fep reports each second; one that was silent this long is not shown as well. */
const staleStatusMs = 5_000

export async function openHub(file: string, log: Logger): Promise<Stop> {
  const settings = readHubSettings(file)
  const access = readAccess(settings.database)
  const payments = openWith(access, `${settings.name} payments`, paymentConnections)
  const pages = openWith(access, `${settings.name} pages`, pageConnections)
  const spine = createSpine({ db: payments, companyId: settings.company, log })
  const feps = settings.feps.map((fep) => dial(fep, settings, { spine, pages, log }))
  const app = await buildApp(settings, feps, pages, log)
  return async () => {
    await app.close()
    await spine.idle()
    for (const { link } of feps) link.close()
    await Promise.all([payments.close(), pages.close()])
  }
}

interface DialledFep {
  link: FepLink
  /** Undefined until it reported for the first time. */
  status(): FepStatus | undefined
}

interface Parts {
  spine: Spine
  pages: Db
  log: Logger
}

function dial(
  fep: HubSettings['feps'][number],
  settings: HubSettings,
  { spine, pages, log }: Parts,
): DialledFep {
  let latest: { status: FepStatus; at: number } | undefined
  const link = dialFep({
    host: fep.host,
    port: fep.port,
    name: settings.name,
    tls: {
      ca: readFileSync(fep.ca),
      cert: readFileSync(fep.cert),
      key: readFileSync(fep.key),
      serverName: fep.name,
    },
    onCalls: (calls, answer) => {
      for (const call of calls)
        void runCall(spine, call).then((outcome) => answer(call.id, outcome))
    },
    onJournal: (batch) => keepEvidence(pages, settings.company, fep.name, batch),
    onStatus: (status) => {
      latest = { status, at: performance.now() }
    },
    onLink: (state) => log.info({ fep: fep.name, ...state }, 'link'),
  })
  const isFresh = () => latest !== undefined && performance.now() - latest.at < staleStatusMs
  return { link, status: () => (isFresh() ? latest!.status : undefined) }
}

function runCall(spine: Spine, call: Call): Promise<AnyOutcome> {
  const { channel, operation, key, input, frameId, remainingMs } = call
  return spine.run({
    channel,
    operation,
    ...(key && { key }),
    input,
    frameId,
    origin: 'partner',
    expiresAt: performance.now() + remainingMs,
  })
}

async function buildApp(
  { company, http, rehearsal }: HubSettings,
  feps: readonly DialledFep[],
  pages: Db,
  log: Logger,
): Promise<FastifyInstance> {
  const app = buildHttp({
    db: pages,
    companyId: company,
    consoleFolder: join(repository, 'core/web/console/dist'),
    isRehearsal: rehearsal,
    isSecure: http.secure,
    ...(http.trustedProxies && { trustedProxies: http.trustedProxies }),
    liveStatus: () => channelsOf(feps),
    describe: (channel, bytes, direction) =>
      linkOf(feps, channel).describe(channel, bytes, direction),
    logger: log.child({}, { level: 'warn' }),
  })
  await app.listen({ host: http.host, port: http.port })
  return app
}

const channelsOf = (feps: readonly DialledFep[]): ChannelStatus[] =>
  feps.flatMap((fep) => fep.status()?.channels ?? [])

function linkOf(feps: readonly DialledFep[], channel: string): FepLink {
  const serving = feps.find((fep) => fep.status()?.channels.some((one) => one.channel === channel))
  if (!serving) throw new Error(`no front-end processor serves ${channel} now`)
  return serving.link
}
