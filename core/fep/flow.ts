// The way of one request through the fep, and of its answer back:
//
//   frame ─▶ decode ─▶ close
//                  └─▶ proof ─▶ refuse ────────────────────────▶ encode ─▶ seal ─▶ journal ─▶ send
//                           └─▶ journal ─▶ hub, with a deadline ─▶ outcome ▲
//
// Each step calls the next one back; the steps batch underneath (isolate, journal, link, socket),
// so there is no promise per frame. What may be said when something fails is fixed by what the fep
// knows (design.md §4): not forwarded → a refusal; forwarded and not answered in time → unknown.
import { done, type OperationName, type Outcome, refused, unknown } from '@reli/sdk'
import type { Mac } from '@reli/sdk/sign'
import type { CallDraft, Deadlines, Settled } from '../link/calls.ts'
import type { AnyOutcome } from '../link/protocol.ts'
import type { Exchange } from '../wire/tcp.ts'
import { beijingInstant } from './beijing.ts'
import type { ChannelStats } from './channel-stats.ts'
import type { Isolate, JobFailed } from './isolate.ts'
import type { Answering, DecodedFrame, EncodedFrame, Masked } from './isolate-protocol.ts'
import type { Journal } from './journal.ts'
import { checkProof, type Keys, sealAnswer, type Verdict } from './proof.ts'
import type { EventDetail, ReportEvent } from './security-events.ts'

/** Share of the partner's deadline kept for encoding, journaling and sending an answer (T_fep). */
const answerMargin = 0.1
/** A further share for the way over the link and back (T_hub). */
const linkMargin = 0.1

/** A connector as loaded, and how many requests are still with it. */
export interface Version {
  isolate: Isolate
  active: number
}

export interface FlowOptions {
  channel: string
  keys: Keys
  journal: Journal
  stats: ChannelStats
  report: ReportEvent
  deadlines: { queryMs: number; otherMs: number }
  /** The version that new requests begin on; they end on it too. */
  current(): Version
  onIdle(version: Version): void
  call(draft: CallDraft, deadlines: Deadlines, settle: (settled: Settled) => void): void
}

type Message = DecodedFrame & { is: 'message' }

interface Work {
  id: string
  exchange: Exchange
  /** The frame as the connector's process and the journal want it. */
  base64: string
  version: Version
  at: string
  decoded: Message | null
  operation: OperationName | null
  /** The key under which the request passed; only it may seal the answer. */
  under: Mac | undefined
}

const frameIds = newFrameIds()

export class Flow {
  readonly #options: FlowOptions

  constructor(options: FlowOptions) {
    this.#options = options
  }

  receive(exchange: Exchange): void {
    const { stats, current } = this.#options
    stats.count('frames')
    stats.lastMessageAt = Date.now()
    const version = current()
    version.active++
    const work: Work = {
      id: frameIds(),
      exchange,
      base64: exchange.frame.toString('base64'),
      version,
      at: beijingInstant(),
      decoded: null,
      operation: null,
      under: undefined,
    }
    version.isolate.decode(work.base64, (result) => this.#decoded(work, result))
  }

  #decoded(work: Work, result: DecodedFrame | JobFailed) {
    if ('failed' in result) {
      this.#journalFrame(work, null)
      this.#report(work, 'connector_failed', { reason: result.failed })
      return this.#close(work, 'connector failed')
    }
    if (result.is === 'close') {
      this.#journalFrame(work, result.masked)
      this.#report(work, 'closed', { reason: result.why })
      return this.#close(work, result.why)
    }
    work.decoded = result
    const verdict = this.#prove(work, result)
    if (!verdict) return this.#close(work, 'connector failed')
    if (verdict.is === 'failed') {
      const isKeyless = verdict.code === 'link.not_signed_on'
      this.#report(work, isKeyless ? 'not_signed_on' : 'unauthentic', { code: verdict.code })
      if (!isKeyless) this.#options.stats.count('unauthentic')
      return this.#refuseUnread(work, result, refused(verdict.code))
    }
    work.under = verdict.under
    if (result.then.is === 'refuse') {
      const { code, path, why } = result.then
      this.#options.stats.count('malformed')
      this.#report(work, 'malformed', { code, path, reason: why })
      return this.#refuseUnread(work, result, refused(code))
    }
    work.operation = result.then.operation
    if (result.then.operation === 'link.echo') return this.#refuseUnread(work, result, done({}))
    this.#journalFrame(work, result.masked, (error) => {
      if (error) this.#answer(work, notForwarded(work.operation!))
      else this.#forward(work)
    })
  }

  /** Null when the connector asks for something it never declared. */
  #prove(work: Work, { proof }: Message): Verdict | null {
    if (!proof) return { is: 'passed' }
    try {
      return checkProof(proof, work.exchange.frame, this.#options.keys)
    } catch (error) {
      this.#report(work, 'connector_failed', { reason: String(error) })
      return null
    }
  }

  /** Answers without the hub. The journal keeps order: when the answer is on disk, the frame is. */
  #refuseUnread(work: Work, { masked }: Message, outcome: AnyOutcome): void {
    this.#journalFrame(work, masked)
    this.#answer(work, outcome)
  }

  #forward(work: Work) {
    // An earlier request closed the connection, or the peer is gone: nothing was done, nothing is
    // said.
    if (!work.exchange.isLive()) return this.#end(work)
    const { then } = work.decoded!
    if (then.is !== 'ask') return
    const { queryMs, otherMs } = this.#options.deadlines
    const limit = then.operation === 'bill.query' ? queryMs : otherMs
    const { arrivedAt } = work.exchange
    const fepBy = arrivedAt + limit * (1 - answerMargin)
    const hubBy = arrivedAt + limit * (1 - answerMargin - linkMargin)
    // The connector paired operation, key and input, and `isRequest` checked it.
    const draft = {
      id: work.id,
      channel: this.#options.channel,
      operation: then.operation,
      ...(then.key && { key: then.key }),
      input: then.input,
      frameId: work.id,
      at: work.at,
    } as CallDraft
    this.#options.call(draft, { hubBy, fepBy }, (settled) => {
      this.#settled(work, settled.is === 'not_sent' ? notForwarded(then.operation) : settled)
    })
  }

  #settled(work: Work, outcome: AnyOutcome) {
    const { work: keyring } = this.#options.keys
    if (outcome.is === 'done' && keyring && work.operation === 'link.sign_on') {
      const keys = keyring.renew().map(({ name, encrypted, checkValue }) => ({
        name,
        encrypted: base64Of(encrypted),
        checkValue: base64Of(checkValue),
      }))
      this.#report(work, 'keys_changed', {})
      return this.#answer(work, outcome, keys)
    }
    if (outcome.is === 'done' && keyring && work.operation === 'link.sign_off') {
      keyring.drop()
      this.#report(work, 'keys_dropped', {})
    }
    this.#answer(work, outcome)
  }

  #answer(work: Work, outcome: AnyOutcome, keys?: Answering['keys']): void {
    const answering = { outcome, now: beijingInstant(), ...(keys && { keys }) }
    work.version.isolate.encode(work.base64, answering, (encoded) =>
      this.#encoded(work, outcome, encoded),
    )
  }

  #encoded(work: Work, outcome: AnyOutcome, encoded: EncodedFrame | JobFailed) {
    const fault = 'failed' in encoded ? encoded.failed : this.#seal(work, encoded)
    if (fault !== null || 'failed' in encoded) {
      this.#report(work, 'connector_failed', { reason: fault ?? '' })
      // Whatever was done, «not known in time» stays true, and its layout is a simple one.
      if (outcome.is === 'unknown') return this.#close(work, 'connector failed')
      return this.#answer(work, unknown('the answer could not be written'))
    }
    this.#journalAnswer(work, outcome, encoded, (error) => {
      if (error && outcome.is === 'done' && isMoney(work.operation)) {
        // An acknowledgement that leaves no trace could not be proved after a loss of the database.
        return this.#answer(work, unknown('the answer could not be journaled'))
      }
      this.#send(work, outcome, encoded.bytes)
    })
  }

  #seal(work: Work, { bytes, seal }: EncodedFrame): string | null {
    if (!seal) return null
    try {
      sealAnswer(bytes, seal, work.under)
      return null
    } catch (error) {
      return String(error)
    }
  }

  #send(work: Work, outcome: AnyOutcome, bytes: Uint8Array): void {
    const { stats } = this.#options
    work.exchange.answer(bytes)
    stats.count(outcome.is)
    stats.tookMs(performance.now() - work.exchange.arrivedAt)
    this.#end(work)
  }

  #close(work: Work, why: string): void {
    this.#options.stats.count('closed')
    work.exchange.close(why)
    this.#end(work)
  }

  #end(work: Work): void {
    work.version.active--
    if (work.version.active === 0) this.#options.onIdle(work.version)
  }

  #journalFrame(work: Work, masked: Masked, done?: (error: Error | null) => void): void {
    const { frame, peer } = work.exchange
    const then = work.decoded?.then
    this.#options.journal.append(
      {
        kind: 'in',
        at: work.at,
        channel: this.#options.channel,
        frame: work.id,
        ip: peer.ip,
        port: peer.port,
        ...(work.decoded && { exchange: work.decoded.exchange }),
        ...(then?.is === 'ask' && { operation: then.operation }),
        ...(then?.is === 'ask' && then.key && { key: then.key }),
        bytes: masked === 'same' ? work.base64 : masked,
        length: frame.length,
      },
      done,
    )
  }

  #journalAnswer(
    work: Work,
    outcome: Outcome<unknown>,
    { bytes, masked }: EncodedFrame,
    done: (error: Error | null) => void,
  ): void {
    this.#options.journal.append(
      {
        kind: 'out',
        at: beijingInstant(),
        channel: this.#options.channel,
        frame: work.id,
        outcome: outcome.is,
        ...(outcome.is === 'refused' && { code: outcome.code }),
        ...(outcome.is === 'unknown' && { why: outcome.why.slice(0, 300) }),
        bytes: masked === 'same' ? base64Of(bytes) : masked,
        length: bytes.length,
        tookMs: Math.round((performance.now() - work.exchange.arrivedAt) * 10) / 10,
      },
      done,
    )
  }

  #report(work: Work, event: Parameters<ReportEvent>[0], detail: EventDetail): void {
    const { ip, port } = work.exchange.peer
    this.#options.report(event, { frame: work.id, ip, port, ...detail })
  }
}

const businesslike: ReadonlySet<OperationName> = new Set([
  ...(['bill.query', 'day.totals'] as const),
  ...(['payment.pay', 'payment.result', 'payment.reverse'] as const),
])

/**
 * This frame was not forwarded, so «not now» is true. `system.failed` – nothing was booked – would
 * be more than a frame can say: the same key may be under way in another one, on a second
 * connection or before a restart (reliability.md F14), and a bank that hears it gives the money
 * back.
 */
const notForwarded = (operation: OperationName): AnyOutcome =>
  refused(businesslike.has(operation) ? 'system.busy' : 'system.failed')

const isMoney = (operation: OperationName | null): boolean =>
  operation === 'payment.pay' || operation === 'payment.reverse'

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** Unique over restarts: the moment of the start, then a count. */
function newFrameIds(): () => string {
  const start = Date.now().toString(36)
  let count = 0
  return () => `frm_${start}${process.pid.toString(36)}_${(++count).toString(36)}`
}
