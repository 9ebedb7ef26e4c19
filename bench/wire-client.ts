// A bank's side of the wire for the bench: real ISO 8583 frames with their MACs, sealed beforehand,
// so that the clock measures the product and not the one who asks; every answer's MAC is checked
// after it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { cutFrames } from '@reli/sdk/codec'
import { decrypt3Des, type Mac, macX919, sameBytes } from '@reli/sdk/sign'
import * as paper from '../connectors/icbc/codec.ts'

export interface Payment {
  customerNo: string
  amountFen: bigint
  serial: string
}

interface Parameters {
  institution: string
  terminal: string
  merchant: string
  tmk: string
  outlets: string[]
  teller: string
}

/** F11 stands behind MTI, bitmap, F3 and F4; an accepted answer has them all. */
const traceAt = paper.mtiAt + 2 + 8 + 3 + 6
const traceBytes = 3
const mac = (frame: Uint8Array, { seal }: Keys) =>
  seal(frame.subarray(paper.mtiAt, frame.length - paper.macBytes))

interface Keys {
  seal: Mac
}

export interface WireClient {
  /** Frames for these payments, sealed with today's key. */
  seal(payments: readonly Payment[]): Uint8Array[]
  /** Sends all, keeping `inFlight` on the way; the answers in the order of the requests. */
  send(frames: readonly Uint8Array[], inFlight: number): Promise<Buffer[]>
  /** Accepted, and sealed by who holds the key. */
  isAccepted(answer: Buffer): boolean
  close(): void
}

export async function openWire(
  port: number,
  connections: number,
  bankDate: string,
  agreed: Parameters,
): Promise<WireClient> {
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      await once(socket, 'connect')
      return socket
    }),
  )
  const now = bankDate.slice(5).replace('-', '')
  const yymmdd = bankDate.slice(2).replaceAll('-', '')
  const party = { 41: agreed.terminal, 42: agreed.merchant }
  const keys = await signOn(sockets[0]!, { yymmdd, party, tmk: agreed.tmk })
  return {
    seal: (payments) =>
      payments.map(({ customerNo, amountFen, serial }, at) => {
        const f = {
          ...party,
          3: '000000',
          4: `${amountFen}`.padStart(12, '0'),
          11: traceOf(at),
          12: '120000',
          13: now,
          22: '012',
          25: '00',
          32: agreed.institution,
          37: serial,
          49: '156',
          60: `22${yymmdd}000`,
        }
        const t = { '5F01': customerNo, '5F03': agreed.outlets[0]!, '5F04': agreed.teller }
        const frame = paper.pay.request.encode({ f, t } as never)
        frame.set(mac(frame, keys), frame.length - paper.macBytes)
        return frame
      }),
    send: (frames, inFlight) => pump(sockets, frames, inFlight),
    isAccepted: (answer) => {
      const walked = paper.walkReply(answer)
      return (
        paper.iso.text(walked, 39) === '00' &&
        sameBytes(mac(answer, keys), answer.subarray(answer.length - paper.macBytes))
      )
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

const traceOf = (at: number) => `${at % 1_000_000}`.padStart(6, '0')

interface SignOn {
  yymmdd: string
  party: Record<number, string>
  tmk: string
}

async function signOn(socket: Socket, { yymmdd, party, tmk }: SignOn): Promise<Keys> {
  socket.write(
    paper.signOn.request.encode({
      f: { ...party, 11: '000001', 60: `00${yymmdd}003` },
      t: undefined,
    } as never),
  )
  const [chunk] = await once(socket, 'data')
  const answer = paper.walkReply(cutFrames(paper.framing, chunk as Buffer).frames[0]!)
  assert.equal(paper.iso.text(answer, 39), '00', 'the sign-on was refused')
  // F62: PIK 16, its check value 4, then MAK 16, its check value 4 (paper §3).
  const block = paper.iso.content(answer, 62)!
  return { seal: macX919(decrypt3Des(Buffer.from(tmk, 'hex'), block.subarray(20, 36))) }
}

function pump(
  sockets: readonly Socket[],
  frames: readonly Uint8Array[],
  inFlight: number,
): Promise<Buffer[]> {
  const answers = new Array<Buffer>(frames.length)
  let next = 0
  let done = 0
  return new Promise((resolve, reject) => {
    for (const socket of sockets) {
      let rest: Buffer = Buffer.alloc(0)
      const onData = (chunk: Buffer) => {
        const cut = cutFrames(
          paper.framing,
          rest.length === 0 ? chunk : Buffer.concat([rest, chunk]),
        )
        rest = Buffer.from(cut.rest)
        for (const frame of cut.frames) {
          const at = Number(Buffer.from(frame).toString('hex', traceAt, traceAt + traceBytes))
          answers[at] = Buffer.from(frame)
          done++
        }
        const batch: Uint8Array[] = []
        for (let more = cut.frames.length; more > 0 && next < frames.length; more--)
          batch.push(frames[next++]!)
        if (batch.length > 0) socket.write(Buffer.concat(batch))
        if (done === frames.length) {
          for (const each of sockets) each.removeAllListeners('data')
          resolve(answers)
        }
      }
      socket.on('data', onData)
      socket.once('close', () => reject(new Error('the fep closed the connection')))
      const share = Math.ceil(inFlight / sockets.length)
      const first = frames.slice(next, next + share)
      next += first.length
      socket.write(Buffer.concat(first))
    }
  })
}
