// `npm run bench:wire`: durable payments per second wire to wire – ISO 8583 with MAC over TCP,
// through fep, link, hub and PostgreSQL, each its own process – at 512 in flight, beside pgbench
// TPC-B on the same cluster in the same run. Aim: 6 times TPC-B at 100,000 customers.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { keep, nodeChild, type Watched } from '../core/start/children.ts'
import { prepare } from '../core/start/prepare.ts'
import { databaseFiles } from '../core/start/secrets.ts'
import { billsToPay, today } from './bills.ts'
import { ground, median, perSecond } from './ground.ts'
import { openWire } from './wire-client.ts'

const customers = 100_000
const paymentsPerRound = 25_000
const rounds = 3
const inFlight = 512
const connections = 16
const tpcbSeconds = 5
const root = new URL('..', import.meta.url).pathname
const folder = join(root, 'var/bench-wire')
const ports = {
  console: 28_480,
  database: 15_434,
  link: 28_400,
  icbc: 28_401,
  rcu: 28_403,
  sftp: 28_422,
}

const { db, appUrl, scopeKey, tpcb, stop } = await ground(customers)
const demo = await prepare({ folder, households: 1, ports } as never)
const files = databaseFiles(demo.at.secrets)
writeFileSync(files.urlFile, appUrl, { mode: 0o600 })
writeFileSync(files.scopeKeyFile, scopeKey.toString('hex'), { mode: 0o600 })
widenLimits(demo.fepFile)

const processes: Watched[] = []
for (const [name, file] of [
  ['hub', demo.hubFile],
  ['fep', demo.fepFile],
] as const) {
  const args = [join(root, 'core/main.ts'), name, '--config', file]
  const spec = { name, args, logFolder: demo.at.logs, root, stopWithinMs: 3_000 }
  processes.push(keep(nodeChild(spec), demo.at.pids, console.error))
}
await Promise.all(processes.map((watched) => watched.ready))
const agreed = JSON.parse(readFileSync(join(root, 'connectors/icbc/vectors/icbc.json'), 'utf8'))
const client = await openWire(ports.icbc, connections, today(), agreed.test_parameters)
const bills = await billsToPay(db, rounds * paymentsPerRound)
console.log(
  `${customers} customers, ${bills.length} bills, ${inFlight} in flight, ${connections} lines`,
)

const ours: number[] = []
const theirs: number[] = []
for (let round = 0; round < rounds; round++) {
  theirs.push(tpcb(tpcbSeconds))
  const from = round * paymentsPerRound
  const frames = client.seal(
    bills.slice(from, from + paymentsPerRound).map((bill, at) => ({
      customerNo: bill.customerNo,
      amountFen: bill.totalPayableFen,
      serial: `${from + at}`.padStart(12, '0'),
    })),
  )
  const began = performance.now()
  const answers = await client.send(frames, inFlight)
  ours.push(frames.length / ((performance.now() - began) / 1000))
  const accepted = answers.filter((answer) => client.isAccepted(answer)).length
  assert.equal(accepted, frames.length, 'every payment is accepted, with a right MAC')
  console.log(
    `  round ${round + 1}: payments ${perSecond(ours.at(-1)!)}, TPC-B ${perSecond(theirs.at(-1)!)}`,
  )
}
console.log(
  `wire to wire ${perSecond(median(ours))}, TPC-B ${perSecond(median(theirs))}, ` +
    `ratio ${(median(ours) / median(theirs)).toFixed(1)} (aim 6)`,
)
client.close()
for (const watched of processes.reverse()) await watched.stop()
await stop()

/**
 * The paper allows 32 requests in flight; a bench wants to see the machine's limit, not the
 * paper's.
 */
function widenLimits(fepFile: string): void {
  const fep = parse(readFileSync(fepFile, 'utf8'))
  for (const channel of fep.channels) {
    channel.overrides = { maxConnections: connections, maxInFlight: inFlight, otherMs: 30_000 }
  }
  writeFileSync(fepFile, stringify(fep))
}
