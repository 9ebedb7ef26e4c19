// 抄表数据: readings of one room's meter, settled against the area fee by the two-part tariff
// (domain.md §4.5).
import { type Fen, fen } from '@reli/sdk'
import { roomFacts } from '../billing/engine/facts.ts'
import type { AreaSeason, SeasonTerms } from '../billing/engine/state.ts'
import { capacityHeat, meteredHeat, quantityPlaces, usedQuantity } from '../billing/meters.ts'
import { periodsOf } from '../billing/periods.ts'
import type { Column } from './columns.ts'
import { areaNo, customerNo, remark, season, type Template } from './template.ts'

const quantity = (key: string, title: string, more: Partial<Column> = {}): Column => {
  const kind = { is: 'decimal', places: 3, unit: '表读数', most: 10n ** 15n } as const
  return { key, title, kind, isRequired: true, example: '1234.5', ...more }
}
const price = (key: string, title: string, example: string): Column => {
  const kind = { is: 'decimal', places: 4, unit: '价格（元）', most: 10n ** 9n } as const
  return { key, title, kind, isRequired: true, example }
}

/** Readings have three decimals; the tariff counts in 10⁻⁶. */
const toQuantity = (reading: unknown): bigint =>
  (reading as bigint) * 10n ** BigInt(quantityPlaces - 3)

export const meters: Template = {
  name: 'meters',
  title: '抄表结算',
  about: '每行一个面积项一个采暖期的起止读数；换表的请在系统中逐户办理。',
  does: 'events',
  columns: [
    customerNo,
    season,
    areaNo,
    quantity('start', '起码'),
    quantity('end', '止码', { example: '8765.4' }),
    quantity('registerSize', '量程', {
      isRequired: false,
      example: '100000',
      note: '止码小于起码（走满一圈）时填写',
    }),
    price('basePrice', '基本热价', '7.50'),
    price('meterPrice', '计量热价', '0.13'),
    {
      key: 'capShare',
      title: '封顶比例（%）',
      kind: { is: 'decimal', places: 4, unit: '百分数', most: 10_000_000n },
      isRequired: false,
      example: '100',
      note: '不填为不封顶',
    },
    {
      key: 'settlement',
      title: '结算方式',
      kind: { is: 'choice', words: { REFUND_ONLY: '多退少不补', BOTH: '多退少补' } },
      isRequired: true,
      example: '多退少不补',
    },
    remark,
  ],
  keyOf: (row) => `${row.customerNo} ${row.season} ${row.areaNo}`,
  told: (row, { areaSeasons }, { rules }) => {
    const [of, no] = [row.season as string, row.areaNo as number]
    const terms = rules.seasons.get(of)
    const area = areaSeasons.find((each) => each.season === of && each.areaNo === no)
    if (!terms || !area) {
      return { fault: 'season.not_open', key: 'season', zh: '该面积项在此采暖期没有建账' }
    }
    const [start, end] = [toQuantity(row.start), toQuantity(row.end)]
    const registerSize = row.registerSize === null ? null : toQuantity(row.registerSize)
    const used = usedQuantity([{ start, end, registerSize }])
    if (used < 0n) {
      const zh = '「止码」小于「起码」；表走满一圈的请填写「量程」'
      return { fault: 'meter.runs_backwards', key: 'end', zh }
    }
    const tariff = { meterPrice: row.meterPrice as bigint, correction: 1_000_000n }
    const capRate = row.capShare as bigint | null
    return {
      type: 'METER_SETTLEMENT',
      season: of,
      areaNo: no,
      capacityFen: capacityOf(area, terms, row.basePrice as bigint),
      meteredFen: meteredHeat(used, tariff),
      policy: { capRate, settlement: row.settlement as 'REFUND_ONLY' | 'BOTH' },
    }
  },
}

/** A stop takes its share of the capacity charge (R36). */
function capacityOf(area: AreaSeason, terms: SeasonTerms, basePrice: bigint): Fen {
  let all = 0n
  let idle = 0n
  for (const period of periodsOf(roomFacts(area, terms), terms.span)) {
    all += period.billingDm2 * BigInt(period.days)
    idle += period.stoppedDm2Days + (period.freeDm2Days ?? 0n)
  }
  return fen(capacityHeat(area.billingDm2, basePrice, { dm2Days: all - idle, allDm2Days: all }))
}
