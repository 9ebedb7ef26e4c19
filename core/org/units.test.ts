// The organisation over its API: the tree grows, renames and moves on record, and takes along what
// it answers for.
import fc from 'fast-check'
import pg from 'pg'
import tap, { test } from 'tap'
import { testApi } from '../http/test-client.ts'
import { childPath, isWithin, mayStandUnder, movedPath, type Unit, unitKinds } from './units.ts'

const api = await testApi()
const sql = new pg.Client({ connectionString: api.world.adminUrl })
await sql.connect()
const admin = await api.as('admin')
const clerk = await api.as('limin')
const reason = '机构调整'

const open = async (parentId: string, kind: string, name: string) =>
  (await admin.post('/v1/org-units', { parentId, kind, name, reason })).body

test('a path is its parent’s and its own last part, wherever it moves', (t) => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/)
  const unit = (orgPath: string): Unit => ({
    orgId: 'x',
    parentId: null,
    kind: 'station',
    name: 'x',
    orgPath,
    retiredOn: null,
  })
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1 }),
      fc.array(part, { minLength: 1 }),
      part,
      (a, b, own) => {
        const [from, to] = [unit(`${a.join('.')}.`), unit(`${b.join('.')}.`)]
        const child = unit(childPath(from, own))
        const moved = unit(movedPath(child, to))
        return isWithin(moved, to) && moved.orgPath === childPath(to, own) && isWithin(child, from)
      },
    ),
  )
  for (const kind of unitKinds) {
    const parent = { ...unit('c.'), kind: 'team' as const }
    t.notOk(mayStandUnder(kind, parent), `${kind} under a team`)
  }
  t.end()
})

test('a company grows branches, stations, halls and teams', async (t) => {
  const branch = await open('o1', 'branch', '桥西分公司')
  t.match(branch, { kind: 'branch', parentId: 'o1', retiredOn: null })
  t.match(branch.orgPath, /^heat\.o[0-9a-f]{10}\.$/)
  const station = await open(branch.orgId, 'station', '友谊供热站')
  const team = await open(station.orgId, 'team', '第一收费小组')
  t.equal(team.orgPath, `${station.orgPath}${team.orgId}.`)
  t.equal((await open(branch.orgId, 'hall', '友谊营业厅')).kind, 'hall')
  const { units } = (await clerk.get('/v1/org-units')).body
  t.ok(units.some((unit: Unit) => unit.name === '第一收费小组'))
  t.match(
    await admin.post('/v1/org-units', { parentId: team.orgId, kind: 'hall', name: '甲', reason }),
    {
      status: 409,
      body: { code: 'place.misplaced', message: '不能归属到该上级' },
    },
  )
  t.match(
    await admin.post('/v1/org-units', {
      parentId: branch.orgId,
      kind: 'station',
      name: '友谊供热站',
      reason,
    }),
    { status: 409, body: { message: '同一上级下已有同名的机构或地点' } },
  )
})

test('a renamed and moved station keeps its history and takes its customers along', async (t) => {
  const branch = await open('o1', 'branch', '新华分公司')
  const station = await open('o3', 'station', '长安供热站')
  await sql.query(`update reli.communities set org_path = $1 where community_id = 'com_1'`, [
    station.orgPath,
  ])
  await sql.query(
    `update reli.customers set org_path = $1, collecting_path = $1 where customer_no = '10003'`,
    [station.orgPath],
  )
  const renamed = await admin.patch(`/v1/org-units/${station.orgId}`, {
    name: '北宋供热站',
    reason,
  })
  t.match(renamed.body, { name: '北宋供热站', orgPath: station.orgPath })
  const moved = await admin.patch(`/v1/org-units/${station.orgId}`, {
    parentId: branch.orgId,
    reason: '划归新华分公司',
  })
  t.equal(moved.body.orgPath, `${branch.orgPath}${station.orgId}.`)
  const { rows } = await sql.query(
    `select c.org_path, c.collecting_path, m.org_path as community
       from reli.customers c join reli.communities m using (company_id, community_id)
      where c.customer_no = '10003'`,
  )
  const at = moved.body.orgPath
  t.same(rows[0], { org_path: at, collecting_path: at, community: at })
  const names = (await clerk.get(`/v1/org-units/${station.orgId}/names`)).body
  t.match(names, [
    { oldName: null, name: '长安供热站', reason },
    { oldName: '长安供热站', name: '北宋供热站', actor: 'admin' },
    { oldPath: station.orgPath, orgPath: at, reason: '划归新华分公司' },
  ])
  t.match(await admin.patch(`/v1/org-units/${branch.orgId}`, { parentId: station.orgId, reason }), {
    status: 409,
    body: { code: 'place.misplaced' },
  })
  t.match(await admin.patch(`/v1/org-units/${branch.orgId}`, { name: '新华分公司', reason }), {
    status: 409,
    body: { message: '没有任何改变' },
  })
  t.match(await admin.post(`/v1/org-units/${branch.orgId}/retire`, { reason }), {
    status: 409,
    body: { message: '仍有在用的下级或用户，不能停用' },
  })
})

test('collectors join a team once and leave it on record', async (t) => {
  const station = await open('o2', 'station', '裕华供热站')
  const team = await open(station.orgId, 'team', '裕华收费小组')
  const members = `/v1/org-units/${team.orgId}/collectors`
  t.match((await admin.post(members, { userId: 'usr_limin', reason })).body, [
    { userId: 'usr_limin', name: '李敏', toOn: null },
  ])
  t.match(await admin.post(members, { userId: 'usr_limin', reason }), {
    status: 409,
    body: { message: '该人员已在此收费小组' },
  })
  t.match(await admin.post(`/v1/org-units/${team.orgId}/retire`, { reason }), { status: 409 })
  t.match((await admin.post(`${members}/usr_limin/leave`, { reason })).body, [{ toOn: String }])
  t.equal((await admin.post(`${members}/usr_limin/leave`, { reason })).status, 404)
  t.match((await admin.post(`/v1/org-units/${team.orgId}/retire`, { reason })).body, {
    retiredOn: String,
  })
  t.match(
    await admin.post(`/v1/org-units/${station.orgId}/collectors`, { userId: 'usr_limin', reason }),
    {
      status: 409,
      body: { code: 'place.misplaced' },
    },
  )
})

test('a company names its group, and sees no other', async (t) => {
  t.equal((await clerk.get('/v1/org-units')).body.group, null)
  const group = { groupId: 'jizhong', name: '冀中热力集团', reason: '集团登记' }
  t.match((await admin.post('/v1/group', group)).body, { groupId: 'jizhong', name: '冀中热力集团' })
  t.match((await clerk.get('/v1/org-units')).body.group, { name: '冀中热力集团' })
  await sql.query(`insert into reli.groups values ('other', '别的集团')`)
  const again = await admin.post('/v1/group', { ...group, groupId: 'other', name: '改名' })
  t.match(again.body, { name: '别的集团' }, 'whoever joins a group does not rename it')
})

test('the same request sent again opens nothing twice', async (t) => {
  const body = { parentId: 'o1', kind: 'hall', name: '中山营业厅', reason }
  const key = { 'idempotency-key': 'open-hall-0001' }
  const first = await admin.post('/v1/org-units', body, key)
  const again = await admin.post('/v1/org-units', body, key)
  t.equal(first.status, 200)
  t.same(again.body, first.body)
})

test('a wrong value is refused with a sentence that names the field', async (t) => {
  const unit = { parentId: 'o1', kind: 'branch', name: '甲', reason }
  for (const [wrong, field, message] of [
    [{ ...unit, parentId: "';" }, 'parentId', '「上级机构」格式不正确'],
    [{ ...unit, parentId: 'nowhere' }, 'parentId', '「上级机构」不存在'],
    [{ ...unit, kind: 'company' }, 'kind', '「机构类型」只能是 branch、station、hall、team 之一'],
    [{ ...unit, name: '' }, 'name', '「名称」不能为空'],
    [{ ...unit, name: ' 甲' }, 'name', '「名称」格式不正确'],
    [{ ...unit, name: '长'.repeat(41) }, 'name', '「名称」不能超过 40 个字'],
    [{ ...unit, reason: ' ' }, 'reason', '「原因」格式不正确'],
    [{ parentId: 'o1', kind: 'branch', name: '甲' }, 'reason', '缺少「原因」'],
    [{ ...unit, orgPath: 'heat.' }, 'orgPath', '不认识的项目「'],
  ] as const) {
    const answer = await admin.post('/v1/org-units', wrong)
    t.match(answer, { status: 400, body: { fields: [{ field, message }] } }, message)
  }
  for (const [url, wrong, message] of [
    ['/v1/org-units/o2/collectors', { userId: 'usr_gone', reason }, '「收费员」不存在或已停用'],
    ['/v1/org-units/o2/collectors', { userId: '*', reason }, '「收费员」格式不正确'],
    ['/v1/group', { groupId: 'A B', name: '甲', reason }, '「集团代码」格式不正确'],
    ['/v1/group', { groupId: 'a', name: ' ', reason }, '「集团名称」格式不正确'],
    ['/v1/org-units/%27/retire', { reason }, '「机构」格式不正确'],
  ] as const) {
    const team = url.includes('collectors')
      ? (
          await sql.query(
            `select org_id from reli.org_units where kind = 'team' and retired_on is null`,
          )
        ).rows[0].org_id
      : ''
    const answer = await admin.post(url.replace('o2', team), wrong)
    t.match(answer, { status: 400, body: { message } }, message)
  }
  t.match(await clerk.post('/v1/org-units', unit), { status: 403 })
  t.equal((await admin.patch('/v1/org-units/nowhere', { name: '乙', reason })).status, 404)
})

tap.teardown(async () => {
  await sql.end()
  await api.close()
})
