// A workbook on its way from a cursor of the database to somebody's disk. Rows are asked for as
// fast as the line takes them; nothing is gathered here.
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Db, Tx } from '../db/db.ts'
import type { Scope } from '../db/scope.ts'
import { type Column, workbook } from '../excel/write.ts'
import { takeTime } from './lists.sql.ts'

/** Half an hour for a million rows over a slow line. */
const longestStatement = '30min'
/** Who takes nothing for so long has gone; the transaction must not stay open for them. */
const stalledAfterMs = 60_000
const idleLimit = '2min'
const bufferBytes = 256 * 1024

export interface Source {
  name: string
  columns: readonly Column<unknown>[]
  rows(tx: Tx): AsyncIterable<readonly unknown[]>
}

/**
 * Settles when the first rows are there, so that what is wrong with the query is still an answer;
 * a fault after that breaks the stream off, and the file with it.
 */
export function openExport(db: Db, scope: Scope, source: Source): Promise<Readable> {
  const out = new PassThrough({ highWaterMark: bufferBytes })
  return new Promise((resolve, reject) => {
    const work = db.read(scope, async (tx) => {
      await tx.one(takeTime, [longestStatement, idleLimit])
      const { name, columns } = source
      const batches = await begun(source.rows(tx))
      resolve(out)
      await pipeline(Readable.from(workbook([{ name, columns, batches }])), watched(out), out)
    })
    work.catch((error) => {
      out.destroy(error)
      reject(error)
    })
  })
}

/** The same batches, the first of them fetched already. */
async function begun<T>(batches: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const rest = batches[Symbol.asyncIterator]()
  const first = await rest.next()
  return (async function* () {
    if (first.done) return
    yield first.value
    yield* { [Symbol.asyncIterator]: () => rest }
  })()
}

function watched(out: PassThrough) {
  return async function* (chunks: AsyncIterable<Uint8Array>) {
    let timer: NodeJS.Timeout | undefined
    const gone = () => out.destroy(new Error('the reader of an export takes nothing any more'))
    try {
      for await (const chunk of chunks) {
        timer = setTimeout(gone, stalledAfterMs)
        yield chunk
        clearTimeout(timer)
      }
    } finally {
      clearTimeout(timer)
    }
  }
}
