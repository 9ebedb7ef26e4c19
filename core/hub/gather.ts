// Step one of the spine: everything a batch needs, read and locked by a handful of statements,
// whatever the size of the batch. Rows become plain data here; nothing is decided.
import {
  dm2,
  type Fen,
  fen,
  type PaymentKey,
  type Receipt,
  type RefusalCode,
  revive,
} from '@reli/sdk'
import type { Account, ChargeLine, FeeItem, Part } from '../billing/accounts.ts'
import type { DiscountTerms } from '../billing/discounts.ts'
import type { LateFeeTerms } from '../billing/late-fees.ts'
import {
  type DiscountPolicy,
  discountTermsFrom,
  type LateFeePolicy,
  lateFeeTermsFrom,
} from '../billing/policies.ts'
import { unpack } from '../billing/store/pack.ts'
import type { Channel, Moment } from '../collection/channels.ts'
import { keyText, type Operation, type World } from '../collection/operations.ts'
import type { Tx } from '../db/db.ts'
import {
  type ChannelRow,
  type CustomerRow,
  channelsOf,
  customersWithArea,
  type LineRow,
  linesOf,
  lockCustomers,
  lockOperations,
  type OperationRow,
  type SeasonRow,
  seasonsOf,
  settledDaysOf,
  shareBookingDay,
  theMoment,
} from './gather.sql.ts'

/** What one call of a batch asks to be gathered. */
export interface Wanted {
  channel: string
  key: PaymentKey
  customerNo?: string
}

/** The world of a batch of payments and reversals, its rows locked until the transaction ends. */
export async function gatherPayments(
  tx: Tx,
  companyId: string,
  wanted: readonly Wanted[],
): Promise<World> {
  const moment = await takeMoment(tx, companyId)
  const channels = await gatherChannels(
    tx,
    companyId,
    wanted.map((w) => w.channel),
  )
  const days = byDay(wanted)
  const operations = await gatherOperations(tx, companyId, days, lockOperations)
  const customerNos = new Set<string>()
  for (const { customerNo } of wanted) if (customerNo !== undefined) customerNos.add(customerNo)
  for (const { customerNo } of operations.values())
    if (customerNo !== null) customerNos.add(customerNo)
  const accounts = await gatherAccounts(tx, companyId, [...customerNos], 'locked')
  const settled = await tx.many(settledDaysOf, [
    companyId,
    days.map((day) => day.channel),
    days.map((day) => day.bankDate),
  ])
  const settledDays = new Set(settled.map((day) => `${day.channelId}|${day.bankDate}`))
  return { ...moment, channels, accounts, operations, settledDays }
}

/** The booking date, under the lock that the cut-over waits for, and the time. */
export async function takeMoment(
  tx: Tx,
  companyId: string,
): Promise<Moment & { bookingOn: string }> {
  await tx.run(shareBookingDay, [companyId])
  return tx.one(theMoment, [companyId])
}

interface DayOfKeys {
  channel: string
  bankDate: string
  serials: string[]
}

/** Keys by channel and accounting date, in ascending order: the order in which they are locked. */
export function byDay(wanted: readonly Wanted[]): DayOfKeys[] {
  const days = new Map<string, DayOfKeys>()
  for (const { channel, key } of wanted) {
    const name = `${channel}|${key.bankDate}`
    const day = days.get(name)
    if (day) day.serials.push(key.serial)
    else days.set(name, { channel, bankDate: key.bankDate, serials: [key.serial] })
  }
  return [...days.keys()].sort().map((name) => days.get(name)!)
}

/** What is on record of these keys, by `keyText`. */
export async function gatherOperations(
  tx: Tx,
  companyId: string,
  days: readonly DayOfKeys[],
  how: typeof lockOperations,
): Promise<Map<string, Operation>> {
  const operations = new Map<string, Operation>()
  for (const { channel, bankDate, serials } of days) {
    for (const row of await tx.many(how, [companyId, channel, bankDate, serials])) {
      operations.set(keyText(channel, row), operationFrom(row))
    }
  }
  return operations
}

export async function gatherChannels(
  tx: Tx,
  companyId: string,
  channelIds: readonly string[],
): Promise<Map<string, Channel>> {
  const rows = await tx.many(channelsOf, [companyId, [...new Set(channelIds)]])
  return new Map(rows.map((row) => [row.channelId, channelFrom(row)]))
}

const channelFrom = (row: ChannelRow): Channel => ({
  ...row,
  singleLimitFen: fen(row.singleLimitFen),
  partMinFen: row.partMinFen as Fen | null,
  partStepFen: row.partStepFen as Fen | null,
  openOutlets: new Set(row.openOutlets),
  windows: row.windows ?? [],
  stoppedSeasons: new Set(row.stoppedSeasons),
})

/** Accounts by customer number. `locked` for payments; `read`, with areas, for queries. */
export async function gatherAccounts(
  tx: Tx,
  companyId: string,
  customerNos: string[],
  how: 'locked' | 'read',
): Promise<Map<string, Account>> {
  const accounts = new Map<string, Account>()
  if (customerNos.length === 0) return accounts
  const terms = new Map<string, SeasonTerms>()
  for (const row of await tx.many(seasonsOf, [companyId])) {
    terms.set(row.season, termsOf(row))
  }
  const customers = await tx.many(how === 'read' ? customersWithArea : lockCustomers, [
    companyId,
    customerNos,
  ])
  const lines = new Map<string, ChargeLine[]>(customers.map((row) => [row.customerId, []]))
  for (const row of await tx.many(linesOf, [companyId, [...lines.keys()]])) {
    lines.get(row.customerId)!.push(lineFrom(row, terms.get(row.season)!))
  }
  for (const row of customers)
    accounts.set(row.customerNo, accountFrom(row, lines.get(row.customerId)!))
  return accounts
}

/** What `seasons.policy` says about late fee and discount; the rest of it is for charging. */
interface SeasonPolicy {
  late_fee: LateFeePolicy
  discount?: DiscountPolicy | null
}

const termsOf = ({ openForCollection, policy }: SeasonRow): SeasonTerms => {
  const { late_fee: lateFee, discount } = policy as SeasonPolicy
  return {
    isOpen: openForCollection,
    lateFee: lateFeeTermsFrom(lateFee),
    discount: discount ? discountTermsFrom(discount) : null,
  }
}

interface SeasonTerms {
  isOpen: boolean
  lateFee: LateFeeTerms
  discount: DiscountTerms | null
}

const lineFrom = (row: LineRow, terms: SeasonTerms): ChargeLine => ({
  chargeId: row.chargeId,
  season: row.season,
  seasonOpenForCollection: terms.isOpen,
  feeItem: row.feeItem as FeeItem,
  areaNo: row.areaNo,
  receivableFen: fen(row.receivableFen),
  paidFen: fen(row.paidFen),
  fromBalanceFen: fen(row.fromBalanceFen),
  discountFen: fen(row.discountFen),
  lateFee: {
    principalFen: fen(row.latePrincipalFen),
    settledProduct: row.lateSettledProduct,
    paidFen: fen(row.latePaidFen),
    waivedFen: fen(row.lateWaivedFen),
  },
  lateFeeTerms: row.lateTerms === null ? terms.lateFee : unpack<LateFeeTerms>(row.lateTerms),
  discountTerms: terms.discount,
})

const accountFrom = (row: CustomerRow, lines: ChargeLine[]): Account => ({
  customerId: row.customerId,
  customerNo: row.customerNo,
  name: row.name,
  address: row.address,
  areaDm2: dm2(row.areaDm2),
  nature: row.nature,
  flags: row,
  lines,
})

interface StoredParts {
  parts: Part[]
  toBalanceFen: Fen
}

function operationFrom(row: OperationRow): Operation {
  const { answer, parts, ...rest } = row
  const stored = parts === null ? null : revive<StoredParts>(parts)
  return {
    ...rest,
    amountFen: row.amountFen as Fen | null,
    refusal: row.refusal as RefusalCode | null,
    answer: answer === null ? null : revive<Receipt>(answer),
    parts: stored?.parts ?? [],
    toBalanceFen: stored?.toBalanceFen ?? fen(0),
  }
}
