// The demo world: heating companies of two cities with their communities, customers and five
// seasons of history, lived through the engine that charges in production (lives.ts). The same code
// fills the database of a bench with up to two million customers who owe, in flat memory. Runs as
// the application does, under its row filter; it may be cut off at any point and goes on where it
// stopped.
import { toJson } from '@reli/sdk'
import { lettersOf } from '../billing/search/initials.ts'
import type { Db, Tx } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { takeEntrySeqs, writeEntries } from '../ledger/entries.ts'
import { billsOf, type SeasonBill } from './bills.ts'
import { type City, communitiesFor, shijiazhuang } from './city.ts'
import { writeCompany } from './company.ts'
import * as sql from './demo.sql.ts'
import { writeHistory } from './history.ts'
import type { Household } from './household.ts'
import { householdOf, maxHouseholds, type Town } from './households.ts'
import { lastKnownNumber } from './known.ts'

export interface SeedPlan {
  /** Absent: the first company's. */
  city?: City
  households: number
  /** The booking date on which the company begins, `2026-11-20`. */
  bookingOn: string
  /** `demo`: as a town looks in November. `bench`: everybody owes, paid history is left out. */
  looks: 'demo' | 'bench'
  /**
   * How many of a demo's households live through the engine; absent: all. The bills of the others
   * are drawn up at once, so that a first start need not wait for a long history.
   */
  lived?: number
  /** Called after each batch with the number of households that stand. */
  onProgress?(done: number): void
}

/** Large enough for set-based speed, small enough for flat memory and to lose little. */
const batchHouseholds = 1_000

/** How many of 1,000 without arrears have paid the open season by November. */
const paidAlreadyInDemo = 350

/** Writes what is missing of the plan; the number of households it added. */
export async function seed(db: Db, plan: SeedPlan): Promise<number> {
  const { city = shijiazhuang, households, looks, lived = households, onProgress } = plan
  const { companyId } = city.company
  const scope = wholeCompanies(companyId)
  if (households < 1 || households > maxHouseholds) {
    throw new RangeError(`households: 1 to ${maxHouseholds}, not ${households}`)
  }
  const communities = communitiesFor(city, households)
  const town = {
    city,
    communities,
    paidAlready: looks === 'demo' ? paidAlreadyInDemo : 0,
  }
  const first = await db.tx(scope, async (tx) => {
    const { isSeeded } = await tx.one(sql.isCompanySeeded, [companyId])
    if (!isSeeded) await writeCompany(tx, plan.bookingOn, town)
    return (await tx.one(sql.householdsSeeded, [companyId])).count + 1
  })
  for (let from = first; from <= households; from += batchHouseholds) {
    const to = Math.min(from + batchHouseholds - 1, households)
    await db.tx(scope, (tx) => writeHouseholds(tx, from, to, town, looks === 'demo' ? lived : 0))
    onProgress?.(to)
  }
  return Math.max(0, households - first + 1)
}

async function writeHouseholds(
  tx: Tx,
  from: number,
  to: number,
  town: Town,
  lived: number,
): Promise<void> {
  const numbers = Array.from({ length: to - from + 1 }, (_, at) => from + at)
  const households = numbers.map((number) => householdOf(number, town))
  const { companyId } = town.city.company
  // The papers' own customers owe what the papers print, whatever a life would bring.
  const isTold = (at: number) => numbers[at]! > lived || isKnown(numbers[at]!, town)
  const told = households.filter((_, at) => isTold(at))
  const bills = told.flatMap((household) => billsOf(household, lived > 0))
  await tx.run(sql.insertCustomers, [companyId, toJson(households.map(customerRow))])
  await tx.run(sql.insertAreaItems, [companyId, toJson(households.flatMap(areaRows))])
  await writeBills(tx, companyId, bills)
  const living = numbers.flatMap((number, at) =>
    isTold(at) ? [] : [{ number, household: households[at]! }],
  )
  await writeHistory(tx, town.city, living)
}

const isKnown = (number: number, { city }: Town) =>
  city === shijiazhuang && number <= lastKnownNumber

const customerRow = ({ flags, areas, habits, partPaidFen, ...customer }: Household) => ({
  ...customer,
  ...flags,
  letters: lettersOf(customer.name),
})

const areaRows = ({ customerId, areas }: Household) =>
  areas.map((area) => ({
    ...area,
    customerId,
    areaItemId: `are_${customerId.slice(4)}_${area.areaNo}`,
  }))

async function writeBills(tx: Tx, companyId: string, bills: readonly SeasonBill[]): Promise<void> {
  if (bills.length === 0) return
  const entries = bills.flatMap((bill) => bill.entries)
  const seqs = await takeEntrySeqs(tx, entries.length)
  const numbered = entries.map((entry, at) => ({ ...entry, entrySeq: seqs[at]! }))
  for (const [bookingOn, ofDay] of Map.groupBy(numbered, (entry) => entry.bookingOn)) {
    await writeEntries(tx, companyId, bookingOn, ofDay)
  }
  const seqOf = new Map(entries.map((entry, at) => [entry, seqs[at]!]))
  const rows = bills.flatMap(({ charges, entries: [issued] }) =>
    charges.map(({ lateFee, ...charge }) => ({
      chargeId: charge.chargeId,
      customerId: charge.customerId,
      season: charge.season,
      areaNo: charge.areaNo,
      feeItem: charge.feeItem,
      receivableFen: charge.receivableFen,
      paidFen: charge.paidFen,
      discountFen: charge.discountFen,
      latePrincipalFen: lateFee.principalFen,
      lateSettledProduct: lateFee.settledProduct,
      latePaidFen: lateFee.paidFen,
      formula: charge.formula,
      entrySeq: seqOf.get(issued)!,
    })),
  )
  await tx.run(sql.insertCharges, [companyId, toJson(rows)])
}
