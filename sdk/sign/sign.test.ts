// Published answers, the samples of the banks' papers, and the tricks of mac.ts held against the
// plain definition.
import { createCipheriv, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { test } from 'tap'
import {
  checkValue,
  decrypt3Des,
  drawKey,
  encrypt3Des,
  isDoubleKey,
  isMacRight,
  knownAnswers,
  macX99,
  macX919,
  sameBytes,
  sameSecret,
  wrapKey,
  writeMac,
} from './index.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const file = new URL('../codec/vectors/iso8583.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
  vectors: Record<string, string & Record<string, string>>[]
}
const vector = (id: string) => vectors.find((one) => one.id === id)!

/** X9.19 as the standard says it: single DES block by block, then D(K_R) and E(K_L). */
function plainX919(key: Buffer, data: Uint8Array): Buffer {
  const [left, right] = [key.subarray(0, 8), key.subarray(8)]
  const single = (part: Uint8Array) => Buffer.concat([part, part])
  let block: Buffer = Buffer.alloc(8)
  const padded = Buffer.concat([data, Buffer.alloc((8 - (data.length % 8)) % 8)])
  for (let at = 0; at < Math.max(padded.length, 8); at += 8) {
    const sum = block.map((byte, i) => byte ^ (padded[at + i] ?? 0))
    block = encrypt3Des(single(left), sum)
  }
  return encrypt3Des(single(left), decrypt3Des(single(right), block))
}

test('every algorithm gives its published answers', async (t) => {
  t.equal(knownAnswers().length, 7)
  for (const id of ['mac-x9.9-fips113', 'mac-iso9797-alg1-pad1']) {
    const { key, data_ascii, mac8 } = vector(id)
    t.equal(macX99(hex(key!))(Buffer.from(data_ascii!)).toString('hex'), mac8!.toLowerCase(), id)
  }
  const { mab, mac_variants: variants } = vector('frame-0200-pay')
  const double = macX919(hex(variants!.double_mak!))(hex(mab!))
  t.equal(double.toString('hex').toUpperCase(), variants!.x9_19_with_double_mak)
  const { tmk, pik, mak, tdk, f62 } = vector('keyx-0810-f62-double-60')
  const block = [pik, mak, tdk].flatMap((key) => Object.values(wrapKey(hex(tmk!), hex(key!))))
  t.equal(Buffer.concat(block).toString('hex').toUpperCase(), f62)
  t.equal(checkValue(hex('5D9E3C7A1F2B4860A7C4E1930B6D582F')).toString('hex'), 'f1443769')
})

test('a MAC does not depend on the messages before it', async (t) => {
  const key = drawKey()
  const mac = macX919(key)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) =>
      mac(data).equals(plainX919(key, data)),
    ),
    { numRuns: 300 },
  )
  const long = randomBytes(5001)
  t.ok(mac(long).equals(plainX919(key, long)))
  t.ok(mac(long.subarray(0, 40)).equals(plainX919(key, long.subarray(0, 40))))
  const last = createCipheriv('des-ede', key, null).setAutoPadding(false)
  t.ok(mac(Buffer.alloc(0)).equals(last.update(Buffer.alloc(8))), 'nothing is one block of zeros')
  t.throws(() => macX919(key.subarray(8)), RangeError)
  t.throws(() => macX99(key), RangeError)
})

test('an absent, a short and a wrong MAC are wrong, and every bit counts', async (t) => {
  const mac = macX919(drawKey())
  const frame = randomBytes(60)
  const seal = { algorithm: 'x9.19', key: 'MAK', over: [13, 52], at: 52 } as const
  writeMac(frame, seal, mac)
  const proof = { kind: 'mac', ...seal, value: [52, 60] } as const
  t.ok(isMacRight(frame, proof, mac))
  t.notOk(isMacRight(frame, { ...proof, value: null }, mac))
  t.notOk(isMacRight(frame, { ...proof, value: [52, 59] }, mac))
  for (let bit = 13 * 8; bit < 60 * 8; bit++) {
    frame[bit >> 3]! ^= 1 << (bit & 7)
    t.notOk(isMacRight(frame, proof, mac))
    frame[bit >> 3]! ^= 1 << (bit & 7)
  }
  t.ok(isMacRight(frame, proof, mac))
})

test('work keys are double-length, whatever their parity', async (t) => {
  const half = '0123456789abcdef'
  t.notOk(isDoubleKey(hex(half + half)))
  t.notOk(isDoubleKey(hex(`${half}0022446688aaccee`)), 'they differ in parity only')
  t.notOk(isDoubleKey(hex(half)))
  t.ok(isDoubleKey(hex(`${half}fedcba9876543210`)))
  for (let i = 0; i < 50; i++) t.ok(isDoubleKey(drawKey()))
  const master = drawKey()
  const key = drawKey()
  const { encrypted, checkValue: shown } = wrapKey(master, key)
  t.ok(decrypt3Des(master, encrypted).equals(key))
  t.equal(shown.length, 4)
})

test('secrets are compared whole', async (t) => {
  t.ok(sameSecret('Rcu2025!heat', 'Rcu2025!heat'))
  t.notOk(sameSecret('Rcu2025!heat', 'Rcu2025!hea'))
  t.notOk(sameSecret('', 'x'))
  t.ok(sameBytes(Buffer.of(1, 2), Buffer.of(1, 2)))
  t.notOk(sameBytes(Buffer.of(1, 2), Buffer.of(1)))
})
