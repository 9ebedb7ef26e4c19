// The process of one connector. It has no environment, no files but the product's own, no child
// processes (Node's permission model), and its imports are limited to computation. It gets batches
// of jobs, runs the connector's pure functions, and answers each job on its own.
import { registerHooks } from 'node:module'
import { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { type Connector, type Decoded, fromJson, toJson } from '@reli/sdk'
import { Value } from 'typebox/value'
import { MessageReader, writeMessage } from '../link/messages.ts'
import {
  type Batch,
  conversationFd,
  type FromIsolate,
  type Job,
  type JobResult,
  type Manifest,
  type Masked,
  type Start,
} from './isolate-protocol.ts'

/** Reasons go to a log; the first words say it. */
const reasonLength = 300

type Message = Decoded & { is: 'message' }

/** What computing over bytes may need; sockets, files, processes and threads are not among it. */
const allowedBuiltins = new Set(
  ['assert', 'buffer', 'crypto', 'events', 'stream', 'string_decoder', 'url', 'util'].map(
    (name) => `node:${name}`,
  ),
)

/** Requests whose answers are still to be written. More than any wire has in flight. */
const maxRemembered = 4096

const fep = new Socket({ fd: conversationFd })
const reader = new MessageReader()
let serve: (batch: Batch) => void = () => {}

fep.on('data', (chunk: Buffer) => {
  for (const text of reader.push(chunk)) {
    const message = fromJson<Start | Batch>(text)
    if (message.is === 'jobs') serve(message)
    else start(message)
  }
})
// The fep is gone: nothing is left to do.
fep.on('error', () => process.exit(0))
fep.on('close', () => process.exit(0))

function start(message: Start): void {
  load(message).then(
    ({ connector, config }) => {
      const served = new Served(connector, config)
      serve = ({ id, jobs }) =>
        send({ is: 'results', id, results: jobs.map((job) => served.attempt(job)) })
      send({ is: 'ready', manifest: served.manifest() })
    },
    (error: unknown) => {
      const why = String(error).replace(/^Error: /, '')
      send({ is: 'unfit', why: why.slice(0, reasonLength) })
    },
  )
}

async function load({ file, config: given }: Start) {
  closeDoors()
  const module: { default?: Connector } = await import(pathToFileURL(file).href)
  const connector = module.default
  if (typeof connector?.decode !== 'function') {
    throw new Error(`${file} has no connector as default export`)
  }
  const config = Value.Default(connector.config, given)
  // «schema is false» is how an unwanted property is first reported; the next fault names it.
  const fault = Value.Errors(connector.config, config).find(({ keyword }) => keyword !== 'boolean')
  if (fault) throw new Error(`config${fault.instancePath}: ${fault.message}`)
  return { connector, config }
}

// Not a wall against hostile code (Node says so itself, reliability.md §1.7); that is the operating
// system's work. It makes an honest mistake, such as a look-up over the network, fail at its first
// run.
function closeDoors(): void {
  for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']) {
    Reflect.deleteProperty(globalThis, name)
  }
  for (const name of ['getBuiltinModule', 'kill', '_kill', 'binding']) {
    Reflect.deleteProperty(process, name)
  }
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      if (resolved.url.startsWith('node:') && !allowedBuiltins.has(resolved.url)) {
        throw new Error(`a connector may not use ${resolved.url}`)
      }
      return resolved
    },
  })
}

class Served {
  readonly #connector: Connector
  readonly #config: unknown
  /** Decoded frames by their base64. What was forgotten is decoded again: decoding is pure. */
  readonly #remembered = new Map<string, Message>()

  constructor(connector: Connector, config: unknown) {
    this.#connector = connector
    this.#config = config
  }

  manifest(): Manifest {
    const { decode, encode, mask, describe, ...facts } = this.#connector
    return JSON.parse(JSON.stringify(facts))
  }

  attempt(job: Job): JobResult {
    try {
      return { value: this.#run(job) }
    } catch (error) {
      return { failed: whereOf(error) }
    }
  }

  #run(job: Job): unknown {
    switch (job.do) {
      case 'decode':
        return this.#decode(job.frame)
      case 'encode':
        return this.#encode(job)
      case 'describe':
        return this.#connector.describe(Buffer.from(job.frame, 'base64'), job.direction)
    }
  }

  #decode(base64: string): unknown {
    const frame = Buffer.from(base64, 'base64')
    const decoded = this.#connector.decode(frame, this.#config)
    const masked = maskedOf(this.#connector, frame)
    if (decoded.is === 'close') return { ...decoded, masked }
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear()
    this.#remembered.set(base64, decoded)
    const { message, ...known } = decoded
    return { ...known, masked }
  }

  #encode({ frame, outcome, now, keys }: Job & { do: 'encode' }): unknown {
    const decoded = this.#remembered.get(frame) ?? this.#again(frame)
    this.#remembered.delete(frame)
    const { exchange, message } = decoded
    const delivered = keys?.map(({ name, encrypted, checkValue }) => ({
      name,
      encrypted: Buffer.from(encrypted, 'base64'),
      checkValue: Buffer.from(checkValue, 'base64'),
    }))
    const reply = { exchange, message, outcome, now, ...(delivered && { keys: delivered }) }
    const { bytes, seal } = this.#connector.encode(reply, this.#config)
    return { bytes: base64Of(bytes), seal, masked: maskedOf(this.#connector, bytes) }
  }

  #again(frame: string): Message {
    const decoded = this.#connector.decode(Buffer.from(frame, 'base64'), this.#config)
    if (decoded.is === 'close') throw new Error('the request cannot be walked')
    return decoded
  }
}

/** A frame that cannot be masked is not logged at all. */
function maskedOf(connector: Connector, frame: Uint8Array): Masked {
  try {
    const masked = connector.mask(Uint8Array.prototype.slice.call(frame))
    return Buffer.compare(masked, frame) === 0 ? 'same' : base64Of(masked)
  } catch {
    return null
  }
}

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** Kind and place of an exception. Its text may quote the message, and so a password. */
function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return 'threw something that is no error'
  const place = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? ''
  return `${error.name}${place.replace(/file:\/\/\S*\/(?=[^/]+\/[^/]+$)/, '').trimEnd()}`.slice(
    0,
    reasonLength,
  )
}

function send(message: FromIsolate): void {
  fep.write(writeMessage(toJson(message)))
}
