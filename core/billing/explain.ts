// «Why is it this amount?» in one shape for every rule: the formula in names, the numbers that went
// into it, and the clause that says so. The console prints it, an auditor checks it by hand.

export interface Explanation {
  /** With the names of `numbers`: `HEATING = round(P × H × (A × D − X) ÷ D)`. */
  formula: string
  /** Decimal text by name. */
  numbers: Readonly<Record<string, string>>
  /** Section of domain.md and, where a ruling or a switch decides, its name. */
  clause: string
}

export const explained = (
  clause: string,
  formula: string,
  numbers: Readonly<Record<string, string | number>>,
): Explanation => ({
  formula,
  numbers: Object.fromEntries(Object.entries(numbers).map(([name, of]) => [name, String(of)])),
  clause,
})

/** `2200n` with 2 places → `'22.00'`; the reverse of `decimal` in policies.ts. */
export function decimalText(value: bigint, places: number): string {
  if (places === 0) return value.toString()
  const size = (value < 0n ? -value : value).toString().padStart(places + 1, '0')
  return `${value < 0n ? '-' : ''}${size.slice(0, -places)}.${size.slice(-places)}`
}

/** As few places as the value needs: quantities of heat, ratios. */
export function plainDecimal(value: bigint, places: number): string {
  const text = decimalText(value, places)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
