// Money is an integer of fen (0.01 yuan), area an integer of dm² (0.01 m²), a unit price an integer
// of 10⁻⁴ yuan, a rate an integer of 10⁻⁶. No floating point comes near them (domain.md §4.0), and
// there is one rounding function: half away from zero, applied once per charge line.

declare const unit: unique symbol
/** Money in fen. 1 yuan = 100 fen. */
export type Fen = bigint & { readonly [unit]: 'fen' }
/** Area in dm² as the trade counts it: 1 m² = 100 units of 0.01 m². */
export type Dm2 = bigint & { readonly [unit]: 'dm2' }

/** Brands an integer as fen. Throws on a number with a fraction. */
export const fen = (amount: bigint | number): Fen => BigInt(amount) as Fen
/** Brands an integer of 0.01 m². */
export const dm2 = (area: bigint | number): Dm2 => BigInt(area) as Dm2

export const zeroFen = fen(0)

/** Division rounded half away from zero. The only rounding in the product. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('divideHalfUp wants a positive denominator')
  const sign = numerator < 0n ? -1n : 1n
  const size = numerator * sign
  return (sign * (2n * size + denominator)) / (2n * denominator)
}

/** Sum of amounts. `sum([])` is zero. */
export const sumFen = (amounts: Iterable<Fen>): Fen => {
  let total = 0n
  for (const amount of amounts) total += amount
  return total as Fen
}

export const minFen = (a: Fen, b: Fen): Fen => (a < b ? a : b)

const yuanText = /^(-?)(0|[1-9]\d*)\.(\d{2})$/

/** `271530n` → `'2715.30'`. */
export function toYuan(amount: bigint): string {
  const sign = amount < 0n ? '-' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(3, '0')
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** `'2715.30'` → `271530n`; anything else, `'2715.3'` or `' 1.00'` included, is `undefined`. */
export function fromYuan(text: string): Fen | undefined {
  const match = yuanText.exec(text)
  if (!match) return undefined
  const amount = BigInt(match[2]! + match[3]!)
  return fen(match[1] ? -amount : amount)
}
