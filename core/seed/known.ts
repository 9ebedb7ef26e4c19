// Demo customers that documents, tests and people refer to by number: the two of the banks' papers,
// and one for each reason to refuse.
import { dm2 } from '@reli/sdk'
import { type Habit, type Habits, type Household, item, noFlags } from './household.ts'

/** The papers' samples: two unpaid seasons; one unpaid season, in letters that break naive code. */
export const paperCustomers = { twoSeasons: '0012345678', oneSeason: '0012345679' } as const

type Known = Partial<Household>

/** Flats of the papers are billed by their building area. */
const flat = (buildingDm2: number) => item(1, '住宅', dm2(buildingDm2), 1_000_000n, 'RESIDENT', 280)

/** The last three seasons; the two before them are paid. */
const habits = (...last: [Habit, Habit, Habit]): Habits => ['in_time', 'in_time', ...last]

const owesThisSeason = { habits: habits('in_time', 'in_time', 'owes') } satisfies Known

const known = new Map<number, Known>([
  [
    1,
    {
      customerNo: paperCustomers.twoSeasons,
      name: '张三',
      address: '和平区南京路1号2单元301',
      nature: 'RESIDENT',
      areas: [flat(95_60)],
      habits: habits('in_time', 'part', 'owes'),
      partPaidFen: 160_000n,
    },
  ],
  [
    2,
    {
      customerNo: paperCustomers.oneSeason,
      name: '李億觀',
      address: '河東区東風里3号楼1单元1302',
      // A flat of an employer: the residents' price, but not the residents' discount.
      nature: 'ORGANISATION',
      areas: [flat(120_45)],
      ...owesThisSeason,
    },
  ],
  [11, { flags: { ...noFlags, bankBlocked: true }, ...owesThisSeason }],
  [12, { flags: { ...noFlags, collectionLocked: true }, ...owesThisSeason }],
  [13, { flags: { ...noFlags, inspectionLocked: true }, ...owesThisSeason }],
  [14, { flags: { ...noFlags, inApproval: true }, ...owesThisSeason }],
  [15, { flags: { ...noFlags, mustVisitHall: true }, ...owesThisSeason }],
  [16, { habits: habits('in_time', 'in_time', 'in_time') }],
  [17, { habits: habits('owes', 'owes', 'owes') }],
  [18, { name: '王䶮', habits: habits('in_time', 'in_time', 'owes') }],
])

export const knownHousehold = (number: number): Known => known.get(number) ?? {}

export const lastKnownNumber = Math.max(...known.keys())
