// The HTTP border against a real database: who gets in, what they may see, what they may do, and
// that every no is a Chinese sentence which names the field.
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { query } from './db/db.ts'
import { wholeCompanies } from './db/scope.ts'
import { testDb } from './db/test-db.ts'
import { ownHeader } from './http/guard.ts'
import { theSerial, today } from './http/test-names.ts'
import { testStatus } from './http/test-status.ts'
import { fillTestWorld, password } from './http/test-world.ts'
import { buildHttp } from './http.ts'
import { maskName } from './org/masking.ts'
import { hashPassword, verifyPassword } from './org/passwords.ts'

const world = await testDb()
await fillTestWorld(world.adminUrl)
let isFepAway = false
const app = buildHttp({
  db: world.db,
  companyId: 'heat',
  consoleFolder: '/nowhere',
  isRehearsal: true,
  isSecure: true,
  liveStatus: testStatus,
  describe: (channel, bytes) => {
    if (isFepAway) throw new Error('no front-end processor serves it now')
    const value = `${channel} ${new TextDecoder('gbk').decode(bytes)}`
    return Promise.resolve([{ path: 'all', label: '全文', value }])
  },
})
await app.ready()

let guests = 0
/** Each from an address of its own: the rate limit of one must not stop the other. */
const logIn = async (login: string, word = password, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { login, password: word },
    headers: { [ownHeader]: '1', ...headers },
    remoteAddress: `10.1.0.${++guests}`,
  })

async function cookieOf(login: string): Promise<string> {
  const { cookies, statusCode, body } = await logIn(login)
  if (statusCode !== 200) throw new Error(body)
  return `${cookies[0]!.name}=${cookies[0]!.value}`
}

const get = (cookie: string, url: string) => app.inject({ url, headers: { cookie } })
const send = (cookie: string, method: 'POST' | 'DELETE', url: string, payload?: object) =>
  app.inject({ method, url, ...(payload && { payload }), headers: { cookie, [ownHeader]: '1' } })

test('passwords are kept as argon2id and open with the right word only', async (t) => {
  const hash = await hashPassword('热力2026')
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  t.equal(await verifyPassword('热力2026', hash), true)
  t.equal(await verifyPassword('热力2025', hash), false)
  t.equal(await verifyPassword('x', 'not a hash'), false)
})

test('names are masked by characters', async (t) => {
  t.same(['', '王', '张三', '王建国', '欧阳晓明'].map(maskName), [
    '',
    '*',
    '张*',
    '王*国',
    '欧**明',
  ])
})

test('a person logs in, is known by the cookie, and is nobody after logging out', async (t) => {
  const answer = await logIn('limin')
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { name: '李敏', rehearsal: true, bookingOn: today })
  const [cookie] = answer.cookies
  t.match(cookie, {
    name: '__Host-reli',
    httpOnly: true,
    secure: true,
    sameSite: 'Strict',
    path: '/',
  })
  const held = `${cookie!.name}=${cookie!.value}`
  t.equal((await get(held, '/v1/session')).statusCode, 200)
  t.equal((await send(held, 'DELETE', '/v1/session')).statusCode, 204)
  t.equal((await get(held, '/v1/session')).json(), null)
  const after = await get(held, '/v1/notices')
  t.match([after.statusCode, after.json().message], [401, '请先登录'])
  t.equal((await get('__Host-reli=guess', '/v1/wall')).statusCode, 401)
})

test('five wrong words lock an account, and no answer tells which one exists', async (t) => {
  const seen = new Set<string>()
  for (let i = 0; i < 5; i++) seen.add((await logIn('caiwu', `wrong ${i}`)).body)
  seen.add((await logIn('caiwu')).body)
  seen.add((await logIn('nobody')).body)
  t.equal(seen.size, 1)
  t.match([...seen][0], '账号或密码不正确')
  t.equal((await logIn('zhangwei')).statusCode, 200, 'others are not locked')
})

test('an ended session of somebody else counts from the next request', async (t) => {
  const [limin, admin] = [await cookieOf('limin'), await cookieOf('admin')]
  t.equal((await send(limin, 'DELETE', '/v1/users/usr_admin/sessions')).statusCode, 403)
  t.match((await send(admin, 'DELETE', '/v1/users/usr_limin/sessions')).json(), { ended: Number })
  t.equal((await get(limin, '/v1/wall')).statusCode, 401)
})

test('acts must come from our own page', async (t) => {
  const cookie = await cookieOf('zhangwei')
  const stop = (headers: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url: '/v1/channels/abc/stop',
      payload: { reason: '测试' },
      headers: { cookie, host: 'reli.example', ...headers },
    })
  const own = { [ownHeader]: '1' }
  for (const headers of [
    {},
    { ...own, 'sec-fetch-site': 'cross-site' },
    { ...own, 'sec-fetch-site': 'same-site' },
    { ...own, origin: 'https://evil.example' },
    { ...own, origin: 'null' },
  ]) {
    const answer = await stop(headers)
    t.match([answer.statusCode, answer.json().code], [403, 'request.foreign'])
  }
  t.equal((await logIn('limin', password, { origin: 'https://evil.example' })).statusCode, 403)
  const fine = await stop({
    ...own,
    'sec-fetch-site': 'same-origin',
    origin: 'https://reli.example',
  })
  t.equal(fine.statusCode, 200)
  t.equal(
    (await send(cookie, 'POST', '/v1/channels/abc/start', { reason: '复原' })).statusCode,
    200,
  )
})

test('the wall shows each bank, the day and the last payments, masked', async (t) => {
  const wall = (await get(await cookieOf('limin'), '/v1/wall')).json()
  const states = Object.fromEntries(
    wall.channels.map((c: { channelId: string; state: string }) => [c.channelId, c.state]),
  )
  t.same(states, { abc: 'slow', ccb: 'normal', icbc: 'normal', psbc: 'stopped', rcu: 'down' })
  t.equal(wall.totals.paidCount, 42)
  t.match(wall.totals.paidFen, /^\d+$/)
  t.equal(wall.channels[0].minutes.length, 15)
  t.equal(wall.payments.length, 30)
  t.notMatch(JSON.stringify(wall), /王建国|1380000/)
  t.equal(wall.findings.length, 1)
  t.equal(wall.unreadNotices, 2)
})

test('the stream sends a snapshot each second and ends with the session', async (t) => {
  const cookie = await cookieOf('limin')
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = await fetch(`${address}/v1/wall/stream`, { headers: { cookie } })
  t.match(answer.headers.get('content-type'), 'text/event-stream')
  let text = ''
  let isSignedOut = false
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (!isSignedOut && text.split('\nid: ').length > 2) {
      isSignedOut = true
      await send(cookie, 'DELETE', '/v1/session')
    }
  }
  t.match(text, /retry: 2000/)
  t.match(text, /event: signed-out/)
})

test('payments are filtered, paged by key and limited', async (t) => {
  const cookie = await cookieOf('limin')
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const from: string = cursor === null ? '' : `&cursor=${cursor}`
    const { payments, next } = (await get(cookie, `/v1/payments?limit=20${from}`)).json()
    pages.push(payments.map((p: { serial: string }) => p.serial))
    cursor = next
  } while (cursor !== null)
  t.same(
    pages.map((page) => page.length),
    [20, 20, 6],
  )
  t.equal(new Set(pages.flat()).size, 46)

  const count = async (filter: string) =>
    (await get(cookie, `/v1/payments?${filter}`)).json().payments.length
  t.equal(await count(`serial=${theSerial}`), 1)
  t.equal(await count('receiptNo=H1001&customerNo=10000'), 1)
  t.equal(await count('state=REFUSED'), 4)
  t.equal(
    await count(`bankDate=${today}&channelId=ccb&state=PAID`),
    await count('channelId=ccb&state=PAID'),
  )
  t.equal(await count('bankDate=2020-01-01'), 0)
})

test('a bad filter is refused with a sentence that names the field', async (t) => {
  const cookie = await cookieOf('limin')
  for (const [url, field, sentence] of [
    ['/v1/payments?bankDate=2026-02-30', 'bankDate', '「账务日期」不是有效日期，应形如 2026-11-20'],
    ['/v1/payments?channelId=A%20B', 'channelId', '「银行」格式不正确'],
    ['/v1/payments?customerNo=%27', 'customerNo', '「用户编号」格式不正确'],
    ['/v1/payments?state=LOST', 'state', '「状态」只能是 PAID、REFUSED、REVERSED、BLOCKED 之一'],
    ['/v1/payments?serial=%25', 'serial', '「流水号」格式不正确'],
    ['/v1/payments?receiptNo=%20', 'receiptNo', '「收据号」格式不正确'],
    ['/v1/payments?limit=201', 'limit', '「每页行数」不能大于 200'],
    ['/v1/payments?limit=many', 'limit', '「每页行数」格式不正确'],
    ['/v1/payments?cursor=bm8', 'cursor', '「翻页位置」不正确'],
    ['/v1/payments?orderBy=name', 'orderBy', '不认识的项目「orderBy」'],
    ['/v1/exceptions?class=OTHER', 'class', '「差错类型」只能是'],
    ['/v1/exceptions?state=OTHER', 'state', '「处理状态」只能是'],
    ['/v1/notices?before=x', 'before', '「起始序号」格式不正确'],
    [`/v1/operations/ccb/20261120/${theSerial}`, 'bankDate', '「账务日期」不是有效日期'],
  ] as const) {
    const answer = await get(cookie, url)
    t.equal(answer.statusCode, 400, url)
    t.match(answer.json(), { code: 'request.invalid', fields: [{ field, message: sentence }] }, url)
  }
})

test('the operation page has bytes, meaning, postings, documents and differences', async (t) => {
  const cookie = await cookieOf('limin')
  const operation = (await get(cookie, `/v1/operations/ccb/${today}/${theSerial}`)).json()
  t.match(operation, {
    state: 'PAID',
    amountFen: '212300',
    name: '王*国',
    input: { customerNo: '10000', outletName: '建设裕华支行' },
    answer: { receiptNo: 'H1001', arrearsLeftFen: '0' },
    parts: [
      { season: '2026-2027', feeItem: 'HEATING', principalFen: '210800', lateFeeFen: '1500' },
    ],
    exceptions: [{ class: 'LOCAL_ONLY', state: 'ON_HOLD' }],
  })
  t.same(
    operation.messages.map((m: { direction: string }) => m.direction),
    ['in', 'out'],
  )
  t.match(operation.messages[1].fields[0].value, '王**国', 'the name is starred out of the bytes')
  t.notMatch(JSON.stringify(operation), /王建国|1380000/)
  const [entry] = operation.entries
  t.equal(entry.postings.length, 2)
  t.match(entry.postings[0], { debit: { name: '待清算 建设银行' }, credit: { code: '1122' } })
  isFepAway = true
  const undescribed = (await get(cookie, `/v1/operations/ccb/${today}/${theSerial}`)).json()
  isFepAway = false
  t.match(undescribed.messages[0], { isDescribed: false, fields: [], hex: /^37373733/ })
  t.same(
    operation.documents.map((d: { kind: string }) => d.kind),
    ['blue', 'voucher'],
  )
})

test('rows of other branches and companies do not exist', async (t) => {
  const branch = await cookieOf('changan')
  t.equal((await get(branch, `/v1/operations/ccb/${today}/${theSerial}`)).statusCode, 404)
  const { payments } = (await get(branch, '/v1/payments?limit=200')).json()
  t.ok(payments.length > 0)
  t.notOk(payments.find((p: { customerNo: string }) => p.customerNo === '10000'))
  const { exceptions, summary } = (await get(branch, '/v1/exceptions')).json()
  t.same(
    exceptions.map((e: { customerNo: string }) => e.customerNo),
    ['10003'],
  )
  t.same(summary, [{ class: 'STATE_DIFF', state: 'PENDING', count: 1, oldestDays: 1 }])
  const whole = await cookieOf('limin')
  t.equal(
    (
      await send(await cookieOf('zhangwei'), 'POST', '/v1/channels/xtb/stop', {
        reason: '别家的',
      })
    ).statusCode,
    404,
  )
  t.equal((await get(whole, `/v1/operations/xtb/${today}/1`)).statusCode, 404)
  t.equal((await logIn('xt')).statusCode, 401, "another company's people do not exist here")
})

test('exceptions show both sides, oldest first, with a summary', async (t) => {
  const cookie = await cookieOf('limin')
  const { exceptions, summary } = (await get(cookie, '/v1/exceptions')).json()
  t.equal(exceptions.length, 5)
  t.match(exceptions[0], { class: 'BANK_ONLY', bankFen: '212300', ourFen: null, ageDays: 2 })
  t.match(
    summary.find((s: { class: string }) => s.class === 'BANK_ONLY'),
    { count: 2 },
  )
  const first = (await get(cookie, '/v1/exceptions?limit=3')).json()
  const rest = (await get(cookie, `/v1/exceptions?limit=3&cursor=${first.next}`)).json()
  t.same([...first.exceptions, ...rest.exceptions], exceptions)
  const amounts = (await get(cookie, '/v1/exceptions?class=AMOUNT_DIFF&state=PENDING')).json()
  t.equal(amounts.exceptions.length, 1)
})

test('a bank is stopped and started with a reason, by whom it concerns, on record', async (t) => {
  const [operator, admin] = [await cookieOf('limin'), await cookieOf('admin')]
  const stop = '/v1/channels/icbc/stop'
  t.equal((await send(admin, 'POST', stop, { reason: '越权' })).statusCode, 403)
  t.match((await send(operator, 'POST', stop, {})).json().message, '缺少「原因」')
  t.match(
    (await send(operator, 'POST', stop, { reason: ' ' })).json().message,
    '「原因」格式不正确',
  )
  const stopped = await send(operator, 'POST', stop, { reason: '线路割接' })
  t.match(stopped.json(), { enabled: false, disabledReason: '李敏：线路割接', version: 2 })
  t.match((await send(operator, 'POST', stop, { reason: '再停' })).json(), {
    code: 'channel.unchanged',
  })
  const wall = (await get(await cookieOf('zhangwei'), '/v1/wall')).json()
  t.match(
    wall.channels.find((c: { channelId: string }) => c.channelId === 'icbc'),
    {
      state: 'stopped',
      why: '李敏：线路割接',
    },
  )
  t.equal(
    (await send(operator, 'POST', '/v1/channels/icbc/start', { reason: '好了' })).statusCode,
    200,
  )
  const trail = await auditTrail()
  t.match(
    trail.filter((act) => act.subject === 'icbc'),
    [
      { actor: 'limin', action: 'channel.stopped', reason: '线路割接' },
      { actor: 'limin', action: 'channel.started', reason: '好了' },
    ],
  )
  t.ok(trail.find((act) => act.action === 'role.missing' && act.actor === 'admin'))
})

test('notices are read once, by the role they are for', async (t) => {
  const cookie = await cookieOf('limin')
  const { notices, unread } = (await get(cookie, '/v1/notices')).json()
  t.match([notices.length, unread], [2, 2])
  const read = `/v1/notices/${notices[0].noticeSeq}/read`
  t.match((await send(cookie, 'POST', read)).json(), { readBy: 'limin' })
  t.equal((await get(cookie, '/v1/notices?unread=true')).json().notices.length, 1)
  const [other] = (await get(await cookieOf('zhangwei'), '/v1/notices')).json().notices
  const foreign = await send(cookie, 'POST', `/v1/notices/${other.noticeSeq}/read`)
  t.equal(foreign.statusCode, 404)
})

test('the border is closed by default, limited, and documented from its own schemas', async (t) => {
  t.match((await app.inject('/v1/health')).json(), { status: 'ok', rehearsal: true })
  for (const url of [
    '/v1/wall',
    '/v1/wall/stream',
    '/v1/payments',
    '/v1/exceptions',
    '/v1/notices',
    '/v1/openapi.json',
  ]) {
    t.equal((await app.inject(url)).statusCode, 401, url)
  }
  t.match((await app.inject('/v1/nothing')).json(), { code: 'thing.not_found' })
  const big = await send('', 'POST', '/v1/session', { login: 'x'.repeat(70_000), password: 'x' })
  t.match([big.statusCode, big.json().code], [413, 'request.too_large'])
  const notJson = await app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: '{',
    headers: { [ownHeader]: '1', 'content-type': 'application/json' },
  })
  t.match([notJson.statusCode, notJson.json().code], [400, 'request.invalid'])
  const { headers } = await app.inject('/v1/health')
  t.match(headers['content-security-policy'], /script-src 'self' 'nonce-[^']+'/)
  t.notMatch(headers['content-security-policy'], 'unsafe')
  t.equal(headers['x-content-type-options'], 'nosniff')
  const api = (await get(await cookieOf('limin'), '/v1/openapi.json')).json()
  t.match(api.openapi, '3.1')
  t.ok(api.paths['/v1/operations/{channel}/{bankDate}/{serial}'].get)
  const tries = await Promise.all(
    Array.from({ length: 25 }, () =>
      send('', 'POST', '/v1/session', { login: 'x', password: 'y' }),
    ),
  )
  t.match(tries.find(({ statusCode }) => statusCode === 429)?.json(), { code: 'request.too_many' })
})

interface Acted {
  actor: string
  action: string
  subject: string
  reason: string | null
}

const trailOf = query<[], Acted>('audit_trail', 'select * from reli.audit_log order by audit_seq')

const auditTrail = (): Promise<Acted[]> =>
  world.db.read(wholeCompanies('heat'), (tx) => tx.many(trailOf, []))

test('everything is let go', async () => {
  await (app as FastifyInstance).close()
  await world.close()
})
