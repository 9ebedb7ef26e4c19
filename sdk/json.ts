// Plain data across processes and into the database. Exact integers travel as strings of digits; the
// name says which fields they are: everything that ends in `Fen`, `Dm2` or `Seq` is a bigint.

const exact = /(Fen|Dm2|Seq)$/

/** JSON text of plain data; a bigint becomes a string of digits. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item))

/** The reverse of `toJson`: strings under a name that ends in a unit become bigints again. */
export const fromJson = <T>(text: string): T =>
  JSON.parse(text, (name, item) =>
    typeof item === 'string' && exact.test(name) && /^-?\d+$/.test(item) ? BigInt(item) : item,
  )

/** Revives data that a JSON column already parsed (`jsonb` comes from the driver as an object). */
export const revive = <T>(value: unknown): T => fromJson<T>(JSON.stringify(value))
