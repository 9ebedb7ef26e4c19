// 代收启停 (domain.md §9.4): one bank on or off, with a reason, on record. The hub reads channels with
// each batch, so it holds from the next operation on; a payment that has begun is finished.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { Nullable, Reason } from '../http/shapes.ts'
import { recordAct } from '../org/audit.ts'
import { maySwitchChannels } from '../org/roles.ts'
import type { SignedIn } from '../org/sessions.ts'
import { lockSwitch, type Switch, setSwitch } from './wall.sql.ts'

const SwitchJson = Type.Object({
  channelId: Type.String(),
  title: Type.String(),
  enabled: Type.Boolean(),
  disabledReason: Nullable(Type.String()),
  version: Type.Integer(),
})
export type SwitchJson = Static<typeof SwitchJson>

const schemaOf = (summary: string) => ({
  summary,
  params: Type.Object({ id: Type.String({ title: '银行', minLength: 1, maxLength: 64 }) }),
  body: Reason,
  response: { 200: SwitchJson },
})

export const channelRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  const config = { roles: maySwitchChannels, scope: 'collection:write' } as const
  app.post('/v1/channels/:id/stop', { config, schema: schemaOf('停止一家银行的代收') }, (req) =>
    db.tx(req.user!.scope, (tx) =>
      once(tx, req, () => switchChannel(tx, req.user!, req.params.id, false, req.body.reason)),
    ),
  )
  app.post('/v1/channels/:id/start', { config, schema: schemaOf('恢复一家银行的代收') }, (req) =>
    db.tx(req.user!.scope, (tx) =>
      once(tx, req, () => switchChannel(tx, req.user!, req.params.id, true, req.body.reason)),
    ),
  )
}

async function switchChannel(
  tx: Tx,
  { companyId, login, name }: SignedIn,
  channelId: string,
  enabled: boolean,
  asked: string,
): Promise<Switch> {
  const reason = asked.trim()
  const before = await tx.maybe(lockSwitch, [companyId, channelId])
  if (!before) throw new Problem('thing.not_found')
  if (before.enabled === enabled) throw new Problem('channel.unchanged')
  // Colleagues read it on the wall's tile: who and why.
  const shown = enabled ? null : `${name}：${reason}`
  const after = await tx.one(setSwitch, [companyId, channelId, enabled, shown])
  const action = enabled ? 'channel.started' : 'channel.stopped'
  const act = { companyId, actor: login, action, subject: channelId }
  await recordAct(tx, { ...act, before, after, reason })
  return after
}
