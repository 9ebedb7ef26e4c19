// The journal of a front-end processor is taken over once, however often its records come.
import pg from 'pg'
import tap, { test } from 'tap'
import { testDb } from '../db/test-db.ts'
import type { JournalRecord } from '../link/protocol.ts'
import { keepEvidence } from './evidence.ts'
import { companyId, makeCompany } from './test-company.ts'

const { db, adminUrl, close } = await testDb()
const admin = new pg.Client({ connectionString: adminUrl })
await admin.connect()
await makeCompany(admin, { customers: 1 })
tap.teardown(async () => {
  await admin.end()
  await close()
})

const at = '2026-11-20T09:30:12'
const where = { at, channel: 'icbc', ip: '10.8.1.2', port: 4711 }
const records: JournalRecord[] = [
  { seq: 1, kind: 'event', event: 'connected', ...where },
  {
    ...{ seq: 2, kind: 'in', frame: 'f1', operation: 'payment.pay', length: 3, ...where },
    key: { bankDate: '2026-11-20', serial: '000000000001' },
    bytes: Buffer.from('abc').toString('base64'),
  },
  {
    ...{ seq: 3, kind: 'out', at, channel: 'icbc', frame: 'f1', length: 2, tookMs: 4 },
    ...{ outcome: 'refused', code: 'bill.settled', bytes: Buffer.from('no').toString('base64') },
  },
  { seq: 4, kind: 'late', at, channel: 'icbc', frame: 'f1', outcome: '{"is":"done"}' },
]

const kept = async () => {
  const messages = await admin.query(
    `select frame_id, direction, at at time zone 'Asia/Shanghai' as at, peer, operation,
            bank_date::text, serial, result, convert_from(bytes, 'UTF8') as bytes
       from reli.messages order by direction`,
  )
  const events = await admin.query('select kind, peer, detail from reli.security_log order by 1')
  return { messages: messages.rows, events: events.rows }
}

test('records count once, though the link was lost before they were acknowledged', async (t) => {
  const keep = (batch: JournalRecord[], journal = 'j1') =>
    keepEvidence(db, companyId, 'fep-1', { journal, records: batch })
  await keep(records.slice(0, 2))
  await keep(records)
  await Promise.all([keep(records), keep(records)])
  const { messages, events } = await kept()
  t.match(messages, [
    { frame_id: 'f1', direction: 'in', peer: '10.8.1.2:4711', operation: 'payment.pay' },
    { frame_id: 'f1', direction: 'out', result: 'bill.settled', bytes: 'no' },
  ])
  t.match(messages[0], { bank_date: '2026-11-20', serial: '000000000001', bytes: 'abc' })
  t.match(events, [{ kind: 'answered_late' }, { kind: 'connected', peer: '10.8.1.2:4711' }])

  await keep([{ ...records[0]!, seq: 1 }], 'j2')
  t.equal((await kept()).events.length, 3, 'a journal that was begun anew counts from its start')
})
