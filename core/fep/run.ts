// The process of a fep: `node run.ts <config.yaml>`. Logs lines of JSON to the standard output;
// never a frame, a secret or a customer.
import { pino } from 'pino'
import { finishWithinMs } from './channel.ts'
import { readFepConfig } from './config.ts'
import { startFep } from './main.ts'

/** In-flight requests have their time; what hangs after that is cut off. */
const stopWithinMs = finishWithinMs + 2000

const log = pino({ base: { process: 'fep' } })
const [file] = process.argv.slice(2)

process.on('uncaughtException', (error) => {
  log.fatal({ error: error.stack }, 'fep crashed')
  process.exit(1)
})

if (!file) {
  log.fatal('no configuration: run.ts <config.yaml>')
  process.exit(2)
}

let config: ReturnType<typeof readFepConfig>
try {
  config = readFepConfig(file)
} catch (error) {
  log.fatal(error instanceof Error ? error.message : String(error))
  process.exit(2)
}

const fep = await startFep(config, { log }).catch((error: Error) => {
  log.fatal({ error: error.message }, 'fep cannot start')
  process.exit(1)
})

let isStopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'fep stops')
    setTimeout(() => process.exit(1), stopWithinMs).unref()
    fep.stop().then(() => process.exit(0))
  })
}
