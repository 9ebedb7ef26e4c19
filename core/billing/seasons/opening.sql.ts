// Opening a season for a slice of customers: what of them must be known, and one statement each
// for the events, the rooms and the lines. Columns travel as array literals (literals.ts), which
// PostgreSQL reads several times faster than JSON; each statement feeds all tables that share
// its rows.
import { query } from '../../db/db.ts'

type Of = [companyId: string, season: string, customerIds: string[]]

export interface StandingRow {
  customerId: string
  nature: string
  orgPath: string
  controlMode: 'SEPARATE' | 'SERIES'
  networkStatus: 'PENDING' | 'IN_NETWORK' | 'DISCONNECTED' | 'CLOSED'
  /** Nothing but its rooms decides what it is charged: no money, no line or room of the season. */
  isPlain: boolean
}

/** Read after the customers are locked, so that it sees what others did to them before. */
export const standingOf = query<Of, StandingRow>(
  'standing_before_opening',
  `
  select c.customer_id, c.nature, c.org_path, c.control_mode, c.network_status,
         c.prepaid_fen = 0 and c.network_status = 'IN_NETWORK'
           and not exists (select from reli.charges h
                            where h.company_id = $1 and h.customer_id = c.customer_id
                              and h.season = $2)
           and not exists (select from reli.area_seasons a
                            where a.company_id = $1 and a.customer_id = c.customer_id
                              and a.season = $2)
           and not exists (select from reli.holds o
                            where o.company_id = $1 and o.customer_id = c.customer_id
                              and o.season = $2)
           and not exists (select from reli.reductions r
                            where r.company_id = $1 and r.customer_id = c.customer_id
                              and r.season = $2) as is_plain
    from reli.customers c
   where c.company_id = $1 and c.customer_id = any($3::text[])
   order by c.customer_id`,
)

export interface LastAreaRow {
  customerId: string
  season: string
  areaNo: number
  facts: unknown
}

/** The rooms whose last season has facts: stops may go on. */
export const lastAreasOf = query<Of, LastAreaRow>(
  'last_areas_before_opening',
  `
  select f.customer_id, f.season, f.area_no, jsonb_agg(f.fact order by f.fact_seq) as facts
    from reli.area_facts f
    join reli.area_seasons a using (company_id, customer_id, season, area_no)
   where f.company_id = $1 and f.customer_id = any($3::text[]) and f.season < $2
     and (a.opened_by is null or f.event_id >= a.opened_by)
     and not exists (select from reli.area_seasons s
                      where s.company_id = $1 and s.customer_id = f.customer_id
                        and s.area_no = f.area_no and s.season > f.season and s.season < $2)
   group by 1, 2, 3`,
)

type Literal = string

export const insertOpeningEvents = query<
  [
    companyId: string,
    bookingOn: string,
    season: string,
    madeBy: string,
    batchNo: string,
    entryEvent: string,
    memo: string,
    eventIds: Literal,
    customerIds: Literal,
    entrySeqs: Literal,
    deltas: Literal,
  ],
  never
>(
  'insert_opening_events',
  `
  with e as materialized (
    select * from unnest($8::text[], $9::text[], $10::bigint[], $11::bigint[])
               as e (event_id, customer_id, entry_seq, delta_fen)),
  entry as (
    insert into reli.entries (company_id, entry_seq, booking_on, event, memo)
    select $1, e.entry_seq, $2::date, $6, $7 from e where e.entry_seq is not null)
  insert into reli.billing_events
         (company_id, booking_on, event_id, type, customer_id, effective_on, season, event, channel,
          made_by, batch_no, delta_fen, entry_seq)
  select $1, $2::date, e.event_id, 'OPEN_SEASON', e.customer_id, $2::date, $3::text,
         jsonb_build_object('type', 'OPEN_SEASON', 'season', $3::text, 'eventId', e.event_id,
                            'on', $2::date),
         'batch', $4, $5, e.delta_fen, e.entry_seq
    from e`,
)

export const insertOpeningRooms = query<
  [
    companyId: string,
    season: string,
    customerIds: Literal,
    areaNos: Literal,
    areaItems: Literal,
    billingDm2: Literal,
    heightsCm: Literal,
    priceClasses: Literal,
    orgPaths: Literal,
    natures: Literal,
    openedBy: Literal,
    heatingStatuses: Literal,
  ],
  never
>(
  'insert_opening_rooms',
  `
  insert into reli.area_seasons
         (company_id, season, customer_id, area_no, area_item, billing_area_dm2, storey_height_cm,
          price_class, org_path, nature, opened_by, heating_status)
  select $1, $2, r.*
    from unnest($3::text[], $4::smallint[], $5::text[], $6::bigint[], $7::integer[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::text[]) as r`,
)

export const insertOpeningLines = query<
  [
    companyId: string,
    bookingOn: string,
    season: string,
    chargeIds: Literal,
    customerIds: Literal,
    eventIds: Literal,
    areaNos: Literal,
    areaItems: Literal,
    feeItems: Literal,
    amounts: Literal,
    formulas: Literal,
    changeNos: Literal,
    entrySeqs: Literal,
    credits: Literal,
    debit: string,
  ],
  never
>(
  'insert_opening_lines',
  `
  with l as materialized (
    select * from unnest($4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[],
                         $10::bigint[], $11::jsonb[], $12::smallint[], $13::bigint[], $14::text[])
      as l (charge_id, customer_id, event_id, area_no, area_item, fee_item, amount_fen, formula, no,
            entry_seq, credit)),
  charge as (
    insert into reli.charges
           (company_id, charge_id, customer_id, season, area_no, area_item, fee_item, cause_id,
            charged_fen, receivable_fen, late_principal_fen, formula, entry_seq)
    select $1, charge_id, customer_id, $3, area_no, area_item, fee_item, event_id, amount_fen,
           amount_fen, amount_fen, formula, entry_seq from l),
  change as (
    insert into reli.charge_changes
           (company_id, customer_id, charge_id, event_id, change_no, kind, delta_fen, changed_on,
            formulas)
    select $1, customer_id, charge_id, event_id, no, 'CHARGED', amount_fen, $2::date, formula
      from l)
  insert into reli.postings
         (company_id, entry_seq, line_no, debit, credit, amount_fen, customer_id, charge_id)
  select $1, entry_seq, no + 1, $15, credit, amount_fen, customer_id, charge_id from l`,
)
