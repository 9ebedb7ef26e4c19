// A connector that does what its frame tells it to: the worst that a connector can do, by mistake.
// biome-ignore-all lint/suspicious/noThenProperty: the contract's word; it is never callable.
import type { Connector, Decoded } from '@reli/sdk'
import Type from 'typebox'

const echo: Decoded = {
  is: 'message',
  exchange: 'echo',
  message: {},
  then: { is: 'ask', operation: 'link.echo', input: {} },
}

const never = (): never => {
  for (;;);
}

function grow(): never {
  const heap: number[][] = []
  for (;;) heap.push(Array.from({ length: 100_000 }, (_, i) => i + heap.length))
}

function hoard(): never {
  const buffers: Buffer[] = []
  for (;;) buffers.push(Buffer.alloc(16 * 1024 * 1024, 1))
}

const tricks: Record<string, () => unknown> = {
  fine: () => echo,
  throw: () => {
    throw new Error('secret password 12345678')
  },
  loop: never,
  grow,
  hoard,
  exit: () => process.exit(0),
  rubbish: () => ({ ...echo, then: { is: 'ask', operation: 'bank.rob', input: {} } }),
  number: () => 42,
  nothing: () => undefined,
  'float money': () => ({
    ...echo,
    then: {
      is: 'ask',
      operation: 'payment.pay',
      key: { bankDate: '2026-11-20', serial: '1' },
      input: { customerNo: '1', amountFen: 0.1 },
    },
  }),
  keyless: () => ({
    ...echo,
    then: { is: 'ask', operation: 'payment.pay', input: { customerNo: '1', amountFen: 1n } },
  }),
  environment: () => {
    if (Object.keys(process.env).length > 0) return echo
    throw new TypeError('the environment is empty')
  },
  network: () => (typeof fetch === 'function' ? echo : never()),
  parent: () => process.kill(process.ppid, 'SIGTERM'),
  pollute: () => {
    Reflect.set(Object.prototype, 'is', 'refuse')
    return echo
  },
}

const connector: Connector = {
  name: 'rogue',
  title: '失控连接器',
  paper: 'none',
  version: '1.0.0',
  wire: {
    kind: 'tcp',
    framing: { length: { as: 'binary-be', bytes: 2 }, min: 1, max: 100 },
    maxConnections: 10,
    maxInFlight: 8,
    answerOrder: 'any',
    frameWithinMs: 1000,
    idleMs: 60_000,
  },
  config: Type.Object({}, { additionalProperties: false }),
  secrets: {},
  capabilities: { operations: ['link.echo'], unknown: 'we_query' },
  deadlines: { queryMs: 400, otherMs: 800, bankMs: 2000 },
  decode: (frame) => tricks[Buffer.from(frame).toString('latin1', 2)]!() as Decoded,
  encode: () => ({ bytes: Buffer.from([0, 2, 0x4f, 0x4b]) }),
  mask: (frame) => frame,
  describe: () => {
    throw new Error('not even that')
  },
}

export default connector
