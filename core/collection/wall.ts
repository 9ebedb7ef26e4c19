// What a bank's tile says, decided from what the front-end processor reports and what the books
// hold.
import type { WallChannel } from './wall.sql.ts'

/** The part of the front-end processor's report on one channel that people look at. */
export interface ChannelStatus {
  channel: string
  company: string
  isListening: boolean
  port: number
  /** Null where the partner's paper knows no sign-on. */
  isSignedOn: boolean | null
  /** 'starting' | 'ready' | 'restarting' | 'fenced' | 'stopped' */
  isolate: string
  connections: readonly ConnectionStatus[]
  /** Frames since the processor started or the day began, whichever is later. */
  today: {
    done: number
    refused: number
    unknown: number
    closed: number
    malformed: number
    unauthentic: number
  }
  /** Milliseconds since 1970, as the processor's clock has it. */
  lastMessageAt: number | null
  /** Answer times of the last five minutes; zero without any. */
  p50Ms: number
  p95Ms: number
}

export interface ConnectionStatus {
  ip: string
  port: number
  connectedAt: number
  bytesIn: number
  bytesOut: number
  lastMessageAt: number | null
  inFlight: number
}

/** ● 正常 ▲ 变慢 ■ 已停(人工) ✕ 断开 ◌ 无交易 */
export const lineStates = ['normal', 'slow', 'stopped', 'down', 'quiet'] as const
export type LineState = (typeof lineStates)[number]

/** Banks give up after some ten seconds; at two a teller already looks up. */
const slowMs = 2_000
/** Within business hours some payment or query comes far more often than this. */
const quietMs = 15 * 60_000

export interface Line {
  state: LineState
  /** Why, in a few words; empty when there is nothing to say. */
  why: string
}

export function lineOf(channel: WallChannel, status: ChannelStatus | undefined, now: number): Line {
  if (!channel.enabled) return { state: 'stopped', why: channel.disabledReason ?? '人工停用' }
  if (!status) return { state: 'down', why: '前置机无状态' }
  if (status.isolate === 'fenced') return { state: 'down', why: '连接器反复故障，已隔离' }
  if (status.isolate !== 'ready') return { state: 'down', why: '连接器未就绪' }
  if (!status.isListening) return { state: 'down', why: '未监听端口' }
  if (status.connections.length === 0) return { state: 'down', why: '银行未连接' }
  if (status.p95Ms > slowMs)
    return { state: 'slow', why: `p95 ${(status.p95Ms / 1000).toFixed(1)} 秒` }
  if (status.isSignedOn === false) return { state: 'quiet', why: '银行未签到' }
  if (!channel.isWithinHours) return { state: 'quiet', why: '不在代收时间' }
  if (status.lastMessageAt === null || now - status.lastMessageAt > quietMs) {
    return { state: 'quiet', why: '15 分钟无报文' }
  }
  return { state: 'normal', why: '' }
}

/** Of today's messages, how many were answered as the business decides; null before the first. */
export function successRate(status: ChannelStatus | undefined): number | null {
  if (!status) return null
  const { done, refused, unknown, closed, malformed, unauthentic } = status.today
  // `refused` counts malformed and unauthentic messages too: those are failures of the line.
  const failed = unknown + closed + Math.max(malformed, 0) + Math.max(unauthentic, 0)
  const all = done + refused + unknown + closed
  return all === 0 ? null : Math.max(0, (all - failed) / all)
}
