// The town that the search bench asks about: 400 communities under 40 stations of 8 branches, names
// by their share in Hebei, and what clerks type at a counter, by how often they do.
import { lettersOf } from '../core/billing/search/initials.ts'
import { type Db, query, type Tx } from '../core/db/db.ts'
import { type Scope, wholeCompanies } from '../core/db/scope.ts'
import { type Dice, diceOf } from '../core/seed/dice.ts'
import { personName } from '../core/seed/names.ts'

export const companyId = 'big'
const company = wholeCompanies(companyId)

const grounds = [
  ...'滹沱 塔苑 东岗 朝晖 方兴 仓丰 和平 北焦 柏林 颐安 燕港 翡翠 长安 裕华 槐底 谈固 建通 卓达 国大 瀚唐'.split(
    ' ',
  ),
  ...'滨河 金谷 盛世 天山 众美 西美 恒大 万科 阳光 保利 荣盛 紫晶 世纪 安联 帝王 青园 华脉 润德 维多 星河'.split(
    ' ',
  ),
]
const endings = '花园 家园 小区 新城 佳苑 名邸 城 国际 公馆 雅居'.split(' ')
const streets = '槐安东路 和平西路 中山东路 裕华路 方大街 体育大街 建设大街 友谊北大街'.split(' ')
const branches = 8
const stations = 5
const prefixes = ['138', '139', '150', '159', '186']

interface Community {
  id: string
  name: string
  street: string
  org: string
}

const communities: Community[] = Array.from({ length: 400 }, (_, at) => ({
  id: `com_${at}`,
  name: grounds[at % grounds.length]! + endings[Math.floor(at / grounds.length)]!,
  street: `${streets[at % streets.length]}${at + 1}号`,
  org: `big.b${at % branches}.s${Math.floor(at / branches) % stations}.`,
}))

interface Customer {
  no: string
  card: string
  legacy: string
  name: string
  phone: string
  meter: string
  valve: string
  community: Community
  building: number
  unit: number
  room: string
}

const pad = (value: number, width: number) => String(value).padStart(width, '0')

/** 25 buildings of 4 units with 2 rooms on each of 13 floors, filled one after the other. */
function customerOf(number: number): Customer {
  const dice = diceOf(number)
  const community = communities[number % communities.length]!
  const slot = Math.floor(number / communities.length)
  const within = slot % 100
  return {
    no: pad(10_000_000 + number, 10),
    card: `0312${pad((number * 7_919) % 100_000_000, 8)}`,
    legacy: `dy-${pad((number * 104_729) % 10_000_000, 7)}`,
    name: personName(dice),
    phone: dice.pick(prefixes) + pad(dice.roll(1e8), 8),
    meter: dice.happens(300) ? `rb${pad(number, 8)}` : '',
    valve: `f${pad((number * 31) % 10_000_000, 7)}`,
    community,
    building: Math.floor(slot / 100) + 1,
    unit: Math.floor(within / 25) + 1,
    room: `${Math.floor((within % 25) / 2) + 1}0${(within % 2) + 1}`,
  }
}

const addressOf = ({ community, building, unit, room }: Customer) =>
  `${community.street}${community.name}${building}号楼${unit}单元${room}`

const batch = 2_000
const writers = 3

export async function writeTown(db: Db, customers: number, onProgress: (done: number) => void) {
  await db.tx(company, writeGround)
  let done = 0
  const batches = Array.from({ length: Math.ceil(customers / batch) }, (_, at) => at * batch)
  const queue = batches.values()
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (const from of queue) {
        await writeBatch(db, from, Math.min(batch, customers - from))
        done += Math.min(batch, customers - from)
        onProgress(done)
      }
    }),
  )
}

async function writeBatch(db: Db, from: number, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, at) => from + at)
  const rows = numbers.map((number) => {
    const customer = customerOf(number)
    const { community, ...own } = customer
    return {
      ...own,
      id: `cus_${pad(number, 7)}`,
      letters: lettersOf(own.name),
      address: addressOf(customer),
      community: community.id,
      org: community.org,
      owes: number % 3 === 0 ? 212_300 + (number % 1_000) * 100 : 0,
    }
  })
  await db.tx(company, async (tx) => {
    for (const statement of statements) {
      await tx.run(query<[string, string], unknown>(...statement), [
        companyId,
        JSON.stringify(rows),
      ])
    }
  })
}

async function writeGround(tx: Tx): Promise<void> {
  const one = query<[string], unknown>(
    'town_company',
    `insert into reli.companies (company_id, name, booking_on) values ($1, '大', '2026-11-20')`,
  )
  await tx.run(one, [companyId])
  const all = query<[string, string], unknown>(
    'town_communities',
    `insert into reli.communities (company_id, community_id, name, name_initials, org_path)
     select $1, r.* from jsonb_to_recordset($2::jsonb) as r
            (id text, name text, letters text, org text)`,
  )
  const rows = communities.map(({ id, name, org }) => ({ id, name, letters: lettersOf(name), org }))
  await tx.run(all, [companyId, JSON.stringify(rows)])
}

const statements: [name: string, text: string][] = [
  [
    'town_customers',
    `insert into reli.customers (company_id, customer_id, customer_no, name, name_initials,
            community_id, address, org_path, nature, phone, card_no, legacy_code)
     select $1, id, no, name, letters, community, address, org, 'RESIDENT', phone, card, legacy
       from jsonb_to_recordset($2::jsonb) as r (id text, no text, name text, letters text,
            community text, address text, org text, phone text, card text, legacy text)`,
  ],
  [
    'town_items',
    `insert into reli.area_items (company_id, area_item_id, customer_id, area_no, category,
            building_area_dm2, billing_area_dm2, price_class, meter_no, valve_no)
     select $1, 'are' || id, id, 1, '住宅', 9000, 9000, 'RESIDENT', meter, valve
       from jsonb_to_recordset($2::jsonb) as r (id text, meter text, valve text)`,
  ],
  [
    'town_charges',
    `insert into reli.charges (company_id, charge_id, customer_id, season, area_no, fee_item,
            receivable_fen, late_principal_fen, formula, entry_seq)
     select $1, 'chg' || id, id, '2026-2027', 1, 'HEATING', owes, owes, '{}', 1
       from jsonb_to_recordset($2::jsonb) as r (id text, owes bigint) where owes > 0`,
  ],
]

export interface Asked {
  kind: string
  typed: string
  /** The same for a search that knows nothing of doors, initials and several words. */
  plain: string
  scope: Scope
}

interface Habit {
  kind: string
  /** Of 100 questions. */
  share: number
  typed(customer: Customer, dice: Dice): string
  plain?(customer: Customer): string
}

const letters = ({ name }: Customer) => lettersOf(name).split(' ')[0]!
const doorOf = ({ building, unit, room }: Customer) => `${building}-${unit}-${room}`
const wide = ({ building, unit, room }: Customer) => `${building}号楼${unit}单元${room}`
const surnameAnd = (to: number, { name }: Customer) => [...name].slice(0, to).join('')

const habits: Habit[] = [
  { kind: 'code', share: 12, typed: ({ no }) => no },
  { kind: 'card', share: 6, typed: ({ card }) => card },
  { kind: 'card, last six', share: 2, typed: ({ card }) => card.slice(-6) },
  { kind: 'code, first seven', share: 1, typed: ({ no }) => no.slice(0, 7) },
  { kind: 'legacy code', share: 2, typed: ({ legacy }) => legacy },
  { kind: 'phone', share: 6, typed: ({ phone }) => phone },
  { kind: 'phone, last four', share: 9, typed: ({ phone }) => phone.slice(-4) },
  { kind: 'name', share: 10, typed: ({ name }) => name },
  { kind: 'name, two letters of it', share: 4, typed: ({ name }) => [...name].slice(-2).join('') },
  { kind: 'surname', share: 3, typed: (customer) => surnameAnd(1, customer) },
  { kind: 'one given letter', share: 1, typed: ({ name }) => [...name].at(-1)! },
  { kind: 'initials', share: 10, typed: letters, plain: ({ name }) => name },
  {
    kind: 'two initials',
    share: 4,
    typed: (customer) => letters(customer).slice(0, 2),
    plain: (customer) => surnameAnd(2, customer),
  },
  {
    kind: 'one initial',
    share: 1,
    typed: (customer) => letters(customer).slice(0, 1),
    plain: (customer) => surnameAnd(1, customer),
  },
  { kind: 'spelled name', share: 2, typed: ({ name }) => lettersOf(name).split(' ')[1] ?? name },
  {
    kind: 'community and door',
    share: 8,
    typed: (customer) => `${customer.community.name} ${doorOf(customer)}`,
    plain: wide,
  },
  {
    kind: 'half a community and door',
    share: 3,
    typed: (customer) => customer.community.name.slice(0, 2) + wide(customer),
    plain: wide,
  },
  {
    kind: 'community’s initials, door',
    share: 2,
    typed: (customer) => `${lettersOf(customer.community.name).split(' ')[0]} ${doorOf(customer)}`,
    plain: wide,
  },
  { kind: 'door', share: 2, typed: doorOf, plain: wide },
  { kind: 'room of three digits', share: 2, typed: ({ room }) => room },
  { kind: 'community', share: 2, typed: ({ community }) => community.name },
  { kind: 'half a community', share: 1, typed: ({ community }) => community.name.slice(0, 2) },
  { kind: 'a word of many communities', share: 1, typed: (_, dice) => dice.pick(endings) },
  { kind: 'street', share: 1, typed: ({ community }) => community.street.replace(/\d+号$/, '') },
  { kind: 'meter', share: 1, typed: ({ meter, valve }) => meter || valve },
  { kind: 'valve', share: 1, typed: ({ valve }) => valve },
  {
    kind: 'surname and building',
    share: 1,
    typed: (customer) => `${surnameAnd(1, customer)} ${customer.building}号楼`,
    plain: ({ name }) => name,
  },
  {
    kind: 'surname and last four',
    share: 1,
    typed: (customer) => `${surnameAnd(1, customer)} ${customer.phone.slice(-4)}`,
    plain: ({ phone }) => phone.slice(-4),
  },
  { kind: 'nobody', share: 1, typed: (_, dice) => `龘${dice.roll(1_000)}` },
]
const deck = habits.flatMap((habit) => Array<Habit>(habit.share).fill(habit))

const scopes = new Map<string, Scope>()
/** Kept, as a session keeps it: its seal is made once. */
function scopeAt(path: string): Scope {
  const known = scopes.get(path) ?? { companies: [companyId], paths: [path] }
  scopes.set(path, known)
  return known
}

/** Most ask at a station for its own customers, some from a branch or for the whole company. */
export function asked(customers: number, count: number): Asked[] {
  return Array.from({ length: count }, (_, at) => {
    const dice = diceOf(0x5ea4c4 + at)
    const customer = customerOf(dice.roll(customers))
    const { kind, typed, plain } = dice.pick(deck)
    const { org } = customer.community
    const where = dice.roll(100)
    const path = where < 60 ? org : where < 85 ? org.replace(/s\d\.$/, '') : ''
    const text = typed(customer, dice)
    return { kind, typed: text, plain: plain?.(customer) ?? text, scope: scopeAt(`${path}%`) }
  })
}

/** What one writes without thinking: every text in one, and any part of it. */
export const plainSearch = query<[companyId: string, pattern: string, limit: number], unknown>(
  'plain_search',
  `select c.customer_no, c.name, c.address
     from reli.customers c
    where c.company_id = $1
      and concat_ws(' ', c.customer_no, c.card_no, c.legacy_code, c.name, c.address, c.phone)
          ilike $2
    limit $3`,
)
