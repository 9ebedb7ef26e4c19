// 农村信用社 «供热费代收接口规范» §4, table by table. Key order is wire order, offsets count from the
// byte after the length head. Widths count bytes of GBK; every field is padded on the left with
// blanks (§2), also the numbers.
import type { LengthFraming } from '@reli/sdk'
import {
  chars,
  choice,
  date,
  digits,
  fixed,
  integer,
  type Layout,
  list,
  matching,
  neverEmpty,
  only,
  optional,
  raw,
  readField,
  type Style,
  secret,
  squareMetres,
  text,
  yuan,
} from '@reli/sdk/codec'

/** §1: four ASCII digits that count the bytes behind them. */
export const framing: LengthFraming = {
  length: { as: 'ascii-digits', bytes: 4 },
  min: 38,
  max: 1024,
}

const style: Style = { pad: 'left' }

/** §2: yuan text has one to nine digits before the point. */
export const money = (label: string) => matching(yuan(20, label), chars('0-9.', 4, 12))

export const userNo = matching(text(20, '用户编号'), chars('0-9A-Za-z-', 1, 20))
const name = neverEmpty(text(60, '户名'))
const hostSeq = digits(12, '主机流水')
const orgId = text(32, '收费单位编号')
export const receiptNo = matching(text(20, '收据号'), chars('0-9A-Za-z-', 1, 20))

const password = secret(text(16, '密码'))

/** Where the password stands in the body of a request. */
export const passwordAt = [22, 38] as const

export const passwordOf = (body: Uint8Array): string =>
  readField(password, style, body.subarray(...passwordAt))

const request = {
  code: digits(4, '交易码'),
  date: date(8, '日期'),
  bankNo: digits(10, '网点号'),
  password,
}

/** Bytes 0–11 come back as they were, whatever they are. A refused reply stops after `msg`. */
const reply = {
  code: raw(4, '交易码'),
  date: raw(8, '日期'),
  rsp: digits(10, '应答码'),
  msg: neverEmpty(text(60, '应答说明')),
}

const season = {
  season: matching(text(9, '采暖期'), chars('0-9-', 9)),
  receivableFen: money('应收'),
  outstandingFen: money('欠费'),
  lateFeeFen: money('违约金'),
  discountFen: money('优惠'),
  payableFen: money('应缴'),
}

const totalsOf = {
  paidCount: integer(10, '缴费笔数'),
  paidFen: money('缴费金额'),
  reversedCount: integer(10, '冲正笔数'),
  reversedFen: money('冲正金额'),
}

export const refusal = fixed(reply, style)

/** 7771 欠费查询 */
export const query = {
  request: fixed({ ...request, userNo }, style),
  response: fixed(
    {
      ...reply,
      userNo,
      name,
      address: text(120, '地址'),
      areaDm2: squareMetres(20, '建筑面积'),
      totalArrearsFen: money('欠费合计'),
      totalPayableFen: money('应缴合计'),
      count: matching(integer(1, '期数'), only('1', '2', '3')),
      orgId,
      seasons: list('count', fixed(season, style)),
    },
    style,
  ),
}

/** 7772 缴费 */
export const pay = {
  request: fixed({ ...request, userNo, amountFen: money('金额'), orgId, hostSeq }, style),
  response: fixed({ ...reply, userNo, name, balanceFen: money('余欠'), hostSeq, receiptNo }, style),
}

/** 7773 冲正. The date and hostSeq are those of the payment. */
export const reverse = {
  request: fixed({ ...request, hostSeq, orgId }, style),
  response: fixed(
    { ...reply, hostSeq, effect: choice(1, { 0: 'reversed', 1: 'blocked' }, '标志') },
    style,
  ),
}

/** 7776 轧账 */
export const totals = {
  request: fixed({ ...request, ...totalsOf }, style),
  response: fixed(
    { ...reply, ...totalsOf, equal: choice(1, { 0: true, 1: false }, '标志') },
    style,
  ),
}

const states = {
  0: 'not_received',
  1: 'paid',
  2: 'reversed',
  3: 'refused',
  9: 'in_process',
} as const

/** 7778 结果查询. Customer and receipt are blank where unknown. */
export const result = {
  request: fixed({ ...request, hostSeq }, style),
  response: fixed(
    {
      ...reply,
      hostSeq,
      userNo: optional(userNo),
      amountFen: money('金额'),
      state: choice(1, states, '状态'),
      receiptNo: optional(receiptNo),
    },
    style,
  ),
}

/** 7779 回响: the head and nothing more, both ways. */
export const echo = { request: fixed(request, style), response: refusal }

/** The layouts by the code that a body begins with. */
export const layoutsOf: Record<string, { request: Layout<unknown>; response: Layout<unknown> }> = {
  7771: query,
  7772: pay,
  7773: reverse,
  7776: totals,
  7778: result,
  7779: echo,
}
