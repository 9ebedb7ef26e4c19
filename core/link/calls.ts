// Calls on their way to a hub and back: collected, written in batches to the hubs in turn, matched
// with their answers, and given up in time. What has been *written* decides what may be said about
// a call (design.md §4): never written → `not_sent`; written and not answered in time → `unknown`.
//
// A call that a lost hub may have run is sent once more, to whichever hub is there: the payment key
// makes that safe, and a definite answer is better than an unknown one.
import { performance } from 'node:perf_hooks'
import { unknown } from '@reli/sdk'
import type { Answer, AnyOutcome, Call } from './protocol.ts'

/** A batch larger than the hub's own gains nothing; smaller messages keep latency even. */
const maxBatch = 500
/** Once is enough to survive the loss of a hub; a second loss within one deadline is an outage. */
const maxWrites = 2
/** Ids of calls given up, so that a late answer can be told from rubbish. */
const maxGivenUp = 10_000

export type Settled = AnyOutcome | { is: 'not_sent' }
export type CallDraft = Call extends infer C
  ? C extends Call
    ? Omit<C, 'remainingMs'>
    : never
  : never

/** Monotonic instants (`performance.now()`). */
export interface Deadlines {
  /** The hub should have answered. */
  hubBy: number
  /** Here the call is given up. */
  fepBy: number
}

/** A hub that calls can be written to. */
export interface Hub {
  isStuffed(): boolean
  write(calls: Call[]): void
}

interface Pending {
  draft: CallDraft
  deadlines: Deadlines
  settle: (settled: Settled) => void
  timer: NodeJS.Timeout
  hub: Carrier | null
  writes: number
}

interface Carrier {
  hub: Hub
  queue: Pending[]
  written: Set<Pending>
  isScheduled: boolean
}

export class Calls {
  readonly #pending = new Map<string, Pending>()
  readonly #givenUp = new Map<string, string>()
  readonly #onLate: (answer: Answer, channel: string) => void
  #carriers: Carrier[] = []
  #turn = 0

  constructor(onLate: (answer: Answer, channel: string) => void) {
    this.#onLate = onLate
  }

  call(draft: CallDraft, deadlines: Deadlines, settle: (settled: Settled) => void) {
    const carrier = this.#next()
    const left = deadlines.fepBy - performance.now()
    if (!carrier || left <= 0) return settle({ is: 'not_sent' })
    const timer = setTimeout(() => this.#giveUp(pending), left)
    const pending: Pending = { draft, deadlines, settle, timer, hub: null, writes: 0 }
    this.#pending.set(draft.id, pending)
    this.#enqueue(carrier, pending)
  }

  add(hub: Hub): void {
    const carrier: Carrier = { hub, queue: [], written: new Set(), isScheduled: false }
    this.#carriers.push(carrier)
    // Calls of a hub that was lost while no other was there.
    for (const pending of this.#pending.values()) {
      if (!pending.hub) this.#enqueue(carrier, pending)
    }
  }

  remove(hub: Hub): void {
    const lost = this.#carriers.find((carrier) => carrier.hub === hub)
    if (!lost) return
    this.#carriers = this.#carriers.filter((carrier) => carrier !== lost)
    for (const pending of [...lost.written, ...lost.queue]) this.#moveOn(pending)
  }

  /** The hub takes data again. */
  resume(hub: Hub): void {
    const carrier = this.#carriers.find((each) => each.hub === hub)
    if (carrier) this.#schedule(carrier)
  }

  answered(answers: Answer[]): void {
    for (const answer of answers) {
      const pending = this.#pending.get(answer.id)
      if (pending && pending.writes > 0) this.#settle(pending, answer.outcome)
      else this.#late(answer)
    }
  }

  /** Gives up everything at once, when the fep stops. */
  close(): void {
    for (const pending of [...this.#pending.values()]) this.#giveUp(pending)
  }

  #next(): Carrier | undefined {
    return this.#carriers[this.#turn % this.#carriers.length]
  }

  #enqueue(carrier: Carrier, pending: Pending): void {
    pending.hub = carrier
    carrier.queue.push(pending)
    this.#schedule(carrier)
  }

  #schedule(carrier: Carrier): void {
    if (carrier.isScheduled || carrier.queue.length === 0) return
    carrier.isScheduled = true
    setImmediate(() => {
      carrier.isScheduled = false
      this.#flush(carrier)
    })
  }

  #flush(carrier: Carrier): void {
    if (!this.#carriers.includes(carrier) || carrier.hub.isStuffed()) return
    this.#turn++
    const now = performance.now()
    const calls: Call[] = []
    for (const pending of carrier.queue.splice(0, maxBatch)) {
      if (!this.#pending.has(pending.draft.id)) continue
      const remainingMs = Math.floor(pending.deadlines.hubBy - now)
      if (remainingMs <= 0) {
        this.#giveUp(pending)
        continue
      }
      pending.writes++
      carrier.written.add(pending)
      calls.push({ ...pending.draft, remainingMs })
    }
    if (calls.length > 0) carrier.hub.write(calls)
    this.#schedule(carrier)
  }

  #moveOn(pending: Pending) {
    pending.hub = null
    if (pending.writes >= maxWrites) return this.#giveUp(pending)
    const other = this.#next()
    if (other) return this.#enqueue(other, pending)
    // Nobody there now. A call that may have been run waits for a hub to return, until its
    // deadline.
    if (pending.writes === 0) this.#giveUp(pending)
  }

  #giveUp(pending: Pending): void {
    const isSent = pending.writes > 0
    if (isSent) this.#remember(pending.draft)
    this.#settle(pending, isSent ? unknown('no answer from the hub in time') : { is: 'not_sent' })
  }

  #settle(pending: Pending, settled: Settled): void {
    if (!this.#pending.delete(pending.draft.id)) return
    clearTimeout(pending.timer)
    pending.hub?.written.delete(pending)
    pending.settle(settled)
  }

  #remember({ id, channel }: CallDraft): void {
    this.#givenUp.set(id, channel)
    if (this.#givenUp.size <= maxGivenUp) return
    for (const oldest of this.#givenUp.keys()) {
      this.#givenUp.delete(oldest)
      break
    }
  }

  #late(answer: Answer): void {
    const channel = this.#givenUp.get(answer.id)
    if (channel === undefined) return
    this.#givenUp.delete(answer.id)
    this.#onLate(answer, channel)
  }
}
