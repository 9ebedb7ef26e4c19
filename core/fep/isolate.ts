// One connector in a process of its own (design.md §5, reliability.md §1.7). While one batch is in
// flight the arrivals queue; then they go together, so one message carries many jobs under load and
// nobody waits at low load. A batch that is not answered in time is killed with its process.
//
//   starting ─▶ ready ⇄ restarting ─▶ fenced (too many failures within a minute; a person decides)
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type DescribedField, fromJson, toJson } from '@reli/sdk'
import { MessageReader, writeMessage } from '../link/messages.ts'
import type { IsolateState } from '../link/protocol.ts'
import {
  type Answering,
  type Batch,
  checkDecoded,
  checkDescribed,
  checkEncoded,
  checkFromIsolate,
  conversationFd,
  type DecodedFrame,
  type EncodedFrame,
  type FromIsolate,
  type Job,
  type JobResult,
  type Manifest,
  type Start,
} from './isolate-protocol.ts'

/** Leaves the child no environment at all, not even what a hook in this process would add to it. */
const withoutEnvironment = ['/usr/bin/env', '-i'] as const

/** A frame takes well under a millisecond; a second means it will never end. */
const batchWithinMs = 1000
/** Far below `batchWithinMs` even if each job took the 10 ms of a very slow machine. */
const maxBatch = 64
/** Loading TypeScript and a few packages on a busy machine. */
const startWithinMs = 15_000
/** Jobs wait so long for a process that restarts; longer, and the partner's deadline is gone. */
const queueWithinMs = 2000
/** V8's heap; a connector keeps nothing between frames. */
const heapMb = 128
/** Buffers live outside V8's heap, so the process as a whole is watched as well. */
const maxResidentBytes = 512 * 1024 * 1024
const memoryLookMs = 50
const pageBytes = 4096
/** So many failures within the window and the connector stays down until a person starts it. */
const fenceAfter = 5
const fenceWindowMs = 60_000
const firstRestartMs = 100
const mainFile = join(import.meta.dirname, 'isolate-main.ts')

export type JobFailed = { failed: string }

export interface IsolateOptions {
  /** The connector's file, below `root`. */
  file: string
  config: unknown
  /** The only folder that the process may read. */
  root: string
  startWithinMs?: number
  onEvent(event: { is: 'failed' | 'fenced' | 'restarted'; why: string }): void
}

export interface Isolate {
  readonly manifest: Manifest
  readonly state: IsolateState
  readonly pid: number | undefined
  /** Frames are base64 here, as the process and the journal want them. */
  decode(frame: string, done: (result: DecodedFrame | JobFailed) => void): void
  /** The answer to a request, which is given again as it came. */
  encode(
    frame: string,
    answering: Answering,
    done: (result: EncodedFrame | JobFailed) => void,
  ): void
  describe(frame: string, direction: 'in' | 'out'): Promise<DescribedField[]>
  /** Ends the process; jobs that still wait fail. */
  stop(): void
}

interface Waiting {
  job: Job
  done(result: JobResult): void
}

/** Resolves when the connector is loaded; rejects when it is unfit, with the reason. */
export async function startIsolate(options: IsolateOptions): Promise<Isolate> {
  const isolate = new ConnectorProcess(options)
  await isolate.loaded
  return isolate
}

class ConnectorProcess implements Isolate {
  readonly #options: IsolateOptions
  readonly loaded: Promise<void>
  #settleLoaded!: { resolve: () => void; reject: (error: Error) => void }
  #manifest: Manifest | null = null
  #state: IsolateState = 'starting'
  #child: ChildProcess | null = null
  #socket: Socket | null = null
  #queue: Waiting[] = []
  #flight: { id: number; jobs: Waiting[] } | null = null
  #batchId = 0
  #timer: NodeJS.Timeout | null = null
  #memory: NodeJS.Timeout | null = null
  #failures: number[] = []

  constructor(options: IsolateOptions) {
    this.#options = options
    this.loaded = new Promise((resolve, reject) => {
      this.#settleLoaded = { resolve, reject }
    })
    this.#start()
  }

  get manifest(): Manifest {
    return this.#manifest!
  }

  get state(): IsolateState {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  decode(frame: string, done: (result: DecodedFrame | JobFailed) => void) {
    this.#submit({ do: 'decode', frame }, (result) => done(checked(result, checkDecoded)))
  }

  encode(frame: string, answering: Answering, done: (result: EncodedFrame | JobFailed) => void) {
    this.#submit({ do: 'encode', frame, ...answering }, (result) =>
      done(checked(result, checkEncoded)),
    )
  }

  describe(frame: string, direction: 'in' | 'out'): Promise<DescribedField[]> {
    return new Promise((resolve, reject) => {
      this.#submit({ do: 'describe', frame, direction }, (result) => {
        const fields = checked(result, checkDescribed)
        if (Array.isArray(fields)) resolve(fields)
        else reject(new Error(fields.failed))
      })
    })
  }

  stop(): void {
    this.#state = 'stopped'
    this.#end('stopped')
    this.#failQueue('connector stopped')
  }

  #submit(job: Job, done: (result: JobResult) => void) {
    if (this.#state === 'fenced' || this.#state === 'stopped') {
      return done({ failed: `connector ${this.#state}` })
    }
    this.#queue.push({ job, done })
    if (this.#queue.length === 1 && !this.#flight) setImmediate(() => this.#send())
  }

  #send(): void {
    if (this.#state !== 'ready' || this.#flight || this.#queue.length === 0) return
    const jobs = this.#queue.splice(0, maxBatch)
    this.#flight = { id: ++this.#batchId, jobs }
    this.#deadline(batchWithinMs, 'batch not answered in time')
    this.#say({ is: 'jobs', id: this.#batchId, jobs: jobs.map(({ job }) => job) })
  }

  #start(): void {
    const [env, ...args] = withoutEnvironment
    const child = spawn(env, [...args, process.execPath, ...this.#flags(), mainFile], {
      // Whatever it prints may quote a message; reasons come back as results.
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    const socket = child.stdio[conversationFd] as Socket
    this.#child = child
    this.#socket = socket
    this.#deadline(this.#options.startWithinMs ?? startWithinMs, 'connector not loaded in time')
    const reader = new MessageReader()
    socket.on('data', (chunk: Buffer) => this.#read(child, reader, chunk))
    socket.on('error', () => {})
    child.on('error', () => {})
    child.on('exit', (code, signal) => this.#fail(child, `process ended (${signal ?? code})`))
    this.#say({ is: 'start', file: this.#options.file, config: this.#options.config })
    this.#memory = setInterval(() => this.#lookAtMemory(child), memoryLookMs)
    this.#memory.unref()
  }

  #flags(): string[] {
    return [
      '--conditions=reli-source',
      '--permission',
      `--allow-fs-read=${this.#options.root}`,
      `--max-old-space-size=${heapMb}`,
      '--no-warnings',
    ]
  }

  #say(message: Start | Batch): void {
    this.#socket?.write(writeMessage(toJson(message)))
  }

  #read(child: ChildProcess, reader: MessageReader, chunk: Buffer): void {
    try {
      for (const text of reader.push(chunk)) this.#receive(child, fromJson(text))
    } catch (error) {
      this.#fail(child, `unreadable message: ${String(error)}`)
    }
  }

  #receive(child: ChildProcess, received: unknown) {
    if (child !== this.#child) return
    const message = checkFromIsolate(received)
    if (!message) return this.#fail(child, 'message of no known shape')
    if (message.is === 'results') return this.#finish(child, message)
    if (message.is === 'unfit') {
      this.#settleLoaded.reject(new Error(message.why))
      return this.#fail(child, message.why)
    }
    // A restart runs the same file; a manifest that differs would contradict the open listener.
    this.#manifest ??= message.manifest
    this.#clearDeadline()
    if (this.#state === 'restarting') this.#options.onEvent({ is: 'restarted', why: 'loaded' })
    this.#state = 'ready'
    this.#settleLoaded.resolve()
    this.#send()
  }

  #finish(child: ChildProcess, { id, results }: FromIsolate & { is: 'results' }) {
    const flight = this.#flight
    if (flight?.id !== id || results.length !== flight.jobs.length) {
      return this.#fail(child, 'results of no known batch')
    }
    this.#flight = null
    this.#clearDeadline()
    // The next batch is on its way while we work through this one.
    this.#send()
    for (const [i, { done }] of flight.jobs.entries()) done(results[i]!)
    this.#send()
  }

  #fail(child: ChildProcess, why: string) {
    if (child !== this.#child) return
    this.#end(why)
    if (this.#state === 'stopped') return
    this.#options.onEvent({ is: 'failed', why })
    const now = performance.now()
    this.#failures = this.#failures.filter((at) => now - at < fenceWindowMs)
    this.#failures.push(now)
    if (!this.#manifest || this.#failures.length >= fenceAfter) return this.#fence(why)
    this.#state = 'restarting'
    const wait = firstRestartMs * 2 ** (this.#failures.length - 1)
    setTimeout(() => this.#state === 'restarting' && this.#start(), wait)
    const waiting = [...this.#queue]
    setTimeout(() => this.#expire(waiting), queueWithinMs)
  }

  #fence(why: string): void {
    this.#state = 'fenced'
    this.#settleLoaded.reject(new Error(why))
    this.#failQueue(why)
    if (this.#manifest) this.#options.onEvent({ is: 'fenced', why })
  }

  /** Takes the process away; the jobs of its batch fail, the queue stays. */
  #end(why: string): void {
    const child = this.#child
    this.#child = null
    this.#socket = null
    this.#clearDeadline()
    if (this.#memory) clearInterval(this.#memory)
    child?.kill('SIGKILL')
    const flight = this.#flight
    this.#flight = null
    for (const { done } of flight?.jobs ?? []) done({ failed: why })
  }

  #expire(waiting: Waiting[]): void {
    if (this.#state !== 'restarting') return
    const old = new Set(waiting)
    const expired = this.#queue.filter((each) => old.has(each))
    this.#queue = this.#queue.filter((each) => !old.has(each))
    for (const { done } of expired) done({ failed: 'connector is restarting' })
  }

  #failQueue(why: string): void {
    for (const { done } of this.#queue.splice(0)) done({ failed: why })
  }

  #lookAtMemory(child: ChildProcess): void {
    if (residentBytes(child.pid) > maxResidentBytes) this.#fail(child, 'takes too much memory')
  }

  #deadline(ms: number, why: string): void {
    const child = this.#child!
    this.#clearDeadline()
    this.#timer = setTimeout(() => this.#fail(child, why), ms)
  }

  #clearDeadline(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}

function checked<T>(result: JobResult, check: (value: unknown) => T | null): T | JobFailed {
  if ('failed' in result) return result
  return check(result.value) ?? { failed: 'result of no known shape' }
}

/** Zero where the system has no /proc; the heap limit still holds there. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes
  } catch {
    return 0
  }
}
