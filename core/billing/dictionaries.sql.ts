import { query } from '../db/db.ts'

export interface DictionaryItem {
  code: string
  name: string
  place: number
  disabledAt: string | null
}

export interface DictionaryRow {
  dictionary: string
  name: string
  many: boolean
  items: DictionaryItem[]
}

export const dictionariesOf = query<[companyId: string], DictionaryRow>(
  'dictionaries_of',
  `
  select d.dictionary, d.name, d.many,
         coalesce((select json_agg(json_build_object('code', i.code, 'name', i.name,
                                   'place', i.place, 'disabledAt', i.disabled_at)
                                   order by i.place, i.code)
                     from reli.dictionary_items i
                    where i.company_id = d.company_id and i.dictionary = d.dictionary), '[]')
           as items
    from reli.dictionaries d
   where d.company_id = $1
   order by d.dictionary`,
)

export const insertStandard = query<[companyId: string, rows: string], { added: number }>(
  'insert_standard_dictionaries',
  `
  with rows as (
    select * from jsonb_to_recordset($2::jsonb)
      as r (dictionary text, title text, many boolean, code text, name text, place smallint)),
  named as (
    insert into reli.dictionaries (company_id, dictionary, name, many)
    select distinct $1, dictionary, title, many from rows
    on conflict do nothing returning 1),
  added as (
    insert into reli.dictionary_items (company_id, dictionary, code, name, place)
    select $1, dictionary, code, name, place from rows
    on conflict do nothing returning 1)
  select (select count(*) from added)::int as added, (select count(*) from named) as named`,
)

export const insertDictionary = query<
  [companyId: string, dictionary: string, name: string, many: boolean],
  { dictionary: string }
>(
  'insert_dictionary',
  `
  insert into reli.dictionaries (company_id, dictionary, name, many) values ($1, $2, $3, $4)
  on conflict do nothing returning dictionary`,
)

export const insertItem = query<
  [companyId: string, dictionary: string, code: string, name: string, place: number],
  { code: string }
>(
  'insert_dictionary_item',
  `
  insert into reli.dictionary_items (company_id, dictionary, code, name, place)
  select company_id, dictionary, $3, $4, $5 from reli.dictionaries
   where company_id = $1 and dictionary = $2
  on conflict do nothing returning code`,
)

export const lockItem = query<
  [companyId: string, dictionary: string, code: string],
  DictionaryItem
>(
  'lock_dictionary_item',
  `
  select code, name, place, disabled_at from reli.dictionary_items
   where company_id = $1 and dictionary = $2 and code = $3 for update`,
)

export const isItemName = query<
  [companyId: string, dictionary: string, code: string, name: string],
  { isTaken: boolean }
>(
  'is_dictionary_item_name',
  `
  select exists (select from reli.dictionary_items
                  where company_id = $1 and dictionary = $2 and code <> $3
                    and name = $4) as is_taken`,
)

export const updateItem = query<
  [
    companyId: string,
    dictionary: string,
    code: string,
    name: string,
    place: number,
    isDisabled: boolean,
  ],
  DictionaryItem
>(
  'update_dictionary_item',
  `
  update reli.dictionary_items
     set name = $4, place = $5,
         disabled_at = case when $6::boolean then coalesce(disabled_at, now()) end
   where company_id = $1 and dictionary = $2 and code = $3
  returning code, name, place, disabled_at`,
)
