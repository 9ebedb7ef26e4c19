// The dry run: every row is planned and decided as the import would, nothing is written but what is
// wrong. Runs in the background, in slices, with its progress in the import's row.
import { fen } from '@reli/sdk'
import { bookingOf } from '../billing/batches/run.ts'
import { previewItems } from '../billing/batches/slices.ts'
import type { Db, Tx } from '../db/db.ts'
import { type Scope, wholeCompanies } from '../db/scope.ts'
import { BadWorkbook } from '../excel/package.ts'
import { fileOf } from './files.ts'
import {
  addChecked,
  beginCheck,
  type ImportRow,
  importOf,
  insertProblems,
  moveImport,
  waitingImports,
} from './imports.sql.ts'
import { acrossRows, planSlice } from './plan.ts'
import { BadSheet, fileRefusals } from './refusals.ts'
import { dataRows, type Layout, type OpenSheet, openSheet, type Row } from './sheet.ts'
import type { Template } from './template.ts'
import { templateNamed } from './templates.ts'

export const sliceRows = 500

export const scopeOfImport = (companyId: string, { scopePaths }: ImportRow): Scope => {
  return { companies: [companyId], paths: scopePaths }
}

/** Checks what waits; how many files that were. */
export async function checkImports(
  db: Db,
  companyId: string,
  isStopping: () => boolean = () => false,
): Promise<number> {
  const scope = wholeCompanies(companyId)
  const waiting = await db.read(scope, (tx) => tx.many(waitingImports, [companyId]))
  for (const { importNo } of waiting) {
    if (isStopping()) break
    await checkImport(db, companyId, importNo, isStopping)
  }
  return waiting.length
}

async function checkImport(
  db: Db,
  companyId: string,
  importNo: string,
  isStopping: () => boolean,
): Promise<void> {
  const whole = wholeCompanies(companyId)
  const { row, bytes } = await db.read(whole, async (tx) => ({
    row: await tx.one(importOf, [companyId, importNo]),
    bytes: await fileOf(tx, companyId, importNo),
  }))
  const template = templateNamed(row.template)
  const end = (to: 'CHECKED' | 'REFUSED', zh: string | null) =>
    db.tx(whole, (tx) => tx.maybe(moveImport, [companyId, importNo, 'CHECKING', to, zh]))
  try {
    const sheet = await openSheet(bytes, template)
    const { part, headerRow, errorColumn } = sheet.layout
    const begun = await db.tx(whole, (tx) =>
      tx.maybe(beginCheck, [companyId, importNo, part, headerRow, errorColumn]),
    )
    if (!begun) return
    const check = { importNo, checkNo: begun.checkNo, template, layout: sheet.layout }
    let rows = 0
    for await (const slice of slicesOf(sheet, template)) {
      // What is checked half is checked again from the start: nothing depends on it.
      if (isStopping()) return
      rows += slice.length
      await db.tx(scopeOfImport(companyId, row), (tx) => checkSlice(tx, companyId, check, slice))
    }
    if (rows === 0) throw new BadSheet('表头以下没有数据')
    await end('CHECKED', null)
  } catch (error) {
    if (error instanceof BadSheet) await end('REFUSED', error.zh)
    else if (error instanceof BadWorkbook) await end('REFUSED', fileRefusals[error.code])
    else {
      await end('REFUSED', '系统错误，文件未能检查完毕，请联系管理员')
      throw error
    }
  }
}

async function* slicesOf(sheet: OpenSheet, template: Template): AsyncGenerator<Row[]> {
  const compare = acrossRows(template, sheet.layout)
  let slice: Row[] = []
  for await (const row of dataRows(sheet, template)) {
    compare(row)
    slice.push(row)
    if (slice.length < sliceRows) continue
    yield slice
    slice = []
  }
  if (slice.length > 0) yield slice
}

interface Check {
  importNo: string
  checkNo: number
  template: Template
  layout: Layout
}

async function checkSlice(
  tx: Tx,
  companyId: string,
  { importNo, checkNo, template, layout }: Check,
  rows: readonly Row[],
): Promise<void> {
  const booking = await bookingOf(tx, companyId)
  const plan = await planSlice(tx, booking, { template, layout, rows, how: 'read' })
  const { amountFen, results } = await previewItems(tx, booking, plan.items, plan.states)
  for (const [at, result] of results.entries()) {
    if (result.is === 'done') continue
    const { code, zh } = result
    const own = { column: null, columnName: null, value: null, code, zh }
    plan.problems.set(plan.items[at]!.rowNo!, [own])
  }
  const said = [...plan.problems].flatMap(([rowNo, all]) =>
    all.map((each, problemNo) => ({ rowNo, problemNo, ...each })),
  )
  if (said.length > 0) {
    await tx.run(insertProblems, [companyId, importNo, checkNo, JSON.stringify(said)])
  }
  const bad = plan.problems.size
  const params = [rows.length, rows.length - bad, bad, fen(amountFen)] as const
  await tx.run(addChecked, [companyId, importNo, ...params])
}
