-- Up Migration
-- The one search box (domain.md §3.2): one row for each customer with everything it is found by, kept
-- by triggers, whoever writes. Words are cut into grams here and not by an extension: PostgreSQL's
-- trigrams know nothing of the two letters «建国», and a server without contrib is a server too.
--
-- A gram is a letter that says what it is, and the text (core/billing/search/words.ts asks for them):
--   n王 n王建  letters and pairs of the name       a塔苑  pairs of the address
--   iwjg       the name in Latin letters           k0312…  a number: code, card, phone, meter, valve,
--   t1801      the last four digits of a number            contract; x… an identity number, whole only
--   m…         the community                       d3-2-501 b3 u2 r501  the door and its parts
--   o…         the company, and each organisation above the customer's
alter table reli.customers
  -- What may be typed for the name in Latin letters: initials, then the spelled-out name, for each
  -- reading: 'sxx shanxiongxin dxx'. Only `lettersOf` in core/billing/search/initials.ts makes it.
  add column name_initials text not null default '';
alter table reli.communities
  add column name_initials text not null default '';

-- A writer that renames and forgets the initials leaves none rather than those of the old name: the
-- worker fills what is empty.
create function reli.forget_initials() returns trigger language plpgsql as $$
begin
  new.name_initials := '';
  return new;
end $$;
create trigger customers_initials_follow before update of name on reli.customers
  for each row when (new.name is distinct from old.name and new.name_initials = old.name_initials)
  execute function reli.forget_initials();
create trigger communities_initials_follow before update of name on reli.communities
  for each row when (new.name is distinct from old.name and new.name_initials = old.name_initials)
  execute function reli.forget_initials();
create index customers_without_initials on reli.customers (company_id, customer_id)
  where name_initials = '';

create table reli.customer_search (
  company_id    reli.id not null,
  customer_id   reli.id not null,
  org_path      text not null collate "C",
  name          text not null collate "C",
  initials      text not null collate "C",
  -- Name, address and numbers in small letters: what a gram can only suggest is read again here.
  words         text not null collate "C",
  grams         tsvector not null,
  primary key (company_id, customer_id),
  foreign key (company_id, customer_id) references reli.customers on delete cascade
);
call reli.protect('customer_search', true);
-- GIN behind row security would never be used: its operators are not leakproof. So the search runs as
-- the owner, who passes this filter, and names the scope in its own conditions (search_by_words).
create policy search_by_owner on reli.customer_search for select to current_user using (true);

-- A short pending list: what stands in it is read by every search.
create index customer_search_grams on reli.customer_search using gin (grams)
  with (gin_pending_list_limit = 512);
-- Without the customer behind: a young table's planner would take them for the primary key.
create index customer_search_name on reli.customer_search (company_id, name);
create index customer_search_initials on reli.customer_search (company_id, initials);

create function reli.org_grams(company text, path text) returns setof text
language sql immutable parallel safe as $$
  select 'o' || company || ':' || array_to_string((string_to_array(path, '.'))[1:depth - 1], '.')
         || case when depth > 1 then '.' else '' end
    from generate_series(1, cardinality(string_to_array(path, '.'))) as depth
$$;

-- «…3号楼2单元501»: the last numbers of an address are building, unit and room.
create function reli.door_grams(address text) returns setof text
language sql immutable parallel safe as $$
  select unnest(coalesce(
    (select array['d' || array_to_string(door, '-'), 'b' || door[1], 'u' || door[2], 'r' || door[3]]
       from regexp_match(address, '(\d+)\D+(\d+)\D+(\d+)\D*$') as door where door is not null),
    (select array['b' || door[1], 'r' || door[2]]
       from regexp_match(address, '(\d+)\D+(\d+)\D*$') as door where door is not null),
    (select array['r' || door[1]]
       from regexp_match(address, '(\d+)\D*$') as door where door is not null)))
$$;

create function reli.name_grams(names text) returns setof text
language sql immutable parallel safe as $$
  select 'n' || substr(lower(names), at, width)
    from generate_series(1, length(names)) as at, generate_series(1, 2) as width
   where at + width <= length(names) + 1
$$;

create function reli.address_grams(address text) returns setof text
language sql immutable parallel safe as $$
  select 'a' || pair
    from (select substr(letters, at, 2) as pair
            from regexp_replace(lower(address), '[\d\s-]+', '|', 'g') as letters,
                 generate_series(1, length(letters) - 1) as at) as pairs
   where position('|' in pair) = 0
$$;

create function reli.number_grams(numbers text[]) returns setof text
language sql immutable parallel safe as $$
  select 'k' || lower(number) from unnest(numbers) as number
  union all
  select 't' || right(number, 4) from unnest(numbers) as number where length(number) > 4
$$;

create function reli.customer_grams(company text, community text, path text, names text,
                                    initials text, address text, id_number text, numbers text[])
returns tsvector
language sql immutable parallel safe as $$
  select array_to_tsvector(array(
    select reli.name_grams(names)
    union all select reli.address_grams(address)
    union all select reli.door_grams(address)
    union all select reli.number_grams(numbers)
    union all select reli.org_grams(company, path)
    union all select 'i' || typed from string_to_table(initials, ' ') as typed where typed <> ''
    union all select 'm' || community
    union all select 'x' || lower(id_number) where id_number <> ''))
$$;

create function reli.customer_words(names text, address text, numbers text[]) returns text
language sql immutable parallel safe as $$
  select lower(concat_ws(' ', names, address, array_to_string(numbers, ' ')))
$$;

-- All names of a customer as one text, and what is not there left out of its numbers.
create function reli.names_of(name text, owner_name text, occupant_name text) returns text
language sql immutable parallel safe as $$
  select concat_ws('|', name, nullif(owner_name, name), nullif(occupant_name, name))
$$;
create function reli.without_blanks(numbers text[]) returns text[]
language sql immutable parallel safe as $$
  select array(select distinct number from unnest(numbers) as number where number <> '')
$$;

-- Writes the search rows of these customers anew, from everything that is known of them.
create function reli.index_customers(company text, ids text[]) returns void
language sql set search_path = pg_catalog, reli as $$
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
$$;

-- Bulk loads come as one statement, and read nothing but what they write: in a young table without
-- statistics the planner would look through all of it for each row. A new customer has no rooms yet;
-- their numbers are added when they come.
create function reli.index_new_customers() returns trigger language plpgsql as $$
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
end $$;

-- Each row by its primary key, whatever the planner thinks of a young table.
create function reli.index_new_numbers() returns trigger language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
set enable_seqscan = off as $$
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
end $$;

-- Changes come one by one and seldom. Those of money, which are neither, name none of these columns
-- and fire nothing.
create function reli.index_written_customer() returns trigger language plpgsql as $$
begin
  perform reli.index_customers(new.company_id, array[new.customer_id]);
  return null;
end $$;
create function reli.index_left_customer() returns trigger language plpgsql as $$
begin
  perform reli.index_customers(old.company_id, array[old.customer_id]);
  return null;
end $$;
create trigger customers_search_new after insert on reli.customers
  referencing new table as written
  for each statement execute function reli.index_new_customers();
create trigger customers_search_changed
  after update of name, name_initials, owner_name, occupant_name, address, community_id, org_path,
                  customer_no, card_no, legacy_code, phone, phone_fixed, id_number on reli.customers
  for each row execute function reli.index_written_customer();

create trigger area_items_search_new after insert on reli.area_items
  referencing new table as written
  for each statement execute function reli.index_new_numbers();
create trigger area_items_search_changed after update of meter_no, valve_no, customer_id
  on reli.area_items for each row execute function reli.index_written_customer();
-- A split gives a room to another customer.
create trigger area_items_search_left after update of customer_id on reli.area_items
  for each row when (old.customer_id <> new.customer_id)
  execute function reli.index_left_customer();
create trigger area_items_search_gone after delete on reli.area_items
  for each row execute function reli.index_left_customer();
create trigger customer_contacts_search_new after insert on reli.customer_contacts
  referencing new table as written
  for each statement execute function reli.index_new_numbers();
create trigger customer_contacts_search_changed after update of number, removed_at
  on reli.customer_contacts for each row execute function reli.index_written_customer();
create trigger contracts_search_new after insert on reli.contracts
  referencing new table as written
  for each statement execute function reli.index_new_numbers();

-- Which of the organisation grams the scope opens. A pattern that is no subtree opens the company
-- here, and the rows are filtered by it all the same.
create function reli.scope_grams(company text) returns tsquery
language sql stable security definer set search_path = pg_catalog, reli as $$
  select string_agg(quote_literal('o' || company || ':' ||
           case when path ~ '\.%$' then left(path, -1) else '' end), '|')::tsquery
    from unnest(reli.scope_paths()) as path
$$;

-- One word, or one number, from its beginning, in its own order: as far into the index as a person
-- scrolls and no further, however many begin so. What is out of scope is passed over.
create function reli.search_by_beginning(company text, typed_name text, typed_letters text,
                                         typed_no text, wanted integer)
returns setof text
language plpgsql stable security definer
set search_path = pg_catalog, reli set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan as $$
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
end $$;

-- All words of a question, anywhere, as a query over grams. `contained` narrows what grams only
-- suggest: each of these stands in the row's own text.
create function reli.search_by_words(company text, asked text, contained text[], wanted integer)
returns setof text
language plpgsql stable security definer
set search_path = pg_catalog, reli set enable_seqscan = off set enable_indexscan = off
set plan_cache_mode = force_generic_plan as $$
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
end $$;
