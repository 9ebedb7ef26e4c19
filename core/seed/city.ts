// The heated cities: branches, stations, halls and teams of a demo company, and the communities
// they serve. Roads and districts are real, the communities are made up.

import {
  type DemoSeason,
  demoSeasons,
  type PriceClass,
  priceClasses,
  priceClassesOfChangchun,
  seasonsOfChangchun,
} from './seasons.ts'

export interface OrgUnit {
  orgId: string
  parentId: string | null
  kind: 'company' | 'branch' | 'station' | 'hall' | 'team'
  name: string
  orgPath: string
}

export interface Company {
  companyId: string
  name: string
  taxNo: string
}

/** A company with the city it heats. */
export interface City {
  company: Company
  orgUnits: readonly OrgUnit[]
  grounds: readonly Ground[]
  /** What the building area is reduced to before it is billed, 10⁻⁶ (domain.md §12.1). */
  coefficients: { withLift: bigint; withoutLift: bigint }
  /** Customer numbers of the seed begin after it. */
  firstCustomerNo: number
  seasons: readonly DemoSeason[]
  priceClasses: readonly PriceClass[]
}

/** The first demo company: the one that `npm start` serves. */
export const company: Company = {
  companyId: 'c1',
  name: '滹沱热力(演示)有限公司',
  taxNo: '91130100DEMO000018',
}

interface Branch {
  id: string
  name: string
  stations: { id: string; name: string }[]
  hall: string
}

const branches: Branch[] = [
  {
    id: 'b1',
    name: '裕华分公司',
    hall: '槐安路营业厅',
    stations: [
      { id: 's1', name: '东岗供热站' },
      { id: 's2', name: '方村供热站' },
    ],
  },
  {
    id: 'b2',
    name: '新华分公司',
    hall: '和平路营业厅',
    stations: [
      { id: 's1', name: '北焦供热站' },
      { id: 's2', name: '柏林庄供热站' },
    ],
  },
]

const unitsOfCompany = ({ companyId, name }: Company, branches: readonly Branch[]): OrgUnit[] => [
  { orgId: companyId, parentId: null, kind: 'company', name, orgPath: `${companyId}.` },
  ...branches.flatMap((branch) => unitsOf(companyId, branch)),
]

function unitsOf(companyId: string, { id, name, hall, stations }: Branch): OrgUnit[] {
  const path = `${companyId}.${id}.`
  return [
    { orgId: id, parentId: companyId, kind: 'branch', name, orgPath: path },
    { orgId: `${id}h1`, parentId: id, kind: 'hall', name: hall, orgPath: `${path}h1.` },
    ...stations.flatMap((station): OrgUnit[] => {
      const orgId = id + station.id
      const orgPath = `${path}${station.id}.`
      const team = `${station.name.replace('供热站', '')}收费小组`
      return [
        { orgId, parentId: id, kind: 'station', name: station.name, orgPath },
        {
          orgId: `${orgId}t1`,
          parentId: orgId,
          kind: 'team',
          name: team,
          orgPath: `${orgPath}t1.`,
        },
      ]
    }),
  ]
}

export interface Community {
  communityId: string
  name: string
  /** Where it stands, without its name: `裕华区槐安东路88号`. */
  place: string
  /** Its service station's collection team. */
  orgPath: string
  hasLifts: boolean
}

type Ground = readonly [name: string, place: string, orgPath: string, hasLifts: boolean]

const groundsOfShijiazhuang: readonly Ground[] = [
  ['滹沱佳园', '裕华区槐安东路88号', 'c1.b1.s1.t1.', true],
  ['塔苑新城', '裕华区塔南路162号', 'c1.b1.s1.t1.', true],
  ['东岗头村回迁楼', '裕华区东岗路19号', 'c1.b1.s1.t1.', false],
  ['朝晖太阳苑', '裕华区方大街36号', 'c1.b1.s2.t1.', true],
  ['方兴家园', '裕华区方兴路7号', 'c1.b1.s2.t1.', false],
  ['仓丰小区', '裕华区仓丰路50号', 'c1.b1.s2.t1.', false],
  ['和平嘉苑', '新华区和平西路428号', 'c1.b2.s1.t1.', true],
  ['北焦花园', '新华区石清路12号', 'c1.b2.s1.t1.', false],
  ['焦化厂宿舍', '新华区泰华街63号', 'c1.b2.s1.t1.', false],
  ['柏林南区', '新华区柏林南路99号', 'c1.b2.s2.t1.', false],
  ['颐安苑', '新华区友谊北大街345号', 'c1.b2.s2.t1.', true],
  ['燕港新村', '新华区宁安路21号', 'c1.b2.s2.t1.', false],
]

/** Shijiazhuang reduces the building area by 15 % where there is a lift, else by 10 %. */
export const shijiazhuang: City = {
  company,
  orgUnits: unitsOfCompany(company, branches),
  grounds: groundsOfShijiazhuang,
  coefficients: { withLift: 850_000n, withoutLift: 900_000n },
  firstCustomerNo: 10_000_000,
  seasons: demoSeasons,
  priceClasses,
}

const secondCompany: Company = {
  companyId: 'c2',
  name: '净月热力(演示)有限公司',
  taxNo: '91220100DEMO000027',
}

const branchesOfChangchun: readonly Branch[] = [
  {
    id: 'b1',
    name: '南关分公司',
    hall: '自由大路营业厅',
    stations: [
      { id: 's1', name: '净月供热站' },
      { id: 's2', name: '新立城供热站' },
    ],
  },
]

/** The second demo company: other prices, stops and late fees beside the first one's. */
export const changchun: City = {
  company: secondCompany,
  orgUnits: unitsOfCompany(secondCompany, branchesOfChangchun),
  grounds: [
    ['伊通河畔', '南关区自由大路318号', 'c2.b1.s1.t1.', true],
    ['净月雅居', '南关区净月大街1277号', 'c2.b1.s1.t1.', true],
    ['福祉花园', '南关区福祉大路52号', 'c2.b1.s1.t1.', false],
    ['新立湖小区', '南关区新城大街88号', 'c2.b1.s2.t1.', true],
    ['东岭新居', '南关区东岭南街61号', 'c2.b1.s2.t1.', false],
    ['汽贸小区', '南关区南环城路19号', 'c2.b1.s2.t1.', false],
  ],
  coefficients: { withLift: 1_000_000n, withoutLift: 1_000_000n },
  firstCustomerNo: 20_000_000,
  seasons: seasonsOfChangchun,
  priceClasses: priceClassesOfChangchun,
}

/** More households than this make a further phase 二期, 三期 … of the same grounds. */
export const householdsPerCommunity = 2_500

const phases = ['', '二期', '三期', '四期', '五期', '六期', '七期', '八期', '九期', '十期']

/** Enough communities for so many households; each ground of the city at least once. */
export function communitiesFor({ grounds }: City, households: number): Community[] {
  const count = Math.max(grounds.length, Math.ceil(households / householdsPerCommunity))
  return Array.from({ length: count }, (_, place) => {
    const [name, ground, orgPath, hasLifts] = grounds[place % grounds.length]!
    const phase = Math.floor(place / grounds.length)
    const suffix = phases[phase] ?? `${phase + 1}期`
    return {
      communityId: `com_${String(place + 1).padStart(3, '0')}`,
      name: name + suffix,
      place: ground,
      orgPath,
      hasLifts,
    }
  })
}
