// What a line, an account and the events of an account are read from. Customers are filtered by
// what the person may see; nothing of others is found.
import type { Fen } from '@reli/sdk'
import { query } from '../../db/db.ts'

export const bookingOnOf = query<[companyId: string], { bookingOn: string }>(
  'booking_on_of',
  `
  select booking_on from reli.companies where company_id = $1`,
)

export const accountNamed = query<
  [companyId: string, customerNo: string],
  { customerId: string; customerNo: string }
>(
  'account_named',
  `
  select customer_id, customer_no from reli.customers where company_id = $1 and customer_no = $2`,
)

export interface LineHead {
  chargeId: string
  customerId: string
  customerNo: string
  season: string
  isMoved: boolean
}

export const lineNamed = query<[companyId: string, chargeId: string], LineHead>(
  'line_named',
  `
  select h.charge_id, c.customer_id, c.customer_no, h.season, h.is_moved
    from reli.charges h join reli.customers c using (company_id, customer_id)
   where h.company_id = $1 and h.charge_id = $2`,
)

export interface EventRow {
  eventId: string
  type: string
  customerId: string
  effectiveOn: string
  bookingOn: string
  season: string | null
  reason: string | null
  channel: string
  madeBy: string
  checkedBy: string | null
  batchNo: string | null
  reversesId: string | null
  deltaFen: Fen
  madeAt: string
  /** The policy that was in force: of the event itself, else of its booking date. */
  policyVersion: number | null
  policyOn: string | null
}

const eventColumns = `e.event_id, e.type, e.customer_id, e.effective_on, e.booking_on, e.season,
         e.reason, e.channel, e.made_by, e.checked_by, e.batch_no, e.reverses_id, e.delta_fen,
         e.made_at, v.version_no as policy_version, v.effective_on as policy_on`

/** `season` is the one whose policy is asked for. */
const versionOf = (season: string) => `
    left join lateral (
         select p.version_no, p.effective_on from reli.policy_versions p
          where p.company_id = e.company_id and p.season = ${season}
            and case when e.policy_version is null then p.effective_on <= e.booking_on
                     else p.version_no = e.policy_version end
          order by p.version_no desc limit 1) v on true`

/** Everything that made the line what it is, first things first. */
export const eventsOfLine = query<[companyId: string, chargeId: string, season: string], EventRow>(
  'events_of_line',
  `
  select ${eventColumns}
    from reli.billing_events e${versionOf('$3')}
   where e.company_id = $1
     and e.event_id in (select event_id from reli.charge_changes
                         where company_id = $1 and charge_id = $2
                        union
                        select event_id from reli.settlements
                         where company_id = $1 and charge_id = $2)
   order by e.event_id`,
)

/** Newest first; `before` is the last id of the page before. */
export const eventsOfAccount = query<
  [companyId: string, customerId: string, before: string | null, limit: number],
  EventRow
>(
  'events_of_account',
  `
  select ${eventColumns}
    from reli.billing_events e${versionOf('e.season')}
   where e.company_id = $1 and e.customer_id = $2 and ($3::text is null or e.event_id < $3)
   order by e.event_id desc limit $4`,
)
