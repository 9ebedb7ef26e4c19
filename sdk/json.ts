// Plain data across processes and into the database. Exact integers travel as strings of digits;
// the name says which fields they are: everything that ends in `Fen`, `Dm2` or `Seq` is a bigint.

const exact = /(Fen|Dm2|Seq)$/
const digits = /^-?\d+$/

/** JSON text of plain data; a bigint becomes a string of digits. */
export const toJson = (value: unknown): string => JSON.stringify(digitsIn(value))

/** A replacer would be called for every field; walking plain data is several times faster. */
function digitsIn(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(digitsIn)
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  const plain: Record<string, unknown> = {}
  for (const name in value) plain[name] = digitsIn((value as Record<string, unknown>)[name])
  return plain
}

/** The reverse of `toJson`: strings under a name that ends in a unit become bigints again. */
export const fromJson = <T>(text: string): T => reviveIn(JSON.parse(text)) as T

// In place, over what was just parsed: a reviver function costs several times as much, and every
// message between the processes passes here.
function reviveIn(value: unknown): unknown {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') reviveIn(item)
  } else if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>
    for (const name of Object.keys(record)) {
      const item = record[name]
      if (typeof item === 'object') reviveIn(item)
      else if (typeof item === 'string' && exact.test(name) && digits.test(item)) {
        record[name] = BigInt(item)
      }
    }
  }
  return value
}

/** Revives data that a JSON column already parsed (`jsonb` comes from the driver as an object). */
export const revive = <T>(value: unknown): T => fromJson<T>(JSON.stringify(value))
