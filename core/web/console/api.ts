// The console's side of the public API. Types come from the routes themselves; there is no private
// endpoint, so whatever a person can do here a script can do too.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { SwitchJson } from '../../collection/channels.routes.ts'
import type { ExceptionFilter, ExceptionsJson } from '../../collection/exceptions.routes.ts'
import type { OperationJson } from '../../collection/operations.routes.ts'
import type { PaymentFilter, PaymentsJson } from '../../collection/payments.routes.ts'
import type { WallJson } from '../../collection/wall.routes.ts'
import type { HealthJson } from '../../http/health.routes.ts'
import type { NoticeJson, NoticesJson } from '../../org/notices.routes.ts'
import type { LogIn, SessionJson, SessionOrNobody } from '../../org/sessions.routes.ts'

/** What the server said no with; its message is a sentence for people. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Longer than the server's own limit, so that its answer wins. */
const deadlineMs = 25_000

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    method,
    signal: AbortSignal.timeout(deadlineMs),
    headers: {
      'x-reli-console': '1',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiProblem(0, 'network', '连不上服务器，请检查网络后重试')
  })
  if (answer.status === 204) return undefined as T
  const content = await answer.json().catch(() => ({}))
  if (answer.ok) return content as T
  const { code = 'system.failed', message = `服务器应答异常（${answer.status}）` } = content
  throw new ApiProblem(answer.status, code, message)
}

const get = <T>(path: string, params: object = {}) => {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return call<T>('GET', search.size > 0 ? `${path}?${search}` : path)
}

const pageLength = 100

export const api = {
  session: () =>
    queryOptions({
      queryKey: ['session'],
      queryFn: () => get<SessionOrNobody>('/v1/session'),
      staleTime: 60_000,
    }),
  health: () =>
    queryOptions({
      queryKey: ['health'],
      queryFn: () => get<HealthJson>('/v1/health'),
      staleTime: 60_000,
    }),
  logIn: (body: LogIn) => call<SessionJson>('POST', '/v1/session', body),
  logOut: () => call<void>('DELETE', '/v1/session'),

  wall: () =>
    queryOptions({
      queryKey: ['wall'],
      queryFn: () => get<WallJson>('/v1/wall'),
      staleTime: 30_000,
    }),
  wallStream: '/v1/wall/stream',
  stopChannel: (id: string, reason: string) =>
    call<SwitchJson>('POST', `/v1/channels/${encodeURIComponent(id)}/stop`, { reason }),
  startChannel: (id: string, reason: string) =>
    call<SwitchJson>('POST', `/v1/channels/${encodeURIComponent(id)}/start`, { reason }),

  payments: (filter: PaymentFilter) =>
    infiniteQueryOptions({
      queryKey: ['payments', filter],
      queryFn: ({ pageParam }) =>
        get<PaymentsJson>('/v1/payments', { ...filter, limit: pageLength, cursor: pageParam }),
      initialPageParam: '',
      getNextPageParam: (page) => page.next ?? undefined,
    }),
  operation: (channelId: string, bankDate: string, serial: string) =>
    queryOptions({
      queryKey: ['operation', channelId, bankDate, serial],
      queryFn: () =>
        get<OperationJson>(
          `/v1/operations/${[channelId, bankDate, serial].map(encodeURIComponent).join('/')}`,
        ),
    }),

  exceptions: (filter: ExceptionFilter) =>
    infiniteQueryOptions({
      queryKey: ['exceptions', filter],
      queryFn: ({ pageParam }) =>
        get<ExceptionsJson>('/v1/exceptions', { ...filter, limit: pageLength, cursor: pageParam }),
      initialPageParam: '',
      getNextPageParam: (page) => page.next ?? undefined,
    }),

  notices: () =>
    queryOptions({
      queryKey: ['notices'],
      queryFn: () => get<NoticesJson>('/v1/notices'),
      refetchInterval: 30_000,
    }),
  readNotice: (noticeSeq: string) => call<NoticeJson>('POST', `/v1/notices/${noticeSeq}/read`),
}
