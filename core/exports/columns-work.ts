// The columns of events, of batches, and of what a batch could not do.
import type { BatchProblem } from '../billing/batches/batches.sql.ts'
import { batchStateWords, eventWords } from '../billing/batches/words.ts'
import { type Column, text } from '../excel/write.ts'
import { maskName } from '../org/masking.ts'
import { count, day, instant, money } from './cells.ts'
import type { BatchExportRow, EventExportRow } from './lists.sql.ts'

export const eventColumns: readonly Column<EventExportRow>[] = [
  { title: '业务编号', width: 18, cell: (row) => text(row.eventId) },
  { title: '业务类型', width: 12, cell: (row) => text(eventWords[row.type] ?? row.type) },
  { title: '用户编号', width: 14, cell: (row) => text(row.customerNo) },
  { title: '户名', width: 10, cell: (row) => text(maskName(row.name)) },
  { title: '生效日期', width: 11, cell: (row) => day(row.effectiveOn) },
  { title: '记账日期', width: 11, cell: (row) => day(row.bookingOn) },
  { title: '采暖期', width: 11, cell: (row) => text(row.season) },
  { title: '应收变动（元）', width: 14, cell: (row) => money(row.deltaFen) },
  { title: '原因', width: 28, cell: (row) => text(row.reason) },
  { title: '渠道', width: 10, cell: (row) => text(row.channel) },
  { title: '操作员', width: 10, cell: (row) => text(row.madeBy) },
  { title: '复核人', width: 10, cell: (row) => text(row.checkedBy) },
  { title: '操作号', width: 18, cell: (row) => text(row.batchNo) },
  { title: '退回的业务', width: 18, cell: (row) => text(row.reversesId) },
  { title: '政策版本', width: 9, cell: (row) => count(row.policyVersion) },
  { title: '凭证序号', width: 12, cell: (row) => text(row.entrySeq?.toString()) },
  { title: '办理时间', width: 19, cell: (row) => instant(row.madeAt) },
]

export const batchColumns: readonly Column<BatchExportRow>[] = [
  { title: '操作号', width: 18, cell: (row) => text(row.batchNo) },
  { title: '内容', width: 28, cell: (row) => text(row.title) },
  { title: '状态', width: 9, cell: (row) => text(batchStateWords[row.state] ?? row.state) },
  { title: '总数', width: 10, cell: (row) => count(row.totalCount) },
  { title: '已办', width: 10, cell: (row) => count(row.doneCount) },
  { title: '未办', width: 10, cell: (row) => count(row.skippedCount) },
  { title: '应收变动（元）', width: 14, cell: (row) => money(row.amountFen) },
  { title: '操作员', width: 10, cell: (row) => text(row.madeBy) },
  { title: '开始时间', width: 19, cell: (row) => instant(row.madeAt) },
  { title: '结束时间', width: 19, cell: (row) => instant(row.endedAt) },
]

export const problemColumns: readonly Column<BatchProblem>[] = [
  { title: '文件行号', width: 9, cell: (row) => count(row.rowNo) },
  { title: '用户编号', width: 14, cell: (row) => text(row.customerNo) },
  { title: '代码', width: 26, cell: (row) => text(row.code) },
  { title: '未办理原因', width: 50, cell: (row) => text(row.zh) },
]
