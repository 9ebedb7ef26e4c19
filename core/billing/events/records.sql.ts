import { query } from '../../db/db.ts'

/** A child of a split stands where its parent stood; its rooms and debts come by the event. */
export const insertChild = query<
  [
    companyId: string,
    customerId: string,
    customerNo: string,
    name: string,
    address: string | null,
    phone: string | null,
    parentId: string,
  ],
  never
>(
  'desk_insert_child',
  `
  insert into reli.customers
         (company_id, customer_id, customer_no, name, community_id, address, org_path, nature,
          network_status, phone, control_mode, building_id, unit_id, floor_no, classes, access_on,
          access_season, collecting_path, collector_id, inspector_id)
  select p.company_id, $2, $3, $4, p.community_id, coalesce($5, p.address), p.org_path, p.nature,
         p.network_status, $6, p.control_mode, p.building_id, p.unit_id, p.floor_no, p.classes,
         p.access_on, p.access_season, p.collecting_path, p.collector_id, p.inspector_id
    from reli.customers p
   where p.company_id = $1 and p.customer_id = $7`,
)

export interface FormerName {
  name: string
  phone: string | null
  idNumber: string | null
}

export const renameCustomer = query<
  [
    companyId: string,
    customerId: string,
    name: string,
    phone: string | null,
    idType: string | null,
    idNumber: string | null,
  ],
  never
>(
  'desk_rename_customer',
  `
  update reli.customers
     set name = $3, owner_name = $3, occupant_name = null, phone = coalesce($4, phone),
         id_type = $5, id_number = $6, version = version + 1
   where company_id = $1 and customer_id = $2`,
)

export const insertName = query<
  [companyId: string, customerId: string, eventId: string, newName: string, changedOn: string],
  never
>(
  'desk_insert_name',
  `
  insert into reli.name_history
         (company_id, customer_id, event_id, former_name, new_name, former_phone, former_id_number,
          changed_on)
  select c.company_id, c.customer_id, $3, c.name, $4, c.phone, c.id_number, $5::date
    from reli.customers c
   where c.company_id = $1 and c.customer_id = $2`,
)

export const formerName = query<[companyId: string, eventId: string], FormerName>(
  'desk_former_name',
  `
  select former_name as name, former_phone as phone, former_id_number as id_number
    from reli.name_history
   where company_id = $1 and event_id = $2`,
)

/** The new owner gives his own; the former one's are no business of his. */
export const clearInvoiceProfile = query<
  [companyId: string, customerId: string, name: string],
  never
>(
  'desk_clear_invoice_profile',
  `
  update reli.invoice_profiles
     set title = $3, tax_no = null, address = null, phone = null, bank_name = null,
         bank_account = null, email = null, mobile = null, kind = 'NORMAL', push = 'NONE'
   where company_id = $1 and customer_id = $2`,
)

export const unbindWechat = query<[companyId: string, customerId: string], never>(
  'desk_unbind_wechat',
  `
  update reli.customer_contacts set removed_at = now()
   where company_id = $1 and customer_id = $2 and kind = 'WECHAT' and removed_at is null`,
)

export const markAccess = query<
  [companyId: string, customerId: string, accessOn: string, season: string | null],
  never
>(
  'desk_mark_access',
  `
  update reli.customers
     set access_on = coalesce(access_on, $3::date), access_season = coalesce(access_season, $4),
         heat_first_on = coalesce(heat_first_on, $3::date), version = version + 1
   where company_id = $1 and customer_id = $2`,
)
