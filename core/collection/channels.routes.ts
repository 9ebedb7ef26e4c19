// 代收启停 (domain.md §9.4): one bank on or off, with a reason, on record. The hub reads channels with
// each batch, so it holds from the next operation on; a payment that has begun is finished.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db } from '../db/db.ts'
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

const schema = {
  params: Type.Object({ id: Type.String({ title: '银行', minLength: 1, maxLength: 64 }) }),
  body: Reason,
  response: { 200: SwitchJson },
}

export const channelRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  const config = { roles: maySwitchChannels }
  app.post('/v1/channels/:id/stop', { config, schema }, ({ params, body, user }) =>
    switchChannel(db, user!, params.id, false, body.reason.trim()),
  )
  app.post('/v1/channels/:id/start', { config, schema }, ({ params, body, user }) =>
    switchChannel(db, user!, params.id, true, body.reason.trim()),
  )
}

function switchChannel(
  db: Db,
  { companyId, login, name, scope }: SignedIn,
  channelId: string,
  enabled: boolean,
  reason: string,
): Promise<Switch> {
  return db.tx(scope, async (tx) => {
    const before = await tx.maybe(lockSwitch, [companyId, channelId])
    if (!before) throw new Problem('thing.not_found')
    if (before.enabled === enabled) throw new Problem('channel.unchanged')
    // Colleagues read it on the wall's tile: who and why.
    const shown = enabled ? null : `${name}：${reason}`
    const after = await tx.one(setSwitch, [companyId, channelId, enabled, shown])
    const action = enabled ? 'channel.started' : 'channel.stopped'
    await recordAct(tx, {
      companyId,
      actor: login,
      action,
      subject: channelId,
      before,
      after,
      reason,
    })
    return after
  })
}
