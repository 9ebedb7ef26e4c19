// What the input of each canonical operation looks like, checked wherever data crosses from a less
// trusted place: connector → fep, and fep → hub. The types themselves are the SDK's.
import type { Input, OperationName, PaymentKey } from '@reli/sdk'
import Type from 'typebox'
import { Compile } from 'typebox/compile'

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
const Instant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$' })
// Longer than any partner's field; a longer text is a connector's mistake.
const Text = Type.String({ minLength: 1, maxLength: 64 })
const Fen = Type.BigInt({ minimum: 0n })
const origin = { outlet: Type.Optional(Text), teller: Type.Optional(Text) }
const strict = { additionalProperties: false }

export const KeyShape = Type.Object({ bankDate: Day, serial: Text }, strict)

const shapes = {
  'link.echo': Type.Object({}, strict),
  'link.sign_on': Type.Object({ bankDate: Day }, strict),
  'link.sign_off': Type.Object({ bankDate: Day }, strict),
  'bill.query': Type.Object(
    { ...origin, customerNo: Text, bankDate: Day, askedAt: Type.Optional(Instant) },
    strict,
  ),
  'payment.pay': Type.Object(
    {
      ...origin,
      customerNo: Text,
      amountFen: Fen,
      billToken: Type.Optional(Text),
      paidAt: Type.Optional(Instant),
    },
    strict,
  ),
  'payment.reverse': Type.Object(
    {
      ...origin,
      customerNo: Type.Optional(Text),
      amountFen: Type.Optional(Fen),
      reason: Type.Optional(Text),
    },
    strict,
  ),
  'payment.result': Type.Object(origin, strict),
  'day.totals': Type.Object(
    {
      bankDate: Day,
      paidCount: Type.Integer({ minimum: 0 }),
      paidFen: Fen,
      reversedCount: Type.Integer({ minimum: 0 }),
      reversedFen: Fen,
    },
    strict,
  ),
} as const satisfies Record<OperationName, unknown>

const inputs = new Map(
  Object.entries(shapes).map(([name, shape]) => [name, Compile(shape)] as const),
)
const keys = Compile(KeyShape)
const isKeyed = new Set<string>(['payment.pay', 'payment.reverse', 'payment.result'])

/** An operation with its key and input, as it may arrive from outside. */
export interface Request {
  operation: string
  key?: unknown
  input: unknown
}

export type CheckedRequest = {
  [N in OperationName]: { operation: N; key?: PaymentKey; input: Input<N> }
}[OperationName]

/** Whether operation, key and input belong together and have their shape. */
export function isRequest(request: Request): request is CheckedRequest & Request {
  const input = inputs.get(request.operation)
  if (!input?.Check(request.input)) return false
  return isKeyed.has(request.operation) ? keys.Check(request.key) : request.key === undefined
}
