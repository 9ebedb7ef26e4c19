// Opening a season for a slice of customers: gather → decide → write. The engine decides for all of
// them; who has nothing but rooms, which is nearly everybody, is gathered and written by columns,
// whoever has money, lines or stops goes the way of every other event (store/write.ts).
import { dm2, fen } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import { takeEntrySeqs } from '../../ledger/entries.ts'
import type { BatchProblem } from '../batches/batches.sql.ts'
import { decide } from '../engine/decide.ts'
import type { AreaSeason, CustomerState, Fact, Rules } from '../engine/state.ts'
import { NotAllowed } from '../refusals.ts'
import { type CardRow, cardsOf, lockAccounts } from '../store/gather.sql.ts'
import { cardFrom, gatherStates } from '../store/gather.ts'
import { unpack } from '../store/pack.ts'
import { type Done, deltaOf, takeEventIds, writeDecisions } from '../store/write.ts'
import { lastAreasOf, type StandingRow, standingOf } from './opening.sql.ts'
import { isPlain, writePlain } from './opening-rows.ts'
import type { Slice, SliceResult } from './run.ts'
import type { WaitingRow } from './seasons.sql.ts'

export async function openSlice(
  tx: Tx,
  slice: Slice,
  customers: readonly WaitingRow[],
): Promise<SliceResult> {
  const { companyId, season, madeBy, batchNo, bookingOn, rules } = slice
  const ids = customers.map(({ customerId }) => customerId)
  const { states, orgPaths } = await gatherForOpening(tx, companyId, season, ids, rules)
  const eventIds = await takeEventIds(tx, ids.length)
  const plain: Done[] = []
  const other: Done[] = []
  const problems: BatchProblem[] = []
  customers.forEach(({ customerId, customerNo }, at) => {
    const before = states.get(customerId)!
    const event = { type: 'OPEN_SEASON', season, eventId: eventIds[at]!, on: bookingOn } as const
    try {
      const decision = decide(before, event, rules)
      const record = { event, customerId, season, madeBy, batchNo, channel: 'batch' }
      const done = { record, parts: [{ before, decision }] }
      if (isPlain(done, rules)) plain.push(done)
      else other.push(done)
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error
      problems.push({ rowNo: null, customerNo, code: error.code, zh: error.zh })
    }
  })
  const moving = plain.filter(({ parts }) => parts[0]!.decision.postings.length > 0).length
  await writePlain(tx, slice, plain, await takeEntrySeqs(tx, moving), orgPaths)
  await writeDecisions(tx, companyId, bookingOn, other, rules)
  const amountFen = fen([...plain, ...other].reduce((sum, each) => sum + deltaOf(each), 0n))
  return { done: plain.length + other.length, amountFen, problems }
}

/** The accounts as far as opening can see them; whole where more than their rooms decides. */
export async function gatherForOpening(
  tx: Tx,
  companyId: string,
  season: string,
  ids: readonly string[],
  rules: Rules,
  how: 'locked' | 'read' = 'locked',
): Promise<{ states: Map<string, CustomerState>; orgPaths: ReadonlyMap<string, string> }> {
  const sorted = ids.toSorted()
  if (how === 'locked') await tx.many(lockAccounts, [companyId, sorted])
  const standing = await tx.many(standingOf, [companyId, season, sorted])
  const cards = Map.groupBy(await tx.many(cardsOf, [companyId, sorted]), (row) => row.customerId)
  const last = Map.groupBy(await tx.many(lastAreasOf, [companyId, season, sorted]), (row) => {
    return row.customerId
  })
  const states = new Map<string, CustomerState>()
  const whole: string[] = []
  for (const row of standing) {
    const { customerId, isPlain } = row
    const rooms = cards.get(customerId) ?? []
    if (!isPlain || rooms.some(({ waitingStops }) => waitingStops.length > 0)) {
      whole.push(customerId)
      continue
    }
    const areaSeasons = (last.get(customerId) ?? []).map(({ areaNo, season: of, facts }) =>
      lastArea(rooms, areaNo, of, unpack<Fact[]>(facts)),
    )
    states.set(customerId, plainState(companyId, row, rooms, areaSeasons))
  }
  if (whole.length > 0) {
    const gathered = await gatherStates(tx, companyId, whole, how, rules)
    for (const [id, state] of gathered) states.set(id, state)
  }
  return { states, orgPaths: new Map(standing.map((row) => [row.customerId, row.orgPath])) }
}

/** Of a former season only its facts count here: which of its stops go on. */
function lastArea(
  rooms: readonly CardRow[],
  areaNo: number,
  season: string,
  facts: readonly Fact[],
): AreaSeason {
  const room = rooms.find((each) => each.areaNo === areaNo)
  return {
    season,
    areaNo,
    areaItem: room?.areaItem ?? '',
    billingDm2: dm2(room?.billingAreaDm2 ?? 0n),
    heightCm: room?.storeyHeightCm ?? null,
    priceClass: room?.priceClass ?? '',
    facts,
    offsets: {},
    isFrozen: true,
  }
}

const plainState = (
  companyId: string,
  row: StandingRow,
  rooms: readonly CardRow[],
  areaSeasons: readonly AreaSeason[],
): CustomerState => ({
  customerId: row.customerId,
  companyId,
  nature: row.nature,
  controlMode: row.controlMode,
  network: row.networkStatus,
  successorIds: [],
  cards: rooms.map(cardFrom),
  areaSeasons,
  lines: [],
  reductions: [],
  holds: [],
  payments: [],
  balanceFen: fen(0),
})
