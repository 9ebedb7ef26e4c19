// The reads of accounts: every table once for a batch of customers, whatever their number.
import { query } from '../../db/db.ts'

type Of = [companyId: string, customerIds: string[]]

export interface CustomerRow {
  customerId: string
  nature: string
  controlMode: 'SEPARATE' | 'SERIES'
  networkStatus: 'PENDING' | 'IN_NETWORK' | 'DISCONNECTED' | 'CLOSED'
  successorIds: string[]
  prepaidFen: bigint
}

const customerColumns =
  'customer_id, nature, control_mode, network_status, successor_ids, prepaid_fen'

export const accountsOf = query<Of, CustomerRow>(
  'accounts_of',
  `
  select ${customerColumns} from reli.customers
   where company_id = $1 and customer_id = any($2::text[]) order by customer_id`,
)

/** Who changes an account waits for the others here: events, openings, payments of banks. */
export const lockAccounts = query<Of, CustomerRow>(
  'lock_accounts',
  `
  select ${customerColumns} from reli.customers
   where company_id = $1 and customer_id = any($2::text[]) order by customer_id for no key update`,
)

export interface CardRow {
  customerId: string
  areaNo: number
  areaItem: string
  billingAreaDm2: bigint
  storeyHeightCm: number | null
  priceClass: string
  generateBill: boolean
  status: 'NORMAL' | 'NOT_OPENED' | 'DISCONNECTED'
  waitingStops: unknown[]
}

export const cardsOf = query<Of, CardRow>(
  'cards_of',
  `
  select customer_id, area_no, case area_item when '' then category else area_item end as area_item,
         billing_area_dm2, storey_height_cm, price_class, generate_bill, status, waiting_stops
    from reli.area_items
   where company_id = $1 and customer_id = any($2::text[]) order by customer_id, area_no`,
)

export interface AreaRow {
  customerId: string
  season: string
  areaNo: number
  areaItem: string
  billingAreaDm2: bigint
  storeyHeightCm: number | null
  priceClass: string
  offsets: unknown
  isFrozen: boolean
}

export const areaSeasonsOf = query<Of, AreaRow>(
  'area_seasons_of',
  `
  select customer_id, season, area_no, area_item, billing_area_dm2, storey_height_cm, price_class,
         offsets, is_frozen
    from reli.area_seasons
   where company_id = $1 and customer_id = any($2::text[]) order by customer_id, season, area_no`,
)

export interface FactRow {
  customerId: string
  season: string
  areaNo: number
  fact: unknown
}

export const factsOf = query<Of, FactRow>(
  'area_facts_of',
  `
  select f.customer_id, f.season, f.area_no, f.fact
    from reli.area_facts f
    join reli.area_seasons a using (company_id, customer_id, season, area_no)
   where f.company_id = $1 and f.customer_id = any($2::text[])
     and (a.opened_by is null or f.event_id >= a.opened_by)
   order by f.customer_id, f.fact_seq`,
)

export interface ChargeRow {
  chargeId: string
  customerId: string
  season: string
  areaNo: number
  areaItem: string
  feeItem: string
  causeId: string | null
  chargedFen: bigint | null
  reducedFen: bigint
  writtenOffFen: bigint
  receivableFen: bigint
  paidFen: bigint
  discountFen: bigint
  fromBalanceFen: bigint
  latePrincipalFen: bigint
  lateSettledProduct: bigint
  latePaidFen: bigint
  lateWaivedFen: bigint
  dueOn: string | null
  lateTerms: unknown
}

const chargeColumns = `charge_id, customer_id, season, area_no, area_item, fee_item, cause_id,
         charged_fen, reduced_fen, written_off_fen, receivable_fen, paid_fen, discount_fen,
         from_balance_fen, late_principal_fen, late_settled_product, late_paid_fen, late_waived_fen,
         due_on, late_terms`

export const chargesOfAccounts = query<Of, ChargeRow>(
  'charges_of_accounts',
  `
  select ${chargeColumns} from reli.charges
   where company_id = $1 and customer_id = any($2::text[]) and not is_moved order by charge_id`,
)

export interface ChangeRow {
  customerId: string
  chargeId: string
  eventId: string
  kind: 'CHARGED' | 'REDUCED' | 'WRITTEN_OFF' | 'MOVED'
  deltaFen: bigint
  changedOn: string
  formulas: unknown
}

export const changesOf = query<Of, ChangeRow>(
  'charge_changes_of',
  `
  select c.customer_id, x.charge_id, x.event_id, x.kind, x.delta_fen, x.changed_on, x.formulas
    from reli.charges c join reli.charge_changes x using (company_id, charge_id)
   where c.company_id = $1 and c.customer_id = any($2::text[]) and not c.is_moved
   order by x.event_id, x.change_no`,
)

export interface SettlementRow {
  customerId: string
  chargeId: string
  eventId: string
  source: string
  settledOn: string
  principalFen: bigint
  lateFeeFen: bigint
  discountFen: bigint
  discountRate: bigint
}

export const settlementsOf = query<Of, SettlementRow>(
  'settlements_of',
  `
  select c.customer_id, s.charge_id, s.event_id, s.source, s.settled_on, s.principal_fen,
         s.late_fee_fen, s.discount_fen, s.discount_rate
    from reli.charges c join reli.settlements s using (company_id, charge_id)
   where c.company_id = $1 and c.customer_id = any($2::text[]) and not c.is_moved
   order by s.event_id, s.settlement_no`,
)

export interface BankPaymentRow {
  customerId: string
  paymentId: string
  paidOn: string
  amountFen: bigint
  clearingAccount: string
  parts: unknown
}

/** What the banks collected and did not take back, also from those who merged into the account. */
export const bankPaymentsOf = query<Of, BankPaymentRow>(
  'bank_payments_of',
  `
  with whose as (
    select u.customer_id as payer, u.customer_id from unnest($2::text[]) as u (customer_id)
     union all
    select m.customer_id, m.successor_ids[1] from reli.customers m
     where m.company_id = $1 and m.successor_ids <> '{}' and cardinality(m.successor_ids) = 1
       and m.successor_ids[1] = any($2::text[]))
  select w.customer_id,
         'op_' || o.channel_id || '_' || o.bank_date || '_' || o.serial as payment_id,
         coalesce(o.paid_at::date, o.bank_date) as paid_on, o.amount_fen,
         c.clearing_account, o.parts
    from whose w
    join reli.operations o on o.company_id = $1 and o.customer_id = w.payer and o.state = 'PAID'
    join reli.channels c on c.company_id = $1 and c.channel_id = o.channel_id
   order by o.decided_at, o.serial`,
)

export interface PaymentRow {
  customerId: string
  paymentId: string
  paidOn: string
  amountFen: bigint
  funds: string
  balanceUsedFen: bigint
  roundingFen: bigint
  state: 'PAID' | 'VOIDED' | 'REVERSED'
}

export const counterPaymentsOf = query<Of, PaymentRow>(
  'counter_payments_of',
  `
  select customer_id, payment_id, paid_on, amount_fen, funds, balance_used_fen, rounding_fen, state
    from reli.account_payments
   where company_id = $1 and customer_id = any($2::text[]) order by customer_id, payment_id`,
)

export interface ReductionRow {
  customerId: string
  eventId: string
  season: string
  areaNo: number
  feeItem: string
  amountFen: bigint
}

export const reductionsOf = query<Of, ReductionRow>(
  'reductions_of',
  `
  select customer_id, event_id, season, area_no, fee_item, amount_fen from reli.reductions
   where company_id = $1 and customer_id = any($2::text[])
   order by customer_id, event_id, reduction_no`,
)

export interface HoldRow {
  customerId: string
  eventId: string
  season: string
  fromOn: string
  promisedOn: string
}

export const holdsOf = query<Of, HoldRow>(
  'holds_of',
  `
  select customer_id, event_id, season, from_on, promised_on from reli.holds
   where company_id = $1 and customer_id = any($2::text[]) order by customer_id, event_id, season`,
)
