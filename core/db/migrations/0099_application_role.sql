-- Up Migration
-- What the application may do, table by table. It owns nothing, bypasses nothing, and can neither
-- change nor remove a row of record. `reli_app` exists before any migration runs (core/db/migrate.ts).
grant usage on schema reli to reli_app;
grant select, insert on all tables in schema reli to reli_app;
revoke all on reli.scope_keys from reli_app;
grant usage on all sequences in schema reli to reli_app;

grant update on reli.companies, reli.org_units, reli.users, reli.sessions, reli.communities,
  reli.customers, reli.area_items, reli.seasons, reli.price_classes, reli.charges, reli.channels,
  reli.outlets, reli.operations, reli.journal_positions, reli.channel_days, reli.statements,
  reli.exceptions, reli.notices, reli.audit_findings, reli.invoice_requests to reli_app;

-- What passes through and what runs out, and nothing else.
grant delete on reli.outbox, reli.query_counts, reli.sessions, reli.schedule_fires,
  reli.audit_runs to reli_app;

grant update on reli.batches, reli.area_seasons, reli.account_payments to reli_app;

-- The answer of an idempotency key joins its row within the transaction that claimed the key.
grant update on reli.api_keys, reli.business_windows, reli.collection_stops to reli_app;
grant update (response) on reli.idempotency_keys to reli_app;

grant delete on reli.reductions, reli.holds, reli.area_seasons to reli_app;

grant update on reli.imports to reli_app;

grant update on reli.collectors, reli.heat_sources, reli.exchange_stations, reli.zones,
  reli.buildings, reli.units, reli.dictionaries, reli.dictionary_items, reli.customer_contacts,
  reli.contracts, reli.invoice_profiles, reli.customer_links to reli_app;

-- Kept by triggers, which run with the rights of whoever writes the customer.
grant update on reli.customer_search to reli_app;

grant update on reli.event_requests, reli.approval_rules, reli.unidentified_receipts to reli_app;

grant update, delete on reli.policy_drafts to reli_app;
grant delete on reli.price_classes to reli_app;
