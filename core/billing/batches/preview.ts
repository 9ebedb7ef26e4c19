// What a batch on a list would do, before anybody presses the button: the same decisions over the
// same rows, with nothing written. A list too long for one answer is counted whole and decided as
// far as the time goes, and the answer says so.
import { type Fen, fen, sumFen } from '@reli/sdk'
import type { Db, Tx } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import type { EventResult } from '../events/run.ts'
import { gatherStates } from '../store/gather.ts'
import type { BatchProblem } from './batches.sql.ts'
import { bookingOf, itemsOf, type ListRequest, nextChosen, sliceCustomers } from './run.ts'
import { type ChosenCustomer, countChosen, filterParams } from './selection.sql.ts'
import { customerFilterOf } from './selection.ts'
import { previewItems } from './slices.ts'

/** A person waits. */
const decideWithinMs = 8_000
const sampleSize = 20
const shownProblems = 100

export interface Preview {
  /** Of the whole list. */
  count: number
  /** Customers that were decided: all of them, unless the list is too long. */
  examined: number
  done: number
  refused: number
  /** What it does to the debt. */
  amountFen: Fen
  /** What the examined owe now. */
  owedFen: Fen
  sample: { customerNo: string; beforeFen: Fen; afterFen: Fen; deltaFen: Fen }[]
  problems: BatchProblem[]
  isComplete: boolean
}

export async function previewList(
  db: Db,
  scope: Scope,
  companyId: string,
  request: ListRequest,
  withinMs = decideWithinMs,
): Promise<Preview> {
  const preview: Preview = {
    count: 0,
    examined: 0,
    done: 0,
    refused: 0,
    amountFen: fen(0),
    owedFen: fen(0),
    sample: [],
    problems: [],
    isComplete: false,
  }
  const ends = performance.now() + withinMs
  const filter = customerFilterOf(request.filter)
  await db.read(scope, async (tx) => {
    preview.count = (await tx.one(countChosen, [...filterParams(companyId, filter)])).count
  })
  let after: string | null = null
  while (performance.now() < ends) {
    const chosen: ChosenCustomer[] = await db.read(scope, async (tx) => {
      const next = await nextChosen(tx, companyId, request.filter, after, sliceCustomers)
      if (next.length > 0) await addSlice(tx, companyId, request, next, preview)
      return next
    })
    after = chosen.at(-1)?.customerNo ?? after
    if (chosen.length < sliceCustomers) {
      preview.isComplete = true
      break
    }
  }
  return preview
}

async function addSlice(
  tx: Tx,
  companyId: string,
  request: ListRequest,
  chosen: readonly ChosenCustomer[],
  preview: Preview,
): Promise<void> {
  preview.examined += chosen.length
  preview.owedFen = fen(preview.owedFen + sumFen(chosen.map(({ owedFen }) => owedFen)))
  if (request.act === 'flag') {
    preview.done += chosen.length
    for (const { customerNo, owedFen } of chosen) {
      addSample(preview, { customerNo, beforeFen: owedFen, afterFen: owedFen, deltaFen: fen(0) })
    }
    return
  }
  const booking = await bookingOf(tx, companyId)
  const ids = chosen.map(({ customerId }) => customerId)
  const states = await gatherStates(tx, companyId, ids, 'read', booking.rules)
  const { items, problems } = itemsOf(chosen, request, states)
  const did = await previewItems(tx, booking, items, states)
  preview.done += did.done
  preview.amountFen = fen(preview.amountFen + did.amountFen)
  const all = [...problems, ...did.problems]
  preview.refused += all.length
  preview.problems.push(...all.slice(0, shownProblems - preview.problems.length))
  for (const [at, result] of did.results.entries()) {
    if (result.is === 'done') addSample(preview, sampleOf(items[at]!.customerNo, result))
  }
}

const addSample = ({ sample }: Preview, one: Preview['sample'][number]): void => {
  if (sample.length < sampleSize) sample.push(one)
}

function sampleOf(customerNo: string, result: Extract<EventResult, { is: 'done' }>) {
  const owed = (quote: (typeof result)['before']) =>
    sumFen(quote.map(({ outstandingFen }) => outstandingFen))
  const { before, after, deltaFen } = result
  return { customerNo, beforeFen: owed(before), afterFen: owed(after), deltaFen }
}
