// What is decided case by case about amounts: reductions, increases, waivers, write-offs, promises,
// instalments, inspections (domain.md §4.8, §4.10, §4.13, §4.14, §4.17).
import { type Static, type TProperties, Type } from 'typebox'
import type { FeeItem } from '../accounts.ts'
import { roomFacts } from '../engine/facts.ts'
import type { SeasonTerms } from '../engine/state.ts'
import type { Penalty } from '../inspections.ts'
import { stretchesOf } from '../periods.ts'
import type { ReductionMode } from '../reductions.ts'
import { NotAllowed } from '../refusals.ts'
import * as f from './fields.ts'
import { kind, roomOf, type Scene } from './kind.ts'

const Tier = Type.Object(
  { upToDm2: f.Maybe(f.AreaDm2('面积上限')), unitPrice: f.Price('单价') },
  { additionalProperties: false },
)
const reducing = {
  season: f.SeasonName,
  feeItem: f.Maybe(f.FeeItemName),
  areaNo: f.Maybe(f.AreaNo),
  mode: f.OneOf('减免方式', ['AMOUNT', 'DAYS', 'AREA', 'PERCENT', 'TIER']),
  amountFen: f.Maybe(f.AmountFen('减免金额')),
  days: f.Maybe(Type.Integer({ title: '减免天数', minimum: 1, maximum: 366 })),
  areaDm2: f.Maybe(f.AreaDm2('减免面积')),
  share: f.Maybe(f.Share('减免比例')),
  tiers: f.Maybe(Type.Array(Tier, { title: '阶梯单价', minItems: 1, maxItems: 10 })),
} satisfies TProperties
type Reducing = Static<ReturnType<typeof Type.Object<typeof reducing>>>

const reduction = kind({
  title: '减免',
  fields: reducing,
  read: (body, at, scene) => ({
    type: 'REDUCTION',
    ...at,
    season: body.season,
    feeItem: (body.feeItem ?? 'HEATING') as FeeItem,
    ...(body.areaNo === undefined ? {} : { areaNo: body.areaNo }),
    by: modeOf(body, scene),
  }),
  approval: 'ALWAYS',
})

function modeOf(body: Reducing, scene: Scene): ReductionMode {
  const { mode } = body
  switch (mode) {
    case 'AMOUNT':
      return { mode, amountFen: f.fenOf(needed(body.amountFen, '减免金额')) }
    case 'DAYS': {
      const seasonDays = termsOf(scene, body.season).span.days
      return { mode, days: needed(body.days, '减免天数'), seasonDays }
    }
    case 'AREA': {
      const areaDm2 = f.dm2Of(needed(body.areaDm2, '减免面积'))
      return { mode, areaDm2, unitPrice: priceIn(scene, body.season, body.areaNo) }
    }
    case 'PERCENT':
      return { mode, share: f.shareOf(needed(body.share, '减免比例')) }
    case 'TIER': {
      const tiers = needed(body.tiers, '阶梯单价').map(({ upToDm2, unitPrice }) => ({
        upToDm2: upToDm2 === undefined ? null : f.dm2Of(upToDm2),
        unitPrice: f.priceOf(unitPrice),
      }))
      const areaDm2 = f.dm2Of(needed(body.areaDm2, '减免面积'))
      return { mode, areaDm2, unitPrice: priceIn(scene, body.season, body.areaNo), tiers }
    }
  }
}

/** A field that this mode needs and another does not. */
export function needed<T>(value: T | undefined, title: string): T {
  if (value === undefined) throw new NotAllowed('field.missing', {}, `缺少「${title}」`)
  return value
}

function termsOf({ rules }: Scene, season: string): SeasonTerms {
  const terms = rules.seasons.get(season)
  if (!terms) throw new NotAllowed('season.unknown', { season })
  return terms
}

/** The price of the room as it is at the end of the season. */
function priceIn(scene: Scene, season: string, areaNo?: number): bigint {
  const terms = termsOf(scene, season)
  const { areaSeasons, cards } = scene.customer
  const room = roomOf(scene.customer, areaNo ?? cards[0]?.areaNo ?? 0)
  const area = areaSeasons.find((of) => of.season === season && of.areaNo === room.areaNo)
  if (!area) throw new NotAllowed('season.not_open', { season })
  return stretchesOf(roomFacts(area, terms), terms.span).at(-1)!.price.unitPrice
}

const additionalFee = kind({
  title: '应收增加',
  fields: {
    season: f.SeasonName,
    feeItem: f.FeeItemName,
    areaNo: f.Maybe(f.AreaNo),
    amountFen: f.AmountFen('金额'),
  },
  read: ({ season, feeItem, areaNo = 0, amountFen }, at) => ({
    type: 'ADDITIONAL_FEE',
    ...at,
    season,
    feeItem: feeItem as FeeItem,
    areaNo,
    amountFen: f.fenOf(amountFen),
  }),
  approval: 'ALWAYS',
})

const lateFeeWaiver = kind({
  title: '违约金减免',
  fields: {
    season: f.Maybe(f.SeasonName),
    share: f.Maybe(f.Share('减免比例')),
    amountFen: f.Maybe(f.AmountFen('减免金额')),
  },
  read: ({ season, share, amountFen }, at) => ({
    type: 'LATE_FEE_WAIVER',
    ...at,
    ...(season === undefined ? {} : { season }),
    by:
      share === undefined
        ? { amountFen: f.fenOf(needed(amountFen, '减免金额')) }
        : { share: f.shareOf(share) },
  }),
  approval: 'ALWAYS',
})

const writeOff = kind({
  title: '坏账核销',
  fields: { season: f.SeasonName },
  read: ({ season }, at) => ({ type: 'WRITE_OFF', ...at, season }),
  approval: 'ALWAYS',
  needsPapers: true,
})

const onAccount = kind({
  title: '挂账',
  fields: { season: f.SeasonName, promisedOn: f.DayOf('承诺付款日期') },
  read: ({ season, promisedOn }, at) => ({ type: 'ON_ACCOUNT', ...at, season, promisedOn }),
  approval: 'ALWAYS',
  guards: ['charge.settled'],
})

const Part = Type.Object(
  { share: f.Share('比例'), dueOn: f.DayOf('到期日') },
  { additionalProperties: false },
)

const instalmentPlan = kind({
  title: '分期',
  fields: {
    season: f.SeasonName,
    parts: Type.Array(Part, { title: '分期', minItems: 2, maxItems: 12 }),
  },
  read: ({ season, parts }, at) => ({
    type: 'INSTALMENT_PLAN',
    ...at,
    season,
    shares: parts.map(({ share }) => f.shareOf(share)),
    dueDates: parts.map(({ dueOn }) => dueOn),
  }),
  approval: 'ALWAYS',
})

const inspecting = {
  season: f.SeasonName,
  areaNo: f.AreaNo,
  found: f.OneOf('稽查结果', ['USED_WHILE_STOPPED', 'AMOUNT']),
  discoveredOn: f.Maybe(f.DayOf('发现日期')),
  recovery: f.Maybe(f.OneOf('追补方式', ['TO_DISCOVERY', 'FULL_SEASON'])),
  penaltyPerDay: f.Maybe(f.Share('违约金日率')),
  penaltyMultiple: f.Maybe(f.Quantity('违约金倍数')),
  recoverFen: f.Maybe(f.SumFen('追补金额')),
  penaltyFen: f.Maybe(f.SumFen('违约金')),
} satisfies TProperties
type Inspecting = Static<ReturnType<typeof Type.Object<typeof inspecting>>>

const inspection = kind({
  title: '稽查追补',
  fields: inspecting,
  read: (body, at) => {
    const { season, areaNo } = body
    return { type: 'INSPECTION', ...at, season, areaNo, found: foundBy(body) }
  },
  approval: 'ALWAYS',
  needsPapers: true,
})

function foundBy(body: Inspecting) {
  if (body.found === 'AMOUNT') {
    const recoverFen = f.fenOf(needed(body.recoverFen, '追补金额'))
    return { is: 'AMOUNT' as const, recoverFen, penaltyFen: f.fenOf(body.penaltyFen ?? '0') }
  }
  const { recovery = 'TO_DISCOVERY', penaltyPerDay, penaltyMultiple } = body
  const penalty: Penalty =
    penaltyMultiple === undefined
      ? { perDay: f.shareOf(penaltyPerDay ?? '0') }
      : { multiple: f.quantityOf(penaltyMultiple) }
  const discoveredOn = needed(body.discoveredOn, '发现日期')
  return { is: 'USED_WHILE_STOPPED' as const, discoveredOn, recovery, penalty }
}

export const amountKinds = {
  REDUCTION: reduction,
  ADDITIONAL_FEE: additionalFee,
  LATE_FEE_WAIVER: lateFeeWaiver,
  WRITE_OFF: writeOff,
  ON_ACCOUNT: onAccount,
  INSTALMENT_PLAN: instalmentPlan,
  INSPECTION: inspection,
}
