// The hash chain over entries and postings, computed where they are.
import { query } from '../db/db.ts'

export interface SealRow {
  sealSeq: bigint
  fromXid: string
  toXid: string
  hash: Buffer
}

export const lastSeal = query<[companyId: string], SealRow>(
  'last_seal',
  `
  select seal_seq, from_xid::text as from_xid, to_xid::text as to_xid, hash from reli.seals
   where company_id = $1 order by seal_seq desc limit 1`,
)

export const lockSeals = query<[companyId: string], never>(
  'lock_seals',
  `
  select pg_advisory_xact_lock(7202, hashtext('seals:' || $1))`,
)

/** Every transaction below this has ended: what it wrote is all there, and no more will come. */
export const sealHorizon = query<[], { xid: string }>(
  'seal_horizon',
  `
  select pg_snapshot_xmin(pg_current_snapshot())::text as xid`,
)

/**
 * One text per entry with its postings, hashed in the order of entry numbers; the link before it
 * goes in first. A changed, missing, added or swapped row gives another hash.
 */
export const hashOf = query<
  [companyId: string, fromXid: string, toXid: string, before: Buffer],
  { count: bigint; hash: Buffer }
>(
  'hash_of',
  `
  select count(*) as count,
         sha256($4::bytea || coalesce(string_agg(sha256(convert_to(text, 'UTF8')),
           null order by entry_seq), ''))
           as hash
    from (select e.entry_seq,
                 jsonb_build_array(e.company_id, e.entry_seq, e.booking_on, e.event, e.memo,
                   e.channel_id,
                   e.bank_date, e.serial, e.reverses_seq, extract(epoch from e.made_at),
                   (select jsonb_agg(jsonb_build_array(p.line_no, p.debit, p.credit, p.amount_fen,
                                       p.customer_id, p.charge_id) order by p.line_no)
                      from reli.postings p
                     where p.company_id = e.company_id and p.entry_seq = e.entry_seq))::text as text
            from reli.entries e
           where e.company_id = $1 and e.written_by >= $2::xid8 and e.written_by < $3::xid8)
             as written`,
)

export const insertSeal = query<
  [companyId: string, sealSeq: bigint, fromXid: string, toXid: string, count: bigint, hash: Buffer],
  never
>(
  'insert_seal',
  `
  insert into reli.seals (company_id, seal_seq, from_xid, to_xid, entry_count, hash)
  values ($1, $2, $3::xid8, $4::xid8, $5, $6)`,
)

export interface SealCheck {
  sealSeq: bigint
  fromXid: string
  toXid: string
  entryCount: bigint
  hash: Buffer
}

export const sealsFrom = query<[companyId: string, sealSeq: bigint], SealCheck>(
  'seals_from',
  `
  select seal_seq, from_xid::text as from_xid, to_xid::text as to_xid, entry_count, hash
    from reli.seals
   where company_id = $1 and seal_seq >= $2 order by seal_seq`,
)
