// A small town for the tests of the HTTP border and of the console: two companies, five banks, a day
// of payments with their evidence. Times count from now, so that the live wall is alive.
import { encodeGbk } from '@reli/sdk/codec'
import pg from 'pg'
import type { ChannelStatus } from '../collection/wall.ts'
import { hashPassword } from '../org/passwords.ts'

export const password = 'Reli-2026-test'
export const today = beijing(new Date()).slice(0, 10)
const company_id = 'heat'

type Row = Record<string, unknown>

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

const banks = [
  ['ccb', '建设银行'],
  ['icbc', '工商银行'],
  ['abc', '农业银行'],
  ['psbc', '邮储银行'],
  ['rcu', '农村信用社'],
] as const

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

const names = ['王建国', '张三', '欧阳晓明', '李红霞', '单雄信', '曾国强', '刘洋', '陈静怡']

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

/** The payment every test looks at: 建行, 王建国, ¥2,123.00, with its bytes and postings. */
export const theSerial = 'CCB00000001'
const payments = 46

function paymentRows(): [string, Row[]][] {
  const operations: Row[] = []
  const entries: Row[] = []
  const postings: Row[] = []
  for (let i = 1; i <= payments; i++) {
    const [channel_id] = banks[i === 1 ? 0 : (i * 7) % 4 === 3 ? 4 : (i * 7) % 4]!
    const who = (i - 1) % names.length
    const at = new Date(Date.now() - i * 21_000).toISOString()
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

const partsOf = (who: number, amountFen: string) => [
  {
    chargeId: `chg_${who}`,
    on: today,
    principalFen: String(BigInt(amountFen) - 1_500n),
    lateFeeFen: '1500',
    discountFen: '0',
  },
]

function messageRows(): Row[] {
  const at = Date.now() - 21_000
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

function differenceRows(): [string, Row[]][] {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
  const difference = (days: number, rest: Row): Row => ({
    company_id,
    bank_date: beijing(daysAgo(days)).slice(0, 10),
    state: 'PENDING',
    opened_at: daysAgo(days).toISOString(),
    ...rest,
  })
  return [
    [
      'exceptions',
      [
        difference(2, {
          channel_id: 'ccb',
          serial: 'CCB88120001',
          class: 'BANK_ONLY',
          bank_fen: '212300',
          bank_state: 'paid',
          customer_no: '10000',
          cause: '我方无此流水，该户欠费已变化',
          suggestion: '转入预交款',
        }),
        difference(1, {
          channel_id: 'abc',
          serial: 'ABC00007731',
          class: 'AMOUNT_DIFF',
          our_fen: '212400',
          our_state: 'PAID',
          bank_fen: '212300',
          bank_state: 'paid',
          customer_no: '10002',
          cause: '同一流水金额不一致',
          suggestion: '核对回单后调账',
        }),
        difference(1, {
          channel_id: 'icbc',
          serial: 'ICBC0000931',
          class: 'STATE_DIFF',
          our_fen: '189000',
          our_state: 'REVERSED',
          bank_fen: '189000',
          bank_state: 'paid',
          customer_no: '10003',
          cause: '银行成功，我方已冲正',
          suggestion: '重新入账',
        }),
        difference(0, {
          channel_id: 'ccb',
          bank_date: today,
          serial: theSerial,
          class: 'LOCAL_ONLY',
          our_fen: '212300',
          our_state: 'PAID',
          customer_no: '10000',
          state: 'ON_HOLD',
          cause: '银行文件无此流水，等待下一文件',
          suggestion: '次日核对',
        }),
        difference(0, {
          channel_id: 'rcu',
          serial: 'RCU00002210',
          class: 'BANK_ONLY',
          bank_fen: '99000',
          bank_state: 'paid',
          customer_no: '99999',
          cause: '用户编号不存在',
          suggestion: '退客户',
        }),
      ],
    ],
    [
      'notices',
      [
        {
          company_id,
          at: daysAgo(0).toISOString(),
          role: 'bank_operator',
          kind: 'day.unbalanced',
          subject: `ccb ${today}`,
          text: '建设银行对账差额 2,123.00 元，待处理差错 1 笔',
          link: '/exceptions?channelId=ccb',
        },
        {
          company_id,
          at: daysAgo(0.1).toISOString(),
          role: 'bank_operator',
          kind: 'file.missing',
          subject: `rcu ${today}`,
          text: '农村信用社对账文件超过约定时间 30 分钟未到',
          link: null,
        },
        {
          company_id,
          at: daysAgo(0.2).toISOString(),
          role: 'supervisor',
          kind: 'day.unbalanced',
          subject: 'supervisor',
          text: '主管通知',
          link: null,
        },
      ],
    ],
    [
      'audit_findings',
      [
        {
          company_id,
          invariant: 'I4',
          subject: 'clearing:abc',
          detail: {},
          found_at: daysAgo(0.01).toISOString(),
        },
      ],
    ],
  ]
}

/** What the front-end processor would report: one bank slow, one gone, the others well. */
export function testStatus(): ChannelStatus[] {
  const now = Date.now()
  return banks.map(([channel], i) => ({
    channel,
    company: company_id,
    isListening: true,
    port: 9_000 + i,
    isSignedOn: channel === 'rcu' ? true : null,
    isolate: 'ready',
    connections: channel === 'rcu' ? [] : [connection(now, 21 + i), connection(now, 121 + i)],
    today: {
      done: 1_204 - i * 90,
      refused: 12 + i,
      unknown: channel === 'abc' ? 24 : 0,
      closed: 0,
      malformed: 0,
      unauthentic: 0,
    },
    lastMessageAt: now - (channel === 'rcu' ? 252_000 : 1_300 + i * 700),
    p50Ms: channel === 'abc' ? 1_900 : 60 + i * 9,
    p95Ms: channel === 'abc' ? 4_200 : 380 + i * 21,
  }))
}

const connection = (now: number, last: number) => ({
  ip: `10.8.1.${last}`,
  port: 40_000 + last,
  connectedAt: now - 3_600_000,
  bytesIn: 812_220 + last,
  bytesOut: 1_912_400 + last,
  lastMessageAt: now - 1_300,
  inFlight: 0,
})

/** `2026-11-20T09:30:12`, as people in China write down the moment. */
function beijing(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19)
}
