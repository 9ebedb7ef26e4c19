// The figures of one channel for the status that goes to the hub each second: counts of the day,
// and answer times of the last five minutes as a histogram, so that no single time has to be kept.
import { performance } from 'node:perf_hooks'
import type { ChannelStatus } from '../link/protocol.ts'
import { beijingDay } from './beijing.ts'

const slotMs = 10_000
const slots = 30
/** Bounds grow by 10 % each: 0.1 ms to about 14 s. */
const growth = Math.log(1.1)
const smallestMs = 0.1
const buckets = 125

type Today = ChannelStatus['today']
export type Count = Exclude<keyof Today, 'day'>

export class ChannelStats {
  #today: Today = newDay(beijingDay())
  #times = Array.from({ length: slots }, () => ({ slot: -1, counts: new Uint32Array(buckets) }))
  lastMessageAt: number | null = null

  count(what: Count): void {
    this.today()[what]++
  }

  today(): Today {
    const day = beijingDay()
    if (this.#today.day !== day) this.#today = newDay(day)
    return this.#today
  }

  tookMs(ms: number): void {
    const slot = Math.floor(performance.now() / slotMs)
    const entry = this.#times[slot % slots]!
    if (entry.slot !== slot) {
      entry.slot = slot
      entry.counts.fill(0)
    }
    entry.counts[bucketOf(ms)]!++
  }

  /** Answer times below which the given shares of all lie; zero without any. */
  percentiles(shares: readonly number[]): number[] {
    const oldest = Math.floor(performance.now() / slotMs) - slots
    const sum = new Uint32Array(buckets)
    for (const { slot, counts } of this.#times) {
      if (slot <= oldest) continue
      for (let i = 0; i < buckets; i++) sum[i]! += counts[i]!
    }
    const total = sum.reduce((a, b) => a + b, 0)
    return shares.map((share) => {
      let left = total * share
      const at = sum.findIndex((count) => {
        left -= count
        return count > 0 && left <= 0
      })
      return at < 0 ? 0 : Math.round(upperBound(at) * 10) / 10
    })
  }
}

const newDay = (day: string): Today => ({
  day,
  frames: 0,
  done: 0,
  refused: 0,
  unknown: 0,
  closed: 0,
  malformed: 0,
  unauthentic: 0,
})

const bucketOf = (ms: number): number =>
  Math.min(buckets - 1, Math.max(0, Math.ceil(Math.log(ms / smallestMs) / growth)))

const upperBound = (bucket: number): number => smallestMs * Math.exp(bucket * growth)
