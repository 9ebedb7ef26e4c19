// PostgreSQL as the rest of the house sees it: named queries as data, and transactions that carry a
// scope. A function that moves money takes a `Tx`, which only `db.tx()` can make.
import pg from 'pg'
import type { Scope, ScopeSigner } from './scope.ts'

/** SQL as named data: prepared by name, listed and proof-read by PostgreSQL in a test. */
export interface Query<Params extends readonly unknown[], Row> {
  readonly name: string
  readonly text: string
  /** Phantoms: what goes in and what comes out, for the compiler alone. */
  readonly params?: (params: Params) => void
  readonly row?: Row
}

export const query = <Params extends readonly unknown[], Row>(
  name: string,
  text: string,
): Query<Params, Row> => ({ name, text })

declare const made: unique symbol
export interface Tx {
  readonly [made]: true
  many<P extends readonly unknown[], R>(query: Query<P, R>, params: P): Promise<R[]>
  /** Exactly one row, else a broken promise of our own code. */
  one<P extends readonly unknown[], R>(query: Query<P, R>, params: P): Promise<R>
  maybe<P extends readonly unknown[], R>(query: Query<P, R>, params: P): Promise<R | undefined>
  /** For statements whose rows nobody reads; the number of rows they touched. */
  run<P extends readonly unknown[]>(query: Query<P, unknown>, params: P): Promise<number>
  /** Any number of rows, so many at a time, by a cursor of the database. */
  batches<P extends readonly unknown[], R>(
    query: Query<P, R>,
    params: P,
    rows: number,
  ): AsyncIterable<R[]>
}

export interface Db {
  tx<T>(scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T>
  /** The same, read only: for lists and pages. */
  read<T>(scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * COMMIT was sent and its fate is not known: the socket broke, or the server gave up waiting for
 * its standby. Not an answer: run the key again (reliability.md §2.3), never read to find out.
 */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown'
}

export interface DbOptions {
  url: string
  sign: ScopeSigner
  /** Connections kept for this purpose; the payment path has a pool of its own. */
  connections: number
  name: string
  statementTimeoutMs?: number
}

const connectWithinMs = 5_000
/** A row lock that is not given in this time is a sign of trouble, not of load. */
const lockTimeoutMs = 3_000
/** A transaction left open by a lost client is ended by the server. */
const idleInTransactionMs = 10_000

export function openDb(options: DbOptions): Db {
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections,
    application_name: options.name,
    connectionTimeoutMillis: connectWithinMs,
    // A server that was killed leaves sockets that never answer.
    query_timeout: statementTimeoutMs + connectWithinMs,
    keepAlive: true,
    options: [
      '-c search_path=reli,public',
      '-c timezone=Asia/Shanghai',
      `-c statement_timeout=${statementTimeoutMs}`,
      `-c lock_timeout=${lockTimeoutMs}`,
      `-c idle_in_transaction_session_timeout=${idleInTransactionMs}`,
    ].join(' '),
    types: { getTypeParser },
  })
  // A client that dies between two uses must not take the process with it.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', () => {}) // An idle connection died with its server; the pool replaces it.
  return {
    tx: (scope, work) => inTransaction(pool, 'begin', options.sign(scope), work),
    read: (scope, work) => inTransaction(pool, 'begin read only', options.sign(scope), work),
    close: () => pool.end(),
  }
}

async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  scope: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    // One round trip: the scope text holds no quote (scope.ts refuses it).
    await client.query(`${begin}; set local reli.scope = '${scope}'`)
    const value = await rollingBack(client, () => work(txOver(client)))
    await commit(client)
    return value
  } catch (error) {
    if (error instanceof CommitUnknown || isConnectionLoss(error)) broken ??= error as Error
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

async function rollingBack<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isConnectionLoss(error)) await client.query('rollback')
    throw error
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  let gaveUpWaiting = false
  const onNotice = (notice: { message?: string | undefined }) => {
    // 'canceling wait for synchronous replication …': committed here, perhaps nowhere else.
    if (notice.message?.startsWith('canceling wait')) gaveUpWaiting = true
  }
  client.on('notice', onNotice)
  try {
    const { command } = await client.query('commit')
    // A transaction that failed inside answers its COMMIT with a ROLLBACK and no error.
    if (command !== 'COMMIT') throw new Error(`the transaction was rolled back (${command})`)
    if (gaveUpWaiting) throw new CommitUnknown('the standby did not confirm the commit')
  } catch (error) {
    if (isConnectionLoss(error)) throw new CommitUnknown('the connection broke during COMMIT')
    throw error
  } finally {
    client.off('notice', onNotice)
  }
}

/** An error that PostgreSQL itself reported has a five-character code; a lost socket has none. */
export function isConnectionLoss(error: unknown): boolean {
  const code = (error as { code?: string })?.code
  if (error instanceof CommitUnknown) return true
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return /^(57P0|08)/.test(code)
  return (
    (error instanceof Error && /^(ECONN|EPIPE|ETIMEDOUT)/.test(code ?? '')) ||
    /connection|timeout|terminated/i.test((error as Error)?.message ?? '')
  )
}

function txOver(client: pg.PoolClient): Tx {
  const rows = async <R>(query: Query<readonly unknown[], R>, params: readonly unknown[]) =>
    await client.query({ name: query.name, text: query.text, values: params as unknown[] })
  let cursors = 0
  const tx = {
    many: async (query: Query<readonly unknown[], unknown>, params: readonly unknown[]) =>
      camelRows(await rows(query, params)),
    one: async (query: Query<readonly unknown[], unknown>, params: readonly unknown[]) => {
      const found = camelRows(await rows(query, params))
      if (found.length !== 1) throw new Error(`${query.name}: ${found.length} rows, one expected`)
      return found[0]
    },
    maybe: async (query: Query<readonly unknown[], unknown>, params: readonly unknown[]) => {
      const found = camelRows(await rows(query, params))
      if (found.length > 1)
        throw new Error(`${query.name}: ${found.length} rows, at most one expected`)
      return found[0]
    },
    run: async (query: Query<readonly unknown[], unknown>, params: readonly unknown[]) =>
      (await rows(query, params)).rowCount ?? 0,
    batches: async function* (
      query: Query<readonly unknown[], unknown>,
      params: readonly unknown[],
      size: number,
    ) {
      const cursor = `batches_${++cursors}`
      const text = `declare ${cursor} no scroll cursor for ${query.text}`
      await client.query({ text, values: params as unknown[] })
      for (;;) {
        const found = await client.query({ text: `fetch ${size} from ${cursor}`, rowMode: 'array' })
        if (found.rows.length === 0) break
        yield namedRows(found)
      }
      await client.query(`close ${cursor}`)
    },
  }
  return tx as unknown as Tx
}

/** `amount_fen` → `amountFen`: rows are domain values. */
function camelRows(result: pg.QueryResult): unknown[] {
  const names = result.fields.map((field) => [field.name, camel(field.name)] as const)
  return result.rows.map((row) => {
    const item: Record<string, unknown> = {}
    for (const [from, to] of names) item[to] = row[from]
    return item
  })
}

/** Of rows as arrays: a long list makes one object for each row, not two. */
function namedRows({ fields, rows }: pg.QueryArrayResult<unknown[]>): unknown[] {
  const names = fields.map(({ name }) => camel(name))
  return rows.map((row) => {
    const item: Record<string, unknown> = {}
    for (let at = 0; at < names.length; at++) item[names[at]!] = row[at]
    return item
  })
}

const camelNames = new Map<string, string>()
function camel(name: string): string {
  let found = camelNames.get(name)
  if (found === undefined) {
    found = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    camelNames.set(name, found)
  }
  return found
}

const int8 = 20,
  int8Array = 1016,
  date = 1082,
  timestamp = 1114,
  timestamptz = 1184
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  switch (oid) {
    case int8:
      return BigInt
    case date:
      return (text) => text
    case timestamp:
      return (text) => text.replace(' ', 'T')
    case timestamptz:
      return (text) => new Date(text).toISOString()
    case int8Array:
      return (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(BigInt))
    default:
      return pg.types.getTypeParser(oid, format as 'text')
  }
}
