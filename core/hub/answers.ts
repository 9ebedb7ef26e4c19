// Questions of partners, answered in batches of their kind: one gather for all that wait, no lock,
// and for the bill queries the count that limits them.
import {
  type Bill,
  type BillQuery,
  type DayTotals,
  fen,
  type Outcome,
  type PaymentKey,
  type PaymentResult,
  type TotalsAnswer,
} from '@reli/sdk'
import type { Channel } from '../collection/channels.ts'
import {
  decideBillQuery,
  decideResult,
  decideSignOn,
  decideTotals,
} from '../collection/inquiries.ts'
import { keyText } from '../collection/operations.ts'
import type { Tx } from '../db/db.ts'
import { lockChannel, operationsOf, recentQueries, totalsOf } from './gather.sql.ts'
import { byDay, gatherAccounts, gatherChannels, gatherOperations, takeMoment } from './gather.ts'
import { insertQueryCounts, openBankDate, openChannelDay } from './write.sql.ts'

/** What answering has besides the transaction. */
export interface Asking {
  companyId: string
  /** Whether the payment of this key is being worked on in this process. */
  isWorking(channel: string, key: PaymentKey): boolean
}

export interface Question<I> {
  channel: string
  key?: PaymentKey
  input: I
}

export async function answerQuery(
  tx: Tx,
  { companyId }: Asking,
  questions: readonly Question<BillQuery>[],
): Promise<Outcome<Bill>[]> {
  const moment = await takeMoment(tx, companyId)
  const channels = await gatherChannels(
    tx,
    companyId,
    questions.map((q) => q.channel),
  )
  const accounts = await gatherAccounts(
    tx,
    companyId,
    [...new Set(questions.map((q) => q.input.customerNo))],
    'read',
  )
  const counts = new Map<string, number>()
  for (const channel of channels.keys()) {
    const customerNos = questions.flatMap((q) => (q.channel === channel ? q.input.customerNo : []))
    for (const row of await tx.many(recentQueries, [companyId, channel, customerNos])) {
      counts.set(`${channel}|${row.customerNo}`, row.count)
    }
  }
  const counting: Question<BillQuery>[] = []
  const outcomes = questions.map((question) => {
    const { channel, input } = question
    const who = `${channel}|${input.customerNo}`
    const { outcome, counted } = decideBillQuery(
      {
        moment,
        channel: known(channels, channel),
        account: accounts.get(input.customerNo),
        recentQueries: counts.get(who) ?? 0,
      },
      input,
    )
    if (counted) {
      counts.set(who, (counts.get(who) ?? 0) + 1)
      counting.push(question)
    }
    return outcome
  })
  if (counting.length > 0) {
    await tx.run(insertQueryCounts, [
      companyId,
      counting.map((q) => q.channel),
      counting.map((q) => q.input.customerNo),
    ])
  }
  return outcomes
}

export async function answerResult(
  tx: Tx,
  { companyId, isWorking }: Asking,
  questions: readonly Question<unknown>[],
): Promise<Outcome<PaymentResult>[]> {
  const moment = await takeMoment(tx, companyId)
  const channels = await gatherChannels(
    tx,
    companyId,
    questions.map((q) => q.channel),
  )
  const wanted = questions.map(({ channel, key }) => ({ channel, key: key! }))
  const operations = await gatherOperations(tx, companyId, byDay(wanted), operationsOf)
  return wanted.map(({ channel, key }) =>
    decideResult(
      moment,
      known(channels, channel),
      key,
      operations.get(keyText(channel, key)),
      isWorking(channel, key),
    ),
  )
}

export async function answerTotals(
  tx: Tx,
  { companyId }: Asking,
  questions: readonly Question<DayTotals & { bankDate: string }>[],
): Promise<Outcome<TotalsAnswer>[]> {
  const moment = await takeMoment(tx, companyId)
  const channels = await gatherChannels(
    tx,
    companyId,
    questions.map((q) => q.channel),
  )
  const outcomes: Outcome<TotalsAnswer>[] = []
  for (const { channel, input } of questions) {
    const row = await tx.one(totalsOf, [companyId, channel, input.bankDate])
    const ours = { ...row, paidFen: fen(row.paidFen), reversedFen: fen(row.reversedFen) }
    outcomes.push(decideTotals(moment, known(channels, channel), input, ours))
  }
  return outcomes
}

export async function signOn(
  tx: Tx,
  { companyId }: Asking,
  questions: readonly Question<{ bankDate: string }>[],
): Promise<Outcome<Record<never, never>>[]> {
  const moment = await takeMoment(tx, companyId)
  const outcomes: Outcome<Record<never, never>>[] = []
  for (const { channel, input } of questions) {
    // Locked, so that two sign-ons of one bank cannot both move its date.
    await tx.one(lockChannel, [companyId, channel])
    const row = known(await gatherChannels(tx, companyId, [channel]), channel)
    const outcome = decideSignOn(moment, row, input.bankDate)
    if (outcome.is === 'done') {
      await tx.run(openBankDate, [companyId, channel, input.bankDate])
      await tx.run(openChannelDay, [companyId, channel, input.bankDate])
    }
    outcomes.push(outcome)
  }
  return outcomes
}

/** The keys are dropped where they are kept, in the fep; the accounting date stays open. */
export async function signOff(
  _tx: Tx,
  _asking: Asking,
  questions: readonly Question<unknown>[],
): Promise<Outcome<Record<never, never>>[]> {
  return questions.map(() => ({ is: 'done', value: {} }))
}

function known(channels: ReadonlyMap<string, Channel>, channelId: string): Channel {
  const channel = channels.get(channelId)
  if (!channel) throw new Error(`no channel ${channelId} in this company`)
  return channel
}
