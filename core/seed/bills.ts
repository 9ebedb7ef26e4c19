// What a demo household was charged and what it paid, with the ledger entries that say so. The
// amounts come from the very functions that charge in production.
import { divideHalfUp, type Fen, fen, sumFen } from '@reli/sdk'
import type { ChargeLine } from '../billing/accounts.ts'
import { discountOf } from '../billing/discounts.ts'
import { lateFeeDue, noLateFeeYet, settledProductOf } from '../billing/late-fees.ts'
import { discountTermsFrom, lateFeeTermsFrom } from '../billing/policies.ts'
import { addDays, type Day, spanOf } from '../billing/seasons.ts'
import { type Charge, chargesOf } from '../billing/tariffs.ts'
import { contractLiability, lateFeeIncome, receivable } from '../ledger/chart.ts'
import type { Entry, Posting } from '../ledger/entries.ts'
import { type Household, isOwing } from './household.ts'
import {
  type DemoSeason,
  demoSeasons,
  priceClasses,
  type SeasonPolicy,
  seasonDays,
} from './seasons.ts'

/** Where money of former seasons lies: the history before the product was installed. */
export const bankAccount = {
  account: 'bank',
  code: '1002',
  name: '银行存款',
  side: 'debit',
} as const

/** Those who pay late do so on 10 February, 41 days late (domain.md E29). */
const daysLate = 41

export interface ChargeRow extends ChargeLine {
  customerId: string
  formula: Charge['formula']
}

/** An entry without its number yet, on its booking date. */
export interface DatedEntry extends Omit<Entry, 'entrySeq'> {
  bookingOn: Day
}

/** One season of one household; the first entry recognises the charges. */
export interface SeasonBill {
  charges: ChargeRow[]
  entries: [issued: DatedEntry, ...DatedEntry[]]
}

/** Every season, or without settled history only those that are not paid. */
export function billsOf(household: Household, withSettledHistory: boolean): SeasonBill[] {
  return demoSeasons.flatMap((season, at) => {
    const wanted = withSettledHistory || season.state === 'OPEN' || isOwing(household.habits[at]!)
    return wanted ? [billOf(household, season, at)] : []
  })
}

function billOf(household: Household, season: DemoSeason, at: number): SeasonBill {
  const issued = chargesIn(household, season)
  const charges = issued.map((charge) => paid(charge, household, season, at, issued))
  const { customerId } = household
  const posting = (debit: string, credit: string, amountFen: Fen, { chargeId }: ChargeRow) =>
    amountFen > 0n ? [{ debit, credit, amountFen, customerId, chargeId }] : []

  const issuing = issued.flatMap((charge) =>
    posting(receivable, contractLiability, charge.receivableFen, charge),
  )
  const paying: Posting[] = charges.flatMap((charge) => [
    ...posting(bankAccount.account, receivable, charge.paidFen, charge),
    ...posting(contractLiability, receivable, charge.discountFen, charge),
    ...posting(bankAccount.account, lateFeeIncome, charge.lateFee.paidFen, charge),
  ])
  const entries: SeasonBill['entries'] = [
    {
      event: 'charge.issued',
      memo: `开账 ${season.season}`,
      bookingOn: season.issuedOn,
      postings: issuing,
    },
  ]
  if (paying.length > 0) {
    const bookingOn = household.habits[at] === 'late' ? lateOn(season) : season.paidOn
    const memo = `历史缴费 ${season.season}`
    entries.push({ event: 'payment.imported', memo, bookingOn, postings: paying })
  }
  return { charges, entries }
}

const lateOn = (season: DemoSeason): Day => addDays(season.policy.late_fee.due_date, daysLate)

function chargesIn(household: Household, demoSeason: DemoSeason): ChargeRow[] {
  const { season, policy } = demoSeason
  const { lateFeeTerms, discountTerms } = termsOf(policy)
  const span = spanOf(demoSeason, seasonDays)
  return household.areas.flatMap(({ areaNo, billingDm2, heightCm, priceClass }) => {
    const price = priceClasses.find((known) => known.priceClass === priceClass)!
    return chargesOf({ billingDm2, heightCm, stops: [] }, price, span).map((charge) => ({
      chargeId: chargeIdOf(household, season, areaNo),
      customerId: household.customerId,
      season,
      seasonOpenForCollection: true,
      feeItem: charge.feeItem,
      areaNo,
      receivableFen: charge.amountFen,
      paidFen: fen(0),
      fromBalanceFen: fen(0),
      discountFen: fen(0),
      lateFee: noLateFeeYet(charge.amountFen),
      lateFeeTerms,
      discountTerms,
      formula: charge.formula,
    }))
  })
}

const termsBySeason = new Map(
  demoSeasons.map(({ policy }) => [
    policy,
    {
      lateFeeTerms: lateFeeTermsFrom(policy.late_fee),
      discountTerms: policy.discount && discountTermsFrom(policy.discount),
    },
  ]),
)
const termsOf = (policy: SeasonPolicy) => termsBySeason.get(policy)!

/** `chg_2526_0000001_1`: one heating line for each area item, so its number tells them apart. */
const chargeIdOf = ({ customerId }: Household, season: string, areaNo: number) =>
  `chg_${season.slice(2, 4)}${season.slice(7)}_${customerId.slice(4)}_${areaNo}`

function paid(
  charge: ChargeRow,
  household: Household,
  season: DemoSeason,
  at: number,
  all: readonly ChargeRow[],
): ChargeRow {
  switch (household.habits[at]) {
    case 'in_time':
      return paidInTime(charge, household, season)
    case 'late':
      return paidLate(charge, season)
    case 'part':
      return paidInPart(charge, household, all)
    default:
      return charge
  }
}

function paidInTime(charge: ChargeRow, household: Household, season: DemoSeason): ChargeRow {
  const payer = { channel: 'counter', nature: household.nature }
  const discountFen = discountOf(charge, season.paidOn, payer)
  return {
    ...charge,
    paidFen: fen(charge.receivableFen - discountFen),
    discountFen,
  }
}

function paidLate(charge: ChargeRow, season: DemoSeason): ChargeRow {
  const on = lateOn(season)
  const { lateFee, lateFeeTerms, receivableFen } = charge
  const settledProduct = settledProductOf(lateFee, lateFeeTerms, receivableFen, fen(0), on)
  return {
    ...charge,
    paidFen: receivableFen,
    lateFee: { ...lateFee, settledProduct, paidFen: lateFeeDue(charge, on) },
  }
}

/**
 * Half of it in time, or the sum that is known of a household. The cap then measures by what was
 * left, as the banks' samples count it: 503.20 left of 2,103.20 carry at most 150.96.
 */
function paidInPart(
  charge: ChargeRow,
  { partPaidFen }: Household,
  all: readonly ChargeRow[],
): ChargeRow {
  const { receivableFen } = charge
  const wholeFen = sumFen(all.map((each) => each.receivableFen))
  const sharedFen = partPaidFen ?? wholeFen / 2n
  const paidFen = fen(divideHalfUp(sharedFen * receivableFen, wholeFen))
  return { ...charge, paidFen, lateFee: noLateFeeYet(fen(receivableFen - paidFen)) }
}
