// One simulated bank as a process: `node … mock-banks/main.ts --bank icbc --port 7101 …`. It
// collects until SIGTERM (or for `--operations`), follows its accounting date, and delivers each
// date's statement file when the paper says; SIGUSR2 makes and delivers today's at once.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Bank, openBank } from './bank.ts'
import { beijingClock } from './day.ts'
import type { Log } from './line.ts'
import type { BankName, SftpAccess } from './statement.ts'
import { demoMix, type Mix, startTraffic, stressMix } from './traffic.ts'

const text = { type: 'string' } as const
const { values: given } = parseArgs({
  options: {
    ...{ bank: text, host: text, port: text, state: text, parameters: text, customers: text },
    ...{ rate: text, concurrency: text, operations: text, mix: text, seed: text },
    ...{ 'part-share': text, 'drain-ms': text },
    ...{ 'answer-within-ms': text, 'ask-every-ms': text, 'reverse-every-ms': text },
    ...{ connections: text, 'echo-after-ms': text, 'exchanges-per-connection': text },
    ...{ 'sftp-host': text, 'sftp-port': text, 'sftp-user': text },
    ...{ 'sftp-key': text, 'sftp-host-key': text },
  },
})

type Name = keyof typeof given

function must(name: Name): string {
  const value = given[name]
  if (value === undefined) throw new Error(`--${name} is missing`)
  return value
}

function figure<N extends string>(as: N, name: Name): { [K in N]?: number } {
  const value = given[name]
  if (value === undefined) return {}
  const number = Number(value)
  if (!(number > 0)) throw new Error(`--${name} ${value} is not a figure`)
  return { [as]: number } as { [K in N]?: number }
}

const clockEveryMs = 1_000
const filesEveryMs = 30_000
const statusEveryMs = 60_000
/** What an end in order leaves for payments under way; the rest is left to the statement file. */
const usualDrainMs = 2_000

const bankName = must('bank') as BankName
const log: Log = (line) => process.stderr.write(`${beijingClock(new Date())} ${bankName} ${line}\n`)

function sftpAccess(): SftpAccess | undefined {
  if (given['sftp-port'] === undefined) return undefined
  return {
    ...{ host: given['sftp-host'] ?? '127.0.0.1', port: Number(must('sftp-port')) },
    ...{ user: given['sftp-user'] ?? bankName, hostKey: must('sftp-host-key') },
    privateKey: readFileSync(must('sftp-key')),
  }
}

function mix(): Mix {
  const wanted = given.mix ?? 'demo'
  if (wanted === 'demo') return demoMix
  return wanted === 'stress' ? stressMix : (JSON.parse(wanted) as Mix)
}

const openGivenBank = (): Promise<Bank> =>
  openBank({
    ...{ bank: bankName, host: given.host ?? '127.0.0.1', port: Number(must('port')), log },
    ...{ state: must('state'), parametersFile: must('parameters') },
    rules: {
      ...figure('askEveryMs', 'ask-every-ms'),
      ...figure('reverseEveryMs', 'reverse-every-ms'),
    },
    ...figure('answerWithinMs', 'answer-within-ms'),
    ...figure('connections', 'connections'),
    ...figure('echoAfterMs', 'echo-after-ms'),
    ...figure('exchangesPerConnection', 'exchanges-per-connection'),
  })

/** Statement files that are due; one that cannot be delivered is tried again at the next turn. */
async function deliverDue(bank: Bank, to: SftpAccess | undefined): Promise<void> {
  for (const date of await bank.dueStatements()) await bank.statement(date, to)
}

async function main(): Promise<void> {
  const to = sftpAccess()
  const customers = JSON.parse(readFileSync(must('customers'), 'utf8')) as string[]
  const bank = await openGivenBank()
  const say = (error: unknown) => log(`failed: ${(error as Error).message}`)
  process.on('SIGUSR2', () => void bank.statement(undefined, to).catch(say))
  const asked = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  // Whoever started this process knows now that it listens to signals.
  process.send?.('ready')
  await Promise.race([bank.start(), asked])

  const traffic = startTraffic(bank, {
    ...{ customers, mix: mix() },
    ...figure('perSecond', 'rate'),
    ...figure('concurrency', 'concurrency'),
    ...figure('operations', 'operations'),
    ...figure('seed', 'seed'),
    ...figure('partShare', 'part-share'),
  })
  const timers = [
    every(clockEveryMs, () => bank.followClock(), say),
    every(filesEveryMs, () => deliverDue(bank, to), say),
    every(statusEveryMs, async () => log(JSON.stringify(traffic.counts)), say),
  ]
  await Promise.race([traffic.done, asked])
  traffic.stop()
  for (const timer of timers) clearInterval(timer)
  await bank.stop(Number(given['drain-ms'] ?? usualDrainMs))
  log(JSON.stringify(await traffic.done))
}

/** Never two of the same at once: a turn that takes longer than its period skips the next. */
function every(ms: number, work: () => Promise<unknown>, failed: (error: unknown) => void) {
  let isBusy = false
  return setInterval(async () => {
    if (isBusy) return
    isBusy = true
    await work()
      .catch(failed)
      .finally(() => {
        isBusy = false
      })
  }, ms)
}

await main()
process.exit(0)
