// What a connector is to the host that runs it. A connector is a value of pure functions over bytes
// and plain data: no socket, file, clock, randomness or key inside. The host (the fep) owns those,
// so a MAC is *claimed* by the connector (which bytes, which key by name) and *checked* by the
// host.
//
//   frame ─decode─▶ close | proof? + (refuse | operation)      answer ─encode─▶ bytes + seal?
//
// Everything that crosses this border is structured-cloneable: it goes through a process boundary.
import type { TObject } from 'typebox'
import type { StatementSpec } from './codec/statement.ts'
import type { RefusalCode } from './errors.ts'
import type { Input, OperationName, Output, PaymentKey } from './operations.ts'
import type { Outcome } from './outcome.ts'

/** How frames are cut out of a TCP stream, before any meaning (the papers' §1). */
export interface LengthFraming {
  /** How the length head is written, and how many bytes it has. */
  length: { as: 'binary-be' | 'ascii-digits'; bytes: number }
  /** Bytes that follow the head; a length outside closes the connection. */
  min: number
  max: number
}

export interface TcpWire {
  kind: 'tcp'
  framing: LengthFraming
  /** A further connection is closed at once. */
  maxConnections: number
  /** Requests worked at the same time on one connection; further ones wait unread. */
  maxInFlight: number
  /** `arrival`: answers leave in the order of the requests; `any`: as they become ready. */
  answerOrder: 'arrival' | 'any'
  /** From the first byte of a frame to its last. */
  frameWithinMs: number
  /** Silence after which the host closes. */
  idleMs: number
}

/** Where, within a frame (length head included), something stands: `[from, to)`. */
export type Span = readonly [from: number, to: number]

/** What the host must check before it believes a frame. The value never decides the algorithm. */
export type Proof =
  | { kind: 'mac'; algorithm: MacAlgorithm; key: string; over: Span; value: Span | null }
  | { kind: 'password'; secret: string; value: string }

export type MacAlgorithm = 'x9.19'

/** What the host must write into an answer before it sends it. */
export interface Seal {
  algorithm: MacAlgorithm
  key: string
  over: Span
  at: number
}

/** The request as the connector understood it, handed back to it for the answer. Plain data. */
export type Message = Record<string, unknown>

export type Decoded =
  | { is: 'close'; why: string }
  | {
      is: 'message'
      /** The exchange, as the partner calls it: `7772`, `0200.000000.000`. */
      exchange: string
      message: Message
      /**
       * Checked before `then`: a failure answers `message.unauthentic`, no key
       * `link.not_signed_on`.
       */
      proof?: Proof
      then: { is: 'refuse'; code: RefusalCode; path: string; why: string } | Asked
    }

/** A well-formed request: one canonical operation. */
export type Asked = {
  [N in OperationName]: { is: 'ask'; operation: N; key?: PaymentKey; input: Input<N> }
}[OperationName]

/** Work keys as the host drew them, for the sign-on answer: encrypted under the master key. */
export interface KeyDelivery {
  name: string
  encrypted: Uint8Array
  checkValue: Uint8Array
}

export interface Reply {
  exchange: string
  message: Message
  outcome: Outcome<Output<OperationName>>
  /** The host's Beijing clock, `2026-11-20T09:30:13`. */
  now: string
  /** Only for a sign-on that is done. */
  keys?: KeyDelivery[]
}

export interface Encoded {
  bytes: Uint8Array
  seal?: Seal
}

/** Work keys that the partner receives at sign-on and that protect the later messages. */
export interface WorkKeys {
  /** Secret that encrypts the work keys, by name. */
  master: string
  /** In the order of delivery. */
  names: readonly string[]
  algorithm: '3des-ede2'
  /** How long the previous key still passes after a change. */
  previousForMs: number
}

/** What the partner does when it gets no answer: fixes every unknown outcome (design.md §4). */
export type UnknownProfile = 'bank_reverses' | 'bank_reconciles' | 'we_query'

/** One way a partner can differ. What is not declared is answered `not supported`, never a stub. */
export interface Capabilities {
  operations: readonly OperationName[]
  unknown: UnknownProfile
}

/** Deadlines of the paper's R8. The bank waits `bankMs`; the host answers earlier. */
export interface Deadlines {
  queryMs: number
  otherMs: number
  bankMs: number
}

export interface Connector<Config = unknown> {
  /** Folder and channel name: `icbc`. */
  name: string
  /** As people call the partner: 中国工商银行. */
  title: string
  /** The paper this follows, with its version. */
  paper: string
  version: string
  wire: TcpWire
  /** JSON schema; its titles are the labels of the console's settings form. */
  config: TObject
  /** Secrets by name, with what an operator has to provide. Values stay with the host. */
  secrets: Record<string, { title: string; format: 'hex-16' | 'text' }>
  workKeys?: WorkKeys
  /** The partner's statement file 对账文件; absent: it delivers none. */
  statement?: StatementSpec
  capabilities: Capabilities
  deadlines: Deadlines
  decode(frame: Uint8Array, config: Config): Decoded
  encode(reply: Reply, config: Config): Encoded
  /** Overwrites what must never be logged, whether or not the frame can be decoded. In place. */
  mask(frame: Uint8Array): Uint8Array
  /** A request or an answer, field by field, for people; secrets masked. Never throws. */
  describe(frame: Uint8Array, direction: 'in' | 'out'): DescribedField[]
}

export interface DescribedField {
  path: string
  label: string
  value: string
}
