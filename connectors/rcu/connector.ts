// 农村信用社 collects heating fees at its counters over fixed-length messages of the 777x family. It
// keeps no session and no keys: every request carries a password, and a payment is named by its
// accounting date and hostSeq. What it does not hear of it asks for (7778) and then reverses
// (7773).
import { defineConnector, exchange, Malformed } from '@reli/sdk'
import { frameOf, type Layout, nextFrame } from '@reli/sdk/codec'
import { ok, refusalOf } from './answers.ts'
import {
  echo,
  framing,
  layoutsOf,
  passwordAt,
  passwordOf,
  pay,
  query,
  refusal,
  result,
  reverse,
  totals,
} from './codec.ts'
import { type Config, config } from './config.ts'
import { statement } from './statement.ts'

const headBytes = framing.length.bytes

/** Bytes 0–11 of the request, which every answer repeats whatever they are (§4). */
interface Head {
  code: string
  date: string
}

// The password proves a request and is no part of it: what is handed on must not contain it.
const exchangeOf = <Request extends { password: string }, Response>(layouts: {
  request: Layout<Request>
  response: Layout<Response>
}) => ({
  request: {
    decode: (body: Uint8Array): Omit<Request, 'password'> => {
      const { password, ...request } = layouts.request.decode(body)
      return request
    },
  },
  response: { encode: (reply: Response) => frameOf(framing, layouts.response.encode(reply)) },
})

const key = ({ date, hostSeq }: { date: string; hostSeq: string }) => ({
  bankDate: date,
  serial: hostSeq,
})

const accepted = ({ code, date }: Head) => ({ code, date: date.replaceAll('-', ''), ...ok })

export default defineConnector<Config, Uint8Array, Head>({
  name: 'rcu',
  title: '农村信用社',
  paper: '供热费代收接口规范 (777x)',
  version: '1.0.0',
  config,
  secrets: { password: { title: '报文密码（不超过 16 个字符）', format: 'text' } },
  unknown: 'bank_reverses',
  deadlines: { queryMs: 1_000, otherMs: 5_000, bankMs: 30_000 },
  wire: {
    kind: 'tcp',
    framing,
    maxConnections: 10,
    maxInFlight: 1,
    answerOrder: 'arrival',
    frameWithinMs: 30_000,
    idleMs: 60_000,
  },
  statement,

  receive: {
    7771: exchange('bill.query', exchangeOf(query), {
      toInput: ({ userNo, date, bankNo }) => ({
        customerNo: userNo,
        bankDate: date,
        outlet: bankNo,
      }),
      toResponse: ({ customerNo, billToken, ...bill }, request, { config: { orgId } }) => {
        const head = { ...accepted(request), userNo: customerNo, orgId }
        return { ...head, ...bill, count: bill.seasons.length }
      },
    }),
    7772: exchange('payment.pay', exchangeOf(pay), {
      key,
      toInput: ({ userNo, amountFen, bankNo }) => ({
        customerNo: userNo,
        amountFen,
        outlet: bankNo,
      }),
      toResponse: ({ customerNo, name, payableLeftFen, receiptNo }, request) => {
        const { hostSeq } = request
        const paid = { userNo: customerNo, name, balanceFen: payableLeftFen, hostSeq, receiptNo }
        return { ...accepted(request), ...paid }
      },
    }),
    7773: exchange('payment.reverse', exchangeOf(reverse), {
      key,
      toInput: ({ bankNo }) => ({ outlet: bankNo }),
      toResponse: ({ effect }, request) => {
        return { ...accepted(request), hostSeq: request.hostSeq, effect }
      },
    }),
    7776: exchange('day.totals', exchangeOf(totals), {
      toInput: ({ date, paidCount, paidFen, reversedCount, reversedFen }) => ({
        bankDate: date,
        paidCount,
        paidFen,
        reversedCount,
        reversedFen,
      }),
      toResponse: (figures, request) => ({ ...accepted(request), ...figures }),
    }),
    7778: exchange('payment.result', exchangeOf(result), {
      key,
      toInput: ({ bankNo }) => ({ outlet: bankNo }),
      toResponse: ({ state, customerNo, amountFen, receiptNo }, request) => ({
        ...accepted(request),
        hostSeq: request.hostSeq,
        userNo: customerNo,
        amountFen,
        state,
        // The receipt is told only while the payment stands.
        receiptNo: state === 'paid' ? receiptNo : undefined,
      }),
    }),
    7779: exchange('link.echo', exchangeOf(echo), {
      toInput: () => ({}),
      toResponse: (_, request) => accepted(request),
    }),
  },

  open: (frame) => {
    const next = nextFrame(framing, frame)
    if (next.is !== 'frame' || next.bytes !== frame.length) {
      throw new Malformed('length', 'is not the length of the frame')
    }
    const wire = frame.subarray(headBytes)
    const head = { code: latin1(wire, 0, 4), date: latin1(wire, 4, 12) }
    return { exchange: /^\d{4}$/.test(head.code) ? head.code : 'unknown', wire, head }
  },

  // §3: the password is looked at after layout and values, so a malformed request proves nothing.
  prove: ({ wire }, request) =>
    request === undefined
      ? undefined
      : { kind: 'password', secret: 'password', value: passwordOf(wire) },

  admit: (_, request, { orgId }) => {
    const named = (request as { orgId?: string }).orgId
    if (named === undefined || named === orgId) return undefined
    return { code: 'party.unknown', path: 'orgId', why: 'not the one agreed' }
  },

  refuse: (code, head) => frameOf(framing, refusal.encode({ ...head, ...refusalOf(code) })),

  mask: (frame) => {
    const body = frame.subarray(headBytes)
    if (!isAnswer(body)) body.fill(asterisk, ...hiddenIn(body))
    return frame
  },

  describe: (frame, direction) => {
    const body = Uint8Array.from(frame.subarray(headBytes))
    if (direction === 'in') body.fill(asterisk, ...hiddenIn(body))
    const length = { path: 'length', label: '报文长度', value: latin1(frame, 0, headBytes) }
    return [length, ...layoutFor(body, direction).describe(body)]
  },
})

const asterisk = 0x2a

const latin1 = (bytes: Uint8Array, from: number, to: number) =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1')

// Our answers begin alike but have msg where requests have the password, and its left end is blank.
const isAnswer = (body: Uint8Array) =>
  /^00000000\d\d {16}$/.test(latin1(body, 12, passwordAt[1])) && body.length >= refusal.width

// In a frame whose length is not the one of its code nothing stands where the paper says, the
// password included: then everything behind the outlet is hidden.
function hiddenIn(body: Uint8Array): [from: number, to: number] {
  const known = layoutsOf[latin1(body, 0, 4)]
  const [from, to] = passwordAt
  return known?.request.width === body.length ? [from, to] : [from, body.length]
}

function layoutFor(body: Uint8Array, direction: 'in' | 'out'): Layout<unknown> {
  const known = layoutsOf[latin1(body, 0, 4)] ?? echo
  if (direction === 'in') return known.request
  return latin1(body, 12, 22) === ok.rsp ? known.response : refusal
}
