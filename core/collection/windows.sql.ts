import { query } from '../db/db.ts'

export interface WindowRow {
  windowId: string
  channelId: string
  business: string
  weekdays: number[]
  timeFrom: string
  timeTo: string
  fromOn: string
  toOn: string
  reason: string
  madeBy: string
  madeAt: string
  endedBy: string | null
  endedAt: string | null
}

const windowColumns = `window_id, channel_id, business, weekdays, time_from, time_to, from_on,
         to_on,
         reason, made_by, made_at, ended_by, ended_at`

export const windowsOf = query<
  [companyId: string, channelId: string | null, business: string | null, withEnded: boolean],
  WindowRow
>(
  'windows_of',
  `
  select ${windowColumns}
    from reli.business_windows
   where company_id = $1 and ($2::text is null or channel_id = $2)
     and ($3::text is null or business = $3) and ($4 or ended_at is null)
   order by channel_id, business, from_on, time_from, window_id`,
)

export const insertWindow = query<
  [
    companyId: string,
    windowId: string,
    channelId: string,
    business: string,
    weekdays: readonly number[],
    timeFrom: string,
    timeTo: string,
    fromOn: string | null,
    toOn: string,
    reason: string,
    madeBy: string,
  ],
  WindowRow
>(
  'insert_window',
  `
  insert into reli.business_windows (company_id, window_id, channel_id, business, weekdays,
      time_from, time_to, from_on, to_on, reason, made_by)
  select $1, $2, $3, $4, $5, $6, $7,
         coalesce($8, (clock_timestamp() at time zone 'Asia/Shanghai')::date), $9, $10, $11
  returning ${windowColumns}`,
)

export const endWindow = query<[companyId: string, windowId: string, endedBy: string], WindowRow>(
  'end_window',
  `
  update reli.business_windows set ended_at = now(), ended_by = $3
   where company_id = $1 and window_id = $2 and ended_at is null
  returning ${windowColumns}`,
)

export const channelExists = query<[companyId: string, channelId: string], { channelId: string }>(
  'channel_exists',
  `
  select channel_id from reli.channels where company_id = $1 and channel_id = $2`,
)

export interface StopRow {
  stopId: string
  channelId: string
  season: string
  reason: string
  stoppedBy: string
  stoppedAt: string
  startReason: string | null
  startedBy: string | null
  startedAt: string | null
}

const stopColumns = `stop_id, channel_id, season, reason, stopped_by, stopped_at, start_reason,
         started_by, started_at`

export const stopsOf = query<[companyId: string, withStarted: boolean], StopRow>(
  'collection_stops_of',
  `
  select ${stopColumns}
    from reli.collection_stops
   where company_id = $1 and ($2 or started_at is null)
   order by stopped_at desc, stop_id`,
)

// Two people who stop the same thing at once: no row for the second.
export const insertStop = query<
  [
    companyId: string,
    stopId: string,
    channelId: string,
    season: string,
    reason: string,
    stoppedBy: string,
  ],
  StopRow
>(
  'insert_collection_stop',
  `
  insert into reli.collection_stops (company_id, stop_id, channel_id, season, reason, stopped_by)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (company_id, channel_id, season) where started_at is null do nothing
  returning ${stopColumns}`,
)

export const endStop = query<
  [companyId: string, stopId: string, startedBy: string, reason: string],
  StopRow
>(
  'end_collection_stop',
  `
  update reli.collection_stops set started_at = now(), started_by = $3, start_reason = $4
   where company_id = $1 and stop_id = $2 and started_at is null
  returning ${stopColumns}`,
)

export const setSeasonOpen = query<
  [companyId: string, season: string, isOpen: boolean],
  { season: string }
>(
  'set_season_open_for_collection',
  `
  update reli.seasons set open_for_collection = $3
   where company_id = $1 and season = $2
  returning season`,
)

export const seasonExists = query<[companyId: string, season: string], { season: string }>(
  'season_exists',
  `
  select season from reli.seasons where company_id = $1 and season = $2`,
)
