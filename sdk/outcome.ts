// What became of an operation. `unknown` is a state, not an error: it is never retried as new and
// never turned into a refusal by anybody but the ladder of core/hub/unknown.ts (design.md §4).
import type { RefusalCode } from './errors.ts'

export type Outcome<T> =
  | { readonly is: 'done'; readonly value: T }
  | { readonly is: 'refused'; readonly code: RefusalCode }
  | { readonly is: 'unknown'; readonly why: string }

export const done = <T>(value: T): Outcome<T> => ({ is: 'done', value })
export const refused = (code: RefusalCode): Outcome<never> => ({ is: 'refused', code })
export const unknown = (why: string): Outcome<never> => ({ is: 'unknown', why })
