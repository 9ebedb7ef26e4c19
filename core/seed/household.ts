// What a demo customer is: a household, shop or organisation with its rooms and its habits of
// paying.
import type { Dm2 } from '@reli/sdk'
import { billingArea } from '../billing/tariffs.ts'
import type { PriceClass } from './seasons.ts'

export type Nature = 'RESIDENT' | 'ORGANISATION' | 'COMMERCIAL'

export interface AreaItem {
  areaNo: number
  /** An entry of the company's dictionary of area categories. */
  category: string
  buildingDm2: Dm2
  coefficient: bigint
  billingDm2: Dm2
  heightCm: number | null
  priceClass: PriceClass['priceClass']
}

/** How a season was paid: in time, after the due date with late fee, in part, or not at all. */
export type Habit = 'in_time' | 'late' | 'part' | 'owes'

/** Five seasons, oldest first. */
export type Habits = readonly [Habit, Habit, Habit, Habit, Habit]

export interface Flags {
  bankBlocked: boolean
  collectionLocked: boolean
  inspectionLocked: boolean
  inApproval: boolean
  mustVisitHall: boolean
}

export interface Household {
  customerId: string
  customerNo: string
  name: string
  communityId: string
  address: string
  orgPath: string
  nature: Nature
  phone: string
  flags: Flags
  areas: AreaItem[]
  habits: Habits
  /** Overrides for the papers' own customers: what was paid in time of a season in part. */
  partPaidFen?: bigint
}

export const noFlags: Flags = {
  bankBlocked: false,
  collectionLocked: false,
  inspectionLocked: false,
  inApproval: false,
  mustVisitHall: false,
}

export const item = (
  areaNo: number,
  category: string,
  buildingDm2: Dm2,
  coefficient: bigint,
  priceClass: PriceClass['priceClass'],
  heightCm: number | null,
): AreaItem => ({
  areaNo,
  category,
  buildingDm2,
  coefficient,
  billingDm2: billingArea({ buildingDm2, coefficient }, 'BUILDING_COEF'),
  heightCm,
  priceClass,
})

export const isOwing = (habit: Habit): boolean => habit === 'owes' || habit === 'part'
