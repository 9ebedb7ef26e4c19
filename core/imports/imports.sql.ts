// Files that were sent, their dry runs, and what an import looks up and creates.
import type { Fen } from '@reli/sdk'
import { batchFlags, type Flag } from '../billing/batches/flags.sql.ts'
import { query } from '../db/db.ts'

export const importStates = [
  'CHECKING',
  'CHECKED',
  'REFUSED',
  'APPLYING',
  'DONE',
  'DISCARDED',
  'ROLLED_BACK',
] as const
export type ImportState = (typeof importStates)[number]

export interface ImportRow {
  importNo: string
  template: string
  fileName: string
  byteCount: number
  state: ImportState
  refusal: string | null
  sheetPart: string | null
  headerRow: number | null
  errorColumn: number | null
  checkNo: number
  checkedRows: number
  rowCount: number
  goodCount: number
  badCount: number
  amountFen: Fen
  scopePaths: string[]
  batchNo: string | null
  madeBy: string
  madeAt: string
  checkedAt: string | null
}

// What became of the batch decides what became of the import.
const columns = `i.import_no, i.template, i.file_name, i.byte_count,
         case when i.state = 'APPLYING' and b.state in ('DONE', 'SEALED') then 'DONE'
              when i.state in ('APPLYING', 'DONE') and b.state = 'ROLLED_BACK' then 'ROLLED_BACK'
              else i.state end as state,
         i.refusal, i.sheet_part, i.header_row, i.error_column, i.check_no, i.checked_rows,
         i.row_count, i.good_count, i.bad_count, i.amount_fen, i.scope_paths, i.batch_no, i.made_by,
         i.made_at, i.checked_at`
const joined = `reli.imports i left join reli.batches b using (company_id, batch_no)`

export const lockImportNumbers = query<[companyId: string], { done: string }>(
  'lock_import_numbers',
  `select pg_advisory_xact_lock(hashtextextended('import numbers ' || $1, 0))::text as done`,
)

/** The same file under an earlier number that still counts. */
export const sameFile = query<
  [companyId: string, digest: Buffer],
  { importNo: string; state: ImportState }
>(
  'import_same_file',
  `
  select i.import_no, i.state from ${joined}
   where i.company_id = $1 and i.digest = $2
     and i.state in ('CHECKING', 'CHECKED', 'APPLYING', 'DONE')
     and (b.state is null or b.state <> 'ROLLED_BACK')`,
)

/** A file whose batch went back may be sent again: its old row gives the place free. */
export const freeRolledBack = query<[companyId: string, digest: Buffer], unknown>(
  'import_free_rolled_back',
  `
  update reli.imports i set state = 'ROLLED_BACK'
    from reli.batches b
   where i.company_id = $1 and i.digest = $2 and b.company_id = i.company_id
     and b.batch_no = i.batch_no and b.state = 'ROLLED_BACK'`,
)

export const insertImport = query<
  [
    companyId: string,
    template: string,
    fileName: string,
    digest: Buffer,
    byteCount: number,
    scopePaths: readonly string[],
    madeBy: string,
  ],
  { importNo: string }
>(
  'insert_import',
  `
  with day as (select 'I' || to_char(booking_on, 'YYYYMMDD') || '-' as prefix
                 from reli.companies where company_id = $1)
  insert into reli.imports (company_id, import_no, template, file_name, digest, byte_count,
         scope_paths, made_by)
  select $1, d.prefix || lpad((coalesce(
           (select max(split_part(i.import_no, '-', 2)::int) from reli.imports i
             where i.company_id = $1 and i.import_no like d.prefix || '%'), 0) + 1)::text, 4, '0'),
         $2, $3, $4, $5, $6, $7
    from day d
  returning import_no`,
)

export const insertPart = query<
  [companyId: string, importNo: string, partNo: number, bytes: Buffer],
  unknown
>(
  'insert_import_part',
  'insert into reli.import_parts (company_id, import_no, part_no, bytes) values ($1, $2, $3, $4)',
)

export const partsOf = query<[companyId: string, importNo: string], { bytes: Buffer }>(
  'import_parts_of',
  `select bytes from reli.import_parts where company_id = $1 and import_no = $2 order by part_no`,
)

export const importOf = query<[companyId: string, importNo: string], ImportRow>(
  'import_of',
  `select ${columns} from ${joined} where i.company_id = $1 and i.import_no = $2`,
)

export const lockImport = query<[companyId: string, importNo: string], { importNo: string }>(
  'lock_import',
  `select import_no from reli.imports where company_id = $1 and import_no = $2 for update`,
)

export const importsOf = query<
  [companyId: string, template: string | null, before: string | null, limit: number],
  ImportRow
>(
  'imports_of',
  `
  select ${columns} from ${joined}
   where i.company_id = $1 and ($2::text is null or i.template = $2)
     and ($3::text is null or i.import_no < $3)
   order by i.import_no desc
   limit $4`,
)

export const waitingImports = query<[companyId: string], { importNo: string }>(
  'waiting_imports',
  `select import_no from reli.imports where company_id = $1 and state = 'CHECKING'
    order by import_no`,
)

export const beginCheck = query<
  [companyId: string, importNo: string, part: string, headerRow: number, errorColumn: number],
  { checkNo: number }
>(
  'begin_import_check',
  `
  update reli.imports
     set check_no = check_no + 1, checked_rows = 0, row_count = 0, good_count = 0, bad_count = 0,
         amount_fen = 0, sheet_part = $3, header_row = $4, error_column = $5
   where company_id = $1 and import_no = $2 and state = 'CHECKING'
  returning check_no`,
)

export const addChecked = query<
  [companyId: string, importNo: string, rows: number, good: number, bad: number, amountFen: Fen],
  unknown
>(
  'add_import_checked',
  `
  update reli.imports
     set checked_rows = checked_rows + $3, row_count = row_count + $3, good_count = good_count + $4,
         bad_count = bad_count + $5, amount_fen = amount_fen + $6
   where company_id = $1 and import_no = $2`,
)

export const moveImport = query<
  [companyId: string, importNo: string, from: ImportState, to: ImportState, refusal: string | null],
  { importNo: string }
>(
  'move_import',
  `
  update reli.imports
     set state = $4, refusal = $5,
         checked_at = case when $4 in ('CHECKED', 'REFUSED') then now() else checked_at end
   where company_id = $1 and import_no = $2 and state = $3
  returning import_no`,
)

export const applyImport = query<
  [companyId: string, importNo: string, batchNo: string],
  { importNo: string }
>(
  'apply_import',
  `
  update reli.imports set state = 'APPLYING', batch_no = $3
   where company_id = $1 and import_no = $2 and state = 'CHECKED'
  returning import_no`,
)

export const insertProblems = query<
  [companyId: string, importNo: string, checkNo: number, rows: string],
  unknown
>(
  'insert_import_problems',
  `
  insert into reli.import_problems
         (company_id, import_no, check_no, row_no, problem_no, column_no, column_name, value, code,
          zh)
  select $1, $2, $3, r."rowNo", r."problemNo", r."column", r."columnName", r.value, r.code, r.zh
    from jsonb_to_recordset($4::jsonb) as r ("rowNo" int, "problemNo" smallint, "column" int,
         "columnName" text, value text, code text, zh text)`,
)

export interface ProblemRow {
  rowNo: number
  columnNo: number | null
  columnName: string | null
  value: string | null
  code: string
  zh: string
}

export const problemsOf = query<
  [companyId: string, importNo: string, checkNo: number, limit: number],
  ProblemRow
>(
  'import_problems_of',
  `
  select row_no, column_no, column_name, value, code, zh
    from reli.import_problems
   where company_id = $1 and import_no = $2 and check_no = $3
   order by row_no, problem_no
   limit $4`,
)

export interface KnownCustomer {
  customerNo: string
  customerId: string
  flags: Record<Flag, boolean>
}

const flagPairs = batchFlags.map((flag) => `'${flag}', ${flag}`).join(', ')

export const customersByNo = query<
  [companyId: string, customerNos: readonly string[]],
  KnownCustomer
>(
  'import_customers_by_no',
  `select customer_no, customer_id, jsonb_build_object(${flagPairs}) as flags
     from reli.customers
    where company_id = $1 and customer_no = any ($2::text[])`,
)

/** Receipts of collectors that stand: a slip is paid in once, in whatever file it comes. */
export const collectedReceipts = query<
  [companyId: string, customerIds: readonly string[]],
  { customerId: string; reason: string }
>(
  'import_collected_receipts',
  `
  select e.customer_id, e.reason from reli.billing_events e
   where e.company_id = $1 and e.customer_id = any ($2::text[]) and e.type = 'PAYMENT'
     and e.channel = 'collector' and e.reason is not null
     and not exists (select from reli.billing_events r
                      where r.company_id = e.company_id and r.reverses_id = e.event_id)`,
)

export const communitiesNamed = query<
  [companyId: string, names: readonly string[]],
  { name: string; communityId: string; orgPath: string; count: number }
>(
  'import_communities_named',
  `
  select name, min(community_id) as community_id, min(org_path) as org_path, count(*)::int as count
    from reli.communities
   where company_id = $1 and name = any ($2::text[])
   group by name`,
)

export const pricesKnown = query<[companyId: string], { priceClass: string }>(
  'import_prices_known',
  'select distinct price_class from reli.price_classes where company_id = $1',
)

/** Numbers that are taken, also by customers that the person may not see: only whether. */
export const insertCustomers = query<
  [companyId: string, batchNo: string, rows: string],
  { customerNo: string }
>(
  'import_insert_customers',
  `
  with given as (
    select * from jsonb_to_recordset($3::jsonb) as r ("customerNo" text, "customerId" text,
           name text, "communityId" text, address text, "orgPath" text, nature text,
           "networkStatus" text, phone text)
  ), made as (
    insert into reli.customers (company_id, customer_id, customer_no, name, community_id, address,
           org_path, nature, network_status, phone)
    select $1, "customerId", "customerNo", name, "communityId", address, "orgPath", nature,
           "networkStatus", phone from given
    on conflict (company_id, customer_no) do nothing
    returning customer_id, customer_no
  ), listed as (
    insert into reli.batch_customers (company_id, batch_no, customer_id)
    select $1, $2, customer_id from made
  )
  select customer_no from made`,
)

export const insertRooms = query<[companyId: string, rows: string], unknown>(
  'import_insert_rooms',
  `
  insert into reli.area_items (company_id, area_item_id, customer_id, area_no, area_item, category,
         building_area_dm2, billing_area_dm2, storey_height_cm, price_class, billing_method)
  select $1, r."customerId" || '_' || r."areaNo", r."customerId", r."areaNo", r."areaItem",
         r.category, r."buildingAreaDm2", r."billingAreaDm2", r."storeyHeightCm", r."priceClass",
         r."billingMethod"
    from jsonb_to_recordset($2::jsonb) as r ("customerId" text, "areaNo" smallint, "areaItem" text,
         category text, "buildingAreaDm2" bigint, "billingAreaDm2" bigint, "storeyHeightCm" int,
         "priceClass" text, "billingMethod" text)`,
)

/** Of the batch's own customers: rooms of later rows join them. */
export const createdByBatch = query<
  [companyId: string, batchNo: string, customerNos: readonly string[]],
  { customerNo: string; customerId: string }
>(
  'import_created_by_batch',
  `
  select c.customer_no, c.customer_id
    from reli.batch_customers b join reli.customers c using (company_id, customer_id)
   where b.company_id = $1 and b.batch_no = $2 and c.customer_no = any ($3::text[])`,
)

/** What was refused while it was booked, in the shape of the dry run's problems. */
export const batchProblemRows = query<[companyId: string, batchNo: string], ProblemRow>(
  'import_batch_problem_rows',
  `
  select row_no, null::int as column_no, null::text as column_name, null::text as value, code, zh
    from reli.batch_problems
   where company_id = $1 and batch_no = $2 and row_no is not null
   order by problem_seq`,
)
