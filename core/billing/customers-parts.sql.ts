import { query } from '../db/db.ts'

export interface AreaRow {
  areaItemId: string
  areaNo: number
  areaItem: string
  category: string
  status: string
  buildingAreaDm2: bigint
  innerAreaDm2: bigint | null
  usableAreaDm2: bigint | null
  sharedAreaDm2: bigint | null
  balconyAreaDm2: bigint | null
  balconyHeated: boolean
  mezzanineAreaDm2: bigint | null
  mezzanineHeated: boolean
  areaCoefficient: bigint
  billingAreaDm2: bigint
  storeyHeightCm: number | null
  priceClass: string
  billingMethod: string
  meterPriceClass: string | null
  generateBill: boolean
  meterNo: string | null
  valveNo: string | null
  remark: string | null
}

const area = `area_item_id, area_no, area_item, category, status, building_area_dm2,
         inner_area_dm2, usable_area_dm2, shared_area_dm2, balcony_area_dm2, balcony_heated,
         mezzanine_area_dm2, mezzanine_heated, area_coefficient, billing_area_dm2,
         storey_height_cm, price_class, billing_method, meter_price_class, generate_bill,
         meter_no, valve_no, remark`

export const areaItemsOf = query<[companyId: string, customerId: string], AreaRow>(
  'card_area_items',
  `
  select ${area} from reli.area_items
   where company_id = $1 and customer_id = $2 order by area_no`,
)

export const lockAreaItem = query<[companyId: string, customerId: string, areaNo: number], AreaRow>(
  'lock_card_area_item',
  `
  select ${area} from reli.area_items
   where company_id = $1 and customer_id = $2 and area_no = $3 for update`,
)

/** Rows as JSON, by the names of the columns. */
export const insertAreaItems = query<[companyId: string, rows: string], unknown>(
  'insert_card_area_items',
  `
  insert into reli.area_items (company_id, customer_id, ${area})
  select $1, r.customer_id, ${area
    .split(',')
    .map((name) => `r.${name.trim()}`)
    .join(', ')}
    from jsonb_populate_recordset(null::reli.area_items, $2::jsonb) as r`,
)

export const updateAreaItem = query<
  [companyId: string, customerId: string, areaNo: number, row: string],
  AreaRow
>(
  'update_card_area_item',
  `
  update reli.area_items a
     set (area_item, meter_no, valve_no, meter_price_class, balcony_heated, mezzanine_heated,
          remark) =
         (select r.area_item, r.meter_no, r.valve_no, r.meter_price_class, r.balcony_heated,
                 r.mezzanine_heated, r.remark
            from jsonb_populate_record(a, $4::jsonb) as r)
   where a.company_id = $1 and a.customer_id = $2 and a.area_no = $3
  returning ${area}`,
)

/** Price classes stand in seasons; a company without a season yet may name any. */
export const unknownPriceClasses = query<
  [companyId: string, priceClasses: string[]],
  { priceClass: string }
>(
  'unknown_price_classes',
  `
  select wanted as price_class
    from unnest($2::text[]) as wanted
   where exists (select from reli.price_classes where company_id = $1)
     and not exists (select from reli.price_classes
                      where company_id = $1 and price_class = wanted)`,
)

export interface Contact {
  contactNo: number
  kind: string
  name: string
  relation: string | null
  number: string
}

export const contactsOf = query<[companyId: string, customerId: string], Contact>(
  'contacts_of_customer',
  `
  select contact_no, kind, name, relation, number from reli.customer_contacts
   where company_id = $1 and customer_id = $2 and removed_at is null order by contact_no`,
)

export const insertContact = query<
  [
    companyId: string,
    customerId: string,
    kind: string,
    name: string,
    relation: string | null,
    number: string,
  ],
  Contact
>(
  'insert_contact',
  `
  insert into reli.customer_contacts
         (company_id, customer_id, contact_no, kind, name, relation, number)
  select $1::text, $2::text, coalesce(max(contact_no), 0) + 1, $3::text, $4::text, $5::text,
         $6::text
    from reli.customer_contacts where company_id = $1 and customer_id = $2
  returning contact_no, kind, name, relation, number`,
)

export const removeContact = query<
  [companyId: string, customerId: string, contactNo: number],
  Contact
>(
  'remove_contact',
  `
  update reli.customer_contacts set removed_at = now()
   where company_id = $1 and customer_id = $2 and contact_no = $3 and removed_at is null
  returning contact_no, kind, name, relation, number`,
)

export interface Contract {
  contractNo: string
  kind: string
  state: string
  signedOn: string
  toOn: string | null
  remark: string | null
}

const contract = 'contract_no, kind, state, signed_on, to_on, remark'

export const contractsOf = query<[companyId: string, customerId: string], Contract>(
  'contracts_of_customer',
  `
  select ${contract} from reli.contracts
   where company_id = $1 and customer_id = $2 order by signed_on desc, contract_no`,
)

export const insertContract = query<
  [
    companyId: string,
    customerId: string,
    contractNo: string,
    kind: string,
    signedOn: string,
    toOn: string | null,
    remark: string | null,
  ],
  Contract
>(
  'insert_contract',
  `
  insert into reli.contracts
         (company_id, customer_id, contract_no, kind, signed_on, to_on, remark)
  values ($1, $2, $3, $4, $5::date, $6::date, $7)
  on conflict do nothing
  returning ${contract}`,
)

export const lockContract = query<
  [companyId: string, customerId: string, contractNo: string],
  Contract
>(
  'lock_contract',
  `
  select ${contract} from reli.contracts
   where company_id = $1 and customer_id = $2 and contract_no = $3 for update`,
)

export const updateContract = query<
  [
    companyId: string,
    customerId: string,
    contractNo: string,
    state: string,
    toOn: string | null,
    remark: string | null,
  ],
  Contract
>(
  'update_contract',
  `
  update reli.contracts set state = $4, to_on = $5::date, remark = $6
   where company_id = $1 and customer_id = $2 and contract_no = $3
  returning ${contract}`,
)

export interface InvoiceProfile {
  title: string
  taxNo: string | null
  address: string | null
  phone: string | null
  bankName: string | null
  bankAccount: string | null
  email: string | null
  mobile: string | null
  kind: string
  push: string
}

const invoice = 'title, tax_no, address, phone, bank_name, bank_account, email, mobile, kind, push'

export const invoiceProfileOf = query<[companyId: string, customerId: string], InvoiceProfile>(
  'invoice_profile_of',
  `
  select ${invoice} from reli.invoice_profiles where company_id = $1 and customer_id = $2`,
)

export const saveInvoiceProfile = query<
  [
    companyId: string,
    customerId: string,
    title: string,
    taxNo: string | null,
    address: string | null,
    phone: string | null,
    bankName: string | null,
    bankAccount: string | null,
    email: string | null,
    mobile: string | null,
    kind: string,
    push: string,
  ],
  InvoiceProfile
>(
  'save_invoice_profile',
  `
  insert into reli.invoice_profiles (company_id, customer_id, ${invoice})
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  on conflict (company_id, customer_id) do update
     set title = excluded.title, tax_no = excluded.tax_no, address = excluded.address,
         phone = excluded.phone, bank_name = excluded.bank_name,
         bank_account = excluded.bank_account, email = excluded.email, mobile = excluded.mobile,
         kind = excluded.kind, push = excluded.push
  returning ${invoice}`,
)
