// What decisions leave behind: one statement for each table, whatever the number of decisions. Rows
// travel as one JSON array, exact integers as text.
import { query } from '../../db/db.ts'

type Rows = [companyId: string, rows: string]

export const nextEventIds = query<[count: number], { eventId: string }>(
  'next_event_ids',
  `
  select 'evt_' || lpad(nextval('reli.event_seq')::text, 12, '0') as event_id
    from generate_series(1, $1::int)`,
)

export const insertEvents = query<[companyId: string, bookingOn: string, rows: string], never>(
  'insert_billing_events',
  `
  insert into reli.billing_events
         (company_id, booking_on, event_id, type, customer_id, effective_on, season, event, before,
          after, reason, attachments, channel, made_by, checked_by, batch_no, reverses_id,
          delta_fen, entry_seq, policy_version)
  select $1, $2::date, r."eventId", r.type, r."customerId", r."effectiveOn", r.season, r.event,
         r.before, r.after, r.reason, coalesce(r.attachments, '[]'), r.channel, r."madeBy",
         r."checkedBy", r."batchNo", r."reversesId", r."deltaFen", r."entrySeq", r."policyVersion"
    from jsonb_to_recordset($3::jsonb) as r
         ("eventId" text, type text, "customerId" text, "effectiveOn" date, season text,
          event jsonb, before jsonb, after jsonb, reason text, attachments jsonb, channel text,
          "madeBy" text,
          "checkedBy" text, "batchNo" text, "reversesId" text, "deltaFen" bigint, "entrySeq" bigint,
          "policyVersion" integer)`,
)

export const updateAccounts = query<Rows, never>(
  'update_accounts',
  `
  update reli.customers c
     set network_status = r.network, successor_ids = r.successors, nature = r.nature,
         prepaid_fen = c.prepaid_fen + r."balanceFen"
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, network text, successors text[], nature text, "balanceFen" bigint)
   where c.company_id = $1 and c.customer_id = r."customerId"
     and (r."balanceFen" <> 0 or (c.network_status, c.successor_ids, c.nature)
          is distinct from (r.network, r.successors, r.nature))`,
)

export const upsertCards = query<Rows, never>(
  'upsert_cards',
  `
  insert into reli.area_items
         (company_id, area_item_id, customer_id, area_no, area_item, category, building_area_dm2,
          billing_area_dm2, storey_height_cm, price_class, generate_bill, status, waiting_stops)
  select $1, 'are_' || r."customerId" || '_' || r."areaNo", r."customerId", r."areaNo",
         r."areaItem", r."areaItem", r."billingDm2", r."billingDm2", r."heightCm", r."priceClass",
         r."isBilled",
         r.status, r."waitingStops"
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, "areaNo" smallint, "areaItem" text, "billingDm2" bigint,
          "heightCm" integer, "priceClass" text, "isBilled" boolean, status text,
          "waitingStops" jsonb)
  on conflict (company_id, customer_id, area_no) do update
     set billing_area_dm2 = excluded.billing_area_dm2,
         storey_height_cm = excluded.storey_height_cm, price_class = excluded.price_class,
         generate_bill = excluded.generate_bill, status = excluded.status,
         waiting_stops = excluded.waiting_stops`,
)

/** Rooms that moved into another account stay there; an empty account has none. */
export const upsertAreas = query<Rows, never>(
  'upsert_area_seasons',
  `
  insert into reli.area_seasons
         (company_id, customer_id, season, area_no, area_item, billing_area_dm2, storey_height_cm,
          price_class, offsets, is_frozen, heating_status, opened_by, org_path, nature)
  select $1, r."customerId", r.season, r."areaNo", r."areaItem", r."billingDm2", r."heightCm",
         r."priceClass", r.offsets, r."isFrozen", r."heatingStatus", r."openedBy", c.org_path,
         c.nature
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, season text, "areaNo" smallint, "areaItem" text, "billingDm2" bigint,
          "heightCm" integer, "priceClass" text, offsets jsonb, "isFrozen" boolean,
          "heatingStatus" text, "openedBy" text)
    join reli.customers c on c.company_id = $1 and c.customer_id = r."customerId"
  on conflict (company_id, customer_id, season, area_no) do update
     set billing_area_dm2 = excluded.billing_area_dm2, offsets = excluded.offsets,
         is_frozen = excluded.is_frozen, heating_status = excluded.heating_status`,
)

export const deleteAreas = query<
  [companyId: string, customerIds: string[], seasons: string[], areaNos: number[]],
  never
>(
  'delete_area_seasons',
  `
  delete from reli.area_seasons a
   using unnest($2::text[], $3::text[], $4::smallint[]) as g (customer_id, season, area_no)
   where a.company_id = $1 and a.customer_id = g.customer_id and a.season = g.season
     and a.area_no = g.area_no`,
)

export const insertFacts = query<Rows, never>(
  'insert_area_facts',
  `
  insert into reli.area_facts (company_id, customer_id, season, area_no, fact_id, event_id, fact)
  select $1, r."customerId", r.season, r."areaNo", r."factId", r."eventId", r.fact
    from jsonb_to_recordset($2::jsonb) as r
         (at integer, "customerId" text, season text, "areaNo" smallint, "factId" text,
          "eventId" text, fact jsonb)
   order by r.at`,
)

/** A line keeps its id wherever its account goes; what it was named by stays as it was made. */
export const upsertCharges = query<Rows, never>(
  'upsert_charges',
  `
  insert into reli.charges as c
         (company_id, charge_id, customer_id, season, area_no, area_item, fee_item, cause_id,
          charged_fen, reduced_fen, written_off_fen, receivable_fen, paid_fen, discount_fen,
          from_balance_fen, late_principal_fen, late_settled_product, late_paid_fen,
          late_waived_fen, due_on, late_terms, formula, entry_seq)
  select $1, r."chargeId", r."customerId", r.season, r."areaNo", r."areaItem", r."feeItem",
         r."causeId", r."chargedFen", r."reducedFen", r."writtenOffFen", r."receivableFen",
         r."paidFen", r."discountFen", r."fromBalanceFen", r."latePrincipalFen", r."lateProduct",
         r."latePaidFen", r."lateWaivedFen", r."dueOn", r."lateTerms", r.formula, r."entrySeq"
    from jsonb_to_recordset($2::jsonb) as r
         ("chargeId" text, "customerId" text, season text, "areaNo" smallint, "areaItem" text,
          "feeItem" text, "causeId" text, "chargedFen" bigint, "reducedFen" bigint,
          "writtenOffFen" bigint, "receivableFen" bigint, "paidFen" bigint, "discountFen" bigint,
          "fromBalanceFen" bigint, "latePrincipalFen" bigint, "lateProduct" numeric,
          "latePaidFen" bigint, "lateWaivedFen" bigint, "dueOn" date, "lateTerms" jsonb,
          formula jsonb, "entrySeq" bigint)
  on conflict (company_id, charge_id) do update
     set customer_id = excluded.customer_id, area_no = excluded.area_no,
         charged_fen = excluded.charged_fen, reduced_fen = excluded.reduced_fen,
         written_off_fen = excluded.written_off_fen, receivable_fen = excluded.receivable_fen,
         paid_fen = excluded.paid_fen, discount_fen = excluded.discount_fen,
         from_balance_fen = excluded.from_balance_fen,
         late_principal_fen = excluded.late_principal_fen,
         late_settled_product = excluded.late_settled_product,
         late_paid_fen = excluded.late_paid_fen, late_waived_fen = excluded.late_waived_fen,
         due_on = excluded.due_on, late_terms = excluded.late_terms, formula = excluded.formula`,
)

/** What a split gave away in parts owes nothing any more; what it had received stays readable. */
export const giveUpCharges = query<[companyId: string, chargeIds: string[]], never>(
  'give_up_charges',
  `
  update reli.charges
     set is_moved = true, receivable_fen = paid_fen + discount_fen,
         charged_fen = paid_fen + discount_fen + reduced_fen + written_off_fen
   where company_id = $1 and charge_id = any($2::text[])`,
)

export const insertChanges = query<Rows, never>(
  'insert_charge_changes',
  `
  insert into reli.charge_changes
         (company_id, customer_id, charge_id, event_id, change_no, kind, delta_fen, changed_on,
          formulas)
  select $1, r."customerId", r."chargeId", r."eventId", r.no, r.kind, r."deltaFen", r."on",
         r.formulas
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, "chargeId" text, "eventId" text, no smallint, kind text,
          "deltaFen" bigint, "on" date, formulas jsonb)`,
)

export const insertSettlements = query<Rows, never>(
  'insert_settlements',
  `
  insert into reli.settlements
         (company_id, customer_id, charge_id, event_id, settlement_no, source, settled_on,
          principal_fen, late_fee_fen, discount_fen, discount_rate)
  select $1, r."customerId", r."chargeId", r."eventId", r.no, r.source, r."on", r."principalFen",
         r."lateFeeFen", r."discountFen", r."discountRate"
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, "chargeId" text, "eventId" text, no smallint, source text, "on" date,
          "principalFen" bigint, "lateFeeFen" bigint, "discountFen" bigint, "discountRate" bigint)`,
)

export const insertMovements = query<[companyId: string, bookingOn: string, rows: string], never>(
  'insert_balance_movements',
  `
  insert into reli.balance_movements
         (company_id, customer_id, event_id, movement_no, delta_fen, why, booking_on)
  select $1, r."customerId", r."eventId", r.no, r."deltaFen", r.why, $2::date
    from jsonb_to_recordset($3::jsonb) as r
         ("customerId" text, "eventId" text, no smallint, "deltaFen" bigint, why text)`,
)

export const upsertPayments = query<Rows, never>(
  'upsert_account_payments',
  `
  insert into reli.account_payments
         (company_id, customer_id, payment_id, paid_on, amount_fen, funds, balance_used_fen,
          rounding_fen, state, undone_by)
  select $1, r."customerId", r."paymentId", r."on", r."amountFen", r.funds, r."balanceUsedFen",
         r."roundingFen", r.state, r."undoneBy"
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, "paymentId" text, "on" date, "amountFen" bigint, funds text,
          "balanceUsedFen" bigint, "roundingFen" bigint, state text, "undoneBy" text)
  on conflict (company_id, customer_id, payment_id) do update
     set state = excluded.state, undone_by = excluded.undone_by`,
)

export const deleteReductions = query<[companyId: string, customerIds: string[]], never>(
  'delete_reductions',
  `
  delete from reli.reductions where company_id = $1 and customer_id = any($2::text[])`,
)

export const insertReductions = query<Rows, never>(
  'insert_reductions',
  `
  insert into reli.reductions
         (company_id, customer_id, event_id, reduction_no, season, area_no, fee_item, amount_fen)
  select $1, r."customerId", r."causeId", r.no, r.season, r."areaNo", r."feeItem", r."amountFen"
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, "causeId" text, no smallint, season text, "areaNo" smallint,
          "feeItem" text, "amountFen" bigint)`,
)

export const deleteHolds = query<[companyId: string, customerIds: string[]], never>(
  'delete_holds',
  `
  delete from reli.holds where company_id = $1 and customer_id = any($2::text[])`,
)

export const insertHolds = query<Rows, never>(
  'insert_holds',
  `
  insert into reli.holds (company_id, customer_id, event_id, season, from_on, promised_on)
  select $1, r."customerId", r."causeId", r.season, r."from", r."promisedOn"
    from jsonb_to_recordset($2::jsonb) as r
         ("customerId" text, "causeId" text, season text, "from" date, "promisedOn" date)`,
)

export const insertOutbox = query<
  [companyId: string, topics: string[], entrySeqs: bigint[], payloads: string[]],
  never
>(
  'insert_account_outbox',
  `
  insert into reli.outbox (company_id, topic, entry_seq, payload)
  select $1, o.* from unnest($2::text[], $3::bigint[], $4::json[]) as o`,
)
