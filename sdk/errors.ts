// Every way the hub says no to a partner, in one table. A connector maps `code` to its partner's
// code with `Record<RefusalCode, string>`, so a new refusal does not compile until every partner
// has an answer for it. HTTP uses `status`; people read `zh`.
//
// `retry: 'never'` – remembered under the payment key for ever («kept» in the banks' papers §5);
// `retry: 'later'` – leaves no trace, the same key may be sent again and is examined anew.

export const refusals = {
  'link.not_signed_on': { status: 401, retry: 'later', zh: '未签到或密钥失步' },
  'message.unauthentic': { status: 401, retry: 'later', zh: '校验错误' },
  'message.unknown': { status: 404, retry: 'later', zh: '无此交易' },
  'message.malformed': { status: 400, retry: 'later', zh: '报文格式错误' },
  'party.unknown': { status: 403, retry: 'later', zh: '机构或终端不符' },
  'payment.reversed': { status: 409, retry: 'later', zh: '该流水已冲正' },
  'payment.conflicting': { status: 409, retry: 'later', zh: '流水号重复且内容不同' },
  'system.in_maintenance': { status: 503, retry: 'later', zh: '系统日终维护中' },
  'channel.disabled': { status: 403, retry: 'later', zh: '该银行代收已停用' },
  'outlet.disabled': { status: 403, retry: 'later', zh: '该网点代收已停用' },
  'channel.outside_window': { status: 403, retry: 'later', zh: '不在代收业务时间' },
  'date.not_open': { status: 409, retry: 'later', zh: '账务日期未开放' },
  'query.too_frequent': { status: 429, retry: 'later', zh: '查询过于频繁' },
  'customer.not_found': { status: 404, retry: 'never', zh: '无此用户' },
  'season.not_open': { status: 409, retry: 'later', zh: '采暖期未开放收费' },
  'customer.bank_blocked': { status: 403, retry: 'never', zh: '该用户禁止银行代收' },
  'customer.collection_locked': { status: 403, retry: 'never', zh: '该用户收费锁定' },
  'customer.inspection_locked': { status: 403, retry: 'never', zh: '该用户稽查锁定' },
  'customer.in_approval': { status: 409, retry: 'never', zh: '该用户业务审批中' },
  'customer.must_visit_hall': { status: 409, retry: 'never', zh: '请到供热营业厅办理' },
  'payment.unfinished': { status: 409, retry: 'later', zh: '上一笔缴费未完成' },
  'bill.settled': { status: 409, retry: 'never', zh: '该用户无欠费' },
  'bill.changed': { status: 409, retry: 'never', zh: '账单已变化请重新查询' },
  'season.older_first': { status: 409, retry: 'never', zh: '须先缴清以前采暖期' },
  'amount.above_maximum': { status: 409, retry: 'never', zh: '金额超过上限' },
  'amount.below_minimum': { status: 409, retry: 'never', zh: '金额低于下限' },
  'amount.not_multiple': { status: 409, retry: 'never', zh: '金额不是规定的整数倍' },
  'amount.not_full': { status: 409, retry: 'never', zh: '须全额缴纳' },
  'reversal.not_allowed': { status: 409, retry: 'later', zh: '不可冲正' },
  'reversal.mismatched': { status: 409, retry: 'later', zh: '与原交易不符' },
  'system.busy': { status: 503, retry: 'later', zh: '系统忙请稍后查询结果' },
  'system.failed': { status: 500, retry: 'later', zh: '系统错误' },
} as const satisfies Record<string, { status: number; retry: 'never' | 'later'; zh: string }>

export type RefusalCode = keyof typeof refusals
export const refusalCodes = Object.keys(refusals) as RefusalCode[]

type Detail = Record<string, string | number | bigint>

/**
 * Expected and answerable. Anything else that is thrown is a bug: logged, answered 500, alarmed.
 */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: RefusalCode
  /** Ids and amounts for the log; never a name, a phone, a card or a key. */
  readonly detail: Detail

  constructor(code: RefusalCode, detail: Detail = {}) {
    super(`${code} ${refusals[code].zh}`)
    this.code = code
    this.detail = detail
  }
}

/** A message that does not follow the partner's paper. `path` names the field, as in `62.5F01`. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
  readonly path: string
  readonly why: string

  constructor(path: string, why: string) {
    super(`${path}: ${why}`)
    this.path = path
    this.why = why
  }

  /** The same fault seen from one level further out. */
  under(prefix: string): Malformed {
    return new Malformed(this.path ? `${prefix}.${this.path}` : prefix, this.why)
  }
}
