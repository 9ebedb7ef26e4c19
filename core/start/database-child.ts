// PostgreSQL as one of the supervisor's children: the one of DATABASE_URL, which is somebody else's
// to keep alive, or the embedded one, a process of its own.
import { type EmbeddedPostgres, startEmbedded } from '../db/embedded.ts'
import type { Child } from './children.ts'

export interface Server {
  adminUrl(): string
  /** Absent: the server is not ours. */
  child?: Child
}

export function serverFor(given: string | undefined, folder: string, port: number): Server {
  if (given) return { adminUrl: () => given }
  let server: EmbeddedPostgres | undefined
  const child: Child = {
    name: 'postgres',
    // PostgreSQL's fast shutdown: sessions are ended, everything committed is kept.
    ending: { stopSignal: 'SIGINT', withinMs: 2_000 },
    start: async (_, onPid) => {
      server = await startEmbedded(folder, port)
      onPid(server.pid)
      return server
    },
  }
  return { adminUrl: () => server!.url, child }
}
