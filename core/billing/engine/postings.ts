// Which ledger account stands against a receivable (domain.md §6.6, mode B). The names of accounts
// that the chart does not have yet are here, with the code and name they are proposed under.
import { contractLiability } from '../../ledger/chart.ts'
import { type FeeItem, type FeeItemTerms, feeItems } from '../accounts.ts'

/** 6051 其他业务收入: valve opening, material. */
export const otherIncome = 'income.other'
/** 6301 营业外收入—稽查违约金. */
export const penaltyIncome = 'income.penalty'
/** 2401 递延收益—入网费. */
export const accessIncome = 'deferred.access'
/** 6301 营业外收入—尾差. */
export const roundingAccount = 'income.rounding'
/** 1231 坏账准备. */
export const writtenOffTo = 'allowance'
/** Between two customers of one company: always in balance at the end of a transfer. */
export const transferAccount = 'transfer'

const known: readonly string[] = feeItems

/** `named`: the fee items of the company's own policy. */
export function creditOf(
  feeItem: FeeItem,
  named: ReadonlyMap<string, FeeItemTerms> | undefined,
): string {
  if (!known.includes(feeItem)) return named?.get(feeItem)?.account ?? otherIncome
  switch (feeItem) {
    case 'ADDITIONAL':
      return otherIncome
    case 'INSPECTION_PENALTY':
      return penaltyIncome
    case 'ACCESS':
      return accessIncome
    default:
      return contractLiability
  }
}
