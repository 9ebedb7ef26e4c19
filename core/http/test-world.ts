// A small town for the tests of the HTTP border and of the console: two companies, five banks, a
// day of payments with their evidence. Times count from now, so that the live wall is alive.
import { encodeGbk } from '@reli/sdk/codec'
import pg from 'pg'
import { hashPassword } from '../org/passwords.ts'
import { differenceRows } from './test-differences.ts'
import { banks, beijing, company_id, names, type Row, theSerial, today } from './test-names.ts'

export const password = 'Reli-2026-test'

/** Rows are named as the tables name their columns; what is left out gets the table's default. */
export async function fillTestWorld(adminUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  try {
    for (const [table, rows] of await worldRows()) await insert(admin, table, rows)
  } finally {
    await admin.end()
  }
}

async function insert(admin: pg.Client, table: string, rows: Row[]): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].join(', ')
  await admin.query(
    `insert into reli.${table} (${columns})
     select ${columns} from jsonb_populate_recordset(null::reli.${table}, $1::jsonb)`,
    [JSON.stringify(rows)],
  )
}

async function worldRows(): Promise<[string, Row[]][]> {
  return [
    [
      'companies',
      [
        { company_id, name: '石家庄东苑热力有限公司', booking_on: today },
        { company_id: 'other', name: '邢台热力有限公司', booking_on: today },
      ],
    ],
    [
      'org_units',
      [
        { company_id, org_id: 'o1', kind: 'company', name: '东苑热力', org_path: 'heat.' },
        {
          company_id,
          org_id: 'o2',
          parent_id: 'o1',
          kind: 'branch',
          name: '裕华分公司',
          org_path: 'heat.b1.',
        },
        {
          company_id,
          org_id: 'o3',
          parent_id: 'o1',
          kind: 'branch',
          name: '长安分公司',
          org_path: 'heat.b2.',
        },
      ],
    ],
    ['users', await userRows()],
    ['channels', channelRows()],
    ['outlets', outletRows()],
    ...customerRows(),
    ['accounts', accountRows()],
    ...paymentRows(),
    ...differenceRows(),
  ]
}

async function userRows(): Promise<Row[]> {
  const password_hash = await hashPassword(password)
  const user = (login: string, name: string, roles: string[], path = 'heat.%'): Row => ({
    company_id,
    user_id: `usr_${login}`,
    login,
    name,
    password_hash,
    roles,
    org_paths: [path],
  })
  return [
    user('limin', '李敏', ['bank_operator']),
    user('zhangwei', '张伟', ['supervisor']),
    user('caiwu', '周会', ['finance']),
    user('changan', '赵站', ['bank_operator'], 'heat.b2.%'),
    user('admin', '管理员', ['administrator']),
    { ...user('xt', '邢台人', ['supervisor'], 'other.%'), company_id: 'other' },
  ]
}

function channelRows(): Row[] {
  const channel = (channel_id: string, title: string): Row => ({
    company_id,
    channel_id,
    title,
    connector: channel_id,
    enabled: channel_id !== 'psbc',
    disabled_reason: channel_id === 'psbc' ? '张伟：银行系统检修' : null,
    date_rule: channel_id === 'rcu' ? 'signed_on' : 'calendar',
    open_bank_date: channel_id === 'rcu' ? today : null,
    unknown_profile: 'bank_reverses',
    single_limit_fen: '5000000',
    max_seasons: 5,
    clearing_account: `clearing:${channel_id}`,
    queries_per_minute: 10,
    version: 1,
    hours_from: '00:00',
    hours_to: '24:00',
  })
  return [
    ...banks.map(([id, title]) => channel(id, title)),
    { ...channel('xtb', '邢台银行'), company_id: 'other' },
  ]
}

const outletRows = (): Row[] =>
  banks.flatMap(([channel_id, title]) =>
    ['裕华支行', '中山路支行'].map((name, i) => ({
      company_id,
      channel_id,
      outlet_no: `000${i + 1}`,
      name: `${title.slice(0, 2)}${name}`,
      enabled: true,
    })),
  )

function customerRows(): [string, Row[]][] {
  const branch = (i: number) => (i % 4 === 3 ? 'heat.b2.' : 'heat.b1.')
  return [
    [
      'communities',
      ['heat.b1.', 'heat.b2.'].map((org_path, i) => ({
        company_id,
        community_id: `com_${i}`,
        name: ['翡翠城', '长安花园'][i],
        org_path,
      })),
    ],
    [
      'customers',
      names.map((name, i) => ({
        company_id,
        customer_id: `cus_${i}`,
        customer_no: `1000${i}`,
        name,
        org_path: branch(i),
        community_id: branch(i) === 'heat.b2.' ? 'com_1' : 'com_0',
        nature: 'RESIDENT',
        address: `${i + 1}号楼 2 单元 ${i + 1}01`,
        phone: `1380000000${i}`,
        network_status: 'IN_NETWORK',
        bank_blocked: false,
        collection_locked: false,
        inspection_locked: false,
        in_approval: false,
        must_visit_hall: false,
        prepaid_fen: 0,
      })),
    ],
    [
      'charges',
      names.map((_, i) => ({
        company_id,
        charge_id: `chg_${i}`,
        customer_id: `cus_${i}`,
        season: '2026-2027',
        area_no: 1,
        fee_item: 'HEATING',
        receivable_fen: '212300',
        paid_fen: '0',
        discount_fen: '0',
        late_principal_fen: '212300',
        late_settled_product: '0',
        late_paid_fen: '0',
        late_waived_fen: '0',
        from_balance_fen: '0',
        formula: {},
        entry_seq: '1',
      })),
    ],
  ]
}

const accountRows = (): Row[] => [
  { company_id, account: 'receivable', code: '1122', name: '应收热费', side: 'debit' },
  { company_id, account: 'late-fee', code: '6301', name: '违约金收入', side: 'credit' },
  ...banks.map(([id, title]) => ({
    company_id,
    account: `clearing:${id}`,
    code: `1012.${id}`,
    name: `待清算 ${title}`,
    side: 'debit',
  })),
]

const payments = 46
/** Denser towards now, within the wall's quarter of an hour. */
const msAgo = (i: number) => Math.round(5_000 * i ** 1.32)

function paymentRows(): [string, Row[]][] {
  const operations: Row[] = []
  const entries: Row[] = []
  const postings: Row[] = []
  for (let i = 1; i <= payments; i++) {
    const [channel_id] = banks[i === 1 ? 0 : (i * 7) % 4 === 3 ? 4 : (i * 7) % 4]!
    const who = (i - 1) % names.length
    const at = new Date(Date.now() - msAgo(i)).toISOString()
    const isRefused = i % 11 === 0
    const serial = `${channel_id.toUpperCase()}${String(i).padStart(8, '0')}`
    const key = { company_id, channel_id, bank_date: today, serial }
    const amount_fen = String(212_300 + (i - 1) * 137)
    const entry_seq = String(1000 + i)
    operations.push({
      ...key,
      family: 'payment',
      state: isRefused ? 'REFUSED' : 'PAID',
      customer_no: `1000${who}`,
      customer_id: `cus_${who}`,
      amount_fen,
      refusal: isRefused ? 'bill.settled' : null,
      receipt_no: isRefused ? null : `H${entry_seq}`,
      outlet: i % 2 ? '0001' : '0002',
      teller: '0088',
      paid_at: beijing(new Date(at)),
      booking_on: today,
      entry_seq: isRefused ? null : entry_seq,
      frame_id: `f${i}`,
      decided_at: at,
      answer: isRefused ? null : answerOf(who, amount_fen, entry_seq),
      parts: isRefused ? null : partsOf(who, amount_fen),
    })
    if (isRefused) continue
    entries.push({
      ...key,
      entry_seq,
      booking_on: today,
      event: 'payment.paid',
      memo: '银行代收热费',
      made_at: at,
      written_by: '1',
    })
    const charge = { customer_id: `cus_${who}`, charge_id: `chg_${who}` }
    const posting = { company_id, entry_seq, debit: `clearing:${channel_id}`, ...charge }
    const principal = String(BigInt(amount_fen) - 1_500n)
    postings.push({ ...posting, line_no: 1, credit: 'receivable', amount_fen: principal })
    postings.push({ ...posting, line_no: 2, credit: 'late-fee', amount_fen: '1500' })
  }
  return [
    ['operations', operations],
    ['entries', entries],
    ['postings', postings],
    ['messages', messageRows()],
    [
      'invoice_requests',
      [
        {
          company_id,
          entry_seq: '1001',
          kind: 'blue',
          customer_id: 'cus_0',
          amount_fen: '212300',
          state: 'REQUESTED',
          requested_at: new Date().toISOString(),
        },
      ],
    ],
    [
      'voucher_lines',
      [
        {
          company_id,
          entry_seq: '1001',
          booking_on: today,
          event: 'payment.paid',
          amount_fen: '212300',
        },
      ],
    ],
  ]
}

const answerOf = (who: number, amountFen: string, entry: string) => ({
  customerNo: `1000${who}`,
  name: names[who],
  receiptNo: `H${entry}`,
  amountFen,
  arrearsLeftFen: '0',
  payableLeftFen: '0',
})

const partsOf = (who: number, amountFen: string) => ({
  parts: [
    {
      chargeId: `chg_${who}`,
      on: today,
      principalFen: String(BigInt(amountFen) - 1_500n),
      lateFeeFen: '1500',
      discountFen: '0',
    },
  ],
  toBalanceFen: '0',
})

function messageRows(): Row[] {
  const at = Date.now() - msAgo(1)
  const key = { company_id, channel_id: 'ccb', frame_id: 'f1', bank_date: today }
  const named = { ...key, serial: theSerial, peer: '10.8.1.21:40112', operation: 'payment.pay' }
  const day = today.replaceAll('-', '')
  const head = `7773${day}00010088${theSerial}`
  return [
    {
      ...named,
      direction: 'in',
      at: new Date(at - 42).toISOString(),
      result: null,
      bytes: bytea(`${head}10000               0000002123.00********`),
    },
    {
      ...named,
      direction: 'out',
      at: new Date(at).toISOString(),
      result: 'done',
      bytes: bytea(`${head}0000缴费成功    王建国              翡翠城 1号楼 2 单元 101   H1001`),
    },
  ]
}

const bytea = (text: string) => `\\x${encodeGbk(text).toString('hex')}`
