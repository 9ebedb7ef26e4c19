// The chart of accounts by the names that postings use (domain.md §6.6, mode B: the receivable is
// booked when the season opens, against a contract liability that becomes revenue as heat flows).

/** What customers owe: principal of every season (1122 应收账款—热费). */
export const receivable = 'receivable'
/** Heat promised and not yet delivered (2205 合同负债—预收热费). */
export const contractLiability = 'contract_liability'
/** Late fees received (6301 营业外收入—违约金). */
export const lateFeeIncome = 'income.late_fee'
/** Money of customers that no charge took (2205 合同负债—预存). */
export const prepayment = 'prepayment'
/** Collected by a channel and not yet settled with us (1221 其他应收款—代收在途). */
export const clearingOf = (channel: string) => `clearing:${channel}`
/** Money at a channel that we cannot book to anybody yet (2241 其他应付款—待查款). */
export const suspenseOf = (channel: string) => `suspense:${channel}`

/** Money in the drawers of our own counters (1001 库存现金). */
export const cashAccount = 'cash'

export interface Account {
  account: string
  code: string
  name: string
  side: 'debit' | 'credit'
}

/** The accounts that every company has. */
export const commonAccounts: readonly Account[] = [
  { account: receivable, code: '1122', name: '应收账款—热费', side: 'debit' },
  { account: contractLiability, code: '2205', name: '合同负债—预收热费', side: 'credit' },
  { account: prepayment, code: '220501', name: '合同负债—预存', side: 'credit' },
  { account: lateFeeIncome, code: '6301', name: '营业外收入—违约金', side: 'credit' },
  { account: cashAccount, code: '1001', name: '库存现金', side: 'debit' },
  { account: 'funds:pos', code: '101201', name: '其他货币资金—POS 在途', side: 'debit' },
  { account: 'funds:cheque', code: '101202', name: '其他货币资金—支票在途', side: 'debit' },
  { account: 'funds:bank', code: '1002', name: '银行存款', side: 'debit' },
  { account: 'suspense:hall', code: '224101', name: '其他应付款—待查款（营业厅）', side: 'credit' },
  { account: 'income.other', code: '6051', name: '其他业务收入', side: 'credit' },
  { account: 'income.penalty', code: '630101', name: '营业外收入—稽查违约金', side: 'credit' },
  { account: 'income.rounding', code: '630102', name: '营业外收入—尾差', side: 'credit' },
  { account: 'deferred.access', code: '2401', name: '递延收益—入网费', side: 'credit' },
  { account: 'allowance', code: '1231', name: '坏账准备', side: 'credit' },
  // Between two customers of one company: always in balance at the end of a transfer.
  { account: 'transfer', code: '1133', name: '内部往来—用户间划转', side: 'debit' },
  { account: 'opening_balance', code: '4104', name: '期初余额', side: 'credit' },
]

/** The accounts of one channel. */
export const channelAccounts = (channel: string, title: string): readonly Account[] => [
  {
    account: clearingOf(channel),
    code: '1221',
    name: `其他应收款—代收在途（${title}）`,
    side: 'debit',
  },
  {
    account: suspenseOf(channel),
    code: '2241',
    name: `其他应付款—待查款（${title}）`,
    side: 'credit',
  },
]
