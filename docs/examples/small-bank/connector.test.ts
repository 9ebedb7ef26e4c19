// What the paper shows, as vectors; the conformance kit adds what no paper lists.
import { done, fen, refused } from '@reli/sdk'
import { frameOf } from '@reli/sdk/codec'
import { conformance, type Vectors } from '@reli/sdk/testing'
import t from 'tap'
import smallBank from './connector.ts'

const frame = (body: string) =>
  Uint8Array.from(frameOf(smallBank.wire.framing, Buffer.from(body, 'latin1')))
const payment = '100220261120000000000001pa55word0012345678          271.53      '
const reversal = '100320261120000000000001pa55word'
const key = { bankDate: '2026-11-20', serial: '000000000001' }
const now = '2026-11-20T09:30:13'

const vectors: Vectors<object> = {
  config: {},
  secrets: { password: 'pa55word' },
  requests: [
    {
      id: '1002',
      frame: frame(payment),
      expect: {
        ...{ operation: 'payment.pay', key },
        input: { customerNo: '0012345678', amountFen: fen(27_153) },
      },
    },
    {
      id: '1003',
      frame: frame(reversal),
      expect: { operation: 'payment.reverse', key, input: {} },
    },
    {
      id: 'another password',
      frame: frame(reversal.replace('pa55word', 'password')),
      expect: 'message.unauthentic',
    },
    {
      id: 'an amount without fen',
      frame: frame(payment.replace('271.53', '271   ')),
      expect: 'message.malformed',
    },
    { id: 'no such code', frame: frame(`9${reversal.slice(1)}`), expect: 'message.unknown' },
    { id: 'cut off', frame: frame(reversal).subarray(0, 20), expect: 'close' },
  ],
  replies: [
    {
      ...{ id: 'reversed', request: frame(reversal), now, outcome: done({ effect: 'reversed' }) },
      frame: frame('1003202611200000000000010000'),
    },
    {
      ...{ id: 'settled', request: frame(payment), now, outcome: refused('bill.settled') },
      frame: frame('1002202611200000000000010406'),
    },
  ],
}

conformance(t, smallBank, vectors)
