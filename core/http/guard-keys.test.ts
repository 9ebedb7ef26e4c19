// Partners' keys and idempotency keys against a real database: what a key opens and what not, and
// that a request sent again changes nothing, whatever happened to the first.
import cookie from '@fastify/cookie'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyRequest } from 'fastify'
import pg from 'pg'
import { test } from 'tap'
import { query, type Tx } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import { testDb } from '../db/test-db.ts'
import { disableKey, issueKey, type NewKey, openApiKeys, rotateKey } from '../org/api-keys.ts'
import { recordAct } from '../org/audit.ts'
import { openSessions } from '../org/sessions.ts'
import { answerError } from './errors.ts'
import { cookieJar, guard } from './guard.ts'
import { once } from './idempotency.ts'
import { fillTestWorld } from './test-world.ts'

const world = await testDb()
await fillTestWorld(world.adminUrl)
const { db } = world
const companyId = 'heat'
const whole = wholeCompanies(companyId)
const admin = new pg.Client({ connectionString: world.adminUrl })
await admin.connect()

/** What the test's acts do besides their audit row; a test sets it to fail or to wait. */
let during: (tx: Tx) => Promise<void> = async () => {}
const backend = query<[], { pid: number }>('test_backend', 'select pg_backend_pid() as pid')
const customers = query<[], { customerNo: string }>(
  'test_customers',
  'select customer_no from reli.customers order by 1',
)

interface Body {
  subject: string
  amountFen: string
}

const app = Fastify({ trustProxy: true })
app.setErrorHandler(answerError)
app.register(cookie)
app.register(rateLimit, { max: 10_000, allowList: (req) => Boolean(req.apiKey) })
app.register(async (routes) => {
  const sessions = openSessions(db, companyId)
  guard(routes, { db, sessions, jar: cookieJar(false), keys: openApiKeys(db, companyId) })
  routes.get('/v1/closed', () => 'closed')
  routes.get('/v1/customers', { config: { scope: 'customers:read', roles: [] } }, ({ user }) =>
    db.read(user!.scope, async (tx) => ({
      who: user!.login,
      customers: (await tx.many(customers, [])).map((row) => row.customerNo),
    })),
  )
  routes.post('/v1/acts', { config: { scope: 'events:write' } }, (req, reply) => {
    reply.code(201)
    return db.tx(req.user!.scope, (tx) => once(tx, req, () => act(tx, req)))
  })
})
await app.ready()

let acts = 0
async function act(tx: Tx, { user, body }: FastifyRequest) {
  const { subject, amountFen } = body as Body
  await recordAct(tx, { companyId, actor: user!.login, action: 'test.acted', subject })
  await during(tx)
  return { actNo: ++acts, subject, amountFen }
}

const issuer = { companyId, login: 'admin', paths: ['heat.%'] }
const plain: NewKey = {
  name: '测试伙伴',
  scopes: ['customers:read', 'events:write'],
  orgPaths: ['heat.%'],
  ratePerMinute: 1_000,
  allowedIps: [],
  expiresOn: null,
}
const newKey = (more: Partial<NewKey> = {}) =>
  db.tx(whole, (tx) => issueKey(tx, issuer, { ...plain, ...more }))

let guests = 0
/** An address of its own each time, unless the test is about the address. */
const address = () => `10.2.${guests >> 8}.${++guests & 255}`
const get = (token: string, url = '/v1/customers', remoteAddress = address()) =>
  app.inject({ url, headers: { authorization: `Bearer ${token}` }, remoteAddress })
const post = async (token: string, key: string | undefined, payload: object) =>
  app.inject({
    method: 'POST',
    url: '/v1/acts',
    payload,
    headers: { authorization: `Bearer ${token}`, ...(key && { 'idempotency-key': key }) },
    remoteAddress: address(),
  })
const body = (subject: string, amountFen = '100'): Body => ({ subject, amountFen })
const actsOn = async (subject: string): Promise<number> => {
  const { rows } = await admin.query(
    `select count(*)::int as n from reli.audit_log where action = 'test.acted' and subject = $1`,
    [subject],
  )
  return rows[0].n
}
const events = async (keyId: string) =>
  (
    await admin.query(
      `select kind, peer, detail from reli.security_log
        where detail->>'keyId' = $1 order by log_seq`,
      [keyId],
    )
  ).rows

test('a key opens what its scopes name, within its paths, and nothing else', async (t) => {
  const all = await newKey()
  t.match(all.token, /^reli_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/)
  const answer = await get(all.token)
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { who: `key:${all.keyId}` })
  const branch = await newKey({ orgPaths: ['heat.b2.%'] })
  const fewer = (await get(branch.token)).json().customers
  t.ok(fewer.length > 0 && fewer.length < answer.json().customers.length)

  const closed = await get(all.token, '/v1/closed')
  t.match([closed.statusCode, closed.json().code], [403, 'scope.missing'])
  const narrow = await newKey({ scopes: ['places:read'] })
  const refused = await get(narrow.token, '/v1/customers', '10.9.9.9')
  t.match(refused.json(), { message: '此接口密钥没有调用该接口的权限，已记录' })
  t.match(await events(narrow.keyId), [
    { kind: 'api_key.scope_missing', peer: '10.9.9.9', detail: { at: 'GET /v1/customers' } },
  ])
  t.equal((await get(all.token, '/v1/nothing')).statusCode, 404)
  const { rows } = await admin.query('select * from reli.api_keys')
  const secret = all.token.slice(-43)
  t.notMatch(JSON.stringify(rows), secret, 'the secret is not kept')
  const used = rows.find(({ key_id }) => key_id === all.keyId)
  t.ok(used.last_used_at, 'when it was used last is')
})

test('a key that does not open is refused in one sentence, its cause on record', async (t) => {
  const key = await newKey()
  const wrong = key.token.replace(/.{4}$/, 'AAAA')
  const expired = await newKey({ expiresOn: '2020-01-01' })
  const today = await newKey({ expiresOn: '2099-12-31' })
  const off = await newKey()
  await db.tx(whole, (tx) => disableKey(tx, issuer, off.keyId, '合同到期'))
  const bound = await newKey({ allowedIps: ['203.0.113.7', '2001:db8::/32', '198.51.100.9/24'] })
  for (const [token, ip, expected] of [
    [key.token, undefined, 200],
    [today.token, undefined, 200],
    [wrong, undefined, 401],
    [`reli_000000000000_${'x'.repeat(43)}`, undefined, 401],
    ['guess', undefined, 401],
    ['', undefined, 401],
    [expired.token, undefined, 401],
    [off.token, undefined, 401],
    [bound.token, '203.0.113.7', 200],
    [bound.token, '::ffff:203.0.113.7', 200],
    [bound.token, '198.51.100.200', 200],
    [bound.token, '2001:db8::1', 200],
    [bound.token, '203.0.113.8', 401],
  ] as const) {
    const answer = await get(token, '/v1/customers', ip)
    t.equal(answer.statusCode, expected, `${token} ${ip}`)
    if (expected === 401) {
      t.same(answer.json(), {
        code: 'key.refused',
        message: '接口密钥无效、已停用、已过期，或来源地址不在白名单',
      })
    }
  }
  const causes = async (keyId: string) => (await events(keyId)).map(({ detail }) => detail.why)
  t.same(await causes(key.keyId), ['secret'])
  t.same(await causes(expired.keyId), ['expired'])
  t.same(await causes(off.keyId), ['disabled'])
  t.same(await causes(bound.keyId), ['address'])
  t.same(await causes('000000000000'), ['unknown'])
})

test('a new secret opens at once, the old one for as long as was said', async (t) => {
  const key = await newKey()
  const rotate = (hours: number) => db.tx(whole, (tx) => rotateKey(tx, issuer, key.keyId, hours))
  const second = await rotate(2)
  t.equal((await get(key.token)).statusCode, 200)
  t.equal((await get(second.token)).statusCode, 200)
  const later = `update reli.api_keys set old_secret_ends_at = now() - interval '1 second'
                  where key_id = $1`
  await admin.query(later, [key.keyId])
  t.equal((await get(key.token)).statusCode, 401)
  const third = await rotate(0)
  t.equal((await get(second.token)).statusCode, 401)
  t.equal((await get(third.token)).statusCode, 200)
})

test('a key has its own rate, and is told when to come again', async (t) => {
  const key = await newKey({ ratePerMinute: 3 })
  const other = await newKey({ ratePerMinute: 3 })
  const codes: number[] = []
  for (let i = 0; i < 5; i++) codes.push((await get(key.token)).statusCode)
  t.same(codes, [200, 200, 200, 429, 429])
  const over = await get(key.token)
  t.match(over.json(), { code: 'request.too_many', message: '操作过于频繁，请稍后再试' })
  const wait = Number(over.headers['retry-after'])
  t.ok(wait >= 1 && wait <= 60, `retry-after ${wait}`)
  t.equal((await get(other.token)).statusCode, 200, 'others are not slowed')
  t.same(
    (await events(key.keyId)).map(({ kind }) => kind),
    ['api_key.rate_exceeded'],
    'told once, not with each request',
  )
})

test('whoever tries keys from one address is stopped before the database is asked', async (t) => {
  const good = await newKey()
  const codes = new Set<number>()
  for (let i = 0; i < 31; i++)
    codes.add((await get('guess', '/v1/customers', '10.8.8.8')).statusCode)
  t.same([...codes], [401, 429])
  const after = await get(good.token, '/v1/customers', '10.8.8.8')
  t.equal(after.statusCode, 429)
  t.ok(after.headers['retry-after'])
  t.equal((await get(good.token)).statusCode, 200)
})

test('a program must name its request, and in letters that are a name', async (t) => {
  const { token } = await newKey()
  const none = await post(token, undefined, body('nameless'))
  t.match([none.statusCode, none.json().message], [400, '缺少请求头 Idempotency-Key（幂等键）'])
  for (const key of ['short', 'with space in it', '中文键中文键中文键', 'x'.repeat(129)]) {
    const answer = await post(token, key, body('nameless'))
    t.match(
      [answer.statusCode, answer.json()],
      [400, { message: '「Idempotency-Key」须为 8 至 128 位字母、数字或 . _ : -' }],
    )
  }
  t.equal(await actsOn('nameless'), 0)
})

test('the same request again gets the first answer and changes nothing', async (t) => {
  const { token } = await newKey()
  const first = await post(token, 'order-0001', body('one'))
  t.equal(first.statusCode, 201)
  t.equal(first.headers['idempotency-replayed'], undefined)
  const again = await post(token, 'order-0001', { amountFen: '100', subject: 'one' })
  t.same([again.statusCode, again.json()], [201, first.json()], 'whatever order its fields are in')
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal(await actsOn('one'), 1)

  const other = await post(token, 'order-0001', body('one', '200'))
  t.same(
    [other.statusCode, other.json()],
    [
      409,
      { code: 'idempotency.conflicting', message: '该幂等键已用于内容不同的请求，未作任何处理' },
    ],
  )
  const stranger = await newKey()
  t.equal((await post(stranger.token, 'order-0001', body('one'))).statusCode, 201)
  t.equal(await actsOn('one'), 2, 'the names of one partner are not those of another')
})

test('twenty of one key at the same moment are one', async (t) => {
  const { token } = await newKey()
  during = () => new Promise((done) => setTimeout(done, 100))
  t.teardown(() => {
    during = async () => {}
  })
  const same = await Promise.all(
    Array.from({ length: 20 }, () => post(token, 'order-many', body('many'))),
  )
  t.same([...new Set(same.map((answer) => answer.statusCode))], [201])
  t.equal(new Set(same.map((answer) => answer.body)).size, 1)
  t.equal(await actsOn('many'), 1)
})

test('one that must wait too long is told so and may ask again', async (t) => {
  const { token } = await newKey()
  const go = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  during = () => {
    begun.resolve()
    return go.promise
  }
  const first = post(token, 'order-slow', body('slow'))
  await begun.promise
  const second = await post(token, 'order-slow', body('slow'))
  t.match([second.statusCode, second.json().code], [409, 'idempotency.in_flight'])
  t.equal(second.json().message, '相同幂等键的请求正在处理，请稍后用原请求重试')
  during = async () => {}
  go.resolve()
  const done = (await first).json()
  t.same((await post(token, 'order-slow', body('slow'))).json(), done)
  t.equal(await actsOn('slow'), 1)
})

test('what failed left no key behind: act and key commit together or not at all', async (t) => {
  const { token } = await newKey()
  during = async () => {
    throw new Error('planted')
  }
  t.equal((await post(token, 'order-fail', body('fail'))).statusCode, 500)
  during = async (tx) => {
    const { pid } = await tx.one(backend, [])
    await admin.query('select pg_terminate_backend($1)', [pid])
    await tx.one(backend, [])
  }
  t.equal((await post(token, 'order-fail', body('fail'))).statusCode, 500)
  t.equal(await actsOn('fail'), 0)
  const { rowCount } = await admin.query(
    `select from reli.idempotency_keys where key = 'order-fail'`,
  )
  t.equal(rowCount, 0)
  during = async () => {}
  const fine = await post(token, 'order-fail', body('fail'))
  t.equal(fine.statusCode, 201)
  t.equal(await actsOn('fail'), 1)
})

test('an answer that was lost on its way is given again after a restart', async (t) => {
  const { token } = await newKey()
  const first = await post(token, 'order-lost', body('lost'))
  const restarted = Fastify()
  restarted.register(cookie)
  restarted.register(rateLimit)
  restarted.register(async (routes) => {
    const sessions = openSessions(db, companyId)
    guard(routes, { db, sessions, jar: cookieJar(false), keys: openApiKeys(db, companyId) })
    routes.post('/v1/acts', { config: { scope: 'events:write' } }, (req) =>
      db.tx(req.user!.scope, (tx) =>
        once<object>(tx, req, () => t.fail('it runs again') as unknown as object),
      ),
    )
  })
  const again = await restarted.inject({
    method: 'POST',
    url: '/v1/acts',
    payload: body('lost'),
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'order-lost' },
  })
  t.same(again.json(), first.json())
  await restarted.close()
})

test('everything is let go', async () => {
  await app.close()
  await admin.end()
  await world.close()
})
