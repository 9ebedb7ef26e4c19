// `reli import <template> <file.xlsx> [--check]`: takes a file in, checks it and, without
// `--check`, books its rows if none of them is wrong. Ends with 1 when something is.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { batchOf } from '../billing/batches/batches.sql.ts'
import { openBatch } from '../billing/batches/scopes.ts'
import { readWorkerSettings } from '../config.ts'
import type { Db } from '../db/db.ts'
import { type Scope, wholeCompanies } from '../db/scope.ts'
import { takeFile } from '../imports/files.ts'
import { applyImport, importOf, problemsOf } from '../imports/imports.sql.ts'
import { templateNamed, templateNames } from '../imports/templates.ts'
import { workImports } from '../imports/work.ts'
import { recordAct } from '../org/audit.ts'
import { openWith, readAccess } from '../start/database.ts'
import { exitCodes } from '../start/serve.ts'
import { workerFileOf } from './reconcile.ts'
import { say } from './say.ts'
import { Misused, type Words } from './words.ts'

const madeBy = 'reli import'
const shownProblems = 50

export async function importCommand(words: Words): Promise<void> {
  const [template, file] = words.positionals
  if (!template || !file || !templateNames.includes(template)) {
    throw new Misused(`例如：reli import arrears 陈欠.xlsx；模板：${templateNames.join('、')}`)
  }
  const settings = readWorkerSettings(workerFileOf(words))
  const db = openWith(readAccess(settings.database), 'import', 4)
  const { company } = settings
  try {
    const importNo = await checked(db, company, template, file)
    if (importNo === undefined) process.exitCode = exitCodes.failed
    else if (!words.values.check) await book(db, company, importNo)
  } finally {
    await db.close()
  }
}

/** The import's number when every row is good. */
async function checked(
  db: Db,
  companyId: string,
  template: string,
  file: string,
): Promise<string | undefined> {
  const scope = wholeCompanies(companyId)
  const bytes = readFileSync(file)
  const sent = { companyId, template, fileName: basename(file), bytes, scope, madeBy }
  const { is, importNo } = await db.tx(scope, (tx) => takeFile(tx, sent))
  if (is === 'known') say(`该文件此前已上传，编号 ${importNo}`)
  await workImports(db, companyId)
  const { row, problems } = await db.read(scope, async (tx) => {
    const row = await tx.one(importOf, [companyId, importNo])
    return {
      row,
      problems: await tx.many(problemsOf, [companyId, importNo, row.checkNo, shownProblems]),
    }
  })
  if (row.refusal !== null) say(row.refusal)
  for (const { rowNo, zh } of problems) say(`第 ${rowNo} 行：${zh}`)
  say(`${importNo}：共 ${row.rowCount} 行，可导入 ${row.goodCount}，错误 ${row.badCount}`)
  return row.state === 'CHECKED' && row.badCount === 0 ? importNo : undefined
}

async function book(db: Db, companyId: string, importNo: string): Promise<void> {
  const scope: Scope = wholeCompanies(companyId)
  const batchNo = await db.tx(scope, async (tx) => {
    const {
      template,
      fileName,
      rowCount: totalCount,
    } = await tx.one(importOf, [companyId, importNo])
    const request = { importNo, template, mode: 'all', reason: madeBy }
    const title = `导入${templateNamed(template).title}：${fileName}`
    const order = { companyId, kind: 'import', title, request, totalCount, madeBy, scope }
    const batch = await openBatch(tx, order)
    await tx.one(applyImport, [companyId, importNo, batch.batchNo])
    const act = { action: 'import.applied', subject: importNo, after: { batch: batch.batchNo } }
    await recordAct(tx, { companyId, actor: madeBy, ...act })
    return batch.batchNo
  })
  await workImports(db, companyId)
  const batch = await db.read(scope, (tx) => tx.one(batchOf, [companyId, batchNo]))
  say(`操作号 ${batchNo}：${batch.doneCount} 行已导入，${batch.skippedCount} 行未办理`)
  if (batch.state !== 'DONE') process.exitCode = exitCodes.failed
}
