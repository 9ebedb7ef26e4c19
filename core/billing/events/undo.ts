// Taking an event back: by the way that its kind defines, by somebody else than whoever made it
// where two people had to agree.
import type { Tx } from '../../db/db.ts'
import { Problem } from '../../http/problems.ts'
import { recordAct } from '../../org/audit.ts'
import { change } from '../machines/changes.ts'
import { next } from '../machines/machine.ts'
import { NotAllowed } from '../refusals.ts'
import { gatherStates } from '../store/gather.ts'
import { takeEventIds } from '../store/write.ts'
import { openDesk } from './desk.ts'
import { type Done, type EffectJson, effectOf } from './effects.ts'
import type { KindName } from './kinds.ts'
import { formerName } from './records.sql.ts'
import { rename } from './records.ts'
import { eventById, lockRequestOfEvent, moveRequest } from './requests.sql.ts'
import { bookEvents } from './run.ts'
import { eventsOnTheWay, recordsOfWayBack, wayBack } from './way-back.ts'

export interface Undone {
  eventIds: string[]
  effect: EffectJson
}

export async function undo(
  tx: Tx,
  companyId: string,
  login: string,
  eventId: string,
  reason: string,
): Promise<Undone> {
  const request = await tx.maybe(lockRequestOfEvent, [companyId, eventId])
  const row = await tx.maybe(eventById, [companyId, eventId])
  if (!row || !request) throw new Problem('thing.not_found')
  if (row.isUndone) throw new NotAllowed('event.undone', { eventId })
  const name = request.type as KindName
  const state = next(change, request.state, 'UNDO')
  const isOwn = request.checkedBy !== null && request.madeBy === login
  if (isOwn) throw new NotAllowed('request.own', { eventId }, '申请人不能撤回自己的业务')
  const desk = await openDesk(tx, companyId, login)
  const isPossible = wayBack[name].by !== null
  const eventIds = isPossible ? await takeEventIds(tx, eventsOnTheWay(row, name)) : ['']
  const { bookingOn } = desk
  const records = recordsOfWayBack(name, { row, request, bookingOn, eventIds, login, reason })
  const ids = [records[0]!.customerId]
  const before = (await gatherStates(tx, companyId, ids, 'locked', desk.rules)).get(ids[0]!)
  const results = await bookEvents(tx, desk, records)
  const done = results.map((result): Done => {
    if (result.is === 'done') return result
    throw new NotAllowed(result.code, result.detail as never, result.zh)
  })
  if (name === 'NAME_TRANSFER') {
    const former = await tx.one(formerName, [companyId, eventId])
    await rename(desk, row.customerId, eventIds[0]!, { ...former, idType: null })
  }
  await tx.run(moveRequest, [companyId, request.requestNo, state, null, null, null, null, null])
  await recordAct(tx, {
    companyId,
    actor: login,
    action: 'event.undone',
    subject: row.customerId,
    before: { eventId, type: name },
    after: { eventIds },
    reason,
  })
  return { eventIds: [...eventIds], effect: effectOf(bookingOn, before!, done.at(-1)!) }
}
