// Accounts, lines and events as the API shows them.
import { fen, sumFen } from '@reli/sdk'
import { fenText } from '../../http/shapes.ts'
import { outstandingOf } from '../accounts.ts'
import { quoteOf } from '../engine/quote.ts'
import type {
  CustomerState,
  Receivable,
  ReceivableChange,
  Rules,
  Settlement,
} from '../engine/state.ts'
import { feeItemName, tellChange, tellDiscount, tellLateFee, yuanText } from '../explain-lines.ts'
import { lateFeeDue } from '../late-fees.ts'
import { isOfBank } from '../store/gather.ts'
import { eventNames } from '../store/names.ts'
import type { EventRow } from './explain.sql.ts'
import type { AccountJson, EventJson, ExplanationJson } from './explain-shapes.ts'

interface Seen {
  state: CustomerState
  rules: Rules
  on: string
}

/** The hall quotes what its own customers would pay. */
const quoteChannel = 'counter'

export function accountJson(customerNo: string, { state, rules, on }: Seen): AccountJson {
  const quote = quoteOf(state, on, quoteChannel)
  return {
    customerNo,
    on,
    balanceFen: fenText(state.balanceFen),
    payableFen: fenText(sumFen(quote.map(({ payableFen }) => payableFen))),
    lines: state.lines.map((line) => ({
      ...lineJson(line, rules, on),
      settlements: line.settlements.map(settlementJson),
    })),
    payments: state.payments.map(({ paymentId, on: paidOn, amountFen, state: is }) => {
      const amount = fenText(amountFen)
      return { paymentId, isOfBank: isOfBank(paymentId), on: paidOn, amountFen: amount, state: is }
    }),
    quote: quote.map((of) => ({
      season: of.season,
      outstandingFen: fenText(of.outstandingFen),
      lateFeeFen: fenText(of.lateFeeFen),
      discountFen: fenText(of.discountFen),
      payableFen: fenText(of.payableFen),
    })),
  }
}

const lineJson = (line: Receivable, { feeItems }: Rules, on: string) => ({
  chargeId: line.chargeId,
  season: line.season,
  areaNo: line.areaNo,
  areaItem: line.areaItem,
  feeItem: line.feeItem,
  feeItemName: feeItemName(line.feeItem, feeItems),
  chargedFen: fenText(line.chargedFen),
  reducedFen: fenText(line.reducedFen),
  writtenOffFen: fenText(line.writtenOffFen),
  receivableFen: fenText(line.receivableFen),
  paidFen: fenText(line.paidFen),
  discountFen: fenText(line.discountFen),
  outstandingFen: fenText(outstandingOf(line)),
  lateFeeFen: fenText(lateFeeDue(line, on)),
  dueOn: line.lateFeeTerms.dueOn,
})

function settlementJson(of: Settlement): ExplanationJson['settlements'][number] {
  return {
    source: of.source,
    isOfBank: isOfBank(of.source),
    on: of.on,
    principalFen: fenText(of.principalFen),
    lateFeeFen: fenText(of.lateFeeFen),
    discountFen: fenText(of.discountFen),
    explanation: tellDiscount(of),
  }
}

const nameOf = (type: string): string =>
  (eventNames as Readonly<Record<string, string>>)[type] ?? type

export function eventJson(row: EventRow): EventJson {
  const { customerId: _, policyVersion, policyOn, deltaFen, type, season, ...rest } = row
  const isKnown = policyVersion !== null && policyOn !== null && season !== null
  return {
    ...rest,
    type,
    season,
    title: nameOf(type),
    deltaFen: fenText(deltaFen),
    policy: isKnown ? { season, version: policyVersion, effectiveOn: policyOn } : null,
  }
}

export function explanationJson(
  customerNo: string,
  line: Receivable,
  events: readonly EventRow[],
  { rules, on }: Seen,
): ExplanationJson {
  const { dueFen: _, ...lateFee } = tellLateFee(line, on)
  const titles = new Map(events.map(({ eventId, type }) => [eventId, nameOf(type)]))
  const computed = line.changes.findLast(({ formulas }) => formulas.length > 0)
  // Rules of the season by whose version the standing amount was computed.
  const decided = events.findLast(({ eventId }) => eventId === computed?.causeId)
  const policy = decided ? eventJson({ ...decided, season: line.season }).policy : null
  return {
    customerNo,
    on,
    ...lineJson(line, rules, on),
    amount: computed ? tellChange(computed) : null,
    lateFee,
    policy,
    changes: line.changes.map((change) => ({
      eventId: change.causeId,
      title: titles.get(change.causeId) ?? '',
      on: change.on,
      kind: change.kind,
      deltaFen: fenText(change.deltaFen),
      explanation: tellChange(change),
      text: changeText(change, titles.get(change.causeId) ?? '', rules),
    })),
    settlements: line.settlements.map(settlementJson),
    events: events.map((event) => eventJson({ ...event, season: line.season })),
  }
}

const kindWords = { CHARGED: '应收', REDUCED: '减免', WRITTEN_OFF: '核销', MOVED: '转移' } as const

function changeText(change: ReceivableChange, title: string, { feeItems }: Rules): string {
  const { on, kind, deltaFen, feeItem } = change
  const way = deltaFen > 0n ? '增加' : '减少'
  const size = fen(deltaFen < 0n ? -deltaFen : deltaFen)
  const what = `${feeItemName(feeItem, feeItems)}${kindWords[kind]}`
  return `${on} ${title}：${what}${way} ${yuanText(size)}`
}
