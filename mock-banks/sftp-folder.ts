// The SFTP protocol over one folder, as far as delivering files needs it: list, read, write,
// rename, remove. Paths cannot leave the folder, links are neither made nor followed, nothing else
// is offered.
import { constants } from 'node:fs'
import { type FileHandle, link, lstat, open, readdir, unlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2'

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp

/** A client that opens more than this at once is not delivering a file. */
const maxHandles = 16
/** Longest read in one answer; the protocol lets a server give less than was asked. */
const maxRead = 64 * 1024

type Handle = { file: FileHandle } | { names: string[] | null; folder: string }

/** Answers every request of one session. Handles are closed with it. */
export function serveFolder(sftp: SFTPWrapper, root: string): void {
  const desk = openDesk(sftp, root)
  serveFiles(desk)
  serveListings(desk)
  serveNames(desk)
  sftp.on('close', desk.close)
}

type Desk = ReturnType<typeof openDesk>

function openDesk(sftp: SFTPWrapper, root: string) {
  const handles = new Map<number, Handle>()
  let opened = 0
  const handleOf = (name: Buffer): Handle => {
    const handle = name.length === 4 ? handles.get(name.readUInt32BE()) : undefined
    if (!handle) throw new Error('no such handle')
    return handle
  }
  return {
    sftp,
    inside: (path: string) => join(root, posix.normalize(`/${path}`)),
    handleOf,
    fileOf(name: Buffer): FileHandle {
      const handle = handleOf(name)
      if (!('file' in handle)) throw new Error('not a file')
      return handle.file
    },
    async keep(id: number, make: () => Promise<Handle>): Promise<void> {
      if (handles.size >= maxHandles) throw new Error('too many open handles')
      const handle = await make()
      handles.set(++opened, handle)
      const name = Buffer.alloc(4)
      name.writeUInt32BE(opened)
      sftp.handle(id, name)
    },
    async release(name: Buffer): Promise<void> {
      const handle = handleOf(name)
      handles.delete(name.readUInt32BE())
      if ('file' in handle) await handle.file.close()
    },
    close(): void {
      for (const handle of handles.values()) if ('file' in handle) void handle.file.close()
      handles.clear()
    },
    ok: (id: number) => sftp.status(id, STATUS_CODE.OK),
    answer(id: number, work: () => Promise<void>): void {
      work().catch((error: NodeJS.ErrnoException) => sftp.status(id, statusOf(error)))
    },
  }
}

function serveFiles({ sftp, inside, keep, fileOf, release, ok, answer }: Desk): void {
  sftp.on('OPEN', (id, path, flags) => {
    answer(id, () =>
      keep(id, async () => ({ file: await open(inside(path), openFlags(flags), 0o640) })),
    )
  })
  sftp.on('READ', (id, name, offset, length) => {
    answer(id, async () => {
      const bytes = Buffer.alloc(Math.min(length, maxRead))
      const { bytesRead } = await fileOf(name).read(bytes, 0, bytes.length, offset)
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF)
      else sftp.data(id, bytes.subarray(0, bytesRead))
    })
  })
  sftp.on('WRITE', (id, name, offset, bytes) => {
    answer(id, async () => {
      await fileOf(name).write(bytes, 0, bytes.length, offset)
      ok(id)
    })
  })
  sftp.on('CLOSE', (id, name) => {
    answer(id, async () => {
      await release(name)
      ok(id)
    })
  })
}

function serveListings({ sftp, inside, keep, handleOf, fileOf, answer }: Desk): void {
  sftp.on('OPENDIR', (id, path) => {
    const folder = inside(path)
    answer(id, () => keep(id, async () => ({ names: await readdir(folder), folder })))
  })
  sftp.on('READDIR', (id, name) => {
    answer(id, async () => {
      const handle = handleOf(name)
      if ('file' in handle || !handle.names) return sftp.status(id, STATUS_CODE.EOF)
      const { names, folder } = handle
      handle.names = null
      sftp.name(id, await Promise.all(names.map((it) => entryOf(folder, it))))
    })
  })
  for (const event of ['STAT', 'LSTAT'] as const) {
    sftp.on(event as 'STAT', (id, path) => {
      answer(id, async () => sftp.attrs(id, await attributesOf(inside(path))))
    })
  }
  sftp.on('FSTAT', (id, name) => {
    answer(id, async () => sftp.attrs(id, plain(await fileOf(name).stat())))
  })
}

function serveNames({ sftp, inside, ok, answer }: Desk): void {
  // Owners, modes and times are the server's business; refusing would stop many clients.
  for (const event of ['SETSTAT', 'FSETSTAT'] as const) {
    sftp.on(event as 'SETSTAT', (id) => ok(id))
  }
  sftp.on('REALPATH', (id, path) => {
    const filename = posix.normalize(`/${path}`)
    sftp.name(id, [{ filename, longname: filename, attrs: noAttributes }])
  })
  sftp.on('RENAME', (id, from, to) => {
    answer(id, async () => {
      // A link and an unlink, because a rename would silently replace what is already there.
      await link(inside(from), inside(to))
      await unlink(inside(from))
      ok(id)
    })
  })
  sftp.on('REMOVE', (id, path) => {
    answer(id, async () => {
      await unlink(inside(path))
      ok(id)
    })
  })
  for (const event of ['MKDIR', 'RMDIR', 'READLINK', 'SYMLINK', 'EXTENDED'] as const) {
    sftp.on(event as 'RMDIR', (id) => sftp.status(id, STATUS_CODE.OP_UNSUPPORTED))
  }
}

function openFlags(flags: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_EXCL, O_NOFOLLOW } = constants
  const isWrite = (flags & OPEN_MODE.WRITE) !== 0
  const isRead = (flags & OPEN_MODE.READ) !== 0
  let mode = (isWrite ? (isRead ? O_RDWR : O_WRONLY) : O_RDONLY) | (O_NOFOLLOW ?? 0)
  if (flags & OPEN_MODE.CREAT) mode |= O_CREAT
  if (flags & OPEN_MODE.TRUNC) mode |= O_TRUNC
  if (flags & OPEN_MODE.APPEND) mode |= O_APPEND
  if (flags & OPEN_MODE.EXCL) mode |= O_EXCL
  return mode
}

function statusOf(error: NodeJS.ErrnoException): number {
  if (error.code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE
  if (error.code === 'EACCES' || error.code === 'EPERM') return STATUS_CODE.PERMISSION_DENIED
  return STATUS_CODE.FAILURE
}

const noAttributes: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 }

type Stats = Awaited<ReturnType<typeof lstat>>
const plain = (stats: Stats): Attributes => {
  const { mode, uid, gid, size, atimeMs, mtimeMs } = stats
  const seconds = (ms: number | bigint) => Math.floor(Number(ms) / 1000)
  return {
    ...{ mode: Number(mode), uid: Number(uid), gid: Number(gid), size: Number(size) },
    ...{ atime: seconds(atimeMs), mtime: seconds(mtimeMs) },
  }
}
const attributesOf = async (path: string): Promise<Attributes> => plain(await lstat(path))

async function entryOf(folder: string, filename: string) {
  const attrs = await attributesOf(join(folder, filename)).catch(() => noAttributes)
  const kind = (attrs.mode & constants.S_IFMT) === constants.S_IFDIR ? 'd' : '-'
  // `ls -l`, because some clients read the kind of an entry out of this text.
  const longname = `${kind}rw-r----- 1 bank bank ${attrs.size} Jan 1 00:00 ${filename}`
  return { filename, longname, attrs }
}
