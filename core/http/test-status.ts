// What a front-end processor would report of the test world's banks.
import type { ChannelStatus } from '../collection/wall.ts'
import { banks, company_id } from './test-names.ts'

/** What the front-end processor would report: one bank slow, one gone, the others well. */
export function testStatus(): ChannelStatus[] {
  const now = Date.now()
  return banks.map(([channel], i) => ({
    channel,
    company: company_id,
    isListening: true,
    port: 9_000 + i,
    isSignedOn: channel === 'rcu' ? true : null,
    isolate: 'ready',
    connections: channel === 'rcu' ? [] : [connection(now, 21 + i), connection(now, 121 + i)],
    today: {
      done: 1_204 - i * 90,
      refused: 12 + i,
      unknown: channel === 'abc' ? 24 : 0,
      closed: 0,
      malformed: 0,
      unauthentic: 0,
    },
    lastMessageAt: now - (channel === 'rcu' ? 252_000 : 1_300 + i * 700),
    p50Ms: channel === 'abc' ? 1_900 : 60 + i * 9,
    p95Ms: channel === 'abc' ? 4_200 : 380 + i * 21,
  }))
}

const connection = (now: number, last: number) => ({
  ip: `10.8.1.${last}`,
  port: 40_000 + last,
  connectedAt: now - 3_600_000,
  bytesIn: 812_220 + last,
  bytesOut: 1_912_400 + last,
  lastMessageAt: now - 1_300,
  inFlight: 0,
})
