// Columns of many rows as array literals of PostgreSQL. Built by hand, because a million rows pass
// here and the driver's own way walks every value several times.

/** Numbers and nulls, which need no quotes. */
export const numbers = (values: readonly (bigint | number | null)[]): string =>
  `{${values.map((value) => value ?? 'null').join(',')}}`

const special = /["\\]/
const everySpecial = /["\\]/g

export const texts = (values: readonly string[]): string => `{${values.map(quoted).join(',')}}`

const quoted = (value: string): string =>
  special.test(value) ? `"${value.replace(everySpecial, '\\$&')}"` : `"${value}"`
