// The columns of customers and of their charges.
import type { ChargeRow, CustomerRow } from '../billing/batches/selection.sql.ts'
import { feeItemWords, natureWords, networkWords } from '../billing/batches/words.ts'
import { type Column, text } from '../excel/write.ts'
import { maskName } from '../org/masking.ts'
import { area, count, day, money, yes } from './cells.ts'

export const customerColumns: readonly Column<CustomerRow>[] = [
  { title: '用户编号', width: 14, cell: (row) => text(row.customerNo) },
  { title: '户名', width: 10, cell: (row) => text(maskName(row.name)) },
  { title: '小区', width: 16, cell: (row) => text(row.community) },
  { title: '地址', width: 28, cell: (row) => text(row.address) },
  { title: '责任机构', width: 14, cell: (row) => text(row.org) },
  { title: '用户性质', width: 9, cell: (row) => text(natureWords[row.nature] ?? row.nature) },
  {
    title: '入网状态',
    width: 9,
    cell: (row) => text(networkWords[row.networkStatus] ?? row.networkStatus),
  },
  { title: '面积项数', width: 9, cell: (row) => count(row.rooms) },
  { title: '建筑面积（㎡）', width: 14, cell: (row) => area(row.buildingAreaDm2) },
  { title: '收费面积（㎡）', width: 14, cell: (row) => area(row.billingAreaDm2) },
  { title: '单价类型', width: 14, cell: (row) => text(row.priceClasses) },
  { title: '应收（元）', width: 13, cell: (row) => money(row.receivableFen) },
  { title: '实收（元）', width: 13, cell: (row) => money(row.paidFen) },
  { title: '优惠（元）', width: 12, cell: (row) => money(row.discountFen) },
  { title: '欠费（元）', width: 13, cell: (row) => money(row.outstandingFen) },
  { title: '预存余额（元）', width: 14, cell: (row) => money(row.prepaidFen) },
  { title: '停止银行代收', width: 12, cell: (row) => yes(row.bankBlocked) },
  { title: '收费锁定', width: 9, cell: (row) => yes(row.collectionLocked) },
  { title: '稽查锁定', width: 9, cell: (row) => yes(row.inspectionLocked) },
  { title: '须到大厅办理', width: 12, cell: (row) => yes(row.mustVisitHall) },
]

export const chargeColumns: readonly Column<ChargeRow>[] = [
  { title: '用户编号', width: 14, cell: (row) => text(row.customerNo) },
  { title: '户名', width: 10, cell: (row) => text(maskName(row.name)) },
  { title: '小区', width: 16, cell: (row) => text(row.community) },
  { title: '地址', width: 28, cell: (row) => text(row.address) },
  { title: '用户性质', width: 9, cell: (row) => text(natureWords[row.nature] ?? row.nature) },
  { title: '采暖期', width: 11, cell: (row) => text(row.season) },
  { title: '费用项目', width: 10, cell: (row) => text(feeItemWords[row.feeItem] ?? row.feeItem) },
  { title: '面积项序号', width: 10, cell: (row) => count(row.areaNo) },
  { title: '面积项', width: 12, cell: (row) => text(row.areaItem) },
  { title: '计费金额（元）', width: 14, cell: (row) => money(row.chargedFen) },
  { title: '减免（元）', width: 12, cell: (row) => money(row.reducedFen) },
  { title: '核销（元）', width: 12, cell: (row) => money(row.writtenOffFen) },
  { title: '应收（元）', width: 13, cell: (row) => money(row.receivableFen) },
  { title: '实收（元）', width: 13, cell: (row) => money(row.paidFen) },
  { title: '优惠（元）', width: 12, cell: (row) => money(row.discountFen) },
  { title: '欠费（元）', width: 13, cell: (row) => money(row.outstandingFen) },
  { title: '已收违约金（元）', width: 15, cell: (row) => money(row.latePaidFen) },
  { title: '减免违约金（元）', width: 15, cell: (row) => money(row.lateWaivedFen) },
  { title: '到期日', width: 11, cell: (row) => day(row.dueOn) },
  { title: '应收编号', width: 26, cell: (row) => text(row.chargeId) },
]
