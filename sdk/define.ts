// How a connector is written: a table of exchanges, keyed by the partner's own code, and the few
// functions that differ from partner to partner. `defineConnector` turns that table into the value
// the host runs (connector.ts), so the order of the checks is the same for every partner:
//
//   open (walk; close) ─▶ exchange known ─▶ layout and values ─▶ admit (agreed parties) ─▶ ask
//
// and an answer is either the exchange's own layout, or the one layout of a refusal.
import type {
  Asked,
  Connector,
  Decoded,
  Encoded,
  KeyDelivery,
  Message,
  Proof,
  Reply,
  UnknownProfile,
} from './connector.ts'
import { Malformed, type RefusalCode } from './errors.ts'
import type { Input, OperationName, Output, PaymentKey } from './operations.ts'

/** Reads a request. `Wire` is what `open` made of the frame: its bytes, or its walked fields. */
export interface Reads<Wire, Request> {
  decode(wire: Wire): Request
}

/** Writes an accepted answer. */
export interface Writes<Response> {
  encode(response: Response): Uint8Array
}

/** What an answer may need besides the outcome and the request. */
export interface AnswerContext<Config> {
  /** The host's Beijing clock, `2026-11-20T09:30:13`. */
  now: string
  config: Config
  /** Only for a sign-on that is done. */
  keys: readonly KeyDelivery[]
}

/** The three mappings of an exchange, all pure. */
export interface Mapping<N extends OperationName, Request, Response, Config> {
  /** Names the payment; `payment.*` operations must have it. */
  key?(request: Request): PaymentKey
  toInput(request: Request): Input<N>
  toResponse(output: Output<N>, request: Request, context: AnswerContext<Config>): Response
}

export interface Exchange<
  Wire,
  Config = unknown,
  N extends OperationName = OperationName,
  Request = unknown,
  Response = unknown,
> extends Mapping<N, Request, Response, Config> {
  operation: N
  request: Reads<Wire, Request>
  response: Writes<Response>
}

/** One exchange. The layouts are the only source of types: the mappings are inferred from them. */
export function exchange<Wire, Config, N extends OperationName, Request, Response>(
  operation: N,
  layouts: { request: Reads<Wire, Request>; response: Writes<Response> },
  mapping: Mapping<N, NoInfer<Request>, NoInfer<Response>, Config>,
): Exchange<Wire, Config, N, Request, Response> {
  return { operation, request: layouts.request, response: layouts.response, ...mapping }
}

export interface Opened<Wire, Head> {
  /** The partner's own code of the exchange; one that `receive` lacks is refused as unknown. */
  exchange: string
  wire: Wire
  /** What any answer needs of the request, even of a malformed one. Plain data. */
  head: Head
}

/** Why a request is refused before the hub sees it, and where in the message the reason stands. */
export interface Fault {
  code: RefusalCode
  path: string
  why: string
}

type Declared<Config> = Omit<Connector<Config>, 'capabilities' | 'decode' | 'encode'>

export interface ConnectorSpec<Config, Wire, Head> extends Declared<Config> {
  /** What the partner does when it gets no answer. */
  unknown: UnknownProfile
  receive: Record<string, Exchange<Wire, Config>>
  /** Purely structural. A `Malformed` thrown here closes the connection without an answer. */
  open(frame: Uint8Array): Opened<Wire, Head>
  /** What the host must check; `request` is absent when the message could not be read. */
  prove?(opened: Opened<Wire, Head>, request: unknown): Proof | undefined
  /** Whether the parties named in a well-formed request are the agreed ones. */
  admit?(opened: Opened<Wire, Head>, request: unknown, config: Config): Fault | undefined
  /** The answer without content. `unknown`: the host does not know in time what became of it. */
  refuse(code: RefusalCode | 'unknown', head: Head, now: string): Uint8Array
  /** Says where the host writes its MAC into an answer. Absent: answers carry none. */
  seal?(bytes: Uint8Array): Encoded
}

export function defineConnector<Config, Wire, Head>(
  spec: ConnectorSpec<Config, Wire, Head>,
): Connector<Config> {
  const { unknown, receive, open, prove, admit, refuse, seal, ...declared } = spec
  const operations = [...new Set(Object.values(receive).map(({ operation }) => operation))]
  const exchanges = new Map(Object.entries(receive))

  return {
    ...declared,
    capabilities: { operations, unknown },
    decode: (frame, config) => {
      const opened = orMalformed(() => open(frame))
      if (opened instanceof Malformed) return { is: 'close', why: opened.message }
      return readMessage(exchanges.get(opened.exchange), opened, config)
    },
    encode: (reply, config) => {
      const { head, request } = reply.message as { head: Head; request: unknown }
      const bytes =
        reply.outcome.is === 'done'
          ? accept(exchanges.get(reply.exchange), reply, request, config)
          : refuse(reply.outcome.is === 'refused' ? reply.outcome.code : 'unknown', head, reply.now)
      return seal ? seal(bytes) : { bytes }
    },
  }

  function readMessage(
    known: Exchange<Wire, Config> | undefined,
    opened: Opened<Wire, Head>,
    config: Config,
  ): Decoded {
    if (!known) {
      const why = `${opened.exchange} is not in the paper`
      return decoded(opened, undefined, { code: 'message.unknown', path: 'exchange', why })
    }
    const request = orMalformed(() => known.request.decode(opened.wire))
    if (request instanceof Malformed) {
      const { path, why } = request
      return decoded(opened, undefined, { code: 'message.malformed', path, why })
    }
    return decoded(opened, request, admit?.(opened, request, config) ?? ask(known, request))
  }

  function decoded(opened: Opened<Wire, Head>, request: unknown, then: Fault | Asked): Decoded {
    const proof = prove?.(opened, request)
    return {
      is: 'message',
      exchange: opened.exchange,
      message: { head: opened.head, request } satisfies Message,
      ...(proof && { proof }),
      // biome-ignore lint/suspicious/noThenProperty: the contract's word; it is never callable.
      then: 'is' in then ? then : { is: 'refuse', ...then },
    }
  }
}

function ask<Wire, Config>(known: Exchange<Wire, Config>, request: unknown): Asked {
  const key = known.key?.(request)
  const input = known.toInput(request)
  // The exchange pairs the operation with its input; the union of all pairs cannot say so.
  return { is: 'ask', operation: known.operation, ...(key && { key }), input } as Asked
}

function accept<Wire, Config>(
  known: Exchange<Wire, Config> | undefined,
  { outcome, exchange, now, keys = [] }: Reply,
  request: unknown,
  config: Config,
): Uint8Array {
  if (!known || outcome.is !== 'done') throw new Error(`nothing to accept in ${exchange}`)
  return known.response.encode(known.toResponse(outcome.value, request, { now, config, keys }))
}

/** A fault of the message is a value here; any other exception is a bug and stays one. */
function orMalformed<T>(read: () => T): T | Malformed {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) return error
    throw error
  }
}
