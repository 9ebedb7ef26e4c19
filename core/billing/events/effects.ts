// What an event does to the money, as people look at it before they agree: each receivable with its
// difference and the formula behind it, the balance, and what paying everything costs before and
// after.
import { type Fen, fen } from '@reli/sdk'
import { type Static, Type } from 'typebox'
import { Day, FenText, fenText, Nullable } from '../../http/shapes.ts'
import type { SeasonQuote } from '../engine/quote.ts'
import type { CustomerState, ReceivableChange } from '../engine/state.ts'
import { explainCharge } from '../explain-charges.ts'
import type { Charge } from '../tariffs.ts'
import type { EventResult } from './run.ts'

export type Done = Extract<EventResult, { is: 'done' }>

const QuoteJson = Type.Object({
  season: Type.String(),
  outstandingFen: FenText,
  lateFeeFen: FenText,
  discountFen: FenText,
  payableFen: FenText,
})

export const EffectJson = Type.Object({
  /** Of the debt: what the customer owes more, or less. */
  deltaFen: FenText,
  /** Of the late fee that is let off. */
  waivedFen: FenText,
  balance: Type.Object({ beforeFen: FenText, afterFen: FenText }),
  lines: Type.Array(
    Type.Object({
      season: Type.String(),
      areaNo: Type.Integer(),
      feeItem: Type.String(),
      kind: Type.String({
        description: 'CHARGED 应收、REDUCED 减免、WRITTEN_OFF 核销、MOVED 转移',
      }),
      deltaFen: FenText,
      explanation: Nullable(
        Type.Object({
          formula: Type.String(),
          numbers: Type.Record(Type.String(), Type.String()),
          clause: Type.String(),
        }),
      ),
    }),
  ),
  postings: Type.Array(
    Type.Object({ debit: Type.String(), credit: Type.String(), amountFen: FenText }),
  ),
  quote: Type.Object({ on: Day, before: Type.Array(QuoteJson), after: Type.Array(QuoteJson) }),
})
export type EffectJson = Static<typeof EffectJson>

export interface Waived {
  chargeId: string
  amountFen: Fen
}

/** The late fee of each line that the event let off: the way back needs it. */
export function waivedBy(before: CustomerState, after: CustomerState): Waived[] {
  const was = new Map(before.lines.map((line) => [line.chargeId, line.lateFee.waivedFen]))
  return after.lines.flatMap(({ chargeId, lateFee }) => {
    const amountFen = fen(lateFee.waivedFen - (was.get(chargeId) ?? 0n))
    return amountFen > 0n ? [{ chargeId, amountFen }] : []
  })
}

export function effectOf(on: string, before: CustomerState, result: Done): EffectJson {
  const after = result.states[0]!
  const waived = waivedBy(before, after).reduce((sum, { amountFen }) => sum + amountFen, 0n)
  return {
    deltaFen: fenText(result.deltaFen),
    waivedFen: fenText(waived),
    balance: { beforeFen: fenText(before.balanceFen), afterFen: fenText(after.balanceFen) },
    lines: result.changes.map(lineJson),
    postings: result.postings.map(({ debit, credit, amountFen }) => {
      return { debit, credit, amountFen: fenText(amountFen) }
    }),
    quote: { on, before: result.before.map(quoteJson), after: result.after.map(quoteJson) },
  }
}

function lineJson(change: ReceivableChange): EffectJson['lines'][number] {
  const { season, areaNo, feeItem, kind, deltaFen, formulas } = change
  const isFormula = formulas.length > 0 && charged.includes(feeItem)
  const explanation = isFormula ? explainCharge(feeItem as Charge['feeItem'], formulas) : null
  return { season, areaNo, feeItem, kind, deltaFen: fenText(deltaFen), explanation }
}

/** What the formula of the area charges. */
const charged: readonly string[] = ['HEATING', 'BASE_HEAT', 'OVER_HEIGHT']

const quoteJson = (quote: SeasonQuote) => ({
  season: quote.season,
  outstandingFen: fenText(quote.outstandingFen),
  lateFeeFen: fenText(quote.lateFeeFen),
  discountFen: fenText(quote.discountFen),
  payableFen: fenText(quote.payableFen),
})

/**
 * What somebody agreed to: the receivables. Money that came in since moves the balance and the
 * late fee of a day grows, which is no reason to ask again.
 */
export function agreedIn({ lines }: EffectJson): string {
  const sums = new Map<string, bigint>()
  for (const { season, areaNo, feeItem, kind, deltaFen } of lines) {
    const key = [season, areaNo, feeItem, kind].join('|')
    sums.set(key, (sums.get(key) ?? 0n) + BigInt(deltaFen))
  }
  return [...sums]
    .filter(([, sum]) => sum !== 0n)
    .map(([key, sum]) => `${key}=${sum}`)
    .sort()
    .join(';')
}
