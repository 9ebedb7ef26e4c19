// The two ends of a codec: characters whose width is bytes, and frames out of a stream.
import fc from 'fast-check'
import { test } from 'tap'
import type { LengthFraming } from '../connector.ts'
import { Malformed } from '../errors.ts'
import { cutFrames, frameOf, nextFrame } from './framing.ts'
import { cutGbk, decodeGbk, encodeGbk, gbkWidth } from './gbk.ts'

test('every GBK character survives the way there and back', async (t) => {
  let [there, back, refused] = [0, 0, 0]
  for (let lead = 0; lead <= 0xff; lead++) {
    for (let trail = 0; trail <= 0xff; trail++) {
      const isIn = lead >= 0x81 && lead <= 0xfe && trail >= 0x40 && trail <= 0xfe && trail !== 0x7f
      const bytes = Uint8Array.of(lead, trail)
      try {
        const text = decodeGbk(bytes)
        if (lead < 0x80) continue
        if (!isIn || text.length !== 1 || text === '\ufffd') t.fail(`${lead} ${trail} is accepted`)
        there++
        if (encodeGbk(text).equals(bytes)) back++
      } catch (error) {
        if (!(error instanceof Malformed) || isIn) throw error
        refused++
      }
    }
  }
  t.equal(there, 126 * 190)
  t.equal(refused, 0x100 * 0x80 - 126 * 190 + 0x80 * 0x80, 'half characters, and leads outside')
  t.equal(back, 21_791, 'the rest is private use and GB 18030, which a GBK partner cannot read')
  t.equal(encodeGbk('䶮€\ue000😀').toString(), '????')
  t.equal(gbkWidth('a張b'), 4)
  t.throws(() => decodeGbk(Buffer.from('d5c5c8', 'hex'), '62.5F05'), { message: /^62.5F05: / })
})

test('text is cut on a whole character and stays GBK', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(50), (text, max) => {
      const whole = encodeGbk(text)
      const cut = cutGbk(text, max)
      decodeGbk(cut)
      const nextIsTooLong = cut.length === whole.length || cut.length >= max - 1
      return cut.length <= max && nextIsTooLong && whole.subarray(0, cut.length).equals(cut)
    }),
  )
  t.equal(cutGbk('a億億', 4).toString('hex'), '61837c')
})

const binary: LengthFraming = { length: { as: 'binary-be', bytes: 2 }, min: 3, max: 4096 }
const digits: LengthFraming = { length: { as: 'ascii-digits', bytes: 4 }, min: 3, max: 1024 }

test('frames are the same however the stream is cut, and a bad length ends it', async (t) => {
  const bodies = fc.array(fc.uint8Array({ minLength: 3, maxLength: 60 }), { maxLength: 6 })
  for (const framing of [binary, digits]) {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(400), { maxLength: 8 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map((body) => frameOf(framing, body)))
        const ends = [...cuts.filter((at) => at < stream.length), stream.length]
        const got: string[] = []
        let [rest, from] = [Buffer.alloc(0) as Uint8Array, 0]
        for (const to of ends.sort((a, b) => a - b)) {
          const cut = cutFrames(framing, Buffer.concat([rest, stream.subarray(from, to)]))
          got.push(...cut.frames.map((frame) => Buffer.from(frame).toString('hex')))
          rest = cut.rest
          from = to
        }
        const wanted = sent.map((body) => frameOf(framing, body).toString('hex'))
        return rest.length === 0 && got.join() === wanted.join()
      }),
    )
    t.throws(() => frameOf(framing, Buffer.alloc(2)), RangeError)
    t.throws(() => frameOf(framing, Buffer.alloc(framing.max + 1)), RangeError)
  }
  const is = (framing: LengthFraming, hex: string) => nextFrame(framing, Buffer.from(hex, 'hex'))
  t.same(is(binary, '00'), { is: 'wait' })
  t.same(is(binary, '000401'), { is: 'wait', bytes: 6 })
  t.same(is(binary, '0003010203'), { is: 'frame', bytes: 5 })
  t.equal(is(binary, '0002').is, 'close')
  t.equal(is(binary, '1001').is, 'close')
  t.same(is(digits, '303030'), { is: 'wait' })
  t.equal(is(digits, '302d').is, 'close')
  t.equal(is(digits, '31303235').is, 'close')
  const cut = cutFrames(binary, Buffer.from('00030102030000ffff', 'hex'))
  t.equal(cut.frames.length, 1)
  t.match(cut.fault, /length 0/)
})
