// What a campaign of kills needs besides the world: customers that ask again until somebody
// answers, the plan of kills, and the figures that an honest report shows (reliability.md §3):
// kills that took effect, and payments whose outcome a bank did not know.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromJson } from '@reli/sdk'
import type { Bank } from '../bank.ts'
import type { Line } from '../books.ts'
import { randomFrom, type Traffic } from '../traffic.ts'
import { type ProcessName, until, type World } from './world.ts'

/** Passing trouble: a person at a counter waits and asks again. */
const passing = new Set(['system_busy', 'system_error', 'not_signed_on', 'auth_error'])
const askAgainMs = 150
/** Longer than any outage of this campaign; then the customer goes home. */
const patienceMs = 60_000

/** Lets the queries of a bank wait for the product, so that an outage uses up no operations. */
export function givePatience(bank: Bank, asked: { again: number }): void {
  const query = bank.query.bind(bank)
  bank.query = async (customerNo) => {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const heard = await query(customerNo)
      const isPassing = heard.is === 'nothing' || (heard.is !== 'accepted' && isLater(heard.reason))
      if (!isPassing || performance.now() > deadline) return heard
      asked.again++
      await sleep(askAgainMs)
    }
  }
}

const isLater = (reason: string) => passing.has(reason)

/** The payment messages of some banks that are on their way, or wait for their answers. */
export class Wire {
  count = 0
  #waiting: (() => void)[] = []

  watch({ line }: Bank): void {
    const pay = line.pay.bind(line)
    line.pay = async (...payment) => {
      this.count++
      for (const wake of this.#waiting.splice(0)) wake()
      try {
        return await pay(...payment)
      } finally {
        this.count--
      }
    }
  }

  /** Resolves when one more leaves. */
  next = (): Promise<void> => new Promise((resolve) => this.#waiting.push(resolve))
}

export interface Kill {
  name: ProcessName
  /** PostgreSQL with its sessions, as in a power cut; or its postmaster alone. */
  withChildren: boolean
  pid: number
  /** Payment messages that had left a bank and were not answered at that moment. */
  inFlight: number
  /** Until another process served in its place. */
  outageMs: number
}

export interface KillPlan {
  world: World
  traffic: readonly Traffic[]
  operations: number
  victims: readonly ProcessName[]
  seed: number
  wire: Wire
}

/** Long enough for anything but a campaign that hangs. */
const progressWithinMs = 120_000
/** A payment is under way for so long: through fep and hub to its commit, and back. */
const longestWayMs = 15
/** Some kills hit what another outage has left hanging. */
const carelessShare = 0.25

/** Kills the victims in a drawn order, spread over the operations, with payments on the wire. */
export async function killAlong(plan: KillPlan): Promise<Kill[]> {
  const { world, operations, wire } = plan
  const random = randomFrom(plan.seed)
  const kills: Kill[] = []
  const comingBack = new Map<ProcessName, Promise<void>>()
  const victims = shuffled(plan.victims, random)
  for (const [at, name] of victims.entries()) {
    const wanted = Math.floor((operations * (at + 0.5 + random())) / (victims.length + 2))
    const isCareless = random() < carelessShare
    const withChildren = name === 'postgres' && kills.filter(isPostgres).length % 2 === 0
    await until(`operation ${wanted}`, progressWithinMs, () => finishedIn(plan.traffic) >= wanted)
    await comingBack.get(name)
    let [killedAt, inFlight] = [0, 0]
    const moment = async () => {
      while (inFlight === 0) {
        if (!isCareless || wire.count === 0) await wire.next()
        await sleep(random() * longestWayMs)
        killedAt = performance.now()
        inFlight = wire.count
      }
    }
    const { pid, back } = await world.kill9(name, { withChildren, moment })
    const kill = { name, withChildren, pid, inFlight, outageMs: Number.NaN }
    kills.push(kill)
    const served = back.then(() => {
      kill.outageMs = Math.round(performance.now() - killedAt)
    })
    // A process that never comes back is told of at the end.
    served.catch(() => {})
    comingBack.set(name, served)
  }
  await Promise.all(comingBack.values())
  return kills
}

const isPostgres = ({ name }: Kill) => name === 'postgres'

/** Every operation asks exactly one answered query. */
export const finishedIn = (traffic: readonly Traffic[]): number =>
  traffic.flatMap(({ counts }) => Object.values(counts.queries)).reduce((sum, it) => sum + it, 0)

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

export interface Unknowns {
  /** Payments without a planted fault that got no answer, an «in process» or an unproven one. */
  byKills: number
  /** The same with a planted fault: half frames, lost answers, ignored ones. */
  byFaults: number
  /** Inquiries and reversals without an answer. */
  questions: number
}

/** From the banks' own books. A deaf bank's «ignored» answers count as planted. */
export function unknownsOf(stateFolder: string, bankDate: string): Unknowns {
  const text = readFileSync(join(stateFolder, 'books', `${bankDate}.ndjson`), 'utf8')
  const planted = new Set<string>()
  const seen = { byKills: new Set<string>(), byFaults: new Set<string>() }
  let questions = 0
  for (const row of text.split('\n').filter(Boolean)) {
    const line = fromJson<Line>(row)
    if (line.is === 'taken' && line.fault) planted.add(line.serial)
    if (line.is !== 'unanswered' && line.is !== 'told') continue
    const isUnknown = line.is === 'unanswered' || isLater(line.answer)
    if (!isUnknown) continue
    if (line.about === 'result' || line.about === 'reversal') questions++
    else seen[planted.has(line.serial) ? 'byFaults' : 'byKills'].add(line.serial)
  }
  return { byKills: seen.byKills.size, byFaults: seen.byFaults.size, questions }
}
