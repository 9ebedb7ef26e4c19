// What a kind of business event is to the desk: which fields it asks for, how they become an
// event of the engine, who may do it, and whether a second person has to agree (domain.md §11).

import { type Static, type TObject, type TProperties, Type } from 'typebox'
import type { AccountEvent, Merge, Split, Transfer } from '../engine/events.ts'
import type { AreaCard, CustomerState, Rules } from '../engine/state.ts'
import { type BillingRefusalCode, NotAllowed } from '../refusals.ts'
import type { Day } from '../seasons.ts'
import { common } from './fields.ts'

export type AnyEvent = AccountEvent | Transfer | Split | Merge

/** What a request is read against. */
export interface Scene {
  customer: CustomerState
  rules: Rules
  bookingOn: Day
  /** Seasons in which money is being asked for, oldest first. */
  openSeasons: readonly string[]
  /** The access season of the contract, where it names one. */
  accessSeason: string | null
  idOf(customerNo: string): string
}

export interface At {
  eventId: string
  on: Day
}

export interface Kind<Fields extends TProperties = TProperties> {
  title: string
  fields: Fields
  /** One event, with everything that its fields mean. */
  read(body: Static<TObject<Fields & typeof common>>, at: At, scene: Scene): AnyEvent
  /**
   * ALWAYS a second person; NEVER; or once the change of the debt reaches so many fen. A company
   * may say otherwise (`approval_rules`).
   */
  approval: 'ALWAYS' | 'NEVER' | { fromFen: bigint }
  /** Papers without which nobody may decide. */
  needsPapers?: boolean
  /** The number of the other customer, of kinds that touch two. */
  otherNo?(body: Record<string, unknown>): string
  /** What the account does not know by itself, in this order. */
  guards?: readonly BillingRefusalCode[]
}

/** Keeps the types of the fields for `read`, and gives them up for the table of kinds. */
export const kind = <Fields extends TProperties>(of: Kind<Fields>): Kind => of as unknown as Kind

export const bodyOf = ({ fields }: Kind): TObject =>
  Type.Object(
    { type: Type.String({ title: '业务类型' }), ...common, ...fields },
    { additionalProperties: false },
  )

export function roomOf({ cards }: CustomerState, areaNo: number): AreaCard {
  const card = cards.find((each) => each.areaNo === areaNo)
  if (!card) throw new NotAllowed('area.unknown', { areaNo })
  return card
}
