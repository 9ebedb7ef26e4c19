// One operation on one page: bytes in → message → canonical input → postings → outcome → bytes out,
// with the documents and differences that hang on it. The page an argument with a bank is settled
// by.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type DescribedField, type Fen, revive, zeroFen } from '@reli/sdk'
import { type Static, Type } from 'typebox'
import type { Part } from '../billing/accounts.ts'
import type { Db, Tx } from '../db/db.ts'
import { BankDate, ChannelId, Serial } from '../http/filters.ts'
import { Problem } from '../http/problems.ts'
import { Day, FenText, fenText, fenTextOrNull, Instant, Nullable, SeqText } from '../http/shapes.ts'
import { hideName, maskName } from '../org/masking.ts'
import { mayLook } from '../org/roles.ts'
import { exceptionJson, exceptionSchema } from './exceptions.routes.ts'
import { exceptionParams, exceptionsOf } from './exceptions.sql.ts'
import { type MessageRow, messagesOf, statementLinesOf } from './messages.sql.ts'
import {
  chargesNamed,
  documentsOf,
  type OperationRow,
  operationOf,
  type PostingRow,
  postingsOf,
} from './payments.sql.ts'
import { operationStates, refusalText } from './refusals.ts'

/** Asks the channel's connector what a frame says, field by field; secrets are masked there. */
export type DescribeMessage = (
  channel: string,
  bytes: Uint8Array,
  direction: 'in' | 'out',
) => Promise<DescribedField[]>

/** A payment has some repeats and result queries; a storm of them is not read by anybody. */
const messagesShown = 40

const MessageJson = Type.Object({
  frameId: Type.String(),
  direction: Type.Enum(['in', 'out']),
  at: Instant,
  peer: Nullable(Type.String()),
  operation: Nullable(Type.String()),
  result: Nullable(Type.String()),
  resultText: Nullable(Type.String()),
  /** Secrets and the customer's name are starred out. */
  hex: Type.String(),
  fields: Type.Array(
    Type.Object({ path: Type.String(), label: Type.String(), value: Type.String() }),
  ),
  /** False when the connector could not be asked; the bytes are there all the same. */
  isDescribed: Type.Boolean(),
})
export type MessageJson = Static<typeof MessageJson>

const AccountJson = Type.Object({
  account: Type.String(),
  code: Nullable(Type.String()),
  name: Nullable(Type.String()),
})

const EntryJson = Type.Object({
  entrySeq: SeqText,
  event: Type.String(),
  memo: Type.String(),
  bookingOn: Day,
  madeAt: Instant,
  reversesSeq: Nullable(SeqText),
  postings: Type.Array(
    Type.Object({
      lineNo: Type.Integer(),
      debit: AccountJson,
      credit: AccountJson,
      amountFen: FenText,
      season: Nullable(Type.String()),
      feeItem: Nullable(Type.String()),
    }),
  ),
})
export type EntryJson = Static<typeof EntryJson>

const OperationJson = Type.Object({
  channelId: Type.String(),
  channelTitle: Type.String(),
  connector: Type.String(),
  bankDate: Day,
  serial: Type.String(),
  state: Type.Enum([...operationStates]),
  refusal: Nullable(Type.Object({ code: Type.String(), text: Type.String() })),
  amountFen: Nullable(FenText),
  name: Type.String(),
  bookingOn: Day,
  decidedAt: Instant,
  reversedAt: Nullable(Instant),
  input: Type.Object({
    customerNo: Nullable(Type.String()),
    amountFen: Nullable(FenText),
    outlet: Nullable(Type.String()),
    outletName: Nullable(Type.String()),
    teller: Nullable(Type.String()),
    paidAt: Nullable(Type.String()),
  }),
  /** The stored answer, repeated for ever; null when the operation was refused. */
  answer: Nullable(
    Type.Object({
      receiptNo: Nullable(Type.String()),
      amountFen: Nullable(FenText),
      arrearsLeftFen: Nullable(FenText),
      payableLeftFen: Nullable(FenText),
    }),
  ),
  messages: Type.Array(MessageJson),
  entries: Type.Array(EntryJson),
  parts: Type.Array(
    Type.Object({
      chargeId: Type.String(),
      season: Nullable(Type.String()),
      feeItem: Nullable(Type.String()),
      areaNo: Nullable(Type.Integer()),
      on: Nullable(Type.String()),
      principalFen: FenText,
      lateFeeFen: FenText,
      discountFen: FenText,
    }),
  ),
  /** Of the amount, what no charge took and the customer's balance keeps. */
  toBalanceFen: FenText,
  documents: Type.Array(
    Type.Object({
      entrySeq: SeqText,
      kind: Type.Enum(['blue', 'red', 'voucher']),
      state: Type.String(),
      amountFen: FenText,
      at: Type.String(),
    }),
  ),
  exceptions: Type.Array(exceptionSchema),
  statementLines: Type.Array(
    Type.Object({
      statementNo: Type.Integer(),
      lineNo: Type.Integer(),
      amountFen: FenText,
      state: Type.Enum(['paid', 'reversed']),
      paidAt: Type.String(),
      outlet: Type.String(),
    }),
  ),
})
export type OperationJson = Static<typeof OperationJson>

export interface OperationOptions {
  db: Db
  describe: DescribeMessage
}

export const operationRoutes: Routes<OperationOptions> = async (app, { db, describe }) => {
  app.get(
    '/v1/operations/:channel/:bankDate/:serial',
    {
      config: { roles: mayLook, scope: 'payments:read' },
      schema: {
        summary: '一笔交易的全部凭据：报文、分录、单据与差错',
        params: Type.Object({ channel: ChannelId, bankDate: BankDate, serial: Serial }),
        response: { 200: OperationJson },
      },
    },
    async ({ user, params: { channel, bankDate, serial } }) => {
      const { companyId, scope } = user!
      const key = [companyId, channel, bankDate, serial] as const
      const found = await db.read(scope, (tx) => gather(tx, [...key]))
      if (!found) throw new Problem('thing.not_found')
      const { messages, ...shown } = found
      const name = found.customerName
      return operationJson(
        shown,
        await Promise.all(messages.map((message) => messageJson(describe, channel, message, name))),
      )
    },
  )
}

type Key = [companyId: string, channelId: string, bankDate: string, serial: string]

async function gather(tx: Tx, key: Key) {
  const [companyId, channelId, bankDate, serial] = key
  const operation = await tx.maybe(operationOf, key)
  if (!operation) return undefined
  const { parts, toBalanceFen } = takenOf(operation.parts)
  const postings = await tx.many(postingsOf, key)
  const seqs = [...new Set(postings.map(({ entrySeq }) => entrySeq))]
  const filter = exceptionParams(companyId, {
    bankDate,
    channelId,
    class: null,
    state: null,
    serial,
    after: null,
    limit: messagesShown,
  })
  return {
    ...operation,
    parts,
    toBalanceFen,
    postings,
    charges: await tx.many(chargesNamed, [companyId, parts.map(({ chargeId }) => chargeId)]),
    documents: await tx.many(documentsOf, [companyId, seqs]),
    exceptions: await tx.many(exceptionsOf, filter),
    statementLines: await tx.many(statementLinesOf, key),
    messages: await tx.many(messagesOf, [...key, messagesShown]),
  }
}

type Gathered = Omit<NonNullable<Awaited<ReturnType<typeof gather>>>, 'messages'>

function operationJson(found: Gathered, messages: MessageJson[]): OperationJson {
  const { refusal } = found
  const charges = new Map(found.charges.map((charge) => [charge.chargeId, charge]))
  return {
    channelId: found.channelId,
    channelTitle: found.channelTitle,
    connector: found.connector,
    bankDate: found.bankDate,
    serial: found.serial,
    state: found.state,
    refusal: refusal === null ? null : { code: refusal, text: refusalText(refusal)! },
    amountFen: fenTextOrNull(found.amountFen),
    name: maskName(found.customerName ?? ''),
    bookingOn: found.bookingOn,
    decidedAt: found.decidedAt,
    reversedAt: found.reversedAt,
    input: inputJson(found),
    answer: answerJson(found.answer),
    messages,
    entries: entriesJson(found.postings),
    parts: found.parts.map(({ chargeId, on, principalFen, lateFeeFen, discountFen }) => ({
      chargeId,
      season: charges.get(chargeId)?.season ?? null,
      feeItem: charges.get(chargeId)?.feeItem ?? null,
      areaNo: charges.get(chargeId)?.areaNo ?? null,
      on,
      principalFen: fenText(principalFen),
      lateFeeFen: fenText(lateFeeFen),
      discountFen: fenText(discountFen),
    })),
    toBalanceFen: fenText(found.toBalanceFen),
    documents: found.documents.map(({ entrySeq, amountFen, ...document }) => ({
      ...document,
      entrySeq: entrySeq.toString(),
      amountFen: fenText(amountFen),
    })),
    exceptions: found.exceptions.map(exceptionJson),
    statementLines: found.statementLines.map(({ amountFen, ...line }) => ({
      ...line,
      amountFen: fenText(amountFen),
    })),
  }
}

/** As core/hub/write.ts keeps it with the payment. */
interface Taken {
  parts: Part[]
  toBalanceFen: Fen
}

const takenOf = (stored: unknown): Taken =>
  stored === null ? { parts: [], toBalanceFen: zeroFen } : revive<Taken>(stored)

/** What the hub was asked, in its own words: the operation's row keeps the canonical input. */
const inputJson = (
  row: Pick<OperationRow, 'customerNo' | 'amountFen' | 'outletNo' | 'outlet' | 'teller' | 'paidAt'>,
): OperationJson['input'] => ({
  customerNo: row.customerNo,
  amountFen: fenTextOrNull(row.amountFen),
  outlet: row.outletNo,
  outletName: row.outlet,
  teller: row.teller,
  paidAt: row.paidAt,
})

/** The figures of the stored answer; its name is left out, the page has it masked. */
function answerJson(stored: unknown): OperationJson['answer'] {
  if (stored === null || typeof stored !== 'object') return null
  const text = (name: string) => {
    const value = (stored as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : null
  }
  return {
    receiptNo: text('receiptNo'),
    amountFen: text('amountFen'),
    arrearsLeftFen: text('arrearsLeftFen'),
    payableLeftFen: text('payableLeftFen'),
  }
}

function entriesJson(rows: PostingRow[]): EntryJson[] {
  const entries = new Map<bigint, EntryJson>()
  for (const row of rows) {
    const { entrySeq, event, memo, entryBookedOn, madeAt, reversesSeq } = row
    const entry = entries.get(entrySeq) ?? {
      entrySeq: entrySeq.toString(),
      event,
      memo,
      bookingOn: entryBookedOn,
      madeAt,
      reversesSeq: reversesSeq?.toString() ?? null,
      postings: [],
    }
    entries.set(entrySeq, entry)
    entry.postings.push({
      lineNo: row.lineNo,
      debit: { account: row.debit, code: row.debitCode, name: row.debitName },
      credit: { account: row.credit, code: row.creditCode, name: row.creditName },
      amountFen: fenText(row.amountFen),
      season: row.season,
      feeItem: row.feeItem,
    })
  }
  return [...entries.values()]
}

const settled = new Set(['done', 'unknown', 'late'])
/** People wait for the page; a front-end processor that is away must not hold it. */
const describeWithinMs = 2_000

async function messageJson(
  describe: DescribeMessage,
  channel: string,
  { bytes, result, ...message }: MessageRow,
  name: string | null,
): Promise<MessageJson> {
  const shown = hideName(bytes, name)
  // The bytes are the evidence; a connector that cannot be asked takes only its reading away.
  const ask = async () => describe(channel, shown, message.direction)
  const fields = await Promise.race([
    ask().catch(() => undefined),
    sleep(describeWithinMs, undefined, { ref: false }),
  ])
  return {
    ...message,
    result,
    resultText: result === null || settled.has(result) ? null : refusalText(result),
    hex: shown.toString('hex'),
    fields: fields ?? [],
    isDescribed: fields !== undefined,
  }
}
