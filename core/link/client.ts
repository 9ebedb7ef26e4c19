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
/** A person waits for these answers. */
const askWithinMs = 5000

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

export function dialFep(options: DialOptions): FepLink {
  const waiting = new Map<number, Waiting>()
  let line: Line<FromFep> | null = null
  let retry: NodeJS.Timeout | null = null
  let retryMs = firstRetryMs
  let isClosed = false
  let asked = 0

  dial()
  const heartbeat = setInterval(() => line?.isOpen && line.send({ is: 'ping' }), heartbeatMs)

  function dial(): void {
    const { serverName, ...tls } = options.tls
    const socket: TLSSocket = connect({
      ...tls,
      host: options.host,
      port: options.port,
      servername: serverName,
      minVersion: 'TLSv1.3',
      rejectUnauthorized: true,
    })
    const mine: Line<FromFep> = new Line<FromFep>(socket, {
      name: options.name,
      check: checkFromFep,
      deadAfterMs: options.deadAfterMs ?? deadAfterMs,
      onOpen: (fep) => {
        retryMs = firstRetryMs
        options.onLink?.({ is: 'up', fep })
      },
      onMessage: (message) => receive(mine, message, answer),
      onDrain: () => {},
      onClosed: (why) => lost(why),
    })
    const answer = batched((answers) => mine.send({ is: 'answers', answers }))
    line = mine
  }

  function lost(why: string): void {
    line = null
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer)
      reject(new Error(`link lost: ${why}`))
    }
    waiting.clear()
    options.onLink?.({ is: 'down', why })
    if (isClosed) return
    retry = setTimeout(dial, retryMs)
    retryMs = Math.min(retryMs * 2, lastRetryMs)
  }

  function receive(from: Line<FromFep>, message: FromFep, answer: ReturnType<typeof batched>) {
    switch (message.is) {
      case 'calls':
        return options.onCalls(message.calls, answer)
      case 'journal':
        return store(from, message.id, message)
      case 'status':
        return options.onStatus(message.status)
      case 'described':
      case 'commanded':
      case 'failed': {
        const asker = waiting.get(message.id)
        if (!asker) return
        waiting.delete(message.id)
        clearTimeout(asker.timer)
        if (message.is === 'failed') asker.reject(new Error(message.why))
        else asker.resolve(message)
        return
      }
      default:
        return
    }
  }

  function store(from: Line<FromFep>, id: number, { journal, records }: JournalBatch): void {
    options.onJournal({ journal, records }).then(
      () => from.send({ is: 'journal.ack', id }),
      // Not stored: the fep sends the same records again over the next line.
      (error: unknown) => from.close(`journal not stored: ${String(error)}`),
    )
  }

  function ask(message: (id: number) => FromHub): Promise<FromFep> {
    return new Promise((resolve, reject) => {
      if (!line?.isOpen) return reject(new Error('the fep is not connected'))
      const id = ++asked
      const timer = setTimeout(() => {
        waiting.delete(id)
        reject(new Error('the fep did not answer in time'))
      }, askWithinMs)
      waiting.set(id, { resolve, reject, timer })
      line.send(message(id))
    })
  }

  return {
    isUp: () => line?.isOpen ?? false,
    describe: async (channel, frame, direction) => {
      const bytes = Buffer.from(frame).toString('base64')
      const reply = await ask((id) => ({ is: 'describe', id, channel, direction, bytes }))
      return reply.is === 'described' ? reply.fields : []
    },
    command: async (command, channel) => {
      await ask((id) => ({ is: 'command', id, command, channel }))
    },
    close: () => {
      isClosed = true
      clearInterval(heartbeat)
      if (retry) clearTimeout(retry)
      line?.close('hub stopped')
    },
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
