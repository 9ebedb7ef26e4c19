// The rural credit union's side of the wire: short connections, usually one exchange each, a static
// password, fixed lengths (its paper §1–§4). Layouts come from the connector's codec; what goes
// into them and what a reply must say, from here.
import { randomInt } from 'node:crypto'
import type { DayTotals, TotalsAnswer } from '@reli/sdk'
import { Malformed } from '@reli/sdk'
import { frameOf, type Layout } from '@reli/sdk/codec'
import * as codec from '../connectors/rcu/codec.ts'
import type { Delivery, Found, Heard, Line, Log, Paid, Payment, TakenBack } from './line.ts'
import { doesAddUp, nothing, type QuotedBill, unusable } from './line.ts'
import type { Parameters, RcuAgreed } from './parameters.ts'
import { Pool } from './socket.ts'

export interface RcuOptions {
  host: string
  port: number
  parameters: Parameters<RcuAgreed>
  log: Log
  /** R8: how long the bank waits for an answer. */
  answerWithinMs?: number
  connections?: number
  /** §1: one exchange per connection or several, as the bank likes. */
  exchangesPerConnection?: number
}

/** §1 and R8. */
const paper = { maxConnections: 10, answerWithinMs: 30_000, exchangesPerConnection: 1 } as const

const accepted = '0000000000'
const codeAndDateBytes = 12
const wrongPassword = 'not-the-password'

interface Transaction<Q, R> {
  code: string
  request: Layout<Q>
  response: Layout<R>
}

/** Head and business fields of a reply that is accepted. */
type Head = 'code' | 'date' | 'rsp' | 'msg'

export class RcuLine implements Line {
  readonly #options: RcuOptions
  readonly #pool: Pool
  #requests = 0

  constructor(options: RcuOptions) {
    this.#options = options
    this.#pool = new Pool({
      ...{ host: options.host, port: options.port, framing: codec.framing, keep: false },
      max: Math.min(options.connections ?? paper.maxConnections, paper.maxConnections),
      // Replies carry nothing that names their request for certain, so one waits for the other.
      inFlight: 1,
      uses: options.exchangesPerConnection ?? paper.exchangesPerConnection,
    })
  }

  /** §3: no sign-on. */
  async open(): Promise<void> {}

  async query(customerNo: string, bankDate: string): Promise<Heard<QuotedBill>> {
    const { org_id, outlets } = this.#options.parameters.agreed
    const row = { code: '7771', ...codec.query }
    const head = this.#head(row.code, bankDate, outlets[randomInt(outlets.length)]!)
    const heard = await this.#ask(row, { ...head, userNo: customerNo })
    return read(heard, (reply) => {
      must('user_no', reply.userNo === customerNo)
      must('org_id', reply.orgId === org_id)
      must('total_payable', doesAddUp(reply.seasons, reply.totalPayableFen))
      const { name, address, areaDm2, totalArrearsFen, totalPayableFen, seasons } = reply
      return { customerNo, name, address, areaDm2, totalArrearsFen, totalPayableFen, seasons }
    })
  }

  async pay(payment: Payment, delivery?: Delivery): Promise<Heard<Paid>> {
    const { customerNo, amountFen, serial, bankDate, outlet } = payment
    const row = { code: '7772', ...codec.pay }
    const password = delivery === 'bad_proof' ? wrongPassword : undefined
    const request = {
      ...this.#head(row.code, bankDate, outlet, password),
      ...{ userNo: customerNo, amountFen, hostSeq: serial, orgId: this.#orgId() },
    }
    return read(await this.#ask(row, request, delivery), (reply) => {
      must('user_no', reply.userNo === customerNo)
      must('host_seq', reply.hostSeq === serial)
      return { receiptNo: reply.receiptNo }
    })
  }

  async result({ bankDate, serial, outlet }: Payment): Promise<Heard<Found>> {
    const row = { code: '7778', ...codec.result }
    const request = { ...this.#head(row.code, bankDate, outlet), hostSeq: serial }
    return read(await this.#ask(row, request), (reply): Found => {
      const { state, amountFen, receiptNo } = reply
      must('host_seq', reply.hostSeq === serial)
      must('receipt_no', (state === 'paid') === (receiptNo !== undefined))
      return { state, amountFen, ...(receiptNo ? { receiptNo } : {}) }
    })
  }

  async reverse({ bankDate, serial, outlet }: Payment): Promise<Heard<TakenBack>> {
    const row = { code: '7773', ...codec.reverse }
    const head = this.#head(row.code, bankDate, outlet)
    const heard = await this.#ask(row, { ...head, hostSeq: serial, orgId: this.#orgId() })
    return read(heard, (reply): TakenBack => {
      must('host_seq', reply.hostSeq === serial)
      return { effect: reply.effect }
    })
  }

  async totals(bankDate: string, day: DayTotals): Promise<Heard<TotalsAnswer>> {
    const { outlets } = this.#options.parameters.agreed
    const row = { code: '7776', ...codec.totals }
    const heard = await this.#ask(row, { ...this.#head(row.code, bankDate, outlets[0]!), ...day })
    return read(heard, ({ paidCount, paidFen, reversedCount, reversedFen, equal }) => {
      return { paidCount, paidFen, reversedCount, reversedFen, equal }
    })
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #ask<Q, R extends Record<Head, string>>(
    row: Transaction<Q, R>,
    request: Q & Record<'code' | 'date' | 'bankNo', string>,
    delivery?: Delivery,
  ): Promise<Heard<R>> {
    const body = row.request.encode(request)
    const reply = await this.#pool.request({
      id: `r${++this.#requests}`,
      frame: frameOf(codec.framing, body),
      delivery,
      ahead: delivery === 'two_in_one' ? this.#echo(request) : undefined,
      withinMs: this.#options.answerWithinMs ?? paper.answerWithinMs,
    })
    if (reply.is === 'nothing') return nothing(reply.why, reply.sent)
    try {
      return this.#understand(row, body, reply.bytes.subarray(codec.framing.length.bytes))
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#options.log(`unusable answer to ${row.code}: ${error.message}`)
      return unusable(error.message)
    }
  }

  #understand<R extends Record<Head, string>>(
    row: Pick<Transaction<never, R>, 'response'>,
    request: Uint8Array,
    reply: Buffer,
  ): Heard<R> {
    const head = reply.subarray(0, codeAndDateBytes)
    must('code', head.equals(request.subarray(0, codeAndDateBytes)))
    const isRefused = reply.length === codec.refusal.width
    const told = isRefused ? codec.refusal.decode(reply) : row.response.decode(reply)
    must('msg', told.msg !== '')
    if (!isRefused) {
      must('rsp', told.rsp === accepted)
      return { is: 'accepted', value: told as R }
    }
    must('rsp', told.rsp !== accepted)
    const code = told.rsp
    const reason = this.#options.parameters.reasonOf[code] ?? code
    return { is: reason === 'auth_error' ? 'unproven' : 'refused', code, reason }
  }

  #echo({ date, bankNo }: Record<'date' | 'bankNo', string>) {
    const body = codec.echo.request.encode(this.#head('7779', date, bankNo))
    return { id: `r${++this.#requests}`, frame: frameOf(codec.framing, body) }
  }

  #head(code: string, date: string, bankNo: string, password?: string) {
    return { code, date, bankNo, password: password ?? this.#options.parameters.agreed.password }
  }

  #orgId(): string {
    return this.#options.parameters.agreed.org_id
  }
}

function read<R, T>(heard: Heard<R>, take: (reply: R) => T): Heard<T> {
  if (heard.is !== 'accepted') return heard
  try {
    return { is: 'accepted', value: take(heard.value) }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return unusable(error.message)
  }
}

function must(path: string, isRight: boolean): void {
  if (!isRight) throw new Malformed(path, 'is not as in the paper')
}
