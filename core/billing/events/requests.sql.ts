import { query } from '../../db/db.ts'

export interface CustomerRow {
  customerId: string
  customerNo: string
  name: string
  phone: string | null
  orgPath: string
  accessSeason: string | null
  stopForbidden: boolean
  warrantyToOn: string | null
}

export const customersByNo = query<[companyId: string, numbers: string[]], CustomerRow>(
  'desk_customers_by_no',
  `
  select customer_id, customer_no, name, phone, org_path, access_season, stop_forbidden,
         warranty_to_on
    from reli.customers
   where company_id = $1 and customer_no = any($2::text[])`,
)

export const bookingDay = query<[companyId: string], { bookingOn: string }>(
  'desk_booking_day',
  'select booking_on from reli.companies where company_id = $1',
)

/** Receivables of these are made for whoever joins. */
export const runningSeasons = query<[companyId: string], { season: string }>(
  'desk_running_seasons',
  `
  select season from reli.seasons
   where company_id = $1 and state in ('OPEN', 'HEATING')
   order by season`,
)

export const openRequests = query<
  [companyId: string, customerIds: string[], exceptNo: string],
  { requestNo: string; type: string }
>(
  'desk_open_requests',
  `
  select request_no, type from reli.event_requests
   where company_id = $1 and (customer_id = any($2::text[]) or other_id = any($2::text[]))
     and state in ('DRAFT', 'IN_APPROVAL', 'TO_HANDLE') and request_no <> $3
   order by request_no`,
)

export const unfinishedInvoices = query<
  [companyId: string, customerIds: string[]],
  { count: bigint }
>(
  'desk_unfinished_invoices',
  `
  select count(*) from reli.invoice_requests
   where company_id = $1 and customer_id = any($2::text[])
     and state in ('ISSUING', 'RED_PENDING')`,
)

export const approvalRules = query<
  [companyId: string],
  { type: string; approval: 'ALWAYS' | 'NEVER' | 'FROM'; fromFen: bigint | null; setBy: string }
>(
  'desk_approval_rules',
  `
  select type, approval, from_fen, set_by from reli.approval_rules
   where company_id = $1 order by type`,
)

export const setApprovalRule = query<
  [companyId: string, type: string, approval: string, fromFen: bigint | null, setBy: string],
  never
>(
  'desk_set_approval_rule',
  `
  insert into reli.approval_rules (company_id, type, approval, from_fen, set_by)
  values ($1, $2, $3, $4, $5)
  on conflict (company_id, type) do update
     set approval = excluded.approval, from_fen = excluded.from_fen, set_by = excluded.set_by,
         set_at = now()`,
)

export type RequestState =
  | 'DRAFT'
  | 'IN_APPROVAL'
  | 'DONE'
  | 'TO_HANDLE'
  | 'REJECTED'
  | 'CANCELLED'
  | 'UNDONE'

export interface RequestRow {
  requestNo: string
  type: string
  customerId: string
  customerNo: string
  customerName: string
  otherId: string | null
  effectiveOn: string
  body: Record<string, unknown>
  reason: string
  attachments: { name: string; digest: string; kind: string }[]
  channel: string
  effect: unknown
  state: RequestState
  problem: string | null
  opinion: string | null
  eventId: string | null
  madeBy: string
  madeAt: string
  checkedBy: string | null
  checkedAt: string | null
}

const columns = `
  r.request_no, r.type, r.customer_id, c.customer_no, c.name as customer_name, r.other_id,
  r.effective_on, r.body, r.reason, r.attachments, r.channel, r.effect, r.state, r.problem,
  r.opinion, r.event_id, r.made_by, r.made_at, r.checked_by, r.checked_at
    from reli.event_requests r
    join reli.customers c on c.company_id = r.company_id and c.customer_id = r.customer_id`

export const insertRequest = query<
  [
    companyId: string,
    type: string,
    customerId: string,
    otherId: string | null,
    effectiveOn: string,
    body: string,
    reason: string,
    attachments: string,
    channel: string,
    effect: string,
    state: RequestState,
    eventId: string | null,
    madeBy: string,
  ],
  { requestNo: string }
>(
  'desk_insert_request',
  `
  insert into reli.event_requests
         (company_id, request_no, type, customer_id, other_id, effective_on, body, reason,
          attachments, channel, effect, state, event_id, org_path, made_by)
  select c.company_id, 'req_' || lpad(nextval('reli.request_seq')::text, 12, '0'), $2,
         c.customer_id, $4, $5::date, $6::jsonb, $7, $8::jsonb, $9, $10::jsonb, $11, $12,
         c.org_path, $13
    from reli.customers c
   where c.company_id = $1 and c.customer_id = $3
  returning request_no`,
)

export const lockRequest = query<[companyId: string, requestNo: string], RequestRow>(
  'desk_lock_request',
  `select ${columns} where r.company_id = $1 and r.request_no = $2 for update of r`,
)

export const requestByNo = query<[companyId: string, requestNo: string], RequestRow>(
  'desk_request_by_no',
  `select ${columns} where r.company_id = $1 and r.request_no = $2`,
)

export const lockRequestOfEvent = query<[companyId: string, eventId: string], RequestRow>(
  'desk_lock_request_of_event',
  `select ${columns} where r.company_id = $1 and r.event_id = $2 for update of r`,
)

export const moveRequest = query<
  [
    companyId: string,
    requestNo: string,
    state: RequestState,
    problem: string | null,
    opinion: string | null,
    eventId: string | null,
    effect: string | null,
    checkedBy: string | null,
  ],
  never
>(
  'desk_move_request',
  `
  update reli.event_requests
     set state = $3, problem = $4, opinion = coalesce($5, opinion),
         event_id = coalesce($6, event_id), effect = coalesce($7::jsonb, effect),
         checked_by = coalesce($8, checked_by),
         checked_at = case when $8 is null then checked_at else now() end
   where company_id = $1 and request_no = $2`,
)

export const requestsOf = query<
  [
    companyId: string,
    state: string | null,
    type: string | null,
    customerNo: string | null,
    beforeNo: string | null,
    limit: number,
  ],
  RequestRow
>(
  'desk_requests_of',
  `
  select ${columns}
   where r.company_id = $1 and ($2::text is null or r.state = $2)
     and ($3::text is null or r.type = $3) and ($4::text is null or c.customer_no = $4)
     and ($5::text is null or r.request_no < $5)
   order by r.request_no desc
   limit $6`,
)

export interface EventRow {
  eventId: string
  type: string
  customerId: string
  customerNo: string
  bookingOn: string
  season: string | null
  event: unknown
  before: unknown
  after: unknown
  madeBy: string
  isUndone: boolean
}

export const eventById = query<[companyId: string, eventId: string], EventRow>(
  'desk_event_by_id',
  `
  select e.event_id, e.type, e.customer_id, c.customer_no, e.booking_on, e.season, e.event,
         e.before, e.after, e.made_by,
         exists (select 1 from reli.billing_events u
                  where u.company_id = e.company_id and u.reverses_id = e.event_id) as is_undone
    from reli.billing_events e
    join reli.customers c on c.company_id = e.company_id and c.customer_id = e.customer_id
   where e.company_id = $1 and e.event_id = $2`,
)
