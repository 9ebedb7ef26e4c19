// What a partner's key may be allowed to do: every scope there is, in one table. A route names the
// scope that opens it to keys (`config: { scope: 'customers:read' }`); one that names none is
// closed to every key, whatever the key holds.
export const apiScopes = {
  'customers:read': '查询用户档案、面积、标签与关联户',
  'customers:write': '新建、修改用户档案与面积',
  'places:read': '查询组织机构、热源、小区与房屋',
  'places:write': '维护组织机构、热源、小区与房屋',
  'charges:read': '查询应收、欠费、余额与计费说明',
  'events:read': '查询业务办理单据（报停、过户、减免等）',
  'events:write': '办理业务（报停、过户、减免等），含金额试算',
  'policies:read': '查询收费政策与价格',
  'policies:write': '编辑、试算与发布收费政策',
  'seasons:read': '查询采暖期及其进度',
  'seasons:write': '开启、结转与关闭采暖期',
  'payments:read': '查询收费流水与收据',
  'payments:write': '收费与退费',
  'collection:read': '查询渠道状态、营业窗口、代收启停与对账差错',
  'collection:write': '设置营业窗口，停止与恢复代收',
  'batches:read': '查询批量业务与导入结果，导出清单',
  'batches:write': '批量业务：导入、执行与撤销',
} as const satisfies Record<string, string>

export type ApiScope = keyof typeof apiScopes
export const apiScopeNames = Object.keys(apiScopes) as ApiScope[]
