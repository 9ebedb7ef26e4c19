// Every way that billing says no to a business event at the counter, in the console or in a batch.
// It is not the catalogue of the banks (sdk/errors.ts): no partner has to have a code for it.

export const billingRefusals = {
  'customer.closed': { zh: '该用户已销户' },
  'customer.in_series': { zh: '串联供热用户不能报停' },
  'customer.in_arrears': { zh: '须先缴清欠费' },
  'season.unknown': { zh: '没有这个采暖期' },
  'season.not_open': { zh: '该采暖期尚未开账' },
  'season.closed': { zh: '该采暖期已关闭，不能再办理' },
  'season.without_price': { zh: '该采暖期没有此单价类型' },
  'area.unknown': { zh: '没有这个面积项' },
  'area.disconnected': { zh: '该面积项已拆网' },
  'area.not_positive': { zh: '面积必须大于零' },
  'stop.unknown': { zh: '没有这笔报停' },
  'stop.cancelled': { zh: '该报停已撤销' },
  'stop.resumed': { zh: '该报停已复热' },
  'stop.above_area': { zh: '报停面积超过可报停面积' },
  'stop.ends_before_start': { zh: '复热日期早于报停日期' },
  'stop.too_many_cycles': { zh: '超过本采暖期允许的报停次数' },
  'stop.not_whole_season': { zh: '只受理整个采暖期的报停' },
  'stop.after_season_start': { zh: '供暖开始后不受理整个采暖期的报停' },
  'resume.before_stop': { zh: '复热日期早于报停日期' },
  'amount.not_positive': { zh: '金额必须大于零' },
  'reduction.above_receivable': { zh: '减免金额超过应收' },
  'waiver.above_due': { zh: '减免金额超过应交违约金' },
  'balance.insufficient': { zh: '余额不足' },
  'payment.unknown': { zh: '没有这笔缴费' },
  'payment.undone': { zh: '该笔缴费已撤销' },
  'payment.of_another_day': { zh: '不是当日缴费，请办理冲正' },
  'payment.spent': { zh: '该笔缴费的余额已退出或划转，不能冲正' },
  'payment.rounding_wrong': { zh: '抹零金额不符合规定' },
  'transfer.other_company': { zh: '不能跨子公司划转' },
  'transfer.same_customer': { zh: '不能划转给同一用户' },
  'split.areas_differ': { zh: '拆分后的面积之和与原面积不符' },
  'merge.other_company': { zh: '不能跨子公司合户' },
  'plan.shares_differ': { zh: '各期比例之和不是百分之百' },
  'plan.dates_differ': { zh: '每期须有一个到期日' },
  'charge.settled': { zh: '没有可办理的欠费' },
  'refund.above_tenders': { zh: '退费金额超过原缴费金额' },
} as const satisfies Record<string, { zh: string }>

export type BillingRefusalCode = keyof typeof billingRefusals

type Detail = Record<string, string | number | bigint>

/** Expected and answerable: the event is not done and nothing changes. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed'
  readonly code: BillingRefusalCode
  /** Ids, dates and amounts for the log; never a name or a phone. */
  readonly detail: Detail

  constructor(code: BillingRefusalCode, detail: Detail = {}) {
    super(`${code} ${billingRefusals[code].zh}`)
    this.code = code
    this.detail = detail
  }
}
