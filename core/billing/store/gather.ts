// Accounts out of the database as the engine sees them (engine/state.ts): plain data, read whole,
// and locked if an event is to be decided. What the banks collected stands in `operations`; here it
// becomes payments and settlements like any other.
import { dm2, fen, revive } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import type { FeeItem, Part } from '../accounts.ts'
import type {
  AreaCard,
  AreaSeason,
  CustomerState,
  Fact,
  PaymentRecord,
  Receivable,
  ReceivableChange,
  Rules,
  Settlement,
  StopFact,
} from '../engine/state.ts'
import type { LateFeeTerms } from '../late-fees.ts'
import type { Formula } from '../tariffs.ts'
import * as sql from './gather.sql.ts'
import { unpack } from './pack.ts'
import { seasonsOpenForCollection } from './rules.ts'

/** `op_icbc_2026-11-20_000123`: a bank's payment; only the bank takes it back. */
export const isOfBank = (paymentId: string): boolean => paymentId.startsWith('op_')

/**
 * By customer id; unknown ids are absent. The lock on the customers, in ascending order, is the
 * lock on all that is theirs: every statement after it sees what the last holder left.
 */
export async function gatherStates(
  tx: Tx,
  companyId: string,
  customerIds: readonly string[],
  how: 'locked' | 'read',
  rules: Rules,
): Promise<Map<string, CustomerState>> {
  const of: [string, string[]] = [companyId, [...new Set(customerIds)].sort()]
  const customers = await tx.many(how === 'locked' ? sql.lockAccounts : sql.accountsOf, of)
  const open = await seasonsOpenForCollection(tx, companyId)
  const rows = {
    cards: grouped(await tx.many(sql.cardsOf, of)),
    areas: grouped(await tx.many(sql.areaSeasonsOf, of)),
    facts: grouped(await tx.many(sql.factsOf, of)),
    charges: grouped(await tx.many(sql.chargesOfAccounts, of)),
    changes: grouped(await tx.many(sql.changesOf, of)),
    settlements: grouped(await tx.many(sql.settlementsOf, of)),
    bank: grouped(await tx.many(sql.bankPaymentsOf, of)),
    counter: grouped(await tx.many(sql.counterPaymentsOf, of)),
    reductions: grouped(await tx.many(sql.reductionsOf, of)),
    holds: grouped(await tx.many(sql.holdsOf, of)),
  }
  return new Map(
    customers.map((row) => [row.customerId, stateFrom(companyId, row, rows, rules, open)]),
  )
}

type Groups<Row> = (customerId: string) => readonly Row[]

function grouped<Row extends { customerId: string }>(rows: readonly Row[]): Groups<Row> {
  const groups = Map.groupBy(rows, ({ customerId }) => customerId)
  return (customerId) => groups.get(customerId) ?? []
}

interface Rows {
  cards: Groups<sql.CardRow>
  areas: Groups<sql.AreaRow>
  facts: Groups<sql.FactRow>
  charges: Groups<sql.ChargeRow>
  changes: Groups<sql.ChangeRow>
  settlements: Groups<sql.SettlementRow>
  bank: Groups<sql.BankPaymentRow>
  counter: Groups<sql.PaymentRow>
  reductions: Groups<sql.ReductionRow>
  holds: Groups<sql.HoldRow>
}

function stateFrom(
  companyId: string,
  row: sql.CustomerRow,
  rows: Rows,
  rules: Rules,
  open: ReadonlySet<string>,
): CustomerState {
  const { customerId } = row
  return {
    customerId,
    companyId,
    nature: row.nature,
    controlMode: row.controlMode,
    network: row.networkStatus,
    successorIds: row.successorIds,
    cards: rows.cards(customerId).map(cardFrom),
    areaSeasons: areasFrom(rows.areas(customerId), rows.facts(customerId)),
    lines: linesFrom(customerId, rows, rules, open),
    reductions: rows.reductions(customerId).map(({ eventId: causeId, feeItem, ...of }) => ({
      season: of.season,
      areaNo: of.areaNo,
      amountFen: fen(of.amountFen),
      causeId,
      feeItem: feeItem as FeeItem,
    })),
    holds: rows.holds(customerId).map(({ eventId: causeId, season, fromOn: from, promisedOn }) => {
      return { causeId, season, from, promisedOn }
    }),
    payments: [...rows.bank(customerId).map(bankPayment), ...rows.counter(customerId).map(payment)],
    balanceFen: fen(row.prepaidFen),
  }
}

export const cardFrom = (row: sql.CardRow): AreaCard => ({
  areaNo: row.areaNo,
  areaItem: row.areaItem,
  billingDm2: dm2(row.billingAreaDm2),
  heightCm: row.storeyHeightCm,
  priceClass: row.priceClass,
  isBilled: row.generateBill,
  status: row.status,
  waitingStops: unpack<StopFact[]>(row.waitingStops),
})

function areasFrom(areas: readonly sql.AreaRow[], facts: readonly sql.FactRow[]): AreaSeason[] {
  const keyOf = ({ season, areaNo }: { season: string; areaNo: number }) => `${season}|${areaNo}`
  const byRoom = Map.groupBy(facts, keyOf)
  return areas.map((row) => ({
    season: row.season,
    areaNo: row.areaNo,
    areaItem: row.areaItem,
    billingDm2: dm2(row.billingAreaDm2),
    heightCm: row.storeyHeightCm,
    priceClass: row.priceClass,
    facts: (byRoom.get(keyOf(row)) ?? []).map(({ fact }) => unpack<Fact>(fact)),
    offsets: unpack<AreaSeason['offsets']>(row.offsets),
    isFrozen: row.isFrozen,
  }))
}

function linesFrom(
  customerId: string,
  rows: Rows,
  rules: Rules,
  open: ReadonlySet<string>,
): Receivable[] {
  const charges = rows.charges(customerId)
  const known = new Map(charges.map((row) => [row.chargeId, row]))
  const changes = Map.groupBy(rows.changes(customerId), (row) => row.chargeId)
  const settlements = Map.groupBy(
    [
      ...rows.bank(customerId).flatMap(settlementsOfBank),
      ...rows.settlements(customerId).map(settlement),
    ],
    (of) => of.chargeId,
  )
  return charges.toSorted(asCaused).map((row) => {
    const terms = rules.seasons.get(row.season)!
    const own = unpack<LateFeeTerms | null>(row.lateTerms)
    return {
      ...amountsOf(row),
      chargeId: row.chargeId,
      season: row.season,
      seasonOpenForCollection: open.has(row.season),
      feeItem: row.feeItem as FeeItem,
      areaNo: row.areaNo,
      areaItem: row.areaItem,
      causeId: row.causeId ?? '',
      lateFeeTerms: own ?? terms.lateFee,
      discountTerms: terms.discount,
      changes: (changes.get(row.chargeId) ?? []).map((change) =>
        changeFrom(change, known.get(row.chargeId)!),
      ),
      settlements: settlements.get(row.chargeId) ?? [],
    }
  })
}

/** In the order in which they came to be: `…_2` before `…_10`. */
const asCaused = (a: sql.ChargeRow, b: sql.ChargeRow): number =>
  compare(a.causeId ?? '', b.causeId ?? '') ||
  a.chargeId.length - b.chargeId.length ||
  compare(a.chargeId, b.chargeId)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const amountsOf = (row: sql.ChargeRow) => ({
  // Lines from before this table kept its parts were charged as they stand.
  chargedFen: fen(row.chargedFen ?? row.receivableFen),
  reducedFen: fen(row.reducedFen),
  writtenOffFen: fen(row.writtenOffFen),
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
})

const changeFrom = (row: sql.ChangeRow, of: sql.ChargeRow): ReceivableChange => ({
  chargeId: row.chargeId,
  season: of.season,
  areaNo: of.areaNo,
  feeItem: of.feeItem as FeeItem,
  causeId: row.eventId,
  on: row.changedOn,
  kind: row.kind,
  deltaFen: fen(row.deltaFen),
  formulas: unpack<Formula[]>(row.formulas),
})

const settlement = (row: sql.SettlementRow): Settlement => ({
  chargeId: row.chargeId,
  causeId: row.eventId,
  source: row.source,
  on: row.settledOn,
  principalFen: fen(row.principalFen),
  lateFeeFen: fen(row.lateFeeFen),
  discountFen: fen(row.discountFen),
  discountRate: row.discountRate,
})

function settlementsOfBank({ paymentId, parts }: sql.BankPaymentRow): Settlement[] {
  const stored = revive<{ parts: Part[] }>(parts)
  const cause = { causeId: paymentId, source: paymentId, discountRate: 0n }
  return stored.parts.map((part) => ({ ...part, ...cause }))
}

const bankPayment = (row: sql.BankPaymentRow): PaymentRecord => ({
  paymentId: row.paymentId,
  on: row.paidOn,
  amountFen: fen(row.amountFen),
  funds: row.clearingAccount,
  balanceUsedFen: fen(0),
  roundingFen: fen(0),
  state: 'PAID',
})

const payment = (row: sql.PaymentRow): PaymentRecord => ({
  paymentId: row.paymentId,
  on: row.paidOn,
  amountFen: fen(row.amountFen),
  funds: row.funds,
  balanceUsedFen: fen(row.balanceUsedFen),
  roundingFen: fen(row.roundingFen),
  state: row.state,
})
