import { query } from '../db/db.ts'
import { matching } from './customers.sql.ts'

/** The flags that people set; the column of each. What approvals set is not among them. */
export const flagColumns = {
  bankBlocked: 'bank_blocked',
  collectionLocked: 'collection_locked',
  inspectionLocked: 'inspection_locked',
  mustVisitHall: 'must_visit_hall',
  blacklisted: 'blacklisted',
  stopForbidden: 'stop_forbidden',
  discountForbidden: 'discount_forbidden',
  lateFeeExempt: 'late_fee_exempt',
  invoiceBeforeRefund: 'invoice_before_refund',
} as const
export type Flag = keyof typeof flagColumns
export const flags = Object.keys(flagColumns) as Flag[]

const columns = Object.entries(flagColumns)
const currentOf = (flag: string) =>
  `case ${flag} ${columns.map(([name, at]) => `when '${name}' then c.${at}`).join(' ')} end`

/** Whom the filter or the numbers mean. Closed accounts stay as they are. */
const chosen = `${matching} and ($3::text[] is null or c.customer_no = any ($3::text[]))
     and c.network_status <> 'CLOSED'`

interface FlagPreview {
  count: number
  unchanged: number
  outstandingFen: bigint
  prepaidFen: bigint
}

type Chosen = [companyId: string, filter: string, customerNos: string[] | null]

export const previewFlag = query<[...Chosen, flag: string, value: boolean], FlagPreview>(
  'preview_flag',
  `
  with target as (
    select c.company_id, c.customer_id, c.prepaid_fen, ${currentOf('$4::text')} as current
      from reli.customers c where ${chosen})
  select count(*) filter (where current <> $5::boolean)::int as count,
         count(*) filter (where current = $5::boolean)::int as unchanged,
         coalesce(sum(t.prepaid_fen) filter (where current <> $5::boolean), 0)::bigint
           as prepaid_fen,
         coalesce((select sum(h.outstanding_fen) from reli.charges h
                    where (h.company_id, h.customer_id) in (
                          select company_id, customer_id from target
                           where current <> $5::boolean)), 0)::bigint as outstanding_fen
    from target t`,
)

/** Numbers that were asked for and are not there, are closed, or belong to somebody else. */
export const missingNumbers = query<
  [companyId: string, customerNos: string[]],
  { customerNo: string }
>(
  'missing_customer_numbers',
  `
  select wanted as customer_no
    from unnest($2::text[]) with ordinality as w (wanted, place)
   where not exists (select from reli.customers c
                      where c.company_id = $1 and c.customer_no = wanted
                        and c.network_status <> 'CLOSED')
   order by place`,
)

export const nextOperationNo = query<[companyId: string], { operationNo: string }>(
  'next_flag_operation_no',
  `
  select 'F' || to_char(booking_on, 'YYYYMMDD') || '-'
         || lpad(nextval('reli.flag_batch_seq')::text, 6, '0') as operation_no
    from reli.companies where company_id = $1`,
)

interface FlagsSet {
  changed: number
  unchanged: number
}

/** Locked in ascending order, changed where it differs, and noted: one statement for any number. */
export const setFlag = query<
  [
    ...Chosen,
    flag: string,
    value: boolean,
    reason: string,
    actor: string,
    operationNo: string,
    takesBack: string | null,
  ],
  FlagsSet
>(
  'set_flag',
  `
  with target as materialized (
    select c.customer_id, ${currentOf('$4::text')} as current
      from reli.customers c where ${chosen}
     order by c.customer_id for update of c),
  changed as (
    update reli.customers c
       set ${columns
         .map(([name, at]) => `${at} = case when $4::text = '${name}' then $5 else c.${at} end`)
         .join(',\n           ')},
           blacklist_reason = case when $4::text <> 'blacklisted' then c.blacklist_reason
                                   when $5 then $6 end
      from target t
     where c.company_id = $1 and c.customer_id = t.customer_id and t.current <> $5::boolean
    returning c.customer_id),
  noted as (
    insert into reli.flag_changes
           (company_id, customer_id, flag, value, reason, actor, operation_no, takes_back)
    select $1, customer_id, $4, $5, $6, $7, $8, $9 from changed order by customer_id)
  select (select count(*) from changed)::int as changed,
         ((select count(*) from target) - (select count(*) from changed))::int as unchanged`,
)

export interface FlagOperation {
  flag: Flag
  value: boolean
  isTakenBack: boolean
  /** Those whose flag nobody has touched since. */
  customerNos: string[]
}

export const flagOperation = query<[companyId: string, operationNo: string], FlagOperation>(
  'flag_operation',
  `
  select min(f.flag) as flag, bool_and(f.value) as value,
         exists (select from reli.flag_changes b
                  where b.company_id = $1 and b.takes_back = $2) as is_taken_back,
         coalesce(array_agg(c.customer_no::text order by c.customer_no) filter (
           where not exists (select from reli.flag_changes l
                              where l.company_id = f.company_id and l.customer_id = f.customer_id
                                and l.flag = f.flag and l.change_seq > f.change_seq)), '{}')
           as customer_nos
    from reli.flag_changes f join reli.customers c using (company_id, customer_id)
   where f.company_id = $1 and f.operation_no = $2
  having count(*) > 0`,
)

/** Two that take back the same operation: the second waits and finds it done. */
export const lockOperation = query<[companyId: string, operationNo: string], unknown>(
  'lock_flag_operation',
  `
  select pg_advisory_xact_lock(7205, hashtext($1 || ':' || $2))`,
)

export interface FlagChange {
  changeSeq: bigint
  flag: string
  value: boolean
  reason: string
  actor: string
  operationNo: string
  takesBack: string | null
  madeAt: string
}

export const flagChangesOf = query<
  [companyId: string, customerId: string, before: bigint | null, limit: number],
  FlagChange
>(
  'flag_changes_of',
  `
  select change_seq, flag, value, reason, actor, operation_no, takes_back, made_at
    from reli.flag_changes
   where company_id = $1 and customer_id = $2 and ($3::bigint is null or change_seq < $3)
   order by change_seq desc
   limit $4`,
)
