// Shapes that many routes share. Exact integers travel as strings of digits under names that end in
// their unit, `…Fen` or `…Seq` (sdk/json.ts): a JSON number would lose the last fen of a big sum in
// somebody's spreadsheet. Counts are numbers, days `2026-11-20`, instants ISO 8601.
import { type TSchema, Type } from 'typebox'

export const FenText = Type.String({ pattern: '^-?\\d{1,18}$', description: '金额，单位：分' })
export const SeqText = Type.String({ pattern: '^\\d{1,19}$' })
export const Day = Type.String({ format: 'date', examples: ['2026-11-20'] })
export const Instant = Type.String({ examples: ['2026-11-20T01:30:12.000Z'] })

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** Why somebody did it, for the audit log. */
export const Reason = Type.Object(
  { reason: Type.String({ title: '原因', minLength: 1, maxLength: 100, pattern: '\\S' }) },
  { additionalProperties: false },
)

/** What is wrong, in Chinese; `fields` name the places when the request itself is at fault. */
export const ProblemJson = Type.Object({
  code: Type.String(),
  message: Type.String(),
  fields: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
})

export const fenText = (amount: bigint): string => amount.toString()
export const fenTextOrNull = (amount: bigint | null): string | null =>
  amount === null ? null : amount.toString()
