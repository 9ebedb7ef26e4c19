// `reli season check|open|status|rollback|close|heat|settle <season>`: the acts of a season at the
// terminal, in this process, with a bar that says how far they are. Ctrl-C ends after the slice.

import { NotAllowed } from '../billing/refusals.ts'
import type { Progress } from '../billing/seasons/run.ts'
import {
  type Act,
  closeSeason,
  moveSeason,
  openSeason,
  type RollBack,
  rollBackSeason,
} from '../billing/seasons/season.ts'
import { batchesOfSeason, seasonsWithSums } from '../billing/seasons/seasons.sql.ts'
import { doubtNames, tryOpening } from '../billing/seasons/trial.ts'
import { readWorkerSettings } from '../config.ts'
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { openWith, readAccess } from '../start/database.ts'
import { exitCodes } from '../start/serve.ts'
import { workerFileOf } from './reconcile.ts'
import { complain, say } from './say.ts'
import { Misused, type Words } from './words.ts'

/** Two lanes, and one to look. */
const connections = 4
const shownRows = 50
const barWidth = 30

const yuan = (fen: bigint): string =>
  (Number(fen) / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2 })

const acts: Record<string, (db: Db, act: Act) => Promise<unknown>> = {
  check,
  status,
  open: async (db, act) => told(await openSeason(db, act)),
  rollback: async (db, act: RollBack) => told(await rollBackSeason(db, act)),
  heat: (db, act) => db.tx(act.scope, (tx) => moveSeason(tx, act, 'START_HEAT')),
  settle: (db, act) => db.tx(act.scope, (tx) => moveSeason(tx, act, 'END_HEAT')),
  close: async (db, act) => told(await closeSeason(db, act)),
}

export async function seasonCommand(words: Words): Promise<void> {
  const [name = '', season = '', part] = words.positionals
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined
  if (!act || !/^\d{4}-\d{4}$/.test(season)) {
    throw new Misused(
      `例如：reli season open 2027-2028 [机构路径]（${Object.keys(acts).join('|')}）`,
    )
  }
  const { company: companyId, database } = readWorkerSettings(workerFileOf(words))
  const db = openWith(readAccess(database), 'season', connections)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort(new NotAllowed('season.running', { season }, stopped)))
  try {
    await act(db, {
      companyId,
      scope: wholeCompanies(companyId),
      season,
      madeBy: 'reli season',
      ...(part !== undefined && { pathPattern: `${part}%` }),
      onProgress: draw,
      signal: stop.signal,
    })
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    complain(`\n${error.zh}`)
    process.exitCode = exitCodes.failed
  } finally {
    await db.close()
  }
}

const stopped = '已中断；再次执行同一命令即从中断处继续'

function draw({ done, skipped, total, amountFen }: Progress): void {
  const share = total === 0 ? 1 : Math.min(1, (done + skipped) / total)
  const full = Math.round(share * barWidth)
  const bar = '█'.repeat(full) + '░'.repeat(barWidth - full)
  const percent = `${Math.floor(share * 100)}%`.padStart(4)
  process.stderr.write(`\r${bar} ${percent} ${done + skipped}/${total} 户 ${yuan(amountFen)} 元`)
}

function told({ batchNo, done, skipped, amountFen }: Progress): void {
  say(`\n操作号 ${batchNo}：完成 ${done} 户，跳过 ${skipped} 户，应收变动 ${yuan(amountFen)} 元`)
}

async function check(db: Db, act: Act): Promise<void> {
  const { examined, refused, amountFen, classes, doubts } = await tryOpening(db, act)
  say(`\n试算 ${examined} 户，应收 ${yuan(amountFen)} 元，不能开账 ${refused.length} 户`)
  for (const { priceClass, rooms, areaDm2, amountFen: sum } of classes) {
    say(`  ${priceClass}  ${rooms} 项  ${yuan(areaDm2)} 平方米  ${yuan(sum)} 元`)
  }
  for (const { customerNo, zh } of refused.slice(0, shownRows)) say(`  ${customerNo}  ${zh}`)
  for (const { customerNo, areaNo, problem } of doubts.slice(0, shownRows)) {
    say(`  ${customerNo}${areaNo === null ? '' : `-${areaNo}`}  ${doubtNames[problem]}`)
  }
  if (refused.length > 0) process.exitCode = exitCodes.failed
}

async function status(db: Db, { companyId, scope, season }: Act): Promise<void> {
  const [sums, batches] = await db.read(scope, async (tx) => [
    await tx.many(seasonsWithSums, [companyId]),
    await tx.many(batchesOfSeason, [companyId, season]),
  ])
  const of = sums.find((each) => each.season === season)
  if (!of) throw new NotAllowed('season.unknown', { season })
  say(`${season} ${of.state}：${of.customers} 户，应收 ${yuan(of.receivableFen)} 元，`)
  say(`  欠费 ${yuan(of.outstandingFen)} 元`)
  for (const { batchNo, title, state, doneCount, skippedCount, totalCount } of batches) {
    say(`  ${batchNo} ${title} ${state} ${doneCount}+${skippedCount}/${totalCount}`)
  }
}
