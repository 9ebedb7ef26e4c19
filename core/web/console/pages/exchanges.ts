// A request and its answer bear the same frame number; together they are one exchange.
import type { MessageJson } from '../../../collection/operations.routes.ts'

export interface Exchange {
  frameId: string
  received: MessageJson | undefined
  sent: MessageJson | undefined
  tookMs: number | undefined
}

export function exchangesOf(messages: readonly MessageJson[]): Exchange[] {
  const frames = Map.groupBy(messages, ({ frameId }) => frameId)
  return [...frames].map(([frameId, both]) => {
    const received = both.find(({ direction }) => direction === 'in')
    const sent = both.find(({ direction }) => direction === 'out')
    const tookMs = received && sent ? Date.parse(sent.at) - Date.parse(received.at) : undefined
    return { frameId, received, sent, tookMs }
  })
}
