// Every way that billing says no to a business event at the counter, in the console or in a batch.
// It is not the catalogue of the banks (sdk/errors.ts): no partner has to have a code for it.

export const billingRefusals = {
  'customer.closed': { zh: '该用户已销户' },
  'customer.has_balance': { zh: '须先退清或划转余额' },
  'customer.not_in_network': { zh: '该用户不在网，不能办理此项业务' },
  'customer.unknown': { zh: '没有这个用户' },
  'customer.in_series': { zh: '串联供热用户不能报停' },
  'customer.in_arrears': { zh: '须先缴清欠费' },
  'state.not_allowed': { zh: '当前状态不能办理此项业务' },
  'case.open': { zh: '尚有未办结的业务申请或稽查' },
  'invoice.unfinished': { zh: '尚有未开完或待红冲的发票' },
  'reason.missing': { zh: '须填写原因' },
  'attachment.missing': { zh: '须附依据材料' },
  'access.unpaid': { zh: '入网费未缴清，且没有按期履行的分期计划' },
  'area.missing': { zh: '该用户没有面积项' },
  'meter.runs_backwards': { zh: '用量小于零，请核对读数' },
  'field.missing': { zh: '缺少必填项目' },
  'customer.number_taken': { zh: '用户编号已被使用' },
  'valve.unpaid': { zh: '费用未缴清，不能开栓' },
  'season.unknown': { zh: '没有这个采暖期' },
  'policy.no_draft': { zh: '没有待发布的草案' },
  'policy.in_the_past': { zh: '生效日期不能早于账务日' },
  'policy.version_unknown': { zh: '没有这个政策版本' },
  'policy.wrong': { zh: '收费政策草案有误，不能发布' },
  'season.exists': { zh: '该采暖期已经建立' },
  'season.not_open': { zh: '该采暖期尚未开账' },
  'season.closed': { zh: '该采暖期已关闭，不能再办理' },
  'season.paid': { zh: '该用户本采暖期已有收款，不能撤回开账' },
  'season.used': { zh: '该用户本采暖期已办理其他业务，不能撤回开账' },
  'season.running': { zh: '该采暖期的开账、撤回或关账正在进行，请等其完成' },
  'season.without_price': { zh: '该采暖期没有此单价类型' },
  'area.unknown': { zh: '没有这个面积项' },
  'area.disconnected': { zh: '该面积项已拆网' },
  'area.not_positive': { zh: '面积必须大于零' },
  'restore.before_disconnect': { zh: '恢复日期早于拆网日期' },
  'area.in_network': { zh: '该面积项在网，无须恢复' },
  'stop.forbidden': { zh: '该用户不得报停' },
  'stop.quota_exceeded': { zh: '本单元报停户数已达上限' },
  'forced_stop.not_owing': { zh: '没有欠费，不能强停' },
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
  'payment.of_bank': { zh: '银行代收的缴费只能由银行冲正' },
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
  'plan.paid': { zh: '分期款已有收款，不能撤销分期计划' },
  'balance.undecided': { zh: '原户有余额，须选择退还或留存' },
  'name.unchanged': { zh: '新户名与原户名相同' },
  'charge.unsettled': { zh: '尚有未缴清的应收' },
  'hold.unknown': { zh: '没有这笔挂账' },
  'suspense.insufficient': { zh: '待查款余额不足' },
  'event.unknown': { zh: '没有这笔业务' },
  'event.undone': { zh: '该笔业务已撤回' },
  'undo.not_last': { zh: '之后又办理了其他变更，请先撤回后办的业务' },
  'undo.not_possible': { zh: '该项业务不能撤回' },
  'request.own': { zh: '申请人不能审核自己的申请' },
  'request.outdated': { zh: '金额与审批时不一致，请重新核对' },
  'request.waiting': { zh: '该用户有同类业务正在审核' },
  'approval.required': { zh: '该项业务须经第二人审核' },
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
  /** What people read: the sentence of the code, or one that names the states. */
  readonly zh: string

  constructor(
    code: BillingRefusalCode,
    detail: Detail = {},
    zh: string = billingRefusals[code].zh,
  ) {
    super(`${code} ${zh}`)
    this.code = code
    this.detail = detail
    this.zh = zh
  }
}
