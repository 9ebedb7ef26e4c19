// SFTP against a real server: only the pinned key, only plain names, only so much, only so long.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { makeKeys, removeSftp, startSsh2Sftp } from '../../mock-banks/sftp-server.ts'
import { fingerprint, isPlainName, type SftpServer, withSftp } from './sftp.ts'

const limit = 1_000_000

test('a drop folder at an SFTP server', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reli-sftp-test-'))
  const [ours, stranger] = makeKeys(join(folder, 'keys'), ['icbc', 'stranger'])
  const served = await startSsh2Sftp({ folder, accounts: [ours!] })
  t.teardown(async () => {
    await served.stop()
    removeSftp(folder)
  })
  const root = join(folder, 'recon', 'icbc')
  const server: SftpServer = {
    host: '127.0.0.1',
    port: served.port,
    username: 'icbc',
    privateKey: ours!.privateKey,
    hostKey: served.hostKey,
    withinMs: 10_000,
  }

  await t.test(
    'files are listed, fetched whole and moved, and nothing is overwritten',
    async () => {
      const content = Buffer.alloc(300_000, '数据')
      writeFileSync(join(root, 'in', 'A_20261120_01.dat'), content)
      writeFileSync(join(root, 'bak', 'A_20261120_01.dat'), 'an older one')
      mkdirSync(join(root, 'in', 'folder'))
      writeFileSync(join(root, 'in', '-oProxyCommand=x'), '')
      await withSftp(server, async (sftp) => {
        assert.deepEqual(await sftp.list('in'), [{ name: 'A_20261120_01.dat', size: 300_000 }])
        assert.ok((await sftp.fetch('in', 'A_20261120_01.dat', limit)).equals(content))
        await sftp.move('A_20261120_01.dat', 'in', 'bak')
        assert.deepEqual(await sftp.list('in'), [])
      })
      assert.equal(readFileSync(join(root, 'bak', 'A_20261120_01.dat'), 'utf8'), 'an older one')
      assert.ok(readFileSync(join(root, 'bak', 'A_20261120_01.dat.2')).equals(content))
      assert.deepEqual(readdirSync(join(root, 'in')).sort(), ['-oProxyCommand=x', 'folder'])
    },
  )

  await t.test('the key may be pinned by its fingerprint, and has to be pinned', async () => {
    const key = Buffer.from(served.hostKey.split(' ')[1]!, 'base64')
    const pinned = { ...server, hostKey: fingerprint(key) }
    assert.deepEqual(await withSftp(pinned, (sftp) => sftp.list('in')), [])
    const other = { ...server, hostKey: `SHA256:${'A'.repeat(43)}` }
    await assert.rejects(
      withSftp(other, (sftp) => sftp.list('in')),
      /not the pinned one/,
    )
    for (const hostKey of ['', 'any', 'SHA256:', '*']) {
      await assert.rejects(
        withSftp({ ...server, hostKey }, (sftp) => sftp.list('in')),
        /not pinned/,
      )
    }
  })

  await t.test('another key does not log in', async () => {
    const thief = { ...server, privateKey: stranger!.privateKey }
    await assert.rejects(withSftp(thief, (sftp) => sftp.list('in')))
  })

  await t.test('a file beyond the limit is not fetched, and a path is not a name', async () => {
    writeFileSync(join(root, 'in', 'large.dat'), Buffer.alloc(5_000))
    await withSftp(server, async (sftp) => {
      await assert.rejects(sftp.fetch('in', 'large.dat', 4_999), /more than 4999 bytes/)
      await assert.rejects(sftp.fetch('in', 'folder', limit), /not a file/)
      for (const name of ['../err/x', '..', '/etc/passwd', 'a\0b', '']) {
        await assert.rejects(sftp.fetch('in', name, limit), /not a plain file name/)
        await assert.rejects(sftp.move(name, 'in', 'bak'), /not a plain file name/)
      }
    })
  })

  await t.test('a server that says nothing is given up in time', async () => {
    const silent = createServer((socket) => socket.resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const started = performance.now()
    await assert.rejects(withSftp({ ...server, port, withinMs: 300 }, (sftp) => sftp.list('in')))
    assert.ok(performance.now() - started < 5_000)
    await new Promise((resolve) => silent.close(resolve))
  })

  await t.test('work that does not end is given up in time', async () => {
    await assert.rejects(
      withSftp({ ...server, withinMs: 300 }, () => new Promise(() => {})),
      /not done within 300 ms/,
    )
  })
})

test('names that are only names', (t) => {
  for (const name of ['ICBC_HEAT_20261120_01.dat', 'x.ok', '对账.txt']) t.ok(isPlainName(name))
  for (const name of ['', '.', '..', '.x', '-x', 'a/b', 'a\\b', 'a\nb', 'a\0', 'a\ufffd'])
    t.notOk(isPlainName(name), JSON.stringify(name))
  t.notOk(isPlainName('汉'.repeat(86)))
  t.end()
})
