// §5 应答码: how each refusal is said to this bank. «Not decided in time» (…11) makes the bank ask for
// the result; it never makes it pay again.
import { type RefusalCode, refusals } from '@reli/sdk'

export const ok = { rsp: '0000000000', msg: '成功' }

// Reasons for which the paper has no code, said by the nearest one that it has.
const nearest = {
  // There is no sign-on here. What is missing is the password on our side: the check is the same.
  'link.not_signed_on': 'message.unauthentic',
  // No bill reference in the layout, so this can only be our own fault; …12 says «nothing booked».
  'bill.changed': 'system.failed',
  // Allocation is always oldest first. If a rule of ours says so nevertheless, only the hall helps.
  'season.older_first': 'customer.must_visit_hall',
  // A reversal carries no amount or customer to differ; the bank reads it as «may not be reversed».
  'reversal.mismatched': 'reversal.not_allowed',
} as const satisfies Partial<Record<RefusalCode, RefusalCode>>

type Said = Exclude<RefusalCode, keyof typeof nearest>

const codeOf: Record<Said, string> = {
  'message.unknown': '0000000004',
  'message.malformed': '0000000001',
  'message.unauthentic': '0000000002',
  'party.unknown': '0000000003',
  'payment.reversed': '0000000006',
  'payment.conflicting': '0000000005',
  'system.in_maintenance': '0000000013',
  'channel.disabled': '0000000014',
  'outlet.disabled': '0000000015',
  'channel.outside_window': '0000000016',
  'date.not_open': '0000000017',
  'query.too_frequent': '0000000018',
  'customer.not_found': '0000000007',
  'season.not_open': '0000000019',
  'customer.bank_blocked': '0000000020',
  'customer.collection_locked': '0000000021',
  'customer.inspection_locked': '0000000022',
  'customer.in_approval': '0000000023',
  'customer.must_visit_hall': '0000000024',
  'payment.unfinished': '0000000025',
  'bill.settled': '0000000008',
  'amount.above_maximum': '0000000010',
  'amount.below_minimum': '0000000026',
  'amount.not_multiple': '0000000027',
  'amount.not_full': '0000000028',
  'reversal.not_allowed': '0000000009',
  'system.busy': '0000000011',
  'system.failed': '0000000012',
}

/** Code and text of an answer without content. The text is always the one of the code sent. */
export function refusalOf(code: RefusalCode | 'unknown'): { rsp: string; msg: string } {
  const reason = code === 'unknown' ? 'system.busy' : code
  const said = isSaid(reason) ? reason : nearest[reason]
  return { rsp: codeOf[said], msg: refusals[said].zh }
}

const isSaid = (code: RefusalCode): code is Said => !(code in nearest)
