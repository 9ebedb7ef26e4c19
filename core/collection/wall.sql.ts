// The live wall's figures. «Today» is the company's business day, so they tie to the day's
// vouchers; a bank's accounting date may run some days behind it, or ahead of one that was not cut
// over.
import type { Fen } from '@reli/sdk'
import { query } from '../db/db.ts'

export interface WallChannel {
  channelId: string
  title: string
  connector: string
  enabled: boolean
  disabledReason: string | null
  dateRule: 'signed_on' | 'calendar'
  /** The accounting date it may pay on now; null until the partner opens one. */
  openBankDate: string | null
  isWithinHours: boolean
  paidCount: number
  paidFen: Fen
  reversedCount: number
  refusedCount: number
  lastPaidAt: string | null
  openExceptions: number
}

export const wallChannels = query<[companyId: string], WallChannel>(
  'wall_channels',
  `
  select c.channel_id, c.title, c.connector, c.enabled, c.disabled_reason, c.date_rule,
         case c.date_rule when 'calendar' then current_date else c.open_bank_date end
           as open_bank_date,
         localtime between c.hours_from and c.hours_to
           and coalesce(current_date >= c.collect_from_on, true)
           and coalesce(current_date <= c.collect_to_on, true) as is_within_hours,
         t.paid_count, t.paid_fen, t.reversed_count, t.refused_count, t.last_paid_at,
         (select count(*)::int from reli.exceptions e
           where e.company_id = c.company_id and e.channel_id = c.channel_id
             and e.state = 'PENDING') as open_exceptions
    from reli.channels c
    join reli.companies y using (company_id)
   cross join lateral (
         select count(*) filter (where o.state = 'PAID')::int as paid_count,
                coalesce(sum(o.amount_fen) filter (where o.state = 'PAID'), 0)::bigint as paid_fen,
                count(*) filter (where o.state = 'REVERSED')::int as reversed_count,
                count(*) filter (where o.state in ('REFUSED', 'BLOCKED'))::int as refused_count,
                max(o.decided_at) filter (where o.state = 'PAID') as last_paid_at
           from reli.operations o
          where o.company_id = c.company_id and o.channel_id = c.channel_id
            and o.bank_date >= y.booking_on - 3
            and o.booking_on = y.booking_on) t
   where c.company_id = $1
   order by c.channel_id`,
)

/** Payments of the last quarter of an hour by whole minutes; 0 is the running one. */
export const recentMinutes = query<
  [companyId: string],
  { channelId: string; minutesAgo: number; paid: number }
>(
  'recent_minutes',
  `
  select channel_id, count(*)::int as paid,
         (extract(epoch from date_trunc('minute', now()) - date_trunc('minute', decided_at))
           / 60)::int as minutes_ago
    from reli.operations
   where company_id = $1 and state = 'PAID'
     and decided_at >= date_trunc('minute', now()) - interval '14 minutes'
   group by channel_id, minutes_ago`,
)

export interface WallPayment {
  channelId: string
  bankDate: string
  serial: string
  state: 'PAID' | 'REFUSED' | 'REVERSED' | 'BLOCKED'
  refusal: string | null
  amountFen: Fen | null
  customerName: string | null
  outlet: string | null
  decidedAt: string
}

// A customer of another branch is not shown, nor is the payment (row-level security on customers).
export const latestPayments = query<[companyId: string, limit: number], WallPayment>(
  'latest_payments',
  `
  select o.channel_id, o.bank_date, o.serial, o.state, o.refusal, o.amount_fen,
         c.name as customer_name, coalesce(n.name, o.outlet) as outlet, o.decided_at
    from reli.operations o
    left join reli.customers c using (company_id, customer_id)
    left join reli.outlets n
      on n.company_id = o.company_id and n.channel_id = o.channel_id and n.outlet_no = o.outlet
   where o.company_id = $1 and o.decided_at > now() - interval '1 day'
     and (o.customer_id is null or c.customer_id is not null)
   order by o.decided_at desc
   limit $2`,
)

export interface Alarm {
  kind: string
  subject: string
  at: string
}

export const openFindings = query<[companyId: string], Alarm>(
  'open_findings',
  `
  select invariant as kind, subject, found_at as at
    from reli.audit_findings
   where company_id = $1 and closed_at is null
   order by found_at desc
   limit 20`,
)

export const businessDay = query<[companyId: string], { bookingOn: string }>(
  'business_day',
  `
  select booking_on from reli.companies where company_id = $1`,
)

// --- switching a channel
// --------------------------------------------------------------------------

export interface Switch {
  channelId: string
  title: string
  enabled: boolean
  disabledReason: string | null
  version: number
}

export const lockSwitch = query<[companyId: string, channelId: string], Switch>(
  'lock_switch',
  `
  select channel_id, title, enabled, disabled_reason, version
    from reli.channels
   where company_id = $1 and channel_id = $2
     for update`,
)

export const setSwitch = query<
  [companyId: string, channelId: string, enabled: boolean, disabledReason: string | null],
  Switch
>(
  'set_switch',
  `
  update reli.channels
     set enabled = $3, disabled_reason = $4, version = version + 1
   where company_id = $1 and channel_id = $2
  returning channel_id, title, enabled, disabled_reason, version`,
)
