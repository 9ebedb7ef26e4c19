// What fep and hub say to each other. The fep stands in the less trusted zone, so the hub checks
// the shape of everything that comes from there; the types below are inferred from those very
// schemas.
import {
  type DescribedField,
  type Input,
  type OperationName,
  type Outcome,
  type Output,
  type PaymentKey,
  type RefusalCode,
  refusals,
} from '@reli/sdk'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { isRequest, KeyShape } from './shapes.ts'

/** Raised when a message changes its meaning; each side accepts its own version only. */
export const linkVersion = 1

const Id = Type.String({ minLength: 1, maxLength: 64 })
const Name = Type.String({ minLength: 1, maxLength: 64 })
const Count = Type.Integer({ minimum: 0 })
// Reasons are for people and logs; a longer one is cut by its writer.
const Reason = Type.String({ maxLength: 500 })

/** One operation that the hub is asked to run. */
export type Call = { [N in OperationName]: CallOf<N> }[OperationName]
interface CallOf<N extends OperationName> {
  id: string
  channel: string
  operation: N
  /** With every `payment.*` operation. */
  key?: PaymentKey
  input: Input<N>
  /** The answer is wanted within so many milliseconds of arrival at the hub. */
  remainingMs: number
  /** The frame that asked, in the fep's journal. */
  frameId: string
  /** Beijing instant at which the frame was complete, `2026-11-20T09:30:12`. */
  at: string
}

export type AnyOutcome = Outcome<Output<OperationName>>

export interface Answer {
  id: string
  outcome: AnyOutcome
}

// --- the journal, as it is shipped --------------------------------------------------------------

const written = { seq: Count, at: Type.String({ maxLength: 32 }), channel: Name }
// Base64 of the frame with its secrets overwritten; null when it could not be masked.
const Masked = Type.Union([Type.String(), Type.Null()])

const FrameIn = Type.Object({
  ...written,
  kind: Type.Literal('in'),
  frame: Id,
  ip: Type.String({ maxLength: 45 }),
  port: Count,
  exchange: Type.Optional(Type.String({ maxLength: 64 })),
  operation: Type.Optional(Name),
  key: Type.Optional(KeyShape),
  bytes: Masked,
  length: Count,
})

const FrameOut = Type.Object({
  ...written,
  kind: Type.Literal('out'),
  frame: Id,
  outcome: Type.Union([Type.Literal('done'), Type.Literal('refused'), Type.Literal('unknown')]),
  code: Type.Optional(Name),
  why: Type.Optional(Reason),
  bytes: Masked,
  length: Count,
  tookMs: Type.Number({ minimum: 0 }),
})

const LateAnswer = Type.Object({
  ...written,
  kind: Type.Literal('late'),
  frame: Id,
  /** JSON text of the outcome that came after its deadline: evidence, never sent. */
  outcome: Type.String(),
})

export const securityEvents = [
  'connected',
  'turned_away',
  'disconnected',
  /** The stream of bytes broke the framing or its deadline. */
  'fault',
  /** The connector could not walk the frame: closed without an answer. */
  'closed',
  'malformed',
  'unauthentic',
  'not_signed_on',
  /** A connector failed on this frame: its own fault or a hostile message. */
  'connector_failed',
  'connector_fenced',
  'keys_changed',
  'keys_dropped',
  'channel_started',
  'channel_stopped',
] as const

const anyOf = <T extends readonly string[]>(names: T) =>
  Type.Unsafe<T[number]>(Type.Union(names.map((name) => Type.Literal(name))))

const SecurityEvent = Type.Object({
  ...written,
  kind: Type.Literal('event'),
  event: anyOf(securityEvents),
  frame: Type.Optional(Id),
  ip: Type.Optional(Type.String({ maxLength: 45 })),
  port: Type.Optional(Count),
  code: Type.Optional(Name),
  path: Type.Optional(Reason),
  reason: Type.Optional(Reason),
  bytesIn: Type.Optional(Count),
  bytesOut: Type.Optional(Count),
  /** How many events of this kind were folded into this one during a flood. */
  suppressed: Type.Optional(Count),
})

const JournalRecord = Type.Union([FrameIn, FrameOut, LateAnswer, SecurityEvent])
export type JournalRecord = Static<typeof JournalRecord>
export type SecurityEventName = (typeof securityEvents)[number]

/** Records in order. (`journal`, `seq`) names a record for ever; after a loss some come again. */
export interface JournalBatch {
  journal: string
  records: JournalRecord[]
}

// --- status, each second ------------------------------------------------------------------------

const Connection = Type.Object({
  ip: Type.String({ maxLength: 45 }),
  port: Count,
  connectedAt: Type.Number(),
  bytesIn: Count,
  bytesOut: Count,
  lastMessageAt: Type.Union([Type.Number(), Type.Null()]),
  inFlight: Count,
})

const Today = Type.Object({
  /** The Beijing day these counts belong to; they start anew with the process. */
  day: Type.String({ maxLength: 10 }),
  frames: Count,
  done: Count,
  refused: Count,
  unknown: Count,
  /** Frames and connections closed without an answer. */
  closed: Count,
  malformed: Count,
  unauthentic: Count,
})

const isolateStates = ['starting', 'ready', 'restarting', 'fenced', 'stopped'] as const
export type IsolateState = (typeof isolateStates)[number]

const ChannelStatus = Type.Object({
  channel: Name,
  company: Name,
  connector: Name,
  version: Name,
  title: Name,
  isListening: Type.Boolean(),
  port: Count,
  /** Null where the partner's paper knows no sign-on. */
  isSignedOn: Type.Union([Type.Boolean(), Type.Null()]),
  isolate: anyOf(isolateStates),
  connections: Type.Array(Connection, { maxItems: 10_000 }),
  today: Today,
  lastMessageAt: Type.Union([Type.Number(), Type.Null()]),
  /** Answer times of the last five minutes; zero without any. */
  p50Ms: Type.Number({ minimum: 0 }),
  p95Ms: Type.Number({ minimum: 0 }),
})

const FepStatus = Type.Object({
  fep: Name,
  at: Type.Number(),
  isJournalWritable: Type.Boolean(),
  journal: Id,
  lastSeq: Count,
  shippedSeq: Count,
  channels: Type.Array(ChannelStatus, { maxItems: 200 }),
})

export type ChannelStatus = Static<typeof ChannelStatus>
export type FepStatus = Static<typeof FepStatus>

// --- messages -----------------------------------------------------------------------------------

export interface Hello {
  is: 'hello'
  version: number
  name: string
}

export type Command = 'channel.stop' | 'channel.start' | 'channel.reload'

export type FromHub =
  | Hello
  | { is: 'ping' }
  | { is: 'answers'; answers: Answer[] }
  | { is: 'journal.ack'; id: number }
  | { is: 'describe'; id: number; channel: string; direction: 'in' | 'out'; bytes: string }
  | { is: 'command'; id: number; command: Command; channel: string }

export type FromFep =
  | Hello
  | { is: 'calls'; calls: Call[] }
  | ({ is: 'journal'; id: number } & JournalBatch)
  | { is: 'status'; status: FepStatus }
  | { is: 'described'; id: number; fields: DescribedField[] }
  | { is: 'commanded'; id: number }
  | { is: 'failed'; id: number; why: string }

const HelloShape = Type.Object({ is: Type.Literal('hello'), version: Count, name: Name })

const fromFepShape = Compile(
  Type.Union([
    Type.Object({
      is: Type.Literal('calls'),
      calls: Type.Array(
        Type.Object({
          id: Id,
          channel: Name,
          operation: Name,
          key: Type.Optional(KeyShape),
          input: Type.Object({}),
          remainingMs: Type.Number(),
          frameId: Id,
          at: Type.String({ maxLength: 32 }),
        }),
      ),
    }),
    Type.Object({
      is: Type.Literal('journal'),
      id: Count,
      journal: Id,
      records: Type.Array(JournalRecord),
    }),
    Type.Object({ is: Type.Literal('status'), status: FepStatus }),
    Type.Object({
      is: Type.Literal('described'),
      id: Count,
      fields: Type.Array(
        Type.Object({ path: Type.String(), label: Type.String(), value: Type.String() }),
        { maxItems: 1000 },
      ),
    }),
    Type.Object({ is: Type.Literal('commanded'), id: Count }),
    Type.Object({ is: Type.Literal('failed'), id: Count, why: Reason }),
    HelloShape,
  ]),
)

const fromHubShape = Compile(
  Type.Union([
    Type.Object({
      is: Type.Literal('answers'),
      answers: Type.Array(
        Type.Object({
          id: Id,
          outcome: Type.Union([
            Type.Object({ is: Type.Literal('done'), value: Type.Object({}) }),
            Type.Object({ is: Type.Literal('refused'), code: Name }),
            Type.Object({ is: Type.Literal('unknown'), why: Type.String() }),
          ]),
        }),
      ),
    }),
    Type.Object({ is: Type.Literal('ping') }),
    Type.Object({ is: Type.Literal('journal.ack'), id: Count }),
    Type.Object({
      is: Type.Literal('describe'),
      id: Count,
      channel: Name,
      direction: Type.Union([Type.Literal('in'), Type.Literal('out')]),
      bytes: Type.String({ maxLength: 100_000 }),
    }),
    Type.Object({
      is: Type.Literal('command'),
      id: Count,
      command: Type.Union([
        Type.Literal('channel.stop'),
        Type.Literal('channel.start'),
        Type.Literal('channel.reload'),
      ]),
      channel: Name,
    }),
    HelloShape,
  ]),
)

/** The message a fep sent, or an error: the connection is then closed. */
export function checkFromFep(message: unknown): FromFep {
  if (!fromFepShape.Check(message)) throw new Error('the fep sent a message of no known shape')
  if (message.is === 'calls' && !message.calls.every(isRequest)) {
    throw new Error('the fep sent an operation of no known shape')
  }
  return message as FromFep
}

export function checkFromHub(message: unknown): FromHub {
  if (!fromHubShape.Check(message)) throw new Error('the hub sent a message of no known shape')
  return message as FromHub
}

export const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(refusals, code)
