// What an event changes besides the account: the children of a split are there before it, the name,
// the access date and the records about them after it.
import type { Desk, Prepared } from './desk.ts'
import { childrenOf } from './desk.ts'
import * as sql from './records.sql.ts'

export async function createChildren(desk: Desk, { asked, record }: Prepared): Promise<void> {
  const { event, customerId } = record
  if (event.type !== 'SPLIT') return
  const children = childrenOf(asked)
  for (const [at, child] of children.entries()) {
    await desk.tx.run(sql.insertChild, [
      desk.companyId,
      event.children[at]!.customerId,
      child.customerNo,
      child.name,
      child.address ?? null,
      child.phone ?? null,
      customerId,
    ])
  }
}

export async function keepRecords(
  desk: Desk,
  { asked: { name, body }, record, customer }: Prepared,
  eventId: string,
): Promise<void> {
  const { tx, companyId } = desk
  const { customerId } = record
  if (name === 'ACCESS') {
    const { event } = record
    const season = event.type === 'ACCESS' ? (event.openSeasons[0] ?? null) : null
    await tx.run(sql.markAccess, [companyId, customerId, body.effectiveOn, season])
  }
  if (name !== 'NAME_TRANSFER') return
  const { newName, newPhone, newIdType, newIdNumber } = body as Record<string, string | undefined>
  await rename(desk, customerId, eventId, {
    name: newName ?? customer.name,
    phone: newPhone ?? null,
    idType: newIdType ?? null,
    idNumber: newIdNumber ?? null,
  })
}

export interface Person {
  name: string
  phone: string | null
  idType: string | null
  idNumber: string | null
}

/** 过户: history of names; invoice data and bindings are the former owner's (domain.md §3.5). */
export async function rename(
  { tx, companyId, bookingOn }: Desk,
  customerId: string,
  eventId: string,
  { name, phone, idType, idNumber }: Person,
): Promise<void> {
  await tx.run(sql.insertName, [companyId, customerId, eventId, name, bookingOn])
  await tx.run(sql.renameCustomer, [companyId, customerId, name, phone, idType, idNumber])
  await tx.run(sql.clearInvoiceProfile, [companyId, customerId, name])
  await tx.run(sql.unbindWechat, [companyId, customerId])
}
