// Real frames of three dialects are read to their last byte and written back as they came, an
// independent implementation agrees, and no damage does anything but name a field.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { test } from 'tap'
import { Malformed } from '../errors.ts'
import { type IsoDialect, type IsoField, iso8583, type Walked } from './iso8583.ts'
import { tlv } from './tlv.ts'
import { chars, numeric } from './values.ts'

interface Vector {
  id: string
  frame: string
  decoded: { mti: string; f: Record<string, string> }
  fields: Record<string, string>
}
const file = new URL('vectors/iso8583.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }
const vector = (id: string) => vectors.find((one) => one.id === id)!

const field = (format: IsoField['format'], more: Partial<IsoField> = {}): IsoField => {
  return { format, label: format, ...more }
}
const LL = { length: 'LL' } as const
const LLL = { length: 'LLL' } as const

/** 银联 POS. */
const pos: IsoDialect = {
  head: 13,
  mti: 'bcd',
  bitmap: 8,
  digits: 'bcd',
  lengths: 'bcd',
  fields: {
    2: field('n..19', LL),
    3: field('n6'),
    4: field('n12'),
    11: field('n6'),
    12: field('n6'),
    13: field('n4'),
    14: field('n4'),
    15: field('n4'),
    22: field('n3', { align: 'left' }),
    23: field('n3'),
    25: field('n2'),
    26: field('n2'),
    32: field('n..11', LL),
    35: field('z..37', LL),
    37: field('an12'),
    39: field('an2'),
    41: field('ans8'),
    42: field('ans15'),
    48: field('n..62', LLL),
    49: field('an3'),
    52: field('b8'),
    53: field('n16'),
    55: field('b..255', LLL),
    59: field('ans..600', LLL),
    60: field('n..19', LLL),
    61: field('n..16', LLL),
    62: field('b..999', LLL),
    63: field('ans..63', { ...LLL, coding: 'gbk' }),
    64: field('b8'),
  },
}

/** 银电 bill payment: 16-byte bitmap, four-digit length head, odd padding F. */
const power: IsoDialect = {
  head: 4,
  mti: 'bcd',
  bitmap: 16,
  digits: 'bcd',
  lengths: 'bcd',
  fields: {
    2: field('n..32', { ...LL, pad: 'F' }),
    3: field('n6'),
    4: field('n12'),
    7: field('n10'),
    11: field('n12'),
    15: field('n4'),
    18: field('n4'),
    28: field('n12'),
    32: field('n..11', LL),
    37: field('n12'),
    41: field('ans8'),
    42: field('ans15'),
    48: field('ans..99', LL),
    49: field('an3'),
    52: field('ans8'),
    100: field('n..11', LL),
    104: field('an2'),
    128: field('n8', { coding: 'ascii' }),
  },
}

/** The path of the `Malformed` that is thrown. */
function faultOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof Malformed) return error.path
    throw error
  }
  throw new Error('nothing was wrong')
}

const textsOf = (codec: ReturnType<typeof iso8583>, walked: Walked) =>
  Object.fromEntries(walked.present.map((number) => [number, codec.text(walked, number)]))

test('public POS frames are read as published and written back byte for byte', async (t) => {
  const codec = iso8583(pos)
  const frames = vectors.filter(({ id }) => /^frame-(?!gz)/.test(id))
  t.equal(frames.length, 10)
  for (const { id, frame, decoded } of frames) {
    const bytes = Buffer.from(frame, 'hex')
    const walked = codec.walk(bytes)
    const expected = Object.fromEntries(
      Object.entries(decoded.f).map(([number, text]) => {
        const isHex = text.startsWith('hex:')
        if (number === '62' && !isHex)
          return [number, Buffer.from(text).toString('hex').toUpperCase()]
        return [number, isHex ? text.slice(4).toUpperCase() : text]
      }),
    )
    const texts = textsOf(codec, walked)
    const { 35: track = '', 52: pin = '' } = expected
    if (track) Object.assign(expected, { 35: track.toUpperCase(), 52: pin.toUpperCase() })
    t.equal(walked.mti, decoded.mti, id)
    t.strictSame(texts, expected, id)
    const packed = codec.pack(walked.mti, texts)
    bytes.copy(packed, 0, 0, pos.head)
    t.equal(packed.toString('hex'), bytes.toString('hex'), id)
  }
})

test('a 16-byte bitmap, padding F and digits in ASCII are the same table', async (t) => {
  const codec = iso8583(power)
  const bytes = Buffer.from(vector('frame-gz-power-0200-hz').frame, 'hex')
  const walked = codec.walk(bytes)
  const texts = textsOf(codec, walked)
  t.equal(texts[2], '60142890710150501')
  t.equal(texts[37], '120405000001')
  t.match(texts[48], /^ {9}010600099010201001400100000/)
  t.equal(texts[128], '79518880')
  const packed = codec.pack(walked.mti, texts)
  bytes.copy(packed, 0, 0, power.head)
  t.equal(packed.toString('hex'), bytes.toString('hex'))
  const lastDigitOf2 = 31
  bytes[lastDigitOf2] = 0x10
  t.equal(
    faultOf(() => textsOf(codec, codec.walk(bytes))),
    '2',
  )
})

test('lengths in every coding, and padding on either side', async (t) => {
  for (const lengths of ['bcd', 'ascii', 'binary'] as const) {
    for (const align of ['left', 'right'] as const) {
      const codec = iso8583({
        head: 0,
        mti: 'ascii',
        bitmap: 'bit1',
        digits: 'bcd',
        lengths,
        fields: {
          2: field('n..19', { ...LL, align }),
          3: field('n5', { align, pad: 'F' }),
          48: field('n..300', { ...LLL, lengthUnit: 'bytes', align }),
          63: field('ans..300', { ...LLL, coding: 'gbk' }),
          102: field('ans..28', LL),
        },
      })
      const texts = { 2: '12345', 3: '54321', 48: '1234', 63: '张三abc', 102: 'x' }
      for (const sent of [texts, { 2: '1234' }, { 63: '' }]) {
        const walked = codec.walk(codec.pack('0200', sent))
        t.equal(walked.mti, '0200')
        t.strictSame(textsOf(codec, walked), sent, `${lengths} ${align}`)
      }
    }
  }
})

test('iso_8583 reads what we write and writes what we read', async (t) => {
  const Theirs = createRequire(import.meta.url)('iso_8583')
  const fields = {
    2: field('n..19', LL),
    3: field('n6'),
    4: field('n12'),
    11: field('n6'),
    22: field('n3'),
    32: field('n..11', LL),
    37: field('an12'),
    41: field('ans8'),
    49: field('an3'),
    60: field('ans..200', LLL),
    102: field('ans..28', LL),
  }
  const ours = iso8583({
    head: 2,
    mti: 'ascii',
    bitmap: 16,
    digits: 'ascii',
    lengths: 'ascii',
    fields,
  })
  const someDigits = (min: number, max = min) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max })
  const letters = (min: number, max = min) =>
    fc.string({ unit: fc.constantFrom(...'0123456789ABCXYZ'), minLength: min, maxLength: max })
  const messages = fc.record(
    {
      2: someDigits(13, 19),
      3: someDigits(6),
      4: someDigits(12),
      11: someDigits(6),
      22: someDigits(3),
      32: someDigits(1, 11),
      37: letters(12),
      41: letters(8),
      49: someDigits(3),
      60: letters(1, 100),
      102: letters(1, 28),
    },
    { requiredKeys: ['4', '11'] },
  )
  fc.assert(
    fc.property(messages, (message) => {
      const packed = ours.pack('0200', message)
      packed.writeUInt16BE(packed.length - 2)
      const theirs = new Theirs({ 0: '0200', ...message }).getBufferMessage()
      const theirReading = new Theirs().getIsoJSON(packed, {})
      t.equal(packed.toString('hex'), theirs.toString('hex'))
      t.strictSame({ ...theirReading }, { 0: '0200', ...message })
      t.strictSame(textsOf(ours, ours.walk(theirs)), { ...message })
    }),
    { numRuns: 60 },
  )
})

test('a damaged frame is read, or refused with the path of a field', async (t) => {
  const codec = iso8583(pos)
  const frames = vectors.filter(({ id }) => /^frame-(?!gz)/.test(id))
  const damage = fc.record({
    which: fc.nat(frames.length - 1),
    cut: fc.option(fc.nat(200)),
    changes: fc.array(fc.tuple(fc.nat(440), fc.nat(255)), { maxLength: 4 }),
    tail: fc.uint8Array({ maxLength: 4 }),
  })
  let refused = 0
  fc.assert(
    fc.property(damage, ({ which, cut, changes, tail }) => {
      const frame = Buffer.from(frames[which]!.frame, 'hex')
      for (const [at, byte] of changes) if (at < frame.length) frame[at] = byte
      const bytes = Buffer.concat([frame.subarray(0, cut ?? frame.length), tail])
      try {
        const walked = codec.walk(bytes)
        const texts = textsOf(codec, walked)
        const again = codec.pack(walked.mti, texts)
        bytes.copy(again, 0, 0, pos.head)
        return again.equals(bytes)
      } catch (error) {
        refused++
        return error instanceof Malformed && error.path !== ''
      }
    }),
    { numRuns: 3000 },
  )
  t.ok(refused > 500, `${refused} of 3000 were refused`)
})

test('what does not fit its row is never written', async (t) => {
  const codec = iso8583(pos)
  const refuses = (fields: Record<number, string>, path: string) =>
    t.equal(
      faultOf(() => codec.pack('0200', fields)),
      path,
    )
  refuses({ 3: '00000' }, '3')
  refuses({ 3: '00000A' }, '3')
  refuses({ 32: '123456789012' }, '32')
  refuses({ 41: 'HEAT1' }, '41')
  refuses({ 41: 'HEAT\n001' }, '41')
  refuses({ 62: '00'.repeat(1000) }, '62')
  refuses({ 5: '1' }, '5')
  refuses({ 90: '1' }, '90')
  t.throws(() => iso8583({ ...pos, fields: { 2: field('n..19') } }))
  t.equal(
    faultOf(() => codec.mustHave(codec.walk(codec.pack('0200', { 3: '000000' })), [3, 4])),
    '4',
  )
  t.equal(
    faultOf(() => codec.mustHave(codec.walk(codec.pack('0200', { 3: '000000' })), [])),
    '3',
  )
  t.equal(
    faultOf(() => codec.text(codec.walk(codec.pack('0200', { 3: '000000' })), 4)),
    '4',
  )
})

test('TLV: rising tags, each once, nothing else, and text cut on a whole character', async (t) => {
  const table = {
    '5F01': { label: 'no', coding: 'ascii', min: 1, max: 20, value: chars('0-9A-Z-', 1, 20) },
    '5F05': { label: 'name', coding: 'gbk', min: 1, max: 5 },
    '5F0C': { label: 'row', coding: 'ascii', min: 2, max: 2, value: numeric(2) },
  } as const
  const message = tlv(table, { '5F01': 'M', '5F05': 'O', '5F0C': 'many' })
  const values = { '5F01': 'A-1', '5F05': '张三李', '5F0C': ['01', '02'] }
  const bytes = message.encode(values)
  t.equal(bytes.toString('hex'), '5f0103412d315f0504d5c5c8fd5f0c0230315f0c023032')
  t.strictSame(message.decode(bytes), { ...values, '5F05': '张三' })

  const refuses = (hex: string, path: string) =>
    t.equal(
      faultOf(() => message.decode(Buffer.from(hex, 'hex'))),
      path,
      hex,
    )
  refuses('', '5F01')
  refuses('5f010141', '5F0C')
  refuses('5f0141', '5F01')
  refuses('5f', '')
  refuses('5f0c0230315f010141', '5F01')
  refuses('5f0101415f010141', '5F01')
  refuses('5f0101615f0c023031', '5F01')
  refuses('5f0101415f0501d5', '5F05')
  refuses('5f0101415f0500', '5F05')
  refuses('5f0101415f0c0130', '5F0C')
  refuses('5f0101415f0c0230315f0d00', '5F0D')
  t.equal(
    faultOf(() => message.encode({ '5F01': 'a', '5F0C': [] })),
    '5F01',
  )
  t.throws(() => tlv(table, { '5F05': 'M', '5F01': 'M' }), /order/)
})
