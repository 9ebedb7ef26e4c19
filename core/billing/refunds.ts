// To which tenders a refund goes (domain.md §4.15): back the way the money came, the last tender
// first, also inside one mixed payment (R44).
import { type Fen, fen, minFen } from '@reli/sdk'
import { NotAllowed } from './refusals.ts'

export interface PaidTender {
  tender: string
  amountFen: Fen
  /** What the channel still gives back; past its time limit nothing (R44). Absent: all of it. */
  refundableFen?: Fen
}

export interface TenderRefund {
  tender: string
  refundFen: Fen
}

/** Where the money goes that its own tender no longer takes back (R44). */
export const lastResort = 'BANK_TRANSFER'

/** Tenders in the order of payment → refunds in the order in which they are made. */
export function refundTenders(creditFen: Fen, tenders: readonly PaidTender[]): TenderRefund[] {
  const refunds: TenderRefund[] = []
  let left = creditFen
  let transferred = 0n
  for (const { tender, amountFen, refundableFen = amountFen } of tenders.toReversed()) {
    const share = minFen(left, amountFen)
    const refundFen = minFen(share, refundableFen)
    refunds.push({ tender, refundFen })
    transferred += share - refundFen
    left = fen(left - share)
  }
  if (left > 0n) throw new NotAllowed('refund.above_tenders', { creditFen, leftFen: left })
  if (transferred > 0n) refunds.push({ tender: lastResort, refundFen: fen(transferred) })
  return refunds
}
