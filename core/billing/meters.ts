// Metered heat and the two-part tariff 两部制 (domain.md §4.5): a capacity charge by area and a charge
// by the meter, settled after the season against the area fee that was paid in advance. Bills are
// made in the tariff's own unit, kWh or GJ, and never converted (E24).
import { type Dm2, divideHalfUp, type Fen, fen, minFen } from '@reli/sdk'
import { decimalText, type Explanation, explained, plainDecimal } from './explain.ts'
import { one, shareOf } from './rates.ts'

/** Quantities are integers of 10⁻⁶ of the meter's unit. */
export const quantityPlaces = 6
const quantityUnit = 10n ** BigInt(quantityPlaces)
/** 10⁻⁴ yuan × quantity → fen. */
const pricePerFen = 100n

export interface MeterReading {
  start: bigint
  end: bigint
  /** The count at which the register begins again, such as 100,000 (R36). */
  registerSize: bigint | null
}

/** Σ (end − start) + manual adjustment; a meter exchanged in the season is two readings (E25). */
export function usedQuantity(readings: readonly MeterReading[], adjustment = 0n): bigint {
  return readings.reduce((sum, { start, end, registerSize }) => {
    const overflowed = end < start && registerSize !== null
    return sum + end - start + (overflowed ? registerSize : 0n)
  }, adjustment)
}

export interface MeterTariff {
  /** 10⁻⁴ yuan per unit of the meter. */
  meterPrice: bigint
  /** 10⁻⁶; 1 where the meter is right. */
  correction: bigint
}

/** `null` quantity: the meter is missing or failed, and the area fee is what is owed. */
export function meteredHeat(quantity: bigint, { meterPrice, correction }: MeterTariff): Fen {
  return fen(divideHalfUp(quantity * meterPrice * correction, quantityUnit * one * pricePerFen))
}

/** Price per m² in 10⁻⁴ yuan. Under a stop the heated share of the season (R36). */
export function capacityHeat(
  billingDm2: Dm2,
  basePrice: bigint,
  heated: { dm2Days: bigint; allDm2Days: bigint } = { dm2Days: 1n, allDm2Days: 1n },
): Fen {
  const { dm2Days, allDm2Days } = heated
  if (allDm2Days === 0n) return fen(0)
  return fen(divideHalfUp(billingDm2 * basePrice * dm2Days, pricePerFen * 100n * allDm2Days))
}

export interface MeterSettlementPolicy {
  /** Share of the area fee, 10⁻⁶; `null` = none. */
  capRate: bigint | null
  /** 多退少不补 or 多退少补. */
  settlement: 'REFUND_ONLY' | 'BOTH'
}

export interface MeterBill {
  capacityFen: Fen
  meteredFen: Fen
  /** The actual area fee, with over-height. */
  areaFeeFen: Fen
  /** What the customer paid in advance; without other word the area fee. */
  paidFen?: Fen
}

export interface MeterSettlement {
  twoPartFen: Fen
  settledFen: Fen
  refundFen: Fen
  extraFen: Fen
  why: Explanation
}

/** Sum, then cap. «Refund, never surcharge» is a cap of 100 %, whatever else is allowed (R36). */
export function settleMeter(bill: MeterBill, policy: MeterSettlementPolicy): MeterSettlement {
  const { capacityFen, meteredFen, areaFeeFen, paidFen = areaFeeFen } = bill
  const twoPartFen = fen(capacityFen + meteredFen)
  const { capRate, settlement } = policy
  const capped = capRate === null ? twoPartFen : minFen(twoPartFen, shareOf(areaFeeFen, capRate))
  const settledFen = settlement === 'REFUND_ONLY' ? minFen(capped, areaFeeFen) : capped
  const left = paidFen - settledFen
  return {
    twoPartFen,
    settledFen,
    refundFen: fen(left > 0n ? left : 0n),
    extraFen: fen(left < 0n ? -left : 0n),
    why: explained(
      `domain.md §4.5 / meter_cap, meter_settlement ${settlement}`,
      'settled = min(capacity + metered, cap × area_fee)',
      {
        capacity: decimalText(capacityFen, 2),
        metered: decimalText(meteredFen, 2),
        area_fee: decimalText(areaFeeFen, 2),
        cap: capRate === null ? 'none' : plainDecimal(capRate, 6),
      },
    ),
  }
}
