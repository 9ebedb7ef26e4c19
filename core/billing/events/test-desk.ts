// A company with its people at the desk, for tests of the routes: one takes in, the other agrees.

import { ownHeader } from '../../http/guard.ts'
import { buildHttp } from '../../http.ts'
import { hashPassword } from '../../org/passwords.ts'
import { companyId, scope, testCompany } from '../store/test-company.ts'
import { takeEventIds } from '../store/write.ts'
import { bookEvents } from './run.ts'

export const season = '2025-2026'
const password = 'Reli-2026-test'
export const paper = { name: '申请表.pdf', digest: 'a'.repeat(64), kind: '申请表' }

export async function testDesk() {
  const company = await testCompany()
  const { db, admin, rules } = company
  const hash = await hashPassword(password)
  const people = { zhang: ['supervisor'], li: ['finance'], wang: ['bank_operator'] }
  for (const [login, roles] of Object.entries(people)) {
    await admin.query(
      `insert into reli.users (company_id, user_id, login, name, password_hash, roles, org_paths)
       values ($1, $2, $3, $3, $4, $5, '{c1.%}')`,
      [companyId, `usr_${login}`, login, hash, roles],
    )
  }
  const app = buildHttp({
    db,
    companyId,
    consoleFolder: '/nowhere',
    isRehearsal: true,
    isSecure: false,
    liveStatus: () => [],
    describe: () => Promise.resolve([]),
  })
  await app.ready()

  let guests = 0
  async function cookieOf(login: string): Promise<string> {
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/session',
      payload: { login, password },
      headers: { [ownHeader]: '1' },
      remoteAddress: `10.1.0.${++guests}`,
    })
    const [cookie] = answer.cookies
    if (!cookie) throw new Error(answer.body)
    return `${cookie.name}=${cookie.value}`
  }
  const cookies = { zhang: await cookieOf('zhang'), li: await cookieOf('li') }
  type Login = keyof typeof cookies

  async function send(
    login: Login,
    method: 'POST' | 'PUT',
    url: string,
    payload: object = {},
    more: Record<string, string> = {},
  ) {
    const headers = { cookie: cookies[login], [ownHeader]: '1', ...more }
    const answer = await app.inject({ method, url, payload, headers })
    return { status: answer.statusCode, body: answer.json() }
  }
  const post = (login: Login, url: string, payload?: object, more?: Record<string, string>) =>
    send(login, 'POST', url, payload, more)
  const get = async (url: string) => {
    const answer = await app.inject({ url, headers: { cookie: cookies.zhang } })
    return { status: answer.statusCode, body: answer.json() }
  }

  /** An account whose season is open, with its number. */
  async function household(isOpen = true): Promise<string> {
    const customerId = await company.newAccount()
    if (isOpen) await openSeason(customerId)
    const customerNo = customerId.replace('_', '-')
    await admin.query('update reli.customers set customer_no = $2 where customer_id = $1', [
      customerId,
      customerNo,
    ])
    return customerNo
  }

  async function openSeason(customerId: string): Promise<void> {
    await db.tx(scope, async (tx) => {
      const [eventId] = await takeEventIds(tx, 1)
      const event = { type: 'OPEN_SEASON', eventId: eventId!, on: '2025-07-15', season } as const
      const booking = { companyId, rules, bookingOn: '2025-11-20' }
      await bookEvents(tx, booking, [{ event, customerId, madeBy: 'test' }])
    })
  }
  const idOf = (customerNo: string) => customerNo.replace('-', '_')

  const ask = (type: string, customerNo: string, more: object = {}) => ({
    type,
    customerNo,
    effectiveOn: '2025-11-20',
    reason: '测试',
    attachments: [paper],
    ...more,
  })

  /** Taken in by one and agreed to by the other, where that is needed. */
  async function done(type: string, customerNo: string, more: object = {}) {
    const taken = await post('zhang', '/v1/events', ask(type, customerNo, more))
    if (taken.status !== 200) return taken
    if (taken.body.state === 'DONE') return taken
    return post('li', `/v1/events/requests/${taken.body.requestNo}/approve`)
  }

  /** What is charged, by room and item, in yuan and fen. */
  async function chargedOf(customerNo: string): Promise<Record<string, string>> {
    const { rows } = await admin.query(
      `select season || ' ' || area_no || ' ' || fee_item as line, sum(charged_fen)::text as fen
         from reli.charges c join reli.customers u using (company_id, customer_id)
        where u.customer_no = $1 and not is_moved
        group by 1 having sum(charged_fen) <> 0 order by 1`,
      [customerNo],
    )
    return Object.fromEntries(rows.map(({ line, fen }) => [line, fen]))
  }

  /** Σ of what the ledger says is owed, and what the lines say. */
  async function bothBooks(): Promise<[ledger: string, lines: string]> {
    const { rows } = await admin.query(`
      select (select coalesce(sum(case when debit = 'receivable' then amount_fen else 0 end)
                            - sum(case when credit = 'receivable' then amount_fen else 0 end), 0)
                from reli.postings)::text as ledger,
             (select coalesce(sum(outstanding_fen), 0) from reli.charges)::text as lines`)
    return [rows[0].ledger, rows[0].lines]
  }

  const close = async () => {
    await app.close()
    await company.close()
  }
  return {
    ...company,
    app,
    idOf,
    post,
    send,
    get,
    household,
    ask,
    done,
    chargedOf,
    bothBooks,
    close,
  }
}
