-- Up Migration
-- The ground under every table: who may see which row. A transaction carries a scope, the companies
-- and organisation paths it may touch, sealed by a key that only the schema's owner can read. The
-- application role can set any text as its scope, but not one that passes the check, so SQL smuggled
-- into the application sees at most what the request that carried it was allowed to see.
create extension if not exists pgcrypto;
create schema if not exists reli;

-- Ids are compared byte by byte: they are names for machines, not words of a language.
create domain reli.id as text collate "C";

create table reli.scope_keys (
  key_no  smallint primary key,
  key     bytea not null check (length(key) >= 32)
);

-- The payload of the transaction's scope when its seal is right and it has not run out, else null.
-- Text: 'v1|company,company|path,path|expires as epoch seconds', then '|' and the seal in hex.
create function reli.scope_payload() returns text
language plpgsql stable security definer set search_path = pg_catalog, reli, public as $$
declare
  scope   text := current_setting('reli.scope', true);
  payload text;
  seal    text;
begin
  if scope is null or scope = '' then return null; end if;
  payload := regexp_replace(scope, '\|[0-9a-f]{64}$', '');
  seal := right(scope, 64);
  if payload = scope
     or not exists (select from reli.scope_keys k
                     where encode(hmac(convert_to(payload, 'UTF8'), k.key, 'sha256'), 'hex') = seal)
     or split_part(payload, '|', 4)::bigint < extract(epoch from clock_timestamp()) then
    return null;
  end if;
  return payload;
end $$;

create function reli.scope_companies() returns text[]
language sql stable security definer set search_path = pg_catalog, reli as $$
  select coalesce(string_to_array(split_part(reli.scope_payload(), '|', 2), ','), '{}')
$$;

-- Patterns for `like`: 'c1.b2.%'.
create function reli.scope_paths() returns text[]
language sql stable security definer set search_path = pg_catalog, reli as $$
  select coalesce(string_to_array(split_part(reli.scope_payload(), '|', 3), ','), '{}')
$$;

-- Forces the row filter on a table: by company, and by responsible organisation where rows carry one.
create procedure reli.protect(name text, by_path boolean default false)
language plpgsql as $$
begin
  execute format('alter table reli.%I enable row level security', name);
  execute format('alter table reli.%I force row level security', name);
  execute format(
    'create policy scope on reli.%I using (company_id = any ((select reli.scope_companies())::text[])%s)',
    name,
    case when by_path then ' and org_path like any ((select reli.scope_paths())::text[])' else '' end);
end $$;

-- Rows of record are written once. Not even the owner changes them by accident.
create function reli.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: correct it by a new row', tg_table_name using errcode = '42501';
end $$;

create procedure reli.append_only(name text)
language plpgsql as $$
begin
  execute format('create trigger append_only before update or delete or truncate on reli.%I
                  for each statement execute function reli.refuse_change()', name);
end $$;

create table reli.companies (
  company_id  reli.id primary key,
  name        text not null,
  tax_no      text,
  -- The booking date 账务日: moved by the cut-over 日切 alone, never read from a clock.
  booking_on  date not null
);
call reli.protect('companies');

create table reli.org_units (
  company_id  reli.id not null references reli.companies,
  org_id      reli.id not null,
  parent_id   reli.id,
  kind        text not null check (kind in ('company', 'branch', 'station', 'hall', 'team')),
  name        text not null,
  -- Materialised path with a closing dot, 'c1.b1.s2.': a subtree is a prefix.
  org_path    text not null collate "C",
  primary key (company_id, org_id),
  foreign key (company_id, parent_id) references reli.org_units
);
call reli.protect('org_units', true);

create table reli.users (
  company_id       reli.id not null references reli.companies,
  user_id          reli.id not null,
  login            text not null,
  name             text not null,
  password_hash    text not null,                       -- argon2id, PHC string
  roles            text[] not null,
  org_paths        text[] not null,                     -- patterns of the data scope: '{c1.%}'
  disabled_at      timestamptz,
  failed_log_ins   integer not null default 0,
  locked_until     timestamptz,
  primary key (company_id, user_id),
  constraint users_login_once unique (company_id, login)
);
call reli.protect('users');

create table reli.sessions (
  company_id    reli.id not null,
  session_hash  bytea not null,                         -- SHA-256 of the cookie; the cookie is not kept
  user_id       reli.id not null,
  started_at    timestamptz not null default now(),
  seen_at       timestamptz not null default now(),
  ends_at       timestamptz not null,
  remote_ip     text,
  primary key (company_id, session_hash),
  foreign key (company_id, user_id) references reli.users
);
call reli.protect('sessions');

-- Who did what: every act of a person or a job that changes something.
create table reli.audit_log (
  company_id  reli.id not null,
  audit_seq   bigint generated always as identity,
  at          timestamptz not null default now(),
  actor       text not null,
  action      text not null,
  subject     text not null,
  before      jsonb,
  after       jsonb,
  reason      text,
  primary key (company_id, audit_seq)
);
call reli.protect('audit_log');
call reli.append_only('audit_log');
