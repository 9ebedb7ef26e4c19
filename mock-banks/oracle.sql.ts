// What the oracle reads of the ledger: written apart from the product's own queries, on purpose, so
// that one mistake cannot hide itself. Needs a login that row-level security lets through.

/** Every key of some channels: the operation as recorded, and the money as posted. */
export const keysOf = `
  with money as (
    select e.channel_id, e.bank_date, e.serial,
           sum(case when p.debit = c.clearing_account and p.credit not like 'suspense:%'
                    then p.amount_fen
                    when p.credit = c.clearing_account and p.debit not like 'suspense:%'
                    then -p.amount_fen else 0 end) as net_fen,
           sum(case when p.debit = c.clearing_account and p.credit like 'suspense:%'
                    then p.amount_fen
                    when p.credit = c.clearing_account and p.debit like 'suspense:%'
                    then -p.amount_fen else 0 end) as held_fen,
           count(distinct e.entry_seq) filter
             (where p.debit = c.clearing_account and p.credit not like 'suspense:%') as taken,
           count(distinct e.entry_seq) filter
             (where p.credit = c.clearing_account and p.debit not like 'suspense:%') as given,
           array_agg(distinct p.customer_id::text)
             filter (where p.customer_id is not null) as customers
      from reli.entries e
      join reli.postings p on p.company_id = e.company_id and p.entry_seq = e.entry_seq
      join reli.channels c on c.company_id = e.company_id and c.channel_id = e.channel_id
     where e.company_id = $1 and e.channel_id = any ($2::text[]) and e.serial is not null
     group by 1, 2, 3),
  kept as (
    select o.channel_id, o.bank_date, o.serial, o.state, o.customer_no, o.amount_fen, o.receipt_no,
           c.customer_id
      from reli.operations o
      left join reli.customers c
        on c.company_id = o.company_id and c.customer_no = o.customer_no
     where o.company_id = $1 and o.channel_id = any ($2::text[]) and o.family = 'payment')
  select coalesce(k.channel_id, m.channel_id) as channel,
         to_char(coalesce(k.bank_date, m.bank_date), 'YYYY-MM-DD') as bank_date,
         coalesce(k.serial, m.serial) as serial,
         k.state, k.customer_no, k.amount_fen, k.receipt_no,
         coalesce(m.net_fen, 0) as net_fen, coalesce(m.held_fen, 0) as held_fen,
         coalesce(m.taken, 0)::int as taken, coalesce(m.given, 0)::int as given,
         coalesce(m.customers <> array[k.customer_id]::text[], false)
           and m.net_fen <> 0 as is_elsewhere
    from kept k
    full join money m
      on m.channel_id = k.channel_id and m.bank_date = k.bank_date and m.serial = k.serial`

/** What reconciliation wrote down about single keys. */
export const exceptionsOf = `
  select channel_id as channel, to_char(bank_date, 'YYYY-MM-DD') as bank_date, serial, class, state
    from reli.exceptions
   where company_id = $1 and channel_id = any ($2::text[])`

export const daysOf = `
  select channel_id as channel, to_char(bank_date, 'YYYY-MM-DD') as bank_date, state
    from reli.channel_days
   where company_id = $1 and channel_id = any ($2::text[])`

/** Each gives rows (subject, why) that must not be there. */
export const ledgerChecks: Readonly<Record<string, string>> = {
  'posting.unsound': `
    select 'entry ' || p.entry_seq as subject, p.debit || ' → ' || p.credit as why
      from reli.postings p
      left join reli.entries e on e.company_id = p.company_id and e.entry_seq = p.entry_seq
     where p.company_id = $1
       and (e.entry_seq is null or p.amount_fen <= 0 or p.debit = p.credit)`,
  'entry.empty': `
    select 'entry ' || e.entry_seq as subject, e.event as why
      from reli.entries e
     where e.company_id = $1
       and not exists (select from reli.postings p
                        where p.company_id = e.company_id and p.entry_seq = e.entry_seq)`,
  'entry.reversed_twice': `
    select 'entry ' || reverses_seq as subject, count(*) || ' reversals' as why
      from reli.entries
     where company_id = $1 and reverses_seq is not null
     group by reverses_seq having count(*) > 1`,
  'charge.unbalanced': `
    select 'charge ' || c.charge_id as subject,
           format('receivable %s − paid %s − discount %s, outstanding %s, postings %s',
                  c.receivable_fen, c.paid_fen, c.discount_fen, c.outstanding_fen,
                  coalesce(p.owed, 0)) as why
      from reli.charges c
      left join (
        select charge_id,
               coalesce(sum(amount_fen) filter (where debit = 'receivable'), 0)
                 - coalesce(sum(amount_fen) filter (where credit = 'receivable'), 0) as owed
          from reli.postings
         where company_id = $1 and charge_id is not null
         group by charge_id) p on p.charge_id = c.charge_id
     where c.company_id = $1
       and (c.outstanding_fen <> c.receivable_fen - c.paid_fen - c.discount_fen
         or c.outstanding_fen <> coalesce(p.owed, 0)
         or c.outstanding_fen < 0)`,
  'charge.late_fee_unbalanced': `
    select 'charge ' || c.charge_id as subject,
           format('late fee paid %s, postings %s', c.late_paid_fen, coalesce(p.late, 0)) as why
      from reli.charges c
      left join (
        select charge_id,
               coalesce(sum(amount_fen) filter (where credit = 'income.late_fee'), 0)
                 - coalesce(sum(amount_fen) filter (where debit = 'income.late_fee'), 0) as late
          from reli.postings
         where company_id = $1 and charge_id is not null
         group by charge_id) p on p.charge_id = c.charge_id
     where c.company_id = $1 and c.late_paid_fen <> coalesce(p.late, 0)`,
  'customer.unbalanced': `
    select 'customer ' || coalesce(c.customer_id, p.customer_id) as subject,
           format('receivable %s − paid %s − discount %s ≠ owed by postings %s',
                  c.receivable, c.paid, c.discount, coalesce(p.owed, 0)) as why
      from (select customer_id, sum(receivable_fen) as receivable, sum(paid_fen) as paid,
                   sum(discount_fen) as discount
              from reli.charges where company_id = $1 group by customer_id) c
      full join (
        select customer_id,
               coalesce(sum(amount_fen) filter (where debit = 'receivable'), 0)
                 - coalesce(sum(amount_fen) filter (where credit = 'receivable'), 0) as owed
          from reli.postings where company_id = $1 group by customer_id) p
        on p.customer_id = c.customer_id
     where coalesce(c.receivable - c.paid - c.discount, 0) <> coalesce(p.owed, 0)`,
  'balance.unbalanced': `
    select 'customer ' || c.customer_id as subject,
           format('prepaid %s, postings %s', c.prepaid_fen, coalesce(p.prepaid, 0)) as why
      from reli.customers c
      left join (
        select customer_id,
               coalesce(sum(amount_fen) filter (where credit = 'prepayment'), 0)
                 - coalesce(sum(amount_fen) filter (where debit = 'prepayment'), 0) as prepaid
          from reli.postings where company_id = $1 group by customer_id) p
        on p.customer_id = c.customer_id
     where c.company_id = $1 and c.prepaid_fen <> coalesce(p.prepaid, 0)`,
  'clearing.without_key': `
    select 'entry ' || e.entry_seq as subject, e.event as why
      from reli.entries e
      join reli.postings p on p.company_id = e.company_id and p.entry_seq = e.entry_seq
     where e.company_id = $1 and e.serial is null
       and (p.debit like 'clearing:%' or p.credit like 'clearing:%')`,
}
