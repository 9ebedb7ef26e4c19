// 导入: a template, a file, a dry run with the file given back, and the import with its number.

import { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { BatchJson, batchJson } from '../billing/batches/batches.routes.ts'
import { openBatch } from '../billing/batches/scopes.ts'
import type { Db } from '../db/db.ts'
import { BadWorkbook, openPackage } from '../excel/package.ts'
import { Cursor, fromCursor, Limit, toCursor } from '../http/filters.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { FenText, fenText, Instant, Nullable } from '../http/shapes.ts'
import { recordAct } from '../org/audit.ts'
import { mayLook, mayRunBatches } from '../org/roles.ts'
import type { ImportRequest } from './apply.ts'
import { takeFile } from './files.ts'
import {
  applyImport,
  type ImportRow,
  importOf,
  importStates,
  importsOf,
  lockImport,
  moveImport,
  problemsOf,
} from './imports.sql.ts'
import { fileRefusals, mostBytes } from './refusals.ts'
import { templateNamed, templateNames, templates } from './templates.ts'
import { annotatedFile, templateWorkbook } from './workbooks.ts'

const excelType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const attachment = (name: string) =>
  `attachment; filename="import.xlsx"; filename*=UTF-8''${encodeURIComponent(name)}`
const shownProblems = 200
/** A file of 200,000 rows is read and written again while somebody waits. */
const downloadMs = 300_000

const TemplateName = Type.Enum([...templateNames], { title: '模板' })
const ImportNo = Type.String({ title: '导入编号', pattern: '^I\\d{8}-\\d{4,}$' })
const Numbered = Type.Object({ importNo: ImportNo })

const ImportJson = Type.Object({
  importNo: Type.String(),
  template: Type.String(),
  title: Type.String(),
  fileName: Type.String(),
  byteCount: Type.Integer(),
  state: Type.Enum([...importStates]),
  refusal: Nullable(Type.String()),
  checkedRows: Type.Integer(),
  rowCount: Type.Integer(),
  goodCount: Type.Integer(),
  badCount: Type.Integer(),
  amountFen: FenText,
  batchNo: Nullable(Type.String()),
  madeBy: Type.String(),
  madeAt: Instant,
  checkedAt: Nullable(Instant),
})
export type ImportJson = Static<typeof ImportJson>

const WholeImport = Type.Object({
  ...ImportJson.properties,
  /** The first two hundred; all of them stand in the annotated file. */
  problems: Type.Array(
    Type.Object({
      rowNo: Type.Integer(),
      columnNo: Nullable(Type.Integer()),
      columnName: Nullable(Type.String()),
      value: Nullable(Type.String()),
      code: Type.String(),
      zh: Type.String(),
    }),
  ),
})

const Apply = Type.Object(
  {
    mode: Type.Enum(['all', 'good'], { title: '导入方式' }),
    reason: Type.String({ title: '原因', minLength: 1, maxLength: 100, pattern: '\\S' }),
  },
  { additionalProperties: false },
)

export const importRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  await app.register(multipart, {
    limits: { fileSize: mostBytes, files: 1, fields: 4, fieldSize: 1_000, parts: 5 },
  })
  registerTemplates(app)
  app.post(
    '/v1/imports/:template',
    {
      bodyLimit: mostBytes + 64 * 1024,
      config: { roles: mayRunBatches },
      schema: {
        consumes: ['multipart/form-data'],
        params: Type.Object({ template: TemplateName }),
        response: { 200: ImportJson },
        summary: '上传导入文件并预检',
      },
    },
    async (req) => {
      const { companyId, scope, login } = req.user!
      const { template } = req.params as { template: string }
      const { bytes, fileName } = await uploadOf(req)
      const file = { companyId, template, fileName, bytes, scope, madeBy: login }
      return db.tx(scope, (tx) =>
        once(
          tx,
          req,
          async () => {
            const taken = await takeFile(tx, file)
            if (taken.is === 'known') {
              const message = `该文件此前已上传，编号 ${taken.importNo}，不能重复导入`
              throw new Problem('import.known', [{ field: 'file', message }])
            }
            const act = {
              action: 'import.sent',
              subject: taken.importNo,
              after: { template, fileName },
            }
            await recordAct(tx, { companyId, actor: login, ...act })
            return importJson(await tx.one(importOf, [companyId, taken.importNo]))
          },
          { template, fileName, size: bytes.length },
        ),
      )
    },
  )
  registerLists(app, db)
  registerActs(app, db)
}

/** The one file of the request; what is no workbook at all is refused before it is kept. */
async function uploadOf(req: FastifyRequest): Promise<{ bytes: Buffer; fileName: string }> {
  const part = req.isMultipart() ? await req.file().catch(tooLarge) : undefined
  if (!part) throw new Problem('import.no_file')
  const bytes = await part.toBuffer().catch(tooLarge)
  const fileName = part.filename.slice(-200)
  try {
    ;(await openPackage(bytes)).zip.close()
  } catch (error) {
    if (!(error instanceof BadWorkbook)) throw error
    throw new Problem('import.unreadable', [{ field: 'file', message: fileRefusals[error.code] }])
  }
  return { bytes, fileName }
}

function tooLarge(error: { code?: string }): never {
  const isLarge = error.code === 'FST_REQ_FILE_TOO_LARGE'
  throw isLarge ? new Problem('import.too_large') : error
}

type App = Parameters<Routes<{ db: Db }>>[0]

function registerTemplates(app: App): void {
  app.get(
    '/v1/imports/templates',
    { config: { roles: mayLook }, schema: { summary: '导入模板' } },
    () =>
      templates.map(({ name, title, about, columns }) => ({
        name,
        title,
        about,
        columns: columns.map(({ kind: _, ...column }) => column),
      })),
  )
  for (const { name, title } of templates) {
    app.get(
      `/v1/imports/templates/${name}.xlsx`,
      { config: { roles: mayLook }, schema: { summary: `下载${title}模板` } },
      (_, reply) =>
        reply
          .type(excelType)
          .header('content-disposition', attachment(`${title}模板.xlsx`))
          .send(Readable.from(templateWorkbook(templateNamed(name)))),
    )
  }
}

function registerLists(app: App, db: Db): void {
  const Listed = Type.Object(
    { template: Type.Optional(TemplateName), cursor: Cursor, limit: Limit },
    { additionalProperties: false },
  )
  const Page = Type.Object({ imports: Type.Array(ImportJson), next: Nullable(Type.String()) })
  app.get(
    '/v1/imports',
    { config: { roles: mayLook }, schema: { querystring: Listed, response: { 200: Page } } },
    async ({ user, query }) => {
      const { companyId, scope } = user!
      const limit = query.limit ?? 100
      const key = fromCursor(query.cursor, ['importNo'], { importNo: /^I\d{8}-\d{4,}$/ })
      const params = [query.template ?? null, key?.importNo ?? null, limit + 1] as const
      const rows = await db.read(scope, (tx) => tx.many(importsOf, [companyId, ...params]))
      const imports = rows.slice(0, limit)
      const last = rows.length > limit ? imports.at(-1) : undefined
      const next = last ? toCursor({ importNo: last.importNo }) : null
      return { imports: imports.map(importJson), next }
    },
  )
  app.get(
    '/v1/imports/:importNo',
    {
      config: { roles: mayLook },
      schema: { params: Numbered, response: { 200: WholeImport } },
    },
    async ({ user, params: { importNo } }) => {
      const { companyId, scope } = user!
      return db.read(scope, async (tx) => {
        const row = await tx.maybe(importOf, [companyId, importNo])
        if (!row) throw new Problem('thing.not_found')
        const problems = await tx.many(problemsOf, [
          companyId,
          importNo,
          row.checkNo,
          shownProblems,
        ])
        return { ...importJson(row), problems }
      })
    },
  )
  app.get(
    '/v1/imports/:importNo/annotated.xlsx',
    {
      config: { roles: mayRunBatches },
      handlerTimeout: downloadMs,
      schema: { params: Numbered, summary: '下载标注了错误的原文件' },
    },
    async ({ user, params: { importNo } }, reply) => {
      const { companyId, scope } = user!
      const { row, file } = await db.read(scope, async (tx) => {
        const row = await tx.maybe(importOf, [companyId, importNo])
        if (!row || !isOwn(row, user!)) throw new Problem('thing.not_found')
        if (row.refusal) {
          throw new Problem('import.unreadable', [{ field: 'file', message: row.refusal }])
        }
        if (row.state === 'CHECKING') throw new Problem('import.running')
        return { row, file: await annotatedFile(tx, companyId, row) }
      })
      const name = row.fileName.replace(/\.xlsx$/i, '')
      return reply
        .type(excelType)
        .header('content-disposition', attachment(`${name}-错误.xlsx`))
        .send(Readable.from(file))
    },
  )
}

/** A file holds names and phones: whoever sees less than its sender does not get it. */
const isOwn = ({ madeBy, scopePaths }: ImportRow, user: NonNullable<FastifyRequest['user']>) =>
  madeBy === user.login || scopePaths.every((path) => user.scope.paths.includes(path))

function registerActs(app: App, db: Db): void {
  for (const [name, to, title] of [
    ['check', 'CHECKING', '重新预检'],
    ['discard', 'DISCARDED', '作废'],
  ] as const) {
    app.post(
      `/v1/imports/:importNo/${name}`,
      {
        config: { roles: mayRunBatches },
        schema: { params: Numbered, response: { 200: ImportJson }, summary: title },
      },
      async (req) => {
        const { companyId, scope, login } = req.user!
        const { importNo } = req.params
        return db.tx(scope, (tx) =>
          once(tx, req, async () => {
            if (!(await tx.maybe(importOf, [companyId, importNo]))) {
              throw new Problem('thing.not_found')
            }
            const moved = await tx.maybe(moveImport, [companyId, importNo, 'CHECKED', to, null])
            if (!moved) throw new Problem('import.not_checked')
            const act = { action: `import.${name}`, subject: importNo }
            await recordAct(tx, { companyId, actor: login, ...act })
            return importJson(await tx.one(importOf, [companyId, importNo]))
          }),
        )
      },
    )
  }
  app.post(
    '/v1/imports/:importNo/apply',
    {
      config: { roles: mayRunBatches },
      schema: { params: Numbered, body: Apply, response: { 200: BatchJson }, summary: '执行导入' },
    },
    async (req) => {
      const { companyId, scope, login } = req.user!
      const { importNo } = req.params
      const { mode, reason } = req.body
      return db.tx(scope, (tx) =>
        once(tx, req, async () => {
          if (!(await tx.maybe(lockImport, [companyId, importNo]))) {
            throw new Problem('thing.not_found')
          }
          const row = await tx.one(importOf, [companyId, importNo])
          if (row.state !== 'CHECKED') throw new Problem('import.not_checked')
          if (row.goodCount === 0) throw new Problem('import.nothing_good')
          if (mode === 'all' && row.badCount > 0) throw new Problem('import.has_errors')
          const { template, rowCount: totalCount, fileName } = row
          const request: ImportRequest = { importNo, template, mode, reason }
          const title = `导入${templateNamed(template).title}：${fileName}`
          const madeBy = login
          const order = { companyId, kind: 'import', title, request, totalCount, madeBy, scope }
          const batch = await openBatch(tx, order)
          await tx.one(applyImport, [companyId, importNo, batch.batchNo])
          const act = {
            action: 'import.applied',
            subject: importNo,
            after: { mode, batch: batch.batchNo },
          }
          await recordAct(tx, { companyId, actor: login, ...act, reason })
          return batchJson(batch)
        }),
      )
    },
  )
}

const importJson = (row: ImportRow): ImportJson => {
  const {
    sheetPart: _,
    headerRow: __,
    errorColumn: ___,
    checkNo: ____,
    scopePaths: _____,
    ...rest
  } = row
  return { ...rest, title: templateNamed(row.template).title, amountFen: fenText(row.amountFen) }
}
