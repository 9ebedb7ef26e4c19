// `reli reconcile <channel> <date>`: fetches the bank's file of one day and reconciles it, now and
// in this process. Ends with 1 when the day is not balanced.

import { join } from 'node:path'
import { toJson } from '@reli/sdk'
import { pino } from 'pino'
import { readDemoSettings, readWorkerSettings } from '../config.ts'
import { exitCodes } from '../start/serve.ts'
import { openWorker } from '../start/worker-process.ts'
import { say } from './say.ts'
import { demoFile } from './start.ts'
import { Misused, type Words } from './words.ts'

/** The settings of a worker: those that are named, or the demo's. */
export const workerFileOf = ({ values }: Words): string =>
  values.config ?? join(readDemoSettings(demoFile).folder, 'config', 'worker.yaml')

export async function reconcileCommand(words: Words): Promise<void> {
  const { positionals } = words
  const [channel, bankDate] = positionals
  if (!channel || !/^\d{4}-\d{2}-\d{2}$/.test(bankDate ?? '')) {
    throw new Misused('例如：reli reconcile icbc 2026-11-20')
  }
  const file = workerFileOf(words)
  const { company } = readWorkerSettings(file)
  const { worker, stop } = await openWorker(file, pino({ level: 'error' }))
  try {
    const results = await worker.reconcileNow({ company, channel, bankDate: bankDate! })
    if (!results) say('后台正在处理该渠道，请稍后再试')
    else for (const result of results) say(toJson(result))
    const isBalanced = results?.every(({ reconciled }) => reconciled.is === 'BALANCED')
    process.exitCode = isBalanced ? 0 : exitCodes.failed
  } finally {
    await stop()
  }
}
