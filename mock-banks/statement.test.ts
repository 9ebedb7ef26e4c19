// Statement files against the papers' own samples, and their delivery over both SFTP servers.
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fen } from '@reli/sdk'
import type { StatementRow } from '@reli/sdk/codec'
import SftpClient from 'ssh2-sftp-client'
import { test } from 'tap'
import {
  type ClientKey,
  makeKeys,
  removeSftp,
  type SftpServer,
  startOpenSsh,
  startSsh2Sftp,
} from './sftp-server.ts'
import { type BankName, deliver, makeStatement, quiet, statementFaults } from './statement.ts'

interface Sample {
  id: string
  file_name: string
  base64: string
  flag_file: { name: string; content_hex: string }
  rows: {
    serial: string
    customer_no: string
    name: string
    amount: number
    status: 'PAY' | 'REV'
    time: string
    outlet: string
    receipt_no: string
  }[]
}

const vectorsOf = (bank: BankName) =>
  JSON.parse(
    readFileSync(new URL(`../connectors/${bank}/vectors/${bank}.json`, import.meta.url), 'utf8'),
  ) as { recon: Sample[]; test_parameters: Record<string, string> }

const rowOf = (row: Sample['rows'][number]): StatementRow => ({
  ...{ serial: row.serial, customerNo: row.customer_no, name: row.name, outlet: row.outlet },
  ...{ amountFen: fen(row.amount), state: row.status === 'PAY' ? 'paid' : 'reversed' },
  at: row.time.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6'),
  receiptNo: row.receipt_no,
})

const optionsOf = (bank: BankName) => ({
  ...{ bankDate: '2026-11-20', sequence: 1, createdAt: '2026-11-21T00:30:00' },
  config: vectorsOf(bank).test_parameters,
})

const createdOf = (bank: BankName) => {
  const { createdAt, ...rest } = optionsOf(bank)
  const sample = Buffer.from(vectorsOf(bank).recon[0]!.base64, 'base64').toString('latin1')
  const header = /\d{14}(?= +\r\n)/.exec(sample.slice(0, 162))?.[0]
  return {
    ...rest,
    createdAt: header
      ? header.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6')
      : createdAt,
  }
}

for (const bank of ['icbc', 'rcu'] as const) {
  test(`${bank}: a statement is byte for byte the sample of the paper`, async (t) => {
    const { recon } = vectorsOf(bank)
    for (const id of ['normal', 'empty']) {
      const sample = recon.find((it) => it.id === id)!
      const file = makeStatement(bank, sample.rows.map(rowOf), createdOf(bank))
      t.equal(file.fileName, sample.file_name)
      t.equal(Buffer.from(file.bytes).toString('base64'), sample.base64, id)
      t.equal(file.flagName, sample.flag_file.name)
      const flag = Buffer.from(file.flagBytes).toString('hex')
      t.equal(flag.toUpperCase(), sample.flag_file.content_hex)
    }
  })

  test(`${bank}: every fault of a file changes what it names and nothing else`, async (t) => {
    const rows = vectorsOf(bank)
      .recon.find(({ id }) => id === 'normal')!
      .rows.map(rowOf)
    const right = makeStatement(bank, rows, createdOf(bank))
    for (const fault of statementFaults) {
      const wrong = makeStatement(bank, rows, { ...createdOf(bank), fault })
      const isDigestOnly = fault === 'wrong_digest'
      t.equal(Buffer.compare(wrong.bytes, right.bytes) === 0, isDigestOnly, fault)
      t.not(Buffer.compare(wrong.flagBytes, right.flagBytes), 0, fault)
    }
  })
}

const isRoot = process.getuid?.() === 0
/** A chroot may not lie below a folder that others can write, as the temporary one. */
const folders = {
  openssh: `/var/lib/reli/test-sftp-${process.pid}`,
  ssh2: mkdtempSync(join(tmpdir(), 'sftp-')),
}
const keyFolder = mkdtempSync(join(tmpdir(), 'keys-'))
const [icbc, rcu, stranger] = makeKeys(keyFolder, ['icbc-test', 'rcu-test', 'stranger']) as [
  ClientKey,
  ClientKey,
  ClientKey,
]
const starts = isRoot ? { openssh: startOpenSsh, ssh2: startSsh2Sftp } : { ssh2: startSsh2Sftp }

/** OpenSSH may have to be installed first. */
const installWithinMs = 240_000

for (const [kind, start] of Object.entries(starts)) {
  const name = `${kind}: a file comes under its own name with its flag, by the right key only`
  test(name, { timeout: installWithinMs }, async (t) => {
    const folder = folders[kind as keyof typeof folders]
    const said: string[] = []
    const log = (text: string) => said.push(text)
    const server = await start({ folder, accounts: [icbc, rcu], port: 0, log })
    t.teardown(async () => {
      await server.stop()
      removeSftp(folder, kind === 'openssh' ? [icbc.name, rcu.name] : [])
    })
    t.equal(server.kind, kind)
    const access = accessTo(server, icbc)
    const outbox = join(keyFolder, kind)
    const file = makeStatement('icbc', [], createdOf('icbc'))
    await deliver(file, outbox, access)

    const arrived = join(folder, 'recon', icbc.name, 'in')
    t.same(readdirSync(arrived).sort(), [file.fileName, file.flagName].sort())
    t.ok(readFileSync(join(arrived, file.fileName)).equals(Buffer.from(file.bytes)))
    t.ok(readFileSync(join(arrived, file.flagName)).equals(Buffer.from(file.flagBytes)))

    await t.rejects(deliver(file, outbox, access), 'a delivered file is never replaced')
    const blob = Buffer.from(server.hostKey.split(' ')[1]!, 'base64')
    const hash = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')
    const second = makeStatement('icbc', [], { ...createdOf('icbc'), sequence: 2 })
    await deliver(second, outbox, { ...access, hostKey: `SHA256:${hash}` })
    await t.rejects(deliver(file, outbox, { ...access, hostKey: stranger.publicKey }), {
      message: /verification failed/i,
    })
    await t.rejects(deliver(file, outbox, { ...access, privateKey: stranger.privateKey }))
    await t.rejects(deliver(file, outbox, { ...access, user: server.users[rcu.name]! }))
    await stayInside(t, access)
  })
}

const accessTo = (server: SftpServer, key: ClientKey) => ({
  ...{ host: '127.0.0.1', port: server.port, user: server.users[key.name]! },
  ...{ privateKey: key.privateKey, hostKey: server.hostKey },
})

/** What a bank that is logged in can see and do beyond its folder: nothing. */
async function stayInside(t: Tap, access: ReturnType<typeof accessTo>): Promise<void> {
  const client = new SftpClient('test', quiet)
  const { host, port, user: username, privateKey } = access
  await client.connect({ host, port, username, privateKey })
  try {
    const names = (await client.list('/')).map(({ name }) => name)
    t.same(names.sort(), ['bak', 'err', 'in'])
    t.same((await client.list('/../..')).map(({ name }) => name).sort(), names)
    await t.rejects(client.get('/etc/passwd'))
    await t.rejects(client.get('/../../../../etc/passwd'))
  } finally {
    await client.end()
  }
}

interface Tap {
  same(found: unknown, wanted: unknown): unknown
  rejects(work: Promise<unknown>): unknown
}

process.once('exit', () => {
  for (const folder of [keyFolder, folders.ssh2]) rmSync(folder, { recursive: true, force: true })
})
