// 导出: every list as a spreadsheet of any length, streamed.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import type { Db } from '../db/db.ts'
import { Problem } from '../http/problems.ts'
import { recordAct } from '../org/audit.ts'
import { mayLook } from '../org/roles.ts'
import { exportLists, listNames } from './lists.ts'
import { openExport } from './stream.ts'

export const excelType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** A browser saves the name that people read. */
export const attachment = (name: string) =>
  `attachment; filename="export.xlsx"; filename*=UTF-8''${encodeURIComponent(name)}`

/** Each holds a connection of the pages for as long as somebody's line needs. */
const mostAtOnce = 3
/** The stream ends itself when nobody takes it; fastify's own limit is for answers in one piece. */
const longestMs = 3_600_000

export const exportRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  let underWay = 0
  for (const name of listNames) {
    const { title, filter, columns, rows } = exportLists[name]
    app.get(
      `/v1/exports/${name}.xlsx`,
      {
        config: { roles: mayLook },
        handlerTimeout: longestMs,
        schema: { querystring: filter, summary: `导出${title}（Excel）` },
      },
      async ({ user, query }, reply) => {
        const { companyId, scope, login } = user!
        if (underWay >= mostAtOnce) throw new Problem('export.too_many')
        underWay++
        let isOut = false
        const leave = () => {
          if (!isOut) underWay--
          isOut = true
        }
        const given = query as Record<string, unknown>
        try {
          const act = { action: 'list.exported', subject: name, after: given }
          await db.tx(scope, (tx) => recordAct(tx, { companyId, actor: login, ...act }))
          const source = { name: title, columns, rows: rowsOf }
          const stream = await openExport(db, scope, source)
          stream.once('close', leave)
          return await reply
            .type(excelType)
            .header('content-disposition', attachment(`${title}.xlsx`))
            .send(stream)
        } catch (error) {
          leave()
          throw error
        }

        function rowsOf(tx: Parameters<typeof rows>[0]) {
          return rows(tx, companyId, given)
        }
      },
    )
  }
}
