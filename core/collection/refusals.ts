// The states of an operation, and a refusal as people read it.
import { type RefusalCode, refusals } from '@reli/sdk'

export const operationStates = ['PAID', 'REFUSED', 'REVERSED', 'BLOCKED'] as const
export type OperationState = (typeof operationStates)[number]

/** A code that this version does not know, of an older or newer one, is shown as it is. */
export const refusalText = (code: string | null): string | null =>
  code === null ? null : (refusals[code as RefusalCode]?.zh ?? code)
