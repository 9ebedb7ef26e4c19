// Natural batching: while work is in flight, arrivals queue; when a lane is free, all that wait go
// together, up to a limit. At low load nobody waits for company; at high load one commit, and its
// fsync, is shared by hundreds.

export interface Batches<Item, Result> {
  add(item: Item): Promise<Result>
  /** Settles when nothing is queued or in flight. */
  idle(): Promise<void>
  readonly waiting: number
}

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

export interface BatchOptions {
  /** The most items that go together. */
  limit: number
  /** How many batches are in flight at the same time. */
  lanes: number
}

/**
 * `work` gives a result for every item, in their order; if it throws, all items of the batch fail.
 */
export function batches<Item, Result>(
  work: (items: Item[]) => Promise<Result[]>,
  { limit, lanes }: BatchOptions,
): Batches<Item, Result> {
  const queue: Waiting<Item, Result>[] = []
  let idle: (() => void)[] = []
  let busy = 0

  const start = () => {
    while (busy < lanes && queue.length > 0) {
      busy++
      void go(queue.splice(0, limit))
    }
  }
  const go = async (taken: Waiting<Item, Result>[]) => {
    try {
      const results = await work(taken.map(({ item }) => item))
      for (const [at, { resolve }] of taken.entries()) resolve(results[at]!)
    } catch (error) {
      for (const { reject } of taken) reject(error)
    }
    busy--
    start()
    if (busy === 0 && queue.length === 0) {
      for (const tell of idle) tell()
      idle = []
    }
  }
  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        // After the current turn, so that what arrives in one read goes in one batch.
        if (queue.length === 1) setImmediate(start)
      }),
    idle: () =>
      busy === 0 && queue.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => idle.push(resolve)),
    get waiting() {
      return queue.length
    },
  }
}
