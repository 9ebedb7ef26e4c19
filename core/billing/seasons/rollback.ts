// An opening taken back, while nothing of it is paid (domain.md §5 b): the lines go down to nothing
// by entries of their own, the balance that was applied returns, waiting stops wait again, and the
// rooms' copies leave the season, so that it can be opened anew. What happened stays on record.

import { fen } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import type { BatchProblem } from '../batches/batches.sql.ts'
import { decide } from '../engine/decide.ts'
import { fromBalance } from '../engine/draft.ts'
import type { AreaCard, CustomerState, Decision, StopFact } from '../engine/state.ts'
import { NotAllowed } from '../refusals.ts'
import { gatherStates } from '../store/gather.ts'
import { type Done, deltaOf, takeEventIds, writeDecisions } from '../store/write.ts'
import { openingsOf } from './rollback.sql.ts'
import type { Slice, SliceResult } from './run.ts'
import type { WaitingRow } from './seasons.sql.ts'

export async function takeBackSlice(
  tx: Tx,
  { companyId, season, madeBy, batchNo, bookingOn, rules }: Slice,
  customers: readonly WaitingRow[],
): Promise<SliceResult> {
  const ids = customers.map(({ customerId }) => customerId)
  const states = await gatherStates(tx, companyId, ids, 'locked', rules)
  const openings = await tx.many(openingsOf, [companyId, season, ids])
  const ofCustomer = Map.groupBy(openings, ({ customerId }) => customerId)
  const eventIds = (await takeEventIds(tx, openings.length)).values()
  const done: Done[] = []
  const problems: BatchProblem[] = []
  for (const { customerId, customerNo } of customers) {
    const opened = (ofCustomer.get(customerId) ?? []).map(({ eventId }) => eventId)
    const events = opened.map((takenBackId) => {
      const eventId = eventIds.next().value!
      return { type: 'TAKE_BACK', takenBackId, eventId, on: bookingOn } as const
    })
    try {
      const first = states.get(customerId)!
      refuseIfUsed(first, season, opened)
      const own: Done[] = []
      let before = first
      for (const event of events) {
        const now = before === first ? withoutSeason(first, season, opened) : before
        const decision: Decision = decide(now, event, rules)
        const record = { event, customerId, season, madeBy, batchNo, channel: 'batch' }
        const { takenBackId: reversesId } = event
        own.push({ record: { ...record, reversesId }, parts: [{ before, decision }] })
        before = decision.state
      }
      done.push(...own)
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error
      problems.push({ rowNo: null, customerNo, code: error.code, zh: error.zh })
    }
  }
  await writeDecisions(tx, companyId, bookingOn, done, rules)
  const amountFen = fen(done.reduce((sum, each) => sum + deltaOf(each), 0n))
  return { done: customers.length - problems.length, amountFen, problems }
}

/** Money that came for it, or another event since: the opening is not alone any more. */
function refuseIfUsed(state: CustomerState, season: string, opened: readonly string[]): void {
  const isOpening = (eventId: string) => opened.includes(eventId)
  for (const line of state.lines) {
    if (line.season !== season) continue
    const isPaid = line.paidFen !== line.fromBalanceFen || line.lateFee.paidFen > 0n
    if (isPaid || line.settlements.some(({ source }) => source !== fromBalance)) {
      throw new NotAllowed('season.paid', { season })
    }
    // What a former opening left is nothing by now, and stays so.
    const live = line.changes.filter(({ causeId }) => isOpening(causeId))
    const isOthers = line.chargedFen !== live.reduce((sum, { deltaFen }) => sum + deltaFen, 0n)
    if (isOthers || line.reducedFen !== 0n || line.writtenOffFen !== 0n) {
      throw new NotAllowed('season.used', { season })
    }
  }
  const areas = state.areaSeasons.filter((area) => area.season === season)
  if (areas.some(({ isFrozen }) => isFrozen)) throw new NotAllowed('season.closed', { season })
  const isUsed = areas.some(({ facts }) => facts.some(({ kind }) => kind !== 'STOP'))
  if (isUsed) throw new NotAllowed('season.used', { season })
}

/** As before the opening: no copies, and the stops that waited for it wait again. */
function withoutSeason(
  state: CustomerState,
  season: string,
  opened: readonly string[],
): CustomerState {
  const ofSeason = state.areaSeasons.filter((area) => area.season === season)
  const waitedOf = (card: AreaCard) =>
    ofSeason
      .filter(({ areaNo }) => areaNo === card.areaNo)
      .flatMap(({ facts }) => facts)
      .filter((fact): fact is StopFact => fact.kind === 'STOP' && fact.carriedFrom === null)
      .filter(({ id }) => !opened.some((eventId) => id.startsWith(`${eventId}/`)))
  const cards = state.cards.map((card) => {
    const waited = waitedOf(card)
    return waited.length === 0 ? card : { ...card, waitingStops: [...card.waitingStops, ...waited] }
  })
  const areaSeasons = state.areaSeasons.filter((area) => area.season !== season)
  return { ...state, cards, areaSeasons }
}
