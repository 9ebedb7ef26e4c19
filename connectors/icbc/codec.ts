// 中国工商银行 «供热费代收接口规范» §1–§4: the field table, the TLV table and the layouts of the eight
// transactions, as the paper prints them. Inside this folder fields keep their numbers (`f[37]`)
// and tags theirs (`t['5F01']`); canonical names begin in connector.ts.

import type { KeyDelivery, LengthFraming, Reads, Writes } from '@reli/sdk'
import { Malformed } from '@reli/sdk'
import {
  asBuffer,
  chars,
  clockTime,
  type FieldValue,
  isCalendarDate,
  iso8583,
  nextFrame,
  numberAt,
  numeric,
  only,
  type TagSpec,
  tlv,
  type ValueRule,
  type Walked,
  writeLength,
} from '@reli/sdk/codec'

// ── §1 frame ──

export const framing: LengthFraming = {
  length: { as: 'binary-be', bytes: 2 },
  min: 21,
  max: 4096,
}
const requestHead = Buffer.from('6000030000' + '603100311903', 'hex')
const replyHead = Buffer.from('6000000003' + '603100311903', 'hex')
const headAt = framing.length.bytes
/** Where the MTI stands, and so where the MAC begins (§3). */
export const mtiAt = headAt + requestHead.length
export const macBytes = 8

// ── §4 fields ──

export const iso = iso8583({
  head: mtiAt,
  mti: 'bcd',
  bitmap: 8,
  digits: 'bcd',
  lengths: 'bcd',
  fields: {
    3: { format: 'n6', label: '交易处理码' },
    4: { format: 'n12', label: '交易金额' },
    11: { format: 'n6', label: '流水号' },
    12: { format: 'n6', label: '时间', value: clockTime },
    13: { format: 'n4', label: '日期' },
    15: { format: 'n4', label: '清算日期' },
    22: { format: 'n3', label: '输入方式', align: 'left', value: only('012') },
    25: { format: 'n2', label: '条件码', value: only('00') },
    32: { format: 'n..11', length: 'LL', label: '受理机构' },
    37: { format: 'an12', label: '银行流水', value: numeric(12) },
    39: { format: 'an2', label: '应答码' },
    41: { format: 'ans8', label: '终端号' },
    42: { format: 'ans15', label: '商户号' },
    48: { format: 'ans..45', length: 'LLL', label: '轧账数据' },
    49: { format: 'an3', label: '币种', value: only('156') },
    60: { format: 'n..11', length: 'LLL', label: '自定义', value: numeric(11) },
    62: { format: 'b..999', length: 'LLL', label: '业务数据' },
    63: { format: 'ans..60', length: 'LLL', label: '应答说明', coding: 'gbk' },
    64: { format: 'b8', label: 'MAC' },
  },
})

const ascii = (label: string, min: number, max: number, value: ValueRule): TagSpec => {
  return { label, coding: 'ascii', min, max, value }
}
const amount = (label: string): TagSpec => ascii(label, 12, 12, numeric(12))

/** §4 F62. */
export const tags = {
  '5F01': ascii('用户编号', 1, 20, chars('0-9A-Za-z-', 1, 20)),
  '5F03': ascii('网点号', 10, 10, numeric(10)),
  '5F04': ascii('柜员号', 1, 8, chars('0-9A-Za-z', 1, 8)),
  '5F05': { label: '户名', coding: 'gbk', min: 1, max: 60 },
  '5F06': { label: '地址', coding: 'gbk', min: 0, max: 120 },
  '5F07': ascii('建筑面积', 1, 9, numeric(1, 9)),
  '5F08': amount('欠费合计'),
  '5F09': amount('应缴合计'),
  '5F0A': ascii('账单标识', 16, 16, chars('0-9A-F', 16)),
  '5F0B': ascii('采暖期数', 2, 2, only('01', '02', '03', '04', '05', '06')),
  '5F0C': ascii('采暖期明细', 69, 69, chars('0-9-', 69)),
  '5F0D': ascii('收据号', 1, 20, chars('0-9A-Za-z-', 1, 20)),
  '5F0E': ascii('冲正标志', 1, 1, only('0', '1')),
  '5F0F': ascii('交易状态', 1, 1, only('0', '1', '2', '3', '9')),
} satisfies Record<string, TagSpec>

/** §3: the 0810 key block, `E(PIK 16) | KCV 4 | E(MAK 16) | KCV 4`. */
const keyBlock = {
  encode: (keys: readonly KeyDelivery[]): Buffer => {
    const parts = keys.flatMap(({ encrypted, checkValue }) => [encrypted, checkValue])
    const block = Buffer.concat(parts)
    if (block.length !== keyNames.length * keySlot) throw new Error('a sign-on delivers two keys')
    return block
  },
  decode: (block: Uint8Array): readonly KeyDelivery[] => {
    if (block.length !== keyNames.length * keySlot) throw new Malformed('', 'is no key block')
    return keyNames.map((name, i) => ({
      name,
      encrypted: block.slice(i * keySlot, i * keySlot + keyBytes),
      checkValue: block.slice(i * keySlot + keyBytes, (i + 1) * keySlot),
    }))
  },
}
/** Order of delivery. */
export const keyNames = ['PIK', 'MAK']
const keyBytes = 16
const keySlot = keyBytes + 4

// ── §4 transactions ──

export const signOn = {
  request: message('0800', '00', [11, 41, 42, 60]),
  response: message('0810', '00', [11, 12, 13, 39, 41, 42, 60, 62], keyBlock),
}

export const signOff = {
  request: message('0820', '00', [11, 41, 42, 60, 64]),
  response: message('0830', '00', [11, 12, 13, 39, 41, 42, 60, 64]),
}

export const echo = {
  request: message('0820', '00', [11, 41, 42, 60]),
  response: message('0830', '00', [11, 12, 13, 39, 41, 42, 60]),
}

export const query = {
  request: message(
    '0200',
    '01',
    [3, 11, 12, 13, 32, 37, 41, 42, 60, 62, 64],
    tlv(tags, { '5F01': 'M', '5F03': 'M', '5F04': 'M' }),
  ),
  response: message(
    '0210',
    '01',
    [3, 11, 12, 13, 32, 37, 39, 41, 42, 60, 62, 64],
    tlv(tags, {
      '5F01': 'M',
      '5F05': 'M',
      '5F06': 'M',
      '5F07': 'M',
      '5F08': 'M',
      '5F09': 'M',
      '5F0A': 'M',
      '5F0B': 'M',
      '5F0C': 'many',
    }),
  ),
}

export const pay = {
  request: message(
    '0200',
    '22',
    [3, 4, 11, 12, 13, 22, 25, 32, 37, 41, 42, 49, 60, 62, 64],
    tlv(tags, { '5F01': 'M', '5F03': 'M', '5F04': 'M', '5F0A': 'O' }),
  ),
  response: message(
    '0210',
    '22',
    [3, 4, 11, 12, 13, 15, 25, 32, 37, 39, 41, 42, 49, 60, 62, 64],
    tlv(tags, { '5F01': 'M', '5F08': 'M', '5F0D': 'M' }),
  ),
}

export const result = {
  request: message(
    '0200',
    '02',
    [3, 11, 12, 13, 32, 37, 41, 42, 60, 62, 64],
    tlv(tags, { '5F03': 'M', '5F04': 'M' }),
  ),
  response: message(
    '0210',
    '02',
    [3, 4, 11, 12, 13, 32, 37, 39, 41, 42, 60, 62, 64],
    tlv(tags, { '5F0D': 'O', '5F0F': 'M' }),
  ),
}

export const reverse = {
  request: message(
    '0400',
    '22',
    [3, 4, 11, 12, 13, 32, 37, 39, 41, 42, 49, 60, 62, 64],
    tlv(tags, { '5F01': 'M', '5F03': 'M', '5F04': 'M' }),
    { 39: only('98', '96', '06') },
  ),
  response: message(
    '0410',
    '22',
    [3, 4, 11, 12, 13, 15, 32, 37, 39, 41, 42, 49, 60, 62, 64],
    tlv(tags, { '5F0E': 'M' }),
  ),
}

export const totals = {
  request: message('0500', '00', [11, 12, 13, 32, 41, 42, 48, 60, 64], undefined, {
    48: numeric(44),
  }),
  response: message('0510', '00', [11, 12, 13, 32, 39, 41, 42, 48, 60, 64]),
}

// ── reading and writing ──

/** A message: its text fields by number, and what F62 holds. F64 is the host's. */
export interface Fields<F extends number, T> {
  f: Record<Exclude<F, 62 | 64>, string>
  t: T
}

interface Layout<F extends number, T> extends Reads<Walked, Fields<F, T>>, Writes<Fields<F, T>> {}

/** §1: what stands before the MTI, and the MTIs that the bank sends. */
export const walkRequest = (frame: Uint8Array): Walked =>
  walk(frame, requestHead, ['0200', '0400', '0500', '0800', '0820'])

export const walkReply = (frame: Uint8Array): Walked =>
  walk(frame, replyHead, ['0210', '0410', '0510', '0810', '0830'])

function walk(frame: Uint8Array, head: Buffer, mtis: readonly string[]): Walked {
  const next = nextFrame(framing, frame)
  if (next.is !== 'frame' || next.bytes !== frame.length) throw new Malformed('length', 'is wrong')
  if (head.compare(frame, headAt, mtiAt) !== 0) throw new Malformed('TPDU', 'is not as agreed')
  if (!mtis.includes(mtiOf(frame))) throw new Malformed('mti', 'is not in the paper')
  return iso.walk(frame)
}

export const mtiOf = (frame: Uint8Array): string =>
  asBuffer(frame).toString('hex', mtiAt, mtiAt + 2)

/** The third digit of an MTI says who speaks: 0200 is answered by 0210, 0820 by 0830. */
const isReply = (mti: string): boolean => Number(mti[2]) % 2 === 1
export const replyMti = (mti: string): string => `${mti.slice(0, 2)}${Number(mti[2]) + 1}0`

/** `type`: F60.1. `rules`: what the field table cannot say, because it differs by message. */
function message<const F extends number, T = undefined>(
  mti: string,
  type: string,
  fields: readonly F[],
  f62?: { decode(bytes: Uint8Array): T; encode(values: T): Buffer },
  rules: Record<number, ValueRule> = {},
): Layout<F, T> {
  const texts = fields.filter((field) => field !== 62 && field !== 64)
  return {
    decode: (walked) => {
      iso.mustHave(walked, fields)
      const f: Record<number, string> = {}
      for (const field of texts) {
        const text = iso.text(walked, field)
        const fault = rules[field]?.(text)
        if (fault) throw new Malformed(String(field), fault)
        f[field] = text
      }
      if (!f[60]!.startsWith(type)) throw new Malformed('60.1', `is not ${type}`)
      accountingDate(f[60]!)
      if (13 in f && !isReply(mti)) sentAt(f as Record<12 | 13 | 60, string>)
      return { f, t: f62 && under62(() => f62.decode(iso.content(walked, 62)!)) } as Fields<F, T>
    },
    encode: ({ f, t }) => {
      const values: Record<number, FieldValue> = {}
      for (const field of texts) values[field] = (f as Record<number, string>)[field] ?? ''
      if (f62) values[62] = under62(() => f62.encode(t))
      if ((fields as readonly number[]).includes(64)) values[64] = noMac
      return packFrame(mti, values)
    },
  }
}

function under62<R>(run: () => R): R {
  try {
    return run()
  } catch (error) {
    throw error instanceof Malformed ? error.under('62') : error
  }
}

/** What stands in F64 until the host writes the MAC, because the key is the host's. */
export const noMac = Buffer.alloc(macBytes)

/** A whole frame. */
export function packFrame(mti: string, values: Record<number, FieldValue>): Buffer {
  const frame = iso.pack(mti, values)
  frame.set(isReply(mti) ? replyHead : requestHead, headAt)
  writeLength(framing, frame)
  return frame
}

// ── §4 dates ──

/** F60.2 as a calendar date; the year is 20YY. */
export function accountingDate(f60: string): string {
  const [year, month, day] = [2000 + numberAt(f60, 2, 2), numberAt(f60, 4, 2), numberAt(f60, 6, 2)]
  if (!isCalendarDate(year, month, day)) throw new Malformed('60.2', 'is no calendar date')
  return `${year}-${f60.slice(4, 6)}-${f60.slice(6, 8)}`
}

/**
 * F13 F12 as an instant. F13 has no year: it is that of the accounting date, one less when a
 * message of the last day of a year already counts for the first day of the next.
 */
export function sentAt(f: Record<12 | 13 | 60, string>): string {
  const isNewYear = f[13] === '1231' && f[60].slice(4, 8) === '0101'
  const year = 2000 + numberAt(f[60], 2, 2) - (isNewYear ? 1 : 0)
  if (!isCalendarDate(year, numberAt(f[13], 0, 2), numberAt(f[13], 2, 2))) {
    throw new Malformed('13', 'is no day of that year')
  }
  const on = `${year}-${f[13].slice(0, 2)}-${f[13].slice(2, 4)}`
  return `${on}T${f[12].slice(0, 2)}:${f[12].slice(2, 4)}:${f[12].slice(4, 6)}`
}
