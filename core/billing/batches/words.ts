// The Chinese words for codes, as they stand in spreadsheets: an export writes them and an import
// reads them back.
import type { FeeItem } from '../accounts.ts'

export const feeItemWords: Record<FeeItem, string> = {
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
}

export const natureWords: Record<string, string> = {
  RESIDENT: '居民',
  ORGANISATION: '单位',
  COMMERCIAL: '商业',
}

export const networkWords: Record<string, string> = {
  PENDING: '待入网',
  IN_NETWORK: '在网',
  DISCONNECTED: '拆网',
  CLOSED: '销户',
}

export const billingMethodWords: Record<string, string> = {
  BY_AREA: '按面积',
  METERED: '按热量',
  TWO_PART: '两部制',
}

export const eventWords: Record<string, string> = {
  OPEN_SEASON: '建账',
  CLOSE_SEASON: '关账',
  IMPORT_ARREARS: '陈欠补录',
  STOP: '报停',
  FORCED_STOP: '强停',
  CANCEL_STOP: '撤销报停',
  RESUME: '复热',
  AREA_CHANGE: '面积变更',
  CLASS_CHANGE: '单价类型变更',
  DISCONNECT: '拆网',
  METER_SETTLEMENT: '计量结算',
  REDUCTION: '减免',
  LATE_FEE_WAIVER: '违约金减免',
  ADDITIONAL_FEE: '附加费',
  INSPECTION: '稽查',
  WRITE_OFF: '核销',
  ON_ACCOUNT: '挂账',
  INSTALMENT_PLAN: '分期',
  PAYMENT: '缴费',
  VOID_PAYMENT: '撤销缴费',
  REVERSE_PAYMENT: '冲正缴费',
  REFUND: '退费',
  APPLY_BALANCE: '余额抵扣',
  TRANSFER: '划转',
  SPLIT: '拆户',
  MERGE: '合户',
}

export const batchStateWords: Record<string, string> = {
  RUNNING: '执行中',
  DONE: '已完成',
  ROLLING_BACK: '回滚中',
  ROLLED_BACK: '已回滚',
  SEALED: '已封账',
  FAILED: '失败',
}

/** What an operator wrote → the code, whichever of the two was written. */
export function codeOf(words: Record<string, string>, said: string): string | undefined {
  if (Object.hasOwn(words, said)) return said
  return Object.keys(words).find((code) => words[code] === said)
}
