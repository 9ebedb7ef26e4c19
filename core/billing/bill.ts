// The bill a bank shows and the payment it then takes (the banks' papers §4 «Terms», §5, §6;
// domain.md §9.2, §9.3). Query and payment survey the account in the same way and refuse in the
// papers' order, so whatever a query quotes is what a payment on the same day must pay.
import { hash } from 'node:crypto'
import { type Bill, type BillSeason, type Fen, fen, Refused, sumFen } from '@reli/sdk'
import { type Account, type ChargeLine, outstandingOf, type Part, settle } from './accounts.ts'
import { type AllocationWithin, allocate, compareLines, type Debt } from './allocation.ts'
import { discountOf } from './discounts.ts'
import { lateFeeDue } from './late-fees.ts'
import type { Day } from './seasons.ts'

/** Which amounts a channel may pay (the papers' §6 «Amount»). */
export type AmountRule = { rule: 'FULL' } | { rule: 'PART'; minimumFen: Fen; multipleFen: Fen }

/** What billing has to know of a channel and of the company that collects through it. */
export interface ChannelPolicy {
  /** The channel's name in the discount rules. */
  channel: string
  /** The most seasons a bill can carry; who owes more visits the hall. */
  maxSeasons: number
  singleLimitFen: Fen
  amount: AmountRule
  within: AllocationWithin
  /** Seasons whose collection is stopped over this channel, though open over others. */
  closedSeasons?: ReadonlySet<string>
}

export interface Query {
  /** The day of the bank's transaction time, or of arrival: late fee and discount count on it. */
  on: Day
  /** The channel's accounting date. */
  bankDate: Day
}

export interface PaymentRequest {
  on: Day
  amountFen: Fen
  /** Absent: the bill is not checked. */
  billToken?: string
  /** Accounting dates now open: a token given on any of them may be current. */
  openDates: readonly Day[]
}

export interface Payment {
  parts: Part[]
  /** The lines that changed, as they are afterwards, in the order of `parts`. */
  lines: ChargeLine[]
  toBalanceFen: Fen
  /** Σ outstanding of the bill after this payment. */
  arrearsLeftFen: Fen
  /** What a query would now show as total payable. */
  payableLeftFen: Fen
}

/** The unpaid seasons of an account on a day. */
interface Survey {
  /** The bill's seasons, oldest first: unpaid and open for collection. */
  seasons: BillSeason[]
  /** Every line of these seasons, in the order of allocation. */
  debts: SurveyedDebt[]
  payableFen: Fen
  /** With those that are not open for collection. */
  unpaidSeasons: number
}
type SurveyedDebt = Debt & { line: ChargeLine }

/** The bill without asking whether the channel may see it. No seasons: nothing is owed. */
export function billOf(account: Account, { on, bankDate }: Query, policy: ChannelPolicy): Bill {
  return billFrom(account, surveyOf(account, on, policy), bankDate)
}

/** Answers a query; throws `Refused`. Changes and reserves nothing. */
export function decideQuery(
  account: Account,
  { on, bankDate }: Query,
  policy: ChannelPolicy,
): Bill {
  const survey = surveyOf(account, on, policy)
  refuseUnlessPayable(account, survey, policy)
  return billFrom(account, survey, bankDate)
}

/** What a payment does to the account; throws `Refused`. */
export function decidePayment(
  account: Account,
  request: PaymentRequest,
  policy: ChannelPolicy,
): Payment {
  const { on, amountFen } = request
  const survey = surveyOf(account, on, policy)
  refuseUnlessPayable(account, survey, policy)
  refuseUnlessCurrent(account, survey, request)
  refuseUnlessAllowed(amountFen, survey.payableFen, policy)

  const { debts } = survey
  const order = { order: 'OLDEST_FIRST' } as const
  const { parts, toBalanceFen } = allocate(debts, amountFen, order, policy.within, on)
  const lines = settledLines(debts, parts)
  const left = amountFen < survey.payableFen ? leftAfter(account, lines, on, policy) : nothingLeft
  return { parts, lines, toBalanceFen, ...left }
}

/**
 * 16 hex digits that stay the same while the accounting date, the unpaid seasons and all their
 * amounts do, so also after a payment and its reversal. It is a fingerprint and no secret: who can
 * compute it knows the bill.
 */
export function billToken(
  bankDate: Day,
  customerNo: string,
  seasons: readonly BillSeason[],
): string {
  let text = `${bankDate}|${customerNo}`
  for (const { season, ...of } of seasons) {
    text += `|${season},${of.receivableFen},${of.outstandingFen},${of.lateFeeFen}`
    text += `,${of.discountFen},${of.payableFen}`
  }
  return hash('sha256', text, 'hex').slice(0, 16).toUpperCase()
}

function surveyOf(account: Account, on: Day, policy: ChannelPolicy): Survey {
  const { channel, closedSeasons } = policy
  const payer = { channel, nature: account.nature }
  const survey: Survey = { seasons: [], debts: [], payableFen: fen(0), unpaidSeasons: 0 }
  const lines = account.lines.toSorted(compareLines)
  for (let first = 0, end = 0; first < lines.length; first = end) {
    const { season, seasonOpenForCollection } = lines[first]!
    while (lines[end]?.season === season) end++
    const owed = lines.slice(first, end).map((line) => owedFor(line, on))
    if (owed.every((debt) => debt.outstandingFen + debt.lateFeeFen === 0n)) continue

    // A season left out of the bill stays unpaid: for the newer ones it is arrears.
    const inArrears = survey.unpaidSeasons > survey.seasons.length
    survey.unpaidSeasons++
    if (!seasonOpenForCollection || closedSeasons?.has(season)) continue
    for (const debt of owed) {
      debt.discountFen = discountOf(debt.line, on, payer, inArrears)
      survey.debts.push(debt)
    }
    const billed = seasonOf(season, owed)
    survey.seasons.push(billed)
    survey.payableFen = fen(survey.payableFen + billed.payableFen)
  }
  return survey
}

const owedFor = (line: ChargeLine, on: Day): SurveyedDebt => ({
  line,
  outstandingFen: outstandingOf(line),
  lateFeeFen: lateFeeDue(line, on),
  discountFen: fen(0),
})

function seasonOf(season: string, owed: readonly SurveyedDebt[]): BillSeason {
  let [receivable, outstanding, lateFee, discount] = [0n, 0n, 0n, 0n]
  for (const debt of owed) {
    receivable += debt.line.receivableFen
    outstanding += debt.outstandingFen
    lateFee += debt.lateFeeFen
    discount += debt.discountFen
  }
  return {
    season,
    receivableFen: fen(receivable),
    outstandingFen: fen(outstanding),
    lateFeeFen: fen(lateFee),
    discountFen: fen(discount),
    payableFen: fen(outstanding + lateFee - discount),
  }
}

function billFrom(account: Account, { seasons, payableFen }: Survey, bankDate: Day): Bill {
  const { customerNo, name, address, areaDm2 } = account
  return {
    customerNo,
    name,
    address,
    areaDm2,
    totalArrearsFen: sumFen(seasons.map((season) => season.outstandingFen)),
    totalPayableFen: payableFen,
    billToken: billToken(bankDate, customerNo, seasons),
    seasons,
  }
}

/** The papers' §5 from «season not open» to «no debt», for queries and payments alike. */
function refuseUnlessPayable(account: Account, survey: Survey, policy: ChannelPolicy): void {
  const { customerId, flags } = account
  const { unpaidSeasons, seasons } = survey
  if (unpaidSeasons > 0 && seasons.length === 0) {
    throw new Refused('season.not_open', { customerId })
  }
  if (flags.bankBlocked) throw new Refused('customer.bank_blocked', { customerId })
  if (flags.collectionLocked) throw new Refused('customer.collection_locked', { customerId })
  if (flags.inspectionLocked) throw new Refused('customer.inspection_locked', { customerId })
  if (flags.inApproval) throw new Refused('customer.in_approval', { customerId })
  if (flags.mustVisitHall || unpaidSeasons > policy.maxSeasons) {
    throw new Refused('customer.must_visit_hall', { customerId, unpaidSeasons })
  }
  if (unpaidSeasons === 0) throw new Refused('bill.settled', { customerId })
}

function refuseUnlessCurrent(account: Account, survey: Survey, request: PaymentRequest): void {
  const { customerId, customerNo } = account
  const { billToken: given, openDates } = request
  if (given === undefined) return
  const isCurrent = openDates.some((date) => billToken(date, customerNo, survey.seasons) === given)
  if (!isCurrent) throw new Refused('bill.changed', { customerId })
}

/** The papers' §6 «Amount»: full payment as ICBC's, part payment as the credit co-operative's. */
function refuseUnlessAllowed(amountFen: Fen, payableFen: Fen, policy: ChannelPolicy): void {
  const { singleLimitFen, amount } = policy
  const detail = { amountFen, payableFen }
  if (amountFen > singleLimitFen) throw new Refused('amount.above_maximum', detail)
  if (amount.rule === 'FULL') {
    if (amountFen <= 0n) throw new Refused('amount.below_minimum', detail)
    if (amountFen !== payableFen) throw new Refused('amount.not_full', detail)
    return
  }
  if (amountFen === payableFen) return
  if (amountFen > payableFen) throw new Refused('amount.above_maximum', detail)
  if (amountFen < amount.minimumFen) throw new Refused('amount.below_minimum', detail)
  if (amountFen % amount.multipleFen !== 0n) throw new Refused('amount.not_multiple', detail)
}

/** Parts come in the order of the debts, so one walk pairs them. */
function settledLines(debts: readonly SurveyedDebt[], parts: readonly Part[]): ChargeLine[] {
  const lines: ChargeLine[] = []
  let at = 0
  for (const part of parts) {
    while (debts[at]!.line.chargeId !== part.chargeId) at++
    lines.push(settle(debts[at]!.line, part))
  }
  return lines
}

const nothingLeft = { arrearsLeftFen: fen(0), payableLeftFen: fen(0) }

function leftAfter(
  account: Account,
  changed: readonly ChargeLine[],
  on: Day,
  policy: ChannelPolicy,
): typeof nothingLeft {
  const after = new Map(changed.map((line) => [line.chargeId, line]))
  const lines = account.lines.map((line) => after.get(line.chargeId) ?? line)
  const { seasons, payableFen } = surveyOf({ ...account, lines }, on, policy)
  const arrearsLeftFen = sumFen(seasons.map((season) => season.outstandingFen))
  return { arrearsLeftFen, payableLeftFen: payableFen }
}
