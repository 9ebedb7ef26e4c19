// When the worker does what, in Beijing time. node-cron tells the time; which of many workers acts
// on it is decided by a row in PostgreSQL, whose key is the name and the moment.
import nodeCron, { type RunCoordinator, type ScheduledTask } from 'node-cron'
import type { Db } from '../db/db.ts'
import type { Scope } from '../db/scope.ts'
import { claimFire } from './locks.sql.ts'

export interface Schedule {
  name: string
  /** With seconds in front where there are six fields. */
  at: readonly string[]
  /** `one`: of all workers one acts. `each`: what is cheap, and harmless to do twice. */
  by: 'one' | 'each'
  run(): Promise<unknown>
}

export interface Timers {
  /** Settles when no run is in flight any more. */
  stop(): Promise<void>
}

/** The winner is whoever inserts the firing's row; `scope` only opens the transaction. */
export const fireCoordinator = (db: Db, scope: Scope, worker: string): RunCoordinator => ({
  shouldRun: async (key) => (await db.tx(scope, (tx) => tx.run(claimFire, [key, worker]))) === 1,
})

export function startTimers(
  schedules: readonly Schedule[],
  coordinator: RunCoordinator,
  onFault: (error: unknown, what: string) => void,
): Timers {
  const running = new Set<Promise<unknown>>()
  const logger = {
    info: () => {},
    warn: () => {},
    debug: () => {},
    error: (message: string | Error) => onFault(message, 'timer'),
  }
  const tasks: ScheduledTask[] = schedules.flatMap(({ name, at, by, run }) =>
    at.map((pattern) =>
      nodeCron.schedule(
        pattern,
        async () => {
          const work = run().catch((error) => onFault(error, name))
          running.add(work)
          await work
          running.delete(work)
        },
        {
          name: `${name} ${pattern}`,
          timezone: 'Asia/Shanghai',
          noOverlap: true,
          suppressMissedWarning: true,
          logger,
          ...(by === 'one' && { distributed: true, runCoordinator: coordinator }),
        },
      ),
    ),
  )
  return {
    stop: async () => {
      await Promise.all(tasks.map((task) => task.destroy()))
      await Promise.all(running)
    },
  }
}
