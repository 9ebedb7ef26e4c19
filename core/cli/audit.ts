// `reli audit`: derives again everything that must hold in the books of the company, now and in
// this process, and prints what does not. Ends with 1 when something is broken. Like the auditor of
// every minute it writes down what it finds and stops the channel or customer that it is about.
import { toJson } from '@reli/sdk'
import { readWorkerSettings } from '../config.ts'
import { everything, runAudit } from '../hub/audit.ts'
import { openWith, readAccess } from '../start/database.ts'
import { exitCodes } from '../start/serve.ts'
import { workerFileOf } from './reconcile.ts'
import { say } from './say.ts'
import type { Words } from './words.ts'

export async function auditCommand(words: Words): Promise<void> {
  const { company, database } = readWorkerSettings(workerFileOf(words))
  const db = openWith(readAccess(database), 'audit', 1)
  try {
    const { findings, tookMs } = await runAudit(db, company, everything)
    for (const finding of findings) say(toJson(finding))
    say(findings.length === 0 ? `账务稽核通过（${tookMs} 毫秒）` : `${findings.length} 项不一致`)
    process.exitCode = findings.length === 0 ? 0 : exitCodes.failed
  } finally {
    await db.close()
  }
}
