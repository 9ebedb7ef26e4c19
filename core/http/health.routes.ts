// Whether this hub can serve: for load balancers and for the log-in page, so without a session and
// without a word more than they need.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { companyIsThere } from './health.sql.ts'

const HealthJson = Type.Object({
  status: Type.Enum(['ok', 'failing']),
  rehearsal: Type.Boolean(),
})

export type HealthJson = Static<typeof HealthJson>

/** Many balancers ask; the database is asked once in this time. */
const askEveryMs = 1_000

export const healthRoutes: Routes<{ db: Db; companyId: string; isRehearsal: boolean }> = async (
  app,
  { db, companyId, isRehearsal },
) => {
  const scope = wholeCompanies(companyId)
  let asked: { at: number; isWell: Promise<boolean> } | undefined
  const isWell = () => {
    if (!asked || performance.now() - asked.at > askEveryMs) {
      const answer = db.read(scope, (tx) => tx.maybe(companyIsThere, [companyId]))
      asked = {
        at: performance.now(),
        isWell: answer.then(
          (row) => row !== undefined,
          () => false,
        ),
      }
    }
    return asked.isWell
  }

  app.get(
    '/v1/health',
    {
      config: { isPublic: true },
      schema: { summary: '系统是否可用', response: { 200: HealthJson, 503: HealthJson } },
    },
    async (_, reply) => {
      const well = await isWell()
      return reply
        .code(well ? 200 : 503)
        .send({ status: well ? ('ok' as const) : ('failing' as const), rehearsal: isRehearsal })
    },
  )
}
