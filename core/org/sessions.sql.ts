// Sign-in happens before anybody's scope is known, so these run in the scope of the whole company.
import { query } from '../db/db.ts'

export interface UserRow {
  userId: string
  login: string
  name: string
  passwordHash: string
  roles: string[]
  orgPaths: string[]
  isDisabled: boolean
  isLocked: boolean
}

export const userByLogin = query<[companyId: string, login: string], UserRow>(
  'user_by_login',
  `
  select user_id, login, name, password_hash, roles, org_paths,
         disabled_at is not null as is_disabled,
         coalesce(locked_until > now(), false) as is_locked
    from reli.users
   where company_id = $1 and login = $2`,
)

// A lock that ran out starts a new count.
export const countFailure = query<
  [companyId: string, userId: string, allowed: number, lockMinutes: number],
  { failedLogIns: number; isLocked: boolean }
>(
  'count_log_in_failure',
  `
  update reli.users
     set failed_log_ins = case when locked_until <= now() then 1 else failed_log_ins + 1 end,
         locked_until = case
           when locked_until <= now() then null
           when failed_log_ins + 1 >= $3 then now() + make_interval(mins => $4)
           else locked_until end
   where company_id = $1 and user_id = $2
  returning failed_log_ins, coalesce(locked_until > now(), false) as is_locked`,
)

export const clearFailures = query<[companyId: string, userId: string], never>(
  'clear_failures',
  `
  update reli.users set failed_log_ins = 0, locked_until = null
   where company_id = $1 and user_id = $2 and (failed_log_ins > 0 or locked_until is not null)`,
)

export const insertSession = query<
  [companyId: string, hash: Buffer, userId: string, hours: number, remoteIp: string],
  { endsAt: string }
>(
  'insert_session',
  `
  insert into reli.sessions (company_id, session_hash, user_id, ends_at, remote_ip)
  values ($1, $2, $3, now() + make_interval(hours => $4), $5)
  returning ends_at`,
)

export interface SessionRow {
  userId: string
  login: string
  name: string
  roles: string[]
  orgPaths: string[]
  companyName: string
  bookingOn: string
  endsAt: string
  isStale: boolean
}

// The user is read anew each time: a disabled person or a changed role counts from the next
// request.
export const liveSession = query<
  [companyId: string, hash: Buffer, idleMinutes: number, freshSeconds: number],
  SessionRow
>(
  'live_session',
  `
  select u.user_id, u.login, u.name, u.roles, u.org_paths, c.name as company_name, c.booking_on,
         s.ends_at, s.seen_at < now() - make_interval(secs => $4) as is_stale
    from reli.sessions s
    join reli.users u using (company_id, user_id)
    join reli.companies c using (company_id)
   where s.company_id = $1 and s.session_hash = $2
     and s.ends_at > now() and s.seen_at > now() - make_interval(mins => $3)
     and u.disabled_at is null`,
)

export const touchSession = query<[companyId: string, hash: Buffer], never>(
  'touch_session',
  `
  update reli.sessions set seen_at = now() where company_id = $1 and session_hash = $2`,
)

export const deleteSession = query<[companyId: string, hash: Buffer], never>(
  'delete_session',
  `
  delete from reli.sessions where company_id = $1 and session_hash = $2`,
)

export const deleteSessionsOf = query<[companyId: string, userId: string], never>(
  'delete_sessions_of',
  `
  delete from reli.sessions where company_id = $1 and user_id = $2`,
)

export const deleteEndedSessions = query<[companyId: string, idleMinutes: number], never>(
  'delete_ended_sessions',
  `
  delete from reli.sessions
   where company_id = $1
     and (ends_at <= now() or seen_at <= now() - make_interval(mins => $2))`,
)
