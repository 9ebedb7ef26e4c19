// What a front-end processor's journal leaves in the database: frames and security events, once
// each.
import { query } from '../db/db.ts'

/** How far the journal was taken over; the row is locked, so that two hubs take turns. */
export const lockPosition = query<[companyId: string, fep: string], { position: string }>(
  'lock_position',
  `
  insert into reli.journal_positions (company_id, fep, position)
  values ($1, $2, '')
      on conflict (company_id, fep) do update set taken_at = clock_timestamp()
  returning position`,
)

export const movePosition = query<[companyId: string, fep: string, position: string], unknown>(
  'move_position',
  `
  update reli.journal_positions set position = $3, taken_at = clock_timestamp()
   where company_id = $1 and fep = $2`,
)

/** Times are Beijing's, as is the session. */
export const insertMessages = query<[companyId: string, rows: string], unknown>(
  'insert_messages',
  `
  insert into reli.messages
         (company_id, channel_id, frame_id, direction, at, peer, operation, bank_date, serial,
          result, bytes)
  select $1, r.channel, r.frame, r.kind, r.at, r.peer, r.operation, r."bankDate", r.serial,
         r.result, decode(coalesce(r.bytes, ''), 'base64')
    from jsonb_to_recordset($2::jsonb) as r
         (channel text, frame text, kind text, at timestamptz, peer text, operation text,
          "bankDate" date, serial text, result text, bytes text)
      on conflict do nothing`,
)

export const insertSecurityEvents = query<[companyId: string, rows: string], unknown>(
  'insert_security_events',
  `
  insert into reli.security_log (company_id, at, channel_id, kind, peer, detail)
  select $1, r.at, r.channel, r.event, r.peer, r.detail
    from jsonb_to_recordset($2::jsonb) as r
         (at timestamptz, channel text, event text, peer text, detail jsonb)`,
)
