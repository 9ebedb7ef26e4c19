// What every process of ours does around its work: a log of JSON lines, an end in order when asked,
// an end at once when something is broken, and a word to the supervisor when it serves.
import { type Logger, pino } from 'pino'
import { BadSettings } from '../config.ts'

/** Ends the work in order. */
export type Stop = () => Promise<unknown>

/** What hangs after this is cut off. */
const stopWithinMs = 8_000

/** Exit codes (ux.md §5.3). */
export const exitCodes = { failed: 1, usage: 2, settings: 3, dependency: 4, conflict: 5 } as const

export async function serve(name: string, begin: (log: Logger) => Promise<Stop>): Promise<void> {
  const log = pino({ base: { process: name } })
  process.on('uncaughtException', (error) => {
    log.fatal({ error: error.stack }, `${name} crashed`)
    process.exit(exitCodes.failed)
  })
  let stop: Stop
  try {
    stop = await begin(log)
  } catch (error) {
    log.fatal({ error: (error as Error).message }, `${name} cannot start`)
    process.exit(error instanceof BadSettings ? exitCodes.settings : exitCodes.failed)
  }
  endWhenAsked(name, log, stop)
  log.info(`${name} serves`)
  tellReady()
}

/** The supervisor waits for this; without one nobody does. */
export function tellReady(): void {
  // It may have gone meanwhile.
  process.send?.('ready', undefined, undefined, () => {})
}

function endWhenAsked(name: string, log: Logger, stop: Stop): void {
  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) return
      isStopping = true
      log.info({ signal }, `${name} stops`)
      setTimeout(() => process.exit(exitCodes.failed), stopWithinMs).unref()
      stop().then(
        () => process.exit(0),
        (error: Error) => {
          log.error({ error: error.stack }, `${name} did not stop in order`)
          process.exit(exitCodes.failed)
        },
      )
    })
  }
}
