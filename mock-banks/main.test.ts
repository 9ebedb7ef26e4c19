// One bank as a process: it survives being killed, delivers when told to, and ends in order.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { readBooks } from './books.ts'
import { makeKeys, startSsh2Sftp } from './sftp-server.ts'
import { parametersFile, startHost } from './test-host.ts'

test('killed, started again, told to deliver, and stopped', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bank-process-'))
  const host = await startHost('rcu')
  const [rcu] = makeKeys(join(folder, 'keys'), ['rcu'])
  const sftp = await startSsh2Sftp({ folder: join(folder, 'sftp'), accounts: [rcu!] })
  const customers = join(folder, 'customers.json')
  writeFileSync(customers, JSON.stringify(['0012345678', '0012345679']))
  const args = [
    ...['--conditions=reli-source', new URL('./main.ts', import.meta.url).pathname],
    ...['--bank', 'rcu', '--port', String(host.port), '--state', join(folder, 'state')],
    ...['--parameters', parametersFile('rcu'), '--customers', customers],
    ...['--concurrency', '4', '--mix', '{"pay":1}', '--rate', '200', '--seed', '3'],
    ...['--sftp-port', String(sftp.port), '--sftp-key', rcu!.privateKeyFile],
    ...['--sftp-host-key', sftp.hostKey, '--sftp-user', sftp.users.rcu!],
  ]
  let child: ChildProcess | undefined
  const start = async () => {
    child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    await once(child, 'message')
    return child
  }
  t.teardown(async () => {
    child?.kill('SIGKILL')
    await sftp.stop()
    await host.close()
    await rm(folder, { recursive: true })
  })

  const first = await start()
  await until(() => host.known.size >= 20)
  first.kill('SIGKILL')
  await once(first, 'exit')
  const atKill = host.known.size

  const second = await start()
  await until(() => host.known.size >= atKill + 20)
  second.kill('SIGUSR2')
  const arrived = join(folder, 'sftp/recon/rcu/in')
  await until(() => readdirSync(arrived).some((name) => name.endsWith('.md5')))
  second.kill('SIGTERM')
  const [code] = await once(second, 'exit')
  t.equal(code, 0)

  const days = [...(await readBooks(join(folder, 'state/books'))).values()]
  const kept = days.flatMap((day) => [...day.payments.values()])
  t.equal(kept.length, new Set(kept.map(({ serial }) => serial)).size)
  t.same(
    kept.filter(({ fate }) => fate === 'open'),
    [],
    'what the kill left was taken up',
  )
  for (const { serial, debit, fate } of kept) {
    if (fate !== 'known') continue
    const theirs = host.known.get(serial)?.state === 'paid' ? 'stands' : 'returned'
    if (theirs !== debit) t.equal(theirs, debit, serial)
  }
  t.match(readdirSync(arrived).sort()[0], /^RCU402_HEAT_\d{8}_01\.txt$/)
})

const waitAtMostMs = 20_000

async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + waitAtMostMs
  while (!isTrue()) {
    if (performance.now() > end) throw new Error('it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
