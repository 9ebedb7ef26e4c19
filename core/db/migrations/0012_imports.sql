-- Up Migration
-- Batch work and Excel files: what a batch did beside events, what it could not do, and the files
-- that people sent with their dry runs (domain.md §3.5 «batch change»; §5 «loading history»).

-- What a batch refused, row by row: the list that somebody works off afterwards.
create table reli.batch_problems (
  company_id   reli.id not null,
  batch_no     reli.id not null,
  problem_seq  bigint generated always as identity,
  row_no       integer,                               -- of the file, where there is one
  customer_no  text,
  code         text not null,
  zh           text not null,
  primary key (company_id, batch_no, problem_seq),
  foreign key (company_id, batch_no) references reli.batches
);
call reli.protect('batch_problems');
call reli.append_only('batch_problems');

-- Customers that a batch created: a rollback closes them. Control flags that it set stand in
-- `flag_changes` under its number.
create table reli.batch_customers (
  company_id   reli.id not null,
  batch_no     reli.id not null,
  customer_id  reli.id not null,
  primary key (company_id, batch_no, customer_id),
  foreign key (company_id, batch_no) references reli.batches,
  foreign key (company_id, customer_id) references reli.customers
);
call reli.protect('batch_customers');
call reli.append_only('batch_customers');

create table reli.imports (
  company_id     reli.id not null references reli.companies,
  import_no      reli.id not null,                    -- 'I20261120-0001'
  template       text not null,                       -- 'arrears', 'areas', … (core/imports/templates)
  file_name      text not null,
  digest         bytea not null check (length(digest) = 32),           -- SHA-256 of the file
  byte_count     integer not null,
  -- CHECKING: waits for a worker or is being checked. REFUSED: not a file of this template.
  -- APPLYING: its batch is running; what became of it stands there.
  state          text not null default 'CHECKING' check (state in
                 ('CHECKING', 'CHECKED', 'REFUSED', 'APPLYING', 'DONE', 'DISCARDED', 'ROLLED_BACK')),
  refusal        text,                                -- the sentence, when REFUSED
  sheet_part     text,
  header_row     integer,
  error_column   integer,
  check_no       integer not null default 0,          -- dry runs so far
  checked_rows   integer not null default 0,          -- progress of the dry run
  row_count      integer not null default 0,
  good_count     integer not null default 0,
  bad_count      integer not null default 0,
  amount_fen     bigint not null default 0,
  scope_paths    text[] not null,                     -- of the person: the worker sees no more
  batch_no       reli.id,
  made_by        text not null,
  made_at        timestamptz not null default now(),
  checked_at     timestamptz,
  primary key (company_id, import_no),
  foreign key (company_id, batch_no) references reli.batches
);
-- One file is taken in once, unless it was put aside or its batch rolled back.
create unique index imports_file_once on reli.imports (company_id, digest)
  where state in ('CHECKING', 'CHECKED', 'APPLYING', 'DONE');
call reli.protect('imports');

-- The file as it was sent, in pieces: it is read again to be applied and to be given back.
create table reli.import_parts (
  company_id  reli.id not null,
  import_no   reli.id not null,
  part_no     integer not null,
  bytes       bytea not null,
  primary key (company_id, import_no, part_no),
  foreign key (company_id, import_no) references reli.imports
);
call reli.protect('import_parts');
call reli.append_only('import_parts');

-- What is wrong in the file, by cell. `column_no` null: the row as a whole.
create table reli.import_problems (
  company_id   reli.id not null,
  import_no    reli.id not null,
  check_no     integer not null,
  row_no       integer not null,
  problem_no   smallint not null,
  column_no    integer,
  column_name  text,
  value        text,
  code         text not null,
  zh           text not null,
  primary key (company_id, import_no, check_no, row_no, problem_no),
  foreign key (company_id, import_no) references reli.imports
);
call reli.protect('import_problems');
call reli.append_only('import_problems');
