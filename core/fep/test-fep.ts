// What the tests of the fep share: a fep with the test bank, its hub at the other end of the link,
// and the bank's side of a connection.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { done, fen } from '@reli/sdk'
import { decrypt3Des, macX919 } from '@reli/sdk/sign'
import { pino } from 'pino'
import { makeCertificates } from '../link/certificates.ts'
import { dialFep } from '../link/client.ts'
import type { AnyOutcome, Call, FepStatus, JournalRecord } from '../link/protocol.ts'
import type { FepConfig } from './config.ts'
import { type Fep, type FepOptions, startFep } from './main.ts'

export type Test = { teardown(end: () => unknown): void }

export const masterKey = '5D9E3C7A1F2B4860A7C4E1930B6D582F'
export const password = 'Rcu2025!'
const macBytes = 8

export async function until(isSo: () => boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Certificates, secrets and a configuration with one channel of the test bank. */
export async function newSite(t: Test): Promise<{ folder: string; config: FepConfig }> {
  const folder = mkdtempSync(join(tmpdir(), 'reli-fep-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  await makeCertificates({ folder: join(folder, 'tls'), feps: ['fep-1'], hubs: ['hub-1'] })
  mkdirSync(join(folder, 'secrets/bank'), { recursive: true })
  writeFileSync(join(folder, 'secrets/bank/TMK'), `${masterKey}\n`, { mode: 0o600 })
  writeFileSync(join(folder, 'secrets/bank/PIN'), password, { mode: 0o600 })
  const config: FepConfig = {
    name: 'fep-1',
    link: {
      host: '127.0.0.1',
      port: 0,
      ca: join(folder, 'tls/ca.crt'),
      cert: join(folder, 'tls/fep-1.crt'),
      key: join(folder, 'tls/fep-1.key'),
    },
    journal: { folder: join(folder, 'journal') },
    secrets: join(folder, 'secrets'),
    connectors: join(import.meta.dirname, 'test-connectors'),
    channels: [
      {
        channel: 'bank',
        company: 'demo',
        connector: 'bank',
        host: '127.0.0.1',
        port: 0,
        allowFrom: ['127.0.0.1'],
      },
    ],
  }
  return { folder, config }
}

export async function startTestFep(
  t: Test,
  { config }: { config: FepConfig },
  changes: Partial<FepOptions> = {},
): Promise<Fep> {
  const log = pino({ level: 'silent' })
  const fep = await startFep(config, { log, ...changes })
  t.teardown(() => fep.stop())
  return fep
}

export interface TestHub {
  link: ReturnType<typeof dialFep>
  calls: Call[]
  records: JournalRecord[]
  statuses: FepStatus[]
  /** What the hub says to a call; `null` keeps silent. */
  outcome: (call: Call) => AnyOutcome | null
  answer(id: string, outcome: AnyOutcome): void
}

/** A hub that books everything, unless told otherwise. */
export async function dialTestFep(t: Test, folder: string, port: number): Promise<TestHub> {
  const read = (name: string) => readFileSync(join(folder, 'tls', name))
  const hub: TestHub = {
    calls: [],
    records: [],
    statuses: [],
    outcome: book,
    answer: () => {},
    link: dialFep({
      host: '127.0.0.1',
      port,
      name: 'hub-1',
      tls: {
        ca: read('ca.crt'),
        cert: read('hub-1.crt'),
        key: read('hub-1.key'),
        serverName: 'fep-1',
      },
      onCalls: (calls, answer) => {
        hub.answer = answer
        for (const call of calls) {
          hub.calls.push(call)
          const outcome = hub.outcome(call)
          if (outcome) answer(call.id, outcome)
        }
      },
      onJournal: async ({ records }) => void hub.records.push(...records),
      onStatus: (status) => void hub.statuses.push(status),
    }),
  }
  t.teardown(() => hub.link.close())
  await until(() => hub.link.isUp())
  return hub
}

export function book({ operation, key }: Call): AnyOutcome {
  if (operation !== 'payment.pay') return done({})
  return done({
    customerNo: '0012345678',
    name: '张三',
    receiptNo: `R${key?.serial}`,
    amountFen: fen(271_530n),
    arrearsLeftFen: fen(0n),
    payableLeftFen: fen(0n),
  })
}

/** The bank's end of one connection. */
export class TestBank {
  readonly socket: Socket
  mak: Buffer | null = null
  isClosed = false
  #received = Buffer.alloc(0)
  #serial = 0

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.isClosed = true
    })
    this.socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
    })
  }

  /** Lower case: with a MAC under the bank's current key. Gives the serial. */
  send(code: string, { serial = this.nextSerial(), text = '', mac = this.mak } = {}): string {
    this.socket.write(this.frame(code, serial, text, mac))
    return serial
  }

  nextSerial(): string {
    return String(++this.#serial).padStart(6, '0')
  }

  frame(code: string, serial: string, text: string, mak: Buffer | null): Buffer {
    const words = Buffer.from(`${code}${serial}${text}`)
    const isSealed = code !== code.toUpperCase() && code !== '!'
    const mac = isSealed ? macX919(mak ?? Buffer.alloc(16, 0x5a))(words) : Buffer.alloc(0)
    return Buffer.concat([Buffer.from([0, words.length + mac.length]), words, mac])
  }

  /** The body of the answer with that serial, once it is there. */
  async answerBytes(serial: string): Promise<Buffer> {
    let found: Buffer | undefined
    await until(() => {
      found = this.#bodies().find((body) => body.toString('latin1', 1, 7) === serial)
      return found !== undefined
    })
    return found!
  }

  /** What it says; the MAC of a sealed answer is checked under the given key. */
  async answer(serial: string, mak = this.mak): Promise<string> {
    const body = await this.answerBytes(serial)
    const isSealed = body[0]! >= 0x61 && !/unauthentic|signed_on/.test(body.toString('latin1'))
    if (!isSealed) return body.toString('latin1', 7)
    const words = body.subarray(0, -macBytes)
    if (!macX919(mak!)(words).equals(body.subarray(-macBytes))) return 'wrong MAC'
    return words.toString('latin1', 7)
  }

  ask(code: string, options: Parameters<TestBank['send']>[1] = {}): Promise<string> {
    return this.answer(this.send(code, options))
  }

  /** Signs on and takes the new MAC key. */
  async signOn(): Promise<void> {
    const body = await this.answerBytes(this.send('S'))
    // PIK 16, KCV 4, MAK 16, KCV 4 stand behind the text.
    const wrapped = body.subarray(-20, -4)
    this.mak = decrypt3Des(Buffer.from(masterKey, 'hex'), wrapped)
  }

  has(serial: string): boolean {
    return this.#bodies().some((body) => body.toString('latin1', 1, 7) === serial)
  }

  #bodies(): Buffer[] {
    const bodies: Buffer[] = []
    for (let at = 0; at + 2 <= this.#received.length; ) {
      const end = at + 2 + this.#received.readUInt16BE(at)
      if (end > this.#received.length) break
      bodies.push(this.#received.subarray(at + 2, end))
      at = end
    }
    return bodies
  }
}
