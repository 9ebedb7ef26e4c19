// The rows of accounts that were only opened: one event, one entry, a copy of each room and its
// lines as the engine left them. Anything else in a decision makes it not plain.
import type { Tx } from '../../db/db.ts'
import { receivable } from '../../ledger/chart.ts'
import { heatingStatusOn } from '../engine/heating-status.ts'
import type { Rules } from '../engine/state.ts'
import { entryEvents, eventNames } from '../store/names.ts'
import { pack } from '../store/pack.ts'
import { insertFacts } from '../store/write.sql.ts'
import { type Done, deltaOf } from '../store/write.ts'
import { numbers, texts } from './literals.ts'
import { insertOpeningEvents, insertOpeningLines, insertOpeningRooms } from './opening.sql.ts'
import type { Slice } from './run.ts'

/**
 * New rooms with the stops that go on, and new lines as they were charged; nothing
 * settled, nothing moved.
 */
export function isPlain({ parts, record }: Done, rules: Rules): boolean {
  const { before, decision } = parts[0]!
  const { settlements, balance, lines, changes, postings, state } = decision
  const { lateFee } = rules.seasons.get(record.season!)!
  return (
    settlements.length === 0 &&
    balance.length === 0 &&
    before.lines.length === 0 &&
    state.cards === before.cards &&
    state.areaSeasons.every(
      (area) =>
        before.areaSeasons.includes(area) ||
        (!area.isFrozen && Object.keys(area.offsets).length === 0),
    ) &&
    lines.length === changes.length &&
    lines.length === postings.length &&
    lines.every((line, at) => {
      const { dueOn, rateSteps } = line.lateFeeTerms
      return (
        dueOn === lateFee.dueOn &&
        rateSteps === lateFee.rateSteps &&
        line.chargeId === changes[at]!.chargeId &&
        changes[at]!.kind === 'CHARGED' &&
        line.chargeId === postings[at]!.chargeId &&
        postings[at]!.debit === receivable &&
        postings[at]!.amountFen === line.receivableFen
      )
    })
  )
}

export async function writePlain(
  tx: Tx,
  slice: Slice,
  done: readonly Done[],
  entrySeqs: readonly bigint[],
  orgPaths: ReadonlyMap<string, string>,
): Promise<void> {
  if (done.length === 0) return
  const seqs = entrySeqs.values()
  const numbered = done.map((each) => {
    const { decision } = each.parts[0]!
    return { each, decision, seq: decision.postings.length > 0 ? seqs.next().value! : null }
  })
  const { companyId, bookingOn, season, madeBy, batchNo } = slice
  await tx.run(insertOpeningEvents, [
    companyId,
    bookingOn,
    season,
    madeBy,
    batchNo,
    entryEvents('OPEN_SEASON'),
    `${eventNames.OPEN_SEASON} ${season}`,
    texts(done.map(({ record }) => record.event.eventId)),
    texts(done.map(({ record }) => record.customerId)),
    numbers(numbered.map(({ seq }) => seq)),
    numbers(done.map(deltaOf)),
  ])
  await writeRooms(tx, slice, done, orgPaths)
  await writeLines(tx, slice, numbered)
}

async function writeRooms(
  tx: Tx,
  { companyId, season }: Slice,
  done: readonly Done[],
  orgPaths: ReadonlyMap<string, string>,
): Promise<void> {
  const rooms = done.flatMap(({ parts }) => {
    const { eventId, state } = parts[0]!.decision
    const { customerId, nature, areaSeasons } = state
    const orgPath = orgPaths.get(customerId)!
    return areaSeasons
      .filter((area) => area.season === season)
      .map((area) => ({ area, customerId, nature, orgPath, eventId }))
  })
  if (rooms.length === 0) return
  await tx.run(insertOpeningRooms, [
    companyId,
    season,
    texts(rooms.map(({ customerId }) => customerId)),
    numbers(rooms.map(({ area }) => area.areaNo)),
    texts(rooms.map(({ area }) => area.areaItem)),
    numbers(rooms.map(({ area }) => area.billingDm2)),
    numbers(rooms.map(({ area }) => area.heightCm)),
    texts(rooms.map(({ area }) => area.priceClass)),
    texts(rooms.map(({ orgPath }) => orgPath)),
    texts(rooms.map(({ nature }) => nature)),
    texts(rooms.map(({ eventId }) => eventId)),
    texts(rooms.map(({ area }) => heatingStatusOn(area, null))),
  ])
  const facts = rooms.flatMap(({ area: { areaNo, facts: of }, customerId, eventId }) =>
    of.map((fact) => ({ customerId, season, areaNo, factId: fact.id, eventId, fact })),
  )
  if (facts.length === 0) return
  const rows = facts.map((row, at) => ({ ...row, at, fact: JSON.parse(pack(row.fact)) }))
  await tx.run(insertFacts, [companyId, JSON.stringify(rows)])
}

interface Numbered {
  decision: Done['parts'][number]['decision']
  seq: bigint | null
}

async function writeLines(
  tx: Tx,
  { companyId, bookingOn, season }: Slice,
  numbered: readonly Numbered[],
): Promise<void> {
  const rows = numbered.flatMap(({ decision, seq }) =>
    decision.lines.map((line, no) => ({ line, no, seq, decision })),
  )
  if (rows.length === 0) return
  await tx.run(insertOpeningLines, [
    companyId,
    bookingOn,
    season,
    texts(rows.map(({ line }) => line.chargeId)),
    texts(rows.map(({ decision }) => decision.customerId)),
    texts(rows.map(({ decision }) => decision.eventId)),
    numbers(rows.map(({ line }) => line.areaNo)),
    texts(rows.map(({ line }) => line.areaItem)),
    texts(rows.map(({ line }) => line.feeItem)),
    numbers(rows.map(({ line }) => line.receivableFen)),
    texts(rows.map(({ no, decision }) => pack(decision.changes[no]!.formulas))),
    numbers(rows.map(({ no }) => no)),
    numbers(rows.map(({ seq }) => seq)),
    texts(rows.map(({ no, decision }) => decision.postings[no]!.credit)),
    receivable,
  ])
}
