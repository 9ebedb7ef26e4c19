// Fees that are not heat by area: access 入网费, steam and hot water, the VAT inside a price, and the
// fen that cash leaves out 抹零 (domain.md §4.6, §4.7, §4.16).
import { type Dm2, divideHalfUp, type Fen, fen } from '@reli/sdk'
import { decimalText, type Explanation, explained, plainDecimal } from './explain.ts'
import { quantityPlaces } from './meters.ts'
import { one } from './rates.ts'

/** 10⁻⁴ yuan × 0.01 m² → fen. */
const areaPricePerFen = 10_000n

/** Area × price per m² in 10⁻⁴ yuan. */
export const areaAmount = (areaDm2: Dm2, unitPrice: bigint): Fen =>
  fen(divideHalfUp(areaDm2 * unitPrice, areaPricePerFen))

export interface AccessFee {
  accessFen: Fen
  networkFen: Fen
  why: Explanation
}

/** Two lines, each rounded (R43). */
export function accessFee(areaDm2: Dm2, accessPrice: bigint, networkPrice: bigint): AccessFee {
  return {
    accessFen: areaAmount(areaDm2, accessPrice),
    networkFen: areaAmount(areaDm2, networkPrice),
    why: explained('domain.md §4.6, R43', 'access = round(A × price); network = round(A × price)', {
      A: decimalText(areaDm2, 2),
      access_price: decimalText(accessPrice, 4),
      network_price: decimalText(networkPrice, 4),
    }),
  }
}

export interface QuantityFee {
  billedQuantity: bigint
  amountFen: Fen
  why: Explanation
}

/** Steam by t or GJ with a contractual minimum, hot water by m³; quantities in 10⁻⁶. */
export function quantityFee(quantity: bigint, unitPrice: bigint, minimum = 0n): QuantityFee {
  const billedQuantity = quantity > minimum ? quantity : minimum
  const unit = 10n ** BigInt(quantityPlaces)
  return {
    billedQuantity,
    amountFen: fen(divideHalfUp(billedQuantity * unitPrice, unit * 100n)),
    why: explained('domain.md §4.7', 'fee = round(max(Q, minimum) × price)', {
      Q: plainDecimal(quantity, quantityPlaces),
      minimum: plainDecimal(minimum, quantityPlaces),
      price: decimalText(unitPrice, 4),
    }),
  }
}

export interface Vat {
  netFen: Fen
  vatFen: Fen
  why: Explanation
}

/** The tax inside an amount, for each line of an invoice (R45). Residents are exempt 免税. */
export function vatInside(amountFen: Fen, rate: bigint, isExempt = false): Vat {
  const netFen = isExempt ? amountFen : fen(divideHalfUp(amountFen * one, one + rate))
  return {
    netFen,
    vatFen: fen(amountFen - netFen),
    why: explained('domain.md §4.16', isExempt ? 'vat = 0' : 'net = round(amount ÷ (1 + rate))', {
      amount: decimalText(amountFen, 2),
      rate: plainDecimal(rate, 6),
    }),
  }
}

export interface ZeroOffPolicy {
  to: 'NONE' | 'JIAO' | 'YUAN'
  method: 'DOWN' | 'HALF'
}

export interface ZeroOff {
  cashFen: Fen
  /** Receivable − cash: what the company lets off, below zero where it rounds up (R40). */
  roundingFen: Fen
  why: Explanation
}

const unitOf = { NONE: 1n, JIAO: 10n, YUAN: 100n } as const

/** Cash only; every other tender pays to the fen (R40). */
export function zeroOff(amountFen: Fen, { to, method }: ZeroOffPolicy, isCash = true): ZeroOff {
  const unit = isCash ? unitOf[to] : 1n
  const whole = method === 'DOWN' ? amountFen / unit : divideHalfUp(amountFen, unit)
  const cashFen = fen(whole * unit)
  return {
    cashFen,
    roundingFen: fen(amountFen - cashFen),
    why: explained(`domain.md §4.16, R40 / zero_off ${to} ${method}`, 'rounding = amount − cash', {
      amount: decimalText(amountFen, 2),
      cash: decimalText(cashFen, 2),
    }),
  }
}
