// A bank's drop folder: `in`, and `bak` and `err` beside it (the papers' §7). It is reached by
// SFTP, or directly where the worker runs on the machine that the banks deliver to.
import { constants } from 'node:fs'
import { link, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { StatementFolder } from '../collection/statements.ts'
import { isPlainName, type SftpServer, withSftp } from '../wire/sftp.ts'

/** Opens the folder for as long as the work takes. */
export type OpenFolder = <T>(work: (folder: StatementFolder) => Promise<T>) => Promise<T>

/** `root`: where `in`, `bak` and `err` are in the eyes of the account. */
export const sftpFolder =
  (server: SftpServer, root: string): OpenFolder =>
  (work) =>
    withSftp(server, (sftp) =>
      work({
        list: () => sftp.list(`${root}/in`),
        fetch: (name, maxBytes) => sftp.fetch(`${root}/in`, name, maxBytes),
        accept: (name) => sftp.move(name, `${root}/in`, `${root}/bak`),
        refuse: (name) => sftp.move(name, `${root}/in`, `${root}/err`),
      }),
    )

/** `root`: `…/recon/icbc`. */
export const localFolder =
  (root: string): OpenFolder =>
  (work) =>
    work({
      list: () => listFiles(join(root, 'in')),
      fetch: (name, maxBytes) => readFile(join(root, 'in'), name, maxBytes),
      accept: (name) => moveFile(root, name, 'bak'),
      refuse: (name) => moveFile(root, name, 'err'),
    })

/** How often one name can be moved to the same folder. */
const maxSameName = 100

async function listFiles(folder: string): Promise<{ name: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && isPlainName(entry.name))
}

async function readFile(folder: string, name: string, maxBytes: number): Promise<Buffer> {
  if (!isPlainName(name)) throw new Error('not a plain file name')
  // The bank owns the folder: a link that took the file's place is not followed.
  const file = await open(join(folder, name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    const { size } = await file.stat()
    if (size > maxBytes) throw new Error(`${name} has more than ${maxBytes} bytes`)
    const bytes = Buffer.alloc(size)
    const { bytesRead } = await file.read(bytes, 0, size, 0)
    if (bytesRead !== size) throw new Error(`${name} changed while it was read`)
    return bytes
  } finally {
    await file.close()
  }
}

/** A link and an unlink: a rename would silently replace what is there. */
async function moveFile(root: string, name: string, to: 'bak' | 'err'): Promise<void> {
  if (!isPlainName(name)) throw new Error('not a plain file name')
  const from = join(root, 'in', name)
  for (let copy = 1; copy <= maxSameName; copy++) {
    try {
      await link(from, join(root, to, copy === 1 ? name : `${name}.${copy}`))
      return await unlink(from)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new Error(`${name} exists ${maxSameName} times in ${to}`)
}
