// The oracle must see. Each violation is planted, in the answers, in the keys, or in the tables of
// a real database, and must be found by its name; a sound world must give none.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fen } from '@reli/sdk'
import pg from 'pg'
import { test } from 'tap'
import { testDb } from '../core/db/test-db.ts'
import { type Day, type Kept, openBooks, type Told } from './books.ts'
import { compare, judge, type Ledger, type LedgerKey } from './oracle.ts'

const bankDate = '2026-11-20'
const subject = 'icbc 2026-11-20 112000000001'
const at = '2026-11-20T09:30:12'

const told = (about: Told['about'], answer: string, rest: Partial<Told> = {}): Told => ({
  ...{ about, answer, at, ...rest },
})
const paid = told('pay', 'accepted', { receiptNo: 'R1' })
const reversed = told('reversal', 'accepted', { effect: 'reversed' })

const standing: Kept = {
  ...{ bankDate, serial: '112000000001', customerNo: '0012345678', name: '张三' },
  ...{ amountFen: fen(271530), outlet: '0200000101', teller: '00017', at },
  ...{ debit: 'stands', fate: 'known', told: [paid], unusable: [] },
}
const returned: Kept = { ...standing, debit: 'returned', told: [paid, reversed] }
const refused: Kept = { ...standing, debit: 'returned', told: [told('pay', 'no_debt')] }
const unheard: Kept = { ...standing, fate: 'left_to_file', told: [] }

const paidKey: LedgerKey = {
  ...{ channel: 'icbc', bankDate, serial: standing.serial, state: 'PAID' },
  ...{ customerNo: standing.customerNo, amountFen: standing.amountFen, receiptNo: 'R1' },
  ...{ netFen: standing.amountFen, heldFen: 0n, taken: 1, given: 0, isElsewhere: false },
}
const reversedKey: LedgerKey = { ...paidKey, state: 'REVERSED', netFen: 0n, given: 1 }
const blockedKey: LedgerKey = {
  ...{ ...paidKey, state: 'BLOCKED', receiptNo: null, netFen: 0n, taken: 0 },
}
const held: LedgerKey = { ...reversedKey, heldFen: standing.amountFen }

const booksOf = (kept: Kept | undefined) => {
  const payments = new Map(kept ? [[kept.serial, kept]] : [])
  const day: Day = { payments, stated: 0 }
  return new Map([['icbc', new Map([[bankDate, day]])]])
}
const place = { channel: 'icbc', bankDate, serial: standing.serial }
const file = { ...place, class: 'STATE_DIFF' }
const balanced = [{ channel: 'icbc', bankDate, state: 'BALANCED' }]

const world = (kept: Kept | undefined, key?: LedgerKey, rest: Partial<Ledger> = {}) => {
  const ledger = { keys: key ? [key] : [], exceptions: [], days: [], findings: [], ...rest }
  return compare(booksOf(kept), ledger)
}

test('a sound world has no violation and nothing to explain', async (t) => {
  const sound: [Kept, LedgerKey?, Partial<Ledger>?][] = [
    [standing, paidKey],
    [returned, reversedKey],
    [refused],
    [refused, { ...blockedKey, state: 'REFUSED' }],
    [{ ...returned, told: [told('reversal', 'accepted', { effect: 'blocked' })] }, blockedKey],
    [unheard, paidKey],
    [unheard, held, { days: balanced, exceptions: [{ ...file, state: 'PENDING' }] }],
    [unheard, reversedKey, { days: balanced, exceptions: [{ ...file, state: 'HAND_BALANCED' }] }],
  ]
  for (const [kept, key, rest] of sound) {
    const { violations, toExplain } = world(kept, key, rest)
    t.same([violations, toExplain], [[], []])
  }
})

test('what only the statement file can settle is listed, not accused', async (t) => {
  for (const [kept, key] of [
    [unheard, undefined],
    [unheard, reversedKey],
    [{ ...unheard, debit: 'returned' } as Kept, paidKey],
    [{ ...unheard, fate: 'open' } as Kept, undefined],
  ] as const) {
    const { violations, toExplain } = world(kept, key)
    t.same(violations, [])
    t.equal(toExplain[0]?.subject, subject)
  }
})

test('every broken promise is named', async (t) => {
  const planted: [string, Kept | undefined, (LedgerKey | undefined)?, Partial<Ledger>?][] = [
    ['payment.lost', standing, undefined],
    ['payment.lost', standing, { ...paidKey, amountFen: 1n, netFen: 1n }],
    ['payment.lost', standing, { ...paidKey, customerNo: '0012345679' }],
    ['payment.lost', standing, { ...paidKey, netFen: 0n }],
    ['payment.lost', standing, reversedKey],
    ['payment.twice', standing, { ...paidKey, taken: 2, netFen: 2n * standing.amountFen }],
    ['payment.elsewhere', standing, { ...paidKey, isElsewhere: true }],
    ['reversal.dishonoured', returned, paidKey],
    ['reversal.forgotten', returned, paidKey],
    ['reversal.forgotten', returned, undefined],
    ['refusal.booked', refused, paidKey],
    ['ledger.invented', undefined, paidKey],
    ['conflict.accepted', { ...standing, told: [paid, told('conflict', 'accepted')] }, paidKey],
    ['late_pay.accepted', { ...returned, told: [reversed, told('late_pay', 'accepted')] }],
    ['answer.changed', { ...standing, told: [paid, { ...paid, receiptNo: 'R2' }] }, paidKey],
    ['answer.changed', standing, { ...paidKey, receiptNo: 'R2' }],
    ['answer.changed', { ...returned, told: [reversed, { ...reversed, effect: 'blocked' }] }],
    ['answer.unusable', { ...standing, unusable: ['unusable answer: 63'] }, paidKey],
    [
      'result.wrong',
      { ...standing, told: [told('result', 'accepted', { state: 'paid', amountFen: fen(1) })] },
      paidKey,
    ],
    ['difference.unexplained', unheard, undefined, { days: balanced }],
    [
      'difference.open',
      unheard,
      reversedKey,
      { days: balanced, exceptions: [{ ...file, state: 'AUTO_BALANCED' }] },
    ],
  ]
  for (const [rule, kept, key, rest] of planted) {
    const rules = world(kept, key, rest).violations.map((it) => it.rule)
    t.ok(rules.includes(rule), `${rule} among ${rules.join(' ')}`)
  }
})

const company = 'c1'
const setUp = `
  insert into reli.companies values ('c1', '热力公司', null, '2026-11-20');
  insert into reli.channels (company_id, channel_id, title, connector, date_rule, unknown_profile,
                             single_limit_fen, max_seasons, clearing_account)
       values ('c1', 'icbc', '工行', 'icbc', 'signed_on', 'bank_reverses', 5000000, 6,
               'clearing:icbc');
  insert into reli.communities values ('c1', 'm1', '小区', 'c1.');
  insert into reli.customers (company_id, customer_id, customer_no, name, community_id, address,
                              org_path, nature)
       values ('c1', 'u1', '0012345678', '张三', 'm1', '1-1', 'c1.', 'RESIDENT'),
              ('c1', 'u2', '0012345679', '李四', 'm1', '1-2', 'c1.', 'RESIDENT');
  insert into reli.charges (company_id, charge_id, customer_id, season, area_no, fee_item,
                            receivable_fen, paid_fen, discount_fen, late_principal_fen,
                            late_paid_fen, formula, entry_seq)
       values ('c1', 'h1', 'u1', '2026-2027', 1, 'HEATING', 271500, 271000, 500, 271500, 530,
               '{}', 1);
  insert into reli.entries
         (company_id, entry_seq, booking_on, event, memo, channel_id, bank_date, serial)
       values ('c1', 1, '2026-11-01', 'charge.issued', '', null, null, null),
              ('c1', 2, '2026-11-20', 'payment.paid', '', 'icbc', '2026-11-20', '112000000001');
  insert into reli.postings values
       ('c1', 1, 1, 'receivable', 'contract_liability', 271500, 'u1', 'h1'),
       ('c1', 2, 1, 'clearing:icbc', 'receivable', 271000, 'u1', 'h1'),
       ('c1', 2, 2, 'clearing:icbc', 'income.late_fee', 530, 'u1', 'h1'),
       ('c1', 2, 3, 'contract_liability', 'receivable', 500, 'u1', 'h1');
  insert into reli.operations (company_id, channel_id, bank_date, serial, state, customer_no,
                               customer_id, amount_fen, receipt_no, entry_seq, booking_on)
       values ('c1', 'icbc', '2026-11-20', '112000000001', 'PAID', '0012345678', 'u1', 271530,
               'R1', 2, '2026-11-20');`

/** One after the other into the same database, each the first that its rule can see. */
const plants: [rule: string, plant: string][] = [
  ['posting.unsound', `insert into reli.postings values ('c1', 99, 1, 'a', 'b', 1, null, null)`],
  [
    'entry.empty',
    `insert into reli.entries (company_id, entry_seq, booking_on, event, memo)
          values ('c1', 3, '2026-11-20', 'x', '')`,
  ],
  [
    'entry.reversed_twice',
    `drop index reli.entries_reversed_once;
     insert into reli.entries (company_id, entry_seq, booking_on, event, memo, reverses_seq)
          values ('c1', 4, '2026-11-20', 'x', '', 2), ('c1', 5, '2026-11-20', 'x', '', 2)`,
  ],
  [
    'customer.unbalanced',
    `insert into reli.postings
          values ('c1', 1, 2, 'receivable', 'contract_liability', 1, 'u2', null)`,
  ],
  ['charge.unbalanced', `update reli.charges set paid_fen = paid_fen - 1`],
  ['charge.late_fee_unbalanced', `update reli.charges set late_paid_fen = late_paid_fen + 1`],
  ['balance.unbalanced', `update reli.customers set prepaid_fen = 1 where customer_id = 'u2'`],
  [
    'clearing.without_key',
    `insert into reli.entries (company_id, entry_seq, booking_on, event, memo)
          values ('c1', 6, '2026-11-20', 'x', '');
     insert into reli.postings values ('c1', 6, 1, 'clearing:icbc', 'prepayment', 1, null, null)`,
  ],
  ['payment.elsewhere', `update reli.operations set customer_no = '0012345679'`],
  [
    'payment.twice',
    `insert into reli.entries
            (company_id, entry_seq, booking_on, event, memo, channel_id, bank_date, serial)
          values ('c1', 7, '2026-11-20', 'x', '', 'icbc', '2026-11-20', '112000000001');
     insert into reli.postings values ('c1', 7, 1, 'clearing:icbc', 'prepayment', 1, 'u1', null)`,
  ],
  [
    'ledger.invented',
    `insert into reli.operations (company_id, channel_id, bank_date, serial, state, booking_on)
          values ('c1', 'icbc', '2026-11-20', '112099999999', 'BLOCKED', '2026-11-20')`,
  ],
]

test('what is wrong in the tables is found there', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'oracle-'))
  const books = await openBooks(folder)
  const { serial: _, debit: __, fate: ___, told: ____, unusable: _____, ...payment } = standing
  const { serial } = await books.take(payment)
  await books.note(bankDate, { is: 'told', serial, ...paid })
  await books.note(bankDate, { is: 'closed', serial, fate: 'known', why: 'accepted', at })
  await books.close()
  t.teardown(() => rm(folder, { recursive: true }))

  const db = await testDb({ connections: 1 })
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  t.teardown(async () => {
    await admin.end()
    await db.close()
  })
  const found = async () => {
    const verdict = await judge({ databaseUrl: db.adminUrl, company, books: { icbc: folder } })
    return { ...verdict, rules: verdict.violations.map(({ rule }) => rule) }
  }
  await admin.query(setUp)
  const sound = await found()
  t.same([sound.violations, sound.toExplain, sound.checked.standing], [[], [], 1])
  let before = sound.rules
  for (const [rule, plant] of plants) {
    await admin.query(plant)
    const { rules } = await found()
    t.ok(rules.includes(rule) && !before.includes(rule), `${rule} among ${rules.join(' ')}`)
    before = rules
  }
})
