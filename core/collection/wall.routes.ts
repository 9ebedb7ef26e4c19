// The live wall (ux.md W5): one snapshot, asked for once or streamed each second. A snapshot is
// complete, so a stream that was cut is resumed by the next one; nothing is replayed.
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../db/db.ts'
import type { CookieJar } from '../http/guard.ts'
import { Problem } from '../http/problems.ts'
import { Day, FenText, fenText, fenTextOrNull, Instant, Nullable } from '../http/shapes.ts'
import { maskName } from '../org/masking.ts'
import { unreadCount } from '../org/notices.sql.ts'
import { mayLook } from '../org/roles.ts'
import type { Sessions, SignedIn } from '../org/sessions.ts'
import { operationStates, refusalText } from './refusals.ts'
import * as sql from './wall.sql.ts'
import { type ChannelStatus, lineOf, lineStates, successRate } from './wall.ts'

export type { ChannelStatus } from './wall.ts'

const minutesShown = 15
const paymentsShown = 30
/** All who look at the wall with the same rights share one snapshot of this age. */
const snapshotMs = 900
const everyMs = 1_000
/** Of all people together; each is a query a second and an open socket. */
const maxStreams = 100
/** A stream lives as long as a session can. */
const streamMs = 12 * 3_600_000
/** How long a browser waits before it opens a cut stream again. */
const reopenMs = 2_000

const ConnectionJson = Type.Object({
  peer: Type.String(),
  connectedAt: Instant,
  bytesIn: Type.Integer(),
  bytesOut: Type.Integer(),
  lastMessageAt: Nullable(Instant),
  inFlight: Type.Integer(),
})

const WallChannelJson = Type.Object({
  channelId: Type.String(),
  title: Type.String(),
  connector: Type.String(),
  state: Type.Enum([...lineStates]),
  why: Type.String(),
  enabled: Type.Boolean(),
  paidCount: Type.Integer(),
  paidFen: FenText,
  reversedCount: Type.Integer(),
  refusedCount: Type.Integer(),
  successRate: Nullable(Type.Number()),
  p50Ms: Nullable(Type.Number()),
  p95Ms: Nullable(Type.Number()),
  lastMessageAt: Nullable(Instant),
  lastPaidAt: Nullable(Instant),
  openBankDate: Nullable(Day),
  isSignedOn: Nullable(Type.Boolean()),
  /** Payments of each of the last minutes, the running one last. */
  minutes: Type.Array(Type.Integer()),
  connections: Type.Array(ConnectionJson),
  openExceptions: Type.Integer(),
})
export type WallChannelJson = Static<typeof WallChannelJson>

const WallPaymentJson = Type.Object({
  channelId: Type.String(),
  channelTitle: Type.String(),
  bankDate: Day,
  serial: Type.String(),
  state: Type.Enum([...operationStates]),
  refusal: Nullable(Type.String()),
  amountFen: Nullable(FenText),
  name: Type.String(),
  outlet: Nullable(Type.String()),
  decidedAt: Instant,
})
export type WallPaymentJson = Static<typeof WallPaymentJson>

const WallJson = Type.Object({
  at: Instant,
  bookingOn: Day,
  totals: Type.Object({
    paidCount: Type.Integer(),
    paidFen: FenText,
    reversedCount: Type.Integer(),
    refusedCount: Type.Integer(),
    openExceptions: Type.Integer(),
  }),
  channels: Type.Array(WallChannelJson),
  payments: Type.Array(WallPaymentJson),
  findings: Type.Array(Type.Object({ kind: Type.String(), subject: Type.String(), at: Instant })),
  unreadNotices: Type.Integer(),
})
export type WallJson = Static<typeof WallJson>

export interface WallOptions {
  db: Db
  liveStatus(): ChannelStatus[]
  sessions: Sessions
  jar: CookieJar
}

export const wallRoutes: Routes<WallOptions> = async (app, { db, liveStatus, sessions, jar }) => {
  const snapshots = new Map<string, { at: number; wall: Promise<WallJson> }>()
  const snapshotFor = (user: SignedIn): Promise<WallJson> => {
    const rights = [user.companyId, ...user.scope.paths, '|', ...user.roles].join(',')
    const known = snapshots.get(rights)
    if (known && performance.now() - known.at < snapshotMs) return known.wall
    const wall = takeSnapshot(db, user, liveStatus())
    snapshots.set(rights, { at: performance.now(), wall })
    return wall
  }

  app.get(
    '/v1/wall',
    {
      config: { roles: mayLook, scope: 'collection:read' },
      schema: { summary: '各银行代收实况', response: { 200: WallJson } },
    },
    ({ user }) => snapshotFor(user!),
  )

  const ending = new AbortController()
  app.addHook('preClose', async () => ending.abort())

  let streams = 0
  const schema = { summary: '各银行代收实况：每秒推送（SSE）', produces: ['text/event-stream'] }
  const streamed = {
    config: { roles: mayLook },
    schema,
    handlerTimeout: streamMs,
    exposeHeadRoute: false,
  }
  app.get('/v1/wall/stream', streamed, async (req, reply) => {
    if (streams >= maxStreams) throw new Problem('request.too_many')
    streams++
    const token = jar.take(req)!
    const lastSeen = String(req.headers['last-event-id'] ?? '')
    const closed = new AbortController()
    reply.raw.on('close', () => {
      streams--
      closed.abort()
    })
    const signal = AbortSignal.any([ending.signal, closed.signal])
    const events = streamOf(() => sessions.userOf(token), snapshotFor, lastSeen, signal)
    return (
      reply
        .header('content-type', 'text/event-stream; charset=utf-8')
        // A proxy that collects answers would make the wall stutter.
        .header('x-accel-buffering', 'no')
        .send(Readable.from(events))
    )
  })
}

/**
 * Ends with the session: the person is looked up before each event, so a killed session or a
 * changed role counts within a second. An open wall counts as use, up to the session's absolute
 * end.
 */
async function* streamOf(
  stillSignedIn: () => Promise<SignedIn | undefined>,
  snapshotFor: (user: SignedIn) => Promise<WallJson>,
  lastSeen: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield `retry: ${reopenMs}\n\n`
  let last = lastSeen
  while (!signal.aborted) {
    const user = await stillSignedIn()
    if (!user) return yield 'event: signed-out\ndata: {}\n\n'
    const wall = await snapshotFor(user)
    if (wall.at !== last) yield `id: ${wall.at}\ndata: ${JSON.stringify(wall)}\n\n`
    last = wall.at
    await sleep(everyMs, undefined, { signal }).catch(() => {})
  }
}

function takeSnapshot(db: Db, user: SignedIn, reported: ChannelStatus[]): Promise<WallJson> {
  const { companyId, roles, scope } = user
  const statuses = new Map(
    reported.filter(({ company }) => company === companyId).map((one) => [one.channel, one]),
  )
  return db.read(scope, async (tx) => {
    const { bookingOn } = await tx.one(sql.businessDay, [companyId])
    const channels = await tx.many(sql.wallChannels, [companyId])
    const minutes = await tx.many(sql.recentMinutes, [companyId])
    const payments = await tx.many(sql.latestPayments, [companyId, paymentsShown])
    const findings = await tx.many(sql.openFindings, [companyId])
    const { unread } = await tx.one(unreadCount, [companyId, roles])
    const titles = new Map(channels.map(({ channelId, title }) => [channelId, title]))
    const total = (of: (channel: sql.WallChannel) => number) =>
      channels.reduce((sum, channel) => sum + of(channel), 0)
    return {
      at: new Date().toISOString(),
      bookingOn,
      totals: {
        paidCount: total(({ paidCount }) => paidCount),
        paidFen: fenText(channels.reduce((sum, { paidFen }) => sum + paidFen, 0n)),
        reversedCount: total(({ reversedCount }) => reversedCount),
        refusedCount: total(({ refusedCount }) => refusedCount),
        openExceptions: total(({ openExceptions }) => openExceptions),
      },
      channels: channels.map((channel) =>
        channelJson(channel, statuses.get(channel.channelId), minutes),
      ),
      payments: payments.map(({ customerName, refusal, amountFen, ...payment }) => ({
        ...payment,
        channelTitle: titles.get(payment.channelId) ?? payment.channelId,
        name: maskName(customerName ?? ''),
        amountFen: fenTextOrNull(amountFen),
        refusal: refusalText(refusal),
      })),
      findings,
      unreadNotices: unread,
    }
  })
}

function channelJson(
  channel: sql.WallChannel,
  status: ChannelStatus | undefined,
  recent: { channelId: string; minutesAgo: number; paid: number }[],
): WallChannelJson {
  const { dateRule: _, disabledReason: __, isWithinHours: ___, paidFen, ...shown } = channel
  const minutes = new Array<number>(minutesShown).fill(0)
  for (const { channelId, minutesAgo, paid } of recent) {
    if (channelId === channel.channelId) minutes[minutesShown - 1 - minutesAgo] = paid
  }
  return {
    ...shown,
    ...lineOf(channel, status, Date.now()),
    paidFen: fenText(paidFen),
    successRate: successRate(status),
    p50Ms: status?.p50Ms ?? null,
    p95Ms: status?.p95Ms ?? null,
    lastMessageAt: instantOrNull(status?.lastMessageAt ?? null),
    isSignedOn: status?.isSignedOn ?? null,
    minutes,
    connections: (status?.connections ?? []).map((connection) => ({
      peer: `${connection.ip}:${connection.port}`,
      connectedAt: new Date(connection.connectedAt).toISOString(),
      bytesIn: connection.bytesIn,
      bytesOut: connection.bytesOut,
      lastMessageAt: instantOrNull(connection.lastMessageAt),
      inFlight: connection.inFlight,
    })),
  }
}

const instantOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString())
