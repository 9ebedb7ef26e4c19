// Every kind of business that the desk takes in, by its type: the table of contents of this folder.
import type { Kind } from './kind.ts'
import { amountKinds } from './kinds-amounts.ts'
import { customerKinds } from './kinds-customers.ts'
import { moneyKinds } from './kinds-money.ts'
import { roomKinds } from './kinds-rooms.ts'

export const kinds = { ...roomKinds, ...customerKinds, ...amountKinds, ...moneyKinds }
export type KindName = keyof typeof kinds
export const kindNames = Object.keys(kinds) as KindName[]

export const kindOf = (type: string): Kind | undefined => (kinds as Record<string, Kind>)[type]
