// The spine: every operation of every partner runs here, once per key.
//
// The model. A call names a channel, an operation, and for payments a key: (company, channel,
// accounting date, serial). Calls that move money go in batches through three steps inside one
// transaction: *gather* reads and locks all rows that the batch needs, *decide* is pure functions
// over plain data (core/collection, core/billing), *write* is one set-based statement per table.
// The first of a batch changes the world that the second one sees, so two calls of one key, or of
// one customer, may share a batch.
//
// Once per key. The primary key of `operations` is the arbiter, never a look-up: a batch inserts
// its keys last, and an insert waits for anybody who is inserting the same key. If a key was taken
// meanwhile, the whole batch is rolled back and run again; then it finds the first answer and
// repeats it. A reversal that comes first plants a tombstone by the same insert.
//
// The failure cases.
// * A refusal is a decision: it never fails its neighbours.
// * Anything else that throws in a batch was rolled back: the batch is split, each call runs alone,
//   and the culprit is answered `system.failed` – nothing was booked – while the others go through.
// * A lost connection leaves the fate of the COMMIT unknown. We do not read to find out: we run the
//   batch again until its calls expire (reliability.md §2.3). A key that did commit answers with
//   what is stored, one that did not is decided now.
// * A call that expires is `unknown`: the partner asks for the result, or reverses.
//
// The answer leaves only after COMMIT came back clean.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Input, OperationName, PaymentKey } from '@reli/sdk'
import { keyText } from '../collection/operations.ts'
import { CommitUnknown, type Db, isConnectionLoss, type Tx } from '../db/db.ts'
import { type Scope, wholeCompanies } from '../db/scope.ts'
import { takeEntrySeqs } from '../ledger/entries.ts'
import { batches } from './batches.ts'
import { gatherPayments, type Wanted } from './gather.ts'
import { type AnyOutcome, type Call, moneyOperations, questions } from './handlers.ts'
import { Batch, KeyTaken } from './write.ts'

export interface Spine {
  /** Never throws for what a partner did; resolves by the call's expiry at the latest. */
  run(call: Call): Promise<AnyOutcome>
  /** Settles when nothing is in flight. */
  idle(): Promise<void>
}

export interface SpineOptions {
  db: Db
  companyId: string
  log: { error(detail: object, message: string): void }
}

/** Enough for one fsync to be shared by many, few enough to stay within a statement's time. */
const paymentsPerBatch = 512
/** While PostgreSQL works on one batch and syncs another, the hub decides the next. */
const paymentLanes = 3
const questionsPerBatch = 256
const questionLanes = 2
/** Between two tries of a batch whose connection broke. */
const retryAfterMs = 50

type Money = keyof typeof moneyOperations
type Question = keyof typeof questions
const isMoney = (operation: OperationName): operation is Money => operation in moneyOperations
const isQuestion = (operation: OperationName): operation is Question => operation in questions

export function createSpine({ db, companyId, log }: SpineOptions): Spine {
  const scope = wholeCompanies(companyId)
  const working = new Map<string, number>()
  const isWorking = (channel: string, key: PaymentKey) => working.has(keyText(channel, key))

  const payments = batches<Call, AnyOutcome>(
    (calls) => untilDecided(calls, (live) => bookBatch(db, scope, companyId, live), log),
    { limit: paymentsPerBatch, lanes: paymentLanes },
  )

  const asked = Object.fromEntries(
    Object.entries(questions).map(([name, answer]) => [
      name,
      batches<Call, AnyOutcome>(
        (calls) =>
          untilDecided(
            calls,
            (live) =>
              db.tx(scope, (tx) => (answer as Answering)(tx, { companyId, isWorking }, live)),
            log,
          ),
        { limit: questionsPerBatch, lanes: questionLanes },
      ),
    ]),
  ) as Record<Question, ReturnType<typeof batches<Call, AnyOutcome>>>

  const pay = async (call: Call): Promise<AnyOutcome> => {
    const key = keyText(call.channel, call.key!)
    working.set(key, (working.get(key) ?? 0) + 1)
    try {
      return await payments.add(call)
    } finally {
      const others = working.get(key)! - 1
      if (others === 0) working.delete(key)
      else working.set(key, others)
    }
  }
  return {
    run: async (call) => {
      const { operation } = call
      if (isMoney(operation)) return pay(call)
      if (isQuestion(operation)) return asked[operation].add(call)
      return { is: 'refused', code: 'message.unknown' }
    },
    idle: async () => {
      await Promise.all([payments, ...Object.values(asked)].map((each) => each.idle()))
    },
  }
}

type Answering = (
  tx: Tx,
  asking: { companyId: string; isWorking(channel: string, key: PaymentKey): boolean },
  calls: readonly Call[],
) => Promise<AnyOutcome[]>

/** Gather → decide → write, in one transaction. */
function bookBatch(
  db: Db,
  scope: Scope,
  companyId: string,
  calls: readonly Call[],
): Promise<AnyOutcome[]> {
  return db.tx(scope, async (tx) => {
    const world = await gatherPayments(tx, companyId, calls.map(wantedBy))
    const entrySeqs = await takeEntrySeqs(tx, calls.length)
    const batch = new Batch(world)
    const outcomes = calls.map((call, at): AnyOutcome => {
      const { channel, operation, origin, frameId } = call
      const request = { channel, key: call.key!, origin, entrySeq: entrySeqs[at]! }
      const decide = moneyOperations[operation as Money] as (typeof moneyOperations)['payment.pay']
      const { outcome, change } = decide(world, {
        ...request,
        input: call.input as Input<'payment.pay'>,
        ...(frameId === undefined ? {} : { frameId }),
      })
      if (change) batch.apply(change)
      return outcome
    })
    await batch.write(tx, companyId)
    return outcomes
  })
}

const wantedBy = ({ channel, key, operation, input }: Call): Wanted =>
  operation === 'payment.pay'
    ? { channel, key: key!, customerNo: (input as Input<'payment.pay'>).customerNo }
    : { channel, key: key! }

/** Runs a batch until every call has an outcome; see the failure cases above. */
async function untilDecided(
  calls: Call[],
  attempt: (live: Call[]) => Promise<AnyOutcome[]>,
  log: SpineOptions['log'],
  isInDoubt = false,
): Promise<AnyOutcome[]> {
  let mayBeBooked = isInDoubt
  const outcomes = new Map<Call, AnyOutcome>()
  for (;;) {
    const now = performance.now()
    const live = calls.filter((call) => call.expiresAt > now)
    if (live.length === 0) break
    try {
      const decided = await attempt(live)
      for (const [at, call] of live.entries()) outcomes.set(call, decided[at]!)
      break
    } catch (error) {
      mayBeBooked ||= error instanceof CommitUnknown
      if (mayBeRunAgain(error)) {
        if (!(error instanceof KeyTaken)) await sleep(retryAfterMs)
        continue
      }
      log.error({ error, calls: live.length }, 'a batch of calls failed and was rolled back')
      if (live.length === 1) {
        // What failed was rolled back; what was tried before it may have been committed.
        if (!mayBeBooked) outcomes.set(live[0]!, { is: 'refused', code: 'system.failed' })
      } else {
        for (const call of live) {
          outcomes.set(call, (await untilDecided([call], attempt, log, mayBeBooked))[0]!)
        }
      }
      break
    }
  }
  return calls.map((call) => outcomes.get(call) ?? { is: 'unknown', why: 'not decided in time' })
}

/**
 * Serialisation failure, deadlock, lock timeout, too many connections, server starting or stopping.
 */
const passing = new Set(['40001', '40P01', '55P03', '53300', '57014'])

function mayBeRunAgain(error: unknown): boolean {
  if (error instanceof KeyTaken) return true
  return isConnectionLoss(error) || passing.has((error as { code?: string }).code ?? '')
}
