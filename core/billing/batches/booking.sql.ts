// The company's booking date, and what a rollback finds of a batch beside its events.
import { query } from '../../db/db.ts'

export const bookingDate = query<[companyId: string], { bookingOn: string }>(
  'batch_booking_date',
  'select booking_on from reli.companies where company_id = $1',
)

/** Customers that the batch created and nobody used since: they are closed again. */
export const closeCreated = query<[companyId: string, batchNo: string], { customerId: string }>(
  'batch_close_created',
  `
  update reli.customers c set network_status = 'CLOSED', version = version + 1
    from reli.batch_customers b
   where b.company_id = $1 and b.batch_no = $2 and c.company_id = b.company_id
     and c.customer_id = b.customer_id and c.network_status <> 'CLOSED'
     and not exists (select from reli.charges g
                      where g.company_id = c.company_id and g.customer_id = c.customer_id)
     and not exists (select from reli.billing_events e
                      where e.company_id = c.company_id and e.customer_id = c.customer_id)
  returning c.customer_id`,
)

export const createdLeft = query<[companyId: string, batchNo: string], { customerNo: string }>(
  'batch_created_left',
  `
  select c.customer_no
    from reli.batch_customers b join reli.customers c using (company_id, customer_id)
   where b.company_id = $1 and b.batch_no = $2 and c.network_status <> 'CLOSED'
   order by c.customer_no`,
)
