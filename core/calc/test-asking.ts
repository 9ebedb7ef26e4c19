// How the calculator's tests ask: a case by its rule, and a history by its events alone.
import { answerCase } from './cases.ts'
import { Field } from './fields.ts'
import { answerHistory } from './history.ts'

/** Answers of all rules, each with keys of its own. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export const ask = (rule: string, input: object, policy: object = {}): any =>
  answerCase(new Field({ rule, input, policy }, '$'))

export const season = { heat_start: '2025-11-15', heat_end: '2026-03-15' }

/** Shijiazhuang's: 22 and 31 yuan, 20 %, 1 ‰ a day from 1 January without cap. */
const seasonFrom = (year: number) => ({
  heat_start: `${year}-11-15`,
  heat_end: `${year + 1}-03-15`,
  prices: { RES: '22.00', NONRES: '31.00' },
  base_heat_ratio: { RES: '0.20', NONRES: '0.40' },
  late_fee: { late_fee_rate: '0.001', late_fee_cap: null, due_date: `${year}-12-31` },
  discount: {
    tiers: [{ from: `${year}-08-01`, to: `${year}-10-31`, rate: '0.02' }],
    channel_bonus: { WECHAT: '0.005' },
  },
})

export const seasons = {
  '2024-2025': seasonFrom(2024),
  '2025-2026': seasonFrom(2025),
  '2026-2027': seasonFrom(2026),
}

export const flat = {
  code: '1',
  nature: 'RESIDENT',
  items: [{ id: 'A1', billing_area: '90.00', price_class: 'RES' }],
}

interface Asked {
  customers?: object[]
  policy?: object
  seasons?: object
}

/** Every event as `[date, type, more]`; the answer of each, with the seq of its place. */
// biome-ignore lint/suspicious/noExplicitAny: states are read by their keys.
export function tell(events: [string, string, object?][], asked: Asked = {}): any[] {
  const { customers = [flat], policy = {} } = asked
  const numbered = events.map(([date, type, more], at) => {
    return { seq: at + 1, date, type, customer: '1', ...more }
  })
  const told = { policy, seasons: asked.seasons ?? seasons, customers, events: numbered }
  return answerHistory(new Field(told, '$')).events as object[]
}

/** The state of customer 1, or another, after the last event. */
// biome-ignore lint/suspicious/noExplicitAny: see `tell`.
export const afterwards = (events: [string, string, object?][], asked?: Asked, code = '1'): any =>
  tell(events, asked).at(-1).expect[code]

/** `{ HEATING: '1980.00' }` of one season. */
export const linesOf = (
  state: { lines: { season: string; fee_item: string; receivable: string }[] },
  code = '2025-2026',
) =>
  Object.fromEntries(
    state.lines
      .filter((line) => line.season === code)
      .map((line) => [line.fee_item, line.receivable]),
  )
