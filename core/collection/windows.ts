// When a kind of business may be done over a channel (domain.md §9.4), and 代收启停, the stop of
// collection by hand. Both are read with each batch of the hub, so they hold from the next
// operation on; a payment that has begun is finished.
import { addDays, type Day } from '../billing/seasons.ts'

/** The kinds of business that a window can name. */
export const businesses = {
  query: '欠费查询',
  pay: '缴费',
  reverse: '冲正',
  refund: '退费',
  change: '业务办理',
} as const
export type Business = keyof typeof businesses
export const businessNames = Object.keys(businesses) as Business[]

/** Channels besides the banks, which have a row in `channels`. */
export const ownChannels = {
  counter: '营业厅',
  wechat: '微信',
  alipay: '支付宝',
  web: '网上营业厅',
  api: '开放接口',
} as const

/** In place of a channel or a season. */
export const every = '*'

export interface Window {
  channelId: string
  business: string
  /** 1 is Monday, 7 is Sunday. */
  weekdays: readonly number[]
  timeFrom: string
  /** Before `timeFrom`: over midnight, of the day on which it began. */
  timeTo: string
  fromOn: Day
  toOn: Day
}

/** What is open and what is stopped for one channel. */
export interface Opening {
  windows: readonly Window[]
  /** Seasons whose collection is stopped; `*`, all of them. */
  stoppedSeasons: ReadonlySet<string>
}

/**
 * Whether a business may be done now. The channel's own windows stand before those of every
 * channel; a business that no window names is open.
 */
export function isOpenFor(
  { windows }: Opening,
  business: Business,
  { now, today }: { now: string; today: Day },
): boolean {
  const named = windows.filter((window) => window.business === business)
  const own = named.filter(({ channelId }) => channelId !== every)
  const valid = own.length > 0 ? own : named
  return valid.length === 0 || valid.some((window) => covers(window, now, today))
}

function covers(window: Window, now: string, today: Day): boolean {
  const { timeFrom, timeTo } = window
  const time = now.slice(11)
  if (timeFrom <= timeTo) return isOn(window, today) && time >= timeFrom && time < timeTo
  return (
    (time >= timeFrom && isOn(window, today)) || (time < timeTo && isOn(window, addDays(today, -1)))
  )
}

const isOn = ({ weekdays, fromOn, toOn }: Window, day: Day): boolean =>
  day >= fromOn && day <= toOn && weekdays.includes(weekdayOf(day))

const daysOfWeek = 7
/** A day has the same name everywhere: reckoned in UTC, no time zone moves it. */
export const weekdayOf = (day: Day): number =>
  new Date(`${day}T00:00:00Z`).getUTCDay() || daysOfWeek

export const isStopped = ({ stoppedSeasons }: Opening): boolean => stoppedSeasons.has(every)
