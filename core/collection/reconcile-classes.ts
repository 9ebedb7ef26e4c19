// The bank's settled file against our keys, decided: a pure function over both sides of one
// accounting date (domain.md §9.5). Lines meet by channel + accounting date + serial, never by
// amount alone, and are compared in fen. Both sides hold a serial once: their tables' constraints
// say so.
//
//   bank \ ours   none        REFUSED     BLOCKED/REVERSED      PAID
//   paid          BANK_ONLY   BANK_ONLY   STATE_DIFF (hold)     equal, or AMOUNT_DIFF /
//   CUSTOMER_DIFF reversed      equal       equal       equal                 STATE_DIFF (reverse)
//   absent        –           –           equal                 LOCAL_ONLY
import type { Fen, UnknownProfile } from '@reli/sdk'

export interface BankLine {
  serial: string
  customerNo: string
  amountFen: Fen
  state: 'paid' | 'reversed'
  /** The bank's transaction time: the late fee and the discount of a payment booked later. */
  paidAt: string
  outlet: string
}

export interface OurOperation {
  serial: string
  state: 'PAID' | 'REFUSED' | 'REVERSED' | 'BLOCKED'
  customerNo: string | null
  amountFen: Fen | null
}

export type DifferenceClass =
  | 'BANK_ONLY'
  | 'LOCAL_ONLY'
  | 'AMOUNT_DIFF'
  | 'STATE_DIFF'
  | 'DUPLICATE'
  | 'CUSTOMER_DIFF'

/** `book`, `reverse`: by the very key. `hold`: into suspense, never to the customer. */
export type Treatment = 'book' | 'reverse' | 'hold' | 'person'

export interface Difference {
  serial: string
  class: DifferenceClass
  treatment: Treatment
  bank: BankLine | undefined
  ours: OurOperation | undefined
}

export interface Classified {
  /** What both sides say alike, money that stands and money that was given back. */
  matched: { serial: string; amountFen: Fen; stands: boolean }[]
  exceptions: Difference[]
}

/** In the order of the file; what only we have comes after it. */
export function classify(
  bankLines: readonly BankLine[],
  ourOperations: readonly OurOperation[],
  profile: UnknownProfile = 'bank_reverses',
): Classified {
  const ours = new Map(ourOperations.map((one) => [one.serial, one]))
  const taken = paymentsTaken(bankLines, ours)
  const matched: Classified['matched'] = []
  const exceptions: Difference[] = []
  for (const bank of bankLines) {
    const found = ours.get(bank.serial)
    ours.delete(bank.serial)
    const kind = compare(bank, found, taken)
    const { serial, amountFen } = bank
    if (kind) exceptions.push({ serial, ...kind, bank, ours: found })
    else matched.push({ serial, amountFen, stands: bank.state === 'paid' })
  }
  for (const left of ours.values()) {
    const { serial, amountFen, state } = left
    if (state === 'REVERSED') matched.push({ serial, amountFen: amountFen!, stands: false })
    if (state !== 'PAID') continue
    // A payment belongs to the accounting date in its key, on our banks' side as on ours, and the
    // file lists every payment of its date that was accepted (papers §7, R1). So there is no skew
    // at the cut-over to wait out: once the file of the date is in, an absent payment was not
    // taken.
    const treatment = profile === 'bank_reverses' ? 'reverse' : 'person'
    exceptions.push({ serial, class: 'LOCAL_ONLY', treatment, bank: undefined, ours: left })
  }
  return { matched, exceptions }
}

type Kind = Pick<Difference, 'class' | 'treatment'>

function compare(
  bank: BankLine,
  ours: OurOperation | undefined,
  taken: ReadonlyMap<string, string>,
): Kind | undefined {
  const standsAtBank = bank.state === 'paid'
  switch (ours?.state) {
    case 'PAID':
      // Money that differs is never adjusted by itself, whatever else differs.
      if (ours.amountFen !== bank.amountFen) return { class: 'AMOUNT_DIFF', treatment: 'person' }
      if (ours.customerNo !== bank.customerNo) {
        return { class: 'CUSTOMER_DIFF', treatment: 'person' }
      }
      return standsAtBank ? undefined : { class: 'STATE_DIFF', treatment: 'reverse' }
    case 'REVERSED':
    case 'BLOCKED':
      // The bank reversed it and now says it stands: a contradiction that nobody books over.
      return standsAtBank ? { class: 'STATE_DIFF', treatment: 'hold' } : undefined
    default: {
      if (!standsAtBank) return undefined
      const isSecond = taken.get(payment(bank)) !== bank.serial
      return { class: isSecond ? 'DUPLICATE' : 'BANK_ONLY', treatment: 'book' }
    }
  }
}

/**
 * For each customer and amount the one payment that is the first: one we have, else the first of
 * the file. A further one that we do not have may be the same debt paid twice (重复).
 */
function paymentsTaken(
  bankLines: readonly BankLine[],
  ours: ReadonlyMap<string, OurOperation>,
): Map<string, string> {
  const first = new Map<string, string>()
  const isOurs = ({ serial }: BankLine) => ours.get(serial)?.state === 'PAID'
  for (const line of bankLines) {
    if (line.state === 'paid' && isOurs(line)) first.set(payment(line), line.serial)
  }
  for (const line of bankLines) {
    const key = payment(line)
    if (line.state === 'paid' && !first.has(key)) first.set(key, line.serial)
  }
  return first
}

const payment = ({ customerNo, amountFen }: BankLine) => `${customerNo} ${amountFen}`

/**
 * By how much the bank's standing money exceeds ours: what a hold or a decision must account for.
 */
export const gapOf = ({ bank, ours }: Difference): bigint =>
  (bank?.state === 'paid' ? bank.amountFen : 0n) - (ours?.state === 'PAID' ? ours.amountFen! : 0n)

/** The same in payments. */
export const countGapOf = ({ bank, ours }: Difference): number =>
  Number(bank?.state === 'paid') - Number(ours?.state === 'PAID')
