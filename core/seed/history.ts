// The lives of a batch of accounts, written day by day as they would have been booked.
import { newCustomer } from '../billing/engine/state.ts'
import { addDays } from '../billing/seasons.ts'
import { historyChannel } from '../billing/store/names.ts'
import { rulesOf } from '../billing/store/rules.ts'
import { type Done, takeEventIds, writeDecisions } from '../billing/store/write.ts'
import type { Tx } from '../db/db.ts'
import type { City } from './city.ts'
import { diceOf } from './dice.ts'
import type { Household } from './household.ts'
import { type Happening, type LivedSeason, lifeOf, mostHappenings } from './lives.ts'
import type { DemoSeason } from './seasons.ts'

/** Those who pay late do so 41 days late (domain.md E29). */
const daysLate = 41

const livedOf = ({ season, state, policy, ...days }: DemoSeason): LivedSeason => ({
  season,
  issuedOn: days.issuedOn,
  paidOn: days.paidOn,
  lateOn: addDays(policy.late_fee.due_date, daysLate),
  heatStartOn: days.heatStartOn,
  closedOn: state === 'CLOSED' ? `${season.slice(5)}-05-31` : null,
})

export async function writeHistory(
  tx: Tx,
  city: City,
  accounts: readonly { number: number; household: Household }[],
): Promise<void> {
  if (accounts.length === 0) return
  const { companyId } = city.company
  const rules = await rulesOf(tx, companyId)
  const seasons = city.seasons.map(livedOf)
  const ids = await takeEventIds(tx, accounts.length * mostHappenings)
  const happenings = accounts.flatMap(({ number, household }, at) => {
    const own = ids.slice(at * mostHappenings, (at + 1) * mostHappenings).values()
    const state = newCustomer(household.customerId, household.nature, cardsOf(household), companyId)
    const { habits } = household
    return lifeOf({ state, habits, isPlain: false }, seasons, rules, diceOf(-number), own)
  })
  const byDay = Map.groupBy(happenings, ({ bookingOn }) => bookingOn)
  for (const day of [...byDay.keys()].sort()) {
    await writeDecisions(tx, companyId, day, byDay.get(day)!.map(doneFrom), rules)
  }
}

const doneFrom = ({ event, reason, before, decision }: Happening): Done => {
  const record = { event, customerId: before.customerId, madeBy: 'seed', channel: historyChannel }
  return {
    record: reason === '' ? record : { ...record, reason },
    parts: [{ before, decision }],
  }
}

const cardsOf = ({ areas }: Household) =>
  areas.map(({ areaNo, category, billingDm2, heightCm, priceClass }) => ({
    areaNo,
    areaItem: category,
    billingDm2,
    heightCm,
    priceClass,
    isBilled: true,
    status: 'NORMAL' as const,
    waitingStops: [],
  }))
