// The words of the API's document that no single route owns: titles of fields, the units that their
// names end in, and the groups that its addresses fall into.
import { titles } from './openapi-titles.ts'

export interface Named {
  title?: string
  description?: string
  examples?: unknown[]
}

export const wordOf = (name: string): string | undefined =>
  Object.hasOwn(titles, name) ? titles[name] : undefined

interface Unit {
  text: string
  examples?: unknown[]
}

export const unitOf = (name: string): Unit | undefined =>
  units.find(([ending]) => ending.test(name))?.[1]

const units: [ending: RegExp, Unit][] = [
  [/Fen$/, { text: '单位：分', examples: ['212300'] }],
  [/Dm2$/, { text: '单位：0.01 平方米' }],
  [/Ms$/, { text: '单位：毫秒' }],
  [/Hours$/, { text: '单位：小时' }],
  [/Days$/, { text: '单位：天' }],
  [/Minutes$/, { text: '单位：分钟' }],
  [/Cm$/, { text: '单位：厘米' }],
  [/^bytes|Bytes$/, { text: '单位：字节' }],
  [/Rate$/, { text: '单位：1 即 100%' }],
]

/** The first word of an address, as a group of the document. */
export const groups: Record<string, string> = {
  health: '系统',
  session: '登录',
  users: '登录',
  notices: '通知',
  wall: '运行监控',
  'heat-sources': '热源与房屋',
  'exchange-stations': '热源与房屋',
  zones: '热源与房屋',
  communities: '热源与房屋',
  buildings: '热源与房屋',
  units: '热源与房屋',
  'org-units': '组织机构',
  group: '组织机构',
  'customer-list': '用户档案',
  customers: '用户档案',
  'customer-flags': '用户锁定与标志',
  'customer-links': '用户档案',
  dictionaries: '数据字典',
  'api-keys': '接口密钥',
  channels: '渠道与代收启停',
  'business-windows': '渠道与代收启停',
  'collection-stops': '渠道与代收启停',
  payments: '收费流水',
  operations: '收费流水',
  exceptions: '对账差错',
  events: '业务办理',
  requests: '业务办理',
  charges: '应收与计费说明',
  explanations: '应收与计费说明',
  policies: '收费政策',
  'price-classes': '收费政策',
  simulations: '收费政策',
  seasons: '采暖期',
  exports: '导出',
  imports: '导入',
  batches: '批量业务',
  'unidentified-receipts': '不明来款',
  policy: '收费政策',
  'unidentified-payments': '不明来款',
}

/** Of routes that give none themselves, by the operation's name. */
export const summaries: Record<string, string> = {
  getCustomers: '查找用户：编号、卡号、姓名拼音、电话、地址、表号',
  postEventsRequestsByRequestNoSubmit: '提交业务草稿',
  postEventsRequestsByRequestNoApprove: '审核通过，业务生效',
  postEventsRequestsByRequestNoReject: '审核退回',
  postEventsRequestsByRequestNoCancel: '撤回申请',
  postEventsByEventIdUndo: '撤销已生效的业务',
  getEventsRequests: '业务申请清单',
  getEventsRequestsByRequestNo: '一项业务申请',
  getEventsKinds: '业务类型及其审核要求',
  putEventsKindsByTypeApproval: '设置某类业务是否须审核',
  getUnidentifiedReceipts: '不明来款清单',
  postUnidentifiedReceipts: '登记不明来款',
  postUnidentifiedReceiptsByReceiptIdClear: '不明来款认领入账',
  postUnidentifiedReceiptsByReceiptIdReturn: '不明来款退回',
  getBatches: '批量操作清单',
  getBatchesByBatchNo: '一次批量操作',
  getImports: '导入清单',
  getImportsByImportNo: '一次导入',
}
