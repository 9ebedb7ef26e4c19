// Setting and ending business windows, stopping and starting collection: each with a reason, on
// record, and effective on the next operation. For the API and the command line alike.
import type { Tx } from '../db/db.ts'
import { Problem } from '../http/problems.ts'
import { recordAct } from '../org/audit.ts'
import * as sql from './windows.sql.ts'
import { type Business, every, ownChannels } from './windows.ts'

export interface Actor {
  companyId: string
  login: string
}

export interface NewWindow {
  channelId: string
  business: Business
  weekdays: readonly number[]
  timeFrom: string
  timeTo: string
  /** Absent: from today. */
  fromOn: string | null
  toOn: string
  reason: string
}

export async function setWindow(
  tx: Tx,
  { companyId, login }: Actor,
  asked: NewWindow,
): Promise<sql.WindowRow> {
  const { channelId, business, weekdays, timeFrom, timeTo, fromOn, toOn, reason } = asked
  await refuseUnlessChannel(tx, companyId, channelId)
  if (timeFrom === timeTo) throw invalid('timeTo', '「结束时间」不能等于「开始时间」')
  if (fromOn !== null && fromOn > toOn) throw invalid('toOn', '「结束日期」不能早于「开始日期」')
  const window = await tx.one(sql.insertWindow, [
    companyId,
    idOf('win'),
    channelId,
    business,
    weekdays,
    timeFrom,
    timeTo,
    fromOn,
    toOn,
    reason,
    login,
  ])
  const act = { companyId, actor: login, action: 'window.set', subject: window.windowId }
  await recordAct(tx, { ...act, after: window, reason })
  return window
}

export async function endWindow(
  tx: Tx,
  { companyId, login }: Actor,
  windowId: string,
  reason: string,
): Promise<sql.WindowRow> {
  const window = await tx.maybe(sql.endWindow, [companyId, windowId, login])
  if (!window) throw new Problem('thing.not_found')
  const act = { companyId, actor: login, action: 'window.ended', subject: windowId }
  await recordAct(tx, { ...act, after: window, reason })
  return window
}

/** What a stop is about; `*` is every channel or every season. */
export interface Stopped {
  channelId: string
  season: string
}

/**
 * A season that is stopped over every channel is also closed in its own row, which whoever collects
 * looks at: the counter, the statement's late payments.
 */
export async function stopCollection(
  tx: Tx,
  { companyId, login }: Actor,
  { channelId, season }: Stopped,
  reason: string,
): Promise<sql.StopRow> {
  await refuseUnlessChannel(tx, companyId, channelId)
  if (season !== every && !(await tx.maybe(sql.seasonExists, [companyId, season]))) {
    throw invalid('season', `「采暖期」${season} 不存在`)
  }
  const asked = [companyId, idOf('stop'), channelId, season, reason, login] as const
  const stop = await tx.maybe(sql.insertStop, [...asked])
  if (!stop) throw new Problem('collection.unchanged')
  if (isSeasonAlone(stop)) await tx.one(sql.setSeasonOpen, [companyId, season, false])
  const act = { companyId, actor: login, action: 'collection.stopped', subject: subjectOf(stop) }
  await recordAct(tx, { ...act, after: stop, reason })
  return stop
}

export async function startCollection(
  tx: Tx,
  { companyId, login }: Actor,
  stopId: string,
  reason: string,
): Promise<sql.StopRow> {
  const stop = await tx.maybe(sql.endStop, [companyId, stopId, login, reason])
  if (!stop) throw new Problem('thing.not_found')
  if (isSeasonAlone(stop)) await tx.one(sql.setSeasonOpen, [companyId, stop.season, true])
  const act = { companyId, actor: login, action: 'collection.started', subject: subjectOf(stop) }
  await recordAct(tx, { ...act, after: stop, reason })
  return stop
}

const isSeasonAlone = ({ channelId, season }: Stopped) => channelId === every && season !== every
const subjectOf = ({ channelId, season }: Stopped) => `${channelId}/${season}`

async function refuseUnlessChannel(tx: Tx, companyId: string, channelId: string): Promise<void> {
  if (channelId === every || channelId in ownChannels) return
  if (await tx.maybe(sql.channelExists, [companyId, channelId])) return
  throw invalid('channelId', `「渠道」${channelId} 不存在`)
}

const invalid = (field: string, message: string) =>
  new Problem('request.invalid', [{ field, message }])

const idOf = (kind: string) => `${kind}_${crypto.randomUUID().replaceAll('-', '')}`
