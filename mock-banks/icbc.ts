// ICBC's side of the wire: up to 4 long connections with up to 8 requests in flight on each,
// matched by F11; work keys from every sign-on; X9.19 over everything but sign-on and echo (its
// paper §1–§4). Field tables come from the connector's codec; which fields, and what they must say,
// from here.
import type { DayTotals, TotalsAnswer } from '@reli/sdk'
import { dm2, fen, Malformed } from '@reli/sdk'
import { type FieldValue, tlv, type Walked, writeLength } from '@reli/sdk/codec'
import { checkValue, decrypt3Des, isDoubleKey, type Mac, macX919, sameBytes } from '@reli/sdk/sign'
import { framing, iso, macBytes, mtiAt, tags } from '../connectors/icbc/codec.ts'
import { beijingClock } from './day.ts'
import type { Delivery, Found, Heard, Line, Log, Paid, Payment, TakenBack } from './line.ts'
import { doesAddUp, nothing, type QuotedBill, unusable } from './line.ts'
import type { IcbcAgreed, Parameters } from './parameters.ts'
import { type Link, Pool } from './socket.ts'

export interface IcbcOptions {
  host: string
  port: number
  parameters: Parameters<IcbcAgreed>
  log: Log
  /** R8: how long the bank waits for an answer. */
  answerWithinMs?: number
  connections?: number
  /** §1: silence after which the bank sends an echo. */
  echoAfterMs?: number
  signOnEveryMs?: number
  now?: () => Date
}

interface Keys {
  mac: Mac
}

interface Transaction {
  mti: string
  /** F60.1 and F60.3. */
  type: string
  code: string
  /** Fields of an accepted reply, §4. */
  accepted: readonly number[]
  keyed: boolean
}

const paper = {
  maxConnections: 4,
  inFlight: 8,
  answerWithinMs: 15_000,
  echoAfterMs: 60_000,
  signOnEveryMs: 1_000,
} as const

const signOn = row('0800', '00', '003', [11, 12, 13, 39, 41, 42, 60, 62], false)
const echo = row('0820', '00', '301', [11, 12, 13, 39, 41, 42, 60], false)
const query = row('0200', '01', '000', [3, 11, 12, 13, 32, 37, 39, 41, 42, 60, 62, 64])
const pay = row('0200', '22', '000', [3, 4, 11, 12, 13, 15, 25, 32, 37, 39, 41, 42, 49, 60, 62, 64])
const result = row('0200', '02', '000', [3, 4, 11, 12, 13, 32, 37, 39, 41, 42, 60, 62, 64])
const reverse = row('0400', '22', '000', [3, 4, 11, 12, 13, 15, 32, 37, 39, 41, 42, 49, 60, 62, 64])
const totals = row('0500', '00', '201', [11, 12, 13, 32, 39, 41, 42, 48, 60, 64])

function row(mti: string, type: string, code: string, accepted: number[], keyed = true) {
  return { mti, type, code, accepted, keyed } satisfies Transaction
}

const asked = tlv(tags, { '5F01': 'M', '5F03': 'M', '5F04': 'M', '5F0A': 'O' })
const asksResult = tlv(tags, { '5F03': 'M', '5F04': 'M' })
const bill = tlv(tags, {
  ...{ '5F01': 'M', '5F05': 'M', '5F06': 'M', '5F07': 'M', '5F08': 'M' },
  ...{ '5F09': 'M', '5F0A': 'M', '5F0B': 'M', '5F0C': 'many' },
} as const)
const receipt = tlv(tags, { '5F01': 'M', '5F08': 'M', '5F0D': 'M' })
const found = tlv(tags, { '5F0D': 'O', '5F0F': 'M' })
const takenBack = tlv(tags, { '5F0E': 'M' })

const states: Record<string, Found['state']> = {
  ...{ 0: 'not_received', 1: 'paid', 2: 'reversed', 3: 'refused', 9: 'in_process' },
}

export class IcbcLine implements Line {
  readonly #options: IcbcOptions
  readonly #agreed: IcbcAgreed
  readonly #pool: Pool
  #bankDate = ''
  #keys: Keys | undefined
  #signingOn: Promise<Keys | undefined> | undefined
  #trace = 0
  #closed = false

  constructor(options: IcbcOptions) {
    this.#options = options
    this.#agreed = options.parameters.agreed
    this.#pool = new Pool({
      ...{ host: options.host, port: options.port, framing },
      max: Math.min(options.connections ?? paper.maxConnections, paper.maxConnections),
      ...{ inFlight: paper.inFlight, uses: Number.POSITIVE_INFINITY, keep: true },
      silenceMs: options.echoAfterMs ?? paper.echoAfterMs,
      onSilence: (link) => void this.#echo(link),
      matchOf: traceOf,
    })
  }

  async open(bankDate: string): Promise<void> {
    this.#bankDate = bankDate
    this.#keys = undefined
    while (!this.#closed && !(await this.#signedOn())) {
      await pause(this.#options.signOnEveryMs ?? paper.signOnEveryMs)
    }
  }

  async query(customerNo: string, bankDate: string): Promise<Heard<QuotedBill>> {
    const f37 = `9${this.#nextTrace()}`.padEnd(12, '0')
    const f62 = asked.encode({ '5F01': customerNo, ...this.#counter() })
    const fields = { 3: '310000', ...this.#sent(), ...this.#parties(), 37: f37, 62: f62 }
    return this.#ask(query, bankDate, fields, (walked) =>
      quoted(customerNo, bill.decode(iso.content(walked, 62)!)),
    )
  }

  async pay(payment: Payment, delivery?: Delivery): Promise<Heard<Paid>> {
    const { customerNo, outlet, teller, billToken } = payment
    const values = { '5F01': customerNo, '5F03': outlet, '5F04': teller, '5F0A': billToken }
    const fields = {
      ...{ 3: '000000', 4: amount(payment), ...this.#sent(payment.at), 22: '012', 25: '00' },
      ...{ ...this.#parties(), 37: payment.serial, 49: '156', 62: asked.encode(values) },
    }
    const heard = (walked: Walked): Paid => {
      const t = receipt.decode(iso.content(walked, 62)!)
      must('62.5F01', t['5F01'] === customerNo)
      return { receiptNo: t['5F0D'] }
    }
    return this.#ask(pay, payment.bankDate, fields, heard, delivery)
  }

  async result(payment: Payment): Promise<Heard<Found>> {
    const { bankDate, serial, outlet, teller } = payment
    const f62 = asksResult.encode({ '5F03': outlet, '5F04': teller })
    const fields = { 3: '380000', ...this.#sent(), ...this.#parties(), 37: serial, 62: f62 }
    return this.#ask(result, bankDate, fields, (walked): Found => {
      const t = found.decode(iso.content(walked, 62)!)
      const state = states[t['5F0F']]!
      must('62.5F0D', (state === 'paid') === (t['5F0D'] !== undefined))
      const amountFen = fen(BigInt(iso.text(walked, 4)))
      return { state, amountFen, ...(t['5F0D'] ? { receiptNo: t['5F0D'] } : {}) }
    })
  }

  async reverse(payment: Payment, why: 'no_answer' | 'cancelled'): Promise<Heard<TakenBack>> {
    const { customerNo, outlet, teller } = payment
    const f62 = asked.encode({ '5F01': customerNo, '5F03': outlet, '5F04': teller })
    const fields = {
      ...{ 3: '000000', 4: amount(payment), ...this.#sent(), ...this.#parties() },
      ...{ 37: payment.serial, 39: why === 'no_answer' ? '98' : '06', 49: '156', 62: f62 },
    }
    return this.#ask(reverse, payment.bankDate, fields, (walked): TakenBack => {
      const flag = takenBack.decode(iso.content(walked, 62)!)['5F0E']
      return { effect: flag === '0' ? 'reversed' : 'blocked' }
    })
  }

  async totals(bankDate: string, day: DayTotals): Promise<Heard<TotalsAnswer>> {
    const fields = { ...this.#sent(), ...this.#parties(), 48: totalsText(day) }
    return this.#ask(totals, bankDate, fields, (walked) => totalsOf(iso.text(walked, 48)))
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#pool.close()
  }

  /** One keyed exchange: sign on if need be, send, check, read. */
  async #ask<T>(
    row: Transaction,
    bankDate: string,
    fields: Record<number, FieldValue>,
    read: (walked: Walked) => T,
    delivery?: Delivery,
  ): Promise<Heard<T>> {
    const keys = this.#keys ?? (await this.#signedOn())
    if (!keys) return nothing('not signed on', false)
    const { id, frame } = this.#pack(row, bankDate, fields, keys)
    if (delivery === 'bad_proof') frame[frame.length - 1]! ^= 0xff
    const ahead = delivery === 'two_in_one' ? this.#pack(echo, bankDate, {}) : undefined
    const withinMs = this.#options.answerWithinMs ?? paper.answerWithinMs
    const reply = await this.#pool.request({ id, frame, delivery, ahead, withinMs })
    if (reply.is === 'nothing') return nothing(reply.why, reply.sent)
    try {
      return this.#understand(row, frame, reply.bytes, keys, read)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#options.log(`unusable answer to ${row.mti}: ${error.message}`)
      return unusable(error.message)
    }
  }

  #understand<T>(
    row: Transaction,
    request: Buffer,
    bytes: Buffer,
    keys: Keys | undefined,
    read: (walked: Walked) => T,
  ): Heard<T> {
    const { tpdu_reply, header } = this.#agreed
    must('TPDU', bytes.toString('hex', 2, mtiAt).toUpperCase() === tpdu_reply + header)
    const walked = iso.walk(bytes)
    must('mti', walked.mti === replyTo(row.mti))
    const code = iso.text(walked, 39)
    const reason = this.#options.parameters.reasonOf[code] ?? code
    const sent = iso.walk(request)
    if (code === '88' || code === 'A0') {
      iso.mustHave(walked, refusedFields(sent, false))
      if (this.#keys === keys) this.#keys = undefined
      return { is: 'unproven', code, reason }
    }
    const isAccepted = code === '00'
    iso.mustHave(walked, isAccepted ? row.accepted : refusedFields(sent, row.keyed))
    mustEcho(sent, walked, row === result ? [4] : [])
    if (keys && !isMacRight(bytes, keys)) return { is: 'unproven', code, reason: 'wrong_mac' }
    if (!isAccepted) {
      must('63', iso.text(walked, 63).length > 0)
      return { is: 'refused', code, reason }
    }
    if (walked.present.includes(15))
      must('15', iso.text(walked, 15) === iso.text(sent, 60).slice(4, 8))
    return { is: 'accepted', value: read(walked) }
  }

  /** Signs on once for all that wait; a wrong check value or a refusal gives no keys. */
  #signedOn(): Promise<Keys | undefined> {
    this.#signingOn ??= this.#signOn().finally(() => {
      this.#signingOn = undefined
    })
    return this.#signingOn
  }

  async #signOn(): Promise<Keys | undefined> {
    const { id, frame } = this.#pack(signOn, this.#bankDate, {})
    const withinMs = this.#options.answerWithinMs ?? paper.answerWithinMs
    const reply = await this.#pool.request({ id, frame, withinMs })
    if (reply.is === 'nothing') return this.#noKeys(reply.why)
    try {
      const heard = this.#understand(signOn, frame, reply.bytes, undefined, (walked) =>
        this.#unwrap(iso.content(walked, 62)!),
      )
      if (heard.is === 'accepted') this.#keys = heard.value
      else this.#noKeys(heard.is === 'nothing' ? heard.why : heard.reason)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#noKeys(error.message)
    }
    return this.#keys
  }

  #noKeys(why: string): undefined {
    if (!this.#closed) this.#options.log(`not signed on: ${why}`)
  }

  /** §3: `E(PIK) | KCV | E(MAK) | KCV` under the TMK. */
  #unwrap(block: Buffer): Keys {
    must('62', block.length === 40)
    const tmk = Buffer.from(this.#agreed.tmk, 'hex')
    const [pik, mak] = [0, 20].map((at) => {
      const key = decrypt3Des(tmk, block.subarray(at, at + 16))
      must('62.KCV', sameBytes(checkValue(key), block.subarray(at + 16, at + 20)))
      must('62.key', isDoubleKey(key))
      return key
    }) as [Buffer, Buffer]
    must('62.PIK', !pik.equals(mak))
    return { mac: macX919(mak) }
  }

  async #echo(link: Link): Promise<void> {
    const { id, frame } = this.#pack(echo, this.#bankDate, {})
    const withinMs = this.#options.answerWithinMs ?? paper.answerWithinMs
    const reply = await link.request({ id, frame, withinMs })
    if (reply.is === 'nothing') link.close()
  }

  #pack(row: Transaction, bankDate: string, fields: Record<number, FieldValue>, keys?: Keys) {
    const id = this.#nextTrace()
    const { terminal, merchant, tpdu_request, header } = this.#agreed
    const f60 = `${row.type}${bankDate.slice(2).replaceAll('-', '')}${row.code}`
    const frame = iso.pack(row.mti, {
      ...fields,
      ...{ 11: id, 41: terminal, 42: merchant, 60: f60 },
      ...(keys ? { 64: Buffer.alloc(macBytes) } : {}),
    })
    frame.write(tpdu_request + header, 2, 'hex')
    writeLength(framing, frame)
    if (keys) keys.mac(frame.subarray(mtiAt, -macBytes)).copy(frame, frame.length - macBytes)
    return { id, frame }
  }

  #nextTrace(): string {
    this.#trace = (this.#trace % 999_999) + 1
    return String(this.#trace).padStart(6, '0')
  }

  #sent(at?: string) {
    const now = at ?? beijingClock(this.#options.now?.() ?? new Date())
    return { 12: now.slice(11).replaceAll(':', ''), 13: now.slice(5, 10).replace('-', '') }
  }

  #parties() {
    return { 32: this.#agreed.institution }
  }

  #counter() {
    return { '5F03': this.#agreed.outlets[0]!, '5F04': this.#agreed.teller }
  }
}

const amount = ({ amountFen }: Payment) => amountFen.toString().padStart(12, '0')
/** 0200 is answered by 0210, 0820 by 0830. */
const replyTo = (mti: string) => `${mti.slice(0, 2)}${Number(mti[2]) + 1}0`
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function must(path: string, isRight: boolean): void {
  if (!isRight) throw new Malformed(path, 'is not as in the paper')
}

/** F11 of a reply, or nothing when it cannot be walked: then nobody is waiting for it. */
function traceOf(reply: Buffer): string | undefined {
  try {
    return iso.text(iso.walk(reply), 11)
  } catch {
    return undefined
  }
}

/** §4: what a refused reply holds, given its request. */
function refusedFields({ present }: Walked, withMac: boolean): number[] {
  const copied = [3, 11, 32, 37, 41, 42, 60].filter((field) => present.includes(field))
  return [...copied, 12, 13, 39, 63, ...(withMac ? [64] : [])].sort((a, b) => a - b)
}

/** §4: these come back byte for byte wherever both messages have them. */
function mustEcho(sent: Walked, reply: Walked, except: number[]): void {
  for (const field of [3, 4, 11, 25, 32, 37, 41, 42, 49, 60]) {
    const [a, b] = [iso.wire(sent, field), iso.wire(reply, field)]
    if (a && b && !except.includes(field)) must(String(field), a.equals(b))
  }
}

const isMacRight = (bytes: Buffer, { mac }: Keys): boolean =>
  sameBytes(mac(bytes.subarray(mtiAt, -macBytes)), bytes.subarray(-macBytes))

function quoted(customerNo: string, t: ReturnType<typeof bill.decode>): QuotedBill {
  must('62.5F01', t['5F01'] === customerNo)
  must('62.5F0B', Number(t['5F0B']) === t['5F0C'].length)
  const seasons = t['5F0C'].map(seasonOf)
  const totalPayableFen = fen(BigInt(t['5F09']))
  must('62.5F09', doesAddUp(seasons, totalPayableFen))
  return {
    ...{ customerNo, name: t['5F05'], address: t['5F06'], areaDm2: dm2(BigInt(t['5F07'])) },
    ...{ totalArrearsFen: fen(BigInt(t['5F08'])), totalPayableFen },
    ...{ billToken: t['5F0A'], seasons },
  }
}

function seasonOf(text: string) {
  const at = (place: number) => fen(BigInt(text.slice(9 + place * 12, 21 + place * 12)))
  return {
    ...{ season: text.slice(0, 9), receivableFen: at(0), outstandingFen: at(1) },
    ...{ lateFeeFen: at(2), discountFen: at(3), payableFen: at(4) },
  }
}

/** F48: paid count 8, paid fen 14, reversed count 8, reversed fen 14. */
const totalsText = ({ paidCount, paidFen, reversedCount, reversedFen }: DayTotals): string =>
  [paidCount, paidFen, reversedCount, reversedFen]
    .map((figure, at) => String(figure).padStart(at % 2 === 0 ? 8 : 14, '0'))
    .join('')

function totalsOf(text: string): TotalsAnswer {
  must('48', /^\d{44}[01]$/.test(text))
  return {
    ...{ paidCount: Number(text.slice(0, 8)), paidFen: fen(BigInt(text.slice(8, 22))) },
    ...{ reversedCount: Number(text.slice(22, 30)), reversedFen: fen(BigInt(text.slice(30, 44))) },
    equal: text[44] === '0',
  }
}
