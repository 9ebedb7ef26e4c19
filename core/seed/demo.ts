// A demo season: a heating company of a Hebei city with its communities, customers, three seasons
// of charges and what was paid of them, two banks and the people who work there. The same code
// fills the database of a bench with up to two million customers, in flat memory. Runs as the
// application does, under its row filter; it may be cut off at any point and goes on where it
// stopped.
import { toJson } from '@reli/sdk'
import { lettersOf } from '../billing/search/initials.ts'
import type { Db, Tx } from '../db/db.ts'
import { type Scope, wholeCompanies } from '../db/scope.ts'
import { channelAccounts, clearingOf, commonAccounts } from '../ledger/chart.ts'
import { takeEntrySeqs, writeEntries } from '../ledger/entries.ts'
import { hashPassword } from '../org/passwords.ts'
import { bankAccount, billsOf, type SeasonBill } from './bills.ts'
import { demoChannels } from './channels.ts'
import { communitiesFor, shijiazhuang } from './city.ts'
import * as sql from './demo.sql.ts'
import type { Household } from './household.ts'
import { householdOf, maxHouseholds, type Town } from './households.ts'
import { demoUsers } from './people.ts'
import { demoSeasons, priceClasses } from './seasons.ts'

export interface SeedPlan {
  households: number
  /** The booking date on which the company begins, `2026-11-20`. */
  bookingOn: string
  /** `demo`: as a town looks in November. `bench`: everybody owes, paid history is left out. */
  looks: 'demo' | 'bench'
  /** Called after each batch with the number of households that stand. */
  onProgress?(done: number): void
}

const { company, orgUnits } = shijiazhuang
const scope: Scope = wholeCompanies(company.companyId)

/** Large enough for set-based speed, small enough for flat memory and to lose little. */
const batchHouseholds = 1_000

/** How many of 1,000 without arrears have paid the open season by November. */
const paidAlreadyInDemo = 350

/** Writes what is missing of the plan; the number of households it added. */
export async function seed(db: Db, plan: SeedPlan): Promise<number> {
  const { households, looks, onProgress } = plan
  if (households < 1 || households > maxHouseholds) {
    throw new RangeError(`households: 1 to ${maxHouseholds}, not ${households}`)
  }
  const communities = communitiesFor(shijiazhuang, households)
  const town = {
    city: shijiazhuang,
    communities,
    paidAlready: looks === 'demo' ? paidAlreadyInDemo : 0,
  }
  const first = await db.tx(scope, async (tx) => {
    const { isSeeded } = await tx.one(sql.isCompanySeeded, [company.companyId])
    if (!isSeeded) await writeCompany(tx, plan, town)
    return (await tx.one(sql.householdsSeeded, [company.companyId])).count + 1
  })
  for (let from = first; from <= households; from += batchHouseholds) {
    const to = Math.min(from + batchHouseholds - 1, households)
    await db.tx(scope, (tx) => writeHouseholds(tx, from, to, town, looks === 'demo'))
    onProgress?.(to)
  }
  return Math.max(0, households - first + 1)
}

async function writeCompany(tx: Tx, plan: SeedPlan, town: Town): Promise<void> {
  const { companyId, name, taxNo } = company
  await tx.run(sql.insertCompany, [companyId, name, taxNo, plan.bookingOn])
  await tx.run(sql.insertOrgUnits, [
    companyId,
    orgUnits.map((unit) => unit.orgId),
    orgUnits.map((unit) => unit.parentId),
    orgUnits.map((unit) => unit.kind),
    orgUnits.map((unit) => unit.name),
    orgUnits.map((unit) => unit.orgPath),
  ])
  await tx.run(sql.insertCommunities, [
    companyId,
    town.communities.map((community) => community.communityId),
    town.communities.map((community) => community.name),
    town.communities.map((community) => lettersOf(community.name)),
    town.communities.map((community) => community.orgPath),
  ])
  await writeUsers(tx)
  await writeChannels(tx)
  await writeSeasons(tx)
}

async function writeUsers(tx: Tx): Promise<void> {
  const { companyId } = company
  for (const { login, name, roles, password } of demoUsers) {
    const hash = await hashPassword(password)
    await tx.run(sql.insertUser, [companyId, `usr_${login}`, login, name, hash, roles, ['%']])
  }
}

async function writeChannels(tx: Tx): Promise<void> {
  const { companyId } = company
  const accounts = [...commonAccounts, bankAccount]
  for (const channel of demoChannels) {
    const { channelId, title, outlets } = channel
    accounts.push(...channelAccounts(channelId, title))
    await tx.run(sql.insertChannel, [
      companyId,
      channelId,
      title,
      channel.connector,
      channel.dateRule,
      channel.unknownProfile,
      channel.singleLimitFen,
      channel.partMinFen,
      channel.partStepFen,
      channel.maxSeasons,
      clearingOf(channelId),
    ])
    await tx.run(sql.insertOutlets, [
      companyId,
      channelId,
      outlets.map((outlet) => outlet.outletNo),
      outlets.map((outlet) => outlet.name),
      outlets.map((outlet) => outlet.enabled),
    ])
  }
  await tx.run(sql.insertAccounts, [
    companyId,
    accounts.map((account) => account.account),
    accounts.map((account) => account.code),
    accounts.map((account) => account.name),
    accounts.map((account) => account.side),
  ])
}

async function writeSeasons(tx: Tx): Promise<void> {
  const { companyId } = company
  for (const { season, heatStartOn, heatEndOn, state, policy } of demoSeasons) {
    const policyText = toJson(policy)
    await tx.run(sql.insertSeason, [companyId, season, heatStartOn, heatEndOn, state, policyText])
    for (const { priceClass, name, unitPrice, baseHeatRatio, overHeightPolicy } of priceClasses) {
      const overHeight = toJson(overHeightPolicy)
      await tx.run(sql.insertPriceClass, [
        companyId,
        season,
        priceClass,
        name,
        unitPrice,
        baseHeatRatio,
        overHeight,
      ])
    }
  }
}

async function writeHouseholds(
  tx: Tx,
  from: number,
  to: number,
  town: Town,
  withSettledHistory: boolean,
): Promise<void> {
  const numbers = Array.from({ length: to - from + 1 }, (_, at) => from + at)
  const households = numbers.map((number) => householdOf(number, town))
  const bills = households.flatMap((household) => billsOf(household, withSettledHistory))
  const { companyId } = company
  await tx.run(sql.insertCustomers, [companyId, toJson(households.map(customerRow))])
  await tx.run(sql.insertAreaItems, [companyId, toJson(households.flatMap(areaRows))])
  await writeBills(tx, bills)
}

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

async function writeBills(tx: Tx, bills: readonly SeasonBill[]): Promise<void> {
  const { companyId } = company
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
