// The paper's §3: one code for each reason to refuse. The type wants them all, so a refusal that is
// added to the catalogue does not compile until this bank has a word for it.
import type { RefusalCode } from '@reli/sdk'

export const accepted = '0000'

export const codeOf: Record<RefusalCode | 'unknown', string> = {
  'link.not_signed_on': '0101',
  'message.unauthentic': '0101',
  'message.unknown': '0102',
  'message.malformed': '0103',
  'party.unknown': '0104',
  'payment.reversed': '0201',
  'payment.conflicting': '0202',
  'payment.unfinished': '0203',
  'reversal.not_allowed': '0204',
  'reversal.mismatched': '0205',
  'channel.disabled': '0301',
  'outlet.disabled': '0301',
  'channel.outside_window': '0302',
  'date.not_open': '0302',
  'query.too_frequent': '0303',
  'customer.not_found': '0401',
  'customer.bank_blocked': '0402',
  'customer.collection_locked': '0402',
  'customer.inspection_locked': '0402',
  'customer.in_approval': '0402',
  'customer.must_visit_hall': '0403',
  'season.not_open': '0404',
  'season.older_first': '0405',
  'bill.settled': '0406',
  'bill.changed': '0407',
  'amount.above_maximum': '0408',
  'amount.below_minimum': '0408',
  'amount.not_multiple': '0408',
  'amount.not_full': '0408',
  'system.in_maintenance': '0901',
  'system.failed': '0902',
  // Not decided in time: the bank asks again and never pays again.
  'system.busy': '0999',
  unknown: '0999',
}
