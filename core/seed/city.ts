// The heated city: branches, stations, halls and teams of the demo company, and the communities
// they serve. Roads and districts are Shijiazhuang's, the communities are made up.

export interface OrgUnit {
  orgId: string
  parentId: string | null
  kind: 'company' | 'branch' | 'station' | 'hall' | 'team'
  name: string
  orgPath: string
}

/** The demo company. Its id is the tenant of everything the seed writes. */
export const company = {
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

export const orgUnits: OrgUnit[] = [
  {
    orgId: 'c1',
    parentId: null,
    kind: 'company',
    name: company.name,
    orgPath: 'c1.',
  },
  ...branches.flatMap(unitsOf),
]

function unitsOf({ id, name, hall, stations }: Branch): OrgUnit[] {
  const path = `c1.${id}.`
  return [
    { orgId: id, parentId: 'c1', kind: 'branch', name, orgPath: path },
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

const grounds: readonly [name: string, place: string, orgPath: string, hasLifts: boolean][] = [
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

/** More households than this make a further phase 二期, 三期 … of the same grounds. */
export const householdsPerCommunity = 2_500

const phases = ['', '二期', '三期', '四期', '五期', '六期', '七期', '八期', '九期', '十期']

/** Enough communities for so many households; twelve at least. */
export function communitiesFor(households: number): Community[] {
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
