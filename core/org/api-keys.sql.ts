// Keys are looked up before anybody's scope is known, so that runs in the scope of the company.
import { query } from '../db/db.ts'

export interface KeyRow {
  keyId: string
  name: string
  secretHash: Buffer
  oldSecretHash: Buffer | null
  scopes: string[]
  orgPaths: string[]
  ratePerMinute: number
  isExpired: boolean
  isDisabled: boolean
  isFromAllowedIp: boolean
  isStale: boolean
  endsAt: string | null
  companyName: string
  bookingOn: string
}

// The key is read anew each time: one that was disabled or changed counts from the next request.
export const keyById = query<
  [companyId: string, keyId: string, remoteIp: string, freshSeconds: number],
  KeyRow
>(
  'api_key_by_id',
  `
  select k.key_id, k.name, k.secret_hash, k.scopes, k.org_paths, k.rate_per_minute,
         case when k.old_secret_ends_at > now() then k.old_secret_hash end as old_secret_hash,
         coalesce(k.expires_at <= now(), false) as is_expired,
         k.disabled_at is not null as is_disabled,
         k.allowed_ips = '{}' or $3::inet <<= any (k.allowed_ips) as is_from_allowed_ip,
         coalesce(k.last_used_at < now() - make_interval(secs => $4), true) as is_stale,
         k.expires_at as ends_at, c.name as company_name, c.booking_on
    from reli.api_keys k
    join reli.companies c using (company_id)
   where k.company_id = $1 and k.key_id = $2`,
)

export const touchKey = query<[companyId: string, keyId: string], never>(
  'touch_api_key',
  `
  update reli.api_keys set last_used_at = now() where company_id = $1 and key_id = $2`,
)

export interface ShownKey {
  keyId: string
  name: string
  scopes: string[]
  orgPaths: string[]
  ratePerMinute: number
  allowedIps: string[]
  expiresAt: string | null
  disabledAt: string | null
  lastUsedAt: string | null
  oldSecretEndsAt: string | null
  createdAt: string
  createdBy: string
  version: number
}

const shown = `key_id, name, scopes, org_paths, rate_per_minute, allowed_ips::text[] as allowed_ips,
         expires_at, disabled_at, last_used_at, old_secret_ends_at, created_at, created_by, version`

export const keysOf = query<[companyId: string], ShownKey>(
  'api_keys_of',
  `
  select ${shown} from reli.api_keys where company_id = $1 order by created_at, key_id`,
)

export const lockKey = query<[companyId: string, keyId: string], ShownKey>(
  'lock_api_key',
  `
  select ${shown} from reli.api_keys where company_id = $1 and key_id = $2 for update`,
)

// The last day is a day of Beijing, and the key opens until its end.
export const insertKey = query<
  [
    companyId: string,
    keyId: string,
    name: string,
    secretHash: Buffer,
    scopes: readonly string[],
    orgPaths: readonly string[],
    ratePerMinute: number,
    allowedIps: readonly string[],
    expiresOn: string | null,
    createdBy: string,
  ],
  ShownKey
>(
  'insert_api_key',
  `
  insert into reli.api_keys (company_id, key_id, name, secret_hash, scopes, org_paths,
      rate_per_minute, allowed_ips, expires_at, created_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8::text[]::inet[],
          ($9::date + 1)::timestamp at time zone 'Asia/Shanghai', $10)
  returning ${shown}`,
)

export const setSecret = query<
  [companyId: string, keyId: string, secretHash: Buffer, graceHours: number],
  ShownKey
>(
  'set_api_key_secret',
  `
  update reli.api_keys
     set old_secret_hash = case when $4 > 0 then secret_hash end,
         old_secret_ends_at = case when $4 > 0 then now() + make_interval(hours => $4) end,
         secret_hash = $3, version = version + 1
   where company_id = $1 and key_id = $2
  returning ${shown}`,
)

// Disabled is for good: a key that leaked must not come back by somebody's click.
export const disableKey = query<[companyId: string, keyId: string], ShownKey>(
  'disable_api_key',
  `
  update reli.api_keys
     set disabled_at = now(), old_secret_hash = null, old_secret_ends_at = null,
         version = version + 1
   where company_id = $1 and key_id = $2
  returning ${shown}`,
)

export const insertSecurityEvent = query<
  [companyId: string, kind: string, peer: string, detail: string],
  never
>(
  'insert_api_security_event',
  `
  insert into reli.security_log (company_id, at, kind, peer, detail)
  values ($1, clock_timestamp(), $2, $3, $4)`,
)
