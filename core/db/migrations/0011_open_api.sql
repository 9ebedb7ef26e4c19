-- Up Migration
-- The open API: partners' keys, what each request with an idempotency key was answered, and the times
-- at which each kind of business may be done over each channel.

-- One key is one program of a partner. Of the secret only the hash is kept; while a partner changes
-- over to a new secret the old one still opens, for as long as whoever rotated it said.
create table reli.api_keys (
  company_id          reli.id not null references reli.companies,
  key_id              reli.id not null check (key_id ~ '^[a-z0-9]{12}$'),
  name                text not null,
  secret_hash         bytea not null,                   -- SHA-256; the secret has 256 bits of its own
  old_secret_hash     bytea,
  old_secret_ends_at  timestamptz,
  scopes              text[] not null,                  -- core/org/api-scopes.ts
  org_paths           text[] not null,                  -- patterns of the data scope: '{c1.%}'
  rate_per_minute     integer not null check (rate_per_minute > 0),
  allowed_ips         inet[] not null default '{}',     -- empty: from anywhere
  expires_at          timestamptz,
  disabled_at         timestamptz,
  last_used_at        timestamptz,                      -- to the minute: reading does not write
  created_at          timestamptz not null default now(),
  created_by          text not null,
  version             integer not null default 1,
  primary key (company_id, key_id),
  constraint api_keys_old_secret_ends check ((old_secret_hash is null) = (old_secret_ends_at is null))
);
call reli.protect('api_keys');

-- Once per key, for ever, like the operations of a bank: the primary key is the arbiter, and the row
-- commits with the business it stands for (core/http/idempotency.ts).
create table reli.idempotency_keys (
  company_id   reli.id not null,
  caller       text not null,                           -- 'key:…' or a login
  key          text not null collate "C",
  fingerprint  bytea not null,                          -- SHA-256 of method, address and body
  response     json,                                    -- null only inside the transaction that writes it
  made_at      timestamptz not null default now(),
  primary key (company_id, caller, key)
);
call reli.protect('idempotency_keys');

-- When a kind of business may be done (domain.md §9.4). A channel's own windows stand before those of
-- '*', every channel; a business without any window is open all day.
create table reli.business_windows (
  company_id  reli.id not null references reli.companies,
  window_id   reli.id not null,
  channel_id  reli.id not null,                         -- a bank, 'counter', 'wechat' …, or '*'
  business    text not null,                            -- core/collection/windows.ts
  weekdays    smallint[] not null check (weekdays <@ '{1,2,3,4,5,6,7}' and weekdays <> '{}'),
  time_from   time not null,
  time_to     time not null,                            -- before time_from: over midnight
  from_on     date not null,
  to_on       date not null,
  reason      text not null,
  made_by     text not null,
  made_at     timestamptz not null default now(),
  ended_by    text,
  ended_at    timestamptz,
  primary key (company_id, window_id),
  constraint business_windows_days_in_order check (from_on <= to_on),
  constraint business_windows_ended_by_somebody check ((ended_by is null) = (ended_at is null))
);
create index business_windows_open on reli.business_windows (company_id, channel_id)
  where ended_at is null;
call reli.protect('business_windows');

-- 代收启停: collection stopped for the whole company, for one season, one channel, or one season over
-- one channel; '*' is all. A stop is open until somebody starts collection again.
create table reli.collection_stops (
  company_id    reli.id not null references reli.companies,
  stop_id       reli.id not null,
  channel_id    reli.id not null,
  season        reli.id not null,
  reason        text not null,
  stopped_by    text not null,
  stopped_at    timestamptz not null default now(),
  start_reason  text,
  started_by    text,
  started_at    timestamptz,
  primary key (company_id, stop_id),
  constraint collection_stops_started_by_somebody
    check ((started_by is null) = (started_at is null))
);
-- Two people who stop the same thing at once: one of them did.
create unique index collection_stops_open on reli.collection_stops (company_id, channel_id, season)
  where started_at is null;
call reli.protect('collection_stops');
