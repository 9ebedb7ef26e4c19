// One live connection between fep and hub, the same at both ends: writes and reads messages, says
// hello, and gives up a peer that has fallen silent (a firewall that dropped the session says
// nothing).
import type { TLSSocket } from 'node:tls'
import { fromJson, toJson } from '@reli/sdk'
import { MessageReader, writeMessage } from './messages.ts'
import { type FromFep, type FromHub, linkVersion } from './protocol.ts'

/** Both ends say something at least this often. */
export const heartbeatMs = 1000
/** Several lost heartbeats, and a pause of garbage collection or a loaded machine on top. */
export const deadAfterMs = 5000

export interface LineOptions<In> {
  name: string
  check(message: unknown): In
  /** The peer has said hello in our version. */
  onOpen(peerName: string): void
  onMessage(message: In): void
  onDrain(): void
  onClosed(why: string): void
  deadAfterMs: number
}

export class Line<In extends FromFep | FromHub> {
  readonly #socket: TLSSocket
  readonly #options: LineOptions<In>
  readonly #reader = new MessageReader()
  #isOpen = false
  #why: string | null = null

  constructor(socket: TLSSocket, options: LineOptions<In>) {
    this.#socket = socket
    this.#options = options
    socket.setNoDelay(true)
    // Not the socket's own timeout: what we write ourselves would count as a sign of life.
    const silence = setTimeout(() => this.close('silence'), options.deadAfterMs)
    socket.on('data', (chunk: Buffer) => {
      silence.refresh()
      this.#read(chunk)
    })
    socket.on('drain', () => options.onDrain())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#why ??= error.code ?? error.message
    })
    socket.on('close', () => {
      clearTimeout(silence)
      options.onClosed(this.#why ?? 'closed by the peer')
    })
    this.send({ is: 'hello', version: linkVersion, name: options.name })
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#socket.destroyed
  }

  /** The peer does not keep up; what is written now only waits in memory. */
  get isStuffed(): boolean {
    return this.#socket.writableNeedDrain
  }

  send(message: FromFep | FromHub): void {
    this.sendText(toJson(message))
  }

  /** A message that is JSON text already. */
  sendText(text: string): void {
    if (!this.#socket.destroyed) this.#socket.write(writeMessage(text))
  }

  close(why: string): void {
    this.#why ??= why
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    try {
      for (const text of this.#reader.push(chunk)) this.#take(fromJson(text))
    } catch (error) {
      this.close(error instanceof Error ? error.message : 'unreadable message')
    }
  }

  #take(json: unknown) {
    if (this.#socket.destroyed) return
    const message = this.#options.check(json)
    if (message.is !== 'hello') {
      if (!this.#isOpen) throw new Error('the peer did not say hello first')
      return this.#options.onMessage(message)
    }
    if (message.version !== linkVersion) throw new Error(`link version ${message.version}`)
    if (this.#isOpen) throw new Error('the peer said hello twice')
    this.#isOpen = true
    this.#options.onOpen(message.name)
  }
}
