// `reli window` and `reli collection`: business windows, and collection stopped and started, from
// the machine itself. The hub reads both with each batch, so they hold from the next operation on.

import { type StopRow, stopsOf, type WindowRow, windowsOf } from '../collection/windows.sql.ts'
import { type Business, businesses, businessNames, every } from '../collection/windows.ts'
import {
  endWindow,
  setWindow,
  startCollection,
  stopCollection,
} from '../collection/windows-acts.ts'
import { wholeCompanies } from '../db/scope.ts'
import { companyOf, dayOf, withDatabase } from './api-key.ts'
import { say } from './say.ts'
import { Misused, needed, type Words } from './words.ts'

const noEnd = '9999-12-31'
const time = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/

export async function windowCommand(words: Words): Promise<void> {
  const by = companyOf(words)
  const scope = wholeCompanies(by.companyId)
  const { positionals, values } = words
  const [act, windowId] = positionals
  await withDatabase(words, 'window', async (db) => {
    if (act === 'list') {
      const found = await db.read(scope, (tx) =>
        tx.many(windowsOf, [by.companyId, values.channel ?? null, null, false]),
      )
      if (found.length === 0) say('没有营业窗口：各项业务全天开放')
      for (const window of found) say(windowText(window))
    } else if (act === 'add') {
      const asked = newWindow(words)
      say(windowText(await db.tx(scope, (tx) => setWindow(tx, by, asked))))
    } else if (act === 'end') {
      const [id, reason] = [needed(windowId, '窗口编号'), needed(values.reason, '--reason')]
      say(`已结束：${windowText(await db.tx(scope, (tx) => endWindow(tx, by, id, reason)))}`)
    } else {
      throw new Misused('请写明 window list、add 或 end')
    }
  })
}

function newWindow({ values }: Words) {
  const business = needed(values.business, '--business')
  if (!businessNames.includes(business as Business)) {
    throw new Misused(`--business 只能是 ${businessNames.join('、')} 之一`)
  }
  const [timeFrom, timeTo] = [needed(values.from, '--from'), needed(values.to, '--to')]
  if (!time.test(timeFrom) || !time.test(timeTo)) throw new Misused('时间应形如 08:30')
  const weekdays = (values.weekdays ?? '1234567').split('').map(Number)
  if (weekdays.some((day) => !(day >= 1 && day <= 7))) {
    throw new Misused('--weekdays 应由 1 至 7 组成，1 为星期一，如 12345')
  }
  return {
    channelId: values.channel ?? every,
    business: business as Business,
    weekdays,
    timeFrom,
    timeTo,
    fromOn: values['from-on'] === undefined ? null : dayOf(values['from-on'], '--from-on'),
    toOn: values['to-on'] === undefined ? noEnd : dayOf(values['to-on'], '--to-on'),
    reason: needed(values.reason, '--reason'),
  }
}

export async function collectionCommand(words: Words): Promise<void> {
  const by = companyOf(words)
  const scope = wholeCompanies(by.companyId)
  const { positionals, values } = words
  const [act, stopId] = positionals
  await withDatabase(words, 'collection', async (db) => {
    if (act === 'list') {
      const stops = await db.read(scope, (tx) => tx.many(stopsOf, [by.companyId, false]))
      if (stops.length === 0) say('没有停止代收')
      for (const stop of stops) say(stopText(stop))
    } else if (act === 'stop') {
      const what = { channelId: values.channel ?? every, season: values.season ?? every }
      const reason = needed(values.reason, '--reason')
      const stop = await db.tx(scope, (tx) => stopCollection(tx, by, what, reason))
      say(`已停止代收：${stopText(stop)}`)
    } else if (act === 'start') {
      const [id, reason] = [needed(stopId, '停止编号'), needed(values.reason, '--reason')]
      const stop = await db.tx(scope, (tx) => startCollection(tx, by, id, reason))
      say(`已恢复代收：${stopText(stop)}`)
    } else {
      throw new Misused('请写明 collection list、stop 或 start')
    }
  })
}

const allOr = (name: string, all: string) => (name === every ? all : name)

const windowText = (window: WindowRow) =>
  [
    window.windowId,
    allOr(window.channelId, '全部渠道'),
    businesses[window.business as Business] ?? window.business,
    `星期 ${window.weekdays.join('')}`,
    `${window.timeFrom.slice(0, 5)}–${window.timeTo.slice(0, 5)}`,
    `${window.fromOn} 至 ${window.toOn === noEnd ? '长期' : window.toOn}`,
    window.reason,
  ].join('  ')

const stopText = (stop: StopRow) =>
  [
    stop.stopId,
    allOr(stop.channelId, '全部渠道'),
    allOr(stop.season, '全部采暖期'),
    stop.reason,
    stop.stoppedBy,
  ].join('  ')
