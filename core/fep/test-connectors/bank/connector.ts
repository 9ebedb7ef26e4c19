// A small bank for the tests of the fep: a length of two bytes, one letter for the exchange, six
// digits of serial, text, and, with the letters in lower case, an X9.19 MAC at the end.
// biome-ignore-all lint/suspicious/noThenProperty: the contract's word; it is never callable.
import type { Connector, Decoded, Fen, Message, OperationName } from '@reli/sdk'
import Type from 'typebox'

const macBytes = 8
const codeAt = 2
const serialAt = 3
const textAt = 9
/** `W` carries a password here. */
const passwordEnd = textAt + 8

const operations: Record<string, OperationName> = {
  E: 'link.echo',
  S: 'link.sign_on',
  F: 'link.sign_off',
  Q: 'bill.query',
  W: 'bill.query',
  P: 'payment.pay',
  R: 'payment.reverse',
  T: 'day.totals',
}

interface Head extends Message {
  code: string
  serial: string
}

const bankDate = '2026-11-20'
const text = (frame: Uint8Array, from: number, to = frame.length) =>
  Buffer.from(frame).toString('latin1', from, to)

function decode(frame: Uint8Array): Decoded {
  const code = text(frame, codeAt, serialAt)
  const serial = text(frame, serialAt, textAt)
  const exchange = code.toUpperCase()
  const message: Head = { code, serial }
  if (code === '!') return { is: 'close', why: 'cannot be walked' }
  const end = frame.length - macBytes
  const isSealed = code !== exchange
  const isFree = 'ESW'.includes(code)
  const value = isSealed ? ([end, frame.length] as const) : null
  const mac = { kind: 'mac', algorithm: 'x9.19', key: 'MAK', over: [codeAt, end], value } as const
  const password = {
    kind: 'password',
    secret: 'PIN',
    value: text(frame, textAt, passwordEnd),
  } as const
  const proof = code === 'W' ? password : isFree ? undefined : mac
  return { is: 'message', exchange, message, ...(proof && { proof }), then: ask(exchange, serial) }
}

function ask(exchange: string, serial: string): (Decoded & { is: 'message' })['then'] {
  const operation = operations[exchange]
  const key = { bankDate, serial }
  const customerNo = '0012345678'
  switch (operation) {
    case undefined:
      return { is: 'refuse', code: 'message.malformed', path: 'code', why: 'no such letter' }
    case 'payment.pay':
      return { is: 'ask', operation, key, input: { customerNo, amountFen: 271_530n as Fen } }
    case 'payment.reverse':
      return { is: 'ask', operation, key, input: { customerNo } }
    case 'bill.query':
      return { is: 'ask', operation, input: { customerNo, bankDate } }
    case 'link.sign_on':
    case 'link.sign_off':
      return { is: 'ask', operation, input: { bankDate } }
    case 'day.totals': {
      const none = { paidCount: 0, paidFen: 0n as Fen, reversedCount: 0, reversedFen: 0n as Fen }
      return { is: 'ask', operation, input: { bankDate, ...none } }
    }
    default:
      return { is: 'ask', operation: 'link.echo', input: {} }
  }
}

function said(outcome: Parameters<Connector['encode']>[0]['outcome']): string {
  if (outcome.is === 'refused') return outcome.code
  if (outcome.is === 'unknown') return 'unknown'
  if ('receiptNo' in outcome.value) return `done ${outcome.value.receiptNo}`
  return 'done'
}

const connector: Connector = {
  name: 'bank',
  title: '测试银行',
  paper: 'none',
  version: '1.0.0',
  wire: {
    kind: 'tcp',
    framing: { length: { as: 'binary-be', bytes: 2 }, min: 7, max: 500 },
    maxConnections: 600,
    maxInFlight: 8,
    answerOrder: 'any',
    frameWithinMs: 1000,
    idleMs: 60_000,
  },
  config: Type.Object({ note: Type.Optional(Type.String()) }, { additionalProperties: false }),
  secrets: {
    TMK: { title: '主密钥', format: 'hex-16' },
    PIN: { title: '密码', format: 'text' },
  },
  workKeys: { master: 'TMK', names: ['PIK', 'MAK'], algorithm: '3des-ede2', previousForMs: 1500 },
  capabilities: { operations: Object.values(operations), unknown: 'we_query' },
  deadlines: { queryMs: 1000, otherMs: 2000, bankMs: 5000 },
  decode,
  encode: ({ message, outcome, keys = [] }) => {
    const { code, serial } = message as Head
    const words = Buffer.from(`${code}${serial}${said(outcome)}`)
    const blocks = keys.flatMap(({ encrypted, checkValue }) => [encrypted, checkValue])
    const isUntrusted =
      outcome.is === 'refused' &&
      (outcome.code === 'message.unauthentic' || outcome.code === 'link.not_signed_on')
    const isSealed = code !== code.toUpperCase() && !isUntrusted
    const body = Buffer.concat([words, ...blocks, Buffer.alloc(isSealed ? macBytes : 0)])
    const bytes = Buffer.concat([Buffer.from([0, body.length]), body])
    const end = bytes.length - macBytes
    if (!isSealed) return { bytes }
    return { bytes, seal: { algorithm: 'x9.19', key: 'MAK', over: [codeAt, end], at: end } }
  },
  mask: (frame) => {
    if (frame[codeAt] === 'W'.charCodeAt(0)) frame.fill('*'.charCodeAt(0), textAt, passwordEnd)
    return frame
  },
  describe: (frame, direction) => [
    { path: 'code', label: '交易', value: `${direction} ${text(frame, codeAt, serialAt)}` },
  ],
}

export default connector
