// The worker: schedules, and the jobs that people ask for. Any number of workers may run; each
// firing is one worker's, and the work itself is once per key, whoever does it and however often.
import { setTimeout as sleep } from 'node:timers/promises'
import { run as runQueue, type TaskList } from 'graphile-worker'
import { fillLetters } from '../billing/search/search.ts'
import { workSeasons } from '../billing/seasons/work.ts'
import { addDays } from '../billing/seasons.ts'
import type { Reconciler } from '../collection/reconcile.ts'
import { alarmMissing } from '../collection/statements.ts'
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { workImports } from '../imports/work.ts'
import { removeEnded } from './cleaning.ts'
import { cutOver, today } from './cut-over.ts'
import { makeDocuments } from './documents.ts'
import { exclusively } from './locks.ts'
import { jobPool, quiet, type ReconcileJob } from './queue.ts'
import { type ChannelFiles, type DayResult, fetchAndReconcile } from './reconciling.ts'
import { fireCoordinator, type Schedule, startTimers } from './schedules.ts'

export interface CompanyJobs extends Omit<Reconciler, 'db'> {
  channels: readonly ChannelFiles[]
  /** Puts what was written since under the ledger's hash chain. */
  seal(): Promise<unknown>
  /** Derives the invariants again and stops what broke them. */
  audit(): Promise<unknown>
}

export interface WorkerOptions {
  db: Db
  /** Where `reli_app` connects: for the queue and the locks, which live as long as a session. */
  appUrl: string
  /** Tells workers apart in `schedule_fires`. */
  name: string
  companies: readonly CompanyJobs[]
  onFault(error: unknown, what: string): void
}

export interface Worker {
  /** Fetches and reconciles one day in this process; nothing when another worker is at it. */
  reconcileNow(job: ReconcileJob): Promise<DayResult[] | undefined>
  /** Takes nothing new and waits for what is under way. */
  stop(): Promise<void>
}

/**
 * Three for the queue's own statements and its listener, one a job's lock, the rest for schedules.
 */
const connections = 10
/**
 * Jobs of one worker at the same time; a job is one channel's, and waits for SFTP most of the time.
 */
const jobsAtOnce = 4
/** As long as one run over a slow line may take; then the job comes again later. */
const waitForChannelMs = 120_000
const askAgainMs = 500
/** A job whose notification was lost is found by looking. */
const lookEveryMs = 5_000

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { db, appUrl, name, companies, onFault } = options
  const pool = jobPool(appUrl, connections)
  const reconcileNow = async ({ company, channel, bankDate }: ReconcileJob) => {
    const jobs = companies.find((one) => one.company === company)
    const files = jobs?.channels.find((one) => one.channel === channel)
    if (!jobs || !files) throw new Error(`no files are known of ${company} ${channel}`)
    return await exclusively(pool, `reconcile:${company}:${channel}`, () =>
      fetchAndReconcile({ ...jobs, db }, files, bankDate),
    )
  }
  const tasks: TaskList = {
    reconcile: async (payload) => {
      const deadline = performance.now() + waitForChannelMs
      // Whoever is at this channel works on what was there when they began, so we come after them.
      while ((await reconcileNow(payload as ReconcileJob)) === undefined) {
        if (performance.now() > deadline) throw new Error('another worker is still at this channel')
        await sleep(askAgainMs)
      }
    },
  }
  const queue = await runQueue({
    pgPool: pool,
    taskList: tasks,
    concurrency: jobsAtOnce,
    pollInterval: lookEveryMs,
    noHandleSignals: true,
    parsedCronItems: [],
    logger: quiet((message) => onFault(message, 'job')),
  })
  const scope = wholeCompanies(...companies.map(({ company }) => company))
  let isStopping = false
  const schedules = schedulesOf(
    options,
    (key, work) => exclusively(pool, key, work),
    () => isStopping,
  )
  const timers = startTimers(schedules, fireCoordinator(db, scope, name), onFault)
  await makeUpForMidnight(options)
  return {
    reconcileNow,
    stop: async () => {
      isStopping = true
      await timers.stop()
      await queue.stop()
      await pool.end()
    },
  }
}

type Exclusively = <T>(name: string, work: () => Promise<T>) => Promise<T | undefined>

function schedulesOf(
  options: WorkerOptions,
  alone: Exclusively,
  isStopping: () => boolean,
): Schedule[] {
  const { db, companies, onFault } = options
  const everyCompany = (work: (jobs: CompanyJobs) => Promise<unknown>) =>
    each(companies, work, onFault)
  const everyChannel = (work: (jobs: CompanyJobs, channel: ChannelFiles) => Promise<unknown>) =>
    everyCompany((jobs) => each(jobs.channels, (channel) => work(jobs, channel), onFault))
  return [
    {
      name: 'reconcile',
      // The papers' §7: files are ready at 00:30 and at the latest at 06:00; asked for until 09:00.
      at: ['30,40,50 0 * * *', '*/10 1-8 * * *', '0 9 * * *'],
      by: 'one',
      run: () =>
        everyChannel((jobs, channel) =>
          alone(`reconcile:${jobs.company}:${channel.channel}`, () =>
            fetchAndReconcile({ ...jobs, db }, channel),
          ),
        ),
    },
    // Five minutes after the hour, when the run of the hour has fetched what came in time.
    { name: 'missing at 06:00', at: ['5 6 * * *'], by: 'one', run: () => alarm('06:00') },
    { name: 'missing at 09:00', at: ['5 9 * * *'], by: 'one', run: () => alarm('09:00') },
    {
      name: 'cut-over',
      // At midnight; every further minute only finds that it is done, or makes up for a missed one.
      at: ['0 * * * * *'],
      by: 'each',
      run: () => makeUpForMidnight(options),
    },
    {
      // Names whose writer forgot the letters they are searched by.
      name: 'letters',
      at: ['*/10 * * * *'],
      by: 'one',
      run: () => everyCompany(({ company }) => fillLetters(db, wholeCompanies(company), company)),
    },
    ...everySecond(options, alone, isStopping),
    {
      name: 'audit',
      at: ['30 * * * * *'],
      by: 'each',
      run: () => everyCompany(({ company, audit }) => alone(`audit:${company}`, audit)),
    },
    {
      // Seasons that somebody asked to open, take back or close, and those cut off with a worker.
      name: 'seasons',
      at: ['* * * * * *'],
      by: 'each',
      run: () =>
        everyCompany(({ company }) => alone(`seasons:${company}`, () => workSeasons(db, company))),
    },
    {
      name: 'cleaning',
      at: ['17 * * * *'],
      by: 'one',
      run: () => everyCompany(({ company }) => removeEnded(db, company)),
    },
  ]

  function alarm(deadline: string) {
    return everyChannel(async (jobs, channel) => {
      const yesterday = addDays(await today(db, jobs.company), -1)
      await alarmMissing(db, channel, yesterday, deadline)
    })
  }
}

/** What somebody waits for. */
function everySecond(
  { db, companies, onFault }: WorkerOptions,
  alone: Exclusively,
  isStopping: () => boolean,
): Schedule[] {
  const everyCompany = (work: (jobs: CompanyJobs) => Promise<unknown>) =>
    each(companies, work, onFault)
  return [
    {
      name: 'documents',
      at: ['* * * * * *'],
      by: 'each',
      run: () =>
        everyCompany(({ company }) =>
          alone(`documents:${company}`, () => makeDocuments(db, company)),
        ),
    },
    {
      // Dry runs and batches that somebody asked for; they stop between two slices.
      name: 'imports',
      at: ['* * * * * *'],
      by: 'each',
      run: () =>
        everyCompany(({ company }) =>
          alone(`imports:${company}`, () => workImports(db, company, isStopping)),
        ),
    },
    {
      name: 'seal',
      at: ['* * * * * *'],
      by: 'each',
      run: () => everyCompany(({ company, seal }) => alone(`seal:${company}`, seal)),
    },
  ]
}

const makeUpForMidnight = ({ db, companies, onFault }: WorkerOptions) =>
  each(companies, async ({ company }) => cutOver(db, company, await today(db, company)), onFault)

/** One after the other; a fault of one is told and does not keep the others waiting. */
async function each<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  onFault: WorkerOptions['onFault'],
): Promise<void> {
  for (const item of items) {
    try {
      await work(item)
    } catch (error) {
      onFault(error, 'schedule')
    }
  }
}
