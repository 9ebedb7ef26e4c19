-- Up Migration
-- A season's policy by versions (domain.md §4.0): a draft is edited and simulated, a published
-- version is never changed. `seasons.policy` and `price_classes` hold the newest one for whoever
-- charges and collects.
create table reli.policy_drafts (
  company_id  reli.id not null,
  season      reli.id not null,
  policy      jsonb not null,
  edited_by   text not null,
  edited_at   timestamptz not null default now(),
  primary key (company_id, season),
  foreign key (company_id, season) references reli.seasons
);
call reli.protect('policy_drafts');

create table reli.policy_versions (
  company_id    reli.id not null,
  season        reli.id not null,
  version_no    integer not null check (version_no > 0),
  -- From this booking date on events are decided by it.
  effective_on  date not null,
  policy        jsonb not null,
  note          text not null,
  edited_by     text not null,
  published_by  text not null,
  published_at  timestamptz not null default now(),
  primary key (company_id, season, version_no),
  foreign key (company_id, season) references reli.seasons
);
call reli.protect('policy_versions');
call reli.append_only('policy_versions');

alter table reli.seasons add column policy_version integer;
