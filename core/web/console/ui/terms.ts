// The one dictionary of states and codes: tag, filter and legend all read it (ux.md §6.4). A state
// is never told by colour alone: each has a shape or a character and a word.
import type { ExceptionJson } from '../../../collection/exceptions.routes.ts'
import type { PaymentJson } from '../../../collection/payments.routes.ts'
import type { WallChannelJson } from '../../../collection/wall.routes.ts'

export type Tone = 'ok' | 'warn' | 'error' | 'stopped' | 'muted' | 'primary'
export interface Term {
  word: string
  glyph: string
  tone: Tone
}
const term = (glyph: string, word: string, tone: Tone): Term => ({ glyph, word, tone })

export const lineTerms: Record<WallChannelJson['state'], Term> = {
  normal: term('●', '正常', 'ok'),
  slow: term('▲', '变慢', 'warn'),
  stopped: term('■', '已停(人工)', 'stopped'),
  down: term('✕', '断开', 'error'),
  quiet: term('◌', '无交易', 'muted'),
}

export const operationTerms: Record<PaymentJson['state'], Term> = {
  PAID: term('成', '成功', 'ok'),
  REFUSED: term('拒', '拒绝', 'muted'),
  REVERSED: term('冲', '已冲正', 'warn'),
  BLOCKED: term('封', '已封锁', 'stopped'),
}

export const exceptionTerms: Record<ExceptionJson['class'], Term> = {
  BANK_ONLY: term('银', '银行多', 'error'),
  LOCAL_ONLY: term('我', '我方多', 'error'),
  AMOUNT_DIFF: term('额', '金额不符', 'error'),
  STATE_DIFF: term('态', '状态不符', 'warn'),
  DUPLICATE: term('重', '重复', 'warn'),
  CUSTOMER_DIFF: term('户', '用户不符', 'warn'),
}

export const handlingTerms: Record<ExceptionJson['state'], Term> = {
  PENDING: term('待', '待处理', 'error'),
  ON_HOLD: term('挂', '挂账', 'warn'),
  AUTO_BALANCED: term('平', '自动已平', 'ok'),
  HAND_BALANCED: term('平', '人工已平', 'ok'),
}

/** States as either side of a difference reports them. */
const sideWords: Record<string, string> = {
  PAID: '成功',
  paid: '成功',
  REVERSED: '已冲正',
  reversed: '已冲正',
  REFUSED: '拒绝',
  BLOCKED: '已封锁',
}
export const sideWord = (state: string | null) => (state ? (sideWords[state] ?? state) : '无')

const words: Record<string, string> = {
  HEATING: '热费',
  CAPACITY_HEAT: '容量热费',
  METERED_HEAT: '计量热费',
  BASE_HEAT: '基本热费',
  OVER_HEIGHT: '超高费',
  HOT_WATER: '热水费',
  STEAM: '蒸汽费',
  ADDITIONAL: '附加费',
  INSPECTION_RECOVERY: '稽查追缴',
  INSPECTION_PENALTY: '稽查罚金',
  ACCESS: '入网费',
  'payment.paid': '收款入账',
  'payment.reversed': '冲正',
  'payment.booked': '补账',
  'payment.pay': '缴费',
  'payment.reverse': '冲正',
  'payment.result': '结果查询',
  'bill.query': '欠费查询',
  'link.sign_on': '签到',
  'link.sign_off': '签退',
  'link.echo': '回响',
  'day.totals': '轧账',
  blue: '蓝字发票',
  red: '红字发票',
  voucher: '凭证行',
  REQUESTED: '已申请',
  ISSUED: '已开具',
  FAILED: '开具失败',
  done: '成功',
  unknown: '结果未知',
  late: '迟到应答',
  administrator: '系统管理员',
  supervisor: '收费主管',
  bank_operator: '代收操作员',
  finance: '财务',
}
/** Codes as people say them; one that is new here is shown as it is. */
export const wordOf = (code: string | null) => (code === null ? '—' : (words[code] ?? code))
