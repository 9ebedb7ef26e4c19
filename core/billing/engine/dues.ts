// What an account owes on a day, principal and late fee, of one season or of all.
import { type Fen, fen } from '@reli/sdk'
import { outstandingOf } from '../accounts.ts'
import { lateFeeDue } from '../late-fees.ts'
import type { Day } from '../seasons.ts'
import type { CustomerState } from './state.ts'

export function dueOf({ lines }: CustomerState, on: Day, season?: string): Fen {
  let due = 0n
  for (const line of lines) {
    if (season !== undefined && line.season !== season) continue
    due += outstandingOf(line) + lateFeeDue(line, on)
  }
  return fen(due)
}
