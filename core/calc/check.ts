// Compares what was expected with what was computed: amounts exactly, a zero and a missing key are
// equal, lines are a set. What is not expected is not asked.

export interface Difference {
  path: string
  expected: unknown
  actual: unknown
}

const decimalText = /^-?\d+(\.\d+)?$/

/** `7106.00` and `7106` are the same number. */
const normal = (value: unknown): unknown => {
  if (typeof value === 'number') return normal(String(value))
  if (typeof value !== 'string' || !decimalText.test(value)) return value
  const text = value.includes('.') ? value.replace(/\.?0+$/, '') : value
  return text === '-0' ? '0' : text
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Nothing, whatever it is nothing of. */
const isNothing = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false) return true
  if (Array.isArray(value)) return value.every(isNothing)
  if (isObject(value)) return Object.values(value).every(isNothing)
  return normal(value) === '0'
}

export function differences(expected: unknown, actual: unknown, path = '$'): Difference[] {
  if (expected === undefined) return []
  if (isObject(expected)) {
    if (actual !== undefined && !isObject(actual)) return [{ path, expected, actual }]
    return Object.entries(expected).flatMap(([name, value]) =>
      differences(value, actual?.[name], `${path}.${name}`),
    )
  }
  if (Array.isArray(expected)) return ofLists(expected, actual, path)
  if (normal(expected) === normal(actual)) return []
  return isNothing(expected) && isNothing(actual) ? [] : [{ path, expected, actual }]
}

function ofLists(expected: unknown[], actual: unknown, path: string): Difference[] {
  const given = Array.isArray(actual) ? actual : []
  if (isSet([...expected, ...given])) return ofSets(expected, given, path)
  const length = Math.max(expected.length, given.length)
  return Array.from({ length }, (_, at) => at).flatMap((at) => {
    const isMissing = at >= expected.length && !isNothing(given[at])
    if (isMissing) return [{ path: `${path}[${at}]`, expected: undefined, actual: given[at] }]
    return differences(expected[at], given[at], `${path}[${at}]`)
  })
}

const amounts = ['receivable', 'amount', 'received', 'outstanding', 'refund']

/** Lines have fee items and no order of their own. */
const isSet = (list: unknown[]): boolean =>
  list.length > 0 && list.every((item) => isObject(item) && 'fee_item' in item)

function ofSets(expected: unknown[], actual: unknown[], path: string): Difference[] {
  const keyOf = (item: unknown) => {
    const named = Object.entries(item as object).filter(([name]) => !amounts.includes(name))
    return JSON.stringify(named.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  const find = (list: unknown[], key: string) => list.find((item) => keyOf(item) === key)
  const keys = [...new Set([...expected, ...actual].map(keyOf))]
  return keys.flatMap((key) => {
    const [wanted, given] = [find(expected, key), find(actual, key)]
    if (wanted !== undefined && given !== undefined)
      return differences(wanted, given, `${path}${key}`)
    const alone = (wanted ?? given) as Record<string, unknown>
    if (amounts.every((name) => isNothing(alone[name]))) return []
    return [{ path: `${path}${key}`, expected: wanted, actual: given }]
  })
}
