// A heating company of a hundred lines for the tests of the banks: it keeps R1–R6 of the papers in
// one map, speaks both dialects with the connectors' codecs, and misbehaves exactly when it is told
// to.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Fen, fen } from '@reli/sdk'
import { cutFrames, frameOf, type Walked } from '@reli/sdk/codec'
import { drawKey, type Mac, macX919, sameBytes, wrapKey } from '@reli/sdk/sign'
import * as icbc from '../connectors/icbc/codec.ts'
import * as rcu from '../connectors/rcu/codec.ts'
import { type IcbcAgreed, type RcuAgreed, readParameters } from './parameters.ts'
import type { BankName } from './statement.ts'

export type Asked = 'sign_on' | 'echo' | 'query' | 'pay' | 'result' | 'reverse' | 'totals'

/** What to do with the nth question of a kind: answer as the paper says, or not. */
export type Script = (asked: Asked, nth: number) => 'as_agreed' | 'silence' | 'close' | string

interface Known {
  state: 'paid' | 'reversed' | 'blocked'
  customerNo: string
  amountFen: Fen
}

export interface TestHost {
  port: number
  /** By serial: what this heating company believes. */
  known: Map<string, Known>
  asked: Asked[]
  connections: () => number
  close(): Promise<void>
}

export const parametersFile = (bank: BankName): string =>
  new URL(`../connectors/${bank}/vectors/${bank}.json`, import.meta.url).pathname

/** Everybody owes this, always. */
export const owedFen = fen(271530)

const receiptNo = 'R261120000001'
const states = { not_received: '0', paid: '1', reversed: '2', blocked: '2' } as const

interface Question {
  asked: Asked
  serial: string
  customerNo: string
  amountFen: Fen
  /** Only in totals: they come back as they were asked. */
  figures?: object
}

/** The reason for a refusal, or nothing, and what a reply needs to know. */
interface Decision {
  refused?: string
  state: keyof typeof states
  effect: 'reversed' | 'blocked'
  amountFen: Fen
}

function decide(known: Map<string, Known>, question: Question): Decision {
  const { asked, serial, customerNo, amountFen } = question
  const before = known.get(serial)
  const answer: Decision = {
    ...{ state: before?.state ?? 'not_received', effect: 'reversed' },
    amountFen: before?.amountFen ?? fen(0),
  }
  if (asked === 'pay') {
    if (before && before.state !== 'paid') return { ...answer, refused: 'already_reversed' }
    if (before && before.amountFen !== amountFen) return { ...answer, refused: 'duplicate_serial' }
    known.set(serial, { state: 'paid', customerNo, amountFen })
  }
  if (asked === 'reverse') {
    if (before && before.state !== 'blocked') known.set(serial, { ...before, state: 'reversed' })
    else {
      known.set(serial, { state: 'blocked', customerNo, amountFen })
      answer.effect = 'blocked'
    }
  }
  return answer
}

type Reply = { bytes: Buffer } | 'silence' | 'close'

export async function startHost(bank: BankName, script: Script = () => 'as_agreed') {
  const known = new Map<string, Known>()
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const dialect = bank === 'icbc' ? icbcDialect() : rcuDialect()

  const work = (frame: Buffer): Reply => {
    const question = dialect.read(frame)
    if ('refused' in question) return { bytes: dialect.refuse(frame, question.refused) }
    asked.push(question.asked)
    const nth = asked.filter((it) => it === question.asked).length
    const wish = script(question.asked, nth)
    if (wish === 'silence' || wish === 'close') return wish
    if (wish !== 'as_agreed') return { bytes: dialect.refuse(frame, wish) }
    const decision = decide(known, question)
    if (decision.refused) return { bytes: dialect.refuse(frame, decision.refused) }
    return { bytes: dialect.accept(frame, question, decision) }
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    let rest: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      const cut = cutFrames(dialect.framing, Buffer.concat([rest, bytes]))
      rest = Buffer.from(cut.rest)
      for (const frame of cut.frames) {
        const reply = work(Buffer.from(frame))
        if (reply === 'close') socket.destroy()
        else if (reply !== 'silence') socket.write(reply.bytes)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host: TestHost = {
    ...{ port: (server.address() as AddressInfo).port, known, asked },
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return host
}

const codesOf = (reasonOf: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(reasonOf).map(([code, reason]) => [reason, code]))

// ── ICBC ──

/** The connector's layouts by what they ask, with their types let go: a test fills them by hand. */
interface LooseLayout {
  request: { decode(walked: Walked): { t?: Record<string, string> } }
  response: { encode(message: { f: Record<number, string>; t: unknown }): Uint8Array }
}
const layouts = {
  ...{ sign_on: icbc.signOn, echo: icbc.echo, query: icbc.query, pay: icbc.pay },
  ...{ result: icbc.result, reverse: icbc.reverse, totals: icbc.totals },
} as unknown as Record<Asked, LooseLayout>

function icbcDialect() {
  const { agreed, reasonOf } = readParameters<IcbcAgreed>(parametersFile('icbc'))
  const codes = codesOf(reasonOf)
  const { iso, macBytes, mtiAt } = icbc
  let mac: Mac | undefined

  const kindOf = (walked: ReturnType<typeof iso.walk>): Asked => {
    if (walked.mti === '0800') return 'sign_on'
    if (walked.mti === '0820') return 'echo'
    if (walked.mti === '0400') return 'reverse'
    if (walked.mti === '0500') return 'totals'
    const byCode = { '310000': 'query', '000000': 'pay', '380000': 'result' } as const
    return byCode[iso.text(walked, 3) as keyof typeof byCode]
  }
  const sealed = (frame: Buffer): Buffer => {
    if (iso.walk(frame).present.includes(64)) {
      mac!(frame.subarray(mtiAt, -macBytes)).copy(frame, frame.length - macBytes)
    }
    return frame
  }
  const refuse = (frame: Buffer, reason: string): Buffer => {
    const walked = icbc.walkRequest(frame)
    const code = codes[reason]!
    const copied = [3, 11, 32, 37, 41, 42, 60].filter((field) => walked.present.includes(field))
    const values = Object.fromEntries(copied.map((it) => [it, { wire: iso.wire(walked, it)! }]))
    const bare = code === '88' || code === 'A0' || walked.mti === '0800'
    const own = {
      12: '093013',
      13: '1120',
      39: code,
      63: '拒绝',
      ...(bare ? {} : { 64: icbc.noMac }),
    }
    return sealed(icbc.packFrame(icbc.replyMti(walked.mti), { ...values, ...own }))
  }
  return {
    framing: icbc.framing,
    refuse,
    read(frame: Buffer): Question | { refused: string } {
      const walked = icbc.walkRequest(frame)
      const asked = kindOf(walked)
      if (walked.present.includes(64)) {
        if (!mac) return { refused: 'not_signed_on' }
        const right = mac(frame.subarray(mtiAt, -macBytes))
        if (!sameBytes(right, frame.subarray(-macBytes))) return { refused: 'auth_error' }
      }
      const text = (field: number) =>
        walked.present.includes(field) ? iso.text(walked, field) : ''
      const { t } = layouts[asked].request.decode(walked)
      return {
        ...{ asked, serial: text(37), customerNo: t?.['5F01'] ?? '' },
        amountFen: fen(BigInt(text(4) || '0')),
      }
    },
    accept(frame: Buffer, { asked, customerNo }: Question, decision: Decision): Buffer {
      const walked = icbc.walkRequest(frame)
      const f: Record<number, string> = { 12: '093013', 13: '1120', 39: '00' }
      for (const field of walked.present) {
        if (field < 62 && field !== 39 && field !== 12 && field !== 13 && field !== 22) {
          f[field] = iso.text(walked, field)
        }
      }
      f[15] = f[60]!.slice(4, 8)
      if (asked === 'sign_on') {
        const [pik, mak] = [drawKey(), drawKey()]
        const tmk = Buffer.from(agreed.tmk, 'hex')
        const keys = [pik, mak].map((key, at) => ({ name: `k${at}`, ...wrapKey(tmk, key) }))
        mac = macX919(mak)
        return Buffer.from(layouts.sign_on.response.encode({ f, t: keys }))
      }
      if (asked === 'totals') f[48] += '0'
      if (asked === 'result') f[4] = decision.amountFen.toString().padStart(12, '0')
      const t = icbcTags(asked, customerNo, decision)
      return sealed(Buffer.from(layouts[asked].response.encode({ f, t })))
    },
  }
}

function icbcTags(asked: Asked, customerNo: string, { state, effect }: Decision) {
  const twelve = (amount: bigint) => amount.toString().padStart(12, '0')
  const owed = twelve(owedFen)
  if (asked === 'query') {
    return {
      ...{ '5F01': customerNo, '5F05': '张三', '5F06': '和平区', '5F07': '9560' },
      ...{ '5F08': owed, '5F09': owed, '5F0A': '0123456789ABCDEF', '5F0B': '01' },
      '5F0C': [`2026-2027${owed}${owed}${twelve(0n)}${twelve(0n)}${owed}`],
    }
  }
  if (asked === 'pay') return { '5F01': customerNo, '5F08': twelve(0n), '5F0D': receiptNo }
  if (asked === 'reverse') return { '5F0E': effect === 'reversed' ? '0' : '1' }
  return { ...(state === 'paid' ? { '5F0D': receiptNo } : {}), '5F0F': states[state] }
}

// ── rcu ──

function rcuDialect() {
  const { agreed, reasonOf } = readParameters<RcuAgreed>(parametersFile('rcu'))
  const codes = codesOf(reasonOf)
  const kinds: Record<string, Asked> = {
    ...{ 7771: 'query', 7772: 'pay', 7773: 'reverse', 7776: 'totals', 7778: 'result' },
    7779: 'echo',
  }
  const bodyOf = (frame: Buffer) => frame.subarray(rcu.framing.length.bytes)
  const headOf = (body: Buffer, rsp: string, msg: string) => ({
    ...{ code: body.toString('latin1', 0, 4), date: body.toString('latin1', 4, 12), rsp, msg },
  })
  return {
    framing: rcu.framing,
    refuse: (frame: Buffer, reason: string): Buffer =>
      frameOf(rcu.framing, rcu.refusal.encode(headOf(bodyOf(frame), codes[reason]!, '拒绝'))),
    read(frame: Buffer): Question | { refused: string } {
      const body = bodyOf(frame)
      if (rcu.passwordOf(body) !== agreed.password) return { refused: 'auth_error' }
      const code = body.toString('latin1', 0, 4)
      const asked = rcu.layoutsOf[code]!.request.decode(body) as Record<string, unknown>
      return {
        ...{ asked: kinds[code]!, serial: String(asked.hostSeq ?? '') },
        customerNo: String(asked.userNo ?? ''),
        amountFen: (asked.amountFen ?? fen(0)) as Fen,
        figures: asked,
      }
    },
    accept(frame: Buffer, question: Question, decision: Decision): Buffer {
      const { asked, serial, customerNo, figures } = question
      const head = headOf(bodyOf(frame), codes.ok!, '成功')
      const { state, effect, amountFen } = decision
      const money = { receivableFen: owedFen, outstandingFen: owedFen, lateFeeFen: fen(0) }
      const season = { season: '2026-2027', ...money, discountFen: fen(0), payableFen: owedFen }
      const business: Partial<Record<Asked, object>> = {
        query: {
          ...{ userNo: customerNo, name: '张三', address: '和平区', areaDm2: 9560n },
          ...{ totalArrearsFen: owedFen, totalPayableFen: owedFen, count: 1 },
          ...{ orgId: agreed.org_id, seasons: [season] },
        },
        pay: { userNo: customerNo, name: '张三', balanceFen: fen(0), hostSeq: serial, receiptNo },
        reverse: { hostSeq: serial, effect },
        totals: { ...figures, ...head, equal: true },
        result: {
          ...{ hostSeq: serial, userNo: undefined, amountFen },
          ...{ state: state === 'blocked' ? 'reversed' : state },
          receiptNo: state === 'paid' ? receiptNo : undefined,
        },
      }
      const layout = rcu.layoutsOf[head.code]!.response
      return frameOf(rcu.framing, layout.encode({ ...head, ...business[asked] }))
    },
  }
}
