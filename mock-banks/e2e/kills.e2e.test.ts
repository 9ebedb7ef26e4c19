// The proof of the spine: both banks collect over sockets, with every fault of their repertoire,
// while hub, fep, worker and PostgreSQL are killed with SIGKILL. Afterwards an oracle outside the
// product holds the banks' own books against the ledger: each acknowledged payment exactly once,
// each reversal honoured, every difference explained by the statement file.
//
// RELI_E2E_OPERATIONS and RELI_E2E_SEED choose another size and another course of events.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import tap, { type Test, test } from 'tap'
import { type Bank, openBank } from '../bank.ts'
import { type Difference, judge, type Verdict } from '../oracle.ts'
import type { BankName } from '../statement.ts'
import { startTraffic, stressMix, type Traffic } from '../traffic.ts'
import { finishedIn, givePatience, type Kill, killAlong, unknownsOf, Wire } from './campaign.ts'
import { type ProcessName, repository, startWorld, until, type World } from './world.ts'

const operations = Number(process.env.RELI_E2E_OPERATIONS ?? 2_000)
const seed = Number(process.env.RELI_E2E_SEED ?? Date.now() % 1_000_000)
const bankNames: readonly BankName[] = ['icbc', 'rcu']
/**
 * For every 2,000 operations; PostgreSQL most, because its commits are what must not be guessed.
 */
const rounds = Math.max(1, Math.round(operations / 2_000))
const timesKilled = { hub: 5 * rounds, fep: 4 * rounds, postgres: 7 * rounds, worker: 2 * rounds }
const victims = Object.entries(timesKilled).flatMap(([name, times]) =>
  Array<ProcessName>(times).fill(name as ProcessName),
)
/** Most payments settle what a customer owes, so every second operation wants a new customer. */
const households = Math.ceil(operations * 1.25)
/**
 * R8 of the papers with the clock running faster: more patience than the host's own limit of 5 s,
 * but a ladder shorter than the longest outages, so that some payments are left to the file.
 */
const answerWithinMs = 6_500
const rules = { askEveryMs: 400, reverseEveryMs: 300 }
/** Payments and their ladders at the same time, each bank. */
const concurrency = 24
const drainWithinMs = 60_000

interface Campaign {
  world: World
  banks: Bank[]
  states: Record<string, string>
}

/** Two to three minutes on two idle cores; others may be at work beside it. */
tap.setTimeout(600_000 * rounds)

test(`${operations} operations, seed ${seed}`, async (t) => {
  const began = performance.now()
  const campaign = await begin(t)
  const { world, banks, states } = campaign
  const asked = { again: 0 }
  const wire = new Wire()
  for (const bank of banks) wire.watch(bank)
  const traffic = await startAll(campaign, asked)
  const kills = await killAlong({ world, traffic, operations, victims, seed, wire })
  await Promise.all(traffic.map(({ done }) => done))
  await Promise.all(banks.map((bank) => bank.idle()))
  const worked = performance.now() - began

  checkKills(t, kills)
  t.equal(finishedIn(traffic), operations, 'every operation came to its end')
  const unknowns = bankNames.map((bank, at) => unknownsOf(states[bank]!, banks[at]!.bankDate))
  t.ok(
    unknowns.some(({ byKills }) => byKills > 0),
    'kills left banks in doubt',
  )

  const before = await judgeAll(campaign)
  t.same(before.violations, [], 'before the statement files: nothing acknowledged is broken')
  for (const { subject } of before.violations) await tellHistory(t, campaign, subject)
  const totals = await Promise.all(banks.map((bank) => bank.totals()))
  await settle(t, campaign)
  const after = await judgeAll(campaign)
  t.same(after.violations, [], 'after the statement files: banks and ledger agree')
  t.same(after.toExplain, [], 'nothing is left to explain')
  t.equal(after.checked.open, 0, 'no payment of a bank is left open')
  const explanations = await checkExplained(t, world, before.toExplain)
  await checkSecondRun(t, campaign)
  await checkAudit(t, world)

  t.comment(`seed ${seed}, ${Math.round(worked / 1000)} s for start, traffic and kills`)
  for (const [at, { counts }] of traffic.entries()) t.comment(bankNames[at], JSON.stringify(counts))
  t.comment('kills', kills.map(tell).join(', '))
  t.comment(`queries asked again in outages: ${asked.again}`)
  t.comment('unknown outcomes', JSON.stringify(unknowns))
  t.comment('totals before the files', totals.map(tellTotals).join(', '))
  t.comment('checked', JSON.stringify(after.checked))
  t.comment(`differences before the files: ${before.toExplain.length}`)
  t.comment('explained by the files', JSON.stringify(explanations))
  t.comment(`duration ${Math.round((performance.now() - began) / 1000)} s`)
})

async function begin(t: Test): Promise<Campaign> {
  const world = await startWorld({ households })
  t.teardown(() => world.stop())
  const states = Object.fromEntries(
    bankNames.map((bank) => [bank, join(world.folder, 'test', bank)]),
  )
  const banks: Bank[] = []
  for (const bank of bankNames) {
    const opened = await openBank({
      ...{ bank, host: '127.0.0.1', port: world.ports[bank], state: states[bank]!, rules },
      parametersFile: join(repository, 'connectors', bank, 'vectors', `${bank}.json`),
      ...{ answerWithinMs },
    })
    t.teardown(() => opened.stop())
    await opened.start()
    banks.push(opened)
  }
  return { world, banks, states }
}

async function startAll({ world, banks }: Campaign, asked: { again: number }): Promise<Traffic[]> {
  const rows = await world.query<{ no: string }>(`
    select customer_no as no from reli.customers c
     where exists (select from reli.charges h
                    where h.company_id = c.company_id and h.customer_id = c.customer_id
                      and h.outstanding_fen > 0)
     order by 1`)
  const customers = rows.map(({ no }) => no)
  const options = { customers, mix: stressMix, operations: operations / 2, concurrency }
  for (const bank of banks) givePatience(bank, asked)
  return banks.map((bank, at) => startTraffic(bank, { ...options, seed: seed + at }))
}

function checkKills(t: Test, kills: readonly Kill[]): void {
  for (const [name, times] of Object.entries(timesKilled)) {
    const effective = kills.filter((kill) => kill.name === name && kill.inFlight > 0)
    t.equal(effective.length, times, `${name} died ${times} times with payments on the wire`)
  }
}

const judgeAll = ({ world, states }: Campaign): Promise<Verdict> => {
  const { databaseUrl, company } = world
  const books = bankNames.map((bank) => [bank, join(states[bank]!, 'books')])
  return judge({ databaseUrl, company, books: Object.fromEntries(books) })
}

/** What bank and product wrote down about one key, for whoever has to find the cause. */
async function tellHistory(t: Test, { world, states }: Campaign, subject: string): Promise<void> {
  const [channel, bankDate, serial] = subject.split(' ')
  if (!serial || !states[channel!]) return
  const book = readFileSync(join(states[channel!]!, 'books', `${bankDate}.ndjson`), 'utf8')
  t.comment(subject)
  t.comment(
    book
      .split('\n')
      .filter((line) => line.includes(`"${serial}"`))
      .join('\n'),
  )
  const messages = await world.query(
    `select at::text, direction, operation, result, frame_id from reli.messages
      where channel_id = $1 and frame_id in
            (select frame_id from reli.messages where channel_id = $1 and serial = $2)
      order by at, direction`,
    [channel, serial],
  )
  t.comment(messages.map((message) => JSON.stringify(message)).join('\n'))
}

/** Each bank's file of today by SFTP, then `reli reconcile`. */
async function settle(t: Test, { world, banks }: Campaign): Promise<void> {
  for (const bank of banks) {
    const { bankDate } = bank
    await bank.statement(bankDate, world.sftpOf(bank.name))
    const { code, output } = await world.reli('reconcile', bank.name, bankDate)
    t.match(output, /"is":"imported"/, `${bank.name}: the file was taken in`)
    t.match(output, /"is":"BALANCED"/, `${bank.name}: the day is balanced`)
    t.equal(code, 0)
    t.comment(output.trim())
  }
}

/** Every difference of before has a row that says what became of it. */
async function checkExplained(t: Test, world: World, differences: readonly Difference[]) {
  const rows = await world.query<{ subject: string; kind: string }>(`
    select channel_id || ' ' || bank_date || ' ' || serial as subject,
           channel_id || ' ' || class || ' ' || state as kind
      from reli.exceptions`)
  const explained = new Set(rows.map(({ subject }) => subject))
  const unexplained = differences.filter(({ subject }) => !explained.has(subject))
  t.same(unexplained, [], 'every difference is explained by the statement file')
  const counts: Record<string, number> = {}
  for (const { kind } of rows) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const settledTables = [
  ...['operations', 'entries', 'postings', 'charges', 'customers', 'channel_days'],
  ...['exceptions', 'statements', 'statement_lines', 'notices'],
]

/** Which rows there are, and which transaction wrote each last. */
async function fingerprint(world: World): Promise<object> {
  const one = async (table: string) =>
    (await world.query(`select count(*), sum(xmin::text::bigint) from reli.${table}`))[0]
  const all = settledTables.map(async (table) => [table, await one(table)] as const)
  return Object.fromEntries(await Promise.all(all))
}

async function checkSecondRun(t: Test, { world, banks }: Campaign): Promise<void> {
  const before = await fingerprint(world)
  for (const { name, bankDate } of banks) {
    const { code } = await world.reli('reconcile', name, bankDate)
    t.equal(code, 0)
  }
  t.same(await fingerprint(world), before, 'a second reconciliation changes no row')
}

async function checkAudit(t: Test, world: World): Promise<void> {
  const isDrained = async () => {
    const [row] = await world.query<{ left: number }>(
      'select count(*)::int as left from reli.outbox',
    )
    return row!.left === 0
  }
  await until('documents of all payments', drainWithinMs, isDrained)
  const { code, output } = await world.reli('audit')
  t.equal(code, 0, output)
  const [sums] = await world.query<{ debit: string; credit: string }>(`
    select sum(fen) filter (where is_debit) as debit, sum(fen) filter (where not is_debit) as credit
      from reli.postings,
           lateral (values (true, debit, amount_fen), (false, credit, amount_fen))
             as side (is_debit, account, fen)
     where account in (select account from reli.accounts)`)
  t.equal(sums!.debit, sums!.credit, 'Σ debit = Σ credit')
}

const tell = ({ name, withChildren, inFlight, outageMs }: Kill) =>
  `${name}${withChildren ? '+' : ''} (${inFlight} on the wire, back in ${outageMs} ms)`
const tellTotals = (heard: Awaited<ReturnType<Bank['totals']>>) =>
  heard.is === 'accepted' ? (heard.value.equal ? 'equal' : 'different') : heard.is
