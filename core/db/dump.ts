// Writes the schema as one reads it: each table with its columns, constraints, indexes, row filter,
// triggers and what the application may do. Made from the catalogue, since pg_dump comes with no
// npm package and refuses newer servers; equal on every PostgreSQL from 15 on, so that a test can
// compare.
import type pg from 'pg'

export async function dumpSchema(client: pg.ClientBase): Promise<string> {
  // Names are printed with their schema, whatever the connection was set to.
  await client.query('set search_path = pg_catalog')
  const parts = [
    header,
    await domains(client),
    await functions(client),
    await sequences(client),
    ...(await tables(client)),
  ]
  await client.query('reset search_path')
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

const header = `-- The whole database at a sitting. Written by \`npm run schema\` from the
-- migrations; a test compares. «grants» is what the application's role may do; it owns nothing and
-- passes no row filter.`

async function lines(client: pg.ClientBase, sql: string, values: unknown[] = []) {
  const { rows } = await client.query<{ line: string }>(sql, values)
  return rows.map((row) => row.line)
}

async function domains(client: pg.ClientBase): Promise<string> {
  const found = await lines(
    client,
    `select 'create domain reli.' || typname || ' as ' || format_type(typbasetype, typtypmod)
            || coalesce((select ' collate "' || collname || '"' from pg_collation c
                          where c.oid = typcollation and collname <> 'default'), '') || ';' as line
       from pg_type where typnamespace = 'reli'::regnamespace and typtype = 'd' order by typname`,
  )
  return found.join('\n')
}

async function functions(client: pg.ClientBase): Promise<string> {
  const found = await lines(
    client,
    `select pg_get_functiondef(oid) as line from pg_proc
      where pronamespace = 'reli'::regnamespace order by proname`,
  )
  return found
    .map((text) => `${text.trim().replace(/^CREATE OR REPLACE /, 'create ')};`)
    .join('\n\n')
}

async function sequences(client: pg.ClientBase): Promise<string> {
  const found = await lines(
    client,
    `select 'create sequence reli.' || relname || ';' as line
       from pg_class c
      where relnamespace = 'reli'::regnamespace and relkind = 'S'
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('i', 'a'))
      order by relname`,
  )
  return found.join('\n')
}

async function tables(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ oid: number; name: string; persistence: string }>(
    `select oid::int, relname as name, relpersistence as persistence from pg_class
      where relnamespace = 'reli'::regnamespace and relkind = 'r' order by relname`,
  )
  const found: string[] = []
  for (const { oid, name, persistence } of rows) {
    const body = [...(await columns(client, oid)), ...(await constraints(client, oid))]
    const kind = persistence === 'u' ? 'unlogged table' : 'table'
    const table = `create ${kind} reli.${name} (\n${body.join(',\n')}\n);`
    found.push([table, ...(await around(client, oid))].join('\n'))
  }
  return found
}

async function columns(client: pg.ClientBase, table: number): Promise<string[]> {
  const { rows } = await client.query<{ name: string; type: string; rest: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type,
            coalesce((select ' collate "' || collname || '"' from pg_collation c, pg_type t
                       where c.oid = attcollation and t.oid = atttypid
                         and attcollation <> typcollation), '')
            || case when attnotnull then ' not null' else '' end
            || case when attidentity = 'a' then ' generated always as identity'
                    when attgenerated = 's'
                    then ' generated always as (' || pg_get_expr(adbin, adrelid) || ') stored'
                    when adbin is not null then ' default ' || pg_get_expr(adbin, adrelid)
                    else '' end as rest
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = $1 and attnum > 0 and not attisdropped order by attnum`,
    [table],
  )
  const width = Math.max(...rows.map(({ name }) => name.length))
  return rows.map(({ name, type, rest }) => `  ${name.padEnd(width)}  ${type}${rest}`)
}

/** Since PostgreSQL 18 «not null» stands among the constraints too; it is shown with its column. */
const constraints = (client: pg.ClientBase, table: number): Promise<string[]> =>
  lines(
    client,
    `select '  constraint ' || conname || ' ' || pg_get_constraintdef(oid) as line
       from pg_constraint where conrelid = $1 and contype <> 'n'
      order by position(contype::text in 'pufc'), conname`,
    [table],
  )

const around = (client: pg.ClientBase, table: number): Promise<string[]> =>
  lines(
    client,
    `select line from (
       select 1 as place, pg_get_indexdef(indexrelid) || ';' as line from pg_index
        where indrelid = $1
          and not exists (select from pg_constraint
                           where conindid = indexrelid and contype in ('p', 'u'))
       union all
       select 2, '-- rows filtered, owner included: ' || polname || ' using '
                 || pg_get_expr(polqual, polrelid)
         from pg_policy join pg_class c on c.oid = polrelid
        where polrelid = $1 and c.relrowsecurity and c.relforcerowsecurity
       union all
       select 3, pg_get_triggerdef(oid) || ';' from pg_trigger
        where tgrelid = $1 and not tgisinternal
       union all
       select 4, '-- grants: ' || string_agg(
                lower(privilege_type), ', '
                order by position(privilege_type in 'SELECT INSERT UPDATE DELETE'))
         from pg_class, aclexplode(relacl)
        where oid = $1 and grantee = 'reli_app'::regrole) as found
      where line is not null order by place, line`,
    [table],
  )
