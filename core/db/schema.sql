-- The whole database at a sitting. Written by `npm run schema` from the
-- migrations; a test compares. «grants» is what the application's role may do; it owns nothing and
-- passes no row filter.

create domain reli.id as text collate "C";

create FUNCTION reli.address_grams(address text)
 RETURNS SETOF text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select 'a' || pair
    from (select substr(letters, at, 2) as pair
            from regexp_replace(lower(address), '[\d\s-]+', '|', 'g') as letters,
                 generate_series(1, length(letters) - 1) as at) as pairs
   where position('|' in pair) = 0
$function$;

create PROCEDURE reli.append_only(IN name text)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('create trigger append_only before update or delete or truncate on reli.%I
                  for each statement execute function reli.refuse_change()', name);
end $procedure$;

create FUNCTION reli.customer_grams(company text, community text, path text, names text, initials text, address text, id_number text, numbers text[])
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select array_to_tsvector(array(
    select reli.name_grams(names)
    union all select reli.address_grams(address)
    union all select reli.door_grams(address)
    union all select reli.number_grams(numbers)
    union all select reli.org_grams(company, path)
    union all select 'i' || typed from string_to_table(initials, ' ') as typed where typed <> ''
    union all select 'm' || community
    union all select 'x' || lower(id_number) where id_number <> ''))
$function$;

create FUNCTION reli.customer_words(names text, address text, numbers text[])
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select lower(concat_ws(' ', names, address, array_to_string(numbers, ' ')))
$function$;

create FUNCTION reli.door_grams(address text)
 RETURNS SETOF text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select unnest(coalesce(
    (select array['d' || array_to_string(door, '-'), 'b' || door[1], 'u' || door[2], 'r' || door[3]]
       from regexp_match(address, '(\d+)\D+(\d+)\D+(\d+)\D*$') as door where door is not null),
    (select array['b' || door[1], 'r' || door[2]]
       from regexp_match(address, '(\d+)\D+(\d+)\D*$') as door where door is not null),
    (select array['r' || door[1]]
       from regexp_match(address, '(\d+)\D*$') as door where door is not null)))
$function$;

create FUNCTION reli.forget_initials()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.name_initials := '';
  return new;
end $function$;

create FUNCTION reli.index_customers(company text, ids text[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'reli'
AS $function$
  insert into reli.customer_search
         (company_id, customer_id, org_path, name, initials, words, grams)
  select c.company_id, c.customer_id, c.org_path, lower(c.name), c.name_initials,
         reli.customer_words(k.names, c.address, k.numbers),
         reli.customer_grams(c.company_id, c.community_id, c.org_path, k.names, c.name_initials,
                             c.address, c.id_number, k.numbers)
    from reli.customers c
   cross join lateral (
     select reli.names_of(c.name, c.owner_name, c.occupant_name) as names,
            reli.without_blanks(
              array[c.customer_no, c.card_no, c.legacy_code, c.phone, c.phone_fixed]
              || array(select unnest(array[i.meter_no, i.valve_no]) from reli.area_items i
                        where i.company_id = c.company_id and i.customer_id = c.customer_id)
              || array(select o.number from reli.customer_contacts o
                        where o.company_id = c.company_id and o.customer_id = c.customer_id
                          and o.removed_at is null)
              || array(select t.contract_no::text from reli.contracts t
                        where t.company_id = c.company_id and t.customer_id = c.customer_id))
              as numbers) as k
   where c.company_id = company and c.customer_id = any (ids)
      on conflict (company_id, customer_id) do update
     set org_path = excluded.org_path, name = excluded.name, initials = excluded.initials,
         words = excluded.words, grams = excluded.grams
$function$;

create FUNCTION reli.index_left_customer()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform reli.index_customers(old.company_id, array[old.customer_id]);
  return null;
end $function$;

create FUNCTION reli.index_new_customers()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into reli.customer_search
         (company_id, customer_id, org_path, name, initials, words, grams)
  select w.company_id, w.customer_id, w.org_path, lower(w.name), w.name_initials,
         reli.customer_words(k.names, w.address, k.numbers),
         reli.customer_grams(w.company_id, w.community_id, w.org_path, k.names, w.name_initials,
                             w.address, w.id_number, k.numbers)
    from written w
   cross join lateral (
     select reli.names_of(w.name, w.owner_name, w.occupant_name) as names,
            reli.without_blanks(array[w.customer_no, w.card_no, w.legacy_code, w.phone,
                                      w.phone_fixed]) as numbers) as k;
  return null;
end $function$;

create FUNCTION reli.index_new_numbers()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_material TO 'off'
 SET enable_seqscan TO 'off'
AS $function$
begin
  update reli.customer_search s
     set words = s.words || ' ' || lower(array_to_string(n.numbers, ' ')),
         grams = s.grams || array_to_tsvector(array(select reli.number_grams(n.numbers)))
    from (select company_id, customer_id, array_agg(number) as numbers
            from (select w.company_id, w.customer_id,
                         unnest(case tg_table_name
                                  when 'area_items' then array[to_jsonb(w) ->> 'meter_no',
                                                               to_jsonb(w) ->> 'valve_no']
                                  when 'contracts' then array[to_jsonb(w) ->> 'contract_no']
                                  else array[to_jsonb(w) ->> 'number'] end) as number
                    from written w) as each
           where number <> '' group by company_id, customer_id) as n
   where s.company_id = n.company_id and s.customer_id = n.customer_id;
  return null;
end $function$;

create FUNCTION reli.index_written_customer()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform reli.index_customers(new.company_id, array[new.customer_id]);
  return null;
end $function$;

create FUNCTION reli.name_grams(names text)
 RETURNS SETOF text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select 'n' || substr(lower(names), at, width)
    from generate_series(1, length(names)) as at, generate_series(1, 2) as width
   where at + width <= length(names) + 1
$function$;

create FUNCTION reli.names_of(name text, owner_name text, occupant_name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select concat_ws('|', name, nullif(owner_name, name), nullif(occupant_name, name))
$function$;

create FUNCTION reli.number_grams(numbers text[])
 RETURNS SETOF text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select 'k' || lower(number) from unnest(numbers) as number
  union all
  select 't' || right(number, 4) from unnest(numbers) as number where length(number) > 4
$function$;

create FUNCTION reli.org_grams(company text, path text)
 RETURNS SETOF text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select 'o' || company || ':' || array_to_string((string_to_array(path, '.'))[1:depth - 1], '.')
         || case when depth > 1 then '.' else '' end
    from generate_series(1, cardinality(string_to_array(path, '.'))) as depth
$function$;

create PROCEDURE reli.protect(IN name text, IN by_path boolean DEFAULT false)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('alter table reli.%I enable row level security', name);
  execute format('alter table reli.%I force row level security', name);
  execute format(
    'create policy scope on reli.%I using (company_id = any ((select reli.scope_companies())::text[])%s)',
    name,
    case when by_path then ' and org_path like any ((select reli.scope_paths())::text[])' else '' end);
end $procedure$;

create FUNCTION reli.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only: correct it by a new row', tg_table_name using errcode = '42501';
end $function$;

create FUNCTION reli.scope_companies()
 RETURNS text[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'reli'
AS $function$
  select coalesce(string_to_array(split_part(reli.scope_payload(), '|', 2), ','), '{}')
$function$;

create FUNCTION reli.scope_grams(company text)
 RETURNS tsquery
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'reli'
AS $function$
  select string_agg(quote_literal('o' || company || ':' ||
           case when path ~ '\.%$' then left(path, -1) else '' end), '|')::tsquery
    from unnest(reli.scope_paths()) as path
$function$;

create FUNCTION reli.scope_paths()
 RETURNS text[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'reli'
AS $function$
  select coalesce(string_to_array(split_part(reli.scope_payload(), '|', 3), ','), '{}')
$function$;

create FUNCTION reli.scope_payload()
 RETURNS text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'reli', 'public'
AS $function$
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
end $function$;

create FUNCTION reli.search_by_beginning(company text, typed_name text, typed_letters text, typed_no text, wanted integer)
 RETURNS SETOF text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'reli'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  paths  text[] := reli.scope_paths();
  beyond text := chr(1114111) collate "C";
begin
  if company <> all (reli.scope_companies()) then return; end if;
  if typed_name is not null then
    return query
      select f.customer_id::text
        from (select s.customer_id, s.org_path, s.name from reli.customer_search s
               where s.company_id = company and s.name >= typed_name and s.name < typed_name || beyond
               order by s.name limit 2000) as f
       where f.org_path like any (paths) order by f.name, f.customer_id limit wanted;
  elsif typed_letters is not null then
    return query
      select f.customer_id::text
        from (select s.customer_id, s.org_path, s.initials from reli.customer_search s
               where s.company_id = company
                 and s.initials >= typed_letters and s.initials < typed_letters || beyond
               order by s.initials limit 2000) as f
       where f.org_path like any (paths) order by f.initials, f.customer_id limit wanted;
  elsif typed_no is not null then
    return query
      select c.customer_id::text from reli.customers c
       where c.company_id = company
         and c.customer_no >= typed_no and c.customer_no < typed_no || beyond
       order by c.customer_no limit wanted;
  end if;
end $function$;

create FUNCTION reli.search_by_words(company text, asked text, contained text[], wanted integer)
 RETURNS SETOF text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'reli'
 SET enable_seqscan TO 'off'
 SET enable_indexscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  paths text[] := reli.scope_paths();
  whole tsquery := asked::tsquery && reli.scope_grams(company);
begin
  if company <> all (reli.scope_companies()) then return; end if;
  return query
    select s.customer_id::text from reli.customer_search s
     where s.grams @@ whole
       -- Not by the primary key: its part for a company is all of it.
       and s.company_id || '' = company
       and s.org_path like any (paths)
       and not exists (select from unnest(contained) as word where position(word in s.words) = 0)
     limit wanted;
end $function$;

create FUNCTION reli.without_blanks(numbers text[])
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select array(select distinct number from unnest(numbers) as number where number <> '')
$function$;

create sequence reli.entry_seq;
create sequence reli.event_seq;
create sequence reli.flag_batch_seq;
create sequence reli.receipt_seq;
create sequence reli.request_seq;
create sequence reli.unidentified_seq;

create table reli.account_payments (
  company_id        reli.id not null,
  customer_id       reli.id not null,
  payment_id        reli.id not null,
  paid_on           date not null,
  amount_fen        bigint not null,
  funds             reli.id not null,
  balance_used_fen  bigint not null default 0,
  rounding_fen      bigint not null default 0,
  state             text not null,
  undone_by         reli.id,
  constraint account_payments_pkey PRIMARY KEY (company_id, customer_id, payment_id),
  constraint account_payments_state_check CHECK ((state = ANY (ARRAY['PAID'::text, 'VOIDED'::text, 'REVERSED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.accounts (
  company_id  reli.id not null,
  account     reli.id not null,
  code        text not null,
  name        text not null,
  side        text not null,
  constraint accounts_pkey PRIMARY KEY (company_id, account),
  constraint accounts_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint accounts_side_check CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert

create table reli.api_keys (
  company_id          reli.id not null,
  key_id              reli.id not null,
  name                text not null,
  secret_hash         bytea not null,
  old_secret_hash     bytea,
  old_secret_ends_at  timestamp with time zone,
  scopes              text[] not null,
  org_paths           text[] not null,
  rate_per_minute     integer not null,
  allowed_ips         inet[] not null default '{}'::inet[],
  expires_at          timestamp with time zone,
  disabled_at         timestamp with time zone,
  last_used_at        timestamp with time zone,
  created_at          timestamp with time zone not null default now(),
  created_by          text not null,
  version             integer not null default 1,
  constraint api_keys_pkey PRIMARY KEY (company_id, key_id),
  constraint api_keys_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint api_keys_key_id_check CHECK (((key_id)::text ~ '^[a-z0-9]{12}$'::text)),
  constraint api_keys_old_secret_ends CHECK (((old_secret_hash IS NULL) = (old_secret_ends_at IS NULL))),
  constraint api_keys_rate_per_minute_check CHECK ((rate_per_minute > 0))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.approval_rules (
  company_id  reli.id not null,
  type        text not null,
  approval    text not null,
  from_fen    bigint,
  set_by      text not null,
  set_at      timestamp with time zone not null default now(),
  constraint approval_rules_pkey PRIMARY KEY (company_id, type),
  constraint approval_rules_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint approval_rules_approval_check CHECK ((approval = ANY (ARRAY['ALWAYS'::text, 'NEVER'::text, 'FROM'::text]))),
  constraint approval_rules_from_a_sum CHECK (((approval = 'FROM'::text) = (from_fen IS NOT NULL))),
  constraint approval_rules_from_fen_check CHECK ((from_fen > 0))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.area_facts (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  fact_seq     bigint not null generated always as identity,
  season       reli.id not null,
  area_no      smallint not null,
  fact_id      reli.id not null,
  event_id     reli.id not null,
  fact         jsonb not null,
  constraint area_facts_pkey PRIMARY KEY (company_id, customer_id, fact_seq)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.area_facts FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.area_items (
  company_id          reli.id not null,
  area_item_id        reli.id not null,
  customer_id         reli.id not null,
  area_no             smallint not null,
  category            text not null,
  building_area_dm2   bigint not null,
  area_coefficient    bigint not null default 1000000,
  billing_area_dm2    bigint not null,
  storey_height_cm    integer,
  price_class         text not null,
  billing_method      text not null default 'BY_AREA'::text,
  generate_bill       boolean not null default true,
  area_item           text not null default ''::text,
  status              text not null default 'NORMAL'::text,
  inner_area_dm2      bigint,
  usable_area_dm2     bigint,
  shared_area_dm2     bigint,
  balcony_area_dm2    bigint,
  balcony_heated      boolean not null default false,
  mezzanine_area_dm2  bigint,
  mezzanine_heated    boolean not null default false,
  meter_no            text,
  valve_no            text,
  meter_price_class   text,
  remark              text,
  waiting_stops       jsonb not null default '[]'::jsonb,
  constraint area_items_pkey PRIMARY KEY (company_id, area_item_id),
  constraint area_items_no_once UNIQUE (company_id, customer_id, area_no),
  constraint area_items_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id),
  constraint area_items_balcony_area_dm2_check CHECK ((balcony_area_dm2 >= 0)),
  constraint area_items_billing_area_dm2_check CHECK ((billing_area_dm2 >= 0)),
  constraint area_items_billing_method_check CHECK ((billing_method = ANY (ARRAY['BY_AREA'::text, 'METERED'::text, 'TWO_PART'::text]))),
  constraint area_items_building_area_dm2_check CHECK ((building_area_dm2 >= 0)),
  constraint area_items_inner_area_dm2_check CHECK ((inner_area_dm2 >= 0)),
  constraint area_items_mezzanine_area_dm2_check CHECK ((mezzanine_area_dm2 >= 0)),
  constraint area_items_shared_area_dm2_check CHECK ((shared_area_dm2 >= 0)),
  constraint area_items_status_check CHECK ((status = ANY (ARRAY['NORMAL'::text, 'NOT_OPENED'::text, 'DISCONNECTED'::text]))),
  constraint area_items_usable_area_dm2_check CHECK ((usable_area_dm2 >= 0))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER area_items_search_changed AFTER UPDATE OF meter_no, valve_no, customer_id ON reli.area_items FOR EACH ROW EXECUTE FUNCTION reli.index_written_customer();
CREATE TRIGGER area_items_search_gone AFTER DELETE ON reli.area_items FOR EACH ROW EXECUTE FUNCTION reli.index_left_customer();
CREATE TRIGGER area_items_search_left AFTER UPDATE OF customer_id ON reli.area_items FOR EACH ROW WHEN (((old.customer_id)::text <> (new.customer_id)::text)) EXECUTE FUNCTION reli.index_left_customer();
CREATE TRIGGER area_items_search_new AFTER INSERT ON reli.area_items REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION reli.index_new_numbers();
-- grants: select, insert, update

create table reli.area_seasons (
  company_id        reli.id not null,
  customer_id       reli.id not null,
  season            reli.id not null,
  area_no           smallint not null,
  area_item         text not null default ''::text,
  billing_area_dm2  bigint not null,
  storey_height_cm  integer,
  price_class       text not null,
  offsets           jsonb not null default '{}'::jsonb,
  is_frozen         boolean not null default false,
  heating_status    text not null default 'NORMAL'::text,
  org_path          text collate "C" not null,
  nature            text not null,
  opened_by         reli.id,
  constraint area_seasons_pkey PRIMARY KEY (company_id, customer_id, season, area_no),
  constraint area_seasons_company_id_season_fkey FOREIGN KEY (company_id, season) REFERENCES reli.seasons(company_id, season),
  constraint area_seasons_billing_area_dm2_check CHECK ((billing_area_dm2 >= 0)),
  constraint area_seasons_heating_status_check CHECK ((heating_status = ANY (ARRAY['NORMAL'::text, 'STOPPED'::text, 'PARTLY_STOPPED'::text, 'FORCED_STOPPED'::text, 'NOT_OPENED'::text, 'DISCONNECTED'::text])))
);
CREATE INDEX area_seasons_season ON reli.area_seasons USING btree (company_id, season, customer_id);
-- rows filtered, owner included: scope using (((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[])) AND (org_path ~~ ANY (( SELECT reli.scope_paths() AS scope_paths)::text[])))
-- grants: select, insert, update, delete

create table reli.audit_findings (
  company_id   reli.id not null,
  finding_seq  bigint not null generated always as identity,
  invariant    text not null,
  subject      text not null,
  detail       jsonb not null,
  found_at     timestamp with time zone not null default now(),
  closed_at    timestamp with time zone,
  closed_by    text,
  constraint audit_findings_pkey PRIMARY KEY (company_id, finding_seq)
);
CREATE UNIQUE INDEX audit_findings_open_once ON reli.audit_findings USING btree (company_id, invariant, subject) WHERE (closed_at IS NULL);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.audit_log (
  company_id  reli.id not null,
  audit_seq   bigint not null generated always as identity,
  at          timestamp with time zone not null default now(),
  actor       text not null,
  action      text not null,
  subject     text not null,
  before      jsonb,
  after       jsonb,
  reason      text,
  constraint audit_log_pkey PRIMARY KEY (company_id, audit_seq)
);
CREATE INDEX audit_log_subject ON reli.audit_log USING btree (company_id, subject, audit_seq);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.audit_log FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.audit_runs (
  company_id  reli.id not null,
  run_seq     bigint not null generated always as identity,
  started_at  timestamp with time zone not null,
  took_ms     integer not null,
  checked     text[] not null,
  broken      integer not null,
  constraint audit_runs_pkey PRIMARY KEY (company_id, run_seq)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, delete

create table reli.balance_movements (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  event_id     reli.id not null,
  movement_no  smallint not null,
  delta_fen    bigint not null,
  why          text not null,
  booking_on   date not null,
  constraint balance_movements_pkey PRIMARY KEY (company_id, customer_id, event_id, movement_no),
  constraint balance_movements_delta_fen_check CHECK ((delta_fen <> 0))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.balance_movements FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.batch_customers (
  company_id   reli.id not null,
  batch_no     reli.id not null,
  customer_id  reli.id not null,
  constraint batch_customers_pkey PRIMARY KEY (company_id, batch_no, customer_id),
  constraint batch_customers_company_id_batch_no_fkey FOREIGN KEY (company_id, batch_no) REFERENCES reli.batches(company_id, batch_no),
  constraint batch_customers_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.batch_customers FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.batch_problems (
  company_id   reli.id not null,
  batch_no     reli.id not null,
  problem_seq  bigint not null generated always as identity,
  row_no       integer,
  customer_no  text,
  code         text not null,
  zh           text not null,
  constraint batch_problems_pkey PRIMARY KEY (company_id, batch_no, problem_seq),
  constraint batch_problems_company_id_batch_no_fkey FOREIGN KEY (company_id, batch_no) REFERENCES reli.batches(company_id, batch_no)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.batch_problems FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.batches (
  company_id     reli.id not null,
  batch_no       reli.id not null,
  kind           text not null,
  title          text not null,
  state          text not null default 'RUNNING'::text,
  request        jsonb not null,
  total_count    integer not null default 0,
  done_count     integer not null default 0,
  skipped_count  integer not null default 0,
  amount_fen     bigint not null default 0,
  position       text,
  problems       jsonb not null default '[]'::jsonb,
  made_by        text not null,
  made_at        timestamp with time zone not null default now(),
  ended_at       timestamp with time zone,
  constraint batches_pkey PRIMARY KEY (company_id, batch_no),
  constraint batches_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint batches_state_check CHECK ((state = ANY (ARRAY['RUNNING'::text, 'DONE'::text, 'ROLLING_BACK'::text, 'ROLLED_BACK'::text, 'SEALED'::text, 'FAILED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.billing_events (
  company_id      reli.id not null,
  event_id        reli.id not null,
  type            text not null,
  customer_id     reli.id not null,
  effective_on    date not null,
  booking_on      date not null,
  season          reli.id,
  event           jsonb not null,
  before          jsonb,
  after           jsonb,
  reason          text,
  attachments     jsonb not null default '[]'::jsonb,
  channel         text not null default 'hall'::text,
  made_by         text not null,
  checked_by      text,
  batch_no        reli.id,
  reverses_id     reli.id,
  delta_fen       bigint not null default 0,
  entry_seq       bigint,
  policy_version  integer,
  made_at         timestamp with time zone not null default now(),
  constraint billing_events_pkey PRIMARY KEY (company_id, event_id),
  constraint billing_events_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id),
  constraint billing_events_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint billing_events_two_people CHECK (((checked_by IS NULL) OR (checked_by <> made_by)))
);
CREATE INDEX billing_events_batch ON reli.billing_events USING btree (company_id, batch_no, event_id) WHERE (batch_no IS NOT NULL);
CREATE INDEX billing_events_customer ON reli.billing_events USING btree (company_id, customer_id, event_id);
CREATE UNIQUE INDEX billing_events_reversed_once ON reli.billing_events USING btree (company_id, reverses_id) WHERE (reverses_id IS NOT NULL);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.billing_events FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.buildings (
  company_id    reli.id not null,
  building_id   reli.id not null,
  community_id  reli.id not null,
  name          text not null,
  zone_id       reli.id,
  state         text not null default 'IN_SERVICE'::text,
  constraint buildings_pkey PRIMARY KEY (company_id, building_id),
  constraint buildings_name_once UNIQUE (company_id, community_id, name),
  constraint buildings_company_id_community_id_fkey FOREIGN KEY (company_id, community_id) REFERENCES reli.communities(company_id, community_id),
  constraint buildings_company_id_zone_id_fkey FOREIGN KEY (company_id, zone_id) REFERENCES reli.zones(company_id, zone_id),
  constraint buildings_state_check CHECK ((state = ANY (ARRAY['PLANNED'::text, 'IN_SERVICE'::text, 'OUT_OF_SERVICE'::text, 'DEMOLISHED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.business_windows (
  company_id  reli.id not null,
  window_id   reli.id not null,
  channel_id  reli.id not null,
  business    text not null,
  weekdays    smallint[] not null,
  time_from   time without time zone not null,
  time_to     time without time zone not null,
  from_on     date not null,
  to_on       date not null,
  reason      text not null,
  made_by     text not null,
  made_at     timestamp with time zone not null default now(),
  ended_by    text,
  ended_at    timestamp with time zone,
  constraint business_windows_pkey PRIMARY KEY (company_id, window_id),
  constraint business_windows_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint business_windows_days_in_order CHECK ((from_on <= to_on)),
  constraint business_windows_ended_by_somebody CHECK (((ended_by IS NULL) = (ended_at IS NULL))),
  constraint business_windows_weekdays_check CHECK (((weekdays <@ '{1,2,3,4,5,6,7}'::smallint[]) AND (weekdays <> '{}'::smallint[])))
);
CREATE INDEX business_windows_open ON reli.business_windows USING btree (company_id, channel_id) WHERE (ended_at IS NULL);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.channel_days (
  company_id       reli.id not null,
  channel_id       reli.id not null,
  bank_date        date not null,
  state            text not null default 'OPEN'::text,
  statement_no     smallint,
  bank_paid_count  bigint,
  bank_paid_fen    bigint,
  our_paid_count   bigint,
  our_paid_fen     bigint,
  checked_at       timestamp with time zone,
  balanced_at      timestamp with time zone,
  constraint channel_days_pkey PRIMARY KEY (company_id, channel_id, bank_date),
  constraint channel_days_company_id_channel_id_fkey FOREIGN KEY (company_id, channel_id) REFERENCES reli.channels(company_id, channel_id),
  constraint channel_days_state_check CHECK ((state = ANY (ARRAY['OPEN'::text, 'FILE_IN'::text, 'BALANCED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.channels (
  company_id          reli.id not null,
  channel_id          reli.id not null,
  title               text not null,
  connector           text not null,
  enabled             boolean not null default true,
  disabled_reason     text,
  date_rule           text not null,
  open_bank_date      date,
  unknown_profile     text not null,
  single_limit_fen    bigint not null,
  part_min_fen        bigint,
  part_step_fen       bigint,
  max_seasons         smallint not null,
  queries_per_minute  smallint not null default 10,
  hours_from          time without time zone not null default '00:00:00'::time without time zone,
  hours_to            time without time zone not null default '24:00:00'::time without time zone,
  maintenance_from    time without time zone,
  maintenance_to      time without time zone,
  collect_from_on     date,
  collect_to_on       date,
  clearing_account    reli.id not null,
  version             integer not null default 1,
  constraint channels_pkey PRIMARY KEY (company_id, channel_id),
  constraint channels_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint channels_date_rule_check CHECK ((date_rule = ANY (ARRAY['signed_on'::text, 'calendar'::text]))),
  constraint channels_max_seasons_check CHECK ((max_seasons > 0)),
  constraint channels_part_min_fen_check CHECK ((part_min_fen > 0)),
  constraint channels_part_payment_whole CHECK (((part_min_fen IS NULL) = (part_step_fen IS NULL))),
  constraint channels_part_step_fen_check CHECK ((part_step_fen > 0)),
  constraint channels_single_limit_fen_check CHECK ((single_limit_fen > 0)),
  constraint channels_unknown_profile_check CHECK ((unknown_profile = ANY (ARRAY['bank_reverses'::text, 'bank_reconciles'::text, 'we_query'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.charge_changes (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  charge_id    reli.id not null,
  event_id     reli.id not null,
  change_no    smallint not null,
  kind         text not null,
  delta_fen    bigint not null,
  changed_on   date not null,
  formulas     jsonb not null default '[]'::jsonb,
  constraint charge_changes_pkey PRIMARY KEY (company_id, charge_id, event_id, change_no),
  constraint charge_changes_delta_fen_check CHECK ((delta_fen <> 0)),
  constraint charge_changes_kind_check CHECK ((kind = ANY (ARRAY['CHARGED'::text, 'REDUCED'::text, 'WRITTEN_OFF'::text, 'MOVED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.charge_changes FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.charges (
  company_id            reli.id not null,
  charge_id             reli.id not null,
  customer_id           reli.id not null,
  season                reli.id not null,
  area_no               smallint not null,
  fee_item              text not null,
  receivable_fen        bigint not null,
  paid_fen              bigint not null default 0,
  discount_fen          bigint not null default 0,
  outstanding_fen       bigint not null generated always as (((receivable_fen - paid_fen) - discount_fen)) stored,
  from_balance_fen      bigint not null default 0,
  late_principal_fen    bigint not null,
  late_settled_product  bigint not null default 0,
  late_paid_fen         bigint not null default 0,
  late_waived_fen       bigint not null default 0,
  formula               jsonb not null,
  entry_seq             bigint not null,
  area_item             text not null default ''::text,
  cause_id              reli.id,
  charged_fen           bigint,
  reduced_fen           bigint not null default 0,
  written_off_fen       bigint not null default 0,
  due_on                date,
  late_terms            jsonb,
  is_moved              boolean not null default false,
  constraint charges_pkey PRIMARY KEY (company_id, charge_id),
  constraint charges_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id),
  constraint charges_add_up CHECK (((charged_fen IS NULL) OR (receivable_fen = ((charged_fen - reduced_fen) - written_off_fen)))),
  constraint charges_discount_fen_check CHECK ((discount_fen >= 0)),
  constraint charges_from_balance_fen_check CHECK ((from_balance_fen >= 0)),
  constraint charges_late_paid_fen_check CHECK ((late_paid_fen >= 0)),
  constraint charges_late_waived_fen_check CHECK ((late_waived_fen >= 0)),
  constraint charges_never_overpaid CHECK (((paid_fen + discount_fen) <= receivable_fen)),
  constraint charges_paid_fen_check CHECK ((paid_fen >= 0)),
  constraint charges_receivable_fen_check CHECK ((receivable_fen >= 0))
);
CREATE INDEX charges_of_customer ON reli.charges USING btree (company_id, customer_id, season);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.collection_stops (
  company_id    reli.id not null,
  stop_id       reli.id not null,
  channel_id    reli.id not null,
  season        reli.id not null,
  reason        text not null,
  stopped_by    text not null,
  stopped_at    timestamp with time zone not null default now(),
  start_reason  text,
  started_by    text,
  started_at    timestamp with time zone,
  constraint collection_stops_pkey PRIMARY KEY (company_id, stop_id),
  constraint collection_stops_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint collection_stops_started_by_somebody CHECK (((started_by IS NULL) = (started_at IS NULL)))
);
CREATE UNIQUE INDEX collection_stops_open ON reli.collection_stops USING btree (company_id, channel_id, season) WHERE (started_at IS NULL);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.collectors (
  company_id  reli.id not null,
  org_id      reli.id not null,
  user_id     reli.id not null,
  from_on     date not null,
  to_on       date,
  constraint collectors_pkey PRIMARY KEY (company_id, org_id, user_id, from_on),
  constraint collectors_company_id_org_id_fkey FOREIGN KEY (company_id, org_id) REFERENCES reli.org_units(company_id, org_id),
  constraint collectors_company_id_user_id_fkey FOREIGN KEY (company_id, user_id) REFERENCES reli.users(company_id, user_id),
  constraint collectors_leave_after_they_came CHECK (((to_on IS NULL) OR (to_on >= from_on)))
);
CREATE UNIQUE INDEX collectors_once ON reli.collectors USING btree (company_id, org_id, user_id) WHERE (to_on IS NULL);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.communities (
  company_id     reli.id not null,
  community_id   reli.id not null,
  name           text not null,
  org_path       text collate "C" not null,
  zone_id        reli.id,
  state          text not null default 'IN_SERVICE'::text,
  name_initials  text not null default ''::text,
  constraint communities_pkey PRIMARY KEY (company_id, community_id),
  constraint communities_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint communities_zone FOREIGN KEY (company_id, zone_id) REFERENCES reli.zones(company_id, zone_id),
  constraint communities_state_check CHECK ((state = ANY (ARRAY['PLANNED'::text, 'IN_SERVICE'::text, 'OUT_OF_SERVICE'::text, 'DEMOLISHED'::text])))
);
-- rows filtered, owner included: scope using (((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[])) AND (org_path ~~ ANY (( SELECT reli.scope_paths() AS scope_paths)::text[])))
CREATE TRIGGER communities_initials_follow BEFORE UPDATE OF name ON reli.communities FOR EACH ROW WHEN (((new.name IS DISTINCT FROM old.name) AND (new.name_initials = old.name_initials))) EXECUTE FUNCTION reli.forget_initials();
-- grants: select, insert, update

create table reli.companies (
  company_id  reli.id not null,
  name        text not null,
  tax_no      text,
  booking_on  date not null,
  group_id    reli.id,
  constraint companies_pkey PRIMARY KEY (company_id),
  constraint companies_belong_to_groups FOREIGN KEY (group_id) REFERENCES reli.groups(group_id) DEFERRABLE INITIALLY DEFERRED
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.contracts (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  contract_no  reli.id not null,
  kind         text not null,
  state        text not null default 'ACTIVE'::text,
  signed_on    date not null,
  to_on        date,
  remark       text,
  constraint contracts_pkey PRIMARY KEY (company_id, customer_id, contract_no),
  constraint contracts_no_once UNIQUE (company_id, contract_no),
  constraint contracts_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id),
  constraint contracts_kind_check CHECK ((kind = ANY (ARRAY['ACCESS'::text, 'HEAT'::text]))),
  constraint contracts_state_check CHECK ((state = ANY (ARRAY['ACTIVE'::text, 'VOID'::text, 'EXPIRED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER contracts_search_new AFTER INSERT ON reli.contracts REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION reli.index_new_numbers();
-- grants: select, insert, update

create table reli.customer_contacts (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  contact_no   smallint not null,
  kind         text not null,
  name         text not null,
  relation     text,
  number       text not null,
  removed_at   timestamp with time zone,
  constraint customer_contacts_pkey PRIMARY KEY (company_id, customer_id, contact_no),
  constraint customer_contacts_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id),
  constraint customer_contacts_kind_check CHECK ((kind = ANY (ARRAY['MOBILE'::text, 'FIXED'::text, 'WECHAT'::text, 'OTHER'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER customer_contacts_search_changed AFTER UPDATE OF number, removed_at ON reli.customer_contacts FOR EACH ROW EXECUTE FUNCTION reli.index_written_customer();
CREATE TRIGGER customer_contacts_search_new AFTER INSERT ON reli.customer_contacts REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION reli.index_new_numbers();
-- grants: select, insert, update

create table reli.customer_links (
  company_id   reli.id not null,
  link_id      reli.id not null,
  customer_id  reli.id not null,
  linked_at    timestamp with time zone not null default now(),
  linked_by    text not null,
  reason       text not null,
  ended_at     timestamp with time zone,
  ended_by     text,
  end_reason   text,
  constraint customer_links_pkey PRIMARY KEY (company_id, link_id, customer_id, linked_at),
  constraint customer_links_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id),
  constraint customer_links_ended_by_somebody CHECK (((ended_at IS NULL) = (ended_by IS NULL)))
);
CREATE UNIQUE INDEX customer_links_once ON reli.customer_links USING btree (company_id, customer_id) WHERE (ended_at IS NULL);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.customer_search (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  org_path     text collate "C" not null,
  name         text collate "C" not null,
  initials     text collate "C" not null,
  words        text collate "C" not null,
  grams        tsvector not null,
  constraint customer_search_pkey PRIMARY KEY (company_id, customer_id),
  constraint customer_search_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id) ON DELETE CASCADE
);
CREATE INDEX customer_search_grams ON reli.customer_search USING gin (grams) WITH (gin_pending_list_limit='512');
CREATE INDEX customer_search_initials ON reli.customer_search USING btree (company_id, initials);
CREATE INDEX customer_search_name ON reli.customer_search USING btree (company_id, name);
-- rows filtered, owner included: scope using (((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[])) AND (org_path ~~ ANY (( SELECT reli.scope_paths() AS scope_paths)::text[])))
-- rows filtered, owner included: search_by_owner using true
-- grants: select, insert, update

create table reli.customers (
  company_id             reli.id not null,
  customer_id            reli.id not null,
  customer_no            reli.id not null,
  name                   text not null,
  community_id           reli.id not null,
  address                text not null,
  org_path               text collate "C" not null,
  nature                 text not null,
  network_status         text not null default 'IN_NETWORK'::text,
  phone                  text,
  bank_blocked           boolean not null default false,
  collection_locked      boolean not null default false,
  inspection_locked      boolean not null default false,
  in_approval            boolean not null default false,
  must_visit_hall        boolean not null default false,
  prepaid_fen            bigint not null default 0,
  card_no                text,
  legacy_code            text,
  access_name            text,
  owner_name             text,
  occupant_name          text,
  id_type                text,
  id_number              text,
  phone_fixed            text,
  email                  text,
  postal_address         text,
  work_unit              text,
  building_id            reli.id,
  unit_id                reli.id,
  floor_no               smallint,
  room_no                text,
  door_plate             text,
  control_mode           text not null default 'SEPARATE'::text,
  supply_valve           text,
  return_valve           text,
  supply_seal_no         text,
  return_seal_no         text,
  exchanger_count        smallint not null default 0,
  sensor_no              text,
  classes                jsonb not null default '{}'::jsonb,
  tags                   text[] not null default '{}'::text[],
  blacklisted            boolean not null default false,
  blacklist_reason       text,
  stop_forbidden         boolean not null default false,
  discount_forbidden     boolean not null default false,
  late_fee_exempt        boolean not null default false,
  invoice_before_refund  boolean not null default false,
  access_on              date,
  access_season          reli.id,
  heat_first_on          date,
  warranty_to_on         date,
  collecting_path        text collate "C",
  collector_id           reli.id,
  inspector_id           reli.id,
  successor_ids          text[] not null default '{}'::text[],
  remark                 text,
  version                integer not null default 1,
  name_initials          text not null default ''::text,
  constraint customers_pkey PRIMARY KEY (company_id, customer_id),
  constraint customers_no_once UNIQUE (company_id, customer_no),
  constraint customers_building FOREIGN KEY (company_id, building_id) REFERENCES reli.buildings(company_id, building_id),
  constraint customers_collector FOREIGN KEY (company_id, collector_id) REFERENCES reli.users(company_id, user_id),
  constraint customers_company_id_community_id_fkey FOREIGN KEY (company_id, community_id) REFERENCES reli.communities(company_id, community_id),
  constraint customers_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint customers_inspector FOREIGN KEY (company_id, inspector_id) REFERENCES reli.users(company_id, user_id),
  constraint customers_unit FOREIGN KEY (company_id, unit_id) REFERENCES reli.units(company_id, unit_id),
  constraint customers_access_season_check CHECK (((access_season)::text ~ '^\d{4}-\d{4}$'::text)),
  constraint customers_blacklisted_for_a_reason CHECK (((NOT blacklisted) OR (blacklist_reason IS NOT NULL))),
  constraint customers_control_mode_check CHECK ((control_mode = ANY (ARRAY['SEPARATE'::text, 'SERIES'::text]))),
  constraint customers_exchanger_count_check CHECK ((exchanger_count >= 0)),
  constraint customers_id_type_check CHECK ((id_type = ANY (ARRAY['ID_CARD'::text, 'PASSPORT'::text, 'LICENCE'::text, 'OTHER'::text]))),
  constraint customers_nature_check CHECK ((nature = ANY (ARRAY['RESIDENT'::text, 'ORGANISATION'::text, 'COMMERCIAL'::text]))),
  constraint customers_network_status_check CHECK ((network_status = ANY (ARRAY['PENDING'::text, 'IN_NETWORK'::text, 'DISCONNECTED'::text, 'CLOSED'::text]))),
  constraint customers_never_overdrawn CHECK ((prepaid_fen >= 0)),
  constraint customers_return_valve_check CHECK ((return_valve = ANY (ARRAY['OPEN'::text, 'CLOSED'::text, 'CUT'::text]))),
  constraint customers_supply_valve_check CHECK ((supply_valve = ANY (ARRAY['OPEN'::text, 'CLOSED'::text, 'CUT'::text])))
);
CREATE INDEX customers_community ON reli.customers USING btree (company_id, community_id, customer_no);
CREATE INDEX customers_merged ON reli.customers USING btree (company_id, customer_id) WHERE (successor_ids <> '{}'::text[]);
CREATE INDEX customers_without_initials ON reli.customers USING btree (company_id, customer_id) WHERE (name_initials = ''::text);
-- rows filtered, owner included: scope using (((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[])) AND (org_path ~~ ANY (( SELECT reli.scope_paths() AS scope_paths)::text[])))
CREATE TRIGGER customers_initials_follow BEFORE UPDATE OF name ON reli.customers FOR EACH ROW WHEN (((new.name IS DISTINCT FROM old.name) AND (new.name_initials = old.name_initials))) EXECUTE FUNCTION reli.forget_initials();
CREATE TRIGGER customers_search_changed AFTER UPDATE OF name, name_initials, owner_name, occupant_name, address, community_id, org_path, customer_no, card_no, legacy_code, phone, phone_fixed, id_number ON reli.customers FOR EACH ROW EXECUTE FUNCTION reli.index_written_customer();
CREATE TRIGGER customers_search_new AFTER INSERT ON reli.customers REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION reli.index_new_customers();
-- grants: select, insert, update

create table reli.dictionaries (
  company_id  reli.id not null,
  dictionary  reli.id not null,
  name        text not null,
  many        boolean not null default false,
  constraint dictionaries_pkey PRIMARY KEY (company_id, dictionary),
  constraint dictionaries_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint dictionaries_dictionary_check CHECK (((dictionary)::text ~ '^[a-z][a-z0-9_]{0,31}$'::text))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.dictionary_items (
  company_id   reli.id not null,
  dictionary   reli.id not null,
  code         reli.id not null,
  name         text not null,
  place        smallint not null default 0,
  disabled_at  timestamp with time zone,
  constraint dictionary_items_pkey PRIMARY KEY (company_id, dictionary, code),
  constraint dictionary_items_name_once UNIQUE (company_id, dictionary, name),
  constraint dictionary_items_company_id_dictionary_fkey FOREIGN KEY (company_id, dictionary) REFERENCES reli.dictionaries(company_id, dictionary),
  constraint dictionary_items_code_check CHECK (((code)::text ~ '^[A-Z0-9][A-Z0-9_]{0,31}$'::text))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.entries (
  company_id    reli.id not null,
  entry_seq     bigint not null,
  booking_on    date not null,
  event         text not null,
  memo          text not null,
  channel_id    reli.id,
  bank_date     date,
  serial        reli.id,
  reverses_seq  bigint,
  made_at       timestamp with time zone not null default now(),
  written_by    xid8 not null default pg_current_xact_id(),
  constraint entries_pkey PRIMARY KEY (company_id, entry_seq)
);
CREATE INDEX entries_held ON reli.entries USING btree (company_id, channel_id, bank_date, serial) WHERE (event = 'suspense.held'::text);
CREATE INDEX entries_written ON reli.entries USING btree (written_by);
CREATE UNIQUE INDEX entries_reversed_once ON reli.entries USING btree (company_id, reverses_seq) WHERE (reverses_seq IS NOT NULL);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.entries FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.event_requests (
  company_id    reli.id not null,
  request_no    reli.id not null,
  type          text not null,
  customer_id   reli.id not null,
  other_id      reli.id,
  effective_on  date not null,
  body          jsonb not null,
  reason        text not null,
  attachments   jsonb not null default '[]'::jsonb,
  channel       text not null default 'hall'::text,
  effect        jsonb not null,
  state         text not null,
  problem       text,
  opinion       text,
  event_id      reli.id,
  org_path      text collate "C" not null,
  made_by       text not null,
  made_at       timestamp with time zone not null default now(),
  checked_by    text,
  checked_at    timestamp with time zone,
  constraint event_requests_pkey PRIMARY KEY (company_id, request_no),
  constraint event_requests_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id),
  constraint event_requests_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint event_requests_done_is_booked CHECK (((state <> ALL (ARRAY['DONE'::text, 'UNDONE'::text])) OR (event_id IS NOT NULL))),
  constraint event_requests_state_check CHECK ((state = ANY (ARRAY['DRAFT'::text, 'IN_APPROVAL'::text, 'DONE'::text, 'TO_HANDLE'::text, 'REJECTED'::text, 'CANCELLED'::text, 'UNDONE'::text]))),
  constraint event_requests_two_people CHECK (((checked_by IS NULL) OR (checked_by <> made_by)))
);
CREATE INDEX event_requests_customer ON reli.event_requests USING btree (company_id, customer_id, request_no);
CREATE INDEX event_requests_event ON reli.event_requests USING btree (company_id, event_id) WHERE (event_id IS NOT NULL);
CREATE INDEX event_requests_waiting ON reli.event_requests USING btree (company_id, state, request_no) WHERE (state = ANY (ARRAY['DRAFT'::text, 'IN_APPROVAL'::text, 'TO_HANDLE'::text]));
-- rows filtered, owner included: scope using (((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[])) AND (org_path ~~ ANY (( SELECT reli.scope_paths() AS scope_paths)::text[])))
-- grants: select, insert, update

create table reli.exceptions (
  company_id   reli.id not null,
  channel_id   reli.id not null,
  bank_date    date not null,
  serial       reli.id not null,
  class        text not null,
  state        text not null,
  our_fen      bigint,
  our_state    text,
  bank_fen     bigint,
  bank_state   text,
  customer_no  reli.id,
  cause        text not null,
  suggestion   text,
  entry_seq    bigint,
  opened_at    timestamp with time zone not null default now(),
  closed_at    timestamp with time zone,
  resolution   text,
  reason       text,
  resolved_by  text,
  checked_by   text,
  constraint exceptions_pkey PRIMARY KEY (company_id, channel_id, bank_date, serial, class),
  constraint exceptions_class_check CHECK ((class = ANY (ARRAY['BANK_ONLY'::text, 'LOCAL_ONLY'::text, 'AMOUNT_DIFF'::text, 'STATE_DIFF'::text, 'DUPLICATE'::text, 'CUSTOMER_DIFF'::text]))),
  constraint exceptions_state_check CHECK ((state = ANY (ARRAY['PENDING'::text, 'AUTO_BALANCED'::text, 'HAND_BALANCED'::text, 'ON_HOLD'::text]))),
  constraint exceptions_two_people CHECK (((checked_by IS NULL) OR (checked_by <> resolved_by)))
);
CREATE INDEX exceptions_open ON reli.exceptions USING btree (company_id, state, opened_at);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.exchange_stations (
  company_id      reli.id not null,
  station_id      reli.id not null,
  heat_source_id  reli.id not null,
  name            text not null,
  state           text not null default 'IN_SERVICE'::text,
  constraint exchange_stations_pkey PRIMARY KEY (company_id, station_id),
  constraint exchange_stations_name_once UNIQUE (company_id, name),
  constraint exchange_stations_company_id_heat_source_id_fkey FOREIGN KEY (company_id, heat_source_id) REFERENCES reli.heat_sources(company_id, heat_source_id),
  constraint exchange_stations_state_check CHECK ((state = ANY (ARRAY['PLANNED'::text, 'IN_SERVICE'::text, 'OUT_OF_SERVICE'::text, 'DEMOLISHED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.flag_changes (
  company_id    reli.id not null,
  customer_id   reli.id not null,
  change_seq    bigint not null generated always as identity,
  flag          text not null,
  value         boolean not null,
  reason        text not null,
  actor         text not null,
  operation_no  reli.id not null,
  takes_back    reli.id,
  made_at       timestamp with time zone not null default now(),
  constraint flag_changes_pkey PRIMARY KEY (company_id, customer_id, change_seq),
  constraint flag_changes_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id)
);
CREATE INDEX flag_changes_operation ON reli.flag_changes USING btree (company_id, operation_no);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.flag_changes FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.groups (
  group_id  reli.id not null,
  name      text not null,
  constraint groups_pkey PRIMARY KEY (group_id)
);
-- rows filtered, owner included: scope using ((group_id)::text IN ( SELECT c.group_id
   FROM reli.companies c))
-- grants: select, insert

create table reli.heat_sources (
  company_id      reli.id not null,
  heat_source_id  reli.id not null,
  name            text not null,
  state           text not null default 'IN_SERVICE'::text,
  constraint heat_sources_pkey PRIMARY KEY (company_id, heat_source_id),
  constraint heat_sources_name_once UNIQUE (company_id, name),
  constraint heat_sources_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint heat_sources_state_check CHECK ((state = ANY (ARRAY['PLANNED'::text, 'IN_SERVICE'::text, 'OUT_OF_SERVICE'::text, 'DEMOLISHED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.holds (
  company_id   reli.id not null,
  customer_id  reli.id not null,
  event_id     reli.id not null,
  season       reli.id not null,
  from_on      date not null,
  promised_on  date not null,
  constraint holds_pkey PRIMARY KEY (company_id, customer_id, event_id, season)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, delete

create table reli.idempotency_keys (
  company_id   reli.id not null,
  caller       text not null,
  key          text collate "C" not null,
  fingerprint  bytea not null,
  response     json,
  made_at      timestamp with time zone not null default now(),
  constraint idempotency_keys_pkey PRIMARY KEY (company_id, caller, key)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert

create table reli.import_parts (
  company_id  reli.id not null,
  import_no   reli.id not null,
  part_no     integer not null,
  bytes       bytea not null,
  constraint import_parts_pkey PRIMARY KEY (company_id, import_no, part_no),
  constraint import_parts_company_id_import_no_fkey FOREIGN KEY (company_id, import_no) REFERENCES reli.imports(company_id, import_no)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.import_parts FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.import_problems (
  company_id   reli.id not null,
  import_no    reli.id not null,
  check_no     integer not null,
  row_no       integer not null,
  problem_no   smallint not null,
  column_no    integer,
  column_name  text,
  value        text,
  code         text not null,
  zh           text not null,
  constraint import_problems_pkey PRIMARY KEY (company_id, import_no, check_no, row_no, problem_no),
  constraint import_problems_company_id_import_no_fkey FOREIGN KEY (company_id, import_no) REFERENCES reli.imports(company_id, import_no)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.import_problems FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.imports (
  company_id    reli.id not null,
  import_no     reli.id not null,
  template      text not null,
  file_name     text not null,
  digest        bytea not null,
  byte_count    integer not null,
  state         text not null default 'CHECKING'::text,
  refusal       text,
  sheet_part    text,
  header_row    integer,
  error_column  integer,
  check_no      integer not null default 0,
  checked_rows  integer not null default 0,
  row_count     integer not null default 0,
  good_count    integer not null default 0,
  bad_count     integer not null default 0,
  amount_fen    bigint not null default 0,
  scope_paths   text[] not null,
  batch_no      reli.id,
  made_by       text not null,
  made_at       timestamp with time zone not null default now(),
  checked_at    timestamp with time zone,
  constraint imports_pkey PRIMARY KEY (company_id, import_no),
  constraint imports_company_id_batch_no_fkey FOREIGN KEY (company_id, batch_no) REFERENCES reli.batches(company_id, batch_no),
  constraint imports_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint imports_digest_check CHECK ((length(digest) = 32)),
  constraint imports_state_check CHECK ((state = ANY (ARRAY['CHECKING'::text, 'CHECKED'::text, 'REFUSED'::text, 'APPLYING'::text, 'DONE'::text, 'DISCARDED'::text, 'ROLLED_BACK'::text])))
);
CREATE UNIQUE INDEX imports_file_once ON reli.imports USING btree (company_id, digest) WHERE (state = ANY (ARRAY['CHECKING'::text, 'CHECKED'::text, 'APPLYING'::text, 'DONE'::text]));
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.invoice_profiles (
  company_id    reli.id not null,
  customer_id   reli.id not null,
  title         text not null,
  tax_no        text,
  address       text,
  phone         text,
  bank_name     text,
  bank_account  text,
  email         text,
  mobile        text,
  kind          text not null default 'NORMAL'::text,
  push          text not null default 'NONE'::text,
  constraint invoice_profiles_pkey PRIMARY KEY (company_id, customer_id),
  constraint invoice_profiles_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id),
  constraint invoice_profiles_kind_check CHECK ((kind = ANY (ARRAY['NORMAL'::text, 'SPECIAL'::text]))),
  constraint invoice_profiles_push_check CHECK ((push = ANY (ARRAY['NONE'::text, 'EMAIL'::text, 'SMS'::text, 'BOTH'::text]))),
  constraint invoice_profiles_special_has_tax_no CHECK (((kind = 'NORMAL'::text) OR (tax_no IS NOT NULL)))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.invoice_requests (
  company_id    reli.id not null,
  entry_seq     bigint not null,
  kind          text not null,
  customer_id   reli.id not null,
  amount_fen    bigint not null,
  state         text not null default 'REQUESTED'::text,
  requested_at  timestamp with time zone not null default now(),
  constraint invoice_requests_pkey PRIMARY KEY (company_id, entry_seq),
  constraint invoice_requests_amount_fen_check CHECK ((amount_fen > 0)),
  constraint invoice_requests_kind_check CHECK ((kind = ANY (ARRAY['blue'::text, 'red'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.journal_positions (
  company_id  reli.id not null,
  fep         reli.id not null,
  position    text not null,
  taken_at    timestamp with time zone not null default now(),
  constraint journal_positions_pkey PRIMARY KEY (company_id, fep)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.messages (
  company_id  reli.id not null,
  channel_id  reli.id not null,
  frame_id    reli.id not null,
  direction   text not null,
  at          timestamp with time zone not null,
  peer        text,
  operation   text,
  bank_date   date,
  serial      reli.id,
  result      text,
  bytes       bytea not null,
  constraint messages_pkey PRIMARY KEY (company_id, channel_id, frame_id, direction),
  constraint messages_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
);
CREATE INDEX messages_operation ON reli.messages USING btree (company_id, channel_id, bank_date, serial) WHERE (serial IS NOT NULL);
CREATE INDEX messages_recent ON reli.messages USING brin (at);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.messages FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.name_history (
  company_id        reli.id not null,
  customer_id       reli.id not null,
  event_id          reli.id not null,
  former_name       text not null,
  new_name          text not null,
  former_phone      text,
  former_id_number  text,
  changed_on        date not null,
  constraint name_history_pkey PRIMARY KEY (company_id, customer_id, event_id),
  constraint name_history_company_id_customer_id_fkey FOREIGN KEY (company_id, customer_id) REFERENCES reli.customers(company_id, customer_id)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.name_history FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.notices (
  company_id  reli.id not null,
  notice_seq  bigint not null generated always as identity,
  at          timestamp with time zone not null default now(),
  role        text not null,
  kind        text not null,
  subject     text not null,
  text        text not null,
  link        text,
  read_at     timestamp with time zone,
  read_by     text,
  constraint notices_pkey PRIMARY KEY (company_id, notice_seq),
  constraint notices_once UNIQUE (company_id, kind, subject)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.operations (
  company_id    reli.id not null,
  channel_id    reli.id not null,
  bank_date     date not null,
  serial        reli.id not null,
  family        reli.id not null default 'payment'::text,
  state         text not null,
  customer_no   reli.id,
  customer_id   reli.id,
  amount_fen    bigint,
  refusal       text,
  answer        json,
  parts         json,
  receipt_no    reli.id,
  outlet        text,
  teller        text,
  paid_at       timestamp without time zone,
  entry_seq     bigint,
  reversal_seq  bigint,
  booking_on    date not null,
  frame_id      reli.id,
  decided_at    timestamp with time zone not null default now(),
  reversed_at   timestamp with time zone,
  constraint operations_pkey PRIMARY KEY (company_id, channel_id, bank_date, serial, family),
  constraint operations_paid_is_booked CHECK (((state = ANY (ARRAY['PAID'::text, 'REVERSED'::text])) = (entry_seq IS NOT NULL))),
  constraint operations_reversed_is_booked CHECK (((state = 'REVERSED'::text) = (reversal_seq IS NOT NULL))),
  constraint operations_state_check CHECK ((state = ANY (ARRAY['PAID'::text, 'REFUSED'::text, 'REVERSED'::text, 'BLOCKED'::text])))
);
CREATE INDEX operations_customer ON reli.operations USING btree (company_id, customer_id, decided_at) WHERE (customer_id IS NOT NULL);
CREATE INDEX operations_recent ON reli.operations USING btree (decided_at);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.org_units (
  company_id  reli.id not null,
  org_id      reli.id not null,
  parent_id   reli.id,
  kind        text not null,
  name        text not null,
  org_path    text collate "C" not null,
  retired_on  date,
  constraint org_units_pkey PRIMARY KEY (company_id, org_id),
  constraint org_units_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint org_units_company_id_parent_id_fkey FOREIGN KEY (company_id, parent_id) REFERENCES reli.org_units(company_id, org_id),
  constraint org_units_kind_check CHECK ((kind = ANY (ARRAY['company'::text, 'branch'::text, 'station'::text, 'hall'::text, 'team'::text])))
);
-- rows filtered, owner included: scope using (((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[])) AND (org_path ~~ ANY (( SELECT reli.scope_paths() AS scope_paths)::text[])))
-- grants: select, insert, update

create table reli.outbox (
  company_id  reli.id not null,
  outbox_seq  bigint not null generated always as identity,
  topic       text not null,
  entry_seq   bigint not null,
  payload     json not null,
  constraint outbox_pkey PRIMARY KEY (company_id, outbox_seq)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, delete

create table reli.outlets (
  company_id  reli.id not null,
  channel_id  reli.id not null,
  outlet_no   reli.id not null,
  name        text not null,
  enabled     boolean not null default true,
  constraint outlets_pkey PRIMARY KEY (company_id, channel_id, outlet_no),
  constraint outlets_company_id_channel_id_fkey FOREIGN KEY (company_id, channel_id) REFERENCES reli.channels(company_id, channel_id)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.place_names (
  company_id  reli.id not null,
  kind        text not null,
  place_id    reli.id not null,
  change_no   bigint not null generated always as identity,
  from_on     date not null,
  old_name    text,
  name        text not null,
  old_parent  reli.id,
  parent_id   reli.id,
  old_path    text collate "C",
  org_path    text collate "C",
  actor       text not null,
  reason      text not null,
  made_at     timestamp with time zone not null default now(),
  constraint place_names_pkey PRIMARY KEY (company_id, kind, place_id, change_no),
  constraint place_names_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint place_names_kind_check CHECK ((kind = ANY (ARRAY['org_unit'::text, 'heat_source'::text, 'exchange_station'::text, 'zone'::text, 'community'::text, 'building'::text, 'unit'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.place_names FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.policy_drafts (
  company_id  reli.id not null,
  season      reli.id not null,
  policy      jsonb not null,
  edited_by   text not null,
  edited_at   timestamp with time zone not null default now(),
  constraint policy_drafts_pkey PRIMARY KEY (company_id, season),
  constraint policy_drafts_company_id_season_fkey FOREIGN KEY (company_id, season) REFERENCES reli.seasons(company_id, season)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update, delete

create table reli.policy_versions (
  company_id    reli.id not null,
  season        reli.id not null,
  version_no    integer not null,
  effective_on  date not null,
  policy        jsonb not null,
  note          text not null,
  edited_by     text not null,
  published_by  text not null,
  published_at  timestamp with time zone not null default now(),
  constraint policy_versions_pkey PRIMARY KEY (company_id, season, version_no),
  constraint policy_versions_company_id_season_fkey FOREIGN KEY (company_id, season) REFERENCES reli.seasons(company_id, season),
  constraint policy_versions_version_no_check CHECK ((version_no > 0))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.policy_versions FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.postings (
  company_id   reli.id not null,
  entry_seq    bigint not null,
  line_no      smallint not null,
  debit        reli.id not null,
  credit       reli.id not null,
  amount_fen   bigint not null,
  customer_id  reli.id,
  charge_id    reli.id,
  constraint postings_pkey PRIMARY KEY (company_id, entry_seq, line_no),
  constraint postings_have_two_sides CHECK (((debit)::text <> (credit)::text)),
  constraint postings_move_money CHECK ((amount_fen > 0))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.postings FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.price_classes (
  company_id       reli.id not null,
  season           reli.id not null,
  price_class      text not null,
  name             text not null,
  unit_price       bigint not null,
  base_heat_ratio  bigint not null default 200000,
  over_height      jsonb not null default '{"rule": "NONE"}'::jsonb,
  constraint price_classes_pkey PRIMARY KEY (company_id, season, price_class),
  constraint price_classes_company_id_season_fkey FOREIGN KEY (company_id, season) REFERENCES reli.seasons(company_id, season),
  constraint price_classes_unit_price_check CHECK ((unit_price >= 0))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update, delete

create unlogged table reli.query_counts (
  company_id   reli.id not null,
  channel_id   reli.id not null,
  customer_no  reli.id not null,
  asked_at     timestamp with time zone not null default clock_timestamp()
);
CREATE INDEX query_counts_recent ON reli.query_counts USING btree (company_id, channel_id, customer_no, asked_at);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, delete

create table reli.reductions (
  company_id    reli.id not null,
  customer_id   reli.id not null,
  event_id      reli.id not null,
  reduction_no  smallint not null,
  season        reli.id not null,
  area_no       smallint not null,
  fee_item      text not null,
  amount_fen    bigint not null,
  constraint reductions_pkey PRIMARY KEY (company_id, customer_id, event_id, reduction_no)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, delete

create table reli.schedule_fires (
  key       text not null,
  fired_at  timestamp with time zone not null default now(),
  by        text not null,
  constraint schedule_fires_pkey PRIMARY KEY (key)
);
-- grants: select, insert, delete

create table reli.scope_keys (
  key_no  smallint not null,
  key     bytea not null,
  constraint scope_keys_pkey PRIMARY KEY (key_no),
  constraint scope_keys_key_check CHECK ((length(key) >= 32))
);

create table reli.seals (
  company_id   reli.id not null,
  seal_seq     bigint not null,
  from_xid     xid8 not null,
  to_xid       xid8 not null,
  entry_count  bigint not null,
  hash         bytea not null,
  made_at      timestamp with time zone not null default now(),
  constraint seals_pkey PRIMARY KEY (company_id, seal_seq)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.seals FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.seasons (
  company_id           reli.id not null,
  season               reli.id not null,
  heat_start_on        date not null,
  heat_end_on          date not null,
  state                text not null,
  open_for_collection  boolean not null default true,
  policy               jsonb not null,
  policy_version       integer,
  constraint seasons_pkey PRIMARY KEY (company_id, season),
  constraint seasons_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint seasons_season_check CHECK (((season)::text ~ '^\d{4}-\d{4}$'::text)),
  constraint seasons_start_before_end CHECK ((heat_start_on < heat_end_on)),
  constraint seasons_state_check CHECK ((state = ANY (ARRAY['PLANNED'::text, 'OPEN'::text, 'HEATING'::text, 'SETTLING'::text, 'CLOSED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.security_log (
  company_id  reli.id not null,
  log_seq     bigint not null generated always as identity,
  at          timestamp with time zone not null,
  channel_id  reli.id,
  kind        text not null,
  peer        text,
  detail      jsonb not null,
  constraint security_log_pkey PRIMARY KEY (company_id, log_seq)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.security_log FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.sessions (
  company_id    reli.id not null,
  session_hash  bytea not null,
  user_id       reli.id not null,
  started_at    timestamp with time zone not null default now(),
  seen_at       timestamp with time zone not null default now(),
  ends_at       timestamp with time zone not null,
  remote_ip     text,
  constraint sessions_pkey PRIMARY KEY (company_id, session_hash),
  constraint sessions_company_id_user_id_fkey FOREIGN KEY (company_id, user_id) REFERENCES reli.users(company_id, user_id)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update, delete

create table reli.settlements (
  company_id     reli.id not null,
  customer_id    reli.id not null,
  charge_id      reli.id not null,
  event_id       reli.id not null,
  settlement_no  smallint not null,
  source         reli.id not null,
  settled_on     date not null,
  principal_fen  bigint not null,
  late_fee_fen   bigint not null,
  discount_fen   bigint not null,
  discount_rate  bigint not null default 0,
  constraint settlements_pkey PRIMARY KEY (company_id, charge_id, event_id, settlement_no)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.settlements FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.statement_lines (
  company_id    reli.id not null,
  channel_id    reli.id not null,
  bank_date     date not null,
  statement_no  smallint not null,
  line_no       integer not null,
  serial        reli.id not null,
  customer_no   reli.id not null,
  name          text not null,
  amount_fen    bigint not null,
  state         text not null,
  paid_at       timestamp without time zone not null,
  outlet        text not null,
  receipt_no    text,
  constraint statement_lines_pkey PRIMARY KEY (company_id, channel_id, bank_date, statement_no, line_no),
  constraint statement_lines_serial_once UNIQUE (company_id, channel_id, bank_date, statement_no, serial),
  constraint statement_lines_amount_fen_check CHECK ((amount_fen > 0)),
  constraint statement_lines_state_check CHECK ((state = ANY (ARRAY['paid'::text, 'reversed'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reli.statement_lines FOR EACH STATEMENT EXECUTE FUNCTION reli.refuse_change();
-- grants: select, insert

create table reli.statements (
  company_id    reli.id not null,
  channel_id    reli.id not null,
  bank_date     date not null,
  statement_no  smallint not null,
  file_name     text not null,
  digest        bytea not null,
  state         text not null,
  problems      jsonb not null default '[]'::jsonb,
  row_count     integer not null default 0,
  paid_count    integer not null default 0,
  paid_fen      bigint not null default 0,
  reversed_fen  bigint not null default 0,
  fetched_at    timestamp with time zone not null default now(),
  constraint statements_pkey PRIMARY KEY (company_id, channel_id, bank_date, statement_no, digest),
  constraint statements_company_id_channel_id_fkey FOREIGN KEY (company_id, channel_id) REFERENCES reli.channels(company_id, channel_id),
  constraint statements_state_check CHECK ((state = ANY (ARRAY['IMPORTED'::text, 'REFUSED'::text, 'WAITING_CONSENT'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.unidentified_receipts (
  company_id    reli.id not null,
  receipt_id    reli.id not null,
  funds         reli.id not null,
  received_on   date not null,
  amount_fen    bigint not null,
  cleared_fen   bigint not null default 0,
  returned_fen  bigint not null default 0,
  left_fen      bigint not null generated always as (((amount_fen - cleared_fen) - returned_fen)) stored,
  payer         text not null,
  remark        text not null default ''::text,
  entry_seq     bigint not null,
  made_by       text not null,
  made_at       timestamp with time zone not null default now(),
  constraint unidentified_receipts_pkey PRIMARY KEY (company_id, receipt_id),
  constraint unidentified_receipts_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id),
  constraint unidentified_receipts_amount_fen_check CHECK ((amount_fen > 0)),
  constraint unidentified_receipts_no_more_than_came CHECK (((cleared_fen >= 0) AND (returned_fen >= 0) AND ((cleared_fen + returned_fen) <= amount_fen)))
);
CREATE INDEX unidentified_receipts_open ON reli.unidentified_receipts USING btree (company_id, receipt_id) WHERE ((cleared_fen + returned_fen) < amount_fen);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.units (
  company_id   reli.id not null,
  unit_id      reli.id not null,
  building_id  reli.id not null,
  name         text not null,
  zone_id      reli.id,
  state        text not null default 'IN_SERVICE'::text,
  constraint units_pkey PRIMARY KEY (company_id, unit_id),
  constraint units_name_once UNIQUE (company_id, building_id, name),
  constraint units_company_id_building_id_fkey FOREIGN KEY (company_id, building_id) REFERENCES reli.buildings(company_id, building_id),
  constraint units_company_id_zone_id_fkey FOREIGN KEY (company_id, zone_id) REFERENCES reli.zones(company_id, zone_id),
  constraint units_state_check CHECK ((state = ANY (ARRAY['PLANNED'::text, 'IN_SERVICE'::text, 'OUT_OF_SERVICE'::text, 'DEMOLISHED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.users (
  company_id      reli.id not null,
  user_id         reli.id not null,
  login           text not null,
  name            text not null,
  password_hash   text not null,
  roles           text[] not null,
  org_paths       text[] not null,
  disabled_at     timestamp with time zone,
  failed_log_ins  integer not null default 0,
  locked_until    timestamp with time zone,
  constraint users_pkey PRIMARY KEY (company_id, user_id),
  constraint users_login_once UNIQUE (company_id, login),
  constraint users_company_id_fkey FOREIGN KEY (company_id) REFERENCES reli.companies(company_id)
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update

create table reli.voucher_lines (
  company_id  reli.id not null,
  entry_seq   bigint not null,
  booking_on  date not null,
  event       text not null,
  amount_fen  bigint not null,
  constraint voucher_lines_pkey PRIMARY KEY (company_id, entry_seq),
  constraint voucher_lines_amount_fen_check CHECK ((amount_fen > 0))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert

create table reli.zones (
  company_id  reli.id not null,
  zone_id     reli.id not null,
  station_id  reli.id not null,
  name        text not null,
  state       text not null default 'IN_SERVICE'::text,
  constraint zones_pkey PRIMARY KEY (company_id, zone_id),
  constraint zones_name_once UNIQUE (company_id, station_id, name),
  constraint zones_company_id_station_id_fkey FOREIGN KEY (company_id, station_id) REFERENCES reli.exchange_stations(company_id, station_id),
  constraint zones_state_check CHECK ((state = ANY (ARRAY['PLANNED'::text, 'IN_SERVICE'::text, 'OUT_OF_SERVICE'::text, 'DEMOLISHED'::text])))
);
-- rows filtered, owner included: scope using ((company_id)::text = ANY (( SELECT reli.scope_companies() AS scope_companies)::text[]))
-- grants: select, insert, update
