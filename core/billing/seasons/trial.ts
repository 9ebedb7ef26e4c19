// What opening would charge, by the engine itself, without writing a row: counts and sums by price
// class, who would be refused, and whose amount jumps against the season before.
import { type Dm2, type Fen, fen } from '@reli/sdk'
import type { Db, Tx } from '../../db/db.ts'
import { decide } from '../engine/decide.ts'
import { NotAllowed } from '../refusals.ts'
import { rulesOf } from '../store/rules.ts'
import { chargedBefore, type DoubtRow, doubtsOf } from './exceptions.sql.ts'
import { gatherForOpening } from './opening.ts'
import { sliceCustomers } from './run.ts'
import type { Act } from './season.ts'
import { bookingDayNow, countWaiting, waitingCustomers } from './seasons.sql.ts'

export const doubtNames: Record<DoubtRow['problem'], string> = {
  NO_PRICE: '该采暖期没有此单价类型，不能开账',
  NO_AREA: '收费面积为零，开账后没有应收',
  NO_HEIGHT: '单价类型按层高计费，但层高未填',
  NO_STATION: '所属供热站不存在',
  NO_ROOM: '没有面积项',
  SAME_ADDRESS: '同一小区内地址重复',
  JUMP: '应收与上一采暖期相差超过 20%',
}
/** Enough to work through by hand; whoever has more corrects a cause, not single rows. */
const mostDoubts = 1_000
/** A difference above this is looked at (domain.md §5). */
const jumpPercent = 20n

export interface ClassSum {
  priceClass: string
  rooms: number
  areaDm2: Dm2
  amountFen: Fen
}

export interface Trial {
  /** Who waits, and how many of them were tried. */
  customers: number
  examined: number
  refused: { customerNo: string; code: string; zh: string }[]
  amountFen: Fen
  classes: ClassSum[]
  doubts: DoubtRow[]
}

/** Tries as many as `atMost`, slice by slice, each in a transaction that only reads. */
export async function tryOpening(
  db: Db,
  act: Act,
  atMost = Number.POSITIVE_INFINITY,
): Promise<Trial> {
  const { companyId, season, pathPattern = '%', scope, signal } = act
  const of = [companyId, season, pathPattern] as const
  const classes = new Map<string, ClassSum>()
  const trial = await db.read(scope, async (tx): Promise<Trial> => {
    const { count } = await tx.one(countWaiting, [...of])
    const doubts = await tx.many(doubtsOf, [...of, mostDoubts])
    return { customers: count, examined: 0, refused: [], amountFen: fen(0), classes: [], doubts }
  })
  for (let after = ''; trial.examined < atMost; ) {
    signal?.throwIfAborted()
    const last = await db.read(scope, (tx) => trySlice(tx, act, after, trial, classes))
    if (last === undefined) break
    after = last
    const { examined, customers: total, amountFen } = trial
    const { length: skipped } = trial.refused
    act.onProgress?.({ batchNo: '', done: examined - skipped, skipped, total, amountFen })
  }
  trial.classes = [...classes.values()].sort((a, b) => (a.priceClass < b.priceClass ? -1 : 1))
  return trial
}

async function trySlice(
  tx: Tx,
  { companyId, season, pathPattern = '%' }: Act,
  after: string,
  trial: Trial,
  classes: Map<string, ClassSum>,
): Promise<string | undefined> {
  const customers = await tx.many(waitingCustomers, [
    companyId,
    season,
    pathPattern,
    after,
    '~',
    sliceCustomers,
  ])
  if (customers.length === 0) return undefined
  const rules = await rulesOf(tx, companyId)
  const { bookingOn: on } = await tx.one(bookingDayNow, [companyId])
  const ids = customers.map(({ customerId }) => customerId)
  const { states } = await gatherForOpening(tx, companyId, season, ids, rules, 'read')
  const before = new Map(
    (await tx.many(chargedBefore, [companyId, season, ids])).map((row) => {
      return [row.customerId, row.chargedFen]
    }),
  )
  for (const { customerId, customerNo } of customers) {
    trial.examined++
    try {
      const event = { type: 'OPEN_SEASON', season, eventId: 'trial', on } as const
      const { changes, state } = decide(states.get(customerId)!, event, rules)
      const known = new Set(states.get(customerId)!.areaSeasons)
      const byRoom = Map.groupBy(changes, ({ areaNo }) => areaNo)
      let sum = 0n
      for (const area of state.areaSeasons) {
        if (area.season !== season || known.has(area)) continue
        const own = (byRoom.get(area.areaNo) ?? []).reduce((s, { deltaFen }) => s + deltaFen, 0n)
        add(classes, area.priceClass, area.billingDm2, own)
        sum += own
      }
      trial.amountFen = fen(trial.amountFen + sum)
      const isNoted = trial.doubts.length < mostDoubts
      if (isNoted && jumps(before.get(customerId), sum)) {
        trial.doubts.push({ customerNo, areaNo: null, problem: 'JUMP' })
      }
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error
      trial.refused.push({ customerNo, code: error.code, zh: error.zh })
    }
  }
  return ids.at(-1)
}

function add(classes: Map<string, ClassSum>, priceClass: string, areaDm2: Dm2, amount: bigint) {
  const sum = classes.get(priceClass)
  if (!sum) classes.set(priceClass, { priceClass, rooms: 1, areaDm2, amountFen: fen(amount) })
  else {
    sum.rooms++
    sum.areaDm2 = (sum.areaDm2 + areaDm2) as Dm2
    sum.amountFen = fen(sum.amountFen + amount)
  }
}

function jumps(before: bigint | undefined, now: bigint): boolean {
  if (before === undefined || before === 0n) return false
  const difference = now > before ? now - before : before - now
  return difference * 100n > before * jumpPercent
}
