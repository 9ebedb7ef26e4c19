import { query } from '../db/db.ts'

// One statement, so that a row leaves the outbox exactly when its documents are there. Two workers
// at the same rows: the second waits for the first one's delete, then finds nothing to delete.
export const turnIntoDocuments = query<
  [company: string, topics: string[], events: string[], atMost: number],
  { count: number }
>(
  'turn_outbox_into_documents',
  `with kinds as (select * from unnest($2::text[], $3::text[]) as k(topic, kind)),
   due as (
     select outbox_seq from reli.outbox
      where company_id = $1 and topic = any($2) order by outbox_seq limit $4),
   taken as (
     delete from reli.outbox o using due
      where o.company_id = $1 and o.outbox_seq = due.outbox_seq
     returning o.topic, o.entry_seq, o.payload),
   requested as (
     insert into reli.invoice_requests (company_id, entry_seq, kind, customer_id, amount_fen)
     select $1, t.entry_seq, k.kind, t.payload->>'customerId', (t.payload->>'amountFen')::bigint
       from taken t join kinds k using (topic)
     on conflict do nothing),
   noted as (
     insert into reli.voucher_lines (company_id, entry_seq, booking_on, event, amount_fen)
     select $1, t.entry_seq, e.booking_on, t.topic, (t.payload->>'amountFen')::bigint
       from taken t join reli.entries e on e.company_id = $1 and e.entry_seq = t.entry_seq
     on conflict do nothing)
   select count(*)::int as count from taken`,
)
