// The process of one connector. It has no environment, no files but the product's own, no child
// processes (Node's permission model), and its imports are limited to computation. It gets batches of
// jobs, runs the connector's pure functions, and answers each job on its own.
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import type { Connector, Message } from '@reli/sdk'
import { Value } from 'typebox/value'
import type {
  Batch,
  FromIsolate,
  Job,
  JobResult,
  Manifest,
  Masked,
  Start,
} from './isolate-protocol.ts'

/** Reasons go to a log; the first words say it. */
const reasonLength = 300

/** What computing over bytes may need; sockets, files, processes and threads are not among it. */
const allowedBuiltins = new Set(
  ['assert', 'buffer', 'crypto', 'events', 'stream', 'string_decoder', 'url', 'util'].map(
    (name) => `node:${name}`,
  ),
)

const sendToFep = process.send!.bind(process)

process.once('message', (start: Start) => {
  load(start).then(
    ({ connector, config }) => serve(connector, config),
    (error: unknown) => send({ is: 'unfit', why: String(error).slice(0, reasonLength) }),
  )
})

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
// system's work. It makes an honest mistake, such as a look-up over the network, fail at its first run.
function closeDoors(): void {
  for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']) {
    Reflect.deleteProperty(globalThis, name)
  }
  for (const name of ['getBuiltinModule', 'kill', '_kill', 'binding', 'send']) {
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

function serve(connector: Connector, config: unknown): void {
  process.on('message', ({ id, jobs }: Batch) => {
    send({ is: 'results', id, results: jobs.map((job) => attempt(connector, config, job)) })
  })
  const { decode, encode, mask, describe, ...facts } = connector
  const manifest: Manifest = JSON.parse(JSON.stringify(facts))
  send({ is: 'ready', manifest })
}

function attempt(connector: Connector, config: unknown, job: Job): JobResult {
  try {
    return { value: run(connector, config, job) }
  } catch (error) {
    return { failed: whereOf(error) }
  }
}

function run(connector: Connector, config: unknown, job: Job): unknown {
  switch (job.do) {
    case 'decode': {
      const decoded = connector.decode(job.frame, config)
      const masked = maskedOf(connector, job.frame)
      if (decoded.is === 'close') return { ...decoded, masked }
      return { ...decoded, message: serialize(decoded.message), masked }
    }
    case 'encode': {
      const message = deserialize(job.reply.message) as Message
      const encoded = connector.encode({ ...job.reply, message }, config)
      return { ...encoded, masked: maskedOf(connector, encoded.bytes) }
    }
    case 'describe':
      return connector.describe(job.frame, job.direction)
  }
}

/** A frame that cannot be masked is not logged at all. */
function maskedOf(connector: Connector, frame: Uint8Array): Masked {
  try {
    const masked = connector.mask(Uint8Array.prototype.slice.call(frame))
    return Buffer.compare(masked, frame) === 0 ? 'same' : masked
  } catch {
    return null
  }
}

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
  sendToFep(message)
}
