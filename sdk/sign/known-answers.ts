// Self-test at start-up: a build of OpenSSL without one of these algorithms, or with a wrong one,
// must stop the process before it takes money, not answer every bank with a wrong MAC.
import { checkValue, decrypt3Des, encrypt3Des } from './des.ts'
import { digestHex } from './digest.ts'
import { macX99, macX919 } from './mac.ts'

interface KnownAnswer {
  name: string
  got: () => string
  want: string
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')
const doubleKey = hex('0123456789ABCDEFFEDCBA9876543210')

const answers: KnownAnswer[] = [
  {
    name: 'X9.9 (FIPS 113)',
    got: () => twice(macX99(hex('0123456789ABCDEF')), ascii('7654321 Now is the time for ')),
    want: 'f1d30f6849312ca4',
  },
  {
    name: 'X9.19 (ISO 9797-1 algorithm 3)',
    got: () => twice(macX919(doubleKey), ascii('Now is the time for all ')),
    want: 'a1c72e74ea3fa9b6',
  },
  {
    name: '3DES-EDE2',
    got: () => encrypt3Des(doubleKey, hex('11223344556677888877665544332211')).toString('hex'),
    want: '3eb3b72576bbbe832532df5dd75880d3',
  },
  {
    name: '3DES-EDE2 decryption',
    got: () => decrypt3Des(doubleKey, hex('3eb3b72576bbbe832532df5dd75880d3')).toString('hex'),
    want: '11223344556677888877665544332211',
  },
  {
    name: 'key check value',
    got: () => checkValue(hex('A1B2C3D4E5F607182938475665748392')).toString('hex'),
    want: 'ebc9fa50',
  },
  {
    name: 'SM3 (GB/T 32905)',
    got: () => digestHex('sm3', ascii('abc')),
    want: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
  },
  {
    name: 'MD5 (RFC 1321)',
    got: () => digestHex('md5', ascii('abc')),
    want: '900150983cd24fb0d6963f7d28e17f72',
  },
]

/** Throws unless every algorithm gives its published answer. Returns what was tried. */
export function knownAnswers(): string[] {
  for (const { name, got, want } of answers) {
    if (got() !== want) throw new Error(`${name} does not give its known answer`)
  }
  return answers.map(({ name }) => name)
}

/** The second MAC under a key must not remember the first (mac.ts). */
function twice(mac: (data: Uint8Array) => Buffer, data: Uint8Array): string {
  mac(ascii('another message, of another length'))
  return mac(data).toString('hex')
}
