// What the fep and the process of a connector say to each other: batches of jobs, batches of
// results, written like the messages of the link; bytes as base64, as the journal wants them too
// (V8's own serialiser costs several times as much). A connector is not trusted: every result is
// checked here.
import {
  type Asked,
  type Connector,
  type DescribedField,
  type Proof,
  type RefusalCode,
  refusals,
  type Seal,
} from '@reli/sdk'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { AnyOutcome } from '../link/protocol.ts'
import { isRequest } from '../link/shapes.ts'

/** Where the process finds its end of the conversation. */
export const conversationFd = 3

/** First message to the child: which connector, with which settings. */
export interface Start {
  is: 'start'
  file: string
  config: unknown
}

/** The facts of a connector; what is left when its functions are taken away. */
export type Manifest = Omit<Connector, 'decode' | 'encode' | 'mask' | 'describe'>

/** Bytes as base64. */
type Base64 = string

export type Job =
  | { do: 'decode'; frame: Base64 }
  | ({ do: 'encode'; frame: Base64 } & Answering)
  | { do: 'describe'; frame: Base64; direction: 'in' | 'out' }

/** `Reply` without what the frame itself says: decoding is pure, so the frame is kept instead. */
export interface Answering {
  outcome: AnyOutcome
  now: string
  keys?: { name: string; encrypted: Base64; checkValue: Base64 }[]
}

export interface Batch {
  is: 'jobs'
  id: number
  jobs: Job[]
}

export type JobResult = { value: unknown } | { failed: string }

export type FromIsolate =
  | { is: 'ready'; manifest: Manifest }
  | { is: 'unfit'; why: string }
  | { is: 'results'; id: number; results: JobResult[] }

/** A frame as the connector understood it. */
export type DecodedFrame =
  | { is: 'close'; why: string; masked: Masked }
  | {
      is: 'message'
      exchange: string
      proof?: Proof
      then: { is: 'refuse'; code: RefusalCode; path: string; why: string } | Asked
      masked: Masked
    }

export interface EncodedFrame {
  bytes: Buffer
  seal?: Seal
  masked: Masked
}

/** The frame with its secrets overwritten; `same` when it held none, null when masking failed. */
export type Masked = Base64 | 'same' | null

/** Frames are short of 64 KiB on every wire; a longer answer is a connector's mistake. */
const maxFrameBytes = 65_536

const Bytes = Type.String({ minLength: 1, maxLength: maxFrameBytes * 2 })
const Offset = Type.Integer({ minimum: 0, maximum: maxFrameBytes })
const Span = Type.Tuple([Offset, Offset])
const Name = Type.String({ minLength: 1, maxLength: 64 })
const Why = Type.String({ maxLength: 1000 })
const MaskedShape = Type.Union([Type.Null(), Bytes])

const ProofShape = Type.Union([
  Type.Object({
    kind: Type.Literal('mac'),
    algorithm: Type.Literal('x9.19'),
    key: Name,
    over: Span,
    value: Type.Union([Span, Type.Null()]),
  }),
  Type.Object({ kind: Type.Literal('password'), secret: Name, value: Type.String() }),
])

const decodedShape = Compile(
  Type.Union([
    Type.Object({
      is: Type.Literal('message'),
      exchange: Name,
      proof: Type.Optional(ProofShape),
      // biome-ignore lint/suspicious/noThenProperty: the contract's word; it is never callable.
      then: Type.Union([
        Type.Object({
          is: Type.Literal('ask'),
          operation: Name,
          key: Type.Optional(Type.Unknown()),
          input: Type.Unknown(),
        }),
        Type.Object({ is: Type.Literal('refuse'), code: Name, path: Why, why: Why }),
      ]),
      masked: MaskedShape,
    }),
    Type.Object({ is: Type.Literal('close'), why: Why, masked: MaskedShape }),
  ]),
)

export function checkDecoded(value: unknown): DecodedFrame | null {
  if (!decodedShape.Check(value)) return null
  if (value.is === 'close') return value as DecodedFrame
  const { then } = value
  const isSound = then.is === 'ask' ? isRequest(then) : Object.hasOwn(refusals, then.code)
  return isSound ? (value as DecodedFrame) : null
}

const encodedShape = Compile(
  Type.Object({
    bytes: Bytes,
    seal: Type.Optional(
      Type.Object({ algorithm: Type.Literal('x9.19'), key: Name, over: Span, at: Offset }),
    ),
    masked: MaskedShape,
  }),
)

export function checkEncoded(value: unknown): EncodedFrame | null {
  if (!encodedShape.Check(value)) return null
  const { bytes: base64, ...rest } = value as Omit<EncodedFrame, 'bytes'> & { bytes: Base64 }
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length > 0 && bytes.length <= maxFrameBytes ? { ...rest, bytes } : null
}

const describedShape = Compile(
  Type.Array(
    Type.Object({
      path: Type.String({ maxLength: 200 }),
      label: Type.String({ maxLength: 200 }),
      value: Type.String({ maxLength: 4000 }),
    }),
    { maxItems: 1000 },
  ),
)

export const checkDescribed = (value: unknown): DescribedField[] | null =>
  describedShape.Check(value) ? value : null

const Milliseconds = Type.Integer({ minimum: 1, maximum: 3_600_000 })

const ManifestShape = Type.Object({
  name: Name,
  title: Name,
  paper: Type.String({ maxLength: 200 }),
  version: Name,
  wire: Type.Object({
    kind: Type.Literal('tcp'),
    framing: Type.Object({
      length: Type.Object({
        as: Type.Union([Type.Literal('binary-be'), Type.Literal('ascii-digits')]),
        bytes: Type.Integer({ minimum: 1, maximum: 6 }),
      }),
      min: Offset,
      max: Offset,
    }),
    maxConnections: Type.Integer({ minimum: 1, maximum: 10_000 }),
    maxInFlight: Type.Integer({ minimum: 1, maximum: 1000 }),
    answerOrder: Type.Union([Type.Literal('arrival'), Type.Literal('any')]),
    frameWithinMs: Milliseconds,
    idleMs: Milliseconds,
  }),
  config: Type.Object({}),
  secrets: Type.Record(
    Name,
    Type.Object({
      title: Name,
      format: Type.Union([Type.Literal('hex-16'), Type.Literal('text')]),
    }),
  ),
  workKeys: Type.Optional(
    Type.Object({
      master: Name,
      names: Type.Array(Name, { minItems: 1, maxItems: 8 }),
      algorithm: Type.Literal('3des-ede2'),
      previousForMs: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
    }),
  ),
  capabilities: Type.Object({
    operations: Type.Array(Name),
    unknown: Type.Union([
      Type.Literal('bank_reverses'),
      Type.Literal('bank_reconciles'),
      Type.Literal('we_query'),
    ]),
  }),
  deadlines: Type.Object({ queryMs: Milliseconds, otherMs: Milliseconds, bankMs: Milliseconds }),
})

const fromIsolateShape = Compile(
  Type.Union([
    Type.Object({
      is: Type.Literal('results'),
      id: Type.Integer(),
      results: Type.Array(
        Type.Union([
          Type.Object({ value: Type.Unknown() }),
          Type.Object({ failed: Type.String({ maxLength: 1000 }) }),
        ]),
      ),
    }),
    Type.Object({ is: Type.Literal('ready'), manifest: ManifestShape }),
    Type.Object({ is: Type.Literal('unfit'), why: Type.String({ maxLength: 2000 }) }),
  ]),
)

export const checkFromIsolate = (message: unknown): FromIsolate | null =>
  fromIsolateShape.Check(message) ? (message as FromIsolate) : null
