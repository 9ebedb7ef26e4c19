// Control flags of many customers at once. Each change stands in `flag_changes` under the number of
// its batch: a customer that had the flag already is no change, and a rollback leaves it alone.
import { query } from '../../db/db.ts'

/** Column → what people call it. */
export const flagWords = {
  bank_blocked: '停止银行代收',
  collection_locked: '收费锁定',
  inspection_locked: '稽查锁定',
  must_visit_hall: '须到大厅办理',
  stop_forbidden: '禁止报停',
  discount_forbidden: '不享受优惠',
  late_fee_exempt: '免违约金',
} as const
export type Flag = keyof typeof flagWords
export const batchFlags = Object.keys(flagWords) as Flag[]

type SetFlag = [
  companyId: string,
  customerIds: readonly string[],
  value: boolean,
  reason: string,
  actor: string,
  batchNo: string,
]

const setFlagQuery = (flag: Flag) =>
  query<SetFlag, { customerId: string }>(
    `batch_set_${flag}`,
    `
  with chosen as (
    select customer_id from reli.customers
     where company_id = $1 and customer_id = any ($2::text[]) and ${flag} <> $3
     order by customer_id for update
  ), changed as (
    update reli.customers c set ${flag} = $3, version = version + 1
      from chosen where c.company_id = $1 and c.customer_id = chosen.customer_id
    returning c.customer_id
  )
  insert into reli.flag_changes
         (company_id, customer_id, flag, value, reason, actor, operation_no)
  select $1, customer_id, '${flag}', $3, $4, $5, $6 from changed
  returning customer_id`,
  )

const takeBackQuery = (flag: Flag) =>
  query<[companyId: string, batchNo: string, actor: string], { customerId: string }>(
    `batch_take_back_${flag}`,
    `
  with set_then as (
    select f.customer_id, f.value from reli.flag_changes f
     where f.company_id = $1 and f.operation_no = $2 and f.flag = '${flag}' and f.takes_back is null
       and not exists (select from reli.flag_changes later
                        where later.company_id = f.company_id
                          and later.customer_id = f.customer_id and later.flag = f.flag
                          and later.change_seq > f.change_seq)
  ), changed as (
    update reli.customers c set ${flag} = not s.value, version = version + 1
      from set_then s
     where c.company_id = $1 and c.customer_id = s.customer_id and c.${flag} = s.value
    returning c.customer_id, c.${flag} as value
  )
  insert into reli.flag_changes
         (company_id, customer_id, flag, value, reason, actor, operation_no, takes_back)
  select $1, customer_id, '${flag}', value, '批量操作回滚', $3, $2, $2 from changed
  returning customer_id`,
  )

export const setFlags = batchFlags.map(setFlagQuery)
export const takeBackFlags = batchFlags.map(takeBackQuery)
export const setFlagOf = (flag: Flag) => setFlags[batchFlags.indexOf(flag)]!
