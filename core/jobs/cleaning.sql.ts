// What runs out and is of no record: log-ins that ended, counts of queries, old firings.
import { query } from '../db/db.ts'

export const removeEndedSessions = query<[company: string], never>(
  'remove_ended_sessions',
  'delete from reli.sessions where company_id = $1 and ends_at < now()',
)

// The papers' limit counts one minute; ten leave room for a clock that was set.
export const removeOldQueryCounts = query<[company: string], never>(
  'remove_old_query_counts',
  `delete from reli.query_counts
    where company_id = $1 and asked_at < clock_timestamp() - interval '10 minutes'`,
)

// A firing is only asked for while its moment lasts; a week is for people who look.
export const removeOldFires = query<[], never>(
  'remove_old_fires',
  `delete from reli.schedule_fires where fired_at < now() - interval '7 days'`,
)
