// §5 应答码: how each refusal reads in F39. 98 (系统忙请稍后查询结果) is also the answer when the host does
// not know in time: the bank then asks for the result, and never pays again.
import { type RefusalCode, refusals } from '@reli/sdk'

export const accepted = '00'

const codes: Record<RefusalCode, string> = {
  'link.not_signed_on': '88',
  'message.unauthentic': 'A0',
  'message.unknown': '12',
  'message.malformed': '30',
  'party.unknown': '03',
  'payment.reversed': 'HD',
  'payment.conflicting': '94',
  'system.in_maintenance': '91',
  'channel.disabled': '57',
  'outlet.disabled': '58',
  'channel.outside_window': '62',
  'date.not_open': '90',
  'query.too_frequent': '65',
  'customer.not_found': '14',
  'season.not_open': 'H1',
  'customer.bank_blocked': 'H2',
  'customer.collection_locked': 'H3',
  'customer.inspection_locked': 'H4',
  'customer.in_approval': 'H5',
  'customer.must_visit_hall': 'H6',
  'payment.unfinished': 'H7',
  'bill.settled': 'H8',
  'bill.changed': 'H9',
  // This bank always pays every unpaid season at once, so the paper has no code for the order of
  // seasons. Should the hub ever say so, the counter cannot help the customer and the hall can: H6.
  'season.older_first': 'H6',
  'amount.above_maximum': 'HC',
  'amount.below_minimum': 'HB',
  'amount.not_multiple': 'HA',
  'amount.not_full': '13',
  'reversal.not_allowed': 'HE',
  'reversal.mismatched': 'HF',
  'system.busy': '98',
  'system.failed': '96',
}

/** Replies that carry no F64: there is no key, or none that the bank would believe (§4). */
const unsealed: readonly (RefusalCode | 'unknown')[] = ['link.not_signed_on', 'message.unauthentic']

/** F39 and F63 of a refused reply, and whether it is sealed. */
export function refusalOf(code: RefusalCode | 'unknown') {
  const reason = code === 'unknown' ? 'system.busy' : code
  return { f39: codes[reason], f63: refusals[reason].zh, isSealed: !unsealed.includes(code) }
}
