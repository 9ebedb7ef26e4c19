// A demo company with its setting: organisation, communities, people, channels, accounts, seasons.
import { toJson } from '@reli/sdk'
import { lettersOf } from '../billing/search/initials.ts'
import type { Tx } from '../db/db.ts'
import { channelAccounts, clearingOf, commonAccounts } from '../ledger/chart.ts'
import { hashPassword } from '../org/passwords.ts'
import { bankAccount } from './bills.ts'
import { demoChannels } from './channels.ts'
import { type City, shijiazhuang } from './city.ts'
import * as sql from './demo.sql.ts'
import type { Town } from './households.ts'
import { demoUsers } from './people.ts'

export async function writeCompany(tx: Tx, bookingOn: string, town: Town): Promise<void> {
  const { company, orgUnits } = town.city
  const { companyId, name, taxNo } = company
  await tx.run(sql.insertCompany, [companyId, name, taxNo, bookingOn])
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
  await writeUsers(tx, companyId)
  await writeChannels(tx, town.city)
  await writeSeasons(tx, town.city)
}

async function writeUsers(tx: Tx, companyId: string): Promise<void> {
  for (const { login, name, roles, password } of demoUsers) {
    const hash = await hashPassword(password)
    await tx.run(sql.insertUser, [companyId, `usr_${login}`, login, name, hash, roles, ['%']])
  }
}

/** The banks' papers know one company; the other collects at its own halls. */
async function writeChannels(tx: Tx, city: City): Promise<void> {
  const { companyId } = city.company
  const accounts = [...commonAccounts, bankAccount]
  for (const channel of city === shijiazhuang ? demoChannels : []) {
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

async function writeSeasons(tx: Tx, city: City): Promise<void> {
  const { companyId } = city.company
  for (const { season, heatStartOn, heatEndOn, state, policy } of city.seasons) {
    const policyText = toJson(policy)
    await tx.run(sql.insertSeason, [companyId, season, heatStartOn, heatEndOn, state, policyText])
    for (const {
      priceClass,
      name,
      unitPrice,
      baseHeatRatio,
      overHeightPolicy,
    } of city.priceClasses) {
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
