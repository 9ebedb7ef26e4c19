// A load on a bank's line: customers who ask what they owe and pay it, with faults mixed in.
// Seeded, so that a run can be repeated; open loop at a rate, or closed loop with so many at a
// time.
import { type Fen, fen } from '@reli/sdk'
import type { Bank } from './bank.ts'
import type { Kept } from './books.ts'
import { type Fault, type FaultName, faults } from './faults.ts'
import type { QuotedBill } from './line.ts'

export type Operation = 'query' | 'pay' | FaultName

/** Weights: how often each operation comes relative to the others. */
export type Mix = Partial<Record<Operation, number>>

/** A day at the counters: many ask first and come back later, few change their mind. */
export const demoMix: Mix = { query: 30, pay: 65, cancelled: 2, duplicate: 2, deaf_to_pay: 1 }

/** Every fault there is, among honest payments. */
export const stressMix: Mix = {
  ...{ query: 20, pay: 35 },
  ...Object.fromEntries(Object.keys(faults).map((name) => [name, 3])),
}

export interface TrafficOptions {
  customers: readonly string[]
  mix?: Mix
  seed?: number
  /** Operations in all; absent: until `stop`. */
  operations?: number
  /** Started per second on average; absent: as fast as `concurrency` lets. */
  perSecond?: number
  /** At the same time. */
  concurrency?: number
  /** Share of payments that pay only a part, where the bank's paper allows it. */
  partShare?: number
}

export interface TrafficCounts {
  operations: number
  byOperation: Record<string, number>
  /** What queries were answered: `accepted`, or the reason of the refusal. */
  queries: Record<string, number>
  /** How payments ended: `stands known`, `returned known`, `stands left_to_file`, … */
  payments: Record<string, number>
}

export interface Traffic {
  /** Starts nothing more. */
  stop(): void
  /** Resolves when the last payment has ended. */
  done: Promise<TrafficCounts>
  counts: TrafficCounts
}

/** Enough to keep a link of 4 × 8 requests busy; more would only queue inside the bank. */
const usualConcurrency = 32
/** rcu §6: part payments come in steps of 100 yuan. */
const partStepFen = 10_000n
const usualPartShare = 0.3

export function startTraffic(bank: Bank, options: TrafficOptions): Traffic {
  const random = randomFrom(options.seed ?? 1)
  const pickOperation = weighted(options.mix ?? demoMix, random)
  const pool = customerPool(options.customers, random)
  const turn = pacer(options.perSecond, random)
  const stopping = new AbortController()
  const counts: TrafficCounts = { operations: 0, byOperation: {}, queries: {}, payments: {} }
  const most = options.operations ?? Number.POSITIVE_INFINITY

  const one = async (): Promise<void> => {
    const operation = pickOperation()
    tally(counts.byOperation, operation)
    const customerNo = pool.next()
    const isPart = random() < (options.partShare ?? usualPartShare)
    const share = random()
    const asked = await bank.query(customerNo)
    if (asked.is !== 'accepted') {
      tally(counts.queries, asked.is === 'nothing' ? 'nothing' : asked.reason)
      if (asked.is === 'refused' && isSettled.has(asked.reason)) pool.drop(customerNo)
      return
    }
    tally(counts.queries, 'accepted')
    if (operation === 'query') return
    const part = bank.name === 'rcu' && isPart ? partOf(asked.value, share) : undefined
    const kept = await bank.pay(
      asked.value,
      part ?? asked.value.totalPayableFen,
      operation === 'pay' ? undefined : { ...(faults[operation] as Fault), name: operation },
    )
    tally(counts.payments, endOf(kept))
  }

  const worker = async (): Promise<void> => {
    while (counts.operations < most && !stopping.signal.aborted && !bank.isStopping) {
      counts.operations++
      await turn(stopping.signal)
      if (stopping.signal.aborted || bank.isStopping) return
      await one()
    }
  }

  const workers = Array.from({ length: options.concurrency ?? usualConcurrency }, worker)
  const done = Promise.all(workers).then(() => counts)
  return { stop: () => stopping.abort(), done, counts }
}

/** Nothing more to collect from them for now. */
const isSettled = new Set(['no_debt', 'customer_not_found', 'bank_blocked', 'must_visit_hall'])

const endOf = ({ debit, fate }: Kept): string => `${debit} ${fate}`

const tally = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1
}

/** A whole number of steps below the total, or nothing when the debt is too small to be parted. */
function partOf({ totalPayableFen }: QuotedBill, share: number): Fen | undefined {
  const steps = (totalPayableFen - 1n) / partStepFen
  if (steps < 1n) return undefined
  const wanted = BigInt(Math.ceil(share * Number(steps)))
  return fen((wanted < 1n ? 1n : wanted) * partStepFen)
}

/** Mulberry32: small, fast, and the same on every machine. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function weighted(mix: Mix, random: () => number): () => Operation {
  const entries = Object.entries(mix) as [Operation, number][]
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
  if (!(total > 0)) throw new RangeError('a mix of nothing')
  return () => {
    let left = random() * total
    for (const [operation, weight] of entries) {
      left -= weight
      if (left < 0) return operation
    }
    return entries.at(-1)![0]
  }
}

/** Customers in a shuffled order, round and round; those who owe nothing drop out until all did. */
function customerPool(customers: readonly string[], random: () => number) {
  if (customers.length === 0) throw new RangeError('no customers')
  let waiting: string[] = []
  const settled = new Set<string>()
  return {
    next(): string {
      if (settled.size >= customers.length) settled.clear()
      while (waiting.length > 0 && settled.has(waiting.at(-1)!)) waiting.pop()
      if (waiting.length === 0)
        waiting = shuffled(
          customers.filter((it) => !settled.has(it)),
          random,
        )
      return waiting.pop()!
    },
    drop: (customerNo: string) => settled.add(customerNo),
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** Starts spread like those of people who do not know of each other. */
function pacer(perSecond: number | undefined, random: () => number) {
  if (!perSecond) return async () => {}
  let nextAt = performance.now()
  return async (signal: AbortSignal): Promise<void> => {
    nextAt = Math.max(nextAt, performance.now() - 1000)
    nextAt += (-Math.log(1 - random()) * 1000) / perSecond
    const waitMs = nextAt - performance.now()
    if (waitMs > 0) await pause(waitMs, signal)
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
