// Events of a room: stop, forced stop, resume, changes of area and price class, the meter
// (domain.md §3.5).
import { type Static, type TProperties, Type } from 'typebox'
import { roomFacts } from '../engine/facts.ts'
import type { AreaSeason, SeasonTerms } from '../engine/state.ts'
import { capacityHeat, meteredHeat, usedQuantity } from '../meters.ts'
import { periodsOf } from '../periods.ts'
import { NotAllowed } from '../refusals.ts'
import { effectiveFrom } from '../stops.ts'
import * as f from './fields.ts'
import { kind, roomOf, type Scene } from './kind.ts'

const stop = kind({
  title: '报停',
  fields: {
    areaNo: f.AreaNo,
    areaDm2: f.Maybe(f.AreaDm2('报停面积')),
    resumeOn: f.Maybe(f.DayOf('约定复热日期')),
    isCorrection: f.Maybe(f.Flag('更正补办')),
  },
  read: (body, at, scene) => {
    const stopFrom = body.isCorrection ? body.effectiveOn : firstDay(body.effectiveOn, at.on, scene)
    return {
      type: 'STOP',
      ...at,
      areaNo: body.areaNo,
      areaDm2: body.areaDm2 === undefined ? 'ALL' : f.dm2Of(body.areaDm2),
      stopFrom,
      resumeOn: body.resumeOn ?? null,
    }
  },
  approval: 'ALWAYS',
  guards: ['stop.forbidden'],
})

/** Not before the day after approval; a whole season begins with the heat (domain.md §3.4 B). */
function firstDay(requestedFrom: string, approvedOn: string, { rules }: Scene): string {
  const seasons = [...rules.seasons.values()].sort((a, b) => (a.season < b.season ? -1 : 1))
  const season = seasons.find(({ span }) => requestedFrom < span.until)
  if (!season) return requestedFrom
  return effectiveFrom({ requestedFrom, approvedOn }, 'REQUESTED', season.span)
}

const forcedStop = kind({
  title: '强停',
  fields: { areaNo: f.Maybe(f.AreaNo) },
  read: ({ areaNo, effectiveOn: closedOn }, at) => ({
    type: 'FORCED_STOP',
    ...at,
    closedOn,
    ...(areaNo === undefined ? {} : { areaNo }),
  }),
  approval: 'ALWAYS',
  needsPapers: true,
  guards: ['forced_stop.not_owing'],
})

const resume = kind({
  title: '复热',
  fields: {
    stopId: f.EventId('报停业务号'),
    valveOpeningFen: f.Maybe(f.AmountFen('开栓费')),
  },
  read: ({ stopId, valveOpeningFen, effectiveOn: resumeOn }, at) => ({
    type: 'RESUME',
    ...at,
    stopId,
    resumeOn,
    ...(valveOpeningFen === undefined ? {} : { valveOpeningFen: f.fenOf(valveOpeningFen) }),
  }),
  approval: 'ALWAYS',
})

const areaChange = kind({
  title: '面积变更',
  fields: {
    areaNo: f.AreaNo,
    billingDm2: f.AreaDm2('收费面积'),
    heightCm: f.Maybe(Type.Integer({ title: '层高（厘米）', minimum: 150, maximum: 5000 })),
  },
  read: ({ areaNo, billingDm2, heightCm, effectiveOn }, at) => ({
    type: 'AREA_CHANGE',
    ...at,
    areaNo,
    billingDm2: f.dm2Of(billingDm2),
    effectiveOn,
    ...(heightCm === undefined ? {} : { heightCm }),
  }),
  approval: 'ALWAYS',
  needsPapers: true,
})

const classChange = kind({
  title: '单价类型变更',
  fields: { areaNo: f.AreaNo, priceClass: f.Text('单价类型', 30) },
  read: ({ areaNo, priceClass, effectiveOn }, at) => ({
    type: 'CLASS_CHANGE',
    ...at,
    areaNo,
    priceClass,
    effectiveOn,
  }),
  approval: 'ALWAYS',
  needsPapers: true,
})

const Reading = Type.Object(
  {
    start: f.Quantity('起码'),
    end: f.Quantity('止码'),
    registerSize: f.Maybe(f.Quantity('量程')),
  },
  { additionalProperties: false },
)
const metering = {
  season: f.SeasonName,
  areaNo: f.AreaNo,
  readings: Type.Array(Reading, { title: '抄表读数', minItems: 1, maxItems: 10 }),
  adjustment: f.Maybe(f.Quantity('用量调整')),
  basePrice: f.Price('基本热价'),
  meterPrice: f.Price('计量热价'),
  correction: f.Maybe(f.Quantity('修正系数')),
  capRate: f.Maybe(f.Quantity('封顶比例')),
  settlement: f.OneOf('结算方式', ['REFUND_ONLY', 'BOTH']),
} satisfies TProperties

const meterSettlement = kind({
  title: '计量结算',
  fields: metering,
  read: (body, at, scene) => {
    const { season, areaNo, capRate, settlement } = body
    const area = areaIn(scene, season, areaNo)
    return {
      type: 'METER_SETTLEMENT',
      ...at,
      season,
      areaNo,
      capacityFen: capacityHeat(
        area.billingDm2,
        f.priceOf(body.basePrice),
        heatedShare(area, scene.rules.seasons.get(season)!),
      ),
      meteredFen: meteredFen(body),
      policy: { capRate: capRate === undefined ? null : f.quantityOf(capRate), settlement },
    }
  },
  approval: 'NEVER',
})

function areaIn({ customer, rules }: Scene, season: string, areaNo: number): AreaSeason {
  if (!rules.seasons.has(season)) throw new NotAllowed('season.unknown', { season })
  const area = customer.areaSeasons.find((of) => of.season === season && of.areaNo === areaNo)
  if (area) return area
  roomOf(customer, areaNo)
  throw new NotAllowed('season.not_open', { season })
}

/** A stop takes its share of the capacity charge (R36). */
function heatedShare(area: AreaSeason, terms: SeasonTerms) {
  const periods = periodsOf(roomFacts(area, terms), terms.span)
  const sum = (of: (period: (typeof periods)[number]) => bigint) =>
    periods.reduce((all, period) => all + of(period), 0n)
  const allDm2Days = sum(({ billingDm2, days }) => billingDm2 * BigInt(days))
  const idle = sum(({ stoppedDm2Days, freeDm2Days }) => stoppedDm2Days + (freeDm2Days ?? 0n))
  return { dm2Days: allDm2Days - idle, allDm2Days }
}

type Metered = Pick<
  Static<ReturnType<typeof Type.Object<typeof metering>>>,
  'readings' | 'adjustment' | 'meterPrice' | 'correction'
>

function meteredFen({ readings, adjustment = '0', meterPrice, correction = '1' }: Metered) {
  const counted = readings.map(({ start, end, registerSize }) => ({
    start: f.quantityOf(start),
    end: f.quantityOf(end),
    registerSize: registerSize === undefined ? null : f.quantityOf(registerSize),
  }))
  const quantity = usedQuantity(counted, f.quantityOf(adjustment))
  if (quantity < 0n) throw new NotAllowed('meter.runs_backwards')
  const tariff = { meterPrice: f.priceOf(meterPrice), correction: f.quantityOf(correction) }
  return meteredHeat(quantity, tariff)
}

export const roomKinds = {
  STOP: stop,
  FORCED_STOP: forcedStop,
  RESUME: resume,
  AREA_CHANGE: areaChange,
  CLASS_CHANGE: classChange,
  METER_SETTLEMENT: meterSettlement,
}
