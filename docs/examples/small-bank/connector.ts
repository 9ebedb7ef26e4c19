// Small Bank takes heating fees at its counters (1002) and takes them back (1003). A message is four
// digits of length and GBK fields; a password stands in every request. Made up for sdk/README.md.
import { defineConnector, exchange, Malformed } from '@reli/sdk'
import {
  date,
  digits,
  fixed,
  frameOf,
  type Layout,
  nextFrame,
  secret,
  text,
  yuan,
} from '@reli/sdk/codec'
import { Type } from 'typebox'
import { accepted, codeOf } from './answers.ts'

// The paper's §1 and §2. Key order is wire order; widths count bytes.
const framing = { length: { as: 'ascii-digits', bytes: 4 }, min: 24, max: 200 } as const
const style = { pad: 'right' } as const
const head = {
  code: digits(4, '交易码'),
  bankDate: date(8, '账务日期'),
  serial: digits(12, '流水号'),
}
const password = secret(text(8, '密码'))
const answered = { ...head, result: digits(4, '应答码') }

const payment = { customerNo: text(20, '户号'), amountFen: yuan(12, '金额') }
const pay = fixed({ ...head, password, ...payment }, style)
const paid = fixed({ ...answered, name: text(20, '户名'), receiptNo: text(20, '收据号') }, style)
const reverse = fixed({ ...head, password }, style)
const plain = fixed(answered, style)
const passwordAt = [24, 32] as const

type Head = { code: string; bankDate: string; serial: string }
const key = ({ bankDate, serial }: Head) => ({ bankDate, serial })
// The password proves a request and is no part of it: what is handed on must not contain it.
const layouts = <Request extends { password: string }, Response>(
  request: Layout<Request>,
  response: Layout<Response>,
) => ({
  request: {
    decode: (wire: Uint8Array): Omit<Request, 'password'> => {
      const { password: _, ...rest } = request.decode(wire)
      return rest
    },
  },
  response: { encode: (answer: Response) => frameOf(framing, response.encode(answer)) },
})
const latin1 = (bytes: Uint8Array, from: number, to: number) =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1')
const lengthIsWrong = new Malformed('length', 'is not the length of the frame')
const star = 0x2a

export default defineConnector<object, Uint8Array, Head>({
  name: 'small-bank',
  title: '样例银行',
  paper: '样例银行代收接口',
  version: '1.0.0',
  // Nothing is agreed but the password. What is, is drawn by the console as a settings form.
  config: Type.Object({}),
  secrets: { password: { title: '报文密码', format: 'text' } },
  wire: {
    ...{ kind: 'tcp', framing, maxConnections: 4, maxInFlight: 1, answerOrder: 'arrival' },
    ...{ frameWithinMs: 30_000, idleMs: 60_000 },
  },
  unknown: 'bank_reverses',
  deadlines: { queryMs: 1_000, otherMs: 5_000, bankMs: 15_000 },

  receive: {
    1002: exchange('payment.pay', layouts(pay, paid), {
      key,
      toInput: ({ customerNo, amountFen }) => ({ customerNo, amountFen }),
      toResponse: ({ name, receiptNo }, request) => {
        return { ...request, result: accepted, name, receiptNo }
      },
    }),
    1003: exchange('payment.reverse', layouts(reverse, plain), {
      key,
      toInput: () => ({}),
      toResponse: (_, request) => ({ ...request, result: accepted }),
    }),
  },

  // Structure only. What is thrown here closes the connection: nobody knows where a message ends.
  open: (frame) => {
    const next = nextFrame(framing, frame)
    if (next.is !== 'frame' || next.bytes !== frame.length) throw lengthIsWrong
    const wire = frame.subarray(framing.length.bytes)
    const { code, bankDate, serial } = fixed(head, style).decode(wire.subarray(0, 24))
    return { exchange: code, wire, head: { code, bankDate, serial } }
  },
  // Which secret, and what was given for it. The host compares; this file never sees the secret.
  prove: ({ wire }) => ({
    ...{ kind: 'password', secret: 'password', value: latin1(wire, ...passwordAt).trimEnd() },
  }),
  refuse: (code, request) => frameOf(framing, plain.encode({ ...request, result: codeOf[code] })),

  mask: (frame) => frame.fill(star, framing.length.bytes + passwordAt[0]),
  describe: (frame, way) => {
    const wire = frame.subarray(framing.length.bytes)
    const isPay = latin1(wire, 0, 4) === '1002'
    if (way === 'in') return (isPay ? pay : reverse).describe(wire)
    return (wire.length === plain.width ? plain : paid).describe(wire)
  },
})
