// Facts, events and terms as JSON that gives back exactly what went in: an exact integer is written
// with an n behind it, '12000n', whatever its field is called.
const exact = /^-?\d+n$/

export const pack = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each))

/** Of a JSON column, which the driver has parsed already. */
export function unpack<T>(value: unknown): T {
  if (typeof value === 'string')
    return (exact.test(value) ? BigInt(value.slice(0, -1)) : value) as T
  if (Array.isArray(value)) return value.map((each) => unpack(each)) as T
  if (typeof value !== 'object' || value === null) return value as T
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, unpack(each)])) as T
}
