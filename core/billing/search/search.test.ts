// The one search box against a real database: by whatever people type, in the right order, within
// the scope, and right after every way of writing a customer.
import fc from 'fast-check'
import pg from 'pg'
import tap, { test } from 'tap'
import { wholeCompanies } from '../../db/scope.ts'
import { testDb } from '../../db/test-db.ts'
import { lettersOf } from './initials.ts'
import { fillLetters, searchCustomers } from './search.ts'
import { wordsOf } from './words.ts'

const { db, adminUrl, close } = await testDb()
const admin = new pg.Client({ connectionString: adminUrl })
await admin.connect()
tap.teardown(async () => {
  await admin.end()
  await close()
})

const whole = wholeCompanies('h')
const east = { companies: ['h'], paths: ['h.b1.%'] }
const west = { companies: ['h'], paths: ['h.b2.%'] }

interface Person {
  no: string
  name: string
  community: string
  address: string
  org: string
  phone: string
  card?: string
  legacy?: string
}

const people: Person[] = [
  {
    no: '0010000001',
    name: '王建国',
    community: 'c1',
    address: '槐安东路66号翡翠城12号楼2单元1801',
    org: 'h.b1.s1.',
    phone: '13812348217',
    card: '0312011801',
    legacy: 'DY-0077',
  },
  {
    no: '0010000002',
    name: '单雄信',
    community: 'c1',
    address: '槐安东路66号翡翠城3号楼2单元501',
    org: 'h.b1.s1.',
    phone: '13900001234',
  },
  {
    no: '0010000003',
    name: '王建国华',
    community: 'c2',
    address: '东塔苑3号楼2单元501',
    org: 'h.b2.s1.',
    phone: '15900008217',
  },
  {
    no: '0010000004',
    name: '仇英',
    community: 'c2',
    address: '东塔苑3号楼1单元502',
    org: 'h.b2.s1.',
    phone: '18600000501',
  },
  {
    no: '0010000005',
    name: '解𬭎',
    community: 'c2',
    address: '东塔苑501号楼1单元101',
    org: 'h.b2.s1.',
    phone: '18600000777',
  },
]

async function writeTown(): Promise<void> {
  await admin.query(`
    insert into reli.companies (company_id, name, booking_on) values
      ('h', '甲', '2026-11-20'), ('o', '乙', '2026-11-20');
    insert into reli.communities (company_id, community_id, name, org_path) values
      ('h', 'c1', '翡翠城', 'h.b1.s1.'), ('h', 'c2', '塔苑小区', 'h.b2.s1.'),
      ('o', 'c1', '翡翠城', 'o.')`)
  await write(people)
  await write([{ ...people[0]!, no: '0099000001', org: 'o.' }], 'o')
}

async function write(them: Person[], company = 'h'): Promise<void> {
  await admin.query(
    `insert into reli.customers (company_id, customer_id, customer_no, name, name_initials,
            community_id, address, org_path, nature, phone, card_no, legacy_code)
     select $1, 'cus_' || no, no, name, letters, community, address, org, 'RESIDENT', phone, card,
            legacy
       from jsonb_to_recordset($2::jsonb) as r (no text, name text, letters text, community text,
            address text, org text, phone text, card text, legacy text)`,
    [
      company,
      JSON.stringify(them.map((person) => ({ ...person, letters: lettersOf(person.name) }))),
    ],
  )
}

await writeTown()
await fillLetters(db, whole, 'h')

/** The last digits of the numbers of those found, best first. */
async function find(typed: string, scope = whole, limit = 20): Promise<string[]> {
  const { customers } = await db.read(scope, (tx) => searchCustomers(tx, 'h', typed, limit))
  return customers.map(({ customerNo }) => customerNo.slice(-2))
}

test('a customer is found by everything that stands on their papers', async (t) => {
  const cases: [typed: string, found: string[]][] = [
    ['0010000001', ['01']],
    ['0312011801', ['01']],
    ['dy-0077', ['01']],
    ['DY-0077', ['01']],
    ['13812348217', ['01']],
    ['8217', ['01', '03']],
    ['48217', ['01']],
    ['1381234', ['01']],
    ['王建国', ['01', '03']],
    ['建国', ['01', '03']],
    ['国华', ['03']],
    ['wjg', ['01', '03']],
    ['wangjianguo', ['01', '03']],
    ['WJG', ['01', '03']],
    ['翡翠城', ['01', '02']],
    ['翡翠', ['01', '02']],
    ['塔苑', ['03', '04', '05']],
    ['塔苑小区', ['03', '04', '05']],
    ['塔苑 3-2-501', ['03']],
    ['塔苑3-2-501', ['03']],
    ['3号楼2单元501', ['02', '03']],
    ['3栋2单元501室', ['02', '03']],
    ['翡翠城３号楼２单元５０１', ['02']],
    ['03-2-501', ['02', '03']],
    ['fcc 12-2-1801', ['01']],
    ['fcc 12-2', ['01']],
    ['塔苑 3-502', ['04']],
    ['2单元501', ['02', '03']],
    ['501', ['02', '03', '05']],
    ['王 1801', ['01']],
    ['槐安东路', ['01', '02']],
    ['王建国 8217 12号楼', ['01']],
    ['王建国 塔苑', ['03']],
    ['王国', []],
    ['槐东', []],
    ['99999', []],
    ['·', []],
  ]
  for (const [typed, found] of cases) t.same(await find(typed), found, typed)
})

test('surnames are found by their own reading and by the common one', async (t) => {
  const readings = {
    单雄信: 'sxx',
    曾国强: 'zgq',
    仇英: 'qy',
    解缙: 'xj',
    尉迟恭: 'ycg',
    朴树: 'ps',
  }
  for (const [name, first] of Object.entries(readings)) {
    t.equal(lettersOf(name).split(' ')[0], first, name)
  }
  t.equal(lettersOf('区志'), 'oz ouzhi qz')
  t.equal(lettersOf('吕布'), 'lb lvbu')
  t.equal(lettersOf('A座·超市'), 'azcs azuochaoshi')
  t.equal(lettersOf('···'), '-')
  for (const typed of ['sxx', 'dxx', 'shanxiongxin']) t.same(await find(typed), ['02'], typed)
  for (const typed of ['qy', 'cy', 'q']) t.same(await find(typed), ['04'], typed)
})

test('letters of a name are never empty and always typeable', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (name) => {
      t.match(lettersOf(name), /^(-|[a-z0-9]{1,40}( [a-z0-9]{1,40}){0,4})$/)
    }),
  )
  t.end()
})

test('an exact number comes first, then what begins so', async (t) => {
  await write([
    { ...people[1]!, no: '8217', name: '赵一', org: 'h.b1.s2.' },
    { ...people[1]!, no: '0010000017', name: '建国', org: 'h.b1.s2.' },
  ])
  t.same(await find('8217'), ['17', '01', '03'].with(0, '17'))
  t.same((await find('建国'))[0], '17', 'whose whole name it is')
  const answer = await db.read(whole, (tx) => searchCustomers(tx, 'h', '建国', 2))
  t.equal(answer.customers.length, 2)
  t.equal(answer.hasMore, true, 'and says that there are more')
})

test('nobody finds what is out of their scope', async (t) => {
  t.same(await find('王建国', east), ['01'])
  t.same(await find('王建国', west), ['03'])
  t.same(await find('翡翠城', west), [])
  t.same(await find('0010000001', west), [])
  t.same(await find('0010000001', east), ['01'])
  t.same(await find('王建国', { companies: ['h'], paths: ['h.b1.%', 'h.b2.s1.%'] }), ['01', '03'])
  t.same(await find('王建国', { companies: ['h'], paths: ['h.b1.s1.'] }), ['01'], 'one place alone')
  t.same(await find('王建国', { companies: ['o'], paths: ['%'] }), [], 'another company')
  const foreign = db.read(whole, (tx) => searchCustomers(tx, 'o', '王建国', 20))
  t.same((await foreign).customers, [])
  const raw = `select count(*)::int as rows from reli.customer_search`
  const app = db.read(west, (tx) => tx.one({ name: 'raw_search_rows', text: raw }, []))
  t.same(await app, { rows: 3 }, 'nor by reading the index itself')
})

test('what is written is found, and what was is not', async (t) => {
  const change = (sql: string) => admin.query(sql)
  await change(`update reli.customers set name = '关云长', name_initials = 'gyc guanyunchang'
                 where company_id = 'h' and customer_no = '0010000004'`)
  t.same(await find('gyc'), ['04'])
  t.same(await find('仇英'), [])
  await change(`update reli.customers set phone = '13700009999', address = '东塔苑9号楼1单元601'
                 where company_id = 'h' and customer_no = '0010000004'`)
  t.same(await find('9999'), ['04'])
  t.same(await find('9-1-601'), ['04'])
  t.same(await find('3-1-502'), [])
  await change(`
    insert into reli.area_items (company_id, area_item_id, customer_id, area_no, category,
           building_area_dm2, billing_area_dm2, price_class, meter_no, valve_no)
    values ('h', 'a1', 'cus_0010000004', 1, '住宅', 1, 1, 'RESIDENT', 'RB20261234', 'F7-88')`)
  t.same(await find('rb20261234'), ['04'])
  t.same(await find('F7-88'), ['04'])
  await change(`update reli.area_items set meter_no = 'RB5' where area_item_id = 'a1'`)
  t.same(await find('rb20261234'), [])
  t.same(await find('rb5'), ['04'])
  await change(
    `update reli.area_items set customer_id = 'cus_0010000002' where area_item_id = 'a1'`,
  )
  t.same(await find('rb5'), ['02'])
  await change(`delete from reli.area_items where area_item_id = 'a1'`)
  t.same(await find('rb5'), [])
  await change(`
    insert into reli.customer_contacts (company_id, customer_id, contact_no, kind, name, number)
    values ('h', 'cus_0010000002', 1, 'MOBILE', '单母', '13366667777')`)
  t.same(await find('7777'), ['02'])
  await change(`update reli.customer_contacts set removed_at = now()`)
  t.same(await find('7777'), [])
  await change(`
    insert into reli.contracts (company_id, customer_id, contract_no, kind, signed_on)
    values ('h', 'cus_0010000002', 'GR2026-0042', 'HEAT', '2026-09-01')`)
  t.same(await find('gr2026-0042'), ['02'])
  await change(`update reli.customers set id_number = '13010219800101123X'
                 where company_id = 'h' and customer_no = '0010000002'`)
  t.same(await find('13010219800101123x'), ['02'])
  t.same(await find('130102'), [], 'an identity number is found whole, not guessed')
  t.same(await find('1301021980010112'), [])
  await change(`update reli.communities set name = '滨河名苑', name_initials = 'bhmy'
                 where company_id = 'h' and community_id = 'c2'`)
  t.same(await find('滨河'), ['03', '04', '05'])
})

test('a writer that forgets the letters leaves none, and they are filled', async (t) => {
  await admin.query(`update reli.customers set name = '曾国强'
                      where company_id = 'h' and customer_no = '0010000005'`)
  t.same(await find('曾国强'), ['05'])
  t.same(await find('xh'), [], 'not those of the old name')
  t.equal(await fillLetters(db, whole, 'h'), 1)
  t.same(await find('zgq'), ['05'])
  t.equal(await fillLetters(db, whole, 'h'), 0)
})

test('whatever is typed is answered, and only with customers who have it', async (t) => {
  const pieces = [
    '王',
    '建国',
    '3号楼',
    '501',
    '-',
    "'",
    '\\',
    '%',
    ' ',
    '|',
    'wjg',
    '塔苑',
    '0',
    '(',
  ]
  const typing = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme', maxLength: 3 })))
    .map((parts) => parts.join('').replaceAll('\u0000', ''))
  await fc.assert(
    fc.asyncProperty(typing, async (typed) => {
      const { customers } = await db.read(whole, (tx) => searchCustomers(tx, 'h', typed, 20))
      for (const { text, kind } of wordsOf(typed)) {
        for (const { name, address, communityName } of customers) {
          const has = [...text].every((letter) => (name + address + communityName).includes(letter))
          if (kind === 'name' && !has) throw new Error(`${name} ${address} for ${text}`)
        }
      }
    }),
    { numRuns: 150 },
  )
  t.pass('no syntax of ours breaks on theirs')
})
