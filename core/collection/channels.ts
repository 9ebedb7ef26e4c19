// A channel's parameters, and the checks that every query and payment of a partner passes before
// anybody looks at the customer, in the order of the banks' papers §5.
import { type Fen, Refused } from '@reli/sdk'
import type { ChannelPolicy } from '../billing/bill.ts'
import { addDays, type Day } from '../billing/seasons.ts'
import { type Business, isOpenFor, isStopped, type Opening } from './windows.ts'

export interface Channel extends Opening {
  channelId: string
  title: string
  enabled: boolean
  dateRule: 'signed_on' | 'calendar'
  openBankDate: Day | null
  singleLimitFen: Fen
  partMinFen: Fen | null
  partStepFen: Fen | null
  maxSeasons: number
  queriesPerMinute: number
  hoursFrom: string
  hoursTo: string
  maintenanceFrom: string | null
  maintenanceTo: string | null
  collectFromOn: Day | null
  collectToOn: Day | null
  clearingAccount: string
  /** Numbers of the outlets that may collect; whoever is not here counts as switched off. */
  openOutlets: ReadonlySet<string>
}

/** The moment of a batch, read once from the database: Beijing time and calendar. */
export interface Moment {
  /** `2026-11-20T09:30:12` */
  now: string
  today: Day
}

/** The accounting dates on which this channel may pay now. */
export function openDatesOf(channel: Channel, { today }: Moment): Day[] {
  if (channel.dateRule === 'calendar') return [today]
  return channel.openBankDate === null ? [] : [channel.openBankDate]
}

/** 系统日终维护: stops everything but the sign-on. */
export function refuseInMaintenance(channel: Channel, { now }: Moment): void {
  const { maintenanceFrom, maintenanceTo } = channel
  if (maintenanceFrom === null || maintenanceTo === null) return
  if (isWithin(now, maintenanceFrom, maintenanceTo)) throw new Refused('system.in_maintenance')
}

/** Switches, hours and accounting date, for queries and payments. */
export function refuseUnlessCollecting(
  channel: Channel,
  moment: Moment,
  { business, outlet, bankDate }: { business: Business; outlet?: string; bankDate: Day },
): void {
  const { channelId } = channel
  if (!channel.enabled || isStopped(channel)) throw new Refused('channel.disabled', { channelId })
  if (outlet !== undefined && !channel.openOutlets.has(outlet)) {
    throw new Refused('outlet.disabled', { channelId, outlet })
  }
  const { hoursFrom, hoursTo, collectFromOn, collectToOn } = channel
  const inSeason =
    (collectFromOn === null || moment.today >= collectFromOn) &&
    (collectToOn === null || moment.today <= collectToOn)
  if (!inSeason || !isWithin(moment.now, hoursFrom, hoursTo)) {
    throw new Refused('channel.outside_window', { channelId })
  }
  refuseOutsideWindow(channel, business, moment)
  if (!openDatesOf(channel, moment).includes(bankDate)) {
    throw new Refused('date.not_open', { channelId, bankDate })
  }
}

/** A business that has windows is done within them. */
export function refuseOutsideWindow(channel: Channel, business: Business, moment: Moment): void {
  const { channelId } = channel
  if (isOpenFor(channel, business, moment)) return
  throw new Refused('channel.outside_window', { channelId, business })
}

/**
 * From `from` up to, not including, `to`; a window that ends before it begins runs over midnight.
 */
function isWithin(now: string, from: string, to: string): boolean {
  const time = now.slice(11)
  return from <= to ? time >= from && time < to : time >= from || time < to
}

/**
 * A sign-on may open yesterday, today or tomorrow, and never goes back (icbc §6 «Accounting date»).
 */
export function refuseUnlessOpenable(channel: Channel, { today }: Moment, bankDate: Day): void {
  const near = bankDate >= addDays(today, -1) && bankDate <= addDays(today, 1)
  const forward = channel.openBankDate === null || bankDate >= channel.openBankDate
  if (!near || !forward)
    throw new Refused('date.not_open', { channelId: channel.channelId, bankDate })
}

/** What billing has to know of the channel. */
export const policyOf = (channel: Channel): ChannelPolicy => ({
  channel: channel.channelId,
  maxSeasons: channel.maxSeasons,
  singleLimitFen: channel.singleLimitFen,
  amount:
    channel.partMinFen === null || channel.partStepFen === null
      ? { rule: 'FULL' }
      : { rule: 'PART', minimumFen: channel.partMinFen, multipleFen: channel.partStepFen },
  within: 'PRINCIPAL_FIRST',
  closedSeasons: channel.stoppedSeasons,
})
