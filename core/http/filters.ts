// What lists have in common: filters that are given or not, a limit, and an opaque key of the next
// page. A key that was not made here is a bad request like any other.
import { Type } from 'typebox'
import { Problem } from './problems.ts'

/** Rows of a page: what a person scrolls through, and what one answer may weigh. */
export const longestPage = 200

export const Limit = Type.Optional(
  Type.Integer({ title: '每页行数', minimum: 1, maximum: longestPage, default: 100 }),
)
export const BankDate = Type.String({ title: '账务日期', format: 'date' })
export const ChannelId = Type.String({ title: '银行', pattern: '^[a-z0-9_-]{1,64}$' })
export const Serial = Type.String({ title: '流水号', pattern: '^[0-9A-Za-z_-]{1,64}$' })
export const CustomerNo = Type.String({ title: '用户编号', pattern: '^[0-9A-Za-z-]{1,20}$' })
export const ReceiptNo = Type.String({ title: '收据号', pattern: '^[0-9A-Za-z-]{1,20}$' })
export const Cursor = Type.Optional(Type.String({ title: '翻页位置', maxLength: 400 }))

export const toCursor = (key: Record<string, string>): string =>
  Buffer.from(JSON.stringify(Object.values(key))).toString('base64url')

/** The named parts of a cursor, in the order in which they were put in. */
export function fromCursor<Name extends string>(
  cursor: string | undefined,
  names: readonly Name[],
  patterns: Record<Name, RegExp>,
): Record<Name, string> | null {
  if (cursor === undefined) return null
  const parts = partsOf(cursor)
  const isOurs =
    parts.length === names.length &&
    names.every((name, i) => typeof parts[i] === 'string' && patterns[name].test(parts[i]))
  if (!isOurs) {
    throw new Problem('request.invalid', [{ field: 'cursor', message: '「翻页位置」不正确' }])
  }
  return Object.fromEntries(names.map((name, i) => [name, parts[i]])) as Record<Name, string>
}

function partsOf(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}

/** PostgreSQL's own text of an instant, `2026-11-20 09:30:12.123456+08`. */
export const instantText = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:?\d\d)?$/
export const dayText = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
export const idText = /^[0-9A-Za-z_-]{1,64}$/
