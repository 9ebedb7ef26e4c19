// What the schema promises, asked of PostgreSQL itself: companies are apart, the application's role
// can do no more than it must, a scope cannot be forged, and rows of record stay as they were
// written.
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import tap, { test } from 'tap'
import { dumpSchema } from './dump.ts'
import { scopeSigner } from './scope.ts'
import { testDb } from './test-db.ts'

const { adminUrl, appUrl, scopeKey, close } = await testDb()
const admin = new pg.Client({ connectionString: adminUrl })
const app = new pg.Client({ connectionString: appUrl })
await admin.connect()
await app.connect()

/** No business data: the owner's keys, which worker ran a schedule, and the names of groups. */
const withoutCompany = new Set(['scope_keys', 'schedule_fires', 'groups'])

const names = async (sql: string): Promise<string[]> =>
  (await admin.query<{ name: string }>(sql)).rows.map((row) => row.name)

const tables = await names(`
  select relname as name from pg_class
   where relnamespace = 'reli'::regnamespace and relkind in ('r', 'p') order by 1`)
const businessTables = tables.filter((table) => !withoutCompany.has(table))

test('schema.sql is what the migrations make', async (t) => {
  const committed = readFileSync(new URL('./schema.sql', import.meta.url), 'utf8')
  const found = await dumpSchema(admin)
  t.equal(found, committed, 'or run `npm run schema`')
})

test('the company comes first in every key, so that tenants are apart', async (t) => {
  const keys = await admin.query<{ name: string; columns: string[] }>(`
    select c.conrelid::regclass || ' ' || conname as name,
           array(select attname::text from unnest(conkey) with ordinality k (no, place)
                   join pg_attribute on attrelid = conrelid and attnum = no
                  order by place) as columns
      from pg_constraint c
     where connamespace = 'reli'::regnamespace and contype in ('p', 'u', 'f')`)
  const indexes = await admin.query<{ name: string; columns: string[] }>(`
    select indexrelid::regclass::text as name,
           array(select attname::text from unnest(indkey) with ordinality k (no, place)
                   join pg_attribute on attrelid = indrelid and attnum = no
                  order by place) as columns
      from pg_index join pg_class on oid = indrelid
     where relnamespace = 'reli'::regnamespace and indisunique`)
  for (const { name, columns } of [...keys.rows, ...indexes.rows]) {
    if ([...withoutCompany].some((table) => name.includes(table))) continue
    t.equal(columns[0], 'company_id', name)
  }
})

test('every business table filters its rows, for its owner too', async (t) => {
  const filtered = await names(`
    select relname as name from pg_class
     where relnamespace = 'reli'::regnamespace and relrowsecurity and relforcerowsecurity
       and exists (select from pg_policy where polrelid = pg_class.oid)`)
  for (const table of businessTables) t.ok(filtered.includes(table), table)
})

test('functions that run with the owner’s rights say where they look for names', async (t) => {
  const loose = await names(`
    select proname as name from pg_proc
     where pronamespace = 'reli'::regnamespace and prosecdef
       and not exists (select from unnest(proconfig) as setting
                        where setting like 'search_path=%')`)
  t.same(loose, [])
})

test('the application owns nothing, is nobody’s member and passes no filter', async (t) => {
  const role = await admin.query(`
    select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication from pg_roles
     where rolname = 'reli_app'`)
  t.same(Object.values(role.rows[0]), [false, false, false, false, false])
  t.same(
    await names(`
      select relname as name from pg_class where relowner = 'reli_app'::regrole
      union all select nspname from pg_namespace where nspowner = 'reli_app'::regrole
      union all select proname from pg_proc where proowner = 'reli_app'::regrole
      union all select roleid::regrole::text from pg_auth_members
                 where member = 'reli_app'::regrole`),
    [],
  )
  await t.rejects(app.query('set role reli_owner'), { code: '42501' })
  await t.rejects(app.query('create table reli.mine (a int)'), { code: '42501' })
  await t.rejects(app.query('alter table reli.charges disable row level security'), {
    code: '42501',
  })
  await t.rejects(app.query('select * from reli.scope_keys'), { code: '42501' })
  await t.rejects(app.query(`update reli.scope_keys set key = '\\x00'`), { code: '42501' })
  await t.rejects(app.query('delete from reli.customers'), { code: '42501' })
})

/** What the application sees under this scope text. */
async function under<R extends pg.QueryResultRow>(scope: string, sql: string): Promise<R[]> {
  await app.query('begin')
  try {
    await app.query(`select set_config('reli.scope', $1, true)`, [scope])
    return (await app.query<R>(sql)).rows
  } finally {
    await app.query('rollback')
  }
}

const sealed = (payload: string, key: Uint8Array) =>
  `${payload}|${createHmac('sha256', key).update(payload).digest('hex')}`
const inAnHour = Math.floor(Date.now() / 1000) + 3600

test('a scope cannot be forged', async (t) => {
  await twoCompanies()
  const sign = scopeSigner(scopeKey)
  const count = 'select customer_no from reli.customers order by 1'
  const rightful = await under(sign({ companies: ['c1'], paths: ['%'] }), count)
  t.same(rightful, [{ customer_no: '0001' }, { customer_no: '0002' }], 'the rightful one sees')

  const forgeries = {
    none: '',
    'another key': sealed(`v1|c1|%|${inAnHour}`, randomBytes(32)),
    'run out': sealed(`v1|c1|%|${Math.floor(Date.now() / 1000) - 1}`, scopeKey),
    'widened after sealing': sealed(`v1|c1|%|${inAnHour}`, scopeKey).replace('v1|c1', 'v1|c2'),
    'a seal of zeros': `v1|c1|%|x|${'0'.repeat(64)}`,
    'no seal': `v1|c1|%|${inAnHour}`,
  }
  for (const [how, scope] of Object.entries(forgeries)) {
    for (const table of businessTables) {
      t.same(await under(scope, `select 1 from reli.${table}`), [], `${how}: ${table}`)
    }
  }
})

test('a scope reaches its companies and its branches, and no further', async (t) => {
  const sign = scopeSigner(scopeKey)
  const numbers = 'select customer_no from reli.customers order by 1'
  t.same(await under(sign({ companies: ['c2'], paths: ['%'] }), numbers), [{ customer_no: '0001' }])
  t.same(await under(sign({ companies: ['c1'], paths: ['c1.b2.%'] }), numbers), [
    { customer_no: '0002' },
  ])
  const other = sign({ companies: ['c2'], paths: ['%'] })
  const intrusion = `insert into reli.notices (company_id, role, kind, subject, text)
                     values ('c1', 'supervisor', 'x', 'x', 'x')`
  await t.rejects(under(other, intrusion), { code: '42501' }, 'nor can it write there')
  t.throws(() => sign({ companies: [`c1'; --`], paths: ['%'] }), TypeError, 'nor quote its way out')
})

test('rows of record are written once, whoever asks', async (t) => {
  const appendOnly = await names(`
    select relname as name from pg_trigger join pg_class on pg_class.oid = tgrelid
     where tgname = 'append_only' order by 1`)
  t.same(appendOnly, [
    'area_facts',
    'audit_log',
    'balance_movements',
    'batch_customers',
    'batch_problems',
    'billing_events',
    'charge_changes',
    'entries',
    'flag_changes',
    'import_parts',
    'import_problems',
    'messages',
    'name_history',
    'place_names',
    'policy_versions',
    'postings',
    'seals',
    'security_log',
    'settlements',
    'statement_lines',
  ])
  for (const table of appendOnly) {
    for (const sql of [
      `update reli.${table} set company_id = company_id`,
      `delete from reli.${table}`,
      `truncate reli.${table}`,
    ]) {
      await t.rejects(app.query(sql), { code: '42501' }, `the application: ${sql}`)
      await admin.query('set role reli_owner')
      await t.rejects(admin.query(sql), { message: /append-only/ }, `the owner: ${sql}`)
      await admin.query('reset role')
    }
  }
})

async function twoCompanies(): Promise<void> {
  await admin.query(`
    insert into reli.companies (company_id, name, booking_on)
    values ('c1', '甲', '2026-11-20'), ('c2', '乙', '2026-11-20');
    insert into reli.communities (company_id, community_id, name, org_path)
    values ('c1', 'com_1', '甲一', 'c1.b1.'), ('c1', 'com_2', '甲二', 'c1.b2.'),
           ('c2', 'com_1', '乙一', 'c2.b1.');
    insert into reli.customers
           (company_id, customer_id, customer_no, name, community_id, address, org_path, nature)
    values ('c1', 'cus_1', '0001', '张三', 'com_1', '', 'c1.b1.', 'RESIDENT'),
           ('c1', 'cus_2', '0002', '李四', 'com_2', '', 'c1.b2.', 'RESIDENT'),
           ('c2', 'cus_1', '0001', '王五', 'com_1', '', 'c2.b1.', 'RESIDENT')`)
}

tap.teardown(async () => {
  await app.end()
  await admin.end()
  await close()
})
