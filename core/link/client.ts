// The hub's end of the link: dials one fep and keeps the line, for ever. What arrives is checked
// (`checkFromFep`) before anybody sees it; answers leave in batches, one message a turn of the
// loop.
import { connect, type TLSSocket } from 'node:tls'
import type { DescribedField } from '@reli/sdk'
import { deadAfterMs, heartbeatMs, Line } from './line.ts'
import {
  type Answer,
  type AnyOutcome,
  type Call,
  type Command,
  checkFromFep,
  type FepStatus,
  type FromFep,
  type FromHub,
  type JournalBatch,
} from './protocol.ts'
import type { Tls } from './server.ts'

/** A fep that restarts is back within a second; one that is off is not hammered. */
const firstRetryMs = 100
const lastRetryMs = 2000
/** Keeps a message of the longest bills far below the link's limit. */
const maxAnswers = 500
/** A person waits for these answers; a reload may load its connector for 15 s on a busy machine. */
const askWithinMs = 20_000

export interface DialOptions {
  host: string
  port: number
  /** Our client certificate, and the name that the fep's certificate must carry. */
  tls: Tls & { serverName: string }
  /** How this hub introduces itself. */
  name: string
  /** Runs calls; each is answered by its id, whenever it is ready, in any order. */
  onCalls(calls: Call[], answer: (id: string, outcome: AnyOutcome) => void): void
  /** Stores records; they count as delivered when this resolves. The same may come again. */
  onJournal(batch: JournalBatch): Promise<void>
  onStatus(status: FepStatus): void
  onLink?(state: { is: 'up'; fep: string } | { is: 'down'; why: string }): void
  deadAfterMs?: number
}

export interface FepLink {
  isUp(): boolean
  /** The fields of a frame, secrets masked, as the fep's connector reads them. */
  describe(channel: string, frame: Uint8Array, direction: 'in' | 'out'): Promise<DescribedField[]>
  command(command: Command, channel: string): Promise<void>
  close(): void
}

interface Waiting {
  resolve(message: FromFep): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

/** Dials at once and keeps the line until `close`. */
export const dialFep = (options: DialOptions): FepLink => new Dialler(options)

class Dialler implements FepLink {
  readonly #options: DialOptions
  readonly #waiting = new Map<number, Waiting>()
  readonly #heartbeat: NodeJS.Timeout
  #line: Line<FromFep> | null = null
  #retry: NodeJS.Timeout | null = null
  #retryMs = firstRetryMs
  #isClosed = false
  #asked = 0

  constructor(options: DialOptions) {
    this.#options = options
    this.#dial()
    this.#heartbeat = setInterval(() => {
      if (this.#line?.isOpen) this.#line.send({ is: 'ping' })
    }, heartbeatMs)
  }

  isUp(): boolean {
    return this.#line?.isOpen ?? false
  }

  async describe(
    channel: string,
    frame: Uint8Array,
    direction: 'in' | 'out',
  ): Promise<DescribedField[]> {
    const bytes = Buffer.from(frame).toString('base64')
    const reply = await this.#ask((id) => ({ is: 'describe', id, channel, direction, bytes }))
    return reply.is === 'described' ? reply.fields : []
  }

  async command(command: Command, channel: string): Promise<void> {
    await this.#ask((id) => ({ is: 'command', id, command, channel }))
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#heartbeat)
    if (this.#retry) clearTimeout(this.#retry)
    this.#line?.close('hub stopped')
  }

  #dial(): void {
    const { host, port, tls, name, onLink } = this.#options
    const { serverName: servername, ...files } = tls
    const socket: TLSSocket = connect({
      ...files,
      host,
      port,
      servername,
      minVersion: 'TLSv1.3',
      rejectUnauthorized: true,
    })
    const line: Line<FromFep> = new Line<FromFep>(socket, {
      name,
      check: checkFromFep,
      deadAfterMs: this.#options.deadAfterMs ?? deadAfterMs,
      onOpen: (fep) => {
        this.#retryMs = firstRetryMs
        onLink?.({ is: 'up', fep })
      },
      onMessage: (message) => this.#receive(line, message, answer),
      onDrain: () => {},
      onClosed: (why) => this.#lost(why),
    })
    const answer = batched((answers) => line.send({ is: 'answers', answers }))
    this.#line = line
  }

  #lost(why: string): void {
    this.#line = null
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(new Error(`link lost: ${why}`))
    }
    this.#waiting.clear()
    this.#options.onLink?.({ is: 'down', why })
    if (this.#isClosed) return
    this.#retry = setTimeout(() => this.#dial(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs)
  }

  #receive(line: Line<FromFep>, message: FromFep, answer: ReturnType<typeof batched>) {
    switch (message.is) {
      case 'calls':
        return this.#options.onCalls(message.calls, answer)
      case 'journal':
        return this.#store(line, message.id, message)
      case 'status':
        return this.#options.onStatus(message.status)
      case 'described':
      case 'commanded':
      case 'failed':
        return this.#replied(message)
      default:
        return
    }
  }

  #replied(message: FromFep & { id: number }): void {
    const asker = this.#waiting.get(message.id)
    if (!asker) return
    this.#waiting.delete(message.id)
    clearTimeout(asker.timer)
    if (message.is === 'failed') asker.reject(new Error(message.why))
    else asker.resolve(message)
  }

  #store(line: Line<FromFep>, id: number, { journal, records }: JournalBatch): void {
    this.#options.onJournal({ journal, records }).then(
      () => line.send({ is: 'journal.ack', id }),
      // Not stored: the fep sends the same records again over the next line.
      (error: unknown) => line.close(`journal not stored: ${String(error)}`),
    )
  }

  #ask(message: (id: number) => FromHub): Promise<FromFep> {
    return new Promise((resolve, reject) => {
      if (!this.#line?.isOpen) return reject(new Error('the fep is not connected'))
      const id = ++this.#asked
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new Error('the fep did not answer in time'))
      }, askWithinMs)
      this.#waiting.set(id, { resolve, reject, timer })
      this.#line.send(message(id))
    })
  }
}

/** Collects the answers of one turn of the event loop; a message holds at most `maxAnswers`. */
function batched(send: (answers: Answer[]) => void): (id: string, outcome: AnyOutcome) => void {
  const answers: Answer[] = []
  return (id, outcome) => {
    answers.push({ id, outcome })
    if (answers.length > 1) return
    setImmediate(() => {
      while (answers.length > 0) send(answers.splice(0, maxAnswers))
    })
  }
}
