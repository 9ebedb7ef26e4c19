// Reading cases and histories: every value with the path it stands at, so that what is wrong can be
// named. Numbers are decimal text; a key that may bear several names is asked for by all of them.
import { type Dm2, divideHalfUp, dm2, type Fen, fen } from '@reli/sdk'
import { decimal, pricePlaces, ratePlaces } from '../billing/policies.ts'
import { type Day, dayNumber, dayOf, dayText } from '../billing/seasons.ts'

/** The case cannot be read: where, what is wrong, what to do. */
export class BadCase extends Error {
  override readonly name = 'BadCase'

  constructor(path: string, wrong: string, mend: string) {
    super(`${path || '$'}：${wrong}。${mend}`)
  }
}

/** Days, parts, months, cycles: whatever is counted here is far below. */
const mostCounted = 100_000

export class Field {
  readonly value: unknown
  readonly path: string

  constructor(value: unknown, path: string) {
    this.value = value
    this.path = path
  }

  /** The first of the names that is there, whatever it holds; `null` counts as there. */
  find(...names: string[]): Field | undefined {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const name = names.find((each) => (value as Record<string, unknown>)[each] !== undefined)
    if (name === undefined) return undefined
    return new Field((value as Record<string, unknown>)[name], `${this.path}.${name}`)
  }

  /** As `find`, and not `null`. */
  some(...names: string[]): Field | undefined {
    const field = this.find(...names)
    return field === undefined || field.value === null ? undefined : field
  }

  need(...names: string[]): Field {
    const field = this.some(...names)
    if (field) return field
    throw new BadCase(`${this.path}.${names[0]}`, '缺少这个字段', `请补上 ${names.join(' 或 ')}`)
  }

  bad(wrong: string, mend: string): BadCase {
    return new BadCase(this.path, wrong, mend)
  }

  get isList(): boolean {
    return Array.isArray(this.value)
  }

  get isObject(): boolean {
    return typeof this.value === 'object' && this.value !== null && !this.isList
  }

  list(): Field[] {
    if (!Array.isArray(this.value)) throw this.bad('应为数组', '请写成 […]')
    return this.value.map((item, at) => new Field(item, `${this.path}[${at}]`))
  }

  /** Name → field of an object. */
  entries(): [string, Field][] {
    if (!this.isObject) throw this.bad('应为对象', '请写成 {…}')
    return Object.entries(this.value as object).map(([name, value]) => {
      return [name, new Field(value, `${this.path}.${name}`)]
    })
  }

  text(): string {
    if (typeof this.value === 'number') return String(this.value)
    if (typeof this.value !== 'string') throw this.bad('应为文本', '请写成 "…"')
    return this.value
  }

  flag(): boolean {
    const { value } = this
    if (value === true || value === 1 || value === '1') return true
    if (value === false || value === 0 || value === '0') return false
    throw this.bad('应为 true 或 false', '请改成 true 或 false')
  }

  count(): number {
    const { value } = this
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    if (
      typeof number !== 'number' ||
      !Number.isInteger(number) ||
      number < 0 ||
      number > mostCounted
    ) {
      throw this.bad('应为非负整数，且不超过十万', '请写成整数，如 2')
    }
    return number
  }

  /** Decimal text as an integer of 10^-places; with more places only where they are zeros. */
  decimal(places: number, example: string): bigint {
    try {
      return decimal(this.text(), places)
    } catch {
      throw this.bad(`'${String(this.value)}' 不是最多 ${places} 位小数的数`, `请写成 "${example}"`)
    }
  }

  yuan(): Fen {
    return fen(this.decimal(2, '1980.00'))
  }

  /** Imported with up to three places and rounded at once (R35). */
  area(): Dm2 {
    const area = dm2(divideHalfUp(this.decimal(6, '90.00'), 10_000n))
    if (area < 0n) throw this.bad('面积小于零', '请写成 "90.00"')
    return area
  }

  price(): bigint {
    return this.decimal(pricePlaces, '22.00')
  }

  rate(): bigint {
    return this.decimal(ratePlaces, '0.20')
  }

  centimetres(): number {
    return Number(this.decimal(2, '3.20'))
  }

  day(): Day {
    const day = dayOf(this.text())
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && dayText(dayNumber(day)) === day
    if (!isDay) throw this.bad(`'${day}' 不是日期`, '请写成 "2026-11-15"')
    return day
  }

  oneOf<T extends string>(...words: readonly T[]): T {
    const word = words.find((each) => each === this.value)
    if (word === undefined) {
      throw this.bad(`不认识 '${String(this.value)}'`, `请用 ${words.join(' / ')} 之一`)
    }
    return word
  }
}

/** One case: what is asked, and under which switches. */
export class Question {
  readonly id: string
  readonly input: Field
  readonly policy: Field

  constructor(id: string, input: Field, policy: Field) {
    this.id = id
    this.input = input
    this.policy = policy
  }

  /** The same switches for another input. */
  with(input: object): Question {
    return new Question(this.id, new Field(input, this.input.path), this.policy)
  }

  /** In the input, its season or the policy: clerks write switches in all three. */
  find(...names: string[]): Field | undefined {
    return (
      this.input.find(...names) ??
      this.input.some('season')?.find(...names) ??
      this.policy.find(...names)
    )
  }

  some(...names: string[]): Field | undefined {
    const field = this.find(...names)
    return field === undefined || field.value === null ? undefined : field
  }

  need(...names: string[]): Field {
    return this.some(...names) ?? this.input.need(...names)
  }

  word<T extends string>(name: string, words: readonly T[], otherwise: T): T {
    return this.some(name)?.oneOf(...words) ?? otherwise
  }

  flag(name: string, otherwise: boolean): boolean {
    return this.some(name)?.flag() ?? otherwise
  }
}

/** The keys of `expect`. Amounts are decimal text. */
export type Answer = Record<string, unknown>
