// A lock that a clerk sets through the API holds from the bank's next operation on, and until it is
// lifted: the spine reads flags with every batch.
import { fen, type Outcome } from '@reli/sdk'
import pg from 'pg'
import { test } from 'tap'
import { testDb } from '../db/test-db.ts'
import { ownHeader } from '../http/guard.ts'
import { buildHttp } from '../http.ts'
import { hashPassword } from '../org/passwords.ts'
import type { Call } from './handlers.ts'
import { createSpine } from './run.ts'
import { companyId, icbcOutlet, makeCompany } from './test-company.ts'

const word = 'Reli-2026-test'

test('a lock holds from the next operation of a bank, for those it is set on', async (t) => {
  const at = await testDb()
  const admin = new pg.Client({ connectionString: at.adminUrl })
  await admin.connect()
  await makeCompany(admin, { customers: 3 })
  await admin.query(
    `insert into reli.users (company_id, user_id, login, name, password_hash, roles, org_paths)
     values ($1, 'usr_1', 'clerk', '甲', $2, '{bank_operator}', '{c1.%}')`,
    [companyId, await hashPassword(word)],
  )
  const app = buildHttp({
    db: at.db,
    companyId,
    consoleFolder: '/nowhere',
    isRehearsal: true,
    isSecure: false,
    liveStatus: () => [],
    describe: () => Promise.resolve([]),
  })
  const headers = { [ownHeader]: '1' }
  const logIn = await app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { login: 'clerk', password: word },
    headers,
  })
  const cookie = `${logIn.cookies[0]!.name}=${logIn.cookies[0]!.value}`
  const set = async (flag: string, value: boolean) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/customer-flags',
      payload: { flag, value, customerNos: ['0000000001', '0000000002'], reason: '测试' },
      headers: { ...headers, cookie },
    })
    t.equal(answer.statusCode, 200, answer.body)
  }

  const spine = createSpine({ db: at.db, companyId, log: { error: () => {} } })
  const today = (await admin.query('select current_date::text as today')).rows[0].today
  let serials = 0
  const pay = async (customerNo: string, amount: bigint) => {
    const call: Call = {
      channel: 'icbc',
      operation: 'payment.pay',
      key: { bankDate: today, serial: String(++serials).padStart(12, '0') },
      input: { customerNo, amountFen: fen(amount), outlet: icbcOutlet },
      origin: 'partner',
      expiresAt: performance.now() + 10_000,
    }
    const outcome: Outcome<unknown> = await spine.run(call)
    return outcome.is === 'refused' ? outcome.code : outcome.is
  }

  for (const [flag, code] of [
    ['bankBlocked', 'customer.bank_blocked'],
    ['collectionLocked', 'customer.collection_locked'],
    ['inspectionLocked', 'customer.inspection_locked'],
    ['mustVisitHall', 'customer.must_visit_hall'],
  ] as const) {
    await set(flag, true)
    t.equal(await pay('0000000001', 200_000n), code)
    await set(flag, false)
  }
  await set('bankBlocked', true)
  t.equal(await pay('0000000003', 200_000n), 'done', 'a neighbour pays')
  await set('bankBlocked', false)
  t.equal(await pay('0000000001', 200_000n), 'done', 'and so does who was let again')
  await app.close()
  await admin.end()
  await at.close()
})
