// 中国工商银行 «供热费代收接口规范»: ISO 8583 over a kept TCP connection, work keys by sign-on, X9.19 MAC.
// The bank names a payment by its accounting date and F37, asks for the result when an answer is
// late, and reverses what it cannot learn. README.md has the whole table.
import {
  type Bill,
  defineConnector,
  exchange,
  type Fault,
  fen,
  type Opened,
  type PaymentResult,
  type Proof,
} from '@reli/sdk'
import type { FieldValue, Walked } from '@reli/sdk/codec'
import { accepted, refusalOf } from './answers.ts'
import * as paper from './codec.ts'
import { type Config, config } from './config.ts'
import { describe, mask } from './describe.ts'
import { statement } from './statement.ts'

/** What every reply needs of its request, readable or not: hex of the fields that are copied. */
interface Head {
  mti: string
  copied: Record<number, string>
  /** §3: everything but 0800/0810 and echo carries a MAC. */
  hasMac: boolean
}

const echoCode = '0820.301'
const copiedFields = [3, 11, 32, 37, 41, 42, 60]
/** §4: transactions of these MTIs are told apart by F3 as well. */
const mtisWithF3 = ['0200', '0400']

const key = ({ f }: { f: Record<37 | 60, string> }) => {
  return { bankDate: paper.accountingDate(f[60]), serial: f[37] }
}
const signedDate = ({ f }: { f: Record<60, string> }) => ({ bankDate: paper.accountingDate(f[60]) })
const origin = (t: Record<'5F03' | '5F04', string>) => ({ outlet: t['5F03'], teller: t['5F04'] })

/** The fields of an accepted reply: those of the request, our clock, and 00. */
const echoed = <F extends object>(f: F, now: string) => ({ ...f, ...clock(now), 39: accepted })
const clock = (now: string) => {
  return { 12: now.slice(11, 19).replaceAll(':', ''), 13: now.slice(5, 10).replace('-', '') }
}
const clearingDay = (f: Record<60, string>) => ({ 15: f[60].slice(4, 8) })

const padded = (value: bigint | number, width: number) => value.toString().padStart(width, '0')
const money = (amount: bigint) => padded(amount, 12)

const states: Record<PaymentResult['state'], string> = {
  not_received: '0',
  paid: '1',
  reversed: '2',
  refused: '3',
  in_process: '9',
}
/** F39 of 0400, §4. */
const reversalReasons: Record<string, string> = {
  98: 'no_answer',
  96: 'unusable_answer',
  '06': 'other',
}

export default defineConnector<Config, Walked, Head>({
  name: 'icbc',
  title: '中国工商银行',
  paper: '中国工商银行供热费代收接口规范',
  version: '1',
  wire: {
    kind: 'tcp',
    framing: paper.framing,
    maxConnections: 4,
    maxInFlight: 8,
    answerOrder: 'any',
    frameWithinMs: 30_000,
    idleMs: 180_000,
  },
  config,
  secrets: { TMK: { title: '主密钥 TMK（双分量录入）', format: 'hex-16' } },
  workKeys: {
    master: 'TMK',
    names: paper.keyNames,
    algorithm: '3des-ede2',
    previousForMs: 60_000,
  },
  unknown: 'bank_reverses',
  statement,
  deadlines: { queryMs: 1000, otherMs: 5000, bankMs: 15_000 },
  receive: {
    '0800.003': exchange('link.sign_on', paper.signOn, {
      toInput: signedDate,
      toResponse: (_, { f }, { now, keys }) => ({ f: echoed(f, now), t: keys }),
    }),
    '0820.002': exchange('link.sign_off', paper.signOff, {
      toInput: signedDate,
      toResponse: (_, { f }, { now }) => ({ f: echoed(f, now), t: undefined }),
    }),
    [echoCode]: exchange('link.echo', paper.echo, {
      toInput: () => ({}),
      toResponse: (_, { f }, { now }) => ({ f: echoed(f, now), t: undefined }),
    }),
    '0200.310000.000': exchange('bill.query', paper.query, {
      toInput: ({ f, t }) => ({
        customerNo: t['5F01'],
        bankDate: paper.accountingDate(f[60]),
        askedAt: paper.sentAt(f),
        ...origin(t),
      }),
      toResponse: (bill, { f }, { now }) => ({ f: echoed(f, now), t: billTags(bill) }),
    }),
    '0200.000000.000': exchange('payment.pay', paper.pay, {
      key,
      toInput: ({ f, t }) => ({
        customerNo: t['5F01'],
        amountFen: fen(BigInt(f[4])),
        ...(t['5F0A'] && { billToken: t['5F0A'] }),
        paidAt: paper.sentAt(f),
        ...origin(t),
      }),
      toResponse: (receipt, { f }, { now }) => ({
        f: { ...echoed(f, now), ...clearingDay(f) },
        t: {
          '5F01': receipt.customerNo,
          '5F08': money(receipt.arrearsLeftFen),
          '5F0D': receipt.receiptNo,
        },
      }),
    }),
    '0200.380000.000': exchange('payment.result', paper.result, {
      key,
      toInput: ({ t }) => origin(t),
      toResponse: ({ state, amountFen, receiptNo }, { f }, { now }) => ({
        f: { ...echoed(f, now), 4: money(amountFen) },
        t: { '5F0D': state === 'paid' ? receiptNo : undefined, '5F0F': states[state] },
      }),
    }),
    '0400.000000.000': exchange('payment.reverse', paper.reverse, {
      key,
      toInput: ({ f, t }) => ({
        customerNo: t['5F01'],
        amountFen: fen(BigInt(f[4])),
        reason: reversalReasons[f[39]]!,
        ...origin(t),
      }),
      toResponse: ({ effect }, { f }, { now }) => ({
        f: { ...echoed(f, now), ...clearingDay(f) },
        t: { '5F0E': effect === 'reversed' ? '0' : '1' },
      }),
    }),
    '0500.201': exchange('day.totals', paper.totals, {
      toInput: ({ f }) => ({
        bankDate: paper.accountingDate(f[60]),
        paidCount: Number(f[48].slice(0, 8)),
        paidFen: fen(BigInt(f[48].slice(8, 22))),
        reversedCount: Number(f[48].slice(22, 30)),
        reversedFen: fen(BigInt(f[48].slice(30, 44))),
      }),
      toResponse: (ours, { f }, { now }) => {
        const paid = padded(ours.paidCount, 8) + padded(ours.paidFen, 14)
        const reversed = padded(ours.reversedCount, 8) + padded(ours.reversedFen, 14)
        return {
          f: { ...echoed(f, now), 48: paid + reversed + (ours.equal ? '0' : '1') },
          t: undefined,
        }
      },
    }),
  },
  open,
  prove,
  admit,
  refuse: (code, { mti, copied, hasMac }, now) => {
    const { f39, f63, isSealed } = refusalOf(code)
    const values: Record<number, FieldValue> = { ...clock(now), 39: f39, 63: f63 }
    for (const [field, hex] of Object.entries(copied)) {
      values[Number(field)] = { wire: Buffer.from(hex, 'hex') }
    }
    if (hasMac && isSealed) values[64] = paper.noMac
    return paper.packFrame(paper.replyMti(mti), values)
  },
  seal: (bytes) => {
    const hasMac = (bytes[paper.mtiAt + 2 + 7]! & 1) === 1
    if (!hasMac) return { bytes }
    const at = bytes.length - paper.macBytes
    return { bytes, seal: { algorithm: 'x9.19', key: 'MAK', over: [paper.mtiAt, at], at } }
  },
  mask,
  describe,
})

function open(frame: Uint8Array): Opened<Walked, Head> {
  const walked = paper.walkRequest(frame)
  const { mti } = walked
  const hexOf = (field: number) => paper.iso.content(walked, field)?.toString('hex') ?? ''
  const code = hexOf(60).slice(8, 11)
  const exchange = mtisWithF3.includes(mti) ? `${mti}.${hexOf(3)}.${code}` : `${mti}.${code}`
  const copied: Record<number, string> = {}
  for (const field of copiedFields) {
    const wire = paper.iso.wire(walked, field)
    if (wire) copied[field] = wire.toString('hex')
  }
  const hasMac = mti !== '0800' && exchange !== echoCode
  return { exchange, wire: walked, head: { mti, copied, hasMac } }
}

function prove({ wire, head }: Opened<Walked, Head>): Proof | undefined {
  if (!head.hasMac) return undefined
  const end = wire.bytes.length
  const at = wire.present.at(-1) === 64 ? end - paper.macBytes : end
  return {
    kind: 'mac',
    algorithm: 'x9.19',
    key: 'MAK',
    over: [paper.mtiAt, at],
    value: at < end ? [at, end] : null,
  }
}

/** §5 code 03. */
function admit(opened: Opened<Walked, Head>, _: unknown, agreed: Config): Fault | undefined {
  const parties = { 32: agreed.institution, 41: agreed.terminal, 42: agreed.merchant }
  for (const field of opened.wire.present) {
    const party = parties[field as keyof typeof parties]
    if (party !== undefined && paper.iso.text(opened.wire, field) !== party) {
      return { code: 'party.unknown', path: String(field), why: 'is not as agreed' }
    }
  }
}

function billTags(bill: Bill) {
  return {
    '5F01': bill.customerNo,
    // 1–60 bytes: a customer whose name is not known yet still has a bill.
    '5F05': bill.name || '?',
    '5F06': bill.address,
    '5F07': bill.areaDm2.toString(),
    '5F08': money(bill.totalArrearsFen),
    '5F09': money(bill.totalPayableFen),
    '5F0A': bill.billToken,
    '5F0B': padded(bill.seasons.length, 2),
    '5F0C': bill.seasons.map(
      (s) =>
        s.season +
        money(s.receivableFen) +
        money(s.outstandingFen) +
        money(s.lateFeeFen) +
        money(s.discountFen) +
        money(s.payableFen),
    ),
  }
}
