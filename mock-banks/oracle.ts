// The oracle outside the product (reliability.md §2): what the banks' own books say, held against
// the ledger. It believes nobody: not the product's answers, only what banks wrote down before and
// after they asked, and what stands in the tables.
//
// A payment whose end the bank heard must be in the ledger exactly so. One whose end it did not
// hear may differ until the statement file is in; then reconciliation must have balanced or
// explained it.
import pg from 'pg'
import { type Day, type Kept, readBooks, receiptOf } from './books.ts'
import { daysOf, exceptionsOf, keysOf, ledgerChecks } from './oracle.sql.ts'

export interface Violation {
  /** `payment.lost`: which promise is broken. */
  rule: string
  /** `icbc 2026-11-20 112000000001`, or an entry, charge or customer. */
  subject: string
  why: string
}

/** Bank and ledger differ, and may until the statement file of the date is in. */
export interface Difference {
  subject: string
  bank: string
  ledger: string
}

export interface Verdict {
  violations: Violation[]
  toExplain: Difference[]
  /** What was looked at; a campaign that left nothing in doubt proves little. */
  checked: {
    payments: number
    standing: number
    returned: number
    leftToFile: number
    open: number
    ledgerKeys: number
  }
}

/** A key as the ledger has it: what was recorded, and what was posted. */
export interface LedgerKey {
  channel: string
  bankDate: string
  serial: string
  state: 'PAID' | 'REFUSED' | 'REVERSED' | 'BLOCKED' | null
  customerNo: string | null
  amountFen: bigint | null
  receiptNo: string | null
  /** Clearing against customers' accounts: debits less credits. */
  netFen: bigint
  /** Clearing against suspense. */
  heldFen: bigint
  /** Entries that took money from the bank, and that gave it back. */
  taken: number
  given: number
  /** Posted to another customer than the operation names. */
  isElsewhere: boolean
}

export interface Explanation {
  channel: string
  bankDate: string
  serial: string
  class: string
  state: string
}

export interface Ledger {
  keys: LedgerKey[]
  exceptions: Explanation[]
  days: { channel: string; bankDate: string; state: string }[]
  /** What the checks inside the ledger found. */
  findings: Violation[]
}

export interface JudgeOptions {
  databaseUrl: string
  company: string
  /** Channel → folder of the bank's books. */
  books: Readonly<Record<string, string>>
}

/** Banks and hub must be at rest: what is under way looks like a difference. */
export async function judge({ databaseUrl, company, books }: JudgeOptions): Promise<Verdict> {
  const days = new Map<string, Map<string, Day>>()
  const ledger = await readLedger(databaseUrl, company, Object.keys(books))
  for (const [channel, folder] of Object.entries(books)) days.set(channel, await readBooks(folder))
  return compare(days, ledger)
}

export function compare(books: Map<string, Map<string, Day>>, ledger: Ledger): Verdict {
  const verdict: Verdict = {
    violations: [...ledger.findings],
    toExplain: [],
    checked: {
      ...{ payments: 0, standing: 0, returned: 0, leftToFile: 0, open: 0 },
      ledgerKeys: ledger.keys.length,
    },
  }
  const keys = new Map(ledger.keys.map((key) => [subjectOf(key.channel, key), key]))
  const explained = new Map(ledger.exceptions.map((it) => [subjectOf(it.channel, it), it]))
  const balanced = new Set(
    ledger.days.filter(({ state }) => state === 'BALANCED').map((it) => dayOf(it.channel, it)),
  )
  for (const [channel, days] of books) {
    for (const day of days.values()) {
      for (const kept of day.payments.values()) {
        const subject = subjectOf(channel, kept)
        const context = {
          ...{ subject, kept, key: keys.get(subject), explanation: explained.get(subject) },
          isBalanced: balanced.has(dayOf(channel, kept)),
        }
        keys.delete(subject)
        count(verdict, kept)
        judgeAnswers(verdict, context)
        judgeKey(verdict, context)
      }
    }
  }
  for (const [subject, key] of keys) judgeUnsent(verdict, subject, key, explained.has(subject))
  return verdict
}

interface Context {
  subject: string
  kept: Kept
  key: LedgerKey | undefined
  explanation: Explanation | undefined
  isBalanced: boolean
}

function count({ checked }: Verdict, { debit, fate }: Kept): void {
  checked.payments++
  if (fate === 'open') checked.open++
  else if (fate === 'left_to_file') checked.leftToFile++
  else if (debit === 'stands') checked.standing++
  else checked.returned++
}

/** Promises that the answers alone can break. */
function judgeAnswers({ violations }: Verdict, { subject, kept, key }: Context): void {
  const broken = (rule: string, why: string) => violations.push({ rule, subject, why })
  const { told } = kept
  for (const why of kept.unusable) broken('answer.unusable', why)
  if (told.some(({ about, answer }) => about === 'conflict' && answer === 'accepted')) {
    broken('conflict.accepted', 'the serial was accepted again with another amount')
  }
  const reversedAt = told.findIndex(wasReversal)
  if (reversedAt >= 0 && told.slice(reversedAt + 1).some(wasPayment)) {
    broken('late_pay.accepted', 'a payment was accepted after its reversal')
  }
  const receipts = new Set(told.flatMap(({ receiptNo }) => receiptNo ?? []))
  if (receipts.size > 1) broken('answer.changed', `receipts ${[...receipts].join(', ')}`)
  const receiptNo = receiptOf(kept)
  if (receiptNo && key?.receiptNo && key.receiptNo !== receiptNo) {
    broken('answer.changed', `receipt ${receiptNo}, the ledger has ${key.receiptNo}`)
  }
  const effects = new Set(told.flatMap(({ effect }) => effect ?? []))
  if (effects.size > 1) broken('answer.changed', 'a repeated reversal got another answer')
  for (const { about, state, amountFen } of told) {
    if (about === 'result' && state === 'paid' && amountFen !== kept.amountFen) {
      broken('result.wrong', `the result says ${amountFen} fen, the payment was ${kept.amountFen}`)
    }
  }
}

const wasReversal = ({ about, answer }: Kept['told'][number]) =>
  about === 'reversal' && answer === 'accepted'
const wasPayment = ({ about, answer }: Kept['told'][number]) =>
  (about === 'pay' || about === 'repeat' || about === 'late_pay') && answer === 'accepted'

function judgeKey(verdict: Verdict, context: Context): void {
  const { subject, kept, key, explanation, isBalanced } = context
  const broken = (rule: string, why: string) => verdict.violations.push({ rule, subject, why })
  if (key?.isElsewhere) broken('payment.elsewhere', 'posted to another customer than recorded')
  if (key && ![0, 1].includes(key.taken - key.given)) {
    broken('payment.twice', `${key.taken} entries took it, ${key.given} gave it back`)
  }
  if (key && kept.told.some(wasReversal) && !['REVERSED', 'BLOCKED'].includes(key.state ?? '')) {
    if (!explanation) broken('reversal.forgotten', ledgerText(key))
  } else if (!key && kept.told.some(wasReversal)) {
    broken('reversal.forgotten', 'the key is not in the ledger')
  }
  if (agrees(kept, key)) return

  const difference = { subject, bank: bankText(kept), ledger: ledgerText(key) }
  if (kept.fate === 'known' && !explanation) broken(ruleOf(kept), `${difference.ledger}`)
  else if (!explanation && isBalanced) broken('difference.unexplained', difference.ledger)
  else if (!isBalanced) verdict.toExplain.push(difference)
  else if (!isAccounted(kept, key, explanation!)) broken('difference.open', difference.ledger)
}

/** Whether the ledger says of this key what the bank's books say. */
function agrees(kept: Kept, key: LedgerKey | undefined): boolean {
  if (kept.debit === 'returned') return (key?.netFen ?? 0n) === 0n && key?.state !== 'PAID'
  return (
    key?.state === 'PAID' &&
    key.netFen === kept.amountFen &&
    key.amountFen === kept.amountFen &&
    key.customerNo === kept.customerNo
  )
}

function ruleOf({ debit, told }: Kept): string {
  if (debit === 'stands') return 'payment.lost'
  return told.some(wasReversal) ? 'reversal.dishonoured' : 'refusal.booked'
}

/**
 * On a balanced day persons have decided, or suspense holds the money, or the bank's own file left
 * out what its books have.
 */
function isAccounted(kept: Kept, key: LedgerKey | undefined, explanation: Explanation): boolean {
  const { state, class: kind } = explanation
  if (state === 'HAND_BALANCED' || state === 'ON_HOLD') return true
  if (kept.debit !== 'stands') return false
  return key?.heldFen === kept.amountFen || (kind === 'LOCAL_ONLY' && key?.netFen === 0n)
}

/** What no bank sent may be in the ledger only because a statement file named it. */
function judgeUnsent(
  { violations }: Verdict,
  subject: string,
  key: LedgerKey,
  isExplained: boolean,
): void {
  if (!isExplained) violations.push({ rule: 'ledger.invented', subject, why: ledgerText(key) })
}

const bankText = ({ debit, fate, amountFen }: Kept) => `${amountFen} fen, ${debit}, ${fate}`

const ledgerText = (key: LedgerKey | undefined): string =>
  key
    ? `${key.state ?? 'no operation'} ${key.amountFen ?? '–'} fen for ${key.customerNo ?? '–'}, ` +
      `net ${key.netFen}, held ${key.heldFen}`
    : 'nothing'

const subjectOf = (channel: string, { bankDate, serial }: { bankDate: string; serial: string }) =>
  `${channel} ${bankDate} ${serial}`
const dayOf = (channel: string, { bankDate }: { bankDate: string }) => `${channel} ${bankDate}`

// ── reading ──

type Row = Record<string, string | number | boolean | null>

export async function readLedger(
  databaseUrl: string,
  company: string,
  channels: readonly string[],
): Promise<Ledger> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    // One snapshot for all statements.
    await client.query('begin isolation level repeatable read read only')
    const read = async (text: string, values: unknown[]) =>
      (await client.query<Row>(text, values)).rows
    const findings: Violation[] = []
    for (const [rule, text] of Object.entries(ledgerChecks)) {
      for (const row of await read(text, [company])) {
        findings.push({ rule, subject: String(row.subject), why: String(row.why) })
      }
    }
    const named = [company, channels]
    return {
      findings,
      keys: (await read(keysOf, named)).map(keyOf),
      exceptions: (await read(exceptionsOf, named)).map((row) => ({
        ...place(row),
        ...{ class: String(row.class), state: String(row.state) },
      })),
      days: (await read(daysOf, named)).map((row) => ({ ...place(row), state: String(row.state) })),
    }
  } finally {
    await client.end()
  }
}

const place = (row: Row) => ({
  ...{ channel: String(row.channel), bankDate: String(row.bank_date), serial: String(row.serial) },
})

const keyOf = (row: Row): LedgerKey => ({
  ...place(row),
  state: row.state as LedgerKey['state'],
  customerNo: row.customer_no as string | null,
  amountFen: row.amount_fen === null ? null : BigInt(row.amount_fen as string),
  receiptNo: row.receipt_no as string | null,
  ...{ netFen: BigInt(row.net_fen as string), heldFen: BigInt(row.held_fen as string) },
  ...{ taken: Number(row.taken), given: Number(row.given), isElsewhere: row.is_elsewhere === true },
})
