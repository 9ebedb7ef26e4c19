// One demo customer from its number: who lives where, what is heated, and how they have paid so
// far. Pure: the same number gives the same customer on every machine.
import { type Dm2, dm2 } from '@reli/sdk'
import { type City, type Community, shijiazhuang } from './city.ts'
import { type Dice, diceOf } from './dice.ts'
import {
  type AreaItem,
  type Habit,
  type Habits,
  type Household,
  isOwing,
  item,
  type Nature,
  noFlags,
} from './household.ts'
import { knownHousehold } from './known.ts'
import { organisationName, personName, shopName } from './names.ts'

export const maxHouseholds = 2_000_000

/** The number of a customer within the seed is the tail of their customer number. */
export const customerNoOf = (number: number, { firstCustomerNo }: City = shijiazhuang): string =>
  String(firstCustomerNo + number).padStart(10, '0')

export const customerIdOf = (number: number): string => `cus_${String(number).padStart(7, '0')}`

/** How many of 1,000 customers are, have or do so. */
const shares = {
  shops: 50,
  organisations: 15,
  ownShop: 40,
  garage: 60,
  heatedBalcony: 180,
  owesFirst: 15,
  owesSecond: 40,
  owesSecondWhenOwesFirst: 700,
  part: 8,
  late: 28,
}

export interface Town {
  city: City
  communities: readonly Community[]
  /** How many of 1,000 customers without arrears have paid the open season already. */
  paidAlready: number
}

const mobilePrefixes = ['138', '139', '150', '159', '186']

export function householdOf(number: number, town: Town): Household {
  const dice = diceOf(number)
  const { city, communities } = town
  const community = communities[(number - 1) % communities.length]!
  const door = doorOf(Math.floor((number - 1) / communities.length), community)
  const nature = natureOf(dice)
  const areas = areasOf(dice, nature, community, city)
  const household: Household = {
    customerId: customerIdOf(number),
    customerNo: customerNoOf(number, city),
    name: nameOf(dice, nature, community),
    communityId: community.communityId,
    address: `${community.place}${community.name}${door}`,
    orgPath: community.orgPath,
    nature,
    phone: dice.pick(mobilePrefixes) + String(dice.roll(1e8)).padStart(8, '0'),
    flags: noFlags,
    areas,
    habits: habitsOf(dice, town.paidAlready),
  }
  // The papers name customers of the first company only.
  return city === shijiazhuang ? { ...household, ...knownHousehold(number) } : household
}

const natureOf = (dice: Dice): Nature => {
  if (dice.happens(shares.shops)) return 'COMMERCIAL'
  return dice.happens(shares.organisations) ? 'ORGANISATION' : 'RESIDENT'
}

function nameOf(dice: Dice, nature: Nature, { name }: Community): string {
  if (nature === 'COMMERCIAL') return shopName(dice)
  return nature === 'ORGANISATION' ? organisationName(dice, name) : personName(dice)
}

/** Buildings fill up one after the other: two or four units, two rooms on each floor. */
function doorOf(slot: number, { hasLifts }: Community): string {
  const floors = hasLifts ? 18 : 6
  const units = hasLifts ? 2 : 4
  const rooms = 2
  const perBuilding = floors * units * rooms
  const building = Math.floor(slot / perBuilding) + 1
  const within = slot % perBuilding
  const unit = Math.floor(within / (floors * rooms)) + 1
  const floor = Math.floor((within % (floors * rooms)) / rooms) + 1
  const room = String((within % rooms) + 1).padStart(2, '0')
  return `${building}号楼${unit}单元${floor}${room}`
}

const asMeasured = 1_000_000n

function areasOf(
  dice: Dice,
  nature: Nature,
  { hasLifts }: Community,
  { coefficients: { withLift, withoutLift } }: City,
): AreaItem[] {
  const coefficient = hasLifts ? withLift : withoutLift
  const between = (from: number, to: number) => dm2(from + dice.roll(to - from))
  if (nature === 'COMMERCIAL') return [shop(1, between(28_00, 160_00), dice)]
  if (nature === 'ORGANISATION') {
    return [item(1, '公建', between(180_00, 900_00), asMeasured, 'NON_RESIDENT', 330)]
  }
  const areas = [item(1, '住宅', between(46_00, 148_00), coefficient, 'RESIDENT', 280)]
  if (dice.happens(shares.ownShop)) areas.push(shop(2, between(20_00, 60_00), dice))
  else if (dice.happens(shares.garage)) {
    areas.push(item(2, '车库', between(16_00, 30_00), asMeasured, 'NON_RESIDENT', 260))
  }
  if (dice.happens(shares.heatedBalcony)) {
    const areaNo = areas.length + 1
    areas.push(item(areaNo, '阳台', between(3_50, 9_00), asMeasured, 'RESIDENT', 280))
  }
  return areas
}

/** Ground-floor shops are often higher than the 3 m that the tariff knows. */
const shop = (areaNo: number, buildingDm2: Dm2, dice: Dice): AreaItem =>
  item(areaNo, '商铺', buildingDm2, asMeasured, 'NON_RESIDENT', 280 + 5 * dice.roll(50))

/** The first two seasons of the five are long past and paid. */
function habitsOf(dice: Dice, paidAlready: number): Habits {
  const first = habitOf(dice, shares.owesFirst)
  const owing = isOwing(first) ? shares.owesSecondWhenOwesFirst : shares.owesSecond
  const second = habitOf(dice, owing)
  const pays = dice.happens(paidAlready) && !isOwing(first) && !isOwing(second)
  return ['in_time', 'in_time', first, second, pays ? 'in_time' : 'owes']
}

function habitOf(dice: Dice, owing: number): Habit {
  if (dice.happens(owing)) return 'owes'
  if (dice.happens(shares.part)) return 'part'
  return dice.happens(shares.late) ? 'late' : 'in_time'
}
