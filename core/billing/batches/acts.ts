// What can be done to a list of customers at once: parameters, and the events that it means for one
// of them. The events are the counter's own: their guards, formulas and entries hold here too.
import { fen } from '@reli/sdk'
import { type Static, type TObject, Type } from 'typebox'
import { type FeeItem, feeItems } from '../accounts.ts'
import type { AccountEvent } from '../engine/events.ts'
import type { CustomerState } from '../engine/state.ts'
import { batchFlags, type Flag } from './flags.sql.ts'

/** An event without its number and day, which the run gives it. */
export type Told = AccountEvent extends infer E
  ? E extends AccountEvent
    ? Omit<E, 'eventId' | 'on'>
    : never
  : never

interface Act<P extends TObject> {
  title: string
  params: P
  /** Empty: it does not concern this customer. */
  events(state: CustomerState, params: Static<P>): Told[]
}

const act = <P extends TObject>(one: Act<P>): Act<P> => one
const closed = { additionalProperties: false } as const

const Season = Type.String({ title: '采暖期', pattern: '^\\d{4}-\\d{4}$' })
const Item = Type.Enum([...feeItems], { title: '费用项目' })
const day = (title: string) => Type.String({ title, format: 'date' })
/** 10⁻⁶: '50000' is 5 %. */
const Share = Type.String({ title: '比例（百万分之一）', pattern: '^[1-9]\\d{0,6}$' })
const Amount = Type.String({ title: '金额（分）', pattern: '^[1-9]\\d{0,14}$' })
const PriceClass = (title: string) => Type.String({ title, minLength: 1, maxLength: 64 })

export const acts = {
  class_change: act({
    title: '单价类型变更',
    params: Type.Object(
      {
        fromClass: PriceClass('原单价类型'),
        toClass: PriceClass('新单价类型'),
        effectiveOn: day('生效日期'),
      },
      closed,
    ),
    events: ({ cards }, { fromClass, toClass, effectiveOn }) =>
      cards
        .filter(({ priceClass, status }) => priceClass === fromClass && status !== 'DISCONNECTED')
        .map(({ areaNo }) => ({ type: 'CLASS_CHANGE', areaNo, priceClass: toClass, effectiveOn })),
  }),
  reduction_share: act({
    title: '按比例减免',
    params: Type.Object({ season: Season, feeItem: Item, share: Share }, closed),
    events: (state, { season, feeItem, share }) =>
      has(state, season, feeItem as FeeItem)
        ? [
            {
              type: 'REDUCTION',
              season,
              feeItem: feeItem as FeeItem,
              by: { mode: 'PERCENT', share: BigInt(share) },
            },
          ]
        : [],
  }),
  reduction_amount: act({
    title: '定额减免',
    params: Type.Object({ season: Season, feeItem: Item, amountFen: Amount }, closed),
    events: (state, { season, feeItem, amountFen }) =>
      has(state, season, feeItem as FeeItem)
        ? [
            {
              type: 'REDUCTION',
              season,
              feeItem: feeItem as FeeItem,
              by: { mode: 'AMOUNT', amountFen: fen(BigInt(amountFen)) },
            },
          ]
        : [],
  }),
  late_fee_waiver: act({
    title: '违约金减免',
    params: Type.Object({ season: Type.Optional(Season), share: Share }, closed),
    events: ({ lines }, { season, share }) =>
      lines.some((line) => season === undefined || line.season === season)
        ? [
            {
              type: 'LATE_FEE_WAIVER',
              ...(season !== undefined && { season }),
              by: { share: BigInt(share) },
            },
          ]
        : [],
  }),
  additional_fee: act({
    title: '加收费用',
    params: Type.Object({ season: Season, feeItem: Item, amountFen: Amount }, closed),
    events: ({ cards }, { season, feeItem, amountFen }) => [
      {
        type: 'ADDITIONAL_FEE',
        season,
        feeItem: feeItem as FeeItem,
        areaNo: cards[0]?.areaNo ?? 0,
        amountFen: fen(BigInt(amountFen)),
      },
    ],
  }),
  stop: act({
    title: '报停',
    params: Type.Object(
      { stopFrom: day('报停日期'), resumeOn: Type.Optional(day('复热日期')) },
      closed,
    ),
    events: ({ cards }, { stopFrom, resumeOn = null }) =>
      cards
        .filter(({ status }) => status === 'NORMAL')
        .map(({ areaNo }) => ({ type: 'STOP', areaNo, areaDm2: 'ALL', stopFrom, resumeOn })),
  }),
  forced_stop: act({
    title: '强停',
    params: Type.Object({ closedOn: day('关栓日期') }, closed),
    events: (_, { closedOn }) => [{ type: 'FORCED_STOP', closedOn }],
  }),
  on_account: act({
    title: '挂账',
    params: Type.Object({ season: Season, promisedOn: day('承诺日期') }, closed),
    events: ({ lines }, { season, promisedOn }) =>
      lines.some((line) => line.season === season)
        ? [{ type: 'ON_ACCOUNT', season, promisedOn }]
        : [],
  }),
  write_off: act({
    title: '核销',
    params: Type.Object({ season: Season }, closed),
    events: ({ lines }, { season }) =>
      lines.some((line) => line.season === season) ? [{ type: 'WRITE_OFF', season }] : [],
  }),
  /** No event of the account: it changes what others may do. */
  flag: act({
    title: '控制标志',
    params: Type.Object(
      {
        flag: Type.Enum([...batchFlags], { title: '控制标志' }),
        value: Type.Boolean({ title: '是否设置' }),
      },
      closed,
    ),
    events: () => [],
  }),
} as const

export type ActName = keyof typeof acts
export const actNames = Object.keys(acts) as ActName[]

/** Seen without its own parameters: the run has checked them. */
export interface AnyAct {
  title: string
  params: TObject
  events(state: CustomerState, params: Record<string, unknown>): Told[]
}
export const actNamed = (name: ActName): AnyAct => acts[name] as unknown as AnyAct
export type FlagParams = { flag: Flag; value: boolean }

const has = ({ lines }: CustomerState, season: string, feeItem: FeeItem): boolean =>
  lines.some((line) => line.season === season && line.feeItem === feeItem)
