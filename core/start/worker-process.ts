// The process of a worker: schedules, the banks' files, documents. What reconciliation books goes
// through a spine of its own, once per key like everything else.
import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import type { StatementCall } from '../collection/reconcile.ts'
import { readWorkerSettings, type WorkerSettings } from '../config.ts'
import { auditor, sealNow } from '../hub/audit.ts'
import { createSpine, type Spine } from '../hub/run.ts'
import { holdInSuspense } from '../hub/suspense.ts'
import type { ChannelFiles } from '../jobs/reconciling.ts'
import { localFolder, type OpenFolder, sftpFolder } from '../jobs/statement-folder.ts'
import { startWorker, type Worker } from '../jobs/worker.ts'
import { loadConnector, loadStatement } from './connectors.ts'
import { openWith, readAccess } from './database.ts'
import type { Stop } from './serve.ts'

const connections = 6
/** A day's differences are booked in the background; nobody waits at a counter. */
const bookWithinMs = 30_000

/** Worker, and the database and spine that it stands on. */
export interface OpenWorker {
  worker: Worker
  stop: Stop
}

export async function openWorker(file: string, log: Logger): Promise<OpenWorker> {
  const settings = readWorkerSettings(file)
  const { company, name } = settings
  const access = readAccess(settings.database)
  const db = openWith(access, name, connections)
  const spine = createSpine({ db, companyId: company, log })
  const worker = await startWorker({
    db,
    appUrl: access.url,
    name,
    companies: [
      {
        company,
        channels: await Promise.all(settings.statements.map((source) => filesOf(company, source))),
        run: (call) => book(spine, call),
        hold: holdInSuspense,
        seal: () => sealNow(db, company),
        audit: auditor(db, company),
      },
    ],
    onFault: (error, what) => log.error({ error: String(error), what }, 'a job failed'),
  })
  const stop = async () => {
    await worker.stop()
    await spine.idle()
    await db.close()
  }
  return { worker, stop }
}

const book = (spine: Spine, { channel, operation, key, input, origin }: StatementCall) =>
  spine.run({ channel, operation, key, input, origin, expiresAt: performance.now() + bookWithinMs })

async function filesOf(
  company: string,
  source: WorkerSettings['statements'][number],
): Promise<ChannelFiles> {
  const { channel, connector, config } = source
  const { title } = await loadConnector(connector)
  const spec = await loadStatement(connector)
  return { company, channel, title, spec, config, open: folderOf(source) }
}

function folderOf({ folder, sftp }: WorkerSettings['statements'][number]): OpenFolder {
  if (!sftp) return localFolder(folder)
  const { host, port, user: username, hostKey } = sftp
  const privateKey = readFileSync(sftp.keyFile)
  return sftpFolder({ host, port, username, privateKey, hostKey }, folder)
}
